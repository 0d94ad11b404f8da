"""An employer gives the address of somebody affiliated without one: agents find it in their queue (H137, H138).

The démarche is followed by whoever proposed the address. An agent checks with the employee that it is theirs: it opens
a space that the employer must not see into. The address itself is kept with the member until then.
"""

from chalicelib import clock
from chalicelib.domain.account import Account
from chalicelib.domain.member import Member
from chalicelib.domain.request import Actor, Request, RequestKind, RequestState
from chalicelib.services import tokens
from chalicelib.storage import requests
from chalicelib.storage.transaction import Transaction

TITLE = "Adresse de courriel d’un salarié affilié sans adresse\u00a0: à vérifier"


def proposal_of(account: Account, member: Member) -> Request:
    """The démarche of a member whose proposed address has just changed."""
    now = clock.now()
    return Request(
        request_id=tokens.derived_id("email-proposal", member.member_id, str(member.version)),
        kind=RequestKind.EMAIL_PROPOSAL,
        member_id=member.member_id,
        member_name=member.name,
        company_id=member.company_id,
        opened_by=Actor.EMPLOYER,
        account_id=account.account_id,
        state=RequestState.DRAFT,
        title=TITLE,
        created_at=now,
    ).moved_to(RequestState.IN_REVIEW, at=now, actor=account.account_id, event="email_proposed")


def end(
    transaction: Transaction, member: Member, state: RequestState, *, actor: str, event: str, reason: str | None = None
) -> None:
    """End the démarche of a proposed address within the transaction that decides on it, if there is one."""
    request = requests.get(member.proposal_id) if member.proposal_id else None
    if request is not None and request.state is RequestState.IN_REVIEW:
        requests.save(transaction, request.moved_to(state, at=clock.now(), actor=actor, event=event, reason=reason))
