"""Reimbursements leave for the bank and come back from it: each order once, whatever breaks (M38, M85, H151, A14)."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pynamodb.exceptions import TransactWriteError
from sepaxml.validation import try_valid_xml

from chalicelib import clock, settings
from chalicelib.domain.contributions.bank_days import bank_day_from
from chalicelib.domain.member import BankAccount, Member
from chalicelib.domain.reimbursement import PaymentOrder, PaymentState
from chalicelib.gateways import secrets
from chalicelib.identifiers import mask_iban
from chalicelib.services import payment_batches, payments, tokens
from chalicelib.storage import identities, members, reimbursements
from chalicelib.storage import payments as stored
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Transaction
from local import bank
from local.bank import Movement
from local.clients import client
from local.stack import Stack
from tests import samples
from tests.portal import Portal, expect
from tests.services.conftest import Back, Employer, Json, Patient, later, room, text_of

NAME = re.compile(rb"<EndToEndId>([^<]+)</EndToEndId>")
SUM = re.compile(rb"<CtrlSum>([0-9.]+)</CtrlSum>")


@contextmanager
def a_bank_day(after: int = 0) -> Iterator[None]:
    """The morning of a bank day, a number of bank days ahead of the next one."""
    day = bank_day_from(clock.today() + timedelta(days=1))
    for _ in range(after):
        day = bank_day_from(day + timedelta(days=1))
    with later(seconds=(datetime(day.year, day.month, day.day, 5, tzinfo=UTC) - clock.now()).total_seconds()):
        yield


@dataclass(frozen=True)
class Desk:
    """What these tests do around the bank."""

    stack: Stack
    member_id: str

    def read_member(self) -> Member:
        """The member as they stand."""
        member = members.get(self.member_id)
        assert member is not None
        return member

    @property
    def email(self) -> str:
        """Where the member is written to."""
        return str(self.read_member().email)

    @property
    def account(self) -> BankAccount:
        """The account that the member is paid to."""
        account = self.read_member().account_on(clock.now())
        assert account is not None
        return account

    def ordered(self, *, amount_cents: int = 4719, iban: str | None = None, **changes: Any) -> PaymentOrder:
        """A payment order as a decision makes it."""
        account = iban or samples.iban()
        order = PaymentOrder(
            order_id=tokens.new_id(),
            member_id=self.member_id,
            reimbursement_id="r",
            amount_cents=amount_cents,
            iban_sealed=secrets.seal(account, field="iban"),
            iban_masked=mask_iban(account),
            holder="Léa Œrsted-Martin & fils",
            reference="9D2B7C40",
            ordered_at=clock.now(),
        )
        order = replace(order, **changes)
        with Transaction() as transaction:
            reimbursements.save_order(transaction, order)
        return order

    def run(self) -> None:
        """The day's schedule, and all that follows from it."""
        self.stack.run_schedule("payment-batches")
        self.stack.drain()

    def told(self, name: str, content: bytes) -> Json:
        """The report on a file that the bank has left."""
        bank.leave(name, content)
        self.stack.drain()
        found = client("s3").get_object(Bucket=settings.bucket("bank"), Key=f"in/{name}.xml.report")
        report: Json = json.loads(found["Body"].read())
        return report

    def state(self, order: PaymentOrder) -> PaymentOrder:
        """The order as it stands."""
        found = reimbursements.order(order.order_id)
        assert found is not None
        return found

    def file_of(self, order: PaymentOrder) -> tuple[str, bytes]:
        """The file that holds the latest sending of an order."""
        batch_id = self.state(order).attempts[-1].batch_id
        return batch_id, bank.files()[batch_id]


@pytest.fixture(scope="module")
def desk(stack: Stack, employer: Employer) -> Desk:
    me = employer.member().get("/member")
    member_id = identities.find(Identity.MEMBER_NUMBER, me["numero_adherent"])
    assert member_id is not None
    return Desk(stack=stack, member_id=member_id)


def holding(order: PaymentOrder) -> list[str]:
    """The files in which an order is, by the name of its first sending."""
    return [name for name, content in bank.files().items() if order.order_id.encode() in NAME.findall(content)]


