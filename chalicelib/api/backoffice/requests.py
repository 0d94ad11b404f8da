"""The agents' queue of démarches that are no claims: read, decide (M115)."""

from typing import Annotated

from pydantic import Field

from chalicelib.api.employer.work_stoppages import StoppageView
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import Link, RequestListView, RequestSummaryView, RequestView
from chalicelib.domain.request import Request, Ruling, Verdict
from chalicelib.domain.required_documents import DocumentKind
from chalicelib.services import request_decisions

blueprint = ApiBlueprint(__name__, tag="Gestion")


class DecideRequest(Body):
    """An agent's decision; the reason is shown to whoever opened the démarche."""

    EXAMPLE = {
        "decision": "ask",
        "reason": "Le décompte ne couvre pas tout le mois.",
        "documents": ["decomptes_ijss"],
    }

    decision: Verdict
    reason: Annotated[str, Field(min_length=3, max_length=500)]
    documents: Annotated[list[DocumentKind], Field(max_length=5)] = []


class AgentRequestView(View):
    """A démarche as an agent reads it, with what is particular to its kind."""

    request: RequestView
    stoppage: StoppageView | None

    @classmethod
    def of(cls, one: Request) -> "AgentRequestView":
        """The view of a démarche."""
        return cls(request=RequestView.of(one), stoppage=StoppageView.of(one) if one.stoppage else None)


@blueprint.endpoint(
    "GET",
    "/backoffice/requests",
    access=Access.AGENT,
    summary="Démarches à traiter",
    response=RequestListView,
    items=("M115",),
)
def list_requests(caller: Caller) -> RequestListView:
    """Oldest first; claims have a queue of their own."""
    return RequestListView(requests=[RequestSummaryView.of(one) for one in request_decisions.queue()])


@blueprint.endpoint(
    "GET",
    "/backoffice/requests/{request_id}",
    access=Access.AGENT,
    summary="Une démarche",
    response=AgentRequestView,
    items=("M115",),
)
def read_request(caller: Caller, request_id: str) -> AgentRequestView:
    """What was declared and sent, and what happened so far."""
    return AgentRequestView.of(request_decisions.get(request_id))


@blueprint.endpoint(
    "GET",
    "/backoffice/requests/{request_id}/documents/{document_id}",
    access=Access.AGENT,
    summary="Lire une pièce d’une démarche",
    response=Link,
    items=("M115",),
)
def read_document(caller: Caller, request_id: str, document_id: str) -> Link:
    """The link works for a few minutes."""
    return Link(url=request_decisions.document_link(request_id, document_id))


@blueprint.endpoint(
    "POST",
    "/backoffice/requests/{request_id}/decision",
    access=Access.AGENT,
    summary="Décider d’une démarche",
    request=DecideRequest,
    response=AgentRequestView,
    refusals=("not_in_review", "invalid_transition", "not_covered", "file_refused"),
    items=("M115",),
)
def decide(caller: Caller, request_id: str, body: DecideRequest) -> AgentRequestView:
    """Accept, refuse with a reason, ask for documents, or close what has run its course."""
    ruling = Ruling(
        verdict=body.decision,
        reason=body.reason,
        agent_id=caller.account.account_id,
        documents=tuple(body.documents),
    )
    return AgentRequestView.of(request_decisions.decide(request_id, ruling))
