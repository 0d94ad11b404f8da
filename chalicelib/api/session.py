"""Who may call a route, and the check of who does: one declaration, one place that decides.

A token begins with the id of what it opens, so a request is authenticated by one read. Every denial looks the same to a
stranger; somebody else's data look as if they did not exist.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.domain.account import Account, AccountKind, EmployerRole
from chalicelib.domain.errors import Forbidden, NotFound, NotSignedIn
from chalicelib.domain.member import Member
from chalicelib.services import access, affiliation


class Access(StrEnum):
    """Who may call a route. There is no default: a route that does not say is refused at import."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    INVITED = "invited"
    MEMBER = "member"
    EMPLOYER = "employer"
    COMPANY_READER = "company_reader"
    COMPANY_MANAGER = "company_manager"
    COMPANY_ADMINISTRATOR = "company_administrator"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in account and the token it came with."""

    account: Account
    token: str

    @property
    def member_id(self) -> str:
        """The member whose space this is."""
        return self.account.subject_ids[0]


@dataclass(frozen=True, slots=True)
class Invited:
    """An employee who holds an invitation and has no account yet."""

    member: Member


KINDS = {
    Access.MEMBER: AccountKind.MEMBER,
    Access.EMPLOYER: AccountKind.EMPLOYER,
    Access.COMPANY_READER: AccountKind.EMPLOYER,
    Access.COMPANY_MANAGER: AccountKind.EMPLOYER,
    Access.COMPANY_ADMINISTRATOR: AccountKind.EMPLOYER,
    Access.AGENT: AccountKind.AGENT,
}

ROLES = {
    Access.COMPANY_READER: EmployerRole.READER,
    Access.COMPANY_MANAGER: EmployerRole.MANAGER,
    Access.COMPANY_ADMINISTRATOR: EmployerRole.ADMINISTRATOR,
}
"""The least role that a user of the company in the path needs (H122–H127)."""


def admit(access_rule: Access, headers: Mapping[str, str], path_values: Mapping[str, str]) -> Caller | Invited | None:
    """The caller of a route, if the route's declaration lets them in.

    Errors: ``NotSignedIn``; ``Forbidden`` for the wrong kind of account or a lesser role; ``NotFound`` for another
    company.
    """
    return ADMISSIONS[access_rule](access_rule, headers, path_values)


def bearer(headers: Mapping[str, str]) -> str:
    """The token of the ``Authorization`` header.

    Errors: ``NotSignedIn`` when there is none.
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotSignedIn
    return token.strip()


def _public(rule: Access, headers: Mapping[str, str], path_values: Mapping[str, str]) -> None:
    return None


def _account(rule: Access, headers: Mapping[str, str], path_values: Mapping[str, str]) -> Caller:
    token = bearer(headers)
    account = access.authenticate(token)
    if rule is not Access.SIGNED_IN and account.kind is not KINDS[rule]:
        raise Forbidden
    if rule in ROLES:
        _check_company(account, path_values["company_id"], ROLES[rule])
    return Caller(account, token)


def _check_company(account: Account, company_id: str, needed: EmployerRole) -> None:
    if company_id not in account.subject_ids:
        raise NotFound
    if account.role is None or not account.role.includes(needed):
        raise Forbidden


def _invited(rule: Access, headers: Mapping[str, str], path_values: Mapping[str, str]) -> Invited:
    return Invited(affiliation.open_invitation(bearer(headers)))


ADMISSIONS: Mapping[Access, Callable[[Access, Mapping[str, str], Mapping[str, str]], Caller | Invited | None]] = {
    Access.PUBLIC: _public,
    Access.INVITED: _invited,
    Access.SIGNED_IN: _account,
    Access.MEMBER: _account,
    Access.EMPLOYER: _account,
    Access.COMPANY_READER: _account,
    Access.COMPANY_MANAGER: _account,
    Access.COMPANY_ADMINISTRATOR: _account,
    Access.AGENT: _account,
}
