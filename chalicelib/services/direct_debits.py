"""Contributions debited from companies' accounts: presented in time, booked in the ledger, taken back when they return.

What is to be debited, and on which day the company was told, is kept with the contribution. A debit rests on the
mandate in force when it is presented: one that was replaced since the announcement is never used beside its successor.
"""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from chalicelib import clock
from chalicelib.domain.bank_reason import OwnReason, reason
from chalicelib.domain.company import Company
from chalicelib.domain.contributions.bank_days import bank_day_from, is_bank_day
from chalicelib.domain.contributions.contribution import Contribution
from chalicelib.domain.direct_debit import DirectDebit, arrived, came_back, followed_again, presented, sent
from chalicelib.domain.errors import EspaceError, NotFound
from chalicelib.domain.law import parameter
from chalicelib.domain.mandate import Bank, Mandate
from chalicelib.domain.payments import Batch, BatchKind, earliest_execution, sepa_text
from chalicelib.observability import log, log_failure
from chalicelib.services import contribution_ledger, messages, payees, payment_batches, tokens
from chalicelib.services.bank_holders import company as company_holder
from chalicelib.storage import companies, contributions, payments
from chalicelib.storage.transaction import Stale, Transaction, retry_stale

LOOK_BACK = timedelta(days=30)
DEEP_LOOK = timedelta(days=430)
"""How far Monday's run looks back: a debit may come back thirteen months later, and the bank may tell it late."""
MONDAY = 0
UNKNOWN = "unknown"
"""The code of a rejection for which the bank gives none."""
PAGE = 50
MARK = "P"
"""What the name of a debit begins with at the bank; that of a transfer is all hexadecimal."""


def run() -> int:
    """Present what is to be debited before the next bank day's run could; returns how many files were written.

    What an earlier run missed is presented for the first day that is still possible. Days without a run and two runs
    in a day change nothing else.

    Errors: those of a debit that cannot be presented, once all others have left.
    """
    today = clock.today()
    if not is_bank_day(today):
        return 0
    filled, broken = _present_all(today)
    written = payment_batches.write_files(BatchKind.DEBITS, also=filled)
    _follow_again(today)
    if broken:
        raise broken[0]
    return written


def _present_all(today: date) -> tuple[set[str], list[EspaceError | ValueError]]:
    """The batches that were filled, and what is wrong with debits that could not be presented: the others go on."""
    horizon = earliest_execution(BatchKind.DEBITS, bank_day_from(today + timedelta(days=1)) - timedelta(days=1))
    filled: set[str] = set()
    broken: list[EspaceError | ValueError] = []
    day = today - LOOK_BACK
    while day <= horizon:
        for number in contributions.to_debit(day):
            try:
                filled |= retry_stale(partial(_present, number, today, horizon))
            except Stale:
                log("debit", outcome="left")
            except (EspaceError, ValueError) as error:
                log_failure("debit", error)
                broken.append(error)
        day += timedelta(days=1)
    return filled, broken


def _present(number: str, today: date, horizon: date) -> set[str]:
    contribution = contributions.get(number)
    if contribution is None or contribution.debit_on is None or contribution.debit_on > horizon:
        return set()
    company = _company(contribution.company_id)
    mandate = (company.bank or Bank()).mandate_on(clock.now())
    code = _obstacle(mandate)
    if mandate is None or code is not None:
        _give_up(contribution, code or OwnReason.MANDATE_MISSING, today)
        return set()
    collect_on = max(contribution.debit_on, earliest_execution(BatchKind.DEBITS, today))
    batch = payment_batches.to_fill(BatchKind.DEBITS, collect_on)
    debit, payment = presented(
        contribution, mandate, debit_id=_debit_id(contribution), batch_id=batch.batch_id, collect_on=collect_on
    )
    grown, part = batch.with_part([payment])
    bank = (company.bank or Bank()).debited(mandate.rum, on=collect_on)
    with Transaction() as transaction:
        payments.add_part(transaction, grown, part)
        payments.save_debit(transaction, debit)
        contributions.save(transaction, sent(contribution, on=today))
        companies.save(transaction, replace(company, bank=bank))
    return {batch.batch_id}


