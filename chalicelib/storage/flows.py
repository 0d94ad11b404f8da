"""The mandatory scheme's décomptes, by id; the agents' queues read summaries."""

from collections.abc import Iterable

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from chalicelib import settings
from chalicelib.domain.flow import FlowDecompte, FlowQueue, FlowSummary
from chalicelib.storage import rows
from chalicelib.storage.transaction import Transaction


class ByQueue(GlobalSecondaryIndex["FlowRow"]):
    """The décomptes that agents look at, oldest first."""

    class Meta:
        index_name = "by-queue"
        projection = IncludeProjection(["summary"])

    queue = UnicodeAttribute(hash_key=True)
    queued_at = UnicodeAttribute(range_key=True)
    summary = UnicodeAttribute()


class ByMember(GlobalSecondaryIndex["FlowRow"]):
    """The décomptes that were matched with a member and never settled."""

    class Meta:
        index_name = "by-member"
        projection = KeysOnlyProjection()

    unsettled_of = UnicodeAttribute(hash_key=True)
    flow_id = UnicodeAttribute(range_key=True)


class FlowRow(rows.Document):
    """One décompte of the mandatory scheme."""

    class Meta(rows.Meta):
        table_name = settings.table("flows")

    flow_id = UnicodeAttribute(hash_key=True)
    queue = UnicodeAttribute(null=True)
    queued_at = UnicodeAttribute(null=True)
    summary = UnicodeAttribute(null=True)
    unsettled_of = UnicodeAttribute(null=True)
    by_queue = ByQueue()
    by_member = ByMember()


def get(flow_id: str) -> FlowDecompte | None:
    """A décompte, or ``None``."""
    row = FlowRow.find(flow_id)
    return rows.decode(FlowDecompte, row.document) if row else None


def several(flow_ids: Iterable[str]) -> dict[str, FlowDecompte]:
    """Those of some décomptes that are there, in one call per hundred."""
    wanted = sorted(set(flow_ids))
    found = FlowRow.batch_get(wanted, consistent_read=True) if wanted else ()
    return {row.flow_id: rows.decode(FlowDecompte, row.document) for row in found}


def save(transaction: Transaction, flow: FlowDecompte) -> None:
    """Write a décompte, unless somebody else has written it meanwhile."""
    queue = flow.queue
    rows.write(
        transaction,
        FlowRow,
        flow,
        flow_id=flow.flow_id,
        queue=queue,
        queued_at=f"{flow.since.isoformat()}#{flow.flow_id}" if queue else None,
        summary=rows.encode(_summary(flow)) if queue else None,
        unsettled_of=None if flow.sequence else flow.member_id,
    )


def erase(transaction: Transaction, flow: FlowDecompte) -> None:
    """Remove a décompte, unless somebody has written it meanwhile."""
    rows.erase(transaction, FlowRow(flow.flow_id), flow)


def page_of(queue: FlowQueue, *, after: str | None, limit: int) -> tuple[list[FlowSummary], str | None]:
    """One page of a queue, oldest first, and what to pass as ``after`` for the next."""
    later = FlowRow.queued_at > after if after else None
    found = FlowRow.by_queue.query(queue, later, limit=limit, page_size=limit)
    return rows.page(found, lambda row: rows.decode(FlowSummary, row.summary), by="queued_at")


def never_settled(member_id: str, *, limit: int) -> list[FlowDecompte]:
    """Some of the décomptes that were matched with a member and never settled."""
    found = FlowRow.by_member.query(member_id, limit=limit, page_size=limit)
    return list(several(row.flow_id for row in found).values())


def _summary(flow: FlowDecompte) -> FlowSummary:
    return FlowSummary(
        flow_id=flow.flow_id,
        scheme=flow.scheme,
        number=flow.number,
        state=flow.state,
        obstacles=flow.obstacles,
        lines=len(flow.lines),
        care_from=min(line.care.care_on for line in flow.lines),
        statutory_cents=sum(line.care.statutory_paid_cents or 0 for line in flow.live() or ()),
        overpaid_cents=flow.overpaid_cents,
        since=flow.since,
    )
