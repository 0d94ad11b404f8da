"""Ways to reach a person: e-mail address and telephone."""

import re
import unicodedata

from .reading import InvalidIdentifier, compact

_LONGEST_EMAIL = 254
_PHONE = re.compile(r"\+?[0-9]+")
_TRUNK_ZERO = re.compile(r"^(\+(?:33|590|594|596|262))0")
_MOBILE = re.compile(
    r"\+33[67][0-9]{8}"
    r"|\+590(?:690|691)[0-9]{6}"
    r"|\+594694[0-9]{6}"
    r"|\+596(?:696|697)[0-9]{6}"
    r"|\+262(?:692|693|639)[0-9]{6}"
    r"|\+508[45][0-9]{5}"
    r"|\+687[789][0-9]{5}"
    r"|\+6898[789][0-9]{6}"
)
_LANDLINE = re.compile(r"\+33[1-589][0-9]{8}|\+(?:590|594|596|262)[0-9]{9}")
_COUNTRY_OF_BLOCK = {
    "639": "+262",
    "690": "+590",
    "691": "+590",
    "692": "+262",
    "693": "+262",
    "694": "+594",
    "696": "+596",
    "697": "+596",
}


def parse_email(text: str) -> str:
    """Accept an e-mail address that a mail can be sent to; the domain is in lower case, the local part as typed.

    No mail or DNS query is made. Line breaks and other control characters are refused, so are accents before the @.
    Errors: InvalidIdentifier.

    >>> parse_email("Camille.Durand@Exemple.FR")
    'Camille.Durand@exemple.fr'
    """
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415  15 ms at import

    address = text.strip()
    _check_email_by_eye(address)
    try:
        checked = validate_email(address, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as fault:
        raise InvalidIdentifier(
            "Cette adresse de courriel n’est pas correcte\u00a0: "
            "elle s’écrit comme prenom.nom@exemple.fr, avec un nom de domaine complet."
        ) from fault
    return checked.ascii_email or checked.normalized


def parse_mobile_fr(text: str) -> str:
    """Accept a French mobile number, metropolitan or overseas, that a code can be sent to by SMS; the result is E.164.

    Numbers of the overseas départements typed as in the national plan (06 90…) get their own country code.
    Errors: InvalidIdentifier.
    Law: plan national de numérotation (ARCEP, décision 2018-0881).

    >>> parse_mobile_fr("06 12 34 56 78")
    '+33612345678'
    >>> parse_mobile_fr("0692 12 34 56")
    '+262692123456'
    """
    international = _international(_dialled(text))
    if _LANDLINE.fullmatch(international) and not _MOBILE.fullmatch(international):
        raise InvalidIdentifier(
            "Indiquez un numéro de mobile (06 ou 07)\u00a0: un téléphone fixe ne reçoit pas le code par SMS."
        )
    if not _MOBILE.fullmatch(international):
        raise InvalidIdentifier(
            "Ce numéro de mobile n’est pas correct\u00a0: il compte 10 chiffres et commence par 06 ou 07, "
            "ou par +33, ou par l’indicatif d’un territoire d’outre-mer."
        )
    return international


def mask_phone(number: str) -> str:
    """A French number as screens show it to somebody who should only recognise it.

    >>> mask_phone("+33612345678"), mask_phone("+262692123456")
    ('06 ** ** ** 78', '06 ** ** ** 56')
    """
    national = number[-9:]
    return f"0{national[0]} ** ** ** {national[-2:]}"


def parse_phone_fr(text: str) -> str:
    """Accept a French telephone number, fixed or mobile, metropolitan or overseas; the result is E.164.

    Errors: InvalidIdentifier.
    Law: plan national de numérotation (ARCEP, décision 2018-0881).

    >>> parse_phone_fr("02 40 12 34 56")
    '+33240123456'
    """
    international = _international(_dialled(text))
    if not _LANDLINE.fullmatch(international) and not _MOBILE.fullmatch(international):
        raise InvalidIdentifier("Ce numéro de téléphone n’est pas correct\u00a0: il compte 10 chiffres.")
    return international


def _dialled(text: str) -> str:
    number = compact(text).replace("(", "").replace(")", "")
    if not number:
        raise InvalidIdentifier("Saisissez un numéro de téléphone.")
    if not _PHONE.fullmatch(number):
        raise InvalidIdentifier("Un numéro de téléphone ne contient que des chiffres, précédés au besoin d’un +.")
    return number


def _international(number: str) -> str:
    if number.startswith("00"):
        number = "+" + number[2:]
    elif number.startswith("0"):
        number = "+33" + number[1:]
    number = _TRUNK_ZERO.sub(r"\1", number)
    country = _COUNTRY_OF_BLOCK.get(number[3:6]) if number.startswith("+33") else None
    return country + number[3:] if country else number


def _check_email_by_eye(address: str) -> None:
    if not address:
        raise InvalidIdentifier("Saisissez une adresse de courriel.")
    if len(address) > _LONGEST_EMAIL:
        raise InvalidIdentifier(
            f"Cette adresse de courriel est trop longue\u00a0: {_LONGEST_EMAIL} caractères au plus."
        )
    if any(character.isspace() or unicodedata.category(character).startswith("C") for character in address):
        raise InvalidIdentifier(
            "L’adresse de courriel contient un espace ou un caractère invisible\u00a0: retapez-la sans copier-coller."
        )
    local, at, _ = address.rpartition("@")
    if not at:
        raise InvalidIdentifier("Il manque le signe @ dans l’adresse de courriel.")
    if not local.isascii():
        raise InvalidIdentifier("L’adresse de courriel ne peut pas contenir d’accent avant le signe @.")
