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
    seconds = int(window.total_seconds())
    start = int(now.timestamp()) // seconds * seconds
    row = ThrottleRow(f"{name}#{start}")
    row.update(actions=[ThrottleRow.attempts.add(1), ThrottleRow.expires.set(start + seconds)])
    return int(row.attempts), datetime.fromtimestamp(start + seconds, tz=now.tzinfo)
