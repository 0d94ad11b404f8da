"""The member's two accounts: RIB, signature by SMS, delay, freeze (M45, M85, M86, M87, M88, M89, A14)."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
import pytest

from chalicelib import clock, settings
from chalicelib.domain.mandate import AccountUse
from chalicelib.domain.member import Member
from chalicelib.services import bank_details, tokens
from local.clients import client
from local.stack import Stack
from tests import samples
from tests.portal import PASSWORD, User, expect
from tests.services.conftest import Back, Employer, Json, later, room, sign_in_member, text_of
from tests.services.test_bank_details import digits, refusal, stored
from tests.services.test_departures import Leaver, leaver_of
from tests.services.test_dependants import open_member_space

BASE = "/member/bank-details"
SECOND = timedelta(seconds=1)
MARGIN = timedelta(seconds=20)
"""What a request may take before the moment it is made for."""


@dataclass
class Own:
    """A member who has a confirmed mobile number."""

    leaver: Leaver
    stack: Stack
    mobile: str

    @property
    def employer(self) -> Employer:
        return self.leaver.employer

    @property
    def email(self) -> str:
        return str(self.leaver.form["email"])

    @property
    def member(self) -> Member:
        return self.leaver.stored

    def me(self) -> User:
        return sign_in_member(self.employer.portal, self.leaver.number)

    def texts(self, mobile: str | None = None) -> list[str]:
        """The SMS that came to a number."""
        self.employer.portal.settle()
        wanted = mobile or self.mobile
        return [one.text for one in self.stack.letters() if one.kind == "sms" and one.recipient == wanted]

    def register(self, mobile: str) -> None:
        """Register a mobile number and confirm it."""
        me = self.me()
        before = Counter(self.texts(mobile))
        expect(me.call("PUT", "/member/account/mobile", json={"mobile": mobile, "password": PASSWORD}), 200)
        [text] = Counter(self.texts(mobile)) - before
        expect(me.call("POST", "/member/account/mobile/confirmation", json={"code": digits(text)}), 200)
        self.mobile = mobile

    def ask(self, use: AccountUse = AccountUse.REIMBURSEMENTS, iban: str | None = None) -> httpx.Response:
        body = {"use": use.value, "iban": iban or samples.iban(), "holder": "Léa Martin"}
        return self.me().call("POST", BASE, json=body, headers={"Idempotency-Key": tokens.new_id()})

    def ready(self, use: AccountUse = AccountUse.REIMBURSEMENTS, iban: str | None = None) -> Json:
        """A change that waits for its code."""
        request: Json = expect(self.ask(use, iban), 201)
        me = self.me()
        path = f"/member/requests/{request['request_id']}"
        self.employer.portal.upload_all(me, f"{path}/uploads", request)
        self.employer.portal.settle()
        found: Json = me.get(path)
        assert found["state"] == "PENDING_SIGNATURE", found
        return found

    def code(self, request: Json) -> str:
        before = Counter(self.texts())
        expect(self.me().call("POST", f"{BASE}/{request['request_id']}/signature-code"), 201)
        [text] = Counter(self.texts()) - before
        return digits(text)

    def type(self, request: Json, code: str) -> httpx.Response:
        return self.me().call("POST", f"{BASE}/{request['request_id']}/signature", json={"code": code})

    def signed(self, use: AccountUse = AccountUse.REIMBURSEMENTS, iban: str | None = None) -> Json:
        found: Json = expect(self.type(request := self.ready(use, iban), self.code(request)), 201)
        return found

    def subjects(self, email: str | None = None) -> list[str]:
        self.employer.portal.settle()
        return [str(one["subject"]) for one in self.employer.portal.mails(email or self.email)]

    def freeze_token(self, request: Json) -> str:
        self.employer.portal.settle()
        letters = [
            str(one["text"])
            for one in self.employer.portal.mails(self.email)
            if "un changement est confirmé" in one["subject"]
        ]
        [token] = [
            one for one in map(self.employer.portal.link_in, letters) if tokens.owner_of(one) == request["request_id"]
        ]
        return token


@pytest.fixture
def own(employer: Employer, stack: Stack) -> Own:
    leaver = leaver_of(employer)
    open_member_space(employer.portal, leaver.number, leaver.form)
    found = Own(leaver, stack, "")
    found.register(f"+3361{int(leaver.number[-7:]) * 7919 % 10**7:07d}")
    return found


def test_m85_to_m89_an_account_to_be_paid_goes_from_the_form_to_its_use(own: Own) -> None:
    """M45, M85, M86, M88, M89: which use, RIB, code by SMS, 72 hours; nothing may be debited from it."""
    former = own.member.bank_account
    assert former is not None
    iban = samples.iban()
    request = expect(own.ask(iban=iban), 201)
    assert "remboursements" in request["title"]
    assert ([one["kind"] for one in request["missing"]], request["next_actor"]) == (["rib"], "member")
    path = f"/member/requests/{request['request_id']}"
    own.employer.portal.upload_all(own.me(), f"{path}/uploads", request)
    own.employer.portal.settle()
    assert own.me().call("GET", f"{BASE}/{request['request_id']}/mandate").status_code == 404
    text = own.texts
    code = own.code(request)
    assert "confirmer le nouveau compte" in text()[0]
    signed = expect(own.type(request, code), 201)
    assert (signed["state"], signed["next_actor"]) == ("SCHEDULED", "system")
    change = stored(request).bank_change
    assert change is not None
    assert change.evidence is not None
    own.employer.portal.settle()
    kept = {
        key: client("s3").get_object(Bucket=settings.bucket("documents"), Key=key)["Body"].read().decode()
        for key in (change.evidence_key, change.text_key)
    }
    assert kept == {change.evidence_key: change.evidence.text, change.text_key: change.text}
    assert change.evidence.document_sha256 == change.text_sha256
    assert iban not in "".join(kept.values())
    effective = change.mandate.effective_at
    assert effective is not None
    for instant, masked in ((effective - SECOND, former.iban_masked), (effective, change.mandate.iban_masked)):
        account = own.member.account_on(instant)
        assert account is not None
        assert account.iban_masked == masked
    with later(hours=72):
        shown = own.me().get(BASE)
        assert shown["reimbursed_to"] == change.mandate.iban_masked
        assert shown["reimbursements"]["change"] is None
        assert shown["reimbursements"]["current"]["lapses_on"] is None
        assert shown["debits"] == {"current": None, "change": None}


def test_m87_an_account_to_be_debited_has_a_mandate(own: Own) -> None:
    """M87, M88: written, read, signed with the code; the account of reimbursements is another one."""
    iban = samples.iban()
    request = own.ready(AccountUse.DEBITS, iban)
    assert "cotisations" in request["title"]
    mandate = text_of(own.me().get(f"{BASE}/{request['request_id']}/mandate")["url"])
    assert iban in mandate.replace(" ", "")
    assert "Léa Martin" in mandate
    code = own.code(request)
    assert "mandat" in own.texts()[0]
    expect(own.type(request, code), 201)
    with later(hours=72):
        shown = own.me().get(BASE)
        assert shown["debits"]["current"]["state_label"] == "En service"
        assert shown["reimbursements"]["current"] is None
        assert shown["reimbursed_to"] == own.member.bank_account.iban_masked if own.member.bank_account else None
        assert own.member.debited is not None
        assert own.member.debited.mandate_on(clock.now()) is not None


def test_a14_what_was_ordered_keeps_the_former_account(own: Own) -> None:
    """A14: and what is decided after the delay goes to the new one, whether or not a night has passed."""
    iban = samples.iban()
    change = stored(own.signed(iban=iban)).bank_change
    assert change is not None
    holder = own.member.holder
    assert holder is not None
    paid_to = {}
    for hours in (0, 73):
        with later(hours=hours):
            me = own.me()
            day = own.employer.portal.today() - timedelta(days=1)
            body = {"beneficiary_id": holder.beneficiary_id, "form": "other", "lines": [room(day)]}
            claim = me.post("/member/claims", body, headers={"Idempotency-Key": tokens.new_id()})
            own.employer.portal.upload_all(me, f"/member/requests/{claim['request_id']}/uploads", claim)
            own.employer.portal.settle()
            paid_to[hours] = order_iban(claim["request_id"])
    assert paid_to[73] == change.mandate.iban_masked
    assert paid_to[0] == own.member.bank_account.iban_masked if own.member.bank_account else None
    assert paid_to[0] != paid_to[73]


def order_iban(claim_id: str) -> str:
    """The account that the payment of a claim was ordered to."""
    items = client("dynamodb").scan(TableName=settings.table("payment-orders"))["Items"]
    [found] = [json.loads(one["document"]["S"]) for one in items if claim_id in one["document"]["S"]]
    return str(found["iban_masked"])


def test_the_night_records_the_account_in_use(own: Own) -> None:
    request = own.signed()
    change = stored(request).bank_change
    assert change is not None
    with later(hours=96):
        for _ in range(2):
            own.employer.portal.run_schedule("close-claims")
        assert stored(request).state == "ACCEPTED"
        account = own.member.bank_account
        assert account is not None
        assert account.iban_masked == change.mandate.iban_masked
        assert len([one for one in own.subjects() if "en service" in one]) == 1


def test_the_member_gives_a_change_up(own: Own) -> None:
    request = own.signed()
    for _ in range(2):
        expect(own.me().call("DELETE", f"{BASE}/{request['request_id']}"), 204)
    assert (stored(request).state, stored(request).reason) == ("CLOSED", bank_details.GIVEN_UP_BY_MEMBER)
    expect(own.ask(), 201)


def test_a_change_is_frozen_with_one_call_and_the_next_waits(own: Own, agent: Back) -> None:
    """H86, M89: seven days, or an agent who has asked the member."""
    request = own.signed()
    token = own.freeze_token(request)
    for _ in range(2):
        own.employer.portal.post("/access/bank-freezes", {"token": token}, 204)
    refused = expect(own.ask(), 409)
    assert refused["code"] == "change_frozen"
    until = datetime.fromisoformat(refused["asked_again_at"])
    with later(seconds=(until - clock.now() - MARGIN).total_seconds()):
        assert refusal(own.ask()) == "change_frozen"
    with later(seconds=(until - clock.now()).total_seconds()):
        expect(own.ask(AccountUse.DEBITS), 201)
    expect(own.ask(AccountUse.DEBITS), 201)
    path = f"/backoffice/bank-details/{request['request_id']}/freeze"
    for _ in range(2):
        expect(agent.agent.call("DELETE", path), 204)
    assert [one.event for one in stored(request).history][-1] == "freeze_released"
    again = expect(own.ask(), 201)
    assert agent.agent.call("DELETE", f"/backoffice/bank-details/{again['request_id']}/freeze").status_code == 404


def test_a_frozen_change_may_be_asked_for_again_after_seven_days(own: Own) -> None:
    token = own.freeze_token(own.signed())
    own.employer.portal.post("/access/bank-freezes", {"token": token}, 204)
    with later(days=7, seconds=1):
        expect(own.ask(), 201)


def test_an_agent_s_freeze_holds_the_next_change_too(own: Own, agent: Back) -> None:
    request = own.signed()
    expect(agent.agent.call("DELETE", f"/backoffice/bank-details/{request['request_id']}"), 204)
    assert refusal(own.ask()) == "change_frozen"


def test_m88_a_mobile_that_replaced_another_signs_nothing_for_72_hours(own: Own) -> None:
    """M88: neither asks for a code nor types one, to the second; the address is told of the new number."""
    request = own.ready()
    code = own.code(request)
    own.register(f"+3376{int(own.leaver.number[-7:]) * 7907 % 10**7:07d}")
    assert len([one for one in own.subjects() if "numéro de mobile" in one]) == 2
    assert refusal(own.type(request, code)) == "mobile_too_recent"
    refused = expect(own.me().call("POST", f"{BASE}/{request['request_id']}/signature-code"), 409)
    assert refused["code"] == "mobile_too_recent"
    settled = datetime.fromisoformat(refused["settled_at"])
    for wait, status in ((settled - clock.now() - MARGIN, 409), (settled - clock.now(), 201)):
        with later(seconds=wait.total_seconds()):
            answer = own.me().call("POST", f"{BASE}/{request['request_id']}/signature-code")
            assert answer.status_code == status


def test_without_a_mobile_the_way_is_shown(employer: Employer, stack: Stack) -> None:
    """M88."""
    leaver = leaver_of(employer)
    open_member_space(employer.portal, leaver.number, leaver.form)
    own = Own(leaver, stack, "")
    request = own.ready()
    answer = own.me().call("POST", f"{BASE}/{request['request_id']}/signature-code")
    assert refusal(answer) == "mobile_missing"


def test_former_addresses_are_told_of_a_change(own: Own) -> None:
    """Dossier 8.4: for thirty days after each was replaced, however often that happens."""
    addresses = [own.email, samples.email("passage"), samples.email("nouvelle")]
    for new in addresses[1:]:
        own.me().post("/member/account/email", {"email": new, "password": PASSWORD}, 202)
        token = own.employer.portal.link_in(own.employer.portal.mail(new, "/adresse#"))
        own.employer.portal.post("/access/email-confirmations", {"token": token}, 204)
    own.signed()
    for address in addresses:
        assert len([one for one in own.subjects(address) if "un changement est confirmé" in one]) == 1


def test_a_key_is_for_one_account_and_one_use(own: Own) -> None:
    body = {"use": AccountUse.REIMBURSEMENTS.value, "iban": samples.iban(), "holder": "Léa Martin"}
    headers, me = {"Idempotency-Key": tokens.new_id()}, own.me()
    first = expect(me.call("POST", BASE, json=body, headers=headers), 201)
    assert expect(me.call("POST", BASE, json=body, headers=headers), 201)["request_id"] == first["request_id"]
    for change in ({"iban": samples.iban()}, {"use": AccountUse.DEBITS.value}):
        assert refusal(me.call("POST", BASE, json=body | change, headers=headers)) == "key_reused"


def test_a_change_of_somebody_else_does_not_exist(own: Own, employer: Employer, stack: Stack) -> None:
    """H121."""
    request = own.ready()
    leaver = leaver_of(employer)
    other = open_member_space(employer.portal, leaver.number, leaver.form)
    path = f"{BASE}/{request['request_id']}"
    for method, tail in (("GET", "/mandate"), ("POST", "/signature-code"), ("DELETE", "")):
        assert other.call(method, path + tail).status_code == 404
    assert other.call("POST", f"{path}/signature", json={"code": "123456"}).status_code == 404
    assert own.employer.hr.call("DELETE", f"{own.employer.base}/bank-details/{request['request_id']}").status_code in {
        401,
        404,
    }


def test_a_change_that_nobody_completes_ends(own: Own) -> None:
    request = own.ready()
    with later(days=61, hours=1):
        bank_details.settle_due()
    assert (stored(request).state, stored(request).reason) == ("CLOSED", bank_details.NEVER_COMPLETED)


def test_the_iban_is_nowhere_in_clear(own: Own) -> None:
    """M16: neither in an answer, nor in a message, nor in a table."""
    iban = samples.iban()
    request = own.signed(iban=iban)
    own.employer.portal.settle()
    seen = [json.dumps(request), json.dumps(own.me().get(BASE)), json.dumps(own.me().get("/member"))]
    seen += [one.subject + one.text for one in own.stack.letters()]
    for table in ("requests", "members", "outbox"):
        seen.append(str(client("dynamodb").scan(TableName=settings.table(table))["Items"]))
    assert all(iban not in one.replace(" ", "") for one in seen)
