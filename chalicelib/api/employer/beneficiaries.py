"""Add a beneficiary from an employee's sheet, under the rules of the member's own space (H96, H97)."""

from datetime import date
from typing import Annotated

from pydantic import Field

from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import RequestView
from chalicelib.domain.journal import DataGroup
from chalicelib.domain.member import Relationship
from chalicelib.domain.request import Actor
from chalicelib.identifiers.fields import NirStr
from chalicelib.services import beneficiary_additions, employees
from chalicelib.services.affiliation import Dependant

blueprint = ApiBlueprint(__name__, tag="Espace RH")

Name = Annotated[str, Field(min_length=1, max_length=80)]


class AddBeneficiary(Body):
    """The person to cover, and the event that makes them a dependant: birth, marriage, start of life together (M52)."""

    EXAMPLE = {
        "relationship": "enfant",
        "first_name": "Zoé",
        "last_name": "Martin",
        "birth_date": "2026-03-01",
        "event_on": "2026-03-01",
    }

    relationship: Relationship
    first_name: Name
    last_name: Name
    birth_date: date
    nir: NirStr | None = None
    event_on: date
    teletransmission: bool = False


@blueprint.endpoint(
    "POST",
    "/employer/companies/{company_id}/employees/{member_id}/beneficiaries",
    access=Access.COMPANY_MANAGER,
    summary="Ajouter un bénéficiaire",
    request=AddBeneficiary,
    response=RequestView,
    status=201,
    refusals=("already_covered", "already_requested", "partner_covered", "not_affiliated"),
    items=("H96", "H97", "M48", "M49", "M50", "M52", "M53", "M54", "M55", "M56", "M57"),
    journal=(DataGroup.CONTRACT,),
)
def add_beneficiary(caller: Caller, company_id: str, member_id: str, body: AddBeneficiary) -> RequestView:
    """Answers the documents to send; the person is covered, and the card follows, once they are all good."""
    person = Dependant(
        relationship=body.relationship,
        first_name=body.first_name,
        last_name=body.last_name,
        birth_date=body.birth_date,
        nir=body.nir,
    )
    request = beneficiary_additions.ask(
        employees.get(company_id, member_id),
        person,
        event_on=body.event_on,
        teletransmission=body.teletransmission,
        opened_by=Actor.EMPLOYER,
        account_id=caller.account.account_id,
    )
    return RequestView.of(request)
