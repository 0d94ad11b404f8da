"""Glasses: the frame and each lens are settled on their own, then summed.

Class A parts are paid in full within their price limit; class B parts share the amount of the contract, frame first.
Source: CSS art. R871-2 3°, dossier 2.3 and 3.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.domain.adjudication.caps import within_optical_maximum
from chalicelib.domain.adjudication.care import Care, Component, ItemClass, OpticalCategory, Part
from chalicelib.domain.adjudication.complementary import (
    Basis,
    Terms,
    explain,
    explain_added,
    unit_amount_cents,
    written,
)
from chalicelib.domain.adjudication.explanation import Doubt, Reduction, Trace, Undecided
from chalicelib.domain.adjudication.statutory import ComponentShare
from chalicelib.domain.adjudication.tariff import lens_price_limit_cents
from chalicelib.domain.guarantee import FixedAmount, FullBasket, Guarantee, NoGuarantee, PercentOfPmss
from chalicelib.domain.lens import Correction, correction_of
from chalicelib.domain.money import Cents, in_euros, round_half_up

AMOUNTS = (FixedAmount, PercentOfPmss)
_CATEGORIES = {
    (Correction.SIMPLE, Correction.SIMPLE): OpticalCategory.A,
    (Correction.COMPLEX, Correction.SIMPLE): OpticalCategory.B,
    (Correction.COMPLEX, Correction.COMPLEX): OpticalCategory.C,
    (Correction.SIMPLE, Correction.VERY_COMPLEX): OpticalCategory.D,
    (Correction.COMPLEX, Correction.VERY_COMPLEX): OpticalCategory.E,
    (Correction.VERY_COMPLEX, Correction.VERY_COMPLEX): OpticalCategory.F,
}


@dataclass(frozen=True, slots=True)
class Glasses:
    """What a guarantee pays on a pair of glasses. Units: cents, not rounded.

    ``apart`` is the 100 % Santé part of a pair whose guarantee is an amount: no counter bounds it nor counts it.
    """

    counted: Decimal
    apart: Decimal = Decimal(0)


def category_of(care: Care, trace: Trace) -> OpticalCategory | None:
    """The category of a pair of glasses: made by its two lenses, as prescribed or as stated, else stated for the pair.

    Errors: ``Undecided`` where what is stated for the pair or for a lens is not what the prescription makes of it.
    Source: CSS art. R871-2 3° a to f.

    >>> from datetime import date
    >>> care = Care(on=date(2026, 1, 5), act="OPT-B", family="optique", expense_cents=0)
    >>> category_of(care, Trace(care.on)) is None
    True
    """
    if not care.components:
        return care.optical_category
    corrections = [_correction(part, trace) for part in care.components if part.part is not Part.FRAME]
    lenses = sorted(correction for correction in corrections if correction)
    if len(lenses) != 2:
        return care.optical_category
    category = _CATEGORIES[(lenses[0], lenses[1])]
    if care.optical_category not in (None, category):
        raise Undecided(Doubt.PRESCRIPTION_CONTRADICTED, f"optical_category {care.optical_category}, {category}")
    return category


def _correction(lens: Component, trace: Trace) -> Correction | None:
    if lens.prescription is None:
        return lens.correction
    found = correction_of(lens.prescription, lambda key: trace.law(key).value)
    if lens.correction not in (None, found):
        raise Undecided(Doubt.PRESCRIPTION_CONTRADICTED, f"{lens.part}.correction {lens.correction}, {found}")
    return found


def pays_in_full_apart(guarantee: Guarantee) -> bool:
    """Whether the class A parts of a mixed pair are paid in full beside the amount of the contract.

    Source: CSS art. L871-1 and R871-2 3°: nothing is left to pay on a class A part.

    >>> pays_in_full_apart(FixedAmount(amount_cents=20000)), pays_in_full_apart(FullBasket())
    (True, False)
    """
    return isinstance(guarantee, AMOUNTS) or guarantee.plus is not None


def amount_of_glasses(parts: Sequence[ComponentShare], *, care: Care, terms: Terms, trace: Trace) -> Glasses:
    """What the guarantee pays on a pair of glasses before counters and the real expense.

    Units: cents. Errors: ``Undecided`` when the price limit of a class A part is not known.
    Source: CSS art. R871-2 3°.

    Decision: a class A part under a percentage or a ticket modérateur is settled as written, within its price limit:
    that something is left to pay is a breach which the check of the table reports, never an amount invented here.
    Beside an amount for the pair, a class A part is paid in full.

    Decision: « 100 % Santé » pays nothing on a class B part, which has neither price limit nor basket.
    """
    if isinstance(terms.guarantee, NoGuarantee):
        return Glasses(Decimal(0))
    category = category_of(care, trace)
    class_a = [part for part in parts if part.component.item_class is ItemClass.A]
    class_b = [part for part in parts if part.component.item_class is ItemClass.B]
    of_class_b = _amount_of_class_b(class_b, terms, category, trace)
    if terms.responsible:
        of_class_b = within_optical_maximum(of_class_b, category, trace)
    of_class_a = sum((_amount_of_class_a(part, care, terms, trace) for part in class_a), Decimal(0))
    if pays_in_full_apart(terms.guarantee):
        return Glasses(of_class_b, of_class_a)
    return Glasses(of_class_a + of_class_b)


def _amount_of_class_a(part: ComponentShare, care: Care, terms: Terms, trace: Trace) -> Decimal:
    guarantee = FullBasket() if pays_in_full_apart(terms.guarantee) else terms.guarantee
    limit = lens_price_limit_cents(part.component, trace, territory=care.territory)
    if part.component.expense_cents > limit:
        trace.reduce(Reduction.PRICE_LIMIT)
    return _part_as_written(guarantee, part, limit, terms.source, trace)


def _amount_of_class_b(
    parts: Sequence[ComponentShare], terms: Terms, category: OpticalCategory | None, trace: Trace
) -> Decimal:
    if isinstance(terms.guarantee, FullBasket):
        if parts:
            trace.reduce(Reduction.NOT_IN_BASKET)
        return Decimal(0)
    if isinstance(terms.guarantee, AMOUNTS):
        return Decimal(_from_package(parts, terms.guarantee, category, terms, trace))
    amount = Decimal(0)
    for part in parts:
        paid = _part_as_written(terms.guarantee, part, None, terms.source, trace)
        amount += _within_frame_cap(paid, terms, trace) if part.component.part is Part.FRAME else paid
    return _with_added(amount, parts, terms, trace)


def _with_added(amount: Decimal, parts: Sequence[ComponentShare], terms: Terms, trace: Trace) -> Decimal:
    """« + 200 € » is added once for the pair, within what its parts leave to pay."""
    plus = terms.guarantee.plus
    if plus is None:
        return amount
    left = sum(_payable(part, terms, trace) for part in parts) - amount
    added = max(Decimal(0), min(Decimal(unit_amount_cents(plus, trace)), left))
    explain_added(terms.guarantee, added, base=amount, source=terms.source, trace=trace)
    return amount + added


def _payable(part: ComponentShare, terms: Terms, trace: Trace) -> Cents:
    price = max(0, part.component.expense_cents - part.gross_cents)
    if part.component.part is Part.FRAME and terms.responsible:
        return min(price, trace.law("optic.frame.max").cents)
    return price


def _part_as_written(
    guarantee: Guarantee, part: ComponentShare, limit: Cents | None, source: str, trace: Trace
) -> Decimal:
    price = part.component.expense_cents if limit is None else min(part.component.expense_cents, limit)
    basis = Basis(
        tariff_cents=part.tariff_cents,
        base_cents=part.base_cents,
        statutory_cents=part.gross_cents,
        expense_cents=price,
        price_limit_cents=limit,
    )
    worth = written(guarantee, basis, trace)
    explain(guarantee, worth, source=source, trace=trace, part=part.component.part)
    return Decimal(min(round_half_up(worth.amount), max(0, price - part.gross_cents)))


def _from_package(
    parts: Sequence[ComponentShare],
    guarantee: FixedAmount | PercentOfPmss,
    category: OpticalCategory | None,
    terms: Terms,
    trace: Trace,
) -> Cents:
    """The frame within its own limit, then the lenses within what the frame leaves of the amount."""
    included = isinstance(guarantee, FixedAmount) and guarantee.includes_statutory
    left = unit_amount_cents(guarantee, trace, category)
    if guarantee.plus:
        left += unit_amount_cents(guarantee.plus, trace)
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
