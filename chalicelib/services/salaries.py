"""The pay that a company declares for its prévoyance contracts: what is awaited, by form, by sheet (H43, H115).

Only contracts priced by tranches of pay need it; for any other these functions do not exist (A3). A month is declared
from its first day on, and corrected whenever that is needed: each declaration is kept, and the next statement makes
good what a correction of a past month changes (dossier 4.3, 4.5).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import partial

from chalicelib import clock
from chalicelib.domain.account import Account
from chalicelib.domain.company import Contract, ContributionBasis, Risk
from chalicelib.domain.contributions.calendar import BillingCalendar, Frequency
from chalicelib.domain.contributions.declared_pay import PayDeclaration, PaySource, declared_pay
from chalicelib.domain.contributions.insured import month_of, within
from chalicelib.domain.errors import FieldError, FieldErrors, NotFound
from chalicelib.domain.money import Cents
from chalicelib.domain.periods import Period, add_months
from chalicelib.domain.salary_sheet import TITLES, Column, SalaryRow, cents_of, check_pay, read_rows
from chalicelib.observability import log
from chalicelib.services import payroll_roster, spreadsheets, tokens
from chalicelib.services.payroll_roster import Rostered
from chalicelib.services.spreadsheet_reading import read_lines
from chalicelib.storage import contracts, contributions, salaries
from chalicelib.storage.transaction import Transaction, retry_stale

ON_PAY = {ContributionBasis.TRANCHE_1_PERCENT, ContributionBasis.TRANCHE_2_PERCENT}
JUST_AFTER = timedelta(microseconds=1)
SHOWN_MONTHS = 13
"""A year and the month under way: what is listed; older months may still be read and corrected one by one."""


class MonthState(StrEnum):
    """How much of a month is declared."""

    TO_DECLARE = "a_declarer"
    INCOMPLETE = "incomplete"
    DECLARED = "declaree"


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthToDeclare:
    """One month of one contract: by when it is declared, by how many it should be, and by how many it is."""

    contract: Contract
    month: date
    due_on: date
    expected: int
    declared: int
    total_cents: Cents

    @property
    def state(self) -> MonthState:
        """How much of it is declared."""
        if self.declared >= self.expected:
            return MonthState.DECLARED
        return MonthState.INCOMPLETE if self.declared else MonthState.TO_DECLARE

    def is_late(self, day: date) -> bool:
        """Whether something is missing after the day by which it was due."""
        return self.state is not MonthState.DECLARED and day > self.due_on


@dataclass(frozen=True, slots=True, kw_only=True)
class PayOfMember:
    """One employee of a month: what is declared by now, nothing while it is not. Units: cents."""

    member: Rostered
    pay_cents: Cents | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthOfContract:
    """One month of one contract: everybody it concerns, by name, and every declaration that was made of it."""

    contract: Contract
    month: date
    due_on: date
    people: tuple[PayOfMember, ...]
    declarations: tuple[PayDeclaration, ...]


class SalaryRowState(StrEnum):
    """What will become of a row of a sheet."""

    ACCEPTED = "ACCEPTED"
    ALREADY = "ALREADY_DECLARED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row as it was written and its verdict; one that is not refused has its member and the pay, in cents."""

    written: SalaryRow
    state: SalaryRowState
    member_id: str = ""
    pay_cents: Cents = 0
    faults: tuple[FieldError, ...] = ()


def priced_on_pay(contract: Contract) -> bool:
    """Whether contributions of a contract are a share of pay (dossier 4.3)."""
    by_rate = any(rate.basis in ON_PAY for rate in contract.terms.rates)
    return contract.risk is Risk.PROVIDENT and (by_rate or any(one.tranches for one in contract.terms.tariffs))


def contract_on_pay(company_id: str, contract_id: str) -> Contract:
    """A contract of the company that needs declarations of pay.

    Errors: ``NotFound``, also for a contract that is not priced on pay (A3).
    """
    found = contracts.get(company_id, contract_id)
    if found is None or not priced_on_pay(found):
        raise NotFound
    return found


def to_declare(company_id: str) -> list[MonthToDeclare]:
    """What a company declares, contract by contract, newest month first: the year before and the month under way.

    Years before the first that is called are not awaited; the months of its year are, since tranches are regularised
    over the year (dossier 4.3).

    Errors: ``NotFound`` for a company without a contract priced on pay (A3).
    """
    held = [one for one in contracts.of_company(company_id) if priced_on_pay(one)]
    if not held:
        raise NotFound("Cette fonction est réservée aux contrats de prévoyance cotisés sur les salaires.")
    roster = payroll_roster.of_company(company_id)
    accounts = contributions.accounts([(one.company_id, one.contract_id) for one in held])
    first = {one.contract_id: one.first_from for one in accounts.values()}
    return [one for contract in held for one in _months_to_declare(contract, roster, first.get(contract.contract_id))]


