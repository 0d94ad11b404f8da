"""A health professional checks a card by its code: whether it opens rights today, and for whom (M34).

Only what is printed on the card is ever told, and only of a card in force. A code that was not signed here is answered
before anything is looked up: trying numbers teaches nothing.
"""

from dataclasses import dataclass
from enum import StrEnum

from chalicelib import clock
from chalicelib.domain.card import CardCode, CardFacts, CardState
from chalicelib.domain.card_rights import state_of
from chalicelib.domain.company import Risk
from chalicelib.domain.member import Member
from chalicelib.services import cards, throttling
from chalicelib.storage import contracts, identities, members
from chalicelib.storage.identities import Identity
from chalicelib.texts.dates import day_in_words


class Standing(StrEnum):
    """What a professional is told of a card."""

    VALID = "valid"
    NOT_YET_VALID = "not_yet_valid"
    REVOKED = "revoked"
    EXPIRED = "expired"
    NOT_OURS = "not_ours"


SENTENCES = {
    Standing.VALID: "Cette carte ouvre droit au tiers payant aujourd’hui, dans les domaines indiqués.",
    Standing.REVOKED: "Cette carte a été retirée ou remplacée\u00a0: demandez la carte en cours au patient.",
    Standing.NOT_OURS: "Ce code n’est pas celui d’une carte de cet organisme. Lisez le code carré de la carte\u00a0: "
    "le numéro imprimé ne suffit pas.",
}
STANDINGS = {
    CardState.ACTIVE: Standing.VALID,
    CardState.ISSUED: Standing.NOT_YET_VALID,
    CardState.SUPERSEDED: Standing.REVOKED,
    CardState.REVOKED: Standing.REVOKED,
    CardState.EXPIRED: Standing.EXPIRED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """The answer: how the card stands, in a sentence, and what it prints if it is in force, whose ``member_id`` is."""

    standing: Standing
    sentence: str
    facts: CardFacts | None = None
    member_id: str | None = None


def check(text: str, *, source_ip: str) -> Rights:
    """How the card of a scanned code stands today.

    Errors: ``TooManyAttempts``.
    """
    throttling.admit_attempt("rights-check", target=f"{source_ip}\0{text}", source_ip=source_ip)
    code = cards.read_signed(text)
    if code is None:
        return Rights(standing=Standing.NOT_OURS, sentence=SENTENCES[Standing.NOT_OURS])
    member_id = identities.find(Identity.MEMBER_NUMBER, code.numero_adherent)
    member = members.get(member_id) if member_id else None
    standing = STANDINGS[_state(code, member)]
    sentence = _sentence(standing, code)
    if standing is Standing.VALID and member and member.card:
        return Rights(standing=standing, sentence=sentence, facts=member.card.facts, member_id=member.member_id)
    return Rights(standing=standing, sentence=sentence)


def _state(code: CardCode, member: Member | None) -> CardState:
    if member is None:
        return CardState.REVOKED
    health = member.running_affiliation(Risk.HEALTH)
    contract = contracts.get(member.company_id, health.contract_id) if health else None
    return state_of(code.card_id, code.valid_to, member=member, contract=contract, today=clock.today())


def _sentence(standing: Standing, code: CardCode) -> str:
    match standing:
        case Standing.EXPIRED:
            return (
                f"Cette carte a expiré le {day_in_words(code.valid_to)}\u00a0: demandez la carte en cours au patient."
            )
        case Standing.NOT_YET_VALID:
            return f"Cette carte n’ouvre des droits qu’à partir du {day_in_words(code.valid_from)}."
    return SENTENCES[standing]
