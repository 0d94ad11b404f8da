"""The devis that wait for an agent: what the engine proposes and doubts, what the document says (M115)."""

from typing import Annotated

from pydantic import Field

from chalicelib.api.backoffice.claims import ClaimLineView, Correction, correction_of, line_view
from chalicelib.api.backoffice.queue import agent_of
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import RequestView
from chalicelib.domain.journal import DataGroup
from chalicelib.domain.request import Request
from chalicelib.services import estimates

blueprint = ApiBlueprint(__name__, tag="Gestion")


class CorrectEstimate(Body):
    """What an agent read on a devis."""

    EXAMPLE = {"corrections": [{"line": 0, "expense_cents": 54000}]}

    corrections: Annotated[list[Correction], Field(min_length=1, max_length=20)]


class AgentEstimateView(View):
    """A devis as an agent reads it."""

    request: RequestView
    beneficiary_name: str
    lines: list[ClaimLineView]
    review_reasons: list[str]

    @classmethod
    def of(cls, request: Request) -> "AgentEstimateView":
        """The view of a devis."""
        if request.quote is None:
            raise ValueError("not a devis")
        claim = request.quote.claim
        proposals: list[int | None] = [int(one["complementary_cents"]) for one in claim.proposal]
        proposals = proposals or [None] * len(claim.lines)
        return cls(
            request=RequestView.of(request),
            beneficiary_name=claim.beneficiary_name,
            lines=[line_view(line, proposed) for line, proposed in zip(claim.lines, proposals, strict=True)],
            review_reasons=list(claim.review_reasons),
        )


@blueprint.endpoint(
    "GET",
    "/backoffice/estimates/{request_id}",
    access=Access.AGENT,
    summary="Un devis",
    response=AgentEstimateView,
    items=("M115",),
    journal=(DataGroup.CARE,),
)
def read_estimate(caller: Caller, request_id: str) -> AgentEstimateView:
    """With the engine's proposal and why a person must look; it is decided as any démarche."""
    return AgentEstimateView.of(estimates.for_agent(request_id))


@blueprint.endpoint(
    "POST",
    "/backoffice/estimates/{request_id}/corrections",
    access=Access.AGENT,
    summary="Corriger un devis",
    request=CorrectEstimate,
    response=AgentEstimateView,
    refusals=("not_in_review", "not_covered", "held_by_another"),
    items=("M43", "M115"),
    journal=(DataGroup.CARE,),
)
def correct_estimate(caller: Caller, request_id: str, body: CorrectEstimate) -> AgentEstimateView:
    """The lines are estimated again by the engine."""
    corrections = tuple(
        correction_of(one, place=f"corrections[{position}]") for position, one in enumerate(body.corrections)
    )
    return AgentEstimateView.of(estimates.correct(request_id, agent_of(caller), corrections))
