"""The SEPA mandate as people get it: what it says, its page of evidence, and that no text in it can do harm (H84)."""

import re
from dataclasses import replace
from datetime import date

import pytest

from chalicelib.gateways.rendering import render_pdf
from chalicelib.texts.documents.models import SepaMandate, SignatureFacts
from tests.services.test_documents_rendering import HOSTILE, INSURER, structure, text_of, written

MANDATE = SepaMandate(
    insurer=INSURER,
    issued_on=date(2026, 3, 2),
    rum="1234567-20260302-9D2B7C40E1",
    ics="FR72ZZZ123456",
    kind="RCUR",
    creditor_name="Mutuelle des Rives",
    creditor_address="12 quai des Chartrons, 33000 Bordeaux",
    debtor_name="Ateliers du Port",
    debtor_address="1 rue des Tests, 44000 Nantes",
    holder="SARL Ateliers du Port",
    iban="FR14 2004 1010 0505 0001 3M02 606",
    bic="PSSTFRPP",
    place="Saint-Nazaire",
)

SIGNED = replace(
    MANDATE,
    signature=SignatureFacts(
        signer="Anne Le Goff",
        signed_at="2 mars 2026 à 9 h 30",
        code_sent_at="2 mars 2026 à 9 h 28",
        phone_masked="06 ** ** ** 78",
        source_ip="192.0.2.7",
        document_sha256="a" * 64,
        evidence_sha256="b" * 64,
    ),
)


def test_h84_a_mandate_says_all_that_sepa_wants() -> None:
    """The EPC's list: references, both parties, account, type, place, date, and the debtor's right to a refund."""
    text = " ".join(text_of(MANDATE).split())
    for said in (
        "Mandat de prélèvement SEPA", MANDATE.rum, MANDATE.ics, MANDATE.creditor_name, MANDATE.creditor_address,
        MANDATE.debtor_name, MANDATE.debtor_address, MANDATE.holder, MANDATE.iban, "PSSTFRPP", "récurrent",
        "Établi à Saint-Nazaire, le 2 mars 2026", "8 semaines", "13 mois",
    ):  # fmt: skip
        assert said in text, said
    assert "Preuve" not in text


def test_h85_the_signed_one_proves_its_signature() -> None:
    text = text_of(SIGNED)
    for said in ("Anne Le Goff", "2 mars 2026 à 9 h 30", "06 ** ** ** 78", "192.0.2.7", "a" * 64, "b" * 64):
        assert said in text, said
    assert len(written(SIGNED).pages) == len(written(MANDATE).pages) + 1


def test_m116_a_mandate_is_tagged_and_has_headings() -> None:
    reader = written(SIGNED)
    assert reader.metadata is not None
    assert reader.metadata.title == "Mandat de prélèvement SEPA"
    tags = [tag.get("/S") for tag in structure(reader.root_object["/StructTreeRoot"])]
    assert tags.count("/H1") >= 4


def test_m117_punctuation_never_starts_a_line() -> None:
    pages = "\n".join(page.extract_text() for page in written(SIGNED).pages)
    assert not re.search(r"[ \n][:;!?»]", pages)


def test_the_same_mandate_gives_the_same_bytes_and_another_one_others() -> None:
    """The code that signs it is bound to these very bytes."""
    first = render_pdf(MANDATE)
    assert first == render_pdf(MANDATE)
    other = replace(MANDATE, iban="FR76 3000 6000 0112 3456 7890 189")
    assert first != render_pdf(other)


def test_an_account_without_a_bic_has_a_mandate() -> None:
    assert "BIC" not in text_of(replace(MANDATE, bic=None))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_text_is_never_read_as_markup(hostile: str) -> None:
    text = text_of(replace(MANDATE, debtor_name=hostile, holder=hostile, place=hostile))
    assert text.count(hostile) == 3
