"""« Mes cotisations »: list, search, one statement, its lines, regularisation, export, échéancier (H39–H47, H107)."""

from datetime import date, datetime, timedelta
from typing import Annotated

from pydantic import Field

from chalicelib import clock
from chalicelib.api import cursors
from chalicelib.api.cursors import Cursor
from chalicelib.api.forms import Identifier
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import Link
from chalicelib.domain.contributions.actions import Action, ActionKind, CorrectionReason, instruction
from chalicelib.domain.contributions.contribution import ContributionSummary
from chalicelib.domain.contributions.issued import Debit
from chalicelib.domain.contributions.ledger import Account, Posting, PostingKind
from chalicelib.domain.contributions.line import Line, LineKind
from chalicelib.domain.contributions.schedule import ScheduleLine
from chalicelib.domain.contributions.state import ContributionState, Listed
from chalicelib.domain.contributions.statement import Group, StatementKind
from chalicelib.domain.errors import FieldError, FieldErrors
from chalicelib.domain.journal import DataGroup
from chalicelib.domain.periods import Period
from chalicelib.services import (
    contribution_actions,
    contribution_arrears,
    contribution_documents,
    contribution_exports,
    contribution_schedules,
    employer_contributions,
)
from chalicelib.services.contribution_actions import ActionForm
from chalicelib.services.contribution_wording import means_left
from chalicelib.services.employer_contributions import Detail, Filters
from chalicelib.services.spreadsheets import Format
from chalicelib.validation import Schema

blueprint = ApiBlueprint(__name__, tag="Espace RH")

BASE = "/employer/companies/{company_id}/contributions"
CONTRACT = "/employer/companies/{company_id}/contracts/{contract_id}"


class ListFilters(Schema):
    """What the list is narrowed to; the days are those of the period, the amounts what was called with tax."""

    text: Annotated[
        str,
        Field(max_length=200, description="Des mots du numéro, du contrat ou du mois («\u00a0mars 2025\u00a0»)"),
    ] = ""
    state: Listed | None = None
    contract_id: Identifier | None = None
    period_from: date | None = None
    period_to: date | None = None
    least_cents: Annotated[int, Field(ge=-(10**10), le=10**10)] | None = None
    most_cents: Annotated[int, Field(ge=-(10**10), le=10**10)] | None = None

    @property
    def filters(self) -> Filters:
        """The same for the service.

        Errors: ``FieldErrors`` where an end comes before its beginning.
        """
        faults = []
        if self.period_from and self.period_to and self.period_to < self.period_from:
            faults.append(FieldError("period_to", "La fin précède le début.", "ends_before_start"))
        if self.least_cents is not None and self.most_cents is not None and self.most_cents < self.least_cents:
            sentence = "Le montant le plus élevé est inférieur au plus faible."
            faults.append(FieldError("most_cents", sentence, "ends_before_start"))
        if faults:
            raise FieldErrors(*faults)
        return Filters(
            text=self.text,
            state=self.state,
            contract_id=self.contract_id,
            period_from=self.period_from,
            period_to=self.period_to,
            least_cents=self.least_cents,
            most_cents=self.most_cents,
        )


class ContributionQuery(ListFilters):
    """Which contributions, and which page of them."""

    before: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class LinesQuery(Schema):
    """Which part of the lines."""

    part: Annotated[int, Field(ge=0, le=100_000)] = 0


class PeriodView(View):
    """The days of a period, first and last."""

    first_day: date
    last_day: date | None

    @classmethod
    def of(cls, period: Period) -> "PeriodView":
        """The view of a period."""
        return cls(first_day=period.start, last_day=period.end - timedelta(days=1) if period.end else None)


class ContributionSummaryView(View):
    """A contribution as the list shows it (H45): contract, period, due day, amount, state."""

    number: str
    kind: StatementKind
    contract_id: str
    contract_number: str
    period: PeriodView
    issued_on: date
    due_on: date
    called_cents: int
    owed_cents: int
    listed: Listed
    listed_label: str
    state: ContributionState
    state_label: str
    debit_on: date | None

    @classmethod
    def of(cls, one: ContributionSummary) -> "ContributionSummaryView":
        """The view of a contribution today."""
        today = clock.today()
        listed, state = one.listed_on(today), one.state_on(today)
        return cls(
            number=one.number,
            kind=one.kind,
            contract_id=one.contract_id,
            contract_number=one.contract_number,
            period=PeriodView.of(one.period),
            issued_on=one.issued_on,
            due_on=one.due_on,
            called_cents=one.called_cents,
            owed_cents=one.collection.owed_cents,
            listed=listed,
            listed_label=listed.label,
            state=state,
            state_label=state.label,
            debit_on=one.debit.debit_on if one.debit and one.collection.owed_cents > 0 else None,
        )