def _obstacle(mandate: Mandate | None) -> OwnReason | None:
    """Why a bank would not take a debit: it is not even presented then."""
    if mandate is None:
        return OwnReason.MANDATE_MISSING
    known = payees.iban_of(mandate.iban_sealed) is not None and bool(sepa_text(mandate.holder, most=70))
    return None if known else OwnReason.ACCOUNT_INVALID


def _debit_id(contribution: Contribution) -> str:
    return f"{MARK}{tokens.derived_id('debit', contribution.number, str(contribution.version))}"


def _give_up(contribution: Contribution, code: OwnReason, today: date) -> None:
    """Tell the company that its contribution is not debited, and why: it pays otherwise."""
    announced = contribution.debit
    debit = DirectDebit(
        debit_id=_debit_id(contribution),
        company_id=contribution.company_id,
        contract_id=contribution.contract_id,
        statement=contribution.number,
        amount_cents=min(announced.amount_cents if announced else 0, contribution.owed_cents),
        rum=announced.rum if announced else "",
        iban_masked=announced.iban_masked if announced else "",
        collect_on=contribution.debit_on or today,
        rejected_on=today,
        reason=code,
    )
    with Transaction() as transaction:
        payments.save_debit(transaction, debit)
        contributions.save(transaction, came_back(contribution, on=today, code=code))
        message_ids = _tell(transaction, debit)
    messages.dispatch(*message_ids)


def is_debit(name: str) -> bool:
    """Whether a name at the bank is that of a direct debit."""
    return name.startswith(MARK)


def is_rejected(debit_id: str) -> bool:
    """Whether a debit was refused or came back."""
    debit = payments.debit(debit_id)
    return debit is not None and debit.rejected_on is not None


def note_booked(debit_id: str, *, on: date) -> bool | None:
    """Note that the bank has booked a debit; whether that is news, ``None`` if it is unknown.

    Its posting is made on the day of the debit. One that was told to have come back before is taken back at once.
    """
    return retry_stale(partial(_book, debit_id, on))


def _book(debit_id: str, on: date) -> bool | None:
    debit = payments.debit(debit_id)
    if debit is None or not debit.batch_id:
        return None
    settled = replace(debit, settled_on=debit.settled_on or on)
    news = contribution_ledger.post(
        debit.company_id,
        debit.contract_id,
        settled.booking,
        change=arrived if debit.rejected_on is None else None,
        also=lambda transaction: payments.save_debit(transaction, settled),
    )
    if settled.reversal is not None:
        contribution_ledger.post(debit.company_id, debit.contract_id, settled.reversal)
    return news


def note_rejected(debit_id: str, *, code: str, on: date) -> bool | None:
    """Note that a debit was refused, returned or refunded; whether that is news, ``None`` if it is unknown.

    The debt is there again, by a posting if it was booked. The company is told, and pays as it decides (H43); a mandate
    that the bank no longer takes is blocked.
    """
    return retry_stale(partial(_reject, debit_id, code, on))


def _reject(debit_id: str, code: str, on: date) -> bool | None:
    debit = payments.debit(debit_id)
    if debit is None or not debit.batch_id:
        return None
    if debit.rejected_on is not None:
        return _specify(debit, debit.rejected_on, code)
    rejected = replace(debit, rejected_on=on, reason=code)
    change = partial(came_back, on=on, code=code)
    told: list[str] = []

    def save(transaction: Transaction) -> None:
        payments.save_debit(transaction, rejected)
        _block_mandate(transaction, rejected)
        told[:] = _tell(transaction, rejected)

    if rejected.reversal is not None:
        contribution_ledger.post(debit.company_id, debit.contract_id, rejected.reversal, change=change, also=save)
    else:
        contribution = contributions.get(debit.statement)
        with Transaction() as transaction:
            save(transaction)
            if contribution is not None:
                contributions.save(transaction, change(contribution))
    messages.dispatch(*told)
    return True


