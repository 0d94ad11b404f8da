"""A movement on the insurer's account that fits nothing known: an agent says what it is."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from chalicelib.domain.errors import Conflict
from chalicelib.domain.money import Cents


class MovementState(StrEnum):
    """Whether a movement waits for an agent."""

    WAITING = "WAITING"
    MATCHED = "MATCHED"
    SET_ASIDE = "SET_ASIDE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What the bank told, and what an agent made of it. Units: cents.

    ``told`` is what the bank says it is; ``name`` what it calls the payment, when it names one of ours that is unknown.
    """

    entry_id: str
    told: str
    on: date
    amount_cents: Cents
    credit: bool
    name: str = ""
    references: tuple[str, ...] = ()
    payer: str = ""
    reason: str = ""
    state: MovementState = MovementState.WAITING
    statement: str = ""
    note: str = ""
    settled_by: str = ""
    settled_at: datetime | None = None
    version: int = 0

    def settled(
        self, state: MovementState, *, agent_id: str, at: datetime, statement: str = "", note: str = ""
    ) -> "Movement":
        """The movement once an agent has said what it is.

        Errors: ``Conflict`` when that was said already.
        """
        if self.state is not MovementState.WAITING:
            raise Conflict("already_settled", "Ce mouvement a déjà été traité.")
        return replace(self, state=state, settled_by=agent_id, settled_at=at, statement=statement, note=note)
