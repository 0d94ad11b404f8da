"""A claim of several lines and its counters (M63)."""

from dataclasses import replace
from datetime import date
from typing import Any

from chalicelib.domain.adjudication.care import Care, Derogation, Withheld
from chalicelib.domain.adjudication.claim import ClaimSettlement, Purpose, counters_needed, settle_claim
from chalicelib.domain.adjudication.explanation import Doubt, Reduction, Refusal
from chalicelib.domain.adjudication.history import PastAct
from chalicelib.domain.adjudication.limits import Used
from chalicelib.domain.guarantee import (
    ActualCost,
    Clause,
    Counter,
    FixedAmount,
    Guarantee,
    GuaranteeTable,
    Limit,
    Per,
    Scope,
    Site,
    Span,
    TicketModerateur,
    Window,
)

START = date(2024, 7, 1)
OSTEO = Care(on=date(2026, 3, 2), act="OST", family="medecine_douce", expense_cents=6000)
GP = Care(on=date(2026, 3, 2), act="G", family="consultation", expense_cents=3000)
SESSIONS = FixedAmount(amount_cents=3000, per=Per.SESSION, max_count=3)


def _table(
    guarantee: Guarantee = SESSIONS, *, window: Window = Window.CIVIL_YEAR, waiting_days: int = 0
) -> GuaranteeTable:
    osteo = Clause(
        id="osteo",
        label="Ostéopathie",
        guarantee=guarantee,
        acts=("OST",),
        counter=Counter(window, Scope.BENEFICIARY),
        waiting_days=waiting_days,
    )
    doctors = Clause(id="medecins", label="Médecins", guarantee=TicketModerateur(), families=("consultation",))
    return GuaranteeTable(code="T", version=1, valid_from=START, responsible=True, clauses=(osteo, doctors))


def test_each_line_sees_what_the_former_ones_took() -> None:
    table = _table()
    [key] = counters_needed([OSTEO, GP, OSTEO], table=table, contract_start=START)
    assert str(key) == "osteo/beneficiary/2026-01-01"
    claim = settle_claim([OSTEO, GP, OSTEO], table=table, contract_start=START, counters={key: Used(count=2)})
    assert [line.complementary_cents for line in claim.lines] == [3000, 900, 0]
    assert claim.lines[2].refusal is Refusal.COUNT_EXHAUSTED
    assert claim.consumed == {key: Used(amount_cents=3000, count=1)}
    assert claim.counters == {key: Used(amount_cents=3000, count=3)}
    assert claim.complementary_cents == 3900


def test_the_counters_given_are_left_as_they_were() -> None:
    table = _table()
    [key] = counters_needed([OSTEO], table=table, contract_start=START)
    counters = {key: Used(count=1)}
    settle_claim([OSTEO], table=table, contract_start=START, counters=counters)
    assert counters == {key: Used(count=1)}


def test_the_money_of_the_year_runs_out_in_the_middle_of_a_line() -> None:
    table = _table(FixedAmount(amount_cents=10000, per=Per.YEAR))
    claim = settle_claim([OSTEO, OSTEO, OSTEO], table=table, contract_start=START, counters={})
    assert [line.complementary_cents for line in claim.lines] == [6000, 4000, 0]
    assert Reduction.AMOUNT_LIMIT in claim.lines[1].reductions
    assert claim.lines[2].refusal is Refusal.AMOUNT_EXHAUSTED


def test_a_new_year_is_a_new_counter_civil_or_from_the_anniversary() -> None:
    days = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1))
    lines = [replace(OSTEO, on=day) for day in days]
    for window, starts in (
        (Window.CIVIL_YEAR, ["2025-01-01", "2026-01-01"]),
        (Window.INSURANCE_YEAR, ["2025-07-01", "2026-07-01"]),
    ):
        keys = counters_needed(lines, table=_table(window=window), contract_start=START)
        assert [key.window.start.isoformat() for key in keys] == starts


def test_a_number_of_acts_per_day_starts_again_each_day() -> None:
    by_day = FixedAmount(amount_cents=3000, per=Per.SESSION, max_count=1, count_per=Per.DAY)
    lines = [OSTEO, OSTEO, replace(OSTEO, on=date(2026, 3, 3))]
    claim = settle_claim(lines, table=_table(by_day), contract_start=START, counters={})
    assert [line.complementary_cents for line in claim.lines] == [3000, 0, 3000]


def test_an_act_without_a_clause_is_refused_with_its_reason() -> None:
    care = Care(on=date(2026, 3, 2), act="CP", family="hospitalisation", expense_cents=8000)
    [line] = settle_claim([care], table=_table(), contract_start=START, counters={}).lines
    assert (line.refusal, line.complementary_cents, line.left_to_pay_cents) == (Refusal.NO_CLAUSE, 0, 8000)
    assert line.clause_id is None


