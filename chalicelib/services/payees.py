"""Whom a transfer goes to: a member at the account they have, a professional at the one that agents have checked."""

from dataclasses import dataclass
from functools import partial

from chalicelib import clock
from chalicelib.domain.errors import NotFound
from chalicelib.domain.member import BankAccount
from chalicelib.domain.payees import Professional
from chalicelib.domain.reimbursement import PaymentOrder
from chalicelib.gateways import secrets
from chalicelib.identifiers import InvalidIdentifier, bic_of, mask_iban, parse_iban
from chalicelib.storage import members, payments
from chalicelib.storage.transaction import Transaction, retry_stale


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountForm:
    """An account as an agent typed it, already checked: the IBAN in capitals and without spaces."""

    iban: str
    holder: str
    bic: str | None = None


def account_of(order: PaymentOrder) -> BankAccount | None:
    """The account that the payee of an order has at present, if one is known."""
    now = clock.now()
    if order.professional is not None:
        known = payments.professional(order.professional)
        return known.account_on(now) if known else None
    member = members.get(order.member_id)
    return member.account_on(now) if member else None


def iban_of(sealed: str) -> str | None:
    """The IBAN in clear, if it is one that a bank would take."""
    try:
        return parse_iban(secrets.unseal(sealed, field="iban"))
    except InvalidIdentifier:
        return None


def is_another(account: BankAccount, order: PaymentOrder) -> bool:
    """Whether an account is not the one that an order has failed on."""
    if not order.has_account:
        return True
    if account.iban_sealed == order.iban_sealed:
        return False
    return secrets.unseal(account.iban_sealed, field="iban") != secrets.unseal(order.iban_sealed, field="iban")


def professional(number: str) -> Professional:
    """A professional's accounts.

    Errors: ``NotFound`` when none was recorded.
    """
    found = payments.professional(number)
    if found is None:
        raise NotFound("Aucun compte n’est enregistré pour ce professionnel.")
    return found


def record(number: str, form: AccountForm, *, agent_id: str) -> Professional:
    """Record the account of a professional that an agent has checked; the same one again changes nothing.

    It is paid after the delay of any change of account, the first one too: no agent pays somebody unknown at once.
    """
    return retry_stale(partial(_record, number, form, agent_id))


def _record(number: str, form: AccountForm, agent_id: str) -> Professional:
    known = payments.professional(number) or Professional(number=number)
    lookup = secrets.lookup_hash(form.iban, field="iban")
    latest = known.accounts[-1] if known.accounts else None
    if latest is not None and (latest.lookup, latest.account.holder) == (lookup, form.holder):
        return known
    account = BankAccount(
        iban_sealed=secrets.seal(form.iban, field="iban"),
        iban_masked=mask_iban(form.iban),
        bic=form.bic or bic_of(form.iban),
        holder=form.holder,
    )
    changed = known.with_account(account, lookup=lookup, agent_id=agent_id, at=clock.now())
    with Transaction() as transaction:
        payments.save_professional(transaction, changed)
    return changed
