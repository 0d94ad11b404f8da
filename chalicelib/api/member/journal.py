"""The member reads who saw what of them, when and why (art. 15 RGPD; M115)."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import View
from chalicelib.api.session import Access, Caller
from chalicelib.domain.journal import Consultation, DataGroup, ViewerKind
from chalicelib.services import journal
from chalicelib.validation import Schema

blueprint = ApiBlueprint(__name__, tag="Espace personnel")


class JournalQuery(Schema):
    """Which page of the journal."""

    before: Annotated[int, Field(ge=1, le=10**12)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class ConsultationView(View):
    """One access to the member's data; ``purpose`` is what the person was doing, ``reason`` what they said of it."""

    place: int
    at: datetime
    viewer: ViewerKind
    groups: list[DataGroup]
    sentence: str
    purpose: str
    reason: str
    request_id: str

    @classmethod
    def of(cls, place: int, one: Consultation) -> "ConsultationView":
        """The view of an access."""
        return cls(
            place=place,
            at=one.at,
            viewer=one.viewer.kind,
            groups=list(one.groups),
            sentence=journal.sentence(one),
            purpose=one.purpose,
            reason=one.reason,
            request_id=one.request_id,
        )


class JournalView(View):
    """One page of the journal, newest first; pass ``next`` as ``before`` to read on."""

    consultations: list[ConsultationView]
    next: int | None


@blueprint.endpoint(
    "GET",
    "/member/journal",
    access=Access.MEMBER,
    summary="Qui a consulté mes données",
    query=JournalQuery,
    response=JournalView,
    items=("M115",),
)
def read_journal(caller: Caller, query: JournalQuery) -> JournalView:
    """What the insurer's agents and the employer saw, and the member's own sign-ins and downloads; kept a year."""
    found, following = journal.page(caller.member_id, before=query.before, limit=query.limit)
    return JournalView(consultations=[ConsultationView.of(place, one) for place, one in found], next=following)
