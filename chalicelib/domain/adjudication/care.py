"""What a settlement starts from: one line of care, as the invoice, the scheme's statement or the member gives it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from chalicelib.domain.errors import FieldError, FieldErrors
from chalicelib.domain.lens import Correction, LensPower, Prescription
from chalicelib.domain.money import Cents


def _whole(place: str, value: object, *, least: int = 0) -> Iterator[FieldError]:
    if value is None or (type(value) is int and value >= least):
        return
    unit = "de centimes " if place.endswith("_cents") else ""
    yield FieldError(place, f"Un nombre entier {unit}d’au moins {least} est attendu, sans décimale.")


def _check(faults: Iterator[FieldError]) -> None:
    found = tuple(faults)
    if found:
        raise FieldErrors(*found)


class Exemption(StrEnum):
    """What spares somebody a charge or the ticket modérateur; ``exemptions.toml`` says what each one leaves to bear."""

    ALD = "ald"
    MATERNITY = "maternity"
    WORK_ACCIDENT = "work_accident"
    NEWBORN = "newborn"
    DISABLED_CHILD = "disabled_child"
    MILITARY_PENSION = "military_pension"
    C2S = "c2s"


class Regime(StrEnum):
    """The statutory scheme of the beneficiary."""

    GENERAL = "general"
    ALSACE_MOSELLE = "alsace_moselle"


class Territory(StrEnum):
    """Where the care is given: tariffs and price limits of Réunion are its own. Source: LPP; dossier 2.5."""

    METROPOLE = "metropole"
    REUNION = "reunion"


class Derogation(StrEnum):
    """Why glasses may be renewed before the ordinary delay, or be a second pair. Source: CSS R871-2 3°, LPP."""

    SIGHT_CHANGE = "sight_change"
    FRAME_OUTGROWN = "frame_outgrown"
    MEDICAL = "medical"
    SECOND_PAIR = "second_pair"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beneficiary:
    """The facts about the person that change an amount. ``age`` is in whole years on the day of care.

    An unknown age is settled as an adult's.
    """

    age: int | None = None
    exemption: Exemption | None = None
    regime: Regime = Regime.GENERAL
    blind: bool = False

    def __post_init__(self) -> None:
        """Errors: ``FieldErrors`` for an age that is not one."""
        _check(_whole("beneficiary.age", self.age))


class Withheld(NamedTuple):
    """What the statutory scheme keeps back, by kind. Units: cents. Source: CSS L160-13 II and III."""

    participation_forfaitaire: Cents = 0
    franchise: Cents = 0

    @property
    def total_cents(self) -> Cents:
        """Both kinds together.

        >>> Withheld(participation_forfaitaire=200, franchise=100).total_cents
        300
        """
        return self.participation_forfaitaire + self.franchise

    def plus(self, other: "Withheld") -> "Withheld":
        """The sum, kind by kind.

        >>> Withheld(franchise=100).plus(Withheld(franchise=50)).franchise
        150
        """
        return Withheld(
            participation_forfaitaire=self.participation_forfaitaire + other.participation_forfaitaire,
            franchise=self.franchise + other.franchise,
        )


NOTHING_WITHHELD = Withheld()


class Part(StrEnum):
    """The parts of a pair of glasses."""

    FRAME = "frame"
    LEFT_LENS = "left_lens"
    RIGHT_LENS = "right_lens"


class ItemClass(StrEnum):
    """100 % Santé (A) or free price (B)."""

    A = "A"
    B = "B"


class OpticalCategory(StrEnum):
    """The category of a pair of glasses by its correction. Source: CSS R871-2 3° a to f."""

    A = "a"
    B = "b"
    C = "c"
    D = "d"
    E = "e"
    F = "f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One part of a pair of glasses, settled on its own. ``base_cents`` and ``price_limit_cents`` may be looked up.

    A lens states its ``prescription``, else its ``correction`` and its ``power``: the prescription says both.
    """

    part: Part
    item_class: ItemClass
    expense_cents: Cents
    base_cents: Cents | None = None
    price_limit_cents: Cents | None = None
    correction: Correction | None = None
    power: LensPower | None = None
    prescription: Prescription | None = None

    def __post_init__(self) -> None:
        """Errors: ``FieldErrors`` for an amount that is negative or not an int."""
        for name in ("expense_cents", "base_cents", "price_limit_cents"):
            _check(_whole(f"components.{self.part}.{name}", getattr(self, name)))
        if self.part is Part.FRAME and self.prescription:
            raise FieldErrors.on("components.frame.prescription", "Seul un verre se prescrit.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """One line of care. Amounts are totals of the line in cents; ``price_limit_cents`` alone is for one unit.

    ``None`` means « not stated »: the engine then looks the amount up for the day of care. A stated value always wins.
    ``professional``, ``stay`` and ``prescription`` are opaque ids: lines that share one are one session, one stay or
    one prescription; a line without an id stands alone. ``location`` is the ear or eye (``left``, ``right``) or the
    tooth (its FDI number). ``daily_charge_days`` is for a stay: the days whose daily charge lies within the bill.
    ``already_covered_units`` is what the statutory scheme already covered of the same act in the civil year.
    Errors: ``FieldErrors`` that name each field to correct.

    >>> Care(on=date(2026, 1, 5), act="G", family="consultation", expense_cents=-1)
    Traceback (most recent call last):
        ...
    chalicelib.domain.errors.FieldErrors: care.expense_cents
    """

    on: date
    act: str
    family: str
    expense_cents: Cents
    quantity: int = 1
    base_cents: Cents | None = None
    rate_percent: Decimal | None = None
    rate_in_pathway_percent: Decimal | None = None
    statutory_paid_cents: Cents | None = None
    withheld: Withheld | None = None
    heavy_act_cents: Cents | None = None
    price_limit_cents: Cents | None = None
    in_pathway: bool = True
    overrun_covered: bool = True
    optam: bool | None = None
    components: tuple[Component, ...] = ()
    optical_category: OpticalCategory | None = None
    last_purchase_on: date | None = None
    renewal_waived: bool = False
    beneficiary: Beneficiary = Beneficiary()
    already_withheld: Withheld = NOTHING_WITHHELD
    other_payers_cents: Cents = 0
    professional: str | None = None
    stay: str | None = None
    prescription: str | None = None
    location: str | None = None
    derogation: Derogation | None = None
    emergency: bool = False
    in_hospital: bool = False
    stay_day: int | None = None
    daily_charge_days: int | None = None
    territory: Territory = Territory.METROPOLE
    already_covered_units: int = 0

    def __post_init__(self) -> None:
        """Errors: ``FieldErrors`` with every field to correct."""
        _check(_faults(self))


_AMOUNTS = (
    "expense_cents",
    "base_cents",
    "statutory_paid_cents",
    "heavy_act_cents",
    "price_limit_cents",
    "other_payers_cents",
)
SIDES = ("left", "right")
LOCATION = re.compile(r"left|right|[1-4][1-8]|[5-8][1-5]")


def _faults(care: Care) -> Iterator[FieldError]:
    if type(care.on) is not date:
        yield FieldError("care.on", "Une date est attendue.")
    for name in _AMOUNTS:
        yield from _whole(f"care.{name}", getattr(care, name))
    for name in ("quantity", "stay_day"):
        yield from _whole(f"care.{name}", getattr(care, name), least=1)
    for name in ("daily_charge_days", "already_covered_units"):
        yield from _whole(f"care.{name}", getattr(care, name))
    for name in ("withheld", "already_withheld"):
        kept = getattr(care, name) or NOTHING_WITHHELD
        yield from _whole(f"care.{name}.participation_forfaitaire", kept.participation_forfaitaire)
        yield from _whole(f"care.{name}.franchise", kept.franchise)
    for name in ("rate_percent", "rate_in_pathway_percent"):
        rate = getattr(care, name)
        if rate is not None and not (isinstance(rate, Decimal) and 0 <= rate <= 100):
            yield FieldError(f"care.{name}", "Un taux décimal compris entre 0 et 100 est attendu.")
    if care.location is not None and not LOCATION.fullmatch(care.location):
        yield FieldError("care.location", "Indiquez left, right ou le numéro de la dent (11 à 48, 51 à 85).")
    if care.location is not None and care.quantity != 1:
        yield FieldError("care.quantity", "Une ligne qui nomme une dent, un œil ou une oreille n’en compte qu’un.")
