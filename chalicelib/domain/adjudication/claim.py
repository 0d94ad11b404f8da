"""Settling a claim: its lines in order, each seeing what the former ones took from counters, caps and delays."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from chalicelib.domain.adjudication.care import Care
from chalicelib.domain.adjudication.complementary import Terms
from chalicelib.domain.adjudication.counters import keys_of, possible_keys
from chalicelib.domain.adjudication.explanation import Law, Refusal
from chalicelib.domain.adjudication.history import Past, PastAct
from chalicelib.domain.adjudication.limits import NOTHING_USED, Used
from chalicelib.domain.adjudication.neighbours import Neighbours
from chalicelib.domain.adjudication.settlement import Settlement, settle
from chalicelib.domain.guarantee import Clause, CounterKey, GuaranteeTable, NoGuarantee
from chalicelib.domain.law import parameter
from chalicelib.domain.money import Cents


class Purpose(StrEnum):
    """Why lines are settled: to be paid, or to say beforehand what would be paid."""

    SETTLEMENT = "settlement"
    ESTIMATE = "estimate"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSettlement:
    """A claim settled: one settlement per line in order, what each counter gained, and what each now holds.

    ``acts`` is what the claim adds to the history that the next claim is settled on.
    """

    lines: tuple[Settlement, ...]
    consumed: Mapping[CounterKey, Used]
    counters: Mapping[CounterKey, Used]
    acts: tuple[PastAct, ...] = ()

    @property
    def complementary_cents(self) -> Cents:
        """What the contract pays in all; the sum of rounded lines."""
        return sum(line.complementary_cents for line in self.lines)

    @property
    def left_to_pay_cents(self) -> Cents:
        """What is left to the patient in all."""
        return sum(line.left_to_pay_cents for line in self.lines)

    @property
    def needs_review(self) -> bool:
        """Whether a person must look at one line at least."""
        return any(line.needs_review for line in self.lines)

    def to_data(self) -> dict[str, object]:
        """The claim as plain JSON values."""
        return {
            "lines": [line.to_data() for line in self.lines],
            "consumed": {
                str(key): {"amount_cents": used.amount_cents, "count": used.count}
                for key, used in self.consumed.items()
            },
            "complementary_cents": self.complementary_cents,
            "left_to_pay_cents": self.left_to_pay_cents,
        }


def counters_needed(
    lines: Sequence[Care], *, table: GuaranteeTable, contract_start: date, history: Sequence[PastAct] = ()
) -> tuple[CounterKey, ...]:
    """The counters to load before settling these lines, each once, in the order of the lines.

    A rolling span may be opened by an act of the history or of the claim: each counter that may serve is there.
    """
    past = Past(history)
    clauses = [table.clause_for(care.act, family=care.family) for care in lines]
    of_clause: defaultdict[str, list[Care]] = defaultdict(list)
    for care, clause in zip(lines, clauses, strict=True):
        if clause:
            of_clause[clause.id].append(care)
    return tuple(
        dict.fromkeys(
            key
            for care, clause in zip(lines, clauses, strict=True)
            for key in possible_keys(
                clause,
                care,
                contract_start=contract_start,
                past=past,
                beside=of_clause[clause.id] if clause else (),
            )
        )
    )


def settle_claim(
    lines: Sequence[Care],
    *,
    table: GuaranteeTable,
    contract_start: date,
    covered_from: date | None = None,
    counters: Mapping[CounterKey, Used],
    history: Sequence[PastAct] = (),
    purpose: Purpose = Purpose.SETTLEMENT,
    law: Law = parameter,
) -> ClaimSettlement:
    """The lines of one beneficiary, settled in order by the clauses of the table in force.

    ``covered_from`` is the beneficiary's first day of cover (the contract's where absent); waiting periods run from it.
    ``counters`` holds what ``counters_needed`` asked for; an absent one is empty. ``history`` is what was settled for
    the beneficiary before this claim: renewals and rolling spans count from it, and so do the caps of the day and of
    the year on what is kept back, and the sessions that bear one participation for heavy acts; a claim settled in two
    parts, the second on what the first left, comes to the same. An estimate consumes nothing.
    Units: cents. Source: dossier 3.3; CSS art. R871-1 (no overrun out of the pathway in a contrat responsable).

    Decision: out of the pathway a contrat responsable pays no overrun at all, though the law only forbids it up to an
    amount that no source read here gives; another contract pays it as its table reads. A single case of the command
    says itself, by ``overrun_covered``, whether its contract covers overruns.
    """
    held = dict(counters)
    consumed: dict[CounterKey, Used] = {}
    past = Past(history)
    neighbours = Neighbours(lines, past, law)
    settled, left = [], []
    for index, care in enumerate(lines):
        clause = table.clause_for(care.act, family=care.family)
        keys = keys_of(clause, care, contract_start=contract_start, past=past)
        own, *of_limits = [held.get(key, NOTHING_USED) if key else NOTHING_USED for key in keys]
        result = settle(
            care,
            _terms(clause, table),
            used=own,
            used_by_limit=of_limits,
            refused=_refused(clause, care, covered_from or contract_start),
            circumstances=neighbours.circumstances(index),
            law=law,
        )
        _take(result, keys, held, consumed)
        left.append(neighbours.settled(index, result))
        settled.append(result)
    if purpose is Purpose.ESTIMATE:
        return ClaimSettlement(lines=tuple(settled), consumed={}, counters=dict(counters), acts=())
    return ClaimSettlement(lines=tuple(settled), consumed=consumed, counters=held, acts=tuple(left))


def _take(
    result: Settlement,
    keys: Sequence[CounterKey | None],
    held: dict[CounterKey, Used],
    consumed: dict[CounterKey, Used],
) -> None:
    """Each counter of the line gains what the line consumes, once even where two limits share it."""
    if result.consumption == NOTHING_USED:
        return
    for key in dict.fromkeys(keys):
        if key:
            held[key] = held.get(key, NOTHING_USED).plus(result.consumption)
            consumed[key] = consumed.get(key, NOTHING_USED).plus(result.consumption)


def _terms(clause: Clause | None, table: GuaranteeTable) -> Terms:
    return Terms(
        guarantee=clause.guarantee if clause else NoGuarantee(),
        clause_id=clause.id if clause else None,
        source=clause.label if clause else "Tableau de garanties",
        responsible=table.responsible,
        overruns_out_of_pathway=not table.responsible,
    )


def _refused(clause: Clause | None, care: Care, covered_from: date) -> Refusal | None:
    if care.on < covered_from:
        return Refusal.BEFORE_COVER
    if clause is None:
        return Refusal.NO_CLAUSE
    if care.on < covered_from + timedelta(days=clause.waiting_days):
        return Refusal.WAITING_PERIOD
    return None
