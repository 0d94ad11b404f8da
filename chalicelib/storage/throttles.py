"""Counting attempts within a window of time, so that guessing is slow whoever guesses what."""

from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib import settings
from chalicelib.storage import rows


class ThrottleRow(rows.Row):
    """How often something was tried within one window; it disappears after the window."""

    class Meta(rows.Meta):
        table_name = settings.table("throttles")

    throttle = UnicodeAttribute(hash_key=True)
    attempts = NumberAttribute(default=0)
    expires = NumberAttribute()


def count_attempt(name: str, *, window: timedelta, now: datetime) -> tuple[int, datetime]:
    """Count one more attempt; returns how many were made in the present window and when the window ends."""
    start, end = _bounds(window, now)
    row = ThrottleRow(f"{name}#{start}")
    row.update(actions=[ThrottleRow.attempts.add(1), ThrottleRow.expires.set(end)])
    return int(row.attempts), datetime.fromtimestamp(end, tz=now.tzinfo)


def forget(name: str, *, window: timedelta, now: datetime) -> None:
    """Forget the attempts of the present window."""
    start, _ = _bounds(window, now)
    ThrottleRow(f"{name}#{start}").delete()


def _bounds(window: timedelta, now: datetime) -> tuple[int, int]:
    seconds = int(window.total_seconds())
    start = int(now.timestamp()) // seconds * seconds
    return start, start + seconds
