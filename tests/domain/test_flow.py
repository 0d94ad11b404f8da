"""A décompte of the mandatory scheme: lines in any order, corrections, what is due, paid and overpaid (H150)."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from chalicelib.domain.claim import ClaimLine
from chalicelib.domain.errors import Conflict, FieldErrors
from chalicelib.domain.flow import (
    FlowDecompte,
    FlowLine,
    FlowPerson,
    FlowQueue,
    FlowState,
    Payee,
    PayeeKind,
)

NOW = datetime(2026, 3, 9, tzinfo=UTC)
EMPTY = FlowDecompte(
    flow_id="1",
    scheme="01751",
    number="D1",
    person=FlowPerson(nir_lookup="h", nir_masked="2 90 05 ** *** *** **"),
    payee=Payee(kind=PayeeKind.MEMBER),
    received_at=NOW,
    since=NOW,
)


def line(number: int, lines: int, cents: int = 3000, *, cancels: int | None = None, file: str = "f") -> FlowLine:
    care = ClaimLine(act="G", care_on=date(2026, 3, 2), expense_cents=cents, statutory_paid_cents=cents // 2)
    return FlowLine(number=number, lines=lines, care=care, cancels=cancels, file=file)


LINES = (line(1, 2), line(2, 2, 1000), line(3, 4, cancels=1), line(4, 4, 2500))


def told(*lines: FlowLine) -> FlowDecompte:
    flow = EMPTY
    for one in lines:
        flow = flow.told(one)
    return flow


def standing(flow: FlowDecompte) -> list[int] | None:
    live = flow.live()
    return None if live is None else [one.number for one in live]


def test_lines_in_any_order_and_twice_make_one_decompte() -> None:
    """H150: only the latest complete telling counts."""
    for order in itertools.permutations(LINES):
        flow = told(*order, *order)
        assert (flow.complete, standing(flow)) == (4, [2, 4])
        assert not flow.misses_lines


@pytest.mark.parametrize(
    ("numbers", "complete", "live", "misses"),
    [((), 0, [], False), ((1,), 0, [], True), ((1, 2), 2, [1, 2], False), ((1, 2, 4), 2, [1, 2], True)],
)
def test_a_decompte_waits_for_its_lines(numbers: tuple[int, ...], complete: int, live: list[int], misses: bool) -> None:
    flow = told(*(LINES[number - 1] for number in numbers))
    assert (flow.complete, standing(flow), flow.misses_lines) == (complete, live, misses)


def test_the_same_line_from_another_file_says_nothing_new() -> None:
    flow = told(line(1, 1))
    assert flow.told(line(1, 1, file="other")) is flow
    with pytest.raises(FieldErrors):
        flow.told(line(1, 1, 2999))


@pytest.mark.parametrize(
    "negative",
    [line(2, 2, 2999, cancels=1), line(2, 2, cancels=2), line(2, 2, cancels=3)],
)
def test_a_negative_line_undoes_a_line_with_its_amounts(negative: FlowLine) -> None:
    assert standing(told(line(1, 2), line(2, 2, cancels=1))) == []
    assert standing(told(line(1, 2), negative)) is None


def test_a_line_is_undone_once() -> None:
    assert standing(told(line(1, 3), line(2, 3, cancels=1), line(3, 3, cancels=1))) is None


def test_an_act_is_corrected_and_the_line_stays_itself() -> None:
    strange = replace(line(1, 1), care=replace(line(1, 1).care, act="XYZ9"))
    flow = told(strange)
    assert flow.unknown_acts() == (1,)
    corrected = flow.corrected(1, "G")
    assert corrected.unknown_acts() == ()
    assert corrected.told(strange) is corrected
    with pytest.raises(FieldErrors) as caught:
        flow.corrected(2, "ABC")
    assert [fault.code for fault in caught.value.faults] == ["unknown", "unknown_act"]


@pytest.mark.parametrize(
    ("ordered", "recovered", "waived", "due", "order", "overpaid"),
    [
        (0, 0, 0, 900, 900, 0),
        (900, 0, 0, 900, 0, 0),
        (900, 0, 0, 1000, 100, 0),
        (900, 0, 0, 600, 0, 300),
        (900, 300, 0, 600, 0, 0),
        (900, 300, 0, 900, 300, 0),
        (900, 0, 300, 600, 0, 0),
        (900, 0, 300, 900, 0, 0),
        (900, 100, 100, 600, 0, 100),
    ],
)
def test_what_is_paid_less_what_is_to_come_back_is_what_is_due(  # noqa: PLR0917 - one column each
    ordered: int, recovered: int, waived: int, due: int, order: int, overpaid: int
) -> None:
    """H150: an overpayment given up is not paid a second time when the amount rises again."""
    flow = replace(EMPTY, ordered_cents=ordered, recovered_cents=recovered, waived_cents=waived, due_cents=due)
    assert (flow.to_order(due), flow.overpaid_cents) == (order, overpaid)


def test_each_state_has_its_queue() -> None:
    queues = {state: EMPTY.in_state(state, at=NOW).queue for state in FlowState}
    assert queues == {
        FlowState.INCOMPLETE: FlowQueue.INCOMPLETE,
        FlowState.HELD: FlowQueue.HELD,
        FlowState.SETTLED: None,
        FlowState.DROPPED: None,
    }
    with pytest.raises(Conflict):
        EMPTY.check_held()