def month_of_contract(company_id: str, contract_id: str, month: date) -> MonthOfContract:
    """One month of a contract: who it concerns, what is declared, and the history of it.

    Errors: ``NotFound`` (A3); ``FieldErrors`` on ``month``.
    """
    contract = contract_on_pay(company_id, contract_id)
    check_month(contract, month)
    history = salaries.history(company_id, contract_id, since=month, until=month)
    known = declared_pay(history)
    people = _concerned(payroll_roster.of_company(company_id), contract, month)
    return MonthOfContract(
        contract=contract,
        month=month,
        due_on=due_on(contract, month),
        people=tuple(PayOfMember(member=one, pay_cents=known.get(one.member_id)) for one in people),
        declarations=tuple(history),
    )


def declare(
    account: Account, company_id: str, contract_id: str, month: date, amounts: Sequence[tuple[str, Cents]]
) -> MonthOfContract:
    """Declare the pay of some employees for a month, by form; what says what is known already changes nothing.

    Units: cents.
    Errors: ``NotFound`` (A3); ``FieldErrors`` on ``month`` or ``amounts[n].…``.
    """
    found = month_of_contract(company_id, contract_id, month)
    _check_amounts(found, amounts)
    known = {one.member.member_id: one.pay_cents for one in found.people}
    changed = tuple((member_id, cents) for member_id, cents in amounts if known[member_id] != cents)
    if not changed:
        return found
    declaration = PayDeclaration(
        declaration_id=tokens.new_id(),
        company_id=company_id,
        contract_id=contract_id,
        month=month,
        declared_at=clock.now(),
        declared_by=account.account_id,
        by=account.display_name,
        source=PaySource.FORM,
        amounts=changed,
    )
    record([declaration])
    return month_of_contract(company_id, contract_id, month)


def record(declarations: Iterable[PayDeclaration]) -> None:
    """Record declarations, each once however often this is asked."""
    for one in declarations:
        retry_stale(partial(_record, one))
        log("salaries", company_id=one.company_id, outcome=one.source.value, count=len(one.amounts))


def template(company_id: str, contract_id: str, month: date) -> str:
    """A sheet to fill in, as CSV: everybody the month concerns, with what is declared so far.

    Errors: ``NotFound`` (A3); ``FieldErrors`` on ``month``.
    """
    found = month_of_contract(company_id, contract_id, month)
    rows = [
        (
            one.member.numero_adherent,
            one.member.reference,
            one.member.name,
            None if one.pay_cents is None else spreadsheets.euros(one.pay_cents),
        )
        for one in found.people
    ]
    columns = (TITLES[Column.NUMBER], TITLES[Column.REFERENCE], "Nom", TITLES[Column.PAY])
    return spreadsheets.csv_text(columns, rows)


def check_sheet(company_id: str, contract_id: str, month: date, content: bytes, *, most: int) -> list[Row]:
    """Read a sheet and tell what would become of each row; nothing is declared.

    Errors: ``FieldErrors`` on ``content`` when it is no sheet of ours, with more than ``most`` rows, or on ``month``;
    ``NotFound`` (A3).
    """
    rows = read_rows(read_lines(content, most=most + 1))
    found = month_of_contract(company_id, contract_id, month)
    return list(_verdicts(found, rows))


def check_month(contract: Contract, month: date) -> None:
    """Refuse a month that no declaration of a contract is made for.

    Errors: ``FieldErrors`` on ``month``: before or after the contract, or still to come.
    """
    if month > clock.today():
        raise FieldErrors.on("month", "Ce mois n’a pas commencé\u00a0: déclarez-le quand la paie est faite.", "to_come")
    if within(contract.period, month_of(month)) is None:
        raise FieldErrors.on("month", "Le contrat ne court pas ce mois-là.", "outside_contract")


def due_on(contract: Contract, month: date) -> date:
    """The day by which the pay of a month is declared: the due day of the contract, in the month after.

    Source: contract clause; dossier 4.5 (a declaration without DSN follows the same days).
    """
    calendar = BillingCalendar(frequency=Frequency.MONTHLY, in_advance=False, due_day=contract.terms.due_day)
    return calendar.due_on(month_of(month))


