"""A reimbursement claim: what a member declares on an invoice, what the engine proposes, what an agent decides."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from chalicelib.domain.acts import Form
from chalicelib.domain.adjudication.care import Component
from chalicelib.domain.law import parameter
from chalicelib.domain.money import Cents
from chalicelib.domain.periods import add_months


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLine:
    """One line of an invoice. What the mandatory scheme's statement says wins over what the engine would compute."""

    act: str
    care_on: date
    expense_cents: Cents
    quantity: int = 1
    statutory_paid_cents: Cents | None = None
    base_cents: Cents | None = None
    third_party_payment: bool = False
    prescribed: bool = False
    in_pathway: bool = True
    optam: bool | None = None
    other_payers_cents: Cents = 0
    components: tuple[Component, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCorrection:
    """What an agent read on the documents for one line; ``None`` leaves the member's figure as it is."""

    index: int
    expense_cents: Cents | None = None
    statutory_paid_cents: Cents | None = None
    base_cents: Cents | None = None
    other_payers_cents: Cents | None = None

    def applied_to(self, line: ClaimLine) -> ClaimLine:
        """The corrected line.

        >>> line = ClaimLine(act="CP", care_on=date(2026, 3, 1), expense_cents=9000)
        >>> LineCorrection(index=0, expense_cents=8000).applied_to(line).expense_cents
        8000
        """
        names = ("expense_cents", "statutory_paid_cents", "base_cents", "other_payers_cents")
        changes = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return replace(line, **changes)


class Decision(StrEnum):
    """What an agent answers."""

    APPROVE = "approve"
    REFUSE = "refuse"
    ASK = "information"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDecision:
    """An agent's decision on a claim, with its reason."""

    decision: Decision
    reason: str
    agent_id: str
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The content of a claim. ``proposal`` holds one settlement per line, as the engine recorded it."""

    beneficiary_id: str
    beneficiary_name: str
    form: Form
    lines: tuple[ClaimLine, ...]
    contract_id: str | None = None
    proposal: tuple[dict[str, Any], ...] = ()
    review_reasons: tuple[str, ...] = ()
    task_token: str | None = None
    decision: AgentDecision | None = None
    reimbursement_id: str | None = None

    def corrected(self, correction: LineCorrection) -> "Claim":
        """The same claim with one line corrected."""
        at = correction.index
        line = correction.applied_to(self.lines[at])
        return replace(self, lines=(*self.lines[:at], line, *self.lines[at + 1 :]))


def is_prescribed(care_on: date, today: date) -> bool:
    """Whether it is too late to claim for care.

    Source: Code des assurances L114-1, code de la mutualité L221-11 (two years).

    >>> is_prescribed(date(2024, 3, 1), date(2026, 3, 1)), is_prescribed(date(2024, 3, 1), date(2026, 3, 2))
    (False, True)
    """
    return today > add_months(care_on, int(parameter("claim.prescription", on=care_on).value))
