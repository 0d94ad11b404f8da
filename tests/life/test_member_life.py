"""From the affiliation to the end of portability: claims, flows, bank changes, returns of the bank, in any order.

Requirements H76–H80, H139–H151, M35–M38, M85–M89, M112, A14. Whatever happens, and however often it is told: what the
décomptes come to is what was ordered, less what is to come back; the bank pays each order once; nothing is paid for a
day without cover, nor beyond a ceiling.
"""

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from chalicelib import clock
from chalicelib.domain.company import Risk
from chalicelib.domain.contributions.bank_days import bank_day_from
from chalicelib.domain.reimbursement import PaymentOrder, PaymentState, Reimbursement
from chalicelib.storage import reimbursements
from local import bank
from local.stack import Stack
from tests import samples
from tests.portal import PASSWORD, User, expect
from tests.services.conftest import Back, Employer, Json, later, open_member_space, osteopathy, sign_in_member
from tests.services.test_departures import Leaver, leaver_of
from tests.services.test_flows import file as flow_file
from tests.services.test_member_bank_details import Own

LIVES = 2
NIGHTLY = ("follow-departures", "close-claims")
SESSIONS_A_YEAR, SESSION_CENTS = 3, 3000
PAID = re.compile(rb"<EndToEndId>([^<]+)</EndToEndId>.*?<InstdAmt[^>]*>([0-9.]+)<", re.DOTALL)

_numbers = itertools.count(1)
_closed = itertools.count(1)


@dataclass
class Account:
    """What the bank knows: which payments it was asked for, and which of them it has made, in cents."""

    answered: set[str] = field(default_factory=set)
    paid: dict[str, int] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Drawn:
    """A line of the scheme as it was sent first, and how many corrections followed."""

    number: str
    line: Json
    content: bytes


