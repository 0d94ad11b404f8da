"""What an uploaded file really is, and whether it may be kept.

The decision rests on the content alone: the name that came with the file is only quoted in the sentences.
Accepted: PDF, JPEG and PNG that can be read to the end and that carry nothing that runs.
"""

import hashlib
import logging
import struct
import unicodedata
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from typing import TYPE_CHECKING

from chalicelib.domain.errors import Refused

if TYPE_CHECKING:
    from pypdf import PdfReader
    from pypdf.generic import DictionaryObject, PdfObject

MAX_BYTES = 10 * 1024 * 1024
MAX_PAGES = 100
MAX_PIXELS = 60_000_000
_MAX_PDF_OBJECTS = 200_000
_MAX_PDF_DECODED_BYTES = 100 * 1024 * 1024
_MAX_PDF_STREAM_BYTES = 30 * 1024 * 1024
_LONGEST_SHOWN_NAME = 60

# The EICAR test file, which every antivirus takes for a virus: in pieces, so that this file is not taken for one.
_TEST_VIRUS = b"".join(
    (b"X5O!P%@AP[4", b"\\PZX54(P^)", b"7CC)7}$EICAR", b"-STANDARD-", b"ANTIVIRUS-TEST", b"-FILE!$H+H*")
)

_ACTIVE_KEYS = frozenset({"/JS", "/JavaScript", "/EmbeddedFiles", "/EF", "/XFA"})
_ACTIVE_ACTIONS = frozenset({"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/RichMediaExecute"})
_ACTIVE_SUBTYPES = frozenset({"/FileAttachment", "/RichMedia", "/Movie", "/Screen"})

# pypdf says that a broken file may surface as other errors than its own, and so do Pillow's readers: a wrong type, a
# missing key, a struct that does not unpack… Both read lazily: any access to an object may be the one that fails. The
# families are listed here and caught in two places, around nothing but the reading of a stranger's bytes.
_BROKEN_CONTENT = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RuntimeError,
    OSError,
    EOFError,
    SyntaxError,
    MemoryError,
    struct.error,
    zlib.error,
)


class FileKind(StrEnum):
    """The kinds of file that are accepted."""

    PDF = "pdf"
    JPEG = "jpeg"
    PNG = "png"


