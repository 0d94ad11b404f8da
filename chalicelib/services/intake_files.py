"""The files an insurer drops into the intake bucket: their schemas, from which docs/intake/ is generated."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.domain.company import ContributionBasis, Risk
from chalicelib.domain.contributions.proration import Convention
from chalicelib.domain.contributions.tariff import Population, Role
from chalicelib.domain.contributions.taxes import TaxKind
from chalicelib.domain.member import Relationship
from chalicelib.domain.work_stoppage.cover import LONGEST_DAYS, FranchiseKind, PayBasis
from chalicelib.domain.work_stoppage.kinds import StoppageKind
from chalicelib.identifiers.fields import (
    EmailStrFr,
    IbanStr,
    NirStr,
    NumeroAdherentStr,
    PhoneFrStr,
    PostcodeStr,
    SirenStr,
    SiretStr,
)
from chalicelib.validation import Schema

Name = Annotated[str, Field(min_length=1, max_length=120)]
Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{2,63}$", examples=["SOUS-2026-0042"])]


class AddressForm(Schema):
    """A French postal address."""

    line1: Name
    line2: Annotated[str, Field(max_length=120)] = ""
    postcode: PostcodeStr
    city: Name


class BrokerForm(Schema):
    """The broker who advises the company (H33)."""

    name: Name
    orias: Annotated[str, Field(pattern=r"^\d{8}$", description="Numéro ORIAS", examples=["07001234"])]
    email: EmailStrFr
    phone: PhoneFrStr
    address: AddressForm


class CompanyForm(Schema):
    """One legal unit: the company itself or a subsidiary."""

    name: Name
    siren: SirenStr
    siret: SiretStr
    address: AddressForm


class AdministratorForm(Schema):
    """The first person of the company who may sign in to the espace RH."""

    first_name: Name
    last_name: Name
    email: EmailStrFr


class RateForm(Schema):
    """One price: a percentage of the PMSS or of a salary tranche, or an amount in euros a month.

    ``role`` says what the price is for; without one its label does: « Isolé », « Famille », « Adulte »…
    """

    label: Name
    basis: ContributionBasis
    value: Annotated[Decimal, Field(gt=0, max_digits=9, decimal_places=4)]
    role: Role | None = None
    population: Literal[Population.ACTIVE, Population.LOCAL_SCHEME, Population.APPRENTICE] = Population.ACTIVE


class TaxForm(Schema):
    """The share of the premium that bears one tax; the shares of a tariff make a hundred."""

    kind: TaxKind
    share_percent: Annotated[Decimal, Field(gt=0, le=100, max_digits=5, decimal_places=2)] = Decimal(100)


class PricingForm(Schema):
    """The prices of a contract and who bears them; a prévoyance contract that is to be called says its taxes."""

    employer_share_percent: Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]
    dependants_employer_share_percent: (
        Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)] | None
    ) = None
    rates: Annotated[list[RateForm], Field(max_length=40)] = []
    taxes: Annotated[list[TaxForm], Field(max_length=7)] = []
    free_child_from: Annotated[int, Field(ge=1, le=20)] | None = None
    convention: Convention = Convention.FULL_MONTH
    leaving_month_due: bool = True
    tranche_2_up_to_pmss: Annotated[int, Field(ge=2, le=8)] = 4


class TariffForm(PricingForm):
    """Prices from the first day of a month on, for one college or for everybody."""

    valid_from: date
    college: Annotated[str, Field(max_length=80)] = ""


class ContributionForm(PricingForm):
    """How the contract is paid for: its prices on its first day, and those of other colleges or from a later month on.

    A due day that a month lacks is its last one: 31 says the end of the month. ``called_from`` is a day of the first
    period to call here, that of ``starts_on`` unless the months before were called elsewhere.
    """

    frequency: Literal["monthly", "quarterly"]
    due_day: Annotated[int, Field(ge=1, le=31)]
    in_advance: bool = False
    called_from: date | None = None
    tariffs: Annotated[list[TariffForm], Field(max_length=40)] = []


class ContractDocumentForm(Schema):
    """A PDF that was dropped under ``attachments/`` before the file that names it."""

    title: Name
    file: Annotated[str, Field(pattern=r"^attachments/[A-Za-z0-9._-]{1,120}$")]


class TrancheForm(Schema):
    """A slice of the yearly pay, up to a number of yearly ceilings (PASS), and the percentage that is guaranteed."""

    up_to_pass: Annotated[int, Field(ge=1, le=8)]
    percent: Annotated[Decimal, Field(gt=0, le=100, max_digits=5, decimal_places=2)]


class FranchiseForm(Schema):
    """The days left unpaid for some kinds of stoppage, and how they are counted."""

    stoppages: Annotated[list[StoppageKind], Field(min_length=1, max_length=12)]
    kind: FranchiseKind
    days: Annotated[int, Field(ge=0, le=LONGEST_DAYS)]
    relapse_days: Annotated[int, Field(ge=0, le=365)] = 0
    window_months: Annotated[int, Field(ge=1, le=36)] = 12
    hospital_days: Annotated[int, Field(ge=0, le=LONGEST_DAYS)] | None = None


class StoppageCoverForm(Schema):
    """What a prévoyance contract pays during a work stoppage; a kind that no franchise names is not covered."""

    tranches: Annotated[list[TrancheForm], Field(min_length=1, max_length=4)]
    franchises: Annotated[list[FranchiseForm], Field(min_length=1, max_length=12)]
    basis: PayBasis = PayBasis.GROSS
    most_days: Annotated[int, Field(ge=1, le=LONGEST_DAYS)] = 1095
    deducts_statutory: bool = True


class ContractForm(Schema):
    """A group contract: what it insures, from when, on which terms. A santé contract has a guarantee table."""

    number: Reference
    label: Name
    risk: Risk
    starts_on: date
    ends_on: date | None = None
    covers: list[SiretStr] = Field(default=[], description="SIRET of the companies covered; all of them when empty")
    contributions: ContributionForm
    guarantee_table: dict[str, Any] | None = None
    stoppage_cover: StoppageCoverForm | None = None
    documents: Annotated[list[ContractDocumentForm], Field(max_length=20)] = []


class SubscriptionFile(Schema):
    """A company's subscription (H7): who, advised by whom, which contracts, who administers."""

    kind: Literal["subscription"]
    reference: Reference
    companies: Annotated[list[CompanyForm], Field(min_length=1, max_length=10)]
    broker: BrokerForm
    administrator: AdministratorForm
    member_number_length: Literal[7, 14] = 14
    contracts: Annotated[list[ContractForm], Field(min_length=1, max_length=6)]


