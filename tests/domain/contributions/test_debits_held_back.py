"""Debits that could not leave on the day that was told (H43; dossier 8.4)."""

from dataclasses import replace
from datetime import date

import pytest

from chalicelib.domain.contributions.contribution import Contribution
from chalicelib.domain.contributions.issued import Debit
from chalicelib.domain.contributions.state import Collection
from chalicelib.domain.contributions.statement import StatementKind
from chalicelib.domain.periods import Period

TOLD = date(2025, 4, 15)
ANNOUNCED = Contribution(
    number="A1",
    kind=StatementKind.CALL,
    company_id="c",
    contract_id="k",
    contract_number="K-1",
    period=Period(date(2025, 3, 1), date(2025, 4, 1)),
    issued_on=date(2025, 4, 1),
    collection=Collection(due_on=TOLD, called_cents=5888, owed_cents=5888),
    debit=Debit(rum="R", ics="I", iban_masked="FR76 **** 189", debit_on=TOLD, amount_cents=5888),
)


@pytest.mark.parametrize(
    ("answered", "day"),
    [
        (date(2025, 4, 1), TOLD),  # the notice that was given still holds
        (date(2025, 4, 3), date(2025, 4, 17)),
        (date(2025, 9, 1), date(2025, 9, 15)),
    ],
)
def test_after_a_contest_a_debit_leaves_with_its_notice(answered: date, day: date) -> None:
    contested = replace(ANNOUNCED, collection=replace(ANNOUNCED.collection, disputed=True))
    assert contested.debit_on is None
    assert contested.answered(on=answered).debit_on == day


@pytest.mark.parametrize(("back", "day"), [(date(2025, 4, 10), TOLD), (TOLD, None), (date(2025, 6, 2), None)])
def test_a_debt_that_is_back_is_debited_on_the_day_that_was_told_or_not_at_all(back: date, day: date | None) -> None:
    paid = ANNOUNCED.owing(0, since=date(2025, 4, 5))
    assert paid.owing(5888, since=back).debit_on == day