class FileFault(StrEnum):
    """Why a file is refused."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_ACCEPTED_TYPE = "not_accepted_type"
    UNREADABLE = "unreadable"
    ENCRYPTED = "encrypted"
    ACTIVE_CONTENT = "active_content"
    MALWARE = "malware"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_MANY_PIXELS = "too_many_pixels"


_SENTENCES = {
    FileFault.EMPTY: "{file} est vide\u00a0: vérifiez qu’il s’ouvre chez vous, puis envoyez-le de nouveau.",
    FileFault.TOO_LARGE: (
        "{file} est trop lourd\u00a0: {size} au plus. "
        "Réduisez la qualité de la numérisation ou envoyez-le en plusieurs fichiers."
    ),
    FileFault.NOT_ACCEPTED_TYPE: (
        "{file} n’est ni un PDF ni une photo JPEG ou PNG\u00a0: "
        "enregistrez-le dans l’un de ces formats (changer son nom ne suffit pas)."
    ),
    FileFault.UNREADABLE: (
        "{file} est abîmé ou incomplet\u00a0: enregistrez-le ou numérisez-le de nouveau, puis renvoyez-le."
    ),
    FileFault.ENCRYPTED: (
        "{file} est protégé par un mot de passe\u00a0: ouvrez-le, imprimez-le au format PDF et envoyez cette copie."
    ),
    FileFault.ACTIVE_CONTENT: (
        "{file} contient un programme, un formulaire actif ou une pièce jointe\u00a0: "
        "imprimez-le au format PDF et envoyez cette copie."
    ),
    FileFault.MALWARE: (
        "{file} contient un virus et n’a pas été gardé\u00a0: contrôlez votre appareil, puis envoyez un autre fichier."
    ),
    FileFault.TOO_MANY_PAGES: "{file} a trop de pages\u00a0: {pages} au plus. Envoyez seulement les pages demandées.",
    FileFault.TOO_MANY_PIXELS: (
        "L’image {file} est trop grande\u00a0: {pixels} millions de points au plus. Réduisez sa définition."
    ),
}


class FileRefused(Refused):
    """The file may not be kept; ``code`` says why and ``sentence`` tells the person how to mend it."""

    code: FileFault

    def __init__(self, code: FileFault, sentence: str) -> None:
        super().__init__(code, sentence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """A file that may be kept: size in bytes, number of pages of a PDF, SHA-256 of the content in hexadecimal."""

    kind: FileKind
    size: int
    pages: int | None
    sha256: str


class _Fault(Exception):
    def __init__(self, code: FileFault) -> None:
        super().__init__(code)
        self.code = code


def inspect(content: bytes, *, declared_name: str, max_bytes: int = MAX_BYTES, max_pages: int = MAX_PAGES) -> Inspected:
    """Decide whether a file that somebody uploaded may be kept, from its content.

    Units: ``max_bytes`` in bytes.
    Errors: FileRefused, and nothing else, whatever the bytes.

    >>> inspect(b"", declared_name="facture.pdf")
    Traceback (most recent call last):
    chalicelib.file_inspection.FileRefused: empty
    """
    try:
        kind = _kind_of(content, max_bytes=max_bytes)
        pages = _pdf_pages(content, max_pages=max_pages) if kind is FileKind.PDF else None
        if kind is not FileKind.PDF:
            _check_image(content, kind=kind)
    except _Fault as fault:
        sentence = _SENTENCES[fault.code].format(
            file=_shown(declared_name, code=fault.code),
            size=_shown_size(max_bytes),
            pages=max_pages,
            pixels=MAX_PIXELS // 1_000_000,
        )
        raise FileRefused(fault.code, sentence) from fault
    return Inspected(kind=kind, size=len(content), pages=pages, sha256=hashlib.sha256(content).hexdigest())


def _kind_of(content: bytes, *, max_bytes: int) -> FileKind:
    if not content:
        raise _Fault(FileFault.EMPTY)
    if len(content) > max_bytes:
        raise _Fault(FileFault.TOO_LARGE)
    if _TEST_VIRUS in content:
        raise _Fault(FileFault.MALWARE)
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileKind.PNG
    if content.startswith(b"\xff\xd8\xff"):
        return FileKind.JPEG
    if content[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"%PDF-"):
        return FileKind.PDF
    raise _Fault(FileFault.NOT_ACCEPTED_TYPE)


def _check_image(content: bytes, *, kind: FileKind) -> None:
    from PIL import Image  # noqa: PLC0415  60 ms at import

    logging.getLogger("PIL").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(BytesIO(content), formats=[kind.upper()]) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise _Fault(FileFault.TOO_MANY_PIXELS)
                image.load()
        except Image.DecompressionBombError as fault:
            raise _Fault(FileFault.TOO_MANY_PIXELS) from fault
        except _BROKEN_CONTENT as fault:
            raise _Fault(FileFault.UNREADABLE) from fault


def _pdf_pages(content: bytes, *, max_pages: int) -> int:
    from pypdf import PasswordType, PdfReader, apply_configuration  # noqa: PLC0415  70 ms at import
    from pypdf.errors import DependencyError, DeprecationError, PyPdfError  # noqa: PLC0415 - it comes with the reader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)
    limits = apply_configuration(
        zlib_maximum_output_length=_MAX_PDF_STREAM_BYTES,
        lzw_maximum_output_length=_MAX_PDF_STREAM_BYTES,
        run_length_maximum_output_length=_MAX_PDF_STREAM_BYTES,
        array_based_stream_maximum_output_length=_MAX_PDF_STREAM_BYTES,
        jbig2dec_binary=None,
    )
    with warnings.catch_warnings(), limits:
        warnings.simplefilter("ignore")
        try:
            reader = PdfReader(BytesIO(content))
            if reader.is_encrypted and reader.decrypt("") is PasswordType.NOT_DECRYPTED:
                raise _Fault(FileFault.ENCRYPTED)
            pages = _reach_every_page(reader, max_pages=max_pages)
            _search_objects(reader)
        except (*_BROKEN_CONTENT, PyPdfError, DependencyError, DeprecationError) as fault:
            raise _Fault(FileFault.UNREADABLE) from fault
    return pages


def _reach_every_page(reader: "PdfReader", *, max_pages: int) -> int:
    count = len(reader.pages)
    if count == 0:
        raise _Fault(FileFault.UNREADABLE)
    if count > max_pages:
        raise _Fault(FileFault.TOO_MANY_PAGES)
    for page in reader.pages:
        if min(page.mediabox.width, page.mediabox.height) <= 0:
            raise _Fault(FileFault.UNREADABLE)
        if "/Contents" in page and page.get_contents() is None:
            raise _Fault(FileFault.UNREADABLE)
    return count


def _search_objects(reader: "PdfReader") -> None:
    from pypdf.generic import DictionaryObject, StreamObject  # noqa: PLC0415 - it comes with the reader

    active = False
    decoded = 0
    for found in _objects(reader):
        data: object = found
        if isinstance(found, DictionaryObject):
            active = active or _runs_something(found)
        if isinstance(found, StreamObject) and _value(found, "/Subtype") != "/Image":
            data = found.get_data()
            decoded += len(found.get_data())
        if _holds_test_virus(data):
            raise _Fault(FileFault.MALWARE)
        if decoded > _MAX_PDF_DECODED_BYTES:
            raise _Fault(FileFault.UNREADABLE)
    if active:
        raise _Fault(FileFault.ACTIVE_CONTENT)


def _holds_test_virus(data: object) -> bool:
    if isinstance(data, bytes):
        return _TEST_VIRUS in data
    return isinstance(data, str) and _TEST_VIRUS.decode() in data


def _objects(reader: "PdfReader") -> Iterator[object]:
    """Every object that a viewer can come to from the trailer, each once."""
    from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject  # noqa: PLC0415 - it comes with the reader

    waiting: list[object] = [reader.trailer]
    seen: set[tuple[int, int]] = set()
    count = 0
    while waiting:
        found = waiting.pop()
        if isinstance(found, IndirectObject):
            if (found.idnum, found.generation) in seen:
                continue
            seen.add((found.idnum, found.generation))
            found = found.get_object()
        count += 1
        if count > _MAX_PDF_OBJECTS:
            raise _Fault(FileFault.UNREADABLE)
        yield found
        if isinstance(found, DictionaryObject):
            waiting.extend(found.values())
        elif isinstance(found, ArrayObject):
            waiting.extend(found)


def _runs_something(dictionary: "DictionaryObject") -> bool:
    return (
        not _ACTIVE_KEYS.isdisjoint(dictionary)
        or _value(dictionary, "/S") in _ACTIVE_ACTIONS
        or _value(dictionary, "/Subtype") in _ACTIVE_SUBTYPES
        or _opens_elsewhere(dictionary)
    )


def _opens_elsewhere(catalog: "DictionaryObject") -> bool:
    from pypdf.generic import DictionaryObject  # noqa: PLC0415 - it comes with the reader

    action = _resolved(catalog, "/OpenAction")
    return isinstance(action, DictionaryObject) and _value(action, "/S") != "/GoTo"


def _value(dictionary: "DictionaryObject", key: str) -> str:
    """The name or text under a key; empty for anything else."""
    value = _resolved(dictionary, key)
    return value if isinstance(value, str) else ""


def _resolved(dictionary: "DictionaryObject", key: str) -> "PdfObject | None":
    found: PdfObject | None = dictionary.get(key)
    return None if found is None else found.get_object()


def _shown(declared_name: str, *, code: FileFault) -> str:
    name = declared_name.replace("\\", "/").rpartition("/")[2]
    printable = "".join(character for character in name if not unicodedata.category(character).startswith("C")).strip()
    if len(printable) > _LONGEST_SHOWN_NAME:
        printable = printable[: _LONGEST_SHOWN_NAME - 1] + "…"
    quoted = f"«\u00a0{printable}\u00a0»" if printable else ""
    if code is FileFault.TOO_MANY_PIXELS:
        return quoted or "envoyée"
    return f"Le fichier {quoted}" if quoted else "Ce fichier"


def _shown_size(size: int) -> str:
    megabytes = size // (1024 * 1024)
    return f"{megabytes}\u00a0Mo" if megabytes else f"{size}\u00a0octets"
