"""Loi Évin, article 4: the cover that some former employees may keep for themselves, at a capped price.

Source: loi 89-1009 art. 4; décret 90-769; dossier 5.6.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from chalicelib.domain.law import parameter
from chalicelib.domain.periods import add_months


class EvinTitle(StrEnum):
    """By which title somebody may keep the health cover. A disability pension gives one too, which no employer says."""

    RETIRED = "retraite"
    UNEMPLOYED = "prive_d_emploi"
    DEPENDANTS = "ayants_droit"


WHO: Mapping[EvinTitle, str] = MappingProxyType(
    {
        EvinTitle.RETIRED: "au titre d’une pension de retraite",
        EvinTitle.UNEMPLOYED: "au titre d’un revenu de remplacement, comme personne privée d’emploi",
        EvinTitle.DEPENDANTS: "au titre des personnes couvertes par le salarié décédé",
    }
)

CAPPED_YEARS = (1, 2, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvinOffer:
    """The offer to keep the health cover: by which title, made on which day, after a cover that ended on which day."""

    title: EvinTitle
    cover_ended_on: date
    offered_on: date

    @property
    def offer_by(self) -> date:
        """The last day on which the insurer may make the offer."""
        return offer_by(self.cover_ended_on)

    @property
    def answer_by(self) -> date:
        """The last day on which the person may ask for the cover."""
        return answer_by(self.cover_ended_on)


def offer_by(ended_on: date) -> date:
    """The last day on which the insurer makes its offer, after the contract or the portability ended.

    >>> offer_by(date(2025, 12, 31))
    datetime.date(2026, 2, 28)
    """
    return add_months(ended_on, int(parameter("evin.offer", on=ended_on).value))


def answer_by(ended_on: date) -> date:
    """The last day on which the person asks for the cover, after the contract or the portability ended.

    >>> answer_by(date(2026, 3, 31))
    datetime.date(2026, 9, 30)
    """
    return add_months(ended_on, int(parameter("evin.answer", on=ended_on).value))


def dependants_covered_until(died_on: date) -> date:
    """The last day for which the people covered through a deceased employee may at least keep the cover.

    >>> dependants_covered_until(date(2024, 2, 29))
    datetime.date(2025, 2, 28)
    """
    return add_months(died_on, int(parameter("evin.dependants", on=died_on).value))


def price_cap_percent(year: int, *, subscribed_on: date) -> int | None:
    """The most that the cover may cost in a year, counted from 1, in percent of what employees pay; ``None`` when free.

    Errors: ``ValueError`` for a year before the first.
    Source: décret 90-769 art. 1, for covers subscribed from 1 July 2017.

    >>> [price_cap_percent(year, subscribed_on=date(2026, 1, 1)) for year in (1, 2, 3, 4)]
    [100, 125, 150, None]
    """
    if year < 1:
        raise ValueError("the first year of a cover is 1")
    if year not in CAPPED_YEARS:
        return None
    return int(parameter(f"evin.cap.{year}", on=subscribed_on).value)
