"""The démarches of a company: follow them, send their documents (H95, M112 for employers)."""

from typing import Annotated

from pydantic import Field

from chalicelib.api import cursors
from chalicelib.api.cursors import Cursor
from chalicelib.api.forms import AnnounceUpload
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import RequestSummaryView, RequestView, UploadView
from chalicelib.domain.journal import DataGroup
from chalicelib.domain.request import RequestKind
from chalicelib.services import employer_requests, uploads
from chalicelib.validation import Schema

blueprint = ApiBlueprint(__name__, tag="Espace RH")


class RequestQuery(Schema):
    """Which page of the tracker, of all kinds or of one."""

    kind: RequestKind | None = None
    before: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class RequestPageView(View):
    """One page of démarches, newest first; pass ``next`` as ``before`` to read on."""

    requests: list[RequestSummaryView]
    next: str | None


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/requests",
    access=Access.COMPANY_READER,
    summary="Mes démarches",
    query=RequestQuery,
    response=RequestPageView,
    items=("H22", "H95", "H121"),
    journal=(DataGroup.REQUESTS,),
)
def list_requests(caller: Caller, company_id: str, query: RequestQuery) -> RequestPageView:
    """Newest first; of one kind only, a page may be short and still have a next."""
    before = cursors.decode(query.before, field="before")
    page, following = employer_requests.page(company_id, before=before, limit=query.limit, kind=query.kind)
    return RequestPageView(requests=[RequestSummaryView.of(one) for one in page], next=cursors.encode(following))


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/requests/{request_id}",
    access=Access.COMPANY_READER,
    summary="Suivre une démarche",
    response=RequestView,
    items=("H95",),
    journal=(DataGroup.REQUESTS,),
)
def read_request(caller: Caller, company_id: str, request_id: str) -> RequestView:
    """Its state, what is missing, who acts next, and a receipt for each file."""
    return RequestView.of(employer_requests.get(company_id, request_id))


@blueprint.endpoint(
    "POST",
    "/employer/companies/{company_id}/requests/{request_id}/uploads",
    access=Access.COMPANY_MANAGER,
    summary="Annoncer l’envoi d’une pièce",
    request=AnnounceUpload,
    response=UploadView,
    status=201,
    refusals=("no_document_awaited", "too_many_files"),
    items=("H83", "H95"),
)
def announce_upload(caller: Caller, company_id: str, request_id: str, body: AnnounceUpload) -> UploadView:
    """Answers the form to send the file with, straight to storage."""
    request = employer_requests.get(company_id, request_id)
    announced = uploads.announce(
        request, kind=body.kind, about=body.about, name=body.name, content_type=body.content_type
    )
    return UploadView.of(announced)
