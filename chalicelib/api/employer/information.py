"""« Services & informations », the DSN page and the assistant of the espace RH (H98–H108, H115–H118)."""

from datetime import date

from chalicelib.api.information import (
    AskAsEmployer,
    AssistantReplyView,
    ContentListView,
    ContentQuery,
    ContentView,
)
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import Link
from chalicelib.domain.company import Risk
from chalicelib.domain.content import Audience, ContentKind
from chalicelib.domain.journal import DataGroup
from chalicelib.services import assistant, companies, dsn, information

blueprint = ApiBlueprint(__name__, tag="Informations")


class DsnContractView(View):
    """A contract that has a parameter sheet."""

    contract_id: str
    number: str
    label: str


class DsnPageView(View):
    """What the DSN is, how to set it up and how to use it, and the contracts to set up."""

    chapters: list[ContentView]
    contracts: list[DsnContractView]


class DsnLineView(View):
    """One contribution as payroll software declares it; a line has a rate or an amount."""

    label: str
    option: str
    population: str
    base: str
    component: str
    component_label: str
    contribution: str
    rate_percent: str | None
    amount_euros: str | None


class DsnSheetView(View):
    """The parameter sheet of a contract: what to copy into payroll software, as it stands."""

    contract_number: str
    contract_label: str
    risk: Risk
    organism: str
    delegate: str
    frequency: str
    frequency_label: str
    in_advance: bool
    due_day: int
    valid_from: date
    lines: list[DsnLineView]


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/contents",
    access=Access.COMPANY_READER,
    summary="Services et informations",
    query=ContentQuery,
    response=ContentListView,
    items=(
        "H2",
        "H28",
        "H98",
        "H99",
        "H100",
        "H101",
        "H102",
        "H103",
        "H108",
        "H139",
        "H140",
        "H141",
        "H142",
        "H143",
        "H144",
        "H145",
        "H146",
        "H147",
    ),
)
def list_contents(caller: Caller, company_id: str, query: ContentQuery) -> ContentListView:
    """Partners, help, news, prevention and tutorials that are published today for the risks of the contracts held."""
    return ContentListView(contents=[ContentView.of(one) for one in information.for_company(company_id, query.kind)])


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/contents/{content_id}",
    access=Access.COMPANY_READER,
    summary="Lire un contenu",
    response=ContentView,
    items=("H98", "H99", "H100", "H101", "H102", "H103", "H108"),
)
def read_content(caller: Caller, company_id: str, content_id: str) -> ContentView:
    """A draft or an archived content does not exist."""
    return ContentView.of(information.one(information.for_company(company_id), content_id))


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/dsn",
    access=Access.COMPANY_READER,
    summary="Ma DSN",
    response=DsnPageView,
    items=("H115", "H116", "H117"),
)
def read_dsn_page(caller: Caller, company_id: str) -> DsnPageView:
    """The guide to download says the same."""
    contracts = companies.contracts_of(company_id)
    risks = information.risks_of(contracts)
    return DsnPageView(
        chapters=[ContentView.of(one) for one in information.published(Audience.EMPLOYER, risks, ContentKind.DSN)],
        contracts=[DsnContractView.model_validate(one) for one in contracts],
    )


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/dsn/guide",
    access=Access.COMPANY_READER,
    summary="Télécharger le guide de la DSN",
    response=Link,
    refusals=("document_not_ready",),
    items=("H118",),
)
def read_dsn_guide(caller: Caller, company_id: str) -> Link:
    """The same information as the page, as a PDF; the link works for a few minutes."""
    return Link(url=dsn.guide_link())


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/contracts/{contract_id}/dsn",
    access=Access.COMPANY_READER,
    summary="La fiche de paramétrage DSN d’un contrat",
    response=DsnSheetView,
    items=("H116", "H117"),
)
def read_dsn_sheet(caller: Caller, company_id: str, contract_id: str) -> DsnSheetView:
    """Every value is text exactly as it goes into the declaration."""
    return DsnSheetView.model_validate(dsn.sheet_of(companies.contract(company_id, contract_id)))


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/contracts/{contract_id}/dsn/document",
    access=Access.COMPANY_READER,
    summary="Télécharger la fiche de paramétrage DSN d’un contrat",
    response=Link,
    refusals=("document_not_ready",),
    items=("H116", "H118"),
)
def read_dsn_document(caller: Caller, company_id: str, contract_id: str) -> Link:
    """The link works for a few minutes."""
    return Link(url=dsn.sheet_link(company_id, companies.contract(company_id, contract_id)))


@blueprint.endpoint(
    "POST",
    "/employer/companies/{company_id}/assistant",
    access=Access.COMPANY_READER,
    summary="Interroger l’assistant",
    request=AskAsEmployer,
    response=AssistantReplyView,
    items=("H104", "H105", "H106", "H107"),
    journal=(DataGroup.DOCUMENTS,),
)
def ask(caller: Caller, company_id: str, body: AskAsEmployer) -> AssistantReplyView:
    """Answers at once, with its sources, under the caller's own rights; never about anybody's care. What it does not
    know it says, and hands over. Neither question nor answer is kept."""
    reply = assistant.ask_for_company(company_id, body.question, employee_id=body.employee_id)
    about = (body.employee_id,) if body.employee_id and any(one.url for one in reply.links) else ()
    return AssistantReplyView.of(reply).showing(*about)
