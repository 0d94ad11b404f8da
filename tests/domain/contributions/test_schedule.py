"""The échéancier: what was called, what is foreseen, what cannot be (H105, H107)."""

from datetime import date

from chalicelib.domain.contributions.calendar import Frequency
from chalicelib.domain.contributions.schedule import schedule
from chalicelib.domain.contributions.state import ContributionState
from chalicelib.domain.periods import Period
from tests.domain.contributions.samples import alone_or_family, call, contract, person, provident

S = ContributionState


def test_called_then_foreseen_at_the_price_of_each_period() -> None:
    of = contract(frequency=Frequency.QUARTERLY)
    third = call(of, date(2025, 7, 1), person())
    found = schedule(
        of, insured=[person()], former=[third], states={third.number: S.PAID}, since=date(2025, 8, 20), lines=3
    )
    assert [(one.due_on, one.state, one.amount_cents) for one in found] == [
        (date(2025, 10, 15), S.PAID, 17664),
        (date(2026, 1, 15), S.FORECAST, 17664),
        (date(2026, 4, 15), S.FORECAST, 18024),
    ]
    assert [one.statement for one in found] == ["A202507", "", ""]


def test_a_year_whose_pmss_is_not_known_has_no_amount() -> None:
    found = schedule(contract(), insured=[person()], former=[], states={}, since=date(2026, 12, 1), lines=2)
    assert [(one.amount_cents, one.missing) for one in found] == [(6008, ""), (None, "pmss")]
    assert "2027" in found[1].sentence


def test_pay_to_come_is_not_guessed() -> None:
    [one] = schedule(contract(provident()), insured=[person()], former=[], states={}, since=date(2025, 1, 1), lines=1)
    assert (one.amount_cents, one.missing) == (None, "pay_not_declared")


def test_the_schedule_ends_with_the_contract() -> None:
    of = contract(alone_or_family(), cover=Period(date(2025, 1, 1), date(2025, 3, 1)))
    assert len(schedule(of, insured=[], former=[], states={}, since=date(2025, 1, 1), lines=12)) == 2


def test_a_period_called_before_its_contract_was_shortened_is_still_the_same() -> None:
    called = call(contract(frequency=Frequency.QUARTERLY), date(2025, 1, 1), person())
    shortened = contract(frequency=Frequency.QUARTERLY, cover=Period(date(2024, 1, 1), date(2025, 2, 11)))
    [one] = schedule(
        shortened, insured=[person()], former=[called], states={called.number: S.DUE}, since=date(2025, 1, 1), lines=4
    )
    assert (one.statement, one.state) == (called.number, S.DUE)
