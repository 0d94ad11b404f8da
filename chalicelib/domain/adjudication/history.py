"""What the past says to a line: the last purchase that a renewal counts from, and when a rolling span opened."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from chalicelib.domain import acts
from chalicelib.domain.acts import Act, AgedKey
from chalicelib.domain.adjudication.care import Care
from chalicelib.domain.periods import add_months


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAct:
    """An act of the beneficiary that was paid for: its clause, and the ear, eye or tooth where it was stated."""

    act: str
    on: date
    clause_id: str | None = None
    location: str | None = None


def last_purchase_on(care: Care, act: Act | None, past: Sequence[PastAct]) -> date | None:
    """The day of the last purchase that the renewal of this one counts from, stated by the line or found in the past.

    Each ear counts apart where both purchases say which; a purchase that does not say counts for either, save on the
    same day, when the other one is taken for the other ear.
    Source: CSS art. R871-2 3° (glasses) and 4° (hearing aids, per ear).

    >>> line = Care(on=date(2026, 3, 1), act="OPT-B", family="optique", expense_cents=20000)
    >>> last_purchase_on(line, acts.find("OPT-B"), [PastAct(act="OPT-A", on=date(2025, 3, 1))])
    datetime.date(2025, 3, 1)
    """
    if act is None or act.renewal is None:
        return None
    alike = _renewed_alike(act.renewal)
    days = [one.on for one in past if one.act in alike and _renews(one, care, act)]
    if care.last_purchase_on:
        days.append(care.last_purchase_on)
    return max(days, default=None)


@cache
def _renewed_alike(renewal: AgedKey) -> frozenset[str]:
    return frozenset(act.code for act in acts.catalogue().values() if act.renewal == renewal)


def _renews(past: PastAct, care: Care, act: Act) -> bool:
    if past.on > care.on:
        return False
    if act.site is None:
        return True
    if past.location and care.location:
        return past.location == care.location
    return past.on < care.on


def rolling_start(days: Iterable[date], *, on: date, months: int) -> date:
    """The first day of the rolling span that holds a day: the act that opened it, or the day itself.

    A span opens with an act, closes ``months`` later, and the next act opens another.
    Source: clause of the contract; dossier 3.1.

    >>> rolling_start([date(2024, 3, 1), date(2025, 3, 1)], on=date(2026, 2, 28), months=24)
    datetime.date(2024, 3, 1)
    >>> rolling_start([date(2024, 3, 1), date(2025, 3, 1)], on=date(2026, 3, 1), months=24)
    datetime.date(2026, 3, 1)
    """
    start: date | None = None
    for day in (*sorted(day for day in days if day <= on), on):
        if start is None or day >= add_months(start, months):
            start = day
    return start or on
