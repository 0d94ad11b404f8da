"""IBAN of the SEPA area, and the BIC that goes with it."""

import re

from .reading import InvalidIdentifier, compact

_START = re.compile(r"[A-Z]{2}[0-9]{2}")
_WITH_RIB_KEY = frozenset({"FR", "MC"})
_CHECK_DIGITS = "Cet IBAN n’est pas correct\u00a0: vérifiez s’il y a un caractère faux, ou deux inversés."


def parse_iban(text: str) -> str:
    """Accept an IBAN of the SEPA area, in capitals and without spaces; a French one must have a right RIB key too.

    Errors: InvalidIdentifier.
    Law: règlement (UE) 260/2012, annex; ISO 13616 (control digits modulo 97).

    >>> parse_iban("FR14 2004 1010 0505 0001 3m02 606")
    'FR1420041010050500013M02606'
    """
    from schwifty import IBAN, exceptions  # noqa: PLC0415  50 ms at import

    number = compact(text).removeprefix("IBAN").removeprefix(":")
    if not number:
        raise InvalidIdentifier("Saisissez l’IBAN\u00a0: il est inscrit sur votre relevé d’identité bancaire.")
    if not _START.match(number):
        raise InvalidIdentifier("Un IBAN commence par le pays et 2 chiffres, par exemple FR76.")
    try:
        iban = IBAN(number, validate_bban=number[:2] in _WITH_RIB_KEY)
    except exceptions.InvalidCountryCode as fault:
        raise InvalidIdentifier("Les 2 premières lettres de cet IBAN ne sont pas celles d’un pays.") from fault
    except exceptions.InvalidLength as fault:
        expected = IBAN(number, allow_invalid=True).spec.iban_length
        raise InvalidIdentifier(
            f"Un IBAN {number[:2]} compte {expected} caractères\u00a0; vous en avez saisi {len(number)}."
        ) from fault
    except exceptions.InvalidStructure as fault:
        raise InvalidIdentifier(
            "Cet IBAN contient un caractère qui n’est pas à sa place\u00a0: "
            "vérifiez qu’une lettre (O ou I) ne remplace pas un chiffre (0 ou 1)."
        ) from fault
    except exceptions.InvalidBBANChecksum as fault:
        raise InvalidIdentifier(
            "La clé RIB (les 2 derniers chiffres) ne correspond pas au compte\u00a0: recopiez l’IBAN en entier."
        ) from fault
    except exceptions.SchwiftyException as fault:
        raise InvalidIdentifier(_CHECK_DIGITS) from fault
    if not iban.in_sepa_zone:
        raise InvalidIdentifier("Ce compte est hors de la zone SEPA\u00a0: indiquez un compte d’un pays de cette zone.")
    return number


def bic_of(iban: str) -> str | None:
    """The BIC of the bank of an IBAN, or None when the public lists of banks do not give it.

    Errors: InvalidIdentifier when ``iban`` is not an IBAN.

    >>> bic_of("FR14 2004 1010 0505 0001 3M02 606")
    'PSSTFRPP'
    """
    number = parse_iban(iban)
    from schwifty import IBAN  # noqa: PLC0415  50 ms at import

    bic = IBAN(number).bic
    return None if bic is None else str(bic)


def mask_iban(iban: str) -> str:
    """An IBAN that may be shown: country, control digits and the last 4 characters.

    Errors: InvalidIdentifier when ``iban`` is not an IBAN.

    >>> mask_iban("FR1420041010050500013M02606")
    'FR14 **** **** **** **** ***2 606'
    """
    number = parse_iban(iban)
    masked = number[:4] + "*" * (len(number) - 8) + number[-4:]
    return " ".join(masked[start : start + 4] for start in range(0, len(masked), 4))