class ContributionListView(View):
    """One page of contributions, newest first; pass ``next`` as ``before`` to read on, even after a short page."""

    contributions: list[ContributionSummaryView]
    next: str | None


class HeadingView(View):
    """One heading of a statement: a college, a structure or a tranche of one month."""

    kind: LineKind
    month: date
    college: str
    label: str
    heads: int
    base_cents: int | None
    rate: str
    ht_cents: int
    tax_cents: int
    ttc_cents: int
    employer_cents: int
    employee_cents: int

    @classmethod
    def of(cls, group: Group) -> "HeadingView":
        """The view of a heading."""
        return cls.model_validate(group)


class DebitView(View):
    """The debit that a company was told of; the account is masked."""

    debit_on: date
    amount_cents: int
    rum: str
    ics: str
    iban_masked: str

    @classmethod
    def of(cls, debit: Debit | None) -> "DebitView | None":
        """The view of a debit, if there is one."""
        return cls.model_validate(debit) if debit else None


class ActionView(View):
    """What a company asked for about a statement, and what it does next (H46)."""

    action_id: str
    kind: ActionKind
    label: str
    asked_at: datetime
    amount_cents: int
    reference: str
    debit_on: date | None
    reason: CorrectionReason | None
    explanation: str
    instruction: str

    @classmethod
    def of(cls, action: Action, *, owed: bool = True) -> "ActionView":
        """The view of an action; nothing is left to do about it once nothing is ``owed``."""
        return cls(
            action_id=action.action_id,
            kind=action.kind,
            label=action.kind.label,
            asked_at=action.asked_at,
            amount_cents=action.amount_cents,
            reference=action.reference,
            debit_on=action.debit_on,
            reason=action.reason,
            explanation=action.explanation,
            instruction=instruction(action) if owed else "",
        )


class OfferView(View):
    """Something that may be done about a statement now."""

    kind: ActionKind
    label: str


class ContributionView(View):
    """One statement in detail (H41): its headings, the balance before it, how it is paid, what may be done about it."""

    summary: ContributionSummaryView
    conventions: list[str]
    groups: list[HeadingView]
    heads: int
    ht_cents: int
    tax_cents: int
    employer_cents: int
    employee_cents: int
    brought_forward_cents: int
    to_pay_cents: int
    reference: str
    means: str
    debit: DebitView | None
    offers: list[OfferView]
    actions: list[ActionView]

    @classmethod
    def of(cls, detail: Detail) -> "ContributionView":
        """The view of a statement today."""
        issued, contribution = detail.issued, detail.contribution
        owed = contribution.owed_cents > 0
        debit = contribution.debit if owed else None
        earlier = contribution_arrears.before(issued, debit)
        return cls(
            summary=ContributionSummaryView.of(contribution.summary),
            conventions=list(issued.conventions),
            groups=[HeadingView.of(one) for one in issued.groups],
            heads=issued.heads,
            ht_cents=issued.ht_cents,
            tax_cents=issued.tax_cents,
            employer_cents=issued.employer_cents,
            employee_cents=issued.employee_cents,
            brought_forward_cents=issued.brought_forward_cents,
            to_pay_cents=issued.to_pay_cents,
            reference=issued.reference,
            means=means_left(issued, contribution, earlier, today=clock.today()),
            debit=DebitView.of(debit),
            offers=[OfferView(kind=one, label=one.label) for one in detail.offered],
            actions=[ActionView.of(one, owed=owed) for one in reversed(contribution.actions)],
        )


