"""From a claim's lines to a settlement by the engine: the contract, the person and the counters it needs."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from chalicelib.domain import acts
from chalicelib.domain.adjudication import care as engine
from chalicelib.domain.adjudication.claim import counters_needed
from chalicelib.domain.adjudication.decision import Decision, decide
from chalicelib.domain.adjudication.history import History, PastAct
from chalicelib.domain.adjudication.limits import Used
from chalicelib.domain.adjudication.purchases import Question, Resemblance, questions
from chalicelib.domain.adjudication.statutory import Origin
from chalicelib.domain.claim import Claim, ClaimLine, is_prescribed
from chalicelib.domain.company import Contract, Risk
from chalicelib.domain.errors import NotFound
from chalicelib.domain.estimate import Estimate
from chalicelib.domain.estimate import estimate as estimated
from chalicelib.domain.guarantee import CounterKey, GuaranteeTable, Scope, Span
from chalicelib.domain.member import Affiliation, Beneficiary, Member
from chalicelib.domain.periods import age_on
from chalicelib.domain.reimbursement import ReimbursedLine, Reimbursement
from chalicelib.storage import contracts, counters, reimbursements
from chalicelib.storage.counters import Counter

HISTORY_PAGE = 100
SUSPENDED = "Les garanties du contrat étaient suspendues pour cotisation impayée à la date des soins."
EARLY_RENEWAL = "Un renouvellement anticipé de lunettes est demandé\u00a0: vérifiez son motif sur l’ordonnance."


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What covers a claim: who, by which contract, on which table, since when."""

    member: Member
    beneficiary: Beneficiary
    affiliation: Affiliation
    contract: Contract
    table: GuaranteeTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A settled claim: the engine's decision, the counters as they would stand, and what calls for a person.

    ``twins`` are those of the doubts that say which lines resemble care that was decided already.
    """

    cover: Cover
    decision: Decision
    counters: tuple[Counter, ...]
    doubts: tuple[str, ...]
    twins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotCovered:
    """Why a claim cannot be paid by the contract at all; the sentence is for the member."""

    code: str
    sentence: str


def cover_of(
    claim: Claim,
    member: Member,
    *,
    claimed_on: date,
    contract_of: Callable[[str, str], Contract | None] = contracts.get,
) -> Cover | NotCovered:
    """Whether the beneficiary is covered on every day of care, by one contract, in time (dossier 3.3 step 0, M63).

    A claim made in time stays so, however long its documents and its examination take. Source: C. assur. L114-2.
    ``contract_of`` finds a contract of a company, for whoever settles many claims on a few contracts.
    """
    person = member.beneficiary(claim.beneficiary_id)
    if person is None:
        return NotCovered("unknown_beneficiary", "Cette personne ne fait pas partie de vos bénéficiaires.")
    found: set[Affiliation] = set()
    for line in claim.lines:
        held = member.affiliation_to(Risk.HEALTH, line.care_on)
        if held is None or not person.is_covered_on(line.care_on):
            return _not_covered(person, line.care_on)
        if is_prescribed(line.care_on, claimed_on):
            day = f"{line.care_on:%d/%m/%Y}"
            sentence = f"Les soins du {day} datent de plus de deux ans\u00a0: le délai de demande est dépassé."
            return NotCovered("prescribed", sentence)
        found.add(held)
    if len(found) != 1:
        sentence = "Ces soins relèvent de deux contrats successifs\u00a0: faites une demande pour chacun."
        return NotCovered("several_contracts", sentence)
    affiliation = found.pop()
    contract = contract_of(member.company_id, affiliation.contract_id)
    if contract is None:
        raise NotFound
    for line in claim.lines:
        if not contract.period.holds(line.care_on):
            return _not_covered(person, line.care_on)
    table = contract.table_on(min(line.care_on for line in claim.lines))
    if table is None:
        return NotCovered("no_table", "Aucun tableau de garanties n’était en vigueur à la date des soins.")
    return Cover(member=member, beneficiary=person, affiliation=affiliation, contract=contract, table=table)


def _not_covered(person: Beneficiary, day: date) -> NotCovered:
    sentence = f"{person.name} n’était pas couvert par votre contrat santé le {day:%d/%m/%Y}."
    return NotCovered("not_covered", sentence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a claim is settled on, as it stands now: its lines as the engine reads them, the counters, the history."""

    lines: tuple[engine.Care, ...]
    contract_start: date
    covered_from: date
    held: Mapping[CounterKey, Used]
    history: History
    past: tuple[Reimbursement, ...]
    stored: Mapping[CounterKey, Counter]
    guard: Counter


