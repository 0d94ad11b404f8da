"""The company's account: RIB, mandate signed on line by SMS, delay, freeze (H81, H82, H83, H84, H85, H86, H87, A14)."""

import json
import threading
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from chalicelib import clock, settings
from chalicelib.domain.account import EmployerRole
from chalicelib.domain.company import Company
from chalicelib.domain.errors import Conflict, EspaceError, FieldErrors
from chalicelib.domain.request import Request
from chalicelib.gateways import sms
from chalicelib.services import bank_details, bank_holders, document_jobs, messages, tokens
from chalicelib.services import companies as services_companies
from chalicelib.services.bank_details import BankForm
from chalicelib.storage import accounts, companies, outbox, requests
from chalicelib.storage.transaction import Transaction
from local.clients import client
from local.stack import Stack
from tests import samples
from tests.portal import PASSWORD, Portal, User, expect
from tests.services.conftest import (
    Back,
    Employer,
    Json,
    downloaded,
    faults,
    later,
    subscribe,
    subscription_file,
    text_of,
)

DELAY = timedelta(hours=72)
OTHER_IBAN = "DE89370400440532013000"


@dataclass
class Team:
    """A company whose administrator has a mobile number."""

    employer: Employer
    stack: Stack
    mobile: str

    @property
    def portal(self) -> Portal:
        return self.employer.portal

    @property
    def base(self) -> str:
        return f"{self.employer.base}/bank-details"

    @property
    def email(self) -> str:
        return str(self.employer.file["administrator"]["email"])

    @property
    def company(self) -> Company:
        found = companies.get(self.employer.company_id)
        assert found is not None
        return found

    @property
    def hr(self) -> User:
        """The administrator, in a session of the present moment."""
        return self.portal.sign_in("employer", {"email": self.email, "password": PASSWORD})

    def ask(self, iban: str | None = None, *, key: str | None = None, hr: User | None = None, **more: Any) -> Json:
        """A change that waits for the RIB."""
        body = {"iban": iban or samples.iban(), "holder": "Ateliers du Port"} | more
        headers = {"Idempotency-Key": key or tokens.new_id()}
        asked: Json = (hr or self.employer.hr).post(self.base, body, headers=headers)
        return asked

    def ready(self, iban: str | None = None) -> Json:
        """A change whose mandate waits for its signature."""
        request = self.ask(iban)
        self.portal.upload_all(
            self.employer.hr, f"{self.employer.base}/requests/{request['request_id']}/uploads", request
        )
        self.portal.settle()
        found: Json = self.employer.hr.get(f"{self.employer.base}/requests/{request['request_id']}")
        assert found["state"] == "PENDING_SIGNATURE", found
        return found

    def texts(self) -> list[str]:
        """The SMS that came to the mobile, newest first."""
        self.portal.settle()
        return [one.text for one in self.stack.letters() if one.kind == "sms" and one.recipient == self.mobile]

    def code(self, request: Json) -> str:
        """A code just sent for a change."""
        before = Counter(self.texts())
        self.employer.hr.post(f"{self.base}/{request['request_id']}/signature-code", {})
        [text] = Counter(self.texts()) - before
        return digits(text)

    def type(self, request: Json, code: str, hr: User | None = None) -> httpx.Response:
        """The answer to a code."""
        path = f"{self.base}/{request['request_id']}/signature"
        return (hr or self.employer.hr).call("POST", path, json={"code": code})

    def signed(self, iban: str | None = None) -> Json:
        """A change just signed."""
        found: Json = expect(self.type(request := self.ready(iban), self.code(request)), 201)
        return found

    def read(self) -> Json:
        """The account as the espace RH shows it now."""
        found: Json = self.hr.get(self.base)
        return found

    def mails(self, containing: str) -> list[str]:
        """The mails to the administrator that say something."""
        self.portal.settle()
        return [str(one["text"]) for one in self.portal.mails(self.email) if containing in one["subject"]]

    def freeze_token(self, request: Json) -> str:
        """The token of the notice of a change."""
        found = [self.portal.link_in(one) for one in self.mails("un changement est signé")]
        [token] = [one for one in found if tokens.owner_of(one) == request["request_id"]]
        return token


