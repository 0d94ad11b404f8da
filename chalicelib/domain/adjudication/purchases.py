"""Purchases that a person must look at: a line met twice, or equipment beside another bought on its day or later.

One rule for the lines of a claim and for those of former claims: splitting an invoice changes nothing to it. The delay
between two purchases itself is in ``renewal``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from chalicelib.domain import acts
from chalicelib.domain.adjudication import renewal
from chalicelib.domain.adjudication.care import Care
from chalicelib.domain.adjudication.history import Past, PastAct


class Resemblance(StrEnum):
    """What a line shares with another."""

    SAME_LINE = "same_line"
    SAME_EQUIPMENT = "same_equipment"


@dataclass(frozen=True, slots=True)
class Question:
    """Why a person must look at a line beside another; ``line`` is its place in the claim."""

    line: int
    on: date
    about: Resemblance

    @property
    def sentence(self) -> str:
        """What the manager should check.

        >>> Question(0, date(2026, 3, 1), Resemblance.SAME_EQUIPMENT).sentence
        'Un autre équipement que celui du 01/03/2026 est remboursé ou demandé.'
        """
        day = f"{self.on:%d/%m/%Y}"
        if self.about is Resemblance.SAME_LINE:
            return f"Une ligne semblable du {day} figure déjà dans cette demande ou une autre."
        return f"Un autre équipement que celui du {day} est remboursé ou demandé."


def questions(lines: Sequence[Care], *, settled: Iterable[PastAct], history: Iterable[PastAct]) -> tuple[Question, ...]:
    """What a person must look at in a claim whose lines left ``settled`` to the history they were settled on.

    A line of the same act, day and expense may be right twice a day, so nobody refuses it unseen. Equipment bought
    before another that was already paid for was not delayed by it, and its own delay may not be kept.
    Source: CSS art. R871-2 3° and 4° (renewals); internal control (repeated lines).

    >>> room = Care(on=date(2026, 3, 1), act="CP", family="hospitalisation", expense_cents=8000)
    >>> before = PastAct(act="CP", on=room.on, expense_cents=8000)
    >>> [question.about.value for question in questions([room], settled=[before], history=[before])]
    ['same_line']
    """
    past = Past(history)
    found = []
    for index, (care, done) in enumerate(zip(lines, settled, strict=True)):
        if past.like(care):
            found.append(Question(index, care.on, Resemblance.SAME_LINE))
        act = acts.find(care.act)
        if act and renewal.delays(care, act) and past.bought_since(care, act):
            found.append(Question(index, care.on, Resemblance.SAME_EQUIPMENT))
        past.add(done)
    return tuple(found)
