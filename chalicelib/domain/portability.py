"""Portability: the cover that a former employee keeps for a while without paying, and what ends it (H79, H80).

Source: CSS L911-8; dossier 5.5.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from chalicelib.domain.law import parameter
from chalicelib.domain.periods import add_months, day_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Employment:
    """One employment contract with the same employer; its last day is included."""

    started_on: date
    ended_on: date


class PortabilityState(StrEnum):
    """Where a right to portability stands (dossier 10)."""

    PROOF_PENDING = "PROOF_PENDING"
    ACTIVE = "ACTIVE"
    PROOF_DUE = "PROOF_DUE"
    ENDED = "ENDED"


LABELS: Mapping[PortabilityState, str] = MappingProxyType(
    {
        PortabilityState.PROOF_PENDING: "Justificatif attendu",
        PortabilityState.ACTIVE: "Justifiée",
        PortabilityState.PROOF_DUE: "Nouveau justificatif attendu",
        PortabilityState.ENDED: "Terminée",
    }
)

AWAITING_PROOF = {PortabilityState.PROOF_PENDING, PortabilityState.PROOF_DUE}


class PortabilityEnd(StrEnum):
    """How a portability ended, as far as the portal decides it."""

    TERM = "terme"
    NOT_JUSTIFIED = "non_justifiee"


ENDINGS = (
    "le terme de sa durée",
    "un nouvel emploi qui met fin à l’indemnisation par l’assurance chômage",
    "la fin des droits à France Travail",
    "la liquidation d’une pension de retraite",
    "le décès",
    "la fin du contrat collectif de l’entreprise",
    "l’absence de justificatif dans le délai demandé",
)
"""What ends a portability, whichever comes first. Source: CSS L911-8; dossier 5.5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Portability:
    """One person's right to portability: its days, both included, and how its proof stands.

    The first proof may come after its last day: what it gives is then given for the past.
    ``proof_request_id`` is the démarche by which the person justifies it, ``proof_due_on`` its last day while it is
    awaited and, once given, the last day before it is asked for again. ``round`` counts the proofs asked for.
    """

    starts_on: date
    ends_on: date
    months: int
    state: PortabilityState
    proof_request_id: str
    proof_due_on: date
    reminded: bool = False
    round: int = 1
    ended: PortabilityEnd | None = None

    @property
    def awaits_proof(self) -> bool:
        """Whether the person must justify it now."""
        return self.state in AWAITING_PROOF

    @property
    def reminder_on(self) -> date:
        """The day on which the person is reminded of an awaited proof."""
        return self.proof_due_on - timedelta(
            days=int(parameter("portability.proof.reminder", on=self.proof_due_on).value)
        )

    @property
    def next_day(self) -> date | None:
        """The last day before something happens to it; ``None`` once it has ended."""
        if self.state is PortabilityState.ENDED:
            return None
        to_remind = self.awaits_proof and not self.reminded
        day = self.reminder_on - timedelta(days=1) if to_remind else self.proof_due_on
        return day if self.state is PortabilityState.PROOF_PENDING else min(day, self.ends_on)


def whole_months(started_on: date, ended_on: date) -> int:
    """The months of a span of days, both included; a month begun counts whole.

    Months run from the first day's number: a contract from 31 January to 28 February has begun its second.

    >>> whole_months(date(2025, 1, 6), date(2025, 4, 5)), whole_months(date(2025, 1, 6), date(2025, 4, 10))
    (3, 4)
    """
    months = max(0, (ended_on.year - started_on.year) * 12 + ended_on.month - started_on.month - 1)
    while add_months(started_on, months) <= ended_on:
        months += 1
    return months


def employed_since(contract_started_on: date, earlier: Sequence[Employment]) -> date:
    """The first day of the last contract or, where contracts follow one another day after day, of the first of them.

    ``earlier`` are the contracts before the last one, oldest first.

    >>> employed_since(date(2025, 3, 1), [Employment(started_on=date(2025, 1, 1), ended_on=date(2025, 2, 28))])
    datetime.date(2025, 1, 1)
    """
    since = contract_started_on
    for one in reversed(earlier):
        if day_after(one.ended_on) != since:
            break
        since = one.started_on
    return since


def months_kept(contract_started_on: date, leaving_on: date, earlier: Sequence[Employment] = ()) -> int:
    """How many months the cover is kept: those of the last contract, or of consecutive ones, up to the legal maximum.

    Source: CSS L911-8, 1° (whole months, rounded up; twelve at most, ``portability.max_months``).

    >>> months_kept(date(2023, 10, 1), date(2025, 9, 30)), months_kept(date(2025, 9, 21), date(2025, 9, 30))
    (12, 1)
    """
    most = int(parameter("portability.max_months", on=leaving_on).value)
    return min(most, whole_months(employed_since(contract_started_on, earlier), leaving_on))


def kept_until(leaving_on: date, months: int) -> date:
    """The last day on which the cover may be kept, counted from the end of the employment contract.

    Source: CSS L911-8, 1°; Code de procédure civile art. 641.

    >>> kept_until(date(2025, 9, 30), 12)
    datetime.date(2026, 9, 30)
    """
    return add_months(leaving_on, months)


def first_proof_due_on(leaving_on: date, recorded_on: date) -> date:
    """The last day for the first proof: counted from the end of the contract, or from when that was declared if later.

    >>> first_proof_due_on(date(2026, 3, 31), date(2026, 3, 2))
    datetime.date(2026, 5, 30)
    """
    start = max(leaving_on, recorded_on)
    return start + timedelta(days=int(parameter("portability.proof.wait", on=start).value))


def asked_again_on(proved_on: date) -> date:
    """The last day for which a proof counts; another is asked for on the next.

    >>> asked_again_on(date(2026, 3, 2))
    datetime.date(2026, 6, 2)
    """
    return add_months(proved_on, int(parameter("portability.proof.every", on=proved_on).value))