def digits(text: str) -> str:
    """The code of an SMS."""
    return next(word for word in text.split() if len(word) == 6 and word.isdigit())


def wrong(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 10**6:06d}"


def refusal(response: httpx.Response) -> str:
    """The code of a refusal by the state of things."""
    return str(expect(response, 409)["code"])


def stored(request: Json) -> Request:
    """A change as it is kept."""
    found = requests.get(request["request_id"])
    assert found is not None
    return found


def rum(request: Json) -> str:
    """The reference of the mandate of a change."""
    change = stored(request).bank_change
    assert change is not None
    return change.mandate.rum


@pytest.fixture(scope="module")
def company(portal: Portal, stack: Stack) -> Team:
    """A company of its own, since its account comes and goes."""
    employer = subscribe(portal, subscription_file())
    mobile = f"+3361{int(employer.number) * 7919 % 10**7:07d}"
    profile = {"display_name": "Anne Le Goff", "mobile": mobile, "password": PASSWORD}
    expect(employer.hr.call("PUT", "/employer/profile", json=profile), 200)
    return Team(employer, stack, mobile)


@pytest.fixture
def team(company: Team) -> Team:
    """The company without any account, and with its share of codes for this hour."""
    with_none = replace(company.company, bank=None)
    with Transaction() as transaction:
        companies.save(transaction, with_none)
    table = settings.table("throttles")
    for row in client("dynamodb").scan(TableName=table)["Items"]:
        client("dynamodb").delete_item(TableName=table, Key={"throttle": row["throttle"]})
    return company


# --- From the form to the account in use ---------------------------------------------------------------------------


def test_h81_to_h86_a_change_goes_from_the_form_to_the_account_in_use(team: Team) -> None:
    """H81, H82, H83, H84, H85, H86: RIB, mandate, SMS, signature; the account is used 72 hours later."""
    assert team.read() == {"current": None, "change": None}
    iban = samples.iban()
    request = team.ask(iban)
    assert [one["kind"] for one in request["missing"]] == ["rib"]
    assert (request["state"], request["next_actor"]) == ("PENDING_DOCUMENTS", "employer")
    team.portal.upload_all(team.employer.hr, f"{team.employer.base}/requests/{request['request_id']}/uploads", request)
    team.portal.settle()
    change = team.read()["change"]
    assert (change["state_label"], change["effective_at"]) == ("À signer", None)
    assert change["iban_masked"].endswith(f"{iban[-3:]}")
    mandate = text_of(team.employer.hr.get(f"{team.base}/{request['request_id']}/mandate")["url"])
    assert iban in mandate.replace(" ", "")
    assert change["rum"] in mandate
    assert "Preuve de la signature" not in mandate
    signed = expect(team.type(request, team.code(request)), 201)
    assert (signed["state"], signed["next_actor"]) == ("SCHEDULED", "system")
    with later(hours=71, minutes=59):
        assert team.read()["current"] is None
        assert team.company.bank is not None
        assert team.company.bank.mandate_on(clock.now()) is None
    with later(hours=72):
        shown = team.read()
        assert shown["change"] is None
        assert (shown["current"]["rum"], shown["current"]["state_label"]) == (change["rum"], "En service")


def test_a14_the_former_account_serves_until_the_new_one_does(team: Team) -> None:
    first = team.signed()
    with later(hours=73):
        team.employer = replace(team.employer, hr=team.hr)
        second = team.signed()
        shown = team.read()
        assert shown["current"]["rum"] == rum(first)
        assert shown["current"]["used_until"] == shown["change"]["effective_at"]
        with later(hours=72):
            assert team.read()["current"]["rum"] == rum(second)
    team.employer = replace(team.employer, hr=team.hr)


def test_the_run_of_the_next_day_records_the_effect_and_tells_once(team: Team) -> None:
    request = team.signed()
    with later(hours=72):
        team.portal.run_schedule("close-claims")
        assert stored(request).state == "SCHEDULED", "on the very day, nothing is late"
    with later(hours=96):
        for _ in range(2):
            team.portal.run_schedule("close-claims")
        assert stored(request).state == "ACCEPTED"
        assert bank_details.settle_due() == 0
        notice = outbox.get(f"bank_change_effective:{request['request_id']}:0")
        assert notice is not None
        assert (notice.recipient, notice.attempts) == (team.email, 0)
    assert team.mails("le nouveau compte est en service")
    assert team.company.bank is not None
    assert team.company.bank.change_id is None


