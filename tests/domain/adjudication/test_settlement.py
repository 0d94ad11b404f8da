"""Refusals, reductions and doubts: what a settlement says besides its amounts."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.adjudication.care import Beneficiary, Care, Component, Exemption, ItemClass, Part, Withheld
from chalicelib.domain.adjudication.complementary import Terms
from chalicelib.domain.adjudication.explanation import Doubt, Reduction, Refusal
from chalicelib.domain.adjudication.limits import Used
from chalicelib.domain.adjudication.settlement import Settlement, settle
from chalicelib.domain.adjudication.statutory import Origin
from chalicelib.domain.errors import FieldErrors
from chalicelib.domain.guarantee import (
    ActualCost,
    FixedAmount,
    FullBasket,
    Limit,
    NoGuarantee,
    Per,
    PercentOfBase,
    Site,
    Span,
)

GP = Care(on=date(2025, 3, 3), act="G", family="consultation", expense_cents=3000)
GLASSES = Care(on=date(2026, 3, 3), act="OPT-B", family="optique", expense_cents=20000, base_cents=15)
P100 = Terms(guarantee=PercentOfBase(percent=Decimal(100)))
COST = Terms(guarantee=ActualCost())


def test_a_stated_figure_wins_and_the_settlement_says_which() -> None:
    result = settle(replace(GP, base_cents=2500, withheld=Withheld()), P100)
    assert (result.statutory_gross_cents, result.statutory_paid_cents) == (1750, 1750)
    assert dict(result.origins) == {
        "base": Origin.STATED,
        "rate": Origin.COMPUTED,
        "withheld": Origin.STATED,
        "paid": Origin.COMPUTED,
    }


def test_the_rows_of_law_used_are_recorded() -> None:
    assert "ro.br.G@2024-12-22" in settle(GP, P100).parameter_versions
    assert "pf.amount@2024-05-15" in settle(GP, P100).parameter_versions


@pytest.mark.parametrize(("paid", "withheld"), [(1900, 200), (2100, 0), (1899, 200)])
def test_a_stated_payment_with_or_without_what_is_kept_back_is_trusted(paid: int, withheld: int) -> None:
    """Under tiers payant the 2 € are recovered later (H151)."""
    result = settle(replace(GP, statutory_paid_cents=paid), P100)
    assert (result.statutory_paid_cents, result.withheld_cents, result.complementary_cents) == (paid, withheld, 900)
    assert not result.needs_review


def test_a_stated_payment_far_from_the_computed_one_goes_to_a_person() -> None:
    assert settle(replace(GP, statutory_paid_cents=1898), P100).doubts == ()
    result = settle(replace(GP, statutory_paid_cents=1897), P100)
    assert result.doubts == (Doubt.STATUTORY_GAP,)
    assert result.decided
    assert result.statutory_paid_cents == 1897


@pytest.mark.parametrize(
    ("care", "doubt"),
    [
        (replace(GP, act="XYZ", family="inconnue"), Doubt.ACT_UNKNOWN),
        (replace(GP, act="XYZ"), Doubt.ACT_UNKNOWN),
        (replace(GP, act="B", family="biologie"), Doubt.STATUTORY_NOT_STATED),
        (replace(GP, act="TO90", family="orthodontie", beneficiary=Beneficiary(age=16)), Doubt.STATUTORY_NOT_STATED),
        (replace(GP, on=date(2010, 1, 1)), Doubt.NO_LEGAL_VALUE),
        (replace(GP, other_payers_cents=2000), Doubt.OVERPAID),
        (replace(GP, statutory_paid_cents=4000), Doubt.OVERPAID),
    ],
)
def test_what_cannot_be_settled_goes_to_a_person_undecided(care: Care, doubt: Doubt) -> None:
    result = settle(care, COST)
    assert result.doubts[-1] is doubt
    assert not result.decided
    assert result.complementary_cents == 0
    assert result.steps[-1].sentence == doubt.sentence


def test_a_disputed_row_of_law_is_settled_and_goes_to_a_person() -> None:
    care = Care(on=date(2026, 4, 10), act="BFGA004", family="hospitalisation", expense_cents=27170)
    result = settle(care, COST)
    assert result.doubts == (Doubt.DISPUTED_LEGAL_VALUE,)
    assert result.decided


def test_what_blocks_a_line_says_what_is_missing() -> None:
    unknown = settle(replace(GP, act="XYZ", family="inconnue"), COST).steps[-1]
    assert dict(unknown.inputs) == {"act": "XYZ", "care_on": "2025-03-03", "missing": "XYZ"}
    too_old = settle(replace(GP, on=date(2010, 1, 1)), COST).steps[-1]
    assert dict(too_old.inputs)["missing"] == "ro.br.G"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"expense_cents": -1}, "care.expense_cents"),
        ({"expense_cents": 30.0}, "care.expense_cents"),
        ({"expense_cents": True}, "care.expense_cents"),
        ({"base_cents": Decimal(3000)}, "care.base_cents"),
        ({"statutory_paid_cents": -5}, "care.statutory_paid_cents"),
        ({"other_payers_cents": -5}, "care.other_payers_cents"),
        ({"quantity": 0}, "care.quantity"),
        ({"quantity": 1.0}, "care.quantity"),
        ({"rate_percent": 0.7}, "care.rate_percent"),
        ({"rate_percent": Decimal(101)}, "care.rate_percent"),
        ({"withheld": Withheld(franchise=-1)}, "care.withheld.franchise"),
        ({"location": "99"}, "care.location"),
        ({"location": "left", "quantity": 2}, "care.quantity"),
        ({"stay_day": 0}, "care.stay_day"),
        ({"daily_charge_days": -1}, "care.daily_charge_days"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused_with_what_to_correct(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        replace(GP, **changes)
    assert [fault.field for fault in refused.value.faults] == [field]
    assert refused.value.faults[0].message.endswith(".")


def test_a_part_or_an_age_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(FieldErrors):
        Beneficiary(age=-1)
    with pytest.raises(FieldErrors):
        Component(part=Part.FRAME, item_class=ItemClass.A, expense_cents=-1)


@pytest.mark.parametrize(
    ("care", "doubt"),
    [
        (Care(on=date(2026, 3, 1), act="FJ", family="hospitalisation", expense_cents=2301), Doubt.LEGAL_CHARGE_GAP),
        (Care(on=date(2026, 2, 28), act="FJP", family="hospitalisation", expense_cents=1501), Doubt.LEGAL_CHARGE_GAP),
        (Care(on=date(2026, 3, 1), act="FPU", family="hospitalisation", expense_cents=2301), Doubt.LEGAL_CHARGE_GAP),
    ],
)
def test_a_hospital_charge_above_the_legal_amount_goes_to_a_person(care: Care, doubt: Doubt) -> None:
    result = settle(care, COST)
    assert (result.doubts, result.decided) == ((doubt,), True)
    assert settle(replace(care, expense_cents=care.expense_cents - 1), COST).doubts == ()


@pytest.mark.parametrize(
    ("act", "exemption", "due"),
    [
        ("FJ", Exemption.ALD, True),
        ("FJ", Exemption.MATERNITY, False),
        ("FJ", Exemption.WORK_ACCIDENT, False),
        ("FJ", Exemption.NEWBORN, False),
        ("FJ", Exemption.DISABLED_CHILD, False),
        ("FJ", Exemption.MILITARY_PENSION, False),
        ("FJ", Exemption.C2S, False),
        ("FPU", Exemption.DISABLED_CHILD, True),
        ("FPU", Exemption.MATERNITY, False),
        ("FPU", Exemption.ALD, False),
    ],
)
def test_a_hospital_charge_asked_from_somebody_spared_goes_to_a_person(
    act: str, exemption: Exemption, due: bool
) -> None:
    """Dossier 1.5; in ALD the emergency charge is due, but the reduced one."""
    care = Care(
        on=date(2026, 3, 1),
        act=act,
        family="hospitalisation",
        expense_cents=2300,
        beneficiary=Beneficiary(exemption=exemption),
    )
    assert (settle(care, COST).doubts == ()) is due


@pytest.mark.parametrize(
    ("exemption", "gross_in", "gross_out", "emergency"),
    [
        (None, 2100, 900, 2300),
        (Exemption.ALD, 3000, 1800, 996),
        (Exemption.MATERNITY, 3000, 3000, 0),
        (Exemption.WORK_ACCIDENT, 3000, 1800, 996),
        (Exemption.NEWBORN, 3000, 3000, 0),
        (Exemption.DISABLED_CHILD, 2100, 900, 2300),
        (Exemption.MILITARY_PENSION, 3000, 1800, 0),
        (Exemption.C2S, 2100, 900, 0),
    ],
)
def test_an_exemption_spares_what_the_law_says_and_no_more(
    exemption: Exemption | None, gross_in: int, gross_out: int, emergency: int
) -> None:
    """Dossier 1.2, 1.4 and 1.5: the rate in and out of the pathway, and the emergency charge."""
    person = Beneficiary(age=40, exemption=exemption)
    line = replace(GP, beneficiary=person)
    assert settle(line, P100).statutory_gross_cents == gross_in
    assert settle(replace(line, in_pathway=False), P100).statutory_gross_cents == gross_out
    visit = Care(on=date(2026, 3, 1), act="FPU", family="hospitalisation", expense_cents=emergency, beneficiary=person)
    assert settle(visit, COST).doubts == ()
    assert settle(replace(visit, expense_cents=emergency + 1), COST).doubts == (Doubt.LEGAL_CHARGE_GAP,)


def test_an_act_counted_by_ear_asks_which_ear() -> None:
    aid = Care(on=date(2026, 3, 3), act="AUD-II", family="audio", expense_cents=100000)
    by_ear = Terms(guarantee=ActualCost(limits=(Limit(span=Span.ROLLING, months=48, max_count=1, site=Site.EAR),)))
    assert Doubt.LOCATION_NOT_STATED in settle(aid, by_ear).doubts
    assert settle(replace(aid, location="left"), by_ear).doubts == ()


def test_the_long_consultation_is_for_patients_older_than_80() -> None:
    care = Care(on=date(2026, 1, 5), act="GL", family="consultation", expense_cents=6000)
    assert settle(replace(care, beneficiary=Beneficiary(age=80)), P100).doubts == (Doubt.STATUTORY_NOT_STATED,)


def test_a_class_a_lens_of_an_unknown_power_must_state_its_tariff_and_its_limit() -> None:
    lens = Component(part=Part.LEFT_LENS, item_class=ItemClass.A, expense_cents=20000)
    assert settle(replace(GLASSES, components=(lens,)), COST).doubts == (Doubt.STATUTORY_NOT_STATED,)
    priced = replace(lens, base_cents=1500)
    assert settle(replace(GLASSES, components=(priced,)), COST).doubts == (Doubt.PRICE_LIMIT_UNKNOWN,)


def test_an_unknown_act_is_settled_from_what_is_stated() -> None:
    care = replace(GP, act="XYZ", base_cents=3000, rate_percent=Decimal(70), withheld=Withheld())
    assert settle(care, P100).complementary_cents == 900


def test_an_item_of_100_sante_without_a_known_price_limit_goes_to_a_person() -> None:
    assert settle(GLASSES, Terms(guarantee=FullBasket())).doubts == (Doubt.PRICE_LIMIT_UNKNOWN,)


def test_the_parts_of_glasses_must_make_the_expense() -> None:
    frame = Component(part=Part.FRAME, item_class=ItemClass.B, expense_cents=15000)
    assert settle(replace(GLASSES, components=(frame,)), COST).doubts == (Doubt.COMPONENTS_MISMATCH,)
    twice = replace(GLASSES, expense_cents=30000, components=(frame, frame))
    assert settle(twice, COST).doubts == (Doubt.PART_TWICE,)


@pytest.mark.parametrize(
    ("terms", "used", "refusal"),
    [
        (Terms(guarantee=NoGuarantee()), Used(), Refusal.EXCLUDED),
        (Terms(guarantee=FixedAmount(amount_cents=3000, max_count=3)), Used(count=3), Refusal.COUNT_EXHAUSTED),
        (
            Terms(guarantee=FixedAmount(amount_cents=3000, per=Per.YEAR)),
            Used(amount_cents=3000),
            Refusal.AMOUNT_EXHAUSTED,
        ),
    ],
)
def test_a_refusal_pays_nothing_and_keeps_the_statutory_part(terms: Terms, used: Used, refusal: Refusal) -> None:
    result = settle(GP, terms, used=used)
    assert result.refusal is refusal
    assert (result.statutory_paid_cents, result.complementary_cents, result.left_to_pay_cents) == (1900, 0, 1100)
    assert result.consumption == Used()
    assert refusal.sentence in [step.sentence for step in result.steps]


def test_nothing_left_to_pay_is_a_decision_not_a_refusal() -> None:
    result = settle(replace(GP, rate_percent=Decimal(100)), P100)
    assert (result.complementary_cents, result.refusal, result.needs_review) == (0, None, False)


@pytest.mark.parametrize(
    ("age", "bought", "waived", "refused"),
    [
        (40, date(2024, 3, 4), False, True),
        (40, date(2024, 3, 3), False, False),
        (40, date(2024, 3, 4), True, False),
        (15, date(2025, 3, 3), False, False),
        (15, date(2025, 3, 4), False, True),
        (16, date(2025, 3, 3), False, True),
    ],
)
def test_glasses_are_renewed_after_two_years_or_one_under_16(
    age: int, bought: date, waived: bool, refused: bool
) -> None:
    care = replace(GLASSES, last_purchase_on=bought, renewal_waived=waived, beneficiary=Beneficiary(age=age))
    result = settle(care, Terms(guarantee=FixedAmount(amount_cents=10000, per=Per.EQUIPMENT)))
    assert (result.refusal is Refusal.RENEWAL_TOO_SOON) is refused


@pytest.mark.parametrize(
    ("care", "percent", "reduction"),
    [
        (GP, 200, Reduction.EXPENSE),
        (replace(GP, in_pathway=False), 100, Reduction.OUT_OF_PATHWAY),
        (replace(GP, expense_cents=5000, overrun_covered=False), 200, Reduction.OVERRUN),
        (replace(GP, expense_cents=6000, optam=False), 300, Reduction.NON_OPTAM),
        (replace(GP, expense_cents=6000, other_payers_cents=3000), 300, Reduction.OTHER_PAYERS),
    ],
)
def test_a_reduction_is_named(care: Care, percent: int, reduction: Reduction) -> None:
    result = settle(care, Terms(guarantee=PercentOfBase(percent=Decimal(percent))))
    assert reduction in result.reductions


@pytest.mark.parametrize(("percent", "expected"), [(100, 690), (110, 690), (150, 1380), (220, 2990), (400, 2990)])
def test_the_overrun_of_a_doctor_outside_optam_is_20_points_less_and_at_most_doubles_the_base(
    percent: int, expected: int
) -> None:
    care = Care(on=date(2025, 3, 1), act="CS", family="consultation", expense_cents=9000, optam=False)
    assert settle(care, Terms(guarantee=PercentOfBase(percent=Decimal(percent)))).complementary_cents == expected


def test_a_complement_on_top_of_the_statutory_part_is_capped_the_same_way() -> None:
    care = Care(on=date(2025, 3, 1), act="CS", family="consultation", expense_cents=9000, optam=False)
    wording = PercentOfBase(percent=Decimal(80), includes_statutory=False)
    assert settle(care, Terms(guarantee=wording)).complementary_cents == 1380


def test_a_contract_that_is_not_responsible_is_not_clipped() -> None:
    care = Care(on=date(2025, 3, 1), act="CS", family="consultation", expense_cents=9000, optam=False)
    free = Terms(guarantee=PercentOfBase(percent=Decimal(300)), responsible=False)
    assert settle(care, free).complementary_cents == 5290


def test_what_is_kept_back_never_exceeds_the_statutory_amount() -> None:
    care = Care(on=date(2025, 3, 1), act="PH2", family="pharmacie", expense_cents=200, base_cents=200)
    result = settle(care, P100)
    assert (result.statutory_gross_cents, result.statutory_paid_cents, result.withheld_cents) == (30, 0, 30)


@pytest.mark.parametrize(("quantity", "withheld"), [(1, 200), (4, 800), (5, 800)])
def test_four_participations_a_day_at_most(quantity: int, withheld: int) -> None:
    care = Care(
        on=date(2025, 3, 1), act="B", family="biologie", expense_cents=12000, base_cents=12000, quantity=quantity
    )
    assert settle(care, P100).withheld_cents == withheld


def test_a_stored_settlement_that_was_damaged_is_refused() -> None:
    data = settle(GP, P100).to_data() | {"complementary_cents": "900"}
    with pytest.raises(FieldErrors) as fault:
        Settlement.from_data(data)
    assert fault.value.faults[0].field == "settlement.complementary_cents"


def test_every_code_has_its_sentence_and_source() -> None:
    for code in (*Refusal, *Reduction):
        assert code.sentence.endswith(".")
        assert code.source
    assert all(doubt.sentence.endswith(".") for doubt in Doubt)
