"""The lines of a DSN file: « S21.G00.30.001,'value' », in ISO 8859-1 or UTF-8, one at a time.

A line's value is looked at only when its rubrique is among those wanted: of every other line nothing is kept but that
there was one.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from chalicelib.domain.errors import FieldErrors

LONGEST_LINE_BYTES = 1_000
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
CODE_LENGTH = len("S21.G00.30.001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubrique:
    """One line: its number in the file, its block (S21.G00.30), its rubrique (001) and its value, when wanted."""

    line: int
    block: str
    code: str
    value: str | None

    @property
    def name(self) -> str:
        """The whole code, as the norm writes it."""
        return f"{self.block}.{self.code}"


def rubriques(pieces: Iterable[bytes], wanted: Collection[str]) -> Iterator[Rubrique]:
    """The rubriques of a file that comes in pieces of any length; blank lines are passed over.

    Errors: ``FieldErrors`` on ``content``, with the number of the first line that is none of a DSN.

    >>> lines = [b"S10.G00.00.001,'Paie'\\r\\nS21.G00.30", b".002,'L\\xc9GER'\\n"]
    >>> [(one.line, one.name, one.value) for one in rubriques(lines, {"S21.G00.30.002"})]
    [(1, 'S10.G00.00.001', None), (2, 'S21.G00.30.002', 'LÉGER')]
    """
    for number, raw in enumerate(_lines(pieces), start=1):
        line = raw.removeprefix(BYTE_ORDER_MARK) if number == 1 else raw
        if not line.strip():
            continue
        code, _, rest = line.partition(b",")
        if not _is_code(code) or len(rest) < 2 or rest[:1] != b"'" or rest[-1:] != b"'":
            raise _no_dsn(number)
        name = code.decode("ascii")
        value = _text(rest[1:-1]) if name in wanted else None
        yield Rubrique(line=number, block=name[:-4], code=name[-3:], value=value)


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The lines without their ends; no more than one line and one piece are held."""
    begun = b""
    number = 0
    for piece in pieces:
        *whole, begun = (begun + piece).split(b"\n")
        for line in whole:
            number += 1
            yield _measured(line, number)
        _measured(begun, number + 1)
    if begun:
        yield begun.rstrip(b"\r")


def _measured(line: bytes, number: int) -> bytes:
    if len(line) > LONGEST_LINE_BYTES:
        raise _no_dsn(number)
    return line.rstrip(b"\r")


def _is_code(code: bytes) -> bool:
    """Whether a text has the shape of a rubrique: S21.G00.30.001."""
    parts = code.split(b".")
    return (
        len(code) == CODE_LENGTH
        and len(parts) == 4
        and parts[0][:1] == b"S"
        and parts[1][:1] == b"G"
        and b"".join([parts[0][1:], parts[1][1:], *parts[2:]]).isdigit()
    )


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _no_dsn(number: int) -> FieldErrors:
    sentence = (
        f"La ligne {number} n’est pas celle d’une DSN\u00a0: envoyez le fichier que le logiciel de paie a produit, "
        "sans l’ouvrir ni l’enregistrer dans un autre logiciel."
    )
    return FieldErrors.on("content", sentence, "not_a_dsn")
