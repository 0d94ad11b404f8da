"""The PDF documents people receive: what they say, how they are tagged, and that no text in them can do harm."""

import doctest
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, PdfObject

from chalicelib.gateways.rendering import render_pdf
from chalicelib.texts.documents import models
from chalicelib.texts.documents.confidential import ConfidentialLine, ConfidentialStatement
from chalicelib.texts.documents.models import (
    DOMAINS,
    Card,
    CardHolder,
    ContractSummary,
    ExampleRow,
    ExampleSection,
    ExplanationStep,
    GuaranteeRow,
    GuaranteeSection,
    Insurer,
    Payment,
    ReimbursementExamples,
    Statement,
    StatementLine,
)

Document = Statement | Card | ContractSummary | ReimbursementExamples | ConfidentialStatement

INSURER = Insurer(
    name="Mutuelle des Rives",
    colour="#0b5c6b",
    address="12 quai des Chartrons, 33000 Bordeaux",
    contact="Une question\u00a0? Écrivez-nous depuis votre espace.",
    legal_notice="Mutuelle soumise au livre II du code de la mutualité.",
    complaints="Réclamation\u00a0: service Réclamations, 12 quai des Chartrons.",
    mediator="Médiateur\u00a0: www.mediateur.example.",
)

LINE = StatementLine(
    care_on=date(2026, 3, 3),
    beneficiary="Noé Lefèvre",
    act="Consultation d’un généraliste",
    spent_cents=3000,
    statutory_cents=1900,
    complementary_cents=900,
    left_to_pay_cents=200,
    steps=(
        ExplanationStep(sentence="La base est de 30,00\u00a0€.", source="CSS art. R. 160-5", amount_cents=3000),
        ExplanationStep(sentence="La participation forfaitaire reste due.", source="CSS art. L. 160-13"),
    ),
)

STATEMENT = Statement(
    insurer=INSURER,
    number="D-2026-000042",
    issued_on=date(2026, 3, 10),
    member_name="Élodie Lefèvre",
    numero_adherent="12345678901234",
    contract_number="SANTE-0042",
    payment=Payment(
        payee="Pharmacie du Port",
        ordered_on=date(2026, 3, 12),
        amount_cents=123456,
        reference="VIR-2026-0099",
        iban_end="0189",
    ),
    lines=(LINE,),
    limitation_years=2,
)

CARD = Card(
    insurer=INSURER,
    number="C-2026-0001",
    amc_number="87654321",
    contract_number="SANTE-0042",
    numero_adherent="12345678901234",
    member_name="Élodie Lefèvre",
    holders=(
        CardHolder(name="Élodie Lefèvre", born_on=date(1985, 7, 14), rank=1, values={"PHAR": "100", "OPTI": "PEC"}),
        CardHolder(name="Noé Lefèvre", born_on=date(2015, 1, 2), rank=2, values={"PHAR": "100", "HOSP": "PEC"}),
    ),
    valid_from=date(2026, 1, 1),
    valid_to=date(2026, 12, 31),
    issued_on=date(2025, 12, 15),
    teletransmission="La télétransmission est active.",
    hospital_contact="05 00 00 00 01",
    qr_svg='<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="5" height="5"/></svg>',
    qr_alt="Code QR de vérification de la carte C-2026-0001",
)

SUMMARY = ContractSummary(
    insurer=INSURER,
    contract_number="SANTE-0042",
    contract_label="Santé collective, niveau 2",
    company="Ateliers du Port",
    effective_on=date(2026, 1, 1),
    issued_on=date(2026, 3, 10),
    sections=(
        GuaranteeSection(
            title="Soins courants", rows=(GuaranteeRow(label="Consultation", wording="150 % BR, y compris RO"),)
        ),
        GuaranteeSection(title="Optique", rows=(GuaranteeRow(label="Équipement de classe A", wording="100 % Santé"),)),
    ),
    notes=("BR\u00a0: base de remboursement.",),
)

EXAMPLE = ExampleRow(
    label="Consultation", price_cents=123456, statutory_cents=1900, complementary_cents=121356, left_to_pay_cents=200
)

