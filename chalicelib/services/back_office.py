"""What an agent does: decide on claims, resume failed ones, record an e-mail, see to rejected mails (M115).

An approval that pays much is an opinion first: the claim stays in review until another agent confirms it, or returns it
to the first.
"""

from dataclasses import dataclass, replace
from functools import partial

from chalicelib import clock, settings
from chalicelib.domain.claim import AgentDecision, Claim, Decision, LineCorrection
from chalicelib.domain.errors import Conflict, FieldErrors, NotFound
from chalicelib.domain.member import Member
from chalicelib.domain.message import MessageState, MessageSummary
from chalicelib.domain.request import LABELS, Actor, Request, RequestState
from chalicelib.domain.required_documents import DocumentKind, RequiredDocument
from chalicelib.domain.work_queue import Agent, Opinion
from chalicelib.gateways import workflows
from chalicelib.services import contact_notices, email_proposals, messages, settling, work_queue
from chalicelib.services.claims import tell
from chalicelib.services.settling import NotCovered
from chalicelib.storage import accounts, identities, members, outbox, requests
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Transaction, retry_stale


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An agent's answer to a claim: the decision, its reason, the lines corrected, the documents asked for."""

    decision: Decision
    reason: str
    corrections: tuple[LineCorrection, ...] = ()
    documents: tuple[DocumentKind, ...] = ()


def claim(claim_id: str) -> Request:
    """One claim.

    Errors: ``NotFound``.
    """
    request = requests.get(claim_id)
    if request is None or request.claim is None:
        raise NotFound
    return request


def decide(claim_id: str, agent: Agent, answer: Answer) -> Request:
    """Record an agent's decision and let the claim go on; an approval that pays much waits for a second agent.

    Errors: ``Conflict`` when the claim does not wait for one, another agent has it, or it still cannot be settled once
    corrected; ``FieldErrors`` on ``corrections`` or ``documents``.
    """
    return _let_go_on(retry_stale(partial(_decide, claim_id, agent, answer)))


def confirm(claim_id: str, agent: Agent, *, reason: str, agrees: bool) -> Request:
    """Confirm what another agent proposes, so that it counts; or return the claim to them, with a reason.

    Errors: ``NotFound``; ``Conflict`` when nothing is proposed, the proposal is one's own, or another agent has it.
    """
    return _let_go_on(retry_stale(partial(_confirm, claim_id, agent, reason, agrees)))


def _let_go_on(decided: Request) -> Request:
    content = decided.claim
    if content is not None and content.task_token is not None and content.decision is not None:
        workflows.answer(content.task_token, content.decision.decision)
    return decided


def _decide(claim_id: str, agent: Agent, answer: Answer) -> Request:
    request, content, task_token = _in_review(claim_id)
    if content.decision is not None:
        _check_same(content.decision, agent.agent_id, answer, task_token=task_token)
        return request
    if request.handling.opinion is not None:
        _check_repeated(request.handling.opinion, agent, answer)
        return request
    request = work_queue.in_hand(request, agent)
    corrected, due = _corrected(content, answer.corrections), 0
    if answer.decision is Decision.APPROVE:
        corrected = _settleable(request, corrected)
        due = sum(int(one["complementary_cents"]) for one in corrected.proposal)
        if due >= settings.four_eyes_cents():
            return _propose(replace(request, claim=corrected), agent, answer, due)
    decision = AgentDecision(
        decision=answer.decision,
        reason=answer.reason,
        agent_id=agent.agent_id,
        decided_at=clock.now(),
        corrections=answer.corrections,
        approved_cents=due,
    )
    decided = replace(request, claim=replace(corrected, decision=decision))
    if answer.decision is Decision.ASK:
        decided = _asking(decided, agent.agent_id, answer)
    with Transaction() as transaction:
        requests.save(transaction, decided)
        message_ids = tell(transaction, decided, "claim_documents_asked") if answer.decision is Decision.ASK else []
    messages.dispatch(*message_ids)
    return replace(decided, version=decided.version + 1)


