"""Whom a mail about a démarche goes to: the member who opened it, or the user of the company who did."""

from chalicelib.domain.account import AccountState
from chalicelib.domain.request import Actor, Request
from chalicelib.storage import accounts, members


def email_of(request: Request) -> str | None:
    """The address of whoever opened a request; ``None`` for a user who may no longer act for the company."""
    if request.opened_by is Actor.EMPLOYER:
        return _user_email(request)
    member = members.get(request.member_id) if request.member_id else None
    return member.email if member else None


def _user_email(request: Request) -> str | None:
    account = accounts.get(request.account_id) if request.account_id else None
    if account is None or account.state is AccountState.SUSPENDED or request.company_id not in account.subject_ids:
        return None
    return account.email