def test_care_before_the_cover_or_within_the_waiting_days_is_refused() -> None:
    table = _table(waiting_days=90)
    days = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 3, 31), date(2026, 4, 1))
    lines = [replace(OSTEO, on=day) for day in days]
    claim = settle_claim(lines, table=table, contract_start=START, covered_from=date(2026, 1, 1), counters={})
    assert [line.refusal for line in claim.lines] == [
        Refusal.BEFORE_COVER,
        Refusal.WAITING_PERIOD,
        Refusal.WAITING_PERIOD,
        None,
    ]


def test_a_contrat_responsable_pays_no_overrun_out_of_the_pathway() -> None:
    care = replace(GP, expense_cents=5000, in_pathway=False)
    [line] = settle_claim([care], table=_table(), contract_start=START, counters={}).lines
    assert line.complementary_cents == 900
    assert Reduction.OUT_OF_PATHWAY in line.reductions


def test_what_is_kept_back_counts_towards_the_year_across_lines() -> None:
    almost = Withheld(participation_forfaitaire=4700)
    lines = [replace(GP, already_withheld=almost) for _ in range(3)]
    claim = settle_claim(lines, table=_table(), contract_start=START, counters={})
    assert [line.withheld_cents for line in claim.lines] == [200, 100, 0]


def test_a_claim_is_plain_data_and_asks_for_a_person_when_a_line_does() -> None:
    unknown = Care(on=date(2026, 3, 2), act="SEJ", family="hospitalisation", expense_cents=8000)
    claim = settle_claim([OSTEO, unknown], table=_table(), contract_start=START, counters={})
    assert claim.needs_review
    assert claim.to_data()["consumed"] == {"osteo/beneficiary/2026-01-01": {"amount_cents": 3000, "count": 1}}


PHYSIO = Care(
    on=date(2026, 3, 2), act="AMK", family="auxiliaire", expense_cents=1613, base_cents=1613, professional="p-1"
)
ACT = Care(
    on=date(2026, 3, 2), act="ADC", family="acte_technique", expense_cents=7000, base_cents=7000, professional="p-1"
)


def _settle(lines: list[Care], table: GuaranteeTable | None = None, **more: Any) -> ClaimSettlement:
    arguments = {"counters": {}} | more
    return settle_claim(lines, table=table or _table(), contract_start=START, **arguments)


def test_four_participations_a_day_at_one_professional_across_lines() -> None:
    """CSS R160-19: the lines of one professional and day share the cap, whether the invoice is split or not."""
    visit = replace(GP, professional="p-1")
    assert [line.withheld_cents for line in _settle([visit] * 6).lines] == [200, 200, 200, 200, 0, 0]
    assert [line.withheld_cents for line in _settle([replace(visit, quantity=3), visit, visit]).lines] == [600, 200, 0]
    elsewhere = [replace(GP, professional=f"p-{number}") for number in range(5)]
    assert sum(line.withheld_cents for line in _settle(elsewhere).lines) == 1000
    tomorrow = [visit] * 4 + [replace(visit, on=date(2026, 3, 3))]
    assert _settle(tomorrow).lines[-1].withheld_cents == 200


def test_a_line_that_names_no_professional_stands_alone() -> None:
    assert [line.withheld_cents for line in _settle([GP] * 6).lines] == [200] * 6


def test_the_franchises_of_a_day_share_their_cap_across_lines() -> None:
    sessions = [replace(PHYSIO, quantity=3), PHYSIO, PHYSIO, replace(PHYSIO, professional="p-2")]
    assert [line.withheld_cents for line in _settle(sessions).lines] == [300, 100, 0, 100]
    ride = Care(on=date(2026, 3, 2), act="VSL", family="transport", expense_cents=5000, base_cents=5000)
    rides = [ride, replace(ride, professional="p-2"), ride]
    assert [line.withheld_cents for line in _settle(rides).lines] == [400, 400, 0]


def test_the_acts_of_a_session_add_up_and_bear_one_participation() -> None:
    """CSS R160-16: 70.00 + 70.00 reach 120.00; the first line bears 24.00, the next one nothing."""
    first, second = _settle([ACT, ACT]).lines
    assert (first.statutory_gross_cents, first.heavy_act_cents) == (4600, 2400)
    assert (second.statutory_gross_cents, second.heavy_act_cents) == (7000, 0)
    for other in (replace(ACT, professional="p-2"), replace(ACT, on=date(2026, 3, 3)), replace(ACT, professional=None)):
        assert [line.statutory_gross_cents for line in _settle([ACT, other]).lines] == [4900, 4900]


