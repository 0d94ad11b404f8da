"""What a contract promises: guarantees as a contract table words them, clauses, and the dated table that holds them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from chalicelib.domain import acts
from chalicelib.domain.adjudication.record import Record
from chalicelib.domain.money import Cents
from chalicelib.domain.periods import Period, civil_year, insurance_year


class Kind(StrEnum):
    """How a guarantee is written (dossier 3.1)."""

    PERCENT_OF_BASE = "percent_of_base"
    TICKET_MODERATEUR = "ticket_moderateur"
    ACTUAL_COST = "actual_cost"
    FIXED_AMOUNT = "fixed_amount"
    PERCENT_OF_PMSS = "percent_of_pmss"
    FULL_BASKET = "full_basket"
    NONE = "none"


class Per(StrEnum):
    """What an amount or a number is counted by. Only ``year`` and ``stay`` do not follow the quantity of a line."""

    ACT = "act"
    SESSION = "session"
    DAY = "day"
    NIGHT = "night"
    EAR = "ear"
    EYE = "eye"
    TOOTH = "tooth"
    SEMESTER = "semester"
    BOX = "box"
    EQUIPMENT = "equipment"
    STAY = "stay"
    YEAR = "year"

    @property
    def follows_quantity(self) -> bool:
        """Whether two units earn twice the amount.

        >>> Per.NIGHT.follows_quantity, Per.YEAR.follows_quantity
        (True, False)
        """
        return self not in (Per.YEAR, Per.STAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limited:
    """A guarantee may count its acts: at most ``max_count`` units per ``count_per``."""

    max_count: int | None = None
    count_per: Per = Per.YEAR


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
    """« Frais réels »."""

    kind: ClassVar[Kind] = Kind.ACTUAL_COST


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedAmount(Limited):
    """« 30 € par séance », « 320 € y compris RO dont 100 € de monture »."""

    kind: ClassVar[Kind] = Kind.FIXED_AMOUNT
    amount_cents: Cents
    per: Per = Per.ACT
    includes_statutory: bool = False
    frame_amount_cents: Cents | None = None


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

_COUNT_FIELDS = ("max_count", "count_per")
_FIELDS = {
    Kind.PERCENT_OF_BASE: ("percent", "includes_statutory", "non_optam_percent"),
    Kind.TICKET_MODERATEUR: (),
    Kind.ACTUAL_COST: (),
    Kind.FIXED_AMOUNT: ("amount_cents", "per", "includes_statutory", "frame_amount_cents"),
    Kind.PERCENT_OF_PMSS: ("percent", "per"),
    Kind.FULL_BASKET: (),
    Kind.NONE: (),
}


def yearly_amount(guarantee: Guarantee) -> bool:
    """Whether the amount is a budget for a year, which each payment uses up.

    >>> yearly_amount(FixedAmount(amount_cents=15000, per=Per.YEAR))
    True
    """
    return isinstance(guarantee, FixedAmount | PercentOfPmss) and guarantee.per is Per.YEAR


def remembers(guarantee: Guarantee) -> bool:
    """Whether what was paid before changes what will be paid: a yearly amount, or a number of acts per year or day."""
    counted = guarantee.max_count is not None and guarantee.count_per in (Per.YEAR, Per.DAY)
    return yearly_amount(guarantee) or counted


def read_guarantee(record: Record) -> Guarantee:
    """The guarantee of a JSON object; faults are noted in the record, which the caller checks.

    >>> read_guarantee(Record({"kind": "actual_cost"}, place="guarantee"))
    ActualCost(max_count=None, count_per=<Per.YEAR: 'year'>)
    """
    kind = record.choice("kind", Kind)
    max_count = record.whole_or_none("max_count", least=1, most=10_000)
    count_per = record.choice("count_per", Per, default=Per.YEAR)
    guarantee: Guarantee
    match kind:
        case Kind.PERCENT_OF_BASE:
            guarantee = PercentOfBase(
                percent=record.percent("percent"),
                includes_statutory=record.flag("includes_statutory", default=True),
                non_optam_percent=record.percent_or_none("non_optam_percent"),
            )
        case Kind.TICKET_MODERATEUR:
            guarantee = TicketModerateur()
        case Kind.ACTUAL_COST:
            guarantee = ActualCost()
        case Kind.FIXED_AMOUNT:
            guarantee = FixedAmount(
                amount_cents=record.whole("amount_cents"),
                per=record.choice("per", Per, default=Per.ACT),
                includes_statutory=record.flag("includes_statutory", default=False),
                frame_amount_cents=record.whole_or_none("frame_amount_cents"),
            )
        case Kind.PERCENT_OF_PMSS:
            guarantee = PercentOfPmss(percent=record.percent("percent"), per=record.choice("per", Per, default=Per.ACT))
        case Kind.FULL_BASKET:
            guarantee = FullBasket()
        case Kind.NONE:
            guarantee = NoGuarantee()
    return replace(guarantee, max_count=max_count, count_per=count_per)


def guarantee_to_data(guarantee: Guarantee) -> dict[str, object]:
    """The JSON object that ``read_guarantee`` reads back as an equal guarantee.

    >>> guarantee_to_data(PercentOfPmss(percent=Decimal("2"), per=Per.DAY))
    {'kind': 'percent_of_pmss', 'percent': '2', 'per': 'day'}
    """
    data: dict[str, object] = {"kind": str(guarantee.kind)}
    names = _FIELDS[guarantee.kind] + (_COUNT_FIELDS if guarantee.max_count is not None else ())
    for name in names:
        value = getattr(guarantee, name)
        if value is not None:
            data[name] = str(value) if isinstance(value, Decimal | StrEnum) else value
    return data


class Window(StrEnum):
    """How long a counter remembers."""

    ACT = "act"
    DAY = "day"
    CIVIL_YEAR = "civil_year"
    INSURANCE_YEAR = "insurance_year"


class Scope(StrEnum):
    """Who shares a counter."""

    BENEFICIARY = "beneficiary"
    FAMILY = "family"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True)
class Counter:
    """What a clause counts by, and for whom."""

    window: Window = Window.CIVIL_YEAR
    scope: Scope = Scope.BENEFICIARY


@dataclass(frozen=True, slots=True)
class CounterKey:
    """Which counter a line uses. The caller knows the contract and adds the holder that ``scope`` asks for.

    >>> str(CounterKey("osteopathie", Scope.BENEFICIARY, civil_year(date(2026, 3, 1))))
    'osteopathie/beneficiary/2026-01-01'
    """

    clause_id: str
    scope: Scope
    window: Period

    def __str__(self) -> str:
        return f"{self.clause_id}/{self.scope}/{self.window.start.isoformat()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One line of a guarantee table: its French wording, the acts and families it bears on, and what it promises."""

    id: str
    label: str
    guarantee: Guarantee
    acts: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    counter: Counter = Counter()
    waiting_days: int = 0

    def counter_window(self, care_on: date, *, contract_start: date) -> Period | None:
        """The period over which payments add up on a day of care, or nothing where each act stands alone.

        >>> osteo = Clause(id="o", label="Ostéopathie", guarantee=FixedAmount(amount_cents=3000, max_count=3))
        >>> osteo.counter_window(date(2026, 3, 1), contract_start=date(2024, 7, 1)).start
        datetime.date(2026, 1, 1)
        """
        if not remembers(self.guarantee) or self.counter.window is Window.ACT:
            return None
        by_day = not yearly_amount(self.guarantee) and self.guarantee.count_per is Per.DAY
        if by_day or self.counter.window is Window.DAY:
            return Period(care_on, care_on + timedelta(days=1))
        if self.counter.window is Window.CIVIL_YEAR:
            return civil_year(care_on)
        return insurance_year(care_on, anniversary_of=contract_start)

    def counter_key(self, care_on: date, *, contract_start: date) -> CounterKey | None:
        """The counter that this clause uses on a day of care, or nothing where nothing is counted.

        >>> real = Clause(id="fj", label="Forfait journalier", guarantee=ActualCost(), acts=("FJ",))
        >>> real.counter_key(date(2026, 3, 1), contract_start=date(2024, 7, 1)) is None
        True
        """
        window = self.counter_window(care_on, contract_start=contract_start)
        return CounterKey(self.id, self.counter.scope, window) if window else None

    def to_data(self) -> dict[str, object]:
        """The JSON object of the clause, its guarantee's fields among its own."""
        data: dict[str, object] = {"id": self.id, "label": self.label}
        if self.acts:
            data["acts"] = list(self.acts)
        if self.families:
            data["families"] = list(self.families)
        data |= guarantee_to_data(self.guarantee)
        if remembers(self.guarantee):
            data["counter"] = {"window": str(self.counter.window), "scope": str(self.counter.scope)}
        if self.waiting_days:
            data["waiting_days"] = self.waiting_days
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class GuaranteeTable:
    """The guarantees of a contract level, as they stand from a day on."""

    code: str
    version: int
    valid_from: date
    responsible: bool
    clauses: tuple[Clause, ...]

    def clause_for(self, act: str, *, family: str | None = None) -> Clause | None:
        """The clause that bears on an act: the one that names its code, else the one of its family, else none.

        ``family`` is only needed for an act that the catalogue does not know.

        >>> cures = Clause(id="c", label="Consultations", guarantee=TicketModerateur(), families=("consultation",))
        >>> table = GuaranteeTable(code="T", version=1, valid_from=date(2026, 1, 1), responsible=True, clauses=(cures,))
        >>> table.clause_for("G").id, table.clause_for("OST")
        ('c', None)
        """
        for clause in self.clauses:
            if act in clause.acts:
                return clause
        known = acts.find(act)
        wanted = known.family if known else family
        return next((clause for clause in self.clauses if wanted in clause.families), None)

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> "GuaranteeTable":
        """The table of a JSON object.

        Errors: ``FieldErrors`` with every fault, each at a place such as ``guarantee_table.clauses[3].percent``.
        """
        record = Record(data, place="guarantee_table")
        record.only(("code", "version", "valid_from", "responsible", "clauses"))
        table = cls(
            code=record.text("code"),
            version=record.whole("version", least=1),
            valid_from=record.day("valid_from"),
            responsible=record.flag("responsible", default=True),
            clauses=tuple(_read_clause(entry) for entry in record.records("clauses")),
        )
        if not record.has("clauses"):
            record.fault("clauses", "Le tableau doit compter au moins une garantie.")
        _note_collisions(record, table.clauses)
        record.check()
        return table

    def to_data(self) -> dict[str, object]:
        """The JSON object that ``from_data`` reads back as an equal table."""
        return {
            "code": self.code,
            "version": self.version,
            "valid_from": self.valid_from.isoformat(),
            "responsible": self.responsible,
            "clauses": [clause.to_data() for clause in self.clauses],
        }


