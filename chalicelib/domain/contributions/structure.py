"""What a family costs for a whole month, by the structure of the tariff: the employee's part and the dependants'."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chalicelib.domain.adjudication.explanation import in_percent
from chalicelib.domain.contributions.insured import Situation
from chalicelib.domain.contributions.tariff import PriceBasis, Role, Structure, Tariff
from chalicelib.domain.contributions.wording import counted, of_month
from chalicelib.domain.errors import Refused
from chalicelib.domain.money import Cents, in_euros
from chalicelib.domain.working import Working


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPrice:
    """The price of a whole month with taxes. Units: cents. ``label`` is what a statement groups by, ``rate`` the price
    as it shows it where there is only one.
    """

    label: str
    employee_cents: Cents
    dependants_cents: Cents
    rate: str = ""

    @property
    def total_cents(self) -> Cents:
        """What the family costs."""
        return self.employee_cents + self.dependants_cents


def month_price(tariff: Tariff, situation: Situation, *, month: date, working: Working) -> MonthPrice:
    """The price of one month of cover of a family, whatever the days covered.

    One price whatever the family; or by the number of people, a duo paying the family's price where there is no price
    of its own; or so much an adult and so much a child, the children free from a rank on; or a base for the employee
    and options for dependants, free where the tariff has no such option.

    Units: cents. Errors: ``NoParameterFor``; ``Refused`` (``no_price``).
    Source: contract clause; dossier 4.2.
    """
    match tariff.structure:
        case Structure.UNIQUE:
            return _single(tariff, situation, Role.UNIQUE, month, working)
        case Structure.SIZE:
            return _by_size(tariff, situation, month, working)
        case Structure.ADULT_CHILD:
            return _by_head(tariff, situation, (Role.ADULT, Role.ADULT, Role.CHILD), month, working)
        case Structure.OPTIONS:
            roles = (Role.EMPLOYEE, Role.SPOUSE_OPTION, Role.CHILD_OPTION)
            return _by_head(tariff, situation, roles, month, working)
        case Structure.NONE:
            return MonthPrice(label="", employee_cents=0, dependants_cents=0)


def unit_price(tariff: Tariff, role: Role, situation: Situation, *, month: date, working: Working) -> Cents:
    """One price of the tariff for a month of cover, rounded half up at the cent, on the PMSS of that month.

    Units: cents, with taxes. Errors: ``NoParameterFor`` when the PMSS of the month is not known;
    ``Refused`` (``no_price``) when the tariff lacks the price.
    Source: contract clause; dossier 4.2.
    """
    price = tariff.price_of(role, situation.population)
    if price is None:
        sentence = f"Le tarif ne fixe pas le prix «\u00a0{role.label}\u00a0»."
        raise Refused("no_price", sentence, role=str(role))
    if price.basis is PriceBasis.EUROS:
        cents = price.cents(0)
        return working.step(
            "contribution.price",
            source="Contrat, cotisations",
            amount_cents=cents,
            sentence=f"{role.label}\u00a0: {in_euros(cents)} par mois.",
            role=role,
            population=situation.population,
            euros=price.value,
        )
    pmss = working.law("pmss", on=month).cents
    cents = price.cents(pmss)
    return working.step(
        "contribution.price",
        source="Contrat, cotisations\u00a0; CSS art. D242-17 (plafond mensuel)",
        amount_cents=cents,
        sentence=f"{role.label}\u00a0: {in_percent(price.value)} du plafond mensuel {of_month(month)}"
        f" ({in_euros(pmss)}), soit {in_euros(cents)}.",
        role=role,
        population=situation.population,
        percent=price.value,
        pmss_cents=pmss,
    )


def _single(tariff: Tariff, situation: Situation, role: Role, month: date, working: Working) -> MonthPrice:
    cents = unit_price(tariff, role, situation, month=month, working=working)
    return MonthPrice(
        label=role.label,
        employee_cents=cents,
        dependants_cents=0,
        rate=_shown(tariff, role, situation),
    )


def _by_size(tariff: Tariff, situation: Situation, month: date, working: Working) -> MonthPrice:
    alone = _single(tariff, situation, Role.ALONE, month, working)
    if situation.people == 1:
        return alone
    duo = situation.people == 2 and tariff.price_of(Role.DUO, situation.population) is not None
    role = Role.DUO if duo else Role.FAMILY
    whole = unit_price(tariff, role, situation, month=month, working=working)
    employee = min(alone.employee_cents, whole)
    return MonthPrice(
        label=role.label,
        employee_cents=employee,
        dependants_cents=whole - employee,
        rate=_shown(tariff, role, situation),
    )


def _shown(tariff: Tariff, role: Role, situation: Situation) -> str:
    price = tariff.price_of(role, situation.population)
    return price.shown if price else ""


def _household(adults: int, children: int, free: int) -> str:
    heads = counted(adults, "adulte", "adultes")
    if children or free:
        heads += f" et {counted(children, 'enfant', 'enfants')}"
    return f"{heads} ({free} de plus sans cotisation)" if free else heads


def _by_head(
    tariff: Tariff, situation: Situation, roles: tuple[Role, Role, Role], month: date, working: Working
) -> MonthPrice:
    own, adult, child = roles
    free_from = tariff.free_child_from
    children = situation.children if free_from is None else min(situation.children, free_from - 1)
    employee = unit_price(tariff, own, situation, month=month, working=working)
    dependants = 0
    for role, heads in ((adult, situation.adults - 1), (child, children)):
        if heads and (own is not Role.EMPLOYEE or tariff.price_of(role, situation.population) is not None):
            known = role is own
            each = employee if known else unit_price(tariff, role, situation, month=month, working=working)
            dependants += heads * each
    free = situation.children - children
    working.step(
        "contribution.family",
        source="Contrat, cotisations",
        amount_cents=employee + dependants,
        sentence=f"{_household(situation.adults, children, free)}, soit {in_euros(employee + dependants)} par mois.",
        adults=situation.adults,
        children=children,
        free_children=free,
        free_child_from=Decimal(free_from) if free_from else "",
    )
    label = "Adulte et enfant" if own is Role.ADULT else "Base et options"
    return MonthPrice(label=label, employee_cents=employee, dependants_cents=dependants)