def test_the_signed_mandate_and_its_evidence_are_kept(team: Team) -> None:
    """H84: what was signed is known by its hash; who, when, from where and to which mobile is kept beside it."""
    request = team.signed()
    team.portal.settle()
    text = text_of(team.employer.hr.get(f"{team.base}/{request['request_id']}/mandate")["url"])
    change = stored(request).bank_change
    assert change is not None
    assert change.evidence is not None
    evidence = client("s3").get_object(Bucket=settings.bucket("documents"), Key=change.evidence_key)["Body"].read()
    facts = json.loads(evidence)
    assert evidence.decode() == change.evidence.text
    assert facts["document_sha256"] == change.document_sha256
    assert facts["phone_masked"].endswith(team.mobile[-2:])
    assert facts["source_ip"]
    assert "Preuve de la signature" in text
    assert change.evidence.sha256 in text.replace(" ", "")
    assert team.mobile[-6:] not in text.replace(" ", "") + evidence.decode()


# --- The form ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("iban", "sentence"),
    [
        ("FR7630006000011234567890188", "pas correct"),
        ("FR0630006000011234567890188", "clé RIB"),
        ("TR330006100519786457841326", "SEPA"),
    ],
    ids=["control digits", "RIB key", "outside SEPA"],
)
def test_h87_an_iban_is_checked_to_its_key(team: Team, iban: str, sentence: str) -> None:
    headers = {"Idempotency-Key": tokens.new_id()}
    answer = team.employer.hr.call("POST", team.base, json={"iban": iban, "holder": "X"}, headers=headers)
    [fault] = expect(answer, 422)["errors"]
    assert fault["field"] == "iban"
    assert sentence in fault["detail"]
    assert iban not in answer.text


def test_a_form_without_holder_or_with_a_malformed_bic_is_refused(team: Team) -> None:
    headers = {"Idempotency-Key": tokens.new_id()}
    answer = team.employer.hr.call(
        "POST", team.base, json={"iban": OTHER_IBAN, "holder": " ", "bic": "psst"}, headers=headers
    )
    assert {field for field, _ in faults(answer)} == {"holder", "bic"}


def test_the_same_key_finds_the_same_change(team: Team) -> None:
    key = tokens.new_id()
    first, again = team.ask(OTHER_IBAN, key=key), team.ask(OTHER_IBAN, key=key)
    assert first["request_id"] == again["request_id"]
    assert team.mails("le changement n’aura pas lieu") == []


def test_a_key_that_opened_one_change_opens_no_other(team: Team) -> None:
    """Another account, holder or BIC under the same key is refused: nobody signs what they did not read."""
    key, iban = tokens.new_id(), samples.iban()
    first = team.ask(iban, key=key)
    headers = {"Idempotency-Key": key}
    for body in ({"iban": samples.iban(), "holder": "Ateliers du Port"}, {"iban": iban, "holder": "Autre"}):
        assert refusal(team.employer.hr.call("POST", team.base, json=body, headers=headers)) == "key_reused"
    assert team.read()["change"]["request_id"] == first["request_id"]


def test_a_newer_change_ends_an_older_one_that_is_not_signed(team: Team) -> None:
    older = team.ready()
    newer = team.ask()
    assert team.read()["change"]["request_id"] == newer["request_id"]
    assert (stored(older).state, stored(older).reason) == ("CLOSED", bank_details.REPLACED)


def test_a_signed_change_ends_once_a_newer_one_is_signed_and_says_so(team: Team) -> None:
    """H86: asking takes neither password nor code, so it ends nothing that was signed."""
    older = team.signed()
    newer = team.ready()
    assert stored(older).state == "SCHEDULED"
    assert team.read()["change"]["request_id"] == newer["request_id"]
    before = len(team.mails("le changement n’aura pas lieu"))
    expect(team.type(newer, team.code(newer)), 201)
    assert (stored(older).state, stored(older).reason) == ("CLOSED", bank_details.REPLACED)
    notices = team.mails("le changement n’aura pas lieu")
    assert len(notices) == before + 1
    assert any(bank_details.REPLACED in one for one in notices)
    with later(hours=72):
        assert team.read()["current"]["rum"] == rum(newer)


