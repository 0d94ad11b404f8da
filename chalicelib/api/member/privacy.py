"""Whose care the member may read: the consent of their adult dependants (A12)."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.domain.member import Beneficiary
from chalicelib.domain.privacy import LABELS, Choice, SharingState
from chalicelib.identifiers.fields import EmailStrFr
from chalicelib.services import privacy

blueprint = ApiBlueprint(__name__, tag="Espace personnel")


class AskConsent(Body):
    """The adult dependant's own e-mail address."""

    EXAMPLE = {"email": "tom.martin@exemple.fr"}

    email: Annotated[EmailStrFr, Field(description="L’adresse personnelle de la personne, différente de la vôtre")]


class DecidedView(View):
    """One decision and when it was made."""

    choice: Choice
    at: datetime


class ConsentView(View):
    """Where the consent of an adult dependant stands."""

    beneficiary_id: str
    name: str
    state: SharingState
    state_label: str
    email: str | None = Field(description="L’adresse interrogée")
    asked_at: datetime | None
    history: list[DecidedView]

    @classmethod
    def of(cls, person: Beneficiary) -> "ConsentView":
        """The view of a dependant's consent."""
        sharing = person.sharing
        state = sharing.state if sharing else SharingState.NOT_ASKED
        return cls(
            beneficiary_id=person.beneficiary_id,
            name=person.name,
            state=state,
            state_label=LABELS[state],
            email=sharing.email if sharing else None,
            asked_at=sharing.asked_at if sharing else None,
            history=[DecidedView.model_validate(one) for one in sharing.decisions] if sharing else [],
        )


class ConsentListView(View):
    """The adult dependants of the member."""

    consents: list[ConsentView]


@blueprint.endpoint(
    "GET",
    "/member/consents",
    access=Access.MEMBER,
    summary="L’accord de mes ayants droit majeurs",
    response=ConsentListView,
    items=("M35",),
)
def list_consents(caller: Caller) -> ConsentListView:
    """Without their consent, the policyholder reads the days and amounts of their reimbursements only."""
    return ConsentListView(consents=[ConsentView.of(one) for one in privacy.adults(caller.member_id)])


@blueprint.endpoint(
    "POST",
    "/member/consents/{beneficiary_id}/invitation",
    access=Access.MEMBER,
    summary="Demander son accord à un ayant droit majeur",
    request=AskConsent,
    response=ConsentView,
    status=202,
    refusals=("already_agreed", "address_decided", "too_many_attempts"),
    items=("M35",),
)
def ask_consent(caller: Caller, beneficiary_id: str, body: AskConsent, source_ip: str) -> ConsentView:
    """A link goes to the person, who alone decides."""
    return ConsentView.of(privacy.invite(caller.member_id, beneficiary_id, body.email, source_ip=source_ip))
