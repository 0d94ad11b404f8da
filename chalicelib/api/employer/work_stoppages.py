"""Work stoppages: the branching form, drafts, declarations, what follows them, and what the contract would pay."""

from datetime import date, datetime, timedelta
from typing import Annotated

from pydantic import Field

from chalicelib import clock
from chalicelib.api.forms import Identifier
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import RequestView
from chalicelib.domain.journal import DataGroup
from chalicelib.domain.request import Request
from chalicelib.domain.work_stoppage import tracking
from chalicelib.domain.work_stoppage.complement import Indemnity, Segment
from chalicelib.domain.work_stoppage.declaration import Declaration
from chalicelib.domain.work_stoppage.kinds import Movement, StoppageKind
from chalicelib.domain.work_stoppage.questions import Condition, Form, Question, answers_to_data, possible
from chalicelib.domain.work_stoppage.state import StoppageState
from chalicelib.services import work_stoppages
from chalicelib.validation import Schema

blueprint = ApiBlueprint(__name__, tag="Espace RH")

BASE = "/employer/companies/{company_id}/work-stoppages"


class FormQuery(Schema):
    """Which part of the form: what can come up for a movement and a kind; all of it without."""

    movement: Movement | None = None
    kind: StoppageKind | None = None


class StartStoppage(Body):
    """The first step: why the employee is off work, and on which prévoyance contract it is declared (H88–H90)."""

    EXAMPLE = {"kind": "maladie", "contract_id": "3c8e51d2b7f94a0a8e6d1f25c90b7a44"}

    kind: StoppageKind
    contract_id: Identifier


class FollowStoppage(Body):
    """What follows a stoppage that was declared."""

    EXAMPLE = {"movement": "prolongation"}

    movement: Movement


class SaveAnswers(Body):
    """All the answers so far, by question: a day as AAAA-MM-JJ, an amount in cents, a choice by its code."""

    EXAMPLE = {"answers": {"starts_on": "2026-03-02", "last_worked_on": "2026-03-01", "hospitalised": False}}

    answers: Annotated[dict[str, bool | int | str | None], Field(max_length=60)]


class CodedView(View):
    """A word of the form and how it reads."""

    code: str
    label: str


class ConditionView(View):
    """One thing that must be so: an earlier answer (or the movement, the kind, the scheme) is one of these words."""

    name: str
    words: list[str]

    @classmethod
    def all_of(cls, conditions: tuple[Condition, ...]) -> "list[ConditionView]":
        """The conditions of a question or document, all of which must hold."""
        return [cls(name=one.name, words=list(one.words)) for one in conditions]


class QuestionView(View):
    """One question: on which step it stands, how it is answered and when it comes up."""

    id: str
    step: str
    type: str
    label: str
    help: str
    options: list[CodedView]
    when: list[ConditionView]

    @classmethod
    def of(cls, one: Question) -> "QuestionView":
        """The view of a question."""
        return cls(
            id=one.id,
            step=one.step,
            type=one.type,
            label=one.label,
            help=one.help,
            options=[CodedView(code=option.code, label=option.label) for option in one.options],
            when=ConditionView.all_of(one.when),
        )


class FormDocumentView(View):
    """A document that the answers may call for."""

    code: str
    title: str
    about: str
    reason: str
    when: list[ConditionView]


class FormStepView(View):
    """One screen of the form."""

    id: str
    title: str


class ProvidentContractView(View):
    """A prévoyance contract of the company."""

    contract_id: str
    label: str


class FormView(View):
    """The form as data, and the contracts on which a stoppage may be declared: none, and there is no form to fill."""

    contracts: list[ProvidentContractView]
    movements: list[CodedView]
    kinds: list[CodedView]
    steps: list[FormStepView]
    questions: list[QuestionView]
    documents: list[FormDocumentView]

    @classmethod
    def of(cls, form: Form, contracts: list[ProvidentContractView]) -> "FormView":
        """The view of the form."""
        return cls(
            contracts=contracts,
            movements=[CodedView(code=one, label=one.label) for one in Movement],
            kinds=[CodedView(code=one, label=one.label) for one in StoppageKind],
            steps=[FormStepView(id=one.id, title=one.title) for one in form.steps],
            questions=[QuestionView.of(one) for one in form.questions],
            documents=[
                FormDocumentView(
                    code=one.code,
                    title=one.title,
                    about=one.about,
                    reason=one.reason,
                    when=ConditionView.all_of(conditions),
                )
                for one, conditions in form.documents
            ],
        )


class ClockView(View):
    """The 30-day clock: when it began, the last day in time, the days left (negative once late), the reminders."""

    starts_on: date
    due_on: date
    days_left: int
    late: bool
    reminders_on: list[date]


class StoppageEventView(View):
    """One thing that happened to a declaration or its file."""

    at: datetime
    event: str
    state_label: str
    effective_on: date | None
    reason: str | None


class FollowUpView(View):
    """What was declared after the opening."""

    request_id: str
    movement: Movement
    movement_label: str
    first_day: date | None


