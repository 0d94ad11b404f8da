"""Files and people for tests: valid by construction, different at each call."""

import itertools
import json
import os
import time
from datetime import date
from typing import Any

# A stack that runs elsewhere may remember the numbers of an earlier run.
_numbers = itertools.count(int(time.time()) % 10_000_000 if "ESPACE_URL" in os.environ else 1)

TABLE: dict[str, Any] = {
    "code": "CONFORT",
    "version": 1,
    "valid_from": "2023-01-01",
    "responsible": True,
    "clauses": [
        {"id": "consultations", "label": "Consultations et visites", "families": ["consultation"],
         "kind": "percent_of_base", "percent": "150", "non_optam_percent": "130"},
        {"id": "pharmacie", "label": "Pharmacie", "families": ["pharmacie"],
         "kind": "percent_of_base", "percent": "100"},
        {"id": "analyses", "label": "Analyses et auxiliaires", "families": ["biologie", "auxiliaire"],
         "kind": "ticket_moderateur"},
        {"id": "dentaire-soins", "label": "Soins dentaires", "families": ["dentaire_soins"],
         "kind": "percent_of_base", "percent": "100"},
        {"id": "dentaire-100", "label": "Prothèses 100 % Santé", "acts": ["HBLD634", "HBLD038"], "kind": "full_basket"},
        {"id": "dentaire-protheses", "label": "Prothèses dentaires", "families": ["dentaire_prothese"],
         "kind": "percent_of_base", "percent": "300"},
        {"id": "implants", "label": "Implants", "acts": ["IMP"], "kind": "fixed_amount", "amount_cents": 50000,
         "per": "year"},
        {"id": "lunettes-a", "label": "Lunettes 100 % Santé", "acts": ["OPT-A"], "kind": "full_basket"},
        {"id": "lunettes-b", "label": "Lunettes", "acts": ["OPT-B"], "kind": "fixed_amount", "amount_cents": 32000,
         "per": "equipment", "includes_statutory": True, "frame_amount_cents": 10000},
        {"id": "lentilles", "label": "Lentilles", "acts": ["LEN"], "kind": "fixed_amount", "amount_cents": 15000,
         "per": "year"},
        {"id": "chambre", "label": "Chambre particulière", "acts": ["CP"], "kind": "percent_of_pmss", "percent": "2",
         "per": "night"},
        {"id": "hospitalisation", "label": "Hospitalisation", "families": ["hospitalisation"], "kind": "actual_cost"},
        {"id": "osteopathie", "label": "Ostéopathie", "acts": ["OST"], "kind": "fixed_amount", "amount_cents": 3000,
         "per": "session", "max_count": 3, "count_per": "year"},
    ],
}  # fmt: skip


def luhn(digits: str) -> str:
    """The digits completed by the key that makes them valid."""
    total = sum(sum(divmod(int(d) * (2 if i % 2 == 0 else 1), 10)) for i, d in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def siren() -> str:
    """A valid SIREN nobody used before."""
    return luhn(f"{80_000_000 + next(_numbers):08d}")


def siret_of(siren_number: str) -> str:
    """A valid SIRET of a company."""
    return luhn(siren_number + "0001")


def nir(sex: int = 2, born: date = date(1990, 5, 17)) -> str:
    """A valid NIR nobody used before."""
    number = next(_numbers)
    body = f"{sex}{born:%y%m}75{1 + number // 999 % 989:03d}{1 + number % 999:03d}"
    return f"{body}{97 - int(body) % 97:02d}"


def iban() -> str:
    """A valid French IBAN nobody used before."""
    bank, branch, account = "20041", "01005", f"{next(_numbers):011d}"
    rib = 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account)) % 97
    bban = f"{bank}{branch}{account}{rib:02d}"
    check = 98 - int(bban + "152700") % 97
    return f"FR{check:02d}{bban}"


def email(name: str = "personne") -> str:
    """An address nobody used before."""
    return f"{name}.{next(_numbers)}@example.org"


