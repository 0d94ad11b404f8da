"""A decision records the acts that bear on its lines, and settles as on the whole history."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain import acts
from chalicelib.domain.acts import Withholding
from chalicelib.domain.adjudication.bearing import bearing_on
from chalicelib.domain.adjudication.care import Care, Withheld
from chalicelib.domain.adjudication.claim import counters_needed, settle_claim
from chalicelib.domain.adjudication.decision import Decision, decide, settle_again
from chalicelib.domain.adjudication.history import History, PastAct
from chalicelib.domain.adjudication.limits import Used
from chalicelib.domain.guarantee import Clause, FixedAmount, Guarantee, GuaranteeTable, Limit, Span
from tests.domain.adjudication.test_properties import cares, guarantees

START = date(2020, 1, 1)
DAY = date(2026, 3, 2)
ITEM_BYTES = 400_000
ACTS = ("G", "OST", "AMK", "VSL", "ADC", "OPT-A", "OPT-B", "AUD-I", "AUD-II", "MSP", "SEJ", "HBLD634")

days = st.dates(date(2019, 1, 1), date(2026, 12, 31)) | st.dates(DAY - timedelta(days=2), DAY + timedelta(days=2))
past_acts = st.builds(
    PastAct,
    act=st.sampled_from(ACTS),
    on=days,
    clause_id=st.sampled_from([None, "one", "two"]),
    location=st.sampled_from([None, "left", "right", "36"]),
    paid=st.booleans(),
    expense_cents=st.none() | st.integers(0, 9000),
    quantity=st.integers(1, 3),
    professional=st.sampled_from([None, "p-1", "p-2"]),
    stay=st.sampled_from([None, "s-1", "s-2"]),
    withholding=st.sampled_from(Withholding),
    withheld=st.builds(Withheld, participation_forfaitaire=st.integers(0, 900), franchise=st.integers(0, 900)),
    withheld_stated=st.booleans(),
    heavy_tariff_cents=st.none() | st.integers(0, 20000),
    heavy_act_cents=st.sampled_from([0, 2400]),
    daily_charge_days=st.integers(0, 3),
)


def _table(first: Guarantee, second: Guarantee) -> GuaranteeTable:
    families = ("consultation", "optique", "audio", "medecine_douce", "auxiliaire")
    others = ("transport", "acte_technique", "hospitalisation", "dentaire_prothese")
    clauses = (
        Clause(id="one", label="Une", guarantee=first, families=families),
        Clause(id="two", label="Deux", guarantee=second, families=others),
    )
    return GuaranteeTable(code="T", version=1, valid_from=START, responsible=True, clauses=clauses)


@st.composite
def claims(draw: st.DrawFn) -> list[Care]:
    """Lines of the acts of the history, on the days around it."""
    of_past = st.sampled_from(ACTS)
    lines = draw(st.lists(cares(), min_size=1, max_size=3))
    found = []
    for care in lines:
        act = care.act if care.components else draw(of_past)
        found.append(replace(care, on=draw(days), act=act, family=acts.catalogue()[act].family))
    return found


@settings(max_examples=150, deadline=None)
@given(lines=claims(), past=st.lists(past_acts, max_size=25), first=guarantees, second=guarantees, data=st.data())
def test_settling_on_the_acts_that_bear_is_settling_on_the_whole_history(
    lines: list[Care], past: list[PastAct], first: Guarantee, second: Guarantee, data: st.DataObject
) -> None:
    table = _table(first, second)
    whole = History.of(past)
    kept = bearing_on(lines, table=table, history=whole)
    keys = counters_needed(lines, table=table, contract_start=START, history=whole)
    counters = {
        key: data.draw(st.builds(Used, amount_cents=st.integers(0, 9000), count=st.integers(0, 2))) for key in keys
    }
    settled = [
        settle_claim(lines, table=table, contract_start=START, counters=counters, history=history)
        for history in (whole, kept)
    ]
    assert settled[0] == settled[1]
    assert bearing_on(lines, table=table, history=kept) == kept
    decision = decide(lines, table=table, contract_start=START, counters=counters, history=whole)
    assert (decision.settled, decision.history) == (settled[0].lines, kept)
    stored = decision.to_bytes()
    assert settle_again(Decision.from_bytes(stored)).to_bytes() == stored


def _years_of_care(count: int) -> list[PastAct]:
    """Care of every day from 2020 on, several acts a day, each with what was kept back until the cap of the year."""
    found = []
    for index in range(count):
        on = START + timedelta(days=index % 2_200)
        kept = 200 if (on - date(on.year, 1, 1)).days < 25 else 0
        found.append(
            PastAct(
                act=ACTS[index % 3],
                on=on,
                clause_id="one",
                expense_cents=3000,
                professional="10000123454",
                withholding=Withholding.PARTICIPATION,
                withheld=Withheld(participation_forfaitaire=kept),
            )
        )
    return found


def test_a_decision_stays_small_however_long_the_history() -> None:
    """An item of the database holds 400 KB; ten thousand acts alone are more than that."""
    rolling = FixedAmount(amount_cents=3000, limits=(Limit(span=Span.ROLLING, months=6, max_count=2),))
    table = _table(rolling, rolling)
    line = Care(on=DAY, act="OST", family="medecine_douce", expense_cents=6000)
    past = _years_of_care(10_000)
    decision = decide([line], table=table, contract_start=START, counters={}, history=past)
    assert len(Decision.from_bytes(decision.to_bytes()).history) == len(decision.history) < 200
    assert len(decision.to_bytes()) < ITEM_BYTES // 8
    assert len(replace(decision, history=History.of(past)).to_bytes()) > ITEM_BYTES


def test_a_decision_that_recorded_a_whole_history_keeps_its_bytes() -> None:
    line = Care(on=DAY, act="OST", family="medecine_douce", expense_cents=6000)
    past = _years_of_care(50)
    table = _table(FixedAmount(amount_cents=3000), FixedAmount(amount_cents=3000))
    decision = decide([line], table=table, contract_start=START, counters={}, history=past)
    older = replace(decision, history=History.of(past), catalogue=())
    assert len(decision.history) < len(older.history)
    assert settle_again(Decision.from_bytes(older.to_bytes())).to_bytes() == older.to_bytes()
