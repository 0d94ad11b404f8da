"""The steps of a claim's execution. Each may run twice or late: what was done stays done, and nothing is done twice.

Every step takes the claim's id and its round (how often the file was complete); a step of a former round does nothing.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from chalicelib import clock
from chalicelib.domain import acts
from chalicelib.domain.claim import Claim, Decision
from chalicelib.domain.errors import NotFound
from chalicelib.domain.reimbursement import PaymentOrder, ReimbursedLine, Reimbursement
from chalicelib.domain.request import Request, RequestState
from chalicelib.services import messages, own_space, settling, statements
from chalicelib.services.claims import reference, tell
from chalicelib.services.settling import NotCovered, Settled
from chalicelib.settings import automatic_decision_limit_cents, four_eyes_cents
from chalicelib.storage import counters, reimbursements, requests
from chalicelib.storage.transaction import Stale, Transaction, retry_stale

RULE = "rule"

IN_PROGRESS = {RequestState.SUBMITTED, RequestState.IN_REVIEW}

TOLD = {
    RequestState.PAYMENT_ORDERED: "claim_paid",
    RequestState.NOTHING_DUE: "claim_paid",
    RequestState.REFUSED: "claim_refused",
}


def check(claim_id: str, round_number: int) -> str:
    """Whether the beneficiary was covered on the days of care; a refusal is written at once with its reason."""
    return retry_stale(partial(_check, claim_id, round_number))


def _check(claim_id: str, round_number: int) -> str:
    request, claim = _load(claim_id)
    if request.round != round_number or request.state not in IN_PROGRESS:
        return "refused" if request.state is RequestState.REFUSED else "ended"
    cover = settling.cover_of(
        claim, own_space.member(request.member_id), claimed_on=clock.paris_day(request.created_at)
    )
    if isinstance(cover, NotCovered):
        _refuse(request, cover.sentence, actor="system", event=cover.code)
        return "refused"
    return "eligible"


def settle(claim_id: str, round_number: int) -> str:
    """The engine's proposal, kept for the agent to read, and whether a rule may decide on it."""
    return retry_stale(partial(_settle, claim_id, round_number))


def _settle(claim_id: str, round_number: int) -> str:
    request, claim = _load(claim_id)
    if request.round != round_number or request.state not in IN_PROGRESS:
        return "automatic"
    settled = _settled(request, claim)
    _propose(request, claim, settled)
    return "review" if _review_reasons(claim, settled) else "automatic"


def _propose(request: Request, claim: Claim, settled: Settled) -> None:
    """Keep what an agent will read: the settlement as it stands now, and why a person must look."""
    proposal = replace(
        claim,
        contract_id=settled.cover.contract.contract_id,
        proposal=tuple(line.to_data() for line in settled.decision.settled),
        review_reasons=_review_reasons(claim, settled),
    )
    with Transaction() as transaction:
        requests.save(transaction, replace(request, claim=proposal))


def await_decision(claim_id: str, round_number: int, task_token: str) -> None:
    """Put the claim before the agents; their answer goes back with the token."""
    retry_stale(partial(_await_decision, claim_id, round_number, task_token))


def _await_decision(claim_id: str, round_number: int, task_token: str) -> None:
    request, claim = _load(claim_id)
    if request.round != round_number or request.state not in IN_PROGRESS or claim.task_token == task_token:
        return
    waiting = replace(request, claim=replace(claim, task_token=task_token, decision=None))
    message_ids = []
    with Transaction() as transaction:
        if request.state is RequestState.SUBMITTED:
            waiting = waiting.moved_to(RequestState.IN_REVIEW, at=clock.now(), actor="system", event="needs_review")
            message_ids += tell(transaction, request, "claim_in_review")
        requests.save(transaction, waiting)
    messages.dispatch(*message_ids)


def record(claim_id: str, round_number: int) -> str:
    """Write the decision, the consumed ceilings and the payment order in one transaction."""
    return retry_stale(partial(_record, claim_id, round_number))


