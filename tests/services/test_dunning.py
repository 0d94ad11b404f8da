"""Unpaid contributions: reminder, formal notice, then what agents decide; nobody loses cover by a clock (H45, A15).

Dossier 4.5: formal notice ten days after the due day, suspension thirty days after it, termination ten days later.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest
from pynamodb.exceptions import TransactWriteError

from chalicelib import clock
from chalicelib.domain.account import Account, AccountKind, AccountState
from chalicelib.domain.company import Risk
from chalicelib.domain.contributions.contribution import Contribution
from chalicelib.domain.contributions.dunning_file import DunningTask
from chalicelib.domain.contributions.ledger import PostingKind, payment
from chalicelib.domain.contributions.reference import structured_reference
from chalicelib.domain.contributions.state import ContributionState
from chalicelib.domain.contributions.suspension import Suspension
from chalicelib.domain.errors import FieldErrors, NotFound, Refused
from chalicelib.services import contribution_ledger, dunning, dunning_documents, home
from chalicelib.services.home import WaitingKind
from chalicelib.settings import bank_account
from chalicelib.storage import contracts, contributions
from chalicelib.storage.transaction import Transaction
from local.stack import Stack
from tests.portal import Portal
from tests.services.billed import HEALTH, Billed, on, subscribed
from tests.services.conftest import Back, Employer, Patient, room, text_of

JANUARY = date(2025, 1, 1)
DUE = date(2025, 2, 17)
NOTICE = DUE + timedelta(days=10)
REASON = "Aucun paiement ni réponse depuis la mise en demeure."

AGENT = Account(
    account_id="agent-1",
    kind=AccountKind.AGENT,
    state=AccountState.ACTIVE,
    email="agent@assureur.example",
    display_name="Zoé Prat",
    subject_ids=(),
    created_at=clock.now(),
)


class Debt:
    """A company that owes its January."""

    def __init__(self, company: Billed, number: str) -> None:
        self.company = company
        self.number = number

    def follow(self, day: date) -> None:
        """What the daily run does on a day."""
        with on(day):
            dunning.follow()
            self.company.portal.settle()

    @property
    def contribution(self) -> Contribution:
        found = contributions.get(self.number)
        assert found is not None
        return found

    def reminded_on(self) -> date | None:
        return self.contribution.collection.reminded_on

    def state(self, day: date) -> ContributionState:
        return self.contribution.summary.state_on(day)

    def mails(self, containing: str) -> int:
        """How many mails of a subject the administrator got."""
        found = self.company.portal.mails(self.company.administrator)
        return sum(containing in one["subject"] for one in found)

    def pay(self, day: date, cents: int, *, back: bool = False) -> None:
        """Money comes in, or goes back."""
        kind = PostingKind.DEBIT_REJECTED if back else PostingKind.TRANSFER
        posting = payment(f"{self.number}-{day}-{back}", kind, amount_cents=cents, day=day, statement=self.number)
        with on(day):
            contribution_ledger.post(self.company.company_id, self.company.contract_id, posting)

    def task(self, day: date) -> DunningTask | None:
        with on(day):
            return dunning.get(self.number).task

    def send_letter(self, day: date) -> None:
        with on(day):
            dunning.record_letter(AGENT, self.number, sent_on=day, reference="1A 123 456 7890 1")

    def suspend(self, day: date) -> None:
        with on(day):
            dunning.suspend(AGENT, self.number, reason=REASON)
            self.company.portal.settle()

    def terminate(self, day: date) -> None:
        with on(day):
            dunning.terminate(AGENT, self.number, reason=REASON)
            self.company.portal.settle()

    def suspended(self, *days: date) -> list[bool]:
        contract = contracts.get(self.company.company_id, self.company.contract_id)
        assert contract is not None
        return [contract.is_suspended_on(day) for day in days]


def refusal(act: Callable[[], object]) -> str:
    """The code of a refusal."""
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.code


@pytest.fixture
def debt(portal: Portal, stack: Stack) -> Debt:
    company = subscribed(portal, stack, terms=HEALTH, starts_on=JANUARY)
    with on(JANUARY):
        company.enrol(starts_on=f"{JANUARY}")
    company.run(date(2025, 2, 3))
    [listed] = company.listed()
    assert (listed.collection.due_on, listed.collection.owed_cents > 0) == (DUE, True)
    return Debt(company, listed.number)


def noticed(debt: Debt) -> Debt:
    """The debt once it is in formal notice."""
    debt.follow(DUE + timedelta(days=1))
    debt.follow(NOTICE)
    return debt


def test_the_clock_reminds_then_gives_formal_notice_and_no_more(debt: Debt) -> None:
    """Both sides of each day: the due day and the day after it, nine and ten days after it; then nothing by itself."""
    debt.follow(DUE)
    assert debt.state(DUE) is ContributionState.DUE
    debt.follow(DUE + timedelta(days=1))
    assert debt.contribution.collection.reminded_on == DUE + timedelta(days=1)
    assert debt.mails("à régler") == 1
    debt.follow(NOTICE - timedelta(days=1))
    assert debt.contribution.collection.formal_notice_on is None
    debt.follow(NOTICE)
    assert debt.contribution.collection.formal_notice_on == NOTICE
    assert debt.mails("Mise en demeure") == 1
    for days in (29, 30, 31, 60, 200):
        debt.follow(NOTICE + timedelta(days=days))
    assert debt.state(NOTICE + timedelta(days=200)) is ContributionState.FORMAL_NOTICE
    assert debt.suspended(NOTICE + timedelta(days=100)) == [False]
    assert (debt.mails("à régler"), debt.mails("Mise en demeure"), debt.mails("suspendues")) == (1, 1, 0)


def test_a_run_that_is_late_takes_one_step_a_day_and_one_that_is_repeated_none(debt: Debt) -> None:
    """Twenty days without a run: a reminder first, the formal notice the day after; twice a day changes nothing."""
    late = DUE + timedelta(days=20)
    for _ in range(3):
        debt.follow(late)
    assert debt.contribution.collection.formal_notice_on is None
    for _ in range(2):
        debt.follow(late + timedelta(days=1))
    collection = debt.contribution.collection
    assert (collection.reminded_on, collection.formal_notice_on) == (late, late + timedelta(days=1))
    assert (debt.mails("à régler"), debt.mails("Mise en demeure")) == (1, 1)


def test_a_run_that_breaks_off_is_made_up_for(debt: Debt, stack: Stack) -> None:
    """The step and its mails are one transaction: after a failure there is neither, after the next run both."""
    stack.faults.fail_call("dynamodb.TransactWriteItems", error="AccessDeniedException", containing=debt.number)
    day = DUE + timedelta(days=1)
    with on(day), pytest.raises(TransactWriteError):
        dunning.follow()
    assert (debt.reminded_on(), debt.mails("à régler")) == (None, 0)
    debt.follow(day)
    assert (debt.reminded_on(), debt.mails("à régler")) == (day, 1)


def test_what_is_paid_contested_or_corrected_is_left_alone(debt: Debt) -> None:
    """A15: contesting or correcting stops the clocks; they run again afterwards."""
    held = debt.contribution
    disputed, regularising = replace(held.collection, disputed=True), replace(held.collection, regularising=True)
    for stopped in (disputed, regularising):
        with Transaction() as transaction:
            contributions.save(transaction, replace(debt.contribution, collection=stopped))
        debt.follow(DUE + timedelta(days=5))
        assert debt.reminded_on() is None
    with Transaction() as transaction:
        contributions.save(transaction, replace(debt.contribution, collection=held.collection))
    debt.pay(DUE + timedelta(days=5), held.owed_cents)
    debt.follow(DUE + timedelta(days=6))
    assert (debt.contribution.collection.reminded_on, debt.mails("à régler")) == (None, 0)


def test_no_suspension_without_a_registered_letter_and_its_thirty_days(debt: Debt) -> None:
    """The letter is a task of the agents; the delay of the law runs from the day it was sent, both sides."""
    noticed(debt)
    sent = NOTICE + timedelta(days=4)
    assert debt.task(NOTICE) is DunningTask.LETTER
    assert refusal(lambda: debt.suspend(NOTICE + timedelta(days=40))) == "letter_not_sent"
    for wrong in (NOTICE - timedelta(days=1), sent + timedelta(days=1)):
        with on(sent), pytest.raises(FieldErrors):
            dunning.record_letter(AGENT, debt.number, sent_on=wrong, reference="1A")
    debt.send_letter(sent)
    debt.send_letter(sent)
    assert debt.task(sent) is None
    assert debt.task(sent + timedelta(days=29)) is None
    assert refusal(lambda: debt.suspend(sent + timedelta(days=29))) == "step_not_open"
    day = sent + timedelta(days=30)
    assert debt.task(day) is DunningTask.SUSPENSION
    debt.suspend(day)
    debt.suspend(day)
    assert debt.state(day) is ContributionState.GUARANTEE_SUSPENDED
    assert debt.suspended(day - timedelta(days=1), day, day + timedelta(days=90)) == [False, True, True]
    assert debt.mails("suspendues") == 1
    with on(day):
        another = partial(dunning.record_letter, AGENT, debt.number, sent_on=day, reference="2B")
        assert refusal(another) == "letter_recorded"


def suspended(debt: Debt) -> date:
    """The day on which the cover was suspended."""
    noticed(debt)
    debt.send_letter(NOTICE)
    day = NOTICE + timedelta(days=30)
    debt.suspend(day)
    return day


def test_cover_resumes_the_day_after_all_is_paid(debt: Debt) -> None:
    """A part is not enough; the day is that of the payment that completes it, whenever the run comes."""
    day = suspended(debt)
    owed = debt.contribution.owed_cents
    debt.pay(day + timedelta(days=3), owed - 1)
    debt.follow(day + timedelta(days=4))
    with on(day + timedelta(days=4)):
        assert refusal(partial(dunning.resume, debt.number)) == "not_paid"
    assert debt.suspended(day + timedelta(days=4)) == [True]
    paid = day + timedelta(days=5)
    debt.pay(paid, 1)
    for _ in range(2):
        debt.follow(paid + timedelta(days=6))
    assert debt.suspended(day, paid, paid + timedelta(days=1)) == [True, True, False]
    assert debt.mails("rétablies") == 1
    assert debt.state(paid + timedelta(days=6)) is ContributionState.PAID
    with on(paid + timedelta(days=6)):
        found = dunning.get(debt.number)
    assert (found.file.resumed_on, found.file.closed, found.task) == (paid + timedelta(days=1), True, None)


def test_an_agent_need_not_wait_for_the_run(debt: Debt) -> None:
    day = suspended(debt)
    debt.pay(day, debt.contribution.owed_cents)
    with on(day):
        for _ in range(2):
            assert dunning.resume(debt.number).file.resumed_on == day + timedelta(days=1)
        debt.company.portal.settle()
    assert debt.mails("rétablies") == 1


def test_a_payment_that_comes_back_opens_the_debt_again_without_suspending(debt: Debt) -> None:
    """Months later, by Monday's run: an agent decides again; the cover that resumed stays."""
    day = suspended(debt)
    owed = debt.contribution.owed_cents
    debt.pay(day + timedelta(days=1), owed)
    debt.follow(day + timedelta(days=2))
    returned = day + timedelta(days=120)
    debt.pay(returned, owed, back=True)
    monday = returned + timedelta(days=7 - returned.weekday())
    debt.follow(monday)
    assert debt.suspended(monday) == [False]
    assert debt.task(monday) is DunningTask.SUSPENSION
    debt.suspend(monday)
    assert debt.suspended(monday - timedelta(days=1), monday) == [False, True]


