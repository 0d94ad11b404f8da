"""What a contract costs from a month on: its prices by structure, its tranches, its taxes and who pays which part."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from chalicelib.domain.adjudication.explanation import in_percent
from chalicelib.domain.contributions.proration import Convention, Proration
from chalicelib.domain.contributions.taxes import TaxKind, TaxPart
from chalicelib.domain.errors import Refused
from chalicelib.domain.law import parameter
from chalicelib.domain.money import Cents, in_euros, percent_of, round_half_up
from chalicelib.domain.record import Record

_HUNDRED = Decimal(100)
MOST_CEILINGS = 8


class Structure(StrEnum):
    """Whom the prices tell apart (dossier 4.2); ``NONE`` when the contract is priced by tranches of pay alone."""

    NONE = "aucune"
    UNIQUE = "unique"
    SIZE = "isole_famille"
    ADULT_CHILD = "adulte_enfant"
    OPTIONS = "base_options"


class Role(StrEnum):
    """What one price is for."""

    UNIQUE = "unique"
    ALONE = "isole"
    DUO = "duo"
    FAMILY = "famille"
    ADULT = "adulte"
    CHILD = "enfant"
    EMPLOYEE = "salarie"
    SPOUSE_OPTION = "option_conjoint"
    CHILD_OPTION = "option_enfant"

    @property
    def label(self) -> str:
        """The price as a statement names it.

        >>> Role.ALONE.label
        'Isolé'
        """
        return _ROLES[self]


_ROLES = {
    Role.UNIQUE: "Cotisation unique",
    Role.ALONE: "Isolé",
    Role.DUO: "Duo",
    Role.FAMILY: "Famille",
    Role.ADULT: "Adulte",
    Role.CHILD: "Enfant",
    Role.EMPLOYEE: "Salarié",
    Role.SPOUSE_OPTION: "Option conjoint",
    Role.CHILD_OPTION: "Option enfant",
}

REQUIRED = {
    Structure.NONE: frozenset[Role](),
    Structure.UNIQUE: frozenset({Role.UNIQUE}),
    Structure.SIZE: frozenset({Role.ALONE, Role.FAMILY}),
    Structure.ADULT_CHILD: frozenset({Role.ADULT, Role.CHILD}),
    Structure.OPTIONS: frozenset({Role.EMPLOYEE}),
}
ACCEPTED = {
    **REQUIRED,
    Structure.SIZE: frozenset({Role.ALONE, Role.DUO, Role.FAMILY}),
    Structure.OPTIONS: frozenset({Role.EMPLOYEE, Role.SPOUSE_OPTION, Role.CHILD_OPTION}),
}


class Population(StrEnum):
    """Why somebody has a price of their own. Nobody pays while in ``PORTABILITY`` (CSS L911-8)."""

    ACTIVE = "actif"
    LOCAL_SCHEME = "alsace_moselle"
    APPRENTICE = "apprenti"
    PORTABILITY = "portabilite"

    @property
    def label(self) -> str:
        """What a statement adds to a heading; nothing for those who have the price of everybody.

        >>> Population.LOCAL_SCHEME.label
        'Alsace-Moselle'
        """
        return _POPULATIONS[self]


_POPULATIONS = {
    Population.ACTIVE: "",
    Population.LOCAL_SCHEME: "Alsace-Moselle",
    Population.APPRENTICE: "Apprentis",
    Population.PORTABILITY: "Portabilité",
}


class PriceBasis(StrEnum):
    """What a price is counted in."""

    PMSS_PERCENT = "pmss_percent"
    EUROS = "euros"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A monthly price with taxes: so many percent of the PMSS, or so many euros."""

    role: Role
    basis: PriceBasis
    value: Decimal
    population: Population = Population.ACTIVE

    @property
    def shown(self) -> str:
        """The price as a statement shows it.

        >>> price = Price(role=Role.ALONE, basis=PriceBasis.PMSS_PERCENT, value=Decimal("1.50"))
        >>> price.shown.replace("\\u00a0", " ")
        '1,5 % du PMSS'
        """
        if self.basis is PriceBasis.EUROS:
            return in_euros(self.cents(0))
        return f"{in_percent(self.value)} du PMSS"

    def cents(self, pmss_cents: Cents) -> Cents:
        """The price in cents, rounded half up, on a monthly ceiling; an amount in euros does not depend on it."""
        if self.basis is PriceBasis.EUROS:
            return round_half_up(self.value * 100)
        return round_half_up(percent_of(pmss_cents, self.value))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrancheRate:
    """A tranche of pay, from the end of the one before to a number of monthly ceilings, and its rate with taxes."""

    up_to_pmss: int
    percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """The prices of a contract from the first day of a month on, for one college or, without one, for everybody.

    ``employer_percent`` is the employer's share of what is compulsory. Where dependants are optional,
    ``dependants_employer_percent`` is its share of what they add, possibly nothing; absent, their cover is compulsory
    and shared like the employee's. ``free_child_from`` is the rank of the first child that is free.
    """

    valid_from: date
    structure: Structure
    employer_percent: Decimal
    taxes: tuple[TaxPart, ...]
    prices: tuple[Price, ...] = ()
    tranches: tuple[TrancheRate, ...] = ()
    college: str = ""
    dependants_employer_percent: Decimal | None = None
    free_child_from: int | None = None
    proration: Proration = field(default_factory=Proration)

    def price_of(self, role: Role, population: Population) -> Price | None:
        """The price of a role: the population's own, else the one that holds for everybody.

        >>> both = [Price(role=Role.UNIQUE, basis=PriceBasis.EUROS, value=Decimal(value), population=population)
        ...         for value, population in (("40", Population.ACTIVE), ("30", Population.LOCAL_SCHEME))]
        >>> tariff = Tariff(valid_from=date(2025, 1, 1), structure=Structure.UNIQUE, employer_percent=Decimal(50),
        ...                 taxes=(TaxPart(kind=TaxKind.EXEMPT),), prices=tuple(both))
        >>> [tariff.price_of(Role.UNIQUE, one).value for one in (Population.LOCAL_SCHEME, Population.APPRENTICE)]
        [Decimal('30'), Decimal('40')]
        """
        found = {price.population: price for price in self.prices if price.role is role}
        return found.get(population, found.get(Population.ACTIVE))

    @classmethod
    def from_record(cls, record: Record) -> "Tariff":
        """The tariff of a JSON object; faults are noted in the record, whose reader calls ``check``."""
        record.only(_FIELDS)
        tariff = cls(
            valid_from=record.day("valid_from"),
            structure=record.choice("structure", Structure),
            employer_percent=record.percent("employer_percent", most=100),
            taxes=tuple(_read_tax(entry) for entry in record.records("taxes")),
            prices=tuple(_read_price(entry) for entry in record.records("prices")),
            tranches=tuple(_read_tranche(entry) for entry in record.records("tranches")),
            college=record.text("college", default="", longest=80),
            dependants_employer_percent=record.percent_or_none("dependants_employer_percent", most=100),
            free_child_from=record.whole_or_none("free_child_from", least=1, most=20),
            proration=Proration(
                convention=record.choice("convention", Convention, default=Convention.FULL_MONTH),
                leaving_month_due=record.flag("leaving_month_due", default=True),
            ),
        )
        for name, sentence in faults_of(tariff):
            record.fault(name, sentence)
        return tariff

    def to_record(self) -> dict[str, object]:
        """The JSON object that ``from_record`` reads back as an equal tariff."""
        data: dict[str, object] = {
            "valid_from": self.valid_from.isoformat(),
            "structure": str(self.structure),
            "employer_percent": f"{self.employer_percent:f}",
            "taxes": [{"kind": str(one.kind), "share_percent": f"{one.share_percent:f}"} for one in self.taxes],
            "prices": [_price_to_record(one) for one in self.prices],
            "tranches": [{"up_to_pmss": one.up_to_pmss, "percent": f"{one.percent:f}"} for one in self.tranches],
            "convention": str(self.proration.convention),
            "leaving_month_due": self.proration.leaving_month_due,
        }
        if self.college:
            data["college"] = self.college
        if self.dependants_employer_percent is not None:
            data["dependants_employer_percent"] = f"{self.dependants_employer_percent:f}"
        if self.free_child_from is not None:
            data["free_child_from"] = self.free_child_from
        return data


