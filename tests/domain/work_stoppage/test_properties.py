"""What must hold for any stoppage and any cover."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.periods import Period
from chalicelib.domain.record import Record
from chalicelib.domain.work_stoppage.complement import indemnity
from chalicelib.domain.work_stoppage.cover import (
    Franchise,
    FranchiseKind,
    PayBasis,
    Tranche,
    WorkStoppageCover,
)
from chalicelib.domain.work_stoppage.kinds import StoppageKind
from chalicelib.domain.work_stoppage.stoppage import Earnings, PartTime, Stoppage

quick = settings(max_examples=60, deadline=None)
pay = st.integers(50_000, 1_500_000)
starts = st.dates(date(2024, 2, 1), date(2026, 9, 30))


@st.composite
def covers(draw: st.DrawFn) -> WorkStoppageCover:
    bounds = sorted(draw(st.sets(st.integers(1, 8), min_size=1, max_size=3)))
    terms = Franchise(
        stoppages=tuple(StoppageKind),
        kind=draw(st.sampled_from(FranchiseKind)),
        days=draw(st.integers(0, 60)),
        relapse_days=draw(st.integers(0, 60)),
        hospital_days=draw(st.none() | st.integers(0, 5)),
    )
    return WorkStoppageCover(
        tranches=tuple(Tranche(up_to_pass=bound, percent=Decimal(draw(st.integers(10, 100)))) for bound in bounds),
        franchises=(terms,),
        basis=draw(st.sampled_from(PayBasis)),
        most_days=draw(st.integers(1, 1095)),
        deducts_statutory=draw(st.booleans()),
    )


@st.composite
def stoppages(draw: st.DrawFn) -> Stoppage:
    start, month = draw(starts), draw(pay)
    net = month * draw(st.integers(50, 85)) // 100
    part = PartTime(
        starts_on=start + timedelta(days=draw(st.integers(0, 90))),
        gross_month_cents=month // 2,
        net_month_cents=net // 2,
    )
    ago = draw(st.integers(1, 300))
    return Stoppage(
        kind=draw(st.sampled_from([kind for kind in StoppageKind if kind is not StoppageKind.INVALIDITY])),
        period=Period(start, start + timedelta(days=draw(st.integers(1, 150)))),
        earnings=Earnings(months_cents=(month,) * 3, reference_gross_cents=12 * month, reference_net_cents=12 * net),
        hired_on=start - timedelta(days=draw(st.integers(0, 12_000))),
        hospitalised=draw(st.booleans()),
        maintained_days_already=draw(st.integers(0, 60)),
        earlier=(Period(start - timedelta(days=ago), start - timedelta(days=ago // 2)),),
        part_time=draw(st.none() | st.just(part)),
    )


@quick
@given(stoppages(), covers(), st.integers(0, 150))
def test_two_periods_that_follow_each_other_add_up_exactly(one: Stoppage, terms: WorkStoppageCover, rank: int) -> None:
    assert one.period.end is not None
    middle = min(one.period.start + timedelta(days=rank), one.period.end)
    whole = indemnity(one, cover=terms, period=one.period)
    halves = [
        indemnity(one, cover=terms, period=Period(one.period.start, middle)),
        indemnity(one, cover=terms, period=Period(middle, one.period.end)),
    ]
    for name in ("complement_cents", "statutory_cents", "employer_cents"):
        assert getattr(whole, name) == sum(getattr(half, name) for half in halves)


@quick
@given(stoppages(), covers())
def test_all_payments_together_stay_within_the_net_pay(one: Stoppage, terms: WorkStoppageCover) -> None:
    """Nothing is added once the scheme alone pays as much."""
    for segment in indemnity(one, cover=terms, period=one.period).segments:
        daily = segment.daily
        total = daily.statutory_cents + daily.employer_cents + daily.complement_cents
        assert daily.complement_cents >= 0
        assert daily.employer_cents >= 0
        assert total <= max(daily.most_cents, daily.statutory_cents)
        if daily.unpaid:
            assert daily.complement_cents == 0


@quick
@given(stoppages(), covers())
def test_the_complement_never_exceeds_what_the_contract_promises(one: Stoppage, terms: WorkStoppageCover) -> None:
    for segment in indemnity(one, cover=terms, period=one.period).segments:
        assert segment.daily.complement_cents <= max(0, segment.daily.target_cents)


@quick
@given(stoppages(), covers(), st.integers(1, 500_000))
def test_who_earns_more_never_receives_less(one: Stoppage, terms: WorkStoppageCover, raise_cents: int) -> None:
    """The allowances, the employer and the contract together, day by day; part-time pay goes up with the rest."""
    less = replace(one, part_time=None)
    before = less.earnings
    more = replace(
        less,
        earnings=Earnings(
            months_cents=tuple(month + raise_cents for month in before.months_cents),
            reference_gross_cents=before.reference_gross_cents + 12 * raise_cents,
            reference_net_cents=before.reference_net_cents + 12 * raise_cents,
        ),
    )
    for offset in range(0, 150, 7):
        day = one.period.start + timedelta(days=offset)
        period = Period(day, day + timedelta(days=1))
        received = [indemnity(each, cover=terms, period=period) for each in (less, more)]
        low, high = (each.statutory_cents + each.employer_cents + each.complement_cents for each in received)
        assert low <= high


@quick
@given(covers())
def test_a_cover_reads_back_as_itself(terms: WorkStoppageCover) -> None:
    record = Record(terms.to_record(), place="work_stoppage")
    assert WorkStoppageCover.from_record(record) == terms
    record.check()
