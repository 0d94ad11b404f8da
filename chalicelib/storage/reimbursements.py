"""Reimbursements of a member, newest last, and the payment orders they caused. Both are written once."""

from dataclasses import replace
from datetime import date

from pynamodb.attributes import UnicodeAttribute

from chalicelib import settings
from chalicelib.domain.adjudication.decision import Decision
from chalicelib.domain.reimbursement import PaymentOrder, Reimbursement
from chalicelib.storage import rows
from chalicelib.storage.transaction import Transaction

DECISION = "decision#"


class ReimbursementRow(rows.Row):
    """One décompte, its id beginning with the moment of the decision; or the decision itself, out of lists' way."""

    class Meta(rows.Meta):
        table_name = settings.table("reimbursements")

    member_id = UnicodeAttribute(hash_key=True)
    reimbursement_id = UnicodeAttribute(range_key=True)
    document = UnicodeAttribute()


class PaymentOrderRow(rows.Document):
    """One payment order."""

    class Meta(rows.Meta):
        table_name = settings.table("payment-orders")

    order_id = UnicodeAttribute(hash_key=True)


def get(member_id: str, reimbursement_id: str) -> Reimbursement | None:
    """One décompte of a member, or ``None``."""
    if reimbursement_id.startswith(DECISION):
        return None
    try:
        row = ReimbursementRow.get(member_id, reimbursement_id, consistent_read=True)
    except ReimbursementRow.DoesNotExist:
        return None
    return rows.decode(Reimbursement, row.document)


def decision(member_id: str, reimbursement_id: str) -> Decision | None:
    """The decision that a décompte follows from, with all that settles it again, or ``None``."""
    try:
        row = ReimbursementRow.get(member_id, _decision_of(reimbursement_id), consistent_read=True)
    except ReimbursementRow.DoesNotExist:
        return None
    return Decision.from_bytes(row.document.encode())


def _decision_of(reimbursement_id: str) -> str:
    return f"{DECISION}{reimbursement_id}"


def page_of_member(
    member_id: str, *, decided_from: date | None, decided_to: date | None, before: str | None, limit: int
) -> tuple[list[Reimbursement], str | None]:
    """One page of a member's décomptes, newest first, and what to pass as ``before`` for the next.

    ``decided_from`` and ``decided_to`` bound the day of the decision, both included.
    """
    low = f"{decided_from:%Y%m%d}" if decided_from else "0"
    high = f"{decided_to:%Y%m%d}~" if decided_to else "9~"
    if low > min(high, before or high):
        return [], None
    start = None
    if before is not None and before < high:
        start = {"member_id": {"S": member_id}, "reimbursement_id": {"S": before}}
    found = ReimbursementRow.query(
        member_id,
        ReimbursementRow.reimbursement_id.between(low, high),
        consistent_read=True,
        scan_index_forward=False,
        last_evaluated_key=start,
        limit=limit,
        page_size=limit,
    )
    page = [rows.decode(Reimbursement, row.document) for row in found]
    last = found.last_evaluated_key
    return page, str(last["reimbursement_id"]["S"]) if last else None


def create(transaction: Transaction, reimbursement: Reimbursement, order: PaymentOrder | None) -> None:
    """Add a décompte and its payment order; a second decision on the same claim fails."""
    _put(transaction, reimbursement.member_id, reimbursement.reimbursement_id, rows.encode(reimbursement))
    if order is not None:
        rows.write(transaction, PaymentOrderRow, replace(order, version=0), order_id=order.order_id)


def keep_decision(transaction: Transaction, reimbursement: Reimbursement, settled: Decision) -> None:
    """Keep beside a décompte the decision it follows from."""
    name = _decision_of(reimbursement.reimbursement_id)
    _put(transaction, reimbursement.member_id, name, settled.to_bytes().decode())


def _put(transaction: Transaction, member_id: str, name: str, document: str) -> None:
    row = ReimbursementRow(member_id=member_id, reimbursement_id=name, document=document)
    transaction.put(row, rows.absent(ReimbursementRow))


def erase(transaction: Transaction, reimbursement: Reimbursement) -> None:
    """Remove a décompte, the decision it follows from and its payment order."""
    for name in (reimbursement.reimbursement_id, _decision_of(reimbursement.reimbursement_id)):
        transaction.delete(ReimbursementRow(reimbursement.member_id, name), None)
    if reimbursement.order_id:
        transaction.delete(PaymentOrderRow(reimbursement.order_id), None)


def order(order_id: str) -> PaymentOrder | None:
    """A payment order, or ``None``."""
    try:
        return rows.decode(PaymentOrder, PaymentOrderRow.get(order_id, consistent_read=True).document)
    except PaymentOrderRow.DoesNotExist:
        return None
