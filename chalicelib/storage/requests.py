"""Requests ("démarches"), by id; the trackers of a member and of a company, and the agents' queue, read summaries.

What waits for the agents is in the order in which it is due. How many wait in each group is kept in the transactions
that move them (``queue#…``), spread over a few items, so that requests that move together seldom meet at one of them.
"""

import zlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from chalicelib import settings
from chalicelib.domain.request import Actor, AgentQueue, Request, RequestKind, RequestSummary
from chalicelib.domain.work_queue import URGENT, Group
from chalicelib.domain.work_stoppage.deadline import day_in_paris
from chalicelib.storage import rows
from chalicelib.storage.transaction import Transaction

SCAN = "scan"
COUNT = "queue#"
PARTS = 4
PAGES_READ_AT_MOST = 5


class ByOpener(GlobalSecondaryIndex["RequestRow"]):
    """The requests that a member, or the users of a company, opened, by date."""

    class Meta:
        index_name = "by-opener"
        projection = IncludeProjection(["summary"])

    opener = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)
    summary = UnicodeAttribute()


class ByMember(GlobalSecondaryIndex["RequestRow"]):
    """The requests that concern a member, whoever opened them, by date."""

    class Meta:
        index_name = "by-member"
        projection = IncludeProjection(["summary"])

    member_id = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)
    summary = UnicodeAttribute()


class ByQueue(GlobalSecondaryIndex["RequestRow"]):
    """The requests that wait for an agent, what is due first at the head; or for a recall or a file's scan."""

    class Meta:
        index_name = "by-queue"
        projection = IncludeProjection(["summary"])

    queue = UnicodeAttribute(hash_key=True)
    queued_at = UnicodeAttribute(range_key=True)
    summary = UnicodeAttribute()


class ByGroup(GlobalSecondaryIndex["RequestRow"]):
    """The same, of one group of the agents."""

    class Meta:
        index_name = "by-group"
        projection = IncludeProjection(["summary"])

    work_group = UnicodeAttribute(hash_key=True)
    queued_at = UnicodeAttribute(range_key=True)
    summary = UnicodeAttribute()


class ByHolder(GlobalSecondaryIndex["RequestRow"]):
    """The same, of one agent."""

    class Meta:
        index_name = "by-holder"
        projection = IncludeProjection(["summary"])

    holder_id = UnicodeAttribute(hash_key=True)
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
    """One request; or one part of the number of those that wait in a group of the agents."""

    class Meta(rows.Meta):
        table_name = settings.table("requests")

    request_id = UnicodeAttribute(hash_key=True)
    opener = UnicodeAttribute(null=True)
    member_id = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()
    queue = UnicodeAttribute(null=True)
    work_group = UnicodeAttribute(null=True)
    holder_id = UnicodeAttribute(null=True)
    queued_at = UnicodeAttribute(null=True)
    due_on = UnicodeAttribute(null=True)
    summary = UnicodeAttribute()
    waiting = NumberAttribute(null=True)
    by_opener = ByOpener()
    by_member = ByMember()
    by_queue = ByQueue()
    by_group = ByGroup()
    by_holder = ByHolder()
    by_deadline = ByDeadline()


def get(request_id: str) -> Request | None:
    """A request, or ``None``."""
    if request_id.startswith(COUNT):
        return None
    row = RequestRow.find(request_id)
    return rows.decode(Request, row.document) if row else None


def several(request_ids: Iterable[str]) -> list[Request]:
    """Requests by id, those that there are, in one call per hundred."""
    wanted = sorted(set(request_ids))
    found = RequestRow.batch_get(wanted, consistent_read=True) if wanted else ()
    return [rows.decode(Request, row.document) for row in found]


def save(transaction: Transaction, request: Request) -> None:
    """Write a request, unless somebody else has written it meanwhile; the count of its group follows.

    What does not wait for the agents is in nobody's hands.
    """
    waits = request.queue is AgentQueue.AGENTS
    group = request.group if waits else None
    holder = request.handling.holder if waits else None
    _follow(transaction, request, group)
    if not waits:
        request = replace(request, handling=replace(request.handling, holder=None, opinion=None))
    queue = request.queue or (SCAN if request.scanning else None)
    since = f"{request.since.isoformat()}#{request.request_id}"
    rows.write(
        transaction,
        RequestRow,
        replace(request, counted_in=group),
        request_id=request.request_id,
        opener=_opener(request),
        member_id=request.member_id or None,
        created_at=f"{request.created_at.isoformat()}#{request.request_id}",
        queue=queue,
        work_group=group,
        holder_id=holder.agent.agent_id if holder else None,
        queued_at=(f"{_handle_by(request)}#{since}" if waits else since) if queue else None,
        due_on=request.due_on.isoformat() if request.due_on else None,
        summary=rows.encode(_summary(request)),
    )


