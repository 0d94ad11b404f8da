"""The check of a table against the rules of the contrat responsable (CSS L871-1, R871-1, R871-2)."""

from typing import Any

import pytest

from chalicelib.domain import acts
from chalicelib.domain.guarantee import GuaranteeTable
from chalicelib.domain.responsible_contract import Breach, BreachCode, breaches

SOUND: dict[str, dict[str, Any]] = {
    "medecins": {
        "families": ["consultation", "acte_technique", "imagerie"],
        "kind": "percent_of_base",
        "percent": "150",
        "non_optam_percent": "130",
    },
    "courant": {
        "families": ["biologie", "pharmacie", "auxiliaire", "transport", "lpp", "dentaire_soins", "orthodontie"],
        "kind": "ticket_moderateur",
    },
    "protheses": {"families": ["dentaire_prothese"], "kind": "percent_of_base", "percent": "200"},
    "panier": {
        "acts": [code for code, act in acts.catalogue().items() if act.basket in ("1", "A", "I")],
        "kind": "full_basket",
    },
    "lunettes": {
        "acts": ["OPT-B"],
        "kind": "fixed_amount",
        "amount_cents": 32000,
        "per": "equipment",
        "includes_statutory": True,
        "frame_amount_cents": 10000,
    },
    "aides": {
        "acts": ["AUD-II"],
        "kind": "fixed_amount",
        "amount_cents": 170000,
        "per": "ear",
        "includes_statutory": True,
    },
    "hopital": {"families": ["hospitalisation"], "kind": "percent_of_base", "percent": "100"},
    "charges": {"acts": ["FJ", "FJP", "FPU"], "kind": "actual_cost"},
}


def _check(without: str = "", **changes: dict[str, Any]) -> list[Breach]:
    clauses = [{"id": name, "label": name} | entry for name, entry in (SOUND | changes).items() if name != without]
    table = {"code": "T", "version": 1, "valid_from": "2026-01-01", "responsible": True, "clauses": clauses}
    return list(breaches(GuaranteeTable.from_data(table)))


def _codes(found: list[Breach]) -> set[tuple[BreachCode, str | None]]:
    return {(breach.code, breach.clause_id) for breach in found}


def test_a_sound_table_breaks_nothing() -> None:
    assert _check() == []


def test_a_table_that_is_not_responsible_is_not_checked() -> None:
    clauses = [{"id": "a", "label": "a", "acts": ["G"], "kind": "none"}]
    table = {"code": "T", "version": 1, "valid_from": "2026-01-01", "responsible": False, "clauses": clauses}
    assert breaches(GuaranteeTable.from_data(table)) == ()


@pytest.mark.parametrize(
    ("optam", "other", "broken"),
    [("150", "130", False), ("150", "131", True), ("400", "200", False), ("400", "201", True), ("110", "100", False)],
)
def test_a_doctor_outside_optam_is_20_points_below_and_at_200_percent_at_most(
    optam: str, other: str, broken: bool
) -> None:
    doctors = SOUND["medecins"] | {"percent": optam, "non_optam_percent": other}
    assert bool(_check(medecins=doctors)) is broken


def test_one_percentage_for_all_doctors_above_the_base_breaks_the_rule() -> None:
    doctors = {key: value for key, value in SOUND["medecins"].items() if key != "non_optam_percent"}
    [breach] = _check(medecins=doctors)
    assert (breach.code, breach.article) == (BreachCode.NON_OPTAM, "CSS art. R871-2 2°")
    assert "130" in breach.sentence
    assert _check(medecins=doctors | {"percent": "100"}) == []


@pytest.mark.parametrize(
    ("name", "clause", "expected"),
    [
        ("hopital", {"percent": "90"}, (BreachCode.TICKET_MODERATEUR, "hopital")),
        ("courant", {"kind": "none"}, (BreachCode.TICKET_MODERATEUR, "courant")),
        ("courant", {"max_count": 10}, (BreachCode.TICKET_MODERATEUR, "courant")),
        ("medecins", {"includes_statutory": False, "percent": "29"}, (BreachCode.TICKET_MODERATEUR, "medecins")),
        ("charges", {"max_count": 90}, (BreachCode.DAILY_CHARGE, "charges")),
        ("charges", {"max_count": 90}, (BreachCode.EMERGENCY_CHARGE, "charges")),
        ("panier", {"kind": "ticket_moderateur"}, (BreachCode.FULL_BASKET, "panier")),
        ("lunettes", {"frame_amount_cents": 15000}, (BreachCode.FRAME, "lunettes")),
        ("lunettes", {"amount_cents": 85000}, (BreachCode.GLASSES_MAXIMUM, "lunettes")),
        ("lunettes", {"amount_cents": 4000}, (BreachCode.GLASSES_MINIMUM, "lunettes")),
        ("aides", {"amount_cents": 180000}, (BreachCode.HEARING_AID, "aides")),
    ],
)
def test_a_broken_rule_names_its_clause(
    name: str, clause: dict[str, Any], expected: tuple[BreachCode, str | None]
) -> None:
    found = _check(**{name: SOUND[name] | clause})
    assert expected in _codes(found)
    assert all(breach.article and breach.sentence.endswith(".") for breach in found)


@pytest.mark.parametrize(
    ("without", "expected"),
    [
        ("charges", (BreachCode.DAILY_CHARGE, "hopital")),
        ("courant", (BreachCode.TICKET_MODERATEUR, None)),
        ("panier", (BreachCode.FULL_BASKET, "protheses")),
    ],
)
def test_a_clause_left_out_is_a_breach(without: str, expected: tuple[BreachCode, str | None]) -> None:
    assert expected in _codes(_check(without))


def test_a_daily_charge_by_the_day_suffices_when_it_reaches_the_legal_amount() -> None:
    table = {"charges": {"acts": ["FPU"], "kind": "actual_cost"}}
    by_day = {"acts": ["FJ"], "kind": "fixed_amount", "per": "day"}
    assert _check(**table, jour=by_day | {"amount_cents": 2000}) == []
    assert (BreachCode.DAILY_CHARGE, "jour") in _codes(_check(**table, jour=by_day | {"amount_cents": 1900}))


def test_drugs_of_low_benefit_may_be_left_out() -> None:
    optional = {"acts": ["PH4", "PH1"], "kind": "none"}
    assert _check(faible=optional) == []
