"""The payroll declaration against the statement (dossier 8.3)."""

from datetime import date

import pytest

from chalicelib.domain.contributions.insured import Insured
from chalicelib.domain.contributions.reconciliation import Declared, DsnState, Gap, discrepancies, dsn_state
from chalicelib.domain.contributions.tariff import Population
from tests.domain.contributions.samples import call, contract, person, provident

JANUARY, FEBRUARY = date(2025, 1, 1), date(2025, 2, 1)


def paid(member_id: str = "m1", cents: int = 5888, month: date = JANUARY, base: int | None = None) -> Declared:
    return Declared(member_id=member_id, month=month, amount_cents=cents, base_cents=base)


def test_a_declaration_that_agrees() -> None:
    one = call(contract(), JANUARY, person("m1"), person("m2", population=Population.PORTABILITY))
    assert discrepancies(one, [paid()]) == ()
    assert [dsn_state(one, found) for found in (None, [paid()], [])] == [
        *(DsnState.AWAITED, DsnState.RECONCILED, DsnState.DISCREPANCY)
    ]


@pytest.mark.parametrize(
    ("declared", "gap", "difference"),
    [
        ([], Gap.NOT_DECLARED, -5888),
        ([paid(), paid("m9", 100)], Gap.NOT_CALLED, 100),
        ([paid(), paid(month=FEBRUARY)], Gap.OTHER_PERIOD, 5888),
        ([paid(cents=5900)], Gap.RATE, 12),
        ([paid(cents=5000), paid(cents=880)], Gap.RATE, -8),
    ],
)
def test_a_difference_says_why(declared: list[Declared], gap: Gap, difference: int) -> None:
    [found] = discrepancies(call(contract(), JANUARY, person()), declared)
    assert (found.gap, found.difference_cents) == (gap, difference)
    assert found.gap.sentence


def earner() -> Insured:
    return person(pay=((JANUARY, 520_000),))


def test_another_base_is_told_from_another_rate() -> None:
    one = call(contract(provident()), JANUARY, earner())
    assert one.called_cents == 8183
    assert discrepancies(one, [paid(cents=8183, base=520_000)]) == ()
    assert [found.gap for found in discrepancies(one, [paid(cents=8183, base=510_000)])] == [Gap.BASE]
    assert [found.gap for found in discrepancies(one, [paid(cents=8000, base=510_000)])] == [Gap.BASE]
    assert [found.gap for found in discrepancies(one, [paid(cents=8000, base=520_000)])] == [Gap.RATE]


def test_a_correction_is_compared_with_its_own_month() -> None:
    of = contract()
    former = [call(of, JANUARY, person("m1"))]
    one = call(of, FEBRUARY, person("m1"), person("m2"), former=former)
    declared = [paid(month=FEBRUARY), paid("m2", month=FEBRUARY), paid("m2", month=JANUARY)]
    assert discrepancies(one, declared) == ()


def test_states_have_names() -> None:
    assert len({state.label for state in DsnState}) == len(DsnState)
