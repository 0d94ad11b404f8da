"""An agent finds a member, records an address, and sees to mails that were rejected (H135–H137, M114, M115)."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import AffiliationView
from chalicelib.domain.erasure import STATE_LABELS, Erasure, ErasureState
from chalicelib.domain.journal import DataGroup
from chalicelib.domain.member import Member
from chalicelib.domain.retention import LABELS, Category, Erased
from chalicelib.identifiers.fields import EmailStrFr, NumeroAdherentStr
from chalicelib.services import back_office, erasure, messages
from chalicelib.validation import Schema

blueprint = ApiBlueprint(__name__, tag="Gestion")


class MemberQuery(Schema):
    """Whom to find, and why: the member reads the reason in their journal."""

    numero_adherent: NumeroAdherentStr
    reason: Annotated[str, Field(min_length=5, max_length=200, examples=["Appel de l’assuré"])]


class RecordEmail(Body):
    """The address the member wrote from."""

    EXAMPLE = {"email": "lea.martin@exemple.fr"}

    email: EmailStrFr


class Resend(Body):
    """Where to send a rejected mail instead."""

    EXAMPLE = {"recipient": "lea.martin@exemple.fr"}

    recipient: EmailStrFr


class FoundMemberView(View):
    """A member as an agent finds them; ``proposed_email`` is the address HR gave, to be checked (H137, H138)."""

    member_id: str
    name: str
    email: str | None
    numero_adherent: str | None
    proposed_email: str | None
    affiliations: list[AffiliationView]

    @classmethod
    def of(cls, member: Member) -> "FoundMemberView":
        """The view of a member."""
        return cls(
            member_id=member.member_id,
            name=member.name,
            email=member.email,
            numero_adherent=member.numero_adherent,
            proposed_email=member.proposed_email,
            affiliations=AffiliationView.all_of(member),
        )


class ErasedView(View):
    """What became of one category of what is known of a person."""

    category: Category
    label: str
    erased: int
    kept: int
    kept_until: date | None
    source: str

    @classmethod
    def of(cls, one: Erased) -> "ErasedView":
        """The view of a category."""
        return cls(
            category=one.category,
            label=LABELS[one.category],
            erased=one.erased,
            kept=one.kept,
            kept_until=one.kept_until,
            source=one.source,
        )


class ErasureView(View):
    """What was erased so far and what the law keeps; what waits goes on by itself from ``next_day``."""

    state: ErasureState
    state_label: str
    asked_at: datetime
    next_day: date | None
    categories: list[ErasedView]

    @classmethod
    def of(cls, one: Erasure) -> "ErasureView":
        """The view of an erasure."""
        return cls(
            state=one.state,
            state_label=STATE_LABELS[one.state],
            asked_at=one.asked_at,
            next_day=one.next_day,
            categories=[ErasedView.of(category) for category in one.report],
        )


class MessageView(View):
    """A mail that could not be sent."""

    message_id: str
    template: str
    recipient: str
    about: str
    created_at: datetime
    rejection: str | None


class MessageListView(View):
    """Rejected mails, oldest first."""

    messages: list[MessageView]


@blueprint.endpoint(
    "GET",
    "/backoffice/members",
    access=Access.AGENT,
    summary="Trouver un assuré",
    query=MemberQuery,
    response=FoundMemberView,
    items=("H137", "M115"),
    journal=(DataGroup.IDENTITY, DataGroup.CONTRACT),
)
def find_member(caller: Caller, query: MemberQuery) -> FoundMemberView:
    """By numéro adhérent, for a reason."""
    return FoundMemberView.of(back_office.member_by_number(query.numero_adherent))


@blueprint.endpoint(
    "PUT",
    "/backoffice/members/{member_id}/email",
    access=Access.AGENT,
    summary="Enregistrer l’adresse d’un assuré",
    request=RecordEmail,
    response=FoundMemberView,
    items=("H135", "H136", "H137", "M12", "M13", "M14", "M115"),
    journal=(DataGroup.IDENTITY, DataGroup.CONTRACT),
)
def record_email(caller: Caller, member_id: str, body: RecordEmail) -> FoundMemberView:
    """The member then gets a mail that says so, and may ask for the link."""
    return FoundMemberView.of(back_office.record_email(member_id, body.email))


@blueprint.endpoint(
    "POST",
    "/backoffice/members/{member_id}/erasure",
    access=Access.AGENT,
    summary="Effacer une personne",
    response=ErasureView,
    status=202,
    refusals=("still_covered", "request_open"),
    items=("M115",),
)
def erase_member(caller: Caller, member_id: str) -> ErasureView:
    """What nothing asks to keep goes within minutes, the rest by itself as soon as the law lets it go."""
    return ErasureView.of(erasure.ask(member_id, asked_by=caller.account.account_id))


@blueprint.endpoint(
    "GET",
    "/backoffice/members/{member_id}/erasure",
    access=Access.AGENT,
    summary="Où en est un effacement",
    response=ErasureView,
    items=("M115",),
)
def read_erasure(caller: Caller, member_id: str) -> ErasureView:
    """What went and what stays, until when and under which law; also once the person is gone."""
    return ErasureView.of(erasure.get(member_id))


@blueprint.endpoint(
    "GET",
    "/backoffice/rejected-messages",
    access=Access.AGENT,
    summary="Mails refusés",
    response=MessageListView,
    items=("M114",),
)
def rejected_messages(caller: Caller) -> MessageListView:
    """What the mail service would not send."""
    return MessageListView(messages=[MessageView.model_validate(one) for one in back_office.rejected_messages()])


@blueprint.endpoint(
    "POST",
    "/backoffice/rejected-messages/{message_id}/resending",
    access=Access.AGENT,
    summary="Renvoyer un mail refusé",
    request=Resend,
    status=202,
    refusals=("not_rejected", "personal_link", "content_dropped"),
    items=("M114",),
)
def resend_message(caller: Caller, message_id: str, body: Resend) -> None:
    """To another address."""
    messages.resend(message_id, recipient=body.recipient)
