"""Reimbursements of a member, newest last, written once, and the payment orders they caused, until they are paid."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from chalicelib import settings
from chalicelib.domain.adjudication.decision import Decision
from chalicelib.domain.payments import asks_payee
from chalicelib.domain.reimbursement import PaymentOrder, PaymentState, Reimbursement
from chalicelib.storage import rows
from chalicelib.storage.transaction import Transaction

DECISION = "decision#"
QUEUES = {PaymentState.ORDERED, PaymentState.REJECTED}


class ReimbursementRow(rows.Row):
    """One décompte, its id beginning with the moment of the decision; or the decision itself, out of lists' way."""

    class Meta(rows.Meta):
        table_name = settings.table("reimbursements")

    member_id = UnicodeAttribute(hash_key=True)
    reimbursement_id = UnicodeAttribute(range_key=True)
    document = UnicodeAttribute()


class ByQueue(GlobalSecondaryIndex["PaymentOrderRow"]):
    """The payment orders that wait to be sent, and those that something stops; oldest first."""

    class Meta:
        index_name = "by-queue"
        projection = KeysOnlyProjection()

    queue = UnicodeAttribute(hash_key=True)
    queued_at = UnicodeAttribute(range_key=True)


class ByMember(GlobalSecondaryIndex["PaymentOrderRow"]):
    """The payment orders of a member that wait for other bank details of theirs."""

    class Meta:
        index_name = "by-member"
        projection = IncludeProjection(["document"])

    asked_of = UnicodeAttribute(hash_key=True)
    order_id = UnicodeAttribute(range_key=True)
    document = UnicodeAttribute()


class PaymentOrderRow(rows.Document):
    """One payment order."""

    class Meta(rows.Meta):
        table_name = settings.table("payment-orders")

    order_id = UnicodeAttribute(hash_key=True)
    queue = UnicodeAttribute(null=True)
    queued_at = UnicodeAttribute(null=True)
    asked_of = UnicodeAttribute(null=True)
    by_queue = ByQueue()
    by_member = ByMember()


def get(member_id: str, reimbursement_id: str) -> Reimbursement | None:
    """One décompte of a member, or ``None``."""
    if reimbursement_id.startswith(DECISION):
        return None
    row = ReimbursementRow.find(member_id, reimbursement_id)
    return rows.decode(Reimbursement, row.document) if row else None


def decision(member_id: str, reimbursement_id: str) -> Decision | None:
    """The decision that a décompte follows from, with all that settles it again, or ``None``."""
    row = ReimbursementRow.find(member_id, _decision_of(reimbursement_id))
    return Decision.from_bytes(row.document.encode()) if row else None


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
    return rows.page(found, lambda row: rows.decode(Reimbursement, row.document), by="reimbursement_id")


def count_since(member_id: str, day: date, *, most: int) -> int:
    """How many décomptes of a member were decided since a day, as far as ``most``; only their ids are handed over."""
    found = ReimbursementRow.query(
        member_id,
        ReimbursementRow.reimbursement_id.between(f"{day:%Y%m%d}", "9~"),
        attributes_to_get=["reimbursement_id"],
        limit=most,
        page_size=most,
    )
    return sum(1 for _ in found)


def create(transaction: Transaction, reimbursement: Reimbursement, order: PaymentOrder | None) -> None:
    """Add a décompte and its payment order; a second decision on the same claim fails."""
    _put(transaction, reimbursement.member_id, reimbursement.reimbursement_id, rows.encode(reimbursement))
    if order is not None:
        save_order(transaction, replace(order, version=0))


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
    row = PaymentOrderRow.find(order_id)
    return rows.decode(PaymentOrder, row.document) if row else None


def orders(order_ids: Iterable[str]) -> dict[str, PaymentOrder]:
    """The payment orders among some ids, a hundred at most, by id, in one call; none without ids."""
    wanted = list(dict.fromkeys(order_ids))
    if not wanted:
        return {}
    found = PaymentOrderRow.batch_get(wanted, consistent_read=True)
    return {row.order_id: rows.decode(PaymentOrder, row.document) for row in found}


def save_order(transaction: Transaction, order: PaymentOrder) -> None:
    """Write a payment order, unless somebody else has written it meanwhile."""
    queue = order.state if order.state in QUEUES else None
    since = order.hold.since if order.hold else order.ordered_at
    rows.write(
        transaction,
        PaymentOrderRow,
        order,
        order_id=order.order_id,
        queue=queue,
        queued_at=f"{since.isoformat()}#{order.order_id}" if queue else None,
        asked_of=order.member_id if asks_payee(order) else None,
    )


def waiting_orders(state: PaymentState, *, after: str | None = None, limit: int) -> tuple[list[str], str | None]:
    """One page of the orders that wait to be sent, or that are stopped, and ``after`` for the next page."""
    newer = PaymentOrderRow.queued_at > after if after else None
    found = PaymentOrderRow.by_queue.query(state, newer, limit=limit, page_size=limit)
    return rows.page(found, lambda row: row.order_id, by="queued_at")


def stopped_for(member_id: str, *, limit: int = 20) -> list[PaymentOrder]:
    """The orders of a member that wait for other bank details of theirs."""
    found = PaymentOrderRow.by_member.query(member_id, limit=limit, page_size=limit)
    return [rows.decode(PaymentOrder, row.document) for row in found]