EXAMPLES = ReimbursementExamples(
    insurer=INSURER,
    contract_number="SANTE-0042",
    contract_label="Santé collective, niveau 2",
    company="Ateliers du Port",
    effective_on=date(2022, 1, 1),
    care_on=date(2023, 11, 1),
    issued_on=date(2023, 11, 1),
    sections=(
        ExampleSection(title="Soins courants", rows=(EXAMPLE,)),
        ExampleSection(
            title="Optique",
            rows=(
                ExampleRow(label="Lentilles", note="150,00\u00a0€ par an"),
                ExampleRow(label="Lunettes", price_cents=34500, note="Cet exemple demande une correction."),
            ),
        ),
    ),
    notes=("Les prix sont donnés à titre d’exemple.",),
)

CONFIDENTIAL = ConfidentialStatement(
    insurer=INSURER,
    number="2026-000042",
    issued_on=date(2026, 3, 12),
    member_name="Ana Roy",
    numero_adherent="1234567",
    contract_number="SANTE-1",
    beneficiary="Zoé Roy",
    lines=(ConfidentialLine(care_on=date(2026, 3, 3), paid_cents=3000),),
)
DOCUMENTS = [STATEMENT, CARD, SUMMARY, EXAMPLES, CONFIDENTIAL]


def written(document: Document) -> PdfReader:
    return PdfReader(BytesIO(render_pdf(document)))


def text_of(document: Document) -> str:
    pages = "\n".join(page.extract_text() for page in written(document).pages)
    return re.sub("[\u00a0\u202f]", " ", pages)


def structure(node: PdfObject | None) -> Iterator[DictionaryObject]:
    """Every element of the tree of tags, parents first."""
    found = node.get_object() if node is not None else None
    if isinstance(found, ArrayObject):
        for child in found:
            yield from structure(child)
    elif isinstance(found, DictionaryObject) and ("/S" in found or "/K" in found):
        yield found
        yield from structure(found.get("/K"))


def tags_of(document: Document) -> list[DictionaryObject]:
    return list(structure(written(document).root_object["/StructTreeRoot"]))


# --- What every document has ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.template)
def test_m116_a_document_is_tagged_titled_and_in_french(document: Document) -> None:
    reader = written(document)
    assert reader.root_object["/MarkInfo"]["/Marked"]
    assert reader.root_object["/Lang"].startswith("fr")
    assert reader.root_object["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.xmp_metadata is not None
    assert b"<pdfuaid:part>1</pdfuaid:part>" in reader.xmp_metadata.stream.get_data()
    assert reader.metadata is not None
    assert reader.metadata.author == "Mutuelle des Rives"
    assert reader.metadata.creation_date is not None
    assert reader.metadata.creation_date.date() == document.issued_on


@pytest.mark.parametrize(
    ("document", "title"),
    [
        (STATEMENT, "Décompte de prestations n°\u00a0D-2026-000042"),
        (CARD, "Carte de tiers payant n°\u00a0C-2026-0001"),
        (SUMMARY, "Tableau des garanties du contrat n°\u00a0SANTE-0042"),
        (EXAMPLES, "Exemples de remboursement du contrat n°\u00a0SANTE-0042"),
    ],
)
def test_a_document_says_what_it_is_in_its_title(document: Document, title: str) -> None:
    metadata = written(document).metadata
    assert metadata is not None
    assert metadata.title == title


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.template)
def test_m116_every_table_has_header_cells(document: Document) -> None:
    tags = tags_of(document)
    tables = [tag for tag in tags if tag.get("/S") == "/Table"]
    assert tables
    for table in tables:
        assert any(tag.get("/S") == "/TH" for tag in structure(table.get("/K")))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.template)
def test_the_same_data_gives_the_same_bytes(document: Document) -> None:
    first = render_pdf(document)
    assert first == render_pdf(document)
    renamed = replace(document, insurer=replace(INSURER, name="Autre assureur"))
    assert first != render_pdf(renamed)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.template)
def test_m117_punctuation_never_starts_a_line(document: Document) -> None:
    pages = "\n".join(page.extract_text() for page in written(document).pages)
    assert not re.search(r"[ \n][:;!?»]", pages)
    assert not re.search(r"«[ \n]", pages)


@pytest.mark.parametrize("template", ["unknown", "../documents/statement", "", "layout.typ"])
def test_an_unknown_template_is_refused(monkeypatch: pytest.MonkeyPatch, template: str) -> None:
    monkeypatch.setattr(Statement, "template", template)
    with pytest.raises(ValueError, match="no document template"):
        render_pdf(STATEMENT)


# --- Text is only text ---------------------------------------------------------------------------------------------

