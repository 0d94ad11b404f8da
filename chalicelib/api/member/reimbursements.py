"""The member's reimbursements, their totals, their explanation, their décompte and their export (M35–M38)."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import Link
from chalicelib.domain import acts
from chalicelib.domain.adjudication.settlement import Settlement
from chalicelib.domain.decomptes import STATE_LABELS, Decompte, DecompteState, Filters, PaidTo
from chalicelib.domain.errors import FieldError, FieldErrors
from chalicelib.domain.journal import DataGroup
from chalicelib.domain.reimbursement import ReimbursedLine
from chalicelib.services import reimbursement_export, reimbursement_list, statements
from chalicelib.services.spreadsheets import Format
from chalicelib.validation import Schema

blueprint = ApiBlueprint(__name__, tag="Espace personnel")

CONFIDENTIAL = "Soins confidentiels"


class ReimbursementFilters(Schema):
    """What the list is narrowed to (M36); all days are included."""

    decided_from: date | None = Field(default=None, description="Décompte établi à partir de ce jour")
    decided_to: date | None = None
    care_from: date | None = Field(default=None, description="Soins donnés à partir de ce jour")
    care_to: date | None = None
    beneficiary_id: Annotated[str, Field(max_length=64)] | None = None
    act: Annotated[str, Field(max_length=20)] | None = None
    family: Annotated[str, Field(max_length=40, description="La famille de l’acte, par exemple « optique »")] | None = (
        None
    )
    paid_to: PaidTo | None = None
    state: DecompteState | None = None

    @property
    def filters(self) -> Filters:
        """The filters as the list reads them.

        Errors: ``FieldErrors`` for days in the wrong order, and for a family that no act has.
        """
        faults = [*self._reversed_days()]
        if self.family is not None and self.family not in acts.families():
            faults.append(FieldError("family", "Aucune famille d’actes n’a ce nom.", "unknown_family"))
        if faults:
            raise FieldErrors(*faults)
        return Filters(
            decided_from=self.decided_from,
            decided_to=self.decided_to,
            care_from=self.care_from,
            care_to=self.care_to,
            beneficiary_id=self.beneficiary_id,
            act=self.act,
            family=self.family,
            paid_to=self.paid_to,
            state=self.state,
        )

    def _reversed_days(self) -> Iterator[FieldError]:
        periods = (("decided_to", self.decided_from, self.decided_to), ("care_to", self.care_from, self.care_to))
        for field, first, last in periods:
            if first and last and last < first:
                yield FieldError(field, "Le dernier jour précède le premier.", "ends_before_start")


class ReimbursementQuery(ReimbursementFilters):
    """The filters, and the cursor of a page."""

    before: Annotated[str, Field(pattern=r"^[0-9a-f-]{10,64}$")] | None = None


class ReimbursementSummaryView(View):
    """One reimbursement in the list; of an adult dependant's, only the days and what was paid (``hidden``)."""

    reimbursement_id: str
    number: str
    decided_at: datetime
    beneficiary_id: str
    beneficiary_name: str
    hidden: bool
    label: str
    care_from: date
    expense_cents: int | None
    complementary_cents: int
    left_to_pay_cents: int | None
    payee: str | None = Field(description="« member », « professional » ou « operator »")
    payee_name: str | None
    state: DecompteState | None
    state_label: str | None
    paid_on: date | None

    @classmethod
    def of(cls, one: Decompte) -> "ReimbursementSummaryView":
        """The view of a reimbursement in the list."""
        found = one.reimbursement
        shown = not one.hidden
        return cls(
            reimbursement_id=found.reimbursement_id,
            number=found.number,
            decided_at=found.decided_at,
            beneficiary_id=found.beneficiary_id,
            beneficiary_name=found.beneficiary_name,
            hidden=one.hidden,
            label=found.lines[0].label if shown else CONFIDENTIAL,
            care_from=min(line.care_on for line in found.lines),
            expense_cents=found.expense_cents if shown else None,
            complementary_cents=found.complementary_cents,
            left_to_pay_cents=sum(line.left_to_pay_cents for line in found.lines) if shown else None,
            payee=found.payee if shown else None,
            payee_name=(found.payee_name or None) if shown else None,
            state=one.state if shown else None,
            state_label=STATE_LABELS[one.state] if shown else None,
            paid_on=one.paid_on if shown else None,
        )


class ReimbursementListView(View):
    """One page, newest first; pass ``next`` as ``before`` to read on."""

    reimbursements: list[ReimbursementSummaryView]
    next: str | None


