"""The pay that companies declare, contract by contract and month by month, and what their DSN said of contributions.

Every declaration is kept as it was made. A large one lies in several items, each with some of its members, written
together.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from pynamodb.attributes import UnicodeAttribute

from chalicelib import settings
from chalicelib.domain.contributions.declared_pay import PayDeclaration, declared_pay
from chalicelib.domain.dsn.record import DsnRecord
from chalicelib.domain.money import Cents
from chalicelib.storage import rows
from chalicelib.storage.transaction import Transaction

MEMBERS_PER_ITEM = 1_000
MOST_MEMBERS = 20_000
MOST_PIECES = 10_000


class SalaryRow(rows.Row):
    """Some of the members of one declaration."""

    class Meta(rows.Meta):
        table_name = settings.table("salaries")

    contract = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    document = UnicodeAttribute()


def declared(company_id: str, contract_id: str, months: Iterable[date]) -> Mapping[date, Mapping[str, Cents]]:
    """The pay of each member in some months, by the latest declarations; a month is written as its first day.

    A month of which nothing was declared is empty. Units: cents.
    """
    wanted = sorted({month.replace(day=1) for month in months})
    if not wanted:
        return {}
    by_month = defaultdict(list)
    for one in history(company_id, contract_id, since=wanted[0], until=wanted[-1]):
        by_month[one.month].append(one)
    return {month: declared_pay(by_month[month]) for month in wanted}


def history(company_id: str, contract_id: str, *, since: date, until: date) -> list[PayDeclaration]:
    """Every declaration of the months between two, both included, in the order of months, then of when it was made."""
    found = SalaryRow.query(
        _contract(company_id, contract_id),
        SalaryRow.entry.between(_month(since), f"{_month(until)}~"),
        consistent_read=True,
        limit=MOST_PIECES,
        page_size=rows.PAGE_SIZE,
    )
    whole = _whole(rows.decode(PayDeclaration, row.document) for row in found)
    return sorted(whole, key=lambda one: (one.month, one.order))


def add(transaction: Transaction, declaration: PayDeclaration) -> None:
    """Record a declaration within a transaction, which fails when it was recorded already."""
    amounts = declaration.amounts
    for number, start in enumerate(range(0, len(amounts) or 1, MEMBERS_PER_ITEM)):
        part = replace(declaration, amounts=amounts[start : start + MEMBERS_PER_ITEM])
        _put(transaction, _pay_key(declaration, number), rows.encode(part))


def dsn_records(company_id: str, contract_id: str, *, since: date, until: date) -> list[DsnRecord]:
    """What was recorded of the DSN of the main months between two, both included, in the order it was recorded."""
    found = SalaryRow.query(
        _contract(company_id, contract_id),
        SalaryRow.entry.between(f"dsn#{since:%Y-%m}", f"dsn#{until:%Y-%m}~"),
        consistent_read=True,
        limit=MOST_PIECES,
        page_size=rows.PAGE_SIZE,
    )
    whole: dict[tuple[date, str], DsnRecord] = {}
    for row in found:
        piece = rows.decode(DsnRecord, row.document)
        begun = whole.get((piece.month, piece.record_id))
        whole[piece.month, piece.record_id] = (
            replace(begun, declared=(*begun.declared, *piece.declared)) if begun else piece
        )
    return sorted(whole.values(), key=lambda one: (one.month, one.recorded_at, one.record_id))


def add_dsn(transaction: Transaction, record: DsnRecord) -> None:
    """Record what a DSN said within a transaction, which fails when that was recorded already."""
    for number, start in enumerate(range(0, len(record.declared) or 1, MEMBERS_PER_ITEM)):
        part = replace(record, declared=record.declared[start : start + MEMBERS_PER_ITEM])
        _put(transaction, _dsn_key(record, number), rows.encode(part))


def _put(transaction: Transaction, key: tuple[str, str], document: str) -> None:
    contract, entry = key
    transaction.put(SalaryRow(contract=contract, entry=entry, document=document), rows.absent(SalaryRow))


def _whole(pieces: Iterable[PayDeclaration]) -> Iterator[PayDeclaration]:
    """The declarations of which one reads the pieces, which come one after another."""
    current: PayDeclaration | None = None
    for piece in pieces:
        if current and (current.month, current.order) == (piece.month, piece.order):
            current = replace(current, amounts=(*current.amounts, *piece.amounts))
            continue
        if current:
            yield current
        current = piece
    if current:
        yield current


def _contract(company_id: str, contract_id: str) -> str:
    return f"{company_id}#{contract_id}"


def _month(month: date) -> str:
    return f"pay#{month:%Y-%m}"


def _pay_key(declaration: PayDeclaration, number: int) -> tuple[str, str]:
    entry = f"{_month(declaration.month)}#{declaration.declaration_id}#{number:03d}"
    return _contract(declaration.company_id, declaration.contract_id), entry


def _dsn_key(record: DsnRecord, number: int) -> tuple[str, str]:
    entry = f"dsn#{record.month:%Y-%m}#{record.record_id}#{number:03d}"
    return _contract(record.company_id, record.contract_id), entry