def test_the_contract_ends_by_an_agent_s_decision_ten_days_after_the_suspension(debt: Debt) -> None:
    """Both sides of the tenth day; the last day of the contract is the day of the decision."""
    day = suspended(debt)
    assert debt.task(day + timedelta(days=9)) is None
    assert refusal(lambda: debt.terminate(day + timedelta(days=9))) == "step_not_open"
    last = day + timedelta(days=10)
    assert debt.task(last) is DunningTask.TERMINATION
    debt.follow(last)
    assert debt.state(last) is ContributionState.GUARANTEE_SUSPENDED
    debt.terminate(last)
    debt.terminate(last)
    assert debt.state(last) is ContributionState.TERMINATED
    contract = contracts.get(debt.company.company_id, debt.company.contract_id)
    assert contract is not None
    assert contract.ends_on == last
    assert debt.mails("résilié") == 1


def test_what_waits_is_listed_and_the_notice_is_a_document(debt: Debt) -> None:
    """H45, M115: agents print the notice for the registered letter; the company reads the same."""
    noticed(debt)
    with on(NOTICE):
        found, _ = dunning.page(after=None, limit=50)
        mine = next(one for one in found if one.file.number == debt.number)
        assert (mine.task, mine.owed_cents) == (DunningTask.LETTER, debt.contribution.owed_cents)
        text = text_of(dunning_documents.link(debt.number, company_id=debt.company.company_id))
    assert "Mise en demeure" in text
    assert debt.number in text
    assert "Nous vous mettons en demeure de payer" in text
    with pytest.raises(NotFound):
        dunning_documents.link(debt.number, company_id="another")
    with pytest.raises(NotFound):
        dunning_documents.link("never-issued")