HOSTILE = [
    '#panic("x")',
    '#import "/layout.typ"',
    "*gras* _italique_",
    "$x^2$",
    "C:\\temp\\n",
    "@x <y>",
    "[z] {w} `c`",
    "// rien",
    "= Titre",
    "${insurer}",
    'D\'Artagnan "le" --- ...',
    "http://x.example/#a",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_text_is_never_read_as_markup(hostile: str) -> None:
    line = replace(
        LINE, act=hostile, refusal=hostile, steps=(ExplanationStep(sentence=hostile, source=hostile, amount_cents=1),)
    )
    text = text_of(replace(STATEMENT, number=hostile, member_name=hostile, lines=(line,)))
    assert text.count(hostile) >= 6


@pytest.mark.parametrize("hostile", HOSTILE)
def test_text_of_a_card_and_of_a_contract_neither(hostile: str) -> None:
    holder = replace(CARD.holders[0], name=hostile)
    assert hostile in text_of(replace(CARD, member_name=hostile, holders=(holder,), teletransmission=hostile))
    section = GuaranteeSection(title=hostile, rows=(GuaranteeRow(label=hostile, wording=hostile),))
    assert text_of(replace(SUMMARY, company=hostile, sections=(section,), notes=(hostile,))).count(hostile) >= 5
    shown = ExampleSection(title=hostile, rows=(ExampleRow(label=hostile, note=hostile),))
    assert text_of(replace(EXAMPLES, company=hostile, sections=(shown,), notes=(hostile,))).count(hostile) >= 5


@pytest.mark.parametrize(
    "name", ["Zoë Ångström-Çelik", "Nguyễn Thị Ánh", "Łukasz Żółć", "Ελένη", "Ольга", "E\u0301lodie"]
)
def test_names_keep_their_letters(name: str) -> None:
    assert name.replace("E\u0301", "É") in text_of(replace(STATEMENT, member_name=name))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Li 李", "Li �"),
        ("Ana 😀", "Ana �"),
        ("A\nB\tC", "A B C"),
        ("A\x00B", "A B"),
        ("\u202eAB", "AB"),
        ("\ud800", "�"),
    ],
)
def test_what_fonts_cannot_draw_prevents_no_document(name: str, shown: str) -> None:
    assert f"Assuré : {shown}" in text_of(replace(STATEMENT, member_name=name))


def test_a_name_without_end_stays_in_its_column() -> None:
    text = text_of(replace(STATEMENT, lines=(replace(LINE, beneficiary="A" * 90, act="B" * 90),)))
    assert re.sub(r"[\s\u200b]", "", text).count("A" * 90) == 1
    assert max(len(run) for run in re.findall("A+", text)) < 40
    assert max(len(run) for run in re.findall("B+", text.split("Comment chaque")[0])) < 40


# --- The décompte --------------------------------------------------------------------------------------------------


def test_m38_h151_a_decompte_shows_the_care_the_parts_and_the_payment() -> None:
    text = text_of(STATEMENT)
    for said in (
        "Mutuelle des Rives",
        "Date d’émission : 10 mars 2026",
        "Assuré : Élodie Lefèvre",
        "Numéro adhérent : 12345678901234",
        "Contrat : SANTE-0042",
        "Montant du virement : 1 234,56 €",
        "Ordonné le : 12 mars 2026",
        "Destinataire : Pharmacie du Port",
        "Compte se terminant par : 0189",
        "Référence du virement : VIR-2026-0099",
        "03/03/2026",
        "Noé Lefèvre",
        "Sécurité",
        "Complémentaire",
        "30,00 € 19,00 € 9,00 € 2,00 €",
    ):
        assert said in text, said


def test_a_decompte_explains_each_line_and_cites_its_source() -> None:
    text = text_of(STATEMENT)
    assert "Ligne 1 : Consultation d’un généraliste, 3 mars 2026" in text
    assert "La base est de 30,00 €. CSS art. R. 160-5 30,00 €" in text
    assert "La participation forfaitaire reste due. CSS art. L. 160-13 –" in text


def test_a_decompte_says_in_words_what_was_refused_or_reduced() -> None:
    refused = replace(
        LINE, complementary_cents=0, left_to_pay_cents=1100, refusal="Le délai n’est pas écoulé.", steps=()
    )
    reduced = replace(LINE, reductions=("Le plafond est atteint.",))
    text = text_of(replace(STATEMENT, lines=(refused, reduced)))
    assert "Refus : Le délai n’est pas écoulé." in text
    assert "Non remboursé" in text
    assert "Réduction : Le plafond est atteint." in text


