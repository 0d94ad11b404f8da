"""A reimbursement as it was decided: its lines with their explanation, what was paid, to whom, and by which order."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from chalicelib.domain.money import Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class ReimbursedLine:
    """One care line: the facts it was settled on and the settlement, as the engine recorded it.

    From ``professional`` on: what the claims that follow need to know of it, as ``PastAct`` describes it.
    """

    act: str
    label: str
    care_on: date
    expense_cents: Cents
    statutory_cents: Cents
    complementary_cents: Cents
    other_payers_cents: Cents
    left_to_pay_cents: Cents
    clause: str | None
    settlement: dict[str, Any]
    quantity: int = 1
    professional: str | None = None
    stay: str | None = None
    location: str | None = None
    heavy_tariff_cents: Cents | None = None
    daily_charge_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reimbursement:
    """A décompte: what one decision on one claim paid. It is never edited."""

    reimbursement_id: str
    number: str
    claim_id: str
    member_id: str
    contract_id: str
    contract_label: str
    beneficiary_id: str
    beneficiary_name: str
    lines: tuple[ReimbursedLine, ...]
    guarantee_table: str
    decided_at: datetime
    decided_by: str
    payee: str
    order_id: str | None
    statement_key: str

    @property
    def complementary_cents(self) -> Cents:
        """What the complementary contract pays in all."""
        return sum(line.complementary_cents for line in self.lines)

    @property
    def expense_cents(self) -> Cents:
        """What was spent in all."""
        return sum(line.expense_cents for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentOrder:
    """An order to transfer an amount: once per claim decision, to the account known at that moment (A14)."""

    order_id: str
    member_id: str
    reimbursement_id: str
    amount_cents: Cents
    iban_sealed: str
    iban_masked: str
    bic: str | None
    holder: str
    reference: str
    ordered_at: datetime
    version: int = 0
