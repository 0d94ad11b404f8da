"""Writes documents as PDF: a typst template of ours, and data that is only ever text."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

from chalicelib.texts import documents
from chalicelib.texts.documents.models import JSON, Document

_TEMPLATES = Path(documents.__file__).parent

# What typst's own fonts can draw: Latin, Greek and Cyrillic letters, punctuation, arrows and mathematical signs.
_UNDRAWABLE = re.compile("[^\u0020-\u04ff\u1e00-\u1eff\u2010-\u2040\u20ac\u2190-\u22ff]")


def render_pdf(document: Document) -> bytes:
    """A document as PDF, tagged for assistive tools (PDF/UA-1).

    The same data gives the same bytes. Text in the data is shown as it stands; a character that the fonts cannot draw
    is shown as « � », so that no name can prevent a document from being written.

    Errors: ``ValueError`` for a document without a template.
    """
    import typst  # noqa: PLC0415 — only in the layer of the functions that write documents

    source = _TEMPLATES / f"{document.template}.typ"
    if not document.template.isidentifier() or not source.is_file():
        raise ValueError(f"no document template is called {document.template!r}")
    pdf = typst.compile(
        str(source),
        root=str(_TEMPLATES),
        format="pdf",
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
        timestamp=0,
        sys_inputs={"data": json.dumps(_drawable(document.to_data()), ensure_ascii=False)},
    )
    return bytes(pdf)


def _drawable(value: JSON) -> JSON:
    if isinstance(value, str):
        return _drawable_text(value)
    if isinstance(value, Mapping):
        return {key: _drawable(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [_drawable(item) for item in value]
    return value


def _drawable_text(text: str) -> str:
    composed = unicodedata.normalize("NFC", text)
    shown = "".join(_drawable_character(character) for character in composed)
    return _UNDRAWABLE.sub("\ufffd", shown)


def _drawable_character(character: str) -> str:
    """Line breaks and control characters become spaces; marks that only steer the display are dropped."""
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    return "" if category == "Cf" else character
