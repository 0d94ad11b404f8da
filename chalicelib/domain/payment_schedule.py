"""The échéancier of a contract: which periods are due, and when (H105, H107, M97)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import dropwhile, islice

from chalicelib.domain.company import ContributionTerms
from chalicelib.domain.periods import Period, add_months

MONTHS = {"monthly": 1, "quarterly": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDate:
    """One line of an échéancier: the days that are paid for, first and last, and the day the payment is due."""

    first_day: date
    last_day: date
    due_on: date


def due_dates(terms: ContributionTerms, cover: Period, *, since: date, lines: int) -> tuple[DueDate, ...]:
    """The next ``lines`` due dates from a day on, that day included; fewer when the contract ends first.

    Periods are calendar months or quarters, cut to the days of the contract. A payment in advance is due in the first
    month of its period, one in arrears in the month that follows it, on the contract's day of the month.

    Source: dossier 4.5 (calendar); the contract's terms.

    >>> terms = ContributionTerms(frequency="quarterly", due_day=15, in_advance=False, employer_share_percent="60")
    >>> [f"{one.due_on}" for one in due_dates(terms, Period(date(2025, 1, 1), None), since=date(2025, 4, 1), lines=4)]
    ['2025-04-15', '2025-07-15', '2025-10-15', '2026-01-15']
    """
    ahead = dropwhile(lambda one: one.due_on < since, _all(terms, cover, since=since))
    return tuple(islice(ahead, lines))


def _all(terms: ContributionTerms, cover: Period, *, since: date) -> Iterator[DueDate]:
    """Every line from one that was due before the day, or from the contract's first."""
    length = MONTHS[terms.frequency]
    first = _start_of_period(max(cover.start, add_months(since.replace(day=1), -2 * length)), length)
    while cover.end is None or first < cover.end:
        after = add_months(first, length)
        end = min(after, cover.end) if cover.end else after
        due_on = (first if terms.in_advance else after).replace(day=terms.due_day)
        yield DueDate(first_day=max(first, cover.start), last_day=end - timedelta(days=1), due_on=due_on)
        first = after


def _start_of_period(day: date, length: int) -> date:
    return date(day.year, (day.month - 1) // length * length + 1, 1)
