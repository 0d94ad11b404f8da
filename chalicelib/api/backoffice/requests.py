"""Démarches that are no claims and wait for agents: read, decide (M115)."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, model_validator

from chalicelib import clock
from chalicelib.api.backoffice.queue import HandlingView
from chalicelib.api.employer.work_stoppages import StoppageView
from chalicelib.api.forms import Why
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import Link, RequestView
from chalicelib.domain.contributions.actions import ActionKind, CorrectionReason
from chalicelib.domain.journal import DataGroup
from chalicelib.domain.request import Ruling, Verdict
from chalicelib.domain.required_documents import DocumentKind
from chalicelib.domain.work_stoppage.payments import PaymentKind, StoppagePayment
from chalicelib.services import request_decisions, tokens, uploads, work_stoppages
from chalicelib.services.contribution_actions import Read
from chalicelib.services.request_decisions import Seen

blueprint = ApiBlueprint(__name__, tag="Gestion")


class DecideRequest(Body):
    """An agent's decision; the reason is shown to whoever opened the démarche."""

    EXAMPLE = {
        "decision": "ask",
        "reason": "Le décompte ne couvre pas tout le mois.",
        "documents": ["decomptes_ijss"],
    }

    decision: Verdict
    reason: Why
    documents: Annotated[list[DocumentKind], Field(max_length=5)] = []


class RecordPayment(Body):
    """Daily allowances that a statement shows, or a complement that was paid, for some days of a stoppage."""

    EXAMPLE = {
        "kind": "ijss",
        "first_day": "2026-03-04",
        "last_day": "2026-03-17",
        "amount_cents": 58058,
        "paid_on": "2026-03-20",
    }

    kind: PaymentKind
    first_day: date
    last_day: date
    amount_cents: Annotated[int, Field(strict=True, ge=1, le=10_000_000)]
    paid_on: date

    @model_validator(mode="after")
    def in_order(self) -> "RecordPayment":
        """Errors: ``ValueError`` for days in the wrong order."""
        if self.last_day < self.first_day:
            raise ValueError("Le dernier jour précède le premier.")
        return self


REASONS = {
    CorrectionReason.ENTRY: "Une entrée",
    CorrectionReason.EXIT: "Une sortie",
    CorrectionReason.FAMILY: "La situation familiale d’un salarié",
    CorrectionReason.PAY: "Un salaire",
    CorrectionReason.RATE: "Un taux ou un tarif",
}


class ContributionAskView(View):
    """What a company says of a statement, in its words, and what of that statement is called and left to pay."""

    statement: str
    contract_number: str
    kind: ActionKind
    label: str
    reason: CorrectionReason | None
    reason_label: str | None = Field(description="Ce qui est à corriger, selon l’entreprise")
    explanation: str
    called_cents: int
    owed_cents: int
    due_on: date
    asked_by: str
    asked_at: datetime

    @classmethod
    def of(cls, read: Read) -> "ContributionAskView":
        """The view of a correction or a contest."""
        ask, contribution = read.ask, read.contribution
        return cls(
            statement=ask.number,
            contract_number=ask.contract_number,
            kind=ask.kind,
            label=ask.kind.label,
            reason=ask.reason,
            reason_label=REASONS[ask.reason] if ask.reason else None,
            explanation=ask.explanation,
            called_cents=contribution.collection.called_cents,
            owed_cents=contribution.owed_cents,
            due_on=contribution.collection.due_on,
            asked_by=read.asked_by,
            asked_at=read.asked_at,
        )


class AgentRequestView(View):
    """A démarche as an agent reads it, with what is particular to its kind."""

    request: RequestView
    company_name: str
    stoppage: StoppageView | None
    contribution: ContributionAskView | None
    handling: HandlingView

    @classmethod
    def of(cls, seen: Seen) -> "AgentRequestView":
        """The view of a démarche."""
        one = seen.request
        return cls(
            request=RequestView.of(one),
            company_name=seen.company_name,
            stoppage=StoppageView.of(one) if one.stoppage else None,
            contribution=ContributionAskView.of(seen.contribution) if seen.contribution else None,
            handling=HandlingView.of(one),
        )


@blueprint.endpoint(
    "GET",
    "/backoffice/requests/{request_id}",
    access=Access.AGENT,
    summary="Une démarche",
    response=AgentRequestView,
    items=("M115",),
    journal=(DataGroup.REQUESTS,),
)
def read_request(caller: Caller, request_id: str) -> AgentRequestView:
    """What was declared and sent, and what happened so far."""
    return AgentRequestView.of(request_decisions.seen(request_decisions.get(request_id)))


@blueprint.endpoint(
    "GET",
    "/backoffice/requests/{request_id}/documents/{document_id}",
    access=Access.AGENT,
    summary="Lire une pièce d’une démarche",
    response=Link,
    items=("M115",),
    journal=(DataGroup.DOCUMENTS,),
)
def read_document(caller: Caller, request_id: str, document_id: str) -> Link:
    """The link works for a few minutes."""
    request = request_decisions.get(request_id)
    return Link(url=uploads.link(request, document_id)).showing(*filter(None, (request.member_id,)))


@blueprint.endpoint(
    "POST",
    "/backoffice/requests/{request_id}/decision",
    access=Access.AGENT,
    summary="Décider d’une démarche",
    request=DecideRequest,
    response=AgentRequestView,
    refusals=("not_in_review", "invalid_transition", "not_covered", "file_refused", "held_by_another"),
    items=("M115",),
    journal=(DataGroup.REQUESTS,),
)
def decide(caller: Caller, request_id: str, body: DecideRequest) -> AgentRequestView:
    """Accept, refuse with a reason, ask for documents, or close what has run its course; with the démarche in hand."""
    ruling = Ruling(
        verdict=body.decision,
        reason=body.reason,
        agent_id=caller.account.account_id,
        documents=tuple(body.documents),
        agent_name=caller.account.display_name,
    )
    return AgentRequestView.of(request_decisions.seen(request_decisions.decide(request_id, ruling)))


@blueprint.endpoint(
    "POST",
    "/backoffice/requests/{request_id}/payments",
    access=Access.AGENT,
    summary="Enregistrer des indemnités reçues ou un complément versé",
    request=RecordPayment,
    response=AgentRequestView,
    status=201,
    refusals=("not_indemnified", "already_recorded", "invalid_transition"),
    idempotent=True,
    items=("M115",),
    journal=(DataGroup.WORK_STOPPAGES,),
)
def record_payment(caller: Caller, request_id: str, body: RecordPayment, idempotency_key: str) -> AgentRequestView:
    """On the file of a work stoppage: the first complement has it being paid. The same key again changes nothing."""
    payment = StoppagePayment(
        payment_id=tokens.derived_id("stoppage-payment", request_id, idempotency_key),
        kind=body.kind,
        first_day=body.first_day,
        last_day=body.last_day,
        amount_cents=body.amount_cents,
        paid_on=body.paid_on,
        recorded_at=clock.now(),
        recorded_by=f"agent:{caller.account.account_id}",
    )
    return AgentRequestView.of(request_decisions.seen(work_stoppages.record(request_id, payment)))
