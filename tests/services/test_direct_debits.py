"""Contributions collected from companies: debits presented, booked, returned, and transfers matched (H43, H46)."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count, permutations
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pynamodb.exceptions import TransactWriteError
from sepaxml.validation import try_valid_xml

from chalicelib import clock, settings
from chalicelib.domain.company import Company
from chalicelib.domain.contributions.account import ContributionAccount
from chalicelib.domain.contributions.bank_days import bank_day_from, debit_day, is_target_day
from chalicelib.domain.contributions.contribution import Contribution
from chalicelib.domain.contributions.issued import Debit
from chalicelib.domain.contributions.ledger import Account, Entry, Posting, PostingKind
from chalicelib.domain.contributions.reference import structured_reference
from chalicelib.domain.contributions.state import Collection, ContributionState, state_on
from chalicelib.domain.contributions.statement import StatementKind
from chalicelib.domain.direct_debit import DebitState, DirectDebit
from chalicelib.domain.errors import NotFound
from chalicelib.domain.mandate import Bank, Mandate, MandateState
from chalicelib.domain.periods import Period
from chalicelib.gateways import secrets
from chalicelib.identifiers import mask_iban
from chalicelib.services import contribution_ledger, direct_debits
from chalicelib.storage import companies, contributions
from chalicelib.storage.transaction import Stale, Transaction
from local import bank
from local.bank import Movement
from local.clients import client
from local.stack import Stack
from tests import samples
from tests.portal import Portal, expect
from tests.services.conftest import Back, Employer, Json, later

NAME = re.compile(rb"<EndToEndId>([^<]+)</EndToEndId>")
_numbers = count(1)


@contextmanager
def on(day: date) -> Iterator[None]:
    """The early morning of a day."""
    with later(seconds=(datetime(day.year, day.month, day.day, 5, tzinfo=UTC) - clock.now()).total_seconds()):
        yield


@dataclass(frozen=True)
class Treasury:
    """A company with a mandate, and what these tests do about its contributions."""

    stack: Stack
    company_id: str

    def company(self) -> Company:
        """The company as it stands."""
        found = companies.get(self.company_id)
        assert found is not None
        return found

    def holds(self, mandate: Mandate | None) -> None:
        """Give the company one mandate, or none."""
        bank_of = Bank(mandates=(mandate,) if mandate else ())
        with Transaction() as transaction:
            companies.save(transaction, replace(self.company(), bank=bank_of))

    def called(self, *, cents: int = 58880, debit: bool = True, due_in: int = 20) -> Contribution:
        """A contribution that was called today under a contract of its own, with the debit it announces."""
        today, rank = clock.today(), next(_numbers)
        number = f"7654321TEST{rank:04d}00"
        due_on = bank_day_from(today + timedelta(days=due_in))
        announced = Debit(
            rum="R-1", ics=settings.creditor_id(), iban_masked="", debit_on=debit_day(due_on, told_on=today),
            amount_cents=cents,
        )  # fmt: skip
        contribution = Contribution(
            number=number,
            kind=StatementKind.CALL,
            company_id=self.company_id,
            contract_id=f"test-{rank}",
            contract_number="SANTE-1",
            period=Period(today.replace(day=1), today + timedelta(days=40)),
            issued_on=today,
            collection=Collection(due_on=due_on, called_cents=cents, owed_cents=cents),
            debit=announced if debit else None,
        )
        with Transaction() as transaction:
            contributions.save(transaction, contribution)
            account = ContributionAccount(company_id=self.company_id, contract_id=contribution.contract_id)
            contributions.save_account(transaction, account)
        entries = (
            Entry(account=Account.COMPANY, amount_cents=cents),
            Entry(account=Account.PREMIUM, amount_cents=-cents),
        )
        posting = Posting(
            posting_id=f"statement-{number}", kind=PostingKind.STATEMENT, day=today, statement=number, entries=entries
        )
        contribution_ledger.post(self.company_id, contribution.contract_id, posting)
        return self.read(contribution)

    def read(self, contribution: Contribution) -> Contribution:
        """The contribution as it stands."""
        found = contributions.get(contribution.number)
        assert found is not None
        return found

    def state(self, contribution: Contribution) -> ContributionState:
        """Where it stands today."""
        return state_on(self.read(contribution).collection, clock.today())

    def postings(self, contribution: Contribution) -> list[tuple[PostingKind, int]]:
        """What the ledger says beyond the call itself."""
        ledger = contributions.ledger(self.company_id, contribution.contract_id)
        found = [(one.kind, one.on(Account.COMPANY)) for one in ledger.postings]
        return sorted(one for one in found if one[0] is not PostingKind.STATEMENT)

    def run(self) -> None:
        """The day's schedule, and all that follows from it."""
        self.stack.run_schedule("contribution-debits")
        self.stack.drain()

    def told(self, name: str, content: bytes) -> Json:
        """The report on a file that the bank has left."""
        bank.leave(name, content)
        self.stack.drain()
        found = client("s3").get_object(Bucket=settings.bucket("bank"), Key=f"in/{name}.xml.report")
        report: Json = json.loads(found["Body"].read())
        return report


