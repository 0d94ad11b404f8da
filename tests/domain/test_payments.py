"""Payment orders on their way to the bank and back, and files of the bank as they are read (M38, H151, A14)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import bank_return
from chalicelib.domain.bank_reason import OwnReason, Remedy, reason
from chalicelib.domain.bank_return import Answer, Told
from chalicelib.domain.contributions.bank_days import is_target_day
from chalicelib.domain.errors import FieldErrors, Refused
from chalicelib.domain.member import BankAccount
from chalicelib.domain.payees import Professional
from chalicelib.domain.payments import (
    Batch,
    BatchKind,
    BatchState,
    asks_payee,
    batch_id,
    booked,
    earliest_execution,
    end_to_end_id,
    held,
    rejected,
    released,
    sending_of,
    sent,
    sepa_text,
)
from chalicelib.domain.reimbursement import PaymentOrder, PaymentState
from local.bank import Movement, notification, status

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
TODAY = NOW.date()
DAYS = [TODAY + timedelta(days=one) for one in range(4)]


def order(**changes: Any) -> PaymentOrder:
    facts: dict[str, Any] = {
        "order_id": "9d2b7c40e1f64c8e8a35b60d7f21c5e9",
        "member_id": "m",
        "reimbursement_id": "r",
        "amount_cents": 4719,
        "iban_sealed": "sealed",
        "iban_masked": "FR14 **** 606",
        "holder": "Léa Martin",
        "reference": "9D2B7C40",
        "ordered_at": NOW,
    }
    return PaymentOrder(**(facts | changes))


def batch(rank: int = 1) -> Batch:
    name = batch_id(BatchKind.TRANSFERS, TODAY, rank)
    return Batch(batch_id=name, kind=BatchKind.TRANSFERS, execute_on=TODAY, opened_at=NOW)


def test_an_order_is_named_at_the_bank_by_its_own_id_and_told_apart_from_its_next_sending() -> None:
    first, payment = sent(order(), batch())
    assert (first.state, payment.end_to_end_id) == (PaymentState.SENT, order().order_id)
    back = rejected(first, sending=1, code="AC04", on=TODAY, at=NOW)
    assert (back.state, asks_payee(back), back.paid_on) == (PaymentState.REJECTED, True, None)
    with pytest.raises(ValueError, match="may not be sent"):
        sent(back, batch(2))
    again, second = sent(order(attempts=back.attempts, iban_sealed="other"), batch(2))
    assert second.end_to_end_id == f"{order().order_id}-2"
    assert booked(again, sending=2, on=TODAY).paid_on == TODAY
    assert booked(again, sending=1, on=TODAY).state is PaymentState.SENT, "an answer about the first changes no other"


def test_a14_a_sent_order_keeps_the_account_it_was_sent_to() -> None:
    first, payment = sent(order(), batch())
    assert (payment.iban_sealed, first.attempts[0].iban_masked) == ("sealed", order().iban_masked)


@given(
    st.permutations([("booked", DAYS[1]), ("booked", DAYS[2]), ("AC04", DAYS[2]), ("AC01", DAYS[2]), ("MD07", DAYS[3])])
)
def test_answers_in_any_order_and_twice_give_the_same_state(answers: list[tuple[str, date]]) -> None:
    start, _ = sent(order(), batch())
    found = start
    for what, day in [*answers, *answers]:
        if what == "booked":
            found = booked(found, sending=1, on=day)
        else:
            found = rejected(found, sending=1, code=what, on=day, at=NOW)
    attempt = found.attempts[0]
    assert (attempt.settled_on, attempt.rejected_on, attempt.reason) == (DAYS[1], DAYS[2], "AC01")
    assert (found.state, found.hold and found.hold.reason) == (PaymentState.REJECTED, "AC01")


def test_what_only_another_account_mends_is_not_released_to_the_same() -> None:
    start, _ = sent(order(), batch())
    for code, remedy in (("AC04", Remedy.ACCOUNT), ("RR04", Remedy.AGENT), ("ZZ99", Remedy.AGENT)):
        assert reason(code).remedy is remedy
        back = rejected(start, sending=1, code=code, on=TODAY, at=NOW)
        if remedy is Remedy.AGENT:
            assert released(back).state is PaymentState.ORDERED
        else:
            with pytest.raises(Refused, match="account_needed"):
                released(back)
    with pytest.raises(Refused, match="not_held"):
        released(start)


def test_h151_a_professional_is_an_agent_s_business() -> None:
    missing = held(order(payee="professional", professional="10000123454", iban_sealed=""), "account_missing", at=NOW)
    assert not missing.has_account
    assert not asks_payee(missing)
    assert asks_payee(held(order(), OwnReason.ACCOUNT_INVALID, at=NOW))


def test_h151_a_professional_s_account_waits_the_first_one_too() -> None:
    first = BankAccount(iban_sealed="1", iban_masked="1", bic=None, holder="Cabinet")
    other = BankAccount(iban_sealed="2", iban_masked="2", bic=None, holder="Cabinet")
    early, due = timedelta(hours=71), timedelta(hours=72)
    known = Professional(number="10000123454").with_account(first, lookup="1", agent_id="a", at=NOW)
    assert (known.account_on(NOW + early), known.account_on(NOW + due)) == (None, first)
    changed = known.with_account(other, lookup="2", agent_id="a", at=NOW + due)
    assert (changed.account_on(NOW + due + early), changed.account_on(NOW + due + due)) == (first, other)
    taken_back = changed.with_account(first, lookup="1", agent_id="a", at=NOW + due + early)
    assert [one.account for one in taken_back.accounts] == [first, first], "what waited is replaced"


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=20), st.integers(1, 5))
def test_the_sum_of_the_parts_is_the_total_of_the_batch(amounts: list[int], size: int) -> None:
    grown, held_in_parts = batch(), []
    for chunk in _chunks(amounts, size):
        payments = [sent(order(amount_cents=one), grown)[1] for one in chunk]
        grown, part = grown.with_part(payments)
        held_in_parts += part.payments
    assert (grown.payments, grown.total_cents) == (len(amounts), sum(amounts))
    assert [one.amount_cents for one in held_in_parts] == amounts
    closed = grown.closed(at=NOW, earliest=TODAY + timedelta(days=1))
    assert (closed.state, closed.execute_on) == (BatchState.CLOSED, TODAY + timedelta(days=1))
    with pytest.raises(ValueError, match="takes no more"):
        closed.with_part([])


def _chunks(values: list[int], size: int) -> list[list[int]]:
    return [values[start : start + size] for start in range(0, len(values), size)]


@given(st.text(max_size=200), st.integers(10, 140))
def test_a_text_for_the_bank_has_only_characters_that_every_bank_takes(text: str, most: int) -> None:
    plain = sepa_text(text, most=most)
    assert len(plain) <= most
    assert set(plain) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/?:().,'+- ")
    assert plain == plain.strip()
    assert not plain.startswith("/")


@given(st.text("0123456789abcdef", min_size=32, max_size=32), st.integers(1, 99))
def test_the_name_of_a_sending_is_read_back(order_id: str, sending: int) -> None:
    name = end_to_end_id(order_id, sending=sending)
    assert len(name) <= 35
    assert sending_of(name) == (order_id, sending)


@given(st.dates(date(2026, 1, 1), date(2028, 12, 31)))
def test_a_debit_is_presented_two_open_days_before_its_own(day: date) -> None:
    earliest = earliest_execution(BatchKind.DEBITS, day)
    between = [day + timedelta(days=one) for one in range(1, (earliest - day).days + 1)]
    assert is_target_day(earliest)
    assert sum(is_target_day(one) for one in between) == 2


AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
FILE = b"""<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><G><MsgId>VIR-20261123-001</MsgId>
<CdtTrfTxInf><EndToEndId>aa</EndToEndId><InstdAmt>1.00</InstdAmt><Nm>A</Nm><Ustrd>A</Ustrd></CdtTrfTxInf>
<CdtTrfTxInf><EndToEndId>bb</EndToEndId><InstdAmt>2.00</InstdAmt><Nm>B</Nm><Ustrd>B</Ustrd></CdtTrfTxInf></G></Document>"""


def test_a_status_report_tells_what_was_settled_and_what_was_rejected() -> None:
    file = bank_return.read(status("S1", FILE, at=AT, rejected={"bb": "AC04"}))
    assert file.message_id == "S1"
    told = [(one.told, one.end_to_end_id, one.reason, one.on) for one in file.answers]
    assert told == [(Told.BOOKED, "aa", "", AT.date()), (Told.REJECTED, "bb", "AC04", AT.date())]


def test_a_file_refused_whole_is_told_of_the_file() -> None:
    [answer] = bank_return.read(status("S2", FILE, at=AT, refused="FF01")).answers
    assert (answer.told, answer.end_to_end_id, answer.batch_id, answer.reason) == (
        Told.REJECTED,
        "",
        "VIR-20261123-001",
        "FF01",
    )


def test_a_status_that_is_not_final_says_nothing() -> None:
    accepted = status("S3", FILE, at=AT).replace(b"ACSC", b"ACTC")
    assert bank_return.read(accepted).answers == ()


def test_a_notification_tells_returns_bookings_and_money_that_came_in() -> None:
    movements = [
        Movement(amount_cents=4719, credit=True, on=TODAY, servicer_reference="1", end_to_end_id="aa", returned="AC04"),
        Movement(amount_cents=9999, credit=False, on=TODAY, servicer_reference="2", batch_id="VIR-20261123-001"),
        Movement(amount_cents=5888, credit=True, on=TODAY, servicer_reference="3", reference="RF18539007547034"),
        Movement(
            amount_cents=5888, credit=False, on=TODAY, servicer_reference="4", end_to_end_id="P1", returned="MD06"
        ),
    ]
    answers = bank_return.read(notification("N1", movements, at=AT)).answers
    assert [(one.told, one.credit, one.amount_cents) for one in answers] == [
        (Told.REJECTED, True, 4719),
        (Told.BOOKED, False, 9999),
        (Told.RECEIVED, True, 5888),
        (Told.REJECTED, False, 5888),
    ]
    assert (answers[1].batch_id, answers[2].references) == ("VIR-20261123-001", ("RF18539007547034",))
    told_again = bank_return.read(notification("N2", movements, at=AT)).answers
    assert [one.entry_id for one in told_again] == [one.entry_id for one in answers], "known by the bank's reference"


def entry(*transactions: str, own: str = "", amount: str = "588.80", way: str = "CRDT", currency: str = "EUR") -> str:
    """An entry as a bank words it that repeats little."""
    details = "".join(f"<TxDtls>{one}</TxDtls>" for one in transactions)
    return (
        f'<Ntry><NtryRef>1</NtryRef><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd>{own}'
        f"<BookgDt><Dt>{TODAY}</Dt></BookgDt><NtryDtls>{details}</NtryDtls></Ntry>"
    )


def told_in(*entries: str, message_id: str = "N9") -> tuple[Answer, ...]:
    """What a notification of these entries tells."""
    whole = notification(message_id, [], at=AT).replace(b"</Ntfctn>", "".join(entries).encode() + b"</Ntfctn>")
    return bank_return.read(whole).answers


def test_movements_that_the_bank_numbers_from_one_in_each_notification_are_told_apart() -> None:
    answers = [*told_in(entry(""), entry("")), *told_in(entry(""), message_id="N10")]
    assert len({one.entry_id for one in answers}) == 3
    named = [f"<Refs><AcctSvcrRef>E1</AcctSvcrRef></Refs><Amt Ccy='EUR'>{one}.00</Amt>" for one in (1, 1)]
    grouped = entry(*named, own="<AcctSvcrRef>E1</AcctSvcrRef>", amount="2.00")
    answers = [*told_in(grouped), *told_in(grouped, message_id="N11")]
    assert len({one.entry_id for one in answers}) == 2, "the same two in both notifications"
    own = "<Refs><AcctSvcrRef>T{0}</AcctSvcrRef></Refs>"
    [first], [again] = told_in(entry(own.format(1))), told_in(entry(own.format(1)), message_id="N12")
    assert first.entry_id == again.entry_id, "a transaction's own reference is the bank's, wherever it is told"


def test_a_total_is_never_counted_for_each_of_its_transactions() -> None:
    one, other = (f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf>" for text in ("FACTURE 1", "FACTURE 2"))
    [received] = told_in(entry(one, other))
    assert (received.told, received.amount_cents, received.references) == (Told.RECEIVED, 58880, ())
    back = "<Refs><EndToEndId>P{0}</EndToEndId></Refs><RtrInf><Rsn><Cd>AM04</Cd></Rsn></RtrInf>"
    returned = told_in(entry(back.format(1), back.format(2), way="DBIT"))
    assert [(one.told, one.end_to_end_id, one.amount_cents) for one in returned] == [
        (Told.REJECTED, "P1", 0),
        (Told.REJECTED, "P2", 0),
    ]
    [alone] = told_in(entry("<Amt Ccy='USD'>700.00</Amt>"))
    assert alone.amount_cents == 58880, "what moved on the account is in euros"
    assert told_in(entry("", amount="0.00")) == ()
    with pytest.raises(FieldErrors) as refusal:
        told_in(entry("", currency="CHF"))
    assert refusal.value.faults[0].code == "other_currency"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01",
        b"no xml",
        b"<Document>",
        b'<!DOCTYPE a [<!ENTITY b "c">]>' + notification("N", [], at=AT).partition(b"?>")[2],
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><Document/>'.encode("utf-16"),
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt/></Document>',
        notification("N", [], at=AT).replace(b"<MsgId>N</MsgId>", b""),
        notification("N", [Movement(amount_cents=1, credit=True, on=TODAY, servicer_reference="1")], at=AT).replace(
            b">0.01<", b">NaN<"
        ),
    ],
)
def test_what_is_no_message_of_a_bank_is_refused_with_one_sentence(content: bytes) -> None:
    with pytest.raises(FieldErrors) as refusal:
        bank_return.read(content)
    assert [one.code for one in refusal.value.faults] == ["unreadable"]


def test_another_message_of_the_bank_is_refused_by_its_kind() -> None:
    with pytest.raises(FieldErrors) as refusal:
        bank_return.read(b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"/>')
    assert refusal.value.faults[0].code == "unknown_kind"
