"""A sentence as the words that carry its meaning, whatever its accents, capitals and endings."""

import re
import unicodedata
from functools import cache
from importlib.resources import files

ENDINGS = ("issement", "ation", "ement", "euse", "eur", "ee", "er", "ez", "ent", "e")
SHORTEST_STEM = 4


def words(sentence: str) -> tuple[str, ...]:
    """The stems of the words of a sentence, in order, without those that carry no meaning.

    >>> words("Où se trouve l’échéancier de mes cotisations ?")
    ('echeanc', 'cotis')
    """
    return tuple(stem(word) for word in whole_words(sentence))


def whole_words(sentence: str) -> tuple[str, ...]:
    """The words themselves, in order, without accents and without those that carry no meaning.

    >>> whole_words("Où se trouve l’échéancier de mes cotisations ?")
    ('echeancier', 'cotisations')
    """
    return tuple(word for word in re.findall(r"[a-z]+", without_accents(sentence)) if word not in meaningless())


def without_accents(sentence: str) -> str:
    """A sentence in small letters, without accents.

    >>> without_accents("Été à Œuf")
    'ete a oeuf'
    """
    plain = unicodedata.normalize("NFKD", sentence.casefold())
    return "".join(one for one in plain if not unicodedata.combining(one)).replace("œ", "oe")


def stem(word: str) -> str:
    """A word, itself without accents, without the ending that tells a verb from its noun, or one from several.

    >>> [stem(word) for word in ("affilier", "affiliation", "affilies")]
    ['affil', 'affil', 'affil']
    """
    plain = word[:-1] if word.endswith(("s", "x")) and len(word) > SHORTEST_STEM else word
    for ending in ENDINGS:
        if plain.endswith(ending) and len(plain) - len(ending) >= SHORTEST_STEM:
            plain = plain.removesuffix(ending)
            break
    return plain[:-1] if plain.endswith("i") and len(plain) > SHORTEST_STEM else plain


@cache
def meaningless() -> frozenset[str]:
    """The words that say nothing of what is asked, without accents.

    >>> "bonjour" in meaningless()
    True
    """
    file = files("chalicelib.domain.assistant").joinpath("meaningless.txt")
    return frozenset(file.read_text(encoding="utf-8").split())
