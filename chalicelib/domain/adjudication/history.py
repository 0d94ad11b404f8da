"""What was settled before: the history of a beneficiary, and what each next line asks of it.

A history is built once and never changes. It is indexed by all that a line may ask, so that a line costs the same
whatever the number of acts: a purchase, a rolling span and a cap are each found without reading the acts.
"""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import overload

from chalicelib.domain import acts
from chalicelib.domain.acts import Act, Withholding
from chalicelib.domain.adjudication.care import NOTHING_WITHHELD, Care, Withheld
from chalicelib.domain.money import Cents
from chalicelib.domain.periods import add_months


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAct:
    """An act of the beneficiary that was settled: what it leaves to the delays, spans, caps and sessions of the next.

    ``paid`` is whether the contract paid for it: one that was refused delays nothing and opens no span, while what the
    statutory scheme kept back on it counts all the same. ``withholding`` is the kind kept back, ``withheld_stated``
    whether the scheme's statement gave the amount. ``heavy_tariff_cents`` is the tariff that counts towards the
    threshold of heavy acts, 0 for a stay, or nothing where the participation never bears on the act;
    ``heavy_act_cents`` is the participation it bore. ``daily_charge_days`` are those that a stay's bill holds.
    """

    act: str
    on: date
    clause_id: str | None = None
    location: str | None = None
    paid: bool = True
    expense_cents: Cents | None = None
    quantity: int = 1
    professional: str | None = None
    stay: str | None = None
    withholding: Withholding = Withholding.NONE
    withheld: Withheld = NOTHING_WITHHELD
    withheld_stated: bool = False
    heavy_tariff_cents: Cents | None = None
    heavy_act_cents: Cents = 0
    daily_charge_days: int = 0


def session_of(one: Care | PastAct) -> Hashable:
    """What ties acts together for heavy acts: the same stay, or the same professional on the same day; else nothing.

    That two acts of a day were done by one professional is never guessed. Source: CSS art. R160-16.

    >>> session_of(PastAct(act="G", on=date(2026, 3, 1))) is None
    True
    """
    if one.stay:
        return ("stay", one.stay)
    return ("professional", one.professional, one.on) if one.professional else None


class _Index:
    """Acts by what a line asks of them: sorted days, and sums."""

    __slots__ = ("days", "sums")

    def __init__(self, past: Iterable[PastAct] = ()) -> None:
        self.days: defaultdict[Hashable, list[date]] = defaultdict(list)
        self.sums: defaultdict[Hashable, int] = defaultdict(int)
        for one in past:
            self.add(one)

    def add(self, one: PastAct) -> None:
        if one.paid:
            for key in _keys_of_days(one):
                insort(self.days[key], one.on)
        for key, amount in _sums(one):
            self.sums[key] += amount


def _keys_of_days(one: PastAct) -> Iterator[Hashable]:
    yield ("span", one.clause_id)
    yield ("span at", one.clause_id, one.location)
    equipment = equipment_of(one.act)
    if equipment:
        yield ("bought", equipment)
        yield ("bought for", equipment, one.location)


def _sums(one: PastAct) -> Iterator[tuple[Hashable, int]]:
    participation, franchise = one.withheld.participation_forfaitaire, one.withheld.franchise
    if participation:
        yield ("participations", one.professional, one.on), one.quantity
    if franchise:
        yield (one.withholding, one.on), franchise
        yield (one.withholding, one.on, one.professional), franchise
    if not one.withheld_stated:
        yield ("participation", one.on.year), participation
        yield ("franchise", one.on.year), franchise
    session = session_of(one)
    if session:
        yield ("heavy", session), one.heavy_act_cents
        yield ("charge", session), one.daily_charge_days
        if one.heavy_tariff_cents is not None:
            yield ("tariff", session), one.heavy_tariff_cents
            yield ("bearing", session), 1
    act = acts.find(one.act)
    if act and act.covered_per_year:
        yield ("covered", one.act, one.on.year), one.quantity
    if one.expense_cents is not None:
        yield ("like", one.act, one.on, one.expense_cents), 1


@cache
def equipment_of(code: str) -> str | None:
    """A name for the equipment whose purchases delay one another; nothing for an act without a delay.

    >>> equipment_of("OPT-A") == equipment_of("OPT-B"), equipment_of("G") is None
    (True, True)
    """
    act = acts.find(code)
    if act is None or act.renewal is None:
        return None
    return min(other.code for other in acts.catalogue().values() if other.renewal == act.renewal)


