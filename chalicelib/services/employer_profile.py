"""What an employer's user changes of their own account (H109, H114)."""

from dataclasses import replace
from functools import partial

from chalicelib import clock
from chalicelib.domain.account import Account
from chalicelib.domain.errors import FieldError, NotSignedIn
from chalicelib.services import access, contact_notices, messages
from chalicelib.storage import accounts
from chalicelib.storage.transaction import Transaction, retry_stale


def modify(account: Account, *, display_name: str, mobile: str | None, password: str, source_ip: str) -> Account:
    """Change the name, and the mobile number to which codes to sign are sent, which takes the password.

    The account's address is told of a new number, which signs nothing for a while when it replaces another.
    Errors: ``FieldErrors`` on ``password``; ``TooManyAttempts``.
    """
    if mobile != account.mobile:
        sentence = "Confirmez le changement de numéro par votre mot de passe actuel."
        fault = FieldError("password", sentence, "wrong_password")
        access.confirm_password(account, password, action="change-mobile", fault=fault, source_ip=source_ip)
    return retry_stale(partial(_modify, account.account_id, display_name, mobile))


def _modify(account_id: str, display_name: str, mobile: str | None) -> Account:
    account = accounts.get(account_id)
    if account is None:
        raise NotSignedIn
    changed = replace(account.with_mobile(mobile, at=clock.now()), display_name=display_name)
    message_ids = []
    with Transaction() as transaction:
        accounts.save(transaction, changed)
        if mobile != account.mobile:
            message_ids.append(contact_notices.of_mobile(transaction, account))
    messages.dispatch(*message_ids)
    return replace(changed, version=changed.version + 1)
