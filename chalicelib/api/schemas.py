"""Decoding at the edge: JSON bodies, query strings and the idempotency key, each fault with its place, in French."""

import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, PrivateAttr

from chalicelib.domain.errors import FieldErrors
from chalicelib.validation import Model, Schema, validated

MAX_BODY_BYTES = 256 * 1024


class Body(Schema):
    """What a route takes; every one shows an example, which the API's description quotes."""

    EXAMPLE: ClassVar[dict[str, Any]]


class View(BaseModel):
    """An answer, built from domain objects."""

    model_config = ConfigDict(frozen=True, from_attributes=True, defer_build=True)
    _members: tuple[str, ...] = PrivateAttr(default=())

    def showing(self, *member_ids: str) -> Self:
        """The same answer, which shows data of these members without naming them."""
        self._members = member_ids
        return self

    @property
    def members_shown(self) -> tuple[str, ...]:
        """The members whose data it shows without naming them."""
        return self._members


def decode_body(model: type[Model], raw: bytes, headers: Mapping[str, str]) -> Model:
    """The request's JSON body as a validated object.

    Errors: ``FieldErrors`` with one entry per fault; the whole body is named ``body``.
    """
    if not headers.get("content-type", "").split(";")[0].strip().lower() == "application/json":
        raise FieldErrors.on(
            "body", "Envoyez un corps JSON avec l’en-tête «\u00a0Content-Type: application/json\u00a0».", "media"
        )
    if len(raw) > MAX_BODY_BYTES:
        raise FieldErrors.on("body", "La demande est trop volumineuse (256 Ko au plus).", "too_large")
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        raise FieldErrors.on("body", "Le corps de la demande n’est pas un JSON valide.", "unreadable") from None
    if not isinstance(document, dict):
        raise FieldErrors.on("body", "Le corps de la demande doit être un objet JSON.", "type")
    return validated(model, document)


def decode_query(model: type[Model], values: Mapping[str, str]) -> Model:
    """The query string as a validated object."""
    return validated(model, dict(values))


KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


def idempotency_key(headers: Mapping[str, str]) -> str:
    """The caller's ``Idempotency-Key``, by which a repeated request is recognised.

    Errors: ``FieldErrors`` when it is missing or malformed.
    """
    key = headers.get("idempotency-key", "")
    if not KEY.fullmatch(key):
        sentence = (
            "Ajoutez un en-tête «\u00a0Idempotency-Key\u00a0» de 8 à 64 lettres, chiffres ou tirets, "
            "propre à cette demande."
        )
        raise FieldErrors.on("Idempotency-Key", sentence, "missing")
    return key
