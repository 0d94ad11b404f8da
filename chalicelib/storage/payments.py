"""Batches of payments and what they hold; direct debits; accounts of professionals; movements that fit nothing."""

from datetime import date

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from chalicelib import settings
from chalicelib.domain.direct_debit import DebitState, DirectDebit
from chalicelib.domain.payees import Professional
from chalicelib.domain.payments import Batch, BatchKind, Part
from chalicelib.domain.unmatched import Movement, MovementState
from chalicelib.storage import rows
from chalicelib.storage.transaction import Transaction

HEADER = "HEADER"
REJECTED_AT_ONCE = 5_000


class Unfinished(GlobalSecondaryIndex["BatchRow"]):
    """The batches whose file is still to be written."""

    class Meta:
        index_name = "by-unfinished"
        projection = KeysOnlyProjection()

    unfinished = UnicodeAttribute(hash_key=True)
    batch_id = UnicodeAttribute(range_key=True)


class ByKind(GlobalSecondaryIndex["BatchRow"]):
    """The batches of a kind, as lists show them."""

    class Meta:
        index_name = "by-kind"
        projection = IncludeProjection(["document"])

    kind = UnicodeAttribute(hash_key=True)
    opened_at = UnicodeAttribute(range_key=True)
    document = UnicodeAttribute()


class BatchRow(rows.Document):
    """A batch (``HEADER``), or a part of its payments; only the first is in the indexes."""

    class Meta(rows.Meta):
        table_name = settings.table("payment-batches")

    batch_id = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    unfinished = UnicodeAttribute(null=True)
    kind = UnicodeAttribute(null=True)
    opened_at = UnicodeAttribute(null=True)
    by_unfinished = Unfinished()
    by_kind = ByKind()


class ByRejection(GlobalSecondaryIndex["DebitRow"]):
    """The direct debits that were rejected, by day."""

    class Meta:
        index_name = "by-rejection"
        projection = IncludeProjection(["document"])

    rejected = UnicodeAttribute(hash_key=True)
    rejected_as = UnicodeAttribute(range_key=True)
    document = UnicodeAttribute()


class DebitRow(rows.Document):
    """One direct debit that was put into a file."""

    class Meta(rows.Meta):
        table_name = settings.table("debits")

    debit_id = UnicodeAttribute(hash_key=True)
    rejected = UnicodeAttribute(null=True)
    rejected_as = UnicodeAttribute(null=True)
    by_rejection = ByRejection()


class ProfessionalRow(rows.Document):
    """The accounts of one professional."""

    class Meta(rows.Meta):
        table_name = settings.table("professionals")

    number = UnicodeAttribute(hash_key=True)


class ByState(GlobalSecondaryIndex["MovementRow"]):
    """The movements that wait for an agent, oldest first."""

    class Meta:
        index_name = "by-state"
        projection = IncludeProjection(["document"])

    state = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)
    document = UnicodeAttribute()


class MovementRow(rows.Document):
    """One movement that fitted nothing when it came."""

    class Meta(rows.Meta):
        table_name = settings.table("bank-movements")

    entry_id = UnicodeAttribute(hash_key=True)
    state = UnicodeAttribute()
    listed_as = UnicodeAttribute()
    by_state = ByState()


def batch(batch_id: str) -> Batch | None:
    """A batch, or ``None``."""
    row = BatchRow.find(batch_id, HEADER)
    return rows.decode(Batch, row.document) if row else None


def save_batch(transaction: Transaction, batch: Batch) -> None:
    """Write a batch, unless somebody else has written it meanwhile."""
    rows.write(
        transaction,
        BatchRow,
        batch,
        batch_id=batch.batch_id,
        item=HEADER,
        unfinished=batch.kind if batch.unfinished else None,
        kind=batch.kind,
        opened_at=f"{batch.opened_at.isoformat()}#{batch.batch_id}",
    )


def add_part(transaction: Transaction, batch: Batch, part: Part) -> None:
    """Write a batch that has grown by a part, and the part; fails if the batch was written meanwhile."""
    save_batch(transaction, batch)
    row = BatchRow(batch_id=part.batch_id, item=_part(part.rank), version=1, document=rows.encode(part))
    transaction.put(row, rows.absent(BatchRow))


