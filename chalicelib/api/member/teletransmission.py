"""The member's télétransmission, person by person: its state, the days without, switch on, switch off (M72–M80)."""

from datetime import date, timedelta

from pydantic import Field

from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import RequestView
from chalicelib.domain.member import Teletransmission
from chalicelib.domain.periods import Period
from chalicelib.domain.teletransmission import HINTS, Wish
from chalicelib.services import teletransmission
from chalicelib.services.teletransmission import Standing

blueprint = ApiBlueprint(__name__, tag="Espace personnel")


class ActivateTeletransmission(Body):
    """The date that the attestation of rights bears; the file is sent afterwards (M73, M75)."""

    EXAMPLE = {"attestation_issued_on": "2026-03-02"}

    attestation_issued_on: date


class TeletransmissionGapView(View):
    """Covered days whose statements the scheme does not send, first and last included: send paper ones (M78)."""

    first_day: date
    last_day: date

    @classmethod
    def of(cls, period: Period) -> "TeletransmissionGapView":
        """The view of a period that has ended or ends today."""
        end = period.end or date.max
        return cls(first_day=period.start, last_day=end - timedelta(days=1))


class TeletransmissionStandingView(View):
    """One person's télétransmission."""

    beneficiary_id: str
    name: str
    state: Teletransmission
    label: str
    since: date | None
    may_ask: Wish | None = Field(description="Ce qui peut être demandé maintenant")
    gaps: list[TeletransmissionGapView]

    @classmethod
    def of(cls, one: Standing) -> "TeletransmissionStandingView":
        """The view of one person's télétransmission."""
        return cls(
            beneficiary_id=one.person.beneficiary_id,
            name=one.person.name,
            state=one.state,
            label=one.label,
            since=one.since,
            may_ask=one.may_ask,
            gaps=[TeletransmissionGapView.of(period) for period in one.gaps],
        )


class TeletransmissionView(View):
    """Everybody's télétransmission, and what to know of it."""

    people: list[TeletransmissionStandingView]
    hints: list[str]


@blueprint.endpoint(
    "GET",
    "/member/teletransmission",
    access=Access.MEMBER,
    summary="Ma télétransmission",
    response=TeletransmissionView,
    items=("M46", "M56", "M73", "M76", "M77", "M78", "M79", "M80", "H149"),
)
def read(caller: Caller) -> TeletransmissionView:
    """Each covered person's state, and the days for which paper statements are needed."""
    standings = teletransmission.of_member(caller.member_id)
    return TeletransmissionView(people=[TeletransmissionStandingView.of(one) for one in standings], hints=list(HINTS))


@blueprint.endpoint(
    "POST",
    "/member/beneficiaries/{beneficiary_id}/teletransmission/activation",
    access=Access.MEMBER,
    summary="Activer la télétransmission",
    request=ActivateTeletransmission,
    response=RequestView,
    status=201,
    refusals=("not_covered", "not_possible_now"),
    items=("M46", "M72", "M74", "M75"),
)
def activate(caller: Caller, beneficiary_id: str, body: ActivateTeletransmission) -> RequestView:
    """Answers the document to send: an attestation of rights less than six months old on the day it is sent."""
    request = teletransmission.ask_activation(caller.member_id, beneficiary_id, issued_on=body.attestation_issued_on)
    return RequestView.of(request)


@blueprint.endpoint(
    "POST",
    "/member/beneficiaries/{beneficiary_id}/teletransmission/deactivation",
    access=Access.MEMBER,
    summary="Arrêter la télétransmission",
    response=RequestView,
    status=201,
    refusals=("not_covered", "not_possible_now"),
    items=("M46", "M72"),
)
def deactivate(caller: Caller, beneficiary_id: str) -> RequestView:
    """The scheme goes on sending its statements until the end is confirmed."""
    return RequestView.of(teletransmission.ask_deactivation(caller.member_id, beneficiary_id))
