"""The sheet by which HR declares the pay of a month: who, by one of two numbers, and how much.

Columns stand in any order under French names; any other column is neither needed nor kept. Cells come as text, the way
a spreadsheet shows or stores them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from chalicelib.domain.affiliation_sheet import LONGEST, Line
from chalicelib.domain.errors import FieldError, FieldErrors
from chalicelib.domain.money import Cents
from chalicelib.domain.search_text import folded

MOST_ROWS = 20_000
MOST_PAY_CENTS = 100_000_000
"""What one person may be said to earn in a month, at most: a million euros. More is a slip of the pen."""


class Column(StrEnum):
    """What the sheet says of each employee; one of the first two is enough."""

    NUMBER = "numero_adherent"
    REFERENCE = "reference"
    PAY = "pay"


TITLES = {
    Column.NUMBER: "Numéro adhérent",
    Column.REFERENCE: "Matricule",
    Column.PAY: "Salaire brut du mois",
}
NAMES = {
    Column.NUMBER: {"numero adherent", "numero d adherent", "n adherent", "no adherent", "adherent"},
    Column.REFERENCE: {"matricule", "numero de matricule", "matricule paie", "reference", "reference salarie"},
    Column.PAY: {
        "salaire brut du mois", "salaire brut", "salaire", "brut", "remuneration", "remuneration brute", "brut mensuel",
        "salaire brut mensuel", "salaire mensuel brut", "total brut",
    },
}  # fmt: skip
AMOUNT = re.compile(r"\d+(?:\.\d{1,2})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class SalaryRow:
    """One employee as the sheet has them: the line that a spreadsheet shows, and three texts."""

    line: int
    number: str
    reference: str
    pay: str


def read_rows(lines: Sequence[Line]) -> list[SalaryRow]:
    """The employees of a sheet whose first line names its columns; a line without a pay is passed over.

    Errors: ``FieldErrors`` on ``content``: a column is missing or there twice, nobody below, too many.

    >>> [row] = read_rows([(1, ["Matricule", "Salaire brut"]), (2, ["A7", "3 200,50"]), (3, ["A8", ""])])
    >>> row.reference, row.pay
    ('A7', '3 200,50')
    """
    if not lines:
        raise FieldErrors.on("content", "Le fichier est vide.", "empty")
    (_, header), *below = lines
    places = _places(header)
    rows = [
        SalaryRow(
            line=number,
            number=_cell(cells, places.get(Column.NUMBER)),
            reference=_cell(cells, places.get(Column.REFERENCE)),
            pay=_cell(cells, places[Column.PAY]),
        )
        for number, cells in below
    ]
    rows = [row for row in rows if row.pay]
    if not rows:
        raise FieldErrors.on("content", "Le fichier ne contient aucun salaire sous la ligne des titres.", "empty")
    if len(rows) > MOST_ROWS:
        sentence = "Le fichier compte trop de lignes (20\u00a0000 salariés au plus)\u00a0: partagez-le."
        raise FieldErrors.on("content", sentence, "too_many_rows")
    return rows


def cents_of(text: str) -> Cents:
    """The pay that a cell gives: 3 200,50, 3200.5, 3 200 €.

    Units: cents. Errors: ``FieldErrors`` on ``pay``.

    >>> cents_of("3 200,50 €"), cents_of("3200.5"), cents_of("0")
    (320050, 320050, 0)
    """
    written = "".join(text.split()).replace("\u202f", "").removesuffix("€").replace(",", ".")
    try:
        number = Decimal(written) if AMOUNT.fullmatch(written) else None
    except InvalidOperation:
        number = None
    if number is None:
        sentence = "Indiquez un montant en euros, positif ou nul, comme 3200,50."
        raise FieldErrors.on(Column.PAY, sentence, "unreadable_amount")
    return check_pay(int(number * 100), Column.PAY)


def check_pay(cents: Cents, field: str) -> Cents:
    """A pay that may be declared.

    Units: cents. Errors: ``FieldErrors`` on ``field``: negative, or more than anybody earns.
    """
    if not 0 <= cents <= MOST_PAY_CENTS:
        sentence = "Ce montant n’est pas celui d’un salaire mensuel\u00a0: vérifiez-le, en euros."
        raise FieldErrors.on(field, sentence, "out_of_range")
    return cents


def _places(header: Sequence[str]) -> dict[Column, int]:
    titles = [" ".join(re.findall(r"[a-z0-9]+", folded(cell.replace("°", " ")))) for cell in header]
    faults, places = [], {}
    for column, names in NAMES.items():
        found = [place for place, title in enumerate(titles) if title in names]
        if len(found) > 1:
            sentence = f"Deux colonnes s’appellent «\u00a0{TITLES[column]}\u00a0»\u00a0: gardez-en une."
            faults.append(FieldError("content", sentence, "repeated_column"))
        elif found:
            places[column] = found[0]
    if Column.PAY not in places:
        faults.append(_missing(TITLES[Column.PAY]))
    if not places.keys() & {Column.NUMBER, Column.REFERENCE}:
        faults.append(_missing(f"{TITLES[Column.NUMBER]}\u00a0» ou «\u00a0{TITLES[Column.REFERENCE]}"))
    if faults:
        raise FieldErrors(*faults)
    return places


def _missing(title: str) -> FieldError:
    sentence = f"Il manque la colonne «\u00a0{title}\u00a0»\u00a0: nommez-la sur la première ligne."
    return FieldError("content", sentence, "missing_column")


def _cell(cells: Sequence[str], place: int | None) -> str:
    if place is None or place >= len(cells):
        return ""
    return " ".join(cells[place].replace("\ufeff", "").split()).removeprefix("'")[:LONGEST]
