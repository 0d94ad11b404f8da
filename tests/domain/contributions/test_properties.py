"""What must hold for any contract, any people and any order of events."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.contributions.apportionment import apportion
from chalicelib.domain.contributions.bank_days import debit_day, is_target_day
from chalicelib.domain.contributions.charge import lines_of
from chalicelib.domain.contributions.insured import Dependant, DependantKind, Insured, Stay, facts_before
from chalicelib.domain.contributions.ledger import Account, Ledger, Posting, PostingKind, payment
from chalicelib.domain.contributions.proration import Convention, Proration, days_due, days_of_month
from chalicelib.domain.contributions.statement import (
    BilledContract,
    Called,
    Statement,
    called_months,
    corrections,
    due_cents,
    due_lines,
)
from chalicelib.domain.contributions.tariff import Population, Role, Structure, Tariff
from chalicelib.domain.contributions.taxes import TaxKind, TaxPart, taxed
from chalicelib.domain.contributions.tranches import MonthOfPay, bases_of_month
from chalicelib.domain.periods import Period, add_months
from chalicelib.domain.working import Working
from tests.domain.contributions.samples import call, called_by, contract, percent, provident, tariff

quick = settings(max_examples=60, deadline=None)
slow = settings(max_examples=25, deadline=None)
FIRST = date(2024, 11, 1)
MONTHS = [add_months(FIRST, rank) for rank in range(5)]
days = st.dates(date(2024, 10, 20), date(2025, 4, 10))
cents = st.integers(-(10**8), 10**8)
conventions = st.builds(Proration, convention=st.sampled_from(Convention), leaving_month_due=st.booleans())


@st.composite
def tariffs(draw: st.DrawFn) -> Tariff:
    rate = st.decimals("0.20", "6.00", places=2).map(str)
    structure = draw(st.sampled_from([Structure.UNIQUE, Structure.SIZE, Structure.ADULT_CHILD, Structure.OPTIONS]))
    roles = {
        Structure.UNIQUE: (Role.UNIQUE,),
        Structure.SIZE: (Role.ALONE, Role.DUO, Role.FAMILY),
        Structure.ADULT_CHILD: (Role.ADULT, Role.CHILD),
        Structure.OPTIONS: (Role.EMPLOYEE, Role.SPOUSE_OPTION, Role.CHILD_OPTION),
    }[structure]
    return tariff(
        structure,
        *(percent(role, draw(rate)) for role in roles),
        employer=str(draw(st.integers(50, 100))),
        dependants_employer_percent=draw(st.none() | st.integers(0, 100).map(Decimal)),
        free_child_from=draw(st.none() | st.integers(1, 4)),
        proration=draw(conventions),
    )


@st.composite
def covers(draw: st.DrawFn) -> Period:
    start = draw(days)
    return Period(start, draw(st.none() | st.integers(1, 120).map(lambda count: start + timedelta(days=count))))


@st.composite
def people(draw: st.DrawFn, member_id: str = "m1") -> Insured:
    cover = draw(covers())
    cut = cover.start + timedelta(days=draw(st.integers(1, 100)))
    stays: tuple[Stay, ...] = (Stay(cover=cover, population=draw(st.sampled_from(Population))),)
    if cover.end and cut < cover.end:
        later = draw(st.sampled_from(Population))
        stays = (Stay(cover=Period(cover.start, cut)), Stay(cover=Period(cut, cover.end), population=later))
    dependants = st.builds(Dependant, kind=st.sampled_from(DependantKind), cover=covers())
    pay = draw(st.lists(st.integers(0, 2_000_000), min_size=8, max_size=8))
    return Insured(
        member_id=member_id,
        name=member_id,
        stays=stays,
        dependants=tuple(draw(st.lists(dependants, max_size=3))),
        pay=tuple((add_months(date(2024, 10, 1), rank), amount) for rank, amount in enumerate(pay)),
    )


@st.composite
def crowds(draw: st.DrawFn, most: int = 3) -> tuple[Insured, ...]:
    return tuple(draw(people(f"m{rank}")) for rank in range(draw(st.integers(1, most))))


def contracts() -> st.SearchStrategy[BilledContract]:
    both = st.one_of(tariffs(), st.just(provident((1, "1.37"), (4, "2.19"))))
    return both.map(lambda one: contract(one, cover=Period(date(2024, 10, 1))))


@quick
@given(cents, st.lists(st.integers(0, 10**6), min_size=1, max_size=8).filter(any))
def test_a_split_conserves_cents_and_is_fair_to_one_cent(amount: int, weights: list[int]) -> None:
    parts = apportion(amount, weights)
    assert sum(parts) == amount
    assert parts == tuple(-part for part in apportion(-amount, weights))
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Decimal(amount) * weight / sum(weights)) < 1


def test_an_amount_that_no_one_bears_cannot_be_split() -> None:
    assert apportion(0, [0, 0]) == (0, 0)
    with pytest.raises(ValueError):
        apportion(1, [0, 0])


@quick
@given(cents, st.sampled_from(TaxKind), st.integers(0, 100))
def test_taxes_conserve_cents_and_mirror_a_cancellation(amount: int, kind: TaxKind, share: int) -> None:
    parts = (
        TaxPart(kind=kind, share_percent=Decimal(share)),
        TaxPart(kind=TaxKind.EXEMPT, share_percent=Decimal(100 - share)),
    )
    there, back = (taxed(one, parts, on=FIRST, working=Working()) for one in (amount, -amount))
    assert sum(one.ttc_cents for one in there) == amount
    assert [(one.ht_cents, one.tax_cents) for one in there] == [(-one.ht_cents, -one.tax_cents) for one in back]


@quick
@given(st.sampled_from(MONTHS), st.integers(0, 30), st.integers(0, 30), st.sampled_from(Convention))
def test_days_that_follow_each_other_add_up(month: date, one: int, other: int, convention: Convention) -> None:
    end = add_months(month, 1)
    length = (end - month).days
    first, second = sorted((min(one, length - 1), min(other, length - 1)))
    bounds = [month, month + timedelta(days=first), month + timedelta(days=second), end]
    parts = [Period(a, b) for a, b in pairwise(bounds) if a < b]
    if convention is not Convention.FULL_MONTH:
        assert sum(days_due(convention, part) for part in parts) == days_of_month(convention, month)


@quick
@given(tariffs(), people(), st.sampled_from(MONTHS))
def test_the_shares_of_a_line_make_its_amount_and_the_employer_half_of_what_is_compulsory(
    of: Tariff, one: Insured, month: date
) -> None:
    for line in lines_of(one, month=month, tariffs=[of]):
        assert line.employer_cents + line.employee_cents == line.ht_cents + line.tax_cents == line.ttc_cents
        assert line.steps
        if of.dependants_employer_percent is None:
            assert 2 * line.employer_cents >= line.ttc_cents


@quick
@given(tariffs(), people(), st.integers(1, 60))
def test_cutting_a_stay_in_two_changes_nothing(of: Tariff, one: Insured, rank: int) -> None:
    """The same status on both sides of any day costs the same, to the cent."""
    stay = one.stays[0]
    cut = stay.cover.start + timedelta(days=rank)
    if stay.cover.end is not None and cut >= stay.cover.end:
        return
    halves = (
        Stay(cover=Period(stay.cover.start, cut), population=stay.population),
        Stay(cover=Period(cut, stay.cover.end), population=stay.population),
    )
    two = Insured(member_id="m1", name="m1", stays=(*halves, *one.stays[1:]), dependants=one.dependants)
    whole = Insured(member_id="m1", name="m1", stays=one.stays, dependants=one.dependants)
    for month in MONTHS:
        of_two, of_one = (
            sum(line.ttc_cents for line in lines_of(who, month=month, tariffs=[of])) for who in (two, whole)
        )
        assert of_two == of_one


@quick
@given(people(), st.sampled_from(MONTHS), tariffs())
def test_nobody_in_portability_ever_owes_a_cent(one: Insured, month: date, of: Tariff) -> None:
    kept = tuple(Stay(cover=stay.cover, population=Population.PORTABILITY) for stay in one.stays)
    free = Insured(member_id="m1", name="m1", stays=kept, dependants=one.dependants)
    assert sum(line.ttc_cents for line in lines_of(free, month=month, tariffs=[of])) == 0


@quick
@given(st.lists(st.tuples(st.integers(0, 2_000_000), st.integers(0, 392_500)), min_size=1, max_size=12))
def test_the_tranches_of_the_months_make_the_tranches_of_the_year(months: list[tuple[int, int]]) -> None:
    year = [
        MonthOfPay(month=date(2025, rank, 1), pay_cents=pay, ceiling_cents=ceiling)
        for rank, (pay, ceiling) in enumerate(months, start=1)
    ]
    found = [bases_of_month(year, one.month, up_to_pmss=(1, 4)) for one in year]
    pay, ceiling = sum(one.pay_cents for one in year), sum(one.ceiling_cents for one in year)
    assert sum(first for first, _ in found) == min(pay, ceiling)
    assert sum(second for _, second in found) == max(0, min(pay, 4 * ceiling) - ceiling)


@slow
@given(contracts(), crowds())
def test_a_month_called_then_corrected_to_the_same_facts_gives_nothing(
    of: BilledContract, facts: tuple[Insured, ...]
) -> None:
    former: list[Statement] = []
    for month in MONTHS[:3]:
        former.append(call(of, month, *facts, former=former))
        assert all(line.kind.value == "appel" for line in former[-1].lines)
    assert corrections(of, insured=facts, former=called_by(former)) == ()


@slow
@given(contracts(), crowds(), crowds())
def test_who_has_the_same_facts_before_a_day_needs_no_correction_of_the_months_before_it(
    of: BilledContract, known: tuple[Insured, ...], truth: tuple[Insured, ...]
) -> None:
    """So they need not be computed again: what is learnt of later days changes nothing earlier."""
    former: list[Statement] = []
    for month in MONTHS[:3]:
        former.append(call(of, month, *known, former=former))
    before = {one.member_id: facts_before(one, MONTHS[3]) for one in known}
    mixed = (*known[:1], *truth[1:])
    settled = {one.member_id for one in mixed if before.get(one.member_id) == facts_before(one, MONTHS[3])}
    whole = called_by(former)
    lines = [line for line in whole.lines if line.member_id not in settled]
    kept = Called(months=whole.months, lines=lines, settled=frozenset(settled))
    assert corrections(of, insured=mixed, former=kept) == corrections(of, insured=mixed, former=whole)
    assert "m0" in settled


@slow
@given(contracts(), crowds())
def test_the_sum_of_a_month_is_that_of_its_lines(of: BilledContract, facts: tuple[Insured, ...]) -> None:
    """The échéancier adds up what a statement would tell apart."""
    lines = due_lines(of, insured=facts, months=MONTHS)
    assert due_cents(of, insured=facts, months=MONTHS) == sum(line.ttc_cents for line in lines)


def billed(of: BilledContract, known: Sequence[Sequence[Insured]]) -> tuple[Ledger, list[Statement]]:
    """The ledger after one statement a month, each issued with what was known then."""
    ledger, former = Ledger(), list[Statement]()
    for month, facts in zip(MONTHS, known, strict=True):
        former.append(call(of, month, *facts, former=former, ledger=ledger))
        ledger = ledger.with_posting(former[-1].posting)
    return ledger, former


@slow
@given(contracts(), crowds(), st.data())
def test_retroactive_entries_and_exits_in_any_order_give_the_same_ledger(
    of: BilledContract, truth: tuple[Insured, ...], data: st.DataObject
) -> None:
    """Whatever was known when, the last statement leaves each account where the truth alone would have."""
    versions = [data.draw(crowds(), label=f"known in month {rank}") for rank in range(len(MONTHS) - 1)]
    (late, statements), (early, _) = billed(of, [*versions, truth]), billed(of, [truth] * len(MONTHS))
    for account in Account:
        assert late.balance_cents(account) == early.balance_cents(account)
    by_month = [
        {month: sum(entry.amount_cents for posting in ledger.postings for entry in posting.entries
                    if entry.month == month and entry.account is Account.TAX) for month in MONTHS}
        for ledger in (late, early)
    ]  # fmt: skip
    assert by_month[0] == by_month[1]
    due = due_lines(of, insured=truth, months=called_months(statements))
    for name in ("ttc_cents", "employer_cents", "employee_cents"):
        assert sum(getattr(line, name) for one in statements for line in one.lines) == sum(
            getattr(line, name) for line in due
        )


@slow
@given(contracts(), crowds())
def test_entries_balance_and_the_groups_make_the_statement(of: BilledContract, facts: tuple[Insured, ...]) -> None:
    ledger, statements = billed(of, [facts] * len(MONTHS))
    assert sum(ledger.balance_cents(account) for account in Account) == 0
    for one in statements:
        assert one.posting.on(Account.COMPANY) == one.called_cents
        assert sum(group.ttc_cents for group in one.groups) == one.called_cents
        assert one.employer_cents + one.employee_cents == one.called_cents


moves = st.lists(
    st.tuples(
        st.sampled_from([PostingKind.TRANSFER, PostingKind.DEBIT, PostingKind.DEBIT_REJECTED, PostingKind.REFUND]),
        st.integers(1, 40_000),
        st.sampled_from(["", "A202411", "A202412", "A202501"]),
    ),
    max_size=8,
)


@slow
@given(crowds(), moves)
def test_what_is_owed_makes_the_balance_in_whatever_order_things_were_posted(
    facts: tuple[Insured, ...], moved: list[tuple[PostingKind, int, str]]
) -> None:
    ledger, _ = billed(contract(cover=Period(date(2024, 10, 1))), [facts] * len(MONTHS))
    postings: list[Posting] = list(ledger.postings)
    for rank, (kind, amount, number) in enumerate(moved):
        postings.append(payment(f"p{rank}", kind, amount_cents=amount, day=date(2025, 1, 5), statement=number))
    straight, other = Ledger(tuple(postings)), Ledger(tuple(reversed(postings)))
    assert straight.owed() == other.owed()
    assert sum(one.owed_cents for one in straight.owed()) == max(0, straight.balance_cents())
    assert all(one.owed_cents >= 0 for one in straight.owed())


@quick
@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.integers(0, 40))
def test_a_debit_is_never_before_its_due_day_nor_its_notice(due: date, ahead: int) -> None:
    told = due - timedelta(days=ahead)
    debited = debit_day(due, told_on=told)
    assert debited >= due
    assert (debited - told).days >= 14
    assert is_target_day(debited)
    assert (debited - max(due, told + timedelta(days=14))).days <= 5
