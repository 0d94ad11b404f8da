"""The place where a page of a list ended, as a client hands it back: opaque, and safe in an address."""

import base64
import binascii
from typing import Annotated

from pydantic import Field

from chalicelib.domain.errors import FieldErrors

Cursor = Annotated[str, Field(max_length=600)]


def encode(place: str | None) -> str | None:
    """The cursor of a place; ``None`` after the last page.

    >>> encode("martin#42")
    'bWFydGluIzQy'
    """
    return base64.urlsafe_b64encode(place.encode()).decode() if place else None


def decode(cursor: str | None, *, field: str) -> str | None:
    """The place a cursor stands for.

    Errors: ``FieldErrors`` on ``field`` for what is no cursor.
    """
    if cursor is None:
        return None
    try:
        return base64.urlsafe_b64decode(cursor.encode()).decode()
    except (binascii.Error, ValueError):
        sentence = "Reprenez la valeur «\u00a0next\u00a0» de la page précédente."
        raise FieldErrors.on(field, sentence, "cursor") from None
