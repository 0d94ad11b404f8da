"""What uploaded files are accepted, by their content (H83, M62, M113)."""

import hashlib
import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    RectangleObject,
    StreamObject,
    TextStringObject,
)

from chalicelib.file_inspection import MAX_BYTES, FileFault, FileKind, FileRefused, Inspected, inspect

TEST_VIRUS = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}" + b"$EICAR-STANDARD" + b"-ANTIVIRUS-TEST-FILE!$H+H*"


def picture(kind: str, *, side: int = 40) -> bytes:
    buffer = BytesIO()
    Image.linear_gradient("L").resize((side, side)).convert("RGB").save(buffer, format=kind)
    return buffer.getvalue()


def pdf(writer: PdfWriter) -> bytes:
    buffer = BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def writer_of(pages: int) -> PdfWriter:
    writer = PdfWriter()
    for _ in range(pages):
        page = writer.add_blank_page(width=595, height=842)
        stream = StreamObject()
        stream.set_data(b"0 0 m 100 100 l S\n" * 20)
        page[NameObject("/Contents")] = writer._add_object(stream.flate_encode())
    return writer


def png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_of(*, width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = (png_chunk(b"IHDR", header), png_chunk(b"IDAT", zlib.compress(b"\0" * 1000)), png_chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


JPEG = picture("JPEG")
PNG = picture("PNG")
PDF = pdf(writer_of(3))


def refusal(content: bytes, *, name: str = "facture.pdf", **limits: int) -> FileRefused:
    with pytest.raises(FileRefused) as refused:
        inspect(content, declared_name=name, **limits)
    return refused.value


def fault_of(content: bytes) -> FileFault:
    return refusal(content).code


class TestAccepted:
    @pytest.mark.parametrize(
        ("content", "kind", "pages"),
        [(JPEG, FileKind.JPEG, None), (PNG, FileKind.PNG, None), (PDF, FileKind.PDF, 3)],
    )
    def test_by_content_whatever_the_name(self, content: bytes, kind: FileKind, pages: int | None) -> None:
        expected = Inspected(kind=kind, size=len(content), pages=pages, sha256=hashlib.sha256(content).hexdigest())
        for name in ("photo.png", "facture.pdf", "virus.exe", ""):
            assert inspect(content, declared_name=name) == expected

    def test_a_pdf_that_opens_on_a_page(self) -> None:
        writer = writer_of(2)
        destination = ArrayObject([writer.pages[1].indirect_reference, NameObject("/Fit")])
        opening = DictionaryObject({NameObject("/S"): NameObject("/GoTo"), NameObject("/D"): destination})
        writer.root_object[NameObject("/OpenAction")] = opening
        assert inspect(pdf(writer), declared_name="").pages == 2
        writer.root_object[NameObject("/OpenAction")] = destination
        assert inspect(pdf(writer), declared_name="").pages == 2

    def test_a_pdf_with_links_notes_and_bookmarks(self) -> None:
        writer = writer_of(2)
        writer.add_uri(0, "https://www.ameli.fr", RectangleObject((10, 10, 100, 30)))
        writer.add_annotation(0, FreeText(text="payé", rect=(10, 50, 100, 70)))
        writer.add_outline_item(title="Page 2", page_number=1)
        assert inspect(pdf(writer), declared_name="").pages == 2

    def test_a_pdf_that_only_forbids_printing(self) -> None:
        """Banks protect their RIB against changes; it opens without a password all the same."""
        writer = writer_of(2)
        writer.encrypt(user_password="", owner_password="banque", algorithm="AES-256")
        assert inspect(pdf(writer), declared_name="rib.pdf").pages == 2

    def test_a_scanned_page_is_not_decoded_point_by_point(self) -> None:
        buffer = BytesIO()
        Image.open(BytesIO(JPEG)).save(buffer, format="PDF")
        assert inspect(buffer.getvalue(), declared_name="scan.pdf").pages == 1

    def test_at_the_limit_of_size_and_pages(self) -> None:
        padded = JPEG + b"\0" * (MAX_BYTES - len(JPEG))
        assert inspect(padded, declared_name="photo.jpg").size == MAX_BYTES == 10 * 1024 * 1024
        assert inspect(PDF, declared_name="facture.pdf", max_pages=3).pages == 3


class TestRefused:
    def test_empty(self) -> None:
        assert refusal(b"").sentence == (
            "Le fichier «\u00a0facture.pdf\u00a0» est vide\u00a0: "
            "vérifiez qu’il s’ouvre chez vous, puis envoyez-le de nouveau."
        )

    def test_too_large(self) -> None:
        refused = refusal(JPEG + b"\0" * (MAX_BYTES - len(JPEG) + 1))
        assert refused.code is FileFault.TOO_LARGE
        assert "10\u00a0Mo au plus" in refused.sentence
        assert "100\u00a0octets au plus" in refusal(JPEG, max_bytes=100).sentence

    def test_too_many_pages(self) -> None:
        refused = refusal(PDF, max_pages=2)
        assert refused.code is FileFault.TOO_MANY_PAGES
        assert "2 au plus" in refused.sentence

    @pytest.mark.parametrize(
        "content",
        [
            b"<!doctype html><script>alert(1)</script>",
            b"<html><!-- %PDF-1.7 --></html>",
            b"GIF89a" + bytes(40),
            b"PK\x03\x04" + bytes(40),
            b"MZ" + bytes(40),
            b"%PDF",
            b"facture",
        ],
    )
    def test_another_type_whatever_the_name(self, content: bytes) -> None:
        assert fault_of(content) is FileFault.NOT_ACCEPTED_TYPE

    @pytest.mark.parametrize(
        "content",
        [
            JPEG[: len(JPEG) // 2],
            JPEG[:4],
            PNG[: len(PNG) // 2],
            PNG[:10],
            PNG[:60] + b"\xff" * 20 + PNG[80:],
            PDF[: len(PDF) // 2],
            PDF[:-40],
            b"%PDF-1.7\n",
            pdf(PdfWriter()),
            PDF.replace(b"/FlateDecode", b"/Fl"),
            PDF.replace(b"/FlateDecode", b"/Unknown"),
            PDF.replace(b"/FlateDecode", b"/BrotliDecode"),
            b"\xff\xd8\xff" + PNG,
        ],
    )
    def test_truncated_or_corrupt(self, content: bytes) -> None:
        assert fault_of(content) is FileFault.UNREADABLE

    def test_a_page_without_its_content(self) -> None:
        content = pdf(writer_of(2))
        number = content.rindex(b"/Contents ") + len(b"/Contents ")
        assert fault_of(content[:number] + b"9" + content[number + 1 :]) is FileFault.UNREADABLE

    @pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
    def test_protected_by_a_password(self, algorithm: str) -> None:
        writer = writer_of(2)
        writer.encrypt(user_password="secret", algorithm=algorithm)
        assert fault_of(pdf(writer)) is FileFault.ENCRYPTED

    @pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (100_000, 700), (12_000, 6_000)])
    def test_an_image_that_unfolds_in_memory(self, width: int, height: int) -> None:
        refused = refusal(png_of(width=width, height=height), name="photo.png")
        assert refused.code is FileFault.TOO_MANY_PIXELS
        assert refused.sentence.startswith(
            "L’image «\u00a0photo.png\u00a0» est trop grande\u00a0: 60 millions de points"
        )

    def test_a_stream_that_unfolds_in_memory(self) -> None:
        writer = writer_of(1)
        stream = StreamObject()
        stream.set_data(bytes(40_000_000))
        writer.root_object[NameObject("/Extra")] = writer._add_object(stream.flate_encode())
        assert fault_of(pdf(writer)) is FileFault.UNREADABLE


def action(kind: str, **more: TextStringObject) -> DictionaryObject:
    entries = {NameObject("/S"): NameObject(kind)} | {NameObject(f"/{key}"): value for key, value in more.items()}
    return DictionaryObject(entries)


class TestActiveContent:
    def test_javascript(self) -> None:
        writer = writer_of(1)
        script = action("/JavaScript", JS=TextStringObject("app.alert('Bonjour');"))
        names = ArrayObject([TextStringObject("début"), writer._add_object(script)])
        tree = DictionaryObject({NameObject("/Names"): names})
        writer.root_object[NameObject("/Names")] = DictionaryObject({NameObject("/JavaScript"): tree})
        assert fault_of(pdf(writer)) is FileFault.ACTIVE_CONTENT

    def test_embedded_file(self) -> None:
        writer = writer_of(1)
        writer.add_attachment("note.txt", b"bonjour")
        assert fault_of(pdf(writer)) is FileFault.ACTIVE_CONTENT

    @pytest.mark.parametrize("kind", ["/Launch", "/JavaScript", "/URI", "/SubmitForm"])
    @pytest.mark.parametrize("indirect", [True, False])
    def test_something_launched_at_opening(self, kind: str, indirect: bool) -> None:
        writer = writer_of(1)
        opening = action(kind, F=TextStringObject("cmd.exe"))
        writer.root_object[NameObject("/OpenAction")] = writer._add_object(opening) if indirect else opening
        assert fault_of(pdf(writer)) is FileFault.ACTIVE_CONTENT

    def test_something_launched_by_a_click_even_with_a_disguised_name(self) -> None:
        writer = writer_of(1)
        link = DictionaryObject({NameObject("/Subtype"): NameObject("/Link"), NameObject("/A"): action("/Launch")})
        writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(link)])
        content = pdf(writer)
        assert fault_of(content) is FileFault.ACTIVE_CONTENT
        disguised = content.replace(b"/S /Launch", b"/S /#4caunch")
        assert fault_of(disguised) is FileFault.ACTIVE_CONTENT

    def test_active_form(self) -> None:
        writer = writer_of(1)
        form = DictionaryObject({NameObject("/XFA"): TextStringObject("<xdp/>")})
        writer.root_object[NameObject("/AcroForm")] = form
        assert fault_of(pdf(writer)) is FileFault.ACTIVE_CONTENT

    def test_in_a_pdf_that_only_forbids_printing(self) -> None:
        writer = writer_of(1)
        writer.pages[0][NameObject("/AA")] = DictionaryObject({NameObject("/O"): action("/JavaScript")})
        writer.encrypt(user_password="", owner_password="banque", algorithm="AES-256")
        assert fault_of(pdf(writer)) is FileFault.ACTIVE_CONTENT


class TestMalware:
    @pytest.mark.parametrize(
        "content",
        [
            TEST_VIRUS,
            b"texte " + TEST_VIRUS,
            PDF.replace(b"\n", b"\n%" + TEST_VIRUS + b"\n", 1),
            PDF + TEST_VIRUS,
            JPEG + TEST_VIRUS,
            PNG[:33] + png_chunk(b"tEXt", b"Comment\0" + TEST_VIRUS) + PNG[33:],
        ],
        ids=["alone", "in a text", "in a PDF comment", "after a PDF", "after a JPEG", "in a PNG text"],
    )
    def test_in_plain_sight(self, content: bytes) -> None:
        assert fault_of(content) is FileFault.MALWARE

    def test_in_a_compressed_stream(self) -> None:
        writer = writer_of(1)
        stream = StreamObject()
        stream.set_data(b"%" + TEST_VIRUS)
        writer.root_object[NameObject("/Extra")] = writer._add_object(stream.flate_encode())
        content = pdf(writer)
        assert TEST_VIRUS not in content
        assert fault_of(content) is FileFault.MALWARE

    @pytest.mark.parametrize("text", [TextStringObject(TEST_VIRUS.decode()), ByteStringObject(TEST_VIRUS)])
    def test_in_a_text_of_a_pdf(self, text: TextStringObject | ByteStringObject) -> None:
        writer = writer_of(1)
        writer.root_object[NameObject("/Extra")] = ArrayObject([NumberObject(1), text])
        content = pdf(writer)
        assert TEST_VIRUS not in content
        assert fault_of(content) is FileFault.MALWARE

    def test_in_an_attached_file_is_said_first(self) -> None:
        writer = writer_of(1)
        writer.add_attachment("note.txt", TEST_VIRUS)
        writer.compress_identical_objects()
        assert fault_of(pdf(writer)) is FileFault.MALWARE


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("", "Ce fichier est vide"),
        ("C:\\Users\\camille\\rib.pdf", "Le fichier «\u00a0rib.pdf\u00a0» est vide"),
        ("../../{size}.pdf", "Le fichier «\u00a0{size}.pdf\u00a0» est vide"),
        ("exe\u202efdp.pdf\n", "Le fichier «\u00a0exefdp.pdf\u00a0» est vide"),
        ("a" * 300, "Le fichier «\u00a0" + "a" * 59 + "…\u00a0» est vide"),
    ],
)
def test_the_name_is_quoted_safely(name: str, start: str) -> None:
    assert refusal(b"", name=name).sentence.startswith(start)


