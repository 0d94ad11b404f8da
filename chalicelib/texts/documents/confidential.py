"""The décompte that keeps an adult dependant's care to themselves: what the policyholder may read of it (A12)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from chalicelib.domain.money import Cents
from chalicelib.texts.documents.models import JSON, Insurer, fields_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidentialLine:
    """One act of care of which only the day and what was paid are told. Units: cents."""

    care_on: date
    paid_cents: Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidentialStatement:
    """A décompte whose care is confidential: whose it is, and for each act the day and what was paid.

    Errors: ``ValueError`` when there is no line.
    Source: requirements M37 and M38, decision A12.
    """

    template: ClassVar[str] = "confidential_statement"

    insurer: Insurer
    number: str
    issued_on: date
    member_name: str
    numero_adherent: str
    contract_number: str
    beneficiary: str
    lines: tuple[ConfidentialLine, ...]

    def __post_init__(self) -> None:
        if not self.lines:
            raise ValueError("a décompte has at least one care line")

    def to_data(self) -> Mapping[str, JSON]:
        """The document as the template reads it, with the sum of what was paid."""
        return {**fields_of(self), "paid_cents": sum(line.paid_cents for line in self.lines)}
