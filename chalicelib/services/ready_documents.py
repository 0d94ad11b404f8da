"""Handing out a document that a worker writes: a link once it is there, a refusal that says to come back before."""

from collections.abc import Callable

from chalicelib.domain.errors import Conflict
from chalicelib.gateways import documents

WAITING = "Ce document est en cours de préparation\u00a0: revenez dans quelques minutes."


def link(key: str, *, name: str, waiting: str = WAITING, prepare: Callable[[], None] | None = None) -> str:
    """A short-lived link to a written document, downloaded under a name.

    Errors: ``Conflict`` with the sentence ``waiting`` while it is not there; ``prepare`` then has it written, if given.
    """
    if not documents.exists("documents", key):
        if prepare is not None:
            prepare()
        raise Conflict("document_not_ready", waiting)
    return documents.download_link("documents", key, name=name)
