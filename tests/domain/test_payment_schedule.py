"""The échéancier (H107, M97): periods, due days, and the ends of the contract."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.company import ContributionTerms
from chalicelib.domain.payment_schedule import DueDate, due_dates
from chalicelib.domain.periods import Period, add_months


def terms(frequency: str = "monthly", due_day: int = 5, *, in_advance: bool = False) -> ContributionTerms:
    return ContributionTerms(frequency=frequency, due_day=due_day, in_advance=in_advance, employer_share_percent="60")


OPEN = Period(date(2024, 1, 1), None)


def days(found: tuple[DueDate, ...]) -> list[str]:
    return [f"{one.due_on}" for one in found]


def test_a_month_in_arrears_is_due_the_month_after() -> None:
    """H107."""
    [first, *_] = due_dates(terms(), OPEN, since=date(2026, 3, 2), lines=2)
    assert first == DueDate(first_day=date(2026, 2, 1), last_day=date(2026, 2, 28), due_on=date(2026, 3, 5))


def test_a_month_in_advance_is_due_in_the_month() -> None:
    """H107."""
    [first, *_] = due_dates(terms(in_advance=True), OPEN, since=date(2026, 3, 2), lines=2)
    assert first == DueDate(first_day=date(2026, 3, 1), last_day=date(2026, 3, 31), due_on=date(2026, 3, 5))


def test_the_quarters_of_a_year() -> None:
    """H107: dossier 4.5, quarterly in arrears; never on a day the banks are closed."""
    found = due_dates(terms("quarterly", 15), OPEN, since=date(2025, 4, 1), lines=4)
    assert days(found) == ["2025-04-15", "2025-07-15", "2025-10-15", "2026-01-15"]
    assert days(due_dates(terms("quarterly", 15, in_advance=True), OPEN, since=date(2025, 4, 15), lines=1)) == [
        "2025-04-15"
    ]


@pytest.mark.parametrize(("since", "first"), [(date(2026, 3, 5), "2026-03-05"), (date(2026, 3, 6), "2026-04-07")])
def test_the_due_day_itself_is_still_to_come(since: date, first: str) -> None:
    assert days(due_dates(terms(), OPEN, since=since, lines=1)) == [first]


def test_the_first_and_last_periods_are_cut_to_the_contract() -> None:
    cover = Period(date(2026, 1, 20), date(2026, 3, 11))
    found = due_dates(terms(), cover, since=date(2026, 1, 1), lines=10)
    assert [(f"{one.first_day}", f"{one.last_day}", f"{one.due_on}") for one in found] == [
        ("2026-01-20", "2026-01-31", "2026-02-05"),
        ("2026-02-01", "2026-02-28", "2026-03-05"),
        ("2026-03-01", "2026-03-10", "2026-04-07"),
    ]


def test_a_contract_that_has_ended_has_no_more_due_dates() -> None:
    cover = Period(date(2024, 1, 1), date(2025, 1, 1))
    assert due_dates(terms(), cover, since=date(2025, 1, 7), lines=4) == ()
    assert days(due_dates(terms(), cover, since=date(2025, 1, 6), lines=4)) == ["2025-01-06"]


@given(
    frequency=st.sampled_from(["monthly", "quarterly"]),
    due_day=st.integers(1, 31),
    in_advance=st.booleans(),
    start=st.dates(date(2020, 1, 1), date(2027, 1, 1)),
    months=st.integers(0, 60),
    ahead=st.integers(0, 1500),
    lines=st.integers(0, 12),
)
def test_an_echeancier_follows_itself_without_gap(
    *, frequency: str, due_day: int, in_advance: bool, start: date, months: int, ahead: int, lines: int
) -> None:
    """H107: each period begins the day after the last, due dates never go back, and the first is the next to come."""
    cover = Period(start, add_months(start, months) if months else None)
    since = start + timedelta(days=ahead)
    asked = terms(frequency, due_day, in_advance=in_advance)
    found = due_dates(asked, cover, since=since, lines=lines)
    assert len(found) <= lines
    for one, following in pairwise(found):
        assert following.first_day == one.last_day + timedelta(days=1)
        assert following.due_on > one.due_on
    every = due_dates(asked, cover, since=date(2019, 1, 1), lines=2000 if months else 200)
    assert found == tuple(one for one in every if one.due_on >= since)[:lines]
    if every:
        assert every[0].first_day == cover.start
