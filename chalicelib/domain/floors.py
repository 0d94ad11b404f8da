"""Floors that the law sets under a guarantee: the ticket modérateur, and the charges of a hospital."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from chalicelib.domain import acts
from chalicelib.domain.acts import Act
from chalicelib.domain.adjudication.complementary import unit_amount_cents
from chalicelib.domain.adjudication.explanation import Trace
from chalicelib.domain.guarantee import (
    ActualCost,
    Clause,
    FixedAmount,
    Guarantee,
    GuaranteeTable,
    NoGuarantee,
    PercentOfBase,
    PercentOfPmss,
    yearly_amount,
)
from chalicelib.domain.law import parameter
from chalicelib.domain.money import percent_of


def acts_below_ticket_moderateur(table: GuaranteeTable) -> Iterator[tuple[Clause | None, str]]:
    """Each clause, or family left out, where some act's ticket modérateur is not covered, once, with its label.

    Source: CSS art. R871-2 1°, D911-1 1°.

    >>> bare = GuaranteeTable(code="T", version=1, valid_from=date(2026, 1, 5), responsible=True, clauses=())
    >>> next(acts_below_ticket_moderateur(bare))
    (None, 'Consultations et visites')
    """
    seen: set[tuple[str | None, str]] = set()
    for act in acts.catalogue().values():
        clause = table.clause_for(act.code)
        mark = (clause.id if clause else None, act.family)
        if act.floor and mark not in seen and not covers_ticket_moderateur(clause, act, table.valid_from):
            seen.add(mark)
            yield clause, clause.label if clause else acts.families()[act.family].label


def unbounded(guarantee: Guarantee) -> bool:
    """Whether neither a number nor a limit bounds the guarantee over time.

    >>> unbounded(ActualCost()), unbounded(ActualCost(max_count=90))
    (True, False)
    """
    return guarantee.max_count is None and not guarantee.limits


def covers_ticket_moderateur(clause: Clause | None, act: Act, on: date) -> bool:
    """Whether the guarantee covers the whole ticket modérateur of an act, whatever its price.

    Source: CSS art. R871-2 1° (contrat responsable), D911-1 1° (minimum of an employer's contract).

    >>> gp = Clause(id="c", label="Consultations", guarantee=PercentOfBase(percent=Decimal(90)), acts=("G",))
    >>> covers_ticket_moderateur(gp, acts.catalogue()["G"], date(2026, 1, 5))
    False
    """
    if clause is None or not (unbounded(clause.guarantee) or act.renewal):
        return False
    guarantee = clause.guarantee
    rate = parameter(act.rate, on=on).value if act.rate else Decimal(0)
    match guarantee:
        case NoGuarantee():
            return False
        case FixedAmount() | PercentOfPmss():
            return _amount_covers(guarantee, act, rate, on)
        case PercentOfBase():
            lowest = guarantee.percent
            if act.doctor and guarantee.non_optam_percent is not None:
                lowest = min(lowest, guarantee.non_optam_percent)
            return lowest >= (100 if guarantee.includes_statutory else 100 - rate)
        case ActualCost() if not guarantee.whole:
            return guarantee.most_cents is None and guarantee.percent >= (
                100 if guarantee.includes_statutory else 100 - rate
            )
        case _:
            return True


def _amount_covers(guarantee: FixedAmount | PercentOfPmss, act: Act, rate: Decimal, on: date) -> bool:
    """Whether an amount reaches the ticket modérateur; without a dated tariff, an amount per unit is trusted to."""
    if yearly_amount(guarantee):
        return act.renewal is not None
    if act.tariff is None:
        return True
    included = isinstance(guarantee, FixedAmount) and guarantee.includes_statutory
    share = Decimal(100) if included else 100 - rate
    tariff = parameter(act.tariff.adult, on=on).cents
    return unit_amount_cents(guarantee, Trace(on)) >= percent_of(tariff, share)


def covers_charge(clause: Clause | None, key: str, on: date) -> bool:
    """Whether the guarantee covers a charge fixed by law in full, without any limit of duration.

    Source: CSS art. L174-4, L160-13, R871-2 1°, D911-1 2°.

    >>> covers_charge(Clause(id="fj", label="Forfait journalier", guarantee=ActualCost()), "fjh.mco", date(2026, 1, 5))
    True
    """
    if clause is None or not unbounded(clause.guarantee):
        return False
    if isinstance(clause.guarantee, FixedAmount):
        by_unit = clause.guarantee.per.follows_quantity
        return by_unit and clause.guarantee.amount_cents >= parameter(key, on=on).cents
    return isinstance(clause.guarantee, ActualCost) and clause.guarantee.whole
