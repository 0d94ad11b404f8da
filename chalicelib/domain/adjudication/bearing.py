"""Which settled acts bear on a claim: all that its rules may read, and no other.

A decision records them. A person who is treated for years leaves thousands of acts; a claim reads the few of its days,
its years, its stays, its purchases and its spans.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from chalicelib.domain import acts
from chalicelib.domain.adjudication.care import Care
from chalicelib.domain.adjudication.history import History, Past, PastAct, equipment_of, openings
from chalicelib.domain.guarantee import GuaranteeTable, Span


def bearing_on(lines: Sequence[Care], *, table: GuaranteeTable, history: History) -> History:
    """The acts of a history that bear on these lines, in their order: settling on them is settling on the whole.

    Those of the same day and of the same stay; those of the same year on which something was kept back, or of an act
    that is covered a number of times a year; the purchases that delay one of these lines; the acts that opened a
    rolling span, and those of the span's clause since the first of these lines.
    Source: as the rules that read them: CSS art. D160-6, R160-16, R160-19, L162-58, L174-4, R871-2; the contract.

    >>> from chalicelib.domain.adjudication.care import Withheld
    >>> table = GuaranteeTable(code="T", version=1, valid_from=date(2026, 1, 1), responsible=True, clauses=())
    >>> kept = [PastAct(act="G", on=date(year, 5, 4), withheld=Withheld(franchise=100)) for year in (2025, 2026)]
    >>> line = Care(on=date(2026, 6, 2), act="G", family="consultation", expense_cents=3000)
    >>> [one.on.year for one in bearing_on([line], table=table, history=History.of(kept))]
    [2026]
    """
    reach = _Reach(lines, tuple(_spans(lines, table, history)))
    kept = tuple(one for one in history if reach.holds(one))
    return history if len(kept) == len(history) else History(kept)


@dataclass(frozen=True, slots=True)
class _RollingSpan:
    """What a rolling limit reads: the acts that opened a span before the first line, every act since that line."""

    clause_id: str
    location: str | None
    by_site: bool
    openings: frozenset[date]
    first_line_on: date

    def holds(self, one: PastAct) -> bool:
        """Whether an act is one of them."""
        if not one.paid or one.clause_id != self.clause_id or (self.by_site and one.location != self.location):
            return False
        return one.on >= self.first_line_on or one.on in self.openings


class _Reach:
    """What the lines of a claim may read of the past."""

    def __init__(self, lines: Sequence[Care], spans: Sequence[_RollingSpan]) -> None:
        self._spans = spans
        self._days = {care.on for care in lines}
        self._years = {care.on.year for care in lines}
        self._stays = {care.stay for care in lines if care.stay}
        self._equipment = {equipment_of(care.act) for care in lines} - {None}
        self._yearly = {(care.act, care.on.year) for care in lines if _counts_by_year(care.act)}

    def holds(self, one: PastAct) -> bool:
        """Whether one of the lines may read an act."""
        return (
            one.on in self._days
            or one.stay in self._stays
            or (one.withheld.total_cents > 0 and one.on.year in self._years)
            or (one.act, one.on.year) in self._yearly
            or (one.paid and equipment_of(one.act) in self._equipment)
            or any(span.holds(one) for span in self._spans)
        )


def _counts_by_year(code: str) -> bool:
    act = acts.find(code)
    return act is not None and act.covered_per_year is not None


def _spans(lines: Sequence[Care], table: GuaranteeTable, history: History) -> Iterator[_RollingSpan]:
    past = Past(history)
    of_lines = [(care, table.clause_for(care.act, family=care.family)) for care in lines]
    for care, clause in of_lines:
        for limit in clause.guarantee.limits if clause else ():
            if clause is None or limit.span is not Span.ROLLING:
                continue
            first = min(other.on for other, paid_by in of_lines if paid_by is clause)
            by_site = limit.site is not None
            days = past.span_days(clause.id, location=care.location, by_site=by_site)
            opened = openings(*days, until=first - timedelta(days=1), months=limit.months or 1)
            yield _RollingSpan(clause.id, care.location, by_site, frozenset(opened), first)
