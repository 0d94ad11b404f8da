"""The users of a company's espace RH: list, create, modify, suspend (H122–H127).

Administrators see to the users of their own companies. Nobody suspends or demotes themself, and a company never loses
its last active administrator, even when two of them act at the same moment.
"""

from dataclasses import dataclass, replace
from functools import partial

from chalicelib import clock
from chalicelib.domain.account import Account, AccountKind, AccountState, EmployerRole, LinkPurpose, UserSummary
from chalicelib.domain.errors import Conflict, FieldErrors, NotFound
from chalicelib.domain.search_text import searchable
from chalicelib.services import access, messages, throttling, tokens
from chalicelib.storage import accounts, identities
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Transaction, retry_stale

MOST_COMPANIES = 30
"""How many companies a user acts for at most: an account, its companies and their witnesses are written at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserForm:
    """What an administrator enters of a user; the companies are among the administrator's own.

    When a user who acts for others' companies too is modified, none may be left of the administrator's.
    """

    display_name: str
    role: EmployerRole
    company_ids: tuple[str, ...]


def listed(
    company_id: str, *, text: str = "", role: EmployerRole | None = None, state: AccountState | None = None
) -> list[UserSummary]:
    """The users of a company by name, those of a role or a state only, or whose name or address holds a text (H123)."""
    wanted = searchable(text)
    return sorted(
        (
            one
            for one in accounts.users_of(company_id)
            if wanted in searchable(f"{one.display_name} {one.email}")
            and role in {None, one.role}
            and state in {None, one.state}
        ),
        key=lambda one: (searchable(one.display_name), one.account_id),
    )


def create(administrator: Account, *, email: str, form: UserForm) -> UserSummary:
    """Create a user and mail them the link to choose a password; no opening delay, since a user vouches for another.

    The answer is the same when the address has a space of another company already: its owner alone is told, and the
    user never answers. An administrator would otherwise learn who has a space elsewhere.

    Errors: ``FieldErrors`` on ``email``, when it is a user of the administrator's own, or on ``company_ids``.
    """
    _check_companies(administrator, form.company_ids)
    owner = identities.find(Identity.EMPLOYER_EMAIL, email)
    if owner is not None and _is_seen_by(administrator, owner):
        raise _email_used()
    now = clock.now()
    account = Account(
        account_id=tokens.new_id(),
        kind=AccountKind.EMPLOYER,
        state=AccountState.INVITED,
        email=email,
        display_name=form.display_name,
        subject_ids=form.company_ids,
        role=form.role,
        confirmed_at=now,
        created_at=now,
    )
    with Transaction() as transaction:
        accounts.save(transaction, account)
        if owner is None:
            identities.claim(transaction, Identity.EMPLOYER_EMAIL, email, account.account_id)
        message_id = _invite(transaction, account, owner)
    messages.dispatch(message_id)
    return _summary(account)


def _is_seen_by(administrator: Account, account_id: str) -> bool:
    account = accounts.get(account_id)
    return account is not None and bool(set(account.subject_ids) & set(administrator.subject_ids))


def _invite(transaction: Transaction, account: Account, owner: str | None) -> str:
    """The link to choose a password; to whoever has a space already, only the news that another company asks."""
    if owner in {None, account.account_id}:
        return access.write_link(transaction, account, LinkPurpose.EMPLOYER_ACCOUNT)
    return messages.write(
        transaction,
        occasion=f"employer-space-known:{account.account_id}:{tokens.new_id()}",
        template="employer_space_known",
        recipient=account.email,
        context={},
        about=account.account_id,
    )


def modify(administrator: Account, company_id: str, account_id: str, form: UserForm) -> UserSummary:
    """Change a user's name, role or companies; a lesser right counts from the next request on.

    Name and role hold for all of a user's companies: only who administers them all may change these.

    Errors: ``NotFound``; ``FieldErrors`` on ``company_ids``; ``Conflict`` for one's own role, the last administrator,
    or a user who also acts for companies of somebody else.
    """
    return retry_stale(partial(_modify, administrator, company_id, account_id, form))


def _modify(administrator: Account, company_id: str, account_id: str, form: UserForm) -> UserSummary:
    account = _user(company_id, account_id)
    elsewhere = tuple(one for one in account.subject_ids if one not in administrator.subject_ids)
    _check_companies(administrator, form.company_ids)
    companies = (*form.company_ids, *elsewhere)
    _check_number(companies)
    if (form.display_name, form.role) != (account.display_name, account.role):
        _check_whole(administrator, account)
    changed = replace(account, display_name=form.display_name, role=form.role, subject_ids=companies)
    left = tuple(one for one in account.subject_ids if one not in companies)
    loses = account.subject_ids if form.role is not EmployerRole.ADMINISTRATOR else left
    if account_id == administrator.account_id and (form.role is not account.role or left):
        raise Conflict("own_account", "Vous ne pouvez pas réduire vos propres droits.")
    with Transaction() as transaction:
        _keep_an_administrator(transaction, account, loses)
        accounts.save(transaction, changed)
        for one in left:
            accounts.leave(transaction, account_id, one)
    return _summary(changed)


def suspend(administrator: Account, company_id: str, account_id: str) -> UserSummary:
    """Keep a user out from this moment on: open sessions and links end at once (H126, H127). Safe to repeat.

    Errors: ``NotFound``; ``Conflict`` for oneself or the last active administrator of a company.
    """
    if account_id == administrator.account_id:
        raise Conflict("own_account", "Vous ne pouvez pas suspendre votre propre compte.")
    return retry_stale(partial(_suspend, administrator, company_id, account_id))


def _suspend(administrator: Account, company_id: str, account_id: str) -> UserSummary:
    account = _user(company_id, account_id)
    _check_whole(administrator, account)
    if account.state is AccountState.SUSPENDED:
        return _summary(account)
    suspended = replace(account, state=AccountState.SUSPENDED, generation=account.generation + 1)
    with Transaction() as transaction:
        _keep_an_administrator(transaction, account, account.subject_ids)
        accounts.save(transaction, suspended)
    return _summary(suspended)


def reinstate(administrator: Account, company_id: str, account_id: str) -> UserSummary:
    """Let a suspended user in again, with the password they had. Safe to repeat.

    Errors: ``NotFound``; ``Conflict`` for a user who also acts for companies of somebody else.
    """
    return retry_stale(partial(_reinstate, administrator, company_id, account_id))


def _reinstate(administrator: Account, company_id: str, account_id: str) -> UserSummary:
    account = _user(company_id, account_id)
    _check_whole(administrator, account)
    if account.state is not AccountState.SUSPENDED:
        return _summary(account)
    state = AccountState.ACTIVE if account.password_hash else AccountState.INVITED
    reinstated = replace(account, state=state)
    with Transaction() as transaction:
        accounts.save(transaction, reinstated)
    return _summary(reinstated)


def resend_link(company_id: str, account_id: str, *, source_ip: str) -> None:
    """Mail a user who has not chosen a password yet a new link.

    Errors: ``NotFound``; ``Conflict`` once the user has a password or is suspended; ``TooManyAttempts``.
    """
    account = _user(company_id, account_id)
    throttling.admit_attempt("resend-user-link", target=account_id, source_ip=source_ip)
    if account.state is not AccountState.INVITED:
        raise Conflict("not_invited", "Cet utilisateur a déjà choisi son mot de passe, ou il est suspendu.")
    owner = identities.find(Identity.EMPLOYER_EMAIL, account.email or "")
    with Transaction() as transaction:
        message_id = _invite(transaction, account, owner)
    messages.dispatch(message_id)


def _user(company_id: str, account_id: str) -> Account:
    account = accounts.get(account_id)
    if account is None or account.kind is not AccountKind.EMPLOYER or company_id not in account.subject_ids:
        raise NotFound
    return account


def _summary(account: Account) -> UserSummary:
    summary = account.as_user
    if summary is None:
        raise NotFound
    return summary


def _check_companies(administrator: Account, company_ids: tuple[str, ...]) -> None:
    if not set(company_ids) <= set(administrator.subject_ids):
        sentence = "Choisissez parmi les sociétés que vous administrez."
        raise FieldErrors.on("company_ids", sentence, "other_company")


def _check_number(company_ids: tuple[str, ...]) -> None:
    if not company_ids:
        raise FieldErrors.on("company_ids", "Choisissez au moins une société.", "missing")
    if len(company_ids) > MOST_COMPANIES:
        sentence = f"Un utilisateur agit pour {MOST_COMPANIES} sociétés au plus."
        raise FieldErrors.on("company_ids", sentence, "too_many")


def _check_whole(administrator: Account, account: Account) -> None:
    """What concerns the whole account is decided only by who administers all of its companies."""
    if not set(account.subject_ids) <= set(administrator.subject_ids):
        sentence = "Cet utilisateur agit aussi pour une société que vous n’administrez pas\u00a0: retirez-lui la vôtre."
        raise Conflict("other_company", sentence)


def _keep_an_administrator(transaction: Transaction, account: Account, company_ids: tuple[str, ...]) -> None:
    """Make sure that each company keeps an active administrator besides an account, until the transaction is over."""
    if account.role is not EmployerRole.ADMINISTRATOR or account.state is not AccountState.ACTIVE:
        return
    witnesses = {}
    for company_id in company_ids:
        witness = next((one for one in _administrators(company_id) if one.account_id != account.account_id), None)
        if witness is None:
            sentence = "La société doit garder au moins un administrateur actif\u00a0: nommez-en un autre d’abord."
            raise Conflict("last_administrator", sentence)
        witnesses[witness.account_id] = witness
    for witness in witnesses.values():
        accounts.unchanged(transaction, witness)


def _administrators(company_id: str) -> list[Account]:
    named = (one for one in accounts.users_of(company_id) if one.role is EmployerRole.ADMINISTRATOR)
    found = (accounts.get(one.account_id) for one in named if one.state is AccountState.ACTIVE)
    return [
        one
        for one in found
        if one is not None and one.state is AccountState.ACTIVE and one.role is EmployerRole.ADMINISTRATOR
    ]


def _email_used() -> FieldErrors:
    return FieldErrors.on("email", "Cette adresse ne peut pas servir\u00a0: indiquez-en une autre.", "email_used")
