"""The dated rows of law: each well formed, none overlapping, both sides of each change."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from chalicelib.domain.errors import NoParameterFor
from chalicelib.domain.law import Parameter, all_parameters, parameter

UNITS = {"cents", "percent", "points", "dioptres", "minutes", "hours", "count", "thirds", "months", "years", "days"}


@pytest.mark.parametrize("rows", all_parameters().values(), ids=list(all_parameters()))
def test_rows_are_sourced_and_never_overlap(rows: tuple[Parameter, ...]) -> None:
    for row in rows:
        assert row.unit in UNITS
        assert row.source
        assert row.confidence
        assert row.value >= 0
        assert row.unit != "cents" or row.value == row.cents
    for former, latter in pairwise(rows):
        assert former.valid_to is not None
        assert latter.valid_from is not None
        assert former.valid_to < latter.valid_from


@pytest.mark.parametrize(
    ("key", "first_day", "before", "after"),
    [
        ("ro.br.G", date(2024, 12, 22), 2650, 3000),
        ("pf.amount", date(2024, 5, 15), 100, 200),
        ("fm.box", date(2024, 3, 31), 50, 100),
        ("fm.paramedical", date(2024, 3, 31), 50, 100),
        ("fm.transport", date(2024, 3, 31), 200, 400),
        ("ro.rate.dentaire_soins", date(2023, 10, 15), 70, 60),
        ("ro.rate.transport", date(2023, 8, 1), 65, 55),
        ("fjh.mco", date(2026, 3, 1), 2000, 2300),
        ("fjh.psy", date(2026, 3, 1), 1500, 1700),
        ("fpu", date(2026, 3, 1), 1961, 2300),
        ("fpu.reduced", date(2026, 3, 1), 849, 996),
        ("pat.amount", date(2026, 4, 1), 2400, 3200),
        ("pmss", date(2025, 1, 1), 386400, 392500),
        ("pmss", date(2026, 1, 1), 392500, 400500),
        ("ro.br.CNP", date(2026, 1, 1), 5500, 5700),
        ("fm.cap.paramedical.day", date(2024, 3, 31), 200, 400),
        ("fm.cap.transport.day", date(2024, 3, 31), 400, 800),
        ("ro.rate.dentaire_prothese", date(2023, 10, 15), 70, 60),
        ("pmss", date(2024, 1, 1), 366600, 386400),
        ("pass", date(2024, 1, 1), 4399200, 4636800),
        ("pass", date(2025, 1, 1), 4636800, 4710000),
        ("pass", date(2026, 1, 1), 4710000, 4806000),
        ("ro.br.G.child", date(2024, 12, 22), 3150, 3500),
        ("ro.br.APC", date(2024, 12, 22), 5650, 6000),
        ("ro.br.CNP.child", date(2026, 1, 1), 6700, 7500),
        ("ro.br.CS-GYN", date(2026, 1, 1), 3700, 4000),
        ("ro.br.CS-NEU", date(2026, 1, 1), 5500, 5700),
        ("ro.br.CS-GER", date(2026, 1, 1), 3700, 4200),
        ("ro.br.CS-PED.0_2", date(2026, 1, 1), 3900, 4000),
        ("ro.br.CS-END", date(2026, 1, 1), 6000, 6200),
        ("ro.br.COE", date(2026, 1, 1), 5400, 6000),
        ("ro.br.CDE", date(2026, 1, 1), 5400, 6000),
    ],
)
def test_a_change_of_law_takes_effect_on_its_first_day(key: str, first_day: date, before: int, after: int) -> None:
    assert parameter(key, on=first_day - timedelta(days=1)).value == before
    assert parameter(key, on=first_day).value == after


@pytest.mark.parametrize("year", [2023, 2024, 2025, 2026])
def test_the_ceiling_of_a_year_is_twelve_of_its_months(year: int) -> None:
    for day in (date(year, 1, 1), date(year, 12, 31)):
        assert parameter("pass", on=day).value == 12 * parameter("pmss", on=day).value


def test_what_sources_dispute_is_called_out() -> None:
    disputed = {row.version for rows in all_parameters().values() for row in rows if row.confidence == "CONFLICT"}
    assert {"pat.amount@2026-04-01", "dental.br.HBJD001@origin", "ro.br.CS-GER@2024-12-22"} <= disputed


def test_a_day_without_a_row_is_an_error_never_a_guess() -> None:
    with pytest.raises(NoParameterFor):
        parameter("pmss", on=date(2027, 1, 1))
    with pytest.raises(NoParameterFor):
        parameter("no.such.key", on=date(2026, 1, 1))


def test_only_an_amount_is_read_in_cents() -> None:
    with pytest.raises(TypeError):
        _ = parameter("ro.rate.consultation", on=date(2026, 1, 1)).cents
