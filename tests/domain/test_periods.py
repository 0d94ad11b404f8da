"""Days and half-open periods."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.periods import Period, add_months, age_on, civil_year, insurance_year, last_day_of_month

days = st.dates(date(2000, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
    ],
)
def test_a_delay_in_months_ends_on_the_same_number_or_the_last_day(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


def test_a_birthday_changes_the_age_that_very_day() -> None:
    assert (age_on(date(2010, 5, 4), date(2026, 5, 3)), age_on(date(2010, 5, 4), date(2026, 5, 4))) == (15, 16)


@given(day=days)
def test_a_civil_year_holds_its_day_and_a_period_excludes_its_end(day: date) -> None:
    year = civil_year(day)
    assert year.holds(day)
    assert year.end is not None
    assert not year.holds(year.end)
    assert last_day_of_month(day).month == day.month


@given(day=days, start=days)
def test_insurance_years_hold_their_day_and_follow_each_other(day: date, start: date) -> None:
    year = insurance_year(day, anniversary_of=start)
    assert year.holds(day)
    assert year.end is not None
    assert insurance_year(year.end, anniversary_of=start).start == year.end


def test_an_open_period_never_ends() -> None:
    assert Period(date(2026, 1, 1)).holds(date(2999, 1, 1))
