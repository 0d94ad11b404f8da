"""What the contract adds to the allowances and to the employer's pay, day by day, and why.

Order of operations for a day, each amount in cents:

1. the statutory allowance: as the statement says, else as computed; within the loss of pay in part-time work;
2. the employer's pay: as the payslip says, else the legal maintenance, within the limit of the day;
3. nothing for a kind that is not covered, within the franchise, or after the longest duration;
4. the target: the percentages of the tranches of the reference pay over 365, rounded half up once;
5. less the allowance (unless the contract pays on top of it), the employer's pay and any other insurer;
6. the total within the limit of the day: the month's net pay shared among its days, rounded down.

A day depends on the stoppage alone, never on the period asked for: periods that follow each other add up exactly.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from itertools import groupby

from chalicelib.domain.adjudication.explanation import Step
from chalicelib.domain.money import Cents, in_euros, round_half_up
from chalicelib.domain.periods import Period, day_after, last_day_of_month
from chalicelib.domain.work_stoppage.cover import PayBasis, WorkStoppageCover
from chalicelib.domain.work_stoppage.franchise import first_paid_day
from chalicelib.domain.work_stoppage.ijss import Allowance, allowance_of
from chalicelib.domain.work_stoppage.maintenance import Maintenance, kept_pay, maintenance_of
from chalicelib.domain.work_stoppage.state import StoppageState
from chalicelib.domain.work_stoppage.stoppage import PartTime, Stoppage, days_of, stated_on
from chalicelib.domain.working import Working


class Unpaid(StrEnum):
    """Why the contract pays nothing on a day."""

    NOT_COVERED = "not_covered"
    IN_FRANCHISE = "in_franchise"
    LONGEST_DURATION = "longest_duration"
    NOTHING_LEFT = "nothing_left"

    @property
    def sentence(self) -> str:
        """The reason, for the employer and the person.

        >>> Unpaid.IN_FRANCHISE.sentence
        'Ces jours font partie de la franchise du contrat.'
        """
        return _UNPAID[self]


_UNPAID = {
    Unpaid.NOT_COVERED: "Le contrat ne couvre pas cette nature d’arrêt.",
    Unpaid.IN_FRANCHISE: "Ces jours font partie de la franchise du contrat.",
    Unpaid.LONGEST_DURATION: "La durée maximale d’indemnisation du contrat est atteinte.",
    Unpaid.NOTHING_LEFT: "La Sécurité sociale et l’employeur versent déjà tout ce que le contrat garantit.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """What a day is made of. Units: cents. ``most_cents`` is the limit of all payments together."""

    statutory_cents: Cents
    employer_cents: Cents
    target_cents: Cents
    most_cents: Cents
    complement_cents: Cents
    unpaid: Unpaid | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Consecutive days that are made of the same amounts."""

    period: Period
    daily: Daily

    @property
    def days(self) -> int:
        """How many days."""
        return days_of(self.period)


@dataclass(frozen=True, slots=True, kw_only=True)
class Indemnity:
    """What is due over a period, in segments, with the steps that lead there and the rows of law used. Units: cents."""

    period: Period
    segments: tuple[Segment, ...]
    steps: tuple[Step, ...]
    law: tuple[str, ...]

    @property
    def statutory_cents(self) -> Cents:
        """The allowances of the statutory scheme."""
        return sum(one.days * one.daily.statutory_cents for one in self.segments)

    @property
    def employer_cents(self) -> Cents:
        """The pay that the employer keeps up."""
        return sum(one.days * one.daily.employer_cents for one in self.segments)

    @property
    def complement_cents(self) -> Cents:
        """What the contract pays."""
        return sum(one.days * one.daily.complement_cents for one in self.segments)

    @property
    def first_paid_on(self) -> date | None:
        """The first day that is not in the franchise, or nothing where all of them are."""
        after = (one.period.start for one in self.segments if one.daily.unpaid is not Unpaid.IN_FRANCHISE)
        return next(after, None)

    def complement_over(self, period: Period) -> Cents:
        """What the contract pays for the days of a closed period.

        Errors: ``ValueError`` when it is open.
        """
        return sum(days_of(_within(period, one.period)) * one.daily.complement_cents for one in self.segments)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """What holds for the whole stoppage: computed once, then read for each day."""

    stoppage: Stoppage
    cover: WorkStoppageCover
    allowance: Allowance
    maintenance: Maintenance
    paid: Period | None
    year: Decimal
    target_yearly: Decimal
    target_kept: Decimal


