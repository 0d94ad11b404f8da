"""Insured employees, by id; lists of a company read summaries through an index, never whole members."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from chalicelib import settings
from chalicelib.domain import leaving
from chalicelib.domain.member import AffiliationState, Member, MemberSummary
from chalicelib.domain.search_text import searchable
from chalicelib.storage import headcounts, people, rows
from chalicelib.storage.transaction import Transaction


class ByCompany(GlobalSecondaryIndex["MemberRow"]):
    """The employees of a company, in the order lists show them."""

    class Meta:
        index_name = "by-company"
        projection = IncludeProjection(["summary"])

    company_id = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)
    summary = UnicodeAttribute()


class ByState(GlobalSecondaryIndex["MemberRow"]):
    """The employees of a company who are in one state, in the same order."""

    class Meta:
        index_name = "by-state"
        projection = IncludeProjection(["summary"])

    company_state = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)
    summary = UnicodeAttribute()


class ByInvitation(GlobalSecondaryIndex["MemberRow"]):
    """The employees of a company who have not answered their invitation, by the last day they can."""

    class Meta:
        index_name = "by-invitation"
        projection = IncludeProjection(["summary"])

    company_id = UnicodeAttribute(hash_key=True)
    due_on = UnicodeAttribute(range_key=True)
    summary = UnicodeAttribute()


class ByDeadline(GlobalSecondaryIndex["MemberRow"]):
    """Members to whom something happens by itself once a day has passed."""

    class Meta:
        index_name = "by-deadline"
        projection = IncludeProjection(["summary"])

    next_day = UnicodeAttribute(hash_key=True)
    member_id = UnicodeAttribute(range_key=True)


class MemberRow(rows.Document):
    """One insured employee."""

    class Meta(rows.Meta):
        table_name = settings.table("members")

    member_id = UnicodeAttribute(hash_key=True)
    company_id = UnicodeAttribute()
    company_state = UnicodeAttribute()
    listed_as = UnicodeAttribute()
    due_on = UnicodeAttribute(null=True)
    next_day = UnicodeAttribute(null=True)
    summary = UnicodeAttribute()
    by_company = ByCompany()
    by_state = ByState()
    by_invitation = ByInvitation()
    by_deadline = ByDeadline()


def several(member_ids: Iterable[str]) -> dict[str, Member]:
    """Those of some members that are there, in one call per hundred."""
    wanted = sorted(set(member_ids))
    found = MemberRow.batch_get(wanted, consistent_read=True) if wanted else ()
    return {row.member_id: rows.decode(Member, row.document) for row in found}


def get(member_id: str) -> Member | None:
    """A member, or ``None``."""
    row = MemberRow.find(member_id)
    return rows.decode(Member, row.document) if row else None


def page_of_company(
    company_id: str,
    *,
    state: AffiliationState | None = None,
    beginning: str = "",
    after: str | None = None,
    limit: int,
) -> tuple[list[MemberSummary], str | None]:
    """One page of a company's employees by name, and what to pass as ``after`` for the next.

    Those in one state only, or whose last name (then first name) has a beginning; only these are read.
    """
    wanted = searchable(beginning)
    listed_as, _, member_id = (after or "").rpartition("#")
    if after and not (listed_as and member_id and after.startswith(wanted)):
        return [], None
    start = {"listed_as": {"S": after}, "member_id": {"S": member_id}} if after else {}
    names = MemberRow.listed_as.startswith(wanted) if wanted else None
    if state is None:
        found = MemberRow.by_company.query(
            company_id,
            names,
            last_evaluated_key=start | {"company_id": {"S": company_id}} if start else None,
            limit=limit,
            page_size=limit,
        )
    else:
        found = MemberRow.by_state.query(
            _company_state(company_id, state),
            names,
            last_evaluated_key=start | {"company_state": {"S": _company_state(company_id, state)}} if start else None,
            limit=limit,
            page_size=limit,
        )
    return rows.page(found, lambda row: rows.decode(MemberSummary, row.summary), by="listed_as")


def invited_until(company_id: str, day: date, *, limit: int) -> list[MemberSummary]:
    """The employees of a company whose invitation ends by a day, soonest first."""
    found = MemberRow.by_invitation.query(company_id, MemberRow.due_on <= day.isoformat(), limit=limit, page_size=limit)
    return [rows.decode(MemberSummary, row.summary) for row in found]


def followed_after(day: date, *, limit: int = 5_000) -> list[str]:
    """The members to whom something happens by itself once a day has passed.

    ``leaving.next_day`` says what happens to the member, ``Beneficiary.next_day`` to the people they cover.
    """
    found = MemberRow.by_deadline.query(day.isoformat(), limit=limit, page_size=rows.PAGE_SIZE)
    return [row.member_id for row in found]


def save(transaction: Transaction, member: Member) -> None:
    """Write a member, unless somebody else has written it meanwhile; the company's headcount follows."""
    summary = member.summary
    next_day = min((day for day in (leaving.next_day(member), member.people_next_day) if day), default=None)
    rows.write(
        transaction,
        MemberRow,
        replace(member, counted_as=member.state, found_under=people.names_of(member)),
        member_id=member.member_id,
        company_id=member.company_id,
        company_state=_company_state(member.company_id, member.state),
        listed_as=summary.listed_as,
        due_on=summary.invited_until.isoformat() if summary.invited_until else None,
        next_day=next_day.isoformat() if next_day else None,
        summary=rows.encode(summary),
    )
    headcounts.follow(transaction, member)
    people.follow(transaction, member)


def _company_state(company_id: str, state: AffiliationState) -> str:
    return f"{company_id}#{state}"


def erase(transaction: Transaction, member: Member) -> None:
    """Remove a member, unless somebody has written it meanwhile; the company's headcount follows."""
    headcounts.leave(transaction, member)
    people.leave(transaction, member)
    rows.erase(transaction, MemberRow(member.member_id), member)
