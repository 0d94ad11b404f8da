"""Contributions: issued statements, what became of each, and the ledger and account of each contract.

Four tables. ``statements`` holds what was issued, written once. ``contributions`` holds what changes about it, under a
version: whoever decides something reads with ``get``, changes the collection, writes with ``save``. ``ledger`` holds
postings, written once each by their id; ``contribution-accounts`` what they add up to, under a version that every
posting moves, so that two writers of one contract never decide on the same balance. ``services.contribution_ledger``
does these together: nothing else should add a posting.
"""

from collections.abc import Sequence
from datetime import date

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from chalicelib import settings
from chalicelib.domain.contributions.account import ContributionAccount
from chalicelib.domain.contributions.contribution import Contribution, ContributionSummary
from chalicelib.domain.contributions.issued import Issued
from chalicelib.domain.contributions.ledger import Ledger, Posting
from chalicelib.storage import rows
from chalicelib.storage.transaction import Transaction

DUE_IN_A_DAY = 50_000
MOST_POSTINGS = 20_000


class StatementRow(rows.Row):
    """One statement as it was issued, without its lines."""

    class Meta(rows.Meta):
        table_name = settings.table("statements")

    number = UnicodeAttribute(hash_key=True)
    document = UnicodeAttribute()


class ByCompany(GlobalSecondaryIndex["ContributionRow"]):
    """The contributions of a company by the day they were called."""

    class Meta:
        index_name = "by-company"
        projection = IncludeProjection(["summary"])

    company_id = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)
    summary = UnicodeAttribute()


class ByDebit(GlobalSecondaryIndex["ContributionRow"]):
    """The contributions to debit on a day; one whose debit has left, or may not leave, is not there."""

    class Meta:
        index_name = "by-debit"
        projection = KeysOnlyProjection()

    debit_on = UnicodeAttribute(hash_key=True)
    number = UnicodeAttribute(range_key=True)


class ByStep(GlobalSecondaryIndex["ContributionRow"]):
    """The contributions about which the next step may be taken from a day on; one that is paid is not there."""

    class Meta:
        index_name = "by-step"
        projection = KeysOnlyProjection()

    step_on = UnicodeAttribute(hash_key=True)
    number = UnicodeAttribute(range_key=True)


class ContributionRow(rows.Document):
    """One contribution."""

    class Meta(rows.Meta):
        table_name = settings.table("contributions")

    number = UnicodeAttribute(hash_key=True)
    company_id = UnicodeAttribute()
    listed_as = UnicodeAttribute()
    debit_on = UnicodeAttribute(null=True)
    step_on = UnicodeAttribute(null=True)
    summary = UnicodeAttribute()
    by_company = ByCompany()
    by_debit = ByDebit()
    by_step = ByStep()


class PostingRow(rows.Row):
    """One posting of the ledger of a contract."""

    class Meta(rows.Meta):
        table_name = settings.table("ledger")

    account = UnicodeAttribute(hash_key=True)
    posting_id = UnicodeAttribute(range_key=True)
    document = UnicodeAttribute()


class ByDay(GlobalSecondaryIndex["ContributionAccountRow"]):
    """The contracts to call on a day."""

    class Meta:
        index_name = "by-day"
        projection = KeysOnlyProjection()

    bill_on = UnicodeAttribute(hash_key=True)
    contract_id = UnicodeAttribute(range_key=True)


class ContributionAccountRow(rows.Document):
    """The account of one contract of one company."""

    class Meta(rows.Meta):
        table_name = settings.table("contribution-accounts")

    company_id = UnicodeAttribute(hash_key=True)
    contract_id = UnicodeAttribute(range_key=True)
    bill_on = UnicodeAttribute(null=True)
    by_day = ByDay()


def create(transaction: Transaction, issued: Issued, contribution: Contribution) -> None:
    """Add a statement and the contribution it begins; the transaction fails if its number was issued before."""
    row = StatementRow(number=issued.number, document=rows.encode(issued))
    transaction.put(row, rows.absent(StatementRow))
    save(transaction, contribution)


def issued(number: str) -> Issued | None:
    """A statement as it was issued, or ``None``."""
    row = StatementRow.find(number)
    return rows.decode(Issued, row.document) if row else None


def get(number: str) -> Contribution | None:
    """What became of a statement, or ``None`` for a number that was never issued."""
    row = ContributionRow.find(number)
    return rows.decode(Contribution, row.document) if row else None


def several(numbers: set[str]) -> dict[str, Contribution]:
    """Contributions by number, in one call per hundred; a number never issued is left out."""
    if not numbers:
        return {}
    found = ContributionRow.batch_get(sorted(numbers), consistent_read=True)
    return {row.number: rows.decode(Contribution, row.document) for row in found}


