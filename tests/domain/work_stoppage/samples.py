"""Stoppages and covers that the tests start from."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from chalicelib.domain.periods import Period
from chalicelib.domain.work_stoppage.cover import Franchise, FranchiseKind, PayBasis, Tranche, WorkStoppageCover
from chalicelib.domain.work_stoppage.kinds import StoppageKind
from chalicelib.domain.work_stoppage.stoppage import Earnings, Stoppage


def days(start: date, count: int) -> Period:
    """So many days from one on."""
    return Period(start, start + timedelta(days=count))


def earnings(month_cents: int, *, net_month_cents: int | None = None) -> Earnings:
    """The same gross wage each month; the net one is four fifths of it unless said otherwise."""
    net = month_cents * 8 // 10 if net_month_cents is None else net_month_cents
    return Earnings(
        months_cents=(month_cents,) * 3, reference_gross_cents=12 * month_cents, reference_net_cents=12 * net
    )


def stoppage(
    start: date,
    *,
    count: int = 400,
    kind: StoppageKind = StoppageKind.ILLNESS,
    month_cents: int = 300_000,
    net_month_cents: int | None = None,
    hired_on: date | None = None,
    **facts: Any,
) -> Stoppage:
    """A stoppage of somebody hired less than a year before, so without legal maintenance, unless said otherwise."""
    return Stoppage(
        kind=kind,
        period=days(start, count),
        earnings=earnings(month_cents, net_month_cents=net_month_cents),
        hired_on=hired_on or start - timedelta(days=200),
        **facts,
    )


def franchise(count: int, kind: FranchiseKind = FranchiseKind.CONTINUOUS, **terms: int) -> Franchise:
    """The same franchise for every kind of stoppage."""
    return Franchise(stoppages=tuple(StoppageKind), kind=kind, days=count, **terms)


def cover(
    *tranches: tuple[int, str],
    of: Franchise | None = None,
    basis: PayBasis = PayBasis.GROSS,
    most_days: int = 1095,
    deducts_statutory: bool = True,
) -> WorkStoppageCover:
    """80 % of the gross pay up to eight ceilings, without a franchise, unless said otherwise."""
    return WorkStoppageCover(
        tranches=tuple(
            Tranche(up_to_pass=bound, percent=Decimal(percent)) for bound, percent in tranches or [(8, "80")]
        ),
        franchises=(of or franchise(0),),
        basis=basis,
        most_days=most_days,
        deducts_statutory=deducts_statutory,
    )
