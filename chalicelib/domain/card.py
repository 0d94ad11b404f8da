"""The carte de tiers payant as a dated object: what it prints, which domains it opens, and the code it carries."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from chalicelib.domain import acts
from chalicelib.domain.guarantee import GuaranteeTable, NoGuarantee

VISITS = ("consultation", "acte_technique")
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "PHAR": ("pharmacie",),
    "MED": VISITS,
    "RLAX": ("imagerie", "biologie", "auxiliaire"),
    "SAGE": VISITS,
    "EXTE": VISITS,
    "CSTE": VISITS,
    "HOSP": ("hospitalisation",),
    "OPTI": ("optique",),
    "DENT": ("dentaire_soins", "dentaire_prothese"),
    "AUDI": ("audio",),
    "TRAN": ("transport",),
}
"""The families of acts that each domain of a card stands for; midwives, hospitals' outpatient care and health centres
give what doctors give."""

AGREEMENT_FIRST = {"HOSP", "OPTI", "DENT", "AUDI"}
COVERED, AGREED = "100", "PEC"
WRITTEN = re.compile(
    r"TP1\.(?P<amc>[0-9A-Z]{1,20})\.(?P<number>\d{7}|\d{14})\.(?P<card>[0-9A-F]{32})"
    r"\.(?P<first>\d{8})\.(?P<last>\d{8})\.(?P<signature>[0-9A-F]{32})"
)


class CardState(StrEnum):
    """Where a card stands (dossier 10): issued for days to come, active, replaced by another, withdrawn, or over."""

    ISSUED = "ISSUED"
    ACTIVE = "ACTIVE"
    SUPERSEDED = "SUPERSEDED"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"


CARD_LABELS: Mapping[CardState, str] = {
    CardState.ISSUED: "Valable à partir de la date indiquée",
    CardState.ACTIVE: "En cours de validité",
    CardState.SUPERSEDED: "Remplacée par une autre carte",
    CardState.REVOKED: "Retirée",
    CardState.EXPIRED: "Expirée",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPerson:
    """Somebody whom a card names, as it was printed."""

    beneficiary_id: str
    rank: int
    first_name: str
    last_name: str
    birth_date: date

    @property
    def name(self) -> str:
        """First name, then last name."""
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """All that a card prints of the cover; two cards with the same facts open the same rights.

    ``valid_from`` and ``valid_to`` are both included; ``domains`` are codes with their values, in no empty pair.
    """

    contract_number: str
    numero_adherent: str
    member_name: str
    people: tuple[CardPerson, ...]
    domains: tuple[tuple[str, str], ...]
    valid_from: date
    valid_to: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One card: its id, its facts, the document that prints it, and the document of the card it took the place of.

    A card is never edited but to be withdrawn: other facts make another card (M57).
    """

    card_id: str
    facts: CardFacts
    issued_on: date
    key: str
    replaces: str | None = None
    withdrawn: bool = False

    @property
    def number(self) -> str:
        """What is printed as the card's number."""
        return f"{self.facts.numero_adherent}-{self.card_id[:6].upper()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardCode:
    """What the code on a card says, and the signature that vouches for it."""

    numero_adherent: str
    card_id: str
    valid_from: date
    valid_to: date
    signed: str
    signature: str


def domains_of(table: GuaranteeTable) -> tuple[tuple[str, str], ...]:
    """What each domain of a card is worth: 100 where the table covers it, PEC where an agreement comes first (M34).

    Source: dossier 8.2 (domains and values of the carte de tiers payant).

    >>> from chalicelib.domain.guarantee import Clause, TicketModerateur
    >>> cures = Clause(id="c", label="Optique", guarantee=TicketModerateur(), families=("optique",))
    >>> domains_of(GuaranteeTable(code="T", version=1, valid_from=date(2026, 1, 1), responsible=True, clauses=(cures,)))
    (('OPTI', 'PEC'),)
    """
    return tuple(
        (domain, AGREED if domain in AGREEMENT_FIRST else COVERED)
        for domain, families in FAMILIES.items()
        if any(_covers(table, family) for family in families)
    )


def _covers(table: GuaranteeTable, family: str) -> bool:
    clauses = (table.clause_for(act.code) for act in acts.catalogue().values() if act.family == family)
    return any(clause is not None and not isinstance(clause.guarantee, NoGuarantee) for clause in clauses)


def unsigned_code(card: Card, *, amc_number: str) -> str:
    """What the code of a card says before it is signed: whose it is, which card, from when until when.

    No name and no date of birth: whoever photographs a card learns no more than what is printed beside the code.
    Source: dossier 8.2 (the code repeats the AMC number, the numéro adhérent and the days).
    """
    facts = card.facts
    days = f"{facts.valid_from:%Y%m%d}.{facts.valid_to:%Y%m%d}"
    return f"TP1.{amc_number.upper()}.{facts.numero_adherent}.{card.card_id.upper()}.{days}"


def read_code(text: str, *, amc_number: str) -> CardCode | None:
    """A code as it was scanned, spaces and case aside; nothing when it is no code of this insurer's cards.

    It is not to be believed before its signature is checked.

    >>> read_code("TP1.99999999.1234567.x", amc_number="12345678") is None
    True
    """
    found = WRITTEN.fullmatch("".join(text.split()).upper())
    if found is None or found["amc"] != amc_number.upper():
        return None
    try:
        first, last = date.fromisoformat(found["first"]), date.fromisoformat(found["last"])
    except ValueError:
        return None
    return CardCode(
        numero_adherent=found["number"],
        card_id=found["card"].lower(),
        valid_from=first,
        valid_to=last,
        signed=found.string.rpartition(".")[0],
        signature=found["signature"],
    )
