"""What must hold for any line of care and any guarantee."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain import acts
from chalicelib.domain.adjudication.care import Beneficiary, Care, Component, Exemption, ItemClass, Part, Withheld
from chalicelib.domain.adjudication.case_file import care_from_data, care_to_data
from chalicelib.domain.adjudication.claim import settle_claim
from chalicelib.domain.adjudication.complementary import Terms
from chalicelib.domain.adjudication.limits import Used
from chalicelib.domain.adjudication.settlement import Settlement, settle
from chalicelib.domain.guarantee import (
    ActualCost,
    Clause,
    FixedAmount,
    FullBasket,
    Guarantee,
    GuaranteeTable,
    NoGuarantee,
    Per,
    PercentOfBase,
    PercentOfPmss,
    TicketModerateur,
)

quick = settings(max_examples=100, deadline=None)

cents = st.integers(0, 500_000)
percents = st.integers(0, 500).map(Decimal)
counts = st.none() | st.integers(1, 4)
pers = st.sampled_from(Per)
guarantees: st.SearchStrategy[Guarantee] = st.one_of(
    st.builds(
        PercentOfBase,
        percent=percents,
        includes_statutory=st.booleans(),
        non_optam_percent=st.none() | percents,
        max_count=counts,
    ),
    st.builds(TicketModerateur),
    st.builds(ActualCost, max_count=counts),
    st.builds(
        FixedAmount,
        amount_cents=cents,
        per=pers,
        includes_statutory=st.booleans(),
        frame_amount_cents=st.none() | cents,
        max_count=counts,
    ),
    st.builds(PercentOfPmss, percent=st.integers(0, 10).map(Decimal), per=pers, max_count=counts),
    st.builds(FullBasket),
    st.builds(NoGuarantee),
)


@st.composite
def cares(draw: st.DrawFn) -> Care:
    act = draw(st.sampled_from(sorted(acts.catalogue().values(), key=lambda act: act.code)))
    expense = draw(cents)
    components: tuple[Component, ...] = ()
    if act.code.startswith("OPT") and draw(st.booleans()):
        prices = draw(st.tuples(cents, cents, cents))
        components = tuple(
            Component(
                part=part,
                item_class=draw(st.sampled_from(ItemClass)),
                expense_cents=price,
                base_cents=draw(st.none() | cents),
                price_limit_cents=draw(st.none() | cents),
            )
            for part, price in zip(Part, prices, strict=True)
        )
        expense = sum(prices)
    return Care(
        on=draw(st.dates(date(2023, 11, 1), date(2026, 12, 31))),
        act=act.code,
        family=act.family,
        expense_cents=expense,
        quantity=draw(st.integers(1, 6)),
        base_cents=draw(st.none() | cents),
        rate_percent=draw(st.none() | st.integers(0, 100).map(Decimal)),
        rate_in_pathway_percent=draw(st.none() | st.integers(0, 100).map(Decimal)),
        statutory_paid_cents=draw(st.none() | cents),
        withheld=draw(st.none() | st.builds(Withheld, participation_forfaitaire=cents, franchise=cents)),
        heavy_act_cents=draw(st.none() | st.just(2400)),
        price_limit_cents=draw(st.none() | cents),
        in_pathway=draw(st.booleans()),
        overrun_covered=draw(st.booleans()),
        optam=draw(st.none() | st.booleans()),
        components=components,
        beneficiary=draw(
            st.builds(
                Beneficiary, age=st.none() | st.integers(0, 100), exemption=st.none() | st.sampled_from(Exemption)
            )
        ),
        already_withheld=draw(st.builds(Withheld, participation_forfaitaire=cents, franchise=cents)),
        other_payers_cents=draw(st.just(0) | cents),
    )


uses = st.builds(Used, amount_cents=cents, count=st.integers(0, 5))


@quick
@given(care=cares(), guarantee=guarantees, used=uses, responsible=st.booleans())
def test_amounts_are_bounded_and_make_the_expense(
    care: Care, guarantee: Guarantee, used: Used, responsible: bool
) -> None:
    result = settle(care, Terms(guarantee=guarantee, responsible=responsible), used=used)
    total = result.statutory_paid_cents + result.complementary_cents + result.other_payers_cents
    assert total + result.left_to_pay_cents == care.expense_cents
    assert 0 <= result.complementary_cents <= care.expense_cents
    assert 0 <= result.statutory_paid_cents <= care.expense_cents
    assert result.left_to_pay_cents >= 0
    assert result.statutory_gross_cents == result.statutory_paid_cents + result.withheld_cents
    if result.refusal or not result.decided:
        assert result.complementary_cents == 0


@quick
@given(care=cares(), guarantee=guarantees, used=uses)
def test_what_is_kept_back_is_never_paid_by_the_contract(care: Care, guarantee: Guarantee, used: Used) -> None:
    result = settle(care, Terms(guarantee=guarantee), used=used)
    if result.complementary_cents:
        assert result.left_to_pay_cents >= result.withheld_cents


@quick
@given(care=cares(), guarantee=guarantees, used=uses)
def test_the_same_inputs_give_the_same_bytes(care: Care, guarantee: Guarantee, used: Used) -> None:
    terms = Terms(guarantee=guarantee)
    first = settle(care, terms, used=used)
    assert settle(care_from_data(care_to_data(care)), terms, used=used).to_data() == first.to_data()
    assert Settlement.from_data(first.to_data()) == first


@quick
@given(care=cares(), low=percents, more=percents)
def test_a_better_percentage_never_pays_less(care: Care, low: Decimal, more: Decimal) -> None:
    modest, generous = PercentOfBase(percent=low), PercentOfBase(percent=low + more)
    poor = settle(care, Terms(guarantee=modest))
    rich = settle(care, Terms(guarantee=generous))
    assert rich.complementary_cents >= poor.complementary_cents


@quick
@given(care=cares(), guarantee=guarantees)
def test_a_contrat_responsable_never_pays_more_than_another(care: Care, guarantee: Guarantee) -> None:
    bound = settle(care, Terms(guarantee=guarantee, responsible=True))
    free = settle(care, Terms(guarantee=guarantee, responsible=False))
    assert bound.complementary_cents <= free.complementary_cents


@quick
@given(
    amount=st.integers(1, 60_000),
    prices=st.lists(st.integers(0, 30_000), min_size=1, max_size=6),
    used=st.integers(0, 60_000),
)
def test_splitting_an_invoice_never_earns_more_than_the_amount_of_the_year(
    amount: int, prices: list[int], used: int
) -> None:
    guarantee = FixedAmount(amount_cents=amount, per=Per.YEAR)
    assert _paid_in_pieces(guarantee, prices, Used(amount_cents=used)) <= max(0, amount - used)


@quick
@given(
    amount=st.integers(1, 9_000),
    most=st.integers(1, 4),
    prices=st.lists(st.integers(0, 12_000), min_size=1, max_size=6),
    used=st.integers(0, 5),
)
def test_splitting_an_invoice_never_earns_more_than_the_sessions_of_the_year(
    amount: int, most: int, prices: list[int], used: int
) -> None:
    guarantee = FixedAmount(amount_cents=amount, per=Per.SESSION, max_count=most)
    assert _paid_in_pieces(guarantee, prices, Used(count=used)) <= amount * max(0, most - used)


def _paid_in_pieces(guarantee: Guarantee, prices: list[int], used: Used) -> int:
    clause = Clause(id="douce", label="Médecines douces", guarantee=guarantee, families=("medecine_douce",))
    start = date(2024, 1, 1)
    table = GuaranteeTable(code="T", version=1, valid_from=start, responsible=True, clauses=(clause,))
    base = Care(on=date(2026, 5, 4), act="OST", family="medecine_douce", expense_cents=0)
    key = clause.counter_key(base.on, contract_start=start)
    assert key
    lines = [replace(base, expense_cents=price) for price in prices]
    claim = settle_claim(lines, table=table, contract_start=start, counters={key: used})
    assert claim.counters[key].amount_cents - used.amount_cents == claim.complementary_cents
    return claim.complementary_cents
