"""Payment orders on their way: claimed by a batch, sent to the bank, paid or given back, mended and sent again."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from chalicelib import clock
from chalicelib.domain.bank_reason import OwnReason, reason
from chalicelib.domain.contributions.bank_days import is_bank_day
from chalicelib.domain.errors import NotFound
from chalicelib.domain.member import BankAccount
from chalicelib.domain.payments import (
    Batch,
    BatchKind,
    asks_payee,
    booked,
    earliest_execution,
    held,
    rejected,
    released,
    sending_of,
    sent,
    sepa_text,
    waits_for_account,
)
from chalicelib.domain.reimbursement import PaymentOrder, PaymentState
from chalicelib.services import messages, payees, payment_batches
from chalicelib.services.payment_batches import MOST_IN_PART
from chalicelib.storage import members, payments, reimbursements
from chalicelib.storage.transaction import Transaction, retry_stale

PAGE = 50
GONE = frozenset({"AC01", "AC03", "AC04"})
"""The bank's codes of an account that does not exist, or no longer: no other transfer would reach it either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """A transfer to a member that waits for other bank details of theirs, and what they read about it."""

    order: PaymentOrder
    sentence: str


def run() -> int:
    """Send what is ordered, on a day on which the bank pays; returns how many files were written.

    Run again, it sends what has been ordered since; after a run that was cut short, it finishes it.
    """
    today = clock.today()
    if not is_bank_day(today):
        return 0
    _keep_from_gone_accounts()
    _mend()
    filled = _claim_all(earliest_execution(BatchKind.TRANSFERS, today))
    return payment_batches.write_files(BatchKind.TRANSFERS, also=filled)


def _keep_from_gone_accounts() -> None:
    """Keep what is ordered from the accounts that do not exist any more, as the bank has told of the same payee's.

    An order keeps the account it was given (A14), unless nothing can arrive there. This comes before the transfers that
    were given back are mended: they tell which accounts these are, also after a run that was cut short.
    """
    gone = {
        (_payee_of(one), payees.iban_of(one.iban_sealed)): one.hold.reason
        for one in _orders(PaymentState.REJECTED)
        if one.has_account and one.hold and one.hold.reason in GONE
    }
    if not gone:
        return
    concerned = {payee for payee, _ in gone}
    for order in _orders(PaymentState.ORDERED):
        if _payee_of(order) in concerned:
            retry_stale(partial(_keep_from_gone, order.order_id, gone))


def _orders(state: PaymentState) -> Iterable[PaymentOrder]:
    after: str | None = None
    while True:
        page, after = reimbursements.waiting_orders(state, after=after, limit=MOST_IN_PART)
        yield from reimbursements.orders(page).values()
        if after is None:
            return


def _payee_of(order: PaymentOrder) -> str:
    return order.professional or order.member_id


def _keep_from_gone(order_id: str, gone: Mapping[tuple[str, str | None], str]) -> None:
    order = reimbursements.order(order_id)
    if order is None or order.state is not PaymentState.ORDERED or not order.has_account:
        return
    code = gone.get((_payee_of(order), payees.iban_of(order.iban_sealed)))
    if code is None:
        return
    account = payees.account_of(order)
    other = account is not None and payees.is_another(account, order)
    kept = _paid_to(order, account) if account and other else held(order, code, at=clock.now())
    with Transaction() as transaction:
        reimbursements.save_order(transaction, kept)
        message_ids = _tell(transaction, kept)
    messages.dispatch(*message_ids)


def _mend() -> None:
    """Let the orders go whose payee has another account now."""
    for order_id in _waiting(PaymentState.REJECTED):
        retry_stale(partial(_reopen, order_id))


def _waiting(state: PaymentState) -> Iterable[str]:
    after: str | None = None
    while True:
        page, after = reimbursements.waiting_orders(state, after=after, limit=MOST_IN_PART)
        yield from page
        if after is None:
            return


def _reopen(order_id: str) -> None:
    order = reimbursements.order(order_id)
    if order is None or not waits_for_account(order):
        return
    account = payees.account_of(order)
    if account is None or not payees.is_another(account, order):
        return
    with Transaction() as transaction:
        reimbursements.save_order(transaction, replace(_paid_to(order, account), hold=None))


def _paid_to(order: PaymentOrder, account: BankAccount) -> PaymentOrder:
    return replace(
        order,
        iban_sealed=account.iban_sealed,
        iban_masked=account.iban_masked,
        bic=account.bic,
        holder=account.holder,
    )


def _claim_all(execute_on: date) -> set[str]:
    """Put all that is ordered into batches; returns their names."""
    filled: set[str] = set()
    after: str | None = None
    while True:
        page, after = reimbursements.waiting_orders(PaymentState.ORDERED, after=after, limit=MOST_IN_PART)
        found = reimbursements.orders(page)
        payable = [order_id for order_id in page if order_id in found and _is_payable(found[order_id])]
        if payable:
            filled |= retry_stale(partial(_claim, payable, execute_on))
        if after is None:
            return filled


def _is_payable(order: PaymentOrder) -> bool:
    """Whether a bank would take a transfer to the account of an order; one without is looked for, or stopped."""
    return _bank_takes(order) or retry_stale(partial(_look_for_account, order.order_id))


