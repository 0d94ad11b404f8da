"""Counters: what former payments leave of a guarantee on a line, whose counter it is, and what a payment takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from chalicelib.domain.acts import Act
from chalicelib.domain.adjudication import renewal
from chalicelib.domain.adjudication.care import Care, ItemClass
from chalicelib.domain.adjudication.complementary import unit_amount_cents
from chalicelib.domain.adjudication.components import AMOUNTS, pays_in_full_apart
from chalicelib.domain.adjudication.explanation import Doubt, Reduction, Refusal, Trace
from chalicelib.domain.guarantee import (
    Guarantee,
    Limit,
    NoGuarantee,
    remembers,
    yearly_amount,
)
from chalicelib.domain.money import Cents, in_euros, percent_of, round_half_up


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What a counter holds: cents paid and units paid for."""

    amount_cents: Cents = 0
    count: int = 0

    def plus(self, other: "Used") -> "Used":
        """Both together.

        >>> Used(count=2).plus(Used(amount_cents=3000, count=1))
        Used(amount_cents=3000, count=3)
        """
        return Used(amount_cents=self.amount_cents + other.amount_cents, count=self.count + other.count)

    def negated(self) -> "Used":
        """What a reversal gives back.

        >>> Used(amount_cents=3000, count=1).negated()
        Used(amount_cents=-3000, count=-1)
        """
        return Used(amount_cents=-self.amount_cents, count=-self.count)


NOTHING_USED = Used()


class Ceiling(NamedTuple):
    """One bound of a guarantee over a period, and what its counter already holds. Units: cents, units of the act."""

    most_units: int | None
    budget_cents: Cents | None
    used: Used

    @property
    def units_left(self) -> int | None:
        """The units that may still be paid for.

        >>> Ceiling(most_units=3, budget_cents=None, used=Used(count=5)).units_left
        0
        """
        return None if self.most_units is None else max(0, self.most_units - self.used.count)

    @property
    def cents_left(self) -> Cents | None:
        """The money that may still be paid.

        >>> Ceiling(most_units=None, budget_cents=9000, used=Used(amount_cents=2000)).cents_left
        7000
        """
        return None if self.budget_cents is None else max(0, self.budget_cents - self.used.amount_cents)


def ceilings(guarantee: Guarantee, used: Used, used_by_limit: Sequence[Used], trace: Trace) -> tuple[Ceiling, ...]:
    """The bounds of a guarantee: its own number or yearly amount, then its limits, each with its own counter.

    Source: clause of the contract; dossier 3.1, « axes of a limit ».

    >>> from chalicelib.domain.guarantee import FixedAmount
    >>> guarantee = FixedAmount(amount_cents=3000, max_count=3, limits=(Limit(amount_cents=6000),))
    >>> [one.budget_cents for one in ceilings(guarantee, Used(), (), Trace(date(2026, 1, 1)))]
    [None, 6000]
    """
    found = []
    budget = None
    if isinstance(guarantee, AMOUNTS) and yearly_amount(guarantee):
        budget = unit_amount_cents(guarantee, trace)
    if guarantee.max_count is not None or budget is not None:
        found.append(Ceiling(most_units=guarantee.max_count, budget_cents=budget, used=used))
    for index, limit in enumerate(guarantee.limits):
        held = used_by_limit[index] if index < len(used_by_limit) else NOTHING_USED
        found.append(Ceiling(most_units=limit.max_count, budget_cents=_budget_cents(limit, trace), used=held))
    return tuple(found)


def _budget_cents(limit: Limit, trace: Trace) -> Cents | None:
    if limit.percent_of_pmss is not None:
        return round_half_up(percent_of(trace.law("pmss").cents, limit.percent_of_pmss))
    return limit.amount_cents


def check_location(guarantee: Guarantee, care: Care, act: Act | None, trace: Trace) -> None:
    """Note a line that does not say which ear, eye or tooth it bears on, where the guarantee counts each apart."""
    site = act.site if act else None
    if site and care.location is None and any(limit.site is site for limit in guarantee.limits):
        trace.doubt(Doubt.LOCATION_NOT_STATED)


