"""The French words that statements share: months, numbers of days."""

from datetime import date

_MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)


def month_name(month: date) -> str:
    """A month as a French reader expects it.

    >>> month_name(date(2025, 3, 1))
    'mars 2025'
    """
    return f"{_MONTHS[month.month - 1]} {month.year}"


def day_name(day: date) -> str:
    """A day written out, its parts held together by no-break spaces.

    >>> day_name(date(2025, 3, 1)).replace("\u00a0", " ")
    '1er mars 2025'
    """
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number}\u00a0{_MONTHS[day.month - 1]}\u00a0{day.year}"


def of_month(month: date) -> str:
    """A month after « de », elided where French elides.

    >>> of_month(date(2025, 3, 1)), of_month(date(2025, 8, 1))
    ('de mars 2025', 'd’août 2025')
    """
    name = month_name(month)
    return f"d’{name}" if name[0] in "ao" else f"de {name}"


def counted(number: int, one: str, several: str) -> str:
    """A number and its noun.

    >>> counted(1, "jour", "jours").replace("\\u00a0", " "), counted(3, "jour", "jours").replace("\\u00a0", " ")
    ('1 jour', '3 jours')
    """
    return f"{number}\u00a0{several if number > 1 else one}"
