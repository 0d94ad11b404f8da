"""One line of a statement: a month of cover of one person, before tax, tax and with tax, and who bears it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from chalicelib.domain.adjudication.explanation import Step, step_to_data
from chalicelib.domain.contributions.taxes import Taxed, TaxKind
from chalicelib.domain.money import Cents
from chalicelib.domain.record import MOST_CENTS, Record


class LineKind(StrEnum):
    """Whether a line calls a month for the first time or corrects what was called."""

    CALL = "appel"
    REGULARISATION = "regularisation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is called for one person and one month under one heading; negative when it gives back. Units: cents.

    ``label`` is the structure or the tranche, ``base_cents`` the pay it bears on where there is one, ``heads`` how many
    people the line adds to that heading. ``sentence`` of the last step says what the line is.
    """

    kind: LineKind = LineKind.CALL
    month: date
    member_id: str
    name: str
    college: str
    label: str
    heads: int = 1
    base_cents: Cents | None = None
    rate: str = ""
    taxes: tuple[Taxed, ...]
    employer_cents: Cents
    employee_cents: Cents
    steps: tuple[Step, ...] = ()
    law: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Errors: ``ValueError`` when the shares do not make the amount: a cent would be lost."""
        if self.employer_cents + self.employee_cents != self.ttc_cents:
            raise ValueError("the shares of a line do not make its amount")

    @property
    def ht_cents(self) -> Cents:
        """Before tax."""
        return sum(one.ht_cents for one in self.taxes)

    @property
    def tax_cents(self) -> Cents:
        """The taxes."""
        return sum(one.tax_cents for one in self.taxes)

    @property
    def ttc_cents(self) -> Cents:
        """With tax: what the company owes for the line."""
        return self.ht_cents + self.tax_cents

    @property
    def key(self) -> tuple[str, date, str, str]:
        """What a later line must share to correct this one: the person, the month, the college, the heading."""
        return self.member_id, self.month, self.college, self.label

    @classmethod
    def from_record(cls, record: Record) -> "Line":
        """The line of a JSON object; faults are noted in the record, whose reader calls ``check``."""
        return cls(
            kind=record.choice("kind", LineKind),
            month=record.day("month"),
            member_id=record.text("member_id"),
            name=record.text("name", default=""),
            college=record.text("college", default=""),
            label=record.text("label", default=""),
            heads=record.whole("heads", least=-1, most=1),
            base_cents=_signed_or_none(record, "base_cents"),
            rate=record.text("rate", default=""),
            taxes=tuple(_read_taxed(entry) for entry in record.records("taxes")),
            employer_cents=_signed(record, "employer_cents"),
            employee_cents=_signed(record, "employee_cents"),
            steps=tuple(_read_step(entry) for entry in record.records("steps")),
            law=record.texts("law"),
        )

    def to_record(self) -> dict[str, object]:
        """The JSON object that ``from_record`` reads back as an equal line."""
        return {
            "kind": str(self.kind),
            "month": self.month.isoformat(),
            "member_id": self.member_id,
            "name": self.name,
            "college": self.college,
            "label": self.label,
            "heads": self.heads,
            "base_cents": self.base_cents,
            "rate": self.rate,
            "taxes": [
                {"kind": str(one.kind), "ht_cents": one.ht_cents, "tax_cents": one.tax_cents} for one in self.taxes
            ],
            "employer_cents": self.employer_cents,
            "employee_cents": self.employee_cents,
            "steps": [step_to_data(one) for one in self.steps],
            "law": list(self.law),
        }


def _signed(record: Record, name: str) -> Cents:
    return record.whole(name, least=-MOST_CENTS, most=MOST_CENTS)


def _signed_or_none(record: Record, name: str) -> Cents | None:
    return _signed(record, name) if record.has(name) else None


def _read_taxed(record: Record) -> Taxed:
    return Taxed(
        kind=record.choice("kind", TaxKind),
        ht_cents=_signed(record, "ht_cents"),
        tax_cents=_signed(record, "tax_cents"),
    )


def _read_step(record: Record) -> Step:
    return Step(
        record.text("rule"),
        record.text("source"),
        tuple((entry.text("name"), entry.text("value", default="")) for entry in record.records("inputs")),
        _signed(record, "amount_cents"),
        record.text("sentence", longest=1000),
    )
