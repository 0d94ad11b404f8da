"""The account of a contract: what was called under it, when it is called next, and what the company owes in all."""

from dataclasses import dataclass
from datetime import date

from chalicelib.domain.contributions.statement import StatementKind
from chalicelib.domain.money import Cents
from chalicelib.domain.periods import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledPeriod:
    """A statement that was issued, and where its lines lie: what later corrections are made against."""

    number: str
    kind: StatementKind
    period: Period
    lines: str
    parts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why a contract could not be called: since when, a stable code, and a French sentence for the agents."""

    since: date
    code: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionAccount:
    """One contract of one company. Units: cents. Written under a version, with whatever moves its balance.

    ``next_from`` is the first day of the period that is called next, and ``bill_on`` the day on which that is tried;
    both are absent once the contract has ended and its last corrections were made. ``called`` holds the statements that
    may still be corrected, oldest first. ``balance_cents`` is what the postings add up to for the company: what it
    owes, negative when it has paid too much. ``postings`` is how many there are. ``first_from`` is the first day of the
    first period that is called.
    """

    company_id: str
    contract_id: str
    balance_cents: Cents = 0
    postings: int = 0
    first_from: date | None = None
    next_from: date | None = None
    bill_on: date | None = None
    called: tuple[CalledPeriod, ...] = ()
    trouble: Trouble | None = None
    version: int = 0