def test_other_payers_have_a_column_only_when_they_paid() -> None:
    assert "organismes" not in text_of(STATEMENT)
    shared = replace(LINE, complementary_cents=500, other_payers_cents=400)
    text = text_of(replace(STATEMENT, lines=(shared,)))
    assert "organismes" in text
    assert "30,00 € 19,00 € 5,00 € 4,00 € 2,00 €" in text


def test_a_decompte_without_payment_says_so() -> None:
    text = text_of(replace(STATEMENT, payment=None))
    assert "ne donne lieu à aucun versement" in text
    assert "Montant du virement" not in text


def test_a_decompte_that_cancels_another_carries_negative_amounts() -> None:
    undone = replace(LINE, spent_cents=-3000, statutory_cents=-1900, complementary_cents=-900, left_to_pay_cents=-200)
    text = text_of(replace(STATEMENT, cancels="D-2026-000007", payment=None, lines=(undone,)))
    assert "annule le décompte n° D-2026-000007" in text
    assert "−30,00 € −19,00 € −9,00 € −2,00 €" in text


def test_a_decompte_of_sixty_lines_runs_over_pages_and_totals_them() -> None:
    lines = tuple(replace(LINE, act=f"Acte {number}") for number in range(1, 61))
    document = replace(STATEMENT, lines=lines)
    pages = [page.extract_text() for page in written(document).pages]
    assert len(pages) > 3
    assert all("Mutuelle des Rives" in page for page in pages)
    assert f"Page {len(pages)} sur {len(pages)}" in pages[-1]
    assert "Reste à" in pages[1], "the header row is repeated"
    text = text_of(document)
    assert "Total 1 800,00 € 1 140,00 € 540,00 € 120,00 €" in text
    assert "Ligne 60 : Acte 60" in text


def test_a_decompte_of_one_line_has_one_page() -> None:
    assert len(written(STATEMENT).pages) == 1


@pytest.mark.parametrize(
    ("cents", "shown"),
    [
        (0, "0,00 €"),
        (5, "0,05 €"),
        (99, "0,99 €"),
        (100000, "1 000,00 €"),
        (123456789, "1 234 567,89 €"),
        (-7, "−0,07 €"),
    ],
)
def test_m117_amounts_are_written_the_french_way(cents: int, shown: str) -> None:
    payment = Payment(payee="P", ordered_on=date(2026, 3, 1), amount_cents=cents, reference="V", iban_end="0189")
    text = text_of(replace(STATEMENT, payment=payment))
    assert f"Montant du virement : {shown}" in text
    assert "Ordonné le : 1er mars 2026" in text


def test_a_decompte_tells_the_delay_and_whom_to_turn_to() -> None:
    text = " ".join(text_of(STATEMENT).split())
    assert "Vous disposez de 2 ans" in text
    assert "service Réclamations" in text
    assert "www.mediateur.example" in text


def test_a_care_line_whose_parts_do_not_add_up_is_refused() -> None:
    with pytest.raises(ValueError, match="add up to 3100 cents, not 3000"):
        replace(LINE, left_to_pay_cents=300)


def test_a_decompte_has_a_line() -> None:
    with pytest.raises(ValueError, match="at least one care line"):
        replace(STATEMENT, lines=())


@pytest.mark.parametrize("iban", ["FR7630006000011234567890189", "189", "01 9"])
def test_a_payment_holds_only_the_end_of_an_iban(iban: str) -> None:
    with pytest.raises(ValueError, match="last four"):
        Payment(payee="P", ordered_on=date(2026, 3, 1), amount_cents=1, reference="V", iban_end=iban)


# --- The carte de tiers payant -------------------------------------------------------------------------------------


def test_m27_m34_a_card_names_its_holders_its_period_and_its_domains() -> None:
    text = text_of(CARD)
    for said in (
        "87654321",
        "12345678901234",
        "SANTE-0042",
        "C-2026-0001",
        "1er janvier 2026",
        "31 décembre 2026",
        "Élodie Lefèvre 14/07/1985 1 100 – – – – – – PEC – – –",
        "Noé Lefèvre 02/01/2015 2 100 – – – – – PEC – – – –",
        "La télétransmission est active.",
        "05 00 00 00 01",
    ):
        assert said in text, said
    for code, meaning in DOMAINS.items():
        assert f"{code} {meaning}" in text


