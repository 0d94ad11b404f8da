"""The standard « exemples de remboursement » of a guarantee table (dossier 3.6)."""

from datetime import date
from typing import Any

import pytest

from chalicelib.domain import acts
from chalicelib.domain.examples import Example, table_of
from chalicelib.domain.guarantee import GuaranteeTable

BASKET = [code for code, act in acts.catalogue().items() if act.basket in ("1", "A", "I")]
CLAUSES: list[dict[str, Any]] = [
    {"id": "panier", "label": "100 % Santé", "acts": BASKET, "kind": "full_basket"},
    {"id": "charges", "label": "Forfaits", "acts": ["FJ"], "kind": "actual_cost"},
    {"id": "lunettes", "label": "Lunettes", "acts": ["OPT-B"], "kind": "fixed_amount", "amount_cents": 20000},
    {"id": "chambre", "label": "Chambre", "acts": ["CP"], "kind": "percent_of_pmss", "percent": "2", "per": "night"},
    {
        "id": "tout",
        "label": "Tout le reste",
        "families": [code for code in acts.families() if code not in ("medecine_douce", "dentaire_hors_ss")],
        "kind": "percent_of_base",
        "percent": "100",
    },
]
TABLE = GuaranteeTable.from_data({"code": "T", "version": 1, "valid_from": "2025-01-01", "clauses": CLAUSES})


def _examples(on: date) -> dict[str, Example]:
    return {one.id: one for one in table_of(TABLE, on=on)}


@pytest.mark.parametrize(
    ("name", "amounts"),
    [
        ("generaliste", (3000, 1900, 900, 200)),
        ("forfait-journalier", (2000, 0, 2000, 0)),
        ("cataracte-optam", (35500, 24770, 2400, 8330)),
        ("sejour-sans-acte-lourd", (354032, 283226, 70806, 0)),
        ("lunettes-a", (12500, 2250, 10250, 0)),
        ("lunettes-b", (34500, 9, 20000, 14491)),
        ("detartrage", (2892, 1735, 1157, 0)),
        ("couronne-panier-1", (50000, 7200, 42800, 0)),
        ("couronne-panier-2", (53870, 7200, 4800, 41870)),
        ("orthodontie", (72000, 19350, 0, 52650)),
        ("aide-auditive-1", (95000, 24000, 71000, 0)),
        ("aide-auditive-2", (147600, 24000, 16000, 107600)),
        ("specialiste-secteur-1", (3150, 2005, 945, 200)),
        ("specialiste-optam", (4400, 2005, 945, 1450)),
        ("specialiste-hors-optam", (5600, 1410, 690, 3500)),
        ("bequilles", (2540, 1464, 976, 100)),
        ("osteopathie", (6000, 0, 0, 6000)),
        ("chambre-particuliere", (None, None, None, None)),
    ],
)
def test_an_example_is_computed_by_the_engine(name: str, amounts: tuple[int | None, ...]) -> None:
    found = _examples(date(2025, 3, 3))[name]
    assert (found.price_cents, found.statutory_cents, found.complementary_cents, found.left_cents) == amounts


def test_a_price_that_is_a_legal_number_follows_the_day() -> None:
    assert _examples(date(2026, 2, 28))["forfait-journalier"].price_cents == 2000
    assert _examples(date(2026, 3, 1))["forfait-journalier"].price_cents == 2300
    assert _examples(date(2024, 12, 21))["generaliste"].price_cents == 2650


def test_a_line_whose_law_is_not_known_says_so_and_the_others_are_settled() -> None:
    found = _examples(date(2010, 1, 1))
    assert (found["generaliste"].unknown, found["aide-auditive-1"].unknown) == ("ro.br.G", "audio.br.adult")
    assert found["generaliste"].note == "Un montant légal n’est pas connu à la date des soins."
    assert (found["generaliste"].price_cents, found["aide-auditive-1"].price_cents) == (None, 95000)
    assert (found["bequilles"].unknown, found["bequilles"].statutory_cents) == (None, 1464)


def test_scaling_and_crowns_on_both_sides_of_the_fall_of_the_dentists_rate() -> None:
    """Dossier 3.6: 20.24 then 17.35 of scaling, 84 then 72 of a crown."""
    for day, scaling, crown in ((date(2023, 10, 14), 2024, 8400), (date(2023, 10, 15), 1735, 7200)):
        found = _examples(day)
        assert found["detartrage"].statutory_cents == scaling
        assert {found[f"couronne-panier-{basket}"].statutory_cents for basket in "123"} == {crown}


def test_every_row_of_the_standard_table_is_there() -> None:
    """Dossier 3.6, in its order; pneumonia, glasses and the molar crown with the statutory parts it gives."""
    found = _examples(date(2026, 5, 4))
    assert list(found) == [
        *("forfait-journalier", "chambre-particuliere", "cataracte-optam", "cataracte-hors-optam"),
        *("sejour-sans-acte-lourd", "lunettes-a", "lunettes-b", "lentilles", "chirurgie-refractive", "detartrage"),
        *("couronne-panier-1", "couronne-panier-2", "couronne-panier-3", "implant", "orthodontie"),
        *("aide-auditive-1", "aide-auditive-2", "generaliste", "specialiste-secteur-1", "specialiste-optam"),
        *("specialiste-hors-optam", "analyses", "pharmacie", "bequilles", "transport", "osteopathie"),
    ]
    assert found["couronne-panier-3"].confidence == found["detartrage"].confidence == "CONFLICT"
    assert all(one.unknown is None for one in found.values())


def test_the_amounts_make_the_price_and_each_line_says_where_it_comes_from() -> None:
    for one in table_of(TABLE, on=date(2026, 5, 4)):
        assert one.source
        assert one.confidence
        assert one.note
        if one.statutory_cents is not None and one.complementary_cents is not None:
            assert one.left_cents is not None
            assert one.statutory_cents + one.complementary_cents + one.left_cents == one.price_cents


def test_what_depends_on_the_place_shows_the_guarantee() -> None:
    found = _examples(date(2025, 3, 3))
    assert found["chambre-particuliere"].note == "2 % du PMSS par nuit".replace(" %", "\u00a0%")
    assert found["implant"].note == "Cet acte ne figure pas dans le tableau de garanties."


def test_an_example_never_waits_nor_depends_on_a_counter() -> None:
    clause = {"id": "o", "label": "O", "acts": ["OST"], "kind": "fixed_amount", "amount_cents": 3000, "max_count": 1}
    data = TABLE.to_data() | {"clauses": [clause | {"waiting_days": 90}]}
    found = {one.id: one for one in table_of(GuaranteeTable.from_data(data), on=date(2025, 3, 3))}
    assert found["osteopathie"].complementary_cents == 3000
