"""The numéro adhérent that the portal's mails give."""

import re

from .reading import InvalidIdentifier, compact

_SHAPE = re.compile(r"[0-9]{7}(?:[0-9]{7})?")


def parse_numero_adherent(text: str) -> str:
    """Accept a numéro adhérent: 7 or 14 digits, no key.

    Errors: InvalidIdentifier.

    >>> parse_numero_adherent("123 4567")
    '1234567'
    """
    number = compact(text)
    if not _SHAPE.fullmatch(number):
        raise InvalidIdentifier(
            "Le numéro d’adhérent est une suite de 7 ou de 14 chiffres\u00a0: "
            "recopiez celui du courriel qui confirme l’affiliation ou, pour une société, la souscription."
        )
    return number