def save(transaction: Transaction, contribution: Contribution) -> None:
    """Write a contribution, unless somebody else has written it meanwhile."""
    debit_on, step_on = contribution.debit_on, contribution.step_on
    rows.write(
        transaction,
        ContributionRow,
        contribution,
        number=contribution.number,
        company_id=contribution.company_id,
        listed_as=place_of(contribution),
        debit_on=debit_on.isoformat() if debit_on else None,
        step_on=step_on.isoformat() if step_on else None,
        summary=rows.encode(contribution.summary),
    )


def place_of(one: Contribution | ContributionSummary) -> str:
    """Where a contribution stands in the list of its company: what ``before`` takes."""
    return f"{one.issued_on.isoformat()}#{one.number}"


def page_of_company(
    company_id: str, *, issued_from: date | None = None, issued_to: date | None = None, before: str | None, limit: int
) -> tuple[list[ContributionSummary], str | None]:
    """One page of a company's contributions, newest first, and what to pass as ``before`` for the next.

    ``issued_from`` and ``issued_to`` bound the day they were called, both included.
    """
    low = issued_from.isoformat() if issued_from else "0"
    high = f"{issued_to.isoformat()}~" if issued_to else "9~"
    if low > min(high, before or high):
        return [], None
    start = None
    if before is not None and before < high:
        _, _, number = before.partition("#")
        start = {"company_id": {"S": company_id}, "listed_as": {"S": before}, "number": {"S": number}}
    found = ContributionRow.by_company.query(
        company_id,
        ContributionRow.listed_as.between(low, high),
        scan_index_forward=False,
        last_evaluated_key=start,
        limit=limit,
        page_size=limit,
    )
    return rows.page(found, lambda row: rows.decode(ContributionSummary, row.summary), by="listed_as")


def to_debit(day: date) -> list[str]:
    """The numbers of the contributions to debit on a day; each is read again before it is acted upon."""
    found = ContributionRow.by_debit.query(day.isoformat(), limit=DUE_IN_A_DAY, page_size=rows.PAGE_SIZE)
    return [row.number for row in found]


def to_follow(day: date) -> list[str]:
    """The numbers of the contributions whose next step may be taken from a day on; each is read again before."""
    found = ContributionRow.by_step.query(day.isoformat(), limit=DUE_IN_A_DAY, page_size=rows.PAGE_SIZE)
    return [row.number for row in found]


def account(company_id: str, contract_id: str) -> ContributionAccount | None:
    """The account of a contract of a company, or ``None`` when none was opened."""
    row = ContributionAccountRow.find(company_id, contract_id)
    return rows.decode(ContributionAccount, row.document) if row else None


def accounts(keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], ContributionAccount]:
    """The accounts that are there of contracts named by company and id, in one call per hundred."""
    found = ContributionAccountRow.batch_get(list(keys), consistent_read=True) if keys else ()
    return {(row.company_id, row.contract_id): rows.decode(ContributionAccount, row.document) for row in found}


def save_account(transaction: Transaction, account: ContributionAccount) -> None:
    """Write an account, unless somebody else has written it meanwhile."""
    rows.write(
        transaction,
        ContributionAccountRow,
        account,
        company_id=account.company_id,
        contract_id=account.contract_id,
        bill_on=account.bill_on.isoformat() if account.bill_on else None,
    )


def to_bill(day: date) -> list[tuple[str, str]]:
    """The contracts to call on a day, each by its company and its id; each is read again before it is called."""
    found = ContributionAccountRow.by_day.query(day.isoformat(), limit=DUE_IN_A_DAY, page_size=rows.PAGE_SIZE)
    return [(row.company_id, row.contract_id) for row in found]


def add_posting(transaction: Transaction, company_id: str, contract_id: str, posting: Posting) -> None:
    """Add a posting to the ledger of a contract; the transaction fails if one of that id was added before."""
    row = PostingRow(
        account=_ledger_of(company_id, contract_id), posting_id=posting.posting_id, document=rows.encode(posting)
    )
    transaction.put(row, rows.absent(PostingRow))


def ledger(company_id: str, contract_id: str) -> Ledger:
    """Every posting of a contract of a company."""
    found = PostingRow.query(
        _ledger_of(company_id, contract_id), consistent_read=True, limit=MOST_POSTINGS, page_size=500
    )
    return Ledger(tuple(rows.decode(Posting, row.document) for row in found))


def _ledger_of(company_id: str, contract_id: str) -> str:
    return f"{company_id}#{contract_id}"
