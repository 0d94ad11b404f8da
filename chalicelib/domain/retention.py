"""How long the law lets, or makes, us keep what is known of a person who is no longer covered (dossier 9)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from chalicelib.domain.law import parameter
from chalicelib.domain.periods import add_months


class Category(StrEnum):
    """What is known of a person, by the reason for which it is kept."""

    ACCESS = "access"
    CONTACT = "contact"
    CARD = "card"
    CLAIM_FILES = "claim_files"
    FLOWS = "flows"
    ACCOUNTING = "accounting"
    CONTRIBUTIONS = "contributions"
    JOURNAL = "journal"
    IDENTITY = "identity"


LABELS = {
    Category.ACCESS: "Compte, sessions et liens",
    Category.CONTACT: "Adresse de courriel et compte bancaire à jour",
    Category.CARD: "Carte de tiers payant",
    Category.CLAIM_FILES: "Démarches et pièces envoyées",
    Category.FLOWS: "Décomptes de télétransmission non remboursés",
    Category.ACCOUNTING: "Décomptes, flux de télétransmission remboursés, décisions et ordres de virement",
    Category.CONTRIBUTIONS: "Salaires déclarés et lignes de cotisations",
    Category.JOURNAL: "Historique des accès aux données",
    Category.IDENTITY: "Identité et ayants droit",
}

PERIODS = {
    Category.CLAIM_FILES: "retention.claim_files",
    Category.ACCOUNTING: "retention.accounting",
    Category.CONTRIBUTIONS: "retention.accounting",
    Category.JOURNAL: "retention.journal",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What became of a category: how many things were erased, how many are kept, until when and under which law."""

    category: Category
    erased: int = 0
    kept: int = 0
    kept_until: date | None = None
    source: str = ""


def kept_until(category: Category, since: date) -> date | None:
    """The last day on which something is kept that ended on a day; ``None`` when nothing asks to keep it.

    Source: Code des assurances L114-1 (claims), Code de commerce L123-22 (accounting records).

    >>> kept_until(Category.CLAIM_FILES, date(2024, 2, 29)), kept_until(Category.CARD, date(2024, 2, 29))
    (datetime.date(2026, 2, 28), None)
    """
    key = PERIODS.get(category)
    return add_months(since, int(parameter(key, on=since).value)) if key else None


def source(category: Category, on: date) -> str:
    """The law under which a category is kept; empty when nothing asks for it."""
    key = PERIODS.get(category)
    return parameter(key, on=on).source if key else ""
