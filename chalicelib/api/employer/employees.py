"""The employees of a company: affiliated or being affiliated; search, edit, invite, resend, cancel (H48–H75)."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from chalicelib import clock
from chalicelib.api import cursors
from chalicelib.api.cursors import Cursor
from chalicelib.api.employer.home import ShortcutView
from chalicelib.api.forms import AddressForm, Identifier
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import AddressView, AffiliationView, BeneficiaryView, Link
from chalicelib.domain.account import EmployerRole
from chalicelib.domain.company import Risk
from chalicelib.domain.journal import DataGroup
from chalicelib.domain.member import LABELS, AffiliationState, Member, MemberField, MemberSummary
from chalicelib.domain.shortcuts import of_employee
from chalicelib.identifiers.fields import EmailStrFr
from chalicelib.services import cards, employees, insured, pre_affiliation
from chalicelib.services.employees import Changes, Filters
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
    contract_id: Identifier
    email: EmailStrFr
    affiliation_date: date


class ListFilters(Schema):
    """What the list is narrowed to."""

    name: Annotated[str, Field(max_length=120, description="Le début du nom")] = ""
    text: Annotated[
        str,
        Field(
            max_length=200,
            description="Des mots du nom, du courriel ou de la référence, ou un numéro adhérent\u00a0; sans accents",
        ),
    ] = ""
    state: AffiliationState | None = None
    contract_id: Identifier | None = None
    risk: Risk | None = None

    @property
    def filters(self) -> Filters:
        """The same for the service."""
        return Filters(name=self.name, text=self.text, state=self.state, contract_id=self.contract_id, risk=self.risk)


class EmployeeQuery(ListFilters):
    """Which employees, and which page of them."""

    after: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class EmployeeSummaryView(View):
    """An employee as the list shows them (H48, H60)."""

    member_id: str
    name: str
    last_name: str
    first_name: str
    email: str | None
    numero_adherent: str | None
    reference: str
    state: str
    state_label: str
    contract_ids: list[str]
    risks: list[Risk]
    starts_on: date | None
    ends_on: date | None
    invited_until: date | None

    @classmethod
    def of(cls, one: MemberSummary) -> "EmployeeSummaryView":
        """The view of a summary."""
        return cls(
            member_id=one.member_id,
            name=one.name,
            last_name=one.last_name,
            first_name=one.first_name,
            email=one.email,
            numero_adherent=one.numero_adherent,
            reference=one.reference,
            state=one.state,
            state_label=LABELS[one.state],
            contract_ids=list(one.contract_ids),
            risks=list(one.risks),
            starts_on=one.starts_on,
            ends_on=one.ends_on,
            invited_until=one.invited_until,
        )


class EmployeeListView(View):
    """One page of employees by name; pass ``next`` as ``after`` to read on, even after a page that is short."""

    employees: list[EmployeeSummaryView]
    next: str | None


CHANGED = {
    MemberField.EMAIL: "Courriel",
    MemberField.REFERENCE: "Référence interne",
    MemberField.ADDRESS: "Adresse postale",
    MemberField.STARTS_ON: "Date d’affiliation",
}


class ChangeView(View):
    """One change that a user of the company made."""

    at: datetime
    by: str
    field: MemberField
    label: str
    before: str
    after: str


class EmployeeView(View):
    """An employee's sheet: contracts, covered people, what may be started from it; nothing of any care (H51–H61).

    ``proposed_email`` is an address that the insurer has yet to check; ``changes`` has the latest first.
    """

    member_id: str
    name: str
    email: str | None
    proposed_email: str | None
    numero_adherent: str | None
    reference: str
    address: AddressView | None
    state: str
    state_label: str
    affiliations: list[AffiliationView]
    beneficiaries: list[BeneficiaryView]
    invited_until: date | None
    card_available: bool
    actions: list[ShortcutView]
    changes: list[ChangeView]

    @classmethod
    def of(cls, member: Member, role: EmployerRole | None) -> "EmployeeView":
        """The view of an employee for a user of a role; only santé has covered people (H5, H53)."""
        has_health = any(one.risk is Risk.HEALTH for one in member.affiliations)
        return cls(
            member_id=member.member_id,
            name=member.name,
            email=member.email,
            proposed_email=member.proposed_email,
            numero_adherent=member.numero_adherent,
            reference=member.reference,
            address=AddressView.of(member.address) if member.address else None,
            state=member.state,
            state_label=LABELS[member.state],
            affiliations=AffiliationView.all_of(member),
            beneficiaries=[BeneficiaryView.of(one) for one in member.beneficiaries] if has_health else [],
            invited_until=member.invited_until if member.state in INVITABLE else None,
            card_available=member.card_key is not None,
            actions=ShortcutView.all_of(of_employee(member, role, clock.today())),
            changes=[
                ChangeView(
                    at=one.at,
                    by=one.by,
                    field=one.field,
                    label=CHANGED[one.field],
                    before=one.before,
                    after=one.after,
                )
                for one in reversed(member.changes)
            ],
        )


class FirstDay(Schema):
    """The first day of an affiliation."""

    contract_id: Identifier
    starts_on: date


class EditEmployee(Body):
    """What HR changes; what is left out stays as it is."""

    EXAMPLE = {
        "reference": "MAT-0042",
        "address": {"line1": "12 rue des Lilas", "postcode": "44000", "city": "Nantes"},
    }

    email: EmailStrFr | None = None
    reference: Annotated[str, Field(max_length=40)] | None = None
    address: AddressForm | None = None
    affiliations: Annotated[list[FirstDay], Field(max_length=10)] = []

    @property
    def as_changes(self) -> Changes:
        """The same for the service."""
        return Changes(
            email=self.email,
            reference=self.reference,
            address=insured.address_of(self.address) if self.address else None,
            starts_on={one.contract_id: one.starts_on for one in self.affiliations},
        )


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/employees",
    access=Access.COMPANY_READER,
    summary="Mes salariés",
    query=EmployeeQuery,
    response=EmployeeListView,
    items=("H34", "H35", "H48", "H49", "H60", "H70", "H71"),
    journal=(DataGroup.IDENTITY,),
)
def list_employees(caller: Caller, company_id: str, query: EmployeeQuery) -> EmployeeListView:
    """Employees appear as soon as they are pre-affiliated; by contract, this is the list of those on it."""
    after = cursors.decode(query.after, field="after")
    page, following = employees.page(company_id, query.filters, after=after, limit=query.limit)
    return EmployeeListView(employees=[EmployeeSummaryView.of(one) for one in page], next=cursors.encode(following))


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/employees/{member_id}",
    access=Access.COMPANY_READER,
    summary="Fiche d’un salarié",
    response=EmployeeView,
    items=("H5", "H51", "H52", "H53", "H54", "H55", "H56", "H58", "H59", "H61"),
    journal=(
        DataGroup.IDENTITY,
        DataGroup.CONTRACT,
    ),
)
def read_employee(caller: Caller, company_id: str, member_id: str) -> EmployeeView:
    """Contracts, covered people and shortcuts, never any care."""
    return EmployeeView.of(employees.get(company_id, member_id), caller.account.role)


@blueprint.endpoint(
    "PATCH",
    "/employer/companies/{company_id}/employees/{member_id}",
    access=Access.COMPANY_MANAGER,
    summary="Modifier les données d’un salarié",
    request=EditEmployee,
    response=EmployeeView,
    refusals=("too_many_attempts",),
    items=("H57", "H138"),
    journal=(
        DataGroup.IDENTITY,
        DataGroup.CONTRACT,
    ),
)
def edit_employee(caller: Caller, company_id: str, member_id: str, body: EditEmployee, source_ip: str) -> EmployeeView:
    """Another address or first day invites anew; the address of an affiliated employee is checked first."""
    changed = employees.modify(caller.account, company_id, member_id, body.as_changes, source_ip=source_ip)
    return EmployeeView.of(changed, caller.account.role)


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/employees/{member_id}/card",
    access=Access.COMPANY_READER,
    summary="Carte de tiers payant d’un salarié",
    response=Link,
    refusals=("document_not_ready",),
    items=("H56",),
    journal=(DataGroup.DOCUMENTS,),
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
    refusals=("already_affiliated", "already_leaving", "former_member"),
    items=("H62", "H63", "H64", "H65", "H66", "H67", "H68", "H70", "H73", "H74", "H75"),
    journal=(DataGroup.IDENTITY,),
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
    return EmployeeView.of(pre_affiliation.invite(invitation), caller.account.role)


@blueprint.endpoint(
    "POST",
    "/employer/companies/{company_id}/employees/{member_id}/invitation",
    access=Access.COMPANY_MANAGER,
    summary="Renvoyer l’invitation",
    response=EmployeeView,
    refusals=("not_invited", "too_many_attempts"),
    items=("H74",),
    journal=(DataGroup.IDENTITY,),
)
def resend_invitation(caller: Caller, company_id: str, member_id: str, source_ip: str) -> EmployeeView:
    """The new link replaces the former one."""
    resent = pre_affiliation.resend(company_id, member_id, source_ip=source_ip)
    return EmployeeView.of(resent, caller.account.role)


@blueprint.endpoint(
    "DELETE",
    "/employer/companies/{company_id}/employees/{member_id}/invitation",
    access=Access.COMPANY_MANAGER,
    summary="Annuler l’invitation",
    response=EmployeeView,
    refusals=("not_invited",),
    items=("H74",),
    journal=(DataGroup.IDENTITY,),
)
def cancel_invitation(caller: Caller, company_id: str, member_id: str) -> EmployeeView:
    """The link stops working at once."""
    return EmployeeView.of(pre_affiliation.cancel(company_id, member_id), caller.account.role)