class Life:
    """A member with a child, their employer, an agent, the scheme and the bank."""

    def __init__(
        self, stack: Stack, employer: Employer, agent_email: str, bank_account: Account, chance: Random
    ) -> None:
        self.stack, self.employer, self.agent_email, self.bank = stack, employer, agent_email, bank_account
        self.chance = chance
        self.shifted = timedelta()
        self._session: User | None = None
        self._desk: Back | None = None
        self.leaver: Leaver = leaver_of(employer, starts_on=employer.health["starts_on"])
        open_member_space(employer.portal, self.leaver.number, self.leaver.form)
        self.own = Own(self.leaver, stack, "")
        self.own.register(f"+336{next(_numbers):08d}")
        self.people = [one.beneficiary_id for one in self.leaver.stored.beneficiaries]
        self.claims: list[str] = []
        self.flows: list[Drawn] = []

    def claim(self) -> None:
        who, line = self.chance.randrange(2), osteopathy(self._day_of_care())
        body = {"beneficiary_id": self.people[who], "form": "other", "lines": [line]}
        headers = {"Idempotency-Key": f"life-{next(_numbers):06d}"}
        for _ in range(self.chance.choice([1, 2])):
            answer = self._me().call("POST", "/member/claims", json=body, headers=headers)
        if answer.status_code != 201:
            assert answer.status_code in {409, 422}, answer.text
            return
        request = answer.json()
        self.employer.portal.upload_all(self._me(), f"/member/requests/{request['request_id']}/uploads", request)
        self.employer.portal.settle()
        self.claims.append(request["request_id"])

    def the_scheme_tells_of_care(self) -> None:
        number = f"V{next(_numbers):06d}"
        line = self._line(number, self.chance.randrange(2), self._day_of_care())
        drawn = Drawn(number, line, flow_file(line))
        self.flows.append(drawn)
        self._drop(drawn.content)

    def the_scheme_tells_it_again(self) -> None:
        for drawn in self.chance.sample(self.flows, len(self.flows)):
            self._drop(drawn.content)

    def the_scheme_corrects(self) -> None:
        if not self.flows:
            return
        drawn = self.chance.choice(self.flows)
        undone = {"expense_cents": -6000, "line": 2, "lines": 3, "cancels": 1}
        cheaper = {"expense_cents": 2000, "line": 3, "lines": 3}
        self._drop(flow_file(drawn.line | undone, drawn.line | cheaper))

    def the_agent_looks(self) -> None:
        refuse = self.chance.random() < 0.2
        for request_id in self.claims:
            request = self._me().get(f"/member/requests/{request_id}")
            if request["state"] == "IN_REVIEW":
                decision = "refuse" if refuse else "approve"
                answer = self._agent().decide(request, decision)
                assert answer.status_code in {200, 202, 409}, answer.text
                self.employer.portal.settle()
        for flow in self._queued("held"):
            act = "dropping" if refuse else "resumption"
            path = f"/backoffice/flows/{flow['flow_id']}/{act}"
            answer = self._agent().agent.call("POST", path, json={"reason": "Examiné avec la caisse."})
            assert answer.status_code in {200, 409}, answer.text

    def a_bank_day_passes(self) -> None:
        self._to(bank_day_from(clock.today() + timedelta(days=1)))
        self._pay(lambda: self.chance.random() < 0.6)

    def the_member_changes_bank(self) -> None:
        answer = self.own.ask(iban=samples.iban())
        if answer.status_code != 201:
            assert answer.status_code == 409, answer.text
            return
        request = answer.json()
        path = f"/member/requests/{request['request_id']}"
        self.employer.portal.upload_all(self._me(), f"{path}/uploads", request)
        self.employer.portal.settle()
        expect(self.own.type(request, self.own.code(request)), 201)

    def time_passes(self) -> None:
        self._to(clock.today() + timedelta(days=self.chance.choice([1, 4, 31])))
        self.night()

    def the_member_leaves(self) -> None:
        last = clock.today() + timedelta(days=self.chance.randrange(5))
        reason = self.chance.choice(["rupture_conventionnelle", "rupture_conventionnelle", "demission"])
        expect(self.leaver.declare(last, reason=reason), 201)

    def portability_is_justified(self) -> None:
        me = self._me()
        for one in me.get("/member/requests")["requests"]:
            if one["kind"] == "portability_proof" and one["state"] == "PENDING_DOCUMENTS":
                request = me.get(f"/member/requests/{one['request_id']}")
                self.employer.portal.upload_all(me, f"/member/requests/{one['request_id']}/uploads", request)
                self.employer.portal.settle()

    def what_is_decided_is_what_is_ordered(self) -> None:
        decided = sum(one.complementary_cents for one in self._decided())
        excess = sum(one["overpaid_cents"] for one in self._queued("overpaid"))
        assert sum(one.amount_cents for one in self._orders()) - excess == decided

    def the_bank_pays_each_order_once(self) -> None:
        made: Counter[str] = Counter()
        for name, cents in self.bank.paid.items():
            made[name[:32]] += cents
        assert set(self.bank.times.values()) <= {1}
        for order in self._orders():
            expected = order.amount_cents if order.state is PaymentState.PAID else 0
            assert made[order.order_id] == expected, order

    def nothing_is_paid_without_cover_or_beyond_a_ceiling(self) -> None:
        member = self.leaver.stored
        sessions: Counter[tuple[str, int]] = Counter()
        for one in self._standing():
            for line in one.lines:
                assert member.affiliation_to(Risk.HEALTH, line.care_on) is not None, line
                sessions[one.beneficiary_id, line.care_on.year] += line.complementary_cents
        assert all(cents <= SESSIONS_A_YEAR * SESSION_CENTS for cents in sessions.values()), sessions

    def the_member_reads_what_was_decided(self) -> None:
        listed = self._me().get("/member/reimbursements")["reimbursements"]
        decided = {one.reimbursement_id for one in self._decided()}
        assert {one["reimbursement_id"] for one in listed} == decided

    def end(self) -> None:
        """Let everything come to its end: what is refused is mended, what is ordered is paid."""
        for _ in range(3):
            self.the_agent_looks()
            self.the_member_changes_bank()
            self._to(bank_day_from(clock.today() + timedelta(days=4)))
            self.night()
            self._pay(lambda: True)
        assert {one.state for one in self._orders()} <= {PaymentState.PAID}
        self.check()

    def check(self) -> None:
        """The money is right, and the member reads it."""
        self.what_is_decided_is_what_is_ordered()
        self.the_bank_pays_each_order_once()
        self.nothing_is_paid_without_cover_or_beyond_a_ceiling()
        self.the_member_reads_what_was_decided()

    def story(self) -> Json:
        """What was decided, ordered, paid and told."""
        return {
            "décomptes": sorted(one.reimbursement_id for one in self._decided()),
            "orders": sorted((one.order_id, one.amount_cents, len(one.attempts), one.state) for one in self._orders()),
            "files": sorted(bank.files()),
            "mails": Counter(one["subject"] for one in self.employer.portal.mails(self.own.email)),
        }

    def _pay(self, accepts: Callable[[], bool]) -> None:
        """The day's file leaves; the bank makes the payments or sends them back, and tells it once or twice."""
        self.stack.run_schedule("payment-batches")
        self.employer.portal.settle()
        mine = {one.order_id for one in self._orders()}
        for name, content in sorted(bank.files().items()):
            if name in self.bank.answered:
                continue
            self.bank.answered.add(name)
            refused = {}
            for found in PAID.finditer(content):
                payment, cents = found[1].decode(), int(found[2].replace(b".", b""))
                self.bank.times[payment] += 1
                if payment[:32] in mine and not accepts():
                    refused[payment] = "AC04"
                else:
                    self.bank.paid[payment] = cents
            for copy in range(self.chance.choice([1, 2])):
                told = bank.status(f"STATUS-{name}-{copy}", content, at=clock.now(), rejected=refused)
                bank.leave(f"status-{name}-{copy}", told)
        self.employer.portal.settle()

    def night(self) -> None:
        """The night's tasks, and all that follows from them."""
        for name in NIGHTLY:
            self.stack.run_schedule(name)
        self.employer.portal.settle()

    def _to(self, day: date) -> None:
        """The morning of a day."""
        by = datetime(day.year, day.month, day.day, 5, tzinfo=UTC) - clock.now()
        clock.shift(by)
        self.shifted += by

    def _me(self) -> User:
        """The member, in a session that is still open."""
        if self._session is None or self._session.call("GET", "/member/requests").status_code != 200:
            self._session = sign_in_member(self.employer.portal, self.leaver.number)
        return self._session

    def _agent(self) -> Back:
        """The agent, in a session that is still open."""
        if self._desk is None or self._desk.agent.call("GET", "/backoffice/claims").status_code != 200:
            credentials = {"email": self.agent_email, "password": PASSWORD}
            self._desk = Back(self.employer.portal, self.employer.portal.sign_in("backoffice", credentials))
        return self._desk

    def _day_of_care(self) -> date:
        return clock.today() - timedelta(days=self.chance.randrange(21))

    def _line(self, number: str, who: int, day: date) -> Json:
        """A session of osteopathy as the scheme tells it: it pays nothing of it."""
        person = {"nir": self.leaver.form["nir"]}
        if who:
            person["birth_date"] = f"{self.leaver.stored.beneficiaries[who].birth_date}"
        return {
            "decompte": number, "line": 1, "lines": 1, "person": person, "care_on": f"{day}", "act": "OST",
            "expense_cents": 6000, "base_cents": 0, "rate_percent": "0", "statutory_cents": 0,
        }  # fmt: skip

    def _drop(self, content: bytes) -> None:
        report = self.employer.portal.drop(f"flux-vie-{next(_closed)}.jsonl", content)
        assert report["refused"] == 0, report

    def _queued(self, queue: str) -> Iterator[Json]:
        """The scheme's décomptes of this member that wait for an agent."""
        mine = {one.number for one in self.flows}
        after: str | None = None
        while True:
            params = {"queue": queue} | ({"after": after} if after else {})
            page = self._agent().agent.get("/backoffice/flows", params=params)
            yield from (one for one in page["flows"] if one["number"] in mine)
            after = page["next"]
            if after is None:
                return

    def _decided(self) -> list[Reimbursement]:
        page, after = reimbursements.page_of_member(
            self.leaver.member_id, decided_from=None, decided_to=None, before=None, limit=100
        )
        assert after is None
        return page

    def _standing(self) -> list[Reimbursement]:
        """The décomptes that no other undoes."""
        decided = self._decided()
        undone = {one.reverses for one in decided} | {one.reimbursement_id for one in decided if one.reverses}
        return [one for one in decided if one.reimbursement_id not in undone]

    def _orders(self) -> list[PaymentOrder]:
        found = [reimbursements.order(one.order_id) for one in self._decided() if one.order_id]
        return [one for one in found if one is not None]


