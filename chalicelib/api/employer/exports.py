"""The list of employees as a file (H50)."""

from chalicelib.api.employer.employees import ListFilters
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import Link
from chalicelib.services import exports
from chalicelib.services.spreadsheets import Format

blueprint = ApiBlueprint(__name__, tag="Espace RH")


class ExportEmployees(Body, ListFilters):
    """The kind of file, and the search and filters that the list shows at the moment."""

    EXAMPLE = {"format": "xlsx", "state": "ACTIVE", "risk": "sante"}

    format: Format


class ExportView(View):
    """An export under way; ask for its link until it is ready."""

    export_id: str


@blueprint.endpoint(
    "POST",
    "/employer/companies/{company_id}/employee-exports",
    access=Access.COMPANY_READER,
    summary="Exporter la liste des salariés",
    request=ExportEmployees,
    response=ExportView,
    status=202,
    items=("H50", "H61", "H121"),
)
def export_employees(caller: Caller, company_id: str, body: ExportEmployees) -> ExportView:
    """The file is written in the background and kept for a day."""
    return ExportView(export_id=exports.ask(company_id, body.filters, body.format, asked_by=caller.account))


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/employee-exports/{export_id}",
    access=Access.COMPANY_READER,
    summary="Télécharger l’export des salariés",
    response=Link,
    refusals=("document_not_ready",),
    items=("H50", "H121"),
)
def read_export(caller: Caller, company_id: str, export_id: str) -> Link:
    """The link works for a few minutes."""
    return Link(url=exports.link(company_id, export_id))
