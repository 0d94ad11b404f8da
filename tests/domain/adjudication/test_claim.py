"""A claim of several lines and its counters (M63)."""

from dataclasses import replace
from datetime import date

from chalicelib.domain.adjudication.care import Care
from chalicelib.domain.adjudication.claim import counters_needed, settle_claim
from chalicelib.domain.adjudication.explanation import Reduction, Refusal
from chalicelib.domain.adjudication.limits import Used
from chalicelib.domain.guarantee import (
    Clause,
    Counter,
    FixedAmount,
    Guarantee,
    GuaranteeTable,
    Per,
    Scope,
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
    almost = replace(GP.already_withheld, participation_forfaitaire=4700)
    lines = [replace(GP, already_withheld=almost) for _ in range(3)]
    claim = settle_claim(lines, table=_table(), contract_start=START, counters={})
    assert [line.withheld_cents for line in claim.lines] == [200, 100, 0]


def test_a_claim_is_plain_data_and_asks_for_a_person_when_a_line_does() -> None:
    unknown = Care(on=date(2026, 3, 2), act="SEJ", family="hospitalisation", expense_cents=8000)
    claim = settle_claim([OSTEO, unknown], table=_table(), contract_start=START, counters={})
    assert claim.needs_review
    assert claim.to_data()["consumed"] == {"osteo/beneficiary/2026-01-01": {"amount_cents": 3000, "count": 1}}
