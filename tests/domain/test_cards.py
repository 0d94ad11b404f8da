"""What a carte de tiers payant is worth, and what its code says (M34; dossier 8.2)."""

from datetime import date

import pytest

from chalicelib.domain.card import Card, CardFacts, domains_of, read_code, unsigned_code
from chalicelib.domain.guarantee import Clause, GuaranteeTable, NoGuarantee, TicketModerateur

AMC = "12345678"
SIGNATURE = "0F1E2D3C4B5A69788796A5B4C3D2E1F0"
CARD = Card(
    card_id="9d2b7c40e1f64c8e8a35b60d7f21c5e9",
    facts=CardFacts(
        contract_number="S-1",
        numero_adherent="12345670000001",
        member_name="Léa Martin",
        people=(),
        domains=(),
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 12, 31),
    ),
    issued_on=date(2026, 1, 1),
    key="cards/m/1.pdf",
)


def table(*clauses: Clause) -> GuaranteeTable:
    """A table of some clauses."""
    return GuaranteeTable(code="T", version=1, valid_from=date(2026, 1, 1), responsible=True, clauses=clauses)


def clause(name: str, *families: str, nothing: bool = False) -> Clause:
    """A clause on some families."""
    guarantee = NoGuarantee() if nothing else TicketModerateur()
    return Clause(id=name, label=name, guarantee=guarantee, families=families)


def test_a_domain_is_worth_what_the_table_covers() -> None:
    """M34: doctors' care counts for midwives, health centres and hospitals' outpatient care alike."""
    found = dict(domains_of(table(clause("c", "consultation"), clause("d", "dentaire_soins"))))
    assert found == {"MED": "100", "SAGE": "100", "EXTE": "100", "CSTE": "100", "DENT": "PEC"}
    assert domains_of(table(clause("o", "optique", nothing=True))) == ()


def test_a_code_reads_back_what_it_says_and_names_nobody() -> None:
    """M34, M16: whose card, which one, from when until when; no name, no birth date, no NIR."""
    text = f"{unsigned_code(CARD, amc_number=AMC)}.{SIGNATURE}"
    code = read_code(f"  {text.lower()} ", amc_number=AMC)
    assert code
    assert (code.card_id, code.numero_adherent) == (CARD.card_id, "12345670000001")
    assert (code.valid_from, code.valid_to) == (date(2026, 1, 1), date(2026, 12, 31))
    assert (f"{code.signed}.{code.signature}", code.signature) == (text, SIGNATURE)
    assert "Martin" not in text
    assert len(text) <= 122


@pytest.mark.parametrize(
    "text",
    [
        "",
        "TP1",
        "{good}.",
        "{good}X",
        "TP2{rest}",
        "https://exemple.fr/{good}",
        "TP1.99999999.12345670000001.9D2B7C40E1F64C8E8A35B60D7F21C5E9.20260101.20261231." + SIGNATURE,
        "TP1.12345678.123456.9D2B7C40E1F64C8E8A35B60D7F21C5E9.20260101.20261231." + SIGNATURE,
        "TP1.12345678.1234567.9D2B7C40E1F64C8E8A35B60D7F21C5E9.20260230.20261231." + SIGNATURE,
        "TP1.12345678.1234567.9D2B7C40E1F64C8E8A35B60D7F21C5E9.20260101.٢٠٢٦1231." + SIGNATURE,
    ],
)
def test_what_is_no_code_of_ours_is_none(text: str) -> None:
    """M34: another insurer's, another length, an impossible day, something else altogether."""
    good = f"{unsigned_code(CARD, amc_number=AMC)}.{SIGNATURE}"
    assert read_code(text.format(good=good, rest=good[3:]) if "{" in text else text, amc_number=AMC) is None