def part(batch_id: str, rank: int) -> Part | None:
    """One part of a batch, or ``None``."""
    row = BatchRow.find(batch_id, _part(rank))
    return rows.decode(Part, row.document) if row else None


def unfinished_batches(kind: BatchKind, *, limit: int = 100) -> list[str]:
    """The batches of a kind whose file is still to be written, oldest first."""
    found = BatchRow.by_unfinished.query(kind, limit=limit, page_size=rows.PAGE_SIZE)
    return [row.batch_id for row in found]


def page_of_batches(kind: BatchKind, *, before: str | None, limit: int) -> tuple[list[Batch], str | None]:
    """One page of the batches of a kind, newest first, and ``before`` for the next page."""
    older = BatchRow.opened_at < before if before else None
    found = BatchRow.by_kind.query(kind, older, scan_index_forward=False, limit=limit, page_size=limit)
    return rows.page(found, lambda row: rows.decode(Batch, row.document), by="opened_at")


def debit(debit_id: str) -> DirectDebit | None:
    """A direct debit, or ``None``."""
    row = DebitRow.find(debit_id)
    return rows.decode(DirectDebit, row.document) if row else None


def debits(debit_ids: list[str]) -> dict[str, DirectDebit]:
    """The direct debits among some ids, a hundred at most, by id, in one call."""
    found = DebitRow.batch_get(debit_ids, consistent_read=True)
    return {row.debit_id: rows.decode(DirectDebit, row.document) for row in found}


def save_debit(transaction: Transaction, debit: DirectDebit) -> None:
    """Write a direct debit, unless somebody else has written it meanwhile."""
    rejected = debit.rejected_on
    rows.write(
        transaction,
        DebitRow,
        debit,
        debit_id=debit.debit_id,
        rejected=DebitState.REJECTED if rejected else None,
        rejected_as=f"{rejected.isoformat()}#{debit.debit_id}" if rejected else None,
    )


def page_of_rejected(*, before: str | None, limit: int) -> tuple[list[DirectDebit], str | None]:
    """One page of the direct debits that were rejected, newest first, and ``before`` for the next page."""
    older = DebitRow.rejected_as < before if before else None
    found = DebitRow.by_rejection.query(
        DebitState.REJECTED, older, scan_index_forward=False, limit=limit, page_size=limit
    )
    return rows.page(found, lambda row: rows.decode(DirectDebit, row.document), by="rejected_as")


def rejected_between(first: date, last: date) -> list[DirectDebit]:
    """The direct debits that were rejected from one day to another, both included; 5,000 of them at most."""
    days = DebitRow.rejected_as.between(first.isoformat(), f"{last.isoformat()}~")
    found = DebitRow.by_rejection.query(DebitState.REJECTED, days, limit=REJECTED_AT_ONCE, page_size=rows.PAGE_SIZE)
    return [rows.decode(DirectDebit, row.document) for row in found]


def professional(number: str) -> Professional | None:
    """What is known of a professional's accounts, or ``None``."""
    row = ProfessionalRow.find(number)
    return rows.decode(Professional, row.document) if row else None


def save_professional(transaction: Transaction, professional: Professional) -> None:
    """Write a professional's accounts, unless somebody else has written them meanwhile."""
    rows.write(transaction, ProfessionalRow, professional, number=professional.number)


def movement(entry_id: str) -> Movement | None:
    """A movement that fitted nothing, or ``None``."""
    row = MovementRow.find(entry_id)
    return rows.decode(Movement, row.document) if row else None


def save_movement(transaction: Transaction, movement: Movement) -> None:
    """Write a movement, unless somebody else has written it meanwhile."""
    rows.write(
        transaction,
        MovementRow,
        movement,
        entry_id=movement.entry_id,
        state=movement.state,
        listed_as=f"{movement.on.isoformat()}#{movement.entry_id}",
    )


def page_of_movements(*, after: str | None, limit: int) -> tuple[list[Movement], str | None]:
    """One page of the movements that wait for an agent, oldest first, and ``after`` for the next page."""
    newer = MovementRow.listed_as > after if after else None
    found = MovementRow.by_state.query(MovementState.WAITING, newer, limit=limit, page_size=limit)
    return rows.page(found, lambda row: rows.decode(Movement, row.document), by="listed_as")


def _part(rank: int) -> str:
    return f"PART#{rank:05d}"