def test_m38_orders_leave_in_a_file_that_the_schema_admits_and_each_is_in_one(desk: Desk) -> None:
    orders = [desk.ordered(amount_cents=cents) for cents in (1, 99, 123456)]
    with a_bank_day():
        desk.run()
        desk.run()
        for order in orders:
            assert len(holding(order)) == 1
            batch_id, content = desk.file_of(order)
            try_valid_xml(content, "pain.001.001.09")
            assert f"<MsgId>{batch_id}</MsgId>".encode() in content
            assert b"<Nm>Lea OErsted-Martin fils</Nm>" in content
            assert desk.state(order).state is PaymentState.SENT


def test_the_files_add_up_to_what_was_ordered(desk: Desk) -> None:
    for cents in (5, 50, 500):
        desk.ordered(amount_cents=cents)
    with a_bank_day():
        desk.run()
    sent: Counter[str] = Counter()
    asked = 0
    for content in bank.files().values():
        if b"pain.001" in content:
            sent.update(name.decode() for name in NAME.findall(content))
            whole, part = SUM.findall(content)[:2]
            assert whole == part
            asked += int(whole.replace(b".", b""))
    assert set(sent.values()) == {1}
    ids = {name[:32] for name in sent}
    known = [found for one in _chunks(sorted(ids)) for found in reimbursements.orders(one).values()]
    assert sum(one.amount_cents * len(one.attempts) for one in known) == asked


def _chunks(ids: list[str]) -> list[list[str]]:
    return [ids[start : start + 90] for start in range(0, len(ids), 90)]


def test_nothing_leaves_on_a_day_without_banks(desk: Desk) -> None:
    order = desk.ordered()
    saturday = (5 - clock.today().weekday()) % 7
    with later(days=saturday or 7):
        desk.run()
    assert desk.state(order).state is PaymentState.ORDERED


@pytest.mark.parametrize(
    ("operation", "containing"),
    [
        ("dynamodb.TransactWriteItems", "PART#"),
        ("dynamodb.TransactWriteItems", "CLOSED"),
        ("s3.PutObject", "out/VIR"),
        ("dynamodb.TransactWriteItems", "WRITTEN"),
    ],
    ids=["before the claim", "before the batch is closed", "before the file", "between the file and its mark"],
)
def test_a_run_that_was_cut_short_is_finished_by_the_next(desk: Desk, operation: str, containing: str) -> None:
    order = desk.ordered()
    with a_bank_day():
        desk.stack.faults.fail_call(operation, error="InternalServerError", containing=containing)
        with pytest.raises((ClientError, TransactWriteError)):
            desk.run()
        assert not desk.stack.faults.pending(), "the fault struck"
        before = bank.files()
        desk.run()
        assert len(holding(order)) == 1
        assert desk.state(order).state is PaymentState.SENT
        assert all(bank.files()[name] == content for name, content in before.items()), "the same bytes"