def indemnity(stoppage: Stoppage, *, cover: WorkStoppageCover, period: Period) -> Indemnity:
    """What the contract owes over the days of a period that belong to the stoppage, to the cent.

    Every row of law is that of the stoppage's first day. Errors: ``NoParameterFor``; ``ValueError`` when the period is
    open.
    Source: contract clauses; loi n° 89-1009 (payments never exceed the loss); dossier 6.4, 6.5.
    """
    working = Working()
    scale = _scale(stoppage, cover, working)
    segments = tuple(_segments(scale, _within(period, stoppage.period)))
    for segment in segments:
        _note(segment, working)
    return Indemnity(period=period, segments=segments, steps=tuple(working.steps), law=tuple(working.versions))


def target_yearly(pay_cents: Cents, *, cover: WorkStoppageCover, pass_cents: Cents) -> Decimal:
    """The yearly target: each tranche of the pay by its percentage; pay above the last tranche is not insured.

    Units: cents, not rounded.
    Source: contract clause; dossier 6.5.

    >>> from chalicelib.domain.work_stoppage.cover import Tranche
    >>> both = (Tranche(up_to_pass=1, percent=Decimal(80)), Tranche(up_to_pass=4, percent=Decimal(50)))
    >>> cover = WorkStoppageCover(tranches=both, franchises=())
    >>> target_yearly(6000000, cover=cover, pass_cents=4000000)
    Decimal('4200000')
    """
    total, bottom = Decimal(0), 0
    for tranche in cover.tranches:
        top = tranche.up_to_pass * pass_cents
        total += max(0, min(pay_cents, top) - bottom) * tranche.percent / 100
        bottom = top
    return total


def limit_of_day(net_yearly_cents: Cents, day: date) -> Cents:
    """The most that all payments of a day may reach: a twelfth of the net pay over the days of its month, rounded down.

    A whole month is thus never paid more than its net pay. Units: cents.
    Source: contract clause, « dans la limite de 100 % du net »; dossier 6.5.

    >>> limit_of_day(2844000, date(2025, 6, 1)), limit_of_day(2844000, date(2025, 7, 1))
    (7900, 7645)
    """
    return int((Decimal(net_yearly_cents) / (12 * last_day_of_month(day).day)).to_integral_value(ROUND_FLOOR))


def standing(stoppage: Stoppage, *, cover: WorkStoppageCover, today: date) -> StoppageState:
    """Where the days of a stoppage put its file: in the franchise, payable, or being paid once something is due.

    Errors: ``NoParameterFor``.
    Source: dossier 10, « Arrêt de travail file ».
    """
    so_far = Period(stoppage.starts_on, day_after(max(today, stoppage.starts_on)))
    due = indemnity(stoppage, cover=cover, period=so_far)
    if due.complement_cents:
        return StoppageState.PAYING
    waits = bool(due.segments) and due.segments[-1].daily.unpaid is Unpaid.IN_FRANCHISE
    return StoppageState.IN_FRANCHISE if waits else StoppageState.PAYABLE


def _scale(stoppage: Stoppage, cover: WorkStoppageCover, working: Working) -> _Scale:
    start, earnings, part = stoppage.starts_on, stoppage.earnings, stoppage.part_time
    allowance = allowance_of(stoppage, working=working)
    maintenance = maintenance_of(stoppage, working=working)
    net = cover.basis is PayBasis.NET
    ceiling = working.law("pass", on=start).cents
    reference = earnings.reference_net_cents if net else earnings.reference_gross_cents
    kept = 12 * (part.net_month_cents if net else part.gross_month_cents) if part else 0
    scale = _Scale(
        stoppage=stoppage,
        cover=cover,
        allowance=allowance,
        maintenance=maintenance,
        paid=_paid(stoppage, cover, maintenance, working),
        year=working.law("complement.year.days", on=start).value,
        target_yearly=target_yearly(reference, cover=cover, pass_cents=ceiling),
        target_kept=target_yearly(min(kept, reference), cover=cover, pass_cents=ceiling),
    )
    yearly = round_half_up(scale.target_yearly)
    working.step(
        "objectif_annuel",
        source="Contrat, montant des prestations",
        amount_cents=yearly,
        sentence=f"Le contrat garantit {in_euros(yearly)} par an sur la base du salaire {cover.basis} de référence.",
        reference_cents=reference,
        pass_cents=ceiling,
        tranches=" ".join(f"{one.up_to_pass}:{one.percent:f}" for one in cover.tranches),
    )
    return scale


