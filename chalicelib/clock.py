"""The one clock. A fact has an aware UTC instant; a day of law is a day in Paris.

The local stack may run ahead of real time (``shift``), so that a newcomer need not wait 72 hours for a space to open.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")

_shift = timedelta()


def now() -> datetime:
    """The present instant, in UTC, to the second."""
    return (datetime.now(UTC) + _shift).replace(microsecond=0)


def today() -> date:
    """Today's date in Paris."""
    return paris_day(now())


def paris_day(instant: datetime) -> date:
    """The Paris date of an instant."""
    return instant.astimezone(PARIS).date()


def shift(by: timedelta) -> None:
    """Move this process's clock ahead; only the local stack and tests do."""
    global _shift  # noqa: PLW0603 - the clock is the one thing a process has exactly one of
    _shift += by
