"""Changing the address one signs in with: a link confirms the new one, the former one is told twice (H109, H114, M100).

Both addresses hear of it: the new one gets the link, the former one a notice when it is asked for and another once it
is done. The former one need not agree, since people change address when they have lost the former; what is asked for
can be stopped in between with another password.
"""

from dataclasses import replace
from functools import partial

from chalicelib import clock
from chalicelib.domain.account import Account, AccountKind, AccountState, link_expires_at
from chalicelib.domain.errors import FieldError, Refused
from chalicelib.services import access, contact_notices, messages, tokens
from chalicelib.services.access import EMAILS
from chalicelib.storage import accounts, identities, members
from chalicelib.storage.transaction import Transaction, retry_stale
from chalicelib.texts.dates import moment_in_words


def ask(account: Account, email: str, *, password: str, source_ip: str) -> None:
    """Mail the link that confirms a new address; one that somebody uses gets nothing, and the answer is the same.

    It takes the password, since a forgotten one is replaced with a link to that address: an open session that somebody
    else has got hold of must not become the account.

    Errors: ``FieldErrors`` on ``password``; ``TooManyAttempts``.
    """
    sentence = "Confirmez le changement d’adresse par votre mot de passe actuel."
    fault = FieldError("password", sentence, "wrong_password")
    access.confirm_password(account, password, action="change-email", fault=fault, source_ip=source_ip)
    free = identities.find(EMAILS[account.kind], email) is None
    token, digest = tokens.new_token(account.account_id)
    expires = link_expires_at(clock.now())
    with Transaction() as transaction:
        accounts.add_email_link(transaction, account, digest, email=email, expires=expires)
        message_id = messages.write(
            transaction,
            occasion=f"email-change:{digest}",
            template="email_change_link",
            recipient=email if free else None,
            context={"link": messages.link_to("adresse", token), "valid_until": moment_in_words(expires)},
            about=account.account_id,
        )
        notice_id = contact_notices.of_email_asked(transaction, account, occasion=digest)
    messages.dispatch(message_id, notice_id)


def confirm(token: str) -> None:
    """Use the address a link was sent to from now on; sessions and other links end.

    Errors: ``Refused`` when the link no longer works or somebody has taken the address meanwhile.
    """
    account_id = tokens.owner_of(token)
    account = accounts.get(account_id) if account_id else None
    if account is None or account.state is AccountState.SUSPENDED:
        raise _unusable()
    email = accounts.use_email_link(account, tokens.token_hash(token), now=clock.now())
    if email is None:
        raise _unusable()
    retry_stale(partial(_change, account.account_id, email))


def _change(account_id: str, email: str) -> None:
    account = accounts.get(account_id)
    if account is None or account.state is AccountState.SUSPENDED or identities.find(EMAILS[account.kind], email):
        raise _unusable()
    changed = account.with_email(email, at=clock.now())
    with Transaction() as transaction:
        accounts.save(transaction, changed)
        identities.claim(transaction, EMAILS[account.kind], email, account_id)
        if account.email:
            identities.release(transaction, EMAILS[account.kind], account.email, account_id)
        if account.kind is AccountKind.MEMBER:
            _change_member(transaction, account, email)
        message_id = contact_notices.of_email(transaction, account, generation=changed.generation)
    messages.dispatch(message_id)


def _change_member(transaction: Transaction, account: Account, email: str) -> None:
    """Write to the member at the new address from now on (M100)."""
    member = members.get(account.subject_ids[0])
    if member is None:
        raise _unusable()
    members.save(transaction, replace(member, email=email))


def _unusable() -> Refused:
    sentence = "Ce lien n’est plus valable\u00a0: il ne sert qu’une fois et expire. Recommencez depuis votre profil."
    return Refused("link_unusable", sentence)
