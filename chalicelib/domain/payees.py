"""Whom transfers go to when they go to a professional: the accounts that agents have checked, by number (H151)."""

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.mandate import takes_effect_at
from chalicelib.domain.member import BankAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedAccount:
    """An account that an agent has checked, and from when it is paid to; ``lookup`` tells it from any other."""

    account: BankAccount
    lookup: str
    recorded_by: str
    recorded_at: datetime
    effective_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Professional:
    """A professional's accounts in the order they were recorded, by the number that a flow names them with."""

    number: str
    accounts: tuple[CheckedAccount, ...] = ()
    version: int = 0

    def account_on(self, instant: datetime) -> BankAccount | None:
        """The account that is paid at an instant."""
        begun = [one for one in self.accounts if one.effective_at <= instant]
        return begun[-1].account if begun else None

    def with_account(self, account: BankAccount, *, lookup: str, agent_id: str, at: datetime) -> "Professional":
        """The same professional with another account, paid after the delay of any change; the first one too.

        An account that still waits is replaced by the newer one.

        Source: dossier 8.4 (cooling-off after a change of account); ``bank.cooling_off``.
        """
        checked = CheckedAccount(
            account=account,
            lookup=lookup,
            recorded_by=agent_id,
            recorded_at=at,
            effective_at=takes_effect_at(at),
        )
        kept = tuple(one for one in self.accounts if one.effective_at <= at)
        return replace(self, accounts=(*kept, checked))
