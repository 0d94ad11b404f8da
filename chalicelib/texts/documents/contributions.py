"""What the documents about contributions say: the appel de cotisation (bordereau) and the échéancier (dossier 4.5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from chalicelib.domain.money import Cents
from chalicelib.texts.documents.models import JSON, Insurer, fields_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """One heading of a call: who pays what, how many, on which base. Units: cents; ``base`` and ``rate`` are shown."""

    college: str
    label: str
    month: str
    heads: int
    base: str
    rate: str
    ht_cents: Cents
    tax_cents: Cents
    ttc_cents: Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrears:
    """What is left of an earlier statement, to be transferred under its own reference. Units: cents."""

    amount_cents: Cents
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionCall:
    """An appel de cotisation: what is called for a period, the corrections of past ones, and how it is paid.

    ``account`` is where a transfer goes, ``debit`` what is said of the debit where one is announced, ``arrears`` what
    that does not take. Units: cents.
    """

    template: ClassVar[str] = "contribution_call"

    insurer: Insurer
    issued_on: date
    number: str
    company: str
    siren: str
    siret: str
    address: str
    numero_adherent: str
    contract_number: str
    contract_label: str
    period: str
    frequency: str
    due_on: date
    rows: tuple[CallRow, ...]
    corrections: tuple[CallRow, ...]
    ht_cents: Cents
    tax_cents: Cents
    called_cents: Cents
    employer_cents: Cents
    employee_cents: Cents
    brought_forward_cents: Cents
    to_pay_cents: Cents
    debit: Mapping[str, str] | None
    arrears: tuple[Arrears, ...] = ()
    reference: str
    account: str
    means: str
    notes: tuple[str, ...]

    def to_data(self) -> dict[str, JSON]:
        """What the template reads."""
        return fields_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRow:
    """One line of an échéancier. ``amount_cents`` is absent where it cannot be foreseen: ``note`` then says why."""

    period: str
    due_on: date
    amount_cents: Cents | None
    state: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSchedule:
    """An échéancier: the periods of a contract, when each is due, how much was called or is foreseen (H105, H107)."""

    template: ClassVar[str] = "payment_schedule"

    insurer: Insurer
    issued_on: date
    company: str
    numero_adherent: str
    contract_number: str
    contract_label: str
    frequency: str
    rows: tuple[ScheduleRow, ...]
    means: str
    notes: tuple[str, ...]

    def to_data(self) -> dict[str, JSON]:
        """What the template reads."""
        return fields_of(self)