class LineView(View):
    """A month of one employee on a statement: in which structure, at which price, who bears it; nothing of any care."""

    kind: LineKind
    month: date
    member_id: str
    name: str
    college: str
    label: str
    base_cents: int | None
    rate: str
    ht_cents: int
    tax_cents: int
    ttc_cents: int
    employer_cents: int
    employee_cents: int
    explanation: list[str]

    @classmethod
    def of(cls, line: Line) -> "LineView":
        """The view of a line, with the sentences that say why."""
        return cls(
            kind=line.kind,
            month=line.month,
            member_id=line.member_id,
            name=line.name,
            college=line.college,
            label=line.label,
            base_cents=line.base_cents,
            rate=line.rate,
            ht_cents=line.ht_cents,
            tax_cents=line.tax_cents,
            ttc_cents=line.ttc_cents,
            employer_cents=line.employer_cents,
            employee_cents=line.employee_cents,
            explanation=[step.sentence for step in line.steps],
        )


class LinesView(View):
    """Some lines of a statement, employee by employee; pass ``next`` as ``part`` to read on."""

    lines: list[LineView]
    next: int | None


class Regularise(Body):
    """What is done about a statement: payment first, else a correction or a contest, which say why (H43, A15)."""

    EXAMPLE = {
        "kind": "correction",
        "reason": "sortie",
        "explanation": "Madame Martin a quitté l’entreprise le 28 février.",
    }

    kind: ActionKind
    reason: CorrectionReason | None = None
    explanation: Annotated[str, Field(max_length=2000)] = ""


class ExportContributions(Body, ListFilters):
    """The kind of file, and the search that the list shows at the moment (H44, H47)."""

    EXAMPLE = {"format": "xlsx", "state": "a_regulariser"}

    format: Format


class ContributionExportView(View):
    """An export under way; ask for its link until it is ready."""

    export_id: str


class PostingView(View):
    """One event of a contract's ledger: positive when the company owes more, negative when it owes less."""

    posting_id: str
    kind: PostingKind
    label: str
    day: date
    statement: str
    amount_cents: int

    @classmethod
    def of(cls, posting: Posting) -> "PostingView":
        """The view of a posting, from the company's side."""
        return cls(
            posting_id=posting.posting_id,
            kind=posting.kind,
            label=posting.kind.label,
            day=posting.day,
            statement=posting.statement,
            amount_cents=posting.on(Account.COMPANY),
        )


class LedgerView(View):
    """What was called and paid under a contract, latest first, and what the company owes in all."""

    balance_cents: int
    postings: list[PostingView]
    left_out: int


class ScheduleLineView(View):
    """One line of an échéancier; without an amount, ``sentence`` says why."""

    period: PeriodView
    due_on: date
    state: ContributionState
    state_label: str
    amount_cents: int | None
    statement: str
    sentence: str

    @classmethod
    def of(cls, line: ScheduleLine) -> "ScheduleLineView":
        """The view of a line."""
        return cls(
            period=PeriodView.of(line.period),
            due_on=line.due_on,
            state=line.state,
            state_label=line.state.label,
            amount_cents=line.amount_cents,
            statement=line.statement,
            sentence=line.sentence,
        )


class ScheduleView(View):
    """An échéancier (H107); ask again while it is not ``complete``: the amounts to come are being computed."""

    on: date
    complete: bool
    lines: list[ScheduleLineView]


@blueprint.endpoint(
    "GET",
    BASE,
    access=Access.COMPANY_READER,
    summary="Mes cotisations",
    query=ContributionQuery,
    response=ContributionListView,
    items=("H23", "H39", "H40", "H45"),
)
def list_contributions(caller: Caller, company_id: str, query: ContributionQuery) -> ContributionListView:
    """Newest first, with search."""
    before = cursors.decode(query.before, field="before")
    found, following = employer_contributions.page(company_id, query.filters, before=before, limit=query.limit)
    return ContributionListView(
        contributions=[ContributionSummaryView.of(one) for one in found], next=cursors.encode(following)
    )


@blueprint.endpoint(
    "GET",
    f"{BASE}/{{number}}",
    access=Access.COMPANY_READER,
    summary="Le détail d’une cotisation",
    response=ContributionView,
    items=("H41", "H45"),
)
def read_contribution(caller: Caller, company_id: str, number: str) -> ContributionView:
    """Its headings, how it is paid, what may be done about it and what was."""
    return ContributionView.of(employer_contributions.get(company_id, number))


