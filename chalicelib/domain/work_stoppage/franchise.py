"""The first day that a contract pays: after its franchise, counted in one of three ways."""

from datetime import date, timedelta

from chalicelib.domain.periods import Period, add_months
from chalicelib.domain.work_stoppage.cover import Franchise, FranchiseKind
from chalicelib.domain.work_stoppage.maintenance import Maintenance
from chalicelib.domain.work_stoppage.stoppage import Stoppage, days_of


def first_paid_day(franchise: Franchise, stoppage: Stoppage, *, maintenance: Maintenance) -> date:
    """The first day of a stoppage after its franchise; it may lie beyond the end of the stoppage.

    Continuous: so many days of this stoppage, those of a stoppage that it goes on from included. Cumulated: the days of
    every stoppage of the last months count. Relay: the day the employer's maintenance first drops; who has no right to
    it waits for a continuous franchise.
    Source: contract clause; dossier 6.4.
    """
    start = stoppage.starts_on
    if franchise.kind is FranchiseKind.RELAY and maintenance.drops_on is not None:
        return maintenance.drops_on
    hospital = stoppage.hospitalised and franchise.hospital_days is not None
    days = franchise.hospital_days if hospital and franchise.hospital_days is not None else franchise.days
    return start + timedelta(days=max(0, days - days_already(franchise, start, stoppage.earlier)))


def days_already(franchise: Franchise, start: date, earlier: tuple[Period, ...]) -> int:
    """The days of earlier stoppages that count towards the franchise of one that starts on a day.

    >>> past = (Period(date(2026, 1, 1), date(2026, 1, 21)), Period(date(2026, 3, 10), date(2026, 3, 31)))
    >>> sixty = Franchise(stoppages=(), kind=FranchiseKind.CUMULATED, days=60)
    >>> days_already(sixty, date(2026, 5, 5), past)
    41
    """
    closed = [Period(one.start, min(one.end or start, start)) for one in earlier]
    if franchise.kind is FranchiseKind.CUMULATED:
        since = add_months(start, -franchise.window_months)
        return sum(days_of(Period(max(one.start, since), one.end)) for one in closed)
    counted, resumed = 0, start
    for one in sorted(closed, key=lambda period: period.start, reverse=True):
        if one.end is None or (resumed - one.end).days > franchise.relapse_days or not franchise.relapse_days:
            break
        counted, resumed = counted + days_of(one), one.start
    return counted