def mandate(iban: str | None = None, **changes: Any) -> Mandate:
    """A mandate long in force."""
    account = iban or samples.iban()
    signed = clock.now() - timedelta(days=100)
    facts: Json = {
        "rum": f"TEST-{next(_numbers)}",
        "ics": settings.creditor_id(),
        "creditor_name": "Assureur",
        "creditor_address": "Paris",
        "debtor_name": "Ateliers",
        "debtor_address": "Nantes",
        "place": "Nantes",
        "holder": "Ateliers de l’Erdre",
        "iban_sealed": secrets.seal(account, field="iban"),
        "iban_masked": mask_iban(account),
        "bic": None,
        "request_id": "r",
        "written_on": signed.date(),
        "signed_at": signed,
        "effective_at": signed + timedelta(hours=72),
    }
    return Mandate(**(facts | changes))


@pytest.fixture
def treasury(stack: Stack, employer: Employer) -> Treasury:
    found = Treasury(stack=stack, company_id=employer.company_id)
    found.holds(mandate())
    return found


def presented(contribution: Contribution) -> list[tuple[str, bytes, str]]:
    """The debits of a contribution that were presented: batch, file, name at the bank."""
    return [
        (name, content, found.decode())
        for name, content in bank.files().items()
        if name.startswith("PRL-") and contribution.number.encode() in content
        for found, text in re.findall(rb"<EndToEndId>([^<]+)</EndToEndId>(.*?)</DrctDbtTxInf>", content, re.S)
        if contribution.number.encode() in text
    ]


def presentation_day(contribution: Contribution) -> date:
    """The last bank day on which a debit may be presented for its day."""
    assert contribution.debit_on is not None
    day, left = contribution.debit_on, 2
    while left:
        day -= timedelta(days=1)
        left -= is_target_day(day)
    return day


@contextmanager
def debited(treasury: Treasury, contribution: Contribution) -> Iterator[tuple[str, bytes, str]]:
    """The day of the presentation of a debit, once it has left."""
    day = presentation_day(contribution)
    while day != bank_day_from(day):
        day -= timedelta(days=1)
    with on(day):
        treasury.run()
        [found] = presented(contribution)
        yield found


def test_a_debit_leaves_two_open_days_before_its_own_in_a_file_that_the_schema_admits(treasury: Treasury) -> None:
    contribution = treasury.called()
    assert contribution.debit_on is not None
    with on(bank_day_from(clock.today() + timedelta(days=1))):
        treasury.run()
        assert presented(contribution) == [], "not before its time"
    with debited(treasury, contribution) as (batch_id, content, _):
        treasury.run()
        assert len(presented(contribution)) == 1
        try_valid_xml(content, "pain.008.001.08")
        assert f"<ReqdColltnDt>{contribution.debit_on}</ReqdColltnDt>".encode() in content
        [held] = (treasury.company().bank or Bank()).mandates
        assert f"<MndtId>{held.rum}</MndtId><DtOfSgntr>{held.signed_on}</DtOfSgntr>".encode() in content
        assert b"<SeqTp>RCUR</SeqTp>" in content
        assert (contribution.debit_on - contribution.issued_on).days >= 14, "told in time"
        assert held.last_debited_on == contribution.debit_on, "36 months begin again"
        assert treasury.state(contribution) is ContributionState.DEBIT_SENT
        assert batch_id.startswith(f"PRL-{contribution.debit_on:%Y%m%d}")


