"""The demo's own time: it begins some weeks ago, goes forward, and is given back as it was found."""

from datetime import datetime, time, timedelta
from types import TracebackType

from chalicelib import clock
from chalicelib.domain.contributions.bank_days import is_bank_day


class Past:
    """The project's clock, moved into the past for the length of a ``with`` block."""

    def __enter__(self) -> "Past":
        self._today = clock.today()
        self._shifted = timedelta()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        clock.shift(-self._shifted)

    def go_to(self, days_ago: int, at: time) -> None:
        """Make it a Paris time of some days ago."""
        there = datetime.combine(self._today - timedelta(days=days_ago), at, clock.PARIS)
        self.pass_by(there - clock.now())

    def pass_by(self, by: timedelta) -> None:
        """Let time pass."""
        clock.shift(by)
        self._shifted += by


def bank_days(first: int, last: int) -> list[int]:
    """Which of some days, counted back from today, the banks are open on: from ``first`` days ago to ``last``."""
    today = clock.today()
    return [ago for ago in range(first, last - 1, -1) if is_bank_day(today - timedelta(days=ago))]
