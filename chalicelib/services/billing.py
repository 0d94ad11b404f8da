"""Calling contributions: one contract at a time, each of its periods once, whatever runs twice, late or breaks off.

A call is decided on what is read, its lines are put where only it will look for them, then one transaction writes the
statement, what is left of it, its posting, the account that moves on, and the mails. The number follows from contract
and period and the account is written under its version: of two runs one writes, the other begins again and finds
nothing to do. What comes after the transaction (waking the mailer, the PDF) is found again by the outbox and by
whoever asks for the document.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import partial

from chalicelib import clock
from chalicelib.domain.company import Company, Contract
from chalicelib.domain.contributions.account import CalledPeriod, ContributionAccount, Trouble
from chalicelib.domain.contributions.bank_days import debit_day
from chalicelib.domain.contributions.contribution import contribution_of
from chalicelib.domain.contributions.insured import Insured, facts_before
from chalicelib.domain.contributions.issued import Debit, Issued, issued_from
from chalicelib.domain.contributions.line import Line
from chalicelib.domain.contributions.reference import statement_number
from chalicelib.domain.contributions.statement import (
    BilledContract,
    Called,
    Statement,
    StatementKind,
    called_months,
    issue,
    issue_regularisation,
    months_in,
)
from chalicelib.domain.contributions.taxes import TaxKind, tax_percent
from chalicelib.domain.contributions.terms import billed_contract
from chalicelib.domain.errors import FieldErrors, NoParameterFor, NotFound, Refused
from chalicelib.domain.law import parameter
from chalicelib.domain.money import Cents
from chalicelib.domain.periods import Period, add_months
from chalicelib.gateways import queues
from chalicelib.services import (
    contribution_accounts,
    contribution_ledger,
    contribution_lines,
    contribution_mails,
    contribution_people,
    messages,
)
from chalicelib.services.contribution_ledger import Books
from chalicelib.services.contribution_lines import Facts
from chalicelib.services.contribution_people import Pay
from chalicelib.storage import companies, contracts, contributions, salaries
from chalicelib.storage.transaction import Transaction, retry_stale
from chalicelib.texts.dates import day_in_words

PERIODS_AT_ONCE = 60
UNKNOWN_NUMBER = "legal_number_unknown"
PAY_MISSING = "pay_not_declared"


class Outcome(StrEnum):
    """What calling a contract came to."""

    CALLED = "called"
    NOTHING_DUE = "nothing_due"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """What a call of one contract is made of, as it was read."""

    company: Company
    contract: Contract
    billed: BilledContract
    account: ContributionAccount
    today: date

    @property
    def only_corrects(self) -> bool:
        """Whether every period was called, so that only corrections are left."""
        end = self.billed.cover.end
        return end is not None and self._first_day >= end

    @property
    def period(self) -> Period:
        """The period that is called."""
        return self.billed.calendar.period_of(self._first_day, cover=self.billed.cover)

    @property
    def _first_day(self) -> date:
        if self.account.next_from is None:
            raise NotFound
        return self.account.next_from

    @property
    def window_from(self) -> date:
        """The first month that may still be corrected."""
        lookback = int(parameter("contribution.lookback", on=self.today).value)
        return add_months(self.today.replace(day=1), -lookback)

    @property
    def held(self) -> tuple[CalledPeriod, ...]:
        """The earlier statements that may still be corrected."""
        return tuple(one for one in self.account.called if one.period.end and one.period.end > self.window_from)


def call(company_id: str, contract_id: str) -> Outcome:
    """Call every period of a contract whose day has come, the oldest first; a contract that is late catches up.

    What keeps it from being called is noted on its account and tried again the next day; the company is told once when
    it must declare pay.

    Errors: ``NotFound``; ``Stale`` when others keep writing its account.
    """
    called = False
    for _ in range(PERIODS_AT_ONCE):
        outcome = retry_stale(partial(_call_next, company_id, contract_id))
        if outcome is not Outcome.CALLED:
            return Outcome.CALLED if called and outcome is Outcome.NOTHING_DUE else outcome
        called = True
    return Outcome.CALLED


def _call_next(company_id: str, contract_id: str) -> Outcome:
    today = clock.today()
    account = contributions.account(company_id, contract_id)
    if account is None or account.bill_on is None or account.bill_on > today:
        return Outcome.NOTHING_DUE
    company, contract = companies.get(company_id), contracts.get(company_id, contract_id)
    if company is None or contract is None:
        raise NotFound
    try:
        call = _Call(company=company, contract=contract, billed=billed_contract(contract), account=account, today=today)
        later = _later_day(call)
        if later is not None:
            _put_back(account, later)
            return Outcome.NOTHING_DUE
        books = Books(account=account, ledger=contributions.ledger(company_id, contract_id))
        statement, facts = _statement(call, books)
        moved = _moved_on(call, statement)
    except (NoParameterFor, FieldErrors, Refused) as error:
        _note(account, contract, company, _trouble(error, today))
        return Outcome.TROUBLE
    if statement is None:
        with Transaction() as transaction:
            contributions.save_account(transaction, moved)
        return Outcome.CALLED
    _commit(call, books, statement, moved, facts)
    return Outcome.CALLED


def _later_day(call: _Call) -> date | None:
    """The day to wait for when it is not come by the contract as it is now: an end learnt late, another tariff."""
    day = contribution_accounts.call_day(call.account, call.billed)
    return day if day is not None and day > call.today else None


def _put_back(account: ContributionAccount, day: date) -> None:
    with Transaction() as transaction:
        contributions.save_account(transaction, replace(account, bill_on=day, trouble=None))


def _statement(call: _Call, books: Books) -> tuple[Statement | None, Facts]:
    """What is called now, by the facts as they are known now; nothing when there is no line."""
    pay = _pay(call)
    insured = contribution_people.insured_under(call.contract, call.billed.tariffs, pay)
    former, insured = _former(call, insured, pay)
    balance = books.ledger.balance_cents()
    until = _until(call)
    facts = Facts(
        until=until,
        contract=_contract_digest(call, until),
        people={one.member_id: facts_before(one, until) for one in insured},
    )
    if call.only_corrects:
        return _last_corrections(call, insured, former, balance), facts
    period = call.period
    statement = issue(
        call.billed,
        number=_number(call, months_in(period)[0], 0),
        period_of=period.start,
        issued_on=call.today,
        insured=insured,
        former=former,
        balance_cents=balance,
    )
    return (statement if statement.lines else None), facts


def _last_corrections(call: _Call, insured: Sequence[Insured], former: Called, balance: Cents) -> Statement | None:
    return issue_regularisation(
        call.billed,
        number=_number(call, call.today.replace(day=1), 1),
        issued_on=call.today,
        due_on=call.today,
        insured=insured,
        former=former,
        balance_cents=balance,
    )


def _number(call: _Call, month: date, rank: int) -> str:
    return statement_number(call.company.numero_adherent, call.contract.contract_id, month=month, rank=rank)


def _until(call: _Call) -> date:
    """The first day of which a call says nothing."""
    ends = [one.period.end for one in call.account.called if one.period.end]
    if not call.only_corrects and call.period.end:
        ends.append(call.period.end)
    return max(ends, default=call.billed.cover.start)


def _pay(call: _Call) -> Pay:
    """The pay declared for the months a call rests on: whole years, since the ceilings add up from January on."""
    if not contribution_accounts.on_pay(call.billed):
        return {}
    first = call.window_from.replace(month=1, day=1)
    return salaries.declared(call.company.company_id, call.contract.contract_id, months_in(Period(first, _until(call))))


def _former(call: _Call, insured: list[Insured], pay: Pay) -> tuple[Called, list[Insured]]:
    """What was called before, of those about whom something has changed since; and everybody to look at again.

    Who was called and is still known, but under another contract, is looked at too; of those whose data is gone nothing
    is corrected any more.
    """
    months = tuple(month for month in called_months(call.held) if month >= call.window_from)
    known = _settled_facts(call)
    settled = frozenset(
        one.member_id for one in insured if known and facts_before(one, known.until) == known.people.get(one.member_id)
    )
    unseen = set(known.people) - {one.member_id for one in insured} if known else set[str]()
    if known and not unseen and len(settled) == len(insured):
        return Called(months=months, settled=settled), insured
    lines = [
        replace(line, steps=(), law=())
        for one in call.held
        for line in contribution_lines.every(one.lines, one.parts)
        if line.member_id not in settled and line.month in months
    ]
    missing = {line.member_id for line in lines} - {one.member_id for one in insured}
    more = contribution_people.named(missing, call.contract, call.billed.tariffs, pay)
    everybody = [*insured, *more]
    return Called(months=months, lines=_of(everybody, lines), settled=settled), everybody


def _of(people: Sequence[Insured], lines: Sequence[Line]) -> list[Line]:
    known = {one.member_id for one in people}
    return [line for line in lines if line.member_id in known]


def _settled_facts(call: _Call) -> Facts | None:
    """What the last statement rested on, when the contract and the law are still the same for its months."""
    latest = call.held[-1] if call.held else None
    facts = contribution_lines.facts(latest.lines) if latest and latest.lines else None
    return facts if facts and facts.contract == _contract_digest(call, facts.until) else None


def _contract_digest(call: _Call, until: date) -> str:
    """A digest of what the months before a day cost, whoever is insured: the tariffs, the cover, the law."""
    cover, billed = call.billed.cover, call.billed
    end = min(cover.end or until, until)
    lookback = int(parameter("contribution.lookback", on=until).value)
    months = [add_months(until.replace(day=1), -back) for back in range(lookback + 1)]
    tariffs = sorted(f"{one}" for one in billed.tariffs if one.valid_from < until)
    said = f"{cover.start} {end} {tariffs} {[_law(month) for month in months]}"
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _law(month: date) -> str:
    try:
        taxes = [f"{tax_percent(kind, on=month)}" for kind in TaxKind]
        return f"{parameter('pmss', on=month).value} {taxes}"
    except NoParameterFor:
        return "unknown"


def _moved_on(call: _Call, statement: Statement | None) -> ContributionAccount:
    """The account once this call is made: the next period, and the day on which it is called."""
    if call.only_corrects:
        return replace(call.account, next_from=None, bill_on=None, trouble=None)
    period = call.period
    empty = CalledPeriod(number="", kind=StatementKind.CALL, period=period, lines="", parts=0)
    called = call.held if statement is not None else (*call.held, empty)
    moved = replace(call.account, next_from=period.end, called=called, trouble=None)
    return replace(moved, bill_on=contribution_accounts.call_day(moved, call.billed))


def _commit(call: _Call, books: Books, statement: Statement, moved: ContributionAccount, facts: Facts) -> None:
    posting = statement.posting
    left = contribution_ledger.left_after(books.ledger, posting)
    own = left.pop(statement.number, 0)
    folder, parts = contribution_lines.write(statement.company_id, statement.number, statement.lines, facts)
    issued = issued_from(
        statement,
        contract_number=call.contract.number,
        debit=_debit(call, statement, own),
        lines=folder,
        parts=parts,
    )
    entry = CalledPeriod(
        number=statement.number, kind=statement.kind, period=statement.period, lines=folder, parts=parts
    )
    account = replace(moved, called=(*moved.called, entry))
    owing = [one.statement for one in books.ledger.owed() if one.statement and one.owed_cents > 0 and issued.debit]
    others = contributions.several({*left, *owing})
    earlier = [others[number].summary for number in owing if number in others]
    with Transaction() as transaction:
        contributions.create(transaction, issued, contribution_of(issued).owing(own, since=call.today))
        contribution_ledger.add(transaction, books, posting, account=account)
        for number, contribution in others.items():
            if number in left:
                contributions.save(transaction, contribution.owing(left[number], since=call.today))
        message_ids = contribution_mails.announce(transaction, call.company, issued, earlier)
    messages.dispatch(*message_ids)
    request_document(issued)


def request_document(issued: Issued) -> None:
    """Have the PDF of a statement written; safe to repeat."""
    queues.send("documents", {"document": "contribution", "number": issued.number})


def _debit(call: _Call, statement: Statement, amount: Cents) -> Debit | None:
    """The debit that a statement announces, where the company has signed a mandate and owes something."""
    mandate = call.company.bank.mandate_on(clock.now()) if call.company.bank else None
    if mandate is None or amount <= 0:
        return None
    return Debit(
        rum=mandate.rum,
        ics=mandate.ics,
        iban_masked=mandate.iban_masked,
        debit_on=debit_day(statement.due_on, told_on=call.today),
        amount_cents=amount,
    )


def _trouble(error: NoParameterFor | FieldErrors | Refused, today: date) -> Trouble:
    match error:
        case NoParameterFor():
            sentence = f"Un chiffre légal n’est pas connu au {day_in_words(error.on)} ({error.key})."
            return Trouble(since=today, code=UNKNOWN_NUMBER, sentence=sentence)
        case FieldErrors():
            sentence = " ".join(fault.message for fault in error.faults)
            return Trouble(since=today, code=contribution_accounts.INCOMPLETE, sentence=sentence)
        case Refused():
            return Trouble(since=today, code=error.code, sentence=error.sentence)


def _note(account: ContributionAccount, contract: Contract, company: Company, trouble: Trouble) -> None:
    """Note why a contract could not be called; the company is told, once, when it is the one to act."""
    noted = contribution_accounts.put_off(account, trouble, today=clock.today())
    if trouble.code == contribution_accounts.INCOMPLETE:
        noted = replace(noted, bill_on=None)
    tell = trouble.code == PAY_MISSING and (account.trouble is None or account.trouble.code != PAY_MISSING)
    message_ids: list[str] = []
    with Transaction() as transaction:
        contributions.save_account(transaction, noted)
        if tell:
            message_ids = contribution_mails.ask_for_pay(transaction, company, contract, since=trouble.since)
    messages.dispatch(*message_ids)
