"""Who is insured under a contract and with whom, day by day, as far as contributions are concerned."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from chalicelib.domain.contributions.tariff import Population
from chalicelib.domain.money import Cents
from chalicelib.domain.periods import Period, add_months


class DependantKind(StrEnum):
    """What a dependant counts as: an adult or a child, as the contract defines them."""

    ADULT = "adulte"
    CHILD = "enfant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependant:
    """Somebody covered through the employee, on some days."""

    kind: DependantKind
    cover: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Days that an employee is insured under one status, in one college."""

    cover: Period
    population: Population = Population.ACTIVE
    college: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Insured:
    """An employee: the stays, which never overlap, the dependants, and the pay declared for each month, in cents.

    ``pay`` is read only where a contract is priced by tranches; a month is written as its first day.
    """

    member_id: str
    name: str
    stays: tuple[Stay, ...]
    dependants: tuple[Dependant, ...] = ()
    pay: tuple[tuple[date, Cents], ...] = ()

    def __post_init__(self) -> None:
        """Errors: ``ValueError`` when two stays overlap: somebody would be counted twice."""
        stays = sorted((stay.cover for stay in self.stays), key=lambda cover: cover.start)
        for former, latter in pairwise(stays):
            if former.end is None or former.end > latter.start:
                raise ValueError("two stays of one person overlap")

    def pay_of(self, month: date) -> Cents | None:
        """The pay declared for a month, or nothing while it is not."""
        return dict(self.pay).get(month)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Days of one month during which nothing changes for somebody."""

    days: Period
    population: Population
    college: str
    adults: int
    children: int

    @property
    def people(self) -> int:
        """How many people are covered, the employee included."""
        return self.adults + self.children


def month_of(day: date) -> Period:
    """The month of a day.

    >>> month_of(date(2024, 2, 29)).end
    datetime.date(2024, 3, 1)
    """
    first = day.replace(day=1)
    return Period(first, add_months(first, 1))


def within(cover: Period, span: Period) -> Period | None:
    """The days that two periods share, or nothing; ``span`` is closed.

    >>> within(Period(date(2025, 3, 12)), month_of(date(2025, 3, 1))).start
    datetime.date(2025, 3, 12)
    """
    if span.end is None:
        raise ValueError("an open span has no last day")
    start = max(cover.start, span.start)
    end = min(cover.end or span.end, span.end)
    return Period(start, end) if start < end else None


def situations_in(insured: Insured, month: date) -> tuple[Situation, ...]:
    """The situations of a month in order, cut wherever somebody enters or leaves; days without cover have none.

    >>> spouse = Dependant(kind=DependantKind.ADULT, cover=Period(date(2025, 3, 15)))
    >>> one = Insured(member_id="m", name="N", stays=(Stay(cover=Period(date(2025, 3, 12))),), dependants=(spouse,))
    >>> [(found.days.start.day, found.adults) for found in situations_in(one, date(2025, 3, 1))]
    [(12, 1), (15, 2)]
    """
    return tuple(_situations(insured, month_of(month)))


def facts_before(insured: Insured, day: date) -> str:
    """A digest of all that what is due for the months before a day depends on, but the contract and the law.

    Two of one person are equal when nothing of those days has changed, whatever is known of later ones.

    >>> one = Insured(member_id="m", name="N", stays=(Stay(cover=Period(date(2025, 3, 12))),))
    >>> left = Insured(member_id="m", name="O", stays=(Stay(cover=Period(date(2025, 3, 12), date(2025, 6, 1))),))
    >>> facts_before(one, date(2025, 6, 1)) == facts_before(left, date(2025, 6, 1))
    True
    >>> facts_before(one, date(2025, 7, 1)) == facts_before(left, date(2025, 7, 1))
    False
    """
    span = Period(date.min, day)
    stays = [(within(stay.cover, span), stay.population, stay.college) for stay in insured.stays]
    dependants = [(one.kind, within(one.cover, span)) for one in insured.dependants]
    facts = [
        sorted(f"{days} {population} {college}" for days, population, college in stays if days),
        sorted(f"{kind} {days}" for kind, days in dependants if days),
        sorted(f"{month} {cents}" for month, cents in insured.pay if month < day),
    ]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def _situations(insured: Insured, month: Period) -> Iterator[Situation]:
    covers = [dependant.cover for dependant in insured.dependants]
    changes = {day for cover in covers for day in (cover.start, cover.end) if day is not None}
    for stay in sorted(insured.stays, key=lambda one: one.cover.start):
        days = within(stay.cover, month)
        if days is None or days.end is None:
            continue
        bounds = [days.start, *sorted(day for day in changes if days.start < day < days.end), days.end]
        for start, end in pairwise(bounds):
            yield _situation(insured, stay, Period(start, end))


def _situation(insured: Insured, stay: Stay, days: Period) -> Situation:
    held = [one.kind for one in insured.dependants if one.cover.holds(days.start)]
    children = sum(kind is DependantKind.CHILD for kind in held)
    return Situation(
        days=days,
        population=stay.population,
        college=stay.college,
        adults=1 + len(held) - children,
        children=children,
    )
