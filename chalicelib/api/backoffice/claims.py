"""Claims that wait for agents: to read, decide, confirm, resume (M115)."""

from datetime import date
from typing import Annotated

from pydantic import Field

from chalicelib.api.backoffice.queue import HandlingView, agent_of
from chalicelib.api.forms import Why
from chalicelib.api.member.requests import (
    Amount,
    ChargedDays,
    Components,
    Location,
    StayForm,
    components_of,
    stay_of,
)
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import Link, RequestView
from chalicelib.domain.adjudication.care import Component, Derogation, Exemption, ItemClass, Part, Territory
from chalicelib.domain.claim import ClaimLine, Decision, LineCorrection, Stay
from chalicelib.domain.journal import DataGroup
from chalicelib.domain.lens import Prescription
from chalicelib.domain.request import Actor, Request, RequestState
from chalicelib.domain.required_documents import DocumentKind
from chalicelib.identifiers.fields import ProfessionalStr
from chalicelib.services import back_office, uploads
from chalicelib.services.back_office import Answer
from chalicelib.validation import Schema

blueprint = ApiBlueprint(__name__, tag="Gestion")

DECIDED = "Décision enregistrée\u00a0: la demande suit son cours"


class Correction(Schema):
    """What an agent read on the documents, for one line; what is left out stays as declared."""

    line: Annotated[int, Field(strict=True, ge=0, le=19)]
    expense_cents: Amount | None = None
    statutory_paid_cents: Amount | None = None
    base_cents: Amount | None = None
    other_payers_cents: Amount | None = None
    components: Components | None = None
    professional: ProfessionalStr | None = None
    stay: StayForm | None = None
    daily_charge_days: ChargedDays | None = None
    location: Location | None = None
    territory: Territory | None = None
    exemption: Exemption | None = None
    derogation: Derogation | None = None
    emergency: bool | None = None
    prescribed_on: date | None = None


class Decide(Body):
    """An agent's decision; the reason is shown to the member."""

    EXAMPLE = {
        "decision": "approve",
        "reason": "Le montant payé par la Sécurité sociale a été repris du décompte.",
        "corrections": [{"line": 0, "statutory_paid_cents": 1900}],
    }

    decision: Decision
    reason: Why
    corrections: Annotated[list[Correction], Field(max_length=20)] = []
    documents: Annotated[list[DocumentKind], Field(max_length=5)] = []


class Confirm(Body):
    """Whether another agent's proposal counts; a proposal that is not shared goes back with the reason."""

    EXAMPLE = {"agrees": True, "reason": "Montants vérifiés sur la facture."}

    agrees: bool
    reason: Why


class LensView(View):
    """What is prescribed for one lens, in dioptres."""

    sphere: str
    cylinder: str
    addition: str
    design: str

    @classmethod
    def of(cls, lens: Prescription) -> "LensView":
        """The view of a lens as prescribed."""
        return cls(
            sphere=f"{lens.sphere:+.2f}",
            cylinder=f"{lens.cylinder:+.2f}",
            addition=f"{lens.addition:+.2f}",
            design=lens.design,
        )


class ComponentView(View):
    """One part of a pair of glasses."""

    part: Part
    item_class: ItemClass
    expense_cents: int
    prescription: LensView | None

    @classmethod
    def of(cls, part: Component) -> "ComponentView":
        """The view of a part."""
        return cls(
            part=part.part,
            item_class=part.item_class,
            expense_cents=part.expense_cents,
            prescription=LensView.of(part.prescription) if part.prescription else None,
        )


class StayView(View):
    """A stay in hospital."""

    entered_on: date
    left_on: date | None

    @classmethod
    def of(cls, stay: Stay) -> "StayView":
        """The view of a stay."""
        return cls(entered_on=stay.entered_on, left_on=stay.left_on)


class ClaimLineView(View):
    """A line as declared or corrected, with the engine's proposal."""

    act: str
    care_on: date
    quantity: int
    expense_cents: int
    statutory_paid_cents: int | None
    base_cents: int | None
    other_payers_cents: int
    components: list[ComponentView]
    professional: str | None
    stay: StayView | None
    daily_charge_days: int | None
    location: str | None
    territory: Territory
    exemption: Exemption | None
    derogation: Derogation | None
    emergency: bool
    prescribed_on: date | None
    proposed_cents: int | None


class ClaimView(View):
    """A claim as an agent reads it; ``decision`` is what an agent has answered to the file as it stands."""

    request: RequestView
    decision: Decision | None
    member_id: str
    beneficiary_name: str
    lines: list[ClaimLineView]
    review_reasons: list[str]
    handling: HandlingView

    @classmethod
    def of(cls, request: Request) -> "ClaimView":
        """The view of a claim."""
        claim = request.claim
        if claim is None:
            raise ValueError("not a claim")
        proposals: list[int | None] = [int(one["complementary_cents"]) for one in claim.proposal]
        proposals = proposals or [None] * len(claim.lines)
        return cls(
            request=_request_view(request),
            decision=claim.decision.decision if claim.decision else None,
            member_id=request.member_id,
            beneficiary_name=claim.beneficiary_name,
            lines=[line_view(line, proposed) for line, proposed in zip(claim.lines, proposals, strict=True)],
            review_reasons=list(claim.review_reasons),
            handling=HandlingView.of(request),
        )


