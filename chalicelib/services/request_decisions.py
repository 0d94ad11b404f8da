"""What an agent does with the démarches that are no claims: read them and their files, decide (H95, M115).

Each kind of démarche that an agent decides on has one handler in ``HANDLERS``: it takes the request and the ruling,
writes what follows from it, and answers the request as it stands afterwards.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chalicelib.domain.errors import NotFound
from chalicelib.domain.request import Request, RequestKind, RequestState, Ruling
from chalicelib.services import (
    contribution_actions,
    email_decisions,
    estimates,
    hospital_commitments,
    teletransmission,
    work_queue,
    work_stoppages,
)
from chalicelib.storage import companies, requests
from chalicelib.storage.transaction import retry_stale

HANDLERS: Mapping[RequestKind, Callable[[Request, Ruling], Request]] = {
    RequestKind.WORK_STOPPAGE: work_stoppages.decide,
    RequestKind.EMAIL_PROPOSAL: email_decisions.decide,
    RequestKind.TELETRANSMISSION: teletransmission.decide,
    RequestKind.ESTIMATE: estimates.decide,
    RequestKind.HOSPITAL_COMMITMENT: hospital_commitments.decide,
    RequestKind.CONTRIBUTION: contribution_actions.decide,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A démarche as an agent reads it: the company that it concerns, and what is asked about a contribution."""

    request: Request
    company_name: str
    contribution: contribution_actions.Read | None


def seen(request: Request) -> Seen:
    """A démarche with what an agent needs beside it.

    Errors: ``NotFound``.
    """
    company = companies.get(request.company_id) if request.company_id else None
    ask = request.contribution
    return Seen(
        request=request,
        company_name=company.name if company else "",
        contribution=contribution_actions.read(ask) if ask else None,
    )


def get(request_id: str) -> Request:
    """One démarche of a kind that agents decide on, once it was sent.

    Errors: ``NotFound``, also for a claim, and for a draft.
    """
    request = requests.get(request_id)
    if request is None or request.kind not in HANDLERS or request.state is RequestState.DRAFT:
        raise NotFound
    return request


def decide(request_id: str, ruling: Ruling) -> Request:
    """Record an agent's decision: accept, refuse with a reason, ask for documents, or close what has run its course.

    Whoever decides has the démarche in hand.

    Errors: ``NotFound``; ``Conflict`` when the démarche does not wait for it, or another agent has it; ``FieldErrors``
    on ``documents``.
    """

    def attempt() -> Request:
        request = work_queue.in_hand(get(request_id), ruling.agent)
        return HANDLERS[request.kind](request, ruling)

    return retry_stale(attempt)
