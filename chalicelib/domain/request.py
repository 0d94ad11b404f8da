"""A request of a user ("démarche"): one model for the trackers of members and employers and the agents' queues."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from chalicelib.domain.address_change import AddressChange
from chalicelib.domain.claim import Claim
from chalicelib.domain.contributions.ask import ContributionAsk
from chalicelib.domain.errors import Conflict
from chalicelib.domain.hospital_commitment import Commitment
from chalicelib.domain.law import parameter
from chalicelib.domain.mandate import BankChange
from chalicelib.domain.member import Beneficiary
from chalicelib.domain.quote import Quote
from chalicelib.domain.required_documents import DocumentKind, RequiredDocument
from chalicelib.domain.teletransmission import TeletransmissionAsk
from chalicelib.domain.work_queue import Agent, Group, Handling, Holder
from chalicelib.domain.work_stoppage.deadline import day_in_paris
from chalicelib.domain.work_stoppage.declaration import Declaration
from chalicelib.domain.work_stoppage.state import ALLOWED, StoppageState


class RequestKind(StrEnum):
    """What is asked."""

    CLAIM = "claim"
    AFFILIATION = "affiliation"
    BENEFICIARY_ADDITION = "beneficiary_addition"
    DEPARTURE = "departure"
    PORTABILITY_PROOF = "portability_proof"
    BANK_DETAILS = "bank_details"
    WORK_STOPPAGE = "work_stoppage"
    TELETRANSMISSION = "teletransmission"
    ESTIMATE = "estimate"
    HOSPITAL_COMMITMENT = "hospital_commitment"
    BENEFICIARY_REMOVAL = "beneficiary_removal"
    SITUATION_CERTIFICATE = "situation_certificate"
    ADDRESS = "address"
    EMAIL_PROPOSAL = "email_proposal"
    CONTRIBUTION = "contribution"
    FLOW = "flow"


class RequestState(StrEnum):
    """Where a request stands (dossier 10)."""

    DRAFT = "DRAFT"
    PENDING_DOCUMENTS = "PENDING_DOCUMENTS"
    PENDING_SIGNATURE = "PENDING_SIGNATURE"
    SCHEDULED = "SCHEDULED"
    SUBMITTED = "SUBMITTED"
    IN_REVIEW = "IN_REVIEW"
    PAYMENT_ORDERED = "PAYMENT_ORDERED"
    NOTHING_DUE = "NOTHING_DUE"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    FAILED = "FAILED"
    CLOSED = "CLOSED"
    ESTIMATE_READY = "ESTIMATE_READY"
    SENT = "SENT"
    ACKED = "ACKED"
    AGREED = "AGREED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"


LABELS = {
    RequestState.DRAFT: "Brouillon",
    RequestState.PENDING_DOCUMENTS: "En attente de vos pièces",
    RequestState.PENDING_SIGNATURE: "À signer",
    RequestState.SCHEDULED: "Prendra effet à la date indiquée",
    RequestState.SUBMITTED: "En cours de traitement",
    RequestState.IN_REVIEW: "Examinée par un gestionnaire",
    RequestState.PAYMENT_ORDERED: "Virement ordonné",
    RequestState.NOTHING_DUE: "Traitée\u00a0: rien à verser",
    RequestState.ACCEPTED: "Acceptée",
    RequestState.REFUSED: "Refusée",
    RequestState.FAILED: "Incident\u00a0: reprise en cours par nos équipes",
    RequestState.CLOSED: "Classée sans suite",
    RequestState.ESTIMATE_READY: "Estimation disponible",
    RequestState.SENT: "Transmise",
    RequestState.ACKED: "Reçue par nos équipes",
    RequestState.AGREED: "Accordée et envoyée à l’hôpital",
    RequestState.EXPIRED: "Expirée",
    RequestState.WITHDRAWN: "Retirée\u00a0: les droits ont pris fin",
}

CLAIM_STEPS: Mapping[RequestState, set[RequestState]] = {
    RequestState.PENDING_DOCUMENTS: {RequestState.SUBMITTED, RequestState.CLOSED},
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

OTHER_STEPS: Mapping[RequestState, set[RequestState]] = {
    RequestState.DRAFT: {
        RequestState.PENDING_DOCUMENTS,
        RequestState.PENDING_SIGNATURE,
        RequestState.SCHEDULED,
        RequestState.IN_REVIEW,
        RequestState.ACCEPTED,
        RequestState.CLOSED,
    },
    RequestState.PENDING_DOCUMENTS: {
        RequestState.PENDING_SIGNATURE,
        RequestState.SCHEDULED,
        RequestState.IN_REVIEW,
        RequestState.ACCEPTED,
        RequestState.CLOSED,
    },
    RequestState.PENDING_SIGNATURE: {RequestState.PENDING_DOCUMENTS, RequestState.SCHEDULED, RequestState.CLOSED},
    RequestState.SCHEDULED: {RequestState.ACCEPTED, RequestState.REFUSED, RequestState.CLOSED},
    RequestState.IN_REVIEW: {
        RequestState.PENDING_DOCUMENTS,
        RequestState.SCHEDULED,
        RequestState.ACCEPTED,
        RequestState.REFUSED,
        RequestState.CLOSED,
    },
}

ESTIMATE_STEPS: Mapping[RequestState, set[RequestState]] = {
    RequestState.PENDING_DOCUMENTS: {
        RequestState.ESTIMATE_READY,
        RequestState.IN_REVIEW,
        RequestState.REFUSED,
        RequestState.CLOSED,
    },
    RequestState.IN_REVIEW: {RequestState.ESTIMATE_READY, RequestState.PENDING_DOCUMENTS, RequestState.REFUSED},
    RequestState.ESTIMATE_READY: {RequestState.EXPIRED},
}

COMMITMENT_STEPS: Mapping[RequestState, set[RequestState]] = {
    RequestState.DRAFT: {RequestState.SENT},
    RequestState.SENT: {RequestState.ACKED},
    RequestState.ACKED: {RequestState.AGREED, RequestState.REFUSED},
    RequestState.AGREED: {RequestState.ACKED, RequestState.EXPIRED, RequestState.WITHDRAWN},
}

FLOW_STEPS: Mapping[RequestState, set[RequestState]] = {
    RequestState.IN_REVIEW: {RequestState.ACCEPTED, RequestState.CLOSED},
    RequestState.ACCEPTED: {RequestState.IN_REVIEW},
    RequestState.CLOSED: {RequestState.IN_REVIEW},
}
"""A décompte of the scheme waits for agents again whenever something comes after it that must be looked at."""

STOPPAGE_STATES = dict.fromkeys(StoppageState, RequestState.ACCEPTED) | {
    StoppageState.DRAFT: RequestState.DRAFT,
    StoppageState.DECLARED: RequestState.PENDING_DOCUMENTS,
    StoppageState.INCOMPLETE: RequestState.PENDING_DOCUMENTS,
    StoppageState.COMPLETE: RequestState.IN_REVIEW,
    StoppageState.REJECTED: RequestState.REFUSED,
    StoppageState.DROPPED: RequestState.CLOSED,
}
"""Where the request of a work stoppage stands, given the finer state of its declaration; an accepted file lives on."""


def _stoppage_steps() -> Mapping[RequestState, set[RequestState]]:
    """The steps that the declaration's own state machine gives the request: neither may do what the other may not."""
    found: dict[RequestState, set[RequestState]] = {}
    for origin, targets in ALLOWED.items():
        found.setdefault(STOPPAGE_STATES[origin], set()).update(STOPPAGE_STATES[target] for target in targets)
    return {origin: targets - {origin} for origin, targets in found.items()}


