"""Money: integer cents and named roundings."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.money import in_euros, percent_of, round_half_up


@pytest.mark.parametrize(("amount", "rounded"), [("0.5", 1), ("1.5", 2), ("2.5", 3), ("52.4999", 52), ("-0.4", 0)])
def test_a_tie_goes_up(amount: str, rounded: int) -> None:
    assert round_half_up(Decimal(amount)) == rounded


@pytest.mark.parametrize("amount", [1.0, True, "100", Decimal(100)])
def test_only_whole_cents_have_a_percentage(amount: object) -> None:
    with pytest.raises(TypeError):
        percent_of(amount, Decimal(50))


@given(st.integers(-(10**9), 10**9))
def test_an_amount_is_written_in_euros_without_loss(cents: int) -> None:
    text = in_euros(cents)
    digits = text.replace("\u202f", "").replace("\u00a0€", "").replace(",", "").replace("\u2212", "-")
    assert int(digits) == cents
    assert text.endswith("\u00a0€")
