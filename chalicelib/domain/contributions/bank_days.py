"""The days on which money moves: French public holidays, the TARGET calendar, due days and debit days."""

from datetime import date, timedelta
from functools import lru_cache

from chalicelib.domain.law import parameter

_FIXED_HOLIDAYS = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
_FIXED_CLOSING_DAYS = ((1, 1), (5, 1), (12, 25), (12, 26))
_SATURDAY = 5


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar.

    Source: Nature, 20 April 1876, anonymous algorithm, as given by J. Meeus, Astronomical Algorithms.

    >>> easter(2024), easter(2025), easter(2026)
    (datetime.date(2024, 3, 31), datetime.date(2025, 4, 20), datetime.date(2026, 4, 5))
    """
    golden = year % 19
    century, rank = divmod(year, 100)
    leap_centuries, common_centuries = divmod(century, 4)
    moon_lag = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - moon_lag + 15) % 30
    leap_years, common_years = divmod(rank, 4)
    to_sunday = (32 + 2 * common_centuries + 2 * leap_years - epact - common_years) % 7
    late = (golden + 11 * epact + 22 * to_sunday) // 451
    month, day = divmod(epact + to_sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=200)
def public_holidays(year: int) -> frozenset[date]:
    """The eleven public holidays of France; those of Alsace-Moselle come on top and do not close the banks.

    Source: C. travail L3133-1.

    >>> date(2026, 5, 14) in public_holidays(2026), date(2026, 12, 26) in public_holidays(2026)
    (True, False)
    """
    sunday = easter(year)
    moving = {sunday + timedelta(days=days) for days in (1, 39, 50)}
    return frozenset(moving | {date(year, month, day) for month, day in _FIXED_HOLIDAYS})


@lru_cache(maxsize=200)
def target_closing_days(year: int) -> frozenset[date]:
    """The weekdays on which the European settlement system is closed.

    Source: Eurosystem, TARGET calendar: 1 January, Good Friday, Easter Monday, 1 May, 25 and 26 December.

    >>> date(2026, 4, 3) in target_closing_days(2026), date(2026, 5, 8) in target_closing_days(2026)
    (True, False)
    """
    sunday = easter(year)
    moving = {sunday - timedelta(days=2), sunday + timedelta(days=1)}
    return frozenset(moving | {date(year, month, day) for month, day in _FIXED_CLOSING_DAYS})


def is_target_day(day: date) -> bool:
    """Whether a SEPA payment may settle on a day.

    >>> is_target_day(date(2026, 5, 8)), is_target_day(date(2026, 5, 1)), is_target_day(date(2026, 5, 9))
    (True, False, False)
    """
    return day.weekday() < _SATURDAY and day not in target_closing_days(day.year)


def is_bank_day(day: date) -> bool:
    """Whether a company in France may pay on a day: an open day of TARGET that is no public holiday.

    >>> is_bank_day(date(2026, 5, 8)), is_bank_day(date(2026, 5, 11))
    (False, True)
    """
    return is_target_day(day) and day not in public_holidays(day.year)


def bank_day_from(day: date) -> date:
    """The day itself, or the first bank day after it: a delay never ends on a closed day.

    Source: Code de procédure civile art. 642, by analogy; contract clause.

    >>> bank_day_from(date(2025, 6, 15)), bank_day_from(date(2025, 4, 15))
    (datetime.date(2025, 6, 16), datetime.date(2025, 4, 15))
    """
    while not is_bank_day(day):
        day += timedelta(days=1)
    return day


def notice_before_debit(told_on: date) -> timedelta:
    """How long before a debit the debtor must be told, when that is done on a day.

    Errors: ``NoParameterFor``.
    Source: EPC SDD Core Rulebook, pre-notification; dossier 8.4.

    >>> notice_before_debit(date(2026, 3, 2)).days
    14
    """
    return timedelta(days=int(parameter("sepa.prenotification", on=told_on).value))


def due_day(agreed: date, *, told_on: date) -> date:
    """The day a contribution is due that was called on a day: the agreed one, or a bank day after the notice.

    So nobody is late for what they were not called for: a call that comes late, or one for months long past, leaves as
    much time as any other.

    Errors: ``NoParameterFor``.
    Source: contract clause; dossier 4.5, 8.4.

    >>> due_day(date(2025, 4, 15), told_on=date(2025, 4, 1)), due_day(date(2025, 4, 15), told_on=date(2025, 5, 2))
    (datetime.date(2025, 4, 15), datetime.date(2025, 5, 16))
    """
    return max(agreed, bank_day_from(told_on + notice_before_debit(told_on)))


def debit_day(due_on: date, *, told_on: date) -> date:
    """The day a contribution may be debited: not before it is due, nor before the notice period has run out.

    The debtor is told at least so many calendar days before; the debit then waits for a day on which TARGET is open.

    Errors: ``NoParameterFor``.
    Source: EPC SDD Core Rulebook, pre-notification; dossier 8.4.

    >>> debit_day(date(2025, 4, 15), told_on=date(2025, 4, 1)), debit_day(date(2025, 4, 15), told_on=date(2025, 4, 4))
    (datetime.date(2025, 4, 15), datetime.date(2025, 4, 22))
    """
    day = max(due_on, told_on + notice_before_debit(told_on))
    while not is_target_day(day):
        day += timedelta(days=1)
    return day
