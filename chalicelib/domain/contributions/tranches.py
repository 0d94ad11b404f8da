"""Pay in tranches: what each tranche of a month is, its ceilings cumulated since January."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from chalicelib.domain.money import Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthOfPay:
    """What somebody earned in a month, and the monthly ceiling in proportion to the days present. Units: cents."""

    month: date
    pay_cents: Cents
    ceiling_cents: Cents


def bases_of_month(year: Iterable[MonthOfPay], month: date, *, up_to_pmss: Sequence[int]) -> tuple[Cents, ...]:
    """The part of each tranche in a month: the tranches of the year so far, less those of the months before.

    A tranche goes from the end of the one before to a number of ceilings; pay above the last is not counted. A tranche
    may be negative when a low month makes room for what an earlier one put above its ceiling. Months of other civil
    years do not count.

    Units: cents.
    Source: CSS R242-2 (progressive regularisation); dossier 4.3.

    >>> year = [MonthOfPay(month=date(2025, 1, 1), pay_cents=300000, ceiling_cents=392500),
    ...         MonthOfPay(month=date(2025, 2, 1), pay_cents=800000, ceiling_cents=392500)]
    >>> [bases_of_month(year, month.month, up_to_pmss=(1, 4)) for month in year]
    [(300000, 0), (485000, 315000)]
    """
    so_far = [one for one in year if one.month.year == month.year and one.month <= month]
    now = _cumulated(so_far, up_to_pmss)
    before = _cumulated([one for one in so_far if one.month < month], up_to_pmss)
    return tuple(present - past for present, past in zip(now, before, strict=True))


def _cumulated(months: Sequence[MonthOfPay], up_to_pmss: Sequence[int]) -> list[Cents]:
    pay = sum(one.pay_cents for one in months)
    ceiling = sum(one.ceiling_cents for one in months)
    bounds = [0, *(count * ceiling for count in up_to_pmss)]
    return [max(0, min(pay, top) - bottom) for bottom, top in pairwise(bounds)]