STOPPAGE_STEPS = _stoppage_steps()


def steps(kind: RequestKind) -> Mapping[RequestState, set[RequestState]]:
    """Which states a request of a kind may move to, from each; a state that is not there is an end."""
    special = {
        RequestKind.CLAIM: CLAIM_STEPS,
        RequestKind.WORK_STOPPAGE: STOPPAGE_STEPS,
        RequestKind.ESTIMATE: ESTIMATE_STEPS,
        RequestKind.HOSPITAL_COMMITMENT: COMMITMENT_STEPS,
        RequestKind.FLOW: FLOW_STEPS,
    }
    return special.get(kind, OTHER_STEPS)


class Actor(StrEnum):
    """Who asked, or acts next."""

    MEMBER = "member"
    EMPLOYER = "employer"
    AGENT = "agent"
    SYSTEM = "system"
    NOBODY = "nobody"


class AgentQueue(StrEnum):
    """Which queue a request waits in: the agents', or that of the drafts which the clock recalls."""

    AGENTS = "agents"
    RECALLS = "recalls"
    COMMITMENTS = "commitments"


GROUPS = {
    RequestKind.CLAIM: Group.CLAIMS,
    RequestKind.AFFILIATION: Group.AFFILIATIONS,
    RequestKind.BENEFICIARY_ADDITION: Group.BENEFICIARIES,
    RequestKind.BENEFICIARY_REMOVAL: Group.BENEFICIARIES,
    RequestKind.SITUATION_CERTIFICATE: Group.BENEFICIARIES,
    RequestKind.EMAIL_PROPOSAL: Group.EMAILS,
    RequestKind.ADDRESS: Group.EMAILS,
    RequestKind.DEPARTURE: Group.DEPARTURES,
    RequestKind.PORTABILITY_PROOF: Group.DEPARTURES,
    RequestKind.BANK_DETAILS: Group.BANK,
    RequestKind.WORK_STOPPAGE: Group.WORK_STOPPAGES,
    RequestKind.ESTIMATE: Group.ESTIMATES,
    RequestKind.HOSPITAL_COMMITMENT: Group.HOSPITAL,
    RequestKind.CONTRIBUTION: Group.CONTRIBUTIONS,
    RequestKind.TELETRANSMISSION: Group.TELETRANSMISSION,
    RequestKind.FLOW: Group.FLOWS,
}
"""The agents' group that deals with each kind of request; a kind that is not here is among the others."""


