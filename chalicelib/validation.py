"""Checking data at the edge: pydantic models whose faults become French sentences at dotted places.

Requests over HTTP and files in the intake bucket are read through here.
"""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from chalicelib.domain.errors import FieldError, FieldErrors

Model = TypeVar("Model", bound=BaseModel)


class Schema(BaseModel):
    """What somebody sends us: unknown fields are refused, so that a typing mistake is never silently ignored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True, defer_build=True)


def validated(model: type[Model], document: Mapping[str, Any]) -> Model:
    """A mapping as a validated object.

    Errors: ``FieldErrors``, each fault at its dotted place such as ``lines[0].expense_cents``.
    """
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise FieldErrors(*(_fault(entry) for entry in error.errors())) from None


SENTENCES = {
    "missing": "Ce champ est obligatoire.",
    "extra_forbidden": "Ce champ n’est pas attendu ici.",
    "string_type": "Indiquez un texte.",
    "string_unicode": "Ce texte contient un caractère qui ne peut pas être lu.",
    "int_type": "Indiquez un nombre entier.",
    "int_parsing": "Indiquez un nombre entier.",
    "int_parsing_size": "Ce nombre est trop grand.",
    "int_from_float": "Indiquez un nombre entier.",
    "bool_type": "Répondez par oui (true) ou non (false).",
    "bool_parsing": "Répondez par oui (true) ou non (false).",
    "date_type": "Indiquez une date au format AAAA-MM-JJ.",
    "date_parsing": "Indiquez une date au format AAAA-MM-JJ.",
    "date_from_datetime_parsing": "Indiquez une date au format AAAA-MM-JJ.",
    "date_from_datetime_inexact": "Indiquez une date seule, sans heure.",
    "list_type": "Indiquez une liste.",
    "dict_type": "Indiquez un objet.",
    "model_type": "Indiquez un objet.",
    "none_required": "Laissez ce champ vide.",
    "decimal_parsing": "Indiquez un nombre décimal, par exemple «\u00a01.50\u00a0».",
    "decimal_type": "Indiquez un nombre décimal, par exemple «\u00a01.50\u00a0».",
    "finite_number": "Indiquez un nombre décimal, par exemple «\u00a01.50\u00a0».",
}


def _fault(entry: Mapping[str, Any]) -> FieldError:
    kind = entry["type"]
    context = entry.get("ctx") or {}
    if kind == "invalid_identifier":
        sentence = str(entry["msg"])
    elif kind == "string_too_short":
        least = context["min_length"]
        short = f"Ce champ est trop court ({least} caractères au moins)."
        sentence = short if least > 1 else "Ce champ ne peut pas être vide."
    elif kind == "string_too_long":
        sentence = f"Ce champ est trop long ({context['max_length']} caractères au plus)."
    elif kind in {"too_long", "too_short"}:
        bound = context.get("max_length", context.get("min_length"))
        noun = "élément" if bound == 1 else "éléments"
        sentence = f"Indiquez {bound} {noun} au {'plus' if kind == 'too_long' else 'moins'}."
    elif kind in {"decimal_max_digits", "decimal_whole_digits"}:
        sentence = "Ce nombre compte trop de chiffres."
    elif kind == "decimal_max_places":
        sentence = f"Indiquez {context['decimal_places']} décimales au plus."
    elif kind in {"literal_error", "enum"}:
        values = re.findall("'([^']*)'", context["expected"])
        sentence = f"Choisissez l’une des valeurs prévues\u00a0: {', '.join(values)}."
    elif kind in {"greater_than_equal", "greater_than", "less_than_equal", "less_than"}:
        sentence = f"La valeur doit être {BOUNDS[kind]} {next(iter(context.values()))}."
    elif kind == "string_pattern_mismatch":
        sentence = "Le format de ce champ n’est pas celui attendu."
    else:
        sentence = SENTENCES.get(kind, "Cette valeur n’est pas acceptée.")
    return FieldError(place(entry["loc"]), sentence, kind)


BOUNDS = {
    "greater_than_equal": "supérieure ou égale à",
    "greater_than": "supérieure à",
    "less_than_equal": "inférieure ou égale à",
    "less_than": "inférieure à",
}


def place(location: tuple[str | int, ...]) -> str:
    """Where a fault is, as a person writes it.

    >>> place(("lines", 0, "expense_cents"))
    'lines[0].expense_cents'
    """
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "body"
