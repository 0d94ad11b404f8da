"""The due dates of a contract: which periods are due, and when (H105, H107, M97)."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import dropwhile, islice

from chalicelib.domain.company import ContributionTerms
from chalicelib.domain.contributions.terms import calendar_from_terms
from chalicelib.domain.periods import Period, add_months


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDate:
    """One line of an échéancier: the days that are paid for, first and last, and the day the payment is due."""

    first_day: date
    last_day: date
    due_on: date


def due_dates(terms: ContributionTerms, cover: Period, *, since: date, lines: int) -> tuple[DueDate, ...]:
    """The next ``lines`` due dates from a day on, that day included; fewer when the contract ends first.

    Source: dossier 4.5 (calendar); the contract's terms.

    >>> terms = ContributionTerms(frequency="quarterly", due_day=15, in_advance=False, employer_share_percent="60")
    >>> [f"{one.due_on}" for one in due_dates(terms, Period(date(2025, 1, 1), None), since=date(2025, 4, 1), lines=4)]
    ['2025-04-15', '2025-07-15', '2025-10-15', '2026-01-15']
    """
    calendar = calendar_from_terms(terms)
    early = add_months(since.replace(day=1), -2 * calendar.frequency.months)
    found = (
        DueDate(first_day=period.start, last_day=period.end - timedelta(days=1), due_on=calendar.due_on(period))
        for period in calendar.periods(cover, since=early)
        if period.end is not None
    )
    return tuple(islice(dropwhile(lambda one: one.due_on < since, found), lines))
