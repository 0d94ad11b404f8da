"""Estimates: what would be paid, what is assumed, and what would change it (M43, M59, M61, M64)."""

from dataclasses import replace
from datetime import date
from typing import Any

from chalicelib.domain.adjudication.care import Beneficiary, Care
from chalicelib.domain.adjudication.explanation import Refusal
from chalicelib.domain.adjudication.history import PastAct
from chalicelib.domain.estimate import Assumption, Change, Estimate, Lever, estimate
from chalicelib.domain.guarantee import GuaranteeTable

START = date(2024, 7, 1)
TABLE = GuaranteeTable.from_data(
    {
        "code": "CONFORT",
        "version": 1,
        "valid_from": "2024-07-01",
        "clauses": [
            {
                "id": "medecins",
                "label": "Médecins",
                "families": ["consultation"],
                "kind": "percent_of_base",
                "percent": "150",
                "non_optam_percent": "130",
            },
            {
                "id": "protheses",
                "label": "P",
                "families": ["dentaire_prothese"],
                "kind": "percent_of_base",
                "percent": 200,
            },
            {"id": "panier", "label": "100 %", "acts": ["HBLD038", "OPT-A", "AUD-I"], "kind": "full_basket"},
            {"id": "lunettes", "label": "L", "acts": ["OPT-B"], "kind": "fixed_amount", "amount_cents": 20000},
            {"id": "aides", "label": "A", "acts": ["AUD-II"], "kind": "percent_of_base", "percent": "100"},
        ],
    }
)
ADULT = Beneficiary(age=40)
CROWN = Care(on=date(2026, 3, 2), act="HBLD491", family="dentaire_prothese", expense_cents=55000, beneficiary=ADULT)
DOCTOR = Care(on=date(2026, 3, 2), act="CS", family="consultation", expense_cents=6000, beneficiary=ADULT)
GLASSES = Care(
    on=date(2026, 3, 2), act="OPT-B", family="optique", expense_cents=30000, base_cents=15, beneficiary=ADULT
)


def _estimate(*lines: Care, **more: Any) -> Estimate:
    return estimate(lines, table=TABLE, contract_start=START, counters={}, **more)


def test_the_basket_without_anything_to_pay_is_proposed() -> None:
    answer = _estimate(CROWN)
    assert answer.settlement.left_to_pay_cents == 31000
    assert answer.changes == (
        Change(
            lever=Lever.FULL_BASKET,
            line=0,
            act="HBLD038",
            from_day=CROWN.on,
            expense_cents=29000,
            complementary_cents=21800,
            left_to_pay_cents=0,
        ),
    )


def test_glasses_of_the_basket_are_proposed_without_a_price_that_nobody_has_quoted() -> None:
    [change] = _estimate(GLASSES).changes
    assert (change.lever, change.act, change.left_to_pay_cents) == (Lever.FULL_BASKET, "OPT-A", None)


def test_the_day_of_the_renewal_is_told_with_what_would_then_be_paid() -> None:
    answer = _estimate(GLASSES, history=[PastAct(act="OPT-A", on=date(2025, 1, 10))])
    assert answer.settlement.lines[0].refusal is Refusal.RENEWAL_TOO_SOON
    change = next(one for one in answer.changes if one.lever is Lever.RENEWAL_DATE)
    assert (change.from_day, change.complementary_cents) == (date(2027, 1, 10), 20000)


def test_the_pathway_and_a_doctor_of_optam_are_proposed_with_their_amounts() -> None:
    answer = _estimate(replace(DOCTOR, in_pathway=False), replace(DOCTOR, optam=False))
    found = {change.line: (change.lever, change.left_to_pay_cents) for change in answer.changes}
    assert found == {0: (Lever.PATHWAY, 1475), 1: (Lever.OPTAM, 1475)}
    for change in answer.changes:
        better = replace(DOCTOR, optam=True if change.lever is Lever.OPTAM else None)
        assert _estimate(better).settlement.left_to_pay_cents == change.left_to_pay_cents


def test_nothing_is_proposed_where_nothing_would_be_gained() -> None:
    assert _estimate(replace(DOCTOR, expense_cents=2300, optam=True)).changes == ()
    assert _estimate(replace(CROWN, act="HBLD038", expense_cents=29000)).changes == ()


def test_an_estimate_says_what_it_assumes() -> None:
    assert _estimate(DOCTOR).assumptions == (
        Assumption.CARE_ON_DAY,
        Assumption.COUNTERS_AS_NOW,
        Assumption.STATUTORY_COMPUTED,
        Assumption.IN_PATHWAY,
        Assumption.OPTAM_UNKNOWN,
        Assumption.NO_OTHER_PAYER,
    )
    sure = replace(DOCTOR, optam=True, in_pathway=False, other_payers_cents=100, beneficiary=Beneficiary())
    assert set(_estimate(sure).assumptions) & {
        Assumption.IN_PATHWAY,
        Assumption.OPTAM_UNKNOWN,
        Assumption.NO_OTHER_PAYER,
        Assumption.ADULT,
    } == {Assumption.ADULT}


def test_every_word_of_an_estimate_has_its_sentence() -> None:
    assert all(word.sentence.endswith(".") for word in (*Assumption, *Lever))
