"""What the estimate of a devis says: lines as on a décompte, what is assumed, until when it holds, and no payment."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from chalicelib.texts.documents.models import JSON, Insurer, StatementLine, fields_of, totals_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimation:
    """An estimate: what would be paid if the care happened as assumed; ``valid_until`` is its last day.

    ``assumptions`` and ``advice`` are sentences for the member.

    Units: cents, in the lines.
    Errors: ``ValueError`` without a line, or without an assumption.
    Source: requirements M43, M61 and M64.
    """

    template: ClassVar[str] = "estimation"

    insurer: Insurer
    number: str
    issued_on: date
    valid_until: date
    member_name: str
    numero_adherent: str
    contract_number: str
    reference: str
    lines: tuple[StatementLine, ...]
    assumptions: tuple[str, ...]
    advice: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.lines or not self.assumptions:
            raise ValueError("an estimate has at least one care line, and says what it assumes")

    def to_data(self) -> dict[str, JSON]:
        """The document as the template reads it, with the totals of its columns."""
        return {**fields_of(self), "totals": totals_of(self.lines)}
