"""The legal maintenance of pay by the employer: bands by service, waiting days, days already maintained."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from chalicelib.domain.work_stoppage.kinds import StoppageKind
from chalicelib.domain.work_stoppage.maintenance import days_of_each_band, kept_pay, maintenance_of
from chalicelib.domain.working import Working
from tests.domain.work_stoppage.samples import stoppage

START = date(2026, 3, 2)
HIGH, LOW, NOTHING = Decimal(90), Decimal(200) / 3, Decimal(0)


@pytest.mark.parametrize(
    ("years", "days"),
    [(0, 0), (1, 30), (5, 30), (6, 40), (10, 40), (11, 50), (16, 60), (21, 70), (26, 80), (30, 80), (31, 90), (45, 90)],
)
def test_days_of_each_band_by_years_of_service(years: int, days: int) -> None:
    assert days_of_each_band(years, on=START, working=Working()) == days


def test_service_is_counted_on_the_first_day() -> None:
    eve = maintenance_of(stoppage(START, hired_on=date(2025, 3, 3)), working=Working())
    day = maintenance_of(stoppage(START, hired_on=date(2025, 3, 2)), working=Working())
    assert (eve.bands, len(day.bands)) == ((), 2)


@pytest.mark.parametrize(
    ("kind", "waiting"),
    [
        (StoppageKind.ILLNESS, 7),
        (StoppageKind.COMMUTING_ACCIDENT, 7),
        (StoppageKind.WORK_ACCIDENT, 0),
        (StoppageKind.OCCUPATIONAL_DISEASE, 0),
    ],
)
def test_seven_days_of_waiting_but_for_what_work_caused(kind: StoppageKind, waiting: int) -> None:
    kept = maintenance_of(stoppage(START, kind=kind, hired_on=date(2024, 1, 1)), working=Working())
    ranks = {-1: NOTHING, 0: HIGH, 29: HIGH, 30: LOW, 59: LOW, 60: NOTHING}
    assert {rank: kept.percent_on(START + timedelta(days=waiting + rank)) for rank in ranks} == ranks


@pytest.mark.parametrize(("used", "high", "low"), [(0, 30, 30), (10, 20, 30), (30, 0, 30), (45, 0, 15), (60, 0, 0)])
def test_days_maintained_in_the_year_before_use_up_the_first_band_first(used: int, high: int, low: int) -> None:
    kept = maintenance_of(stoppage(START, hired_on=date(2024, 1, 1), maintained_days_already=used), working=Working())
    percents = [kept.percent_on(START + timedelta(days=rank)) for rank in range(100)]
    assert (percents.count(HIGH), percents.count(LOW)) == (high, low)


@pytest.mark.parametrize("kind", [StoppageKind.MATERNITY, StoppageKind.INVALIDITY, StoppageKind.THERAPEUTIC_PART_TIME])
def test_no_maintenance_outside_illness_and_accident(kind: StoppageKind) -> None:
    kept = maintenance_of(stoppage(START, kind=kind, hired_on=date(2000, 1, 1)), working=Working())
    assert (kept.bands, kept.drops_on) == ((), None)


def test_each_band_that_has_days_is_said() -> None:
    working = Working()
    maintenance_of(stoppage(START, hired_on=date(2024, 1, 1), maintained_days_already=30), working=working)
    [step] = working.steps
    assert (step.rule, step.amount_cents) == ("maintien", 6575)  # 36 000 € / 365 × 2/3
    assert step.sentence == (
        "L’employeur maintient 2/3 du salaire brut, 65,75\u00a0€ par jour, indemnités déduites, "
        "pendant 30\u00a0jours à partir du 09/03/2026."
    )


def test_two_thirds_are_no_percentage() -> None:
    """48 000 € a year are 131,5068 € a day: two thirds of them 87,67 €, where 66,67 % would be 87,68 €."""
    gross = Decimal(4_800_000) / 365
    assert kept_pay(gross, LOW, allowance_cents=0, most_cents=99_999) == 8767
    working = Working()
    paid = stoppage(START, hired_on=date(2024, 1, 1), month_cents=400_000, maintained_days_already=30)
    maintenance_of(paid, working=working)
    [step] = working.steps
    assert step.amount_cents == 8767


def test_kept_pay_is_less_the_allowance_and_within_the_net_pay() -> None:
    gross = Decimal("9863.01")
    assert kept_pay(gross, HIGH, allowance_cents=4147, most_cents=9999) == 4730  # 88.77 − 41.47
    assert kept_pay(gross, HIGH, allowance_cents=4147, most_cents=8000) == 3853
    assert kept_pay(gross, LOW, allowance_cents=7000, most_cents=8000) == 0
