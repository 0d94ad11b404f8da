"""Comparing what people type with what is kept: neither case nor accents tell two words apart (H49)."""

import unicodedata


def folded(text: str) -> str:
    """A text without case or accents.

    >>> folded("Zoé")
    'zoe'
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def searchable(text: str) -> str:
    """A text as searches compare it: folded, its words separated by single spaces.

    >>> searchable("  Le  Goff Zoé ")
    'le goff zoe'
    """
    return folded(" ".join(text.split()))
