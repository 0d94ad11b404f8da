"""What people receive by mail and SMS: every message renders, signed, private and well written."""

import doctest
import re
from datetime import UTC, date, datetime
from importlib.resources import files
from string import Template
from types import ModuleType

import pytest

from chalicelib.texts import dates, messages
from chalicelib.texts.dates import day_in_words, moment_in_words
from chalicelib.texts.messages import MAILS, SMS, render_message, render_sms

VALUES = {
    "insurer_name": "Mutuelle des Rives",
    "portal_name": "Mon espace Rives",
    "portal_url": "https://espace.rives.example",
    "contact_email": "production@rives.example",
    "company": "Ateliers du Port",
    "contract_number": "SANTE-0042",
    "period": "du 1er mars 2025 au 31 mars 2025",
    "amount": "58,88 €",
    "due_on": "15 avril 2025",
    "day": "27 avril 2025",
    "means": "Vous n’avez rien à payer.",
    "debit": "Aucun prélèvement n’est prévu pour cet appel.",
    "holder": "Ateliers du Port",
    "numero_adherent": "12345678901234",
    "opening_delay": "72 heures",
    "opens_on": "6 mars 2026 à 9 h 30",
    "link": "https://espace.rives.example/lien/Zk3_x-9aQ",
    "valid_until": "4 mars 2026 à 9 h 30",
    "changed_at": "3 mars 2026 à 9 h 30",
    "contract_label": "Santé collective, niveau 2",
    "affiliation_date": "1er avril 2026",
    "contracts": "au contrat «\u00a0Santé collective\u00a0», à compter du 1er avril 2026",
    "fund": "caisse d’assurance maladie (CPAM)",
    "reference": "RB-2026-000042",
    "document": "Facture acquittée",
    "reason": "L’image n’est pas lisible.",
    "respond_by": "2 mai 2026",
    "declare_by": "1er avril 2026",
    "file_number": "ARR-9D2B7C40E1",
    "code": "123456",
    "valid_for": "10 minutes",
    "number": "PEC-20260301-1A2B3C4D-1",
    "withdrawn_from": "1er avril 2026",
    "covered_until": "31 mars 2026",
    "kept_until": "30 mars 2027",
    "ended_on": "31 mars 2027",
    "answer_by": "30 septembre 2027",
    "covered_from": "8 mars 2026",
    "ends_on": "30 novembre 2026",
    "asked_by": "Léa Martin",
    "decision": "Accord donné",
    "available_until": "9 mars 2026",
    "asked_at": "3 mars 2026 à 9 h 25",
}


def context_of(template: str, **changes: str) -> dict[str, str]:
    keys = {**MAILS, **SMS}[template]
    return {key: VALUES[key] for key in keys} | changes


def body_of(template: str) -> str:
    return render_message(template, context_of(template)).body


def text_files() -> list[tuple[str, str]]:
    root = files("chalicelib.texts")
    found = [entry for folder in ("mails", "sms") for entry in root.joinpath(folder).iterdir()]
    found.append(root.joinpath("signature.txt"))
    return [(entry.name.removesuffix(".txt"), entry.read_text(encoding="utf-8")) for entry in found]


@pytest.mark.parametrize("template", MAILS)
def test_every_mail_renders_with_its_documented_context_and_is_signed(template: str) -> None:
    message = render_message(template, context_of(template))
    assert message.subject
    assert len(message.subject) <= 120
    assert len(message.subject.splitlines()) == 1
    assert not message.subject.startswith("Objet")
    assert message.body.startswith("Bonjour,\n\n")
    assert "Cordialement,\n\nMutuelle des Rives\n" in message.body
    assert "$" not in message.subject + message.body


@pytest.mark.parametrize("template", MAILS)
def test_every_key_of_a_context_is_used(template: str) -> None:
    message = render_message(template, context_of(template))
    for key, value in context_of(template).items():
        assert value in message.subject + message.body, key


def test_the_catalogue_names_every_text_there_is() -> None:
    names = {name for name, _ in text_files()} - {"signature"}
    assert names == MAILS.keys() | SMS.keys()


@pytest.mark.parametrize("template", MAILS)
def test_a_missing_key_is_refused_by_name(template: str) -> None:
    for key in MAILS[template]:
        context = context_of(template)
        del context[key]
        with pytest.raises(ValueError, match=rf"\b{key}\b"):
            render_message(template, context)


def test_a_superfluous_key_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no use for amount"):
        render_message("claim_paid", context_of("claim_paid", amount="12,00 €"))


def test_an_unknown_template_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\.\./signature"):
        render_message("../signature", {})
    with pytest.raises(ValueError, match="claim_paid"):
        render_sms("claim_paid", {})


@pytest.mark.parametrize("blank", ["", "  ", "\u00a0"])
def test_a_blank_is_never_sent_silently(blank: str) -> None:
    with pytest.raises(ValueError, match="company"):
        render_message("subscription_confirmed", context_of("subscription_confirmed", company=blank))


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\r", "\x0b", "\x85", "\u2028", "\u2029", "\x00"])
def test_no_value_can_add_a_line_or_a_header(break_: str) -> None:
    forged = f"RB-1{break_}Bcc: x@example.org"
    with pytest.raises(ValueError, match="reference"):
        render_message("claim_received", context_of("claim_received", reference=forged))