class StoppageView(View):
    """A declaration: its request, its own finer state, its answers, the questions that come up and the clock."""

    request: RequestView
    movement: Movement
    movement_label: str
    kind: StoppageKind
    kind_label: str
    contract_id: str
    opening_id: str | None
    number: str | None
    state: str
    state_label: str
    answers: dict[str, bool | int | str]
    questions: list[QuestionView]
    unanswered: list[str]
    late: bool
    clock: ClockView | None
    follow_ups: list[FollowUpView]
    events: list[StoppageEventView]

    @classmethod
    def of(cls, request: Request) -> "StoppageView":
        """The view of a declaration."""
        one, today = tracking.stoppage_of(request), clock.today()
        questions = one.questions(today) if one.state is not StoppageState.DROPPED else ()
        deadline = _clock(one, today)
        return cls(
            request=RequestView.of(request),
            movement=one.movement,
            movement_label=one.movement.label,
            kind=one.kind,
            kind_label=one.kind.label,
            contract_id=one.contract_id,
            opening_id=one.opening_id,
            number=one.number,
            state=one.state,
            state_label=one.state.label,
            answers=answers_to_data(one.answers),
            questions=[QuestionView.of(question) for question in questions],
            unanswered=[question.id for question in questions if question.id not in one.answers],
            late=one.late or (deadline is not None and deadline.late),
            clock=deadline,
            follow_ups=[_follow_up(follow_up) for follow_up in one.follow_ups],
            events=[
                StoppageEventView(
                    at=entry.at,
                    event=entry.event,
                    state_label=entry.state.label,
                    effective_on=entry.effective_on,
                    reason=entry.reason,
                )
                for entry in one.history
            ],
        )


def _clock(one: Declaration, today: date) -> ClockView | None:
    """The clock of a declaration; once sent, it stands still on the day of the declaration."""
    deadline = one.deadline(today)
    if deadline is None:
        return None
    on = one.situation(today).today
    return ClockView(
        starts_on=deadline.starts_on,
        due_on=deadline.due_on,
        days_left=deadline.days_left(on),
        late=deadline.is_late(on),
        reminders_on=list(deadline.reminders_on),
    )


def _follow_up(one: Declaration) -> FollowUpView:
    return FollowUpView(
        request_id=one.declaration_id,
        movement=one.movement,
        movement_label=one.movement.label,
        first_day=one.first_day,
    )


class SegmentView(View):
    """Days that follow each other and are made of the same amounts; ``ends_on`` is the last of them."""

    starts_on: date
    ends_on: date
    days: int
    statutory_cents: int
    employer_cents: int
    target_cents: int
    most_cents: int
    complement_cents: int
    unpaid: str | None

    @classmethod
    def of(cls, one: Segment) -> "SegmentView":
        """The view of a segment; amounts are those of one day."""
        daily, start = one.daily, one.period.start
        return cls(
            starts_on=start,
            ends_on=start + timedelta(days=one.days - 1),
            days=one.days,
            statutory_cents=daily.statutory_cents,
            employer_cents=daily.employer_cents,
            target_cents=daily.target_cents,
            most_cents=daily.most_cents,
            complement_cents=daily.complement_cents,
            unpaid=daily.unpaid.sentence if daily.unpaid else None,
        )


class EstimateStepView(View):
    """One rule that was applied, in words."""

    rule: str
    source: str
    amount_cents: int
    sentence: str


class EstimateView(View):
    """What the contract would pay over the whole stoppage, and why; statements and payslips decide in the end."""

    notice: str
    statutory_cents: int
    employer_cents: int
    complement_cents: int
    segments: list[SegmentView]
    steps: list[EstimateStepView]
    law: list[str]

    @classmethod
    def of(cls, one: Indemnity) -> "EstimateView":
        """The view of an estimate."""
        return cls(
            notice=NOTICE,
            statutory_cents=one.statutory_cents,
            employer_cents=one.employer_cents,
            complement_cents=one.complement_cents,
            segments=[SegmentView.of(segment) for segment in one.segments],
            steps=[
                EstimateStepView(
                    rule=step.rule, source=step.source, amount_cents=step.amount_cents, sentence=step.sentence
                )
                for step in one.steps
            ],
            law=list(one.law),
        )


NOTICE = (
    "Estimation avant décomptes\u00a0: les indemnités journalières de la Sécurité sociale, les bulletins de paie "
    "et les arrêts antérieurs peuvent la changer."
)


@blueprint.endpoint(
    "GET",
    f"{BASE}/form",
    access=Access.COMPANY_READER,
    summary="Le formulaire d’arrêt de travail",
    query=FormQuery,
    response=FormView,
    items=("H88", "H90", "H91", "H94"),
)
def read_form(caller: Caller, company_id: str, query: FormQuery) -> FormView:
    """Its questions, each with the conditions under which it comes up; no question asks what somebody suffers from."""
    facts: dict[str, str] = {}
    if query.movement:
        facts["movement"] = query.movement
    if query.kind:
        facts |= {"kind": query.kind, "scheme": query.kind.scheme}
    contracts = work_stoppages.provident_contracts(company_id)
    views = [ProvidentContractView(contract_id=one.contract_id, label=one.label) for one in contracts]
    return FormView.of(possible(facts), views)


