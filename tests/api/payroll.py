"""What the routes about pay and unpaid contributions are asked about: a contract on pay, debts at each step."""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from chalicelib import clock
from chalicelib.domain.contributions.contribution import Contribution
from chalicelib.domain.contributions.dunning_file import DunningFile, RegisteredLetter
from chalicelib.domain.contributions.state import Collection
from chalicelib.domain.contributions.statement import StatementKind
from chalicelib.domain.periods import Period, add_months
from chalicelib.gateways import documents
from chalicelib.storage import contributions, dunning
from chalicelib.storage.transaction import Transaction
from tests import samples

ON_PAY: Mapping[str, Any] = {
    "frequency": "monthly",
    "due_day": 15,
    "employer_share_percent": "60",
    "rates": [{"label": "Tranche 1", "basis": "tranche_1_percent", "value": "1.50"}],
    "taxes": [{"kind": "exonere"}],
}
LETTER = {"sent_on": f"{clock.today()}", "reference": "1A 123 456"}

_numbers = itertools.count(1)


def contract_on_pay() -> dict[str, Any]:
    """A prévoyance contract whose contributions are a share of pay."""
    return samples.provident_contract() | {"contributions": dict(ON_PAY)}


def month() -> str:
    """The month under way, as an address writes it."""
    return f"{clock.today():%Y-%m}"


def debt(company_id: str, contract_id: str, *, step: str = "notice") -> str:
    """A new unpaid contribution of a company: in formal notice, to suspend, suspended and to terminate, or paid."""
    number, today = f"IMP-{next(_numbers):05d}", clock.today()
    noticed = today - timedelta(days=60)
    collection = Collection(
        due_on=noticed - timedelta(days=10),
        called_cents=58_88,
        owed_cents=58_88,
        reminded_on=noticed - timedelta(days=9),
        formal_notice_on=noticed,
    )
    file = DunningFile(
        number=number,
        company_id=company_id,
        company_name="Conserverie",
        contract_id=contract_id,
        contract_number="PREV",
        due_on=collection.due_on,
        formal_notice_on=noticed,
        noticed_cents=58_88,
    )
    if step != "notice":
        file = replace(file, letter=RegisteredLetter(sent_on=noticed, reference="1A 123", recorded_by="agent"))
    if step in {"suspended", "paid"}:
        suspended_on = noticed + timedelta(days=31)
        collection = replace(collection, suspended_on=suspended_on, owed_cents=0 if step == "paid" else 58_88)
        file = replace(file, suspended_on=suspended_on)
    first = add_months(noticed.replace(day=1), -1)
    contribution = Contribution(
        number=number,
        kind=StatementKind.CALL,
        company_id=company_id,
        contract_id=contract_id,
        contract_number="PREV",
        period=Period(first, add_months(first, 1)),
        issued_on=noticed,
        collection=collection,
    )
    with Transaction() as transaction:
        contributions.save(transaction, contribution)
        dunning.save(transaction, file)
    key = f"contributions/{company_id}/{number}/mise-en-demeure.pdf"
    documents.write("documents", key, samples.pdf("Mise en demeure"), content_type="application/pdf")
    return number
