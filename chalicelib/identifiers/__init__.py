"""Identifiers that people type: each ``parse_x`` gives the canonical form or raises InvalidIdentifier.

nir.py       social security number, its last 8 digits, its mask
company.py   SIREN, SIRET
bank.py      IBAN, BIC, mask
place.py     postcode, département
contact.py   e-mail, mobile phone
member.py    numéro adhérent
health.py    FINESS, RPPS, ADELI
fields.py    the same as pydantic types for request models (imported apart: it needs pydantic)
"""

from .bank import bic_of, mask_iban, parse_iban
from .company import parse_siren, parse_siret
from .contact import parse_email, parse_mobile_fr, parse_phone_fr
from .health import parse_finess, parse_professional
from .member import parse_numero_adherent
from .nir import mask_nir, nir_last8, parse_nir, parse_nir_last8
from .place import departement_of, parse_french_postcode
from .reading import InvalidIdentifier

__all__ = [
    "InvalidIdentifier",
    "bic_of",
    "departement_of",
    "mask_iban",
    "mask_nir",
    "nir_last8",
    "parse_email",
    "parse_finess",
    "parse_french_postcode",
    "parse_iban",
    "parse_mobile_fr",
    "parse_nir",
    "parse_nir_last8",
    "parse_numero_adherent",
    "parse_phone_fr",
    "parse_professional",
    "parse_siren",
    "parse_siret",
]
