"""What an agent does with the démarches that are no claims: read them and their files, decide (H95, M115).

Each kind of démarche that an agent decides on has one handler in ``HANDLERS``: it takes the request and the ruling,
writes what follows from it, and answers the request as it stands afterwards.
"""

from collections.abc import Callable, Mapping

from chalicelib.domain.errors import NotFound
from chalicelib.domain.request import AgentQueue, Request, RequestKind, RequestState, RequestSummary, Ruling
from chalicelib.services import uploads, work_stoppages
from chalicelib.storage import requests
from chalicelib.storage.transaction import retry_stale

HANDLERS: Mapping[RequestKind, Callable[[Request, Ruling], Request]] = {
    RequestKind.WORK_STOPPAGE: work_stoppages.decide,
}


def queue() -> list[RequestSummary]:
    """The démarches that wait for an agent, oldest first."""
    return requests.waiting_in(AgentQueue.REQUESTS)


def get(request_id: str) -> Request:
    """One démarche of a kind that agents decide on, once it was sent.

    Errors: ``NotFound``, also for a claim, and for a draft.
    """
    request = requests.get(request_id)
    if request is None or request.kind not in HANDLERS or request.state is RequestState.DRAFT:
        raise NotFound
    return request


def document_link(request_id: str, document_id: str) -> str:
    """A short-lived link to a document that was sent with a démarche.

    Errors: ``NotFound``.
    """
    return uploads.link(get(request_id), document_id)


def decide(request_id: str, ruling: Ruling) -> Request:
    """Record an agent's decision: accept, refuse with a reason, ask for documents, or close what has run its course.

    Errors: ``NotFound``; ``Conflict`` when the démarche does not wait for it; ``FieldErrors`` on ``documents``.
    """

    def attempt() -> Request:
        request = get(request_id)
        return HANDLERS[request.kind](request, ruling)

    return retry_stale(attempt)
