"""Schedules are read as EventBridge reads them."""

from datetime import UTC, datetime

import pytest

from local.schedules import Schedule, UnreadableSchedule


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "after", "until", "due"),
    [
        ("rate(1 minute)", "2026-03-02T09:00", "2026-03-02T09:01", True),
        ("rate(5 minutes)", "2026-03-02T09:00", "2026-03-02T09:04", False),
        ("rate(1 day)", "2026-03-02T09:00", "2026-03-05T09:00", True),
        ("cron(0 5 * * ? *)", "2026-03-02T04:59", "2026-03-02T05:00", True),
        ("cron(0 5 * * ? *)", "2026-03-02T05:00", "2026-03-03T04:59", False),
        ("cron(0/15 8-18 ? * MON-FRI *)", "2026-03-02T08:01", "2026-03-02T08:16", True),
        ("cron(0 6 ? * SUN,2 *)", "2026-03-03T00:00", "2026-03-07T23:59", False),
        ("cron(0 6 ? * SUN,2 *)", "2026-03-07T00:00", "2026-03-08T06:00", True),
        ("cron(0 6 1 JAN,JUL ? 2027)", "2026-06-30T00:00", "2026-12-31T00:00", False),
        ("cron(0 6 1 JAN,JUL ? 2027)", "2026-12-31T00:00", "2027-01-01T06:00", True),
    ],
)
def test_a_schedule_is_due_when_its_time_has_come(expression: str, after: str, until: str, due: bool) -> None:
    assert Schedule("s", expression).due(after=at(after), until=at(until)) is due


@pytest.mark.parametrize("expression", ["rate(five minutes)", "cron(0 5 * * ?)", "cron(0 5 L * ? *)", "daily"])
def test_what_cannot_be_read_is_an_error(expression: str) -> None:
    with pytest.raises(UnreadableSchedule):
        Schedule("s", expression).due(after=at("2026-03-02T04:59"), until=at("2026-03-02T05:00"))
