"""The member asks for a hospital commitment and follows it; its document goes to the hospital alone (M65–M71)."""

from datetime import date

from pydantic import Field

from chalicelib.api.forms import Identifier, Text
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import RequestView
from chalicelib.domain.hospital_commitment import SPECIALITIES, HospitalAsGiven, PlannedStay, Speciality
from chalicelib.domain.request import Request
from chalicelib.identifiers.fields import EmailStrFr, FinessStr
from chalicelib.services import hospital_commitments
from chalicelib.services.hospital_commitments import Asked, commitment_of
from chalicelib.validation import Schema

blueprint = ApiBlueprint(__name__, tag="Espace personnel")


class PlannedStayForm(Schema):
    """The stay (M66)."""

    enters_on: date
    leaves_on: date | None = Field(default=None, description="Dernier jour prévu, s’il est connu")
    speciality: Speciality
    private_room: bool = False


class HospitalForm(Schema):
    """The hospital (M67)."""

    finess: FinessStr
    name: Text
    city: Text
    email: EmailStrFr | None = Field(
        default=None,
        description="Adresse connue du membre\u00a0; rien n’y part avant sa vérification par un gestionnaire",
    )


class AskCommitment(Body):
    """A hospital commitment: who is admitted, the stay, the hospital."""

    EXAMPLE = {
        "beneficiary_id": "9d2b7c40e1f64c8e8a35b60d7f21c5e9",
        "stay": {
            "enters_on": "2026-12-07",
            "leaves_on": "2026-12-10",
            "speciality": "chirurgie",
            "private_room": True,
        },
        "hospital": {"finess": "440000289", "name": "CHU de Nantes", "city": "Nantes"},
    }

    beneficiary_id: Identifier
    stay: PlannedStayForm
    hospital: HospitalForm


class CommitmentView(View):
    """A commitment as the member follows it: a state, its number and its days; never the document (M70, M71)."""

    request: RequestView
    beneficiary_id: str
    enters_on: date
    leaves_on: date | None
    speciality: Speciality
    speciality_label: str
    private_room: bool
    hospital_name: str
    hospital_city: str
    number: str | None
    valid_to: date | None

    @classmethod
    def of(cls, request: Request) -> "CommitmentView":
        """The view of a commitment."""
        one = commitment_of(request)
        return cls(
            request=RequestView.of(request),
            beneficiary_id=one.beneficiary_id,
            enters_on=one.stay.enters_on,
            leaves_on=one.stay.leaves_on,
            speciality=one.stay.speciality,
            speciality_label=SPECIALITIES[one.stay.speciality],
            private_room=one.stay.private_room,
            hospital_name=one.hospital.name,
            hospital_city=one.hospital.city,
            number=one.grant.number if one.grant else None,
            valid_to=one.grant.valid_to if one.grant else None,
        )


@blueprint.endpoint(
    "POST",
    "/member/hospital-commitments",
    access=Access.MEMBER,
    summary="Demander une prise en charge hospitalière",
    request=AskCommitment,
    response=CommitmentView,
    status=201,
    refusals=("key_reused", "already_requested"),
    idempotent=True,
    items=("M22", "M40", "M65", "M66", "M67", "M68", "M69", "M112"),
)
def ask_commitment(caller: Caller, body: AskCommitment, idempotency_key: str) -> CommitmentView:
    """Granted at once when the hospital's address is verified, else seen to by an agent; the same key asks once."""
    asked = Asked(
        beneficiary_id=body.beneficiary_id,
        stay=PlannedStay(
            enters_on=body.stay.enters_on,
            leaves_on=body.stay.leaves_on,
            speciality=body.stay.speciality,
            private_room=body.stay.private_room,
        ),
        hospital=HospitalAsGiven(
            finess=body.hospital.finess,
            name=body.hospital.name,
            city=body.hospital.city,
            email=body.hospital.email,
        ),
    )
    return CommitmentView.of(hospital_commitments.ask(caller.member_id, asked, idempotency_key=idempotency_key))


@blueprint.endpoint(
    "GET",
    "/member/hospital-commitments/{request_id}",
    access=Access.MEMBER,
    summary="Suivre une prise en charge hospitalière",
    response=CommitmentView,
    items=("M40", "M70", "M71", "M112"),
)
def read_commitment(caller: Caller, request_id: str) -> CommitmentView:
    """Where it stands; the document itself is the hospital's."""
    return CommitmentView.of(hospital_commitments.get(caller.member_id, request_id))