def test_the_formal_notice_names_its_amount_and_how_to_pay_it_once(debt: Debt) -> None:
    """H43, H45: one euro sign; reference and account can be copied; what follows is worded by the risk."""
    noticed(debt)
    with on(NOTICE):
        text = text_of(dunning_documents.link(debt.number))
    assert "58,88 €." in text.replace("\u00a0", " "), text
    assert "\u200b" not in text
    for copied in (structured_reference(debt.number), bank_account().iban):
        assert copied in text.replace(" ", "")
    assert "les soins des jours de suspension" in text
    assert "arrêts de travail" not in text


def home_and_contract(debt: Debt, day: date) -> tuple[list[str], str | None]:
    """What the home says of debts and whether the contract shows as suspended, on a day."""
    with on(day):
        page = home.read(debt.company.company_id, None)
        told = [f"{one.title}: {one.detail}" for one in page.waiting if one.kind is WaitingKind.DUNNING]
        contract = contracts.get(debt.company.company_id, debt.company.contract_id)
        assert contract is not None
        since = dunning.suspended_from(contract, day)
        return [one.replace("\u00a0", " ") for one in told], since.isoformat() if since else None


def test_the_home_names_the_contract_in_formal_notice_then_suspended(debt: Debt) -> None:
    """H23, H31, H45: with the day since which it is; nothing before, nor once cover has resumed."""
    assert home_and_contract(debt, DUE + timedelta(days=1)) == ([], None)
    noticed(debt)
    [told], since = home_and_contract(debt, NOTICE)
    assert debt.company.contract_number in told
    assert ("Mise en demeure depuis le 27 février 2025" in told, since) == (True, None)
    debt.send_letter(NOTICE)
    day = NOTICE + timedelta(days=30)
    debt.suspend(day)
    [told], since = home_and_contract(debt, day)
    assert ("Garanties suspendues depuis le 29 mars 2025" in told, since) == (True, f"{day}")
    debt.pay(day, debt.contribution.owed_cents)
    debt.follow(day + timedelta(days=1))
    assert home_and_contract(debt, day + timedelta(days=1)) == ([], None)


