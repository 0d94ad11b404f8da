"""The member's reimbursements, their explanation and their décompte (M35–M38)."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import Link
from chalicelib.domain.adjudication.settlement import Settlement
from chalicelib.domain.reimbursement import ReimbursedLine, Reimbursement
from chalicelib.services import reimbursement_list, statements
from chalicelib.services.reimbursement_list import Filters
from chalicelib.validation import Schema

blueprint = ApiBlueprint(__name__, tag="Espace personnel")


class ReimbursementQuery(Schema):
    """What the list is narrowed to (M36); days are those of the decision, both included."""

    decided_from: date | None = None
    decided_to: date | None = None
    beneficiary_id: Annotated[str, Field(max_length=64)] | None = None
    act: Annotated[str, Field(max_length=20)] | None = None
    before: Annotated[str, Field(pattern=r"^[0-9a-f-]{10,64}$")] | None = None


class ReimbursementSummaryView(View):
    """One reimbursement in the list."""

    reimbursement_id: str
    number: str
    decided_at: datetime
    beneficiary_id: str
    beneficiary_name: str
    label: str
    care_from: date
    expense_cents: int
    complementary_cents: int
    left_to_pay_cents: int
    payee: str

    @classmethod
    def of(cls, one: Reimbursement) -> "ReimbursementSummaryView":
        """The view of a reimbursement in the list."""
        return cls(
            reimbursement_id=one.reimbursement_id,
            number=one.number,
            decided_at=one.decided_at,
            beneficiary_id=one.beneficiary_id,
            beneficiary_name=one.beneficiary_name,
            label=one.lines[0].label,
            care_from=min(line.care_on for line in one.lines),
            expense_cents=one.expense_cents,
            complementary_cents=one.complementary_cents,
            left_to_pay_cents=sum(line.left_to_pay_cents for line in one.lines),
            payee=one.payee,
        )


class ReimbursementListView(View):
    """One page, newest first; pass ``next`` as ``before`` to read on."""

    reimbursements: list[ReimbursementSummaryView]
    next: str | None


class InputView(View):
    """One figure a step started from."""

    name: str
    value: str


class StepView(View):
    """One step of the explanation: the rule, its source, what it started from, what it gave."""

    rule: str
    source: str
    sentence: str
    amount_cents: int
    inputs: list[InputView]


class ReasonView(View):
    """Why a line pays nothing, or less."""

    code: str
    sentence: str
    source: str


class LineView(View):
    """One care line with its explanation (M38)."""

    act: str
    label: str
    care_on: date
    clause: str | None
    expense_cents: int
    statutory_cents: int
    complementary_cents: int
    other_payers_cents: int
    left_to_pay_cents: int
    refusal: ReasonView | None
    reductions: list[ReasonView]
    steps: list[StepView]
    parameters: list[str] = Field(description="Les valeurs légales utilisées et leur date")

    @classmethod
    def of(cls, line: ReimbursedLine) -> "LineView":
        """The view of a line."""
        settled = Settlement.from_data(line.settlement)
        refusal = settled.refusal
        return cls(
            act=line.act,
            label=line.label,
            care_on=line.care_on,
            clause=line.clause,
            expense_cents=line.expense_cents,
            statutory_cents=line.statutory_cents,
            complementary_cents=line.complementary_cents,
            other_payers_cents=line.other_payers_cents,
            left_to_pay_cents=line.left_to_pay_cents,
            refusal=ReasonView(code=refusal, sentence=refusal.sentence, source=refusal.source) if refusal else None,
            reductions=[ReasonView(code=one, sentence=one.sentence, source=one.source) for one in settled.reductions],
            steps=[
                StepView(
                    rule=step.rule,
                    source=step.source,
                    sentence=step.sentence,
                    amount_cents=step.amount_cents,
                    inputs=[InputView(name=name, value=value) for name, value in step.inputs],
                )
                for step in settled.steps
            ],
            parameters=list(settled.parameter_versions),
        )


class ReimbursementView(ReimbursementSummaryView):
    """One reimbursement with every line explained."""

    contract_label: str
    guarantee_table: str
    decided_by: str
    lines: list[LineView]


@blueprint.endpoint(
    "GET",
    "/member/reimbursements",
    access=Access.MEMBER,
    summary="Mes remboursements",
    query=ReimbursementQuery,
    response=ReimbursementListView,
    items=("M19", "M35", "M36"),
)
def list_reimbursements(caller: Caller, query: ReimbursementQuery) -> ReimbursementListView:
    """Absent for a prévoyance-only member (M39)."""
    filters = Filters(
        decided_from=query.decided_from,
        decided_to=query.decided_to,
        beneficiary_id=query.beneficiary_id,
        act=query.act,
    )
    page, following = reimbursement_list.page(caller.member_id, filters, before=query.before)
    return ReimbursementListView(reimbursements=[ReimbursementSummaryView.of(one) for one in page], next=following)


@blueprint.endpoint(
    "GET",
    "/member/reimbursements/{reimbursement_id}",
    access=Access.MEMBER,
    summary="Un remboursement expliqué",
    response=ReimbursementView,
    items=("M37", "M38"),
)
def read_reimbursement(caller: Caller, reimbursement_id: str) -> ReimbursementView:
    """Every line says which guarantee, which rule and which law, on which day."""
    one = reimbursement_list.get(caller.member_id, reimbursement_id)
    return ReimbursementView(
        **ReimbursementSummaryView.of(one).model_dump(),
        contract_label=one.contract_label,
        guarantee_table=one.guarantee_table,
        decided_by="gestionnaire" if one.decided_by.startswith("agent") else "règle",
        lines=[LineView.of(line) for line in one.lines],
    )


@blueprint.endpoint(
    "GET",
    "/member/reimbursements/{reimbursement_id}/statement",
    access=Access.MEMBER,
    summary="Télécharger le décompte",
    response=Link,
    refusals=("document_not_ready",),
    items=("M37",),
)
def read_statement(caller: Caller, reimbursement_id: str) -> Link:
    """The link works for a few minutes."""
    return Link(url=statements.link(caller.member_id, reimbursement_id))
