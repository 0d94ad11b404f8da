"""What a list of décomptes is narrowed to and adds up to, and what of them a policyholder may read (M35, M36, A12)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from chalicelib.domain import acts
from chalicelib.domain.money import Cents
from chalicelib.domain.reimbursement import PaymentOrder, PaymentState, Reimbursement

OPERATOR = "operator"
MEMBER = "member"


class DecompteState(StrEnum):
    """What became of the money of a décompte."""

    NOTHING_DUE = "NOTHING_DUE"
    ORDERED = "ORDERED"
    SENT = "SENT"
    PAID = "PAID"
    REJECTED = "REJECTED"


STATE_LABELS = {
    DecompteState.NOTHING_DUE: "Rien à verser",
    DecompteState.ORDERED: PaymentState.ORDERED.label,
    DecompteState.SENT: PaymentState.SENT.label,
    DecompteState.PAID: PaymentState.PAID.label,
    DecompteState.REJECTED: PaymentState.REJECTED.label,
}


class PaidTo(StrEnum):
    """Who was paid: the member, or the professional, be it by us or by the operator of the tiers payant (H151)."""

    MEMBER = "member"
    PROFESSIONAL = "professional"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list is narrowed to; days are included, those of care as soon as one line of the décompte has one."""

    decided_from: date | None = None
    decided_to: date | None = None
    care_from: date | None = None
    care_to: date | None = None
    beneficiary_id: str | None = None
    act: str | None = None
    family: str | None = None
    paid_to: PaidTo | None = None
    state: DecompteState | None = None

    @property
    def first_day(self) -> date | None:
        """The first day on which a wanted décompte may have been decided: care is decided after it was given."""
        return max((day for day in (self.decided_from, self.care_from) if day), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decompte:
    """A décompte as its list shows it; of a ``hidden`` one, only the days and what was paid may be told (A12)."""

    reimbursement: Reimbursement
    state: DecompteState
    hidden: bool
    paid_on: date | None = None


def state_of(one: Reimbursement, order: PaymentOrder | None) -> DecompteState:
    """What became of the money of a décompte, given its payment order."""
    if order is not None:
        return DecompteState(order.state)
    return DecompteState.PAID if one.payee == OPERATOR else DecompteState.NOTHING_DUE


def paid_to(one: Reimbursement) -> PaidTo:
    """Who was paid.

    Source: requirement H151 (tiers payant pays the professional).
    """
    return PaidTo.MEMBER if one.payee == MEMBER else PaidTo.PROFESSIONAL


def confidential_key(one: Reimbursement) -> str:
    """The place of the copy of a décompte that says days and amounts only (A12)."""
    return f"{one.statement_key.removesuffix('.pdf')}-confidentiel.pdf"


def family_of(act: str) -> str:
    """The family of an act, or nothing for an act that the catalogue does not know.

    >>> family_of("OST"), family_of("?")
    ('medecine_douce', '')
    """
    known = acts.find(act)
    return known.family if known else ""


def wanted(one: Decompte, filters: Filters) -> bool:
    """Whether a list keeps a décompte. A hidden one answers to no filter that would betray what the care was.

    Nor does it to what became of the money, which would betray who was paid (A12).
    """
    found = one.reimbursement
    days = [line.care_on for line in found.lines]
    if filters.care_from is not None and max(days) < filters.care_from:
        return False
    if filters.care_to is not None and min(days) > filters.care_to:
        return False
    if filters.care_from and filters.care_to and not any(filters.care_from <= day <= filters.care_to for day in days):
        return False
    if filters.beneficiary_id is not None and found.beneficiary_id != filters.beneficiary_id:
        return False
    return _care_is_wanted(one, filters)


def _care_is_wanted(one: Decompte, filters: Filters) -> bool:
    if one.hidden:
        return (filters.act, filters.family, filters.paid_to, filters.state) == (None, None, None, None)
    if filters.state is not None and one.state is not filters.state:
        return False
    if filters.paid_to is not None and paid_to(one.reimbursement) is not filters.paid_to:
        return False
    lines = one.reimbursement.lines
    if filters.act is not None and all(line.act != filters.act for line in lines):
        return False
    return filters.family is None or any(family_of(line.act) == filters.family for line in lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What some décomptes add up to: those that may be read, and apart what the hidden ones were paid.

    ``decomptes`` counts them all, ``hidden`` those whose care stays secret. ``complete`` is whether all were read; else
    those decided before ``counted_from`` are not in it. Units: cents.
    """

    decomptes: int
    hidden: int
    complementary_cents: Cents
    hidden_complementary_cents: Cents
    expense_cents: Cents
    statutory_cents: Cents
    other_payers_cents: Cents
    left_to_pay_cents: Cents
    complete: bool = True
    counted_from: date | None = None


def totals_of(found: Iterable[Decompte], *, complete: bool = True, counted_from: date | None = None) -> Totals:
    """The sums over some décomptes (M36); of a hidden one, only what was paid, apart from the others (A12)."""
    every = list(found)
    lines = [line for one in every if not one.hidden for line in one.reimbursement.lines]
    return Totals(
        decomptes=len(every),
        hidden=sum(one.hidden for one in every),
        complementary_cents=sum(line.complementary_cents for line in lines),
        hidden_complementary_cents=sum(one.reimbursement.complementary_cents for one in every if one.hidden),
        expense_cents=sum(line.expense_cents for line in lines),
        statutory_cents=sum(line.statutory_cents for line in lines),
        other_payers_cents=sum(line.other_payers_cents for line in lines),
        left_to_pay_cents=sum(line.left_to_pay_cents for line in lines),
        complete=complete,
        counted_from=counted_from,
    )
