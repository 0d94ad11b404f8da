"""Insured employees, by id; lists of a company read summaries through an index, never whole members."""

from datetime import date

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from chalicelib import settings
from chalicelib.domain.member import AffiliationState, Member, MemberSummary
from chalicelib.storage import rows
from chalicelib.storage.transaction import Transaction


class ByCompany(GlobalSecondaryIndex["MemberRow"]):
    """The employees of a company, in the order lists show them."""

    class Meta:
        index_name = "by-company"
        projection = IncludeProjection(["summary"])

    company_id = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)
    summary = UnicodeAttribute()


class ByDeadline(GlobalSecondaryIndex["MemberRow"]):
    """Members whose invitation can last be used on a day."""

    class Meta:
        index_name = "by-deadline"
        projection = IncludeProjection(["summary"])

    due_on = UnicodeAttribute(hash_key=True)
    member_id = UnicodeAttribute(range_key=True)


class MemberRow(rows.Document):
    """One insured employee."""

    class Meta(rows.Meta):
        table_name = settings.table("members")

    member_id = UnicodeAttribute(hash_key=True)
    company_id = UnicodeAttribute()
    listed_as = UnicodeAttribute()
    due_on = UnicodeAttribute(null=True)
    summary = UnicodeAttribute()
    by_company = ByCompany()
    by_deadline = ByDeadline()


def get(member_id: str) -> Member | None:
    """A member, or ``None``."""
    try:
        return rows.decode(Member, MemberRow.get(member_id, consistent_read=True).document)
    except MemberRow.DoesNotExist:
        return None


def page_of_company(company_id: str, *, after: str | None, limit: int) -> tuple[list[MemberSummary], str | None]:
    """One page of a company's employees by name, and what to pass as ``after`` for the next."""
    start = None
    if after:
        listed_as, _, member_id = after.rpartition("#")
        start = {
            "company_id": {"S": company_id},
            "listed_as": {"S": after},
            "member_id": {"S": member_id},
        }
        if not (listed_as and member_id):
            return [], None
    found = MemberRow.by_company.query(company_id, last_evaluated_key=start, limit=limit, page_size=limit)
    page = [rows.decode(MemberSummary, row.summary) for row in found]
    last = found.last_evaluated_key
    return page, str(last["listed_as"]["S"]) if last else None


def invitations_ending_on(day: date, *, limit: int = 500) -> list[str]:
    """The members whose invitation can last be used on a day."""
    found = MemberRow.by_deadline.query(day.isoformat(), limit=limit, page_size=rows.PAGE_SIZE)
    return [row.member_id for row in found]


def save(transaction: Transaction, member: Member) -> None:
    """Write a member, unless somebody else has written it meanwhile."""
    pending = member.state is AffiliationState.PRE_AFFILIATED and member.invited_until is not None
    rows.write(
        transaction,
        MemberRow,
        member,
        member_id=member.member_id,
        company_id=member.company_id,
        listed_as=f"{member.name.casefold()}#{member.member_id}",
        due_on=member.invited_until.isoformat() if pending and member.invited_until else None,
        summary=rows.encode(_summary(member)),
    )


def erase(transaction: Transaction, member: Member) -> None:
    """Remove a member, unless somebody has written it meanwhile."""
    rows.erase(transaction, MemberRow(member.member_id), member)


def _summary(member: Member) -> MemberSummary:
    return MemberSummary(
        member_id=member.member_id,
        name=member.name,
        email=member.email,
        numero_adherent=member.numero_adherent,
        state=member.state,
        contract_ids=tuple(one.contract_id for one in member.affiliations),
        starts_on=min((one.starts_on for one in member.affiliations), default=None),
    )
