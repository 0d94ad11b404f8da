"""The contrat responsable: where a guarantee table breaks its rules, so that it is mended before it is sold.

Settling clips what exceeds a cap, whatever the table reads. A floor that a table fails to reach is only reported here.
Source: CSS art. L871-1, R871-1, R871-2.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from chalicelib.domain import acts
from chalicelib.domain.acts import Act
from chalicelib.domain.adjudication.care import OpticalCategory
from chalicelib.domain.adjudication.complementary import unit_amount_cents
from chalicelib.domain.adjudication.explanation import Trace, in_percent
from chalicelib.domain.floors import acts_below_ticket_moderateur, covers_charge, unbounded
from chalicelib.domain.guarantee import (
    ActualCost,
    Clause,
    FixedAmount,
    FullBasket,
    Guarantee,
    GuaranteeTable,
    Limit,
    PercentOfBase,
    PercentOfPmss,
)
from chalicelib.domain.law import parameter
from chalicelib.domain.money import Cents, in_euros, percent_of, round_half_up


class BreachCode(StrEnum):
    """The rules of the contrat responsable that a table can break."""

    NON_OPTAM = "non_optam"
    TICKET_MODERATEUR = "ticket_moderateur_floor"
    DAILY_CHARGE = "daily_charge"
    EMERGENCY_CHARGE = "emergency_charge"
    FULL_BASKET = "full_basket"
    FRAME = "frame_maximum"
    GLASSES_MAXIMUM = "glasses_maximum"
    GLASSES_MINIMUM = "glasses_minimum"
    HEARING_AID = "hearing_aid_maximum"
    RENEWAL = "renewal"


@dataclass(frozen=True, slots=True)
class Breach:
    """One rule broken: by which clause (none where one is missing), under which article, said in French."""

    code: BreachCode
    clause_id: str | None
    article: str
    sentence: str


def breaches(table: GuaranteeTable) -> tuple[Breach, ...]:
    """Every rule of the contrat responsable that the table breaks on the day it takes effect; none if it is not one.

    Errors: ``NoParameterFor`` when the law of that day is not known.
    Source: CSS art. L871-1, R871-1, R871-2; dossier 2.1 to 2.5.

    >>> from datetime import date
    >>> bare = GuaranteeTable(code="T", version=1, valid_from=date(2026, 1, 1), responsible=False, clauses=())
    >>> breaches(bare)
    ()
    """
    if not table.responsible:
        return ()
    return (
        *_non_optam(table),
        *_floors(table),
        *_hospital_charges(table),
        *_full_baskets(table),
        *_glasses(table),
        *_hearing_aids(table),
        *_renewals(table),
    )


def _non_optam(table: GuaranteeTable) -> Iterator[Breach]:
    for clause in table.clauses:
        if not any((act.doctor or act.heavy) and act.covered for act in _acts_of(table, clause)):
            continue
        sentence = _non_optam_fault(clause, table.valid_from)
        if sentence:
            yield Breach(BreachCode.NON_OPTAM, clause.id, "CSS art. R871-2 2°", sentence)


def _non_optam_fault(clause: Clause, on: date) -> str | None:
    guarantee = clause.guarantee
    amount = isinstance(guarantee, FixedAmount | PercentOfPmss) or guarantee.plus is not None
    if amount or (isinstance(guarantee, ActualCost) and not guarantee.whole):
        return (
            f"{named(clause.label)} la garantie doit être moindre pour un médecin qui n’a pas signé l’OPTAM "
            "dès lors qu’elle paie son dépassement."
        )
    most = _most_non_optam_percent(guarantee, on)
    if most is None:
        return None
    return (
        f"{named(clause.label)} pour un médecin qui n’a pas signé l’OPTAM, la garantie est limitée "
        f"à {in_percent(most)} de la base, part de la Sécurité sociale comprise."
    )


def _most_non_optam_percent(guarantee: Guarantee, on: date) -> Decimal | None:
    """The highest percentage allowed, the statutory part included, when the guarantee exceeds it."""
    whole = Decimal(100)
    cap = whole + parameter("nonoptam.cap", on=on).value
    if isinstance(guarantee, ActualCost):
        return cap
    if not isinstance(guarantee, PercentOfBase):
        return None
    statutory = Decimal(0) if guarantee.includes_statutory else parameter("ro.rate.consultation", on=on).value
    signed = guarantee.percent + statutory
    unsigned = signed
    if guarantee.non_optam_percent is not None:
        unsigned = guarantee.non_optam_percent + statutory
    most = max(whole, min(cap, signed - parameter("nonoptam.points", on=on).value))
    return most if unsigned > most else None


def _floors(table: GuaranteeTable) -> Iterator[Breach]:
    for clause, label in acts_below_ticket_moderateur(table):
        yield Breach(
            BreachCode.TICKET_MODERATEUR,
            clause.id if clause else None,
            "CSS art. R871-2 1°",
            f"{named(label)} le ticket modérateur doit être pris en charge en entier.",
        )


def _hospital_charges(table: GuaranteeTable) -> Iterator[Breach]:
    daily = table.clause_for("FJ")
    if not covers_charge(daily, "fjh.mco", table.valid_from):
        yield Breach(
            BreachCode.DAILY_CHARGE,
            daily.id if daily else None,
            "CSS art. L174-4 et R871-2 1°",
            "Le forfait journalier hospitalier doit être pris en charge en entier, sans limitation de durée.",
        )
    emergency = table.clause_for("FPU")
    if not covers_charge(emergency, "fpu", table.valid_from):
        yield Breach(
            BreachCode.EMERGENCY_CHARGE,
            emergency.id if emergency else None,
            "CSS art. L871-1",
            "Le forfait patient urgences doit être pris en charge en entier.",
        )


def _full_baskets(table: GuaranteeTable) -> Iterator[Breach]:
    """The 100 % Santé items of glasses, crowns and hearing aids."""
    for act in acts.catalogue().values():
        if act.basket not in ("A", "1", "I"):
            continue
        clause = table.clause_for(act.code)
        if clause is None or not _pays_basket(clause.guarantee, act):
            yield Breach(
                BreachCode.FULL_BASKET,
                clause.id if clause else None,
                "CSS art. L871-1 et R871-2 3° à 5°",
                f"{named(act.label)} rien ne doit rester à payer dans la limite du prix 100\u00a0% Santé.",
            )


def _pays_basket(guarantee: Guarantee, act: Act) -> bool:
    whole = isinstance(guarantee, FullBasket) or (isinstance(guarantee, ActualCost) and guarantee.whole)
    return whole and (unbounded(guarantee) or act.renewal is not None)


def _glasses(table: GuaranteeTable) -> Iterator[Breach]:
    clause = table.clause_for("OPT-B")
    if clause is None:
        return
    frame = parameter("optic.frame.max", on=table.valid_from).cents
    if _frame_cents(clause.guarantee) > frame:
        said = f"La monture ne peut être prise en charge au-delà de {in_euros(frame)}."
        yield Breach(BreachCode.FRAME, clause.id, "CSS art. R871-2 3°", said)
    seen: set[BreachCode] = set()
    for category in OpticalCategory:
        for breach in _category(clause, category, table.valid_from):
            if breach.code not in seen:
                seen.add(breach.code)
                yield breach


def _frame_cents(guarantee: Guarantee) -> Cents:
    amount = guarantee.frame_amount_cents if isinstance(guarantee, FixedAmount) else None
    return amount or 0


def _category(clause: Clause, category: OpticalCategory, on: date) -> Iterator[Breach]:
    """The legal minimum and maximum of one category of glasses. A table that pays no more than the base has none."""
    article = f"CSS art. R871-2 3° {category}"
    most = parameter(f"optic.classB.max.{category}", on=on).cents
    least = parameter(f"optic.classB.min.{category}", on=on).cents
    amount = glasses_cents(clause.guarantee, category, on)
    if amount is None or amount > most:
        said = f"Les lunettes de catégorie {category} ne peuvent être prises en charge au-delà de {in_euros(most)}."
        yield Breach(BreachCode.GLASSES_MAXIMUM, clause.id, article, said)
    if amount is not None and 0 < amount < least:
        said = f"Les lunettes de catégorie {category} doivent être prises en charge pour au moins {in_euros(least)}."
        yield Breach(BreachCode.GLASSES_MINIMUM, clause.id, article, said)


def glasses_cents(guarantee: Guarantee, category: OpticalCategory, on: date) -> Cents | None:
    """What a guarantee promises on a pair of class B beyond the base; nothing where it has no limit.

    Units: cents. Source: CSS art. R871-2 3° a to f, D911-1 4°.

    >>> glasses_cents(FixedAmount(amount_cents=32000), OpticalCategory.A, date(2026, 1, 5))
    32000
    """
    if isinstance(guarantee, ActualCost):
        return guarantee.most_cents
    amount = 0
    if isinstance(guarantee, FixedAmount | PercentOfPmss):
        amount = unit_amount_cents(guarantee, Trace(on), category)
    return amount + (unit_amount_cents(guarantee.plus, Trace(on), category) if guarantee.plus else 0)


def _hearing_aids(table: GuaranteeTable) -> Iterator[Breach]:
    for act in acts.catalogue().values():
        clause = table.clause_for(act.code)
        if act.cap is None or clause is None:
            continue
        cap = parameter(act.cap, on=table.valid_from).cents
        promised = _hearing_aid_cents(clause.guarantee, act, table.valid_from)
        if promised is None or promised > cap:
            yield Breach(
                BreachCode.HEARING_AID,
                clause.id,
                "CSS art. R871-2 4°",
                f"{named(clause.label)} une aide auditive ne peut être prise en charge au-delà de {in_euros(cap)} "
                "par oreille, part de la Sécurité sociale comprise.",
            )


def _hearing_aid_cents(guarantee: Guarantee, act: Act, on: date) -> Cents | None:
    """What an adult may get for one ear, the statutory part included; nothing where the table has no limit."""
    tariff = parameter(act.tariff.adult, on=on).cents if act.tariff else 0
    statutory = round_half_up(percent_of(tariff, parameter(act.rate, on=on).value)) if act.rate else 0
    plus = unit_amount_cents(guarantee.plus, Trace(on)) if guarantee.plus else 0
    match guarantee:
        case ActualCost():
            return None if guarantee.most_cents is None else guarantee.most_cents + statutory + plus
        case FixedAmount() | PercentOfPmss():
            included = isinstance(guarantee, FixedAmount) and guarantee.includes_statutory
            return unit_amount_cents(guarantee, Trace(on)) + (0 if included else statutory) + plus
        case PercentOfBase():
            added = 0 if guarantee.includes_statutory else statutory
            return round_half_up(percent_of(tariff, guarantee.percent)) + added + plus
        case _:
            return tariff + plus


def _renewals(table: GuaranteeTable) -> Iterator[Breach]:
    """Glasses and hearing aids may not be renewed more often than the law lets them."""
    for act in acts.catalogue().values():
        clause = table.clause_for(act.code)
        if act.renewal is None or clause is None:
            continue
        months = int(parameter(act.renewal.adult, on=table.valid_from).value)
        if any(_more_often(limit, months) for limit in clause.guarantee.limits):
            yield Breach(
                BreachCode.RENEWAL,
                clause.id,
                "CSS art. R871-2 3° et 4°",
                f"{named(act.label)} un seul équipement est pris en charge par période de {months} mois.",
            )


def _more_often(limit: Limit, months: int) -> bool:
    if limit.max_count is None or limit.months is None:
        return False
    return limit.months < months * limit.max_count


def named(label: str) -> str:
    """The beginning of a sentence about a line of the table.

    >>> named("Optique").replace("\u00a0", " ")
    '« Optique » :'
    """
    return f"«\u00a0{label}\u00a0»\u00a0:"


def _acts_of(table: GuaranteeTable, clause: Clause) -> Iterator[Act]:
    return (act for act in acts.catalogue().values() if table.clause_for(act.code) is clause)
