"""The first day on which a member may have their level changed, and the broker who does it (M29–M33)."""

from dataclasses import dataclass
from datetime import date

from chalicelib import clock
from chalicelib.domain.company import Broker, Risk
from chalicelib.domain.errors import NotFound
from chalicelib.domain.level_change import eligible_from
from chalicelib.domain.member import AffiliationState
from chalicelib.services import companies, own_space
from chalicelib.storage import contracts
from chalicelib.texts.dates import day_in_words

AFFILIATED = {AffiliationState.ACTIVE, AffiliationState.TERMINATION_SCHEDULED}
OPEN = "Pour un niveau supérieur ou inférieur, adressez-vous au courtier\u00a0: lui seul enregistre le changement."


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelChange:
    """When the level may change, and whom to ask."""

    contract_number: str
    affiliated_on: date
    eligible_from: date
    eligible: bool
    sentence: str
    broker: Broker


def of_member(member_id: str) -> LevelChange:
    """When the level of a member's santé cover may change; nothing is changed (M33).

    Errors: ``NotFound`` without a santé contract as an employee: portability keeps the level one had.
    """
    member = own_space.with_health(member_id)
    today = clock.today()
    held = member.running_affiliation(Risk.HEALTH)
    contract = contracts.get(member.company_id, held.contract_id) if held else None
    if held is None or contract is None or held.state not in AFFILIATED:
        raise NotFound("Le niveau de garantie ne change plus une fois le contrat de travail terminé.")
    first = eligible_from(held.starts_on)
    sentence = OPEN if first <= today else f"Vous pourrez changer de niveau à partir du {day_in_words(first)}. {OPEN}"
    return LevelChange(
        contract_number=contract.number,
        affiliated_on=held.starts_on,
        eligible_from=first,
        eligible=first <= today,
        sentence=sentence,
        broker=companies.get(member.company_id).broker,
    )
