"""Papers to send: PDF pages of a few lines, marked as examples."""

MARGIN, TOP, LEADING = 56, 770, 24


def paper(title: str, *lines: str) -> bytes:
    """A page with a title and some lines; the same words give the same bytes.

    >>> paper("Facture acquittée")[:8]
    b'%PDF-1.4'
    """
    text = (title, *lines, "Document d’exemple, sans valeur.")
    shown = " ".join(f"({_escaped(line)}) Tj T*" for line in text)
    content = f"BT /F1 13 Tf {LEADING} TL {MARGIN} {TOP} Td {shown} ET".encode("cp1252")
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    return _file(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
        font,
    )


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _file(*objects: bytes) -> bytes:
    """Objects numbered from 1, the first one the catalogue, with the table that says where each begins."""
    written = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    trailer = b"xref\n0 %d\n0000000000 65535 f \n%btrailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(written) + trailer % (size, table, size, len(written))
