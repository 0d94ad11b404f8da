"""The reference that a company writes on its transfer: the ISO 11649 creditor reference of a statement."""

import re

_LONGEST = 21
_SHAPE = re.compile(r"RF\d{2}[0-9A-Z]{1,21}")


def structured_reference(number: str) -> str:
    """The creditor reference of a statement's number: « RF », two check digits, the number without its signs.

    Errors: ``ValueError`` when the number has no letter or digit, or more than 21 of them.
    Source: ISO 11649 (check digits of ISO 7064, modulo 97-10).

    >>> structured_reference("539 007 547 034"), structured_reference("C-2025-0412/03")
    ('RF18539007547034', 'RF66C2025041203')
    """
    kept = "".join(sign for sign in number.upper() if sign.isascii() and sign.isalnum())
    if not 0 < len(kept) <= _LONGEST:
        raise ValueError("a reference has 1 to 21 letters and digits")
    return f"RF{98 - _number_of(kept + 'RF00') % 97:02d}{kept}"


def is_structured_reference(text: str) -> bool:
    """Whether a text, spaces aside, is a creditor reference whose check digits are right.

    >>> is_structured_reference("RF18 5390 0754 7034"), is_structured_reference("RF18 5390 0754 7043")
    (True, False)
    """
    compact = "".join(text.split()).upper()
    return _SHAPE.fullmatch(compact) is not None and _number_of(compact[4:] + compact[:4]) % 97 == 1


def _number_of(text: str) -> int:
    return int("".join(str(int(sign, 36)) for sign in text))