class TariffChangeFile(Schema):
    """New prices of a contract from a month on (H39): months called before are corrected with the next statement."""

    kind: Literal["tariff_change"]
    reference: Reference
    numero_adherent: NumeroAdherentStr
    contract: Reference
    tariffs: Annotated[list[TariffForm], Field(min_length=1, max_length=40)]


class BankForm(Schema):
    """Where reimbursements are paid."""

    iban: IbanStr
    holder: Name


class DependantForm(Schema):
    """A dependant whose proofs the insurer already holds."""

    relationship: Relationship
    first_name: Name
    last_name: Name
    birth_date: date
    nir: NirStr | None = None


class EnrolledMember(Schema):
    """An employee taken over with everything known, e-mail or not (H135, H137)."""

    first_name: Name
    last_name: Name
    birth_date: date
    nir: NirStr
    email: EmailStrFr | None = None
    address: AddressForm
    bank: BankForm
    regime: Literal["general", "alsace_moselle"] = "general"
    teletransmission: bool = False
    contracts: Annotated[list[Reference], Field(min_length=1, max_length=4)]
    starts_on: date
    college: Annotated[str, Field(max_length=80)] = ""
    apprentice: bool = False
    dependants: Annotated[list[DependantForm], Field(max_length=15)] = []


class EnrolmentFile(Schema):
    """Employees of a company taken over from a former insurer or affiliated on paper."""

    kind: Literal["enrolment"]
    reference: Reference
    numero_adherent: NumeroAdherentStr
    members: Annotated[list[EnrolledMember], Field(min_length=1, max_length=500)]


class EnrolmentHeader(Schema):
    """The first line of an enrolment in JSON Lines; each other line is an ``EnrolledMember``."""

    kind: Literal["enrolment"]
    reference: Reference
    numero_adherent: NumeroAdherentStr


class AgentForm(Schema):
    """An agent of the insurer's back office."""

    first_name: Name
    last_name: Name
    email: EmailStrFr


class AgentsFile(Schema):
    """Agents who may sign in to the back office."""

    kind: Literal["agents"]
    reference: Reference
    agents: Annotated[list[AgentForm], Field(min_length=1, max_length=20)]


FILES: dict[str, type[SubscriptionFile | EnrolmentFile | AgentsFile | TariffChangeFile]] = {
    "subscription": SubscriptionFile,
    "tariff_change": TariffChangeFile,
    "enrolment": EnrolmentFile,
    "agents": AgentsFile,
}
