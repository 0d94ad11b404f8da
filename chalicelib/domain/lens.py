"""Lenses of glasses: what a prescription says of one lens, and how strong the law holds it to be."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from chalicelib.domain.errors import FieldError, FieldErrors

Figure = Callable[[str], Decimal]

_STEP = Decimal("0.25")
_STRONGEST = Decimal(40)


class Correction(StrEnum):
    """How strong one lens is. Two lenses make the category of the pair. Source: CSS R871-2 3°."""

    SIMPLE = "simple"
    COMPLEX = "complex"
    VERY_COMPLEX = "very_complex"


class LensPower(StrEnum):
    """The powers of a class A lens whose price limit is known; for any other the limit must be stated. Source: LPP."""

    LOWEST = "lowest"
    MYOPIA_2_TO_4 = "myopia_2_to_4"


class Design(StrEnum):
    """Whether a lens has one focus or several; a progressive lens has several."""

    SINGLE = "single"
    MULTIFOCAL = "multifocal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prescription:
    """What is prescribed for one lens. Units: dioptres, by quarters.

    A cylinder may be written with either sign, ``plus`` gives the one that the law reads; an addition is that of a
    lens with several focuses. Errors: ``FieldErrors`` that name each field to correct.

    >>> Prescription(sphere=Decimal("-1.10"), design=Design.SINGLE)
    Traceback (most recent call last):
        ...
    chalicelib.domain.errors.FieldErrors: prescription.sphere
    """

    sphere: Decimal
    design: Design
    cylinder: Decimal = Decimal(0)
    addition: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        """Errors: ``FieldErrors`` with every field to correct."""
        faults = []
        for name in ("sphere", "cylinder", "addition"):
            power = getattr(self, name)
            if not isinstance(power, Decimal) or not power.is_finite() or abs(power) > _STRONGEST or power % _STEP:
                faults.append(FieldError(f"prescription.{name}", "Une puissance en quarts de dioptrie est attendue."))
            elif name == "addition" and (power < 0 or (power > 0 and self.design is Design.SINGLE)):
                said = "Une addition est positive et ne se prescrit que pour un verre à plusieurs foyers."
                faults.append(FieldError("prescription.addition", said))
        if faults:
            raise FieldErrors(*faults)

    @property
    def plus(self) -> tuple[Decimal, Decimal]:
        """The sphere and the cylinder of the same lens, its cylinder written as positive.

        >>> Prescription(sphere=Decimal("1"), cylinder=Decimal("-2.50"), design=Design.SINGLE).plus
        (Decimal('-1.50'), Decimal('2.50'))
        """
        if self.cylinder < 0:
            return self.sphere + self.cylinder, -self.cylinder
        return self.sphere, self.cylinder

    @property
    def said(self) -> str:
        """The lens in a few signs, to name it.

        >>> Prescription(sphere=Decimal("-5"), design=Design.SINGLE).said
        'single -5.00 +0.00'
        """
        sphere, cylinder = self.plus
        return f"{self.design} {sphere:+.2f} {cylinder:+.2f}"


def correction_of(prescription: Prescription, figure: Figure) -> Correction:
    """How strong a lens is by the grid of the law, whose bounds ``figure`` gives by their keys.

    A lens with one focus is complex beyond the first grid, simple within; one with several focuses is very complex
    beyond the second grid, complex within. A grid bounds the sphere of a lens without cylinder, the cylinder (and, with
    several focuses, the sphere) of a myopic one, and the sum of both powers of an hypermetropic one.
    Source: CSS art. R871-2 3° a to f; dossier 2.3.

    >>> bounds = {"sphere": 6, "minus_sphere": 6, "cylinder": 4, "sum": 6}
    >>> lens = Prescription(sphere=Decimal("-2.25"), cylinder=Decimal("4.25"), design=Design.SINGLE)
    >>> correction_of(lens, lambda key: Decimal(bounds[key.rsplit(".", 1)[-1]]))
    <Correction.COMPLEX: 'complex'>
    """
    within = _within_grid(prescription, f"optic.grid.{prescription.design}", figure)
    if prescription.design is Design.SINGLE:
        return Correction.SIMPLE if within else Correction.COMPLEX
    return Correction.COMPLEX if within else Correction.VERY_COMPLEX


def _within_grid(prescription: Prescription, grid: str, figure: Figure) -> bool:
    sphere, cylinder = prescription.plus
    if cylinder == 0:
        return abs(sphere) <= figure(f"{grid}.sphere")
    if sphere > 0:
        return sphere + cylinder <= figure(f"{grid}.sum")
    return -sphere <= figure(f"{grid}.minus_sphere") and cylinder <= figure(f"{grid}.cylinder")


def power_of(prescription: Prescription, figure: Figure) -> LensPower | None:
    """The power whose class A price limit is known, or nothing: the limit must then be stated.

    Source: LPP, simple lens of a myopia between two bounds; dossier 2.3.

    >>> bounds = {"optic.power.myopia_2_to_4.least": Decimal("2.25"), "optic.power.myopia_2_to_4.most": Decimal(4)}
    >>> power_of(Prescription(sphere=Decimal("-3"), design=Design.SINGLE), bounds.__getitem__)
    <LensPower.MYOPIA_2_TO_4: 'myopia_2_to_4'>
    """
    if prescription.design is not Design.SINGLE or prescription.cylinder:
        return None
    least, most = (figure(f"optic.power.{LensPower.MYOPIA_2_TO_4}.{end}") for end in ("least", "most"))
    return LensPower.MYOPIA_2_TO_4 if least <= -prescription.sphere <= most else None
