"""H88–H95: whatever is tried in whatever order, a declaration and the request that shows it tell the same story."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from chalicelib import clock
from chalicelib.domain.account import Account
from chalicelib.domain.errors import Conflict, FieldErrors, NotFound, Refused
from chalicelib.domain.request import STOPPAGE_STATES, AgentQueue, Attachment, FileState, Request, Ruling, Verdict
from chalicelib.domain.required_documents import DocumentKind
from chalicelib.domain.work_stoppage import tracking
from chalicelib.domain.work_stoppage.kinds import Movement, StoppageKind
from chalicelib.domain.work_stoppage.state import StoppageState
from chalicelib.services import request_decisions, tokens, work_stoppages
from chalicelib.storage import accounts, identities, requests
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Transaction
from tests import samples
from tests.services.conftest import Employer
from tests.services.test_work_stoppages import answers, employee

EXAMPLES = 6
FIRST_DAYS = {Movement.PROLONGATION: "extended_from", Movement.RETURN: "returned_on"}


class Desk(RuleBasedStateMachine):
    """A user of the company and an agent, who try everything at any moment on the files of one employee."""

    def __init__(self, company: Employer, account: Account, member_id: str) -> None:
        super().__init__()
        self.company_id, self.account = company.company_id, account
        self.member_id, self.contract_id = member_id, company.provident["contract_id"]
        self.files: list[str] = []
        self.outcomes: list[str] = []

    @rule(offset=st.sampled_from([2, 20, 60]))
    def declare_a_stoppage(self, offset: int) -> None:
        draft = work_stoppages.start(
            self.company_id,
            self.account,
            member_id=self.member_id,
            contract_id=self.contract_id,
            kind=StoppageKind.ILLNESS,
            key=tokens.new_id(),
        )
        self.files.append(draft.request_id)
        given = answers(clock.today() - timedelta(days=offset)) | {"late_reason": "Avis reçu hors délai."}
        work_stoppages.save(self.company_id, draft.request_id, given)
        self._try(lambda: work_stoppages.declare(self.company_id, draft.request_id, self.account))

    @precondition(lambda self: self.files)
    @rule(data=st.data(), movement=st.sampled_from([Movement.PROLONGATION, Movement.RETURN]))
    def declare_what_follows(self, data: st.DataObject, movement: Movement) -> None:
        request_id = self._any(data)
        try:
            begun = work_stoppages.follow_up(
                self.company_id, request_id, self.account, movement=movement, key=tokens.new_id()
            )
        except Conflict:
            return
        self.files.append(begun.request_id)
        day = clock.today() - timedelta(days=data.draw(st.integers(0, 3)))
        given = {FIRST_DAYS[movement]: f"{day}", "return_mode": "temps_plein", "prescriber": "medecin",
                 "expected_end_on": f"{day + timedelta(days=9)}"}  # fmt: skip
        work_stoppages.save(self.company_id, begun.request_id, given)
        self._try(lambda: work_stoppages.declare(self.company_id, begun.request_id, self.account))

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def send_all_files(self, data: st.DataObject) -> None:
        request = self._read(self._any(data))
        for one in request.missing:
            request = request.with_attachment(_good_file(one.kind, one.about))
        with Transaction() as transaction:
            requests.save(transaction, request)
        work_stoppages.progress(request)

    @precondition(lambda self: self.files)
    @rule(data=st.data(), verdict=st.sampled_from(Verdict))
    def decide(self, data: st.DataObject, verdict: Verdict) -> None:
        ruling = Ruling(
            verdict=verdict, reason="Vu les pièces.", agent_id="a", documents=(DocumentKind.ALLOWANCE_STATEMENTS,)
        )
        request_id = self._any(data)
        self._try(lambda: request_decisions.decide(request_id, ruling))

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        request_id = self._any(data)
        self._try(lambda: work_stoppages.drop(self.company_id, request_id, self.account))

    @invariant()
    def the_two_tell_the_same(self) -> None:
        for request_id in self.files:
            request = self._read(request_id)
            declaration = tracking.stoppage_of(request)
            assert STOPPAGE_STATES[declaration.state] is request.state
            assert declaration.state is not StoppageState.DECLARED
            missing = [one.code for one in declaration.missing(clock.today())]
            if declaration.state in {StoppageState.INCOMPLETE, StoppageState.COMPLETE}:
                assert [str(one.kind) for one in request.missing] == missing
                assert bool(missing) is (declaration.state is StoppageState.INCOMPLETE)
            assert (request.queue is AgentQueue.AGENTS) is (declaration.state is StoppageState.COMPLETE)

    @invariant()
    def a_file_holds_what_follows_it_unless_refused(self) -> None:
        stoppages = {one: tracking.stoppage_of(self._read(one)) for one in self.files}
        for request_id, one in stoppages.items():
            if one.opening_id is not None and one.number and one.declared_at:
                held = {follow_up.declaration_id for follow_up in stoppages[one.opening_id].follow_ups}
                assert (request_id in held) is (one.state is not StoppageState.REJECTED)

    def _any(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(self.files))

    def _read(self, request_id: str) -> Request:
        return work_stoppages.get(self.company_id, request_id)

    def _try(self, act: object) -> None:
        """Do something that the state of things may refuse, and nothing else may."""
        assert callable(act)
        try:
            act()
        except (Refused, FieldErrors, NotFound) as refusal:
            self.outcomes.append(refusal.code)


def _good_file(kind: DocumentKind, about: str) -> Attachment:
    return Attachment(
        document_id=tokens.new_id(),
        kind=kind,
        about=about,
        name="f.pdf",
        state=FileState.ACCEPTED,
        announced_at=clock.now(),
    )


def test_every_way_through_a_file(employer: Employer) -> None:
    """H95: no order of steps makes the two state machines drift apart, or answers anything but a refusal."""
    account_id = identities.find(Identity.EMPLOYER_EMAIL, employer.file["administrator"]["email"])
    account = accounts.get(account_id or "")
    assert account is not None

    forms = [samples.enrolled_member(str(employer.provident["number"]), email=None) for _ in range(2 * EXAMPLES)]
    numbers = [one["numero_adherent"] for one in employer.enrol(*forms)["members"]]
    people = iter([identities.find(Identity.MEMBER_NUMBER, number) or "" for number in numbers])
    run_state_machine_as_test(
        lambda: Desk(employer, account, next(people)),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("verdict", Verdict)
def test_no_agent_decides_on_a_draft(employer: Employer, verdict: Verdict) -> None:
    """H95: a draft is nobody's but the company's."""
    account_id = identities.find(Identity.EMPLOYER_EMAIL, employer.file["administrator"]["email"])
    account = accounts.get(account_id or "")
    assert account is not None
    draft = work_stoppages.start(
        employer.company_id, account, member_id=employee(employer)["member_id"],
        contract_id=employer.provident["contract_id"], kind=StoppageKind.ILLNESS, key=tokens.new_id(),
    )  # fmt: skip
    ruling = Ruling(verdict=verdict, reason="Vu les pièces.", agent_id="a", documents=(DocumentKind.PAYSLIPS,))
    with pytest.raises(Conflict):
        work_stoppages.decide(draft, ruling)
