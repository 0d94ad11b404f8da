"""The demo's own time: it begins some weeks ago, goes forward, and is given back as it was found."""

from datetime import datetime, time, timedelta
from types import TracebackType

from chalicelib import clock


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
