"""What a member reads of their own contracts."""

from chalicelib.domain.company import Contract, Risk
from chalicelib.domain.errors import NotFound
from chalicelib.domain.member import COVERING, Member
from chalicelib.storage import contracts, members


def member(member_id: str) -> Member:
    """The member whose space it is.

    Errors: ``NotFound``.
    """
    found = members.get(member_id)
    if found is None:
        raise NotFound
    return found


def with_health(member_id: str) -> Member:
    """The member, when they have or had a health contract: santé functions do not exist for others (A3, M39).

    Care of the last covered day may still be claimed, and the past read, after it (M58).

    Errors: ``NotFound``.
    """
    found = member(member_id)
    if not any(one.risk is Risk.HEALTH and one.state in COVERING for one in found.affiliations):
        raise NotFound("Cette fonction est réservée aux contrats santé.")
    return found


def contracts_of(whose: Member) -> list[Contract]:
    """The contracts the member is or was affiliated to (M24): what a contract paid stays readable after it."""
    held = {one.contract_id for one in whose.affiliations if one.state in COVERING}
    return [one for one in contracts.of_company(whose.company_id) if one.contract_id in held]


def contract(whose: Member, contract_id: str) -> Contract:
    """One contract the member is affiliated to.

    Errors: ``NotFound``, also for any other contract.
    """
    for one in contracts_of(whose):
        if one.contract_id == contract_id:
            return one
    raise NotFound