@blueprint.endpoint(
    "POST",
    "/employer/companies/{company_id}/employees/{member_id}/work-stoppages",
    access=Access.COMPANY_MANAGER,
    summary="Commencer la déclaration d’un arrêt de travail",
    request=StartStoppage,
    response=StoppageView,
    status=201,
    refusals=("not_provident",),
    idempotent=True,
    items=("H54", "H88", "H89", "H90", "H94"),
    journal=(DataGroup.WORK_STOPPAGES,),
)
def start(caller: Caller, company_id: str, member_id: str, body: StartStoppage, idempotency_key: str) -> StoppageView:
    """A draft, kept until it is declared or given up; the clock recalls it."""
    begun = work_stoppages.start(
        company_id,
        caller.account,
        member_id=member_id,
        contract_id=body.contract_id,
        kind=body.kind,
        key=idempotency_key,
    )
    return StoppageView.of(begun)


@blueprint.endpoint(
    "GET",
    f"{BASE}/{{request_id}}",
    access=Access.COMPANY_READER,
    summary="Une déclaration d’arrêt de travail",
    response=StoppageView,
    items=("H93", "H95"),
    journal=(DataGroup.WORK_STOPPAGES,),
)
def read(caller: Caller, company_id: str, request_id: str) -> StoppageView:
    """What was answered, what is left to answer and to send, until when, and what happened."""
    return StoppageView.of(work_stoppages.get(company_id, request_id))


@blueprint.endpoint(
    "PUT",
    f"{BASE}/{{request_id}}",
    access=Access.COMPANY_MANAGER,
    summary="Enregistrer un brouillon d’arrêt de travail",
    request=SaveAnswers,
    response=StoppageView,
    refusals=("already_declared",),
    items=("H90", "H91", "H93", "H95"),
    journal=(DataGroup.WORK_STOPPAGES,),
)
def save(caller: Caller, company_id: str, request_id: str, body: SaveAnswers) -> StoppageView:
    """Answers may be missing; what comes back says which questions come up next, which documents, and the clock."""
    return StoppageView.of(work_stoppages.save(company_id, request_id, body.answers))


@blueprint.endpoint(
    "DELETE",
    f"{BASE}/{{request_id}}",
    access=Access.COMPANY_MANAGER,
    summary="Supprimer un brouillon d’arrêt de travail",
    status=204,
    refusals=("already_declared",),
    items=("H95",),
)
def drop(caller: Caller, company_id: str, request_id: str) -> None:
    """Its answers are not kept."""
    work_stoppages.drop(company_id, request_id, caller.account)


@blueprint.endpoint(
    "POST",
    f"{BASE}/{{request_id}}/declaration",
    access=Access.COMPANY_MANAGER,
    summary="Déclarer l’arrêt de travail",
    response=StoppageView,
    refusals=("already_declared", "invalid_transition"),
    items=("H92", "H93", "H95"),
    journal=(DataGroup.WORK_STOPPAGES,),
)
def declare(caller: Caller, company_id: str, request_id: str) -> StoppageView:
    """Every answer is checked; a late declaration is accepted with its reason. A receipt is mailed."""
    return StoppageView.of(work_stoppages.declare(company_id, request_id, caller.account))


@blueprint.endpoint(
    "POST",
    f"{BASE}/{{request_id}}/follow-ups",
    access=Access.COMPANY_MANAGER,
    summary="Commencer la déclaration d’une suite",
    request=FollowStoppage,
    response=StoppageView,
    status=201,
    refusals=("invalid_transition",),
    idempotent=True,
    items=("H91", "H95"),
    journal=(DataGroup.WORK_STOPPAGES,),
)
def follow_up(
    caller: Caller, company_id: str, request_id: str, body: FollowStoppage, idempotency_key: str
) -> StoppageView:
    """A prolongation, a return to work, or a relapse: a draft of its own under the file's number."""
    begun = work_stoppages.follow_up(
        company_id, request_id, caller.account, movement=body.movement, key=idempotency_key
    )
    return StoppageView.of(begun)


@blueprint.endpoint(
    "GET",
    f"{BASE}/{{request_id}}/estimate",
    access=Access.COMPANY_READER,
    summary="Estimer le complément",
    response=EstimateView,
    refusals=("no_cover", "answers_missing", "law_unknown"),
    items=("H95",),
    journal=(DataGroup.WORK_STOPPAGES,),
)
def read_estimate(caller: Caller, company_id: str, request_id: str) -> EstimateView:
    """Allowances, employer's pay, franchise, limits: each step in a sentence."""
    request = work_stoppages.get(company_id, request_id)
    return EstimateView.of(work_stoppages.estimate(request)).showing(request.member_id)
