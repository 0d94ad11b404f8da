"""What an agent does: decide on claims, resume failed ones, record an e-mail, see to rejected mails (M115)."""

from dataclasses import dataclass, replace
from functools import partial

from chalicelib import clock
from chalicelib.domain.claim import AgentDecision, Claim, Decision, LineCorrection
from chalicelib.domain.errors import Conflict, FieldErrors, NotFound
from chalicelib.domain.member import Member
from chalicelib.domain.message import MessageState, MessageSummary
from chalicelib.domain.request import LABELS, AgentQueue, Request, RequestState, RequestSummary
from chalicelib.domain.required_documents import DocumentKind, RequiredDocument
from chalicelib.gateways import workflows
from chalicelib.services import messages, settling, uploads
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


def queue() -> list[RequestSummary]:
    """The claims that wait for an agent, oldest first."""
    return requests.waiting_in(AgentQueue.CLAIMS)


def claim(claim_id: str) -> Request:
    """One claim.

    Errors: ``NotFound``.
    """
    request = requests.get(claim_id)
    if request is None or request.claim is None:
        raise NotFound
    return request


def document_link(claim_id: str, document_id: str) -> str:
    """A short-lived link to a document that a member sent with a claim.

    Errors: ``NotFound``.
    """
    return uploads.link(claim(claim_id), document_id)


def decide(claim_id: str, agent_id: str, answer: Answer) -> Request:
    """Record an agent's decision and let the claim go on.

    Errors: ``Conflict`` when the claim does not wait for one, or still cannot be settled once corrected;
    ``FieldErrors`` on ``corrections`` or ``documents``.
    """
    decided = retry_stale(partial(_decide, claim_id, agent_id, answer))
    if decided.claim is not None and decided.claim.task_token is not None:
        workflows.answer(decided.claim.task_token, answer.decision)
    return decided


def _decide(claim_id: str, agent_id: str, answer: Answer) -> Request:
    request = claim(claim_id)
    content = request.claim
    if content is None or request.state is not RequestState.IN_REVIEW or content.task_token is None:
        raise Conflict("not_in_review", "Cette demande n’attend pas de décision.")
    if content.decision is not None:
        _check_same(content.decision, agent_id, answer, task_token=content.task_token)
        return request
    corrected = _corrected(content, answer.corrections)
    if answer.decision is Decision.APPROVE:
        corrected = _settleable(request, corrected)
    now = clock.now()
    decision = AgentDecision(decision=answer.decision, reason=answer.reason, agent_id=agent_id, decided_at=now)
    decided = replace(request, claim=replace(corrected, decision=decision))
    if answer.decision is Decision.ASK:
        decided = _asking(decided, agent_id, answer)
    with Transaction() as transaction:
        requests.save(transaction, decided)
        message_ids = tell(transaction, decided, "claim_documents_asked") if answer.decision is Decision.ASK else []
    messages.dispatch(*message_ids)
    return replace(decided, version=decided.version + 1)


def _check_same(decision: AgentDecision, agent_id: str, answer: Answer, *, task_token: str) -> None:
    """Let a repeated answer pass and no other: nobody overrules a decision under way, which is set going again."""
    if (decision.decision, decision.reason, decision.agent_id) == (answer.decision, answer.reason, agent_id):
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
    outdated = {one.document_id for one in request.attachments if one.kind in kinds}
    moved = request.moved_to(
        RequestState.PENDING_DOCUMENTS,
        at=clock.now(),
        actor=f"agent:{agent_id}",
        event="documents_asked",
        reason=answer.reason,
    )
    return replace(
        moved,
        required=(*(one for one in request.required if one.kind not in kinds), *asked),
        attachments=tuple(one for one in request.attachments if one.document_id not in outdated),
        round=request.round + 1,
    )


def resume(claim_id: str, agent_id: str) -> Request:
    """Start a failed claim again, as a new round.

    Errors: ``Conflict`` unless it failed.
    """
    resumed = retry_stale(partial(_resume, claim_id, agent_id))
    workflows.start_claim(claim_id, version=resumed.round)
    return resumed


def _resume(claim_id: str, agent_id: str) -> Request:
    request = claim(claim_id)
    if request.state is not RequestState.FAILED:
        sentence = (
            f"La demande est «\u00a0{LABELS[request.state]}\u00a0»\u00a0: seule une demande en incident se reprend."
        )
        raise Conflict("invalid_transition", sentence)
    moved = request.moved_to(RequestState.SUBMITTED, at=clock.now(), actor=f"agent:{agent_id}", event="resumed")
    resumed = replace(moved, round=request.round + 1)
    with Transaction() as transaction:
        requests.save(transaction, resumed)
    return replace(resumed, version=resumed.version + 1)


def member_by_number(numero_adherent: str) -> Member:
    """The member who has a numéro adhérent.

    Errors: ``NotFound``.
    """
    member_id = identities.find(Identity.MEMBER_NUMBER, numero_adherent)
    member = members.get(member_id) if member_id else None
    if member is None:
        raise NotFound("Aucun assuré n’a ce numéro adhérent.")
    return member


def record_email(member_id: str, email: str) -> Member:
    """Record the address a member wrote from; a mail then confirms that the link can be asked for (H135–H137, M12–M14).

    Links mailed to the former address and open sessions end.

    Errors: ``NotFound``; ``FieldErrors`` on ``email`` when another space uses it.
    """
    return retry_stale(partial(_record_email, member_id, email))


def _record_email(member_id: str, email: str) -> Member:
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
    changed = replace(member, email=email, proposed_email=None)
    with Transaction() as transaction:
        members.save(transaction, changed)
        accounts.save(transaction, replace(account, email=email, generation=account.generation + 1))
        if owner is None:
            identities.claim(transaction, Identity.MEMBER_EMAIL, email, account.account_id)
        if member.email is not None and identities.find(Identity.MEMBER_EMAIL, member.email) == account.account_id:
            identities.release(transaction, Identity.MEMBER_EMAIL, member.email, account.account_id)
        messages.vouch_for(transaction, email)
        message_id = messages.write(
            transaction,
            occasion=f"email-recorded:{member_id}:{member.version}",
            template="email_recorded",
            recipient=email,
            context={},
            about=member_id,
        )
    messages.dispatch(message_id)
    return replace(changed, version=changed.version + 1)


def rejected_messages() -> list[MessageSummary]:
    """The mails that could not be sent or came back, oldest first."""
    return outbox.in_state(MessageState.REJECTED)
