"""What the employer must keep paying by law during a stoppage, less the allowances: two bands of days (L1226-1)."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from chalicelib.domain.adjudication.explanation import in_percent
from chalicelib.domain.money import Cents, in_euros, round_half_up
from chalicelib.domain.periods import Period, age_on
from chalicelib.domain.work_stoppage.kinds import Scheme, StoppageKind
from chalicelib.domain.work_stoppage.stoppage import Stoppage, days_of
from chalicelib.domain.working import Working

NO_WAITING = (StoppageKind.WORK_ACCIDENT, StoppageKind.OCCUPATIONAL_DISEASE)


@dataclass(frozen=True, slots=True)
class Maintenance:
    """The bands of days on which part of the gross pay is kept: each with its period and its exact percentage."""

    bands: tuple[tuple[Period, Decimal], ...] = ()

    def percent_on(self, day: date) -> Decimal:
        """The share of the gross pay to keep on a day, allowances included; zero outside the bands."""
        return next((percent for period, percent in self.bands if period.holds(day)), Decimal(0))

    @property
    def drops_on(self) -> date | None:
        """The first day on which less is kept than at first, or nothing where no pay is kept at all."""
        return self.bands[0][0].end if self.bands else None


def days_of_each_band(years_of_service: int, *, on: date, working: Working) -> int:
    """How many days each of the two bands lasts by years of service; zero below the first year.

    Source: Code du travail D1226-1, D1226-2; dossier 6.3.

    >>> [days_of_each_band(years, on=date(2026, 1, 1), working=Working()) for years in (0, 1, 5, 6, 31, 40)]
    [0, 30, 30, 40, 90, 90]
    """
    first, step, days, more, most = (
        int(working.law(f"maintien.{name}", on=on).value)
        for name in ("service", "step.years", "days", "step.days", "most")
    )
    if years_of_service < first:
        return 0
    return min(most, days + more * ((years_of_service - first) // step))


def maintenance_of(stoppage: Stoppage, *, working: Working) -> Maintenance:
    """The legal maintenance of pay over a stoppage; none for a birth, an adoption, an invalidity or part-time work.

    The days maintained in the twelve months before use up the first band, then the second.
    Errors: ``NoParameterFor``.
    Source: Code du travail L1226-1, D1226-1 to D1226-4; dossier 6.3.
    """
    start = stoppage.starts_on
    excluded = stoppage.kind.scheme not in (Scheme.ILLNESS, Scheme.ACCIDENT)
    if excluded or stoppage.kind is StoppageKind.THERAPEUTIC_PART_TIME:
        return Maintenance()
    length = days_of_each_band(age_on(stoppage.hired_on, start), on=start, working=working)
    if not length:
        return Maintenance()
    waiting = 0 if stoppage.kind in NO_WAITING else int(working.law("maintien.waiting", on=start).value)
    used = stoppage.maintained_days_already
    first = Period(start + timedelta(days=waiting), start + timedelta(days=waiting + max(0, length - used)))
    rest = length - max(0, used - length)
    second = Period(_end(first), _end(first) + timedelta(days=max(0, rest)))
    percent, thirds = (working.law(f"maintien.rate.{name}", on=start).value for name in ("first", "second"))
    maintenance = Maintenance(((first, percent), (second, 100 * thirds / 3)))
    _note(maintenance, (in_percent(percent), f"{thirds:f}/3"), stoppage, working)
    return maintenance


def kept_pay(gross_daily: Decimal, percent: Decimal, *, allowance_cents: Cents, most_cents: Cents) -> Cents:
    """What the employer pays on a day: the share kept, less the allowance, the two together within a limit.

    Units: cents; rounded half up once, at the share kept: two thirds of a pay are two thirds, not 66,67 % of it.
    Source: Code du travail L1226-1, D1226-1, D1226-5; dossier 6.3.

    >>> kept_pay(Decimal("9863.01"), Decimal(90), allowance_cents=4147, most_cents=7900)
    3753
    """
    return max(0, min(round_half_up(gross_daily * percent / 100), most_cents) - allowance_cents)


def _note(maintenance: Maintenance, shares: tuple[str, str], stoppage: Stoppage, working: Working) -> None:
    gross = stoppage.earnings.reference_gross_cents
    year = working.law("complement.year.days", on=stoppage.starts_on).value
    for (period, percent), share in zip(maintenance.bands, shares, strict=True):
        days, daily = days_of(period), round_half_up(gross * percent / (100 * year))
        kept = f"{share} du salaire brut, {in_euros(daily)} par jour"
        if days:
            working.step(
                "maintien",
                source="Code du travail L1226-1, D1226-1 à D1226-4",
                amount_cents=daily,
                sentence=f"L’employeur maintient {kept}, indemnités déduites, pendant {days}\u00a0jours "
                f"à partir du {period.start:%d/%m/%Y}.",
                gross_cents=gross,
                percent=percent,
                start=period.start,
                days=days,
            )


def _end(period: Period) -> date:
    return period.end or period.start
