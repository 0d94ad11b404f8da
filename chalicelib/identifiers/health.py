"""FINESS of a health establishment."""

import re

from .reading import InvalidIdentifier, compact

_SHAPE = re.compile(r"(?:[0-9]{2}|2[AB])[0-9]{7}")
_CORSICA = str.maketrans("AB", "12")


def parse_finess(text: str) -> str:
    """Accept a FINESS: département, 6 digits and a control digit (Luhn's; in Corsica A counts 1 and B counts 2).

    The rule for Corsica is deduced from published numbers: 2B0000020, 2B0004246 and 2B0005342 obey it.
    Errors: InvalidIdentifier.

    >>> parse_finess("2b 000 0020")
    '2B0000020'
    """
    from stdnum import luhn  # noqa: PLC0415  some ms at import

    number = compact(text)
    if len(number) != 9:
        raise InvalidIdentifier(f"Le numéro FINESS compte 9 caractères\u00a0; vous en avez saisi {len(number)}.")
    if not _SHAPE.fullmatch(number):
        raise InvalidIdentifier("Le numéro FINESS est fait de chiffres\u00a0; seule la Corse a une lettre (2A ou 2B).")
    if number == "000000000" or not luhn.is_valid(number.translate(_CORSICA)):
        raise InvalidIdentifier(
            "Ce numéro FINESS n’existe pas\u00a0: vérifiez s’il y a un chiffre faux, ou deux inversés."
        )
    return number
