"""H88–H95: a draft that is resumed, sent late or in time, completed, followed; and every step the file may not take."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.company import Risk
from chalicelib.domain.errors import Conflict, FieldErrors, Refused
from chalicelib.domain.periods import Period
from chalicelib.domain.work_stoppage.declaration import Declaration, draft_follow_up, draft_opening
from chalicelib.domain.work_stoppage.kinds import Movement, StoppageKind
from chalicelib.domain.work_stoppage.questions import StoppageDocument
from chalicelib.domain.work_stoppage.state import ALLOWED, OPEN, StoppageState
from chalicelib.domain.work_stoppage.stoppage_file import StoppageFile, files_of, overlapped

COVERED = Period(date(2024, 1, 1))
START = date(2026, 3, 2)
IN_TIME = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
APRIL = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)
ILLNESS: dict[str, Any] = {
    "starts_on": "2026-03-02",
    "last_worked_on": "2026-03-01",
    "expected_end_on": "2026-03-31",
    "prescriber": "medecin",
    "hospitalised": False,
    "hired_on": "2020-01-06",
    "seasonal": False,
    "by_dsn": True,
    "gross_month_3": 290_000,
    "gross_month_2": 300_000,
    "gross_month_1": 310_000,
    "reference_gross": 3_600_000,
    "reference_net": 2_844_000,
    "subrogation": True,
}
MORE = {"extended_from": "2026-04-01", "expected_end_on": "2026-04-30", "prescriber": "medecin"}
BACK = {"returned_on": "2026-03-23", "return_mode": "temps_plein"}
PART_TIME = {
    "returned_on": "2026-03-23",
    "return_mode": "temps_partiel_therapeutique",
    "part_time_until": "2026-05-31",
    "part_time_gross_month": 150_000,
    "part_time_net_month": 120_000,
}


def draft(kind: StoppageKind = StoppageKind.ILLNESS, risk: Risk = Risk.PROVIDENT) -> Declaration:
    return draft_opening(
        declaration_id="d1",
        company_id="c1",
        member_id="m1",
        contract_id="k1",
        risk=risk,
        kind=kind,
        at=IN_TIME,
    )


def opened(
    answers: Mapping[str, Any] = ILLNESS, *, kind: StoppageKind = StoppageKind.ILLNESS, at: datetime = IN_TIME
) -> Declaration:
    """A declared opening."""
    filled = draft(kind).answered(answers, today=at.date())
    return filled.declared(number="ARR-1", at=at, actor="hr", covered=COVERED)


def following(
    file: Declaration, movement: Movement, answers: Mapping[str, Any], *, at: datetime = IN_TIME, **current: Any
) -> Declaration:
    """A declared follow-up."""
    begun = draft_follow_up(file, declaration_id="d2", movement=movement, at=at).answered(answers, today=at.date())
    return begun.declared(at=at, actor="hr", covered=COVERED, **current)


def in_state(state: StoppageState) -> Declaration:
    return replace(opened(), state=state)


def faults(kind: StoppageKind = StoppageKind.ILLNESS, **changes: Any) -> dict[str, str]:
    """Where an opening with some other answers is refused, and by which code."""
    with pytest.raises(FieldErrors) as caught:
        opened(ILLNESS | changes, kind=kind)
    return {fault.field.removeprefix("answers."): fault.code for fault in caught.value.faults}


def test_only_a_provident_contract_has_stoppages() -> None:
    """H88."""
    with pytest.raises(Refused) as caught:
        draft(risk=Risk.HEALTH)
    assert caught.value.code == "not_provident"


def test_a_draft_is_left_and_resumed() -> None:
    """H95: what was answered stays, what is left to answer is known."""
    half = draft().answered({"starts_on": "2026-03-02"}, today=START)
    assert half.state is StoppageState.DRAFT
    assert half.answers == {"starts_on": START}
    assert "last_worked_on" in [question.id for question in half.questions(START)]
    with pytest.raises(FieldErrors):
        half.declared(number="ARR-1", at=IN_TIME, actor="hr", covered=COVERED)


def test_the_clock_is_shown_once_the_first_day_is_known() -> None:
    """H93."""
    assert draft().deadline(START) is None
    clock = draft().answered({"starts_on": "2026-03-02"}, today=START).deadline(START)
    assert clock is not None
    assert clock.due_on == date(2026, 4, 1)


def test_a_declaration_in_time() -> None:
    sent = opened()
    assert (sent.state, sent.late, sent.number) == (StoppageState.DECLARED, False, "ARR-1")
    [event] = sent.history
    assert (event.event, event.actor, event.effective_on, event.reason) == ("declared", "hr", START, None)


LAST_MOMENT = datetime(2026, 4, 1, 21, 59, 59, tzinfo=UTC)
TOO_LATE = LAST_MOMENT + timedelta(seconds=1)


@pytest.mark.parametrize(("at", "late"), [(LAST_MOMENT, False), (TOO_LATE, True)])
def test_late_is_accepted_flagged_and_motivated_from_midnight_in_paris(at: datetime, late: bool) -> None:
    """H92, A5: 30 days from 2 March end with 1 April, Paris time."""
    filled = draft().answered(ILLNESS | {"late_reason": "Avis reçu tard."}, today=date(2026, 4, 2))
    sent = filled.declared(number="ARR-1", at=at, actor="hr", covered=COVERED)
    assert (sent.state, sent.late) == (StoppageState.DECLARED, late)
    assert (sent.history[-1].event, sent.history[-1].reason) == (
        ("declared_late", "Avis reçu tard.") if late else ("declared", None)
    )
    assert ("late_reason" in sent.answers) is late


def test_a_file_has_a_number_once_declared() -> None:
    with pytest.raises(ValueError, match="number"):
        draft().answered(ILLNESS, today=START).declared(at=IN_TIME, actor="hr", covered=COVERED)
    assert following(opened(), Movement.PROLONGATION, MORE).number == "ARR-1"


def test_a_late_declaration_without_a_reason_is_asked_for_one() -> None:
    with pytest.raises(FieldErrors) as caught:
        opened(at=TOO_LATE)
    assert [fault.field for fault in caught.value.faults] == ["answers.late_reason"]


def test_a_declared_stoppage_no_longer_changes() -> None:
    with pytest.raises(Conflict):
        opened().answered(ILLNESS, today=START)
    with pytest.raises(Conflict):
        opened().declared(number="ARR-2", at=IN_TIME, actor="hr", covered=COVERED)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"expected_end_on": "2026-03-01"}, {"expected_end_on": "before_start"}),
        ({"last_worked_on": "2026-03-03"}, {"last_worked_on": "after_start"}),
        ({"hired_on": "2026-03-03"}, {"hired_on": "after_start"}),
        ({"starts_on": "2026-03-11"}, {"starts_on": "in_future"}),
        ({"reference_net": 3_600_001}, {"reference_net": "net_over_gross"}),
    ],
)
def test_answers_that_contradict_each_other(changes: dict[str, Any], fault: dict[str, str]) -> None:
    assert faults(**changes) == fault


def test_the_other_side_of_each_contradiction() -> None:
    same = {"expected_end_on": "2026-03-02", "last_worked_on": "2026-03-02", "hired_on": "2026-03-02"}
    assert opened(ILLNESS | same | {"reference_net": 3_600_000}).state is StoppageState.DECLARED
    today = {"starts_on": "2026-03-10", "expected_end_on": "2026-03-10"}
    assert opened(ILLNESS | today).state is StoppageState.DECLARED


def test_a_leave_may_be_declared_ahead_and_begins_after_the_birth() -> None:
    leave = {name: value for name, value in ILLNESS.items() if name not in ("prescriber", "hospitalised")}
    leave |= {"starts_on": "2026-03-20", "arrived_on": "2026-03-20"}
    assert opened(leave, kind=StoppageKind.PATERNITY).state is StoppageState.DECLARED
    with pytest.raises(FieldErrors) as caught:
        opened(leave | {"arrived_on": "2026-03-21"}, kind=StoppageKind.PATERNITY)
    assert [fault.field for fault in caught.value.faults] == ["answers.arrived_on"]


def test_an_accident_cannot_follow_the_stoppage() -> None:
    facts = {"accident_on": "2026-03-03", "third_party": False}
    assert faults(StoppageKind.WORK_ACCIDENT, **facts) == {"accident_on": "after_start"}
    sent = opened(ILLNESS | facts | {"accident_on": "2026-03-02"}, kind=StoppageKind.WORK_ACCIDENT)
    assert sent.state is StoppageState.DECLARED


def test_part_time_pay_stays_below_the_reference_pay() -> None:
    kept = {"after_full_stop": False, "kept_gross_month": 300_000, "kept_net_month": 1}
    kind = StoppageKind.THERAPEUTIC_PART_TIME
    answers = {name: value for name, value in ILLNESS.items() if name != "hospitalised"}
    assert opened(answers | kept, kind=kind).state is StoppageState.DECLARED
    with pytest.raises(FieldErrors) as caught:
        opened(answers | kept | {"kept_gross_month": 300_001}, kind=kind)
    assert [fault.code for fault in caught.value.faults] == ["over_reference"]


@pytest.mark.parametrize(("since", "accepted"), [(START, True), (START + timedelta(days=1), False)])
def test_the_employee_must_be_covered_on_the_first_day(since: date, accepted: bool) -> None:
    filled = draft().answered(ILLNESS, today=START)
    if accepted:
        assert filled.declared(number="A", at=IN_TIME, actor="hr", covered=Period(since)).number == "A"
        return
    with pytest.raises(FieldErrors) as caught:
        filled.declared(number="A", at=IN_TIME, actor="hr", covered=Period(since))
    assert [fault.code for fault in caught.value.faults] == ["not_covered"]


def test_documents_complete_the_file_one_by_one() -> None:
    """H95."""
    sent = opened()
    wanted = [document.code for document in sent.missing(START)]
    assert wanted == ["avis_arret", "decomptes_ijss", "rib_entreprise"]
    some = sent.with_received(wanted[:2], at=IN_TIME, actor="hr")
    assert (some.state, [one.code for one in some.missing(START)]) == (StoppageState.INCOMPLETE, wanted[2:])
    again = some.with_received([], at=IN_TIME, actor="hr")
    assert (again.state, len(again.history)) == (StoppageState.INCOMPLETE, len(some.history))
    whole = some.with_received(wanted[2:], at=IN_TIME, actor="hr")
    assert (whole.state, whole.missing(START)) == (StoppageState.COMPLETE, ())
    assert sent.with_received(wanted, at=IN_TIME, actor="hr").state is StoppageState.COMPLETE


def test_a_complement_makes_the_file_wait_again() -> None:
    sent = opened()
    whole = sent.with_received([one.code for one in sent.missing(START)], at=IN_TIME, actor="hr")
    tax = StoppageDocument(code="avis_imposition", title="Avis d’imposition", about="salarie", reason="Revenus.")
    asking = whole.asked_for(tax, at=IN_TIME, actor="agent")
    assert (asking.state, asking.missing(START)) == (StoppageState.INCOMPLETE, (tax,))
    assert asking.history[-1].reason == "Revenus."
    twice = asking.asked_for(replace(sent.required(START)[0], reason="Illisible."), at=IN_TIME, actor="agent")
    assert [one.code for one in twice.missing(START)] == ["avis_arret", "avis_imposition"]
    done = twice.with_received(["avis_arret", "avis_imposition"], at=IN_TIME, actor="hr")
    assert done.state is StoppageState.COMPLETE
    with pytest.raises(Conflict):
        in_state(StoppageState.CLOSED).asked_for(tax, at=IN_TIME, actor="agent")


@pytest.mark.parametrize("origin", StoppageState)
@pytest.mark.parametrize("target", StoppageState)
def test_only_the_steps_of_the_state_machine_are_possible(origin: StoppageState, target: StoppageState) -> None:
    file = in_state(origin)
    if target in ALLOWED.get(origin, ()):
        moved = file.moved_to(target, at=IN_TIME, actor="agent", event="x")
        assert (moved.state, moved.history[-1].state) == (target, target)
    else:
        with pytest.raises(Conflict):
            file.moved_to(target, at=IN_TIME, actor="agent", event="x")


def test_every_state_can_be_reached_and_has_its_label() -> None:
    seen, ahead = set(), {StoppageState.DRAFT}
    while ahead:
        seen |= ahead
        ahead = {target for origin in ahead for target in ALLOWED.get(origin, ())} - seen
    assert seen == set(StoppageState)
    assert len({state.label for state in StoppageState}) == len(StoppageState)
    assert not ALLOWED.get(StoppageState.REJECTED)


@pytest.mark.parametrize(
    ("movement", "answers", "origin", "target"),
    [
        (Movement.PROLONGATION, MORE, StoppageState.PAYING, StoppageState.EXTENDED),
        (Movement.PROLONGATION, MORE, StoppageState.IN_FRANCHISE, StoppageState.IN_FRANCHISE),
        (Movement.PROLONGATION, MORE, StoppageState.INCOMPLETE, StoppageState.INCOMPLETE),
        (Movement.RETURN, BACK, StoppageState.PAYING, StoppageState.RESUMED),
        (Movement.RETURN, BACK, StoppageState.IN_FRANCHISE, StoppageState.RESUMED),
        (Movement.RETURN, BACK, StoppageState.DECLARED, StoppageState.DECLARED),
        (Movement.RETURN, PART_TIME, StoppageState.PAYING, StoppageState.PART_TIME),
    ],
)
def test_a_follow_up_moves_its_file(
    movement: Movement, answers: dict[str, Any], origin: StoppageState, target: StoppageState
) -> None:
    file = in_state(origin)
    late = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)
    moved = file.followed_by(following(file, movement, answers, at=late), at=late, actor="hr")
    assert moved.state is target
    assert moved.history[-1].event == str(movement)
    assert moved.history[-1].effective_on is not None


def test_a_relapse_reopens_a_closed_file_only() -> None:
    again = ILLNESS | {"starts_on": "2026-05-04", "last_worked_on": "2026-05-03", "expected_end_on": "2026-05-20"}
    at = datetime(2026, 5, 5, 9, 0, tzinfo=UTC)
    closed = in_state(StoppageState.CLOSED)
    relapse = following(closed, Movement.RELAPSE, again, at=at, current=Period(START, date(2026, 4, 1)))
    assert closed.followed_by(relapse, at=at, actor="hr").state is StoppageState.RELAPSE
    with pytest.raises(Conflict):
        in_state(StoppageState.PAYING).followed_by(relapse, at=at, actor="hr")
    with pytest.raises(Conflict):
        draft_follow_up(in_state(StoppageState.PAYING), declaration_id="d2", movement=Movement.RELAPSE, at=at)


@pytest.mark.parametrize("state", sorted(set(StoppageState) - OPEN))
def test_nothing_follows_a_file_that_is_not_open(state: StoppageState) -> None:
    with pytest.raises(Conflict):
        draft_follow_up(in_state(state), declaration_id="d2", movement=Movement.PROLONGATION, at=IN_TIME)


def test_a_follow_up_belongs_to_its_own_file() -> None:
    other = replace(following(opened(), Movement.PROLONGATION, MORE), number="ARR-2")
    with pytest.raises(Refused, match="other_file"):
        in_state(StoppageState.PAYING).followed_by(other, at=IN_TIME, actor="hr")
    with pytest.raises(ValueError, match="follows nothing"):
        draft_follow_up(opened(), declaration_id="d2", movement=Movement.OPENING, at=IN_TIME)


@pytest.mark.parametrize(
    ("movement", "first", "code"),
    [
        (Movement.PROLONGATION, "2026-04-03", None),
        (Movement.PROLONGATION, "2026-04-04", "interrupted"),
        (Movement.PROLONGATION, "2026-03-02", "too_early"),
        (Movement.RETURN, "2026-03-02", "too_early"),
        (Movement.RETURN, "2026-03-03", None),
        (Movement.RELAPSE, "2026-03-31", "not_over"),
        (Movement.RELAPSE, "2026-04-01", None),
    ],
)
def test_a_follow_up_agrees_with_the_stoppage_so_far(movement: Movement, first: str, code: str | None) -> None:
    """The stoppage runs from 2 to 31 March; two days without work between two prescriptions do not end it."""
    at = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
    file = in_state(StoppageState.CLOSED if movement is Movement.RELAPSE else StoppageState.PAYING)
    answers: dict[str, Any] = {
        Movement.PROLONGATION: MORE | {"extended_from": first},
        Movement.RETURN: BACK | {"returned_on": first},
        Movement.RELAPSE: ILLNESS | {"starts_on": first, "expected_end_on": "2026-04-20"},
    }[movement]
    current = StoppageFile(beginning=file).period
    assert current == Period(START, date(2026, 4, 1))
    if code is None:
        assert following(file, movement, answers, at=at, current=current).state is StoppageState.DECLARED
        return
    with pytest.raises(FieldErrors) as caught:
        following(file, movement, answers, at=at, current=current)
    assert code in [fault.code for fault in caught.value.faults]


def test_a_return_from_an_invalidity_that_has_no_end() -> None:
    file = in_state(StoppageState.PAYING)
    assert following(file, Movement.RETURN, BACK | {"returned_on": "2026-03-09"}, current=Period(START)).number


def test_a_return_has_no_clock() -> None:
    at = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
    assert not following(opened(), Movement.RETURN, BACK, at=at).late


def test_the_days_of_a_file() -> None:
    file = in_state(StoppageState.PAYING)
    at = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)
    longer = following(file, Movement.PROLONGATION, MORE, at=at)
    back = following(file, Movement.RETURN, BACK, at=at)
    part = following(file, Movement.RETURN, PART_TIME, at=at)
    late_back = following(file, Movement.RETURN, BACK | {"returned_on": "2026-04-02"}, at=at)
    ends = [
        (longer, date(2026, 5, 1)),
        (back, date(2026, 3, 23)),
        (part, date(2026, 6, 1)),
        (late_back, date(2026, 4, 1)),
    ]
    for follow_up, end in ends:
        [told] = files_of((file, follow_up))
        assert told.period == Period(START, end)


def test_a_draft_is_not_a_file_yet() -> None:
    with pytest.raises(TypeError, match="starts_on"):
        _ = StoppageFile(beginning=draft()).period
    dated = draft().answered({"starts_on": "2026-03-02", "expected_end_on": "2026-03-31"}, today=START)
    with pytest.raises(TypeError, match="reference_gross"):
        StoppageFile(beginning=dated).stoppage()


def test_the_facts_of_a_file() -> None:
    file = in_state(StoppageState.PAYING)
    part = following(file, Movement.RETURN, PART_TIME, at=datetime(2026, 4, 2, 9, 0, tzinfo=UTC))
    [told] = files_of((file, part))
    facts = told.stoppage(allowances_already_paid=12, other_daily_cents=5)
    assert facts.earnings.months_cents == (290_000, 300_000, 310_000)
    assert (facts.earnings.reference_gross_cents, facts.earnings.reference_net_cents) == (3_600_000, 2_844_000)
    assert (facts.kind, facts.hired_on, facts.accident_on) == (StoppageKind.ILLNESS, date(2020, 1, 6), None)
    assert (facts.allowances_already_paid, facts.other_daily_cents) == (12, 5)
    assert facts.part_time is not None
    assert (facts.part_time.starts_on, facts.part_time.gross_month_cents) == (date(2026, 3, 23), 150_000)


def test_a_relapse_is_a_stoppage_of_its_own() -> None:
    again = ILLNESS | {"starts_on": "2026-05-04", "last_worked_on": "2026-05-03", "expected_end_on": "2026-05-20"}
    at = datetime(2026, 5, 5, 9, 0, tzinfo=UTC)
    closed = in_state(StoppageState.CLOSED)
    first, second = files_of((closed, following(closed, Movement.RELAPSE, again, at=at)))
    assert (first.period, second.period.start) == (Period(START, date(2026, 4, 1)), date(2026, 5, 4))


def another(state: StoppageState = StoppageState.PAYING, **changes: Any) -> Declaration:
    """Another file of the same employee, off work until 31 March."""
    return replace(in_state(state), **({"declaration_id": "d0", "number": "ARR-0"} | changes))


@pytest.mark.parametrize("state", sorted(OPEN))
def test_days_of_an_open_file_belong_to_it(state: StoppageState) -> None:
    """H92: up to its last day, which the next day is not."""
    last = opened(ILLNESS | {"starts_on": "2026-03-31", "expected_end_on": "2026-04-10"}, at=APRIL)
    found = overlapped(last, [another(state)])
    assert found is not None
    assert found.beginning.number == "ARR-0"
    next_day = opened(ILLNESS | {"starts_on": "2026-04-01", "expected_end_on": "2026-04-10"}, at=APRIL)
    assert overlapped(next_day, [another(state)]) is None


@pytest.mark.parametrize("state", sorted(set(StoppageState) - OPEN))
def test_a_file_that_is_not_open_is_in_nobodys_way(state: StoppageState) -> None:
    """H92."""
    assert overlapped(opened(), [another(state)]) is None


def test_only_days_wholly_off_for_the_same_contract_are_taken_twice() -> None:
    """H92: nor does a file overlap itself; whoever is back, wholly or in part, may be off work again."""
    again = opened(ILLNESS | {"starts_on": "2026-03-23", "expected_end_on": "2026-04-10"}, at=APRIL)
    assert overlapped(again, [another()]) is not None
    assert overlapped(again, [another(contract_id="k2")]) is None
    assert overlapped(again, [again]) is None
    file = in_state(StoppageState.PAYING)
    for told in (BACK, PART_TIME):
        back = following(file, Movement.RETURN, told, at=APRIL)
        assert overlapped(again, [another(follow_ups=(back,))]) is None
        assert overlapped(opened(), [another(follow_ups=(back,))]) is not None
    assert overlapped(again, [another(kind=StoppageKind.MATERNITY)]) is None
    assert overlapped(again, [another(kind=StoppageKind.INVALIDITY)]) is None


def test_seasonal_work_takes_twelve_months() -> None:
    months = ("gross_month_1", "gross_month_2", "gross_month_3")
    seasonal = {name: value for name, value in ILLNESS.items() if name not in months} | {"seasonal": True}
    told = StoppageFile(beginning=opened(seasonal))
    assert told.stoppage().earnings.months_cents == (300_000,) * 12
    stated = (0,) * 6 + (600_000,) * 6
    assert told.stoppage(twelve_months_cents=stated).earnings.months_cents == stated


@pytest.mark.parametrize(("recognised", "paid_as"), [(True, "maladie_professionnelle"), (False, "maladie")])
def test_an_occupational_disease_is_paid_as_an_illness_until_recognised(recognised: bool, paid_as: str) -> None:
    answers = {name: value for name, value in ILLNESS.items() if name != "hospitalised"} | {"recognised": recognised}
    told = StoppageFile(beginning=opened(answers, kind=StoppageKind.OCCUPATIONAL_DISEASE))
    assert told.stoppage().kind == paid_as


def test_an_invalidity_has_no_end_and_its_pension_is_stated() -> None:
    kept = ("starts_on", "last_worked_on", "hired_on", "by_dsn", "reference_gross", "reference_net", "subrogation")
    answers = {name: ILLNESS[name] for name in kept} | {"category": "2", "pension_month": 120_000}
    told = StoppageFile(beginning=opened(answers, kind=StoppageKind.INVALIDITY))
    assert told.period == Period(START)
    assert [stated.daily_cents for stated in told.stoppage().statutory] == [3945]  # 1 200 € × 12 / 365
    assert told.part_time is None


@pytest.mark.parametrize(("answer", "served"), [(True, True), (False, False)])
def test_the_waiting_days_of_one_long_illness_are_served_once(answer: bool, served: bool) -> None:
    told = StoppageFile(beginning=opened(ILLNESS | {"same_long_illness": answer}, kind=StoppageKind.LONG_ILLNESS))
    assert told.stoppage().waiting_served is served


def test_a_stay_in_hospital_is_known_by_the_kind_or_by_the_answer() -> None:
    stay = {name: value for name, value in ILLNESS.items() if name != "hospitalised"}
    assert StoppageFile(beginning=opened(stay, kind=StoppageKind.HOSPITAL)).stoppage().hospitalised
    assert StoppageFile(beginning=opened(ILLNESS | {"hospitalised": True})).stoppage().hospitalised
    assert not StoppageFile(beginning=opened()).stoppage().hospitalised


def test_therapeutic_part_time_declared_on_its_own() -> None:
    kept = {"after_full_stop": True, "kept_gross_month": 150_000, "kept_net_month": 120_000}
    answers = {name: value for name, value in ILLNESS.items() if name != "hospitalised"} | kept
    told = StoppageFile(beginning=opened(answers, kind=StoppageKind.THERAPEUTIC_PART_TIME))
    facts = told.stoppage()
    assert facts.part_time is not None
    assert (facts.part_time.starts_on, facts.waiting_served) == (START, True)
