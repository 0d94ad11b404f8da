"""Days and moments as a French reader expects them, for the texts of mails and documents."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

_PARIS = ZoneInfo("Europe/Paris")
_MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def day_in_words(day: date) -> str:
    """The day written out, its parts held together by no-break spaces.

    >>> day_in_words(date(2026, 3, 1)).replace("\\u00a0", " ")
    '1er mars 2026'
    """
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number}\u00a0{_MONTHS[day.month - 1]}\u00a0{day.year}"


def moment_in_words(instant: datetime) -> str:
    """The day and time of an instant in Paris, written out.

    Errors: ``ValueError`` when the instant carries no time zone.

    >>> from datetime import UTC
    >>> moment_in_words(datetime(2026, 3, 1, 8, 5, tzinfo=UTC)).replace("\\u00a0", " ")
    '1er mars 2026 à 9 h 05'
    """
    if instant.tzinfo is None:
        raise ValueError("a moment to be written out carries its time zone")
    there = instant.astimezone(_PARIS)
    return f"{day_in_words(there)} à {there.hour}\u00a0h\u00a0{there.minute:02d}"