def test_a_subject_has_at_most_120_characters() -> None:
    with pytest.raises(ValueError, match="subject"):
        render_message("claim_received", context_of("claim_received", reference="R" * 120))


def test_values_are_shown_as_they_stand() -> None:
    company = "$link ${x} <b>Été</b> & fils"
    message = render_message("subscription_confirmed", context_of("subscription_confirmed", company=company))
    assert company in message.body


@pytest.mark.parametrize(
    "private",
    [
        "1850578006084",
        "NIR 1850578006084 91 illisible",
        "2 69 05 49 588 157 80",
        "185022A00401222",
        "IBAN FR7630006000011234567890189",
        "FR76 3000 6000 0112 3456 7890 189",
    ],
)
def test_a_nir_or_an_iban_never_leaves_by_mail(private: str) -> None:
    with pytest.raises(ValueError, match="reason"):
        render_message("claim_documents_refused", context_of("claim_documents_refused", reason=private))


@pytest.mark.parametrize("numero_adherent", ["1234567", "12345678901234", "28505780060849"])
def test_a_numero_adherent_of_7_or_14_digits_does(numero_adherent: str) -> None:
    context = context_of("affiliation_confirmed", numero_adherent=numero_adherent)
    assert numero_adherent in render_message("affiliation_confirmed", context).body


@pytest.mark.parametrize("template", [template for template in MAILS if template.startswith("claim_")])
def test_claims_are_announced_without_amount_nor_care(template: str) -> None:
    body = body_of(template)
    assert "€" not in body
    assert not re.search(r"\b(euros?|soins?|médecin|remboursement|diagnostic)\b", body)


@pytest.mark.parametrize("template", ["subscription_confirmed", "affiliation_confirmed"])
def test_h8_h9_h130_m4_the_confirmation_carries_the_numero_adherent_and_the_opening(template: str) -> None:
    body = body_of(template)
    assert "12345678901234" in body
    assert "72 heures après l’envoi de ce message, à partir du 6 mars 2026 à 9 h 30" in body


def test_h11_to_h13_the_employer_is_told_what_the_first_connection_asks() -> None:
    body = body_of("subscription_confirmed")
    assert "SIREN" in body
    assert "code postal" in body


def test_h131_h132_the_member_is_told_what_the_first_connection_asks() -> None:
    body = body_of("affiliation_confirmed")
    assert "8\u00a0derniers chiffres" in body
    assert "date de naissance" in body


@pytest.mark.parametrize(
    "template",
    ["first_connection_link", "forgotten_password_link", "pre_affiliation_invitation", "agent_account_opened"],
)
def test_h18_m15_a_link_stands_alone_on_its_line_and_its_end_is_told(template: str) -> None:
    body = body_of(template)
    assert VALUES["link"] in body.splitlines()
    assert VALUES["valid_until"] in body


def test_h17_h20_first_connection_and_forgotten_password_read_differently() -> None:
    assert body_of("first_connection_link") != body_of("forgotten_password_link")


def test_h85_m88_the_code_of_signature_is_sent_by_sms() -> None:
    text = render_sms("signature_code", context_of("signature_code"))
    assert "123456" in text
    assert len(text.splitlines()) == 1
    assert len(text) <= 134, "two segments of an SMS with accents"


@pytest.mark.parametrize(("name", "text"), text_files())
def test_m117_the_typography_is_french(name: str, text: str) -> None:
    assert "'" not in text, name
    assert '"' not in text, name
    assert not re.search(r"[^\u00a0][;!?»]", text), f"no-break space missing in {name}"
    assert not re.search(r"[^\u00a0]:(?!//)", text), f"no-break space missing in {name}"
    assert not re.search(r"«[^\u00a0]", text), f"no-break space missing in {name}"
    assert not re.search(r"[ \t]$", text, re.MULTILINE), f"trailing space in {name}"
    assert text.endswith("\n")
    assert Template(text).is_valid(), name


@pytest.mark.parametrize(("name", "text"), text_files())
def test_no_text_names_an_insurer_or_tracks_its_reader(name: str, text: str) -> None:
    assert "entoria" not in text.lower(), name
    assert "http" not in text, f"{name}: addresses come from the context"
    assert "<" not in text, f"{name}: plain text only"


def test_m117_days_and_moments_are_written_out_in_paris() -> None:
    assert day_in_words(date(2026, 8, 15)) == "15\u00a0août\u00a02026"
    summer_night = datetime(2026, 6, 30, 22, 5, tzinfo=UTC)
    assert moment_in_words(summer_night) == "1er\u00a0juillet\u00a02026 à 0\u00a0h\u00a005"
    with pytest.raises(ValueError, match="time zone"):
        moment_in_words(datetime(2026, 6, 30, 22, 5))  # noqa: DTZ001 — the naive value is the point


@pytest.mark.parametrize("module", [dates, messages])
def test_the_examples_hold(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0
