"""H88–H95: a request never drifts from the declaration it shows, and the clock recalls a draft once at each time."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.company import Risk
from chalicelib.domain.errors import Conflict, FieldErrors
from chalicelib.domain.law import parameter
from chalicelib.domain.request import (
    STOPPAGE_STATES,
    AgentQueue,
    Attachment,
    FileState,
    Request,
    RequestKind,
    RequestState,
    Ruling,
    Verdict,
    steps,
)
from chalicelib.domain.required_documents import TITLES, DocumentKind
from chalicelib.domain.work_stoppage import tracking
from chalicelib.domain.work_stoppage.declaration import OVERDUE, RECALLED, Declaration, draft_follow_up, draft_opening
from chalicelib.domain.work_stoppage.kinds import Movement, StoppageKind
from chalicelib.domain.work_stoppage.questions import (
    answers_to_data,
    asked,
    document_of,
    documents,
    form,
    possible,
    read_answers,
    typed_answers,
)
from chalicelib.domain.work_stoppage.situation import Situation
from chalicelib.domain.work_stoppage.state import ALLOWED, StoppageState
from chalicelib.domain.work_stoppage.stoppage_file import files_of
from chalicelib.storage import rows
from tests.domain.work_stoppage.test_declaration import BACK, COVERED, ILLNESS, IN_TIME, MORE, START, following, opened

AGENT = "agent:a"


def begun(declaration: Declaration) -> Request:
    return tracking.begun(declaration, account_id="u1", member_name="Léa Martin")


def draft(movement: Movement = Movement.OPENING) -> Declaration:
    opening = opened()
    if movement is not Movement.OPENING:
        return draft_follow_up(opening, declaration_id="d2", movement=movement, at=IN_TIME)
    return replace(opening, state=StoppageState.DRAFT, answers={}, number=None, declared_at=None, history=())


def sent(answers: dict[str, Any] = ILLNESS) -> Request:
    """The request of a declaration just sent."""
    filled = draft().answered(answers, today=IN_TIME.date())
    said = filled.declared(number="ARR-1", at=IN_TIME, actor="hr", covered=COVERED)
    return tracking.declared(begun(filled), said, at=IN_TIME, actor="hr")


def with_files(request: Request) -> Request:
    """The same request, a good file sent for each document it misses."""
    for index, one in enumerate(request.missing):
        request = request.with_attachment(
            Attachment(
                document_id=f"{request.round}-{index}",
                kind=one.kind,
                about=one.about,
                name="f.pdf",
                state=FileState.ACCEPTED,
                announced_at=IN_TIME,
            )
        )
    return tracking.with_received(request, at=IN_TIME, actor="system")


def test_every_step_of_a_declaration_is_one_of_its_request() -> None:
    """One table maps the states, and the request's steps are made from the declaration's own."""
    assert set(STOPPAGE_STATES) == set(StoppageState)
    allowed = steps(RequestKind.WORK_STOPPAGE)
    for origin, targets in ALLOWED.items():
        for target in targets:
            before, after = STOPPAGE_STATES[origin], STOPPAGE_STATES[target]
            assert before is after or after in allowed[before]


def test_a_request_follows_its_declaration() -> None:
    """H95: draft, documents awaited, examined; what is missing is the same on both sides."""
    request = begun(draft())
    assert (request.state, request.queue, request.due_on) == (RequestState.DRAFT, AgentQueue.RECALLS, None)
    waiting = sent()
    assert (waiting.state, waiting.due_on, waiting.queue) == (RequestState.PENDING_DOCUMENTS, None, None)
    declaration = tracking.stoppage_of(waiting)
    assert [str(one.kind) for one in waiting.missing] == [one.code for one in declaration.missing(START)]
    whole = with_files(waiting)
    assert (whole.state, whole.queue, whole.missing) == (RequestState.IN_REVIEW, AgentQueue.AGENTS, ())
    assert [one.event for one in whole.history] == ["declared", "documents_received"]


def test_a_draft_is_due_when_its_clock_says() -> None:
    """H93: the tracker shows the day; a return to work has none."""
    filled = draft().answered({"starts_on": "2026-03-02"}, today=START)
    assert tracking.followed(begun(draft()), filled, at=IN_TIME, actor="hr").due_on == date(2026, 4, 1)
    back = draft(Movement.RETURN).answered(BACK, today=date(2026, 3, 23))
    assert (begun(back).due_on, begun(back).queue) == (None, None)


def test_a_declaration_without_documents_is_examined_at_once() -> None:
    """H95."""
    back = draft(Movement.RETURN).answered(BACK, today=date(2026, 3, 23))
    at = datetime(2026, 3, 23, 9, 0, tzinfo=UTC)
    said = back.declared(at=at, actor="hr", covered=COVERED)
    request = tracking.declared(begun(back), said, at=at, actor="hr")
    assert (request.state, request.stoppage and request.stoppage.state) == (
        RequestState.IN_REVIEW,
        StoppageState.COMPLETE,
    )


def test_documents_asked_for_again_no_longer_count() -> None:
    """H95."""
    whole = with_files(sent())
    notice = document_of("avis_arret")
    assert notice is not None
    asked = tracking.stoppage_of(whole).asked_for(replace(notice, reason="Illisible."), at=IN_TIME, actor=AGENT)
    waiting = tracking.asking(whole, (DocumentKind.STOPPAGE_NOTICE,), asked, at=IN_TIME, actor=AGENT)
    assert (waiting.state, waiting.reason, waiting.round) == (RequestState.PENDING_DOCUMENTS, "Illisible.", 2)
    assert [one.kind for one in waiting.missing] == [DocumentKind.STOPPAGE_NOTICE]
    assert with_files(waiting).state is RequestState.IN_REVIEW


def test_a_dropped_draft_keeps_nothing() -> None:
    """H95."""
    filled = draft().answered(ILLNESS, today=START)
    gone = tracking.followed(begun(filled), filled.dropped(at=IN_TIME, actor="hr"), at=IN_TIME, actor="hr")
    assert (gone.state, gone.required, gone.due_on, gone.queue) == (RequestState.CLOSED, (), None, None)
    assert gone.stoppage is not None
    assert gone.stoppage.answers == {}
    with pytest.raises(Conflict):
        gone.stoppage.answered(ILLNESS, today=START)
    with pytest.raises(Conflict):
        tracking.stoppage_of(sent()).dropped(at=IN_TIME, actor="hr")


def test_what_is_stored_reads_back_the_same() -> None:
    """H95: days stay days, and a text that looks like a day stays a text."""
    late = ILLNESS | {"starts_on": "2026-01-05", "last_worked_on": "2026-01-04", "late_reason": "2026-01-05"}
    request = sent(late)
    assert tracking.stoppage_of(request).late
    assert rows.decode(Request, rows.encode(request)) == request
    longer = tracking.stoppage_of(request).followed_by(
        following(tracking.stoppage_of(request), Movement.PROLONGATION, MORE), at=IN_TIME, actor="hr"
    )
    assert rows.decode(Declaration, rows.encode(longer)) == longer


def test_answers_read_back_from_their_text() -> None:
    whole = read_answers(
        ILLNESS, Situation(movement=Movement.OPENING, kind=StoppageKind.ILLNESS, today=START), complete=True
    )
    assert typed_answers(answers_to_data(whole)) == whole
    assert typed_answers({"a question of an older form": "2026-03-02"}) == {"a question of an older form": "2026-03-02"}


def test_the_request_of_something_else_has_no_declaration() -> None:
    with pytest.raises(ValueError, match="work stoppage"):
        tracking.stoppage_of(replace(sent(), stoppage=None))


def test_each_document_of_the_form_can_be_sent() -> None:
    """H95: under the same title in the form and in the list of what is missing."""
    for one, _ in form().documents:
        assert TITLES[DocumentKind(one.code)] == one.title
    assert document_of("facture_acquittee") is None


@pytest.mark.parametrize("movement", Movement)
@pytest.mark.parametrize("kind", StoppageKind)
def test_the_form_of_a_movement_and_kind_holds_all_that_may_be_asked(movement: Movement, kind: StoppageKind) -> None:
    """H90, H91: whatever is answered, nothing else comes up."""
    part = possible({"movement": movement, "kind": kind, "scheme": kind.scheme})
    offered = {question.id for question in part.questions}
    situation = Situation(movement=movement, kind=kind, today=date(2026, 12, 1))
    for flag in (True, False):
        answers: dict[str, Any] = {
            question.id: flag if question.type == "yes_no" else question.options[0 if flag else -1].code
            for question in form().questions
            if question.type == "yes_no" or question.options
        }
        answers |= {"starts_on": date(2026, 9, 1), "expected_end_on": date(2026, 12, 31)}
        assert {question.id for question in asked(situation, answers)} <= offered
        codes = {one.code for one in documents(situation, answers)}
        assert codes <= {one.code for one, _ in part.documents}
    assert len(possible({}).questions) == len(form().questions)


SENSITIVE = ("diagnos", "patholog", "symptôme", "traitement", "médicament", "de quoi souffre", "motif médical")


def test_no_question_asks_what_somebody_suffers_from() -> None:
    """H95: neither the employer nor the contract may know it; a reason for being late warns against saying it."""
    for question in form().questions:
        said = f"{question.label} {question.help}".lower()
        assert not [word for word in SENSITIVE if word in said], question.id
    texts = [question for question in form().questions if question.type == "text"]
    assert all("rien de médical" in question.help for question in texts)


@pytest.mark.parametrize("day", ["1949-12-31", "2100-01-01", "0001-01-02", "9999-12-31"])
def test_a_day_beyond_a_working_life_is_a_mistake(day: str) -> None:
    with pytest.raises(FieldErrors) as caught:
        draft().answered({"starts_on": day}, today=START)
    assert [fault.field for fault in caught.value.faults] == ["answers.starts_on"]


DATES = [
    (date(2026, 3, 2), date(2026, 4, 1)),
    (date(2026, 1, 31), date(2026, 3, 2)),
    (date(2024, 1, 30), date(2024, 2, 29)),
    (date(2024, 2, 29), date(2024, 3, 30)),
    (date(2025, 12, 31), date(2026, 1, 30)),
    (date(2026, 10, 1), date(2026, 10, 31)),
]


@pytest.mark.parametrize(("starts_on", "due_on"), DATES)
def test_the_recalls_of_a_draft(starts_on: date, due_on: date) -> None:
    """H92, H93: after 7, 20 and 27 days, then once that it is late; month ends, leap days, clocks that change."""
    waiting = draft().answered({"starts_on": f"{starts_on}"}, today=starts_on)
    made = {}
    for offset in range(40):
        today = starts_on + timedelta(days=offset)
        for _ in range(2):
            recall = waiting.recall(today)
            if recall is not None:
                made[offset] = recall.late
                waiting = waiting.recalled(recall, at=IN_TIME)
    assert made == {7: False, 20: False, 27: False, 31: True}
    assert [one.event for one in waiting.history] == [RECALLED] * 3 + [OVERDUE]
    assert waiting.history[-1].effective_on == due_on
    assert waiting.late
    assert begun(waiting).queue is None


def test_recalls_that_were_missed_are_made_up_for_by_one() -> None:
    """H93: the job did not run for two weeks: one mail, not two; and none of the earlier ones afterwards."""
    waiting = draft().answered({"starts_on": "2026-03-02"}, today=START)
    recall = waiting.recall(START + timedelta(days=21))
    assert recall is not None
    assert recall.on == START + timedelta(days=20)
    waiting = waiting.recalled(recall, at=IN_TIME)
    assert waiting.recall(START + timedelta(days=26)) is None


def test_a_draft_without_a_first_day_is_recalled_from_the_day_it_was_begun() -> None:
    """H93: begun late in the evening of 10 March in UTC is begun on the 11th in Paris."""
    evening = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)
    waiting = draft_opening(
        declaration_id="d", company_id="c", member_id="m", contract_id="k", risk=Risk.PROVIDENT,
        kind=StoppageKind.ILLNESS, at=evening,
    )  # fmt: skip
    assert waiting.recall(date(2026, 3, 17)) is None
    recall = waiting.recall(date(2026, 3, 18))
    assert recall is not None
    assert recall.due_on == date(2026, 4, 10)


def test_a_corrected_first_day_clears_the_flag() -> None:
    """H93, A5."""
    late = draft().answered({"starts_on": "2026-03-02"}, today=date(2026, 4, 2))
    assert late.late
    assert not late.answered({"starts_on": "2026-03-12"}, today=date(2026, 4, 2)).late


def test_a_sent_declaration_is_never_recalled() -> None:
    assert opened().recall(date(2027, 1, 1)) is None
    assert draft(Movement.RETURN).recall(date(2027, 1, 1)) is None


@pytest.mark.parametrize(
    ("standing", "led_to"),
    [
        (StoppageState.IN_FRANCHISE, [StoppageState.IN_FRANCHISE]),
        (StoppageState.PAYABLE, [StoppageState.PAYABLE]),
        (StoppageState.PAYING, [StoppageState.PAYABLE, StoppageState.PAYING]),
    ],
)
def test_an_accepted_file_stands_where_its_days_put_it(standing: StoppageState, led_to: list[StoppageState]) -> None:
    whole = tracking.stoppage_of(with_files(sent()))
    accepted = whole.accepted(standing, at=IN_TIME, actor=AGENT)
    assert [one.state for one in accepted.history[len(whole.history) :]] == led_to
    with pytest.raises(Conflict):
        accepted.accepted(standing, at=IN_TIME, actor=AGENT)


def test_a_return_declared_before_the_decision_counts_after_it() -> None:
    whole = tracking.stoppage_of(with_files(sent()))
    told = whole.followed_by(following(whole, Movement.RETURN, BACK, at=LATER), at=LATER, actor="hr")
    assert told.state is StoppageState.COMPLETE
    assert told.brought_to(StoppageState.PAYING, at=LATER, actor=AGENT) is told
    assert told.accepted(StoppageState.PAYING, at=LATER, actor=AGENT).state is StoppageState.RESUMED


LATER = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)


def test_the_same_follow_up_is_declared_once() -> None:
    """A second prolongation from the same day is refused; another day is another prolongation."""
    paying = replace(opened(), state=StoppageState.PAYING)
    longer = paying.followed_by(following(paying, Movement.PROLONGATION, MORE), at=LATER, actor="hr")
    with pytest.raises(Conflict) as caught:
        longer.followed_by(following(longer, Movement.PROLONGATION, MORE), at=LATER, actor="hr")
    assert caught.value.code == "already_declared"
    assert files_of(longer.told)[-1].period.end == date(2026, 5, 1)


@pytest.mark.parametrize(
    ("state", "left"),
    [
        (StoppageState.EXTENDED, StoppageState.PAYING),
        (StoppageState.RELAPSE, StoppageState.CLOSED),
        (StoppageState.IN_FRANCHISE, StoppageState.IN_FRANCHISE),
    ],
)
def test_the_days_of_a_refused_follow_up_no_longer_count(state: StoppageState, left: StoppageState) -> None:
    paying = replace(opened(), state=StoppageState.PAYING)
    more = following(paying, Movement.PROLONGATION, MORE)
    longer = replace(paying.followed_by(more, at=LATER, actor="hr"), state=state)
    rest = longer.without(more, at=LATER, actor=AGENT)
    assert (rest.state, rest.follow_ups) == (left, ())
    assert files_of(rest.told)[-1].period.end == date(2026, 4, 1)


def test_an_accepted_follow_up_is_attached_and_its_file_goes_on() -> None:
    paying = replace(opened(), state=StoppageState.PAYING)
    more = following(paying, Movement.PROLONGATION, MORE)
    whole = more.with_received([one.code for one in more.missing(START)], at=LATER, actor="hr")
    assert whole.attached(at=LATER, actor=AGENT).state is StoppageState.ATTACHED
    longer = paying.followed_by(more, at=LATER, actor="hr")
    assert longer.brought_to(StoppageState.PAYING, at=LATER, actor=AGENT).state is StoppageState.PAYING
    relapsed = replace(longer, state=StoppageState.RELAPSE)
    assert relapsed.brought_to(StoppageState.IN_FRANCHISE, at=LATER, actor=AGENT).state is StoppageState.IN_FRANCHISE
    part_time = replace(longer, state=StoppageState.PART_TIME)
    assert part_time.brought_to(StoppageState.PAYING, at=LATER, actor=AGENT).state is StoppageState.PART_TIME
    with pytest.raises(Conflict):
        replace(longer, state=StoppageState.REJECTED).brought_to(StoppageState.PAYING, at=LATER, actor=AGENT)


def test_a_ruling_says_who_decided() -> None:
    assert Ruling(verdict=Verdict.ACCEPT, reason="Vu.", agent_id="a").actor == AGENT


def test_the_reminders_are_rows_of_law() -> None:
    """H93: 7, 20 and 27 days are the insurer's own and may change."""
    rows_ = [
        int(parameter(f"arret.declaration.reminder.{name}", on=START).value) for name in ("first", "second", "last")
    ]
    assert rows_ == [7, 20, 27]