STEPS = [
    *[Life.claim] * 3,
    *[Life.the_scheme_tells_of_care] * 3,
    *[Life.a_bank_day_passes] * 3,
    *[Life.time_passes] * 2,
    Life.the_scheme_corrects,
    Life.the_scheme_tells_it_again,
    Life.the_agent_looks,
    Life.the_member_changes_bank,
    Life.the_member_leaves,
    Life.portability_is_justified,
]


def test_whatever_happens_in_a_life_the_money_is_right(stack: Stack, employer: Employer, agent_email: str) -> None:
    """H80, H150, H151, M38, M85, M112, A14: any order, anything twice, any return of the bank; then all of it again."""
    account = Account()
    lives: list[Life] = []

    @settings(
        max_examples=LIVES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(order=st.permutations(STEPS), seed=st.integers(1, 10_000))
    def live(order: list[Callable[[Life], None]], seed: int) -> None:
        life = Life(stack, employer, agent_email, account, Random(seed))
        lives.append(life)
        try:
            for step in order:
                step(life)
                life.check()
            life.end()
        finally:
            clock.shift(-life.shifted)

    live()
    with later(seconds=max(one.shifted for one in lives).total_seconds()):
        lives[0].night()
        before = [one.story() for one in lives]
        stack.deliver_again(reverse=True)
        stack.run_schedule("payment-batches")
        lives[0].night()
        assert [one.story() for one in lives] == before
        for one in lives:
            one.check()
