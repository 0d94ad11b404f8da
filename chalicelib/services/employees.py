"""What an employer sees of its employees: identity, contracts, covered people, card; never any care (H48–H61)."""

from chalicelib.domain.errors import NotFound
from chalicelib.domain.member import Member, MemberSummary
from chalicelib.storage import members


def page(company_id: str, *, after: str | None, limit: int) -> tuple[list[MemberSummary], str | None]:
    """One page of the employees of a company, affiliated or being affiliated, by name (H48)."""
    return members.page_of_company(company_id, after=after, limit=limit)


def get(company_id: str, member_id: str) -> Member:
    """One employee of a company (H51).

    Errors: ``NotFound``, also for an employee of another company.
    """
    member = members.get(member_id)
    if member is None or member.company_id != company_id:
        raise NotFound
    return member