def test_a_day_without_a_run_is_made_up_for(treasury: Treasury) -> None:
    contribution = treasury.called()
    assert contribution.debit_on is not None
    late = bank_day_from(contribution.debit_on + timedelta(days=3))
    with on(late):
        treasury.run()
        [(_, content, _)] = presented(contribution)
        asked = date.fromisoformat(re.findall(r"<ReqdColltnDt>([^<]+)<", content.decode())[0])
        assert asked > late
        assert is_target_day(asked)


def test_less_is_debited_once_a_part_was_paid_and_nothing_of_what_is_paid_or_contested(treasury: Treasury) -> None:
    partly, paid, contested = treasury.called(), treasury.called(), treasury.called()
    for contribution, cents in ((partly, 8880), (paid, 58880)):
        transfer = Movement(
            amount_cents=cents,
            credit=True,
            on=clock.today(),
            servicer_reference=f"PAY-{contribution.number}",
            reference=structured_reference(contribution.number),
        )
        treasury.told(f"pay-{contribution.number}", bank.notification("P", [transfer], at=clock.now()))
    disputed = replace(treasury.read(contested), collection=replace(contested.collection, disputed=True))
    with Transaction() as transaction:
        contributions.save(transaction, disputed)
    with debited(treasury, partly) as (_, content, _):
        assert b'<InstdAmt Ccy="EUR">500.00</InstdAmt>' in content
        assert presented(paid) == presented(contested) == []


@pytest.mark.parametrize("why", ["no mandate", "bad account"])
def test_what_the_bank_would_refuse_is_never_presented_and_the_company_is_told(
    treasury: Treasury, portal: Portal, agent: Back, why: str
) -> None:
    wrong = mandate(iban_sealed=secrets.seal("FR1420041010050500013M02607", field="iban"))
    treasury.holds(None if why == "no mandate" else wrong)
    contribution = treasury.called()
    with on(presentation_day(contribution)):
        treasury.run()
        assert presented(contribution) == []
        assert treasury.state(contribution) is ContributionState.DEBIT_REJECTED
        treasury.run()
    portal.settle()
    assert any(contribution.number in str(one["subject"]) for one in portal.controls.letters())
    listed = agent.agent.get("/backoffice/rejected-debits")["debits"]
    [seen] = [one for one in listed if one["statement"] == contribution.number]
    assert seen["reason"] == ("mandate_missing" if why == "no mandate" else "account_invalid")


def test_a_debit_is_booked_and_its_refund_months_later_puts_the_debt_back(treasury: Treasury, portal: Portal) -> None:
    contribution = treasury.called()
    with debited(treasury, contribution) as (batch_id, _, name):
        assert contribution.debit_on is not None
        booking = Movement(
            amount_cents=58880, credit=True, on=contribution.debit_on, servicer_reference=batch_id, batch_id=batch_id
        )
        report = treasury.told(f"booking-{batch_id}", bank.notification("B", [booking], at=clock.now()))
        assert report["outcome"] == "accepted"
        assert treasury.state(contribution) is ContributionState.PAID
        assert treasury.postings(contribution) == [(PostingKind.DEBIT, -58880)]
        refund = Movement(
            amount_cents=58880,
            credit=False,
            on=contribution.debit_on + timedelta(days=300),
            servicer_reference=f"R-{name}",
            end_to_end_id=name,
            returned="MD06",
        )
        treasury.told(f"refund-{name}", bank.notification("R", [refund], at=clock.now()))
        assert treasury.postings(contribution) == [(PostingKind.DEBIT, -58880), (PostingKind.DEBIT_REJECTED, 58880)]
        assert treasury.read(contribution).owed_cents == 58880
        assert treasury.state(contribution) is ContributionState.DEBIT_REJECTED
    texts = [str(one["text"]) for one in portal.controls.letters() if contribution.number in str(one["subject"])]
    assert any("a demandé le remboursement" in text for text in texts)