@dataclass(frozen=True, slots=True)
class History(Sequence[PastAct]):
    """The acts settled for one beneficiary before a claim, in any order. Immutable; two of the same acts are equal.

    >>> history = History.of([PastAct(act="G", on=date(2026, 3, 1))])
    >>> len(history), History.of(history) is history
    (1, True)
    """

    acts: tuple[PastAct, ...] = ()
    _index: _Index = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the acts, oldest first."""
        object.__setattr__(self, "_index", _Index(sorted(self.acts, key=lambda one: one.on)))

    @classmethod
    def of(cls, past: Iterable[PastAct]) -> "History":
        """The history of these acts; a history is itself."""
        return past if isinstance(past, History) else cls(tuple(past))

    def __len__(self) -> int:
        """How many acts it holds."""
        return len(self.acts)

    @overload
    def __getitem__(self, index: int) -> PastAct: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[PastAct, ...]: ...

    def __getitem__(self, index: int | slice) -> PastAct | tuple[PastAct, ...]:
        """An act, or some, in the order given."""
        return self.acts[index]


class Past:
    """What a line of a claim finds when its turn comes: the history, and the lines of the claim settled before it."""

    __slots__ = ("_before", "_claim")

    def __init__(self, history: Iterable[PastAct] = ()) -> None:
        self._before = History.of(history)._index
        self._claim = _Index()

    def add(self, one: PastAct) -> None:
        """Note a line of the claim that has just been settled."""
        self._claim.add(one)

    def last_purchase_on(self, care: Care, act: Act | None) -> date | None:
        """The day of the last purchase that the renewal of this one counts from, stated by the line or found here.

        Each ear counts apart where both purchases say which; a purchase that does not say counts for either, save on
        the same day, when the other one is taken for the other ear.
        Source: CSS art. R871-2 3° (glasses) and 4° (hearing aids, per ear).
        """
        if act is None or act.renewal is None:
            return None
        equipment = equipment_of(act.code)
        if act.site is None:
            found = [self._last(("bought", equipment), before=care.on, or_on=True)]
        elif care.location is None:
            found = [self._last(("bought", equipment), before=care.on)]
        else:
            found = [
                self._last(("bought for", equipment, care.location), before=care.on, or_on=True),
                self._last(("bought for", equipment, None), before=care.on),
            ]
        return max((day for day in (*found, care.last_purchase_on) if day), default=None)

    def bought_since(self, care: Care, act: Act) -> bool:
        """Whether the same equipment was bought on the day of a line or later, for the same ear as far as stated."""
        equipment = equipment_of(act.code)
        keys: list[Hashable] = [("bought", equipment)]
        if act.site is not None and care.location is not None:
            keys = [("bought for", equipment, care.location), ("bought for", equipment, None)]
        return any(_first_from(care.on, self._days(key)) for key in keys)

    def like(self, care: Care) -> bool:
        """Whether a line of the same act, day and expense was settled, paid or not."""
        return self._sum(("like", care.act, care.on, care.expense_cents)) > 0

    def span_days(self, clause_id: str, *, location: str | None, by_site: bool) -> Sequence[Sequence[date]]:
        """The days, sorted, of the acts that a clause paid for, at one place of the body where it counts each apart."""
        return self._days(("span at", clause_id, location) if by_site else ("span", clause_id))

    def withheld_in_year(self, day: date) -> Withheld:
        """What was computed as kept back in the civil year of a day.

        Units: cents. Source: CSS art. D160-6 and L160-13 III (caps of the civil year).
        """
        participation, franchise = self._sum(("participation", day.year)), self._sum(("franchise", day.year))
        if not participation and not franchise:
            return NOTHING_WITHHELD
        return Withheld(participation_forfaitaire=participation, franchise=franchise)

    def covered_in_year(self, care: Care) -> int:
        """Units of an act already settled in the civil year, where the scheme covers a number of them a year.

        Source: CSS art. L162-58 (psychologist).
        """
        return self._sum(("covered", care.act, care.on.year))

    def participations_today(self, care: Care) -> int:
        """Acts of the day at the same professional that already bore the participation forfaitaire.

        Source: CSS art. R160-19 and D160-6.
        """
        return self._sum(("participations", care.professional, care.on)) if care.professional else 0

    def franchise_today_cents(self, care: Care, kind: Withholding | None) -> Cents:
        """Franchises of the day: on transports whoever drives, on paramedical acts those of the same professional.

        Units: cents. Source: CSS art. L160-13 III, D160-6.
        """
        if kind is Withholding.TRANSPORT:
            return self._sum((kind, care.on))
        if kind is Withholding.PARAMEDICAL and care.professional:
            return self._sum((kind, care.on, care.professional))
        return 0

    def session_tariff_cents(self, session: Hashable) -> Cents:
        """The tariffs of the acts of a session that count towards the threshold of heavy acts. Units: cents."""
        return self._sum(("tariff", session))

    def heavy_act_charged(self, session: Hashable) -> bool:
        """Whether an act of a session bore the participation for heavy acts."""
        return self._sum(("heavy", session)) > 0

    def heavy_act_missed(self, session: Hashable) -> bool:
        """Whether a former claim settled acts of a session without the participation, that may have borne it."""
        return self._before.sums.get(("bearing", session), 0) > 0 and not self._before.sums.get(("heavy", session), 0)

    def charge_within_stay(self, session: Hashable) -> bool:
        """Whether the bill of a stay holds daily charges."""
        return self._sum(("charge", session)) > 0

    def _sum(self, key: Hashable) -> int:
        return self._before.sums.get(key, 0) + self._claim.sums.get(key, 0)

    def _days(self, key: Hashable) -> Sequence[Sequence[date]]:
        return [days for days in (self._before.days.get(key), self._claim.days.get(key)) if days]

    def _last(self, key: Hashable, *, before: date, or_on: bool = False) -> date | None:
        find = bisect_right if or_on else bisect_left
        return max((days[at - 1] for days in self._days(key) if (at := find(days, before))), default=None)


def last_purchase_on(care: Care, act: Act | None, past: Iterable[PastAct]) -> date | None:
    """The day of the last purchase that the renewal of this one counts from, stated by the line or found in the past.

    Source: CSS art. R871-2 3° (glasses) and 4° (hearing aids, per ear).

    >>> line = Care(on=date(2026, 3, 1), act="OPT-B", family="optique", expense_cents=20000)
    >>> last_purchase_on(line, acts.find("OPT-B"), [PastAct(act="OPT-A", on=date(2025, 3, 1))])
    datetime.date(2025, 3, 1)
    """
    return Past(past).last_purchase_on(care, act)


def rolling_start(*days: Sequence[date], on: date, months: int) -> date:
    """The first day of the rolling span that holds a day: the act that opened it, or the day itself.

    A span opens with an act, closes ``months`` later, and the next act opens another. ``days`` are the days of acts,
    each sequence sorted.
    Source: clause of the contract; dossier 3.1.

    >>> rolling_start([date(2024, 3, 1), date(2025, 3, 1)], on=date(2026, 2, 28), months=24)
    datetime.date(2024, 3, 1)
    >>> rolling_start([date(2024, 3, 1), date(2025, 3, 1)], on=date(2026, 3, 1), months=24)
    datetime.date(2026, 3, 1)
    """
    return _holding(_last_opened(None, days, until=on, months=months), on=on, months=months)


def possible_starts(*days: Sequence[date], on: date, months: int, perhaps: Iterable[date] = ()) -> tuple[date, ...]:
    """The first days that the rolling span of a day may have, whichever acts of ``perhaps`` come to be paid for.

    Source: clause of the contract; dossier 3.1.

    >>> opened = [date(2024, 3, 1)]
    >>> [str(day) for day in possible_starts(opened, on=date(2026, 3, 5), months=24, perhaps=[date(2026, 3, 2)])]
    ['2026-03-02', '2026-03-05']
    """
    starts: set[date | None] = {None}
    for day in sorted({day for day in perhaps if day < on}):
        starts = {_last_opened(start, days, until=day, months=months) for start in starts}
        starts |= {_holding(start, on=day, months=months) for start in starts}
    opened = {_last_opened(start, days, until=on, months=months) for start in starts}
    return tuple(sorted({_holding(start, on=on, months=months) for start in opened}))


def openings(*days: Sequence[date], until: date, months: int) -> Iterator[date]:
    """The days on which acts opened a rolling span, one after the other, until a day.

    Source: clause of the contract; dossier 3.1.

    >>> opened = openings([date(2024, 3, 1), date(2025, 3, 1), date(2026, 3, 1)], until=date(2026, 3, 1), months=24)
    >>> [str(day) for day in opened]
    ['2024-03-01', '2026-03-01']
    """
    return _opened(None, days, until=until, months=months)


def _holding(start: date | None, *, on: date, months: int) -> date:
    """The span opened on a day where it still holds another, else the one that the other opens."""
    return on if start is None or add_months(start, months) <= on else start


def _last_opened(start: date | None, days: Sequence[Sequence[date]], *, until: date, months: int) -> date | None:
    """The last span that acts opened until a day, after the one that opened on ``start``."""
    return max(_opened(start, days, until=until, months=months), default=start)


def _opened(start: date | None, days: Sequence[Sequence[date]], *, until: date, months: int) -> Iterator[date]:
    """The spans that acts opened until a day, after the one that opened on ``start``."""
    while True:
        opener = _first_from(date.min if start is None else add_months(start, months), days)
        if opener is None or opener > until:
            return
        yield opener
        start = opener


def _first_from(day: date, days: Sequence[Sequence[date]]) -> date | None:
    return min((some[at] for some in days if (at := bisect_left(some, day)) < len(some)), default=None)