def test_a_signed_change_is_shown_again_once_the_newer_one_is_given_up(team: Team) -> None:
    older, newer = team.signed(), team.ask()
    expect(team.employer.hr.call("DELETE", f"{team.base}/{newer['request_id']}"), 204)
    assert team.read()["change"]["request_id"] == older["request_id"]
    with later(hours=72):
        assert team.read()["current"]["rum"] == rum(older)


def test_of_changes_asked_for_at_once_one_stays(team: Team) -> None:
    """Whoever comes second reads again, and ends what came first."""
    outcomes = at_once(
        [
            partial(
                bank_details.ask,
                partial(bank_holders.company, team.employer.company_id),
                BankForm(iban=samples.iban(), holder="X"),
                account_id="x",
                holder_id=team.employer.company_id,
                idempotency_key=tokens.new_id(),
            )
            for _ in range(3)
        ]
    )
    states = [stored({"request_id": one.request_id}).state for one in outcomes if isinstance(one, Request)]
    assert sorted(states) == ["CLOSED"] * (len(states) - 1) + ["PENDING_DOCUMENTS"]
    assert team.company.bank is not None
    assert stored({"request_id": team.company.bank.change_id}).state == "PENDING_DOCUMENTS"


def at_once(actions: list[Any]) -> list[Any]:
    """What each of several actions gives or raises, all begun at the same moment."""
    outcomes: list[Any] = []
    barrier = threading.Barrier(len(actions))

    def run(action: Any) -> None:
        barrier.wait()
        try:
            outcomes.append(action())
        except EspaceError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in actions]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return outcomes


# --- The mandate ---------------------------------------------------------------------------------------------------


def test_there_is_no_mandate_before_the_rib(team: Team) -> None:
    """H83: nothing is signed before the RIB was received."""
    path = f"{team.base}/{team.ask()['request_id']}"
    assert refusal(team.employer.hr.call("GET", f"{path}/mandate")) == "document_not_ready"
    assert refusal(team.employer.hr.call("POST", f"{path}/signature-code")) == "nothing_to_sign"
    assert refusal(team.employer.hr.call("POST", f"{path}/signature", json={"code": "123456"})) == "nothing_to_sign"


def test_the_same_job_again_changes_nothing(team: Team) -> None:
    request = team.ready()
    before = stored(request)
    document_jobs.run({"document": "mandate", "request_id": request["request_id"]})
    assert stored(request) == before


def test_a_rib_received_again_changes_nothing(team: Team) -> None:
    request = team.ready()
    before = stored(request)
    bank_details.progress(before)
    team.portal.settle()
    assert stored(request) == before


def test_a_lost_signed_mandate_is_written_when_it_is_asked_for(team: Team) -> None:
    request = team.signed()
    team.portal.settle()
    change = stored(request).bank_change
    assert change is not None
    client("s3").delete_object(Bucket=settings.bucket("documents"), Key=change.signed_key)
    path = f"{team.base}/{request['request_id']}/mandate"
    assert refusal(team.employer.hr.call("GET", path)) == "document_not_ready"
    team.portal.settle()
    assert downloaded(team.employer.hr.get(path)["url"]).startswith(b"%PDF")


# --- The code ------------------------------------------------------------------------------------------------------


def test_h86_without_a_mobile_on_file_nothing_is_sent_and_the_way_is_shown(team: Team) -> None:
    request = team.ready()
    user = team.employer.hr.get("/employer/profile")["account_id"]
    account = accounts.get(user)
    assert account is not None
    with pytest.raises(Conflict) as refused:
        bank_details.send_code(replace(account, mobile=None), request["request_id"])
    assert refused.value.code == "mobile_missing"
    assert "Mon profil" in refused.value.sentence


def test_h85_the_code_comes_by_sms_and_a_repeated_request_sends_no_other(team: Team) -> None:
    """M114: the SMS is recorded; what it said is not kept."""
    request = team.ready()
    before = len(team.texts())
    path = f"{team.base}/{request['request_id']}/signature-code"
    answers = [team.employer.hr.post(path, {}) for _ in range(3)]
    assert len(team.texts()) == before + 1
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["phone_masked"].endswith(team.mobile[-2:])
    assert team.mobile[3:] not in json.dumps(answers)
    logged = outbox.get(f"signature-code:{request['request_id']}:1")
    assert logged is not None
    assert (logged.state, logged.template, logged.sealed_context) == ("SENT", "signature_code", None)
    assert messages.deliver(logged.message_id) == "SENT"
    assert len(team.texts()) == before + 1


