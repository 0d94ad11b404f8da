"""Requests ("démarches"), by id; the member's tracker and the agents' queue read summaries through indexes."""

from datetime import date

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from chalicelib import settings
from chalicelib.domain.request import Actor, Request, RequestSummary
from chalicelib.storage import rows
from chalicelib.storage.transaction import Transaction


class ByMember(GlobalSecondaryIndex["RequestRow"]):
    """The requests of a member, by date."""

    class Meta:
        index_name = "by-member"
        projection = IncludeProjection(["summary"])

    member_id = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)
    summary = UnicodeAttribute()


class ByQueue(GlobalSecondaryIndex["RequestRow"]):
    """The requests that wait for an agent, oldest first."""

    class Meta:
        index_name = "by-queue"
        projection = IncludeProjection(["summary"])

    queue = UnicodeAttribute(hash_key=True)
    queued_at = UnicodeAttribute(range_key=True)
    summary = UnicodeAttribute()


class ByDeadline(GlobalSecondaryIndex["RequestRow"]):
    """The requests that wait for the member until a day."""

    class Meta:
        index_name = "by-deadline"
        projection = IncludeProjection(["summary"])

    due_on = UnicodeAttribute(hash_key=True)
    request_id = UnicodeAttribute(range_key=True)


class RequestRow(rows.Document):
    """One request."""

    class Meta(rows.Meta):
        table_name = settings.table("requests")

    request_id = UnicodeAttribute(hash_key=True)
    member_id = UnicodeAttribute()
    created_at = UnicodeAttribute()
    queue = UnicodeAttribute(null=True)
    queued_at = UnicodeAttribute(null=True)
    due_on = UnicodeAttribute(null=True)
    summary = UnicodeAttribute()
    by_member = ByMember()
    by_queue = ByQueue()
    by_deadline = ByDeadline()


def get(request_id: str) -> Request | None:
    """A request, or ``None``."""
    try:
        return rows.decode(Request, RequestRow.get(request_id, consistent_read=True).document)
    except RequestRow.DoesNotExist:
        return None


def save(transaction: Transaction, request: Request) -> None:
    """Write a request, unless somebody else has written it meanwhile."""
    waits = request.next_actor is Actor.AGENT
    created = request.created_at.isoformat()
    since = request.history[-1].at.isoformat() if request.history else created
    rows.write(
        transaction,
        RequestRow,
        request,
        request_id=request.request_id,
        member_id=request.member_id,
        created_at=f"{created}#{request.request_id}",
        queue="agent" if waits else None,
        queued_at=f"{since}#{request.request_id}" if waits else None,
        due_on=request.due_on.isoformat() if request.due_on else None,
        summary=rows.encode(_summary(request)),
    )


def of_member(member_id: str, *, limit: int = 100) -> list[RequestSummary]:
    """The latest requests of a member, newest first."""
    found = RequestRow.by_member.query(member_id, scan_index_forward=False, limit=limit, page_size=rows.PAGE_SIZE)
    return [rows.decode(RequestSummary, row.summary) for row in found]


def waiting_for_agent(*, limit: int = 100) -> list[RequestSummary]:
    """The requests that an agent must act on, oldest first."""
    found = RequestRow.by_queue.query("agent", limit=limit, page_size=rows.PAGE_SIZE)
    return [rows.decode(RequestSummary, row.summary) for row in found]


def waiting_until(day: date, *, limit: int = 500) -> list[str]:
    """The requests that wait for the member until a day."""
    found = RequestRow.by_deadline.query(day.isoformat(), limit=limit, page_size=rows.PAGE_SIZE)
    return [row.request_id for row in found]


def _summary(request: Request) -> RequestSummary:
    return RequestSummary(
        request_id=request.request_id,
        kind=request.kind,
        member_id=request.member_id,
        state=request.state,
        title=request.title,
        missing=len(request.missing),
        due_on=request.due_on,
        created_at=request.created_at,
    )
