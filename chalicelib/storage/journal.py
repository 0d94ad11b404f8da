"""Who saw what of each person: a chain of entries a person, its head, and which accesses are in it already.

An entry is added together with the new head, under the condition that the head is as it was read: two writers never
make two chains. Entries go once the law lets them go (``expires``); the oldest always go first.
"""

from datetime import UTC, datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition

from chalicelib import settings
from chalicelib.domain.journal import Consultation, End, Link
from chalicelib.storage import rows
from chalicelib.storage.transaction import Transaction

HEAD = "HEAD"
ENTRY = "ENTRY#"
KNOWN = "KNOWN#"
HEAD_KEPT = timedelta(days=30)
"""How long the head outlives the last entry, so that no entry that is about to go is met by a new chain."""
READ_AT_ONCE = 100


class JournalRow(rows.Row):
    """One entry, the head of a person's chain, or the trace that an access is in it."""

    class Meta(rows.Meta):
        table_name = settings.table("journal")

    member_id = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    sequence = NumberAttribute(default=0)
    document = UnicodeAttribute(null=True)
    previous = UnicodeAttribute(null=True)
    previous_goes_at = NumberAttribute(null=True)
    goes_at = NumberAttribute(null=True)
    seal = UnicodeAttribute(null=True)
    expires = NumberAttribute(null=True)


def append(member_id: str, consultation: Consultation, *, expires: datetime) -> bool:
    """Add an access to a person's chain; false when it is in it already.

    Errors: ``Stale`` when another access was added at the same moment.
    """
    known = f"{KNOWN}{consultation.entry_id}"
    found = {
        row.item: row for row in JournalRow.batch_get([(member_id, HEAD), (member_id, known)], consistent_read=True)
    }
    if known in found:
        return False
    end = _end(found.get(HEAD))
    link = Link.after(end, member_id=member_id, document=rows.encode(consultation))
    until = int(expires.timestamp())
    entry = JournalRow(
        member_id=member_id,
        item=_item(link.sequence),
        sequence=link.sequence,
        document=link.document,
        previous=link.previous,
        previous_goes_at=int(link.previous_goes_at.timestamp()) if link.previous_goes_at else None,
        seal=link.seal,
        expires=until,
    )
    with Transaction() as transaction:
        transaction.put(entry, rows.absent(JournalRow))
        transaction.put(JournalRow(member_id=member_id, item=known, expires=until), rows.absent(JournalRow))
        transaction.put(
            JournalRow(
                member_id=member_id,
                item=HEAD,
                sequence=link.sequence,
                seal=link.seal,
                goes_at=until,
                expires=int((expires + HEAD_KEPT).timestamp()),
            ),
            _unmoved(end),
        )
    return True


def _end(row: JournalRow | None) -> End:
    return End(sequence=int(row.sequence), seal=row.seal or "", goes_at=_moment(row.goes_at)) if row else End()


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(int(seconds), tz=UTC)


def _unmoved(end: End) -> Condition:
    return JournalRow.sequence == end.sequence if end.sequence else rows.absent(JournalRow)


def _item(sequence: int) -> str:
    return f"{ENTRY}{sequence:012d}"


def head(member_id: str) -> End:
    """Where a person's chain ends."""
    return _end(JournalRow.find(member_id, HEAD))


def page(
    member_id: str, *, before: int | None, now: datetime, limit: int
) -> tuple[list[tuple[int, Consultation]], int | None]:
    """One page of the accesses to a person's data, newest first, each with its place, and ``before`` for the next."""
    end = _item(before - 1) if before else f"{ENTRY}~"
    found = JournalRow.query(
        member_id,
        JournalRow.item.between(ENTRY, end),
        consistent_read=True,
        scan_index_forward=False,
        limit=limit,
        page_size=limit,
    )
    listed = [
        (int(row.sequence), rows.decode(Consultation, row.document or ""))
        for row in found
        if not _has_expired(row, now)
    ]
    return listed, listed[-1][0] if listed and found.last_evaluated_key else None


def _has_expired(row: JournalRow, now: datetime) -> bool:
    return row.expires is not None and row.expires <= now.timestamp()


def links(member_id: str, *, now: datetime) -> list[Link]:
    """A person's whole chain, oldest entry first."""
    found: list[Link] = []
    start: str | None = ENTRY
    while start is not None:
        read = JournalRow.query(
            member_id,
            JournalRow.item.between(start, f"{ENTRY}~"),
            consistent_read=True,
            limit=READ_AT_ONCE,
            page_size=READ_AT_ONCE,
        )
        found += [
            Link(
                sequence=int(row.sequence),
                document=row.document or "",
                previous=row.previous or "",
                previous_goes_at=_moment(row.previous_goes_at),
                seal=row.seal or "",
            )
            for row in read
            if not _has_expired(row, now)
        ]
        last = read.last_evaluated_key
        start = f"{last['item']['S']}!" if last else None
    return found


def erase(member_id: str, *, now: datetime, limit: int) -> tuple[int, datetime | None]:
    """Remove some of a person's entries that the law lets go; the rest of the chain with the last of them.

    Answers how many went, and when the last entry may go, if one stays. Safe to repeat.
    """
    read = list(
        JournalRow.query(
            member_id, JournalRow.item.between(ENTRY, f"{ENTRY}~"), consistent_read=True, limit=limit, page_size=limit
        )
    )
    gone = [row for row in read if _has_expired(row, now)]
    for row in gone:
        row.delete()
    kept = _last_entry(member_id)
    if kept is None:
        rest = list(JournalRow.query(member_id, consistent_read=True, limit=limit, page_size=limit))
        for row in rest:
            row.delete()
        return max(len(gone), len(rest)), None
    return len(gone), datetime.fromtimestamp(kept.expires or 0, tz=now.tzinfo)


def _last_entry(member_id: str) -> JournalRow | None:
    found = JournalRow.query(
        member_id,
        JournalRow.item.between(ENTRY, f"{ENTRY}~"),
        consistent_read=True,
        scan_index_forward=False,
        limit=1,
        page_size=1,
    )
    return next(iter(found), None)