def test_a_code_asked_for_by_several_requests_at_once_is_sent_once(team: Team) -> None:
    request = team.ready()
    before = len(team.texts())
    account = accounts.get(team.employer.hr.get("/employer/profile")["account_id"])
    assert account is not None
    outcomes = at_once([partial(bank_details.send_code, account, request["request_id"])] * 3)
    codes = {one.digest for one in outcomes if not isinstance(one, EspaceError)}
    assert len(codes) == 1
    assert len(team.texts()) == before + 1


def test_h86_codes_are_sent_five_times_an_hour(team: Team) -> None:
    request = team.ready()
    path = f"{team.base}/{request['request_id']}/signature-code"
    start = timedelta(seconds=-(int(clock.now().timestamp()) % 3600))
    answers = []
    for number in range(6):
        with later(seconds=(start + timedelta(hours=1, seconds=61 * number)).total_seconds()):
            answers.append(team.hr.call("POST", path))
    assert [one.status_code for one in answers] == [201] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) <= 3600


def test_h86_three_wrong_codes_end_a_code_and_a_new_one_signs(team: Team) -> None:
    request = team.ready()
    code = team.code(request)
    left = [expect(team.type(request, wrong(code)), 422)["errors"][0]["detail"] for _ in range(2)]
    assert "2 essais" in left[0].replace("\u00a0", " ")
    assert "1 essai." in left[1]
    assert refusal(team.type(request, wrong(code))) == "code_exhausted"
    assert refusal(team.type(request, code)) == "code_exhausted"
    expect(team.type(request, team.code(request)), 201)


def test_wrong_codes_typed_at_once_are_all_counted(team: Team) -> None:
    request = team.ready()
    code = team.code(request)
    account = accounts.get(team.employer.hr.get("/employer/profile")["account_id"])
    assert account is not None
    outcomes = at_once(
        [partial(bank_details.sign, account, request["request_id"], wrong(code), source_ip="192.0.2.7")] * 6
    )
    told = [one.code for one in outcomes]
    assert told.count("invalid_fields") <= 2
    change = stored(request).bank_change
    assert change is not None
    assert change.code is not None
    assert change.code.tries == min(3, told.count("invalid_fields") + told.count("code_exhausted"))


@pytest.mark.parametrize(
    ("after", "status"),
    [(timedelta(minutes=9, seconds=50), 201), (timedelta(minutes=10, seconds=1), 409)],
    ids=["within 10 minutes", "after them"],
)
def test_h86_a_code_ends_after_ten_minutes(team: Team, after: timedelta, status: int) -> None:
    request = team.ready()
    code = team.code(request)
    with later(seconds=after.total_seconds()):
        answer = team.type(request, code)
    assert answer.status_code == status
    if status == 409:
        assert answer.json()["code"] == "code_expired"


def test_h86_a_code_serves_once(team: Team) -> None:
    request = team.ready()
    code = team.code(request)
    expect(team.type(request, code), 201)
    assert refusal(team.type(request, code)) == "already_signed"
    assert refusal(team.employer.hr.call("POST", f"{team.base}/{request['request_id']}/signature-code")) == (
        "already_signed"
    )


def test_a_code_typed_twice_at_once_signs_once(team: Team) -> None:
    request = team.ready()
    code = team.code(request)
    before = len(team.mails("un changement est signé"))
    account = accounts.get(team.employer.hr.get("/employer/profile")["account_id"])
    assert account is not None
    sign = partial(bank_details.sign, account, request["request_id"], code, source_ip="192.0.2.7")
    outcomes = at_once([sign] * 3)
    assert len([one for one in outcomes if isinstance(one, Request)]) == 1
    assert team.company.bank is not None
    assert [one.request_id for one in team.company.bank.mandates] == [request["request_id"]]
    assert len(team.mails("un changement est signé")) == before + 1


