"""H76–H80: whatever is declared, corrected, cancelled, proved or left to time, a departure and its démarches agree."""

from contextlib import suppress
from datetime import date, timedelta
from enum import StrEnum

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from chalicelib import clock
from chalicelib.domain.account import Account
from chalicelib.domain.company import Risk
from chalicelib.domain.departure import Declared, DepartureReason
from chalicelib.domain.errors import FieldErrors, NotFound, Refused
from chalicelib.domain.member import AffiliationState, Member
from chalicelib.domain.portability import PortabilityState
from chalicelib.domain.request import Attachment, FileState, Request, RequestKind, RequestState
from chalicelib.services import departures, portability, tokens
from chalicelib.storage import accounts, identities, members, requests
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Transaction
from tests import samples
from tests.services.conftest import Employer

EXAMPLES = 10
REASONS = [
    DepartureReason.MUTUAL_AGREEMENT,
    DepartureReason.REDUNDANCY,
    DepartureReason.RETIREMENT,
    DepartureReason.RESIGNATION,
]
GONE = {AffiliationState.TERMINATED, AffiliationState.PORTABILITY, AffiliationState.EVIN_OFFERED}


class Act(StrEnum):
    """What a user of the company may do about a departure, in whatever state it is."""

    DECLARE = "declare"
    CORRECT = "correct"
    CANCEL = "cancel"


class Leaving(RuleBasedStateMachine):
    """A user of the company, the leaver, and the nights that pass, in any order."""

    def __init__(self, company: Employer, account: Account, member_id: str) -> None:
        super().__init__()
        self.company_id, self.account, self.member_id = company.company_id, account, member_id
        self.shifted = timedelta()
        self.paid_until: date | None = None
        """The last day of cover that took effect: nothing may take a day before it away again."""

    def teardown(self) -> None:
        clock.shift(-self.shifted)

    @initialize(
        offset=st.sampled_from([0, -5, 3, 20]), months=st.sampled_from([12, 3, 1]), reason=st.sampled_from(REASONS)
    )
    def declare_first(self, offset: int, months: int, reason: DepartureReason) -> None:
        departures.record(self.account, self.company_id, self.member_id, _said(offset, reason, months))

    @rule(offset=st.integers(-5, 20), reason=st.sampled_from(REASONS), act=st.sampled_from(list(Act)))
    def change_ones_mind(self, offset: int, reason: DepartureReason, act: Act) -> None:
        said = _said(offset, reason, months=6)
        whose = (self.account, self.company_id, self.member_id)
        with suppress(Refused, FieldErrors, NotFound):
            match act:
                case Act.DECLARE:
                    departures.record(*whose, said)
                case Act.CORRECT:
                    departures.correct(*whose, said)
                case Act.CANCEL:
                    departures.cancel(*whose)

    @rule(days=st.sampled_from([31, 7, 1, 62, 120]), nights=st.sampled_from([1, 0, 2]))
    def let_time_pass(self, days: int, nights: int) -> None:
        by = timedelta(days=days)
        clock.shift(by)
        self.shifted += by
        for _ in range(nights):
            portability.follow_departures()

    @rule()
    def justify(self) -> None:
        for request in self._proofs():
            if request.state is RequestState.PENDING_DOCUMENTS:
                self._send_all(request)

    @invariant()
    def a_departure_and_its_request_agree(self) -> None:
        member = self._member()
        departure = member.departure
        if departure is None:
            assert member.state is AffiliationState.ACTIVE
            assert [one.ends_on for one in member.affiliations] == [None]
            return
        request = requests.get(departure.request_id)
        assert request is not None
        scheduled = member.state is AffiliationState.TERMINATION_SCHEDULED
        assert (request.state is RequestState.SCHEDULED) is scheduled
        assert (request.state is RequestState.ACCEPTED) is not scheduled

    @invariant()
    def one_proof_at_most_is_awaited(self) -> None:
        departure = self._member().departure
        right = departure.portability if departure else None
        awaited = [one.request_id for one in self._proofs() if one.state is RequestState.PENDING_DOCUMENTS]
        expected = [right.proof_request_id] if right is not None and right.awaits_proof else []
        assert awaited == expected

    @invariant()
    def cover_lasts_as_long_as_the_right(self) -> None:
        member = self._member()
        departure = member.departure
        if departure is None:
            return
        day = departure.covered_until
        assert member.affiliation_to(Risk.HEALTH, day) is not None
        after = member.affiliation_to(Risk.HEALTH, day + timedelta(days=1)) is not None
        right = departure.portability
        kept = member.state is AffiliationState.PORTABILITY
        assert not kept or (right is not None and right.state is not PortabilityState.PROOF_PENDING)
        assert not after or kept or (right is not None and right.state is PortabilityState.ENDED)
        if right is not None:
            assert member.affiliation_to(Risk.HEALTH, right.ends_on + timedelta(days=1)) is None

    @invariant()
    def what_took_effect_stays(self) -> None:
        member = self._member()
        if member.state in GONE and member.departure is not None:
            assert self.paid_until in (None, member.departure.covered_until)
            self.paid_until = member.departure.covered_until
        else:
            assert self.paid_until is None

    def _member(self) -> Member:
        member = members.get(self.member_id)
        assert member is not None
        return member

    def _proofs(self) -> list[Request]:
        listed = requests.of_member(self.member_id)
        found = [requests.get(one.request_id) for one in listed if one.kind is RequestKind.PORTABILITY_PROOF]
        return [one for one in found if one is not None]

    def _send_all(self, request: Request) -> None:
        for one in request.missing:
            request = request.with_attachment(
                Attachment(
                    document_id=tokens.new_id(),
                    kind=one.kind,
                    about=one.about,
                    name="f.pdf",
                    state=FileState.ACCEPTED,
                    announced_at=clock.now(),
                )
            )
        with Transaction() as transaction:
            requests.save(transaction, request)
        portability.progress(request)


def _said(offset: int, reason: DepartureReason, months: int) -> Declared:
    leaving_on = clock.today() + timedelta(days=offset)
    return Declared(reason=reason, leaving_on=leaving_on, contract_started_on=leaving_on - timedelta(days=30 * months))


def test_every_way_out_of_a_company(employer: Employer) -> None:
    """H76, H77, H78, H79, H80: no order of steps and days makes the departure and its démarches tell two stories."""
    account_id = identities.find(Identity.EMPLOYER_EMAIL, employer.file["administrator"]["email"])
    account = accounts.get(account_id or "")
    assert account is not None
    forms = [samples.enrolled_member(employer.health_number, email=None) for _ in range(2 * EXAMPLES)]
    numbers = [one["numero_adherent"] for one in employer.enrol(*forms)["members"]]
    people = iter([identities.find(Identity.MEMBER_NUMBER, number) or "" for number in numbers])
    run_state_machine_as_test(
        lambda: Leaving(employer, account, next(people)),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=14,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
