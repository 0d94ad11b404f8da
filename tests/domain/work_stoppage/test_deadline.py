"""H92, H93, A5: thirty calendar days from the first day, recalled three times, late accepted and flagged."""

from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.domain.work_stoppage.deadline import day_in_paris, deadline_of

START = date(2026, 3, 2)


@pytest.mark.parametrize(("rank", "late", "left"), [(0, False, 30), (29, False, 1), (30, False, 0), (31, True, -1)])
def test_both_sides_of_the_thirtieth_day(rank: int, late: bool, left: int) -> None:
    clock, day = deadline_of(START), START + timedelta(days=rank)
    assert (clock.is_late(day), clock.days_left(day)) == (late, left)


def test_reminders_come_after_a_week_ten_days_before_and_three_days_before() -> None:
    clock = deadline_of(START)
    assert [(day - START).days for day in clock.reminders_on] == [7, 20, 27]
    assert all(day < clock.due_on for day in clock.reminders_on)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 4, 1, 21, 59, 59, tzinfo=UTC), date(2026, 4, 1)),
        (datetime(2026, 4, 1, 22, 0, tzinfo=UTC), date(2026, 4, 2)),
        (datetime(2026, 1, 1, 22, 59, tzinfo=UTC), date(2026, 1, 1)),
        (datetime(2026, 1, 1, 23, 0, tzinfo=UTC), date(2026, 1, 2)),
    ],
)
def test_a_day_ends_at_midnight_in_paris_summer_and_winter(moment: datetime, day: date) -> None:
    assert day_in_paris(moment) == day


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        day_in_paris(datetime(2026, 4, 1))  # noqa: DTZ001 - what is refused
