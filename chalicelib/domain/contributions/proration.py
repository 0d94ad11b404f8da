"""How much of a month is due when somebody enters or leaves within it: the contract's convention, said in words."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from chalicelib.domain.periods import Period, last_day_of_month

_THIRTY = 30


class Convention(StrEnum):
    """The three usual clauses (dossier 4.5)."""

    FULL_MONTH = "mois_entier"
    REAL_DAYS = "jours_reels"
    THIRTIETHS = "trentiemes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proration:
    """A contract's convention. ``leaving_month_due`` only says something of whole months."""

    convention: Convention = Convention.FULL_MONTH
    leaving_month_due: bool = True

    @property
    def sentence(self) -> str:
        """The convention, as each statement states it.

        >>> Proration(convention=Convention.THIRTIETHS).sentence.replace("\\u00a0", " ")
        'Entrées et sorties en cours de mois : cotisation au prorata, en trentièmes.'
        """
        if self.convention is Convention.FULL_MONTH:
            leaving = "celui de la sortie aussi" if self.leaving_month_due else "sauf celui de la sortie"
            return f"Entrées et sorties en cours de mois\u00a0: tout mois commencé est dû, {leaving}."
        manner = "en jours réels" if self.convention is Convention.REAL_DAYS else "en trentièmes"
        return f"Entrées et sorties en cours de mois\u00a0: cotisation au prorata, {manner}."


def days_of_month(convention: Convention, month: date) -> int:
    """What a whole month counts for.

    >>> days_of_month(Convention.REAL_DAYS, date(2024, 2, 1)), days_of_month(Convention.THIRTIETHS, date(2024, 2, 1))
    (29, 30)
    """
    return last_day_of_month(month).day if convention is Convention.REAL_DAYS else _THIRTY


def days_due(convention: Convention, covered: Period) -> int:
    """What some days of one month count for, out of ``days_of_month``; the period ends within it or with it.

    In thirtieths every month has thirty days: the 31st counts for nothing, and the last day of February for those that
    it lacks. Days that follow each other add up, whatever the convention.

    Decision: somebody who enters on a 31st owes nothing for that month in thirtieths; whoever leaves on the 30th owes
    it whole.

    Errors: ``ValueError`` when the period is open.
    Source: contract clause; dossier 4.5.

    >>> march = Period(date(2025, 3, 12), date(2025, 4, 1))
    >>> days_due(Convention.REAL_DAYS, march), days_due(Convention.THIRTIETHS, march)
    (20, 19)
    """
    if covered.end is None:
        raise ValueError("an open period has no number of days")
    if convention is Convention.REAL_DAYS:
        return (covered.end - covered.start).days
    ends_with_month = covered.end.day == 1
    after = _THIRTY if ends_with_month else min(covered.end.day - 1, _THIRTY)
    return after - min(covered.start.day - 1, _THIRTY)
