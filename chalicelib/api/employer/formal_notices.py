"""The formal notice of an unpaid contribution, as the company reads it (H45)."""

from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import Link
from chalicelib.services import dunning_documents

blueprint = ApiBlueprint(__name__, tag="Espace RH")


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/contributions/{number}/formal-notice",
    access=Access.COMPANY_MANAGER,
    summary="Mise en demeure d’une cotisation",
    response=Link,
    refusals=("document_not_ready",),
    items=("H45",),
)
def read_formal_notice(caller: Caller, company_id: str, number: str) -> Link:
    """Only where one was made; the link works for a few minutes."""
    return Link(url=dunning_documents.link(number, company_id=company_id))
