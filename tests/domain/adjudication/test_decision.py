"""A decision is redone byte for byte; what corrects it is a reversal and a new decision, never an edit."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from chalicelib.domain.adjudication.care import Beneficiary, Care
from chalicelib.domain.adjudication.claim import counters_needed
from chalicelib.domain.adjudication.decision import Decision, decide, settle_again
from chalicelib.domain.adjudication.explanation import Doubt
from chalicelib.domain.adjudication.history import PastAct
from chalicelib.domain.adjudication.limits import Used
from chalicelib.domain.adjudication.reversal import Amounts, balance, correct, reverse
from chalicelib.domain.errors import FieldErrors
from chalicelib.domain.guarantee import GuaranteeTable
from chalicelib.domain.law import Parameter, parameter

START = date(2024, 7, 1)
TABLE = GuaranteeTable.from_data(
    {
        "code": "CONFORT",
        "version": 2,
        "valid_from": "2024-07-01",
        "clauses": [
            {"id": "medecins", "label": "Médecins", "families": ["consultation"], "kind": "ticket_moderateur"},
            {
                "id": "osteo",
                "label": "Ostéopathie",
                "acts": ["OST"],
                "kind": "fixed_amount",
                "amount_cents": 3000,
                "limits": [{"span": "civil_year", "max_count": 3}, {"span": "rolling", "months": 6, "max_count": 2}],
            },
            {"id": "chambre", "label": "Chambre", "acts": ["CP"], "kind": "percent_of_pmss", "percent": "2"},
            {"id": "lunettes", "label": "Lunettes", "acts": ["OPT-B"], "kind": "fixed_amount", "amount_cents": 20000},
        ],
    }
)
GP = Care(on=date(2026, 3, 2), act="G", family="consultation", expense_cents=3000, beneficiary=Beneficiary(age=40))
OSTEO = Care(on=date(2026, 3, 2), act="OST", family="medecine_douce", expense_cents=6000)
ROOM = Care(on=date(2026, 3, 2), act="CP", family="hospitalisation", expense_cents=9000)
GLASSES = Care(on=date(2026, 3, 2), act="OPT-B", family="optique", expense_cents=25000)
LINES = (GP, OSTEO, ROOM, GLASSES, replace(GP, act="SF", beneficiary=Beneficiary()))
HISTORY = (PastAct(act="OST", on=date(2026, 1, 5), clause_id="osteo"), PastAct(act="OPT-A", on=date(2023, 1, 5)))


def _decide(lines: tuple[Care, ...] = LINES) -> Decision:
    keys = counters_needed(lines, table=TABLE, contract_start=START, history=HISTORY)
    counters = {key: Used(amount_cents=3000, count=1) for key in keys}
    return decide(
        lines,
        table=TABLE,
        contract_start=START,
        covered_from=date(2025, 1, 1),
        counters=counters,
        history=HISTORY,
    )


def test_a_decision_is_redone_byte_for_byte() -> None:
    decision = _decide()
    assert [line.complementary_cents for line in decision.settled] == [900, 3000, 8010, 0, 0]
    assert decision.settled[4].doubts == (Doubt.STATUTORY_NOT_STATED,)
    stored = decision.to_bytes()
    assert Decision.from_bytes(stored) == decision
    assert settle_again(Decision.from_bytes(stored)).to_bytes() == stored


def test_a_decision_says_which_rows_of_law_and_which_table_it_used() -> None:
    decision = _decide()
    used = {version for line in decision.settled for version in line.parameter_versions}
    assert used <= {row.version for row in decision.law}
    assert "pmss@2026-01-01" in used
    assert (decision.table.code, decision.table.version) == ("CONFORT", 2)


def test_a_later_correction_of_the_law_does_not_change_a_decision() -> None:
    def corrected(key: str, *, on: date) -> Parameter:
        row = parameter(key, on=on)
        return replace(row, value=Decimal(3500)) if key == "ro.br.G" else row

    decision = decide((GP,), table=TABLE, contract_start=START, counters={}, law=corrected)
    assert decision.settled[0].complementary_cents == 900
    assert decision != decide((GP,), table=TABLE, contract_start=START, counters={})
    assert settle_again(decision).to_bytes() == decision.to_bytes()


def test_a_stored_decision_that_was_damaged_is_refused() -> None:
    data = _decide().to_data()
    with pytest.raises(FieldErrors):
        Decision.from_data(data | {"law": [{"key": "pmss"}]})
    with pytest.raises(FieldErrors):
        Decision.from_data(data | {"contract_start": "hier"})


def test_a_reversal_brings_every_amount_and_every_counter_back_to_zero() -> None:
    decision = _decide()
    reversal = reverse(decision)
    assert reversal.of == decision.fingerprint
    zero = balance(())
    for line, reversed_line in zip(decision.settled, reversal.lines, strict=True):
        assert balance((Amounts.of(line), reversed_line)) == zero
    assert reversal.complementary_cents == -decision.complementary_cents
    assert decision.consumed
    for (key, used), (reversed_key, taken_back) in zip(decision.consumed, reversal.consumed, strict=True):
        assert key == reversed_key
        assert used.plus(taken_back) == Used()


def test_a_corrected_input_gives_a_reversal_and_a_new_decision() -> None:
    decision = _decide()
    held = {key: Used(amount_cents=3000, count=1) for key, _ in decision.counters}
    for key, used in decision.consumed:
        held[key] = held[key].plus(used)
    cheaper = (GP, replace(OSTEO, expense_cents=2000), *LINES[2:])
    correction = correct(decision, lines=cheaper, counters=held, history=HISTORY)
    assert correction.reversal == reverse(decision)
    assert correction.decision == _decide(cheaper)
    assert correction.owed_cents == -1000
    assert decision == _decide()


def test_a_correction_that_changes_nothing_owes_nothing() -> None:
    decision = _decide()
    held = dict(decision.counters)
    for key, used in decision.consumed:
        held[key] = held[key].plus(used)
    correction = correct(decision, lines=LINES, counters=held, history=HISTORY)
    assert correction.owed_cents == 0
    assert correction.decision.to_bytes() == decision.to_bytes()
