"""The minimum that an employer must buy (CSS L911-7, D911-1; dossier 2.6)."""

from typing import Any

import pytest

from chalicelib.domain.guarantee import GuaranteeTable
from chalicelib.domain.minimum_basket import Shortfall, ShortfallCode, shortfalls
from tests.domain.adjudication.test_responsible_contract import SOUND

ENOUGH = SOUND | {
    "orthodontie": {"families": ["orthodontie"], "kind": "percent_of_base", "percent": "125"},
    "courant": SOUND["courant"] | {"families": [*SOUND["courant"]["families"][:-1]]},
}


def _check(without: str = "", **changes: dict[str, Any]) -> list[Shortfall]:
    clauses = [{"id": name, "label": name} | entry for name, entry in (ENOUGH | changes).items() if name != without]
    table = {"code": "T", "version": 1, "valid_from": "2026-01-05", "responsible": True, "clauses": clauses}
    return list(shortfalls(GuaranteeTable.from_data(table)))


def test_a_table_that_holds_the_minimum_misses_nothing() -> None:
    assert _check() == []


@pytest.mark.parametrize("percent", ["124", "125"])
@pytest.mark.parametrize("clause", ["protheses", "orthodontie"])
def test_prostheses_and_orthodontics_are_at_125_percent(clause: str, percent: str) -> None:
    found = _check(**{clause: ENOUGH[clause] | {"percent": percent}})
    assert [(one.code, one.clause_id) for one in found] == [(ShortfallCode.DENTAL, clause)] * (percent == "124")


@pytest.mark.parametrize(
    ("guarantee", "enough"),
    [
        ({"kind": "percent_of_base", "percent": "65", "includes_statutory": False}, True),
        ({"kind": "percent_of_base", "percent": "64", "includes_statutory": False}, False),
        ({"kind": "ticket_moderateur"}, False),
        ({"kind": "ticket_moderateur", "plus": {"kind": "fixed_amount", "amount_cents": 3000}}, True),
        ({"kind": "actual_cost"}, True),
        ({"kind": "percent_of_base", "percent": "300", "limits": [{"amount_cents": 100000}]}, False),
        ({"kind": "none"}, False),
    ],
)
def test_what_a_prosthesis_is_paid_counts_whatever_its_wording(guarantee: dict[str, Any], enough: bool) -> None:
    found = _check(protheses={"acts": ["HBLD491"]} | guarantee)
    assert any(one.clause_id == "protheses" for one in found) is not enough


@pytest.mark.parametrize(
    ("category", "least"),
    [("a", 10000), ("b", 15000), ("c", 20000), ("d", 15000), ("e", 20000), ("f", 20000)],
)
def test_each_correction_of_glasses_has_its_amount(category: str, least: int) -> None:
    """100.00 simple, 150.00 mixed, 200.00 complex."""

    def of(amount: int) -> list[Shortfall]:
        return _check(lunettes=ENOUGH["lunettes"] | {"category_amounts_cents": {category: amount}})

    assert of(least) == []
    [missed] = of(least - 1)
    assert (missed.code, missed.clause_id) == (ShortfallCode.GLASSES, "lunettes")
    assert f"catégorie {category}" in missed.sentence


@pytest.mark.parametrize(("months", "found"), [(24, []), (25, [ShortfallCode.GLASSES_RENEWAL])])
def test_glasses_are_paid_again_after_two_years(months: int, found: list[ShortfallCode]) -> None:
    limit = {"span": "rolling", "months": months, "max_count": 1}
    assert [one.code for one in _check(lunettes=ENOUGH["lunettes"] | {"limits": [limit]})] == found


@pytest.mark.parametrize(
    ("without", "code"),
    [
        ("charges", ShortfallCode.DAILY_CHARGE),
        ("courant", ShortfallCode.TICKET_MODERATEUR),
        ("orthodontie", ShortfallCode.DENTAL),
        ("lunettes", ShortfallCode.GLASSES),
    ],
)
def test_a_clause_left_out_misses_its_part(without: str, code: ShortfallCode) -> None:
    found = _check(without)
    assert code in {one.code for one in found}
    assert all(one.sentence.endswith(".") for one in found)
