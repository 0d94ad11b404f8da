"""Signing in and out, first connection, password links: the doors of the three spaces.

No answer of this module tells whether an account exists: a known and an unknown identifier take the same path and make
the same calls (H15, M15).
"""

import hmac
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from chalicelib import clock, passwords
from chalicelib.domain.account import (
    Account,
    AccountKind,
    AccountState,
    LinkPurpose,
    link_expires_at,
    opens_at,
)
from chalicelib.domain.errors import FieldError, FieldErrors, NotSignedIn, Refused
from chalicelib.domain.member import Member
from chalicelib.gateways import secrets
from chalicelib.services import messages, throttling, tokens
from chalicelib.settings import session_idle, session_lifetime
from chalicelib.storage import accounts, companies, identities, members
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Transaction, retry_stale
from chalicelib.texts.dates import moment_in_words

NOBODY = "0" * 32
"""An id that no account, member or company has: reading it costs what reading a real one does."""

RENEWED_AFTER = timedelta(minutes=1)

EMAILS = {
    AccountKind.EMPLOYER: Identity.EMPLOYER_EMAIL,
    AccountKind.AGENT: Identity.AGENT_EMAIL,
    AccountKind.MEMBER: Identity.MEMBER_EMAIL,
}

TEMPLATES = {
    LinkPurpose.FIRST_CONNECTION: "first_connection_link",
    LinkPurpose.FORGOTTEN_PASSWORD: "forgotten_password_link",
    LinkPurpose.AGENT_ACCOUNT: "agent_account_opened",
    LinkPurpose.EMPLOYER_ACCOUNT: "employer_account_opened",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """An open session: the token is shown once."""

    token: str
    expires_at: datetime
    account: Account


def first_connection_of_employer(*, numero_adherent: str, siren: str, postcode: str, source_ip: str) -> None:
    """Send the administrator of a company the link to create a password (H11–H18).

    Errors: ``Refused`` with the opening date while the space is not open yet; ``TooManyAttempts``. A wrong answer
    to any of the three questions ends like a right one, without a mail.
    """
    throttling.admit_attempt("first-connection", target=numero_adherent, source_ip=source_ip)
    company = companies.get(identities.find(Identity.COMPANY_NUMBER, numero_adherent) or NOBODY)
    known = company is not None and company.siren == siren and company.address.postcode == postcode
    account = accounts.get(company.administrator_account_id if company and known else NOBODY)
    _send_first_link(account)


def first_connection_of_member(*, numero_adherent: str, nir_last8: str, birth_date: date, source_ip: str) -> None:
    """Send a member the link to create a password (H130–H133, M6–M10).

    Errors: as for an employer. Without an e-mail on file nothing is sent: the member writes to the production mailbox.
    """
    throttling.admit_attempt("first-connection", target=numero_adherent, source_ip=source_ip)
    given = secrets.lookup_hash(nir_last8, field="nir_last8")
    member = members.get(identities.find(Identity.MEMBER_NUMBER, numero_adherent) or NOBODY)
    holder = member.holder if member else None
    expected = holder.nir.last8_lookup if holder and holder.nir else ""
    same_number = hmac.compare_digest(given, expected)
    same_birth = holder is not None and holder.birth_date == birth_date
    _send_first_link(accounts.get(_account_id(member) if same_number and same_birth else NOBODY))


def forgotten_password(kind: AccountKind, identifier: str, *, source_ip: str) -> None:
    """Send the link to choose a new password, if the identifier is that of an open account (H20, M14)."""
    throttling.admit_attempt("forgotten-password", target=f"{kind}:{identifier.casefold()}", source_ip=source_ip)
    account = _find(kind, identifier)
    usable = account is not None and account.state is not AccountState.SUSPENDED and _is_open(account)
    _send_link(account if usable else None, LinkPurpose.FORGOTTEN_PASSWORD)


def choose_password(token: str, password: str) -> None:
    """Set the password of the account a link was sent for; every open session and every other link of it ends.

    Errors: ``FieldErrors`` on ``password``, which leaves the link usable; ``Refused`` when the link no longer works.
    """
    account_id = tokens.owner_of(token)
    account = accounts.get(account_id) if account_id else None
    if account is None or account.state is AccountState.SUSPENDED:
        raise _link_unusable()
    passwords.check_password(password, personal=_known_by(account))
    if not accounts.use_link(account, tokens.token_hash(token), now=clock.now()):
        raise _link_unusable()
    retry_stale(partial(_set_password, account.account_id, password))


def change_password(account: Account, *, current: str, new: str, source_ip: str) -> None:
    """Choose a new password while signed in; every session ends, this one too (H113, M101).

    Errors: ``FieldErrors`` on ``current`` or ``new``, also for the same one as today; ``TooManyAttempts``.
    """
    fault = FieldError("current", "Ce n’est pas votre mot de passe actuel.", "wrong_password")
    confirm_password(account, current, action="change-password", fault=fault, source_ip=source_ip)
    if passwords.same_password(current, new):
        sentence = "Choisissez un mot de passe différent de votre mot de passe actuel."
        raise FieldErrors.on("new", sentence, "same_password")
    try:
        passwords.check_password(new, personal=_known_by(account))
    except FieldErrors as error:
        raise FieldErrors(*(replace(fault, field="new") for fault in error.faults)) from None
    retry_stale(partial(_set_password, account.account_id, new))


def confirm_password(account: Account, password: str, *, action: str, fault: FieldError, source_ip: str) -> None:
    """Make sure that whoever holds a session knows its password too, before something that a thief would do.

    Errors: ``FieldErrors`` with the fault given for a wrong password; ``TooManyAttempts``.
    """
    throttling.admit_attempt(action, target=account.account_id, source_ip=source_ip)
    if not passwords.password_matches(account.password_hash, password):
        raise FieldErrors(fault)


def sign_in(kind: AccountKind, identifier: str, password: str, *, source_ip: str) -> SignedIn:
    """Open a session (H19, M11).

    Errors: ``FieldErrors`` on ``password`` for any wrong pair; ``TooManyAttempts`` while the account is slowed down.
    """
    now = clock.now()
    account = _find(kind, identifier)
    target = account.account_id if account else f"{kind}:{identifier.casefold()}"
    throttling.admit_attempt("sign-in", target=target, source_ip=source_ip)
    right = passwords.password_matches(account.password_hash if account else None, password)
    if account is None or not right or account.state is not AccountState.ACTIVE:
        sentence = "L’identifiant ou le mot de passe est incorrect."
        raise FieldErrors.on("password", sentence, "wrong_credentials")
    throttling.forgive("sign-in", target=target)
    token, digest = tokens.new_token(account.account_id)
    expires = now + session_idle()
    accounts.open_session(account, digest, started=now, expires=expires)
    return SignedIn(token=token, expires_at=expires, account=account)


def authenticate(token: str) -> Account:
    """The account an open session belongs to; using the session gives it its whole delay again, to the minute (M118).

    Errors: ``NotSignedIn``.
    """
    account_id = tokens.owner_of(token)
    if account_id is None:
        raise NotSignedIn
    account, session = accounts.with_session(account_id, tokens.token_hash(token))
    now = clock.now()
    if account is None or session is None or account.state is not AccountState.ACTIVE:
        raise NotSignedIn
    if session.expires < now.timestamp() or session.generation != account.generation:
        raise NotSignedIn
    ends = datetime.fromtimestamp(session.started, tz=now.tzinfo) + session_lifetime()
    wanted = min(now + session_idle(), ends)
    if wanted.timestamp() - session.expires >= RENEWED_AFTER.total_seconds():
        session.extend(wanted)
    return account


def sign_out(token: str) -> None:
    """Close the session of a token (H21)."""
    account_id = tokens.owner_of(token)
    if account_id is not None:
        accounts.close_session(account_id, tokens.token_hash(token))


def _find(kind: AccountKind, identifier: str) -> Account | None:
    """The account of an e-mail, or for a member of a numéro adhérent as well (H134, M11)."""
    if kind is AccountKind.MEMBER and identifier.isdigit():
        member = members.get(identities.find(Identity.MEMBER_NUMBER, identifier) or NOBODY)
        return accounts.get(_account_id(member))
    return accounts.get(identities.find(EMAILS[kind], identifier) or NOBODY)


def _account_id(member: Member | None) -> str:
    return (member.account_id if member else None) or NOBODY


def _is_open(account: Account) -> bool:
    return account.kind is AccountKind.AGENT or (
        account.confirmed_at is not None and opens_at(account.confirmed_at) <= clock.now()
    )


def _send_first_link(account: Account | None) -> None:
    if account is not None and not _is_open(account):
        if account.confirmed_at is None:
            sentence = "Votre espace n’est pas encore ouvert\u00a0: il le sera après l’envoi du mail de confirmation."
            raise Refused("space_not_open", sentence)
        opening = opens_at(account.confirmed_at)
        sentence = f"Votre espace ouvrira le {moment_in_words(opening)}. Revenez à partir de ce moment."
        raise Refused("space_not_open", sentence, opens_at=opening.isoformat())
    _send_link(
        account if account and account.state is not AccountState.SUSPENDED else None, LinkPurpose.FIRST_CONNECTION
    )


def _send_link(account: Account | None, purpose: LinkPurpose) -> None:
    with Transaction() as transaction:
        message_id = write_link(transaction, account, purpose)
    messages.dispatch(message_id)


def write_link(transaction: Transaction, account: Account | None, purpose: LinkPurpose) -> str:
    """Add a password link and its mail to a transaction, or as much for nobody; returns the message's id."""
    owner_id = account.account_id if account else tokens.new_id()
    generation = account.generation if account else 0
    token, digest = tokens.new_token(owner_id)
    expires = link_expires_at(clock.now())
    accounts.add_link(transaction, owner_id, digest, generation=generation, expires=expires)
    return messages.write(
        transaction,
        occasion=f"password-link:{digest}",
        template=TEMPLATES[purpose],
        recipient=account.email if account else None,
        context={"link": messages.link_to("mot-de-passe", token), "valid_until": moment_in_words(expires)},
        about=owner_id if account else "",
    )


def _known_by(account: Account) -> list[str]:
    """What others know of a person, which no password may hold: name, e-mail, numéros adhérents and companies."""
    member = members.get(account.subject_ids[0]) if account.kind is AccountKind.MEMBER else None
    employers = account.subject_ids if account.kind is AccountKind.EMPLOYER else (member.company_id,) if member else ()
    known = [account.display_name, account.email or "", (member.numero_adherent if member else None) or ""]
    for company in companies.several(employers):
        known += [company.name, company.numero_adherent]
    return known


def _link_unusable() -> Refused:
    sentence = "Ce lien n’est plus valable\u00a0: il ne sert qu’une fois et expire. Demandez-en un nouveau."
    return Refused("link_unusable", sentence)


def _set_password(account_id: str, password: str) -> None:
    account = accounts.get(account_id)
    if account is None or account.state is AccountState.SUSPENDED:
        raise _link_unusable()
    changed = replace(
        account,
        state=AccountState.ACTIVE,
        password_hash=passwords.hash_password(password),
        generation=account.generation + 1,
    )
    with Transaction() as transaction:
        accounts.save(transaction, changed)
        message_id = messages.write(
            transaction,
            occasion=f"password-changed:{account_id}:{changed.generation}",
            template="password_changed",
            recipient=account.email,
            context={"changed_at": moment_in_words(clock.now())},
            about=account_id,
        )
    messages.dispatch(message_id)
