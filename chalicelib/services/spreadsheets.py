"""Tables as files that open right in a French spreadsheet and hold no formula (H44, H47, H50).

CSV has semicolons, a byte order mark, decimal commas and days as 31/12/2026. XLSX has typed cells, and text stays text.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum

from chalicelib.domain.money import Cents

Value = str | int | Decimal | date | None

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")
WIDTH = 22


class Format(StrEnum):
    """The kinds of file."""

    CSV = "csv"
    XLSX = "xlsx"


CONTENT_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def write(kind: Format, *, title: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """A table as a file; rows are taken one by one."""
    return _csv(columns, rows) if kind is Format.CSV else _xlsx(title, columns, rows)


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> str:
    """A table as the text of a CSV file."""
    return _csv(columns, rows).decode()


def euros(amount_cents: Cents) -> Decimal:
    """An amount as a cell holds it.

    >>> euros(4719)
    Decimal('47.19')
    """
    return Decimal(amount_cents).scaleb(-2)


def csv_cell(value: Value) -> str:
    """A value as a French spreadsheet reads it; text that would run as a formula is shown as text instead.

    >>> [csv_cell(one) for one in (Decimal("-12.50"), date(2026, 3, 1), "=1+1", "Zoé", None)]
    ['-12,50', '01/03/2026', "'=1+1", 'Zoé', '']
    """
    match value:
        case None:
            return ""
        case date():
            return f"{value:%d/%m/%Y}"
        case Decimal():
            return f"{value:f}".replace(".", ",")
        case int():
            return str(value)
    return f"'{value}" if value.lstrip(" \u00a0").startswith(FORMULA_SIGNS) or value[:1] in FORMULA_SIGNS else value


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([csv_cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _xlsx(title: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    import xlsxwriter  # noqa: PLC0415 - only the function that writes documents has it

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"constant_memory": True}) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        amount = book.add_format({"num_format": "#,##0.00"})
        sheet = book.add_worksheet(title[:31])
        sheet.set_column(0, len(columns) - 1, WIDTH)
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        for column, name in enumerate(columns):
            sheet.write_string(0, column, name, bold)
        for line, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                match value:
                    case None | "":
                        continue
                    case date():
                        sheet.write_datetime(line, column, value, day)
                    case Decimal():
                        sheet.write_number(line, column, value, amount)
                    case int():
                        sheet.write_number(line, column, value)
                    case str():
                        sheet.write_string(line, column, value)
    return buffer.getvalue()
