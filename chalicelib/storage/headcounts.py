"""How many employees of a company are in each state, kept in the transactions that move them (H22, H48).

A count is spread over a few items, so that employees who move at the same moment seldom meet at one of them.
"""

import zlib

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib import settings
from chalicelib.domain.member import AffiliationState, Member
from chalicelib.storage import rows
from chalicelib.storage.transaction import Transaction

PARTS = 8


class HeadcountRow(rows.Row):
    """One part of the number of employees of a company in a state."""

    class Meta(rows.Meta):
        table_name = settings.table("headcounts")

    company_id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    employees = NumberAttribute(default=0)


def follow(transaction: Transaction, member: Member) -> None:
    """Count an employee in the present state instead of the one they are counted in, within a transaction."""
    if member.counted_as is not member.state:
        leave(transaction, member)
        _count(transaction, member, member.state, 1)


def leave(transaction: Transaction, member: Member) -> None:
    """Count an employee no longer, within a transaction."""
    if member.counted_as is not None:
        _count(transaction, member, member.counted_as, -1)


def _count(transaction: Transaction, member: Member, state: AffiliationState, change: int) -> None:
    part = zlib.crc32(member.member_id.encode()) % PARTS
    counted = f"{state}#{part}"
    row = HeadcountRow(member.company_id, counted)
    transaction.update_count(row, HeadcountRow.employees, change, key=f"{member.company_id}#{counted}")


def of_company(company_id: str) -> dict[AffiliationState, int]:
    """The number of employees of a company in each state, in one call."""
    counted = dict.fromkeys(AffiliationState, 0)
    for row in HeadcountRow.query(company_id, limit=PARTS * len(counted), page_size=rows.PAGE_SIZE):
        counted[AffiliationState(row.part.partition("#")[0])] += int(row.employees)
    return counted