def outcome(content: bytes) -> FileKind | FileFault:
    try:
        return inspect(content, declared_name="facture.pdf").kind
    except FileRefused as refused:
        return refused.code


FUZZED = [JPEG, PNG, pdf(writer_of(2))]
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class TestAnyBytes:
    @FUZZ
    @given(st.binary(max_size=200), st.sampled_from([b"", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"]))
    def test_random(self, content: bytes, start: bytes) -> None:
        assert outcome(start + content) in FileFault

    @FUZZ
    @given(st.sampled_from(FUZZED), st.data())
    def test_truncations(self, content: bytes, data: st.DataObject) -> None:
        cut = data.draw(st.integers(0, len(content) - 1))
        assert isinstance(outcome(content[:cut]), FileKind | FileFault)

    @FUZZ
    @given(st.sampled_from(FUZZED), st.data())
    def test_changed_bytes(self, content: bytes, data: st.DataObject) -> None:
        places = st.integers(0, len(content) - 1)
        changed = bytearray(content)
        for place, value in data.draw(st.dictionaries(places, st.integers(0, 255), min_size=1, max_size=8)).items():
            changed[place] = value
        assert isinstance(outcome(bytes(changed)), FileKind | FileFault)


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    for content in (PDF[:-40], PDF[:-1], PNG[:60], JPEG[:100], b"%PDF-1.7 xref trailer startxref"):
        outcome(content)
    assert capfd.readouterr() == ("", "")
