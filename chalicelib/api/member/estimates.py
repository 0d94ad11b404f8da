"""What care to come would be paid: the estimate of a devis, and a simulation without one (M43, M59, M61, M64)."""

from datetime import date
from typing import Annotated

from pydantic import Field

from chalicelib import clock
from chalicelib.api.forms import Identifier
from chalicelib.api.member.requests import LineForm, draft_of
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import Link, RequestView
from chalicelib.domain import acts
from chalicelib.domain.acts import Form
from chalicelib.domain.adjudication.explanation import Step
from chalicelib.domain.adjudication.settlement import Settlement
from chalicelib.domain.claim import ClaimLine
from chalicelib.domain.quote import Advice
from chalicelib.domain.request import Request
from chalicelib.services import estimates
from chalicelib.services.estimates import Simulated

blueprint = ApiBlueprint(__name__, tag="Espace personnel")

COVER_REFUSALS = ("not_covered", "several_contracts", "no_table", "prescribed", "unknown_beneficiary")


class Quoted(Body):
    """The care that somebody plans: one beneficiary, one form, lines with their day and their price."""

    EXAMPLE = {
        "beneficiary_id": "9d2b7c40e1f64c8e8a35b60d7f21c5e9",
        "form": "dental",
        "lines": [{"act": "HBLD491", "care_on": "2026-12-07", "expense_cents": 55000, "location": "15"}],
    }

    beneficiary_id: Identifier
    form: Form
    lines: Annotated[list[LineForm], Field(min_length=1, max_length=20)]


class OpenEstimate(Quoted):
    """The devis to be estimated; the document itself is sent next."""


class Simulate(Quoted):
    """The care to be simulated; no document is needed and nothing is kept."""


class CareStepView(View):
    """One step of the reasoning."""

    sentence: str
    source: str
    amount_cents: int | None

    @classmethod
    def of(cls, step: Step) -> "CareStepView":
        """The view of a step."""
        return cls(sentence=step.sentence, source=step.source, amount_cents=step.amount_cents)


class EstimatedLineView(View):
    """One line: who would pay which part, and why. The parts add up to the expense."""

    act: str
    label: str
    care_on: date
    quantity: int
    expense_cents: int
    statutory_cents: int
    complementary_cents: int
    other_payers_cents: int
    left_to_pay_cents: int
    decided: bool = Field(description="Faux quand un gestionnaire doit se prononcer")
    refusal: str | None
    reductions: list[str]
    explanation: list[CareStepView]

    @classmethod
    def of(cls, line: ClaimLine, settled: Settlement) -> "EstimatedLineView":
        """The view of a line."""
        act = acts.find(line.act)
        return cls(
            act=line.act,
            label=act.label if act else line.act,
            care_on=line.care_on,
            quantity=line.quantity,
            expense_cents=settled.expense_cents,
            statutory_cents=settled.statutory_paid_cents,
            complementary_cents=settled.complementary_cents,
            other_payers_cents=settled.other_payers_cents,
            left_to_pay_cents=settled.left_to_pay_cents,
            decided=settled.decided,
            refusal=settled.refusal.sentence if settled.refusal else None,
            reductions=[one.sentence for one in settled.reductions],
            explanation=[CareStepView.of(step) for step in settled.steps],
        )


class AdviceView(View):
    """What would lower what is left to pay on a line."""

    line: int
    sentence: str
    act: str
    from_day: date
    left_to_pay_cents: int | None

    @classmethod
    def of(cls, advice: Advice) -> "AdviceView":
        """The view of a piece of advice."""
        return cls.model_validate(advice)


class SimulationView(View):
    """What would be paid if the care happened as assumed; nothing is paid and nothing is kept (M64)."""

    lines: list[EstimatedLineView]
    complementary_cents: int
    left_to_pay_cents: int
    assumptions: list[str]
    advice: list[AdviceView]
    doubts: list[str] = Field(description="Ce que la simulation ne sait pas décider")

    @classmethod
    def of(cls, found: Simulated) -> "SimulationView":
        """The view of a simulation."""
        pairs = zip(found.claim.lines, found.settled, strict=True)
        return cls(
            lines=[EstimatedLineView.of(line, settled) for line, settled in pairs],
            complementary_cents=sum(one.complementary_cents for one in found.settled),
            left_to_pay_cents=sum(one.left_to_pay_cents for one in found.settled),
            assumptions=list(found.assumptions),
            advice=[AdviceView.of(one) for one in found.advice],
            doubts=list(found.doubts),
        )


