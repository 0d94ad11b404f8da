"""What corrects a decision: its negative twin, then a new decision. A booked decision is never edited."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from chalicelib.domain.adjudication.care import Care
from chalicelib.domain.adjudication.decision import Consumed, Decision, decide
from chalicelib.domain.adjudication.explanation import Law
from chalicelib.domain.adjudication.history import PastAct
from chalicelib.domain.adjudication.limits import Used
from chalicelib.domain.adjudication.settlement import Settlement
from chalicelib.domain.guarantee import CounterKey
from chalicelib.domain.law import parameter
from chalicelib.domain.money import Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """The amounts of a line, which a reversal turns round. Units: cents."""

    expense_cents: Cents
    statutory_gross_cents: Cents
    statutory_paid_cents: Cents
    participation_forfaitaire_cents: Cents
    franchise_cents: Cents
    heavy_act_cents: Cents
    complementary_cents: Cents
    other_payers_cents: Cents
    left_to_pay_cents: Cents

    @classmethod
    def of(cls, line: Settlement) -> "Amounts":
        """The amounts of a settled line."""
        return cls(
            expense_cents=line.expense_cents,
            statutory_gross_cents=line.statutory_gross_cents,
            statutory_paid_cents=line.statutory_paid_cents,
            participation_forfaitaire_cents=line.withheld.participation_forfaitaire,
            franchise_cents=line.withheld.franchise,
            heavy_act_cents=line.heavy_act_cents,
            complementary_cents=line.complementary_cents,
            other_payers_cents=line.other_payers_cents,
            left_to_pay_cents=line.left_to_pay_cents,
        )

    def negated(self) -> "Amounts":
        """Each amount turned round."""
        return Amounts(**{field.name: -getattr(self, field.name) for field in fields(self)})

    def plus(self, other: "Amounts") -> "Amounts":
        """The sum, amount by amount."""
        return Amounts(**{field.name: getattr(self, field.name) + getattr(other, field.name) for field in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """The negative twin of a decision: with it, every amount and every counter comes back to where it was."""

    of: str
    lines: tuple[Amounts, ...]
    consumed: Consumed

    @property
    def complementary_cents(self) -> Cents:
        """What the contract takes back in all; never positive."""
        return sum(line.complementary_cents for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What replaces a decision: its reversal, then a new decision."""

    reversal: Reversal
    decision: Decision

    @property
    def owed_cents(self) -> Cents:
        """What is still to be paid, or to be taken back where negative."""
        return self.decision.complementary_cents + self.reversal.complementary_cents


def reverse(decision: Decision) -> Reversal:
    """The negative twin of a decision.

    Source: a booked decision is never edited (dossier 3.3 step 10).
    """
    return Reversal(
        of=decision.fingerprint,
        lines=tuple(Amounts.of(line).negated() for line in decision.settled),
        consumed=tuple((key, used.negated()) for key, used in decision.consumed),
    )


def correct(
    decision: Decision,
    *,
    lines: Sequence[Care],
    counters: Mapping[CounterKey, Used],
    history: Iterable[PastAct],
    law: Law = parameter,
) -> Correction:
    """A decision corrected by new inputs: its reversal, and a new decision on the counters that the reversal leaves.

    ``counters`` holds what the counters hold now, the first decision included; ``history`` what
    the other claims of the beneficiary left, before it and since: corrected lines may read more than the first ones.
    Source: a booked decision is never edited (dossier 3.3 step 10).
    """
    reversal = reverse(decision)
    left = dict(counters)
    for key, used in reversal.consumed:
        left[key] = left.get(key, Used()).plus(used)
    anew = decide(
        lines,
        table=decision.table,
        contract_start=decision.contract_start,
        covered_from=decision.covered_from,
        counters=left,
        history=history,
        law=law,
    )
    return Correction(reversal=reversal, decision=anew)


def balance(entries: Iterable[Amounts]) -> Amounts:
    """The sum of amounts booked on a line: zero once a decision is reversed."""
    total = Amounts(**dict.fromkeys((field.name for field in fields(Amounts)), 0))
    for entry in entries:
        total = total.plus(entry)
    return total
