"""Sharing an amount out so that no cent is lost or made: the method of the largest remainder."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

from chalicelib.domain.money import Cents


def apportion(amount_cents: Cents, weights: Sequence[Decimal | int]) -> tuple[Cents, ...]:
    """The parts of an amount in proportion to weights that are not negative: they always add up to the amount.

    Each part is rounded down, then the cents left go one each to the largest remainders, the earlier part first when
    two are equal. A negative amount is shared as its opposite, so that a cancellation mirrors what it cancels.

    Units: cents. Errors: ``ValueError`` when an amount has no weight to go to.

    >>> apportion(100, [1, 1, 1]), apportion(-100, [1, 1, 1]), apportion(0, [0])
    ((34, 33, 33), (-34, -33, -33), (0,))
    """
    whole = sum((Decimal(weight) for weight in weights), Decimal(0))
    if not whole:
        if amount_cents:
            raise ValueError("nothing to share the amount by")
        return (0,) * len(weights)
    sign = -1 if amount_cents < 0 else 1
    exact = [abs(amount_cents) * Decimal(weight) / whole for weight in weights]
    parts = [int(share.to_integral_value(ROUND_FLOOR)) for share in exact]
    left = abs(amount_cents) - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda index: parts[index] - exact[index])
    for index in by_remainder[:left]:
        parts[index] += 1
    return tuple(sign * part for part in parts)
