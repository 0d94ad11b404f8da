"""H95: what is received and paid moves a file on, once, and only while it is being indemnified."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from chalicelib.domain.company import Risk
from chalicelib.domain.errors import Conflict
from chalicelib.domain.work_stoppage.declaration import Declaration, draft_opening
from chalicelib.domain.work_stoppage.kinds import StoppageKind
from chalicelib.domain.work_stoppage.payments import PaymentKind, StoppagePayment
from chalicelib.domain.work_stoppage.state import StoppageState

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def file(state: StoppageState) -> Declaration:
    """A file in a state."""
    draft = draft_opening(
        declaration_id="d",
        company_id="c",
        member_id="m",
        contract_id="k",
        risk=Risk.PROVIDENT,
        kind=StoppageKind.ILLNESS,
        at=NOW,
    )
    return replace(draft, state=state)


def payment(kind: PaymentKind, *, name: str = "1", first: int = 1, last: int = 10) -> StoppagePayment:
    """A payment for some days of March."""
    return StoppagePayment(
        payment_id=name,
        kind=kind,
        first_day=date(2026, 3, first),
        last_day=date(2026, 3, last),
        amount_cents=10_000,
        paid_on=date(2026, 3, 31),
        recorded_at=NOW,
        recorded_by="agent:a",
    )


def paid(one: Declaration, what: StoppagePayment) -> Declaration:
    return one.paid(what, at=NOW, actor="agent:a")


@pytest.mark.parametrize("state", [StoppageState.PAYABLE, StoppageState.EXTENDED, StoppageState.PART_TIME])
def test_the_first_complement_has_a_file_being_paid(state: StoppageState) -> None:
    """H95: INDEMNISABLE becomes PAYING when money leaves, not when a statement comes in."""
    received = paid(file(state), payment(PaymentKind.ALLOWANCES))
    assert (received.state, received.history[-1].event) == (state, "allowances_received")
    done = paid(received, payment(PaymentKind.COMPLEMENT, name="2"))
    assert (done.state, done.history[-1].event) == (StoppageState.PAYING, "complement_paid")


@pytest.mark.parametrize("state", [StoppageState.PAYING, StoppageState.RESUMED, StoppageState.INVALIDITY])
def test_a_file_that_is_paid_or_ends_stays_where_it_is(state: StoppageState) -> None:
    """H95: a complement may be paid after the return to work."""
    assert paid(file(state), payment(PaymentKind.COMPLEMENT)).state is state


@pytest.mark.parametrize("state", [StoppageState.IN_FRANCHISE, StoppageState.CLOSED, StoppageState.REJECTED])
def test_nothing_is_paid_on_a_file_that_is_not_indemnified(state: StoppageState) -> None:
    """H95."""
    with pytest.raises(Conflict) as refusal:
        paid(file(state), payment(PaymentKind.COMPLEMENT))
    assert refusal.value.code == "not_indemnified"


def test_the_same_days_are_recorded_once_for_each_kind() -> None:
    """H95: the same payment again changes nothing; the last day of one and the next day do not meet."""
    once = paid(file(StoppageState.PAYING), payment(PaymentKind.ALLOWANCES))
    assert paid(once, payment(PaymentKind.ALLOWANCES)) == once
    with pytest.raises(Conflict):
        paid(once, payment(PaymentKind.ALLOWANCES, name="2", first=10, last=12))
    longer = paid(once, payment(PaymentKind.ALLOWANCES, name="2", first=11, last=12))
    assert len(paid(longer, payment(PaymentKind.COMPLEMENT, name="3")).payments) == 3