def _handle_by(request: Request) -> date:
    """The day by which the agents should have seen to a request."""
    days = settings.urgent_days() if request.group in URGENT else settings.handling_days()
    return day_in_paris(request.since) + timedelta(days=days)


def _follow(transaction: Transaction, request: Request, group: Group | None) -> None:
    if request.counted_in is group:
        return
    part = zlib.crc32(request.request_id.encode()) % PARTS
    for counted, change in ((request.counted_in, -1), (group, 1)):
        if counted is not None:
            key = _count_key(counted, part)
            transaction.update_count(RequestRow(key), RequestRow.waiting, change, key=key)


def _count_key(group: Group, part: int) -> str:
    return f"{COUNT}{group}#{part}"


def waiting_by_group() -> dict[Group, int]:
    """How many requests wait for the agents in each group, in one call."""
    counted = dict.fromkeys(Group, 0)
    keys = [_count_key(group, part) for group in Group for part in range(PARTS)]
    for row in RequestRow.batch_get(keys):
        counted[Group(row.request_id.removeprefix(COUNT).partition("#")[0])] += int(row.waiting or 0)
    return counted


def of_member(member_id: str, *, limit: int = 100) -> list[RequestSummary]:
    """The latest requests that a member opened, newest first."""
    found = RequestRow.by_opener.query(
        _member(member_id), scan_index_forward=False, limit=limit, page_size=rows.PAGE_SIZE
    )
    return [rows.decode(RequestSummary, row.summary) for row in found]


def page_about_member(
    member_id: str, *, before: str | None, limit: int = rows.PAGE_SIZE
) -> tuple[list[RequestSummary], str | None]:
    """One page of the requests about a member, whoever opened them, newest first, and ``before`` for the next."""
    older = RequestRow.created_at < before if before else None
    found = RequestRow.by_member.query(member_id, older, scan_index_forward=False, limit=limit, page_size=limit)
    return rows.page(found, lambda row: rows.decode(RequestSummary, row.summary), by="created_at")


def page_of_company(
    company_id: str, *, before: str | None, limit: int, kind: RequestKind | None = None
) -> tuple[list[RequestSummary], str | None]:
    """One page of the requests that a company's users opened, newest first, and ``before`` for the next page.

    Of one kind only, a page may be shorter than asked and still have a next one: a few pages are read at most.
    """
    for _ in range(PAGES_READ_AT_MOST):
        older = RequestRow.created_at < before if before else None
        found = RequestRow.by_opener.query(
            _company(company_id), older, scan_index_forward=False, limit=limit, page_size=limit
        )
        listed, before = rows.page(found, lambda row: rows.decode(RequestSummary, row.summary), by="created_at")
        page = [one for one in listed if kind in {None, one.kind}]
        if page or before is None:
            break
    return page, before


def page_of_agents(
    *, group: Group | None = None, holder_id: str | None = None, free_only: bool = False, after: str | None, limit: int
) -> tuple[list[RequestSummary], str | None]:
    """One page of what waits for the agents, what is due first at the head, and ``after`` for the next page.

    Of one group, or of one agent (then of all groups); of what is free only, a page may be shorter than asked.
    """
    later = RequestRow.queued_at > after if after else None
    if holder_id is not None:
        found = RequestRow.by_holder.query(holder_id, later, limit=limit, page_size=limit)
    elif group is not None:
        found = RequestRow.by_group.query(group, later, limit=limit, page_size=limit)
    else:
        found = RequestRow.by_queue.query(AgentQueue.AGENTS, later, limit=limit, page_size=limit)
    listed, following = rows.page(found, lambda row: rows.decode(RequestSummary, row.summary), by="queued_at")
    return [one for one in listed if not (free_only and one.holder)], following


def waiting_in(queue: AgentQueue, *, limit: int = 100) -> list[RequestSummary]:
    """The requests of a queue, oldest first."""
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
    """Remove a request, unless somebody has written it meanwhile; the count of its group follows."""
    _follow(transaction, request, None)
    rows.erase(transaction, RequestRow(request.request_id), request)


def _opener(request: Request) -> str | None:
    if request.opened_by is Actor.SYSTEM:
        return None
    return _company(request.company_id) if request.opened_by is Actor.EMPLOYER else _member(request.member_id)


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
        company_id=request.company_id,
        group=request.group,
        holder=request.handling.holder,
        to_confirm=request.handling.opinion is not None,
        handle_by=_handle_by(request) if request.queue is AgentQueue.AGENTS else None,
    )