def test_answers_about_a_debit_in_any_order_and_twice_give_the_same_books(treasury: Treasury) -> None:
    ends = set()
    for order_of_files in permutations(("booking", "return")):
        treasury.holds(mandate())
        contribution = treasury.called()
        with debited(treasury, contribution) as (_, _, name):
            assert contribution.debit_on is not None
            movements = {
                "booking": Movement(
                    amount_cents=58880,
                    credit=True,
                    on=contribution.debit_on,
                    servicer_reference=f"B-{name}",
                    end_to_end_id=name,
                ),
                "return": Movement(
                    amount_cents=58880,
                    credit=False,
                    on=contribution.debit_on + timedelta(days=2),
                    servicer_reference=f"R-{name}",
                    end_to_end_id=name,
                    returned="AM04",
                ),
            }
            for kind in (*order_of_files, *order_of_files):
                treasury.told(f"{kind}-{name}", bank.notification(kind, [movements[kind]], at=clock.now()))
                treasury.told(f"{kind}-{name}-again", bank.notification("x", [movements[kind]], at=clock.now()))
            postings = tuple(treasury.postings(contribution))
            held = treasury.read(contribution)
            ends.add((treasury.state(contribution), postings, held.owed_cents, held.debit is None))
    assert len(ends) == 1, ends
    [(state, postings, owed, _)] = ends
    assert (state, owed) == (ContributionState.DEBIT_REJECTED, 58880)
    assert sum(cents for _, cents in postings) == 0


@pytest.mark.parametrize(("code", "blocked"), [("MD01", True), ("AC04", True), ("AM04", False)])
def test_a_mandate_that_the_bank_no_longer_takes_is_blocked(treasury: Treasury, code: str, blocked: bool) -> None:
    contribution = treasury.called()
    with debited(treasury, contribution) as (_, content, name):
        status = bank.status(f"S-{name}", content, at=clock.now(), rejected={name: code})
        assert treasury.told(f"status-{name}", status)["unknown"] == []
        held = treasury.company().bank or Bank()
        state = held.state_of(held.mandates[0], clock.now())
        assert state is (MandateState.BLOCKED if blocked else MandateState.ACTIVE)
        assert (held.mandate_on(clock.now()) is None) is blocked
        assert treasury.postings(contribution) == []
        treasury.run()
        assert len(presented(contribution)) == 1, "presented again by nobody's decision"


def test_reminders_go_on_once_the_time_to_answer_a_rejected_debit_is_over(treasury: Treasury) -> None:
    contribution = treasury.called()
    with debited(treasury, contribution) as (_, content, name):
        treasury.told(f"s-{name}", bank.status("S", content, at=clock.now(), rejected={name: "AM04"}))
        day = clock.today()
    with on(bank_day_from(day + timedelta(days=2))):
        treasury.run()
        assert treasury.state(contribution) is ContributionState.DEBIT_REJECTED
    with on(bank_day_from(day + timedelta(days=8))):
        treasury.run()
        assert treasury.state(contribution) is not ContributionState.DEBIT_REJECTED


def test_a_rejection_that_the_bank_s_file_tells_months_late_does_not_stop_reminders_for_ever(
    treasury: Treasury,
) -> None:
    contribution = treasury.called()
    with debited(treasury, contribution) as (_, content, name):
        told = bank.status("S", content, at=clock.now() - timedelta(days=90), rejected={name: "AM04"})
        treasury.told(f"late-{name}", told)
        assert treasury.state(contribution) is ContributionState.DEBIT_REJECTED
        monday = clock.today() + timedelta(days=7 - clock.today().weekday())
    while monday != bank_day_from(monday):
        monday += timedelta(days=7)
    with on(monday):
        treasury.run()
        assert treasury.state(contribution) is not ContributionState.DEBIT_REJECTED


def test_what_is_wrong_with_a_debit_of_a_file_refused_whole_is_not_lost(treasury: Treasury, portal: Portal) -> None:
    contribution = treasury.called()
    with debited(treasury, contribution) as (_, content, name):
        status = bank.status(f"W-{name}", content, at=clock.now(), rejected={name: "AC04"})
        treasury.told(f"whole-{name}", status.replace(b"<GrpSts>PART<", b"<GrpSts>RJCT<"))
        held = treasury.company().bank or Bank()
        assert held.state_of(held.mandates[0], clock.now()) is MandateState.BLOCKED
        assert treasury.read(contribution).debit is None, "not announced again by itself"
    portal.settle()
    texts = [str(one["text"]) for one in portal.controls.letters() if contribution.number in str(one["subject"])]
    assert any("clôturé" in text for text in texts)


