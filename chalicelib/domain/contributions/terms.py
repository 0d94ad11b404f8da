"""Reading the contribution terms that a subscription carries today into a tariff and a calendar."""

import unicodedata
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from chalicelib.domain.company import ContributionBasis, ContributionRate, ContributionTerms, Risk
from chalicelib.domain.contributions.calendar import BillingCalendar, Frequency
from chalicelib.domain.contributions.proration import Proration
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


def tariff_from_terms(
    terms: ContributionTerms,
    *,
    risk: Risk,
    valid_from: date,
    taxes: Sequence[TaxPart] = (),
    proration: Proration | None = None,
    tranche_2_up_to_pmss: int = 4,
) -> Tariff:
    """The tariff that the terms of a contract say: its prices are told apart by their labels and their bases.

    A rate of a tranche needs no label. « Salarié » alone is one price whatever the family; beside options of dependants
    it is the base. What the terms do not say is taken as: everybody in one college, whole months due, the employer's
    share on the whole price, no free child, a second tranche of four ceilings, a responsible and solidary health cover.
    The taxes of a prévoyance contract depend on what it insures and must be given.

    Errors: ``FieldErrors`` where a label is not known, a price is missing, or the taxes are not known.
    Source: dossier 4.2, 4.3.

    >>> rate = ContributionRate(label="Isolé", basis=ContributionBasis.PMSS_PERCENT, value="1.50")
    >>> more = ContributionRate(label="Famille", basis=ContributionBasis.PMSS_PERCENT, value="3.90")
    >>> terms = ContributionTerms(frequency="monthly", due_day=5, in_advance=False, employer_share_percent="50",
    ...                           rates=(rate, more))
    >>> tariff_from_terms(terms, risk=Risk.HEALTH, valid_from=date(2025, 1, 1)).structure.value
    'isole_famille'
    """
    borne = tuple(taxes) or _taxes_of(risk)
    named = [(index, rate) for index, rate in enumerate(terms.rates) if rate.basis not in _UP_TO_PMSS]
    roles = _roles(named)
    bounds = {**_UP_TO_PMSS, ContributionBasis.TRANCHE_2_PERCENT: tranche_2_up_to_pmss}
    tariff = Tariff(
        valid_from=valid_from.replace(day=1),
        structure=_structure(set(roles)),
        employer_percent=Decimal(terms.employer_share_percent),
        taxes=borne,
        prices=tuple(_price(role, rate) for role, (_, rate) in zip(roles, named, strict=True)),
        tranches=tuple(
            sorted(
                (
                    TrancheRate(up_to_pmss=bounds[rate.basis], percent=Decimal(rate.value))
                    for rate in terms.rates
                    if rate.basis in bounds
                ),
                key=lambda tranche: tranche.up_to_pmss,
            )
        ),
        proration=proration or Proration(),
    )
    faults = [FieldError(f"contributions.{name}", sentence) for name, sentence in faults_of(tariff)]
    if faults:
        raise FieldErrors(*faults)
    return tariff


def _taxes_of(risk: Risk) -> tuple[TaxPart, ...]:
    if risk is Risk.HEALTH:
        return (TaxPart(kind=TaxKind.HEALTH_RESPONSIBLE),)
    sentence = (
        "Indiquez les parts de la cotisation soumises à chaque taxe (décès, invalidité, indemnités journalières)."
    )
    raise FieldErrors.on("contributions.taxes", sentence)


def _roles(named: Sequence[tuple[int, ContributionRate]]) -> list[Role]:
    faults, roles = [], []
    for index, rate in named:
        role = _ROLES.get(_folded(rate.label))
        if role is None:
            said = f"Le prix «\u00a0{rate.label}\u00a0» n’est pas reconnu\u00a0:"
            sentence = f"{said} écrivez par exemple Isolé, Duo, Famille, Adulte ou Enfant."
            faults.append(FieldError(f"contributions.rates[{index}].label", sentence))
        else:
            roles.append(role)
    if faults:
        raise FieldErrors(*faults)
    options = {Role.SPOUSE_OPTION, Role.CHILD_OPTION} & set(roles)
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
    return Price(role=role, basis=PriceBasis.EUROS if euros else PriceBasis.PMSS_PERCENT, value=Decimal(rate.value))


def _folded(label: str) -> str:
    plain = unicodedata.normalize("NFKD", label.casefold())
    return " ".join("".join(sign for sign in plain if not unicodedata.combining(sign)).split())