def guard_of(beneficiary_id: str) -> str:
    """The name of the counter that moves with every décompte of a person."""
    return f"decided/{beneficiary_id}"


def known(
    claim_id: str, claim: Claim, cover: Cover, *, also: Iterable[CounterKey] = (), guard: Counter | None = None
) -> Known:
    """The counters and the history that bear on a claim, read now; nothing is written.

    ``also`` are further counters; ``guard`` is the person's, when it was read already.
    """
    start = cover.contract.starts_on
    decided = guard_of(cover.beneficiary.beneficiary_id)
    guard = guard or counters.several({decided})[decided]
    past = _decided(claim_id, cover, since=_history_starts_on(claim, cover.table))
    history = History.of(past_act(line) for one in past for line in one.lines)
    lines = [_care(line, cover) for line in claim.lines]
    keys = (*counters_needed(lines, table=cover.table, contract_start=start, history=history), *also)
    names = {key: counter_name(key, cover) for key in keys}
    found = counters.several(set(names.values())) if names else {}
    stored = {key: found[name] for key, name in names.items()}
    return Known(
        lines=tuple(lines),
        contract_start=start,
        covered_from=_covered_from(cover),
        held={key: Used(amount_cents=one.amount_cents, count=one.count) for key, one in stored.items()},
        history=history,
        past=tuple(past),
        stored=stored,
        guard=guard,
    )


def _covered_from(cover: Cover) -> date:
    return max(cover.affiliation.starts_on, cover.beneficiary.covered_from)


def estimate_alone(claim: Claim, cover: Cover) -> Estimate:
    """What a claim would be settled at, were nothing decided before: neither a ceiling nor a purchase counts (A12)."""
    return estimated(
        [_care(line, cover) for line in claim.lines],
        table=cover.table,
        contract_start=cover.contract.starts_on,
        covered_from=_covered_from(cover),
        counters={},
    )


def estimate(claim: Claim, cover: Cover) -> Estimate:
    """What a claim would be settled at, by the very engine that would settle it; nothing is consumed (M43, M64)."""
    facts = known("", claim, cover)
    return estimated(
        facts.lines,
        table=cover.table,
        contract_start=facts.contract_start,
        covered_from=facts.covered_from,
        counters=facts.held,
        history=facts.history,
    )


def settle(claim_id: str, claim: Claim, cover: Cover) -> Settled:
    """The engine's answer to a claim, on the counters and the history as they stand now.

    One counter moves with every décompte of the person: of two claims settled on the same history, one starts again.
    """
    facts = known(claim_id, claim, cover)
    decision = decide(
        facts.lines,
        table=cover.table,
        contract_start=facts.contract_start,
        covered_from=facts.covered_from,
        counters=facts.held,
        history=facts.history,
    )
    moved = [replace(facts.guard, count=facts.guard.count + 1)]
    for key, used in decision.consumed:
        after = facts.held[key].plus(used)
        moved.append(replace(facts.stored[key], amount_cents=after.amount_cents, count=after.count))
    doubts = [doubt.sentence for line in decision.settled for doubt in line.doubts]
    asked = questions(facts.lines, settled=decision.acts, history=facts.history)
    named = {_named(one, claim, facts.past): one.about for one in asked}
    doubts += named
    doubts += [EARLY_RENEWAL for line in claim.lines if line.derogation]
    doubts += suspended(claim, cover.contract)
    return Settled(
        cover=cover,
        decision=decision,
        counters=tuple(moved),
        doubts=tuple(dict.fromkeys(doubts)),
        twins=tuple(sentence for sentence, about in named.items() if about is Resemblance.SAME_LINE),
    )


def suspended(claim: Claim, contract: Contract) -> list[str]:
    """Why a person must look at care of a day on which the cover is suspended for unpaid contributions."""
    return [SUSPENDED] if any(contract.is_suspended_on(line.care_on) for line in claim.lines) else []


