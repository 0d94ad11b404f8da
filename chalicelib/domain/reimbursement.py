"""A reimbursement as it was decided: its lines with their explanation, what was paid, to whom, and by which order."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
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
    """A décompte: what one decision on one claim, or on what the scheme's flow told, paid. It is never edited.

    ``claim_id`` names what was decided on: a claim, or the scheme's décompte where ``source`` is « flow ». ``payee`` is
    « member », « professional » whose name is ``payee_name`` (H151), or « operator » when the operator of the tiers
    payant has paid the professional already. ``reverses`` is the décompte that this one, its negative twin, undoes.
    """

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
    source: str = "claim"
    payee_name: str = ""
    reverses: str | None = None

    @property
    def complementary_cents(self) -> Cents:
        """What the complementary contract pays in all."""
        return sum(line.complementary_cents for line in self.lines)

    @property
    def expense_cents(self) -> Cents:
        """What was spent in all."""
        return sum(line.expense_cents for line in self.lines)


class PaymentState(StrEnum):
    """Where a payment order stands (dossier 10)."""

    ORDERED = "ORDERED"
    SENT = "SENT"
    PAID = "PAID"
    REJECTED = "REJECTED"

    @property
    def label(self) -> str:
        """The state as the spaces show it.

        >>> PaymentState.PAID.label
        'Versé'
        """
        return _LABELS[self]


_LABELS = {
    PaymentState.ORDERED: "Virement ordonné",
    PaymentState.SENT: "Virement transmis à la banque",
    PaymentState.PAID: "Versé",
    PaymentState.REJECTED: "Virement impossible",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One sending of an order to the bank: in which file, to which account, and what the bank told of it.

    ``settled_on`` is the day it was booked, ``rejected_on`` the day it was refused or came back, for ``reason``.
    """

    batch_id: str
    iban_masked: str
    settled_on: date | None = None
    rejected_on: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why an order may not go to the bank: a reason of the bank, or one of ours, and since when."""

    reason: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentOrder:
    """An order to transfer an amount, once per decision, to the account known at that moment (A14).

    ``payee`` is « member », or « professional » whose number is then ``professional`` (H151); without an account the
    order waits for one. ``attempts`` are its sendings, the last one of which counts; ``hold`` stops it.
    """

    order_id: str
    member_id: str
    reimbursement_id: str
    amount_cents: Cents
    iban_sealed: str = ""
    iban_masked: str = ""
    bic: str | None = None
    holder: str = ""
    reference: str
    payee: str = "member"
    professional: str | None = None
    ordered_at: datetime
    attempts: tuple[Attempt, ...] = ()
    hold: Hold | None = None
    version: int = 0

    @property
    def has_account(self) -> bool:
        """Whether it is known where to pay."""
        return bool(self.iban_sealed)

    @property
    def state(self) -> PaymentState:
        """Where it stands: a rejection outweighs a booking, whichever was told first."""
        if self.hold is not None:
            return PaymentState.REJECTED
        if not self.attempts or self.attempts[-1].rejected_on:
            return PaymentState.ORDERED
        return PaymentState.PAID if self.attempts[-1].settled_on else PaymentState.SENT

    @property
    def paid_on(self) -> date | None:
        """The day the money left, once the bank has told it (M38)."""
        return self.attempts[-1].settled_on if self.state is PaymentState.PAID else None