WAITS_FOR_OPENER = {RequestState.DRAFT, RequestState.PENDING_DOCUMENTS, RequestState.PENDING_SIGNATURE}

NEXT_ACTOR = {
    RequestState.SCHEDULED: Actor.SYSTEM,
    RequestState.SUBMITTED: Actor.SYSTEM,
    RequestState.IN_REVIEW: Actor.AGENT,
    RequestState.FAILED: Actor.AGENT,
    RequestState.SENT: Actor.SYSTEM,
    RequestState.ACKED: Actor.AGENT,
}


class Verdict(StrEnum):
    """What an agent decides of a démarche; a file that was accepted and has run its course is closed."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    ASK = "ask"
    CLOSE = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """An agent's decision on a démarche; its reason is shown to whoever opened it, the documents are those asked."""

    verdict: Verdict
    reason: str
    agent_id: str
    documents: tuple[DocumentKind, ...] = ()
    agent_name: str = ""

    @property
    def actor(self) -> str:
        """Who decided, as the history says it."""
        return f"agent:{self.agent_id}"

    @property
    def agent(self) -> Agent:
        """Who decided."""
        return Agent(self.agent_id, self.agent_name)


class FileState(StrEnum):
    """What became of one uploaded file; one being scanned has come and waits for the malware scan to clear it.

    One that an agent asks for again is replaced: it no longer counts, and is kept with its request.
    """

    AWAITED = "AWAITED"
    SCANNING = "SCANNING"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    REPLACED = "REPLACED"


