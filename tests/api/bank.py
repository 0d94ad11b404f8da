"""What the routes about payments are asked about: files for the bank, a stopped transfer, money that fits nothing."""

from datetime import date

from chalicelib import clock
from chalicelib.domain.contributions.account import ContributionAccount
from chalicelib.domain.contributions.contribution import Contribution
from chalicelib.domain.contributions.ledger import Account, Entry, Posting, PostingKind
from chalicelib.domain.contributions.state import Collection
from chalicelib.domain.contributions.statement import StatementKind
from chalicelib.domain.payments import Batch, BatchKind, BatchState, held
from chalicelib.domain.periods import Period
from chalicelib.domain.reimbursement import PaymentOrder
from chalicelib.domain.unmatched import Movement
from chalicelib.services import contribution_ledger, tokens
from chalicelib.storage import contributions, payments, reimbursements
from chalicelib.storage.transaction import Transaction

DAY = date(2025, 4, 15)
AMOUNT_CENTS = 31257


def batch(state: BatchState) -> str:
    """A file of transfers in a state, made once."""
    name = f"VIR-{DAY:%Y%m%d}-{[*BatchState].index(state):03d}"
    if payments.batch(name) is None:
        made = Batch(batch_id=name, kind=BatchKind.TRANSFERS, execute_on=DAY, opened_at=clock.now(), state=state)
        with Transaction() as transaction:
            payments.save_batch(transaction, made)
    return name


def stopped_order(member_id: str) -> str:
    """A transfer to a member that the bank gave back without a reason."""
    order = PaymentOrder(
        order_id=tokens.new_id(),
        member_id=member_id,
        reimbursement_id="r",
        amount_cents=AMOUNT_CENTS,
        iban_sealed="sealed",
        iban_masked="FR14 **** 606",
        holder="Léa Martin",
        reference="STOPPED",
        ordered_at=clock.now(),
    )
    with Transaction() as transaction:
        reimbursements.save_order(transaction, held(order, "MS03", at=clock.now()))
    return order.order_id


def movement() -> str:
    """Money that came in without a reference."""
    told = Movement(
        entry_id=tokens.new_id(), told="received", on=DAY, amount_cents=AMOUNT_CENTS, credit=True, payer="Ateliers"
    )
    with Transaction() as transaction:
        payments.save_movement(transaction, told)
    return told.entry_id


def statement(company_id: str) -> str:
    """A contribution that was called under a contract of its own."""
    number, contract_id = f"T{tokens.new_id()[:18].upper()}", tokens.new_id()
    contribution = Contribution(
        number=number,
        kind=StatementKind.CALL,
        company_id=company_id,
        contract_id=contract_id,
        contract_number="SANTE",
        period=Period(DAY, DAY),
        issued_on=DAY,
        collection=Collection(due_on=DAY, called_cents=AMOUNT_CENTS, owed_cents=AMOUNT_CENTS),
    )
    with Transaction() as transaction:
        contributions.save(transaction, contribution)
        contributions.save_account(transaction, ContributionAccount(company_id=company_id, contract_id=contract_id))
    amounts = ((Account.COMPANY, AMOUNT_CENTS), (Account.PREMIUM, -AMOUNT_CENTS))
    entries = tuple(Entry(account=account, amount_cents=amount) for account, amount in amounts)
    called = Posting(posting_id=number, kind=PostingKind.STATEMENT, day=DAY, statement=number, entries=entries)
    contribution_ledger.post(company_id, contract_id, called)
    return number
