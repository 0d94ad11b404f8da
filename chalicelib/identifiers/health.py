"""Who gives care: FINESS of a health establishment, RPPS or ADELI of a professional."""

import re

from .reading import InvalidIdentifier, compact, digits

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


def parse_professional(text: str) -> str:
    """Accept the number by which an invoice names who gave care: RPPS (11 digits), ADELI or FINESS (9 characters).

    The last digit of an RPPS is Luhn's. An ADELI has no control that may be relied on, and nothing tells it from a
    FINESS: a number of 9 characters is only checked for its shape.
    Errors: InvalidIdentifier.

    >>> parse_professional("10 000 123 454"), parse_professional("2b 000 0020")
    ('10000123454', '2B0000020')
    """
    from stdnum import luhn  # noqa: PLC0415  some ms at import

    number = compact(text)
    if len(number) == 9:
        if not _SHAPE.fullmatch(number):
            raise InvalidIdentifier("Ce numéro est fait de 9 chiffres\u00a0; seule la Corse a une lettre (2A ou 2B).")
        return number
    if len(number) != 11:
        raise InvalidIdentifier(
            "Indiquez le numéro RPPS (11 chiffres), ADELI ou FINESS (9 caractères) qui figure sur la facture."
        )
    digits(number, count=11, what="Le numéro RPPS")
    if number == "0" * 11 or not luhn.is_valid(number):
        raise InvalidIdentifier(
            "Ce numéro RPPS n’existe pas\u00a0: vérifiez s’il y a un chiffre faux, ou deux inversés."
        )
    return number
