"""The NIR: social security number of a person, 13 characters and a key of 2 digits."""

import re

from .reading import InvalidIdentifier, compact

_SHAPE = re.compile(r"[0-9]{5}(?:[0-9]{2}|2[AB])[0-9]{8}")
_LAST8_SHAPE = re.compile(r"(?:[0-9]{2}|2[AB])[0-9]{6}")
_LETTERS = (
    "La seule lettre possible est celle d’une naissance en Corse (2A ou 2B)\u00a0: "
    "vérifiez qu’une lettre (O ou I) ne remplace pas un chiffre (0 ou 1)."
)


def parse_nir(text: str) -> str:
    """Accept a NIR with its key, provisional numbers included; the result has 15 characters and no space.

    The key decides. The month is not refused by itself: persons whose date of birth is not known have months above 12.
    Errors: InvalidIdentifier, with the part that looks wrong when the number shows it.
    Law: décret 2019-341 (who may use the NIR); key = 97 − (13 first digits modulo 97), 2A counting 19 and 2B 18.

    >>> parse_nir("1 85 05 78 006 084 91")
    '185057800608491'
    >>> parse_nir("1 85 02 2a 004 012 22")
    '185022A00401222'
    """
    number = compact(text)
    _check_shape(number)
    if not _key_is_right(number):
        raise InvalidIdentifier(_why_the_key_fails(number))
    return number


def nir_last8(nir: str) -> str:
    """The 8 characters that a first connection asks for: département, commune and order of birth, without the key.

    Errors: InvalidIdentifier when ``nir`` is not a NIR.

    >>> nir_last8("1 85 05 78 006 084 91")
    '78006084'
    """
    return parse_nir(nir)[5:13]


def parse_nir_last8(text: str) -> str:
    """Accept the last 8 characters of a NIR without its key; they carry no key of their own.

    Errors: InvalidIdentifier.

    >>> parse_nir_last8("2b 033 444")
    '2B033444'
    """
    number = compact(text)
    if len(number) == 15:
        raise InvalidIdentifier("Saisissez seulement les 8 chiffres qui précèdent la clé, pas le numéro entier.")
    if len(number) == 10:
        raise InvalidIdentifier("Saisissez les 8 chiffres sans la clé\u00a0: retirez les 2 derniers.")
    if len(number) != 8:
        raise InvalidIdentifier(
            "Saisissez les 8 derniers chiffres du numéro de sécurité sociale, sans la clé\u00a0; "
            f"vous en avez saisi {len(number)}."
        )
    if not _LAST8_SHAPE.fullmatch(number):
        raise InvalidIdentifier(_LETTERS)
    return number


def mask_nir(nir: str) -> str:
    """A NIR that may be shown: sex, year and month of birth only.

    Errors: InvalidIdentifier when ``nir`` is not a NIR.

    >>> mask_nir("269054958815780")
    '2 69 05 ** *** *** **'
    """
    number = parse_nir(nir)
    return f"{number[0]} {number[1:3]} {number[3:5]} ** *** *** **"


def _check_shape(number: str) -> None:
    if not number:
        raise InvalidIdentifier(
            "Saisissez le numéro de sécurité sociale\u00a0: 13 chiffres, puis la clé de 2 chiffres."
        )
    if len(number) == 13:
        raise InvalidIdentifier(
            "Il manque la clé\u00a0: ajoutez les 2 derniers chiffres, inscrits sur la carte Vitale."
        )
    if len(number) != 15:
        raise InvalidIdentifier(
            f"Le numéro de sécurité sociale compte 15 chiffres avec sa clé\u00a0; vous en avez saisi {len(number)}."
        )
    if not _SHAPE.fullmatch(number):
        raise InvalidIdentifier(_LETTERS)
    if number[0] == "0":
        raise InvalidIdentifier(
            "Un numéro de sécurité sociale commence par 1 ou 2, ou par 3, 4, 7 ou 8 s’il est provisoire."
        )


def _key_is_right(number: str) -> bool:
    from stdnum.fr import nir  # noqa: PLC0415  17 ms at import

    return bool(nir.is_valid(number))


def _why_the_key_fails(number: str) -> str:
    part = _doubtful_part(number)
    if part:
        return f"Ce numéro de sécurité sociale n’est pas correct\u00a0: vérifiez {part}."
    return (
        "La clé (les 2 derniers chiffres) ne correspond pas au reste du numéro de sécurité sociale\u00a0: "
        "vérifiez s’il y a un chiffre faux, ou deux chiffres inversés."
    )


def _doubtful_part(number: str) -> str:
    month = int(number[3:5])
    other_half_of_corsica = number.translate(str.maketrans("AB", "BA"))
    doubts = {
        "le premier chiffre (1 ou 2, ou 3, 4, 7 ou 8 si le numéro est provisoire)": number[0] not in "123478",
        "le mois de naissance (4ᵉ et 5ᵉ chiffres)": month == 0 or 12 < month < 20 or 42 < month < 50,
        "le département de naissance (6ᵉ et 7ᵉ caractères)": number[5:7] == "00",
        "la lettre du département de naissance (2A ou 2B)": _key_is_right(other_half_of_corsica),
        "la commune de naissance (du 8ᵉ au 10ᵉ chiffre)": number[7:10] == "000",
        "la clé (les 2 derniers chiffres, de 01 à 97)": not 1 <= int(number[13:]) <= 97,
    }
    return next((part for part, doubtful in doubts.items() if doubtful), "")
