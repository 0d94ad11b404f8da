"""What a member reads of their own contracts."""

from chalicelib.domain.company import Contract
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