@pytest.mark.parametrize("risk", list(Risk))
def test_the_mail_of_a_suspension_speaks_of_what_the_contract_insures(debt: Debt, risk: Risk) -> None:
    """H4: no word of care to who has a contrat de prévoyance only."""
    with Transaction() as transaction:
        contracts.amend(
            transaction,
            debt.company.company_id,
            debt.company.contract_id,
            lambda contract: replace(contract, risk=risk),
        )
    suspended(debt)
    found = debt.company.portal.mails(debt.company.administrator)
    [text] = [one["text"] for one in found if "suspendues" in one["subject"]]
    assert ("soins" in text, "arrêts de travail" in text) == (risk is Risk.HEALTH, risk is Risk.PROVIDENT)


def test_pages_follow_one_another(debt: Debt, portal: Portal, stack: Stack) -> None:
    noticed(debt)
    with on(NOTICE):
        seen, after = [], None
        while True:
            page, after = dunning.page(after=after, limit=1)
            seen += [one.file.number for one in page]
            if after is None:
                break
        assert len(seen) == len(set(seen))
        assert debt.number in seen
        assert dunning.page(after="none", limit=1) == ([], None)


def test_care_of_a_suspended_day_waits_for_an_agent(
    employer: Employer, patient: Patient, agent: Back, yesterday: date
) -> None:
    """Not refused, not paid by itself: held with its reason; care of the day before the suspension is paid."""
    with suspension(employer, starts_on=yesterday):
        before = patient.claim(room(yesterday - timedelta(days=1)))
        held = patient.claim(room(yesterday))
    assert before["state"] == "PAYMENT_ORDERED"
    assert held["state"] == "IN_REVIEW"
    assert any("suspendues" in reason for reason in agent.claim(held)["review_reasons"])


@contextmanager
def suspension(employer: Employer, *, starts_on: date) -> Iterator[None]:
    """The santé contract of the package's company, suspended for a while."""
    entry = Suspension(number="TEST", starts_on=starts_on, decided_by="agent", reason=REASON)

    def change(*entries: Suspension) -> None:
        with Transaction() as transaction:
            contracts.amend(
                transaction,
                employer.company_id,
                employer.health["contract_id"],
                lambda contract: replace(contract, suspensions=entries),
            )

    change(entry)
    try:
        yield
    finally:
        change()
