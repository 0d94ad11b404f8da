"""The mandatory scheme's décomptes that wait for an agent: list, read, attach, correct, let pass, set aside (M115)."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from chalicelib.api import cursors
from chalicelib.api.forms import Why
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.domain.flow import (
    FLOW_LABELS,
    PAYEE_LABELS,
    REASON_SENTENCES,
    FlowDecompte,
    FlowLine,
    FlowQueue,
    FlowState,
    FlowSummary,
    Obstacle,
    PayeeKind,
    Reason,
)
from chalicelib.domain.journal import DataGroup
from chalicelib.domain.work_queue import Agent
from chalicelib.identifiers.fields import NumeroAdherentStr
from chalicelib.services import flows
from chalicelib.services.flow_settling import Seen
from chalicelib.services.flows import Act
from chalicelib.validation import Schema

blueprint = ApiBlueprint(__name__, tag="Gestion")

Amount = Annotated[int, Field(strict=True, ge=0, le=10_000_000, description="Centimes d’euro")]


class FlowQuery(Schema):
    """Which queue, and where its next page begins."""

    queue: FlowQueue = FlowQueue.HELD
    after: Annotated[str, Field(max_length=200)] | None = None


class AttachFlow(Body):
    """Whom the décompte concerns; the employee unless another covered person is named."""

    EXAMPLE = {"numero_adherent": "1234567", "reason": "Identité vérifiée sur l’attestation de droits."}

    numero_adherent: NumeroAdherentStr
    beneficiary_id: Annotated[str, Field(max_length=64)] | None = None
    reason: Why


class CorrectFlowAct(Body):
    """The act of the catalogue that a line means."""

    EXAMPLE = {"line": 1, "act": "G", "reason": "Ancien code de la consultation."}

    line: Annotated[int, Field(strict=True, ge=1)]
    act: Annotated[str, Field(min_length=1, max_length=20)]
    reason: Why


class ExplainFlow(Body):
    """Why the agent does it."""

    EXAMPLE = {"reason": "Déjà remboursé sur facture."}

    reason: Why


class RecoverOverpayment(Body):
    """What came back of an overpayment, what is given up, and why."""

    EXAMPLE = {"recovered_cents": 1250, "waived_cents": 0, "reason": "Chèque reçu."}

    recovered_cents: Amount = 0
    waived_cents: Amount = 0
    reason: Why


class FlowObstacleView(View):
    """Why a décompte waits."""

    reason: Reason
    sentence: str
    detail: str

    @classmethod
    def of(cls, one: Obstacle) -> "FlowObstacleView":
        """The view of an obstacle."""
        return cls(reason=one.reason, sentence=REASON_SENTENCES[one.reason], detail=one.detail)


class FlowSummaryView(View):
    """One décompte of a queue."""

    flow_id: str
    scheme: str
    number: str
    state: FlowState
    state_label: str
    obstacles: list[FlowObstacleView]
    lines: int
    care_from: date
    statutory_cents: int
    overpaid_cents: int
    since: datetime

    @classmethod
    def of(cls, one: FlowSummary) -> "FlowSummaryView":
        """The view of a décompte in a queue."""
        return cls(
            flow_id=one.flow_id,
            scheme=one.scheme,
            number=one.number,
            state=one.state,
            state_label=FLOW_LABELS[one.state],
            obstacles=[FlowObstacleView.of(obstacle) for obstacle in one.obstacles],
            lines=one.lines,
            care_from=one.care_from,
            statutory_cents=one.statutory_cents,
            overpaid_cents=one.overpaid_cents,
            since=one.since,
        )


class FlowListView(View):
    """One page, oldest first; pass ``next`` as ``after`` to read on."""

    flows: list[FlowSummaryView]
    next: str | None


class FlowLineView(View):
    """One line as the scheme told it; a negative line undoes the one it cancels."""

    number: int
    cancels: int | None
    act: str
    care_on: date
    quantity: int
    expense_cents: int
    base_cents: int | None
    statutory_cents: int | None

    @classmethod
    def of(cls, line: FlowLine) -> "FlowLineView":
        """The view of a line, its amounts with their sign."""
        care, sign = line.claim_line, -1 if line.cancels else 1
        return cls(
            number=line.number,
            cancels=line.cancels,
            act=care.act,
            care_on=care.care_on,
            quantity=care.quantity,
            expense_cents=sign * care.expense_cents,
            base_cents=sign * care.base_cents if care.base_cents is not None else None,
            statutory_cents=sign * care.statutory_paid_cents if care.statutory_paid_cents is not None else None,
        )


class FlowCandidateView(View):
    """Somebody whom a décompte may concern."""

    member_id: str
    numero_adherent: str | None
    beneficiary_id: str
    name: str

    @classmethod
    def of(cls, one: Seen) -> "FlowCandidateView":
        """The view of a person of a member."""
        member, person = one
        return cls(
            member_id=member.member_id,
            numero_adherent=member.numero_adherent,
            beneficiary_id=person.beneficiary_id,
            name=person.name,
        )


class FlowEventView(View):
    """What an agent did, and why."""

    at: datetime
    actor: str
    event: str
    reason: str


class FlowOpinionView(View):
    """What a first agent would have paid; another agent confirms it by resuming the décompte too."""

    actor: str
    amount_cents: int


class FlowView(View):
    """A décompte of the scheme as an agent reads it; the social security number is masked."""

    flow_id: str
    scheme: str
    number: str
    state: FlowState
    state_label: str
    obstacles: list[FlowObstacleView]
    nir_masked: str
    birth_date: date | None
    payee: PayeeKind
    payee_label: str
    payee_name: str
    lines: list[FlowLineView]
    member_id: str | None
    beneficiary_id: str | None
    candidates: list[FlowCandidateView]
    reimbursement_id: str | None
    due_cents: int
    ordered_cents: int
    overpaid_cents: int
    received_at: datetime
    opinion: FlowOpinionView | None
    events: list[FlowEventView]

    @classmethod
    def of(cls, one: FlowDecompte, candidates: list[Seen] | None = None) -> "FlowView":
        """The view of a décompte, with whom it may concern where that is asked."""
        return cls(
            flow_id=one.flow_id,
            scheme=one.scheme,
            number=one.number,
            state=one.state,
            state_label=FLOW_LABELS[one.state],
            obstacles=[FlowObstacleView.of(obstacle) for obstacle in one.obstacles],
            nir_masked=one.person.nir_masked,
            birth_date=one.person.birth_date,
            payee=one.payee.kind,
            payee_label=PAYEE_LABELS[one.payee.kind],
            payee_name=one.payee.name,
            lines=[FlowLineView.of(line) for line in one.lines],
            member_id=one.member_id,
            beneficiary_id=one.beneficiary_id,
            candidates=[FlowCandidateView.of(seen) for seen in candidates or ()],
            reimbursement_id=one.current_id,
            due_cents=one.due_cents,
            ordered_cents=one.ordered_cents,
            overpaid_cents=one.overpaid_cents,
            received_at=one.received_at,
            opinion=FlowOpinionView.model_validate(one.opinion) if one.opinion else None,
            events=[FlowEventView.model_validate(event) for event in one.events],
        )


@blueprint.endpoint(
    "GET",
    "/backoffice/flows",
    access=Access.AGENT,
    summary="Décomptes de télétransmission à examiner",
    query=FlowQuery,
    response=FlowListView,
    items=("H150", "M115"),
)
def list_flows(caller: Caller, query: FlowQuery) -> FlowListView:
    """Those to examine, those with missing lines, or overpayments to recover; oldest first."""
    page, after = flows.queue(query.queue, after=cursors.decode(query.after, field="after"))
    return FlowListView(flows=[FlowSummaryView.of(one) for one in page], next=cursors.encode(after))


@blueprint.endpoint(
    "GET",
    "/backoffice/flows/{flow_id}",
    access=Access.AGENT,
    summary="Un décompte de télétransmission",
    response=FlowView,
    items=("H150", "H151", "M115"),
    journal=(DataGroup.CARE,),
)
def read_flow(caller: Caller, flow_id: str) -> FlowView:
    """Its lines, why it waits, and whom it may concern."""
    flow = flows.get(flow_id)
    return FlowView.of(flow, flows.people_of(flow))


@blueprint.endpoint(
    "POST",
    "/backoffice/flows/{flow_id}/attachment",
    access=Access.AGENT,
    summary="Rattacher un décompte à un assuré",
    request=AttachFlow,
    response=FlowView,
    refusals=("not_held", "already_settled", "held_by_another", "own_opinion"),
    items=("H150", "M115"),
    journal=(DataGroup.CARE,),
)
def attach(caller: Caller, flow_id: str, body: AttachFlow) -> FlowView:
    """The décompte is then settled for that person."""
    flow = flows.attach(
        flow_id,
        _act(caller, body.reason),
        numero_adherent=body.numero_adherent,
        beneficiary_id=body.beneficiary_id,
    )
    return FlowView.of(flow)


@blueprint.endpoint(
    "POST",
    "/backoffice/flows/{flow_id}/correction",
    access=Access.AGENT,
    summary="Corriger l’acte d’une ligne",
    request=CorrectFlowAct,
    response=FlowView,
    refusals=("not_held", "held_by_another", "own_opinion"),
    items=("H150", "M115"),
    journal=(DataGroup.CARE,),
)
def correct(caller: Caller, flow_id: str, body: CorrectFlowAct) -> FlowView:
    """By one of the catalogue; amounts stay those of the scheme."""
    return FlowView.of(flows.correct(flow_id, _act(caller, body.reason), line=body.line, code=body.act))


@blueprint.endpoint(
    "POST",
    "/backoffice/flows/{flow_id}/resumption",
    access=Access.AGENT,
    summary="Reprendre un décompte examiné",
    request=ExplainFlow,
    response=FlowView,
    refusals=("not_held", "held_by_another", "own_opinion"),
    items=("H150", "M115"),
    journal=(DataGroup.CARE,),
)
def resume(caller: Caller, flow_id: str, body: ExplainFlow) -> FlowView:
    """What called for a look was looked at; what must be mended first still holds it.

    One that pays much is settled once a second agent has resumed it too.
    """
    return FlowView.of(flows.resume(flow_id, _act(caller, body.reason)))


@blueprint.endpoint(
    "POST",
    "/backoffice/flows/{flow_id}/dropping",
    access=Access.AGENT,
    summary="Écarter un décompte",
    request=ExplainFlow,
    response=FlowView,
    refusals=("not_held", "held_by_another", "own_opinion"),
    items=("H150", "M115"),
    journal=(DataGroup.CARE,),
)
def drop(caller: Caller, flow_id: str, body: ExplainFlow) -> FlowView:
    """Nothing more is paid for it."""
    return FlowView.of(flows.drop(flow_id, _act(caller, body.reason)))


@blueprint.endpoint(
    "POST",
    "/backoffice/flows/{flow_id}/recovery",
    access=Access.AGENT,
    summary="Noter la récupération d’un indu",
    request=RecoverOverpayment,
    response=FlowView,
    refusals=("held_by_another",),
    items=("H151", "M115"),
    journal=(DataGroup.CARE,),
)
def recover(caller: Caller, flow_id: str, body: RecoverOverpayment) -> FlowView:
    """What came back, and what is given up."""
    flow = flows.recover(
        flow_id,
        _act(caller, body.reason),
        recovered_cents=body.recovered_cents,
        waived_cents=body.waived_cents,
    )
    return FlowView.of(flow)


def _act(caller: Caller, reason: str) -> Act:
    return Act(agent=Agent(caller.account.account_id, caller.account.display_name), reason=reason)