class CareEstimateView(View):
    """A devis: its démarche, and its estimate once it is made; an estimate pays nothing (M64)."""

    request: RequestView
    number: str | None
    estimated_on: date | None
    valid_until: date | None
    expired: bool
    lines: list[EstimatedLineView]
    complementary_cents: int | None
    left_to_pay_cents: int | None
    assumptions: list[str]
    advice: list[AdviceView]

    @classmethod
    def of(cls, request: Request) -> "CareEstimateView":
        """The view of a devis."""
        if request.quote is None:
            raise ValueError("not a devis")
        claim, estimated = request.quote.claim, request.quote.estimated
        settled = estimates.settled_lines(claim) if estimated else ()
        return cls(
            request=RequestView.of(request),
            number=estimated.number if estimated else None,
            estimated_on=estimated.estimated_on if estimated else None,
            valid_until=estimated.valid_until if estimated else None,
            expired=estimated is not None and estimated.valid_until < clock.today(),
            lines=[EstimatedLineView.of(line, one) for line, one in zip(claim.lines, settled, strict=bool(settled))],
            complementary_cents=sum(one.complementary_cents for one in settled) if estimated else None,
            left_to_pay_cents=sum(one.left_to_pay_cents for one in settled) if estimated else None,
            assumptions=list(estimated.assumptions) if estimated else [],
            advice=[AdviceView.of(one) for one in estimated.advice] if estimated else [],
        )


@blueprint.endpoint(
    "POST",
    "/member/simulations",
    access=Access.MEMBER,
    summary="Simuler un remboursement",
    request=Simulate,
    response=SimulationView,
    refusals=(*COVER_REFUSALS, "too_many_attempts"),
    items=("M43", "M59", "M60", "M64"),
)
def simulate(caller: Caller, body: Simulate) -> SimulationView:
    """Settled by the engine at once, without a document; nothing is kept, and no ceiling moves."""
    draft = draft_of(body.beneficiary_id, body.form, body.lines)
    return SimulationView.of(estimates.simulate(caller.member_id, draft))


@blueprint.endpoint(
    "POST",
    "/member/estimates",
    access=Access.MEMBER,
    summary="Faire estimer un devis",
    request=OpenEstimate,
    response=CareEstimateView,
    status=201,
    refusals=(*COVER_REFUSALS, "key_reused"),
    idempotent=True,
    items=("M43", "M59", "M60", "M61", "M62", "M112"),
)
def open_estimate(caller: Caller, body: OpenEstimate, idempotency_key: str) -> CareEstimateView:
    """The devis is sent next, as for a claim; the estimate is made once it is there."""
    draft = draft_of(body.beneficiary_id, body.form, body.lines)
    return CareEstimateView.of(estimates.ask(caller.member_id, draft, idempotency_key=idempotency_key))


@blueprint.endpoint(
    "GET",
    "/member/estimates/{request_id}",
    access=Access.MEMBER,
    summary="Une estimation",
    response=CareEstimateView,
    items=("M43", "M61", "M64"),
)
def read_estimate(caller: Caller, request_id: str) -> CareEstimateView:
    """Line by line, with what it assumes and until when it holds."""
    return CareEstimateView.of(estimates.get(caller.member_id, request_id))


@blueprint.endpoint(
    "GET",
    "/member/estimates/{request_id}/document",
    access=Access.MEMBER,
    summary="Télécharger une estimation",
    response=Link,
    refusals=("document_not_ready",),
    items=("M43", "M64"),
)
def read_estimate_document(caller: Caller, request_id: str) -> Link:
    """The link works for a few minutes."""
    return Link(url=estimates.link(caller.member_id, request_id))
