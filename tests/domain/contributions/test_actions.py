"""« Régulariser une cotisation »: typed actions, payment first, on eligible rows only (H43, H46, A15)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from chalicelib.domain.contributions.actions import (
    Action,
    ActionKind,
    Asked,
    CorrectionReason,
    acted,
    instruction,
    open_actions,
)
from chalicelib.domain.contributions.reference import is_structured_reference, structured_reference
from chalicelib.domain.contributions.state import ContributionState
from chalicelib.domain.errors import FieldErrors, Refused
from tests.domain.contributions.samples import call, contract, person

S, K = ContributionState, ActionKind
STATEMENT = call(contract(), date(2025, 5, 1), person())
TOLD = date(2025, 6, 12)


def asked(kind: ActionKind, **fields: Any) -> Asked:
    at = datetime(2025, 6, 12, 9, 30, tzinfo=UTC)
    return Asked(**{"action_id": "a1", "kind": kind, "asked_by": "u1", "asked_at": at, **fields})


def done(request: Asked, state: ContributionState = S.OVERDUE, owed: int = 5888) -> Action:
    return acted(request, statement=STATEMENT, state=state, owed_cents=owed, told_on=TOLD)


@pytest.mark.parametrize(
    ("state", "owed", "kinds"),
    [
        (S.FORECAST, 0, []),
        (S.ISSUED, 5888, [K.PAY_BY_TRANSFER, K.PAY_BY_DEBIT, K.CORRECT, K.CONTEST]),
        (S.OVERDUE, 5888, [K.PAY_BY_TRANSFER, K.PAY_BY_DEBIT, K.CORRECT, K.CONTEST]),
        (S.GUARANTEE_SUSPENDED, 5888, [K.PAY_BY_TRANSFER, K.PAY_BY_DEBIT, K.CORRECT, K.CONTEST]),
        (S.PAID, 0, [K.CORRECT]),
        (S.DUE, 0, [K.CORRECT]),
        (S.DISPUTED, 5888, [K.PAY_BY_TRANSFER]),
        (S.TERMINATED, 5888, [K.PAY_BY_TRANSFER]),
        (S.DEBIT_SENT, 5888, [K.CORRECT]),
        (S.REGULARISING, 5888, []),
    ],
)
def test_payment_comes_first_and_only_on_rows_that_allow_it(
    state: ContributionState, owed: int, kinds: list[ActionKind]
) -> None:
    assert list(open_actions(state, owed_cents=owed, has_mandate=True)) == kinds
    without = [kind for kind in kinds if kind is not K.PAY_BY_DEBIT]
    assert list(open_actions(state, owed_cents=owed, has_mandate=False)) == without


def test_a_transfer_carries_the_structured_reference() -> None:
    action = done(asked(K.PAY_BY_TRANSFER))
    assert (action.amount_cents, action.reference, action.leads_to) == (5888, STATEMENT.reference, None)
    assert is_structured_reference(action.reference)
    assert action.reference in instruction(action)


def test_a_debit_waits_for_its_notice_and_for_target() -> None:
    """Told on Thursday 12 June 2025: the 26th is the fourteenth day after."""
    action = done(asked(K.PAY_BY_DEBIT, mandate_id="RUM1"))
    assert (action.debit_on, action.mandate_id, action.leads_to) == (date(2025, 6, 26), "RUM1", S.DEBIT_SENT)
    assert instruction(action).endswith("le 26\u00a0juin\u00a02025.")


def test_a_correction_and_a_contest_say_why() -> None:
    action = done(asked(K.CORRECT, reason=CorrectionReason.EXIT, explanation="Partie le 3.", attachments=("d1",)))
    assert (action.reason, action.attachments, action.leads_to) == (CorrectionReason.EXIT, ("d1",), S.REGULARISING)
    contest = done(asked(K.CONTEST, explanation="Déjà payé."))
    assert (contest.leads_to, contest.amount_cents, instruction(contest)) == (S.DISPUTED, 0, "")


@pytest.mark.parametrize(
    ("request_", "fields"),
    [
        (asked(K.CORRECT), ["reason", "explanation"]),
        (asked(K.CORRECT, reason=CorrectionReason.PAY, explanation="  "), ["explanation"]),
        (asked(K.CONTEST), ["explanation"]),
    ],
)
def test_what_is_missing_is_said_field_by_field(request_: Asked, fields: list[str]) -> None:
    with pytest.raises(FieldErrors) as refused:
        done(request_)
    assert [fault.field for fault in refused.value.faults] == fields


def test_a_row_that_is_not_to_regularise_is_refused() -> None:
    for request, state, owed in [
        (asked(K.PAY_BY_TRANSFER), S.PAID, 0),
        (asked(K.CONTEST, explanation="x"), S.DISPUTED, 5888),
        (asked(K.PAY_BY_DEBIT), S.OVERDUE, 5888),
    ]:
        with pytest.raises(Refused, match="not_regularisable"):
            done(request, state, owed)


def test_the_same_request_is_the_same_action() -> None:
    """H46: idempotent, and a trace of who asked what and when."""
    request = asked(K.PAY_BY_TRANSFER)
    assert done(request) == done(replace(request))
    assert (done(request).asked_by, done(request).action_id) == ("u1", "a1")


def test_every_action_has_a_name() -> None:
    assert len({kind.label for kind in K}) == len(K)


@pytest.mark.parametrize("number", ["A202501", "1", "C-2025-0412/03", "Z" * 21])
def test_one_wrong_digit_of_a_reference_is_seen(number: str) -> None:
    reference = structured_reference(number)
    assert is_structured_reference(reference)
    for rank in range(2, len(reference)):
        other = "1" if reference[rank] != "1" else "2"
        assert not is_structured_reference(reference[:rank] + other + reference[rank + 1 :])


@pytest.mark.parametrize("number", ["", "--", "Z" * 22])
def test_a_number_that_makes_no_reference(number: str) -> None:
    with pytest.raises(ValueError):
        structured_reference(number)
