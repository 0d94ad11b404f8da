"""A devis: the care that is quoted, and the estimate that was made of it (M43, M61, M64)."""

from dataclasses import dataclass
from datetime import date, timedelta

from chalicelib.domain.claim import Claim
from chalicelib.domain.law import parameter
from chalicelib.domain.money import Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One thing that would lower what is left to pay on a line, and what would then be left.

    Units: cents; ``None`` where nobody has quoted the price yet.
    """

    line: int
    sentence: str
    act: str
    from_day: date
    left_to_pay_cents: Cents | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated:
    """An estimate as it was made: when, until when it holds, on which contract, what it assumes, what would change it.

    ``valid_until`` is its last day. It pays nothing, and consumes nothing of any ceiling (M64).
    """

    number: str
    estimated_on: date
    valid_until: date
    contract_id: str
    contract_number: str
    guarantee_table: str
    assumptions: tuple[str, ...]
    advice: tuple[Advice, ...] = ()
    document_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What is quoted, as lines of a claim to come, and its estimate once it is made."""

    claim: Claim
    estimated: Estimated | None = None


def valid_until(estimated_on: date) -> date:
    """The last day on which an estimate holds.

    Source: dossier 10, ESTIMATE_READY → EXPIRED (90 days).

    >>> valid_until(date(2026, 3, 2))
    datetime.date(2026, 5, 31)
    """
    return estimated_on + timedelta(days=int(parameter("estimate.validity", on=estimated_on).value))
