"""Reading the sheets that people send, from the bytes alone: CSV in any usual encoding, XLSX (H62).

Every cell comes as text: a day as 2026-04-01, a whole number without decimals, a formula as the value that was kept of
it, or nothing. A file's name plays no part.
"""

import csv
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal, DecimalException
from xml.etree import ElementTree

from chalicelib.domain.affiliation_sheet import Line, too_many_rows
from chalicelib.domain.errors import FieldErrors

MOST_COLUMNS = 50
MOST_PARTS = 500
MOST_UNPACKED_BYTES = 12 * 1024 * 1024
SEPARATORS = (";", "\t", ",")
SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
DAYS_OF_EXCEL = {*range(14, 23), *range(27, 37), *range(50, 59)}
NO_DAY = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|[_*].')
EPOCH_1900, EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 - a sheet's days have no zone
EXACT_BELOW = 10**15
REFERENCE = re.compile(r"([A-Z]{1,3})\d*")

# What the readers of archives and XML raise on a stranger's bytes, caught around nothing but the reading of them.
BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, ElementTree.ParseError, DecimalException,
    LookupError, ValueError, ArithmeticError, EOFError, OSError, RuntimeError,
)  # fmt: skip


def read_lines(content: bytes, *, most: int) -> list[Line]:
    """The lines of a sheet that hold something, numbered as a spreadsheet shows them; the first sheet of a workbook.

    Errors: ``FieldErrors`` on ``content``, and nothing else, whatever the bytes: more than ``most`` lines, another kind
    of file, a broken one.

    >>> read_lines("Nom;Ville\\r\\n\\r\\nZoé;Saint-Brieuc".encode("cp1252"), most=10)
    [(1, ['Nom', 'Ville']), (3, ['Zoé', 'Saint-Brieuc'])]
    """
    if content.startswith(OLD_WORKBOOK):
        sentence = (
            "Ce classeur est d’un ancien format ou protégé par un mot de passe\u00a0: enregistrez-le en XLSX ou CSV."
        )
        raise FieldErrors.on("content", sentence, "old_workbook")
    try:
        lines = _workbook_lines(content) if content.startswith(ZIP) else _text_lines(content)
        kept: list[Line] = []
        for number, cells in lines:
            if any(cell.strip() for cell in cells):
                kept.append((number, cells))
            if len(kept) > most:
                raise too_many_rows()
    except (*BROKEN, csv.Error):
        sentence = "Ce fichier ne peut pas être lu\u00a0: enregistrez-le de nouveau, en XLSX ou en CSV."
        raise FieldErrors.on("content", sentence, "unreadable") from None
    return kept


def _text_lines(content: bytes) -> Iterator[Line]:
    text = _decoded(content)
    if "\0" in text:
        raise ValueError
    announced = SEPARATOR_LINE.match(text)
    separator = announced[1] if announced else _separator(text)
    for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), start=1):
        if number > 1 or not announced:
            yield number, cells[:MOST_COLUMNS]


def _decoded(content: bytes) -> str:
    """A text in UTF-8 or UTF-16, or else in the alphabet of French Windows.

    Errors: ``ValueError``.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return content.decode(encoding)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _separator(text: str) -> str:
    """What separates the cells of the first line that holds something."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(SEPARATORS, key=lambda one: len(next(csv.reader([first], delimiter=one), [])))