def _bank_takes(order: PaymentOrder) -> bool:
    known = order.has_account and payees.iban_of(order.iban_sealed) is not None
    return known and bool(sepa_text(order.holder, most=70))


def _look_for_account(order_id: str) -> bool:
    order = reimbursements.order(order_id)
    if order is None or order.state is not PaymentState.ORDERED:
        return False
    account = payees.account_of(order) if not order.has_account else None
    if account is not None:
        order = _paid_to(order, account)
    takes = _bank_takes(order)
    if not takes:
        code = OwnReason.ACCOUNT_INVALID if order.has_account else OwnReason.ACCOUNT_MISSING
        order = held(order, code, at=clock.now())
    with Transaction() as transaction:
        reimbursements.save_order(transaction, order)
        message_ids = _tell(transaction, order)
    messages.dispatch(*message_ids)
    return takes


def _claim(order_ids: list[str], execute_on: date) -> set[str]:
    """Put into a batch those of some orders that still wait; the batch and the orders are written together."""
    found = reimbursements.orders(order_ids)
    waiting = [found[one] for one in order_ids if one in found and found[one].state is PaymentState.ORDERED]
    if not waiting:
        return set()
    batch = payment_batches.to_fill(BatchKind.TRANSFERS, execute_on)
    taken = [sent(order, batch) for order in waiting]
    grown, part = batch.with_part(payment for _, payment in taken)
    with Transaction() as transaction:
        payments.add_part(transaction, grown, part)
        for order, _ in taken:
            reimbursements.save_order(transaction, order)
    return {batch.batch_id}


def note_booked(name: str, *, on: date) -> bool | None:
    """Note that the bank has booked a transfer, by its name at the bank; whether that is news, ``None`` if unknown."""
    return retry_stale(partial(_note, name, lambda order, sending: booked(order, sending=sending, on=on)))


def note_rejected(name: str, *, code: str, on: date) -> bool | None:
    """Note that a transfer was refused or came back; its member is asked for other bank details where that helps."""
    at = clock.now()
    return retry_stale(
        partial(_note, name, lambda order, sending: rejected(order, sending=sending, code=code, on=on, at=at))
    )


def is_rejected(name: str) -> bool:
    """Whether the bank has told that a transfer was refused or came back, by its name at the bank."""
    order_id, sending = sending_of(name)
    order = reimbursements.order(order_id)
    return order is not None and any(one.rejected_on for one in order.attempts[sending - 1 : sending])


def _note(name: str, change: Callable[[PaymentOrder, int], PaymentOrder]) -> bool | None:
    order_id, sending = sending_of(name)
    order = reimbursements.order(order_id)
    if order is None or sending > len(order.attempts):
        return None
    changed = change(order, sending)
    if changed == order:
        return False
    with Transaction() as transaction:
        reimbursements.save_order(transaction, changed)
        message_ids = _tell(transaction, changed) if changed.hold and not order.hold else []
    messages.dispatch(*message_ids)
    return True


def _tell(transaction: Transaction, order: PaymentOrder) -> list[str]:
    """Ask a member for other bank details, where these would let the transfer go (M85)."""
    member = members.get(order.member_id) if asks_payee(order) else None
    if member is None or order.hold is None:
        return []
    occasion = f"payment_rejected:{order.order_id}:{order.version}"
    context = {"reference": order.reference, "reason": reason(order.hold.reason).sentence}
    return messages.tell(
        transaction, member.email, "payment_rejected", occasion=occasion, context=context, about=order.order_id
    )


def stopped_for(member_id: str) -> list[Stopped]:
    """The transfers to a member that wait for other bank details of theirs, with the reason they read."""
    return [
        Stopped(order=order, sentence=reason(order.hold.reason).sentence)
        for order in reimbursements.stopped_for(member_id)
        if order.hold
    ]


def stopped(*, after: str | None) -> tuple[list[PaymentOrder], str | None]:
    """One page of the transfers that something stops, oldest first, and ``after`` for the next page."""
    page, following = reimbursements.waiting_orders(PaymentState.REJECTED, after=after, limit=PAGE)
    found = reimbursements.orders(page)
    return [found[one] for one in page if one in found and found[one].hold], following


def release(order_id: str) -> PaymentOrder:
    """Let a stopped transfer go again to the same account, on an agent's word; the next run sends it.

    Errors: ``NotFound``; ``Refused`` when nothing stops it, or when it waits for another account.
    """
    return retry_stale(partial(_release, order_id))


def _release(order_id: str) -> PaymentOrder:
    order = reimbursements.order(order_id)
    if order is None:
        raise NotFound
    changed = released(order)
    with Transaction() as transaction:
        reimbursements.save_order(transaction, changed)
    return changed


def release_all(batch: Batch) -> int:
    """Let the transfers of a file that was refused whole go again, on an agent's word; returns how many.

    One that the bank has told to be booked as well stays: it would be paid twice.
    """
    held_back = [one.payment_id for part in payment_batches.parts_of(batch) for one in part.payments]
    return sum(retry_stale(partial(_release_if_refused, one)) for one in held_back)


def _release_if_refused(order_id: str) -> bool:
    order = reimbursements.order(order_id)
    if order is None or order.hold is None or order.hold.reason != OwnReason.FILE_REFUSED:
        return False
    if order.attempts[-1].settled_on is not None:
        return False
    with Transaction() as transaction:
        reimbursements.save_order(transaction, released(order))
    return True
