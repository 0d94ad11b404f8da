"""Requests ("démarches"), by id; the trackers of a member and of a company, and the agents' queues, read summaries."""

from datetime import date

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from chalicelib import settings
from chalicelib.domain.request import Actor, AgentQueue, Request, RequestSummary
from chalicelib.storage import rows
from chalicelib.storage.transaction import Transaction

SCAN = "scan"


class ByOpener(GlobalSecondaryIndex["RequestRow"]):
    """The requests that a member, or the users of a company, opened, by date."""

    class Meta:
        index_name = "by-opener"
        projection = IncludeProjection(["summary"])

    opener = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)
    summary = UnicodeAttribute()


class ByQueue(GlobalSecondaryIndex["RequestRow"]):
    """The requests that wait for an agent, claims apart from the others, or for a file's scan; oldest first."""

    class Meta:
        index_name = "by-queue"
        projection = IncludeProjection(["summary"])

    queue = UnicodeAttribute(hash_key=True)
    queued_at = UnicodeAttribute(range_key=True)
    summary = UnicodeAttribute()


class ByDeadline(GlobalSecondaryIndex["RequestRow"]):
    """The requests that wait for whoever opened them until a day."""

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
    opener = UnicodeAttribute()
    created_at = UnicodeAttribute()
    queue = UnicodeAttribute(null=True)
    queued_at = UnicodeAttribute(null=True)
    due_on = UnicodeAttribute(null=True)
    summary = UnicodeAttribute()
    by_opener = ByOpener()
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
    queue = request.queue or (SCAN if request.scanning else None)
    created = request.created_at.isoformat()
    since = request.history[-1].at.isoformat() if request.history else created
    rows.write(
        transaction,
        RequestRow,
        request,
        request_id=request.request_id,
        opener=_company(request.company_id) if request.opened_by is Actor.EMPLOYER else _member(request.member_id),
        created_at=f"{created}#{request.request_id}",
        queue=queue,
        queued_at=f"{since}#{request.request_id}" if queue else None,
        due_on=request.due_on.isoformat() if request.due_on else None,
        summary=rows.encode(_summary(request)),
    )


def of_member(member_id: str, *, limit: int = 100) -> list[RequestSummary]:
    """The latest requests that a member opened, newest first."""
    found = RequestRow.by_opener.query(
        _member(member_id), scan_index_forward=False, limit=limit, page_size=rows.PAGE_SIZE
    )
    return [rows.decode(RequestSummary, row.summary) for row in found]


def page_of_company(company_id: str, *, before: str | None, limit: int) -> tuple[list[RequestSummary], str | None]:
    """One page of the requests that a company's users opened, newest first, and ``before`` for the next page."""
    older = RequestRow.created_at < before if before else None
    found = RequestRow.by_opener.query(
        _company(company_id), older, scan_index_forward=False, limit=limit, page_size=limit
    )
    page = [rows.decode(RequestSummary, row.summary) for row in found]
    last = found.last_evaluated_key
    return page, str(last["created_at"]["S"]) if last else None


def waiting_in(queue: AgentQueue, *, limit: int = 100) -> list[RequestSummary]:
    """The requests of one of the agents' queues, oldest first."""
    found = RequestRow.by_queue.query(queue, limit=limit, page_size=rows.PAGE_SIZE)
    return [rows.decode(RequestSummary, row.summary) for row in found]


def waiting_for_scan(*, limit: int = 500) -> list[str]:
    """The requests with a file that waits for its malware scan, oldest first."""
    found = RequestRow.by_queue.query(SCAN, limit=limit, page_size=rows.PAGE_SIZE)
    return [rows.decode(RequestSummary, row.summary).request_id for row in found]


def waiting_until(day: date, *, limit: int = 500) -> list[str]:
    """The requests that wait for whoever opened them until a day."""
    found = RequestRow.by_deadline.query(day.isoformat(), limit=limit, page_size=rows.PAGE_SIZE)
    return [row.request_id for row in found]


def erase(transaction: Transaction, request: Request) -> None:
    """Remove a request, unless somebody has written it meanwhile."""
    rows.erase(transaction, RequestRow(request.request_id), request)


def _member(member_id: str) -> str:
    return f"member#{member_id}"


def _company(company_id: str) -> str:
    return f"company#{company_id}"


def _summary(request: Request) -> RequestSummary:
    return RequestSummary(
        request_id=request.request_id,
        kind=request.kind,
        member_id=request.member_id,
        member_name=request.member_name,
        state=request.state,
        title=request.title,
        missing=len(request.missing),
        due_on=request.due_on,
        created_at=request.created_at,
    )
