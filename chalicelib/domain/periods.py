"""Days and periods: month arithmetic, ages, civil years. Every period is half-open: ``start`` in, ``end`` out."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta


def add_months(day: date, months: int) -> date:
    """The same day a number of months later; a day that month does not have becomes its last day.

    Source: Code de procédure civile art. 641 (a delay in months ends on the same number, else on the last day).

    >>> add_months(date(2025, 1, 31), 1)
    datetime.date(2025, 2, 28)
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def age_on(born: date, day: date) -> int:
    """Age in whole years on a day; somebody born on 29 February turns a year older on 1 March of a common year.

    >>> age_on(date(2008, 2, 29), date(2026, 2, 28)), age_on(date(2008, 2, 29), date(2026, 3, 1))
    (17, 18)
    """
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def last_day_of_month(day: date) -> date:
    """The last day of the month of a day.

    >>> last_day_of_month(date(2024, 2, 3))
    datetime.date(2024, 2, 29)
    """
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open span of days; ``end`` is ``None`` while it is open.

    >>> Period(date(2026, 1, 1), date(2027, 1, 1)).holds(date(2026, 12, 31))
    True
    """

    start: date
    end: date | None = None

    def holds(self, day: date) -> bool:
        """Whether a day lies within the period.

        >>> Period(date(2026, 1, 1)).holds(date(2025, 12, 31))
        False
        """
        return self.start <= day and (self.end is None or day < self.end)


def civil_year(day: date) -> Period:
    """The civil year of a day.

    >>> civil_year(date(2026, 3, 1)).end
    datetime.date(2027, 1, 1)
    """
    return Period(date(day.year, 1, 1), date(day.year + 1, 1, 1))


def insurance_year(day: date, *, anniversary_of: date) -> Period:
    """The year of cover that holds a day, counted from the anniversary of the contract's first day.

    >>> insurance_year(date(2026, 3, 1), anniversary_of=date(2024, 7, 1)).start
    datetime.date(2025, 7, 1)
    """
    years = day.year - anniversary_of.year
    start = add_months(anniversary_of, 12 * years)
    if start > day:
        years -= 1
        start = add_months(anniversary_of, 12 * years)
    return Period(start, add_months(anniversary_of, 12 * (years + 1)))


def day_after(day: date) -> date:
    """The next day.

    >>> day_after(date(2026, 2, 28))
    datetime.date(2026, 3, 1)
    """
    return day + timedelta(days=1)
