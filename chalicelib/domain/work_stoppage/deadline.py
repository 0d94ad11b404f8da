"""The 30-day clock of a declaration: when it ends, when it is recalled, and whether a declaration came late."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.domain.law import parameter

_PARIS = ZoneInfo("Europe/Paris")
_REMINDERS = ("first", "second", "last")


@dataclass(frozen=True, slots=True)
class Deadline:
    """The clock of one stoppage: ``due_on`` is the last day in time; reminders fall on ``reminders_on``."""

    starts_on: date
    due_on: date
    reminders_on: tuple[date, ...]

    def days_left(self, today: date) -> int:
        """How many days are left; zero on the last one, negative once late.

        >>> deadline_of(date(2026, 3, 1)).days_left(date(2026, 3, 29))
        2
        """
        return (self.due_on - today).days

    def is_late(self, today: date) -> bool:
        """Whether a declaration made on a day is late: accepted all the same, flagged and motivated.

        Source: A5: refusing would harm the employee.

        >>> march = deadline_of(date(2026, 3, 1))
        >>> march.is_late(date(2026, 3, 31)), march.is_late(date(2026, 4, 1))
        (False, True)
        """
        return today > self.due_on


def deadline_of(starts_on: date) -> Deadline:
    """The clock of a stoppage, in calendar days from its first day, which is not counted itself (H92, H93).

    Source: guide-entreprise, arrêt de travail; A5; Code de procédure civile art. 641.

    >>> deadline_of(date(2026, 3, 1)).due_on
    datetime.date(2026, 3, 31)
    """
    days = int(parameter("arret.declaration.days", on=starts_on).value)
    recalls = [int(parameter(f"arret.declaration.reminder.{name}", on=starts_on).value) for name in _REMINDERS]
    return Deadline(
        starts_on=starts_on,
        due_on=starts_on + timedelta(days=days),
        reminders_on=tuple(starts_on + timedelta(days=recall) for recall in recalls),
    )


def day_in_paris(moment: datetime) -> date:
    """The day on which something was declared: the day it was in Paris.

    Errors: ``ValueError`` when the moment carries no time zone.

    >>> from datetime import UTC
    >>> day_in_paris(datetime(2026, 3, 31, 22, 30, tzinfo=UTC))
    datetime.date(2026, 4, 1)
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone has no day")
    return moment.astimezone(_PARIS).date()
