"""The directory of hospitals that agents keep, and the commitments that wait for one of its addresses (M71, M115)."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from chalicelib.api import cursors
from chalicelib.api.cursors import Cursor
from chalicelib.api.forms import Text
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import RequestView
from chalicelib.domain.errors import FieldErrors
from chalicelib.domain.hospital import HOSPITAL_LABELS, Hospital, HospitalState
from chalicelib.domain.hospital_commitment import SPECIALITIES
from chalicelib.domain.journal import DataGroup
from chalicelib.domain.request import Request
from chalicelib.identifiers import parse_finess
from chalicelib.identifiers.fields import EmailStrFr
from chalicelib.identifiers.reading import InvalidIdentifier
from chalicelib.services import hospital_commitments, hospitals
from chalicelib.services.hospital_commitments import commitment_of
from chalicelib.validation import Schema

blueprint = ApiBlueprint(__name__, tag="Gestion")

Reason = Annotated[str, Field(min_length=3, max_length=300)]


class HospitalsQuery(Schema):
    """Which part of the directory."""

    state: HospitalState = HospitalState.VERIFIED
    after: Cursor | None = None


class RecordHospital(Body):
    """A hospital, and the address that its commitments go to."""

    EXAMPLE = {"name": "CHU de Nantes", "city": "Nantes", "email": "prises-en-charge@chu.example.org"}

    name: Text
    city: Text
    email: EmailStrFr


class VerifyHospital(Body):
    """That an address is the hospital's: the address that was checked, and what proves it."""

    EXAMPLE = {
        "email": "prises-en-charge@chu.example.org",
        "proof": "Confirmée par le standard, au numéro de l’annuaire public.",
    }

    email: EmailStrFr
    proof: Reason


class RetireHospital(Body):
    """Why an address is no longer written to."""

    EXAMPLE = {"reason": "Le service a fermé."}

    reason: Reason


class HospitalEntryView(View):
    """One thing an agent did to an entry."""

    at: datetime
    agent_id: str
    event: str
    email: str
    proof: str


class HospitalView(View):
    """A hospital of the directory."""

    finess: str
    name: str
    city: str
    email: str
    state: HospitalState
    state_label: str
    history: list[HospitalEntryView]

    @classmethod
    def of(cls, hospital: Hospital) -> "HospitalView":
        """The view of a hospital."""
        return cls(
            finess=hospital.finess,
            name=hospital.name,
            city=hospital.city,
            email=hospital.email,
            state=hospital.state,
            state_label=HOSPITAL_LABELS[hospital.state],
            history=[HospitalEntryView.model_validate(one) for one in hospital.history],
        )


class HospitalListView(View):
    """A page of the directory, by city and name."""

    hospitals: list[HospitalView]
    next: str | None


class PromiseView(View):
    """One thing that is guaranteed."""

    label: str
    sentence: str
    unit_cents: int | None
    total_cents: int | None


class AgentCommitmentView(View):
    """A commitment as an agent reads it: what is asked, of which hospital, what was granted, to which address."""

    request: RequestView
    beneficiary_name: str
    enters_on: date
    leaves_on: date | None
    speciality_label: str
    private_room: bool
    finess: str
    hospital_name: str
    hospital_city: str
    email_as_given: str | None
    hospital: HospitalView | None
    number: str | None
    valid_from: date | None
    valid_to: date | None
    recipient: str | None
    promises: list[PromiseView]

    @classmethod
    def of(cls, request: Request, hospital: Hospital | None) -> "AgentCommitmentView":
        """The view of a commitment."""
        one = commitment_of(request)
        grant = one.grant
        return cls(
            request=RequestView.of(request),
            beneficiary_name=one.beneficiary_name,
            enters_on=one.stay.enters_on,
            leaves_on=one.stay.leaves_on,
            speciality_label=SPECIALITIES[one.stay.speciality],
            private_room=one.stay.private_room,
            finess=one.hospital.finess,
            hospital_name=one.hospital.name,
            hospital_city=one.hospital.city,
            email_as_given=one.hospital.email,
            hospital=HospitalView.of(hospital) if hospital else None,
            number=grant.number if grant else None,
            valid_from=grant.valid_from if grant else None,
            valid_to=grant.valid_to if grant else None,
            recipient=grant.recipient if grant else None,
            promises=[PromiseView.model_validate(promise) for promise in grant.promises] if grant else [],
        )


@blueprint.endpoint(
    "GET",
    "/backoffice/hospitals",
    access=Access.AGENT,
    summary="L’annuaire des hôpitaux",
    query=HospitalsQuery,
    response=HospitalListView,
    items=("M71", "M115"),
)
def list_hospitals(caller: Caller, query: HospitalsQuery) -> HospitalListView:
    """Those in one state, by city and name."""
    page, following = hospitals.listed(query.state, after=cursors.decode(query.after, field="after"))
    return HospitalListView(hospitals=[HospitalView.of(one) for one in page], next=cursors.encode(following))


@blueprint.endpoint(
    "PUT",
    "/backoffice/hospitals/{finess}",
    access=Access.AGENT,
    summary="Ajouter ou modifier un hôpital",
    request=RecordHospital,
    response=HospitalView,
    items=("M67", "M71", "M115"),
)
def record_hospital(caller: Caller, finess: str, body: RecordHospital) -> HospitalView:
    """Another address is not written to before it is verified."""
    recorded = hospitals.record(
        _finess(finess), name=body.name, city=body.city, email=body.email, agent_id=caller.account.account_id
    )
    return HospitalView.of(recorded)


@blueprint.endpoint(
    "POST",
    "/backoffice/hospitals/{finess}/verification",
    access=Access.AGENT,
    summary="Attester l’adresse d’un hôpital",
    request=VerifyHospital,
    response=HospitalView,
    refusals=("hospital_retired", "another_address", "own_address"),
    items=("M71", "M115"),
)
def verify_hospital(caller: Caller, finess: str, body: VerifyHospital) -> HospitalView:
    """By another agent than the one who recorded it; commitments may go there from now on, the proof is kept."""
    verified = hospitals.verify(_finess(finess), email=body.email, proof=body.proof, agent_id=caller.account.account_id)
    return HospitalView.of(verified)


@blueprint.endpoint(
    "POST",
    "/backoffice/hospitals/{finess}/retirement",
    access=Access.AGENT,
    summary="Retirer l’adresse d’un hôpital",
    request=RetireHospital,
    response=HospitalView,
    items=("M71", "M115"),
)
def retire_hospital(caller: Caller, finess: str, body: RetireHospital) -> HospitalView:
    """Nothing is sent to it any more; what was sent stays."""
    return HospitalView.of(hospitals.retire(_finess(finess), reason=body.reason, agent_id=caller.account.account_id))


@blueprint.endpoint(
    "GET",
    "/backoffice/hospital-commitments/{request_id}",
    access=Access.AGENT,
    summary="Une prise en charge hospitalière",
    response=AgentCommitmentView,
    items=("M71", "M115"),
    journal=(DataGroup.CARE,),
)
def read_commitment(caller: Caller, request_id: str) -> AgentCommitmentView:
    """What is asked, what the directory knows of the hospital, and what was granted."""
    return AgentCommitmentView.of(*hospital_commitments.for_agent(request_id))


def _finess(text: str) -> str:
    """The FINESS of a path. Errors: ``FieldErrors``."""
    try:
        return parse_finess(text)
    except InvalidIdentifier as fault:
        raise FieldErrors.on("finess", fault.sentence, "invalid_identifier") from fault