def _record(claim_id: str, round_number: int) -> str:
    request, claim = _load(claim_id)
    if request.round != round_number or request.state not in IN_PROGRESS:
        return "approved" if claim.reimbursement_id else "refused"
    if claim.decision is not None and claim.decision.decision is Decision.REFUSE:
        _refuse(request, claim.decision.reason, actor=f"agent:{claim.decision.agent_id}", event="agent_refused")
        return "refused"
    cover = settling.cover_of(
        claim, own_space.member(request.member_id), claimed_on=clock.paris_day(request.created_at)
    )
    if isinstance(cover, NotCovered):
        _refuse(request, cover.sentence, actor="system", event=cover.code)
        return "refused"
    settled = settling.settle(claim_id, claim, cover)
    approved = claim.decision is not None and claim.decision.decision is Decision.APPROVE
    blocked = not all(line.decided for line in settled.decision.settled)
    unseen = set(settled.twins) - set(claim.review_reasons)
    if blocked or unseen or _is_more(claim, settled) or (not approved and _review_reasons(claim, settled)):
        _propose(request, claim, settled)
        return "review"
    _pay(request, claim, settled)
    return "approved"


def _is_more(claim: Claim, settled: Settled) -> bool:
    """Whether an approval would pay much, and more than was approved: what it rests on has moved since."""
    due = settled.decision.complementary_cents
    return claim.decision is not None and four_eyes_cents() <= due > claim.decision.approved_cents


def _pay(request: Request, claim: Claim, settled: Settled) -> None:
    reimbursement, order = _decision(request, claim, settled)
    state = RequestState.PAYMENT_ORDERED if order else RequestState.NOTHING_DUE
    done = replace(request, claim=replace(claim, reimbursement_id=reimbursement.reimbursement_id, task_token=None))
    done = done.moved_to(state, at=reimbursement.decided_at, actor=reimbursement.decided_by, event="decided")
    with Transaction() as transaction:
        requests.save(transaction, done)
        reimbursements.create(transaction, reimbursement, order)
        reimbursements.keep_decision(transaction, reimbursement, settled.decision)
        for counter in settled.counters:
            counters.save(transaction, counter)


def _decision(request: Request, claim: Claim, settled: Settled) -> tuple[Reimbursement, PaymentOrder | None]:
    now = clock.now()
    cover = settled.cover
    account = cover.member.account_on(now)
    decided = now.astimezone(clock.PARIS)
    number = f"{decided:%Y%m%d}-{request.request_id[:12]}"
    reimbursement_id = f"{decided:%Y%m%d%H%M%S}-{request.request_id[:12]}-{request.round}"
    due = settled.decision.complementary_cents
    order = None
    if due:
        order = PaymentOrder(
            order_id=request.request_id,
            member_id=request.member_id,
            reimbursement_id=reimbursement_id,
            amount_cents=due,
            reference=reference(request.request_id),
            ordered_at=now,
        )
    if order and account:
        order = replace(
            order,
            iban_sealed=account.iban_sealed,
            iban_masked=account.iban_masked,
            bic=account.bic,
            holder=account.holder,
        )
    approved = claim.decision is not None and claim.decision.decision is Decision.APPROVE
    decided_by = f"agent:{claim.decision.agent_id}" if claim.decision and approved else RULE
    reimbursement = Reimbursement(
        reimbursement_id=reimbursement_id,
        number=number.upper(),
        claim_id=request.request_id,
        member_id=request.member_id,
        contract_id=cover.contract.contract_id,
        contract_label=cover.contract.label,
        beneficiary_id=cover.beneficiary.beneficiary_id,
        beneficiary_name=cover.beneficiary.name,
        lines=reimbursed_lines(claim, settled),
        guarantee_table=f"{cover.table.code}@{cover.table.version}",
        decided_at=now,
        decided_by=decided_by,
        payee="member",
        order_id=order.order_id if order else None,
        statement_key=f"statements/{request.member_id}/{reimbursement_id}.pdf",
    )
    return reimbursement, order