def test_a_debit_that_cannot_be_read_does_not_stop_the_others(treasury: Treasury) -> None:
    orphan, contribution = treasury.called(), treasury.called()
    with Transaction() as transaction:
        contributions.save(transaction, replace(orphan, company_id="gone"))
    with on(presentation_day(contribution)):
        with pytest.raises(NotFound):
            treasury.run()
        assert (len(presented(contribution)), presented(orphan)) == (1, [])
    with Transaction() as transaction:
        contributions.save(transaction, replace(treasury.read(orphan), debit=None))


def test_a_file_of_debits_refused_whole_leaves_again_on_an_agent_s_word(treasury: Treasury, agent: Back) -> None:
    contribution = treasury.called()
    with debited(treasury, contribution) as (batch_id, content, _):
        treasury.told(f"x-{batch_id}", bank.status("X", content, at=clock.now(), refused="FF01"))
        assert treasury.state(contribution) is ContributionState.DEBIT_REJECTED
        day = clock.today()
    resumed = agent.agent.call("POST", f"/backoffice/payment-batches/{batch_id}/resumption")
    assert expect(resumed, 200)["payments"] >= 1
    with on(day):
        treasury.run()
        assert len(presented(contribution)) == 2
        assert treasury.state(contribution) is ContributionState.DEBIT_SENT


@pytest.mark.parametrize(
    ("operation", "containing"),
    [
        ("dynamodb.TransactWriteItems", "PART#"),
        ("dynamodb.TransactWriteItems", "CLOSED"),
        ("s3.PutObject", "out/PRL"),
        ("dynamodb.TransactWriteItems", "WRITTEN"),
    ],
)
def test_a_run_of_debits_that_was_cut_short_is_finished_by_the_next(
    treasury: Treasury, operation: str, containing: str
) -> None:
    contribution = treasury.called()
    with on(presentation_day(contribution)):
        treasury.stack.faults.fail_call(operation, error="InternalServerError", containing=containing)
        with pytest.raises((ClientError, TransactWriteError)):
            treasury.run()
        treasury.run()
        assert len(presented(contribution)) == 1


def test_two_runs_of_debits_at_the_same_time_share_them(treasury: Treasury) -> None:
    """They meet at the batch, and at the company whose mandate each of them uses."""
    called = [treasury.called() for _ in range(4)]

    def run(_: int) -> None:
        with suppress(Stale):  # everybody else kept writing: the next run goes on
            direct_debits.run()

    with on(presentation_day(called[0])):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(run, range(2)))
        treasury.run()
        assert [len(presented(one)) for one in called] == [1] * len(called)


def test_h43_a_transfer_is_matched_by_its_reference_once_however_often_it_is_told(treasury: Treasury) -> None:
    contribution = treasury.called(debit=False)
    reference = structured_reference(contribution.number)
    spaced = " ".join(reference[start : start + 4] for start in range(0, len(reference), 4))
    transfer = Movement(
        amount_cents=30000,
        credit=True,
        on=clock.today(),
        servicer_reference=f"T-{contribution.number}",
        end_to_end_id="FACTURE 12",
        text=f"Cotisation {spaced.lower()} merci",
        payer="Ateliers",
    )
    for name in ("one", "two"):
        treasury.told(f"t-{contribution.number}-{name}", bank.notification(name, [transfer], at=clock.now()))
    assert treasury.postings(contribution) == [(PostingKind.TRANSFER, -30000)]
    assert treasury.read(contribution).owed_cents == 28880


def test_a_movement_that_contradicts_what_was_posted_waits_for_an_agent_and_the_file_goes_on(
    treasury: Treasury,
) -> None:
    first, third = treasury.called(debit=False), treasury.called(debit=False)
    second = replace(first, number=f"{first.number[:-2]}01", version=0)
    with Transaction() as transaction:
        contributions.save(transaction, second)

    def transfer(named: str, number: str) -> Movement:
        reference = structured_reference(number)
        return Movement(
            amount_cents=10000, credit=True, on=clock.today(), servicer_reference=named, reference=reference
        )

    name = f"C-{first.number}"
    treasury.told(f"{name}-1", bank.notification("1", [transfer(name, first.number)], at=clock.now()))
    movements = [transfer(name, second.number), transfer(f"C-{third.number}", third.number)]
    report = treasury.told(f"{name}-2", bank.notification("2", movements, at=clock.now()))
    assert (report["applied"], len(report["unknown"])) == (1, 1)
    assert treasury.postings(third) == [(PostingKind.TRANSFER, -10000)]


