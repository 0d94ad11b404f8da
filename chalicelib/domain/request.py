"""A request of a user ("démarche"): one model for the member's tracker, the employer's list and the agents' queue."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from chalicelib.domain.claim import Claim
from chalicelib.domain.errors import Conflict
from chalicelib.domain.law import parameter
from chalicelib.domain.required_documents import DocumentKind, RequiredDocument


class RequestKind(StrEnum):
    """What is asked."""

    CLAIM = "claim"
    AFFILIATION = "affiliation"


class RequestState(StrEnum):
    """Where a request stands (dossier 10)."""

    PENDING_DOCUMENTS = "PENDING_DOCUMENTS"
    SUBMITTED = "SUBMITTED"
    IN_REVIEW = "IN_REVIEW"
    PAYMENT_ORDERED = "PAYMENT_ORDERED"
    NOTHING_DUE = "NOTHING_DUE"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    FAILED = "FAILED"
    CLOSED = "CLOSED"


LABELS = {
    RequestState.PENDING_DOCUMENTS: "En attente de vos pièces",
    RequestState.SUBMITTED: "En cours de traitement",
    RequestState.IN_REVIEW: "Examinée par un gestionnaire",
    RequestState.PAYMENT_ORDERED: "Virement ordonné",
    RequestState.NOTHING_DUE: "Traitée\u00a0: rien à verser",
    RequestState.ACCEPTED: "Acceptée",
    RequestState.REFUSED: "Refusée",
    RequestState.FAILED: "Incident\u00a0: reprise en cours par nos équipes",
    RequestState.CLOSED: "Classée sans suite",
}

ALLOWED = {
    RequestState.PENDING_DOCUMENTS: {RequestState.SUBMITTED, RequestState.CLOSED, RequestState.ACCEPTED},
    RequestState.SUBMITTED: {
        RequestState.IN_REVIEW,
        RequestState.PAYMENT_ORDERED,
        RequestState.NOTHING_DUE,
        RequestState.REFUSED,
        RequestState.FAILED,
    },
    RequestState.IN_REVIEW: {
        RequestState.PAYMENT_ORDERED,
        RequestState.NOTHING_DUE,
        RequestState.REFUSED,
        RequestState.PENDING_DOCUMENTS,
        RequestState.FAILED,
    },
    RequestState.FAILED: {RequestState.SUBMITTED, RequestState.REFUSED},
}


class Actor(StrEnum):
    """Who acts next."""

    MEMBER = "member"
    AGENT = "agent"
    SYSTEM = "system"
    NOBODY = "nobody"


NEXT_ACTOR = {
    RequestState.PENDING_DOCUMENTS: Actor.MEMBER,
    RequestState.SUBMITTED: Actor.SYSTEM,
    RequestState.IN_REVIEW: Actor.AGENT,
    RequestState.FAILED: Actor.AGENT,
}


class FileState(StrEnum):
    """What became of one uploaded file."""

    AWAITED = "AWAITED"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One file a person announced, then sent: which document it is meant to be, and what became of it."""

    document_id: str
    kind: DocumentKind
    about: str
    name: str
    state: FileState
    announced_at: datetime
    received_at: datetime | None = None
    sha256: str | None = None
    size: int | None = None
    content_type: str | None = None
    key: str | None = None
    refusal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One thing that happened to a request: when, by whom, which state it led to."""

    at: datetime
    actor: str
    event: str
    state: RequestState


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A démarche. ``claim`` is what is particular to a claim; ``round`` counts how often the file was complete."""

    request_id: str
    kind: RequestKind
    member_id: str
    company_id: str
    state: RequestState
    required: tuple[RequiredDocument, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    title: str
    claim: Claim | None = None
    history: tuple[HistoryEntry, ...] = ()
    reason: str | None = None
    due_on: date | None = None
    round: int = 1
    created_at: datetime
    version: int = 0

    @property
    def next_actor(self) -> Actor:
        """Who must act now."""
        return NEXT_ACTOR.get(self.state, Actor.NOBODY)

    @property
    def missing(self) -> tuple[RequiredDocument, ...]:
        """The required documents for which no file was accepted yet."""
        accepted = {(a.kind, a.about) for a in self.attachments if a.state is FileState.ACCEPTED}
        return tuple(one for one in self.required if (one.kind, one.about) not in accepted)

    def moved_to(
        self, state: RequestState, *, at: datetime, actor: str, event: str, reason: str | None = None
    ) -> "Request":
        """The same request in another state, its history longer by one entry.

        Errors: ``Conflict`` when the state machine has no such step.
        """
        if state not in ALLOWED.get(self.state, set()):
            sentence = f"La demande est «\u00a0{LABELS[self.state]}\u00a0»\u00a0: cette action n’est plus possible."
            raise Conflict("invalid_transition", sentence)
        entry = HistoryEntry(at=at, actor=actor, event=event, state=state)
        due_on = documents_due_on(at.date()) if NEXT_ACTOR.get(state) is Actor.MEMBER else None
        return replace(self, state=state, history=(*self.history, entry), reason=reason, due_on=due_on)

    def attachment(self, document_id: str) -> Attachment | None:
        """One announced file."""
        return next((one for one in self.attachments if one.document_id == document_id), None)

    def with_attachment(self, changed: Attachment) -> "Request":
        """The same request with one file changed, or added at the end."""
        if self.attachment(changed.document_id) is None:
            return replace(self, attachments=(*self.attachments, changed))
        files = tuple(changed if one.document_id == changed.document_id else one for one in self.attachments)
        return replace(self, attachments=files)


def documents_due_on(day: date) -> date:
    """The last day on which a request still waits for documents; it is closed the day after.

    Source: dossier 10, claim state PENDING_INFO (60 days).

    >>> documents_due_on(date(2026, 1, 1))
    datetime.date(2026, 3, 2)
    """
    return day + timedelta(days=int(parameter("claim.documents.wait", on=day).value))


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSummary:
    """What a list shows of a request; it cannot be saved."""

    request_id: str
    kind: RequestKind
    member_id: str
    state: RequestState
    title: str
    missing: int
    due_on: date | None
    created_at: datetime
