"""Contracts, under the company that subscribed them."""

import json
from collections.abc import Callable
from dataclasses import replace

from pynamodb.attributes import UnicodeAttribute

from chalicelib import settings
from chalicelib.domain.company import Contract
from chalicelib.domain.errors import NotFound
from chalicelib.domain.guarantee import GuaranteeTable
from chalicelib.storage import rows
from chalicelib.storage.transaction import Transaction

CONTRACTS_PER_COMPANY = 50


class ContractRow(rows.Row):
    """One contract of one company; its guarantee tables lie in the document as they were delivered."""

    class Meta(rows.Meta):
        table_name = settings.table("contracts")

    company_id = UnicodeAttribute(hash_key=True)
    contract_id = UnicodeAttribute(range_key=True)
    document = UnicodeAttribute()


def get(company_id: str, contract_id: str) -> Contract | None:
    """One contract of a company, or ``None``."""
    row = ContractRow.find(company_id, contract_id)
    return _contract(row) if row else None


def of_company(company_id: str) -> list[Contract]:
    """The contracts of a company, by id."""
    found = ContractRow.query(company_id, consistent_read=True, limit=CONTRACTS_PER_COMPANY, page_size=rows.PAGE_SIZE)
    return [_contract(row) for row in found]


def create(transaction: Transaction, contract: Contract) -> None:
    """Add a contract."""
    transaction.put(_row(contract), rows.absent(ContractRow))


def amend(
    transaction: Transaction, company_id: str, contract_id: str, change: Callable[[Contract], Contract]
) -> Contract:
    """Change a contract as it stands, unless somebody else does so meanwhile; returns it as it becomes.

    Errors: ``NotFound``.
    """
    row = ContractRow.find(company_id, contract_id)
    if row is None:
        raise NotFound
    changed = change(_contract(row))
    transaction.put(_row(changed), ContractRow.document == row.document)
    return changed


def _row(contract: Contract) -> ContractRow:
    document = json.loads(rows.encode(replace(contract, tables=())))
    document["tables"] = [table.to_data() for table in contract.tables]
    return ContractRow(
        company_id=contract.company_id,
        contract_id=contract.contract_id,
        document=json.dumps(document, ensure_ascii=False),
    )


def _contract(row: ContractRow) -> Contract:
    document = json.loads(row.document)
    tables = tuple(GuaranteeTable.from_data(table) for table in document["tables"])
    return replace(rows.decode(Contract, json.dumps(document | {"tables": []})), tables=tables)
