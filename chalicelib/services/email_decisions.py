"""An agent decides on the address that an employer proposed: recorded if its owner agrees, or refused (H137, H138)."""

from dataclasses import replace

from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.member import Member
from chalicelib.domain.request import Request, RequestState, Ruling, Verdict
from chalicelib.services import back_office, email_proposals, messages, openers
from chalicelib.services.claims import reference
from chalicelib.storage import members, requests
from chalicelib.storage.transaction import Transaction


def decide(request: Request, ruling: Ruling) -> Request:
    """Record the address, which the member is told; or refuse it with a reason, which whoever proposed it is told.

    Errors: ``NotFound``; ``Conflict`` when it is no longer awaited, or for another verdict than these two;
    ``FieldErrors`` on ``email`` when another space uses the address.
    """
    member = members.get(request.member_id)
    if member is None:
        raise NotFound
    email = member.proposed_email
    if request.state is not RequestState.IN_REVIEW or member.proposal_id != request.request_id or email is None:
        raise Conflict("not_in_review", "Cette adresse n’attend plus de décision.")
    match ruling.verdict:
        case Verdict.ACCEPT:
            back_office.record_email(member.member_id, email, actor=ruling.actor)
        case Verdict.REFUSE:
            _refuse(member, request, ruling)
        case _:
            sentence = "Une adresse proposée s’accepte ou se refuse\u00a0: aucun document n’est demandé."
            raise Conflict("invalid_transition", sentence)
    decided = requests.get(request.request_id)
    if decided is None:
        raise NotFound
    return decided


def _refuse(member: Member, request: Request, ruling: Ruling) -> None:
    recipient = openers.email_of(request)
    with Transaction() as transaction:
        members.save(transaction, replace(member, proposed_email=None, proposal_id=None))
        email_proposals.end(
            transaction,
            member,
            RequestState.REFUSED,
            actor=ruling.actor,
            event="email_refused",
            reason=ruling.reason,
        )
        message_ids = messages.tell(
            transaction,
            recipient,
            "email_proposal_refused",
            occasion=f"email-proposal-refused:{request.request_id}",
            context={"reference": reference(request.request_id)},
            about=request.request_id,
        )
    messages.dispatch(*message_ids)
