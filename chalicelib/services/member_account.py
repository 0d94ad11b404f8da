"""What members change of their own account: the mobile that codes are sent to, their accountant (M99, M100, M47).

The address one signs in with is changed in ``email_change``, the postal one in ``addresses``, the password in
``access``.
"""

import hashlib
from dataclasses import replace
from functools import partial

from chalicelib import clock
from chalicelib.domain.account import Account, PendingMobile
from chalicelib.domain.company import Accountant
from chalicelib.domain.errors import Conflict, FieldError, NotSignedIn
from chalicelib.domain.mandate import SignatureCode, Verdict
from chalicelib.domain.member import Member
from chalicelib.services import access, contact_notices, messages, own_space, signatures
from chalicelib.storage import accounts, members
from chalicelib.storage.transaction import Transaction, retry_stale


def ask_mobile(account: Account, mobile: str, *, password: str, source_ip: str) -> SignatureCode:
    """Send a code to a new mobile number; the former one counts until it is confirmed (M100).

    It takes the password, since codes that sign are sent there. Errors: ``FieldErrors`` on ``password``;
    ``TooManyAttempts``.
    """
    sentence = "Confirmez le changement de numéro par votre mot de passe actuel."
    fault = FieldError("password", sentence, "wrong_password")
    access.confirm_password(account, password, action="change-mobile", fault=fault, source_ip=source_ip)
    signatures.admit_sending(account)
    return retry_stale(partial(_ask_mobile, account.account_id, mobile))


def _ask_mobile(account_id: str, mobile: str) -> SignatureCode:
    account = _account(account_id)
    code, kept = signatures.new_code(
        replace(account, mobile=mobile), request_id=account_id, document_sha256=_digest(mobile)
    )
    with Transaction() as transaction:
        accounts.save(transaction, replace(account, pending_mobile=PendingMobile(mobile=mobile, code=kept)))
        message_id = signatures.write_code(
            transaction,
            code,
            kept,
            recipient=mobile,
            occasion=f"mobile-code:{account_id}:{account.version}",
            template="mobile_code",
        )
    messages.dispatch(message_id)
    return kept


def confirm_mobile(account: Account, code: str) -> Account:
    """Use a number from now on, its code having been typed; the account's address is told (M88, M100).

    A number that replaces another signs changes of account only after a delay.
    Errors: ``FieldErrors`` on ``code``; ``Refused`` for one that no longer serves; ``Conflict`` when none was sent.
    """
    return retry_stale(partial(_confirm_mobile, account.account_id, code))


def _confirm_mobile(account_id: str, typed: str) -> Account:
    account = _account(account_id)
    pending = account.pending_mobile
    if pending is None:
        raise Conflict("no_code_sent", "Demandez d’abord un code de confirmation.")
    digest = _digest(pending.mobile)
    verdict, code = signatures.judge(pending.code, typed, account, request_id=account_id, document_sha256=digest)
    if verdict is not Verdict.ACCEPTED:
        if code != pending.code:
            with Transaction() as transaction:
                accounts.save(transaction, replace(account, pending_mobile=replace(pending, code=code)))
        raise signatures.refusal(verdict, code)
    return _with_mobile(account, pending.mobile)


def _with_mobile(account: Account, mobile: str) -> Account:
    changed = account.with_mobile(mobile, at=clock.now())
    message_ids = []
    with Transaction() as transaction:
        accounts.save(transaction, changed)
        if mobile != account.mobile:
            message_ids.append(contact_notices.of_mobile(transaction, account))
    messages.dispatch(*message_ids)
    return replace(changed, version=changed.version + 1)


def name_accountant(member_id: str, accountant: Accountant | None) -> Member:
    """Record who keeps the member's accounts, or that nobody does any more (M47, A8).

    Errors: ``NotFound``.
    """
    return retry_stale(partial(_name_accountant, member_id, accountant))


def _name_accountant(member_id: str, accountant: Accountant | None) -> Member:
    changed = replace(own_space.member(member_id), accountant=accountant)
    with Transaction() as transaction:
        members.save(transaction, changed)
    return replace(changed, version=changed.version + 1)


def _account(account_id: str) -> Account:
    account = accounts.get(account_id)
    if account is None:
        raise NotSignedIn
    return account


def _digest(mobile: str) -> str:
    """What the code confirms: this number and no other."""
    return hashlib.sha256(f"mobile\0{mobile}".encode()).hexdigest()
