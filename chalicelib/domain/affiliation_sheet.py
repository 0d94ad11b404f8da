"""The sheet by which HR affiliates several employees: its four columns and what people write in them (H62).

Columns stand in any order under French or English names; any other column is neither needed nor kept (H67). Cells come
as text, the way a spreadsheet shows or stores them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from chalicelib.domain.company import Contract, Risk
from chalicelib.domain.errors import FieldError, FieldErrors
from chalicelib.domain.search_text import folded

MOST_ROWS = 2_000
LONGEST = 256
"""How many characters of a cell are kept: an address that a mail can be sent to has 254 at most."""

Line = tuple[int, Sequence[str]]


class Column(StrEnum):
    """What HR enters of each employee (H63, H64, H65, H66)."""

    RISK = "risk"
    CONTRACT = "contract_number"
    EMAIL = "email"
    DATE = "affiliation_date"


TITLES = {
    Column.RISK: "Risque",
    Column.CONTRACT: "Numéro de contrat",
    Column.EMAIL: "Courriel",
    Column.DATE: "Date d’affiliation",
}
NAMES = {
    Column.RISK: {"risque", "type de risque", "nature du risque", "risk"},
    Column.CONTRACT: {
        "numero de contrat", "numero du contrat", "numero contrat", "n de contrat", "n du contrat", "n contrat",
        "no de contrat", "no contrat", "num contrat", "contrat", "reference du contrat", "reference contrat",
        "contract", "contract number",
    },
    Column.EMAIL: {
        "courriel", "email", "e mail", "mail", "mel", "adresse mail", "adresse e mail", "adresse email",
        "adresse courriel", "adresse electronique", "adresse de courriel", "courriel du salarie", "email du salarie",
        "e mail du salarie", "email address",
    },
    Column.DATE: {
        "date d affiliation", "date affiliation", "affiliation", "date d effet", "date effet",
        "date d effet de l affiliation", "affilie le", "affiliation date",
    },
}  # fmt: skip
RISKS = {
    "sante": Risk.HEALTH,
    "frais de sante": Risk.HEALTH,
    "mutuelle": Risk.HEALTH,
    "complementaire sante": Risk.HEALTH,
    "prevoyance": Risk.PROVIDENT,
}

DATES = (
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"),
    re.compile(r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4})"),
)
MIDNIGHT = re.compile(r"[T ]0?0(:00)+(\.0+)?Z?")
SERIAL = re.compile(r"\d{5}")
SERIAL_EPOCH = date(1899, 12, 30)
SHORTENED = re.compile(r"\d+([.,]\d+)?[eE]\+?\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One employee as the sheet has them: the line that a spreadsheet shows, and four texts."""

    line: int
    risk: str
    contract_number: str
    email: str
    affiliation_date: str


def read_rows(lines: Sequence[Line]) -> list[SheetRow]:
    """The employees of a sheet whose first line names its columns; empty lines are passed over.

    Errors: ``FieldErrors`` on ``content``: no column by a name we know, nobody below, or more than 2,000.

    >>> rows = read_rows([(1, ["E-mail", "Contrat", "RISQUE", "Date d'affiliation"]), (3, ["a@b.fr", "7", "santé"])])
    >>> rows[0].line, rows[0].email, rows[0].risk, rows[0].affiliation_date
    (3, 'a@b.fr', 'santé', '')
    """
    filled = [(number, [_clean(cell) for cell in cells]) for number, cells in lines]
    filled = [(number, cells) for number, cells in filled if any(cells)]
    if not filled:
        raise FieldErrors.on("content", "Le fichier est vide.", "empty")
    (_, header), *below = filled
    places = _places(header)
    rows = [_row(number, cells, places) for number, cells in below]
    rows = [row for row in rows if row.risk or row.contract_number or row.email or row.affiliation_date]
    if not rows:
        raise FieldErrors.on("content", "Le fichier ne contient aucun salarié sous la ligne des titres.", "empty")
    if len(rows) > MOST_ROWS:
        raise too_many_rows()
    return rows


def too_many_rows() -> FieldErrors:
    """Why a sheet of more than 2,000 employees is refused."""
    sentence = "Le fichier compte trop de lignes (2\u00a0000 salariés au plus)\u00a0: partagez-le."
    return FieldErrors.on("content", sentence, "too_many_rows")


def risk_of(text: str) -> Risk:
    """The risk that a cell names (H63).

    Errors: ``FieldErrors`` on ``risk``.

    >>> risk_of("PRÉVOYANCE").value
    'prevoyance'
    """
    known = RISKS.get(_words(_filled(text, Column.RISK)))
    if known is None:
        raise FieldErrors.on(Column.RISK, "Indiquez «\u00a0santé\u00a0» ou «\u00a0prévoyance\u00a0».", "unknown_risk")
    return known