_FIELDS = (
    *("valid_from", "structure", "employer_percent", "taxes", "prices", "tranches", "college"),
    *("dependants_employer_percent", "free_child_from", "convention", "leaving_month_due"),
)


def tariff_on(tariffs: Iterable[Tariff], month: date, *, college: str) -> Tariff:
    """The tariff of a month of cover: the college's own before the one for everybody, the latest that has begun.

    Errors: ``Refused`` (``no_tariff``) when the contract has no price for that college in that month.
    Source: contract clause; dossier 4.5 (a month keeps its own price, however late it is billed).
    """
    begun = tariffs_in_force(tariffs, month)
    found = begun.get(college, begun.get(""))
    if found is None:
        raise Refused("no_tariff", "Le contrat ne prévoit aucun tarif pour ce mois et ce collège.", college=college)
    return found


def tariffs_in_force(tariffs: Iterable[Tariff], month: date) -> dict[str, Tariff]:
    """The tariff of each college in a month of cover: the latest that has begun."""
    begun = [one for one in tariffs if one.valid_from <= month]
    return {one.college: one for one in sorted(begun, key=lambda one: one.valid_from)}


def faults_of(tariff: Tariff) -> list[tuple[str, str]]:
    """What makes a tariff unusable: a field and a French sentence for each fault.

    The employer pays at least half of a health cover. Errors: ``NoParameterFor``.
    Source: CSS L911-7 III; dossier 4.2.
    """
    found = []
    if tariff.valid_from.day != 1:
        found.append(("valid_from", "Un tarif prend effet le premier jour d’un mois."))
    if not tariff.prices and not tariff.tranches:
        found.append(("prices", "Le tarif doit fixer au moins un prix ou une tranche."))
    if sum(part.share_percent for part in tariff.taxes) != _HUNDRED:
        found.append(("taxes", "Les parts de la cotisation soumises à chaque taxe doivent faire 100\u00a0%."))
    bounds = [tranche.up_to_pmss for tranche in tariff.tranches]
    if sorted(set(bounds)) != bounds:
        found.append(("tranches", "Les tranches se suivent\u00a0: chacune va plus haut que la précédente."))
    return found + _faults_of_prices(tariff) + _faults_of_shares(tariff)


