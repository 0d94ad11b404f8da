"""When a contract is called: its periods, and the day each of them is due."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from chalicelib.domain.contributions.bank_days import bank_day_from, notice_before_debit
from chalicelib.domain.periods import Period, add_months


class Frequency(StrEnum):
    """How often a contract is called."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"

    @property
    def months(self) -> int:
        """How many months a period lasts."""
        return 1 if self is Frequency.MONTHLY else 3

    @property
    def label(self) -> str:
        """The frequency as a statement names it.

        >>> Frequency.QUARTERLY.label
        'Trimestrielle'
        """
        return "Mensuelle" if self is Frequency.MONTHLY else "Trimestrielle"


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingCalendar:
    """The clauses that say when: how often, before or after the period, on which day of the month.

    A due day that a month does not have is its last one, so that 31 says « end of month ».
    """

    frequency: Frequency
    in_advance: bool
    due_day: int

    def period_of(self, day: date, *, cover: Period) -> Period:
        """The calendar month or quarter of a day, cut to the days of the contract.

        Errors: ``ValueError`` when the contract has no day in it.

        >>> quarterly = BillingCalendar(frequency=Frequency.QUARTERLY, in_advance=False, due_day=15)
        >>> quarterly.period_of(date(2025, 2, 10), cover=Period(date(2025, 1, 20))).start
        datetime.date(2025, 1, 20)
        """
        first = self._first_month(day)
        after = add_months(first, self.frequency.months)
        start = max(first, cover.start)
        end = min(after, cover.end) if cover.end else after
        if start >= end:
            raise ValueError("the contract does not cover this period")
        return Period(start, end)

    def due_on(self, period: Period) -> date:
        """The day a period is due: in its first month, or in the month after it; never on a day the banks are closed.

        Source: contract clause; dossier 4.5.

        >>> monthly = BillingCalendar(frequency=Frequency.MONTHLY, in_advance=False, due_day=15)
        >>> monthly.due_on(Period(date(2025, 5, 1), date(2025, 6, 1)))
        datetime.date(2025, 6, 16)
        """
        first = self._first_month(period.start)
        month = first if self.in_advance else add_months(first, self.frequency.months)
        last = calendar.monthrange(month.year, month.month)[1]
        day = month.replace(day=min(self.due_day, last))
        return bank_day_from(max(day, period.start))

    def call_on(self, period: Period, *, on_pay: bool) -> date:
        """The day a period is called: early enough for the notice of a debit, at the latest once the period is over.

        Who pays by tranches of pay is called once the period is over: pay is not known before.

        Errors: ``ValueError`` when the period is open; ``NoParameterFor``.
        Source: EPC SDD Core Rulebook, pre-notification; contract clause; dossier 4.5, 8.4.

        >>> monthly = BillingCalendar(frequency=Frequency.MONTHLY, in_advance=False, due_day=5)
        >>> march = Period(date(2025, 3, 1), date(2025, 4, 1))
        >>> [monthly.call_on(march, on_pay=on_pay).isoformat() for on_pay in (False, True)]
        ['2025-03-24', '2025-04-01']
        """
        if period.end is None:
            raise ValueError("an open period is never called")
        if on_pay:
            return period.end
        due_on = self.due_on(period)
        return min(period.end, due_on - notice_before_debit(due_on))

    def periods(self, cover: Period, *, since: date, until: date | None = None) -> Iterator[Period]:
        """The periods of a contract from the one that holds a day to the last that begins before another, if any.

        >>> quarterly = BillingCalendar(frequency=Frequency.QUARTERLY, in_advance=False, due_day=15)
        >>> year = quarterly.periods(Period(date(2025, 1, 1)), since=date(2025, 1, 1), until=date(2026, 1, 1))
        >>> [f"{quarterly.due_on(period)}" for period in year]
        ['2025-04-15', '2025-07-15', '2025-10-15', '2026-01-15']
        """
        first = self._first_month(max(since, cover.start))
        while (until is None or first < until) and (cover.end is None or first < cover.end):
            yield self.period_of(first, cover=cover)
            first = add_months(first, self.frequency.months)

    def _first_month(self, day: date) -> date:
        months = self.frequency.months
        return date(day.year, (day.month - 1) // months * months + 1, 1)
