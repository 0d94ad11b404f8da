"""A claim is settled on what former claims left: caps of a day, one heavy act, delays; splitting it changes nothing."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chalicelib.domain import acts
from chalicelib.domain.acts import Withholding
from chalicelib.domain.adjudication.care import Care, Derogation, Withheld
from chalicelib.domain.adjudication.claim import ClaimSettlement, counters_needed, settle_claim
from chalicelib.domain.adjudication.decision import Decision, decide, settle_again
from chalicelib.domain.adjudication.explanation import Doubt, Refusal
from chalicelib.domain.adjudication.history import History, PastAct, last_purchase_on, possible_starts, rolling_start
from chalicelib.domain.adjudication.purchases import Resemblance, questions
from chalicelib.domain.adjudication.reversal import correct
from chalicelib.domain.guarantee import (
    ActualCost,
    Clause,
    FixedAmount,
    Guarantee,
    GuaranteeTable,
    Limit,
    Span,
    TicketModerateur,
)
from chalicelib.domain.periods import add_months
from tests.domain.adjudication.test_properties import cares, guarantees

brief = settings(max_examples=60, deadline=None)
START = date(2023, 1, 1)
DAY = date(2026, 3, 2)
GP = Care(on=DAY, act="G", family="consultation", expense_cents=3000, professional="p-1")
PHYSIO = Care(on=DAY, act="AMK", family="auxiliaire", expense_cents=1613, base_cents=1613, professional="p-1")
RIDE = Care(on=DAY, act="VSL", family="transport", expense_cents=5000, base_cents=5000)
ACT = Care(on=DAY, act="ADC", family="acte_technique", expense_cents=7000, base_cents=7000, professional="p-1")
SURGERY = replace(ACT, expense_cents=20000, base_cents=20000, professional=None, stay="s-1")
STAY = Care(
    on=DAY,
    act="SEJ",
    family="hospitalisation",
    expense_cents=450000,
    base_cents=450000,
    stay="s-1",
    daily_charge_days=5,
)
CHARGE = Care(on=DAY, act="FJ", family="hospitalisation", expense_cents=11500, quantity=5, stay="s-1")
GLASSES = Care(on=DAY, act="OPT-B", family="optique", expense_cents=20000, base_cents=0)
EAR = Care(on=DAY, act="AUD-II", family="audio", expense_cents=90000, base_cents=0, location="left")


def _table(guarantee: Guarantee) -> GuaranteeTable:
    clause = Clause(id="clause", label="Clause", guarantee=guarantee, families=tuple(acts.families()))
    return GuaranteeTable(code="T", version=1, valid_from=START, responsible=True, clauses=(clause,))


PLAIN = _table(TicketModerateur())


def _in_turn(*claims: list[Care], table: GuaranteeTable = PLAIN) -> list[ClaimSettlement]:
    """Each claim settled on the counters and the history that the former ones left."""
    settled: list[ClaimSettlement] = []
    history = History()
    for lines in claims:
        counters = settled[-1].counters if settled else {}
        claim = settle_claim(lines, table=table, contract_start=START, counters=counters, history=history)
        history = History.of((*history, *claim.acts))
        settled.append(claim)
    return settled


def _withheld(*claims: list[Care]) -> list[int]:
    return [line.withheld_cents for claim in _in_turn(*claims) for line in claim.lines]


@pytest.mark.parametrize(
    ("line", "most"), [(GP, 800), (PHYSIO, 400), (RIDE, 800)], ids=["consultation", "physiotherapy", "transport"]
)
def test_two_claims_of_a_day_never_withhold_more_than_the_cap_of_the_day(line: Care, most: int) -> None:
    """CSS R160-19, D160-6: the same in one claim of six lines, in two, in six."""
    for split in range(1, 6):
        assert sum(_withheld([line] * split, [line] * (6 - split))) == most
    assert sum(_withheld(*[[line]] * 6)) == most == sum(_withheld([line] * 6))
    assert _withheld([line] * 6, [replace(line, on=DAY + timedelta(days=1))])[-1] > 0


def test_the_caps_of_a_day_are_those_of_one_professional_save_for_transports() -> None:
    assert _withheld([GP] * 4, [replace(GP, professional="p-2")])[-1] == 200
    assert _withheld([PHYSIO] * 4, [replace(PHYSIO, professional="p-2")])[-1] == 100
    assert _withheld([RIDE, RIDE], [replace(RIDE, professional="p-2")])[-1] == 0
    assert _withheld([replace(GP, professional=None)] * 4, [replace(GP, professional=None)])[-1] == 200


def test_what_is_kept_back_counts_towards_the_year_across_claims_whatever_their_order() -> None:
    """CSS D160-6: 50 € in the civil year, 25 consultations."""
    days = [replace(GP, on=date(2026, 1, 5) + timedelta(days=n), professional=None) for n in range(27)]
    for claims in ([days[:20], days[20:]], [days[20:], days[:20]], [[day] for day in days]):
        assert sum(_withheld(*claims)) == 5000
    assert _withheld(days, [replace(GP, on=date(2025, 12, 31))])[-1] == 200


def test_a_refused_line_counts_for_what_the_scheme_kept_back_all_the_same() -> None:
    nothing = GuaranteeTable(code="T", version=1, valid_from=START, responsible=True, clauses=())
    first, second = _in_turn([GP] * 4, [GP], table=nothing)
    assert {line.refusal for line in first.lines} == {Refusal.NO_CLAUSE}
    assert second.lines[0].withheld_cents == 0


def test_a_heavy_act_bears_its_participation_once_across_claims() -> None:
    """CSS R160-16: a stay in one claim or in three, its surgery first, comes to the same."""
    whole = _in_turn([SURGERY, ACT, STAY, CHARGE])[0].lines
    alone = replace(ACT, professional=None, stay="s-1")
    split = [line for claim in _in_turn([SURGERY], [alone, STAY], [CHARGE]) for line in claim.lines]
    assert [line.heavy_act_cents for line in split] == [2400, 0, 0, 0]
    assert [line.statutory_gross_cents for line in split] == [17600, 7000, 450000, 0]
    assert not any(line.doubts for line in split)
    assert whole[2].statutory_gross_cents == split[2].statutory_gross_cents


def test_the_daily_charge_of_a_stay_is_known_to_the_next_claim() -> None:
    assert _in_turn([STAY], [CHARGE])[1].lines[0].doubts == (Doubt.CHARGE_WITHIN_STAY,)


def test_acts_that_reach_the_threshold_in_two_claims_bear_one_participation_once_the_first_is_corrected() -> None:
    """70.00 then 70.00: the second says so of the first; once corrected, both come to one claim."""
    first = decide([ACT], table=PLAIN, contract_start=START, counters={})
    second = decide([ACT], table=PLAIN, contract_start=START, counters={}, history=first.acts)
    assert (first.settled[0].statutory_gross_cents, second.settled[0].statutory_gross_cents) == (4900, 4600)
    assert second.settled[0].doubts == (Doubt.HEAVY_ACT_MISSED,)
    corrected = correct(first, lines=[ACT], counters={}, history=second.acts)
    assert corrected.decision.settled[0].statutory_gross_cents == 7000
    assert not corrected.decision.settled[0].doubts
    [whole] = _in_turn([ACT, ACT])
    assert sum(line.statutory_gross_cents for line in whole.lines) == 4600 + 7000
    assert _in_turn([ACT], [replace(ACT, professional="p-2")])[1].lines[0].doubts == ()


@brief
@given(lines=st.lists(cares(), min_size=2, max_size=5), guarantee=guarantees, cut=st.integers(1, 4), data=st.data())
def test_a_claim_settled_in_two_parts_comes_to_the_same(
    lines: list[Care], guarantee: Guarantee, cut: int, data: st.DataObject
) -> None:
    """Caps of day and year, sessions, delays, counters: all is in the counters and the history that a claim leaves."""
    days = st.sampled_from([DAY, DAY, DAY + timedelta(days=1), DAY + timedelta(days=400)])
    lines = [
        replace(care, on=data.draw(days), stay=None, heavy_act_cents=None, expense_cents=care.expense_cents + 1)
        for care in lines
        if not care.components
    ]
    table = _table(guarantee)
    [whole] = _in_turn(lines, table=table)
    parts = _in_turn(lines[:cut], lines[cut:], table=table)
    settled = [line for claim in parts for line in claim.lines]
    assume(not any(Doubt.HEAVY_ACT_MISSED in line.doubts for line in settled))
    assert tuple(settled) == whole.lines
    assert parts[-1].counters == whole.counters
    assert (*parts[0].acts, *parts[1].acts) == whole.acts


@brief
@given(
    lines=st.lists(cares(), min_size=1, max_size=4),
    guarantee=guarantees,
    withheld=st.builds(Withheld, participation_forfaitaire=st.integers(0, 900), franchise=st.integers(0, 900)),
)
def test_a_decision_on_a_history_is_redone_byte_for_byte(
    lines: list[Care], guarantee: Guarantee, withheld: Withheld
) -> None:
    table = _table(guarantee)
    before = settle_claim(lines, table=table, contract_start=START, counters={})
    history = [*(replace(one, withheld=withheld) for one in before.acts), PastAct(act="OPT-A", on=DAY)]
    decision = decide(lines, table=table, contract_start=START, counters=before.counters, history=history)
    stored = decision.to_bytes()
    assert Decision.from_bytes(stored) == decision
    assert settle_again(Decision.from_bytes(stored)).to_bytes() == stored
    again = settle_claim(lines, table=table, contract_start=START, counters=before.counters, history=history)
    assert Decision.from_bytes(stored).acts == again.acts


def test_an_act_on_which_nothing_more_is_known_is_written_as_it_always_was() -> None:
    past = PastAct(act="OST", on=DAY, clause_id="osteo")
    decision = decide([GP], table=PLAIN, contract_start=START, counters={}, history=[past])
    assert decision.to_data()["history"] == [
        {"act": "OST", "on": "2026-03-02", "clause_id": "osteo", "location": None},
    ]


def _asked(lines: list[Care], history: list[PastAct]) -> list[tuple[int, Resemblance]]:
    claim = settle_claim(lines, table=_table(ActualCost()), contract_start=START, counters={}, history=history)
    return [(one.line, one.about) for one in questions(lines, settled=claim.acts, history=history)]


def test_a_line_met_twice_is_asked_about_in_one_claim_or_in_two() -> None:
    room = Care(on=DAY, act="CP", family="hospitalisation", expense_cents=8000)
    others = [replace(room, expense_cents=8001), replace(room, on=DAY + timedelta(days=1)), GP]
    same = Resemblance.SAME_LINE
    assert _asked([room, *others, room], []) == [(4, same)]
    [first] = _in_turn([room])
    assert _asked([*others, room], [*first.acts]) == [(3, same)]
    refused = replace(first.acts[0], paid=False)
    assert _asked([room], [refused]) == [(0, same)]


def test_equipment_bought_beside_another_is_asked_about_in_one_claim_or_in_two() -> None:
    """CSS R871-2 3° and 4°: bought on the day of another or before it, its delay was not checked by it."""
    older = replace(GLASSES, on=add_months(DAY, -6), expense_cents=19000)
    cheaper = replace(GLASSES, expense_cents=18000)
    same = Resemblance.SAME_EQUIPMENT
    for second in (older, cheaper):
        [first] = _in_turn([GLASSES], table=_table(ActualCost()))
        assert _asked([GLASSES, second], []) == [(1, same)]
        assert _asked([second], [*first.acts]) == [(0, same)]
    [first] = _in_turn([older], table=_table(ActualCost()))
    assert _asked([GLASSES], [*first.acts]) == []
    assert _asked([replace(older, derogation=Derogation.SECOND_PAIR)], [PastAct(act="OPT-A", on=DAY)]) == []
    assert _asked([older], [PastAct(act="OPT-A", on=DAY, paid=False)]) == []


def test_each_ear_is_equipment_of_its_own_where_both_are_stated() -> None:
    right = replace(EAR, location="right", expense_cents=80000)
    assert _asked([EAR, right], []) == []
    assert _asked([EAR, replace(right, location=None)], []) == [(1, Resemblance.SAME_EQUIPMENT)]


spread = st.lists(st.dates(date(2020, 1, 1), date(2026, 12, 31)), max_size=12)
months = st.integers(1, 30)


def _opened_by_hand(days: list[date], on: date, length: int) -> date:
    start = None
    for day in (*sorted(day for day in days if day <= on), on):
        if start is None or day >= add_months(start, length):
            start = day
    return start or on


@brief
@given(past=spread, claim=spread, on=st.dates(date(2022, 1, 1), date(2026, 12, 31)), length=months)
def test_a_rolling_span_opens_as_reading_every_act_says(
    past: list[date], claim: list[date], on: date, length: int
) -> None:
    start = rolling_start(sorted(past), sorted(claim), on=on, months=length)
    assert start == _opened_by_hand([*past, *claim], on, length)


@brief
@given(past=spread, claim=spread, on=st.dates(date(2022, 1, 1), date(2026, 12, 31)), length=months, data=st.data())
def test_the_possible_spans_hold_the_one_that_comes_to_be(
    past: list[date], claim: list[date], on: date, length: int, data: st.DataObject
) -> None:
    paid = [day for day in claim if data.draw(st.booleans())]
    found = possible_starts(sorted(past), on=on, months=length, perhaps=claim)
    assert _opened_by_hand([*past, *paid], on, length) in found
    assert len(found) <= len(claim) + 2


def test_the_counters_to_load_do_not_grow_with_the_history() -> None:
    rolling = FixedAmount(amount_cents=3000, limits=(Limit(span=Span.ROLLING, months=6, max_count=2),))
    table = _table(rolling)
    past = [PastAct(act="OST", on=DAY - timedelta(days=n), clause_id="clause") for n in range(1, 400)]
    osteo = Care(on=DAY, act="OST", family="medecine_douce", expense_cents=6000)
    [key] = counters_needed([osteo], table=table, contract_start=START, history=past)
    assert key.window.start == _opened_by_hand([one.on for one in past], DAY, 6)


located = st.sampled_from([None, "left", "right"])


@brief
@given(
    past=st.lists(
        st.builds(
            PastAct,
            act=st.sampled_from(["OPT-A", "OPT-B", "AUD-I", "AUD-II", "G"]),
            on=st.dates(DAY - timedelta(days=4), DAY + timedelta(days=4)),
            location=located,
            paid=st.booleans(),
        ),
        max_size=8,
    ),
    line=st.sampled_from([GLASSES, EAR]),
    location=located,
)
def test_the_last_purchase_is_found_as_reading_every_act_says(
    past: list[PastAct], line: Care, location: str | None
) -> None:
    """CSS R871-2 3° and 4°: glasses up to the day; for an ear, the same one or, before, any unstated."""
    line = replace(line, location=location)
    act = acts.find(line.act)
    assert act

    def renews(one: PastAct) -> bool:
        known = acts.find(one.act)
        if not one.paid or not known or known.renewal != act.renewal or one.on > line.on:
            return False
        if act.site is None:
            return True
        if one.location and location:
            return one.location == location
        return one.on < line.on

    assert last_purchase_on(line, act, past) == max((one.on for one in past if renews(one)), default=None)


def test_a_history_is_one_value_whatever_reads_it() -> None:
    past = [PastAct(act="VSL", on=DAY, withholding=Withholding.TRANSPORT, withheld=Withheld(franchise=400))]
    history = History.of(past)
    assert history == History.of(past) != History()
    assert (history[0], history[:1], list(history)) == (past[0], tuple(past), past)
    for _ in range(2):
        claim = settle_claim([RIDE] * 2, table=PLAIN, contract_start=START, counters={}, history=history)
        assert [line.withheld_cents for line in claim.lines] == [400, 0]
