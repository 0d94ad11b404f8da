"""Runs scheduled functions at their times, by the project's clock: moving the clock ahead runs what has become due."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any

from chalice.app import Chalice, ScheduledEventConfig, ScheduleExpression

from chalicelib import clock, settings
from local.functions import Functions

TICK_SECONDS = 1.0
LONGEST_LOOK_BACK = timedelta(days=366)

MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
MONTHS = {name: number for number, name in enumerate(MONTH_NAMES, 1)}
WEEKDAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}

Field = tuple[int, int, Mapping[str, int]]
FIELDS: tuple[Field, ...] = ((0, 59, {}), (0, 23, {}), (1, 31, {}), (1, 12, MONTHS), (1, 7, WEEKDAYS), (1970, 2199, {}))


class UnreadableSchedule(ValueError):
    """A schedule expression that this module does not know."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A function, and the ``rate(…)`` or ``cron(…)`` expression that says when it runs; cron times are in UTC."""

    name: str
    expression: str

    def due(self, *, after: datetime, until: datetime) -> bool:
        """Whether it should have run since ``after``.

        >>> from datetime import UTC
        >>> nine, noon = (datetime(2026, 3, 2, hour, tzinfo=UTC) for hour in (9, 12))
        >>> Schedule("report", "cron(30 11 ? * MON-FRI *)").due(after=nine, until=noon)
        True
        >>> Schedule("report", "rate(4 hours)").due(after=nine, until=noon)
        False
        """
        rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", self.expression)
        if rate:
            return until - after >= timedelta(**{f"{rate[2]}s": int(rate[1])})
        cron = re.fullmatch(r"cron\((.+)\)", self.expression)
        fields = cron[1].split() if cron else []
        if len(fields) != len(FIELDS):
            raise UnreadableSchedule(self.expression)
        return _due(fields, after=max(after, until - LONGEST_LOOK_BACK), until=until)


class Schedules:
    """The scheduled functions of an app."""

    def __init__(self, app: Chalice, functions: Functions) -> None:
        self._functions = functions
        self._stop = Event()
        self._thread: Thread | None = None
        self.all = [_schedule(source) for source in app.event_sources if isinstance(source, ScheduledEventConfig)]

    def start(self) -> None:
        """Run them at their times, in the background."""
        self._thread = Thread(target=self._watch, name="schedules", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Run them no more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def run(self, name: str) -> Any:
        """Run one now; returns the function's answer.

        Errors: ``KeyError`` when no schedule has this name; whatever the function raises.
        """
        if name not in {schedule.name for schedule in self.all}:
            raise KeyError(name)
        event = _event(name, clock.now())
        answer = self._functions.run(name, event)
        self._functions.remember(name, event, "schedule")
        return answer

    def run_due(self, last: dict[str, datetime], now: datetime) -> None:
        """Run those that have become due since they last ran, and note that they did."""
        for schedule in self.all:
            if schedule.due(after=last[schedule.name], until=now):
                last[schedule.name] = now
                try:
                    self.run(schedule.name)
                except Exception:  # noqa: BLE001, S112 - already logged; it runs again at its next time
                    continue

    def _watch(self) -> None:
        last = {schedule.name: clock.now() for schedule in self.all}
        while not self._stop.wait(TICK_SECONDS):
            self.run_due(last, clock.now())


def _schedule(source: ScheduledEventConfig) -> Schedule:
    expression = source.schedule_expression
    text = expression.to_string() if isinstance(expression, ScheduleExpression) else expression
    schedule = Schedule(source.name, text)
    schedule.due(after=clock.now(), until=clock.now())  # an unreadable expression is told at the start
    return schedule


def _event(name: str, at: datetime) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": settings.account_id(),
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": settings.region(),
        "resources": [f"arn:aws:events:{settings.region()}:{settings.account_id()}:rule/{settings.prefix()}-{name}"],
        "detail": {},
    }


def _due(fields: Sequence[str], *, after: datetime, until: datetime) -> bool:
    minute = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    while minute <= until:
        if _matches(fields, minute):
            return True
        minute += timedelta(minutes=1)
    return False


def _matches(fields: Sequence[str], at: datetime) -> bool:
    values = (at.minute, at.hour, at.day, at.month, at.isoweekday() % 7 + 1, at.year)
    return all(_field_matches(text, value, kind) for text, value, kind in zip(fields, values, FIELDS, strict=True))


def _field_matches(text: str, value: int, kind: Field) -> bool:
    low, high, names = kind
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if first in {"*", "?"}:
            start, end = low, high
        else:
            start = _number(first, names)
            end = _number(last, names) if last else (high if step else start)
        if start <= value <= end and (value - start) % (int(step) if step else 1) == 0:
            return True
    return False


def _number(text: str, names: Mapping[str, int]) -> int:
    try:
        return names[text] if text in names else int(text)
    except ValueError:
        raise UnreadableSchedule(text) from None
