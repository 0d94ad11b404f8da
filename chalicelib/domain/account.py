"""Sign-in accounts: what kind they are, when their space opens, when a password link or a lock ends."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from chalicelib.domain.former_email import FormerEmail, remembered
from chalicelib.domain.law import parameter
from chalicelib.domain.mandate import SignatureCode


class AccountKind(StrEnum):
    """Which space an account opens."""

    EMPLOYER = "employer"
    MEMBER = "member"
    AGENT = "agent"


class AccountState(StrEnum):
    """Whether an account may sign in."""

    INVITED = "invited"
    ACTIVE = "active"
    SUSPENDED = "suspended"


STATE_LABELS = {
    AccountState.INVITED: "Invité",
    AccountState.ACTIVE: "Actif",
    AccountState.SUSPENDED: "Suspendu",
}


class EmployerRole(StrEnum):
    """What an employer's user may do: read, see to employees and démarches, or to users and bank details too (H122)."""

    READER = "reader"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"

    def includes(self, other: "EmployerRole") -> bool:
        """Whether this role may do all that another may.

        >>> EmployerRole.MANAGER.includes(EmployerRole.READER), EmployerRole.READER.includes(EmployerRole.MANAGER)
        (True, False)
        """
        ranks = list(EmployerRole)
        return ranks.index(self) >= ranks.index(other)


ROLE_LABELS = {
    EmployerRole.READER: "Consultation",
    EmployerRole.MANAGER: "Gestion",
    EmployerRole.ADMINISTRATOR: "Administration",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSummary:
    """What a company's list of users shows of one (H122); it cannot be saved."""

    account_id: str
    display_name: str
    email: str
    role: EmployerRole
    state: AccountState
    company_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingMobile:
    """A mobile number to be confirmed with the code sent to it."""

    mobile: str
    code: SignatureCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who may sign in.

    ``subject_ids`` are the companies of an employer's user, or the member of a member's account. Only an employer's
    user has a ``role``; ``mobile`` is where codes are sent to sign (H85, H86), ``mobile_changed_at`` when it last
    replaced another one and ``pending_mobile`` a number that waits to be confirmed. ``former_emails`` are told of
    changes of account for a while.
    """

    account_id: str
    kind: AccountKind
    state: AccountState
    email: str | None
    display_name: str
    subject_ids: tuple[str, ...]
    role: EmployerRole | None = None
    mobile: str | None = None
    mobile_changed_at: datetime | None = None
    pending_mobile: PendingMobile | None = None
    former_emails: tuple[FormerEmail, ...] = ()
    confirmed_at: datetime | None = None
    password_hash: str | None = None
    generation: int = 0
    created_at: datetime
    version: int = 0

    def with_mobile(self, mobile: str | None, *, at: datetime) -> "Account":
        """The same account with another mobile number; when one replaced another is kept, since it must settle (M88).

        The first one has nothing to settle, unless there was one before that.
        """
        if mobile == self.mobile:
            return replace(self, pending_mobile=None)
        replaces = self.mobile is not None or self.mobile_changed_at is not None
        return replace(self, mobile=mobile, mobile_changed_at=at if replaces else None, pending_mobile=None)

    def with_email(self, email: str, *, at: datetime) -> "Account":
        """The same account with another address: its sessions and links end, the former address is remembered."""
        formers = remembered(self.former_emails, self.email, at=at)
        return replace(self, email=email, former_emails=formers, generation=self.generation + 1)

    @property
    def as_user(self) -> UserSummary | None:
        """What lists of a company's users show of an employer's account; ``None`` for any other."""
        if self.role is None:
            return None
        return UserSummary(
            account_id=self.account_id,
            display_name=self.display_name,
            email=self.email or "",
            role=self.role,
            state=self.state,
            company_ids=self.subject_ids,
        )


class LinkPurpose(StrEnum):
    """Why a password link was sent."""

    FIRST_CONNECTION = "first_connection"
    FORGOTTEN_PASSWORD = "forgotten_password"
    AGENT_ACCOUNT = "agent_account"
    EMPLOYER_ACCOUNT = "employer_account"


def opens_at(confirmed_at: datetime) -> datetime:
    """When a space opens: a fixed delay after the person's confirmation mail was accepted for sending.

    Units: instants.
    Source: guide-entreprise H9, guide-salarie M4; A2 and A4 decide which mail and which instant.

    >>> from datetime import UTC
    >>> opens_at(datetime(2026, 3, 2, 9, 30, tzinfo=UTC)).isoformat()
    '2026-03-05T09:30:00+00:00'
    """
    return confirmed_at + _hours("account.delay", confirmed_at.date())


def link_expires_at(sent_at: datetime) -> datetime:
    """When a password link stops working.

    Source: dossier 7.2 (a link is valid 24 hours, once).

    >>> from datetime import UTC
    >>> link_expires_at(datetime(2026, 3, 2, 9, 30, tzinfo=UTC)).isoformat()
    '2026-03-03T09:30:00+00:00'
    """
    return sent_at + _hours("account.link", sent_at.date())


def _hours(key: str, day: date) -> timedelta:
    return timedelta(hours=int(parameter(key, on=day).value))
