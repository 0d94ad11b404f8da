"""What a settlement starts from: one line of care, as the invoice, the scheme's statement or the member gives it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from chalicelib.domain.money import Cents


class Exemption(StrEnum):
    """Why the statutory scheme pays 100 % of its base. Source: CSS L160-14."""

    ALD = "ald"
    MATERNITY = "maternity"


class Regime(StrEnum):
    """The statutory scheme of the beneficiary."""

    GENERAL = "general"
    ALSACE_MOSELLE = "alsace_moselle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beneficiary:
    """The facts about the person that change an amount. ``age`` is in whole years on the day of care.

    An unknown age is settled as an adult's.
    """

    age: int | None = None
    exemption: Exemption | None = None
    regime: Regime = Regime.GENERAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
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
    """One part of a pair of glasses, settled on its own. ``base_cents`` and ``price_limit_cents`` may be looked up."""

    part: Part
    item_class: ItemClass
    expense_cents: Cents
    base_cents: Cents | None = None
    price_limit_cents: Cents | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """One line of care. Amounts are totals of the line in cents; ``price_limit_cents`` alone is for one unit.

    ``None`` means « not stated »: the engine then looks the amount up for the day of care. A stated value always wins.
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
    already_withheld: Withheld = Withheld()
    other_payers_cents: Cents = 0
