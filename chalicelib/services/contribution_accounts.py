"""When each contract is called next: its account is opened with the contract and moves on with every statement."""

from dataclasses import replace
from datetime import date, timedelta

from chalicelib import clock
from chalicelib.domain.company import Contract
from chalicelib.domain.contributions.account import ContributionAccount, Trouble
from chalicelib.domain.contributions.statement import BilledContract
from chalicelib.domain.contributions.terms import billed_contract
from chalicelib.domain.errors import FieldErrors
from chalicelib.domain.periods import add_months
from chalicelib.storage import contributions
from chalicelib.storage.transaction import Transaction

LAST_CORRECTIONS_AFTER_MONTHS = 2
INCOMPLETE = "terms_incomplete"


def open_unless_open(transaction: Transaction, contract: Contract, *, called_from: date | None) -> None:
    """Open the account of a new contract: its first period is that of ``called_from``, else of its first day.

    A contract whose terms do not suffice is not called: its account says what it lacks.
    """
    if contributions.account(contract.company_id, contract.contract_id) is not None:
        return
    first_from = max(called_from or contract.starts_on, contract.starts_on)
    account = ContributionAccount(
        company_id=contract.company_id,
        contract_id=contract.contract_id,
        first_from=first_from,
        next_from=first_from,
    )
    contributions.save_account(transaction, scheduled(account, contract))


def call_again(transaction: Transaction, contract: Contract) -> None:
    """Have a contract that lacked something called once it has it, from the period that was waiting."""
    held = contributions.account(contract.company_id, contract.contract_id)
    if held is None or held.trouble is None or held.bill_on is not None:
        return
    mended = scheduled(held, contract)
    if mended.bill_on is not None:
        contributions.save_account(transaction, mended)


def scheduled(account: ContributionAccount, contract: Contract) -> ContributionAccount:
    """The account of a contract with the day on which it is called next, or with what it lacks for that.

    Once the last period was called the contract is called once more, two months after its end, for what was learnt
    meanwhile; then never again.
    """
    try:
        billed = billed_contract(contract)
    except FieldErrors as error:
        sentence = " ".join(fault.message for fault in error.faults)
        trouble = Trouble(since=clock.today(), code=INCOMPLETE, sentence=sentence)
        return replace(account, bill_on=None, trouble=trouble)
    return replace(account, bill_on=call_day(account, billed), trouble=None)


def call_day(account: ContributionAccount, billed: BilledContract) -> date | None:
    """The day on which the next period of a contract is called; that of its last corrections once there is none.

    A day that is past is today: a contract known late is called at once, however long ago it began.
    """
    end = billed.cover.end
    if account.next_from is None:
        return None
    if end is not None and account.next_from >= end:
        return max(add_months(end, LAST_CORRECTIONS_AFTER_MONTHS), clock.today())
    period = billed.calendar.period_of(account.next_from, cover=billed.cover)
    return max(billed.calendar.call_on(period, on_pay=on_pay(billed)), clock.today())


def on_pay(billed: BilledContract) -> bool:
    """Whether a contract is priced by tranches of pay, which the company must declare first."""
    return any(tariff.tranches for tariff in billed.tariffs)


def put_off(account: ContributionAccount, trouble: Trouble, *, today: date) -> ContributionAccount:
    """The account of a contract that could not be called: tried again the next day; since when is remembered."""
    known = account.trouble
    since = known.since if known is not None and known.code == trouble.code else trouble.since
    return replace(account, bill_on=today + timedelta(days=1), trouble=replace(trouble, since=since))