def _named(question: Question, claim: Claim, past: Iterable[Reimbursement]) -> str:
    """What to check beside a line, with the number of the décompte that the line resembles."""
    if question.about is not Resemblance.SAME_LINE:
        return question.sentence
    line = claim.lines[question.line]
    care = (line.act, line.care_on, line.expense_cents)
    numbers = [
        one.number for one in past if any((done.act, done.care_on, done.expense_cents) == care for done in one.lines)
    ]
    return f"{question.sentence} Décompte {', '.join(numbers)}." if numbers else question.sentence


def _history_starts_on(claim: Claim, table: GuaranteeTable) -> date | None:
    """The first day of care that may bear on a claim: its civil year or its stay; any day for what counts by years.

    A purchase delays the next for years, and a rolling span may follow others since the first act of all.
    """
    starts = []
    for line in claim.lines:
        act, clause = acts.find(line.act), table.clause_for(line.act)
        rolling = clause is not None and any(limit.span is Span.ROLLING for limit in clause.guarantee.limits)
        if rolling or (act and act.renewal):
            return None
        starts.append(date(line.care_on.year, 1, 1))
        if line.stay:
            starts.append(line.stay.entered_on)
    return min(starts)


def _decided(claim_id: str, cover: Cover, *, since: date | None) -> list[Reimbursement]:
    """Every décompte of the person on other claims that may hold care of a day or later: care is decided after it.

    One that was undone is left out, and so is its negative twin.
    """
    found: list[Reimbursement] = []
    before: str | None = None
    while True:
        page, before = reimbursements.page_of_member(
            cover.member.member_id, decided_from=since, decided_to=None, before=before, limit=HISTORY_PAGE
        )
        found += [
            one for one in page if one.beneficiary_id == cover.beneficiary.beneficiary_id and one.claim_id != claim_id
        ]
        if before is None:
            undone = {one.reverses for one in found if one.reverses}
            return [one for one in found if one.reverses is None and one.reimbursement_id not in undone]


def _care(line: ClaimLine, cover: Cover) -> engine.Care:
    act = acts.find(line.act)
    return engine.Care(
        on=line.care_on,
        act=line.act,
        family=act.family if act else "",
        expense_cents=line.expense_cents,
        quantity=line.quantity,
        base_cents=line.base_cents,
        statutory_paid_cents=line.statutory_paid_cents,
        rate_percent=line.rate_percent,
        withheld=line.withheld,
        in_pathway=line.in_pathway,
        optam=line.optam,
        components=line.components,
        beneficiary=engine.Beneficiary(
            age=age_on(cover.beneficiary.birth_date, line.care_on),
            exemption=line.exemption,
            regime=engine.Regime(cover.beneficiary.regime),
        ),
        other_payers_cents=line.other_payers_cents,
        professional=line.professional,
        stay=line.stay.name if line.stay else None,
        stay_day=line.stay.day_of(line.care_on) if line.stay else None,
        in_hospital=line.stay is not None,
        daily_charge_days=line.daily_charge_days,
        prescription=line.prescribed_on.isoformat() if line.prescribed_on else None,
        location=line.location,
        territory=line.territory,
        derogation=line.derogation,
        emergency=line.emergency,
    )


def past_act(line: ReimbursedLine) -> PastAct:
    """What a decided line leaves to the next claims."""
    act = acts.find(line.act)
    origins = {one["figure"]: one["origin"] for one in line.settlement["origins"]}
    return PastAct(
        act=line.act,
        on=line.care_on,
        clause_id=line.settlement["clause_id"],
        location=line.location,
        paid=line.complementary_cents > 0,
        expense_cents=line.expense_cents,
        quantity=line.quantity,
        professional=line.professional,
        stay=line.stay,
        withholding=act.withholding if act else acts.Withholding.NONE,
        withheld=engine.Withheld(**line.settlement["withheld_cents"]),
        withheld_stated=origins.get("withheld") != Origin.COMPUTED,
        heavy_tariff_cents=line.heavy_tariff_cents,
        heavy_act_cents=line.settlement.get("heavy_act_cents", 0),
        daily_charge_days=line.daily_charge_days,
    )


def counter_name(key: CounterKey, cover: Cover) -> str:
    """The name of the stored counter that a key means for somebody's cover."""
    holder = {
        Scope.BENEFICIARY: cover.beneficiary.beneficiary_id,
        Scope.FAMILY: cover.member.member_id,
        Scope.CONTRACT: cover.contract.company_id,
    }[key.scope]
    return f"{cover.contract.contract_id}/{holder}/{key}"
