"""What the contract adds: the worked examples to the cent, the order of operations, both sides of each limit."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from chalicelib.domain.periods import Period
from chalicelib.domain.work_stoppage.complement import Unpaid, indemnity, limit_of_day, standing, target_yearly
from chalicelib.domain.work_stoppage.cover import FranchiseKind, PayBasis, WorkStoppageCover
from chalicelib.domain.work_stoppage.kinds import StoppageKind
from chalicelib.domain.work_stoppage.state import StoppageState
from chalicelib.domain.work_stoppage.stoppage import PartTime, Stated, Stoppage, days_of
from tests.domain.work_stoppage.samples import cover, days, franchise, stoppage

MAY = date(2025, 5, 1)
DAY_91 = MAY + timedelta(days=90)


def paid(one: Stoppage, terms: WorkStoppageCover, period: Period) -> list[tuple[int, int]]:
    """The days and the daily complement of each run of days."""
    runs: list[tuple[int, int]] = []
    for segment in indemnity(one, cover=terms, period=period).segments:
        amount = segment.daily.complement_cents
        if runs and runs[-1][1] == amount:
            runs[-1] = (runs[-1][0] + segment.days, amount)
        else:
            runs.append((segment.days, amount))
    return runs


def test_the_example_of_three_thousand_euros_a_month() -> None:
    """36 000 €, 80 % less the allowances, 90 days: 78.90 − 41.47 = 37.43 from day 91; 31 days 1 160.33."""
    ill = stoppage(MAY, net_month_cents=250_000)
    ninety = cover(of=franchise(90))
    result = indemnity(ill, cover=ninety, period=days(DAY_91, 31))
    assert result.complement_cents == 116_033
    assert {segment.daily.target_cents for segment in result.segments} == {7890}
    assert {segment.daily.statutory_cents for segment in result.segments} == {4147}
    assert paid(ill, ninety, days(DAY_91 - timedelta(days=1), 2)) == [(1, 0), (1, 3743)]


def test_the_example_of_two_thousand_euros_a_month() -> None:
    """24 000 €: 52.60 − 32.88 = 19.72."""
    ill = stoppage(MAY, month_cents=200_000, net_month_cents=170_000)
    assert paid(ill, cover(of=franchise(90)), days(DAY_91, 10)) == [(10, 1972)]


def test_the_example_of_an_accident_at_work() -> None:
    """3 000 € in 2025, target the whole net pay, 77.91 € a day: 18.74 for 28 days, then nothing is left to add."""
    june = date(2025, 6, 1)
    hurt = stoppage(june, kind=StoppageKind.WORK_ACCIDENT)
    hurt = replace(hurt, earnings=replace(hurt.earnings, reference_net_cents=365 * 7791))
    whole = cover((8, "100"), basis=PayBasis.NET)
    assert paid(hurt, whole, days(june, 30)) == [(28, 1874), (2, 0)]
    last = indemnity(hurt, cover=whole, period=days(june, 30)).segments[-1]
    assert last.daily.unpaid is Unpaid.NOTHING_LEFT


@pytest.mark.parametrize(
    ("kind", "runs"), [(FranchiseKind.CUMULATED, [(19, 0), (38, 1972)]), (FranchiseKind.CONTINUOUS, [(57, 0)])]
)
def test_the_example_of_three_stoppages_in_a_year(kind: FranchiseKind, runs: list[tuple[int, int]]) -> None:
    """60 days: 5–23 May unpaid and paid from the 24th; or nothing by 30 June."""
    start = date(2025, 5, 5)
    earlier = (days(date(2025, 1, 1), 20), days(date(2025, 3, 10), 21))
    ill = stoppage(start, month_cents=200_000, net_month_cents=170_000, earlier=earlier)
    assert paid(ill, cover(of=franchise(60, kind)), Period(start, date(2025, 7, 1))) == runs


def test_tranches_have_their_own_percentage_and_pay_above_the_last_is_not_insured() -> None:
    two = cover((1, "80"), (4, "50"))
    assert target_yearly(4_710_000, cover=two, pass_cents=4_710_000) == 3_768_000
    assert target_yearly(4_710_100, cover=two, pass_cents=4_710_000) == 3_768_050
    top = target_yearly(4 * 4_710_000, cover=two, pass_cents=4_710_000)
    assert target_yearly(50_000_000, cover=two, pass_cents=4_710_000) == top == 3_768_000 + 3 * 2_355_000


@pytest.mark.parametrize(("day", "most"), [(date(2025, 12, 31), 4_710_000), (date(2026, 1, 1), 4_806_000)])
def test_the_tranches_are_those_of_the_year_in_which_the_stoppage_begins(day: date, most: int) -> None:
    rich = stoppage(day, month_cents=1_000_000)
    first = indemnity(rich, cover=cover((1, "100")), period=days(day, 1))
    assert next(step for step in first.steps if step.rule == "objectif_annuel").amount_cents == most


def test_a_whole_month_is_never_paid_more_than_its_net_pay() -> None:
    """The allowance, the employer and the contract share the net pay, whatever the length of the month."""
    ill = stoppage(MAY, net_month_cents=230_000)
    for month, length in ((6, 30), (7, 31)):
        result = indemnity(ill, cover=cover((8, "100")), period=days(date(2025, month, 1), length))
        total = result.statutory_cents + result.employer_cents + result.complement_cents
        assert 230_000 - length < total <= 230_000
    assert limit_of_day(12 * 230_000, date(2024, 2, 29)) == 7931
    assert limit_of_day(12 * 230_000, date(2025, 2, 28)) == 8214


def test_the_employer_is_deducted_while_pay_is_kept() -> None:
    """From the 8th day 90 % of the gross pay less the allowance, then two thirds; the contract adds the rest."""
    ill = stoppage(MAY, hired_on=date(2023, 1, 1), net_month_cents=300_000)
    runs = indemnity(ill, cover=cover((8, "95")), period=days(MAY, 70)).segments
    employer = {segment.daily.employer_cents for segment in runs}
    assert employer == {0, 4730, 2428}  # 88.77 − 41.47, 65.75 − 41.47
    kept = [segment for segment in runs if segment.daily.employer_cents == 4730]
    assert sum(segment.days for segment in kept) == 30
    assert {segment.daily.complement_cents for segment in kept} == {9370 - 4147 - 4730}


def test_a_relay_pays_from_the_day_the_pay_kept_drops() -> None:
    ill = stoppage(MAY, hired_on=date(2023, 1, 1), net_month_cents=300_000)
    relay = cover((8, "80"), of=franchise(90, FranchiseKind.RELAY))
    assert paid(ill, relay, days(MAY, 70)) == [(37, 0), (30, 7890 - 4147 - 2428), (3, 7890 - 4147)]


def test_what_documents_state_replaces_what_is_computed() -> None:
    """The statement of the scheme decides of the cent that sources dispute; the payslip of the pay kept."""
    ill = stoppage(MAY, month_cents=200_000, net_month_cents=170_000)
    stated = replace(ill, statutory=(Stated(period=days(DAY_91, 5), daily_cents=3287),))
    assert paid(stated, cover(), days(DAY_91, 6)) == [(5, 1973), (1, 1972)]
    helped = replace(ill, employer=(Stated(period=days(DAY_91, 5), daily_cents=1000),), other_daily_cents=100)
    assert paid(helped, cover(), days(DAY_91, 6)) == [(5, 872), (1, 1872)]


def test_a_contract_may_pay_on_top_of_the_allowances_within_the_net_pay() -> None:
    ill = stoppage(MAY, month_cents=200_000, net_month_cents=170_000)
    third = cover((8, "30"), deducts_statutory=False)
    assert paid(ill, third, days(DAY_91, 1)) == [(1, 1973)]
    half = cover((8, "50"), deducts_statutory=False)
    july = limit_of_day(12 * 170_000, DAY_91)
    assert paid(ill, half, days(DAY_91, 1)) == [(1, july - 3288)]


@pytest.mark.parametrize(("rank", "reason"), [(99, None), (100, Unpaid.LONGEST_DURATION)])
def test_nothing_is_paid_after_the_longest_duration(rank: int, reason: Unpaid | None) -> None:
    ill = stoppage(MAY, net_month_cents=250_000)
    [segment] = indemnity(ill, cover=cover(most_days=100), period=days(MAY + timedelta(days=rank), 1)).segments
    assert segment.daily.unpaid is reason
    assert bool(segment.daily.complement_cents) is (reason is None)


def test_the_longest_duration_of_most_contracts_is_three_years() -> None:
    long = stoppage(MAY, count=1200, net_month_cents=250_000)
    last = days(MAY + timedelta(days=1094), 2)
    assert [one.daily.unpaid for one in indemnity(long, cover=cover(), period=last).segments] == [
        None,
        Unpaid.LONGEST_DURATION,
    ]


def test_a_kind_that_the_contract_does_not_name_is_not_covered() -> None:
    ill_only = replace(cover(), franchises=(replace(franchise(0), stoppages=(StoppageKind.ILLNESS,)),))
    result = indemnity(stoppage(MAY, kind=StoppageKind.MATERNITY), cover=ill_only, period=days(MAY, 10))
    assert result.complement_cents == 0
    assert [segment.daily.unpaid for segment in result.segments] == [Unpaid.NOT_COVERED]


def test_part_time_work_is_paid_on_the_loss() -> None:
    """3 000 € become 1 500 €: 80 % of the half that is lost, less the allowance, itself within the loss."""
    half = PartTime(starts_on=date(2025, 6, 1), gross_month_cents=150_000, net_month_cents=125_000)
    back = stoppage(MAY, net_month_cents=250_000, part_time=half, hired_on=date(2020, 1, 1))
    around = indemnity(back, cover=cover(), period=days(date(2025, 5, 31), 2)).segments
    before, after = (segment.daily for segment in around)
    assert (before.target_cents, after.target_cents) == (7890, 3945)
    assert (after.statutory_cents, after.employer_cents, after.complement_cents) == (4147, 0, 0)
    poorer = replace(back, part_time=replace(half, gross_month_cents=250_000, net_month_cents=210_000))
    [lost] = indemnity(poorer, cover=cover(), period=days(date(2025, 6, 1), 1)).segments
    assert lost.daily.statutory_cents == 1644  # 500 € × 12 / 365, below the allowance of 41.47 €
    net = cover((8, "100"), basis=PayBasis.NET)
    [lost_net] = indemnity(poorer, cover=net, period=days(date(2025, 6, 1), 1)).segments
    assert (lost_net.daily.target_cents, lost_net.daily.most_cents) == (1315, 1333)  # 400 € × 12 / 365, / 30


def test_only_the_days_of_the_stoppage_are_settled() -> None:
    short = stoppage(MAY, count=10)
    around = indemnity(short, cover=cover(), period=Period(date(2025, 4, 1), date(2025, 6, 1)))
    assert (around.segments[0].period.start, around.segments[-1].period.end) == (MAY, date(2025, 5, 11))
    assert indemnity(short, cover=cover(), period=days(date(2025, 6, 1), 5)).segments == ()
    going_on = replace(short, period=Period(MAY))
    assert sum(one.days for one in indemnity(going_on, cover=cover(), period=days(MAY, 31)).segments) == 31
    with pytest.raises(ValueError, match="end"):
        indemnity(short, cover=cover(), period=Period(MAY))
    with pytest.raises(ValueError, match="open"):
        days_of(Period(MAY))


def test_the_steps_say_in_french_how_the_amount_comes_about() -> None:
    ill = stoppage(MAY, net_month_cents=250_000)
    result = indemnity(ill, cover=cover(of=franchise(90)), period=days(DAY_91 - timedelta(days=1), 3))
    said = {step.rule: step for step in result.steps if step.amount_cents or step.rule == "franchise"}
    rules = ["ijss_maladie", "carence", "franchise", "objectif_annuel", "complement", "complement"]
    assert [step.rule for step in result.steps] == rules
    assert "30/07/2025" in said["franchise"].sentence
    assert said["objectif_annuel"].sentence.startswith("Le contrat garantit 28\u202f800,00\u00a0€ par an")
    assert [step.sentence for step in result.steps if step.rule == "complement"] == [
        f"Du 29/07/2025 au 29/07/2025\u00a0: 1\u00a0jour sans versement. {Unpaid.IN_FRANCHISE.sentence}",
        "Du 30/07/2025 au 31/07/2025\u00a0: 2\u00a0jours à 37,43\u00a0€, soit 74,86\u00a0€.",
    ]
    assert dict(result.steps[-1].inputs)["target_cents"] == "7890"
    assert "complement.year.days@origin" in result.law


def test_the_whole_target_is_half_up_at_the_day_and_only_there() -> None:
    """23 725 € × 80 % / 365 is 52.00 €; 23 727.29 €, 52.005 €, goes up to 52.01 €."""
    assert Decimal(2_372_728) * 80 / 100 / 365 < Decimal("5200.5") < Decimal(2_372_729) * 80 / 100 / 365
    amounts = []
    for gross in (2_372_500, 2_372_728, 2_372_729):
        one = stoppage(MAY, month_cents=200_000)
        one = replace(one, earnings=replace(one.earnings, reference_gross_cents=gross))
        amounts.append(indemnity(one, cover=cover(), period=days(DAY_91, 1)).segments[0].daily.target_cents)
    assert amounts == [5200, 5200, 5201]


@pytest.mark.parametrize(
    ("offset", "where"),
    [
        (0, StoppageState.IN_FRANCHISE),
        (29, StoppageState.IN_FRANCHISE),
        (30, StoppageState.PAYING),
        (400, StoppageState.PAYING),
    ],
)
def test_where_the_days_of_a_stoppage_put_its_file(offset: int, where: StoppageState) -> None:
    """Dossier 10: in the franchise up to its last day, paid from the next one on; never less once something was due."""
    start = date(2025, 5, 1)
    off = stoppage(start, count=60)
    assert standing(off, cover=cover(of=franchise(30)), today=start + timedelta(days=offset)) is where


def test_a_file_with_nothing_due_after_its_franchise_is_payable() -> None:
    """The allowance alone reaches what the contract guarantees."""
    start = date(2025, 5, 1)
    poor = cover((8, "1"), of=franchise(3))
    assert standing(stoppage(start), cover=poor, today=start + timedelta(days=10)) is StoppageState.PAYABLE
