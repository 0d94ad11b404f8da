"""Settling a claim: its lines in order, each seeing what the former ones took from the counters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from chalicelib.domain.adjudication.care import Care, Withheld
from chalicelib.domain.adjudication.complementary import Terms
from chalicelib.domain.adjudication.explanation import Refusal
from chalicelib.domain.adjudication.limits import Used
from chalicelib.domain.adjudication.settlement import Settlement, settle
from chalicelib.domain.adjudication.statutory import Origin
from chalicelib.domain.guarantee import Clause, CounterKey, GuaranteeTable, NoGuarantee
from chalicelib.domain.money import Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSettlement:
    """A claim settled: one settlement per line in order, what each counter gained, and what each now holds."""

    lines: tuple[Settlement, ...]
    consumed: Mapping[CounterKey, Used]
    counters: Mapping[CounterKey, Used]

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


def counters_needed(lines: Sequence[Care], *, table: GuaranteeTable, contract_start: date) -> tuple[CounterKey, ...]:
    """The counters to load before settling these lines, each once, in the order of the lines."""
    keys: dict[CounterKey, None] = {}
    for care in lines:
        clause = table.clause_for(care.act, family=care.family)
        key = clause.counter_key(care.on, contract_start=contract_start) if clause else None
        if key:
            keys[key] = None
    return tuple(keys)


def settle_claim(
    lines: Sequence[Care],
    *,
    table: GuaranteeTable,
    contract_start: date,
    covered_from: date | None = None,
    counters: Mapping[CounterKey, Used],
) -> ClaimSettlement:
    """The lines of one beneficiary, settled in order by the clauses of the table in force.

    ``covered_from`` is the beneficiary's first day of cover (the contract's where absent); waiting periods run from it.
    ``counters`` holds what ``counters_needed`` asked for; an absent one is empty. What is computed as kept back on a
    line counts towards the yearly caps of the next ones.
    Units: cents. Source: dossier 3.3; CSS art. R871-1 (no overrun out of the pathway in a contrat responsable).
    """
    held = dict(counters)
    consumed: dict[CounterKey, Used] = {}
    kept_back: dict[int, Withheld] = {}
    settled = []
    for care in lines:
        year = care.on.year
        line = replace(care, already_withheld=care.already_withheld.plus(kept_back.get(year, Withheld())))
        clause = table.clause_for(care.act, family=care.family)
        key = clause.counter_key(care.on, contract_start=contract_start) if clause else None
        result = settle(
            line,
            _terms(clause, table),
            used=held.get(key) if key else None,
            refused=_refused(clause, care, covered_from or contract_start),
        )
        if key and result.consumption != Used():
            held[key] = held.get(key, Used()).plus(result.consumption)
            consumed[key] = consumed.get(key, Used()).plus(result.consumption)
        if ("withheld", Origin.COMPUTED) in result.origins:
            kept_back[year] = kept_back.get(year, Withheld()).plus(result.withheld)
        settled.append(result)
    return ClaimSettlement(lines=tuple(settled), consumed=consumed, counters=held)


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
