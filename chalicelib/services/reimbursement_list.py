"""A member's reimbursements: lists with filters, their totals, one with its explanation (M35–M39, A12)."""

from collections.abc import Callable, Iterator

from chalicelib import clock
from chalicelib.domain.decomptes import Decompte, Filters, Totals, state_of, totals_of, wanted
from chalicelib.domain.errors import NotFound
from chalicelib.domain.member import Member
from chalicelib.domain.reimbursement import Reimbursement
from chalicelib.services import own_space, privacy
from chalicelib.storage import reimbursements

PAGE = 20
PAGES_READ = 10
TOTALLED_AT_ONCE = 100
TOTALLED_PAGES = 5
EXPORTED_PAGES = 50


def page(member_id: str, filters: Filters, *, before: str | None) -> tuple[list[Decompte], str | None]:
    """One page of a member's reimbursements, newest first, and the cursor of the next.

    A page is short where a filter keeps little: a bounded number of rows is read for it.

    Errors: ``NotFound`` without a santé contract (M39).
    """
    member = own_space.with_health(member_id)
    kept: list[Decompte] = []
    cursor = before
    for _ in range(PAGES_READ):
        found, cursor = _read(member, filters, before=cursor, limit=PAGE - len(kept))
        kept += found
        if cursor is None or len(kept) >= PAGE:
            break
    return kept, cursor


def totals(member_id: str, filters: Filters) -> Totals:
    """What the reimbursements of a list add up to, over the five hundred latest read at most (M36).

    Errors: ``NotFound`` without a santé contract.
    """
    member = own_space.with_health(member_id)
    kept: list[Decompte] = []
    cursor = None
    for _ in range(TOTALLED_PAGES):
        found, cursor = _read(member, filters, before=cursor, limit=TOTALLED_AT_ONCE)
        kept += found
        if cursor is None:
            return totals_of(kept)
    last = clock.paris_day(kept[-1].reimbursement.decided_at) if kept else None
    return totals_of(kept, complete=False, counted_from=last)


def every(member: Member, filters: Filters) -> Iterator[Decompte]:
    """Every reimbursement of a list, newest first, five thousand rows read at most."""
    cursor = None
    for _ in range(EXPORTED_PAGES):
        found, cursor = _read(member, filters, before=cursor, limit=TOTALLED_AT_ONCE)
        yield from found
        if cursor is None:
            return


def _read(member: Member, filters: Filters, *, before: str | None, limit: int) -> tuple[list[Decompte], str | None]:
    found, cursor = reimbursements.page_of_member(
        member.member_id,
        decided_from=filters.first_day,
        decided_to=filters.decided_to,
        before=before,
        limit=limit,
    )
    return [one for one in _shown(found, privacy.hidden_from(member)) if wanted(one, filters)], cursor


def _shown(found: list[Reimbursement], hidden: Callable[[str], bool]) -> list[Decompte]:
    orders = reimbursements.orders(one.order_id for one in found if one.order_id)
    known = [(one, orders.get(one.order_id or "")) for one in found]
    return [
        Decompte(
            reimbursement=one,
            state=state_of(one, order),
            hidden=hidden(one.beneficiary_id),
            paid_on=order.paid_on if order else None,
        )
        for one, order in known
    ]


def get(member_id: str, reimbursement_id: str) -> Decompte:
    """One reimbursement of a member.

    Errors: ``NotFound``, also for somebody else's.
    """
    member = own_space.with_health(member_id)
    found = reimbursements.get(member_id, reimbursement_id)
    if found is None:
        raise NotFound
    return _shown([found], privacy.hidden_from(member))[0]