def test_a_batch_that_the_index_does_not_list_yet_leaves_with_the_run_that_filled_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index follows its table later: nothing of the day may depend on how much later."""
    order = desk.ordered()
    with a_bank_day():
        with monkeypatch.context() as late:
            late.setattr("chalicelib.storage.payments.unfinished_batches", lambda _kind: [])
            desk.run()
        assert len(holding(order)) == 1


def test_a_batch_that_missed_its_day_is_asked_for_one_that_is_possible(desk: Desk) -> None:
    order = desk.ordered()
    with a_bank_day():
        desk.stack.faults.fail_call("s3.PutObject", error="InternalServerError", containing="out/VIR")
        with pytest.raises(ClientError):
            desk.run()
    with a_bank_day(after=3):
        desk.run()
        _, content = desk.file_of(order)
        assert f"<Dt>{clock.today()}</Dt></ReqdExctnDt>".encode() in content


def test_a_batch_that_no_bank_would_take_does_not_stop_the_next(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, order = desk.ordered(), desk.ordered()
    monkeypatch.setattr(payments, "MOST_IN_PART", 1)
    monkeypatch.setattr(payment_batches, "MOST_IN_PART", 1)
    monkeypatch.setattr(payment_batches, "MOST_IN_FILE", 1)
    with a_bank_day():
        desk.stack.faults.fail_call("s3.PutObject", error="InternalServerError", containing="out/VIR")
        with pytest.raises(ClientError):
            desk.run()
        name = desk.state(broken).attempts[0].batch_id
        batch = payment_batches.find(name)
        assert batch is not None
        with Transaction() as transaction:
            stored.save_batch(transaction, replace(batch, total_cents=1))
        with pytest.raises(ValueError, match="does not add up"):
            desk.run()
        assert len(holding(order)) == 1
        assert holding(broken) == []
        spoiled = payment_batches.find(name)
        assert spoiled is not None
        with Transaction() as transaction:
            stored.save_batch(transaction, replace(spoiled, total_cents=batch.total_cents))
        desk.run()
        assert len(holding(broken)) == 1


def test_two_runs_at_the_same_time_share_the_orders(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payments, "MOST_IN_PART", 5)
    orders = [desk.ordered() for _ in range(20)]
    with a_bank_day():
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda _: payments.run(), range(3)))
        desk.run()
        assert [len(holding(order)) for order in orders] == [1] * len(orders)
        assert {desk.state(order).state for order in orders} == {PaymentState.SENT}


def test_a_full_batch_is_followed_by_another(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payments, "MOST_IN_PART", 2)
    monkeypatch.setattr(payment_batches, "MOST_IN_PART", 2)
    monkeypatch.setattr(payment_batches, "MOST_IN_FILE", 4)
    orders = [desk.ordered() for _ in range(7)]
    with a_bank_day():
        desk.run()
        assert len({desk.state(order).attempts[0].batch_id for order in orders}) >= 2
        assert all(len(holding(order)) == 1 for order in orders)


def test_an_account_that_no_bank_would_take_never_leaves_and_is_asked_for(desk: Desk, portal: Portal) -> None:
    wrong = desk.ordered(iban_sealed=secrets.seal("FR1420041010050500013M02607", field="iban"))
    nameless = desk.ordered(holder="—")
    with a_bank_day():
        desk.run()
        for order in (wrong, nameless):
            stopped = desk.state(order)
            assert (stopped.state, stopped.attempts) == (PaymentState.REJECTED, ())
            assert stopped.hold
            assert stopped.hold.reason == "account_invalid"
    assert portal.mail(desk.email, "n’a pas pu vous être versé")


def rejected(desk: Desk, order: PaymentOrder, code: str) -> Json:
    """The report once the bank has rejected an order."""
    _, content = desk.file_of(order)
    [name] = [one.decode() for one in NAME.findall(content) if one.decode().startswith(order.order_id)]
    answer = bank.status(f"S-{name}", content, at=clock.now(), rejected={name: code})
    return desk.told(f"status-{name}", answer)


def test_m85_a_rejected_transfer_asks_for_other_bank_details_and_leaves_again_once_they_are_in_use(
    desk: Desk, portal: Portal
) -> None:
    order = desk.ordered(reference="REJETE01", iban=secrets.unseal(desk.account.iban_sealed, field="iban"))
    with a_bank_day():
        desk.run()
        assert rejected(desk, order, "AC04")["outcome"] == "accepted"
        assert desk.state(order).state is PaymentState.REJECTED
        text = portal.mail(desk.email, "REJETE01")
        assert "Le compte est clôturé." in text
        assert order.iban_masked not in text
        assert order.order_id in {one.order.order_id for one in payments.stopped_for(desk.member_id)}
    with a_bank_day(after=1):
        desk.run()
        assert desk.state(order).state is PaymentState.REJECTED, "the same account is not tried again"
        fresh = samples.iban()
        account = replace(desk.account, iban_sealed=secrets.seal(fresh, field="iban"), iban_masked=mask_iban(fresh))
        with Transaction() as transaction:
            members.save(transaction, replace(desk.read_member(), bank_account=account))
        desk.run()
        again = desk.state(order)
        assert (again.state, len(again.attempts)) == (PaymentState.SENT, 2)
        _, content = desk.file_of(order)
        assert f"{order.order_id}-2".encode() in NAME.findall(content)
        assert fresh.encode() in content
        batch_id, content = desk.file_of(order)
        desk.told(f"status-{batch_id}-paid", bank.status("S-paid", content, at=clock.now()))
        paid = desk.state(order)
        assert (paid.state, paid.paid_on) == (PaymentState.PAID, clock.today())
        assert order.order_id not in {one.order.order_id for one in payments.stopped_for(desk.member_id)}


def test_a14_what_was_ordered_to_a_closed_account_goes_to_the_new_one(desk: Desk, portal: Portal) -> None:
    """A14, M85: nothing arrives on a closed account; what is another member's, or another account's, is not touched."""
    closed = secrets.unseal(desk.account.iban_sealed, field="iban")
    returned, untouched = desk.ordered(iban=closed), desk.ordered()
    with a_bank_day():
        desk.run()
        rejected(desk, returned, "AC04")
    late = desk.ordered(iban=closed, reference="TARDIF01")
    elsewhere = desk.ordered(iban=closed, member_id=tokens.new_id())
    blocked = desk.ordered()
    with a_bank_day(after=1):
        desk.run()
        stopped = desk.state(late)
        assert (stopped.state, stopped.attempts) == (PaymentState.REJECTED, ())
        assert "Le compte est clôturé." in portal.mail(desk.email, "TARDIF01")
        for order in (untouched, elsewhere, blocked):
            assert (len(desk.state(order).attempts), desk.state(order).iban_masked) == (1, order.iban_masked)
        rejected(desk, blocked, "AC06")
    later_still = desk.ordered(iban=closed)
    same_as_blocked = desk.ordered(iban_sealed=blocked.iban_sealed, iban_masked=blocked.iban_masked)
    fresh = samples.iban()
    account = replace(desk.account, iban_sealed=secrets.seal(fresh, field="iban"), iban_masked=mask_iban(fresh))
    with Transaction() as transaction:
        members.save(transaction, replace(desk.read_member(), bank_account=account))
    with a_bank_day(after=2):
        desk.run()
        for order in (returned, late, later_still):
            assert (desk.state(order).state, desk.state(order).iban_masked) == (PaymentState.SENT, mask_iban(fresh))
        assert len(desk.state(later_still).attempts) == 1
        assert closed.encode() not in desk.file_of(later_still)[1]
        assert desk.state(same_as_blocked).iban_masked == blocked.iban_masked, "A14: a blocked account is still there"


@pytest.mark.parametrize("moment", ["before the claim", "before the mending"])
def test_a_closed_account_is_known_also_after_a_run_that_was_cut_short(desk: Desk, moment: str) -> None:
    """A14: what follows from it is kept step by step, whatever the run had time for."""
    closed = secrets.unseal(desk.account.iban_sealed, field="iban")
    returned = desk.ordered(iban=closed)
    with a_bank_day():
        desk.run()
        rejected(desk, returned, "AC04")
    late = desk.ordered(iban=closed)
    fresh = samples.iban()
    account = replace(desk.account, iban_sealed=secrets.seal(fresh, field="iban"), iban_masked=mask_iban(fresh))
    with Transaction() as transaction:
        members.save(transaction, replace(desk.read_member(), bank_account=account))
    with a_bank_day(after=1):
        struck = "PART#" if moment == "before the claim" else returned.order_id
        desk.stack.faults.fail_call("dynamodb.TransactWriteItems", error="InternalServerError", containing=struck)
        with pytest.raises((ClientError, TransactWriteError)):
            desk.run()
        desk.run()
        for order in (returned, late):
            assert (desk.state(order).state, desk.state(order).iban_masked) == (PaymentState.SENT, mask_iban(fresh))


def test_the_bank_s_files_may_come_in_any_order_and_twice(desk: Desk) -> None:
    """A status, the booking of the batch and a return days later: the same end."""
    ends = set()
    for rank, order_of_files in enumerate(permutations(("status", "booking", "return"))):
        order = desk.ordered()
        with a_bank_day():
            desk.run()
            batch_id, content = desk.file_of(order)
            total = desk.state(order).amount_cents
            booking = Movement(
                amount_cents=total, credit=False, on=clock.today(), servicer_reference=f"B{rank}", batch_id=batch_id
            )
            back = Movement(
                amount_cents=total,
                credit=True,
                on=clock.today() + timedelta(days=2),
                servicer_reference=f"R{rank}",
                end_to_end_id=order.order_id,
                returned="AC06",
            )
            files = {
                "status": bank.status(f"S{rank}", content, at=clock.now()),
                "booking": bank.notification(f"N{rank}", [booking], at=clock.now()),
                "return": bank.notification(f"R{rank}", [back], at=clock.now()),
            }
            for name in order_of_files:
                desk.told(f"{name}-{rank}", files[name])
            for name in order_of_files:
                assert desk.told(f"{name}-{rank}-again", files[name])["applied"] == 0
            attempt = desk.state(order).attempts[0]
            ends.add((desk.state(order).state, attempt.settled_on, attempt.rejected_on, attempt.reason))
    assert len(ends) == 1, ends


def test_a_file_refused_whole_is_resumed_by_an_agent_in_another_one(desk: Desk, agent: Back) -> None:
    order = desk.ordered()
    with a_bank_day():
        desk.run()
        batch_id, content = desk.file_of(order)
        desk.told(f"refusal-{batch_id}", bank.status(f"X-{batch_id}", content, at=clock.now(), refused="FF01"))
        assert desk.state(order).state is PaymentState.REJECTED
        desk.run()
        assert len(desk.state(order).attempts) == 1, "an agent looks first"
    listed = agent.agent.get("/backoffice/payment-batches", params={"kind": "VIR"})["batches"]
    [seen] = [one for one in listed if one["batch_id"] == batch_id]
    assert (seen["state"], seen["refusal"]) == ("REFUSED", "FF01")
    path = f"/backoffice/payment-batches/{batch_id}/resumption"
    assert expect(agent.agent.call("POST", path), 200)["payments"] == seen["payments"]
    assert expect(agent.agent.call("POST", path), 200)["payments"] == 0
    with a_bank_day():
        desk.run()
    assert len(desk.state(order).attempts) == 2
    again = desk.file_of(order)[0]
    assert "out/VIR-" in agent.agent.get(f"/backoffice/payment-batches/{again}/file")["url"]
    refused = agent.agent.call("POST", f"/backoffice/payment-batches/{again}/resumption")
    assert expect(refused, 409)["code"] == "not_refused"


def test_a_movement_of_another_amount_than_the_file_s_is_an_agent_s_business(desk: Desk) -> None:
    """What names the whole file without moving all of it neither refuses nor books it: nothing is paid twice."""
    first, second = desk.ordered(amount_cents=3000), desk.ordered(amount_cents=2000)
    with a_bank_day():
        desk.run()
        batch_id, _ = desk.file_of(first)
        batch = payment_batches.find(batch_id)
        assert batch is not None

        def moved(name: str, cents: int, returned: str = "") -> Json:
            movement = Movement(
                amount_cents=cents,
                credit=bool(returned),
                on=clock.today(),
                servicer_reference=f"{name}-{batch_id}",
                batch_id=batch_id,
            )
            content = bank.notification(name, [movement], at=clock.now())
            back = content.replace(b"</CdtDbtInd><Sts>", b"</CdtDbtInd><RvslInd>true</RvslInd><Sts>", 1)
            return desk.told(f"{name}-{batch_id}", back if returned else content)

        assert moved("part-back", 3000, returned="AC04")["unknown"] == [batch_id]
        assert moved("part-paid", batch.total_cents - 2000)["unknown"] == [batch_id]
        assert {desk.state(one).state for one in (first, second)} == {PaymentState.SENT}
        rejected(desk, second, "AM09")
        assert moved("rest-paid", batch.total_cents - 2000)["unknown"] == []
        assert (desk.state(first).state, desk.state(second).state) == (PaymentState.PAID, PaymentState.REJECTED)
        assert desk.state(second).attempts[0].settled_on is None


def test_a_booked_transfer_of_a_file_refused_whole_is_not_sent_again(desk: Desk, agent: Back) -> None:
    order = desk.ordered()
    with a_bank_day():
        desk.run()
        batch_id, content = desk.file_of(order)
        booking = Movement(
            amount_cents=4719, credit=False, on=clock.today(), servicer_reference="BK", end_to_end_id=order.order_id
        )
        desk.told(f"booked-{batch_id}", bank.notification("BK", [booking], at=clock.now()))
        desk.told(f"refused-{batch_id}", bank.status(f"R-{batch_id}", content, at=clock.now(), refused="FF01"))
    expect(agent.agent.call("POST", f"/backoffice/payment-batches/{batch_id}/resumption"), 200)
    with a_bank_day():
        desk.run()
        assert len(desk.state(order).attempts) == 1


def test_an_agent_lets_a_transfer_go_again_to_the_same_account(desk: Desk, agent: Back) -> None:
    order = desk.ordered()
    with a_bank_day():
        desk.run()
        rejected(desk, order, "MS03")
    path = f"/backoffice/stopped-payments/{order.order_id}/release"
    released = expect(agent.agent.call("POST", path), 200)
    assert (released["state"], released["sentence"]) == ("ORDERED", "")
    assert expect(agent.agent.call("POST", path), 409)["code"] == "not_held"
    with a_bank_day():
        desk.run()
    assert len(desk.state(order).attempts) == 2


def test_h151_a_professional_without_account_waits_until_one_is_recorded_and_its_delay_over(
    desk: Desk, agent: Back
) -> None:
    number = "10000123454"
    order = desk.ordered(
        payee="professional", professional=number, iban_sealed="", iban_masked="", holder="", reference="TP"
    )
    with a_bank_day():
        desk.run()
    stopped = agent.agent.get("/backoffice/stopped-payments")["payments"]
    [seen] = [one for one in stopped if one["order_id"] == order.order_id]
    assert (seen["reason"], seen["needs_account"]) == ("account_missing", True)
    path = f"/backoffice/professionals/{number}/account"
    expect(agent.agent.call("GET", path), 404)
    iban = samples.iban()
    body = {"iban": iban, "holder": "Cabinet Duret"}
    recorded = expect(agent.agent.call("PUT", path, json=body), 200)
    assert expect(agent.agent.call("PUT", path, json=body), 200) == recorded, "the same again changes nothing"
    assert expect(agent.agent.call("GET", path), 200) == recorded
    assert iban not in str(recorded)
    expect(agent.agent.call("PUT", "/backoffice/professionals/12/account", json=body), 422)
    with a_bank_day(after=4):
        desk.run()
    _, content = desk.file_of(order)
    assert iban.encode() in content
    assert b"Cabinet Duret" in content


def test_an_answer_about_nothing_known_is_reported_and_kept_for_agents(desk: Desk, agent: Back) -> None:
    unknown = Movement(
        amount_cents=777,
        credit=True,
        on=clock.today(),
        servicer_reference="UNKNOWN-1",
        end_to_end_id="0" * 32,
        returned="AC04",
    )
    content = bank.notification("N-UNKNOWN", [unknown], at=clock.now())
    assert desk.told("unknown", content)["unknown"] == ["0" * 32]
    assert desk.told("unknown-again", content) | {"at": ""} == {
        "outcome": "unchanged",
        "at": "",
        "message_id": "N-UNKNOWN",
        "applied": 0,
        "unchanged": 1,
        "unknown": [],
    }
    waiting = agent.agent.get("/backoffice/bank-movements")["movements"]
    [found] = [one for one in waiting if one["name"] == "0" * 32]
    path = f"/backoffice/bank-movements/{found['entry_id']}/setting-aside"
    assert agent.agent.post(path, {"note": "Virement d’un autre outil."}, 200)["state"] == "SET_ASIDE"
    assert agent.agent.call("POST", path, json={"note": "Encore."}).status_code == 409
    assert found["entry_id"] not in {
        one["entry_id"] for one in agent.agent.get("/backoffice/bank-movements")["movements"]
    }


@pytest.mark.parametrize("content", [b"no xml", b"<!DOCTYPE a><a/>", b"<a/>"])
def test_a_malformed_file_of_the_bank_gets_a_report_and_changes_nothing(desk: Desk, content: bytes) -> None:
    report = desk.told(f"malformed-{abs(hash(content))}", content)
    assert report["outcome"] == "refused"
    assert report["message"].endswith(".")


def test_a_passing_trouble_while_reading_the_bank_s_file_is_tried_again(desk: Desk) -> None:
    order = desk.ordered()
    with a_bank_day():
        desk.run()
        batch_id, content = desk.file_of(order)
        desk.stack.faults.fail_call(
            "dynamodb.TransactWriteItems", error="InternalServerError", containing=order.order_id
        )
        desk.told(f"trouble-{batch_id}", bank.status(f"T-{batch_id}", content, at=clock.now()))
        assert not desk.stack.faults.pending()
        assert desk.state(order).state is PaymentState.PAID


def test_the_file_is_what_the_iso_schema_says_and_nothing_else_in_clear(desk: Desk) -> None:
    """A file holds no care, no NIR: the payee's name, the account, the amount, the claim's number."""
    order = desk.ordered(reference="REF42")
    with a_bank_day():
        desk.run()
        _, content = desk.file_of(order)
    assert b"<Ustrd>Remboursement REF42</Ustrd>" in content


def test_a_refused_call_leaves_no_trace(desk: Desk) -> None:
    """S3 refuses the file: the batch stays complete, and its orders are in no other."""
    order = desk.ordered()
    with a_bank_day():
        desk.stack.faults.fail_call("s3.PutObject", error="AccessDenied", containing="out/VIR")
        with pytest.raises(ClientError):
            desk.run()
        assert holding(order) == []
        desk.run()
        assert len(holding(order)) == 1
        assert len(desk.state(order).attempts) == 1


def test_the_local_bank_answers_what_waits_for_it(desk: Desk, portal: Portal) -> None:
    order = desk.ordered()
    with a_bank_day():
        desk.run()
        batch_id, _ = desk.file_of(order)
        answered = expect(portal.http.post("/_local/bank", json={}), 200)["answered"]
        assert batch_id in answered
        portal.settle()
        assert desk.state(order).state is PaymentState.PAID
        assert batch_id not in expect(portal.http.post("/_local/bank", json={"code": "AC04"}), 200)["answered"]


def test_m38_a_claim_is_paid_and_its_reimbursement_says_on_which_day(
    desk: Desk, portal: Portal, patient: Patient, yesterday: date
) -> None:
    paid = patient.paid(room(yesterday))
    assert (paid["state"], paid["paid_on"]) == ("ORDERED", None)
    with a_bank_day():
        day = clock.today()
        desk.run()
        portal.http.post("/_local/bank", json={})
        portal.settle()
    found = patient.member.get(f"/member/reimbursements/{paid['reimbursement_id']}")
    assert (found["state"], found["paid_on"]) == ("PAID", f"{day}")


def test_m38_a_claim_of_a_member_without_account_is_decided_and_they_are_asked_for_one(
    desk: Desk, portal: Portal, patient: Patient, yesterday: date
) -> None:
    """M38, M85: the décompte says that the transfer waits, and so does the member's home."""
    member = members.get(identities.find(Identity.MEMBER_NUMBER, patient.identifier) or "")
    assert member is not None
    _save(replace(member, bank_account=None))
    paid = patient.paid(room(yesterday))
    assert (paid["state"], paid["complementary_cents"] > 0) == ("ORDERED", True)
    statement = patient.member.get(f"/member/reimbursements/{paid['reimbursement_id']}/statement")
    assert "dès que les coordonnées bancaires" in text_of(statement["url"])
    with a_bank_day():
        desk.run()
    waiting = [one for one in patient.member.get("/member/home")["waiting"] if one["kind"] == "bank_details"]
    assert waiting, "the home page says what to do"
    present = members.get(member.member_id)
    assert present is not None
    _save(replace(present, bank_account=member.bank_account))


def _save(member: Member) -> None:
    with Transaction() as transaction:
        members.save(transaction, member)


def test_m38_a_transfer_that_came_back_shows_in_the_member_s_list(
    desk: Desk, portal: Portal, patient: Patient, yesterday: date
) -> None:
    paid = patient.paid(room(yesterday))
    with a_bank_day():
        desk.run()
        portal.http.post("/_local/bank", json={"code": "AC04"})
        portal.settle()
    found = patient.member.get(f"/member/reimbursements/{paid['reimbursement_id']}")
    assert (found["state"], found["paid_on"]) == ("REJECTED", None)
    waiting = [one for one in patient.member.get("/member/home")["waiting"] if one["kind"] == "bank_details"]
    assert any("clôturé" in one["detail"] for one in waiting), "the home page says what to do (M85)"