def refusal(
    guarantee: Guarantee,
    care: Care,
    act: Act | None,
    bounds: Sequence[Ceiling],
    *,
    trace: Trace,
    bought_on: date | None = None,
) -> Refusal | None:
    """Why nothing is left of the guarantee on this line, if so; ``bought_on`` is the last purchase that delays it.

    Money that is used up does not refuse the 100 % Santé parts of a pair of glasses, which no counter bounds.
    Source: the contract's table; CSS art. R871-2 3° and 4° for the renewal of glasses and hearing aids.
    """
    if isinstance(guarantee, NoGuarantee) and guarantee.plus is None:
        return Refusal.EXCLUDED
    if renewal.too_soon(care, act, trace, bought_on=bought_on):
        return Refusal.RENEWAL_TOO_SOON
    if not bounds:
        return None
    if any(bound.units_left == 0 for bound in bounds):
        return Refusal.COUNT_EXHAUSTED
    apart = pays_in_full_apart(guarantee) and any(part.item_class is ItemClass.A for part in care.components)
    if not apart and any(bound.budget_cents and bound.cents_left == 0 for bound in bounds):
        return Refusal.AMOUNT_EXHAUSTED
    return None


def paid_units(care: Care, bounds: Sequence[Ceiling]) -> int:
    """How many units of the line the contract still pays for.

    >>> care = Care(on=date(2026, 1, 5), act="OST", family="medecine_douce", expense_cents=12000, quantity=2)
    >>> paid_units(care, [Ceiling(most_units=3, budget_cents=None, used=Used(count=2))])
    1
    """
    return min([care.quantity, *(bound.units_left for bound in bounds if bound.units_left is not None)])


def limited(amount: Cents, *, care: Care, bounds: Sequence[Ceiling], room_cents: Cents, trace: Trace) -> Cents:
    """The amount within what the counters leave: the units still counted, then the money of each period.

    Units: cents. When only some units of a line are paid for, its price is taken as spread evenly over them.
    Source: clause of the contract, dossier 3.3 step 7.
    """
    if not bounds:
        return amount
    if paid_units(care, bounds) < care.quantity:
        amount = _within_count(min(amount, room_cents), care, bounds, trace)
    for bound in bounds:
        amount = _within_budget(amount, bound, trace)
    return amount


def _within_count(amount: Cents, care: Care, bounds: Sequence[Ceiling], trace: Trace) -> Cents:
    units = paid_units(care, bounds)
    tightest = next(bound for bound in bounds if bound.units_left == units)
    kept = round_half_up(Decimal(amount * units) / care.quantity)
    trace.reduce(Reduction.COUNT_LIMIT)
    trace.step(
        "limits.count",
        source=Reduction.COUNT_LIMIT.source,
        amount_cents=kept,
        sentence=f"Il reste {units} sur {care.quantity} à prendre en charge pour la période, soit {in_euros(kept)}.",
        payable_cents=amount,
        quantity=care.quantity,
        paid_units=units,
        max_count=tightest.most_units,
        used_count=tightest.used.count,
    )
    return kept


def _within_budget(amount: Cents, bound: Ceiling, trace: Trace) -> Cents:
    left = bound.cents_left
    if left is None or amount <= left:
        return amount
    budget = bound.budget_cents or 0
    trace.reduce(Reduction.AMOUNT_LIMIT)
    trace.step(
        "limits.amount",
        source=Reduction.AMOUNT_LIMIT.source,
        amount_cents=left,
        sentence=f"Sur {in_euros(budget)} pour la période, {in_euros(bound.used.amount_cents)} ont déjà été "
        f"versés\u00a0: il reste {in_euros(left)}.",
        payable_cents=amount,
        budget_cents=budget,
        used_cents=bound.used.amount_cents,
    )
    return left


def consumption(
    guarantee: Guarantee, care: Care, bounds: Sequence[Ceiling], *, paid_cents: Cents, apart_cents: Cents = 0
) -> Used:
    """What a payment takes from each counter of its clause; nothing paid takes nothing.

    ``apart_cents`` is the 100 % Santé part of the payment, which takes no money from a counter.
    Units: cents, units of the act. Source: clause of the contract; dossier 3.3 step 10.

    >>> from chalicelib.domain.guarantee import FixedAmount
    >>> care = Care(on=date(2026, 1, 5), act="OST", family="medecine_douce", expense_cents=6000)
    >>> consumption(FixedAmount(amount_cents=3000, max_count=3), care, (), paid_cents=3000)
    Used(amount_cents=3000, count=1)
    """
    if paid_cents == 0 or not remembers(guarantee):
        return NOTHING_USED
    return Used(amount_cents=max(0, paid_cents - apart_cents), count=paid_units(care, bounds))
