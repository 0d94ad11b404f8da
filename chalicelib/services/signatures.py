"""Signing a document or confirming a number on line with a code sent by SMS (H84, H85, H86, M87, M88).

A code is made for one document, one démarche and one account: its keyed hash, which only KMS can make, binds the three,
so that it is worth nothing anywhere else. The code itself is only ever in the SMS.
"""

import hashlib
import secrets as random
from collections.abc import Mapping
from datetime import timedelta

from chalicelib import clock
from chalicelib.domain.account import Account
from chalicelib.domain.errors import Conflict, EspaceError, FieldErrors, Refused, TooManyAttempts
from chalicelib.domain.law import parameter
from chalicelib.domain.mandate import SignatureCode, Verdict, settled_at
from chalicelib.domain.message import Channel
from chalicelib.gateways import secrets
from chalicelib.identifiers.contact import mask_phone
from chalicelib.services import messages
from chalicelib.storage import throttles
from chalicelib.storage.transaction import Transaction
from chalicelib.texts.dates import moment_in_words

WINDOW = timedelta(hours=1)
DIGITS = 6

REFUSED: Mapping[Verdict, tuple[str, str]] = {
    Verdict.EXPIRED: ("code_expired", "Ce code n’est plus valable\u00a0: demandez-en un nouveau."),
    Verdict.EXHAUSTED: ("code_exhausted", "Trop de codes erronés\u00a0: demandez un nouveau code."),
    Verdict.USED: ("code_used", "Ce code a déjà servi\u00a0: il ne sert qu’une fois."),
    Verdict.OTHER_DOCUMENT: (
        "code_of_other_document",
        "Le document a changé depuis l’envoi du code\u00a0: demandez-en un.",
    ),
}


def mobile_of(account: Account) -> str:
    """The mobile number that codes are sent to.

    Errors: ``Conflict`` when the account has none, which says how to add it (H86).
    """
    if account.mobile is None:
        sentence = (
            "Le code de signature est envoyé par SMS\u00a0: ajoutez d’abord votre numéro de mobile "
            "dans «\u00a0Mon profil\u00a0», puis demandez le code."
        )
        raise Conflict("mobile_missing", sentence)
    return account.mobile


def settled_mobile_of(account: Account) -> str:
    """The mobile number, once it may sign a change of account: one that has replaced another waits (M88).

    Errors: ``Conflict`` when the account has none, or when it is too new, with the moment from which it may.
    """
    mobile = mobile_of(account)
    settled = settled_at(account.mobile_changed_at) if account.mobile_changed_at else None
    if settled is not None and settled > clock.now():
        sentence = (
            "Votre numéro de mobile vient de changer\u00a0: par sécurité, il ne peut signer un changement de compte "
            f"qu’à partir du {moment_in_words(settled)}."
        )
        raise Conflict("mobile_too_recent", sentence, settled_at=settled.isoformat())
    return mobile


def admit_sending(account: Account) -> None:
    """Count one more code for an account.

    Errors: ``TooManyAttempts`` once it has had its share of the hour.
    """
    name = hashlib.sha256(f"signature-code\0{account.account_id}".encode()).hexdigest()
    sent, ends_at = throttles.count_attempt(name, window=WINDOW, now=clock.now())
    if sent > parameter("signature.code.sendings", on=clock.today()).value:
        raise TooManyAttempts(retry_at=ends_at)


def new_code(account: Account, *, request_id: str, document_sha256: str) -> tuple[str, SignatureCode]:
    """A code for a document, to be sent to the account's mobile; and what is kept of it.

    Errors: ``Conflict`` when the account has no mobile.
    """
    code = f"{random.randbelow(10**DIGITS):0{DIGITS}d}"
    kept = SignatureCode(
        digest=_digest(code, account, request_id=request_id, document_sha256=document_sha256),
        document_sha256=document_sha256,
        account_id=account.account_id,
        phone_masked=mask_phone(mobile_of(account)),
        issued_at=clock.now(),
    )
    return code, kept


def write_code(
    transaction: Transaction,
    code: str,
    kept: SignatureCode,
    *,
    recipient: str,
    occasion: str,
    template: str = "signature_code",
) -> str:
    """Add the SMS of a code to the transaction that records it; returns the message's id."""
    minutes = int((kept.expires_at - kept.issued_at).total_seconds()) // 60
    return messages.write(
        transaction,
        occasion=occasion,
        template=template,
        recipient=recipient,
        context={"code": code, "valid_for": f"{minutes} minutes"},
        about=kept.account_id,
        channel=Channel.SMS,
    )


def judge(
    kept: SignatureCode | None, typed: str, account: Account, *, request_id: str, document_sha256: str
) -> tuple[Verdict, SignatureCode]:
    """What a typed code is worth, and the code to keep afterwards, which the caller saves whatever the verdict.

    Errors: ``Conflict`` when no code was asked for.
    """
    if kept is None:
        raise Conflict("no_code_sent", "Demandez d’abord un code de signature.")
    digest = _digest(typed, account, request_id=request_id, document_sha256=document_sha256)
    return kept.typed(digest, document_sha256=document_sha256, at=clock.now())


def refusal(verdict: Verdict, kept: SignatureCode) -> EspaceError:
    """What somebody whose code was not accepted is told."""
    if verdict is Verdict.WRONG:
        left = f"{kept.tries_left} essai{'s' if kept.tries_left > 1 else ''}"
        return FieldErrors.on("code", f"Ce code n’est pas le bon\u00a0: il vous reste {left}.", "wrong_code")
    return Refused(*REFUSED[verdict])


def _digest(code: str, account: Account, *, request_id: str, document_sha256: str) -> str:
    return secrets.lookup_hash(f"{document_sha256}\0{code}", field=f"signature\0{request_id}\0{account.account_id}")