def test_h84_a_code_of_one_mandate_never_signs_another(team: Team) -> None:
    """Neither the mandate of another change, nor the same change once its document has another hash."""
    old = team.code(team.ready())
    request = team.ready()
    code = team.code(request)
    if old != code:
        assert faults(team.type(request, old)) == {("code", "wrong_code")}
    kept = stored(request)
    assert kept.bank_change is not None
    change_document(kept)
    assert refusal(team.type(request, code)) == "code_of_other_document"


def change_document(request: Request) -> None:
    """Put another document under a change."""
    assert request.bank_change is not None
    changed = replace(request, bank_change=replace(request.bank_change, document_sha256="0" * 64))
    with Transaction() as transaction:
        requests.save(transaction, changed)


def test_a_code_is_worth_nothing_to_another_administrator(team: Team) -> None:
    request = team.ready()
    code = team.code(request)
    account = accounts.get(team.employer.hr.get("/employer/profile")["account_id"])
    assert account is not None
    colleague = replace(account, account_id=tokens.new_id())
    with pytest.raises(EspaceError) as refused:
        bank_details.sign(colleague, request["request_id"], code, source_ip="192.0.2.7")
    assert refused.value.code == "invalid_fields"


def test_a_code_that_nobody_asked_for_is_refused(team: Team) -> None:
    assert refusal(team.type(team.ready(), "123456")) == "no_code_sent"


def test_m114_an_sms_that_the_carrier_refuses_is_recorded_and_never_sent_again(team: Team) -> None:
    request = team.ready()
    before = len(team.texts())
    team.stack.faults.fail_call("sns.Publish", error="InvalidParameter")
    team.employer.hr.post(f"{team.base}/{request['request_id']}/signature-code", {})
    assert len(team.texts()) == before
    message_id = f"signature-code:{request['request_id']}:1"
    rejected = outbox.get(message_id)
    assert rejected is not None
    assert (rejected.state, rejected.rejection) == ("REJECTED", "InvalidParameter")
    with pytest.raises(EspaceError) as refused:
        messages.resend(message_id, recipient=team.mobile)
    assert refused.value.code == "personal_link"


def test_an_sms_bears_the_name_of_its_sender(monkeypatch: pytest.MonkeyPatch, stack: Stack) -> None:
    monkeypatch.setenv("ESPACE_SMS_SENDER", "RIVES")
    assert sms.send(recipient="+33600000000", text="Bonjour")


# --- The notice and the freeze -------------------------------------------------------------------------------------


def test_h86_everybody_concerned_is_told_of_the_signature_and_may_freeze_it(team: Team) -> None:
    first = team.signed()
    token = team.freeze_token(first)
    for _ in range(2):
        team.portal.post("/access/bank-freezes", {"token": token}, 204)
    assert (stored(first).state, stored(first).reason) == ("CLOSED", bank_details.FROZEN)
    assert len([one for one in team.mails("le changement n’aura pas lieu") if bank_details.FROZEN in one]) == 1
    with later(hours=80):
        assert team.read() == {"current": None, "change": None}


def test_the_company_s_own_address_is_told_too(team: Team) -> None:
    contact = samples.email("contact")
    address = {"line1": "3 quai de la Fosse", "postcode": "44000", "city": "Nantes"}
    path = team.employer.base
    expect(team.employer.hr.call("PUT", path, json={"address": address, "email": contact}), 200)
    team.signed()
    assert team.portal.mail(contact, "un changement est signé")
    expect(team.employer.hr.call("PUT", path, json={"address": address}), 200)


def test_h86_the_former_address_of_the_company_is_told_for_a_while(team: Team) -> None:
    """H86, H114: only an administrator changes it, a mail says so, and bank notices still reach the former one."""
    former, passing, new = samples.email("ancienne"), samples.email("passage"), samples.email("nouvelle")
    address = {"line1": "3 quai de la Fosse", "postcode": "44000", "city": "Nantes"}
    path = team.employer.base
    for email in (former, passing, new):
        expect(team.employer.hr.call("PUT", path, json={"address": address, "email": email}), 200)
    assert team.portal.mail(former, "adresse de contact")
    team.signed()
    for email in (former, passing, new):
        assert team.portal.mail(email, "un changement est signé")
    with later(days=30, hours=1):
        assert former not in bank_holders.company(team.employer.company_id).to_tell()
    expect(team.employer.hr.call("PUT", path, json={"address": address}), 200)


