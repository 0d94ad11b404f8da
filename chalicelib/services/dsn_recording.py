"""Recording what a checked DSN says: pay and contributions, each once however often it is asked (H46, dossier 8.3)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from functools import partial

from chalicelib.domain.account import Account
from chalicelib.domain.contributions.declared_pay import PayDeclaration, PaySource
from chalicelib.domain.dsn.people import DeclaredLine
from chalicelib.domain.dsn.record import DsnRecord, declared_of
from chalicelib.domain.errors import FieldErrors
from chalicelib.domain.periods import add_months
from chalicelib.observability import log
from chalicelib.services import salaries, tokens
from chalicelib.services.dsn_check import DsnChecked
from chalicelib.storage import contracts
from chalicelib.storage import salaries as stored
from chalicelib.storage.transaction import Transaction, retry_stale

REPLACED_MONTHS = 13
"""How far back a recall of an earlier file of the same origin is looked for: a year, and the month before it."""


def apply(account: Account, company_id: str, file_id: str, checked: DsnChecked, *, at: datetime) -> None:
    """Record what a checked DSN says: pay and contributions, each once however often this is asked.

    The pay of the main month takes the place of what was declared; that of an earlier month is a recall and adds to it.
    What an earlier file of the same establishment, month and fraction said counts no longer.

    Errors: ``FieldErrors`` on ``file_id`` when it may not be recorded.
    """
    report = checked.report
    if not report.can_be_applied or report.month is None:
        sentence = "Cette DSN ne peut pas être enregistrée\u00a0: corrigez ce que le compte rendu rejette."
        raise FieldErrors.on("file_id", sentence, "rejected")
    for contract in contracts.of_company(company_id):
        lines = [one for one in checked.lines if one.contract_id == contract.contract_id]
        record = DsnRecord(
            record_id=tokens.derived_id("dsn", file_id, contract.contract_id),
            company_id=company_id,
            contract_id=contract.contract_id,
            month=report.month,
            origin=report.origin,
            recorded_at=at,
            declared=tuple(declared_of(lines)),
        )
        retry_stale(partial(_record, record))
        if salaries.priced_on_pay(contract):
            made = PayDeclaration(
                declaration_id=file_id,
                company_id=company_id,
                contract_id=contract.contract_id,
                month=report.month,
                declared_at=at,
                declared_by=account.account_id,
                by=account.display_name,
                source=PaySource.DSN,
                amounts=(),
                origin=report.origin,
            )
            salaries.record(_pay(made, lines))
    log("dsn", company_id=company_id, outcome="recorded", count=report.people)


def _record(record: DsnRecord) -> None:
    """Record what a DSN says unless that was done; nothing is said of a contract that neither it nor another names."""
    known = stored.dsn_records(record.company_id, record.contract_id, since=record.month, until=record.month)
    replaces = any(one.origin == record.origin for one in known)
    if any(one.record_id == record.record_id for one in known) or not (record.declared or replaces):
        return
    recorded_at = max([record.recorded_at, *(one.recorded_at + salaries.JUST_AFTER for one in known)])
    with Transaction() as transaction:
        stored.add_dsn(transaction, replace(record, recorded_at=recorded_at))


def _pay(made: PayDeclaration, lines: Iterable[DeclaredLine]) -> Iterator[PayDeclaration]:
    """The declarations of pay of a file, month by month; an empty one where a file that it replaces said something."""
    by_month: dict[date, Counter[str]] = defaultdict(Counter)
    for one in lines:
        if one.pay_cents is not None:
            by_month[one.month][one.member_id] += one.pay_cents
    since = add_months(made.month, -REPLACED_MONTHS)
    before = stored.history(made.company_id, made.contract_id, since=since, until=made.month)
    replaced = {one.month for one in before if one.origin == made.origin}
    for month in sorted({*by_month, *replaced}):
        amounts = tuple(sorted(by_month[month].items()))
        yield replace(made, month=month, amounts=amounts, adjusts=month != made.month)