@blueprint.endpoint(
    "GET",
    f"{BASE}/{{number}}/lines",
    access=Access.COMPANY_READER,
    summary="Les lignes d’une cotisation, salarié par salarié",
    query=LinesQuery,
    response=LinesView,
    items=("H41",),
    journal=(DataGroup.PAY,),
)
def read_lines(caller: Caller, company_id: str, number: str, query: LinesQuery) -> LinesView:
    """Some two hundred at a time, those of one employee together."""
    found, following = employer_contributions.lines(company_id, number, part=query.part)
    return LinesView(lines=[LineView.of(one) for one in found], next=following)


@blueprint.endpoint(
    "GET",
    f"{BASE}/{{number}}/document",
    access=Access.COMPANY_READER,
    summary="Télécharger l’appel de cotisation",
    response=Link,
    refusals=("document_not_ready",),
    items=("H42",),
)
def read_document(caller: Caller, company_id: str, number: str) -> Link:
    """The PDF; the link works for a few minutes."""
    return Link(url=contribution_documents.link(employer_contributions.of_company(company_id, number)))


@blueprint.endpoint(
    "POST",
    f"{BASE}/{{number}}/actions",
    access=Access.COMPANY_MANAGER,
    summary="Régulariser une cotisation",
    request=Regularise,
    response=ActionView,
    status=201,
    refusals=("not_regularisable", "too_many_actions", "key_reused"),
    idempotent=True,
    items=("H43", "H46"),
)
def regularise(caller: Caller, company_id: str, number: str, body: Regularise, idempotency_key: str) -> ActionView:
    """Pay by transfer or debit, have it corrected, or contest it; a correction or a contest is answered by an agent."""
    form = ActionForm(kind=body.kind, reason=body.reason, explanation=body.explanation)
    action = contribution_actions.act(caller.account, company_id, number, form, idempotency_key=idempotency_key)
    return ActionView.of(action)


@blueprint.endpoint(
    "POST",
    "/employer/companies/{company_id}/contribution-exports",
    access=Access.COMPANY_READER,
    summary="Exporter la liste des cotisations",
    request=ExportContributions,
    response=ContributionExportView,
    status=202,
    items=("H44", "H47"),
)
def export_contributions(caller: Caller, company_id: str, body: ExportContributions) -> ContributionExportView:
    """The file follows the search, is written in the background and kept for a day."""
    return ContributionExportView(export_id=contribution_exports.ask(company_id, body.filters, body.format))


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/contribution-exports/{export_id}",
    access=Access.COMPANY_READER,
    summary="Télécharger l’export des cotisations",
    response=Link,
    refusals=("document_not_ready",),
    items=("H44",),
)
def read_contribution_export(caller: Caller, company_id: str, export_id: str) -> Link:
    """The link works for a few minutes."""
    return Link(url=contribution_exports.link(company_id, export_id))


@blueprint.endpoint(
    "GET",
    f"{CONTRACT}/ledger",
    access=Access.COMPANY_READER,
    summary="Les appels et les règlements d’un contrat",
    response=LedgerView,
    items=("H41", "H45"),
)
def read_ledger(caller: Caller, company_id: str, contract_id: str) -> LedgerView:
    """The latest two hundred events, and the balance of all."""
    found = employer_contributions.extract(company_id, contract_id)
    return LedgerView(
        balance_cents=found.balance_cents,
        postings=[PostingView.of(one) for one in found.postings],
        left_out=found.left_out,
    )


@blueprint.endpoint(
    "GET",
    f"{CONTRACT}/payment-schedule",
    access=Access.COMPANY_READER,
    summary="L’échéancier d’un contrat",
    response=ScheduleView,
    items=("H105", "H107"),
)
def read_schedule(caller: Caller, company_id: str, contract_id: str) -> ScheduleView:
    """What was called, then what is foreseen, period by period."""
    found = contribution_schedules.read(employer_contributions.contract(company_id, contract_id))
    return ScheduleView(on=found.on, complete=found.complete, lines=[ScheduleLineView.of(one) for one in found.lines])


@blueprint.endpoint(
    "GET",
    f"{CONTRACT}/payment-schedule/document",
    access=Access.COMPANY_READER,
    summary="Télécharger l’échéancier d’un contrat",
    response=Link,
    refusals=("document_not_ready",),
    items=("H107",),
)
def read_schedule_document(caller: Caller, company_id: str, contract_id: str) -> Link:
    """The PDF of today; the link works for a few minutes."""
    return Link(url=contribution_schedules.link(employer_contributions.contract(company_id, contract_id)))