def _request_view(request: Request) -> RequestView:
    """The view of a claim's request: once decided, it waits for no agent, if its state is to follow in a moment."""
    shown = RequestView.of(request)
    if request.state is not RequestState.IN_REVIEW or request.claim is None or request.claim.decision is None:
        return shown
    return shown.model_copy(update={"state_label": DECIDED, "next_actor": Actor.SYSTEM})


@blueprint.endpoint(
    "GET",
    "/backoffice/claims/{claim_id}",
    access=Access.AGENT,
    summary="Une demande",
    response=ClaimView,
    items=("M115",),
    journal=(DataGroup.CARE,),
)
def read_claim(caller: Caller, claim_id: str) -> ClaimView:
    """With the engine's proposal and why a person must look."""
    return ClaimView.of(back_office.claim(claim_id))


@blueprint.endpoint(
    "GET",
    "/backoffice/claims/{claim_id}/documents/{document_id}",
    access=Access.AGENT,
    summary="Lire une pièce",
    response=Link,
    items=("M115",),
    journal=(DataGroup.DOCUMENTS,),
)
def read_document(caller: Caller, claim_id: str, document_id: str) -> Link:
    """The link works for a few minutes."""
    claim = back_office.claim(claim_id)
    return Link(url=uploads.link(claim, document_id)).showing(claim.member_id)


@blueprint.endpoint(
    "POST",
    "/backoffice/claims/{claim_id}/decision",
    access=Access.AGENT,
    summary="Décider",
    request=Decide,
    response=ClaimView,
    refusals=("not_in_review", "not_settled", "not_covered", "held_by_another", "awaits_confirmation", "own_opinion"),
    items=("M115",),
    journal=(DataGroup.CARE,),
)
def decide(caller: Caller, claim_id: str, body: Decide) -> ClaimView:
    """Approve, refuse with a reason, or ask for documents; corrected lines are settled again by the engine.

    Whoever decides has the claim in hand. An approval that pays much waits until another agent confirms it.
    """
    corrections = tuple(
        correction_of(one, place=f"corrections[{position}]") for position, one in enumerate(body.corrections)
    )
    answer = Answer(
        decision=body.decision, reason=body.reason, corrections=corrections, documents=tuple(body.documents)
    )
    return ClaimView.of(back_office.decide(claim_id, agent_of(caller), answer))


@blueprint.endpoint(
    "POST",
    "/backoffice/claims/{claim_id}/confirmation",
    access=Access.AGENT,
    summary="Confirmer ou retourner une proposition",
    request=Confirm,
    response=ClaimView,
    refusals=("not_in_review", "nothing_to_confirm", "own_opinion", "held_by_another"),
    items=("M115",),
    journal=(DataGroup.CARE,),
)
def confirm(caller: Caller, claim_id: str, body: Confirm) -> ClaimView:
    """By another agent than the one who proposes; returned, the claim is in the first one's hands again."""
    return ClaimView.of(back_office.confirm(claim_id, agent_of(caller), reason=body.reason, agrees=body.agrees))


@blueprint.endpoint(
    "POST",
    "/backoffice/claims/{claim_id}/resumption",
    access=Access.AGENT,
    summary="Reprendre une demande en incident",
    response=ClaimView,
    refusals=("invalid_transition", "held_by_another"),
    items=("M115",),
    journal=(DataGroup.CARE,),
)
def resume(caller: Caller, claim_id: str) -> ClaimView:
    """A failed claim starts again as a new round."""
    return ClaimView.of(back_office.resume(claim_id, agent_of(caller)))


def correction_of(form: Correction, *, place: str) -> LineCorrection:
    """What a form corrects on a line. Errors: ``FieldErrors`` at its place in the form."""
    return LineCorrection(
        index=form.line,
        expense_cents=form.expense_cents,
        statutory_paid_cents=form.statutory_paid_cents,
        base_cents=form.base_cents,
        other_payers_cents=form.other_payers_cents,
        components=None if form.components is None else components_of(form.components, place=place),
        professional=form.professional,
        stay=stay_of(form.stay),
        daily_charge_days=form.daily_charge_days,
        location=form.location,
        territory=form.territory,
        exemption=form.exemption,
        derogation=form.derogation,
        emergency=form.emergency,
        prescribed_on=form.prescribed_on,
    )


def line_view(line: ClaimLine, proposed: int | None) -> ClaimLineView:
    """The view of a line."""
    return ClaimLineView(
        act=line.act,
        care_on=line.care_on,
        quantity=line.quantity,
        expense_cents=line.expense_cents,
        statutory_paid_cents=line.statutory_paid_cents,
        base_cents=line.base_cents,
        other_payers_cents=line.other_payers_cents,
        components=[ComponentView.of(part) for part in line.components],
        professional=line.professional,
        stay=StayView.of(line.stay) if line.stay else None,
        daily_charge_days=line.daily_charge_days,
        location=line.location,
        territory=line.territory,
        exemption=line.exemption,
        derogation=line.derogation,
        emergency=line.emergency,
        prescribed_on=line.prescribed_on,
        proposed_cents=proposed,
    )