def _in_review(claim_id: str) -> tuple[Request, Claim, str]:
    request = claim(claim_id)
    content = request.claim
    if content is None or request.state is not RequestState.IN_REVIEW or content.task_token is None:
        raise Conflict("not_in_review", "Cette demande n’attend pas de décision.")
    return request, content, content.task_token


def _propose(request: Request, agent: Agent, answer: Answer, amount_cents: int) -> Request:
    opinion = Opinion(
        agent=agent,
        at=clock.now(),
        reason=answer.reason,
        amount_cents=amount_cents,
        corrections=answer.corrections,
    )
    return _kept(work_queue.with_handling(request, request.handling.proposed(opinion)))


def _confirm(claim_id: str, agent: Agent, reason: str, agrees: bool) -> Request:
    request, content, _ = _in_review(claim_id)
    now = clock.now()
    if content.decision is not None and content.decision.agent_id == agent.agent_id and agrees:
        return request
    opinion = request.handling.opinion
    if not agrees:
        handling = work_queue.in_hand(request, agent).handling.returned_by(agent, now=now, reason=reason)
        return _kept(work_queue.with_handling(request, handling))
    handling = work_queue.in_hand(request, agent).handling.confirmed_by(agent, now=now)
    decision = AgentDecision(
        decision=Decision.APPROVE,
        reason=opinion.reason if opinion else reason,
        agent_id=agent.agent_id,
        decided_at=now,
        approved_cents=opinion.amount_cents if opinion else 0,
    )
    return _kept(replace(request, handling=handling, claim=replace(content, decision=decision)))


def _kept(request: Request) -> Request:
    with Transaction() as transaction:
        requests.save(transaction, request)
    return replace(request, version=request.version + 1)


def _check_repeated(opinion: Opinion, agent: Agent, answer: Answer) -> None:
    """Let a repeated proposal pass and nothing else: what is proposed is confirmed or returned first."""
    repeated = (opinion.agent.agent_id, opinion.reason, opinion.corrections, Decision.APPROVE)
    if (agent.agent_id, answer.reason, answer.corrections, answer.decision) == repeated:
        return
    sentence = f"{opinion.agent.name} propose un accord : confirmez-le, ou retournez-lui la demande."
    raise Conflict("awaits_confirmation", sentence)


def _check_same(decision: AgentDecision, agent_id: str, answer: Answer, *, task_token: str) -> None:
    """Let a repeated answer pass and no other: nobody overrules a decision under way, which is set going again."""
    known = (decision.decision, decision.reason, decision.corrections, decision.agent_id)
    if known == (answer.decision, answer.reason, answer.corrections, agent_id):
        return
    workflows.answer(task_token, decision.decision)
    raise Conflict("not_in_review", "Cette demande vient de recevoir une décision\u00a0: rechargez la page.")


def _corrected(content: Claim, corrections: tuple[LineCorrection, ...]) -> Claim:
    for position, correction in enumerate(corrections):
        if correction.index >= len(content.lines):
            raise FieldErrors.on(f"corrections[{position}].line", "Cette ligne n’existe pas.", "unknown_line")
        content = content.corrected(correction)
    return content


def _settleable(request: Request, content: Claim) -> Claim:
    """The claim with the settlement its corrected lines give.

    Errors: ``Conflict`` when no rule can settle it yet.
    """
    member = members.get(request.member_id)
    if member is None:
        raise NotFound
    cover = settling.cover_of(content, member, claimed_on=clock.paris_day(request.created_at))
    if isinstance(cover, NotCovered):
        raise Conflict("not_covered", cover.sentence)
    settled = settling.settle(request.request_id, content, cover)
    if not all(line.decided for line in settled.decision.settled):
        sentence = "Une ligne ne peut pas être calculée en l’état\u00a0: complétez-la par une correction."
        raise Conflict("not_settled", sentence, reasons=" ".join(settled.doubts))
    return replace(content, proposal=tuple(line.to_data() for line in settled.decision.settled))


