"""Periods and due days (dossier 4.5; M97 reads the échéancier)."""

from datetime import date
from typing import Any

import pytest

from chalicelib.domain.contributions.calendar import BillingCalendar, Frequency
from chalicelib.domain.periods import Period


def calendar(frequency: Frequency = Frequency.MONTHLY, **clauses: Any) -> BillingCalendar:
    usual: dict[str, Any] = {"frequency": frequency, "in_advance": False, "due_day": 15}
    return BillingCalendar(**(usual | clauses))


def dues(of: BillingCalendar, cover: Period, since: date, until: date) -> list[date]:
    return [of.due_on(period) for period in of.periods(cover, since=since, until=until)]


def test_the_quarters_of_2025_in_arrears() -> None:
    quarterly = calendar(Frequency.QUARTERLY)
    found = dues(quarterly, Period(date(2024, 1, 1)), date(2025, 1, 1), date(2026, 1, 1))
    assert found == [date(2025, 4, 15), date(2025, 7, 15), date(2025, 10, 15), date(2026, 1, 15)]


def test_the_quarters_of_2025_in_advance() -> None:
    quarterly = calendar(Frequency.QUARTERLY, in_advance=True, due_day=5)
    found = dues(quarterly, Period(date(2024, 1, 1)), date(2025, 1, 1), date(2026, 1, 1))
    assert found == [date(2025, 1, 6), date(2025, 4, 7), date(2025, 7, 7), date(2025, 10, 6)]


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2025, 1, 1), date(2025, 2, 28)),
        (date(2024, 1, 1), date(2024, 2, 29)),
        (date(2025, 3, 1), date(2025, 4, 30)),
    ],
)
def test_the_thirty_first_is_the_end_of_the_month(day: date, due: date) -> None:
    monthly = calendar(due_day=31)
    assert monthly.due_on(monthly.period_of(day, cover=Period(date(2024, 1, 1)))) == due


def test_a_contract_that_begins_and_ends_within_a_quarter() -> None:
    cover = Period(date(2025, 2, 10), date(2025, 8, 6))
    found = list(calendar(Frequency.QUARTERLY).periods(cover, since=date(2025, 1, 1), until=date(2026, 1, 1)))
    assert [(one.start, one.end) for one in found] == [
        (date(2025, 2, 10), date(2025, 4, 1)),
        (date(2025, 4, 1), date(2025, 7, 1)),
        (date(2025, 7, 1), date(2025, 8, 6)),
    ]


def test_nothing_is_due_before_the_contract_begins() -> None:
    in_advance = calendar(in_advance=True, due_day=5)
    assert in_advance.due_on(Period(date(2025, 3, 20), date(2025, 4, 1))) == date(2025, 3, 20)


def test_a_day_outside_the_contract_has_no_period() -> None:
    with pytest.raises(ValueError):
        calendar().period_of(date(2023, 12, 31), cover=Period(date(2024, 1, 1)))


def test_frequencies_have_a_name() -> None:
    assert [one.label for one in Frequency] == ["Mensuelle", "Trimestrielle"]
