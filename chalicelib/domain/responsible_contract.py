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
from chalicelib.domain.adjudication.complementary import unit_amount_cents
from chalicelib.domain.adjudication.explanation import Trace, in_percent
from chalicelib.domain.guarantee import (
    ActualCost,
    Clause,
    FixedAmount,
    FullBasket,
    Guarantee,
    GuaranteeTable,
    NoGuarantee,
    PercentOfBase,
    PercentOfPmss,
    yearly_amount,
)
from chalicelib.domain.law import parameter
from chalicelib.domain.money import in_euros


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
    )


def _non_optam(table: GuaranteeTable) -> Iterator[Breach]:
    for clause in table.clauses:
        if not any(act.doctor and act.covered for act in _acts_of(table, clause)):
            continue
        most = _most_non_optam_percent(clause.guarantee, table.valid_from)
        if most is None:
            continue
        yield Breach(
            BreachCode.NON_OPTAM,
            clause.id,
            "CSS art. R871-2 2°",
            f"« {clause.label} »\u00a0: pour un médecin qui n’a pas signé l’OPTAM, la garantie est limitée "
            f"à {in_percent(most)} de la base, part de la Sécurité sociale comprise.",
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
    """One breach per clause, or per family left out, where some act's ticket modérateur is not covered."""
    seen: set[tuple[str | None, str]] = set()
    for act in acts.catalogue().values():
        clause = table.clause_for(act.code)
        mark = (clause.id if clause else None, act.family)
        if not act.floor or mark in seen or _reaches_floor(clause, act, table.valid_from):
            continue
        seen.add(mark)
        label = clause.label if clause else acts.families()[act.family].label
        yield Breach(
            BreachCode.TICKET_MODERATEUR,
            clause.id if clause else None,
            "CSS art. R871-2 1°",
            f"« {label} »\u00a0: le ticket modérateur doit être pris en charge en entier.",
        )


def _reaches_floor(clause: Clause | None, act: Act, on: date) -> bool:
    """Whether the guarantee covers the ticket modérateur of every act; a fixed amount per act is trusted to."""
    if clause is None or (clause.guarantee.max_count is not None and act.renewal is None):
        return False
    match clause.guarantee:
        case NoGuarantee():
            return False
        case FixedAmount() | PercentOfPmss():
            return act.renewal is not None or not yearly_amount(clause.guarantee)
        case PercentOfBase():
            lowest = clause.guarantee.percent
            if act.doctor and clause.guarantee.non_optam_percent is not None:
                lowest = min(lowest, clause.guarantee.non_optam_percent)
            rate = parameter(act.rate, on=on).value if act.rate else Decimal(0)
            return lowest >= (100 if clause.guarantee.includes_statutory else 100 - rate)
        case _:
            return True


def _hospital_charges(table: GuaranteeTable) -> Iterator[Breach]:
    daily = table.clause_for("FJ")
    if daily is None or daily.guarantee.max_count is not None or not _covers_daily_charge(daily, table.valid_from):
        yield Breach(
            BreachCode.DAILY_CHARGE,
            daily.id if daily else None,
            "CSS art. L174-4 et R871-2 1°",
            "Le forfait journalier hospitalier doit être pris en charge en entier, sans limitation de durée.",
        )
    emergency = table.clause_for("FPU")
    if emergency is None or not isinstance(emergency.guarantee, ActualCost) or emergency.guarantee.max_count:
        yield Breach(
            BreachCode.EMERGENCY_CHARGE,
            emergency.id if emergency else None,
            "CSS art. L871-1",
            "Le forfait patient urgences doit être pris en charge en entier.",
        )


def _covers_daily_charge(clause: Clause, on: date) -> bool:
    if isinstance(clause.guarantee, FixedAmount):
        by_day = clause.guarantee.per.follows_quantity
        return by_day and clause.guarantee.amount_cents >= parameter("fjh.mco", on=on).cents
    return isinstance(clause.guarantee, ActualCost)


def _full_baskets(table: GuaranteeTable) -> Iterator[Breach]:
    """The 100 % Santé items of glasses, crowns and hearing aids."""
    for act in acts.catalogue().values():
        if act.basket not in ("A", "1", "I"):
            continue
        clause = table.clause_for(act.code)
        if clause is None or not isinstance(clause.guarantee, FullBasket | ActualCost):
            yield Breach(
                BreachCode.FULL_BASKET,
                clause.id if clause else None,
                "CSS art. L871-1 et R871-2 3° à 5°",
                f"« {act.label} »\u00a0: rien ne doit rester à payer dans la limite du prix 100\u00a0% Santé.",
            )


def _glasses(table: GuaranteeTable) -> Iterator[Breach]:
    clause = table.clause_for("OPT-B")
    if clause is None or not isinstance(clause.guarantee, FixedAmount | PercentOfPmss):
        return
    article, on = "CSS art. R871-2 3°", table.valid_from
    frame, most = parameter("optic.frame.max", on=on).cents, parameter("optic.classB.max.f", on=on).cents
    least = parameter("optic.classB.min.a", on=on).cents
    amount = unit_amount_cents(clause.guarantee, Trace(on))
    frame_amount = clause.guarantee.frame_amount_cents if isinstance(clause.guarantee, FixedAmount) else None
    if frame_amount is not None and frame_amount > frame:
        said = f"La monture ne peut être prise en charge au-delà de {in_euros(frame)}."
        yield Breach(BreachCode.FRAME, clause.id, article, said)
    if amount > most:
        said = f"Les lunettes de classe B ne peuvent être prises en charge au-delà de {in_euros(most)}."
        yield Breach(BreachCode.GLASSES_MAXIMUM, clause.id, article, said)
    if 0 < amount < least:
        said = f"Les lunettes de classe B doivent être prises en charge pour au moins {in_euros(least)}."
        yield Breach(BreachCode.GLASSES_MINIMUM, clause.id, article, said)


def _hearing_aids(table: GuaranteeTable) -> Iterator[Breach]:
    for act in acts.catalogue().values():
        clause = table.clause_for(act.code)
        if act.cap is None or clause is None:
            continue
        cap = parameter(act.cap, on=table.valid_from).cents
        amount = 0
        if isinstance(clause.guarantee, FixedAmount | PercentOfPmss):
            amount = unit_amount_cents(clause.guarantee, Trace(table.valid_from))
        if isinstance(clause.guarantee, ActualCost) or amount > cap:
            yield Breach(
                BreachCode.HEARING_AID,
                clause.id,
                "CSS art. R871-2 4°",
                f"« {clause.label} »\u00a0: une aide auditive ne peut être prise en charge au-delà de {in_euros(cap)} "
                "par oreille, part de la Sécurité sociale comprise.",
            )


def _acts_of(table: GuaranteeTable, clause: Clause) -> Iterator[Act]:
    return (act for act in acts.catalogue().values() if table.clause_for(act.code) is clause)
