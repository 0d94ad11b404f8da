"""Glasses: the frame and each lens are settled on their own, then summed.

Class A parts are paid in full within their price limit; class B parts share the amount of the contract, frame first.
Source: CSS art. R871-2 3°, dossier 2.3 and 3.4.
"""

from collections.abc import Sequence
from decimal import Decimal

from chalicelib.domain.adjudication.care import Component, ItemClass, OpticalCategory, Part
from chalicelib.domain.adjudication.complementary import Basis, Terms, explain, unit_amount_cents, written
from chalicelib.domain.adjudication.explanation import Doubt, Reduction, Trace, Undecided
from chalicelib.domain.adjudication.statutory import ComponentShare
from chalicelib.domain.guarantee import FixedAmount, FullBasket, Guarantee, NoGuarantee, PercentOfPmss
from chalicelib.domain.money import Cents, in_euros, round_half_up


def amount_of_glasses(
    parts: Sequence[ComponentShare], *, terms: Terms, category: OpticalCategory | None, trace: Trace
) -> Decimal:
    """What the guarantee pays on a pair of glasses before counters and the real expense.

    Units: cents. Errors: ``Undecided`` when the price limit of a class A part is not known.
    Source: CSS art. R871-2 3°.
    """
    if isinstance(terms.guarantee, NoGuarantee):
        return Decimal(0)
    class_a = [part for part in parts if part.component.item_class is ItemClass.A]
    class_b = [part for part in parts if part.component.item_class is ItemClass.B]
    amount = _amount_of_class_b(class_b, terms, trace)
    amount = _within_category(amount, category, terms, trace)
    for part in class_a:
        amount += _amount_of_class_a(part, terms, trace)
    return amount


def _amount_of_class_a(part: ComponentShare, terms: Terms, trace: Trace) -> Decimal:
    packaged = isinstance(terms.guarantee, FixedAmount | PercentOfPmss)
    guarantee = FullBasket() if packaged else terms.guarantee
    limit = _price_limit_cents(part.component, trace)
    if part.component.expense_cents > limit:
        trace.reduce(Reduction.PRICE_LIMIT)
    return _part_as_written(guarantee, part, limit, terms.source, trace)


def _amount_of_class_b(parts: Sequence[ComponentShare], terms: Terms, trace: Trace) -> Decimal:
    if isinstance(terms.guarantee, FullBasket):
        if parts:
            trace.reduce(Reduction.NOT_IN_BASKET)
        return Decimal(0)
    if isinstance(terms.guarantee, FixedAmount | PercentOfPmss):
        return Decimal(_from_package(parts, terms.guarantee, terms, trace))
    amount = Decimal(0)
    for part in parts:
        paid = _part_as_written(terms.guarantee, part, None, terms.source, trace)
        amount += _within_frame_cap(paid, terms, trace) if part.component.part is Part.FRAME else paid
    return amount


def _part_as_written(
    guarantee: Guarantee, part: ComponentShare, limit: Cents | None, source: str, trace: Trace
) -> Decimal:
    price = part.component.expense_cents if limit is None else min(part.component.expense_cents, limit)
    basis = Basis(
        tariff_cents=part.base_cents,
        base_cents=part.base_cents,
        statutory_cents=part.gross_cents,
        expense_cents=price,
        price_limit_cents=limit,
    )
    worth = written(guarantee, basis, trace)
    explain(guarantee, worth, source=source, trace=trace, part=part.component.part)
    return min(worth.amount, Decimal(max(0, price - part.gross_cents)))


def _price_limit_cents(component: Component, trace: Trace) -> Cents:
    if component.price_limit_cents is not None:
        return component.price_limit_cents
    if component.part is Part.FRAME:
        return trace.law("optic.plv.frame.a").cents
    raise Undecided(Doubt.PRICE_LIMIT_UNKNOWN, component.part)


def _from_package(
    parts: Sequence[ComponentShare], guarantee: FixedAmount | PercentOfPmss, terms: Terms, trace: Trace
) -> Cents:
    """The frame within its own limit, then the lenses within what the frame leaves of the amount."""
    included = isinstance(guarantee, FixedAmount) and guarantee.includes_statutory
    left = unit_amount_cents(guarantee, trace)
    frames = [part for part in parts if part.component.part is Part.FRAME]
    lenses = [part for part in parts if part.component.part is not Part.FRAME]
    paid = 0
    if frames:
        limit = _frame_limit(guarantee, left, terms, trace)
        used = min(limit, _claimable(frames, included))
        if _claimable(frames, included) > limit:
            trace.reduce(Reduction.FRAME_CAP)
        paid += _explained("complementary.frame", frames, available=limit, included=included, terms=terms, trace=trace)
        left -= used
    if lenses:
        paid += _explained("complementary.lenses", lenses, available=left, included=included, terms=terms, trace=trace)
    return paid


def _claimable(parts: Sequence[ComponentShare], included: bool) -> Cents:
    expense = sum(part.component.expense_cents for part in parts)
    return expense if included else expense - sum(part.gross_cents for part in parts)


def _frame_limit(guarantee: FixedAmount | PercentOfPmss, package: Cents, terms: Terms, trace: Trace) -> Cents:
    limit = package
    if isinstance(guarantee, FixedAmount) and guarantee.frame_amount_cents is not None:
        limit = min(limit, guarantee.frame_amount_cents)
    return min(limit, trace.law("optic.frame.max").cents) if terms.responsible else limit


def _explained(
    rule: str, parts: Sequence[ComponentShare], *, available: Cents, included: bool, terms: Terms, trace: Trace
) -> Cents:
    used = min(available, _claimable(parts, included))
    statutory = sum(part.gross_cents for part in parts)
    paid = max(0, used - statutory) if included else used
    what = "La monture est prise en charge" if rule == "complementary.frame" else "Les verres sont pris en charge"
    trace.step(
        rule,
        source=terms.source,
        amount_cents=paid,
        sentence=f"{what} dans la limite de {in_euros(available)}, soit {in_euros(paid)}.",
        claimable_cents=_claimable(parts, included),
        available_cents=available,
        statutory_cents=statutory if included else 0,
    )
    return paid


def _within_frame_cap(amount: Decimal, terms: Terms, trace: Trace) -> Decimal:
    if not terms.responsible:
        return amount
    most = trace.law("optic.frame.max").cents
    if amount <= most:
        return amount
    trace.reduce(Reduction.FRAME_CAP)
    trace.step(
        "caps.frame",
        source=Reduction.FRAME_CAP.source,
        amount_cents=most,
        sentence=f"Une monture est prise en charge jusqu’à {in_euros(most)}.",
        guarantee_cents=round_half_up(amount),
        frame_max_cents=most,
    )
    return Decimal(most)


def _within_category(amount: Decimal, category: OpticalCategory | None, terms: Terms, trace: Trace) -> Decimal:
    if not terms.responsible or category is None:
        return amount
    most = trace.law(f"optic.classB.max.{category}").cents
    if amount <= most:
        return amount
    trace.reduce(Reduction.OPTICAL_MAXIMUM)
    trace.step(
        "caps.optical_category",
        source=Reduction.OPTICAL_MAXIMUM.source,
        amount_cents=most,
        sentence=f"Pour cette correction, les lunettes sont prises en charge jusqu’à {in_euros(most)}.",
        guarantee_cents=round_half_up(amount),
        category=category,
        category_max_cents=most,
    )
    return Decimal(most)