def contract_of(text: str, contracts: Sequence[Contract]) -> Contract:
    """The contract of the company that a cell names (H64, H73); a number whose first zeros a spreadsheet took away too.

    Errors: ``FieldErrors`` on ``contract_number``: none has this number, or the spreadsheet shortened it.
    """
    wanted = _number(_filled(text, Column.CONTRACT))
    exact = [one for one in contracts if _number(one.number) == wanted]
    if len(exact) == 1:
        return exact[0]
    if SHORTENED.fullmatch(wanted):
        sentence = (
            "Le tableur a abrégé ce numéro\u00a0: mettez la colonne au format Texte, puis saisissez-le en entier."
        )
        raise FieldErrors.on(Column.CONTRACT, sentence, "shortened_number")
    alike = [one for one in contracts if wanted.isdecimal() and _number(one.number).lstrip("0") == wanted.lstrip("0")]
    if len(alike) > 1:
        sentence = "Plusieurs contrats de la société ont ce numéro, aux zéros du début près\u00a0: saisissez-les tous."
        raise FieldErrors.on(Column.CONTRACT, sentence, "ambiguous_number")
    if not alike:
        raise FieldErrors.on(
            Column.CONTRACT, "Ce numéro n’est celui d’aucun contrat de la société.", "unknown_contract"
        )
    return alike[0]


def day_of(text: str) -> date:
    """The day that a cell gives (H66): 2026-04-01, 01/04/2026, or the number by which Excel counts days from 1900.

    Errors: ``FieldErrors`` on ``affiliation_date``.

    >>> day_of("01/04/2026") == day_of("2026-04-01") == day_of("46113") == date(2026, 4, 1)
    True
    """
    written = MIDNIGHT.sub("", _filled(text, Column.DATE))
    if SERIAL.fullmatch(written):
        return SERIAL_EPOCH + timedelta(days=int(written))
    for pattern in DATES:
        found = pattern.fullmatch(written)
        if found is None:
            continue
        try:
            return date(int(found["year"]), int(found["month"]), int(found["day"]))
        except ValueError:
            raise FieldErrors.on(Column.DATE, "Ce jour n’existe pas.", "no_such_day") from None
    raise FieldErrors.on(Column.DATE, "Indiquez une date comme 31/12/2026.", "unreadable_date")


def email_text(text: str) -> str:
    """The address as a cell has it (H65); whether a mail can be sent there is for others to say.

    Errors: ``FieldErrors`` on ``email``: the cell is empty.
    """
    return _filled(text, Column.EMAIL)


def repeated(line: int) -> FieldError:
    """The fault of a row that asks again for what an earlier one asks (H74)."""
    sentence = f"Cette ligne répète la ligne {line}\u00a0: le même salarié, le même contrat."
    return FieldError(Column.EMAIL, sentence, "repeated")


def _filled(text: str, column: Column) -> str:
    cleaned = _clean(text)
    if not cleaned:
        raise FieldErrors.on(column, "Cette case est vide.", "missing")
    return cleaned


def _clean(cell: str) -> str:
    """A cell without the spaces around it, nor the apostrophe by which spreadsheets mark a text."""
    return " ".join(cell.replace("\ufeff", "").split()).removeprefix("'")


def _number(text: str) -> str:
    return "".join(text.split()).casefold()


def _words(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", folded(text.replace("°", " ").replace("º", " "))))


def _places(header: Sequence[str]) -> dict[Column, int]:
    """Where each column stands; every fault of the header at once."""
    titles = [_words(cell) for cell in header]
    faults, places = [], {}
    for column, names in NAMES.items():
        found = [place for place, title in enumerate(titles) if title in names]
        if len(found) == 1:
            places[column] = found[0]
        elif found:
            sentence = f"Deux colonnes s’appellent «\u00a0{TITLES[column]}\u00a0»\u00a0: gardez-en une."
            faults.append(FieldError("content", sentence, "repeated_column"))
        else:
            sentence = f"Il manque la colonne «\u00a0{TITLES[column]}\u00a0»\u00a0: nommez-la sur la première ligne."
            faults.append(FieldError("content", sentence, "missing_column"))
    if faults:
        raise FieldErrors(*faults)
    return places


def _row(number: int, cells: Sequence[str], places: dict[Column, int]) -> SheetRow:
    texts = {column: cells[place][:LONGEST] if place < len(cells) else "" for column, place in places.items()}
    return SheetRow(
        line=number,
        risk=texts[Column.RISK],
        contract_number=texts[Column.CONTRACT],
        email=texts[Column.EMAIL],
        affiliation_date=texts[Column.DATE],
    )
