"""What a daily schedule does with everything whose last day has passed."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import partial

from chalicelib import clock
from chalicelib.observability import log
from chalicelib.storage.transaction import Stale, retry_stale

MISSED_RUNS = 7
DEEP_LOOK = 60
MONDAY = 0


def settle_overdue(due_on: Callable[[date], Iterable[str]], settle: Callable[[str, date], bool]) -> int:
    """Settle each thing whose last day was one of the past week, so that missed runs are made up for; returns how many.

    On Mondays the past two months are looked at, for what a longer outage or a file that was being scanned has left.
    """
    today = clock.today()
    settled = 0
    for back in range(1, (DEEP_LOOK if today.weekday() == MONDAY else MISSED_RUNS) + 1):
        for name in due_on(today - timedelta(days=back)):
            settled += settle_unless_busy(name, partial(settle, name, today))
    return settled


def settle_unless_busy(name: str, settle: Callable[[], bool]) -> bool:
    """Settle one thing, unless somebody else keeps writing it: it is left for the next run; whether it was settled."""
    try:
        return retry_stale(settle)
    except Stale:
        log("overdue_left", request_id=name)
        return False


def every_step(step: Callable[[str, date], bool], name: str, today: date) -> bool:
    """Take the steps of one thing, one after the other, so that a late run catches up; whether there was one."""
    moved = False
    while step(name, today):
        moved = True
    return moved