def test_a_stay_bears_the_participation_of_its_heavy_act_once() -> None:
    """Dossier 1.5: 5 days at 900.00 with a heavy act, the patient owes 24.00 and the daily charge of its own line."""
    surgery = replace(ACT, base_cents=20000, expense_cents=20000, professional=None, stay="s-1")
    stay = Care(
        on=date(2026, 3, 2),
        act="SEJ",
        family="hospitalisation",
        expense_cents=450000,
        base_cents=450000,
        stay="s-1",
        daily_charge_days=5,
    )
    charge = Care(on=date(2026, 3, 2), act="FJ", family="hospitalisation", expense_cents=11500, quantity=5, stay="s-1")
    operated = _settle([surgery, stay, charge]).lines
    assert [line.heavy_act_cents for line in operated] == [2400, 0, 0]
    assert operated[1].statutory_gross_cents == 450000
    assert not any(line.doubts for line in operated)
    cared_for = _settle([stay, charge]).lines
    assert cared_for[0].statutory_gross_cents == 360000
    assert cared_for[1].doubts == (Doubt.CHARGE_WITHIN_STAY,)
    assert _settle([stay, replace(charge, stay=None)]).lines[1].doubts == ()


def _limited(*limits: Limit, guarantee: type[ActualCost] = ActualCost, acts: tuple[str, ...]) -> GuaranteeTable:
    clause = Clause(id="clause", label="Clause", guarantee=guarantee(limits=limits), acts=acts)
    return GuaranteeTable(code="T", version=1, valid_from=START, responsible=True, clauses=(clause,))


def _paid(lines: list[Care], table: GuaranteeTable, **more: Any) -> list[int]:
    return [line.complementary_cents for line in _settle(lines, table, **more).lines]


def test_a_guarantee_may_count_sessions_and_money_at_once() -> None:
    table = _limited(Limit(max_count=3), Limit(amount_cents=10000), acts=("OST",))
    assert _paid([OSTEO] * 3, table) == [6000, 4000, 0]
    cheap = replace(OSTEO, expense_cents=2000)
    assert _paid([cheap] * 4, table) == [2000, 2000, 2000, 0]
    [key] = counters_needed([OSTEO], table=table, contract_start=START)
    assert str(key) == "clause/beneficiary/2026-01-01/civil_year"


def test_limits_of_different_windows_have_counters_of_their_own() -> None:
    table = _limited(
        Limit(span=Span.DAY, max_count=1),
        Limit(span=Span.INSURANCE_YEAR, amount_cents=9000),
        Limit(span=Span.LIFETIME, amount_cents=500000, scope=Scope.FAMILY),
        acts=("OST",),
    )
    keys = [str(key) for key in counters_needed([OSTEO], table=table, contract_start=START)]
    assert keys == [
        "clause/beneficiary/2026-03-02/day",
        "clause/beneficiary/2025-07-01/insurance_year",
        "clause/family/2024-07-01/lifetime",
    ]
    later = replace(OSTEO, on=date(2026, 3, 3))
    assert _paid([OSTEO, OSTEO, later, replace(later, on=date(2026, 7, 1))], table) == [6000, 0, 3000, 6000]


def test_a_prescription_and_a_stay_have_their_own_counter_and_a_line_without_one_stands_alone() -> None:
    drug = Care(on=date(2026, 3, 2), act="PHN", family="pharmacie", expense_cents=4000, prescription="o-1")
    table = _limited(Limit(span=Span.PRESCRIPTION, amount_cents=5000), acts=("PHN",))
    assert _paid([drug, drug, replace(drug, prescription="o-2")], table) == [4000, 1000, 4000]
    assert _paid([replace(drug, prescription=None)] * 2, table) == [4000, 4000]
    room = Care(on=date(2026, 3, 2), act="CP", family="hospitalisation", expense_cents=8000, stay="s-1")
    by_stay = _limited(Limit(span=Span.STAY, max_count=2), acts=("CP",))
    assert _paid([room, room, room, replace(room, stay="s-2")], by_stay) == [8000, 8000, 0, 8000]


def test_a_rolling_span_opens_with_an_act_and_closes_months_later() -> None:
    table = _limited(Limit(span=Span.ROLLING, months=24, amount_cents=10000), acts=("CRF",))
    eye = Care(on=date(2026, 3, 2), act="CRF", family="optique", expense_cents=8000)
    assert _paid([eye, replace(eye, on=date(2028, 3, 1)), replace(eye, on=date(2028, 3, 2))], table) == [
        8000,
        2000,
        8000,
    ]
    past = PastAct(act="CRF", on=date(2025, 3, 3), clause_id="clause")
    keys = counters_needed([eye], table=table, contract_start=START, history=[past])
    opened = next(key for key in keys if key.window.start == past.on)
    assert _paid([eye], table, history=[past], counters={opened: Used(amount_cents=7000, count=1)}) == [3000]


