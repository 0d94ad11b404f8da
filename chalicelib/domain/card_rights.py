"""Which card a member is entitled to on a day, and how a card that was issued stands on a day (M34, M57)."""

from datetime import date, timedelta

from chalicelib.domain.card import CardFacts, CardPerson, CardState, domains_of
from chalicelib.domain.company import Contract, Risk
from chalicelib.domain.member import Member, card_validity


def facts_on(member: Member, contract: Contract, today: date) -> CardFacts | None:
    """What a card written on a day says; nothing for somebody whose santé cover is over, or who has none.

    It never outlives the cover, the contract or the civil year. Whoever is covered on its first day, or on the day
    itself if that is later, is named.
    Source: dossier 8.2; requirements M34, M57.
    """
    health = member.running_affiliation(Risk.HEALTH)
    if health is None:
        return None
    period = card_validity(health.starts_on, today)
    ends = [end for end in (period.end, contract.period.end, health.period.end) if end]
    counted = max(period.start, today)
    people = [one for one in member.beneficiaries if one.is_covered_on(counted)]
    if min(ends) <= counted or not people:
        return None
    table = contract.table_on(max(period.start, contract.starts_on))
    return CardFacts(
        contract_number=contract.number,
        numero_adherent=member.numero_adherent or "",
        member_name=member.name,
        people=tuple(
            CardPerson(
                beneficiary_id=one.beneficiary_id,
                rank=one.rank,
                first_name=one.first_name,
                last_name=one.last_name,
                birth_date=one.birth_date,
            )
            for one in people
        ),
        domains=domains_of(table) if table else (),
        valid_from=period.start,
        valid_to=min(ends) - timedelta(days=1),
    )


def state_of(card_id: str, valid_to: date, *, member: Member, contract: Contract | None, today: date) -> CardState:
    """Where a card stands on a day: the one of that id, good until that day, that was written for a member.

    A card is void as a whole as soon as somebody it names is no longer covered: another one is written without them.
    Source: dossier 8.2 (a card is recomputed at each change of beneficiary, and a revoked one refused).
    """
    if valid_to < today:
        return CardState.EXPIRED
    held = member.card
    if held is None or held.withdrawn:
        return CardState.REVOKED
    if held.card_id != card_id:
        return CardState.SUPERSEDED
    on = max(held.facts.valid_from, today)
    named = [member.beneficiary(one.beneficiary_id) for one in held.facts.people]
    covered = contract is not None and contract.period.holds(on) and member.affiliation_to(Risk.HEALTH, on) is not None
    if not covered or not all(one is not None and one.is_covered_on(on) for one in named):
        return CardState.REVOKED
    return CardState.ISSUED if today < on else CardState.ACTIVE
