"""The worked cases, exact to the cent: one test per case. A lawyer extends tests/domain/cases/*.json, not this file."""

import json
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from chalicelib.domain.adjudication.case_file import Case, read_cases
from chalicelib.domain.adjudication.complementary import Terms
from chalicelib.domain.adjudication.explanation import Step
from chalicelib.domain.adjudication.settlement import Settlement, settle

FILES = sorted((Path(__file__).parents[1] / "cases").glob("*.json"))
AMOUNTS = ("statutory_gross_cents", "statutory_paid_cents", "complementary_cents", "left_to_pay_cents")


def _load() -> list[tuple[Case, dict[str, int]]]:
    loaded = []
    for file in FILES:
        text = file.read_text(encoding="utf-8")
        expected = [entry["expected"] for entry in json.loads(text)]
        loaded += list(zip(read_cases(text), expected, strict=True))
    return loaded


CASES = _load()
every_case = pytest.mark.parametrize(("case", "expected"), CASES, ids=[case.id for case, _ in CASES])


def _settle(case: Case) -> Settlement:
    return settle(case.care, Terms(guarantee=case.guarantee), used=case.used, used_by_limit=case.used_by_limit)


def test_no_case_is_lost_and_each_cites_its_source() -> None:
    entries = [entry for file in FILES for entry in json.loads(file.read_text(encoding="utf-8"))]
    ids = [entry["id"] for entry in entries]
    assert len(ids) == len(set(ids)) >= 280
    assert all(entry["source"] and entry["confidence"] for entry in entries)


@every_case
def test_a_case_is_settled_exactly(case: Case, expected: dict[str, int]) -> None:
    result = _settle(case)
    assert result.decided
    assert {name: getattr(result, name) for name in AMOUNTS} == expected
    payments = result.statutory_paid_cents + result.complementary_cents + result.other_payers_cents
    assert payments + result.left_to_pay_cents == case.care.expense_cents
    assert result.statutory_gross_cents == result.statutory_paid_cents + result.withheld_cents


def test_a_case_that_says_what_a_person_must_look_at_is_right() -> None:
    wanted = {
        entry["id"]: entry["expected_doubts"]
        for file in FILES
        for entry in json.loads(file.read_text(encoding="utf-8"))
        if "expected_doubts" in entry
    }
    found = {case.id: [str(doubt) for doubt in _settle(case).doubts] for case, _ in CASES if case.id in wanted}
    assert found == wanted


def test_a_settlement_is_stored_and_replayed_byte_for_byte() -> None:
    for case, _ in CASES:
        stored = json.dumps(_settle(case).to_data(), sort_keys=True)
        read_back = Settlement.from_data(json.loads(stored))
        assert read_back == _settle(case), case.id
        assert json.dumps(read_back.to_data(), sort_keys=True) == stored


