"""The daily allowances of the statutory scheme (IJSS), one formula per branch.

Each is rounded once, half up, at the daily amount; the sum of the wages, the cap and the daily wage are not rounded.
Sources disagree on that rounding by one cent: where a statement says what was paid, the statement holds.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from chalicelib.domain.law import all_parameters
from chalicelib.domain.money import Cents, in_euros, round_half_up
from chalicelib.domain.periods import add_months
from chalicelib.domain.work_stoppage.kinds import Scheme, StoppageKind
from chalicelib.domain.work_stoppage.stoppage import Earnings, Stoppage
from chalicelib.domain.working import Working

_MINIMUM = "ijss.maternity.minimum"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the scheme pays each day: amounts from their first day on, until a day on which nothing is paid."""

    bands: tuple[tuple[date, Cents], ...]
    until: date | None = None

    def on(self, day: date) -> Cents:
        """The allowance of a day, in cents.

        >>> Allowance(bands=((date(2025, 5, 4), 4147),)).on(date(2025, 5, 3))
        0
        """
        if self.until is not None and day >= self.until:
            return 0
        return next((amount for start, amount in reversed(self.bands) if start <= day), 0)


def illness_daily(earnings: Earnings, *, starts_on: date, working: Working) -> Cents:
    """The daily allowance of an illness: half of the daily wage, each month's wage capped.

    Units: cents. Errors: ``NoParameterFor``.
    Source: CSS L323-4, R323-4, R323-5; dossier 6.2.

    >>> pay = Earnings(months_cents=(200000,) * 3, reference_gross_cents=2400000, reference_net_cents=1900000)
    >>> illness_daily(pay, starts_on=date(2025, 5, 1), working=Working())
    3288
    """
    before = last_day_before_month_of(starts_on)
    factor = working.law("ijss.cap.factor", on=starts_on).value
    cap = working.law("smic.month", on=before).cents * factor / 100
    rate = working.law("ijss.illness.rate", on=starts_on).value
    capped = sum((min(Decimal(month), cap) for month in earnings.months_cents), Decimal(0))
    days = _days_of_wages(earnings, starts_on, working)
    daily = round_half_up(capped * rate / (100 * days))
    return working.step(
        "ijss_maladie",
        source="CSS L323-4, R323-4, R323-5",
        amount_cents=daily,
        sentence=f"La Sécurité sociale verse {in_euros(daily)} par jour, la moitié du salaire journalier plafonné.",
        months_cents="+".join(str(month) for month in earnings.months_cents),
        cap_cents=cap,
        days=days,
        rate_percent=rate,
    )


def accident_daily(earnings: Earnings, *, starts_on: date, working: Working) -> tuple[Cents, Cents]:
    """The daily allowances of an accident at work: in the first days, then later.

    The daily wage is capped; neither allowance is more than the daily wage, not capped, less a flat share.
    Units: cents. Errors: ``NoParameterFor``.
    Source: CSS L433-2, R433-1 to R433-4, R436-1; dossier 6.2.

    >>> pay = Earnings(months_cents=(300000,) * 3, reference_gross_cents=3600000, reference_net_cents=2800000)
    >>> accident_daily(pay, starts_on=date(2025, 6, 1), working=Working())
    (5917, 7791)
    """
    wage, days = _last_wage(earnings, starts_on, working)
    share = working.law("ijss.at.pct_pass", on=starts_on).value
    cap = working.law("pass", on=starts_on).cents * share / 100
    abatement = working.law("ijss.accident.abatement", on=starts_on).value
    net = round_half_up(wage * (100 - abatement) / (100 * days))
    rates = [working.law(f"ijss.accident.rate.{name}", on=starts_on).value for name in ("first", "later")]
    amounts = [min(round_half_up(min(wage * rate / (100 * days), cap * rate / 100)), net) for rate in rates]
    for rate, amount in zip(rates, amounts, strict=True):
        working.step(
            "ijss_accident",
            source="CSS L433-2, R433-1 à R433-4, R436-1",
            amount_cents=amount,
            sentence=f"La Sécurité sociale verse {in_euros(amount)} par jour, dans la limite du salaire net.",
            wage_cents=wage,
            days=days,
            rate_percent=rate,
            cap_cents=cap,
            net_daily_cents=net,
        )
    return amounts[0], amounts[1]


