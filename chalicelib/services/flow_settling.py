"""Settling a décompte of the mandatory scheme: matched with a person, settled, paid, or held for an agent.

Ceilings count in the order in which décomptes are settled, as for claims: one that arrives late for an earlier day of
care does not move what was paid meanwhile. What corrects a décompte undoes it whole and settles it anew.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from chalicelib import clock
from chalicelib.domain.acts import Form
from chalicelib.domain.adjudication.decision import Consumed, Decision, decide
from chalicelib.domain.adjudication.explanation import Step, step_to_data
from chalicelib.domain.adjudication.limits import Used
from chalicelib.domain.adjudication.purchases import Resemblance, questions
from chalicelib.domain.adjudication.reversal import reverse
from chalicelib.domain.claim import Claim
from chalicelib.domain.company import Contract
from chalicelib.domain.flow import FlowDecompte, FlowLine, FlowPerson, FlowState, Obstacle, PayeeKind, Reason
from chalicelib.domain.guarantee import CounterKey
from chalicelib.domain.member import Beneficiary, Member
from chalicelib.domain.money import Cents
from chalicelib.domain.reimbursement import PaymentOrder, ReimbursedLine, Reimbursement
from chalicelib.domain.request import Request, RequestKind, RequestState, steps
from chalicelib.domain.teletransmission import health_cover
from chalicelib.services import flow_items, settling, tokens
from chalicelib.services.claim_workflow import reimbursed_lines
from chalicelib.services.claims import reference
from chalicelib.services.settling import EARLY_RENEWAL, Cover, Known, NotCovered, Settled, suspended
from chalicelib.settings import automatic_decision_limit_cents, four_eyes_cents
from chalicelib.storage import contracts, counters, flows, members, people, reimbursements, requests
from chalicelib.storage.counters import Counter
from chalicelib.storage.people import Person
from chalicelib.storage.transaction import Transaction
from chalicelib.texts.dates import day_in_words

RULE = "rule"
CLAIM, FLOW = "claim", "flow"
LATE_LINES = "Des lignes sont arrivées depuis que ce décompte a été écarté."
OTHER_CONTRACT = "La correction relève d’un autre contrat que le décompte qu’elle remplace."
CORRECTED_BY_SCHEME = "Correction transmise par la Sécurité sociale"
REPAID_BY_FLOW = (
    "La Sécurité sociale nous a transmis ces soins\u00a0: ils sont remboursés sans que vous ayez rien à envoyer."
)

Seen = tuple[Member, Beneficiary]


@dataclass(slots=True)
class Desk:
    """What was read for the décomptes of one part of a file, so that nothing is read twice.

    It is fresh for a single one, on which an agent acts; ``item`` is then that of the agents' queue, in their hands.
    """

    under: dict[str, tuple[Person, ...]] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    guards: dict[str, Counter] = field(default_factory=dict)
    item: Request | None = None
    _contracts: dict[tuple[str, str], Contract | None] = field(default_factory=dict)
    _claims: dict[str, list[Request]] = field(default_factory=dict)

    def read(self, lookups: Iterable[str]) -> None:
        """Read everybody who is insured under some numbers, and their memberships."""
        found = people.under(lookups)
        self.under |= found
        insured = [person for some in found.values() for person in some]
        self.members |= members.several(person.member_id for person in insured)

    def read_guards(self) -> None:
        """Read the counters that guard whoever was read, before anything that they guard."""
        covered = [one.beneficiary_id for member in self.members.values() for one in member.beneficiaries]
        names = {settling.guard_of(beneficiary_id) for beneficiary_id in covered}
        self.guards |= counters.several(names) if names else {}

    def forget(self) -> None:
        """Read everything but contracts anew: somebody else wrote meanwhile."""
        self.under.clear()
        self.members.clear()
        self.guards.clear()
        self._claims.clear()

    def matches(self, person: FlowPerson) -> list[Seen]:
        """The covered people whom a line may mean."""
        if person.nir_lookup not in self.under:
            self.read([person.nir_lookup])
        return list(_matches(person, self.under[person.nir_lookup], self.members))

    def member(self, member_id: str) -> Member | None:
        """A member."""
        if member_id not in self.members:
            self.members |= members.several([member_id])
        return self.members.get(member_id)

    def contract(self, company_id: str, contract_id: str) -> Contract | None:
        """A contract of a company."""
        key = (company_id, contract_id)
        if key not in self._contracts:
            self._contracts[key] = contracts.get(company_id, contract_id)
        return self._contracts[key]

    def open_claims(self, member_id: str) -> list[Request]:
        """The claims of a member that are not decided."""
        if member_id not in self._claims:
            listed = requests.of_member(member_id)
            going = (one for one in listed if one.kind is RequestKind.CLAIM and steps(one.kind).get(one.state))
            found = (requests.get(one.request_id) for one in going)
            self._claims[member_id] = [one for one in found if one is not None and steps(one.kind).get(one.state)]
        return self._claims[member_id]

    def written(self, member_id: str, moved: Iterable[Counter], closed: Iterable[Request]) -> None:
        """Take note of what a settlement wrote."""
        for counter in moved:
            if counter.counter in self.guards:
                self.guards[counter.counter] = replace(counter, version=counter.version + 1)
        if closed:
            self._claims.pop(member_id, None)


def _matches(person: FlowPerson, under: Iterable[Person], found: dict[str, Member]) -> Iterator[Seen]:
    for one in under:
        member = found.get(one.member_id)
        owner = member.beneficiary(one.beneficiary_id) if member else None
        if member is None or owner is None:
            continue
        if person.birth_date in {None, owner.birth_date}:
            yield member, owner
            continue
        born = [other for other in member.beneficiaries if other.birth_date == person.birth_date]
        born.sort(key=lambda other: other.rank)
        if len(born) >= person.twin:
            yield member, born[person.twin - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Why a décompte cannot be settled now; it is matched with its person as far as possible."""

    flow: FlowDecompte
    obstacles: tuple[Obstacle, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What a décompte comes to: the new decision, if any line stands, and the décompte it undoes, if there was one."""

    flow: FlowDecompte
    claim: Claim
    cover: Cover
    facts: Known
    decision: Decision | None
    undone: Reimbursement | None
    moved: tuple[Counter, ...]
    closing: tuple[Request, ...]

    @property
    def due_cents(self) -> Cents:
        """What the contract pays in all."""
        return self.decision.complementary_cents if self.decision else 0


def advance(flow: FlowDecompte, desk: Desk) -> FlowDecompte:
    """Settle a décompte as far as its lines go, or hold it, in one transaction; answers it as written.

    Errors: ``Stale`` when somebody else wrote first: forget the desk, read the décompte again.
    """
    now = clock.now()
    if flow.complete in {0, flow.settled_lines}:
        return _rest(flow, desk, at=now)
    if flow.complete and flow.live() == () and flow.current_id is None:
        return _rest(replace(flow, settled_lines=flow.complete), desk, at=now)
    found = _examined(flow, desk)
    if isinstance(found, Held):
        return _keep(found.flow.in_state(FlowState.HELD, at=now, obstacles=found.obstacles), desk)
    return _book(found, desk, at=now)


def let_pass(flow: FlowDecompte, desk: Desk, *, actor: str, reason: str) -> FlowDecompte:
    """Settle a décompte that an agent has looked at; one that pays much, once a second agent has looked at the same.

    What must be mended first still holds it, and so does whatever the agent was not shown: it is shown now.

    Errors: ``Stale``.
    """
    now = clock.now()
    released = replace(flow, released=flow.complete).noted(at=now, actor=actor, event="released", reason=reason)
    found = _examined(released, desk)
    if isinstance(found, Held):
        still = replace(found.flow, released=flow.released)
        return _keep(still.in_state(FlowState.HELD, at=now, obstacles=found.obstacles), desk)
    amount = flow.to_order(found.due_cents)
    if amount < four_eyes_cents() or flow.agreed_by_another(actor, amount):
        return _book(found, desk, at=now)
    proposed = flow.proposed(actor, amount)
    if proposed == flow:
        return flow
    return _keep(proposed.noted(at=now, actor=actor, event="proposed", reason=reason), desk)


def _rest(flow: FlowDecompte, desk: Desk, *, at: datetime) -> FlowDecompte:
    """Keep a décompte that has nothing new to settle."""
    if flow.state is FlowState.DROPPED:
        return _keep(flow, desk)
    return _keep(flow.in_state(_state(flow), at=at), desk)


def _state(flow: FlowDecompte) -> FlowState:
    return FlowState.INCOMPLETE if flow.misses_lines else FlowState.SETTLED


def _keep(flow: FlowDecompte, desk: Desk) -> FlowDecompte:
    with Transaction() as transaction:
        flow = flow_items.follow(transaction, flow, held=desk.item)
        flows.save(transaction, flow)
    return replace(flow, version=flow.version + 1)


def _examined(flow: FlowDecompte, desk: Desk) -> Held | Settlement:
    if flow.dropped and flow.released != flow.complete:
        return Held(flow=flow, obstacles=(Obstacle(reason=Reason.DOUBT, detail=LATE_LINES),))
    lines = flow.live()
    if lines is None:
        return Held(flow=flow, obstacles=(Obstacle(reason=Reason.WRONG_CANCELLATION),))
    unknown = tuple(Obstacle(reason=Reason.UNKNOWN_ACT, detail=f"Ligne {number}") for number in flow.unknown_acts())
    settled_on = lines or flow.standing(flow.settled_lines) or ()
    seen = _seen(flow, settled_on, desk)
    if len(seen) != 1:
        reason = Reason.SEVERAL_PEOPLE if seen else Reason.UNKNOWN_PERSON
        return Held(flow=flow, obstacles=(Obstacle(reason=reason), *unknown))
    [(member, person)] = seen
    matched = replace(flow, member_id=member.member_id, beneficiary_id=person.beneficiary_id)
    if unknown:
        return Held(flow=matched, obstacles=unknown)
    claim = Claim(
        beneficiary_id=person.beneficiary_id,
        beneficiary_name=person.name,
        form=Form.OTHER,
        lines=tuple(line.claim_line for line in settled_on),
    )
    received_on = clock.paris_day(flow.received_at)
    cover = settling.cover_of(claim, member, claimed_on=received_on, contract_of=desk.contract)
    if isinstance(cover, NotCovered):
        return Held(flow=matched, obstacles=(Obstacle(reason=Reason.NOT_COVERED, detail=cover.sentence),))
    return _checked(_settlement(matched, claim, cover, desk, standing=bool(lines)))


def _seen(flow: FlowDecompte, lines: Iterable[FlowLine], desk: Desk) -> list[Seen]:
    """Whom a décompte was settled for, whom an agent named, else whoever it may mean, covered if anybody was."""
    if flow.member_id and flow.beneficiary_id and (flow.attached or flow.current_id):
        member = desk.member(flow.member_id)
        person = member.beneficiary(flow.beneficiary_id) if member else None
        return [(member, person)] if member and person else []
    found = desk.matches(flow.person)
    if len(found) < 2:
        return found
    days = {line.care.care_on for line in lines}
    return [one for one in found if _covered(one, days)] or found


def _covered(one: Seen, days: set[date]) -> bool:
    periods = health_cover(*one)
    return all(any(period.holds(day) for period in periods) for day in days)


def _settlement(flow: FlowDecompte, claim: Claim, cover: Cover, desk: Desk, *, standing: bool) -> Settlement:
    """What the engine says now of the lines that stand, once what it said before of the same décompte is undone."""
    undone, taken_back = _undone(flow, cover.member)
    guard = desk.guards.get(settling.guard_of(claim.beneficiary_id))
    facts = settling.known(flow.flow_id, claim, cover, also=(key for key, _ in taken_back), guard=guard)
    held = dict(facts.held)
    _add(held, taken_back)
    decision = None
    if standing:
        decision = decide(
            facts.lines,
            table=cover.table,
            contract_start=facts.contract_start,
            covered_from=facts.covered_from,
            counters=held,
            history=facts.history,
        )
        _add(held, decision.consumed)
    touched = dict((*taken_back, *(decision.consumed if decision else ())))
    moved = [replace(facts.stored[key], amount_cents=held[key].amount_cents, count=held[key].count) for key in touched]
    return Settlement(
        flow=flow,
        claim=claim,
        cover=cover,
        facts=facts,
        decision=decision,
        undone=undone,
        moved=(replace(facts.guard, count=facts.guard.count + 1), *moved),
        closing=tuple(_answered(claim, desk, cover.member)) if standing else (),
    )


def _undone(flow: FlowDecompte, member: Member) -> tuple[Reimbursement | None, Consumed]:
    if flow.current_id is None:
        return None, ()
    before = reimbursements.decision(member.member_id, flow.current_id)
    return reimbursements.get(member.member_id, flow.current_id), reverse(before).consumed if before else ()


def _add(held: dict[CounterKey, Used], consumed: Consumed) -> None:
    for key, used in consumed:
        held[key] = held[key].plus(used)


def _checked(settlement: Settlement) -> Held | Settlement:
    """A settlement that nobody need look at, or that an agent who was shown all of it let pass; else why it is held."""
    flow, decision, undone = settlement.flow, settlement.decision, settlement.undone
    if undone is not None and undone.contract_id != settlement.cover.contract.contract_id:
        return Held(flow=flow, obstacles=(Obstacle(reason=Reason.DOUBT, detail=OTHER_CONTRACT),))
    if decision is None:
        return settlement
    doubts = tuple(Obstacle(reason=Reason.DOUBT, detail=sentence) for sentence in _doubts(settlement, decision))
    if not all(line.decided for line in decision.settled):
        return Held(flow=flow, obstacles=doubts)
    claimed = tuple(Obstacle(reason=Reason.ALREADY_CLAIMED, detail=one) for one in _claimed(settlement))
    limit: tuple[Obstacle, ...] = ()
    if flow.to_order(settlement.due_cents) > automatic_decision_limit_cents():
        limit = (Obstacle(reason=Reason.LIMIT),)
    found = (*claimed, *doubts, *limit)
    seen = flow.obstacles if flow.released == flow.complete else ()
    return settlement if set(found) <= set(seen) else Held(flow=flow, obstacles=found)


def _doubts(settlement: Settlement, decision: Decision) -> tuple[str, ...]:
    """What a person must look at; lines of the scheme that resemble one another are as many acts."""
    facts = settlement.facts
    found = [doubt.sentence for line in decision.settled for doubt in line.doubts]
    asked = questions(facts.lines, settled=decision.acts, history=facts.history)
    found += [one.sentence for one in asked if one.about is not Resemblance.SAME_LINE]
    found += [EARLY_RENEWAL for line in settlement.claim.lines if line.derogation]
    found += suspended(settlement.claim, settlement.cover.contract)
    return tuple(dict.fromkeys(found))


def _claimed(settlement: Settlement) -> Iterator[str]:
    """The décomptes of claims, and the claims being examined, that hold care of this one."""
    own = care_of(settlement.claim)
    for one in settlement.facts.past:
        if one.source == CLAIM and own & {(line.act, line.care_on, line.expense_cents) for line in one.lines}:
            yield f"Décompte {one.number}"
    for request in settlement.closing:
        if RequestState.CLOSED not in steps(request.kind)[request.state]:
            yield f"Demande {reference(request.request_id)}"


def care_of(claim: Claim) -> set[tuple[str, date, Cents]]:
    """What tells care apart from other care of a person: the act, its day and its price."""
    return {(line.act, line.care_on, line.expense_cents) for line in claim.lines}


def _answered(claim: Claim, desk: Desk, member: Member) -> Iterator[Request]:
    """The member's own claims that a décompte answers: all their care is in it; or some, once they are examined."""
    own = care_of(claim)
    for request in desk.open_claims(member.member_id):
        if request.claim is None or request.claim.beneficiary_id != claim.beneficiary_id:
            continue
        asked = care_of(request.claim)
        waits = RequestState.CLOSED in steps(request.kind)[request.state]
        if asked <= own or (asked & own and not waits):
            yield request


def _book(settlement: Settlement, desk: Desk, *, at: datetime) -> FlowDecompte:
    """Write what a settlement comes to: both décomptes, the counters, the order, the claims that it answers."""
    flow = settlement.flow
    amount = flow.to_order(settlement.due_cents)
    twin = _twin(flow, settlement.undone, at=at) if settlement.undone else None
    sequence = flow.sequence + (1 if twin else 0)
    reimbursement, order = None, None
    if settlement.decision is not None:
        sequence += 1
        order = _order(settlement, amount, sequence, at=at)
        reimbursement = _reimbursement(settlement, settlement.decision, order, sequence, at=at)
    booked = replace(
        flow,
        settled_lines=flow.complete,
        sequence=sequence,
        current_id=reimbursement.reimbursement_id if reimbursement else None,
        due_cents=settlement.due_cents,
        ordered_cents=flow.ordered_cents + amount,
        opinion=None,
    )
    booked = booked.in_state(_state(booked), at=at)
    closing = [one for one in settlement.closing if RequestState.CLOSED in steps(one.kind)[one.state]]
    with Transaction() as transaction:
        booked = flow_items.follow(transaction, booked, held=desk.item)
        flows.save(transaction, booked)
        if twin is not None:
            reimbursements.create(transaction, twin, None)
        if reimbursement is not None and settlement.decision is not None:
            reimbursements.create(transaction, reimbursement, order)
            reimbursements.keep_decision(transaction, reimbursement, settlement.decision)
        for counter in settlement.moved:
            counters.save(transaction, counter)
        for request in closing:
            closed = request.moved_to(
                RequestState.CLOSED, at=at, actor="system", event="flow_arrived", reason=REPAID_BY_FLOW
            )
            requests.save(transaction, closed)
    desk.written(settlement.cover.member.member_id, settlement.moved, closing)
    return replace(booked, version=booked.version + 1)


def _order(settlement: Settlement, amount: Cents, sequence: int, *, at: datetime) -> PaymentOrder | None:
    """What is ordered to be paid: to the member, or to the professional; nothing where the operator has paid (H151)."""
    flow = settlement.flow
    if not amount or flow.payee.kind is PayeeKind.OPERATOR:
        return None
    order = PaymentOrder(
        order_id=tokens.derived_id("flow-order", flow.flow_id, str(sequence)),
        member_id=settlement.cover.member.member_id,
        reimbursement_id=_reimbursement_id(flow, sequence, at=at),
        amount_cents=amount,
        reference=f"T-{flow.flow_id[:8].upper()}",
        ordered_at=at,
    )
    if flow.payee.kind is PayeeKind.PROFESSIONAL:
        return replace(order, payee=flow.payee.kind.value, professional=flow.payee.number, holder=flow.payee.name)
    account = settlement.cover.member.account_on(at)
    if account is None:
        return order
    return replace(
        order,
        iban_sealed=account.iban_sealed,
        iban_masked=account.iban_masked,
        bic=account.bic,
        holder=account.holder,
    )


def _reimbursement_id(flow: FlowDecompte, sequence: int, *, at: datetime) -> str:
    return f"{at.astimezone(clock.PARIS):%Y%m%d%H%M%S}-{flow.flow_id[:12]}-{sequence}"


def _reimbursement(
    settlement: Settlement, decision: Decision, order: PaymentOrder | None, sequence: int, *, at: datetime
) -> Reimbursement:
    flow, cover = settlement.flow, settlement.cover
    reimbursement_id = _reimbursement_id(flow, sequence, at=at)
    settled = Settled(cover=cover, decision=decision, counters=(), doubts=())
    return Reimbursement(
        reimbursement_id=reimbursement_id,
        number=_number(flow, sequence, at=at),
        claim_id=flow.flow_id,
        member_id=cover.member.member_id,
        contract_id=cover.contract.contract_id,
        contract_label=cover.contract.label,
        beneficiary_id=cover.beneficiary.beneficiary_id,
        beneficiary_name=cover.beneficiary.name,
        lines=reimbursed_lines(settlement.claim, settled),
        guarantee_table=f"{cover.table.code}@{cover.table.version}",
        decided_at=at,
        decided_by=flow.events[-1].actor if flow.released == flow.complete and flow.events else RULE,
        payee=flow.payee.kind.value,
        payee_name=flow.payee.name,
        order_id=order.order_id if order else None,
        statement_key=f"statements/{cover.member.member_id}/{reimbursement_id}.pdf",
        source=FLOW,
    )


def _number(flow: FlowDecompte, sequence: int, *, at: datetime) -> str:
    return f"{at.astimezone(clock.PARIS):%Y%m%d}-{flow.flow_id[:12]}-{sequence}".upper()


def _twin(flow: FlowDecompte, undone: Reimbursement, *, at: datetime) -> Reimbursement:
    """The negative twin of a décompte: with it, every sum comes back to where it was."""
    sequence = flow.sequence + 1
    reimbursement_id = _reimbursement_id(flow, sequence, at=at)
    return replace(
        undone,
        reimbursement_id=reimbursement_id,
        number=_number(flow, sequence, at=at),
        lines=tuple(_negated(line, _cancelling(undone, line)) for line in undone.lines),
        decided_at=at,
        order_id=None,
        statement_key=f"statements/{undone.member_id}/{reimbursement_id}.pdf",
        reverses=undone.reimbursement_id,
    )


def _cancelling(undone: Reimbursement, line: ReimbursedLine) -> Step:
    """What explains a line of the twin: the one thing that was decided is that the décompte no longer counts."""
    decided_on = clock.paris_day(undone.decided_at)
    return Step(
        rule="correction.cancellation",
        source=CORRECTED_BY_SCHEME,
        inputs=(("decompte", undone.number), ("decided_on", f"{decided_on}")),
        amount_cents=-line.complementary_cents,
        sentence=f"Le décompte n°\u00a0{undone.number} du {day_in_words(decided_on)} est annulé\u00a0: la Sécurité "
        "sociale a corrigé ce qu’elle nous avait transmis.",
    )


def _negated(line: ReimbursedLine, cancelling: Step) -> ReimbursedLine:
    """The line turned round; what reduced the first one explains nothing of this one."""
    explained = {"refusal": None, "reductions": [], "steps": [step_to_data(cancelling)], "parameter_versions": []}
    return replace(
        line,
        label=f"Annulation\u00a0: {line.label}",
        expense_cents=-line.expense_cents,
        statutory_cents=-line.statutory_cents,
        complementary_cents=-line.complementary_cents,
        other_payers_cents=-line.other_payers_cents,
        left_to_pay_cents=-line.left_to_pay_cents,
        settlement=line.settlement | explained,
    )
