"""Public holidays, the TARGET calendar, due days and debit days."""

from datetime import date, timedelta

import pytest

from chalicelib.domain.contributions.bank_days import (
    bank_day_from,
    debit_day,
    easter,
    is_bank_day,
    is_target_day,
    public_holidays,
    target_closing_days,
)


@pytest.mark.parametrize(
    "sunday",
    [
        *(date(2000, 4, 23), date(2008, 3, 23), date(2011, 4, 24), date(2016, 3, 27), date(2019, 4, 21)),
        *(date(2023, 4, 9), date(2024, 3, 31), date(2025, 4, 20), date(2026, 4, 5), date(2027, 3, 28)),
        *(date(2038, 4, 25), date(2049, 4, 18), date(1981, 4, 19), date(1954, 4, 18)),
    ],
)
def test_easter(sunday: date) -> None:
    assert easter(sunday.year) == sunday


def test_easter_over_two_centuries() -> None:
    """Against another implementation."""
    other = pytest.importorskip("dateutil.easter").easter
    assert [easter(year) for year in range(1900, 2101)] == [other(year) for year in range(1900, 2101)]


def test_the_public_holidays_of_2026() -> None:
    days = [(1, 1), (4, 6), (5, 1), (5, 8), (5, 14), (5, 25), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)]
    assert sorted(public_holidays(2026)) == [date(2026, *day) for day in days]


def test_the_closing_days_of_target_in_2026() -> None:
    days = [(1, 1), (4, 3), (4, 6), (5, 1), (12, 25), (12, 26)]
    assert sorted(target_closing_days(2026)) == [date(2026, *day) for day in days]


@pytest.mark.parametrize(
    ("day", "open_to_target", "open_in_france"),
    [
        (date(2026, 7, 14), True, False),
        (date(2025, 4, 18), False, False),
        (date(2025, 12, 26), False, False),
        (date(2025, 12, 24), True, True),
        (date(2025, 11, 1), False, False),
    ],
)
def test_a_day_may_be_open_to_one_and_closed_to_the_other(
    day: date, open_to_target: bool, open_in_france: bool
) -> None:
    assert (is_target_day(day), is_bank_day(day)) == (open_to_target, open_in_france)


def test_a_due_day_waits_for_the_banks() -> None:
    """Good Friday, the week-end, Easter Monday: four days in a row."""
    assert bank_day_from(date(2026, 4, 3)) == date(2026, 4, 7)
    assert bank_day_from(date(2025, 5, 1)) == date(2025, 5, 2)
    assert bank_day_from(date(2025, 8, 15)) == date(2025, 8, 18)


@pytest.mark.parametrize(
    ("told", "debited"),
    [
        (date(2025, 6, 1), date(2025, 6, 16)),
        (date(2025, 6, 2), date(2025, 6, 16)),
        (date(2025, 6, 3), date(2025, 6, 17)),
        (date(2025, 6, 7), date(2025, 6, 23)),
        (date(2025, 6, 8), date(2025, 6, 23)),
    ],
)
def test_a_debit_is_told_fourteen_days_before(told: date, debited: date) -> None:
    """The 21st and 22nd of June 2025 are a week-end."""
    assert debit_day(date(2025, 6, 16), told_on=told) == debited
    assert debited - told >= timedelta(days=14)
