"""The ledger: entries that balance, what is left of each statement, payments that come once (H46)."""

from datetime import date

import pytest

from chalicelib.domain.contributions.ledger import Account, Entry, Ledger, Owed, Posting, PostingKind, payment
from chalicelib.domain.errors import Conflict, FieldErrors
from chalicelib.domain.record import Record

DAY = date(2025, 4, 15)


def called(number: str, cents: int, day: date) -> Posting:
    entries = (Entry(account=Account.COMPANY, amount_cents=cents), Entry(account=Account.PREMIUM, amount_cents=-cents))
    return Posting(posting_id=f"s-{number}", kind=PostingKind.STATEMENT, day=day, statement=number, entries=entries)


def paid(number: str, cents: int, kind: PostingKind = PostingKind.TRANSFER, posting_id: str = "") -> Posting:
    return payment(posting_id or f"{kind}-{number}-{cents}", kind, amount_cents=cents, day=DAY, statement=number)


A1, A2 = called("A1", 10_000, date(2025, 1, 2)), called("A2", 6_000, date(2025, 2, 3))


def left(*postings: Posting) -> dict[str, int]:
    return {one.statement: one.owed_cents for one in Ledger(postings).owed()}


def test_a_payment_goes_to_the_statement_that_it_names() -> None:
    assert left(A1, A2, paid("A2", 4_000)) == {"A1": 10_000, "A2": 2_000}


def test_a_payment_that_names_none_goes_to_the_oldest_debt_first() -> None:
    assert left(A2, A1, paid("", 11_000)) == {"A1": 0, "A2": 5_000}


def test_too_much_for_one_goes_to_the_others_and_then_is_a_credit() -> None:
    assert left(A1, A2, paid("A2", 9_000)) == {"A1": 7_000, "A2": 0}
    ledger = Ledger((A1, A2, paid("A2", 20_000)))
    assert ledger.balance_cents() == -4_000
    assert left(*ledger.postings) == {"A1": 0, "A2": 0}


def test_a_statement_that_gives_back_pays_the_others() -> None:
    back = called("A3", -7_000, date(2025, 3, 3))
    assert left(A1, A2, back) == {"A1": 3_000, "A2": 6_000, "A3": 0}


def test_a_rejected_debit_is_owed_again() -> None:
    debit = paid("A1", 10_000, PostingKind.DEBIT)
    back = paid("A1", 10_000, PostingKind.DEBIT_REJECTED)
    assert left(A1, debit) == {"A1": 0}
    assert left(A1, debit, back) == {"A1": 10_000}
    assert Ledger((A1, debit, back)).balance_cents(Account.BANK) == 0


def test_a_credit_that_was_refunded_is_no_credit() -> None:
    ledger = Ledger((A1, paid("A1", 12_000), paid("", 2_000, PostingKind.REFUND)))
    assert (ledger.balance_cents(), left(*ledger.postings)) == (0, {"A1": 0})


def test_what_was_refunded_beyond_the_credit_is_owed_under_no_number() -> None:
    ledger = Ledger((A1, paid("A1", 10_000), paid("", 2_000, PostingKind.REFUND)))
    assert ledger.owed()[-1] == Owed(statement="", called_cents=0, owed_cents=2_000)
    assert ledger.balance_cents() == 2_000


def test_the_same_posting_counts_once() -> None:
    once = paid("A1", 4_000, posting_id="p1")
    ledger = Ledger((A1,)).with_posting(once)
    assert ledger.with_posting(once) == ledger
    with pytest.raises(Conflict, match="posting_differs"):
        ledger.with_posting(paid("A1", 5_000, posting_id="p1"))


def test_entries_that_do_not_balance_cannot_be_posted() -> None:
    with pytest.raises(ValueError):
        Posting(posting_id="x", kind=PostingKind.TRANSFER, day=DAY, entries=A1.entries[:1])


@pytest.mark.parametrize(
    ("cents", "kind"), [(0, PostingKind.TRANSFER), (-1, PostingKind.DEBIT), (1, PostingKind.STATEMENT)]
)
def test_a_payment_moves_a_positive_amount(cents: int, kind: PostingKind) -> None:
    with pytest.raises(ValueError):
        payment("p", kind, amount_cents=cents, day=DAY)


def test_a_posting_reads_back_as_itself() -> None:
    for one in (A1, paid("A1", 5)):
        assert Posting.from_record(Record(one.to_record(), place="posting")) == one
    with pytest.raises(FieldErrors):
        Posting.from_record(Record({"posting_id": "p"}, place="posting"))