def test_h86_a_manager_does_not_change_where_notices_go(team: Team) -> None:
    """H86, H124."""
    account = accounts.get(team.employer.hr.get("/employer/profile")["account_id"])
    assert account is not None
    manager = replace(account, role=EmployerRole.MANAGER)
    company = team.company
    change = partial(services_companies.modify, manager, company.company_id, address=company.address, phone=None)
    with pytest.raises(FieldErrors) as refused:
        change(email=samples.email("autre"))
    assert [one.code for one in refused.value.faults] == ["administrator_only"]
    assert change(email=company.email).phone is None


def test_h86_a_new_mobile_is_told_and_signs_nothing_for_72_hours(team: Team) -> None:
    """H86, to the second; the former number's code is worth nothing either."""
    request = team.ready()
    code = team.code(request)
    before = len(team.mails("numéro de mobile"))
    profile = {"display_name": "Anne Le Goff", "mobile": "+33612121212", "password": PASSWORD}
    expect(team.employer.hr.call("PUT", "/employer/profile", json=profile), 200)
    assert len(team.mails("numéro de mobile")) == before + 1
    assert refusal(team.type(request, code)) == "mobile_too_recent"
    path = f"{team.base}/{request['request_id']}/signature-code"
    refused = expect(team.employer.hr.call("POST", path), 409)
    settled = datetime.fromisoformat(refused["settled_at"]) - clock.now()
    for seconds, status in ((settled.total_seconds() - 20, 409), (settled.total_seconds(), 201)):
        with later(seconds=seconds):
            assert team.hr.call("POST", path).status_code == status
    account = accounts.get(team.employer.hr.get("/employer/profile")["account_id"])
    assert account is not None
    with Transaction() as transaction:
        accounts.save(transaction, replace(account, mobile=team.mobile, mobile_changed_at=None))


def test_h86_a_frozen_change_holds_the_next_one(team: Team, agent: Back) -> None:
    """H86: for seven days, unless an agent has asked the company."""
    request = team.signed()
    team.portal.post("/access/bank-freezes", {"token": team.freeze_token(request)}, 204)
    headers = {"Idempotency-Key": tokens.new_id()}
    body = {"iban": samples.iban(), "holder": "Ateliers du Port"}
    refused = expect(team.employer.hr.call("POST", team.base, json=body, headers=headers), 409)
    assert refused["code"] == "change_frozen"
    left = (datetime.fromisoformat(refused["asked_again_at"]) - clock.now()).total_seconds()
    with later(seconds=left - 20):
        assert refusal(team.hr.call("POST", team.base, json=body, headers=headers)) == "change_frozen"
    expect(agent.agent.call("DELETE", f"/backoffice/bank-details/{request['request_id']}/freeze"), 204)
    team.ask()


def test_h86_the_link_of_a_replaced_change_freezes_the_one_that_replaced_it(team: Team) -> None:
    """H86: whoever signs twice in a row does not outrun the first notice."""
    first = team.signed()
    token = team.freeze_token(first)
    second, third = team.signed(), team.ready()
    for _ in range(2):
        team.portal.post("/access/bank-freezes", {"token": token}, 204)
    for one in (second, third):
        assert (stored(one).state, stored(one).reason) == ("CLOSED", bank_details.FROZEN)
    assert refusal(team.type(third, "123456")) == "nothing_to_sign"
    body, headers = {"iban": samples.iban(), "holder": "X"}, {"Idempotency-Key": tokens.new_id()}
    assert refusal(team.employer.hr.call("POST", team.base, json=body, headers=headers)) == "change_frozen"
    with later(hours=80):
        assert team.read() == {"current": None, "change": None}


