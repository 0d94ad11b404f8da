"""Guarantee tables: read with faults that name their place, written back, and looked up by act."""

import json
from typing import Any

import pytest

from chalicelib.domain.errors import FieldErrors
from chalicelib.domain.guarantee import GuaranteeTable, Scope, Window

TABLE: dict[str, Any] = {
    "code": "CONFORT",
    "version": 2,
    "valid_from": "2026-01-01",
    "responsible": True,
    "clauses": [
        {
            "id": "medecins",
            "label": "Médecins",
            "families": ["consultation"],
            "kind": "percent_of_base",
            "percent": "150",
            "includes_statutory": True,
            "non_optam_percent": "130",
        },
        {"id": "psy", "label": "Psychiatre", "acts": ["CNP"], "kind": "ticket_moderateur"},
        {
            "id": "osteo",
            "label": "Ostéopathie",
            "acts": ["OST"],
            "kind": "fixed_amount",
            "amount_cents": 3000,
            "per": "session",
            "includes_statutory": False,
            "max_count": 3,
            "count_per": "year",
            "counter": {"window": "insurance_year", "scope": "family"},
            "waiting_days": 30,
        },
        {
            "id": "chambre",
            "label": "Chambre",
            "acts": ["CP"],
            "kind": "percent_of_pmss",
            "percent": "2",
            "per": "night",
        },
        {"id": "fj", "label": "Forfait journalier", "acts": ["FJ"], "kind": "actual_cost"},
        {"id": "a", "label": "100 % Santé", "acts": ["OPT-A"], "kind": "full_basket"},
        {"id": "len", "label": "Lentilles", "acts": ["LEN"], "kind": "none"},
    ],
}


def _with(index: int, **changes: object) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(TABLE))
    copy["clauses"][index] |= changes
    return copy


def test_a_table_is_read_and_written_back_the_same() -> None:
    table = GuaranteeTable.from_data(TABLE)
    assert table.to_data() == TABLE
    assert GuaranteeTable.from_data(table.to_data()) == table


def test_a_clause_that_names_the_act_wins_over_its_family() -> None:
    table = GuaranteeTable.from_data(TABLE)
    found = {act: table.clause_for(act) for act in ("CNP", "G", "IMP")}
    assert {act: clause and clause.id for act, clause in found.items()} == {"CNP": "psy", "G": "medecins", "IMP": None}
    unknown = table.clause_for("XYZ", family="consultation")
    assert unknown is not None
    assert unknown.id == "medecins"


def test_a_counter_is_read_and_defaults_to_the_beneficiary_and_the_civil_year() -> None:
    table = GuaranteeTable.from_data(TABLE)
    osteo, room = table.clause_for("OST"), table.clause_for("CP")
    assert osteo is not None
    assert room is not None
    assert (osteo.counter.window, osteo.counter.scope) == (Window.INSURANCE_YEAR, Scope.FAMILY)
    assert (room.counter.window, room.counter.scope) == (Window.CIVIL_YEAR, Scope.BENEFICIARY)


@pytest.mark.parametrize(
    ("table", "place"),
    [
        (_with(0, percent="cent"), "guarantee_table.clauses[0].percent"),
        (_with(3, percent=None), "guarantee_table.clauses[3].percent"),
        (_with(2, amount_cents=30.0), "guarantee_table.clauses[2].amount_cents"),
        (_with(2, max_count=0), "guarantee_table.clauses[2].max_count"),
        (_with(2, per="month"), "guarantee_table.clauses[2].per"),
        (_with(2, counter={"window": "decade"}), "guarantee_table.clauses[2].counter.window"),
        (_with(2, per="year", counter={"window": "day"}), "guarantee_table.clauses[2].counter.window"),
        (_with(4, kind="everything"), "guarantee_table.clauses[4].kind"),
        (_with(4, frame_amount_cents=100), "guarantee_table.clauses[4].frame_amount_cents"),
        (_with(4, acts=["FJX"]), "guarantee_table.clauses[4].acts"),
        (_with(4, acts=[]), "guarantee_table.clauses[4].acts"),
        (_with(4, acts=["OST"]), "guarantee_table.clauses[4].acts"),
        (_with(4, families=["sport"]), "guarantee_table.clauses[4].families"),
        (_with(4, id="a"), "guarantee_table.clauses[5].id"),
        (_with(4, label=""), "guarantee_table.clauses[4].label"),
        (TABLE | {"version": 0}, "guarantee_table.version"),
        (TABLE | {"valid_from": "01/01/2026"}, "guarantee_table.valid_from"),
        (TABLE | {"clauses": None}, "guarantee_table.clauses"),
        (TABLE | {"clauses": {}}, "guarantee_table.clauses"),
        (TABLE | {"colour": "blue"}, "guarantee_table.colour"),
    ],
)
def test_a_fault_names_its_place_in_french(table: dict[str, Any], place: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        GuaranteeTable.from_data(table)
    faults = {fault.field: fault.message for fault in refused.value.faults}
    assert place in faults
    assert faults[place].endswith(".")


def test_every_fault_is_told_at_once() -> None:
    table = _with(0, percent="x", label="")
    table["code"] = ""
    with pytest.raises(FieldErrors) as refused:
        GuaranteeTable.from_data(table)
    assert len(refused.value.faults) == 3
