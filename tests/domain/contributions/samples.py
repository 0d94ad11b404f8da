"""Contracts, tariffs and people that the tests start from."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from chalicelib.domain.contributions.calendar import BillingCalendar, Frequency
from chalicelib.domain.contributions.insured import Dependant, DependantKind, Insured, Stay
from chalicelib.domain.contributions.ledger import Ledger
from chalicelib.domain.contributions.proration import Convention, Proration
from chalicelib.domain.contributions.statement import BilledContract, Called, Statement, called_months, issue
from chalicelib.domain.contributions.tariff import Population, Price, PriceBasis, Role, Structure, Tariff, TrancheRate
from chalicelib.domain.contributions.taxes import TaxKind, TaxPart
from chalicelib.domain.periods import Period

SINCE_2024 = date(2024, 1, 1)
REAL_DAYS = Proration(convention=Convention.REAL_DAYS)
THIRTIETHS = Proration(convention=Convention.THIRTIETHS)


def percent(role: Role, value: str, population: Population = Population.ACTIVE) -> Price:
    """A price in percent of the PMSS."""
    return Price(role=role, basis=PriceBasis.PMSS_PERCENT, value=Decimal(value), population=population)


def euros(role: Role, value: str, population: Population = Population.ACTIVE) -> Price:
    """A price in euros."""
    return Price(role=role, basis=PriceBasis.EUROS, value=Decimal(value), population=population)


def tariff(structure: Structure, *prices: Price, employer: str = "50", **terms: Any) -> Tariff:
    """A responsible health tariff since 2024, shared by halves, unless said otherwise."""
    usual: dict[str, Any] = {"valid_from": SINCE_2024, "taxes": (TaxPart(kind=TaxKind.HEALTH_RESPONSIBLE),)}
    return Tariff(structure=structure, prices=prices, employer_percent=Decimal(employer), **(usual | terms))


def alone_or_family(**terms: Any) -> Tariff:
    """The dossier's: isolé 1.50 %, famille 3.90 %."""
    return tariff(Structure.SIZE, percent(Role.ALONE, "1.50"), percent(Role.FAMILY, "3.90"), **terms)


def provident(*tranches: tuple[int, str], employer: str = "60", **terms: Any) -> Tariff:
    """Tranches of pay, exempt from tax: the dossier's two unless said otherwise."""
    rates = tranches or ((1, "1.50"), (4, "1.80"))
    return tariff(
        Structure.NONE,
        employer=employer,
        tranches=tuple(TrancheRate(up_to_pmss=bound, percent=Decimal(rate)) for bound, rate in rates),
        **({"taxes": (TaxPart(kind=TaxKind.EXEMPT),)} | terms),
    )


def family(adults: int = 0, children: int = 0, since: date = SINCE_2024) -> tuple[Dependant, ...]:
    """So many dependants from a day on."""
    kinds = [DependantKind.ADULT] * adults + [DependantKind.CHILD] * children
    return tuple(Dependant(kind=kind, cover=Period(since)) for kind in kinds)


def person(
    member_id: str = "m1",
    since: date = SINCE_2024,
    until: date | None = None,
    *,
    population: Population = Population.ACTIVE,
    college: str = "",
    **facts: Any,
) -> Insured:
    """Somebody alone, there since 2024, unless said otherwise; ``until`` is the first day without cover."""
    stays = (Stay(cover=Period(since, until), population=population, college=college),)
    return Insured(member_id=member_id, name=f"Nom {member_id}", stays=stays, **facts)


def contract(*tariffs: Tariff, cover: Period | None = None, **calendar: Any) -> BilledContract:
    """A contract since 2024, called each month in arrears and due on the 15th, unless said otherwise."""
    clauses: dict[str, Any] = {"frequency": Frequency.MONTHLY, "in_advance": False, "due_day": 15} | calendar
    return BilledContract(
        contract_id="c1",
        company_id="e1",
        number="C2025",
        cover=cover or Period(SINCE_2024),
        tariffs=tariffs or (alone_or_family(),),
        calendar=BillingCalendar(**clauses),
    )


def called_by(former: Sequence[Statement]) -> Called:
    """What some statements called, all of a contract's."""
    return Called(months=called_months(former), lines=[line for one in former for line in one.lines])


def call(
    of: BilledContract,
    month: date,
    *insured: Insured,
    former: Sequence[Statement] = (),
    ledger: Ledger | None = None,
) -> Statement:
    """The statement of a period, numbered after its month and issued on its first day."""
    return issue(
        of,
        number=f"A{month:%Y%m}",
        period_of=month,
        issued_on=month,
        insured=insured,
        former=called_by(former),
        balance_cents=ledger.balance_cents() if ledger else 0,
    )