def test_h86_a_change_given_up_is_frozen_all_the_same(team: Team, agent: Back) -> None:
    """By its link or by an agent: the next one waits, until an agent lets it be asked for."""
    request = team.signed()
    token = team.freeze_token(request)
    expect(team.employer.hr.call("DELETE", f"{team.base}/{request['request_id']}"), 204)
    team.portal.post("/access/bank-freezes", {"token": token}, 204)
    body, headers = {"iban": samples.iban(), "holder": "X"}, {"Idempotency-Key": tokens.new_id()}
    assert refusal(team.employer.hr.call("POST", team.base, json=body, headers=headers)) == "change_frozen"
    path = f"/backoffice/bank-details/{request['request_id']}"
    expect(agent.agent.call("DELETE", f"{path}/freeze"), 204)
    other = team.ask()
    expect(team.employer.hr.call("DELETE", f"{team.base}/{other['request_id']}"), 204)
    expect(agent.agent.call("DELETE", f"/backoffice/bank-details/{other['request_id']}"), 204)
    assert refusal(team.employer.hr.call("POST", team.base, json=body, headers=headers)) == "change_frozen"


@pytest.mark.parametrize(("after", "status"), [(timedelta(hours=71, minutes=59), 204), (DELAY, 409)])
def test_h86_a_change_is_frozen_until_the_account_is_in_use(team: Team, after: timedelta, status: int) -> None:
    token = team.freeze_token(team.signed())
    with later(seconds=after.total_seconds()):
        answer = team.portal.http.post("/access/bank-freezes", json={"token": token})
        assert answer.status_code == status
        assert (team.read()["current"] is None) == (status == 204)


def test_a_made_up_link_freezes_nothing(team: Team) -> None:
    request = team.signed()
    made_up = tokens.new_token(request["request_id"])[0]
    for token in (made_up, "x", tokens.new_token(tokens.new_id())[0]):
        answer = team.portal.http.post("/access/bank-freezes", json={"token": token})
        assert refusal(answer) == "link_unusable"
    assert stored(request).state == "SCHEDULED"


def test_an_administrator_gives_a_change_up_at_any_moment_before(team: Team) -> None:
    for begin in (team.ask, team.ready, team.signed):
        request = begin()
        for _ in range(2):
            expect(team.employer.hr.call("DELETE", f"{team.base}/{request['request_id']}"), 204)
        assert (stored(request).state, stored(request).reason) == ("CLOSED", bank_details.GIVEN_UP)
    assert team.read() == {"current": None, "change": None}


def test_a_change_that_nobody_completes_ends_after_sixty_days(team: Team) -> None:
    for begin in (team.ask, team.ready):
        request = begin()
        with later(days=60):
            bank_details.settle_due()
        assert stored(request).state == request["state"]
        with later(days=61, hours=1):
            bank_details.settle_due()
        assert (stored(request).state, stored(request).reason) == ("CLOSED", bank_details.NEVER_COMPLETED)


def test_h121_a_change_of_another_company_does_not_exist(team: Team, other_employer: Employer) -> None:
    request = team.signed()
    elsewhere = f"{other_employer.base}/bank-details/{request['request_id']}"
    for method, path in (
        ("GET", f"{elsewhere}/mandate"),
        ("POST", f"{elsewhere}/signature-code"),
        ("DELETE", elsewhere),
    ):
        assert other_employer.hr.call(method, path).status_code == 404
    assert other_employer.hr.call("POST", f"{elsewhere}/signature", json={"code": "123456"}).status_code == 404
    assert stored(request).state == "SCHEDULED"


def test_the_iban_is_nowhere_in_clear(team: Team, caplog: pytest.LogCaptureFixture) -> None:
    """M16: neither in an answer, nor in a mail or SMS, nor in a table, nor in a log; only in the mandate itself."""
    iban = samples.iban()
    request = team.signed(iban)
    team.portal.settle()
    logged = "\n".join(str(vars(one)) for one in caplog.records)
    assert team.mobile not in logged
    seen = [json.dumps(request), json.dumps(team.read()), logged]
    seen.append(json.dumps(team.employer.hr.get(f"{team.employer.base}/requests")))
    seen += [one.subject + one.text for one in team.stack.letters()]
    for table in ("requests", "companies", "outbox", "throttles", "identities"):
        seen.append(str(client("dynamodb").scan(TableName=settings.table(table))["Items"]))
    assert all(iban not in one.replace(" ", "") for one in seen)
    codes = [digits(text) for text in team.texts()[:1]]
    tables = "".join(seen[-5:])
    assert not [code for code in codes if f'"{code}"' in tables or f": {code}" in tables]
