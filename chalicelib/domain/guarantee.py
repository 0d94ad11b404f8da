"""What a contract promises: clauses, and the dated table that holds them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from chalicelib.domain import acts
from chalicelib.domain.acts import Site
from chalicelib.domain.guarantee_kinds import (
    LIMIT_FIELDS,
    ActualCost,
    FixedAmount,
    FullBasket,
    Guarantee,
    Kind,
    Limited,
    NoGuarantee,
    PercentOfBase,
    PercentOfPmss,
    TicketModerateur,
    fields_of,
    guarantee_to_data,
    read_guarantee,
    remembers,
    uses_counter,
    yearly_amount,
)
from chalicelib.domain.guarantee_limits import Counter, CounterKey, Limit, Per, Scope, Span, Window
from chalicelib.domain.periods import Period, civil_year, insurance_year
from chalicelib.domain.record import Record

__all__ = [
    "ActualCost",
    "Clause",
    "Counter",
    "CounterKey",
    "FixedAmount",
    "FullBasket",
    "Guarantee",
    "GuaranteeTable",
    "Kind",
    "Limit",
    "Limited",
    "NoGuarantee",
    "Per",
    "PercentOfBase",
    "PercentOfPmss",
    "Scope",
    "Site",
    "Span",
    "TicketModerateur",
    "Window",
    "guarantee_to_data",
    "read_guarantee",
    "remembers",
    "uses_counter",
    "yearly_amount",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One line of a guarantee table: its French wording, the acts and families it bears on, and what it promises."""

    id: str
    label: str
    guarantee: Guarantee
    acts: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    counter: Counter = field(default_factory=Counter)
    waiting_days: int = 0

    def counter_window(self, care_on: date, *, contract_start: date) -> Period | None:
        """The period over which payments add up on a day of care, or nothing where each act stands alone.

        >>> osteo = Clause(id="o", label="Ostéopathie", guarantee=FixedAmount(amount_cents=3000, max_count=3))
        >>> osteo.counter_window(date(2026, 3, 1), contract_start=date(2024, 7, 1)).start
        datetime.date(2026, 1, 1)
        """
        if not uses_counter(self.guarantee) or self.counter.window is Window.ACT:
            return None
        by_day = not yearly_amount(self.guarantee) and self.guarantee.count_per is Per.DAY
        if by_day or self.counter.window is Window.DAY:
            return Period(care_on, care_on + timedelta(days=1))
        if self.counter.window is Window.CIVIL_YEAR:
            return civil_year(care_on)
        return insurance_year(care_on, anniversary_of=contract_start)

    def counter_key(self, care_on: date, *, contract_start: date) -> CounterKey | None:
        """The clause's own counter on a day of care, or nothing where it has none; its limits have others.

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
        if uses_counter(self.guarantee):
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
    _by_act: Mapping[str, Clause] = field(init=False, repr=False, compare=False)
    _by_family: Mapping[str, Clause] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Of two clauses that name the same act or family, the first bears on it."""
        last_first = self.clauses[::-1]
        by_act = {act: clause for clause in last_first for act in clause.acts}
        by_family = {family: clause for clause in last_first for family in clause.families}
        object.__setattr__(self, "_by_act", by_act)
        object.__setattr__(self, "_by_family", by_family)

    def clause_for(self, act: str, *, family: str | None = None) -> Clause | None:
        """The clause that bears on an act: the one that names its code, else the one of its family, else none.

        ``family`` is only needed for an act that the catalogue does not know.

        >>> cures = Clause(id="c", label="Consultations", guarantee=TicketModerateur(), families=("consultation",))
        >>> table = GuaranteeTable(code="T", version=1, valid_from=date(2026, 1, 1), responsible=True, clauses=(cures,))
        >>> table.clause_for("G").id, table.clause_for("OST")
        ('c', None)
        """
        named = self._by_act.get(act)
        if named:
            return named
        known = acts.find(act)
        wanted = known.family if known else family
        return self._by_family.get(wanted) if wanted else None

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
    kinds = [record.choice("kind", Kind)] if record.has("kind") else list(Kind)
    names = ("id", "label", "acts", "families", "kind", "counter", "waiting_days")
    record.only((*names, *LIMIT_FIELDS, *(name for kind in kinds for name in fields_of(kind))))
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