def maternity_daily(earnings: Earnings, *, starts_on: date, working: Working) -> Cents:
    """The daily allowance of a birth, an adoption or the loss of a child: the capped wage less a flat share.

    Units: cents. Errors: ``NoParameterFor``, also when the amount is so low that the minimum of the day is needed.
    Source: CSS L331-3, L331-8, R331-5; dossier 6.2.

    >>> pay = Earnings(months_cents=(250000,) * 3, reference_gross_cents=3000000, reference_net_cents=2400000)
    >>> maternity_daily(pay, starts_on=date(2026, 3, 1), working=Working())
    6493
    """
    cap = working.law("pmss", on=last_day_before_month_of(starts_on)).cents
    abatement = working.law("ijss.maternity.abatement", on=starts_on).value
    days = _days_of_wages(earnings, starts_on, working)
    capped = sum(min(month, cap) for month in earnings.months_cents)
    daily = round_half_up(capped * (100 - abatement) / (100 * days))
    if any(daily < row.cents for row in all_parameters()[_MINIMUM]):
        daily = max(daily, working.law(_MINIMUM, on=starts_on).cents)
    return working.step(
        "ijss_maternite",
        source="CSS L331-3, L331-8, R331-5",
        amount_cents=daily,
        sentence=f"La Sécurité sociale verse {in_euros(daily)} par jour, le salaire journalier plafonné, minoré.",
        months_cents="+".join(str(month) for month in earnings.months_cents),
        cap_cents=cap,
        days=days,
        abatement_percent=abatement,
    )


def allowance_of(stoppage: Stoppage, *, working: Working) -> Allowance:
    """What the scheme pays over a stoppage, from the first day after the waiting days to the last one it pays.

    An invalidity is paid as its notification states, so nothing is computed for it. Errors: ``NoParameterFor``.
    Source: CSS R323-1, R433-3; dossier 6.2.
    """
    start = stoppage.starts_on
    match stoppage.kind.scheme:
        case Scheme.ILLNESS:
            amount = illness_daily(stoppage.earnings, starts_on=start, working=working)
            first = start + timedelta(days=_waiting_days(stoppage, working))
            return Allowance(((first, amount),), _end_of_illness(stoppage, first, working))
        case Scheme.ACCIDENT:
            early, later = accident_daily(stoppage.earnings, starts_on=start, working=working)
            first = max(start, stoppage.accident_on + timedelta(days=1)) if stoppage.accident_on else start
            change = first + timedelta(days=int(working.law("ijss.accident.first_days", on=start).value))
            return Allowance(((first, early), (change, later)))
        case Scheme.MATERNITY:
            return Allowance(((start, maternity_daily(stoppage.earnings, starts_on=start, working=working)),))
        case Scheme.INVALIDITY:
            return Allowance(())


def last_day_before_month_of(day: date) -> date:
    """The last day of the month before: the day whose minimum wage and ceiling cap the wages.

    >>> last_day_before_month_of(date(2026, 1, 31))
    datetime.date(2025, 12, 31)
    """
    return day.replace(day=1) - timedelta(days=1)


def _days_of_wages(earnings: Earnings, starts_on: date, working: Working) -> Decimal:
    key = "ijss.year.days" if earnings.seasonal else "ijss.quarter.days"
    return working.law(key, on=starts_on).value


def _last_wage(earnings: Earnings, starts_on: date, working: Working) -> tuple[Cents, Decimal]:
    if earnings.seasonal:
        return sum(earnings.months_cents), working.law("ijss.year.days", on=starts_on).value
    return earnings.months_cents[-1], working.law("ijss.month.days", on=starts_on).value


def _waiting_days(stoppage: Stoppage, working: Working) -> int:
    if stoppage.waiting_served:
        return 0
    days = int(working.law("ijss.illness.waiting", on=stoppage.starts_on).value)
    working.step(
        "carence",
        source="CSS R323-1",
        amount_cents=0,
        sentence=f"La Sécurité sociale ne verse rien les {days} premiers jours.",
        days=days,
    )
    return days


def _end_of_illness(stoppage: Stoppage, first: date, working: Working) -> date:
    """The day from which nothing more is paid."""
    if stoppage.kind is StoppageKind.LONG_ILLNESS:
        years = int(working.law("ijss.long_illness.most", on=stoppage.starts_on).value)
        return add_months(stoppage.starts_on, 12 * years)
    most = int(working.law("ijss.illness.most", on=stoppage.starts_on).value)
    return first + timedelta(days=max(0, most - stoppage.allowances_already_paid))
