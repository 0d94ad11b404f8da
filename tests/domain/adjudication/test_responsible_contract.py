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


def _check(without: str = "", /, **changes: dict[str, Any]) -> list[Breach]:
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
    optional = {"acts": ["PH4", "PH2"], "kind": "none"}
    assert _check(faible=optional) == []


@pytest.mark.parametrize(
    ("category", "least", "most"),
    [
        ("a", 5000, 42000),
        ("b", 12500, 56000),
        ("c", 20000, 70000),
        ("d", 12500, 61000),
        ("e", 20000, 75000),
        ("f", 20000, 80000),
    ],
)
def test_each_category_of_glasses_has_its_minimum_and_its_maximum(category: str, least: int, most: int) -> None:
    """CSS R871-2 3° a to f."""

    def codes(amount: int) -> set[BreachCode]:
        return {breach.code for breach in _check(lunettes=SOUND["lunettes"] | _amounts(category, amount))}

    assert codes(least) == codes(most) == set()
    assert codes(least - 1) == {BreachCode.GLASSES_MINIMUM}
    assert codes(most + 1) == {BreachCode.GLASSES_MAXIMUM}


def _amounts(category: str, amount: int) -> dict[str, Any]:
    return {"category_amounts_cents": {category: amount}}


def test_one_amount_for_all_glasses_must_suit_every_category() -> None:
    for amount, code in ((19999, BreachCode.GLASSES_MINIMUM), (42001, BreachCode.GLASSES_MAXIMUM)):
        [breach] = _check(lunettes=SOUND["lunettes"] | {"amount_cents": amount})
        assert breach.code is code
        assert breach.article.startswith("CSS art. R871-2 3° ")


@pytest.mark.parametrize(
    ("name", "clause", "expected"),
    [
        ("lunettes", {"kind": "actual_cost"}, BreachCode.GLASSES_MAXIMUM),
        ("lunettes", {"limits": [{"span": "rolling", "months": 23, "max_count": 1}]}, BreachCode.RENEWAL),
        ("aides", {"limits": [{"span": "rolling", "months": 47, "max_count": 1, "site": "ear"}]}, BreachCode.RENEWAL),
        ("aides", {"kind": "actual_cost"}, BreachCode.HEARING_AID),
        ("aides", {"kind": "percent_of_base", "percent": "426"}, BreachCode.HEARING_AID),
        ("aides", {"includes_statutory": False, "amount_cents": 146001}, BreachCode.HEARING_AID),
        ("aides", {"amount_cents": 39999}, BreachCode.TICKET_MODERATEUR),
        ("panier", {"limits": [{"max_count": 2}]}, BreachCode.FULL_BASKET),
        ("courant", {"limits": [{"max_count": 10}]}, BreachCode.TICKET_MODERATEUR),
        ("courant", {"kind": "actual_cost", "percent": "39"}, BreachCode.TICKET_MODERATEUR),
        ("courant", {"kind": "actual_cost", "most_cents": 5000}, BreachCode.TICKET_MODERATEUR),
        ("charges", {"kind": "actual_cost", "percent": "80"}, BreachCode.DAILY_CHARGE),
        ("charges", {"kind": "actual_cost", "limits": [{"max_count": 90}]}, BreachCode.EMERGENCY_CHARGE),
        ("medecins", {"kind": "fixed_amount", "amount_cents": 5000}, BreachCode.NON_OPTAM),
        ("medecins", {"kind": "actual_cost", "percent": "90"}, BreachCode.NON_OPTAM),
        ("hopital", {"percent": "201"}, BreachCode.NON_OPTAM),
        (
            "medecins",
            {"kind": "ticket_moderateur", "plus": {"kind": "fixed_amount", "amount_cents": 2000}},
            BreachCode.NON_OPTAM,
        ),
    ],
)
def test_what_the_richer_wordings_may_break_is_found(name: str, clause: dict[str, Any], expected: BreachCode) -> None:
    own = {key: value for key, value in SOUND[name].items() if "kind" not in clause or key in ("acts", "families")}
    found = _check(**{name: own | clause})
    assert (expected, name) in _codes(found)
    assert all(breach.article and breach.sentence.endswith(".") for breach in found)


@pytest.mark.parametrize(
    ("name", "clause"),
    [
        ("lunettes", {"limits": [{"span": "rolling", "months": 24, "max_count": 1}]}),
        ("aides", {"limits": [{"span": "rolling", "months": 48, "max_count": 1, "site": "ear"}]}),
        ("aides", {"amount_cents": 40000}),
        ("medecins", {"percent": "100", "non_optam_percent": "100"}),
    ],
)
def test_what_the_law_allows_is_not_a_breach(name: str, clause: dict[str, Any]) -> None:
    assert _check(**{name: SOUND[name] | clause}) == []
