"""A member's reimbursements: lists with filters, and one with its explanation (M35–M38)."""

from dataclasses import dataclass
from datetime import date

from chalicelib.domain.errors import NotFound
from chalicelib.domain.reimbursement import Reimbursement
from chalicelib.services.claims import health_member
from chalicelib.storage import reimbursements

PAGE = 20
PAGES_READ = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list is narrowed to; the days are those of the decision, both included."""

    decided_from: date | None = None
    decided_to: date | None = None
    beneficiary_id: str | None = None
    act: str | None = None


def page(member_id: str, filters: Filters, *, before: str | None) -> tuple[list[Reimbursement], str | None]:
    """One page of a member's reimbursements, newest first, and the cursor of the next."""
    health_member(member_id)
    kept: list[Reimbursement] = []
    cursor = before
    for _ in range(PAGES_READ):
        found, cursor = reimbursements.page_of_member(
            member_id,
            decided_from=filters.decided_from,
            decided_to=filters.decided_to,
            before=cursor,
            limit=PAGE - len(kept),
        )
        kept += [one for one in found if _wanted(one, filters)]
        if cursor is None or len(kept) >= PAGE:
            break
    return kept, cursor


def _wanted(one: Reimbursement, filters: Filters) -> bool:
    if filters.beneficiary_id is not None and one.beneficiary_id != filters.beneficiary_id:
        return False
    return filters.act is None or any(line.act == filters.act for line in one.lines)


def get(member_id: str, reimbursement_id: str) -> Reimbursement:
    """One reimbursement of a member.

    Errors: ``NotFound``, also for somebody else's.
    """
    found = reimbursements.get(member_id, reimbursement_id)
    if found is None:
        raise NotFound
    return found
