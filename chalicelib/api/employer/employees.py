"""The employees of a company: affiliated or being affiliated; invite, resend, cancel (H48–H75)."""

from datetime import date
from typing import Annotated

from pydantic import Field

from chalicelib.api import cursors
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import AffiliationView, BeneficiaryView, Link
from chalicelib.domain.company import Risk
from chalicelib.domain.member import LABELS, Member, MemberSummary
from chalicelib.identifiers.fields import EmailStrFr
from chalicelib.services import cards, employees, pre_affiliation
from chalicelib.services.pre_affiliation import INVITABLE, Invitation
from chalicelib.validation import Schema

blueprint = ApiBlueprint(__name__, tag="Espace RH")


class PreAffiliate(Body):
    """All that HR enters (H63–H67)."""

    EXAMPLE = {
        "risk": "sante",
        "contract_id": "3c8e51d2b7f94a0a8e6d1f25c90b7a44",
        "email": "lea.martin@exemple.fr",
        "affiliation_date": "2026-04-01",
    }

    risk: Risk
    contract_id: Annotated[str, Field(min_length=1, max_length=64)]
    email: EmailStrFr
    affiliation_date: date


class EmployeeQuery(Schema):
    """Which page of the list."""

    after: Annotated[str, Field(max_length=600)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class EmployeeSummaryView(View):
    """An employee as the list shows them (H48, H60)."""

    member_id: str
    name: str
    email: str | None
    numero_adherent: str | None
    state: str
    state_label: str
    contract_ids: list[str]
    starts_on: date | None

    @classmethod
    def of(cls, one: MemberSummary) -> "EmployeeSummaryView":
        """The view of a summary."""
        return cls(
            member_id=one.member_id,
            name=one.name,
            email=one.email,
            numero_adherent=one.numero_adherent,
            state=one.state,
            state_label=LABELS[one.state],
            contract_ids=list(one.contract_ids),
            starts_on=one.starts_on,
        )


class EmployeeListView(View):
    """One page of employees by name; pass ``next`` as ``after`` to read on."""

    employees: list[EmployeeSummaryView]
    next: str | None


class EmployeeView(View):
    """An employee's sheet: contracts, covered people, card; nothing of any care (H51–H53, H61)."""

    member_id: str
    name: str
    email: str | None
    numero_adherent: str | None
    state: str
    state_label: str
    affiliations: list[AffiliationView]
    beneficiaries: list[BeneficiaryView]
    invited_until: date | None
    card_available: bool

    @classmethod
    def of(cls, member: Member) -> "EmployeeView":
        """The view of an employee."""
        return cls(
            member_id=member.member_id,
            name=member.name,
            email=member.email,
            numero_adherent=member.numero_adherent,
            state=member.state,
            state_label=LABELS[member.state],
            affiliations=AffiliationView.all_of(member),
            beneficiaries=[BeneficiaryView.of(one) for one in member.beneficiaries],
            invited_until=member.invited_until if member.state in INVITABLE else None,
            card_available=member.card_key is not None,
        )


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/employees",
    access=Access.COMPANY_READER,
    summary="Mes salariés",
    query=EmployeeQuery,
    response=EmployeeListView,
    items=("H48", "H60", "H70", "H71"),
)
def list_employees(caller: Caller, company_id: str, query: EmployeeQuery) -> EmployeeListView:
    """Employees appear as soon as they are pre-affiliated."""
    after = cursors.decode(query.after, field="after")
    page, following = employees.page(company_id, after=after, limit=query.limit)
    return EmployeeListView(employees=[EmployeeSummaryView.of(one) for one in page], next=cursors.encode(following))


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/employees/{member_id}",
    access=Access.COMPANY_READER,
    summary="Fiche d’un salarié",
    response=EmployeeView,
    items=("H51", "H52", "H53", "H61"),
)
def read_employee(caller: Caller, company_id: str, member_id: str) -> EmployeeView:
    """Contracts and covered people, never any care."""
    return EmployeeView.of(employees.get(company_id, member_id))


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/employees/{member_id}/card",
    access=Access.COMPANY_READER,
    summary="Carte de tiers payant d’un salarié",
    response=Link,
    refusals=("document_not_ready",),
    items=("H56",),
)
def employee_card(caller: Caller, company_id: str, member_id: str) -> Link:
    """The link works for a few minutes."""
    return Link(url=cards.link(employees.get(company_id, member_id)))


@blueprint.endpoint(
    "POST",
    "/employer/companies/{company_id}/pre-affiliations",
    access=Access.COMPANY_MANAGER,
    summary="Pré-affilier un salarié",
    request=PreAffiliate,
    response=EmployeeView,
    status=201,
    refusals=("already_affiliated",),
    items=("H62", "H63", "H64", "H65", "H66", "H67", "H68", "H70", "H73", "H74", "H75"),
)
def pre_affiliate(caller: Caller, company_id: str, body: PreAffiliate) -> EmployeeView:
    """The employee gets a mail and completes the affiliation alone."""
    invitation = Invitation(
        company_id=company_id,
        risk=body.risk,
        contract_id=body.contract_id,
        email=body.email,
        affiliation_date=body.affiliation_date,
    )
    return EmployeeView.of(pre_affiliation.invite(invitation))


@blueprint.endpoint(
    "POST",
    "/employer/companies/{company_id}/employees/{member_id}/invitation",
    access=Access.COMPANY_MANAGER,
    summary="Renvoyer l’invitation",
    response=EmployeeView,
    refusals=("not_invited", "too_many_attempts"),
    items=("H74",),
)
def resend_invitation(caller: Caller, company_id: str, member_id: str, source_ip: str) -> EmployeeView:
    """The new link replaces the former one."""
    return EmployeeView.of(pre_affiliation.resend(company_id, member_id, source_ip=source_ip))


@blueprint.endpoint(
    "DELETE",
    "/employer/companies/{company_id}/employees/{member_id}/invitation",
    access=Access.COMPANY_MANAGER,
    summary="Annuler l’invitation",
    response=EmployeeView,
    refusals=("not_invited",),
    items=("H74",),
)
def cancel_invitation(caller: Caller, company_id: str, member_id: str) -> EmployeeView:
    """The link stops working at once."""
    return EmployeeView.of(pre_affiliation.cancel(company_id, member_id))