def _asking(request: Request, agent_id: str, answer: Answer) -> Request:
    if not answer.documents or request.claim is None:
        raise FieldErrors.on("documents", "Indiquez au moins un document à demander.", "missing")
    about = request.claim.beneficiary_id
    asked = tuple(RequiredDocument(kind=kind, about=about, reason=answer.reason) for kind in answer.documents)
    kinds = set(answer.documents)
    moved = request.with_replaced(kinds).moved_to(
        RequestState.PENDING_DOCUMENTS,
        at=clock.now(),
        actor=f"agent:{agent_id}",
        event="documents_asked",
        reason=answer.reason,
    )
    return replace(
        moved,
        required=(*(one for one in request.required if one.kind not in kinds), *asked),
        round=request.round + 1,
    )


def resume(claim_id: str, agent: Agent) -> Request:
    """Start a failed claim again, as a new round.

    Errors: ``Conflict`` unless it failed, or while another agent has it.
    """
    resumed = retry_stale(partial(_resume, claim_id, agent))
    workflows.start_claim(claim_id, version=resumed.round)
    return resumed


def _resume(claim_id: str, agent: Agent) -> Request:
    request = work_queue.in_hand(claim(claim_id), agent)
    if request.state is not RequestState.FAILED:
        sentence = (
            f"La demande est «\u00a0{LABELS[request.state]}\u00a0»\u00a0: seule une demande en incident se reprend."
        )
        raise Conflict("invalid_transition", sentence)
    moved = request.moved_to(RequestState.SUBMITTED, at=clock.now(), actor=f"agent:{agent.agent_id}", event="resumed")
    return _kept(replace(moved, round=request.round + 1))


def member_by_number(numero_adherent: str) -> Member:
    """The member who has a numéro adhérent.

    Errors: ``NotFound``.
    """
    member_id = identities.find(Identity.MEMBER_NUMBER, numero_adherent)
    member = members.get(member_id) if member_id else None
    if member is None:
        raise NotFound("Aucun assuré n’a ce numéro adhérent.")
    return member


def record_email(member_id: str, email: str, *, actor: str = Actor.AGENT) -> Member:
    """Record the address a member wrote from; a mail then confirms that the link can be asked for (H135–H137, M12–M14).

    Links mailed to the former address and open sessions end.

    Errors: ``NotFound``; ``FieldErrors`` on ``email`` when another space uses it.
    """
    return retry_stale(partial(_record_email, member_id, email, actor))


def _record_email(member_id: str, email: str, actor: str) -> Member:
    member = members.get(member_id)
    account = accounts.get(member.account_id) if member and member.account_id else None
    if member is None or account is None:
        raise NotFound
    owner = identities.find(Identity.MEMBER_EMAIL, email)
    if owner not in {None, account.account_id}:
        raise FieldErrors.on("email", "Cette adresse est déjà celle d’un autre espace.", "email_used")
    if member.email == email:
        with Transaction() as transaction:
            messages.vouch_for(transaction, email)
        return member
    changed = replace(member, email=email, proposed_email=None, proposal_id=None)
    proposed = email == member.proposed_email
    renewed = account.with_email(email, at=clock.now())
    with Transaction() as transaction:
        members.save(transaction, changed)
        email_proposals.end(
            transaction,
            member,
            RequestState.ACCEPTED if proposed else RequestState.CLOSED,
            actor=actor,
            event="email_recorded" if proposed else "other_email_recorded",
        )
        accounts.save(transaction, renewed)
        if owner is None:
            identities.claim(transaction, Identity.MEMBER_EMAIL, email, account.account_id)
        if member.email is not None and identities.find(Identity.MEMBER_EMAIL, member.email) == account.account_id:
            identities.release(transaction, Identity.MEMBER_EMAIL, member.email, account.account_id)
        messages.vouch_for(transaction, email)
        message_ids = [
            messages.write(
                transaction,
                occasion=f"email-recorded:{member_id}:{member.version}",
                template="email_recorded",
                recipient=email,
                context={},
                about=member_id,
            )
        ]
        if account.email is not None:
            message_ids.append(contact_notices.of_email(transaction, account, generation=renewed.generation))
    messages.dispatch(*message_ids)
    return replace(changed, version=changed.version + 1)


def rejected_messages() -> list[MessageSummary]:
    """The mails that could not be sent or came back, oldest first."""
    return outbox.in_state(MessageState.REJECTED)
