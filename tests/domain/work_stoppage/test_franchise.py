"""The first day that a contract pays, by kind of franchise: the worked example and both sides of each limit."""

from datetime import date, timedelta

import pytest

from chalicelib.domain.periods import Period
from chalicelib.domain.work_stoppage.cover import FranchiseKind
from chalicelib.domain.work_stoppage.franchise import days_already, first_paid_day
from chalicelib.domain.work_stoppage.maintenance import Maintenance, maintenance_of
from chalicelib.domain.working import Working
from tests.domain.work_stoppage.samples import days, franchise, stoppage

THIRD = date(2026, 5, 5)
EARLIER = (days(date(2026, 1, 1), 20), days(date(2026, 3, 10), 21))
NONE = Maintenance()


@pytest.mark.parametrize(
    ("kind", "first"), [(FranchiseKind.CUMULATED, date(2026, 5, 24)), (FranchiseKind.CONTINUOUS, date(2026, 7, 4))]
)
def test_the_third_stoppage_of_a_year(kind: FranchiseKind, first: date) -> None:
    """1–20 January, 10–30 March, from 5 May: 41 of 60 days are spent, or none of them."""
    assert first_paid_day(franchise(60, kind), stoppage(THIRD, earlier=EARLIER), maintenance=NONE) == first


def test_only_the_days_of_the_last_twelve_months_add_up() -> None:
    straddling = (Period(date(2025, 4, 26), date(2025, 5, 10)),)
    assert days_already(franchise(60, FranchiseKind.CUMULATED), THIRD, straddling) == 5
    assert days_already(franchise(60, FranchiseKind.CUMULATED, window_months=6), THIRD, straddling) == 0
    ended = (Period(date(2025, 4, 1), date(2025, 5, 5)),)
    assert days_already(franchise(60, FranchiseKind.CUMULATED), THIRD, ended) == 0


@pytest.mark.parametrize(("gap", "spent"), [(29, 21), (30, 21), (31, 0)])
def test_a_relapse_soon_after_goes_on_with_the_count(gap: int, spent: int) -> None:
    past = (Period(date(2026, 3, 10), date(2026, 3, 31)),)
    assert days_already(franchise(60, relapse_days=30), date(2026, 3, 31) + timedelta(days=gap), past) == spent


def test_relapses_chain_back_until_a_long_return() -> None:
    assert days_already(franchise(60, relapse_days=60), THIRD, EARLIER) == 41
    assert days_already(franchise(60, relapse_days=40), THIRD, EARLIER) == 21
    assert days_already(franchise(60), THIRD, EARLIER) == 0


def test_more_days_than_the_franchise_pay_from_the_first_day() -> None:
    many = (days(date(2026, 1, 1), 100),)
    sixty = franchise(60, FranchiseKind.CUMULATED)
    assert first_paid_day(sixty, stoppage(THIRD, earlier=many), maintenance=NONE) == THIRD


def test_a_hospital_stay_may_have_a_shorter_franchise() -> None:
    short = franchise(30, hospital_days=3)
    assert first_paid_day(short, stoppage(THIRD, hospitalised=True), maintenance=NONE) == date(2026, 5, 8)
    assert first_paid_day(short, stoppage(THIRD), maintenance=NONE) == date(2026, 6, 4)
    assert first_paid_day(franchise(30), stoppage(THIRD, hospitalised=True), maintenance=NONE) == date(2026, 6, 4)


def test_a_relay_begins_when_the_pay_kept_drops() -> None:
    """Seven days of waiting and thirty at 90 %; without a year of service, the days of the contract."""
    relay = franchise(90, FranchiseKind.RELAY)
    senior = stoppage(THIRD, hired_on=date(2024, 1, 1))
    kept = maintenance_of(senior, working=Working())
    assert first_paid_day(relay, senior, maintenance=kept) == THIRD + timedelta(days=37)
    assert first_paid_day(relay, stoppage(THIRD), maintenance=NONE) == THIRD + timedelta(days=90)