def _half_up(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


Given = dict[str, Decimal]


def _participation(x: Given) -> Decimal:
    year_left = x["year_cap_cents"] - x["already_withheld_cents"]
    return min(x["unit_cents"] * x["counted_acts"], year_left, x["gross_cents"])


def _franchise(x: Given) -> Decimal:
    year_left = x["year_cap_cents"] - x["already_withheld_cents"]
    return min(x["unit_cents"] * x["quantity"], x["day_cap_cents"], year_left, x["gross_cents"])


def _of_base(x: Given) -> Decimal:
    return Decimal(_half_up(x["base_cents"] * x["rate_percent"] / 100))


def _actual_cost(x: Given) -> Decimal:
    whole = x["expense_cents"] * x.get("percent", Decimal(100)) / 100 - x["statutory_cents"]
    return Decimal(_half_up(min(whole, x["most_cents"] * x["units"]) if "most_cents" in x else whole))


def _package(x: Given) -> Decimal:
    return min(x["claimable_cents"], x["available_cents"]) - x["statutory_cents"]


REDO: dict[str, Callable[[Given], Decimal]] = {
    "statutory.base": lambda x: min(x["tariff_cents"], x["expense_cents"]),
    "statutory.covered_units": lambda x: x["unit_cents"] * x["covered_units"],
    "statutory.gross": _of_base,
    "statutory.gross_in_pathway": _of_base,
    "statutory.component": _of_base,
    "statutory.gross_heavy_act": lambda x: x["base_cents"] - x["heavy_act_cents"],
    "statutory.daily_charge": lambda x: x["base_cents"] - x["unit_cents"] * x["days"],
    "statutory.gross_of_components": lambda x: sum(x.values(), Decimal(0)),
    "statutory.participation_forfaitaire": _participation,
    "statutory.franchise": _franchise,
    "statutory.paid": lambda x: x["gross_cents"] - x["participation_forfaitaire_cents"] - x["franchise_cents"],
    "statutory.paid_as_stated": lambda x: x["stated_paid_cents"],
    "complementary.room": lambda x: max(
        Decimal(0), x["price_cents"] - x["statutory_in_pathway_cents"] - x["other_payers_cents"]
    ),
    "complementary.percent_of_base": lambda x: max(
        Decimal(0), Decimal(_half_up(x["tariff_cents"] * x["percent"] / 100)) - x["statutory_cents"]
    ),
    "complementary.actual_cost": _actual_cost,
    "complementary.ticket_moderateur": lambda x: x["base_cents"] - x["statutory_cents"],
    "complementary.plus": lambda x: Decimal(_half_up(x["guarantee_cents"] + x["added_cents"])),
    "complementary.full_basket": lambda x: min(x["expense_cents"], x["price_limit_cents"]) - x["statutory_cents"],
    "complementary.fixed_amount": lambda x: x["unit_cents"] * x["units"] - x["statutory_cents"],
    "complementary.percent_of_pmss": lambda x: _half_up(x["pmss_cents"] * x["percent"] / 100) * x["units"],
    "complementary.frame": _package,
    "complementary.lenses": _package,
    "complementary.paid": lambda x: min(x["due_cents"], x["room_cents"]),
    "caps.non_optam": lambda x: max(Decimal(0), x["tariff_cents"] + x["overrun_cents"] - x["statutory_cents"]),
    "caps.price_limit": lambda x: x["price_limit_cents"] - x["statutory_cents"],
    "caps.hearing": lambda x: x["cap_cents"] - x["statutory_cents"],
    "caps.frame": lambda x: x["frame_max_cents"],
    "caps.optical_category": lambda x: x["category_max_cents"],
    "limits.count": lambda x: Decimal(_half_up(x["payable_cents"] * x["paid_units"] / x["quantity"])),
    "limits.amount": lambda x: x["budget_cents"] - x["used_cents"],
    "settlement.left_to_pay": lambda x: (
        x["expense_cents"] - x["statutory_paid_cents"] - x["complementary_cents"] - x["other_payers_cents"]
    ),
}


def _redo(step: Step) -> int:
    """The sum of a step, redone from its written inputs alone; a refusal pays nothing."""
    numbers = {name: Decimal(value) for name, value in step.inputs if value.replace(".", "").isdigit()}
    return 0 if step.rule.startswith("refusal.") else int(REDO[step.rule](numbers))


@every_case
def test_the_steps_alone_redo_the_sum(case: Case, expected: dict[str, int]) -> None:
    result = _settle(case)
    for step in result.steps:
        assert _redo(step) == step.amount_cents, step
        assert step.sentence.endswith(".")
        assert step.source
    last = {step.rule: step.amount_cents for step in result.steps}
    stated = last.get("statutory.paid_as_stated")
    assert last.get("statutory.paid", stated) == expected["statutory_paid_cents"]
    assert last.get("complementary.paid", 0) == expected["complementary_cents"]
    assert last["settlement.left_to_pay"] == expected["left_to_pay_cents"]
