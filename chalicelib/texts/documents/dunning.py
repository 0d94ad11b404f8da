"""What the document about an unpaid contribution says: the formal notice (mise en demeure)."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from chalicelib.domain.money import Cents
from chalicelib.texts.documents.models import JSON, Insurer, fields_of


@dataclass(frozen=True, slots=True, kw_only=True)
class FormalNotice:
    """A formal notice: what is owed, since when, how it is paid, and what follows if it is not. Units: cents.

    Source: C. assur. L113-3 (the notice says what it is for and recalls the text).
    """

    template: ClassVar[str] = "formal_notice"

    insurer: Insurer
    issued_on: date
    company: str
    address: str
    siren: str
    numero_adherent: str
    contract_number: str
    contract_label: str
    statement_number: str
    period: str
    due_on: date
    owed_cents: Cents
    reference: str
    account: str
    consequences: tuple[str, ...]

    def to_data(self) -> dict[str, JSON]:
        """What the template reads."""
        return fields_of(self)
