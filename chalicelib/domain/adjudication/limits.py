"""Counters and delays: what former payments and purchases leave of a guarantee on a line."""

from dataclasses import dataclass
from decimal import Decimal

from chalicelib.domain.acts import Act
from chalicelib.domain.adjudication.care import Care
from chalicelib.domain.adjudication.complementary import unit_amount_cents
from chalicelib.domain.adjudication.explanation import Reduction, Refusal, Trace
from chalicelib.domain.adjudication.tariff import key_for_age
from chalicelib.domain.guarantee import FixedAmount, Guarantee, NoGuarantee, PercentOfPmss, remembers, yearly_amount
from chalicelib.domain.money import Cents, in_euros, round_half_up
from chalicelib.domain.periods import add_months


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


def refusal(guarantee: Guarantee, care: Care, act: Act | None, used: Used, trace: Trace) -> Refusal | None:
    """Why nothing is left of the guarantee on this line, if so.

    Source: the contract's table; CSS art. R871-2 3° and 4° for the renewal of glasses and hearing aids.
    """
    if isinstance(guarantee, NoGuarantee):
        return Refusal.EXCLUDED
    if _renewal_too_soon(care, act, trace):
        return Refusal.RENEWAL_TOO_SOON
    if guarantee.max_count is not None and used.count >= guarantee.max_count:
        return Refusal.COUNT_EXHAUSTED
    if isinstance(guarantee, FixedAmount | PercentOfPmss) and yearly_amount(guarantee):
        amount = unit_amount_cents(guarantee, trace)
        if 0 < amount <= used.amount_cents:
            return Refusal.AMOUNT_EXHAUSTED
    return None


def _renewal_too_soon(care: Care, act: Act | None, trace: Trace) -> bool:
    if act is None or act.renewal is None or care.last_purchase_on is None or care.renewal_waived:
        return False
    months = int(trace.law(key_for_age(act.renewal, age=care.beneficiary.age, trace=trace)).value)
    return care.on < add_months(care.last_purchase_on, months)


def paid_units(guarantee: Guarantee, care: Care, used: Used) -> int:
    """How many units of the line the contract still pays for.

    >>> from datetime import date
    >>> care = Care(on=date(2026, 1, 5), act="OST", family="medecine_douce", expense_cents=12000, quantity=2)
    >>> paid_units(FixedAmount(amount_cents=3000, max_count=3), care, Used(count=2))
    1
    """
    if guarantee.max_count is None:
        return care.quantity
    return min(care.quantity, max(0, guarantee.max_count - used.count))


def limited(amount: Cents, *, guarantee: Guarantee, care: Care, used: Used, room_cents: Cents, trace: Trace) -> Cents:
    """The amount within what the counters leave: the units still counted, then the money of the year.

    Units: cents. When only some units of a line are paid for, its price is taken as spread evenly over them.
    Source: clause of the contract, dossier 3.3 step 7.
    """
    units = paid_units(guarantee, care, used)
    if units < care.quantity:
        payable = min(amount, room_cents)
        amount = _within_count(payable, units=units, guarantee=guarantee, care=care, used=used, trace=trace)
    if isinstance(guarantee, FixedAmount | PercentOfPmss) and yearly_amount(guarantee):
        amount = _within_year(amount, unit_amount_cents(guarantee, trace), used, trace)
    return amount


def _within_count(amount: Cents, *, units: int, guarantee: Guarantee, care: Care, used: Used, trace: Trace) -> Cents:
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
        max_count=guarantee.max_count,
        used_count=used.count,
    )
    return kept


def _within_year(amount: Cents, budget: Cents, used: Used, trace: Trace) -> Cents:
    left = max(0, budget - used.amount_cents)
    if amount <= left:
        return amount
    trace.reduce(Reduction.AMOUNT_LIMIT)
    trace.step(
        "limits.amount",
        source=Reduction.AMOUNT_LIMIT.source,
        amount_cents=left,
        sentence=f"Sur {in_euros(budget)} pour la période, {in_euros(used.amount_cents)} ont déjà été versés\u00a0: "
        f"il reste {in_euros(left)}.",
        payable_cents=amount,
        budget_cents=budget,
        used_cents=used.amount_cents,
    )
    return left


def consumption(guarantee: Guarantee, care: Care, used: Used, paid_cents: Cents) -> Used:
    """What a payment takes from the counter of its clause; nothing paid takes nothing.

    >>> from datetime import date
    >>> care = Care(on=date(2026, 1, 5), act="OST", family="medecine_douce", expense_cents=6000)
    >>> consumption(FixedAmount(amount_cents=3000, max_count=3), care, Used(count=2), 3000)
    Used(amount_cents=3000, count=1)
    """
    if paid_cents == 0 or not remembers(guarantee):
        return Used()
    return Used(amount_cents=paid_cents, count=paid_units(guarantee, care, used))
