"""The pay that a company declares for its prévoyance contracts: what is awaited, one month, a sheet to fill in."""

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from chalicelib import clock
from chalicelib.api.employer.affiliation_files import SheetView
from chalicelib.api.forms import Identifier
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.domain.contributions.declared_pay import PayDeclaration, PaySource
from chalicelib.domain.errors import NotFound
from chalicelib.domain.journal import DataGroup
from chalicelib.domain.salary_sheet import MOST_PAY_CENTS
from chalicelib.services import salaries
from chalicelib.services.salaries import MonthOfContract, MonthState, MonthToDeclare, PayOfMember
from chalicelib.validation import Schema

blueprint = ApiBlueprint(__name__, tag="Espace RH")

MONTH = re.compile(r"(?P<year>20\d{2})-(?P<month>0[1-9]|1[0-2])")


class PayForm(Schema):
    """The gross pay of one employee for the month, in cents."""

    member_id: Identifier
    pay_cents: Annotated[int, Field(examples=[320050], description=f"De 0 à {MOST_PAY_CENTS}")]


class DeclarePay(Body):
    """The pay of some employees, or of all, for the month; those who are not named keep what was declared."""

    EXAMPLE = {"amounts": [{"member_id": "9d2b7c40e1f64c8e8a35b60d7f21c5e9", "pay_cents": 320050}]}

    amounts: Annotated[list[PayForm], Field(min_length=1, max_length=2000)]


class MonthToDeclareView(View):
    """One month of one contract, and how much of it is declared; ``total_cents`` is what is declared so far."""

    contract_id: str
    contract_number: str
    contract_label: str
    month: str
    due_on: date
    state: MonthState
    late: bool
    expected: int
    declared: int
    missing: int
    total_cents: int

    @classmethod
    def of(cls, one: MonthToDeclare) -> "MonthToDeclareView":
        """The view of a month."""
        return cls(
            contract_id=one.contract.contract_id,
            contract_number=one.contract.number,
            contract_label=one.contract.label,
            month=f"{one.month:%Y-%m}",
            due_on=one.due_on,
            state=one.state,
            late=one.is_late(clock.today()),
            expected=one.expected,
            declared=one.declared,
            missing=one.expected - one.declared,
            total_cents=one.total_cents,
        )


class ToDeclareView(View):
    """What a company declares."""

    months: list[MonthToDeclareView]


class PayOfMemberView(View):
    """One employee of the month; ``pay_cents`` is null while nothing is declared."""

    member_id: str
    name: str
    numero_adherent: str
    reference: str
    pay_cents: int | None

    @classmethod
    def of(cls, one: PayOfMember) -> "PayOfMemberView":
        """The view of an employee."""
        return cls(
            member_id=one.member.member_id,
            name=one.member.name,
            numero_adherent=one.member.numero_adherent,
            reference=one.member.reference,
            pay_cents=one.pay_cents,
        )


class PayDeclarationView(View):
    """One declaration of the month: when, by whom, how, and for how many people."""

    declared_at: datetime
    by: str
    source: PaySource
    recall: bool
    people: int

    @classmethod
    def of(cls, one: PayDeclaration) -> "PayDeclarationView":
        """The view of a declaration."""
        return cls(
            declared_at=one.declared_at, by=one.by, source=one.source, recall=one.adjusts, people=len(one.amounts)
        )


class MonthOfContractView(View):
    """One month of one contract: everybody it concerns, by name, and the declarations that were made, oldest first."""

    contract_id: str
    contract_number: str
    month: str
    due_on: date
    people: list[PayOfMemberView]
    declarations: list[PayDeclarationView]

    @classmethod
    def of(cls, one: MonthOfContract) -> "MonthOfContractView":
        """The view of a month."""
        return cls(
            contract_id=one.contract.contract_id,
            contract_number=one.contract.number,
            month=f"{one.month:%Y-%m}",
            due_on=one.due_on,
            people=[PayOfMemberView.of(each) for each in one.people],
            declarations=[PayDeclarationView.of(each) for each in one.declarations],
        )


def month_in(text: str) -> date:
    """The month of an address, 2026-03, as its first day.

    Errors: ``NotFound``.
    """
    found = MONTH.fullmatch(text)
    if found is None:
        raise NotFound
    return date(int(found["year"]), int(found["month"]), 1)


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/salaries",
    access=Access.COMPANY_READER,
    summary="Salaires à déclarer",
    response=ToDeclareView,
    items=("H4", "H43", "H115"),
)
def list_salaries(caller: Caller, company_id: str) -> ToDeclareView:
    """Each month of each prévoyance contract whose contributions are a share of pay, newest first."""
    return ToDeclareView(months=[MonthToDeclareView.of(one) for one in salaries.to_declare(company_id)])


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/contracts/{contract_id}/salaries/{month}",
    access=Access.COMPANY_READER,
    summary="Salaires d’un mois",
    response=MonthOfContractView,
    items=("H4", "H43"),
    journal=(DataGroup.PAY,),
)
def read_salaries(caller: Caller, company_id: str, contract_id: str, month: str) -> MonthOfContractView:
    """A month is written 2026-03."""
    return MonthOfContractView.of(salaries.month_of_contract(company_id, contract_id, month_in(month)))


@blueprint.endpoint(
    "PUT",
    "/employer/companies/{company_id}/contracts/{contract_id}/salaries/{month}",
    access=Access.COMPANY_MANAGER,
    summary="Déclarer les salaires d’un mois",
    request=DeclarePay,
    response=MonthOfContractView,
    items=("H4", "H43", "H46"),
    journal=(DataGroup.PAY,),
)
def declare_salaries(
    caller: Caller, company_id: str, contract_id: str, month: str, body: DeclarePay
) -> MonthOfContractView:
    """A later declaration corrects an earlier one, which is kept; the same one again changes nothing."""
    amounts = [(one.member_id, one.pay_cents) for one in body.amounts]
    return MonthOfContractView.of(salaries.declare(caller.account, company_id, contract_id, month_in(month), amounts))


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/contracts/{contract_id}/salaries/{month}/template",
    access=Access.COMPANY_MANAGER,
    summary="Modèle de fichier des salaires d’un mois",
    response=SheetView,
    items=("H4", "H43"),
)
def salaries_template(caller: Caller, company_id: str, contract_id: str, month: str) -> SheetView:
    """Everybody the month concerns, with what is declared so far."""
    content = salaries.template(company_id, contract_id, month_in(month))
    return SheetView(name=f"salaires-{month}.csv", content=content)
