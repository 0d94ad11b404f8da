"""Guarantees as contract tables word them: seven kinds, what may be added to them, and what may limit them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from chalicelib.domain.adjudication.care import OpticalCategory
from chalicelib.domain.guarantee_limits import Limit, Per, limit_to_data, read_limit
from chalicelib.domain.money import Cents
from chalicelib.domain.record import Record


class Kind(StrEnum):
    """How a guarantee is written (dossier 3.1)."""

    PERCENT_OF_BASE = "percent_of_base"
    TICKET_MODERATEUR = "ticket_moderateur"
    ACTUAL_COST = "actual_cost"
    FIXED_AMOUNT = "fixed_amount"
    PERCENT_OF_PMSS = "percent_of_pmss"
    FULL_BASKET = "full_basket"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limited:
    """What any guarantee may say besides its kind.

    At most ``max_count`` units per ``count_per``, any number of further ``limits``, and ``plus``: an amount that is
    added to it, as in « ticket modérateur + 200 € ».
    """

    max_count: int | None = None
    count_per: Per = Per.YEAR
    limits: tuple[Limit, ...] = ()
    plus: "FixedAmount | PercentOfPmss | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentOfBase(Limited):
    """« 150 % BR, y compris RO »; ``non_optam_percent`` when the doctor has not signed OPTAM."""

    kind: ClassVar[Kind] = Kind.PERCENT_OF_BASE
    percent: Decimal
    includes_statutory: bool = True
    non_optam_percent: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketModerateur(Limited):
    """« Ticket modérateur »: what the statutory scheme leaves of its own base."""

    kind: ClassVar[Kind] = Kind.TICKET_MODERATEUR


@dataclass(frozen=True, slots=True, kw_only=True)
class ActualCost(Limited):
    """« Frais réels »; « 80 % FR dans la limite de 200 € » with ``percent`` and ``most_cents``.

    ``most_cents`` is for one ``per``. A part of the price is paid on top of the statutory part unless
    ``includes_statutory``.
    """

    kind: ClassVar[Kind] = Kind.ACTUAL_COST
    percent: Decimal = Decimal(100)
    most_cents: Cents | None = None
    per: Per = Per.ACT
    includes_statutory: bool = False

    @property
    def whole(self) -> bool:
        """Whether the whole price is promised, without any limit of its own.

        >>> ActualCost().whole, ActualCost(percent=Decimal(80)).whole
        (True, False)
        """
        return self.percent >= 100 and self.most_cents is None


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedAmount(Limited):
    """« 30 € par séance », « 320 € y compris RO dont 100 € de monture ».

    ``category_amounts_cents`` gives some categories of glasses an amount of their own.
    """

    kind: ClassVar[Kind] = Kind.FIXED_AMOUNT
    amount_cents: Cents
    per: Per = Per.ACT
    includes_statutory: bool = False
    frame_amount_cents: Cents | None = None
    category_amounts_cents: tuple[tuple[OpticalCategory, Cents], ...] = ()

    def amount_for(self, category: OpticalCategory | None) -> Cents:
        """The amount for glasses of a category, the general amount where it has none of its own.

        >>> FixedAmount(amount_cents=20000, category_amounts_cents=((OpticalCategory.C, 30000),)).amount_for(None)
        20000
        """
        return next((amount for own, amount in self.category_amounts_cents if own is category), self.amount_cents)


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentOfPmss(Limited):
    """« 2 % PMSS par jour »: a fixed amount that follows the monthly ceiling of social security."""

    kind: ClassVar[Kind] = Kind.PERCENT_OF_PMSS
    percent: Decimal
    per: Per = Per.ACT


@dataclass(frozen=True, slots=True, kw_only=True)
class FullBasket(Limited):
    """« 100 % Santé »: the whole price, within the legal price limit."""

    kind: ClassVar[Kind] = Kind.FULL_BASKET


@dataclass(frozen=True, slots=True, kw_only=True)
class NoGuarantee(Limited):
    """« Néant »: the table names the act and pays nothing."""

    kind: ClassVar[Kind] = Kind.NONE


Guarantee = PercentOfBase | TicketModerateur | ActualCost | FixedAmount | PercentOfPmss | FullBasket | NoGuarantee

GUARANTEES: Mapping[Kind, type[Guarantee]] = {
    guarantee.kind: guarantee
    for guarantee in (PercentOfBase, TicketModerateur, ActualCost, FixedAmount, PercentOfPmss, FullBasket, NoGuarantee)
}
LIMIT_FIELDS = ("max_count", "count_per", "limits", "plus")
_WRITTEN_WHOLE = (PercentOfBase, FixedAmount, PercentOfPmss)
_PLUS_FIELDS = ("kind", "amount_cents", "percent", "per")


def yearly_amount(guarantee: Guarantee) -> bool:
    """Whether the amount is a budget for a year, which each payment uses up.

    >>> yearly_amount(FixedAmount(amount_cents=15000, per=Per.YEAR))
    True
    """
    return isinstance(guarantee, FixedAmount | PercentOfPmss) and guarantee.per is Per.YEAR


def uses_counter(guarantee: Guarantee) -> bool:
    """Whether the clause's own counter is needed: a yearly amount, or a number of acts per year or day.

    >>> uses_counter(FixedAmount(amount_cents=3000, max_count=3)), uses_counter(ActualCost())
    (True, False)
    """
    counted = guarantee.max_count is not None and guarantee.count_per in (Per.YEAR, Per.DAY)
    return yearly_amount(guarantee) or counted


def remembers(guarantee: Guarantee) -> bool:
    """Whether what was paid before changes what will be paid: the clause's own counter, or a limit.

    >>> remembers(TicketModerateur(limits=(Limit(max_count=3),)))
    True
    """
    return uses_counter(guarantee) or bool(guarantee.limits)


def fields_of(kind: Kind) -> tuple[str, ...]:
    """The fields that a kind has of its own.

    >>> fields_of(Kind.PERCENT_OF_PMSS)
    ('percent', 'per')
    """
    return tuple(field.name for field in fields(GUARANTEES[kind]) if field.name not in LIMIT_FIELDS)


def read_guarantee(record: Record) -> Guarantee:
    """The guarantee of a JSON object; faults are noted in the record, which the caller checks.

    >>> read_guarantee(Record({"kind": "percent_of_pmss", "percent": "2", "per": "day"}, place="guarantee")).per
    <Per.DAY: 'day'>
    """
    guarantee = _read_kind(record)
    return replace(
        guarantee,
        max_count=record.whole_or_none("max_count", least=1, most=10_000),
        count_per=record.choice("count_per", Per, default=Per.YEAR),
        limits=tuple(read_limit(entry) for entry in record.records("limits")),
        plus=_read_plus(record),
    )


def _read_kind(record: Record) -> Guarantee:
    kind = record.choice("kind", Kind)
    match kind:
        case Kind.PERCENT_OF_BASE:
            return PercentOfBase(
                percent=record.percent("percent"),
                includes_statutory=record.flag("includes_statutory", default=True),
                non_optam_percent=record.percent_or_none("non_optam_percent"),
            )
        case Kind.TICKET_MODERATEUR:
            return TicketModerateur()
        case Kind.ACTUAL_COST:
            return ActualCost(
                percent=record.percent("percent", most=100) if record.has("percent") else Decimal(100),
                most_cents=record.whole_or_none("most_cents"),
                per=record.choice("per", Per, default=Per.ACT),
                includes_statutory=record.flag("includes_statutory", default=False),
            )
        case Kind.FIXED_AMOUNT:
            return FixedAmount(
                amount_cents=record.whole("amount_cents"),
                per=record.choice("per", Per, default=Per.ACT),
                includes_statutory=record.flag("includes_statutory", default=False),
                frame_amount_cents=record.whole_or_none("frame_amount_cents"),
                category_amounts_cents=_read_categories(record.record("category_amounts_cents")),
            )
        case Kind.PERCENT_OF_PMSS:
            return PercentOfPmss(percent=record.percent("percent"), per=record.choice("per", Per, default=Per.ACT))
        case Kind.FULL_BASKET:
            return FullBasket()
        case Kind.NONE:
            return NoGuarantee()


def _read_categories(record: Record) -> tuple[tuple[OpticalCategory, Cents], ...]:
    record.only(OpticalCategory)
    return tuple((category, record.whole(category)) for category in OpticalCategory if record.has(category))


def _read_plus(record: Record) -> FixedAmount | PercentOfPmss | None:
    if not record.has("plus"):
        return None
    entry = record.record("plus")
    entry.only(_PLUS_FIELDS)
    kind = entry.choice("kind", Kind)
    per = entry.choice("per", Per, default=Per.ACT)
    if per is Per.YEAR:
        entry.fault("per", "Le montant ajouté se compte par acte\u00a0: bornez-le par an avec une limite (limits).")
    if kind is Kind.FIXED_AMOUNT:
        return FixedAmount(amount_cents=entry.whole("amount_cents"), per=per)
    if kind is Kind.PERCENT_OF_PMSS:
        return PercentOfPmss(percent=entry.percent("percent"), per=per)
    entry.fault("kind", "Seul un montant (fixed_amount ou percent_of_pmss) s’ajoute à une garantie.")
    return None


def guarantee_to_data(guarantee: Guarantee) -> dict[str, object]:
    """The JSON object that ``read_guarantee`` reads back as an equal guarantee.

    >>> guarantee_to_data(PercentOfPmss(percent=Decimal("2"), per=Per.DAY))
    {'kind': 'percent_of_pmss', 'percent': '2', 'per': 'day'}
    """
    data: dict[str, object] = {"kind": str(guarantee.kind)}
    for field in fields(guarantee):
        value = getattr(guarantee, field.name)
        if field.name in LIMIT_FIELDS or value in (None, ()):
            continue
        if isinstance(guarantee, _WRITTEN_WHOLE) or value != field.default:
            data[field.name] = _to_data(value)
    if guarantee.max_count is not None:
        data |= {"max_count": guarantee.max_count, "count_per": str(guarantee.count_per)}
    if guarantee.limits:
        data["limits"] = [limit_to_data(limit) for limit in guarantee.limits]
    if guarantee.plus is not None:
        plus = guarantee_to_data(guarantee.plus)
        data["plus"] = {name: plus[name] for name in _PLUS_FIELDS if name in plus}
    return data


def _to_data(value: object) -> object:
    if isinstance(value, Decimal | StrEnum):
        return str(value)
    if isinstance(value, tuple):
        return {str(category): amount for category, amount in value}
    return value
