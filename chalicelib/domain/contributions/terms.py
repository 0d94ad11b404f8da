"""Reading the contribution terms of a contract into tariffs and a calendar."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from chalicelib.domain.company import Contract, ContributionBasis, ContributionRate, ContributionTerms, Risk
from chalicelib.domain.contributions.calendar import BillingCalendar, Frequency
from chalicelib.domain.contributions.proration import Proration
from chalicelib.domain.contributions.statement import BilledContract
from chalicelib.domain.contributions.tariff import Price, PriceBasis, Role, Structure, Tariff, TrancheRate, faults_of
from chalicelib.domain.contributions.taxes import TaxKind, TaxPart
from chalicelib.domain.errors import FieldError, FieldErrors

_ROLES = {
    "unique": Role.UNIQUE,
    "salarie": Role.UNIQUE,
    "cotisation unique": Role.UNIQUE,
    "isole": Role.ALONE,
    "solo": Role.ALONE,
    "duo": Role.DUO,
    "famille": Role.FAMILY,
    "adulte": Role.ADULT,
    "enfant": Role.CHILD,
    "option conjoint": Role.SPOUSE_OPTION,
    "conjoint": Role.SPOUSE_OPTION,
    "option enfant": Role.CHILD_OPTION,
}
_UP_TO_PMSS = {ContributionBasis.TRANCHE_1_PERCENT: 1, ContributionBasis.TRANCHE_2_PERCENT: 4}


def calendar_from_terms(terms: ContributionTerms) -> BillingCalendar:
    """When a contract is called, by its terms.

    >>> terms = ContributionTerms(frequency="quarterly", due_day=15, in_advance=False, employer_share_percent="60")
    >>> calendar_from_terms(terms).frequency.months
    3
    """
    return BillingCalendar(frequency=Frequency(terms.frequency), in_advance=terms.in_advance, due_day=terms.due_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pricing:
    """The prices of a contract as a file writes them, from a day on, for one college or for everybody.

    What is left out is taken as: whole months due, the employer's share on the whole price, no free child, a second
    tranche of four ceilings, a responsible and solidary health cover. The taxes of a prévoyance contract depend on what
    it insures and must be given.
    """

    valid_from: date
    employer_percent: Decimal
    rates: tuple[ContributionRate, ...]
    college: str = ""
    taxes: tuple[TaxPart, ...] = ()
    dependants_employer_percent: Decimal | None = None
    free_child_from: int | None = None
    proration: Proration = field(default_factory=Proration)
    tranche_2_up_to_pmss: int = 4


def tariff_of(pricing: Pricing, *, risk: Risk, place: str = "contributions") -> Tariff:
    """The tariff that written prices make: each is told apart by its role, else by its label, and by its basis.

    A rate of a tranche needs no label. « Salarié » alone is one price whatever the family; beside options of dependants
    it is the base.

    Errors: ``FieldErrors`` under ``place`` where a label is not known, a price is missing, or the taxes are not known.
    Source: dossier 4.2, 4.3.

    >>> alone = ContributionRate(label="Isolé", basis=ContributionBasis.PMSS_PERCENT, value="1.50")
    >>> more = ContributionRate(label="Famille", basis=ContributionBasis.PMSS_PERCENT, value="3.90")
    >>> written = Pricing(valid_from=date(2025, 1, 1), employer_percent=Decimal(50), rates=(alone, more))
    >>> tariff_of(written, risk=Risk.HEALTH).structure.value
    'isole_famille'
    """
    borne = pricing.taxes or _taxes_of(risk, place)
    named = [(index, rate) for index, rate in enumerate(pricing.rates) if rate.basis not in _UP_TO_PMSS]
    roles = _roles(named, place)
    bounds = {**_UP_TO_PMSS, ContributionBasis.TRANCHE_2_PERCENT: pricing.tranche_2_up_to_pmss}
    tariff = Tariff(
        valid_from=pricing.valid_from.replace(day=1),
        structure=_structure(set(roles)),
        employer_percent=pricing.employer_percent,
        taxes=borne,
        prices=tuple(_price(role, rate) for role, (_, rate) in zip(roles, named, strict=True)),
        tranches=tuple(
            sorted(
                (
                    TrancheRate(up_to_pmss=bounds[rate.basis], percent=Decimal(rate.value))
                    for rate in pricing.rates
                    if rate.basis in bounds
                ),
                key=lambda tranche: tranche.up_to_pmss,
            )
        ),
        college=pricing.college,
        dependants_employer_percent=pricing.dependants_employer_percent,
        free_child_from=pricing.free_child_from,
        proration=pricing.proration,
    )
    faults = [FieldError(f"{place}.{name}", sentence) for name, sentence in faults_of(tariff)]
    if faults:
        raise FieldErrors(*faults)
    return tariff


def tariffs_of(contract: Contract) -> tuple[Tariff, ...]:
    """The tariffs of a contract: those it was given, else the one that the labels of its prices make.

    Errors: ``FieldErrors`` when neither makes a tariff: the contract cannot be called.
    Source: dossier 4.2, 4.3.

    >>> terms = ContributionTerms(frequency="monthly", due_day=5, in_advance=False, employer_share_percent="60",
    ...     rates=(ContributionRate(label="Salarié", basis=ContributionBasis.EUROS, value="40"),))
    >>> contract = Contract(contract_id="1", company_id="2", number="S-1", label="Santé", risk=Risk.HEALTH,
    ...                     starts_on=date(2026, 1, 20), terms=terms)
    >>> [one.valid_from for one in tariffs_of(contract)]
    [datetime.date(2026, 1, 1)]
    """
    terms = contract.terms
    if terms.tariffs:
        return terms.tariffs
    written = Pricing(
        valid_from=contract.starts_on, employer_percent=Decimal(terms.employer_share_percent), rates=terms.rates
    )
    return (tariff_of(written, risk=contract.risk),)


def billed_contract(contract: Contract) -> BilledContract:
    """What a contract says of contributions.

    Errors: ``FieldErrors`` when its terms do not suffice to call it.
    """
    return BilledContract(
        contract_id=contract.contract_id,
        company_id=contract.company_id,
        number=contract.number,
        cover=contract.period,
        tariffs=tariffs_of(contract),
        calendar=calendar_from_terms(contract.terms),
    )


def _taxes_of(risk: Risk, place: str) -> tuple[TaxPart, ...]:
    if risk is Risk.HEALTH:
        return (TaxPart(kind=TaxKind.HEALTH_RESPONSIBLE),)
    sentence = (
        "Indiquez les parts de la cotisation soumises à chaque taxe (décès, invalidité, indemnités journalières)."
    )
    raise FieldErrors.on(f"{place}.taxes", sentence)


def _roles(named: Sequence[tuple[int, ContributionRate]], place: str) -> list[Role]:
    faults, roles = [], []
    for index, rate in named:
        role = rate.role or _ROLES.get(_folded(rate.label))
        if role is None:
            said = f"Le prix «\u00a0{rate.label}\u00a0» n’est pas reconnu\u00a0:"
            sentence = f"{said} écrivez par exemple Isolé, Duo, Famille, Adulte ou Enfant."
            faults.append(FieldError(f"{place}.rates[{index}].label", sentence))
        else:
            roles.append(role)
    if faults:
        raise FieldErrors(*faults)
    options = {Role.SPOUSE_OPTION, Role.CHILD_OPTION} & set(roles)
    if any(rate.role for _, rate in named):
        return roles
    if Role.UNIQUE in roles and options | ({Role.CHILD} & set(roles)):
        as_options = {Role.UNIQUE: Role.EMPLOYEE, Role.CHILD: Role.CHILD_OPTION}
        return [as_options.get(role, role) for role in roles]
    return roles


def _structure(roles: set[Role]) -> Structure:
    if not roles:
        return Structure.NONE
    if Role.EMPLOYEE in roles:
        return Structure.OPTIONS
    if Role.ADULT in roles or Role.CHILD in roles:
        return Structure.ADULT_CHILD
    return Structure.UNIQUE if Role.UNIQUE in roles else Structure.SIZE


def _price(role: Role, rate: ContributionRate) -> Price:
    euros = rate.basis is ContributionBasis.EUROS
    return Price(
        role=role,
        basis=PriceBasis.EUROS if euros else PriceBasis.PMSS_PERCENT,
        value=Decimal(rate.value),
        population=rate.population,
    )


def _folded(label: str) -> str:
    plain = unicodedata.normalize("NFKD", label.casefold())
    return " ".join("".join(sign for sign in plain if not unicodedata.combining(sign)).split())