def _months_to_declare(contract: Contract, roster: Sequence[Rostered], first: date | None) -> Iterator[MonthToDeclare]:
    current = clock.today().replace(day=1)
    months = [add_months(current, -back) for back in range(SHOWN_MONTHS)]
    year = first.replace(month=1, day=1) if first else contract.starts_on
    called = Period(start=max(year, contract.starts_on), end=contract.period.end)
    months = [month for month in months if within(called, month_of(month))]
    known = salaries.declared(contract.company_id, contract.contract_id, months)
    for month in months:
        people = {one.member_id for one in _concerned(roster, contract, month)}
        said = {member_id: cents for member_id, cents in known[month].items() if member_id in people}
        if people:
            yield MonthToDeclare(
                contract=contract,
                month=month,
                due_on=due_on(contract, month),
                expected=len(people),
                declared=len(said),
                total_cents=sum(said.values()),
            )


def _concerned(roster: Iterable[Rostered], contract: Contract, month: date) -> list[Rostered]:
    return [one for one in roster if one.is_covered(contract.contract_id, month)]


def _check_amounts(found: MonthOfContract, amounts: Sequence[tuple[str, Cents]]) -> None:
    people = {one.member.member_id for one in found.people}
    faults: list[FieldError] = []
    seen: set[str] = set()
    for index, (member_id, cents) in enumerate(amounts):
        if member_id not in people:
            sentence = "Cette personne n’est pas affiliée à ce contrat ce mois-là."
            faults.append(FieldError(f"amounts[{index}].member_id", sentence, "not_concerned"))
        elif member_id in seen:
            faults.append(FieldError(f"amounts[{index}].member_id", "Cette personne figure deux fois.", "repeated"))
        seen.add(member_id)
        try:
            check_pay(cents, f"amounts[{index}].pay_cents")
        except FieldErrors as refused:
            faults.extend(refused.faults)
    if faults:
        raise FieldErrors(*faults)


def _verdicts(found: MonthOfContract, rows: Sequence[SalaryRow]) -> Iterator[Row]:
    numbers = {one.member.numero_adherent: one for one in found.people if one.member.numero_adherent}
    references: dict[str, list[PayOfMember]] = {}
    for one in found.people:
        references.setdefault(one.member.reference.casefold(), []).append(one)
    seen: dict[str, int] = {}
    for row in rows:
        try:
            known = _who(row, numbers, references)
            cents = cents_of(row.pay)
            earlier = seen.setdefault(known.member.member_id, row.line)
            if earlier != row.line:
                sentence = f"Cette ligne répète la ligne {earlier}\u00a0: le même salarié."
                raise FieldErrors.on(_named_by(row), sentence, "repeated")
        except FieldErrors as refused:
            yield Row(written=row, state=SalaryRowState.REFUSED, faults=refused.faults)
        else:
            state = SalaryRowState.ALREADY if known.pay_cents == cents else SalaryRowState.ACCEPTED
            yield Row(written=row, state=state, member_id=known.member.member_id, pay_cents=cents)


def _who(
    row: SalaryRow, numbers: Mapping[str, PayOfMember], references: Mapping[str, Sequence[PayOfMember]]
) -> PayOfMember:
    """The employee that a row names, by the first of the two numbers that it has.

    Errors: ``FieldErrors``.
    """
    if row.number:
        found = [numbers[row.number]] if row.number in numbers else []
    else:
        found = list(references.get(row.reference.casefold(), [])) if row.reference else []
    if len(found) == 1:
        return found[0]
    if not row.number and not row.reference:
        sentence = "Indiquez le numéro adhérent ou le matricule du salarié."
        raise FieldErrors.on(Column.NUMBER, sentence, "missing")
    if found:
        sentence = "Plusieurs salariés ont ce matricule\u00a0: indiquez le numéro adhérent."
        raise FieldErrors.on(Column.REFERENCE, sentence, "ambiguous")
    sentence = (
        "Aucun salarié affilié à ce contrat ce mois-là n’a ce numéro\u00a0: "
        "vérifiez-le dans «\u00a0Mes salariés\u00a0»."
    )
    raise FieldErrors.on(_named_by(row), sentence, "not_concerned")


def _named_by(row: SalaryRow) -> Column:
    return Column.NUMBER if row.number else Column.REFERENCE


def _record(declaration: PayDeclaration) -> None:
    """Record a declaration unless that was done, as made after all that were made of its month before."""
    month = declaration.month
    before = salaries.history(declaration.company_id, declaration.contract_id, since=month, until=month)
    if any(one.declaration_id == declaration.declaration_id for one in before):
        return
    declared_at = max([declaration.declared_at, *(one.declared_at + JUST_AFTER for one in before)])
    with Transaction() as transaction:
        salaries.add(transaction, replace(declaration, declared_at=declared_at))
