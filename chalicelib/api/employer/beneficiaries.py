"""Add a beneficiary from an employee's sheet, under the rules of the member's own space (H96, H97)."""

from chalicelib.api.forms import AddBeneficiary
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import RequestView
from chalicelib.domain.journal import DataGroup
from chalicelib.domain.request import Actor
from chalicelib.services import beneficiary_additions, employees

blueprint = ApiBlueprint(__name__, tag="Espace RH")


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
    request = beneficiary_additions.ask(
        employees.get(company_id, member_id),
        body.person,
        event_on=body.event_on,
        teletransmission=body.teletransmission,
        opened_by=Actor.EMPLOYER,
        account_id=caller.account.account_id,
    )
    return RequestView.of(request)