def _read_clause(record: Record) -> Clause:
    fields = _FIELDS[record.choice("kind", Kind)] if record.has("kind") else sum(_FIELDS.values(), ())
    names = ("id", "label", "acts", "families", "kind", "counter", "waiting_days")
    record.only((*names, *_COUNT_FIELDS, *fields))
    counter = record.record("counter")
    counter.only(("window", "scope"))
    clause = Clause(
        id=record.text("id", longest=60),
        label=record.text("label"),
        guarantee=read_guarantee(record),
        acts=record.texts("acts"),
        families=record.texts("families"),
        counter=Counter(
            counter.choice("window", Window, default=Window.CIVIL_YEAR),
            counter.choice("scope", Scope, default=Scope.BENEFICIARY),
        ),
        waiting_days=record.whole("waiting_days", default=0, most=3650),
    )
    if yearly_amount(clause.guarantee) and clause.counter.window in (Window.ACT, Window.DAY):
        counter.fault("window", "Un montant par an se compte par année civile ou par année d’assurance.")
    _note_unknown_codes(record, clause)
    return clause


def _note_unknown_codes(record: Record, clause: Clause) -> None:
    for act in clause.acts:
        if acts.find(act) is None:
            record.fault("acts", f"L’acte « {act} » n’est pas au catalogue.")
    for family in clause.families:
        if family not in acts.families():
            record.fault("families", f"La famille « {family} » n’est pas au catalogue.")
    if not clause.acts and not clause.families:
        record.fault("acts", "Une garantie porte sur au moins un acte ou une famille.")


def _note_collisions(record: Record, clauses: tuple[Clause, ...]) -> None:
    seen: set[tuple[str, str]] = set()
    for index, clause in enumerate(clauses):
        claimed = (("id", (clause.id,)), ("acts", clause.acts), ("families", clause.families))
        for name, values in claimed:
            for value in values:
                if value and (name, value) in seen:
                    record.fault(
                        f"clauses[{index}].{name}", f"« {value} » figure déjà dans une autre ligne du tableau."
                    )
                seen.add((name, value))
