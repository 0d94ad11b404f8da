"""A stoppage as its declarations tell it: its days, and the facts that decide what is paid."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from chalicelib.domain.law import parameter
from chalicelib.domain.money import Cents, round_half_up
from chalicelib.domain.periods import Period, day_after
from chalicelib.domain.work_stoppage.declaration import Declaration
from chalicelib.domain.work_stoppage.kinds import Movement, Scheme, StoppageKind
from chalicelib.domain.work_stoppage.situation import Answers
from chalicelib.domain.work_stoppage.state import OPEN
from chalicelib.domain.work_stoppage.stoppage import Earnings, PartTime, Stated, Stoppage

_ENDS = ("expected_end_on", "part_time_until")
_MONTHS = ("gross_month_3", "gross_month_2", "gross_month_1")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppageFile:
    """One stoppage: the declaration that begins it, an opening or a relapse, and its prolongations and returns.

    Errors: ``TypeError`` when one of them is still a draft that lacks an answer.
    """

    beginning: Declaration
    follow_ups: tuple[Declaration, ...] = ()

    @property
    def period(self) -> Period:
        """The days off work, wholly or in part: to the last prescribed one, or until a full return if that comes first.

        An invalidity is open until then.
        """
        start = _day(self.beginning.answers, "starts_on")
        if self.beginning.kind.scheme is Scheme.INVALIDITY:
            return Period(start, self._full_return())
        declared = [self.beginning.answers, *(one.answers for one in self.follow_ups)]
        ends = [day_after(_day(one, name)) for one in declared for name in _ENDS if name in one]
        prescribed, back = max(ends), self._full_return()
        return Period(start, min(prescribed, back) if back else prescribed)

    @property
    def wholly_off(self) -> Period | None:
        """The days without any work for an illness or an accident, of which there can be only one at a time.

        A birth interrupts an illness, and an invalidity or a part-time return goes beside another one: nothing for
        these.
        """
        period, part = self.period, self.part_time
        if self.beginning.kind.scheme not in (Scheme.ILLNESS, Scheme.ACCIDENT) or period.end is None:
            return None
        return Period(period.start, min(period.end, part.starts_on) if part else period.end)

    @property
    def part_time(self) -> PartTime | None:
        """The pay that goes on during a therapeutic part-time, from its first day."""
        if self.beginning.kind is StoppageKind.THERAPEUTIC_PART_TIME:
            return _part_time(self.beginning.answers, "starts_on", "kept")
        back = [one for one in self.follow_ups if one.answers.get("return_mode") == "temps_partiel_therapeutique"]
        return _part_time(back[-1].answers, "returned_on", "part_time") if back else None

    def stoppage(
        self,
        *,
        earlier: tuple[Period, ...] = (),
        statutory: tuple[Stated, ...] = (),
        employer: tuple[Stated, ...] = (),
        allowances_already_paid: int = 0,
        maintained_days_already: int = 0,
        twelve_months_cents: tuple[Cents, ...] = (),
        other_daily_cents: Cents = 0,
    ) -> Stoppage:
        """The facts that decide what is paid; the arguments are what the declarations do not say.

        ``twelve_months_cents`` are needed for seasonal work only, from payslips or the DSN; until they are known, the
        reference pay is taken in twelve equal months.
        """
        answers = self.beginning.answers
        return Stoppage(
            kind=_kind(self.beginning),
            period=self.period,
            earnings=_earnings(answers, twelve_months_cents),
            hired_on=_day(answers, "hired_on"),
            accident_on=_day(answers, "accident_on") if "accident_on" in answers else None,
            hospitalised=answers.get("hospitalised") is True or self.beginning.kind is StoppageKind.HOSPITAL,
            waiting_served=answers.get("same_long_illness") is True or answers.get("after_full_stop") is True,
            allowances_already_paid=allowances_already_paid,
            maintained_days_already=maintained_days_already,
            earlier=earlier,
            statutory=(*_pension(self.beginning, self.period), *statutory),
            employer=employer,
            other_daily_cents=other_daily_cents,
            part_time=self.part_time,
        )

    def _full_return(self) -> date | None:
        back = [one.answers for one in self.follow_ups if one.answers.get("return_mode") == "temps_plein"]
        return _day(back[-1], "returned_on") if back else None


def files_of(declarations: Sequence[Declaration]) -> tuple[StoppageFile, ...]:
    """The stoppages that the declarations of one file tell, in the order declared; each relapse begins another.

    Drafts and rejected declarations are the caller's to leave out.
    """
    groups: list[list[Declaration]] = []
    for one in declarations:
        if one.movement in (Movement.OPENING, Movement.RELAPSE):
            groups.append([one])
        else:
            groups[-1].append(one)
    return tuple(StoppageFile(beginning=group[0], follow_ups=tuple(group[1:])) for group in groups)


def overlapped(opening: Declaration, others: Iterable[Declaration]) -> StoppageFile | None:
    """The stoppage of another open file, on the same contract, whose days a new one takes again; nothing otherwise.

    ``others`` are declarations of the same employee; follow-ups among them are read through their opening.
    """
    for other in others:
        another = other.declaration_id != opening.declaration_id and other.contract_id == opening.contract_id
        if not another or other.opening_id is not None or other.state not in OPEN:
            continue
        for one in files_of(other.told):
            if _meet(StoppageFile(beginning=opening).wholly_off, one.wholly_off):
                return one
    return None


def _meet(one: Period | None, other: Period | None) -> bool:
    if one is None or other is None or one.end is None or other.end is None:
        return False
    return max(one.start, other.start) < min(one.end, other.end)


def _kind(beginning: Declaration) -> StoppageKind:
    """An occupational disease is paid as an illness until it is recognised."""
    waits = beginning.answers.get("recognised") is False
    return StoppageKind.ILLNESS if waits else beginning.kind


def _earnings(answers: Answers, twelve_months_cents: tuple[Cents, ...]) -> Earnings:
    gross = _cents(answers, "reference_gross")
    months = tuple(_cents(answers, name) if name in answers else 0 for name in _MONTHS)
    if answers.get("seasonal") is True:
        months = twelve_months_cents or tuple(gross // 12 for _ in range(12))
    return Earnings(
        months_cents=months,
        reference_gross_cents=gross,
        reference_net_cents=_cents(answers, "reference_net"),
    )


def _part_time(answers: Answers, day: str, pay: str) -> PartTime:
    return PartTime(
        starts_on=_day(answers, day),
        gross_month_cents=_cents(answers, f"{pay}_gross_month"),
        net_month_cents=_cents(answers, f"{pay}_net_month"),
    )


def _pension(beginning: Declaration, period: Period) -> tuple[Stated, ...]:
    """The pension of an invalidity, by day: twelve months over the days of a year, rounded half up."""
    if beginning.kind.scheme is not Scheme.INVALIDITY:
        return ()
    days = parameter("complement.year.days", on=period.start).value
    daily = round_half_up(12 * _cents(beginning.answers, "pension_month") / days)
    return (Stated(period=period, daily_cents=daily),)


def _day(answers: Answers, name: str) -> date:
    value = answers.get(name)
    if not isinstance(value, date):
        raise TypeError(f"{name} is not a day")
    return value


def _cents(answers: Answers, name: str) -> Cents:
    value = answers.get(name)
    if not isinstance(value, int):
        raise TypeError(f"{name} is not an amount")
    return value