def test_each_ear_and_each_tooth_has_its_own_counter() -> None:
    aid = Care(on=date(2026, 3, 2), act="AUD-II", family="audio", expense_cents=100000, base_cents=0, location="left")
    table = _limited(Limit(span=Span.ROLLING, months=48, max_count=1, site=Site.EAR), acts=("AUD-II",))
    right = replace(aid, location="right")
    assert _paid([aid, right, aid], table) == [100000, 100000, 0]
    keys = counters_needed([aid, right], table=table, contract_start=START)
    assert [str(key) for key in keys] == [
        "clause/beneficiary/2026-03-02/rolling-48/left",
        "clause/beneficiary/2026-03-02/rolling-48/right",
    ]
    implant = Care(on=date(2026, 3, 2), act="IMP", family="dentaire_hors_ss", expense_cents=90000, location="36")
    by_tooth = _limited(Limit(span=Span.LIFETIME, amount_cents=50000, site=Site.TOOTH), acts=("IMP",))
    assert _paid([implant, implant, replace(implant, location="37")], by_tooth) == [50000, 0, 50000]


def test_every_counter_that_is_consumed_was_asked_for() -> None:
    table = _limited(
        Limit(span=Span.ROLLING, months=12, max_count=9), Limit(span=Span.CIVIL_YEAR, max_count=9), acts=("OST",)
    )
    days = [date(2025, 1, 5), date(2025, 6, 1), date(2026, 1, 4), date(2026, 1, 5), date(2027, 3, 1)]
    lines = [replace(OSTEO, on=day) for day in days]
    past = [PastAct(act="OST", on=date(2024, 12, 1), clause_id="clause")]
    asked = counters_needed(lines, table=table, contract_start=START, history=past)
    assert set(_settle(lines, table, history=past).consumed) <= set(asked)


def test_the_renewal_counts_from_the_history_and_from_the_claim_itself() -> None:
    glasses = Care(on=date(2026, 3, 2), act="OPT-B", family="optique", expense_cents=20000, base_cents=0)
    table = _limited(acts=("OPT-A", "OPT-B", "AUD-I", "AUD-II"))
    bought = PastAct(act="OPT-A", on=date(2024, 3, 3))
    [line] = _settle([glasses], table, history=[bought]).lines
    assert line.refusal is Refusal.RENEWAL_TOO_SOON
    assert _paid([glasses], table, history=[replace(bought, on=date(2024, 3, 2))]) == [20000]
    assert _paid([glasses, glasses], table) == [20000, 0]
    assert _paid([glasses, replace(glasses, derogation=Derogation.SECOND_PAIR)], table) == [20000, 20000]
    ear = Care(on=date(2026, 3, 2), act="AUD-II", family="audio", expense_cents=90000, base_cents=0, location="left")
    left = PastAct(act="AUD-II", on=date(2023, 3, 2), location="left")
    assert _paid([ear, replace(ear, location="right")], table, history=[left]) == [0, 90000]
    assert _paid([replace(ear, location=None)] * 2, table) == [90000, 90000]


def test_an_estimate_pays_the_same_and_consumes_nothing() -> None:
    """M64."""
    lines = [OSTEO, GP, OSTEO]
    [key] = counters_needed(lines, table=_table(), contract_start=START)
    counters = {key: Used(count=2)}
    paid = _settle(lines, counters=counters)
    estimated = _settle(lines, counters=counters, purpose=Purpose.ESTIMATE)
    assert estimated.lines == paid.lines
    assert (estimated.consumed, estimated.counters) == ({}, counters)


def test_the_order_of_lines_only_matters_to_what_runs_out() -> None:
    """Who comes first takes from the counter; what the claim pays in all stays the same when prices are equal."""
    claim = _settle([OSTEO, GP, OSTEO, OSTEO, OSTEO])
    turned = _settle([OSTEO, OSTEO, OSTEO, OSTEO, GP])
    assert [line.refusal for line in claim.lines] == [None, None, None, None, Refusal.COUNT_EXHAUSTED]
    assert [line.refusal for line in turned.lines] == [None, None, None, Refusal.COUNT_EXHAUSTED, None]
    assert claim.complementary_cents == turned.complementary_cents
    assert claim.consumed == turned.consumed


def test_zero_is_a_decision() -> None:
    [line] = _settle([replace(GP, expense_cents=0)]).lines
    assert (line.decided, line.refusal, line.complementary_cents, line.left_to_pay_cents) == (True, None, 0, 0)
