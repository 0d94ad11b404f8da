"""The employer: a company, where it is, who advises it, and the contracts it subscribed."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from chalicelib.domain.contributions.suspension import Suspension
from chalicelib.domain.contributions.tariff import Population, Role, Tariff
from chalicelib.domain.former_email import FormerEmail, remembered
from chalicelib.domain.guarantee import GuaranteeTable
from chalicelib.domain.mandate import Bank
from chalicelib.domain.periods import Period, day_after
from chalicelib.domain.work_stoppage.cover import WorkStoppageCover


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address in France or abroad."""

    line1: str
    line2: str = ""
    postcode: str
    city: str
    country: str = "FR"

    @property
    def in_one_line(self) -> str:
        """The address as a sentence or a table says it, without its country.

        >>> Address(line1="3 quai de la Fosse", postcode="44000", city="Nantes").in_one_line
        '3 quai de la Fosse, 44000 Nantes'
        """
        return ", ".join(part for part in (self.line1, self.line2, f"{self.postcode} {self.city}") if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Who advises the company: the one to ask for a change of cover (H33, H36)."""

    name: str
    orias: str
    email: str
    phone: str
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Accountant:
    """Who keeps the company's accounts, to ease exchanges (H111, H112)."""

    name: str
    firm: str = ""
    email: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """One legal unit of a subscription. Subsidiaries of one subscription share ``subscription_id``.

    ``phone`` and ``email`` are where the insurer reaches the company; name and SIREN change by an amendment only.
    ``former_emails`` are told of changes of account too, for a while.
    ``bank`` is the account its contributions are debited from, and those before.
    """

    company_id: str
    subscription_id: str
    name: str
    siren: str
    siret: str
    address: Address
    numero_adherent: str
    member_number_length: int
    broker: Broker
    administrator_account_id: str
    phone: str | None = None
    email: str | None = None
    former_emails: tuple[FormerEmail, ...] = ()
    accountant: Accountant | None = None
    bank: Bank | None = None
    created_at: datetime
    version: int = 0

    def with_email(self, email: str | None, *, at: datetime) -> "Company":
        """The same company reached at another address, or at none; the former one is remembered."""
        return replace(self, email=email, former_emails=remembered(self.former_emails, self.email, at=at))


class Risk(StrEnum):
    """What a contract insures; gates the functions of both spaces (H4, A3)."""

    HEALTH = "sante"
    PROVIDENT = "prevoyance"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractDocument:
    """A document attached to a contract: a title and the object that holds it."""

    document_id: str
    title: str
    key: str


class ContributionBasis(StrEnum):
    """What a price is a share of (dossier 4.2, 4.3)."""

    PMSS_PERCENT = "pmss_percent"
    TRANCHE_1_PERCENT = "tranche_1_percent"
    TRANCHE_2_PERCENT = "tranche_2_percent"
    EUROS = "euros"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionRate:
    """One price of a contract: for whom or what, on which basis, how much (a decimal number as text).

    ``role`` says what the price is for; without one its label does.
    """

    label: str
    basis: ContributionBasis
    value: str
    role: Role | None = None
    population: Population = Population.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionTerms:
    """How the contract is paid for: frequency, due day and the share of the employer.

    A due day that a month lacks is its last. ``tariffs`` holds the prices by month and college; it is empty where only
    the labels of ``rates`` say them (see ``contributions.terms``).
    """

    frequency: str
    due_day: int
    in_advance: bool
    employer_share_percent: str
    rates: tuple[ContributionRate, ...] = ()
    tariffs: tuple[Tariff, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A group contract of one company: a risk, a period, its guarantee tables by date and its terms.

    ``stoppage_cover`` is what a prévoyance contract pays during a work stoppage, once that is known here;
    ``suspensions`` the days on which its cover is suspended for unpaid contributions.
    """

    contract_id: str
    company_id: str
    number: str
    label: str
    risk: Risk
    starts_on: date
    ends_on: date | None = None
    terms: ContributionTerms
    tables: tuple[GuaranteeTable, ...] = ()
    stoppage_cover: WorkStoppageCover | None = None
    documents: tuple[ContractDocument, ...] = field(default=())
    suspensions: tuple[Suspension, ...] = ()

    @property
    def period(self) -> Period:
        """The days on which the contract covers; its end date is the last day of cover."""
        return Period(self.starts_on, day_after(self.ends_on) if self.ends_on else None)

    def is_suspended_on(self, day: date) -> bool:
        """Whether its cover is suspended on a day: care of that day is not paid without an agent's decision."""
        return any(one.holds(day) for one in self.suspensions)

    def table_on(self, day: date) -> GuaranteeTable | None:
        """The guarantee table in force on a day: the latest whose first day has come."""
        in_force = [table for table in self.tables if table.valid_from <= day]
        return max(in_force, key=lambda table: table.valid_from, default=None)