class TotalsView(View):
    """What the list adds up to. ``complete`` is false when it is too long to be read whole.

    The amounts are those of the décomptes whose care may be read; what the hidden ones were paid comes apart.
    """

    decomptes: int
    hidden: int
    complementary_cents: int
    hidden_complementary_cents: int = Field(description="Versé pour les décomptes masqués, en plus du reste")
    expense_cents: int
    statutory_cents: int
    other_payers_cents: int
    left_to_pay_cents: int
    complete: bool
    counted_from: date | None


class ExportReimbursements(Body, ReimbursementFilters):
    """The kind of file, and the filters that the list shows at the moment."""

    EXAMPLE = {"format": "csv", "care_from": "2026-01-01"}

    format: Format


class ReimbursementExportView(View):
    """An export under way; ask for its link until it is ready."""

    export_id: str


class InputView(View):
    """One figure a step started from."""

    name: str
    value: str


class DecompteStepView(View):
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


class DecompteLineView(View):
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
    steps: list[DecompteStepView]
    parameters: list[str] = Field(description="Les valeurs légales utilisées et leur date")

    @classmethod
    def of(cls, line: ReimbursedLine) -> "DecompteLineView":
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
                DecompteStepView(
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


class HiddenLineView(View):
    """One care line of an adult dependant: its day, and what was paid (A12)."""

    care_on: date
    complementary_cents: int


class ReimbursementView(ReimbursementSummaryView):
    """One reimbursement with every line explained; a hidden one has ``hidden_lines`` instead."""

    contract_label: str | None
    guarantee_table: str | None
    decided_by: str | None
    cancels: str | None = Field(description="Le décompte que celui-ci annule")
    lines: list[DecompteLineView]
    hidden_lines: list[HiddenLineView]


@blueprint.endpoint(
    "GET",
    "/member/reimbursements",
    access=Access.MEMBER,
    summary="Mes remboursements",
    query=ReimbursementQuery,
    response=ReimbursementListView,
    items=("M19", "M35", "M36", "M39"),
)
def list_reimbursements(caller: Caller, query: ReimbursementQuery) -> ReimbursementListView:
    """Absent for a prévoyance-only member; an adult dependant's care stays theirs unless they agreed."""
    page, following = reimbursement_list.page(caller.member_id, query.filters, before=query.before)
    return ReimbursementListView(reimbursements=[ReimbursementSummaryView.of(one) for one in page], next=following)


@blueprint.endpoint(
    "GET",
    "/member/reimbursement-totals",
    access=Access.MEMBER,
    summary="Le total de mes remboursements",
    query=ReimbursementFilters,
    response=TotalsView,
    items=("M36",),
)
def read_totals(caller: Caller, query: ReimbursementFilters) -> TotalsView:
    """Over the filters of the list; at most the five hundred latest décomptes are read."""
    return TotalsView.model_validate(reimbursement_list.totals(caller.member_id, query.filters))


@blueprint.endpoint(
    "POST",
    "/member/reimbursement-exports",
    access=Access.MEMBER,
    summary="Exporter mes remboursements",
    request=ExportReimbursements,
    response=ReimbursementExportView,
    status=202,
    items=("M36",),
)
def export_reimbursements(caller: Caller, body: ExportReimbursements) -> ReimbursementExportView:
    """The file is written in the background and kept for a day."""
    return ReimbursementExportView(export_id=reimbursement_export.ask(caller.member_id, body.filters, body.format))


@blueprint.endpoint(
    "GET",
    "/member/reimbursement-exports/{export_id}",
    access=Access.MEMBER,
    summary="Télécharger l’export de mes remboursements",
    response=Link,
    refusals=("document_not_ready",),
    items=("M36",),
)
def read_reimbursement_export(caller: Caller, export_id: str) -> Link:
    """The link works for a few minutes."""
    return Link(url=reimbursement_export.link(caller.member_id, export_id))


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
    found, shown = one.reimbursement, not one.hidden
    rule = "gestionnaire" if found.decided_by.startswith("agent") else "règle"
    return ReimbursementView(
        **ReimbursementSummaryView.of(one).model_dump(),
        contract_label=found.contract_label if shown else None,
        guarantee_table=found.guarantee_table if shown else None,
        decided_by=rule if shown else None,
        cancels=found.reverses,
        lines=[DecompteLineView.of(line) for line in found.lines] if shown else [],
        hidden_lines=[HiddenLineView.model_validate(line) for line in found.lines] if one.hidden else [],
    )


@blueprint.endpoint(
    "GET",
    "/member/reimbursements/{reimbursement_id}/statement",
    access=Access.MEMBER,
    summary="Télécharger le décompte",
    response=Link,
    refusals=("document_not_ready",),
    items=("M37",),
    journal=(DataGroup.DOCUMENTS,),
)
def read_statement(caller: Caller, reimbursement_id: str) -> Link:
    """The link works for a few minutes."""
    return Link(url=statements.link(caller.member_id, reimbursement_id))
