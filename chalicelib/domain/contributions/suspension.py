"""The days on which the cover of a contract is suspended for unpaid contributions: from when, until when, by whom."""

from dataclasses import dataclass
from datetime import date

from chalicelib.domain.contributions.ledger import Ledger
from chalicelib.domain.periods import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """A suspension that an agent decided for one statement (``number``), with the reason.

    ``ends_before`` is the day on which cover resumes, absent until all is paid.
    """

    number: str
    starts_on: date
    decided_by: str
    reason: str
    ends_before: date | None = None

    def holds(self, day: date) -> bool:
        """Whether cover is suspended on a day.

        >>> held = Suspension(number="A1", starts_on=date(2026, 6, 1), ends_before=date(2026, 6, 12), decided_by="a",
        ...                   reason="")
        >>> held.holds(date(2026, 6, 11)), held.holds(date(2026, 6, 12))
        (True, False)
        """
        return Period(self.starts_on, self.ends_before).holds(day) if self.ends_before != self.starts_on else False


def paid_off_on(ledger: Ledger, number: str) -> date | None:
    """The day since which nothing is left of a statement; ``None`` while something is.

    A payment that came back counts for nothing: the day is that of the one that held.

    Source: C. assur. L113-3 (cover resumes after the payment of what is owed).
    """
    days = sorted({posting.day for posting in ledger.postings}, reverse=True)
    found = None
    for day in days:
        known = Ledger(tuple(posting for posting in ledger.postings if posting.day <= day))
        left = [one.owed_cents for one in known.owed() if one.statement == number]
        if not left or left[0] > 0:
            return found
        found = day
    return found
