"""The dated rows that a stoppage reads: both sides of each change, and where the known rows end."""

from datetime import date, timedelta

import pytest

from chalicelib.domain.errors import NoParameterFor
from chalicelib.domain.law import parameter


@pytest.mark.parametrize(
    ("key", "first_day", "before", "after"),
    [
        ("smic.month", date(2023, 5, 1), 170_928, 174_720),
        ("smic.month", date(2024, 1, 1), 174_720, 176_692),
        ("smic.month", date(2024, 11, 1), 176_692, 180_180),
        ("smic.month", date(2026, 1, 1), 180_180, 182_303),
        ("smic.month", date(2026, 6, 1), 182_303, 186_702),
        ("ijss.cap.factor", date(2025, 4, 1), 180, 140),
    ],
)
def test_a_change_takes_effect_on_its_first_day(key: str, first_day: date, before: int, after: int) -> None:
    assert parameter(key, on=first_day - timedelta(days=1)).value == before
    assert parameter(key, on=first_day).value == after


@pytest.mark.parametrize(
    ("key", "unknown"),
    [
        ("smic.month", date(2022, 12, 31)),
        ("smic.month", date(2027, 1, 1)),
        ("arret.prescription.initial", date(2026, 8, 31)),
        ("arret.prescription.extension", date(2026, 8, 31)),
        ("ijss.maternity.minimum", date(2025, 12, 31)),
        ("ijss.maternity.minimum", date(2027, 1, 1)),
    ],
)
def test_a_row_that_was_not_read_is_not_guessed(key: str, unknown: date) -> None:
    with pytest.raises(NoParameterFor):
        parameter(key, on=unknown)