def _paid(stoppage: Stoppage, cover: WorkStoppageCover, maintenance: Maintenance, working: Working) -> Period | None:
    """The days after the franchise and within the longest duration; nothing where the kind is not covered."""
    franchise = cover.franchise_of(stoppage.kind)
    if franchise is None:
        return None
    first = first_paid_day(franchise, stoppage, maintenance=maintenance)
    working.step(
        "franchise",
        source="Contrat, franchise",
        amount_cents=0,
        sentence=f"Franchise ({franchise.kind.label.lower()})\u00a0: le contrat paie à partir du {first:%d/%m/%Y}.",
        kind=franchise.kind,
        days=(first - stoppage.starts_on).days,
        first_paid_on=first,
    )
    return Period(first, max(first, stoppage.starts_on + timedelta(days=cover.most_days)))


def _within(period: Period, stoppage: Period) -> Period:
    if period.end is None:
        raise ValueError("the period to pay has an end")
    start = max(period.start, stoppage.start)
    return Period(start, max(start, min(period.end, stoppage.end or period.end)))


def _segments(scale: _Scale, period: Period) -> Iterable[Segment]:
    days = (period.start + timedelta(days=offset) for offset in range(days_of(period)))
    for daily, run in groupby(((_daily(scale, day), day) for day in days), key=lambda entry: entry[0]):
        held = [day for _, day in run]
        yield Segment(period=Period(held[0], day_after(held[-1])), daily=daily)


def _daily(scale: _Scale, day: date) -> Daily:
    stoppage, cover = scale.stoppage, scale.cover
    part = stoppage.part_time_on(day)
    most = max(0, limit_of_day(stoppage.earnings.reference_net_cents - (12 * part.net_month_cents if part else 0), day))
    statutory = _statutory(scale, day, part)
    employer = _employer(scale, day, part, statutory, most)
    target = round_half_up((scale.target_yearly - (scale.target_kept if part else 0)) / scale.year)
    deducted = (statutory if cover.deducts_statutory else 0) + employer + stoppage.other_daily_cents
    room = most - statutory - employer - stoppage.other_daily_cents
    due = max(0, min(target - deducted, room))
    unpaid = _unpaid(scale, day, due)
    return Daily(
        statutory_cents=statutory,
        employer_cents=employer,
        target_cents=target,
        most_cents=most,
        complement_cents=0 if unpaid else due,
        unpaid=unpaid,
    )


def _statutory(scale: _Scale, day: date, part: PartTime | None) -> Cents:
    stated = stated_on(day, scale.stoppage.statutory)
    if stated is not None:
        return stated
    computed = scale.allowance.on(day)
    if part is None:
        return computed
    lost = scale.stoppage.earnings.reference_gross_cents - 12 * part.gross_month_cents
    return min(computed, round_half_up(max(0, lost) / scale.year))


def _employer(scale: _Scale, day: date, part: PartTime | None, statutory: Cents, most: Cents) -> Cents:
    stated = stated_on(day, scale.stoppage.employer)
    if stated is not None:
        return stated
    percent = scale.maintenance.percent_on(day)
    if part is not None or not percent:
        return 0
    gross = scale.stoppage.earnings.reference_gross_cents / scale.year
    return kept_pay(gross, percent, allowance_cents=statutory, most_cents=most)


def _unpaid(scale: _Scale, day: date, due: Cents) -> Unpaid | None:
    if scale.paid is None:
        return Unpaid.NOT_COVERED
    if day < scale.paid.start:
        return Unpaid.IN_FRANCHISE
    if not scale.paid.holds(day):
        return Unpaid.LONGEST_DURATION
    return None if due else Unpaid.NOTHING_LEFT


def _note(segment: Segment, working: Working) -> None:
    daily, days, start = segment.daily, segment.days, segment.period.start
    amount = days * daily.complement_cents
    last = start + timedelta(days=days - 1)
    counted = f"{days}\u00a0jour{'s' if days > 1 else ''}"
    said = f"{counted} à {in_euros(daily.complement_cents)}, soit {in_euros(amount)}."
    working.step(
        "complement",
        source="Contrat, montant des prestations",
        amount_cents=amount,
        sentence=f"Du {start:%d/%m/%Y} au {last:%d/%m/%Y}\u00a0: "
        + (said if daily.unpaid is None else f"{counted} sans versement. {daily.unpaid.sentence}"),
        start=start,
        days=days,
        target_cents=daily.target_cents,
        statutory_cents=daily.statutory_cents,
        employer_cents=daily.employer_cents,
        most_cents=daily.most_cents,
    )