def subscription(**changes: Any) -> dict[str, Any]:
    """A valid subscription file: one company, one santé contract."""
    number = next(_numbers)
    company = siren()
    file: dict[str, Any] = {
        "kind": "subscription",
        "reference": f"SOUS-TEST-{number}",
        "companies": [
            {
                "name": f"Société {number}",
                "siren": company,
                "siret": siret_of(company),
                "address": {"line1": "1 rue des Tests", "postcode": "44000", "city": "Nantes"},
            }
        ],
        "broker": {
            "name": "Courtage Exemple",
            "orias": "07001234",
            "email": "contact@courtage.example.org",
            "phone": "0612345678",
            "address": {"line1": "2 rue du Port", "postcode": "75001", "city": "Paris"},
        },
        "administrator": {"first_name": "Anne", "last_name": "Le Goff", "email": email("rh")},
        "contracts": [
            {
                "number": f"SANTE-{number}",
                "label": "Santé Confort",
                "risk": "sante",
                "starts_on": "2024-01-01",
                "contributions": {"frequency": "monthly", "due_day": 5, "employer_share_percent": "60"},
                "guarantee_table": TABLE,
            }
        ],
    }
    return file | changes


def provident_contract() -> dict[str, Any]:
    """A valid prévoyance contract of a subscription file."""
    return {
        "number": f"PREV-{next(_numbers)}",
        "label": "Prévoyance cadres",
        "risk": "prevoyance",
        "starts_on": "2024-01-01",
        "contributions": {"frequency": "quarterly", "due_day": 15, "employer_share_percent": "60"},
        "stoppage_cover": {
            "tranches": [{"up_to_pass": 1, "percent": "80"}, {"up_to_pass": 4, "percent": "60"}],
            "franchises": [
                {"stoppages": ["maladie", "ald", "hospitalisation"], "kind": "continue", "days": 30,
                 "hospital_days": 3},
                {"stoppages": ["accident_travail", "accident_trajet"], "kind": "continue", "days": 0},
            ],
        },
    }  # fmt: skip


def enrolled_member(contract: str, **changes: Any) -> dict[str, Any]:
    """A valid member of an enrolment file."""
    member: dict[str, Any] = {
        "first_name": "Léa",
        "last_name": "Martin",
        "birth_date": "1990-05-17",
        "nir": nir(),
        "email": email("lea"),
        "address": {"line1": "3 rue des Lilas", "postcode": "44000", "city": "Nantes"},
        "bank": {"iban": iban(), "holder": "Léa Martin"},
        "teletransmission": False,
        "contracts": [contract],
        "starts_on": "2024-01-01",
        "dependants": [],
    }
    return member | changes


def affiliation_form(**changes: Any) -> dict[str, Any]:
    """A valid answer to an invitation."""
    form: dict[str, Any] = {
        "first_name": "Karim",
        "last_name": "Haddad",
        "birth_date": "1985-11-02",
        "nir": nir(sex=1, born=date(1985, 11, 2)),
        "address": {"line1": "4 quai de la Fosse", "postcode": "44000", "city": "Nantes"},
        "iban": iban(),
        "account_holder": "Karim Haddad",
        "teletransmission": True,
        "dependants": [],
    }
    return form | changes


def as_bytes(document: dict[str, Any]) -> bytes:
    """A document as it is dropped."""
    return json.dumps(document, ensure_ascii=False).encode()


def pdf(text: str = "Facture acquittée") -> bytes:
    """A small readable PDF."""
    import io

    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(width=200, height=200)
    writer.add_metadata({"/Title": text})
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def jpeg() -> bytes:
    """A small readable photograph."""
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.effect_noise((64, 64), 60).save(buffer, format="JPEG")
    return buffer.getvalue()


def eicar() -> bytes:
    """The EICAR test file, in pieces so that this file is not taken for one."""
    return b"".join((b"X5O!P%@AP[4", b"\\PZX54(P^)", b"7CC)7}$EICAR", b"-STANDARD-", b"ANTIVIRUS-TEST", b"-FILE!$H+H*"))