def _faults_of_prices(tariff: Tariff) -> list[tuple[str, str]]:
    keys = [(price.role, price.population) for price in tariff.prices]
    general = {role for role, population in keys if population is Population.ACTIVE}
    found = []
    if len(keys) != len(set(keys)):
        found.append(("prices", "Le même prix figure deux fois."))
    for role in sorted(REQUIRED[tariff.structure] - general):
        found.append(("prices", f"Il manque le prix «\u00a0{role.label}\u00a0»."))
    for role in sorted({role for role, _ in keys} - ACCEPTED[tariff.structure]):
        found.append(("prices", f"Le prix «\u00a0{role.label}\u00a0» ne fait pas partie de cette structure."))
    if any(population is Population.PORTABILITY for _, population in keys):
        found.append(("prices", "Le maintien au titre de la portabilité est gratuit\u00a0: il n’a pas de prix."))
    return found


def _faults_of_shares(tariff: Tariff) -> list[tuple[str, str]]:
    health = {TaxKind.HEALTH_RESPONSIBLE, TaxKind.HEALTH_OTHER, TaxKind.AGRICULTURAL, TaxKind.FIRST_EURO}
    if not any(part.kind in health for part in tariff.taxes):
        return []
    if tariff.employer_percent >= parameter("employer.share.min", on=tariff.valid_from).value:
        return []
    return [("employer_percent", "L’employeur prend en charge au moins la moitié de la cotisation santé.")]


def executive_shortfall(tariff: Tariff) -> Decimal:
    """How many points the employer lacks, on the first tranche, of the least an executive is owed; zero when none.

    Errors: ``NoParameterFor``.
    Source: ANI of 17 November 2017 (mostly for death cover, which the tariff does not tell); dossier 4.3.

    >>> tariff = Tariff(valid_from=date(2025, 1, 1), structure=Structure.NONE, employer_percent=Decimal(60),
    ...                 taxes=(TaxPart(kind=TaxKind.EXEMPT),),
    ...                 tranches=(TrancheRate(up_to_pmss=1, percent=Decimal("1.50")),))
    >>> executive_shortfall(tariff)
    Decimal('0.6')
    """
    least = parameter("executive.provident.min", on=tariff.valid_from).value
    first = sum((one.percent for one in tariff.tranches[:1]), Decimal(0))
    return max(Decimal(0), least - first * tariff.employer_percent / 100).normalize()


def _read_tax(record: Record) -> TaxPart:
    record.only(("kind", "share_percent"))
    return TaxPart(kind=record.choice("kind", TaxKind), share_percent=record.percent("share_percent", most=100))


def _read_price(record: Record) -> Price:
    record.only(("role", "basis", "value", "population"))
    return Price(
        role=record.choice("role", Role),
        basis=record.choice("basis", PriceBasis),
        value=record.decimal("value"),
        population=record.choice("population", Population, default=Population.ACTIVE),
    )


def _read_tranche(record: Record) -> TrancheRate:
    record.only(("up_to_pmss", "percent"))
    return TrancheRate(
        up_to_pmss=record.whole("up_to_pmss", least=1, most=MOST_CEILINGS),
        percent=record.percent("percent", most=100),
    )


def _price_to_record(price: Price) -> dict[str, object]:
    return {
        "role": str(price.role),
        "basis": str(price.basis),
        "value": f"{price.value:f}",
        "population": str(price.population),
    }