def _workbook_lines(content: bytes) -> Iterator[Line]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
            raise ValueError
        sheet, epoch = _first_sheet(archive)
        names = set(archive.namelist())
        texts = _texts(archive) if "xl/sharedStrings.xml" in names else []
        days = _day_styles(archive) if "xl/styles.xml" in names else set()
        for number, row in _sheet_rows(archive, sheet):
            yield number, _cells(row, texts, days, epoch)


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    """One XML part, no larger than it says it is.

    Entities, which no spreadsheet declares, could make much out of little; so could other compressions than a
    spreadsheet's own. UTF-16 would hide the entities: every second byte of it is zero.
    """
    part = archive.getinfo(name)
    if part.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise ValueError
    with archive.open(part) as packed:
        content = packed.read(part.file_size + 1)
    if b"<!DOCTYPE" in content or b"\0" in content:
        raise ValueError
    return content


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _named(element: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (child for child in element if _local(child.tag) == name)


def _first_sheet(archive: zipfile.ZipFile) -> tuple[str, datetime]:
    """The part that holds the first sheet to be seen, and the day from which the workbook counts."""
    book = ElementTree.fromstring(_part(archive, "xl/workbook.xml"))  # noqa: S314 - without a document type
    epoch = EPOCH_1900
    for settings in _named(book, "workbookPr"):
        if settings.get("date1904") in {"1", "true"}:
            epoch = EPOCH_1904
    sheets = [one for every in _named(book, "sheets") for one in every if one.get("state", "visible") == "visible"]
    wanted = next(value for key, value in sheets[0].attrib.items() if _local(key) == "id")
    links = ElementTree.fromstring(_part(archive, "xl/_rels/workbook.xml.rels"))  # noqa: S314 - as above
    [target] = [str(link.get("Target")) for link in links if link.get("Id") == wanted]
    return (target.removeprefix("/") if target.startswith("/") else f"xl/{target}"), epoch


def _texts(archive: zipfile.ZipFile) -> list[str]:
    table = ElementTree.fromstring(_part(archive, "xl/sharedStrings.xml"))  # noqa: S314 - without a document type
    return [_text(item) for item in _named(table, "si")]


def _text(item: ElementTree.Element) -> str:
    """A text, plain or in runs of several styles, without its phonetic reading."""
    runs = [item, *_named(item, "r")]
    return "".join(part.text or "" for run in runs for part in _named(run, "t"))


def _day_styles(archive: zipfile.ZipFile) -> set[int]:
    """The styles by which a number is shown as a day."""
    styles = ElementTree.fromstring(_part(archive, "xl/styles.xml"))  # noqa: S314 - without a document type
    formats = {
        int(one.get("numFmtId", "0")): NO_DAY.sub("", one.get("formatCode", ""))
        for every in _named(styles, "numFmts")
        for one in every
    }
    days = DAYS_OF_EXCEL | {number for number, code in formats.items() if re.search("[dmy]", code, re.IGNORECASE)}
    used = [int(one.get("numFmtId", "0")) for every in _named(styles, "cellXfs") for one in every]
    return {style for style, number in enumerate(used) if number in days}


def _sheet_rows(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[int, ElementTree.Element]]:
    """The rows of a sheet, each forgotten once it is read."""
    number, holder = 0, None
    for event, element in ElementTree.iterparse(io.BytesIO(_part(archive, name)), ("start", "end")):  # noqa: S314 - as above
        kind = _local(element.tag)
        if kind == "sheetData":
            holder = element
        if kind == "row" and event == "end":
            number = int(element.get("r", number + 1))
            yield number, element
            if holder is not None:
                holder.clear()


def _cells(row: ElementTree.Element, texts: list[str], days: set[int], epoch: datetime) -> list[str]:
    cells: dict[int, str] = {}
    place = -1
    for cell in _named(row, "c"):
        named = REFERENCE.match(cell.get("r", ""))
        place = _place(named[1]) if named else place + 1
        if place < MOST_COLUMNS:
            cells[place] = _value(cell, texts, days, epoch)
    return [cells.get(each, "") for each in range(max(cells, default=-1) + 1)]


def _place(letters: str) -> int:
    """The place of a column from its letters: A is 0, Z is 25, AA is 26."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def _value(cell: ElementTree.Element, texts: list[str], days: set[int], epoch: datetime) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return "".join(_text(item) for item in _named(cell, "is"))
    value = next(("" if one.text is None else one.text for one in _named(cell, "v")), "")
    if kind == "s":
        return texts[int(value)] if value else ""
    if kind != "n" or not value:
        return value
    number = Decimal(value)
    if abs(number) >= EXACT_BELOW:
        return f"{number:E}"
    if int(cell.get("s", "0")) in days:
        return (epoch + timedelta(days=int(number))).date().isoformat()
    return str(int(number)) if number == number.to_integral_value() else str(number)