def test_money_without_a_reference_waits_for_an_agent_who_matches_it(treasury: Treasury, agent: Back) -> None:
    contribution = treasury.called(debit=False)
    transfer = Movement(
        amount_cents=58880,
        credit=True,
        on=clock.today(),
        servicer_reference=f"U-{contribution.number}",
        text="cotisation de novembre",
        payer="ATELIERS DE L'ERDRE",
    )
    content = bank.notification("U", [transfer], at=clock.now())
    assert len(treasury.told(f"u-{contribution.number}", content)["unknown"]) == 1
    waiting = agent.agent.get("/backoffice/bank-movements")["movements"]
    [seen] = [one for one in waiting if one["payer"] == "ATELIERS DE L'ERDRE"]
    assert (seen["amount_cents"], seen["references"]) == (58880, ["cotisation de novembre"])
    path = f"/backoffice/bank-movements/{seen['entry_id']}/matching"
    expect(agent.agent.call("POST", path, json={"statement": "UNKNOWN"}), 422)
    matched = agent.agent.post(path, {"statement": contribution.number}, 200)
    assert (matched["state"], matched["statement"]) == ("MATCHED", contribution.number)
    expect(agent.agent.call("POST", path, json={"statement": contribution.number}), 409)
    assert treasury.state(contribution) is ContributionState.PAID
    assert treasury.told(f"u-{contribution.number}-again", content)["outcome"] == "unchanged"
    assert treasury.postings(contribution) == [(PostingKind.TRANSFER, -58880)]


def test_money_that_is_not_alike_is_matched_once_an_agent_confirms(treasury: Treasury, agent: Back) -> None:
    """H43: neither the amount nor the payer is the statement's: both are told, and nothing is posted unconfirmed."""
    contribution = treasury.called(debit=False)
    company = companies.get(contribution.company_id)
    assert company is not None

    def received(name: str, payer: str, cents: int) -> str:
        """The path of a movement's matching."""
        transfer = Movement(
            amount_cents=cents, credit=True, on=clock.today(), servicer_reference=f"{name}-{contribution.number}",
            payer=payer,
        )  # fmt: skip
        treasury.told(f"{name}-{contribution.number}", bank.notification(name, [transfer], at=clock.now()))
        [seen] = [one for one in agent.agent.get("/backoffice/bank-movements")["movements"] if one["payer"] == payer]
        return f"/backoffice/bank-movements/{seen['entry_id']}/matching"

    body = {"statement": contribution.number}
    own = received("O", f"VIR {company.name.upper()}", 10000)
    assert agent.agent.post(own, body, 200)["state"] == "MATCHED"
    strange = received("S", "GARAGE DUPONT", 12345)
    refused = expect(agent.agent.call("POST", strange, json=body), 409)
    assert refused["code"] == "not_alike"
    for said in ("123,45\u00a0€", "«\u00a0GARAGE DUPONT\u00a0»", "488,80\u00a0€", company.name):
        assert said in refused["detail"]
    assert treasury.postings(contribution) == [(PostingKind.TRANSFER, -10000)]
    assert agent.agent.post(strange, body | {"confirmed": True}, 200)["state"] == "MATCHED"
    assert treasury.read(contribution).owed_cents == 58880 - 10000 - 12345


def test_a_debit_that_never_left_is_known_by_nobody_at_the_bank() -> None:
    debit = DirectDebit(
        debit_id="P1", company_id="c", contract_id="t", statement="s", amount_cents=1, rum="", iban_masked="",
        collect_on=date(2026, 11, 23), rejected_on=date(2026, 11, 23), reason="mandate_missing",
    )  # fmt: skip
    assert (debit.state, debit.reversal) == (DebitState.REJECTED, None)
    assert not direct_debits.is_debit("9d2b7c40e1f64c8e8a35b60d7f21c5e9")
