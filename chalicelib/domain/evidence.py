"""What proves that a child may be covered, until when, and what follows when that ends (M53, M54, M55).

A child is covered without more until the eve of majority, afterwards with a certificate of situation: each counts until
the end of October. Sixty days before its last day another one is asked for. Without it the child is covered no longer
from the next day on; one that is sent within the delay after that covers the gap too, one that never comes ends the
cover for good. Nothing here waits for a schedule: cover follows from the days, a run only asks and tells.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from chalicelib.domain.law import parameter
from chalicelib.domain.periods import add_months, age_on, last_day_of_month

DAY = timedelta(days=1)


def birthday(born: date, years: int) -> date:
    """The first day of an age; somebody born on 29 February reaches it on 1 March of a common year.

    Source: Code civil art. 414; ``periods.age_on`` counts likewise.

    >>> birthday(date(2008, 2, 29), 18), birthday(date(2008, 2, 29), 20), birthday(date(2008, 3, 1), 18)
    (datetime.date(2026, 3, 1), datetime.date(2028, 2, 29), datetime.date(2026, 3, 1))
    """
    day = add_months(born, 12 * years)
    return day if age_on(born, day) == years else day + DAY


def minor_until(born: date, *, on: date) -> date:
    """The last day on which a child needs no certificate: the eve of majority (M53).

    >>> minor_until(date(2008, 2, 29), on=date(2026, 1, 1))
    datetime.date(2026, 2, 28)
    """
    return birthday(born, int(parameter("child.majority", on=on).value)) - DAY


def child_until(born: date, *, on: date) -> date:
    """The last day on which a child may be covered at all: the eve of the contract's age limit (dossier 5.2).

    >>> child_until(date(2000, 5, 17), on=date(2026, 1, 1))
    datetime.date(2028, 5, 16)
    """
    return birthday(born, int(parameter("child.age_limit", on=on).value)) - DAY


def certified_until(received_on: date) -> date:
    """The last day that a certificate of situation covers: the end of October of its school year.

    One received in the sixty days before the end of October is that of the year which begins.

    >>> certified_until(date(2026, 8, 31)), certified_until(date(2026, 9, 1)), certified_until(date(2026, 11, 1))
    (datetime.date(2026, 10, 31), datetime.date(2027, 10, 31), datetime.date(2027, 10, 31))
    """
    month = int(parameter("child.certificate.month", on=received_on).value)
    end = last_day_of_month(date(received_on.year, month, 1))
    return end if received_on < end - _asked_before(received_on) else last_day_of_month(date(end.year + 1, month, 1))


class ProofStage(StrEnum):
    """What has been done about a proof: held, a new one asked for, told that cover stopped, or ended for good."""

    HELD = "HELD"
    ASKED = "ASKED"
    LAPSED = "LAPSED"
    ENDED = "ENDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Until when a child is proved to be a dependant; days are included.

    ``asks_on`` is the day on which another certificate is asked for, by the démarche ``request_id`` from then on.
    ``final`` says that none can follow: the child reaches the contract's age limit.
    """

    until: date
    asks_on: date
    final: bool = False
    stage: ProofStage = ProofStage.HELD
    request_id: str | None = None

    @property
    def answer_by(self) -> date:
        """The last day on which a new certificate covers the gap as well: 31 December for one that ended in October.

        Source: dossier 5.2 (proof awaited from 31 October, ended on 31 December).

        >>> Proof(until=date(2026, 10, 31), asks_on=date(2026, 9, 1)).answer_by
        datetime.date(2026, 12, 31)
        """
        late = max(self.until, self.asks_on)
        return self.until if self.final else late + timedelta(days=_whole("child.certificate.late", late))

    @property
    def next_day(self) -> date | None:
        """The last day before something is to be done about it, if anything is.

        >>> proof = Proof(until=date(2026, 10, 31), asks_on=date(2026, 9, 1))
        >>> proof.next_day
        datetime.date(2026, 8, 31)
        """
        match self.stage:
            case ProofStage.HELD:
                return self.asks_on - DAY
            case ProofStage.ASKED:
                return self.until
            case ProofStage.LAPSED:
                return self.answer_by
            case ProofStage.ENDED:
                return None

    def expiring_on(self, day: date) -> bool:
        """Whether another certificate is awaited and the present one still counts."""
        return self.asks_on <= day <= self.until

    def awaited_on(self, day: date) -> bool:
        """Whether the cover is interrupted on a day, and a new certificate would still close the gap."""
        return self.until < day <= self.answer_by


def of_child(born: date, *, certified_on: date | None, since: date) -> Proof:
    """The proof of a child who is accepted on the day ``since``: a certificate received on a day, or the age alone.

    >>> of_child(date(2010, 6, 1), certified_on=None, since=date(2026, 3, 2)).until
    datetime.date(2028, 5, 31)
    >>> of_child(date(2004, 6, 1), certified_on=date(2026, 3, 2), since=date(2026, 3, 2)).until
    datetime.date(2026, 10, 31)
    """
    last = child_until(born, on=since)
    until = minor_until(born, on=since) if certified_on is None else certified_until(certified_on)
    until = min(until, last)
    return Proof(until=until, asks_on=max(until - _asked_before(since), since), final=until == last)


def _asked_before(day: date) -> timedelta:
    return timedelta(days=_whole("child.certificate.asked_before", day))


def _whole(key: str, day: date) -> int:
    return int(parameter(key, on=day).value)
