"""What each kind of guarantee is worth on a line, before caps, counters and the real expense bound it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple, assert_never

from chalicelib.domain.adjudication.care import OpticalCategory
from chalicelib.domain.adjudication.explanation import Doubt, Trace, Undecided, in_percent
from chalicelib.domain.guarantee import (
    ActualCost,
    FixedAmount,
    FullBasket,
    Guarantee,
    NoGuarantee,
    PercentOfBase,
    PercentOfPmss,
    TicketModerateur,
)
from chalicelib.domain.money import Cents, in_euros, percent_of, round_half_up


class Terms(NamedTuple):
    """What the contract says of a line: the guarantee, the clause to cite, and what bounds it besides.

    ``responsible`` applies the caps of a contrat responsable; ``overruns_out_of_pathway`` is whether the contract
    covers overruns out of the pathway.
    """

    guarantee: Guarantee
    clause_id: str | None = None
    source: str = "Garantie du contrat"
    responsible: bool = True
    overruns_out_of_pathway: bool = True


class Basis(NamedTuple):
    """What a guarantee is applied to. Units: cents.

    ``statutory_cents`` is the scheme's gross amount in the pathway; ``price_limit_cents`` is for the whole line;
    ``category`` is the category of a pair of glasses.
    """

    tariff_cents: Cents
    base_cents: Cents
    statutory_cents: Cents
    expense_cents: Cents
    price_limit_cents: Cents | None = None
    quantity: int = 1
    category: OpticalCategory | None = None


class Written(NamedTuple):
    """The worth of a guarantee as written, never negative, with the words and the inputs that explain it."""

    amount: Decimal
    said: str
    inputs: Mapping[str, object]


def written(guarantee: Guarantee, basis: Basis, trace: Trace) -> Written:
    """What the guarantee is worth as written; nothing is rounded here but an amount in percent of the ceiling.

    Units: cents. Errors: ``Undecided`` for a 100 % Santé item whose price limit is not known.
    Source: clause of the contract, dossier 3.1.

    >>> from datetime import date
    >>> basis = Basis(tariff_cents=3150, base_cents=3150, statutory_cents=2205, expense_cents=5000)
    >>> written(PercentOfBase(percent=Decimal(150)), basis, Trace(date(2025, 3, 1))).amount
    Decimal('2520')
    """
    match guarantee:
        case PercentOfBase():
            worth = _percent_of_base(guarantee, basis)
        case TicketModerateur():
            inputs = {"base_cents": basis.base_cents, "statutory_cents": basis.statutory_cents}
            worth = _written(basis.base_cents - basis.statutory_cents, "le ticket modérateur", inputs)
        case ActualCost():
            worth = _actual_cost(guarantee, basis)
        case FixedAmount():
            worth = _fixed_amount(guarantee, basis)
        case PercentOfPmss():
            worth = _percent_of_pmss(guarantee, basis, trace)
        case FullBasket():
            worth = _full_basket(basis)
        case NoGuarantee():
            worth = _written(0, "aucun remboursement", {})
        case _:
            assert_never(guarantee)
    return worth


def added(guarantee: Guarantee, basis: Basis, trace: Trace) -> Decimal:
    """What « + 200 € » adds to a guarantee; 0 where it adds nothing.

    Units: cents. Source: clause of the contract, dossier 3.1 (SUM).

    >>> from datetime import date
    >>> basis = Basis(tariff_cents=3000, base_cents=3000, statutory_cents=2100, expense_cents=5000, quantity=2)
    >>> added(TicketModerateur(plus=FixedAmount(amount_cents=500)), basis, Trace(date(2026, 1, 1)))
    Decimal('1000')
    """
    return written(guarantee.plus, basis, trace).amount if guarantee.plus else _NOTHING


def worth_in_all(guarantee: Guarantee, basis: Basis, trace: Trace) -> Decimal:
    """What the guarantee is worth as written, with what is added to it. Units: cents, not rounded."""
    return written(guarantee, basis, trace).amount + added(guarantee, basis, trace)


def unit_amount_cents(
    guarantee: FixedAmount | PercentOfPmss, trace: Trace, category: OpticalCategory | None = None
) -> Cents:
    """The amount for one unit; a percentage of the monthly ceiling is rounded half up here.

    Units: cents. Source: clause of the contract; the ceiling of the day of care.

    >>> from datetime import date
    >>> unit_amount_cents(PercentOfPmss(percent=Decimal(2)), Trace(date(2025, 3, 1)))
    7850
    """
    if isinstance(guarantee, FixedAmount):
        return guarantee.amount_for(category)
    return round_half_up(percent_of(trace.law("pmss").cents, guarantee.percent))


def explain(guarantee: Guarantee, worth: Written, *, source: str, trace: Trace, **inputs: object) -> None:
    """Write down what the guarantee is worth."""
    amount = round_half_up(worth.amount)
    trace.step(
        "complementary." + guarantee.kind,
        source=source,
        amount_cents=amount,
        sentence=f"La garantie prévoit {worth.said}, soit {in_euros(amount)}.",
        **inputs,
        **worth.inputs,
    )


def explain_added(guarantee: Guarantee, amount: Decimal, *, base: Decimal, source: str, trace: Trace) -> None:
    """Write down the amount added to a guarantee."""
    if guarantee.plus is None:
        return
    total = round_half_up(base + amount)
    trace.step(
        "complementary.plus",
        source=source,
        amount_cents=total,
        sentence=f"S’y ajoutent {in_euros(round_half_up(amount))}, soit {in_euros(total)} en tout.",
        guarantee_cents=base,
        added_cents=amount,
    )


_NOTHING = Decimal(0)


def _written(amount: Decimal | int, said: str, inputs: Mapping[str, object]) -> Written:
    return Written(Decimal(amount) if amount > 0 else _NOTHING, said, inputs)


def _percent_of_base(guarantee: PercentOfBase, basis: Basis) -> Written:
    deducted = basis.statutory_cents if guarantee.includes_statutory else 0
    inputs = {"tariff_cents": basis.tariff_cents, "percent": guarantee.percent, "statutory_cents": deducted}
    said = f"{in_percent(guarantee.percent)} de la base de {in_euros(basis.tariff_cents)}{_included(deducted)}"
    return _written(percent_of(basis.tariff_cents, guarantee.percent) - deducted, said, inputs)


def _actual_cost(guarantee: ActualCost, basis: Basis) -> Written:
    deducted = basis.statutory_cents if guarantee.includes_statutory or guarantee.percent == 100 else 0
    amount = percent_of(basis.expense_cents, guarantee.percent) - deducted
    inputs: dict[str, object] = {"expense_cents": basis.expense_cents, "statutory_cents": deducted}
    said = "les frais réels"
    if guarantee.percent != 100:
        inputs["percent"] = guarantee.percent
        said = f"{in_percent(guarantee.percent)} des frais réels"
    if guarantee.most_cents is not None:
        units = basis.quantity if guarantee.per.follows_quantity else 1
        amount = min(amount, Decimal(guarantee.most_cents * units))
        inputs |= {"most_cents": guarantee.most_cents, "units": units}
        said += f" dans la limite de {in_euros(guarantee.most_cents)}{_times(units)}"
    return _written(amount, said, inputs)


def _fixed_amount(guarantee: FixedAmount, basis: Basis) -> Written:
    deducted = basis.statutory_cents if guarantee.includes_statutory else 0
    units = basis.quantity if guarantee.per.follows_quantity else 1
    unit = guarantee.amount_for(basis.category)
    inputs = {"unit_cents": unit, "units": units, "statutory_cents": deducted}
    said = f"un forfait de {in_euros(unit)}{_times(units)}{_included(deducted)}"
    return _written(unit * units - deducted, said, inputs)


def _percent_of_pmss(guarantee: PercentOfPmss, basis: Basis, trace: Trace) -> Written:
    units = basis.quantity if guarantee.per.follows_quantity else 1
    unit = unit_amount_cents(guarantee, trace)
    pmss = trace.law("pmss").cents
    inputs = {"pmss_cents": pmss, "percent": guarantee.percent, "unit_cents": unit, "units": units}
    said = f"{in_percent(guarantee.percent)} du plafond mensuel de la Sécurité sociale de {in_euros(pmss)}"
    return _written(unit * units, said + _times(units), inputs)


def _full_basket(basis: Basis) -> Written:
    if basis.price_limit_cents is None:
        raise Undecided(Doubt.PRICE_LIMIT_UNKNOWN)
    price = min(basis.expense_cents, basis.price_limit_cents)
    inputs = {
        "expense_cents": basis.expense_cents,
        "price_limit_cents": basis.price_limit_cents,
        "statutory_cents": basis.statutory_cents,
    }
    said = "tout ce que laisse la Sécurité sociale, dans la limite du prix 100\u00a0% Santé"
    return _written(price - basis.statutory_cents, said, inputs)


def _included(deducted: Cents) -> str:
    return f", part de la Sécurité sociale ({in_euros(deducted)}) comprise" if deducted else ""


def _times(units: int) -> str:
    return f", {units} fois" if units > 1 else ""
