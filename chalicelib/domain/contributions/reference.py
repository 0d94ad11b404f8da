"""The number of a statement, and the ISO 11649 creditor reference that a company writes on its transfer."""

import hashlib
import re
from datetime import date

_LONGEST = 21
_SIGNS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_CONTRACT_SIGNS = 5
_SHAPE = re.compile(r"RF\d{2}[0-9A-Z]{1,21}")


def statement_number(numero_adherent: str, contract_id: str, *, month: date, rank: int = 0) -> str:
    """The number of a statement: whose it is, under which contract, from which month on, and its rank among those.

    ``numero_adherent`` is the company's, of seven digits. ``rank`` is 0 for the call of a period; what only corrects is
    counted from 1. The same call always has the same number, so that it is issued once, however often that is tried.

    Decision: no counter is shared, so that thousands of statements are numbered at once. Premiums bear no VAT and the
    rule of unbroken numbers of invoices (CGI ann. II art. 242 nonies A) is not theirs; within a contract the numbers
    follow its months without a gap all the same, since every period is called.

    Errors: ``ValueError`` when the number would have more than 21 signs.

    >>> statement_number("1234567", "0b9d1f52", month=date(2025, 3, 1))
    '12345679G83K20250300'
    """
    drawn = int.from_bytes(hashlib.sha256(contract_id.encode()).digest()[:8])
    contract = ""
    for _ in range(_CONTRACT_SIGNS):
        drawn, index = divmod(drawn, len(_SIGNS))
        contract += _SIGNS[index]
    number = f"{numero_adherent}{contract}{month:%Y%m}{rank:02d}"
    if len(number) > _LONGEST:
        raise ValueError("a statement's number has 21 signs at most")
    return number


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
