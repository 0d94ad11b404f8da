"""Guarantees as a contract table words them, in French."""

from typing import Any

import pytest

from chalicelib.domain.errors import FieldErrors
from chalicelib.domain.guarantee import read_guarantee
from chalicelib.domain.guarantee_wording import wording
from chalicelib.domain.record import Record

PLUS = {"kind": "fixed_amount", "amount_cents": 20000}


def _read(data: dict[str, Any]) -> Any:
    record = Record(data, place="guarantee")
    guarantee = read_guarantee(record)
    record.check()
    return guarantee


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"kind": "ticket_moderateur", "plus": PLUS}, "Ticket modérateur + 200,00 € par acte"),
        (
            {"kind": "actual_cost", "percent": "80", "most_cents": 20000},
            "80 % des frais réels, dans la limite de 200,00 € par acte",
        ),
        (
            {"kind": "actual_cost", "percent": "80", "includes_statutory": True},
            "80 % des frais réels, y compris la Sécurité sociale",
        ),
        (
            {"kind": "fixed_amount", "amount_cents": 3000, "per": "session", "limits": [{"max_count": 3}]},
            "30,00 € par séance, 3 fois par année civile au plus",
        ),
        (
            {"kind": "actual_cost", "limits": [{"span": "rolling", "months": 48, "max_count": 1, "site": "ear"}]},
            "Frais réels, 1 fois par période de 48 mois et par oreille au plus",
        ),
        (
            {"kind": "actual_cost", "limits": [{"amount_cents": 150000, "max_count": 2, "scope": "family"}]},
            "Frais réels, 2 fois et 1 500,00 € par année civile pour la famille au plus",
        ),
        (
            {"kind": "actual_cost", "limits": [{"span": "insurance_year", "percent_of_pmss": "20"}]},
            "Frais réels, 20 % du PMSS par année d’assurance au plus",
        ),
        (
            {"kind": "fixed_amount", "amount_cents": 20000, "per": "equipment", "category_amounts_cents": {"c": 30000}},
            "200,00 € par équipement, catégorie c : 300,00 €",
        ),
    ],
)
def test_a_guarantee_is_worded_as_a_table_words_it(data: dict[str, Any], expected: str) -> None:
    said = wording(_read(data)).replace("\u202f", " ").replace("\u00a0", " ")
    assert said == expected


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"kind": "actual_cost", "percent": "101"}, "guarantee.percent"),
        ({"kind": "actual_cost", "limits": [{}]}, "guarantee.limits[0]"),
        ({"kind": "actual_cost", "limits": [{"span": "decade", "max_count": 1}]}, "guarantee.limits[0].span"),
        ({"kind": "actual_cost", "limits": [{"span": "rolling", "max_count": 1}]}, "guarantee.limits[0].months"),
        ({"kind": "actual_cost", "limits": [{"months": 3, "max_count": 1}]}, "guarantee.limits[0].months"),
        ({"kind": "actual_cost", "limits": [{"amount_cents": 30.5}]}, "guarantee.limits[0].amount_cents"),
        (
            {"kind": "actual_cost", "limits": [{"amount_cents": 3, "percent_of_pmss": "2"}]},
            "guarantee.limits[0].percent_of_pmss",
        ),
        (
            {"kind": "actual_cost", "limits": [{"span": "rolling", "months": 3, "max_count": 1, "scope": "family"}]},
            "guarantee.limits[0].scope",
        ),
        ({"kind": "actual_cost", "limits": [{"max_count": 1, "colour": "blue"}]}, "guarantee.limits[0].colour"),
        ({"kind": "ticket_moderateur", "plus": {"kind": "actual_cost"}}, "guarantee.plus.kind"),
        ({"kind": "ticket_moderateur", "plus": PLUS | {"per": "year"}}, "guarantee.plus.per"),
        (
            {"kind": "fixed_amount", "amount_cents": 1, "category_amounts_cents": {"g": 1}},
            "guarantee.category_amounts_cents.g",
        ),
    ],
)
def test_a_wording_that_makes_no_sense_is_refused_at_its_place(data: dict[str, Any], place: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        _read(data)
    faults = {fault.field: fault.message for fault in refused.value.faults}
    assert place in faults
    assert faults[place].endswith(".")
