"""How what a person typed or pasted is read, before any rule about what it means."""

import re

_SEPARATORS = re.compile(r"[\s.\-_/\u2010-\u2015\u2212\u200b-\u200f\u2060\ufeff]+")
_DIGITS = re.compile(r"[0-9]+")


class InvalidIdentifier(ValueError):
    """What was typed is not acceptable; ``sentence`` tells the person, in French, how to mend it.

    The sentence never repeats what was typed, so it may be logged.

    >>> InvalidIdentifier("Saisissez un SIREN.").sentence
    'Saisissez un SIREN.'
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def compact(text: str) -> str:
    """The characters that count, in capitals: spaces of every kind, dots, hyphens and slashes are left out.

    >>> compact("732 829-320.00074")
    '73282932000074'
    """
    return _SEPARATORS.sub("", text).upper()


def digits(text: str, *, count: int, what: str) -> str:
    """The ``count`` digits of an identifier that holds nothing else; ``what`` names it, with its article.

    Errors: InvalidIdentifier when a digit is missing or too many, or when something else is not a digit.

    >>> digits("75 011", count=5, what="Le code postal")
    '75011'
    """
    number = compact(text)
    if not number:
        raise InvalidIdentifier(f"{what} manque\u00a0: saisissez ses {count} chiffres.")
    if not _DIGITS.fullmatch(number):
        raise InvalidIdentifier(
            f"{what} ne contient que des chiffres\u00a0: "
            "vérifiez qu’une lettre (O ou I) ne remplace pas un chiffre (0 ou 1)."
        )
    if len(number) != count:
        raise InvalidIdentifier(f"{what} compte {count} chiffres\u00a0; vous en avez saisi {len(number)}.")
    return number
