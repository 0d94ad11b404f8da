"""What a member may start from their home page, and the sentence that says why not: by the risks held (A3, M17–M23)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.domain.company import Risk


class Entry(StrEnum):
    """The six entries of the menu, in its order (M17)."""

    HOME = "home"
    CONTRACT = "contract"
    REIMBURSEMENTS = "reimbursements"
    REQUESTS = "requests"
    SERVICES = "services"
    ACCOUNT = "account"


class MemberShortcut(StrEnum):
    """Everything that the home page leads to."""

    REIMBURSEMENTS = "reimbursements"
    CLAIM = "claim"
    CARD = "card"
    HOSPITAL = "hospital"
    NEWS = "news"
    BENEFICIARIES = "beneficiaries"
    ESTIMATE = "estimate"
    TELETRANSMISSION = "teletransmission"
    ADDRESS = "address"
    BANK_DETAILS = "bank_details"
    ACCOUNTANT = "accountant"


ENTRY_LABELS: Mapping[Entry, str] = {
    Entry.HOME: "Accueil",
    Entry.CONTRACT: "Contrat",
    Entry.REIMBURSEMENTS: "Mes remboursements santé",
    Entry.REQUESTS: "Mes démarches en ligne",
    Entry.SERVICES: "Services & informations",
    Entry.ACCOUNT: "Mon compte",
}
LABELS: Mapping[MemberShortcut, str] = {
    MemberShortcut.REIMBURSEMENTS: "Mes remboursements",
    MemberShortcut.CLAIM: "Demander un remboursement",
    MemberShortcut.CARD: "Télécharger ma carte de tiers payant",
    MemberShortcut.HOSPITAL: "Demander une prise en charge hospitalière",
    MemberShortcut.NEWS: "Actualités et services",
    MemberShortcut.BENEFICIARIES: "Ajouter ou retirer un bénéficiaire",
    MemberShortcut.ESTIMATE: "Estimer un remboursement",
    MemberShortcut.TELETRANSMISSION: "Activer ou désactiver la télétransmission",
    MemberShortcut.ADDRESS: "Changer d’adresse",
    MemberShortcut.BANK_DETAILS: "Changer de RIB",
    MemberShortcut.ACCOUNTANT: "Déclarer mon expert-comptable",
}
OF_BOTH_RISKS = {MemberShortcut.NEWS, MemberShortcut.ADDRESS, MemberShortcut.BANK_DETAILS, MemberShortcut.ACCOUNTANT}
HEALTH_ONLY = "Réservé aux contrats santé\u00a0: vous n’en avez pas."
COVER_ENDED = "Votre couverture santé n’est plus en cours."
AFTER_COVER = {MemberShortcut.REIMBURSEMENTS, MemberShortcut.CLAIM}
"""What stays open once the cover has ended: care of the last covered day may still be claimed (M58)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A shortcut and why it cannot be used now; ``reason`` is ``None`` when it can."""

    shortcut: MemberShortcut
    reason: str | None = None


def offers(held: frozenset[Risk], running: frozenset[Risk]) -> tuple[Offer, ...]:
    """The shortcuts of the home page, given the risks one is or was covered for, and those that run at present.

    Source: decision A3; requirements M18–M23, M40–M47.

    >>> provident = frozenset({Risk.PROVIDENT})
    >>> [str(one.shortcut) for one in offers(provident, provident) if one.reason is None]
    ['news', 'address', 'bank_details', 'accountant']
    """
    return tuple(Offer(shortcut=one, reason=_reason(one, held, running)) for one in MemberShortcut)


def _reason(shortcut: MemberShortcut, held: frozenset[Risk], running: frozenset[Risk]) -> str | None:
    if shortcut in OF_BOTH_RISKS:
        return None
    if Risk.HEALTH not in held:
        return HEALTH_ONLY
    return None if Risk.HEALTH in running or shortcut in AFTER_COVER else COVER_ENDED


def entry_reason(entry: Entry, held: frozenset[Risk]) -> str | None:
    """Why an entry of the menu is closed to somebody: reimbursements are of santé (M18, M39).

    >>> entry_reason(Entry.REIMBURSEMENTS, frozenset({Risk.HEALTH})) is None
    True
    """
    return HEALTH_ONLY if entry is Entry.REIMBURSEMENTS and Risk.HEALTH not in held else None