def _specify(debit: DirectDebit, rejected_on: date, code: str) -> bool:
    """Note what is wrong with a debit of a file that was refused whole, once the bank says more than of the file."""
    batch = payment_batches.find(debit.batch_id)
    file_code = batch.reason if batch else ""
    if debit.reason != OwnReason.FILE_REFUSED or code in {OwnReason.FILE_REFUSED, file_code, UNKNOWN}:
        return False
    specified = replace(debit, reason=code)
    contribution = contributions.get(debit.statement)
    told: list[str] = []
    with Transaction() as transaction:
        payments.save_debit(transaction, specified)
        _block_mandate(transaction, specified)
        if contribution is not None and contribution.collection.debit_rejected_on == rejected_on:
            contributions.save(transaction, came_back(contribution, on=rejected_on, code=code))
            told = _tell(transaction, specified)
    messages.dispatch(*told)
    return True


def _block_mandate(transaction: Transaction, debit: DirectDebit) -> None:
    if not reason(debit.reason).blocks_mandate:
        return
    company = _company(debit.company_id)
    blocked = (company.bank or Bank()).blocked(debit.rum, at=clock.now())
    companies.save(transaction, replace(company, bank=blocked))


def _tell(transaction: Transaction, debit: DirectDebit) -> list[str]:
    """Tell a company that a contribution was not debited; a file refused whole is no business of its companies."""
    if debit.reason == OwnReason.FILE_REFUSED:
        return []
    context = {"reference": debit.statement, "reason": reason(debit.reason).sentence}
    return [
        messages.write(
            transaction,
            occasion=f"debit_rejected:{debit.debit_id}:{rank}",
            template="debit_rejected",
            recipient=recipient,
            context=context,
            about=debit.debit_id,
        )
        for rank, recipient in enumerate(company_holder(debit.company_id).to_tell())
    ]


def _follow_again(today: date) -> None:
    """Let reminders go on about debits that were rejected long enough ago."""
    last = today - timedelta(days=int(parameter("debit.rejected.answer", on=today).value))
    back = DEEP_LOOK if today.weekday() == MONDAY else LOOK_BACK
    for debit in payments.rejected_between(last - back, last):
        if debit.reason != OwnReason.FILE_REFUSED:
            try:
                retry_stale(partial(_clear, debit))
            except Stale:
                log("debit", outcome="left")


def _clear(debit: DirectDebit) -> None:
    contribution = contributions.get(debit.statement)
    if contribution is None or contribution.collection.debit_rejected_on != debit.rejected_on:
        return
    with Transaction() as transaction:
        contributions.save(transaction, followed_again(contribution))


def present_again(batch: Batch) -> int:
    """Let the debits of a file that was refused whole leave again, on an agent's word; returns how many."""
    held = [one.payment_id for part in payment_batches.parts_of(batch) for one in part.payments]
    return sum(retry_stale(partial(_announce_again, one)) for one in held)


def _announce_again(debit_id: str) -> bool:
    debit = payments.debit(debit_id)
    contribution = contributions.get(debit.statement) if debit else None
    if debit is None or contribution is None or debit.reason != OwnReason.FILE_REFUSED:
        return False
    if contribution.debit is None or contribution.collection.debit_rejected_on != debit.rejected_on:
        return False
    announced = replace(contribution.debit, debit_on=max(contribution.debit.debit_on, clock.today()))
    with Transaction() as transaction:
        contributions.save(transaction, replace(followed_again(contribution), debit=announced))
    return True


def page_of_rejected(*, before: str | None) -> tuple[list[DirectDebit], str | None]:
    """One page of the debits that were rejected, newest first, and ``before`` for the next page."""
    return payments.page_of_rejected(before=before, limit=PAGE)


def _company(company_id: str) -> Company:
    company = companies.get(company_id)
    if company is None:
        raise NotFound
    return company
