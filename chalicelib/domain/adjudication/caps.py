"""What a contrat responsable may never exceed on a line, whatever its table reads. Floors are not invented here."""

from dataclasses import replace
from decimal import Decimal

from chalicelib.domain.acts import Act
from chalicelib.domain.adjudication.care import Care, OpticalCategory
from chalicelib.domain.adjudication.complementary import Basis, worth_in_all
from chalicelib.domain.adjudication.explanation import Reduction, Trace
from chalicelib.domain.guarantee import ActualCost, FullBasket, Guarantee, NoGuarantee, PercentOfBase, TicketModerateur
from chalicelib.domain.money import in_euros, percent_of, round_half_up


def for_this_doctor(guarantee: Guarantee, care: Care) -> Guarantee:
    """The guarantee as written for a doctor who has not signed OPTAM, where the table tells the two apart.

    >>> from datetime import date
    >>> care = Care(on=date(2025, 3, 1), act="CS", family="consultation", expense_cents=6000, optam=False)
    >>> for_this_doctor(PercentOfBase(percent=Decimal(150), non_optam_percent=Decimal(130)), care).percent
    Decimal('130')
    """
    if care.optam is False and isinstance(guarantee, PercentOfBase) and guarantee.non_optam_percent is not None:
        return replace(guarantee, percent=guarantee.non_optam_percent)
    return guarantee


def capped(
    amount: Decimal, *, guarantee: Guarantee, care: Care, act: Act | None, basis: Basis, trace: Trace
) -> Decimal:
    """The amount within the legal caps of the line: non-OPTAM overrun, price limit, class B glasses, hearing aids.

    Units: cents, not rounded. Source: CSS art. R871-2 2° to 4°, L165-1, L162-9.

    Decision: « frais réels » promises no percentage from which the 20 points could be taken: for a doctor who has not
    signed OPTAM, the overrun is then paid up to 100 % of the base.
    """
    if care.optam is False:
        amount = _within_non_optam(amount, guarantee, basis, trace)
    amount = _within_price_limit(amount, basis, trace)
    if act is not None and act.basket == "B":
        amount = within_optical_maximum(amount, basis.category, trace)
    return _within_hearing_cap(amount, act, basis, trace)


def within_optical_maximum(amount: Decimal, category: OpticalCategory | None, trace: Trace) -> Decimal:
    """The amount within the legal maximum of glasses of class B; of an unknown category, within the highest one.

    Units: cents. Source: CSS art. R871-2 3° a to f.

    >>> from datetime import date
    >>> within_optical_maximum(Decimal(50000), OpticalCategory.A, Trace(date(2026, 1, 1)))
    Decimal('42000')
    """
    bound = category or OpticalCategory.F
    most = trace.law(f"optic.classB.max.{bound}").cents
    if amount <= most:
        return amount
    trace.reduce(Reduction.OPTICAL_MAXIMUM)
    trace.step(
        "caps.optical_category",
        source=Reduction.OPTICAL_MAXIMUM.source,
        amount_cents=most,
        sentence=f"Pour cette correction, les lunettes sont prises en charge jusqu’à {in_euros(most)}.",
        guarantee_cents=round_half_up(amount),
        category=bound,
        category_max_cents=most,
    )
    return Decimal(most)


def _within_non_optam(amount: Decimal, guarantee: Guarantee, basis: Basis, trace: Trace) -> Decimal:
    pays_no_overrun = isinstance(guarantee, TicketModerateur | FullBasket | NoGuarantee) and guarantee.plus is None
    if basis.tariff_cents == 0 or pays_no_overrun:
        return amount
    most_percent = trace.law("nonoptam.cap").value
    points = trace.law("nonoptam.points").value
    most_overrun = percent_of(basis.tariff_cents, most_percent)
    overrun = most_overrun
    if not (isinstance(guarantee, ActualCost) and guarantee.whole):
        for_optam = worth_in_all(guarantee, basis, trace)
        optam_overrun = for_optam + basis.statutory_cents - basis.tariff_cents
        overrun = min(most_overrun, optam_overrun - percent_of(basis.tariff_cents, points))
    ceiling = max(basis.tariff_cents + max(overrun, Decimal(0)) - basis.statutory_cents, Decimal(0))
    if amount <= ceiling:
        return amount
    trace.reduce(Reduction.NON_OPTAM)
    rounded = round_half_up(ceiling)
    trace.step(
        "caps.non_optam",
        source=Reduction.NON_OPTAM.source,
        amount_cents=rounded,
        sentence=f"Le médecin n’a pas signé l’OPTAM\u00a0: la garantie est ramenée à {in_euros(rounded)}.",
        guarantee_cents=round_half_up(amount),
        tariff_cents=basis.tariff_cents,
        statutory_cents=basis.statutory_cents,
        overrun_cents=round_half_up(max(overrun, Decimal(0))),
        most_overrun_percent=most_percent,
        points_below_optam=points,
    )
    return ceiling


def _within_price_limit(amount: Decimal, basis: Basis, trace: Trace) -> Decimal:
    if basis.price_limit_cents is None:
        return amount
    ceiling = max(basis.price_limit_cents - basis.statutory_cents, 0)
    if basis.expense_cents > basis.price_limit_cents and amount >= ceiling:
        trace.reduce(Reduction.PRICE_LIMIT)
    if amount <= ceiling:
        return amount
    trace.step(
        "caps.price_limit",
        source=Reduction.PRICE_LIMIT.source,
        amount_cents=ceiling,
        sentence=f"Dans la limite du prix de {in_euros(basis.price_limit_cents)}, il reste {in_euros(ceiling)}.",
        guarantee_cents=round_half_up(amount),
        price_limit_cents=basis.price_limit_cents,
        statutory_cents=basis.statutory_cents,
    )
    return Decimal(ceiling)


def _within_hearing_cap(amount: Decimal, act: Act | None, basis: Basis, trace: Trace) -> Decimal:
    if act is None or act.cap is None:
        return amount
    cap = trace.law(act.cap).cents * basis.quantity
    ceiling = max(cap - basis.statutory_cents, 0)
    if amount <= ceiling:
        return amount
    trace.reduce(Reduction.HEARING_CAP)
    trace.step(
        "caps.hearing",
        source=Reduction.HEARING_CAP.source,
        amount_cents=ceiling,
        sentence=f"Une aide auditive est prise en charge jusqu’à {in_euros(cap)}, part de la Sécurité sociale "
        f"comprise, soit {in_euros(ceiling)}.",
        guarantee_cents=round_half_up(amount),
        cap_cents=cap,
        statutory_cents=basis.statutory_cents,
    )
    return Decimal(ceiling)
