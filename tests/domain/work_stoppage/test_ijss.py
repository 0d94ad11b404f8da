"""The allowances of the statutory scheme: the worked examples, and both sides of each dated change."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from chalicelib.domain.errors import NoParameterFor
from chalicelib.domain.work_stoppage.ijss import accident_daily, allowance_of, illness_daily, maternity_daily
from chalicelib.domain.work_stoppage.kinds import StoppageKind
from chalicelib.domain.work_stoppage.stoppage import Earnings
from chalicelib.domain.working import Working
from tests.domain.work_stoppage.samples import earnings, stoppage

RICH = earnings(2_000_000)


@pytest.mark.parametrize(
    ("starts_on", "most"),
    [
        (date(2023, 2, 1), 5058),
        (date(2023, 5, 31), 5058),
        (date(2023, 6, 1), 5170),
        (date(2024, 1, 31), 5170),
        (date(2024, 2, 1), 5228),
        (date(2024, 11, 30), 5228),
        (date(2024, 12, 1), 5331),
        (date(2025, 3, 31), 5331),
        (date(2025, 4, 1), 4147),
        (date(2026, 1, 31), 4147),
        (date(2026, 2, 1), 4195),
        (date(2026, 6, 30), 4195),
        (date(2026, 7, 1), 4297),
    ],
)
def test_the_highest_illness_allowance_by_day_of_the_stoppage(starts_on: date, most: int) -> None:
    """January keeps the minimum wage of December, June that of May; 1.8 then 1.4 times it on 1 April 2025."""
    assert illness_daily(RICH, starts_on=starts_on, working=Working()) == most


@pytest.mark.parametrize(
    ("month_cents", "starts_on", "daily"),
    [(200_000, date(2025, 5, 1), 3288), (300_000, date(2025, 5, 1), 4147), (300_000, date(2025, 3, 31), 4932)],
)
def test_illness_allowances_worked_by_hand(month_cents: int, starts_on: date, daily: int) -> None:
    """6 000 € over 91.25 days, by half: 32.876…, half up. 3 000 € a month is over the cap of 2 522.52 €."""
    assert illness_daily(earnings(month_cents), starts_on=starts_on, working=Working()) == daily


def test_each_month_is_capped_on_its_own() -> None:
    uneven = replace(earnings(0), months_cents=(100_000, 900_000, 100_000))
    assert illness_daily(uneven, starts_on=date(2025, 5, 1), working=Working()) == 2478  # (2 000 + 2 522.52) / 182.5


def test_seasonal_work_counts_twelve_months_over_a_year() -> None:
    seasonal = Earnings(months_cents=(200_000,) * 6 + (0,) * 6, reference_gross_cents=1_200_000, reference_net_cents=1)
    assert seasonal.seasonal
    assert illness_daily(seasonal, starts_on=date(2025, 5, 1), working=Working()) == 1644  # 12 000 / 365 / 2
    assert accident_daily(seasonal, starts_on=date(2025, 5, 1), working=Working())[0] == 1973  # 32.877 × 60 %
    with pytest.raises(ValueError, match="three months"):
        replace(seasonal, months_cents=(200_000,) * 4)


@pytest.mark.parametrize(
    ("year", "first", "later"), [(2023, 22014, 29351), (2024, 23203, 30937), (2025, 23569, 31425), (2026, 24049, 32066)]
)
def test_the_highest_accident_allowances_of_a_year(year: int, first: int, later: int) -> None:
    for day in (date(year, 1, 1), date(year, 12, 31)):
        assert accident_daily(RICH, starts_on=day, working=Working()) == (first, later)


def test_an_accident_never_pays_more_than_the_net_daily_wage() -> None:
    """3 000 € over 30.42 days is 98.62 €: 59.17 €, then 78.90 € cut down to 79 %, 77.91 €."""
    assert accident_daily(earnings(300_000), starts_on=date(2025, 6, 1), working=Working()) == (5917, 7791)


@pytest.mark.parametrize(
    ("starts_on", "most"),
    [
        (date(2023, 6, 1), 9522),
        (date(2024, 6, 1), 10036),
        (date(2025, 1, 31), 10036),
        (date(2025, 2, 1), 10194),
        (date(2026, 1, 31), 10194),
        (date(2026, 2, 1), 10402),
    ],
)
def test_the_highest_maternity_allowance_by_day_of_the_leave(starts_on: date, most: int) -> None:
    assert maternity_daily(RICH, starts_on=starts_on, working=Working()) == most


def test_maternity_allowances_worked_by_hand() -> None:
    """7 500 € less 21 % over 91.25 days."""
    assert maternity_daily(earnings(250_000), starts_on=date(2025, 6, 1), working=Working()) == 6493


def test_the_least_maternity_allowance_and_the_years_it_is_not_known_for() -> None:
    poor = earnings(40_000)
    assert maternity_daily(poor, starts_on=date(2026, 1, 1), working=Working()) == 1112
    assert maternity_daily(poor, starts_on=date(2026, 12, 31), working=Working()) == 1112
    with pytest.raises(NoParameterFor):
        maternity_daily(poor, starts_on=date(2025, 12, 31), working=Working())


def test_an_illness_waits_three_days_and_pays_three_hundred_and_sixty() -> None:
    start = date(2025, 5, 1)
    paid = allowance_of(stoppage(start), working=Working())
    assert [paid.on(start + timedelta(days=rank)) for rank in (0, 2, 3, 362, 363)] == [0, 0, 4147, 4147, 0]
    after = allowance_of(stoppage(start, allowances_already_paid=350), working=Working())
    assert [after.on(start + timedelta(days=rank)) for rank in (3, 12, 13)] == [4147, 4147, 0]


def test_a_long_illness_waits_once_and_pays_three_years() -> None:
    start = date(2025, 5, 1)
    again = stoppage(start, kind=StoppageKind.LONG_ILLNESS, waiting_served=True, allowances_already_paid=360)
    paid = allowance_of(again, working=Working())
    assert (paid.on(start), paid.on(date(2028, 4, 30)), paid.on(date(2028, 5, 1))) == (4147, 4147, 0)


def test_an_accident_is_paid_from_the_day_after_it_and_more_from_the_twenty_ninth_day() -> None:
    start = date(2025, 6, 1)
    accident = stoppage(start, kind=StoppageKind.WORK_ACCIDENT, accident_on=start)
    paid = allowance_of(accident, working=Working())
    assert [paid.on(start + timedelta(days=rank)) for rank in (0, 1, 28, 29)] == [0, 5917, 5917, 7791]
    before = allowance_of(replace(accident, accident_on=date(2025, 5, 30)), working=Working())
    assert [before.on(start + timedelta(days=rank)) for rank in (0, 27, 28)] == [5917, 5917, 7791]
    disease = allowance_of(stoppage(start, kind=StoppageKind.OCCUPATIONAL_DISEASE), working=Working())
    assert disease.on(start) == 5917


def test_a_birth_is_paid_from_the_first_day_and_an_invalidity_only_as_notified() -> None:
    start = date(2025, 6, 1)
    for kind in (StoppageKind.MATERNITY, StoppageKind.PATERNITY, StoppageKind.ADOPTION, StoppageKind.LOSS_OF_A_CHILD):
        assert allowance_of(stoppage(start, kind=kind, month_cents=250_000), working=Working()).on(start) == 6493
    assert allowance_of(stoppage(start, kind=StoppageKind.INVALIDITY), working=Working()).on(start) == 0


def test_every_allowance_says_how_and_by_which_rows() -> None:
    working = Working()
    illness_daily(earnings(300_000), starts_on=date(2025, 5, 1), working=working)
    [step] = working.steps
    assert (step.rule, step.amount_cents) == ("ijss_maladie", 4147)
    assert dict(step.inputs) == {
        "months_cents": "300000+300000+300000",
        "cap_cents": "252252",
        "days": "91.25",
        "rate_percent": "50",
    }
    assert "41,47\u00a0€" in step.sentence
    assert {"ijss.cap.factor@2025-04-01", "smic.month@2024-11-01"} <= set(working.versions)
