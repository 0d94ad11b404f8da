"""Money: integer cents, and the named roundings that lead to them.

A rate is a ``Decimal``; an amount is an ``int`` number of euro cents (``Cents``). A ``Decimal`` amount only lives
inside one expression, which ends in ``round_half_up``. A float never enters.
"""

from decimal import ROUND_HALF_UP, Decimal

Cents = int


def round_half_up(amount_cents: Decimal) -> Cents:
    """Round a fractional number of cents to the nearest cent, ties going up.

    Units: cents.
    Source: dossier 3.3, commercial rounding at each named point of a settlement.

    >>> round_half_up(Decimal("52.5"))
    53
    """
    return int(amount_cents.to_integral_value(ROUND_HALF_UP))


def percent_of(amount_cents: Cents, percent: Decimal) -> Decimal:
    """The given percentage of an amount, not rounded yet.

    Units: cents, possibly fractional.

    >>> percent_of(1613, Decimal("60"))
    Decimal('967.8')
    """
    if type(amount_cents) is not int:
        raise TypeError(f"an amount is an int number of cents, not {type(amount_cents).__name__}")
    return amount_cents * percent / 100


_CENTS = tuple(f",{cents:02d}\u00a0€" for cents in range(100))


def in_euros(amount_cents: Cents) -> str:
    """The amount as a French reader expects it: minus sign, decimal comma, narrow no-break spaces, euro sign.

    >>> in_euros(123456).replace("\\u202f", " ").replace("\\u00a0", " ")
    '1 234,56 €'
    >>> in_euros(-900) == "\\u22129,00\\u00a0€"
    True
    """
    if 0 <= amount_cents < 100_000:
        return f"{amount_cents // 100}{_CENTS[amount_cents % 100]}"
    sign = "\u2212" if amount_cents < 0 else ""
    euros, cents = divmod(abs(amount_cents), 100)
    grouped = f"{euros:,}".replace(",", "\u202f")
    return f"{sign}{grouped},{cents:02d}\u00a0€"
