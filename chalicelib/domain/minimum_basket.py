"""The minimum that an employer must buy (panier de soins, ANI): where a guarantee table falls short of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from chalicelib.domain import acts
from chalicelib.domain.acts import Act
from chalicelib.domain.adjudication.care import OpticalCategory
from chalicelib.domain.adjudication.complementary import Basis, worth_in_all
from chalicelib.domain.adjudication.explanation import Trace, in_percent
from chalicelib.domain.floors import acts_below_ticket_moderateur, covers_charge, unbounded
from chalicelib.domain.guarantee import Clause, FullBasket, GuaranteeTable
from chalicelib.domain.law import parameter
from chalicelib.domain.money import in_euros, percent_of, round_half_up
from chalicelib.domain.responsible_contract import glasses_cents, named

_PROSTHETICS = ("dentaire_prothese", "orthodontie")
_GLASSES = {
    OpticalCategory.A: "simple",
    OpticalCategory.B: "mixed",
    OpticalCategory.C: "complex",
    OpticalCategory.D: "mixed",
    OpticalCategory.E: "complex",
    OpticalCategory.F: "complex",
}


class ShortfallCode(StrEnum):
    """The parts of the minimum that a table can miss."""

    TICKET_MODERATEUR = "ticket_moderateur"
    DAILY_CHARGE = "daily_charge"
    DENTAL = "dental"
    GLASSES = "glasses"
    GLASSES_RENEWAL = "glasses_renewal"


@dataclass(frozen=True, slots=True)
class Shortfall:
    """One part of the minimum missed: by which clause (none where one is missing), said in French."""

    code: ShortfallCode
    clause_id: str | None
    sentence: str


def shortfalls(table: GuaranteeTable) -> tuple[Shortfall, ...]:
    """Every part of the minimum that the table misses on the day it takes effect.

    It bears on the contracts that employers buy for all their employees; whether a table is one is the caller's to say.
    Errors: ``NoParameterFor`` when the law of that day is not known.
    Source: CSS art. L911-7 and D911-1; décret n° 2014-1025; dossier 2.6.

    >>> from datetime import date
    >>> bare = GuaranteeTable(code="T", version=1, valid_from=date(2026, 1, 5), responsible=True, clauses=())
    >>> {str(one.code) for one in shortfalls(bare)} == {"ticket_moderateur", "daily_charge", "dental", "glasses"}
    True
    """
    return (*_ticket_moderateur(table), *_daily_charge(table), *_dental(table), *_glasses(table))


def _ticket_moderateur(table: GuaranteeTable) -> Iterator[Shortfall]:
    for clause, label in acts_below_ticket_moderateur(table):
        said = f"{named(label)} l’employeur doit assurer le ticket modérateur en entier."
        yield Shortfall(ShortfallCode.TICKET_MODERATEUR, clause.id if clause else None, said)


def _daily_charge(table: GuaranteeTable) -> Iterator[Shortfall]:
    clause = table.clause_for("FJ")
    if not covers_charge(clause, "fjh.mco", table.valid_from):
        said = "L’employeur doit assurer le forfait journalier hospitalier en entier, sans limitation de durée."
        yield Shortfall(ShortfallCode.DAILY_CHARGE, clause.id if clause else None, said)


def _dental(table: GuaranteeTable) -> Iterator[Shortfall]:
    """Once per clause, or family left out, that does not reach the minimum on one of its acts."""
    percent = parameter("ani.dental.percent", on=table.valid_from).value
    seen: set[str] = set()
    for act in acts.catalogue().values():
        clause = table.clause_for(act.code)
        label = clause.label if clause else acts.families()[act.family].label
        if act.family not in _PROSTHETICS or label in seen or _reaches(clause, act, percent, table):
            continue
        seen.add(label)
        said = f"{named(label)} l’employeur doit assurer au moins {in_percent(percent)} de la base de remboursement."
        yield Shortfall(ShortfallCode.DENTAL, clause.id if clause else None, said)


def _reaches(clause: Clause | None, act: Act, percent: Decimal, table: GuaranteeTable) -> bool:
    """Whether a price of that percentage of the base is covered in full, the statutory part included."""
    if clause is None or act.tariff is None or not unbounded(clause.guarantee):
        return False
    if isinstance(clause.guarantee, FullBasket):
        return act.price_limit is not None
    trace = Trace(table.valid_from)
    tariff = trace.law(act.tariff.adult).cents
    promised = percent_of(tariff, percent)
    statutory = round_half_up(percent_of(tariff, trace.law(act.rate).value)) if act.rate else 0
    price = round_half_up(promised)
    basis = Basis(tariff_cents=tariff, base_cents=tariff, statutory_cents=statutory, expense_cents=price)
    return worth_in_all(clause.guarantee, basis, trace) + statutory >= min(promised, Decimal(price))


def _glasses(table: GuaranteeTable) -> Iterator[Shortfall]:
    clause = table.clause_for("OPT-B")
    for category, correction in _GLASSES.items():
        least = parameter(f"ani.optic.{correction}", on=table.valid_from).cents
        amount = glasses_cents(clause.guarantee, category, table.valid_from) if clause else 0
        if amount is not None and amount < least:
            said = f"Les lunettes de catégorie {category} doivent être assurées pour au moins {in_euros(least)}."
            yield Shortfall(ShortfallCode.GLASSES, clause.id if clause else None, said)
    months = int(parameter("ani.optic.months", on=table.valid_from).value)
    if clause and any(limit.months and limit.months > months for limit in clause.guarantee.limits):
        said = f"Les lunettes doivent être assurées de nouveau après {months} mois."
        yield Shortfall(ShortfallCode.GLASSES_RENEWAL, clause.id, said)
