"""When a space opens and when a link ends: instants, whatever the clocks of Paris do (H9, H18, M4, A2, A4)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain.account import link_expires_at, opens_at

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    "sent",
    [
        datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        datetime(2026, 3, 27, 12, 0, tzinfo=PARIS),
        datetime(2026, 10, 23, 12, 0, tzinfo=PARIS),
        datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2028, 2, 27, 0, 0, tzinfo=UTC),
    ],
)
def test_a_delay_is_counted_in_hours_that_pass(sent: datetime) -> None:
    """H9, M4: 72 hours, also over a change of the clocks or a year; H18: 24 hours."""
    at = sent.astimezone(UTC)
    assert opens_at(at) - at == timedelta(hours=72)
    assert link_expires_at(at) - at == timedelta(hours=24)