def reimbursed_lines(claim: Claim, settled: Settled) -> tuple[ReimbursedLine, ...]:
    """The lines of a décompte: what was claimed, and how it was settled."""
    lines = []
    for line, result, left in zip(claim.lines, settled.decision.settled, settled.decision.acts, strict=True):
        act = acts.find(line.act)
        clause = settled.cover.table.clause_for(line.act)
        lines.append(
            ReimbursedLine(
                act=line.act,
                label=act.label if act else line.act,
                care_on=line.care_on,
                expense_cents=result.expense_cents,
                statutory_cents=result.statutory_paid_cents,
                complementary_cents=result.complementary_cents,
                other_payers_cents=result.other_payers_cents,
                left_to_pay_cents=result.left_to_pay_cents,
                clause=clause.label if clause else None,
                settlement=result.to_data(),
                quantity=line.quantity,
                professional=left.professional,
                stay=left.stay,
                location=left.location,
                heavy_tariff_cents=left.heavy_tariff_cents,
                daily_charge_days=left.daily_charge_days,
            )
        )
    return tuple(lines)


def issue_statement(claim_id: str, round_number: int) -> str:
    """Write the décompte as a PDF; writing it again gives the same bytes at the same place."""
    request, claim = _load(claim_id)
    if request.round != round_number or claim.reimbursement_id is None:
        return "ended"
    statements.write(request.member_id, claim.reimbursement_id)
    return "issued"


def notify(claim_id: str, round_number: int) -> str:
    """Tell the member how the claim ended, once."""
    request, _ = _load(claim_id)
    template = TOLD.get(request.state)
    if request.state is RequestState.PENDING_DOCUMENTS:
        return "asked"
    if request.round != round_number or template is None:
        return "ended"
    return _tell_once(request, template)


def fail(claim_id: str, round_number: int) -> str:
    """Leave a claim whose execution failed in a state that the member reads and an agent can resume.

    A claim that was already decided stays so: its décompte is written in the background and its member told.
    """
    request, claim = _load(claim_id)
    if request.round == round_number and claim.reimbursement_id is not None:
        statements.request(request.member_id, claim.reimbursement_id)
        return _tell_once(request, TOLD[request.state])
    retry_stale(partial(_fail, claim_id, round_number))
    return "failed"


def _fail(claim_id: str, round_number: int) -> None:
    request, _ = _load(claim_id)
    if request.round != round_number or request.state not in IN_PROGRESS:
        return
    sentence = (
        "Un incident technique nous a empêchés de traiter votre demande. "
        "Nos équipes la reprennent\u00a0: vous n’avez rien à faire."
    )
    failed = request.moved_to(RequestState.FAILED, at=clock.now(), actor="system", event="step_failed", reason=sentence)
    with Transaction() as transaction:
        requests.save(transaction, failed)
        message_ids = tell(transaction, failed, "claim_failed")
    messages.dispatch(*message_ids)


STEPS: dict[str, Callable[[str, int], str]] = {
    "check": check,
    "settle": settle,
    "record": record,
    "statement": issue_statement,
    "notify": notify,
    "fail": fail,
}


def _load(claim_id: str) -> tuple[Request, Claim]:
    request = requests.get(claim_id)
    if request is None or request.claim is None:
        raise NotFound
    return request, request.claim


def _settled(request: Request, claim: Claim) -> Settled:
    cover = settling.cover_of(
        claim, own_space.member(request.member_id), claimed_on=clock.paris_day(request.created_at)
    )
    if isinstance(cover, NotCovered):
        raise NotFound(cover.sentence)
    return settling.settle(request.request_id, claim, cover)


def _review_reasons(claim: Claim, settled: Settled) -> tuple[str, ...]:
    reasons = [*claim.resembles, *settled.doubts]
    if settled.decision.complementary_cents > automatic_decision_limit_cents():
        reasons.append("Le montant dépasse le seuil de décision automatique.")
    return tuple(reasons)


def _refuse(request: Request, sentence: str, *, actor: str, event: str) -> None:
    refused = request.moved_to(RequestState.REFUSED, at=clock.now(), actor=actor, event=event, reason=sentence)
    with Transaction() as transaction:
        requests.save(transaction, refused)


def _tell_once(request: Request, template: str) -> str:
    try:
        with Transaction() as transaction:
            message_ids = tell(transaction, request, template)
    except Stale:
        return "told"
    messages.dispatch(*message_ids)
    return "told"
