"""What an invited employee does with the link of the invitation: declare, then send documents (H69–H72)."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.api.forms import AddressForm, AnnounceUpload, Text
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Invited
from chalicelib.api.views import AffiliationView, RequestView, UploadView
from chalicelib.domain.member import LABELS, Relationship
from chalicelib.identifiers.fields import EmailStrFr, IbanStr, NirStr
from chalicelib.services import affiliation, companies, insured, uploads
from chalicelib.services.affiliation import AffiliationForm
from chalicelib.validation import Schema

blueprint = ApiBlueprint(__name__, tag="Affiliation")


class InvitationView(View):
    """Who invites, to which contracts, and how far the affiliation has come."""

    company: str
    email: str | None
    state: str
    state_label: str
    numero_adherent: str | None
    affiliations: list[AffiliationView]
    request: RequestView | None


class DependantForm(Schema):
    """A dependant; an adult needs a social security number."""

    relationship: Relationship
    first_name: Text
    last_name: Text
    birth_date: date
    nir: NirStr | None = None


class Affiliate(Body):
    """Everything the employee declares, at once."""

    EXAMPLE = {
        "first_name": "Léa",
        "last_name": "Martin",
        "birth_date": "1988-06-12",
        "nir": "288064410912327",
        "regime": "general",
        "address": {"line1": "12 rue des Lilas", "postcode": "44000", "city": "Nantes"},
        "iban": "FR7630004008230001234567819",
        "account_holder": "Léa Martin",
        "teletransmission": True,
        "dependants": [
            {"relationship": "enfant", "first_name": "Noé", "last_name": "Martin", "birth_date": "2019-09-03"}
        ],
    }

    first_name: Text
    last_name: Text
    birth_date: date
    nir: NirStr
    regime: Literal["general", "alsace_moselle"] = "general"
    address: AddressForm
    iban: IbanStr
    account_holder: Text
    email: EmailStrFr | None = None
    teletransmission: Annotated[bool, Field(description="Accord pour la télétransmission")] = False
    dependants: Annotated[list[DependantForm], Field(max_length=15)] = []


@blueprint.endpoint(
    "GET",
    "/affiliation",
    access=Access.INVITED,
    summary="Lire son invitation",
    response=InvitationView,
    refusals=("invitation_ended",),
    items=("H68", "H69"),
)
def read_invitation(caller: Invited) -> InvitationView:
    """The bearer token is the one of the invitation's link."""
    member = caller.member
    found = affiliation.request_of(member)
    return InvitationView(
        company=companies.get(member.company_id).name,
        email=member.email,
        state=member.state,
        state_label=LABELS[member.state],
        numero_adherent=member.numero_adherent,
        affiliations=AffiliationView.all_of(member),
        request=RequestView.of(found) if found else None,
    )


@blueprint.endpoint(
    "POST",
    "/affiliation",
    access=Access.INVITED,
    summary="S’affilier, avec ses ayants droit",
    request=Affiliate,
    response=RequestView,
    status=201,
    refusals=("invitation_ended", "already_submitted"),
    items=("H69", "H71", "H72", "M49", "M52", "M53"),
)
def affiliate(caller: Invited, body: Affiliate) -> RequestView:
    """Answers which documents are needed, for the employee and for each dependant."""
    form = AffiliationForm(
        first_name=body.first_name,
        last_name=body.last_name,
        birth_date=body.birth_date,
        nir=body.nir,
        regime=body.regime,
        address=insured.address_of(body.address),
        iban=body.iban,
        account_holder=body.account_holder,
        email=body.email,
        teletransmission=body.teletransmission,
        dependants=[
            affiliation.Dependant(
                relationship=one.relationship,
                first_name=one.first_name,
                last_name=one.last_name,
                birth_date=one.birth_date,
                nir=one.nir,
            )
            for one in body.dependants
        ],
    )
    return RequestView.of(affiliation.submit(caller.member, form))


@blueprint.endpoint(
    "POST",
    "/affiliation/uploads",
    access=Access.INVITED,
    summary="Annoncer l’envoi d’une pièce",
    request=AnnounceUpload,
    response=UploadView,
    status=201,
    refusals=("invitation_ended", "no_document_awaited", "too_many_files"),
    items=("M62", "M113"),
)
def announce_upload(caller: Invited, body: AnnounceUpload) -> UploadView:
    """Answers the form to send the file with, straight to storage."""
    announced = uploads.announce(
        affiliation.submitted_request(caller.member),
        kind=body.kind,
        about=body.about,
        name=body.name,
        content_type=body.content_type,
    )
    return UploadView.of(announced)
