"""The dated rows of contributions: both sides of each change, and where the known rows end."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from chalicelib.domain.errors import NoParameterFor
from chalicelib.domain.law import parameter


@pytest.mark.parametrize(
    ("key", "first_day", "before", "after"),
    [
        ("contribution.levy.exceptional", date(2026, 1, 1), "0", "2.05"),
        ("contribution.levy.exceptional", date(2027, 1, 1), "2.05", "0"),
        ("employer.share.min", date(2016, 1, 1), "0", "50"),
    ],
)
def test_a_change_takes_effect_on_its_first_day(key: str, first_day: date, before: str, after: str) -> None:
    assert parameter(key, on=first_day - timedelta(days=1)).value == Decimal(before)
    assert parameter(key, on=first_day).value == Decimal(after)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("tsa.health.responsible", "13.27"),
        ("tsa.health.other", "20.27"),
        ("tsa.first_euro", "14"),
        ("tsa.agricultural", "6.27"),
        ("tsa.daily_allowance.solidary", "7"),
        ("tsa.daily_allowance.other", "14"),
    ],
)
def test_a_tax_is_not_guessed_before_its_first_known_day(key: str, value: str) -> None:
    assert parameter(key, on=date(2016, 1, 1)).value == Decimal(value)
    with pytest.raises(NoParameterFor):
        parameter(key, on=date(2015, 12, 31))
