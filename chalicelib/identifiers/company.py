"""SIREN of a company, SIRET of an establishment."""

from .reading import InvalidIdentifier, compact, digits


def parse_siren(text: str) -> str:
    """Accept a SIREN: 9 digits, the last of which is a control digit.

    Errors: InvalidIdentifier.
    Law: art. R123-221 C. com. (number given by INSEE); Luhn's control.

    >>> parse_siren("732 829 320")
    '732829320'
    """
    if len(compact(text)) == 14:
        raise InvalidIdentifier("Ceci ressemble à un SIRET (14 chiffres)\u00a0: le SIREN est fait de ses 9 premiers.")
    number = digits(text, count=9, what="Le SIREN")
    _check_siren(number)
    return number


def parse_siret(text: str) -> str:
    """Accept a SIRET: the SIREN of the company and 5 digits for the establishment.

    Those of La Poste follow a rule of their own: the sum of the digits is a multiple of 5.
    Errors: InvalidIdentifier.
    Law: art. R123-221 C. com. (number given by INSEE); Luhn's control.

    >>> parse_siret("732 829 320 00074")
    '73282932000074'
    >>> parse_siret("356 000 000 49837")
    '35600000049837'
    """
    from stdnum.fr import siret  # noqa: PLC0415  17 ms at import

    if len(compact(text)) == 9:
        raise InvalidIdentifier(
            "Ceci ressemble à un SIREN (9 chiffres)\u00a0: ajoutez les 5 chiffres de l’établissement pour un SIRET."
        )
    number = digits(text, count=14, what="Le SIRET")
    _check_siren(number[:9])
    if not siret.is_valid(number):
        raise InvalidIdentifier(
            "Ce SIRET n’existe pas\u00a0: vérifiez ses 5 derniers chiffres (un chiffre faux, ou deux inversés)."
        )
    return number


def _check_siren(number: str) -> None:
    from stdnum.fr import siren  # noqa: PLC0415  17 ms at import

    if number == "000000000" or not siren.is_valid(number):
        raise InvalidIdentifier("Ce SIREN n’existe pas\u00a0: vérifiez s’il y a un chiffre faux, ou deux inversés.")