def test_m116_the_qr_code_of_a_card_has_an_alternative() -> None:
    figures = [tag for tag in tags_of(CARD) if tag.get("/S") == "/Figure"]
    assert [str(figure["/Alt"]) for figure in figures] == ["Code QR de vérification de la carte C-2026-0001"]


def test_the_network_is_on_the_card_when_there_is_one() -> None:
    assert "Réseau" not in text_of(CARD)
    assert "Réseau Exemple" in text_of(replace(CARD, network="Réseau Exemple"))


def test_a_large_family_fits() -> None:
    holders = tuple(replace(CARD.holders[1], name=f"Enfant {number}") for number in range(40))
    text = text_of(replace(CARD, holders=holders))
    assert "Enfant 39" in text


def test_a_card_covers_somebody_for_some_time() -> None:
    with pytest.raises(ValueError, match="at least one person"):
        replace(CARD, holders=())
    with pytest.raises(ValueError, match="ends on or after"):
        replace(CARD, valid_to=date(2025, 12, 31))
    assert replace(CARD, valid_to=CARD.valid_from).valid_to == CARD.valid_from


def test_a_card_has_no_other_domain() -> None:
    with pytest.raises(ValueError, match="XXXX"):
        CardHolder(name="N", born_on=date(2000, 1, 1), rank=1, values={"XXXX": "100"})


# --- The guarantee table -------------------------------------------------------------------------------------------


def test_m26_h32_a_contract_is_summed_up_by_its_guarantee_table() -> None:
    text = text_of(SUMMARY)
    for said in (
        "Contrat : Santé collective, niveau 2",
        "Entreprise : Ateliers du Port",
        "Garanties en vigueur au : 1er janvier 2026",
        "Soins courants",
        "Consultation 150 % BR, y compris RO",
        "Équipement de classe A 100 % Santé",
        "BR : base de remboursement.",
    ):
        assert said in text, said


def test_a_guarantee_table_needs_no_note() -> None:
    assert "À savoir" not in text_of(replace(SUMMARY, notes=()))


def test_a_guarantee_table_is_not_empty() -> None:
    with pytest.raises(ValueError, match="at least one section"):
        replace(SUMMARY, sections=())


# --- The examples of reimbursement ---------------------------------------------------------------------------------


def test_m26_h32_examples_show_who_pays_what_on_which_day() -> None:
    text = text_of(EXAMPLES)
    for said in (
        "Contrat : Santé collective, niveau 2",
        "Entreprise : Ateliers du Port",
        "Garanties en vigueur au : 1er janvier 2022",
        "Exemples pour des soins du : 1er novembre 2023",
        "Soins courants",
        "Complémentaire",
        "Consultation 1 234,56 € 19,00 € 1 213,56 € 2,00 €",
        "Les prix sont donnés à titre d’exemple.",
    ):
        assert said in text, said


def test_an_example_without_amounts_says_why_in_their_place() -> None:
    text = text_of(EXAMPLES)
    assert "Lentilles – 150,00 € par an" in text
    assert "Lunettes 345,00 € Cet exemple demande une correction." in text


def test_examples_have_the_amounts_of_a_row_together_or_a_reason() -> None:
    for wrong in ({"left_to_pay_cents": 300}, {"statutory_cents": None}, {"price_cents": None}):
        with pytest.raises(ValueError, match="add up to its price"):
            replace(EXAMPLE, **wrong)
    with pytest.raises(ValueError, match="says why"):
        ExampleRow(label="Lentilles")


def test_a_table_of_examples_is_not_empty() -> None:
    with pytest.raises(ValueError, match="at least one section"):
        replace(EXAMPLES, sections=())


# --- The insurer ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("colour", ["red", "#12", "#gggggg", "#000000\n"])
def test_a_colour_is_six_hexadecimal_digits(colour: str) -> None:
    with pytest.raises(ValueError, match="colour"):
        replace(INSURER, colour=colour)


@pytest.mark.parametrize("colour", ["#000000", "#ffffff", "#FFEE00"])
def test_any_colour_will_do(colour: str) -> None:
    assert "Mutuelle des Rives" in text_of(replace(SUMMARY, insurer=replace(INSURER, colour=colour)))


def test_the_examples_hold() -> None:
    assert doctest.testmod(models).failed == 0