class Scan(StrEnum):
    """What the malware scan said of a file, in its own words; ``OVERDUE`` when it should have said something by now."""

    NO_THREATS_FOUND = "NO_THREATS_FOUND"
    THREATS_FOUND = "THREATS_FOUND"
    UNSUPPORTED = "UNSUPPORTED"
    ACCESS_DENIED = "ACCESS_DENIED"
    FAILED = "FAILED"
    OVERDUE = "OVERDUE"


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
    scan: Scan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One thing that happened to a request: when, by whom, which state it led to."""

    at: datetime
    actor: str
    event: str
    state: RequestState


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A démarche.

    It is followed by whoever opened it: a member, or the users of a company (``account_id`` is the one who did).
    ``member_id`` is empty when it concerns the company itself, ``member_name`` is what an employer's list shows. What
    the system opened for the agents alone is in nobody's tracker.
    ``claim`` and ``stoppage`` are what is particular to these; ``round`` counts how often the file was complete.
    ``handling`` says which agent has it; ``counted_in`` is the group whose count of waiting items it is part of.
    ``beneficiary`` is the person to add: they join the member's own only when the request takes effect (M57).
    ``fingerprint`` is what was asked, in short: the same idempotency key with anything else is refused.
    """

    request_id: str
    kind: RequestKind
    member_id: str
    member_name: str = ""
    company_id: str
    opened_by: Actor = Actor.MEMBER
    account_id: str | None = None
    state: RequestState
    required: tuple[RequiredDocument, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    title: str
    claim: Claim | None = None
    beneficiary: Beneficiary | None = None
    bank_change: BankChange | None = None
    address_change: AddressChange | None = None
    stoppage: Declaration | None = None
    teletransmission: TeletransmissionAsk | None = None
    quote: Quote | None = None
    commitment: Commitment | None = None
    contribution: ContributionAsk | None = None
    fingerprint: str | None = None
    history: tuple[HistoryEntry, ...] = ()
    reason: str | None = None
    due_on: date | None = None
    round: int = 1
    handling: Handling = field(default_factory=Handling)
    counted_in: Group | None = None
    created_at: datetime
    version: int = 0

    @property
    def next_actor(self) -> Actor:
        """Who must act now."""
        if self._is_being_sent:
            return Actor.SYSTEM
        return self.opened_by if self.state in WAITS_FOR_OPENER else NEXT_ACTOR.get(self.state, Actor.NOBODY)

    @property
    def _is_being_sent(self) -> bool:
        """Whether it is a commitment that was granted and has not left for the hospital yet."""
        return self.state is RequestState.ACKED and self.commitment is not None and self.commitment.grant is not None

    @property
    def queue(self) -> AgentQueue | None:
        """The queue it waits in, if it waits for an agent, to be recalled or to be withdrawn."""
        in_force = self.kind is RequestKind.HOSPITAL_COMMITMENT and self.state is RequestState.AGREED
        if in_force or self._is_being_sent:
            return AgentQueue.COMMITMENTS
        if self.stoppage is not None and self.stoppage.waits_for_recall:
            return AgentQueue.RECALLS
        return AgentQueue.AGENTS if self.next_actor is Actor.AGENT else None

    @property
    def group(self) -> Group:
        """The agents' group that deals with it."""
        return GROUPS.get(self.kind, Group.OTHERS)

    @property
    def since(self) -> datetime:
        """When it came into its present state."""
        at = self.created_at
        for entry in reversed(self.history):
            if entry.state is not self.state:
                break
            at = entry.at
        return at

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
        if state not in steps(self.kind).get(self.state, set()):
            sentence = f"La demande est «\u00a0{LABELS[self.state]}\u00a0»\u00a0: cette action n’est plus possible."
            raise Conflict("invalid_transition", sentence)
        entry = HistoryEntry(at=at, actor=actor, event=event, state=state)
        due_on = documents_due_on(day_in_paris(at)) if state in WAITS_FOR_OPENER else None
        return replace(self, state=state, history=(*self.history, entry), reason=reason, due_on=due_on)

    @property
    def patient_id(self) -> str | None:
        """The covered person whose care it is about, for a claim, a devis or a stay in hospital."""
        claim = self.quote.claim if self.quote else self.claim
        return claim.beneficiary_id if claim else self.commitment.beneficiary_id if self.commitment else None

    @property
    def document_keys(self) -> tuple[str, ...]:
        """Where the files that were sent with it lie, and the documents that were written about it."""
        sent = tuple(one.key for one in self.attachments if one.key)
        estimated = self.quote.estimated if self.quote else None
        written = self.commitment.document_keys(self.request_id) if self.commitment else ()
        return (*sent, *([estimated.document_key] if estimated else []), *written, *self._signed_keys)

    @property
    def _signed_keys(self) -> tuple[str, ...]:
        change = self.bank_change
        if change is None or change.document_sha256 is None:
            return ()
        return change.document_key, change.text_key, change.signed_key, change.evidence_key

    @property
    def scanning(self) -> tuple[Attachment, ...]:
        """The files that wait for the malware scan, in a request that still waits for documents."""
        if self.state is not RequestState.PENDING_DOCUMENTS:
            return ()
        return tuple(one for one in self.attachments if one.state is FileState.SCANNING)

    def attachment(self, document_id: str) -> Attachment | None:
        """One announced file."""
        return next((one for one in self.attachments if one.document_id == document_id), None)

    def with_attachment(self, changed: Attachment) -> "Request":
        """The same request with one file changed, or added at the end."""
        if self.attachment(changed.document_id) is None:
            return replace(self, attachments=(*self.attachments, changed))
        files = tuple(changed if one.document_id == changed.document_id else one for one in self.attachments)
        return replace(self, attachments=files)

    def with_replaced(self, kinds: Collection[DocumentKind]) -> "Request":
        """The same request whose files of some kinds no longer count: they are asked for again."""
        files = (replace(one, state=FileState.REPLACED) if one.kind in kinds else one for one in self.attachments)
        return replace(self, attachments=tuple(files))


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
    member_name: str = ""
    state: RequestState
    title: str
    missing: int
    due_on: date | None
    created_at: datetime
    company_id: str = ""
    group: Group = Group.OTHERS
    holder: Holder | None = None
    to_confirm: bool = False
    handle_by: date | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody has still to act."""
        return self.state in WAITS_FOR_OPENER or self.state in NEXT_ACTOR
