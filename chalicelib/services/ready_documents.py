"""Documents that a worker writes and that are handed out: a link once one is there, a refusal to come back before."""

from collections.abc import Callable

from chalicelib.domain.errors import Conflict
from chalicelib.gateways import documents
from chalicelib.gateways.rendering import render_pdf
from chalicelib.texts.documents.models import Document

WAITING = "Ce document est en cours de préparation\u00a0: revenez dans quelques minutes."


def write(key: str, document: Document) -> None:
    """Write a document as PDF at its key; the same document gives the same bytes."""
    documents.write("documents", key, render_pdf(document), content_type="application/pdf")


def link(key: str, *, name: str, waiting: str = WAITING, prepare: Callable[[], None] | None = None) -> str:
    """A short-lived link to a written document, downloaded under a name.

    Errors: ``Conflict`` with the sentence ``waiting`` while it is not there; ``prepare`` then has it written, if given.
    """
    if not documents.exists("documents", key):
        if prepare is not None:
            prepare()
        raise Conflict("document_not_ready", waiting)
    return documents.download_link("documents", key, name=name)
