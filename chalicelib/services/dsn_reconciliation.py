"""What the DSN of a month says against what was called for it: where its declaration stands (dossier 8.3, 10)."""

from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.domain.company import Contract
from chalicelib.domain.contributions.insured import month_of
from chalicelib.domain.contributions.reconciliation import Discrepancy, DsnState, discrepancies, dsn_state
from chalicelib.domain.contributions.statement import Statement, StatementKind, months_in
from chalicelib.domain.dsn.record import declared_by
from chalicelib.domain.money import Cents
from chalicelib.services import companies, contribution_lines
from chalicelib.storage import contributions, members, salaries


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A difference on one person, by the name that the employer knows."""

    name: str
    discrepancy: Discrepancy


@dataclass(frozen=True, slots=True, kw_only=True)
class DsnMonth:
    """One month of one contract: where its DSN stands, when it last came, and where it differs. Units: cents.

    ``called_cents`` and ``declared_cents`` are absent while nothing was called, or declared.
    """

    contract: Contract
    month: date
    state: DsnState
    received_at: datetime | None
    called_cents: Cents | None
    declared_cents: Cents | None
    differences: tuple[Difference, ...]


def called(company_id: str, contract_id: str, month: date) -> Statement | None:
    """What was called for a month under a contract, later corrections of it included; ``None`` before its call.

    Only the lines of that month are in it.
    """
    account = contributions.account(company_id, contract_id)
    if account is None:
        return None
    kept = [one for one in account.called if one.parts and one.period.end is not None and one.period.end > month]
    calls = [one for one in kept if one.kind is StatementKind.CALL and month in months_in(one.period)]
    issued = contributions.issued(calls[0].number) if calls else None
    if issued is None:
        return None
    return Statement(
        number=issued.number,
        kind=issued.kind,
        contract_id=contract_id,
        company_id=company_id,
        period=month_of(month),
        issued_on=issued.issued_on,
        due_on=issued.due_on,
        conventions=issued.conventions,
        lines=tuple(
            line for one in kept for line in contribution_lines.every(one.lines, one.parts) if line.month == month
        ),
    )


def read(company_id: str, contract_id: str, month: date) -> DsnMonth:
    """Where the DSN of a month stands for a contract, and its differences from what was called.

    Errors: ``NotFound``.
    """
    contract = companies.contract(company_id, contract_id)
    records = salaries.dsn_records(company_id, contract_id, since=month, until=month)
    whole = declared_by(records)
    declared = None if whole is None else [one for one in whole if one.month == month]
    statement = called(company_id, contract_id, month)
    found = discrepancies(statement, declared) if statement is not None and declared is not None else ()
    names = members.several(one.member_id for one in found)
    return DsnMonth(
        contract=contract,
        month=month,
        state=dsn_state(statement, declared),
        received_at=max((one.recorded_at for one in records), default=None),
        called_cents=sum(line.ttc_cents for line in statement.lines) if statement else None,
        declared_cents=None if declared is None else sum(one.amount_cents for one in declared),
        differences=tuple(
            Difference(name=names[one.member_id].name if one.member_id in names else "", discrepancy=one)
            for one in found
        ),
    )
