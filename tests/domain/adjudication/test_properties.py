"""What must hold for any line of care and any guarantee."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain import acts
from chalicelib.domain.adjudication.care import (
    Beneficiary,
    Care,
    Component,
    Derogation,
    Exemption,
    ItemClass,
    Part,
    Regime,
    Withheld,
)
from chalicelib.domain.adjudication.case_file import care_from_data, care_to_data
from chalicelib.domain.adjudication.claim import counters_needed, settle_claim
from chalicelib.domain.adjudication.complementary import Terms
from chalicelib.domain.adjudication.decision import Decision, decide, settle_again
from chalicelib.domain.adjudication.limits import Used
from chalicelib.domain.adjudication.reversal import Amounts, balance, reverse
from chalicelib.domain.adjudication.settlement import Settlement, settle
from chalicelib.domain.estimate import estimate
from chalicelib.domain.guarantee import (
    ActualCost,
    Clause,
    FixedAmount,
    FullBasket,
    Guarantee,
    GuaranteeTable,
    Limit,
    NoGuarantee,
    Per,
    PercentOfBase,
    PercentOfPmss,
    Scope,
    Site,
    Span,
    TicketModerateur,
    guarantee_to_data,
    read_guarantee,
)
from chalicelib.domain.lens import Correction, LensPower
from chalicelib.domain.record import Record

quick = settings(max_examples=100, deadline=None)
brief = settings(max_examples=40, deadline=None)

cents = st.integers(0, 500_000)
percents = st.integers(0, 500).map(Decimal)
counts = st.none() | st.integers(1, 4)
pers = st.sampled_from(Per)


@st.composite
def limits(draw: st.DrawFn) -> Limit:
    span = draw(st.sampled_from(Span))
    rolling = span is Span.ROLLING
    return Limit(
        span=span,
        amount_cents=draw(cents),
        max_count=draw(counts),
        months=draw(st.integers(1, 48)) if rolling else None,
        scope=Scope.BENEFICIARY if rolling else draw(st.sampled_from(Scope)),
        site=draw(st.none() | st.sampled_from(Site)),
    )


several = st.just(()) | st.lists(limits(), max_size=2).map(tuple)
pluses = st.none() | st.builds(FixedAmount, amount_cents=cents) | st.just(PercentOfPmss(percent=Decimal(2)))
guarantees: st.SearchStrategy[Guarantee] = st.one_of(
    st.builds(
        PercentOfBase,
        percent=percents,
        includes_statutory=st.booleans(),
        non_optam_percent=st.none() | percents,
        max_count=counts,
        limits=several,
        plus=pluses,
    ),
    st.builds(TicketModerateur, plus=pluses),
    st.builds(
        ActualCost,
        percent=st.integers(0, 100).map(Decimal),
        most_cents=st.none() | cents,
        per=pers,
        includes_statutory=st.booleans(),
        max_count=counts,
        limits=several,
    ),
    st.builds(
        FixedAmount,
        amount_cents=cents,
        per=pers,
        includes_statutory=st.booleans(),
        frame_amount_cents=st.none() | cents,
        max_count=counts,
        limits=several,
        plus=pluses,
    ),
    st.builds(PercentOfPmss, percent=st.integers(0, 10).map(Decimal), per=pers, max_count=counts, limits=several),
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
                correction=draw(st.none() | st.sampled_from(Correction)),
                power=draw(st.none() | st.sampled_from(LensPower)),
            )
            for part, price in zip(Part, prices, strict=True)
        )
        expense = sum(prices)
    located = draw(st.booleans())
    return Care(
        on=draw(st.dates(date(2023, 11, 1), date(2026, 12, 31))),
        act=act.code,
        family=act.family,
        expense_cents=expense,
        quantity=1 if located else draw(st.integers(1, 6)),
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
                Beneficiary,
                age=st.none() | st.integers(0, 100),
                exemption=st.none() | st.sampled_from(Exemption),
                regime=st.sampled_from(Regime),
                blind=st.booleans(),
            )
        ),
        already_withheld=draw(st.builds(Withheld, participation_forfaitaire=cents, franchise=cents)),
        other_payers_cents=draw(st.just(0) | cents),
        professional=draw(st.none() | st.sampled_from(["p-1", "p-2"])),
        stay=draw(st.none() | st.just("s-1")),
        prescription=draw(st.none() | st.just("o-1")),
        location=draw(st.sampled_from(["left", "right", "36"])) if located else None,
        derogation=draw(st.none() | st.sampled_from(Derogation)),
        last_purchase_on=draw(st.none() | st.dates(date(2021, 1, 1), date(2026, 12, 31))),
        emergency=draw(st.booleans()),
        in_hospital=draw(st.booleans()),
        stay_day=draw(st.none() | st.integers(1, 60)),
        daily_charge_days=draw(st.none() | st.integers(0, 30)),
    )


uses = st.builds(Used, amount_cents=cents, count=st.integers(0, 5))
START = date(2023, 1, 1)


def _table(guarantee: Guarantee) -> GuaranteeTable:
    clause = Clause(id="clause", label="Clause", guarantee=guarantee, families=tuple(acts.families()))
    return GuaranteeTable(code="T", version=1, valid_from=START, responsible=True, clauses=(clause,))


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


@st.composite
def ladders(draw: st.DrawFn) -> tuple[Guarantee, Guarantee]:
    """A guarantee, and a better one of the same kind."""
    modest = draw(guarantees)
    more = draw(st.integers(0, 50_000))
    generous: Guarantee = modest
    match modest:
        case PercentOfBase():
            low = modest.non_optam_percent
            generous = replace(
                modest, percent=modest.percent + more, non_optam_percent=None if low is None else low + more
            )
        case ActualCost():
            generous = replace(
                modest,
                percent=min(Decimal(100), modest.percent + more),
                most_cents=None if modest.most_cents is None else modest.most_cents + more,
            )
        case FixedAmount():
            generous = replace(modest, amount_cents=modest.amount_cents + more)
        case PercentOfPmss():
            generous = replace(modest, percent=modest.percent + more)
    if modest.max_count is not None:
        generous = replace(generous, max_count=modest.max_count + draw(st.integers(0, 3)))
    wider = tuple(replace(limit, amount_cents=(limit.amount_cents or 0) + more) for limit in modest.limits)
    plus = modest.plus
    if isinstance(plus, FixedAmount):
        plus = replace(plus, amount_cents=plus.amount_cents + more)
    return modest, replace(generous, limits=wider, plus=plus)


@quick
@given(care=cares(), ladder=ladders(), used=uses, responsible=st.booleans())
def test_a_better_guarantee_never_pays_less(
    care: Care, ladder: tuple[Guarantee, Guarantee], used: Used, responsible: bool
) -> None:
    poor, rich = (
        settle(care, Terms(guarantee=guarantee, responsible=responsible), used=used, used_by_limit=(used, used))
        for guarantee in ladder
    )
    assert rich.complementary_cents >= poor.complementary_cents


@quick
@given(guarantee=guarantees)
def test_a_guarantee_is_read_back_as_it_was_written(guarantee: Guarantee) -> None:
    record = Record(guarantee_to_data(guarantee), place="guarantee")
    assert read_guarantee(record) == guarantee
    record.check()


@brief
@given(lines=st.lists(cares(), min_size=1, max_size=4), guarantee=guarantees)
def test_an_estimate_is_the_settlement_to_the_cent_and_a_reversal_its_opposite(
    lines: list[Care], guarantee: Guarantee
) -> None:
    """M64: when the care happens as assumed; and a decision is redone byte for byte, then reversed to zero."""
    table = _table(guarantee)
    counters = dict.fromkeys(counters_needed(lines, table=table, contract_start=START), Used(amount_cents=100, count=1))
    settled = settle_claim(lines, table=table, contract_start=START, counters=counters)
    assert estimate(lines, table=table, contract_start=START, counters=counters).settlement.lines == settled.lines
    assert set(settled.consumed) <= set(counters)
    decision = decide(lines, table=table, contract_start=START, counters=counters)
    assert decision.settled == settled.lines
    assert settle_again(Decision.from_bytes(decision.to_bytes())).to_bytes() == decision.to_bytes()
    reversal = reverse(decision)
    for line, back in zip(decision.settled, reversal.lines, strict=True):
        assert balance((Amounts.of(line), back)) == balance(())
    assert [key for key, _ in reversal.consumed] == list(settled.consumed)
    assert all(settled.consumed[key].plus(back) == Used() for key, back in reversal.consumed)


@brief
@given(lines=st.lists(cares(), min_size=2, max_size=4), guarantee=guarantees, data=st.data())
def test_the_order_of_lines_only_matters_through_what_they_share(
    lines: list[Care], guarantee: Guarantee, data: st.DataObject
) -> None:
    """Lines that share no counter, no cap of a day or a year, no session and no delay are settled in any order."""
    apart = [
        replace(
            care,
            on=date(2024, 12, 23 + index),
            professional=None,
            stay=None,
            beneficiary=Beneficiary(age=10),
            derogation=Derogation.MEDICAL,
            renewal_waived=True,
        )
        for index, care in enumerate(lines)
    ]
    table = _table(replace(guarantee, max_count=None, limits=(), plus=None))
    if isinstance(guarantee, FixedAmount | PercentOfPmss) and guarantee.per is Per.YEAR:
        return
    order = data.draw(st.permutations(range(len(apart))))
    straight = settle_claim(apart, table=table, contract_start=START, counters={}).lines
    turned = settle_claim([apart[i] for i in order], table=table, contract_start=START, counters={}).lines
    assert [straight[i] for i in order] == list(turned)


@brief
@given(quantities=st.lists(st.integers(1, 4), min_size=1, max_size=5), act=st.sampled_from(["AMK", "VSL", "B", "G"]))
def test_splitting_the_day_of_one_professional_changes_nothing_to_what_is_kept_back(
    quantities: list[int], act: str
) -> None:
    known = acts.catalogue()[act]
    line = Care(
        on=date(2026, 3, 2), act=act, family=known.family, expense_cents=9000, base_cents=9000, professional="p-1"
    )
    whole = replace(line, quantity=sum(quantities))
    split = [replace(line, quantity=quantity) for quantity in quantities]
    table = _table(TicketModerateur())
    kept = [
        sum(one.withheld_cents for one in settle_claim(some, table=table, contract_start=START, counters={}).lines)
        for some in ([whole], split)
    ]
    assert kept[0] == kept[1]


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


@quick
@given(
    limit=limits().filter(lambda limit: limit.span is not Span.ACT),
    prices=st.lists(cents, min_size=1, max_size=6),
    used=cents,
    by_tooth=st.booleans(),
)
def test_splitting_an_invoice_never_earns_more_than_a_limit_of_any_span(
    limit: Limit, prices: list[int], used: int, by_tooth: bool
) -> None:
    """A day, a prescription, a stay, a year, a rolling span, a lifetime; of a person, a family or a contract."""
    table = _table(ActualCost(limits=(replace(limit, site=Site.TOOTH if by_tooth else None),)))
    whole = Care(
        on=date(2026, 5, 4),
        act="IMP",
        family="dentaire_hors_ss",
        expense_cents=sum(prices),
        location="36",
        stay="s-1",
        prescription="o-1",
    )
    pieces = [replace(whole, expense_cents=price) for price in prices]
    keys = counters_needed(pieces, table=table, contract_start=START)
    for lines in ([whole], pieces):
        claim = settle_claim(
            lines, table=table, contract_start=START, counters=dict.fromkeys(keys, Used(amount_cents=used))
        )
        paid = [line.complementary_cents for line in claim.lines]
        assert sum(paid) <= max(0, (limit.amount_cents or 0) - used)
        assert limit.max_count is None or sum(amount > 0 for amount in paid) <= limit.max_count


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
