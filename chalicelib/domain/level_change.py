"""When a member may change the level of their santé cover: shown, and left to the broker (M29–M33)."""

from datetime import date

from chalicelib.domain.law import parameter
from chalicelib.domain.periods import add_months


def eligible_from(affiliated_on: date) -> date:
    """The first day on which a change of level may be asked for.

    A delay in months ends on the day of the same number, or on the last of a month that has no such day.
    Units: calendar months. Source: guide-salarie, contrat (M31); dossier 5.7; Code de procédure civile art. 641.

    >>> eligible_from(date(2026, 3, 31)), eligible_from(date(2024, 2, 29))
    (datetime.date(2027, 3, 31), datetime.date(2025, 2, 28))
    """
    return add_months(affiliated_on, int(parameter("level_change.delay", on=affiliated_on).value))
