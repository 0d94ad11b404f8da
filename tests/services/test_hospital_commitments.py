"""Hospital commitments: one document, one verified hospital, nobody else (M22, M40, M65–M71, M115)."""

import itertools
from datetime import date, timedelta
from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from io import BytesIO
from typing import Any

import httpx
import pytest
from moto.ses.models import RawMessage, ses_backends
from pypdf import PdfReader

from chalicelib import settings
from chalicelib.domain.hospital import HospitalState
from chalicelib.services import document_jobs, hospitals
from chalicelib.storage import outbox, requests
from local.stack import Stack
from tests import samples
from tests.portal import User, expect
from tests.services.conftest import Back, Employer, Json, Patient, faults, later
from tests.services.test_departures import Leaver, hr_of, leaver_of, nightly

DAY = timedelta(days=1)
CANARY = "Clinique du Canari-Vermeil"
_numbers = itertools.count(1)


def finess() -> str:
    """A valid FINESS that nobody used before."""
    return samples.luhn(f"44{next(_numbers):06d}")


def directory(agents: list[Back], number: str, *, email: str | None = None, name: str = "Hôtel-Dieu") -> str:
    """The address of a hospital, which one agent records and another verifies."""
    first, second = agents
    address = email or samples.email("hopital")
    entry = {"name": name, "city": "Nantes", "email": address}
    expect(first.agent.call("PUT", f"/backoffice/hospitals/{number}", json=entry), 200)
    proof = {"email": address, "proof": "Confirmée par le standard."}
    second.agent.post(f"/backoffice/hospitals/{number}/verification", proof, 200)
    return address


def form(beneficiary_id: str, number: str, enters_on: date, **changes: Any) -> Json:
    """A surgery of four days in a private room."""
    stay = {
        "enters_on": f"{enters_on}",
        "leaves_on": f"{enters_on + 3 * DAY}",
        "speciality": "chirurgie",
        "private_room": True,
    } | changes.pop("stay", {})
    hospital = {"finess": number, "name": CANARY, "city": "Nantes"} | changes.pop("hospital", {})
    return {"beneficiary_id": beneficiary_id, "stay": stay, "hospital": hospital}


def ask(patient: Patient, number: str, enters_on: date, key: str | None = None, **changes: Any) -> httpx.Response:
    """The answer to a request for a commitment."""
    headers = {"Idempotency-Key": key or f"commitment-{next(_numbers):06d}"}
    body = form(changes.pop("beneficiary_id", patient.beneficiary_id), number, enters_on, **changes)
    return patient.member.call("POST", "/member/hospital-commitments", json=body, headers=headers)


def read(patient: Patient, commitment: Json) -> Json:
    """A commitment as the member sees it once everything rests."""
    patient.portal.settle()
    found: Json = patient.member.get(f"/member/hospital-commitments/{commitment['request']['request_id']}")
    return found


def read_mail(one: RawMessage) -> EmailMessage:
    """A mail with a document, as SES took it."""
    found = message_from_string(one.raw_data, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def sent() -> list[Any]:
    """Every mail that SES took, oldest first."""
    messages: list[Any] = ses_backends[settings.account_id()][settings.region()].sent_messages
    return messages


def sent_to(address: str) -> list[EmailMessage]:
    """The mails with a document that left for an address."""
    return [read_mail(one) for one in sent() if isinstance(one, RawMessage) and address in one.destinations]


def document_of(letter: EmailMessage) -> str:
    """The words of the document that goes with a mail."""
    [attached] = letter.iter_attachments()
    pages = PdfReader(BytesIO(attached.get_content())).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.fixture
def soon(yesterday: date) -> date:
    return yesterday + 8 * DAY


def test_a_verified_hospital_gets_the_document_at_once(patient: Patient, agents: list[Back], soon: date) -> None:
    """M40, M65, M66, M67, M68, M69, M71, M112: granted under a number, sent once, followed."""
    number = finess()
    address = directory(agents, number)
    asked = expect(ask(patient, number, soon), 201)
    assert asked["request"]["kind"] == "hospital_commitment"
    assert asked["request"]["title"].startswith("Prise en charge hospitalière – Enfant")
    found = read(patient, asked)
    request = found["request"]
    assert (request["state"], request["state_label"]) == ("AGREED", "Accordée et envoyée à l’hôpital")
    assert [one["event"] for one in request["history"]] == ["sent", "received", "agreed"]
    assert date.fromisoformat(found["valid_to"]) == soon + 30 * DAY
    [letter] = sent_to(address)
    assert found["number"] in str(letter["Subject"])
    text = document_of(letter)
    for said in (found["number"], number, "Hôtel-Dieu", "Chirurgie", "23,00 € par jour", "60,00 € par nuit", "32,00 €"):
        assert said in text, said
    patient.portal.mail(patient.member.get("/member")["email"], "l’hôpital a notre accord")


def test_the_document_goes_to_exactly_one_address(patient: Patient, agents: list[Back], soon: date) -> None:
    """M69, M70, M71: one destination in the outbox and at SES, no copy, and nobody else gets any mail with a file."""
    number = finess()
    address = directory(agents, number)
    before = len(sent())
    found = read(patient, expect(ask(patient, number, soon), 201))
    [one] = [one for one in sent()[before:] if isinstance(one, RawMessage)]
    assert set(one.destinations) == {address}
    letter = read_mail(one)
    assert letter["To"] == address
    assert letter["Cc"] is None
    assert letter["Bcc"] is None
    written = outbox.get(f"hospital-commitment:{found['number']}")
    assert written is not None
    assert (written.recipient, written.attachment is not None) == (address, True)
    assert CANARY not in str(letter.get_body(("plain",)))


def test_neither_member_nor_anybody_else_can_have_the_document(
    patient: Patient, connected_patient: Patient, agents: list[Back], employer: Employer, soon: date
) -> None:
    """M70, M71, H61: no link, no attachment, no key in any answer; another member and HR find nothing."""
    number = finess()
    directory(agents, number)
    found = read(patient, expect(ask(patient, number, soon), 201))
    request_id = found["request"]["request_id"]
    kept = requests.get(request_id)
    assert kept is not None
    assert kept.commitment is not None
    assert kept.commitment.grant is not None
    key, recipient = kept.commitment.grant.document_key, kept.commitment.grant.recipient
    own = [
        f"/member/hospital-commitments/{request_id}",
        f"/member/requests/{request_id}",
        "/member/requests",
        "/member",
    ]
    for path in own:
        answer = patient.member.call("GET", path).text
        assert key not in answer
        assert recipient not in answer
    assert found["request"]["attachments"] == []
    for path in own[:2]:
        assert connected_patient.member.call("GET", path).status_code == 404


def test_hr_learns_nothing_of_a_commitment(employer: Employer, agents: list[Back], soon: date) -> None:
    """H61, M70: neither the hospital, nor the number, nor that there is one, in the lists, sheets and mails of HR."""
    family = leaver_of(employer)
    number = finess()
    directory(agents, number)
    _, commitment = commitment_of(family, number, soon)
    hr = hr_of(employer)
    listed = hr.get(f"{employer.base}/requests")["requests"]
    assert all(one["request_id"] != commitment["request"]["request_id"] for one in listed)
    path = f"{employer.base}/requests/{commitment['request']['request_id']}"
    assert hr.call("GET", path).status_code == 404
    for one in (f"{employer.base}/home", f"{employer.base}/employees", family.path, f"{employer.base}/requests"):
        text = hr.call("GET", one).text
        for canary in (CANARY, "hospital", number, commitment["number"], "Prise en charge"):
            assert canary not in text, (one, canary)
    broker = employer.file["broker"]["email"]
    for letter in (*employer.portal.mails(employer.file["administrator"]["email"]), *employer.portal.mails(broker)):
        assert "prise en charge" not in (letter["subject"] + letter["text"]).lower()


def commitment_of(family: Leaver, number: str, enters_on: date) -> tuple[User, Json]:
    """An employee's own session, and a commitment that they were granted for themself."""
    member = family.space()
    me = member.get("/member")["beneficiaries"][0]["beneficiary_id"]
    headers = {"Idempotency-Key": f"commitment-{next(_numbers):06d}"}
    asked = member.post("/member/hospital-commitments", form(me, number, enters_on), 201, headers=headers)
    family.employer.portal.settle()
    found: Json = member.get(f"/member/hospital-commitments/{asked['request']['request_id']}")
    assert found["request"]["state"] == "AGREED", found
    return member, found


def leave(family: Leaver, on: date) -> date:
    """The last day of cover of somebody who resigns; nothing keeps their rights after it."""
    expect(family.declare(on, reason="demission"), 201)
    departure = family.stored.departure
    assert departure is not None
    return departure.covered_until


def test_an_unknown_hospital_goes_to_an_agent_first(
    patient: Patient, agent: Back, agents: list[Back], soon: date
) -> None:
    """M67, M71, M115: what the member gives as address is never written to; once verified, the agent grants."""
    number, given = finess(), samples.email("donnee-par-le-membre")
    asked = expect(ask(patient, number, soon, hospital={"email": given}), 201)
    waiting = read(patient, asked)
    request = waiting["request"]
    assert (request["state"], request["next_actor"], waiting["number"]) == ("ACKED", "agent", None)
    request_id = request["request_id"]
    seen = agent.agent.get(f"/backoffice/hospital-commitments/{request_id}")
    assert (seen["email_as_given"], seen["hospital"], seen["recipient"]) == (given, None, None)
    path = f"/backoffice/requests/{request_id}/decision"
    accept = {"decision": "accept", "reason": "Adresse vérifiée."}
    assert agent.agent.post(path, accept, 409)["code"] == "hospital_not_verified"
    entry = {"name": "Hôtel-Dieu", "city": "Nantes", "email": samples.email("hopital")}
    expect(agent.agent.call("PUT", f"/backoffice/hospitals/{number}", json=entry), 200)
    assert agent.agent.post(path, accept, 409)["code"] == "hospital_not_verified"
    address = directory(agents, number)
    agent.agent.post(path, accept, 200)
    assert read(patient, asked)["request"]["state"] == "AGREED"
    assert len(sent_to(address)) == 1
    assert not patient.portal.mails(given)
    assert agent.agent.post(path, accept, 409)["code"] in {"not_in_review", "not_waiting"}


def test_an_agent_refuses_with_a_reason(patient: Patient, agent: Back, soon: date) -> None:
    """M112, M115: REFUSED; nothing leaves."""
    asked = expect(ask(patient, finess(), soon), 201)
    path = f"/backoffice/requests/{asked['request']['request_id']}/decision"
    assert agent.agent.post(path, {"decision": "ask", "reason": "Quelle adresse ?"}, 409)["code"] == "not_in_review"
    agent.agent.post(path, {"decision": "refuse", "reason": "Ce n’est pas un établissement de soins."}, 200)
    found = read(patient, asked)["request"]
    assert (found["state"], found["reason"]) == ("REFUSED", "Ce n’est pas un établissement de soins.")


def test_every_fault_of_the_form_is_told(patient: Patient, soon: date) -> None:
    """M65, M66, M67: FINESS with its control digit, days that hold together, a speciality of the list."""
    wrong: Json = {
        "stay": {"leaves_on": "demain", "speciality": "cure"},
        "hospital": {"finess": "440000280", "name": ""},
    }
    assert faults(ask(patient, finess(), soon, **wrong)) == {
        ("stay.leaves_on", "date_from_datetime_parsing"),
        ("stay.speciality", "enum"),
        ("hospital.finess", "invalid_identifier"),
        ("hospital.name", "string_too_short"),
    }
    far: Json = {"stay": {"enters_on": f"{soon + 400 * DAY}", "leaves_on": f"{soon}"}}
    assert faults(ask(patient, finess(), soon, beneficiary_id="somebody", **far)) == {
        ("beneficiary_id", "unknown"),
        ("stay.enters_on", "out_of_window"),
        ("stay.leaves_on", "ends_before_start"),
    }


def test_somebody_must_be_covered_on_the_day_of_admission(employer: Employer, soon: date) -> None:
    """M65: rights that end before the admission are no ground for a commitment."""
    family = leaver_of(employer)
    member = family.space()
    last = leave(family, soon - 2 * DAY)
    me = member.get("/member")["beneficiaries"][0]["beneficiary_id"]
    headers = {"Idempotency-Key": f"commitment-{next(_numbers):06d}"}
    answer = member.call("POST", "/member/hospital-commitments", json=form(me, finess(), last + DAY), headers=headers)
    assert faults(answer) == {("stay.enters_on", "not_covered")}


def test_a_provident_member_has_no_commitment(employer: Employer, soon: date) -> None:
    """A3, M39."""
    member = employer.member(contracts=[employer.provident["number"]], dependants=[])
    headers = {"Idempotency-Key": "commitment-prev-1"}
    answer = member.call("POST", "/member/hospital-commitments", json=form("x", finess(), soon), headers=headers)
    assert answer.status_code == 404


def test_the_key_asks_once_and_refuses_anything_else(patient: Patient, agents: list[Back], soon: date) -> None:
    """M68, M112: one request, one document, however often it is asked."""
    number = finess()
    address = directory(agents, number)
    first = expect(ask(patient, number, soon, key="commitment-once"), 201)
    expect(ask(patient, number, soon, key="commitment-once"), 201)
    patient.portal.settle()
    again = expect(ask(patient, number, soon, key="commitment-once"), 201)
    assert again["request"]["request_id"] == first["request"]["request_id"]
    assert expect(ask(patient, number, soon + DAY, key="commitment-once"), 409)["code"] == "key_reused"
    patient.portal.settle()
    assert len(sent_to(address)) == 1


def test_maternity_spares_the_daily_charge(patient: Patient, agents: list[Back], soon: date) -> None:
    """CSS L174-4: what is promised is what the engine settles for that stay."""
    number = finess()
    address = directory(agents, number)
    stay = {"speciality": "maternite", "private_room": False, "leaves_on": None}
    read(patient, expect(ask(patient, number, soon, stay=stay), 201))
    [letter] = sent_to(address)
    text = document_of(letter)
    assert "Non dû pour cette hospitalisation" in text
    assert "Chambre particulière : non demandée" in text
    assert "non précisée" in text


def test_a_commitment_expires(patient: Patient, agents: list[Back], soon: date) -> None:
    """Dossier 10: AGREED → EXPIRED after its last day, by a daily pass that may run twice or late."""
    number = finess()
    directory(agents, number)
    found = read(patient, expect(ask(patient, number, soon), 201))
    last = date.fromisoformat(found["valid_to"])
    with later(days=(last - patient.portal.today()).days):
        patient.portal.run_schedule("follow-departures")
        assert read(patient.at_present(), found)["request"]["state"] == "AGREED"
    with later(days=(last - patient.portal.today()).days + 3):
        for _ in range(2):
            patient.portal.run_schedule("follow-departures")
        assert read(patient.at_present(), found)["request"]["state"] == "EXPIRED"


def test_it_is_withdrawn_when_a_departure_ends_the_rights(employer: Employer, agents: list[Back], soon: date) -> None:
    """M71: the hospital gets one mail, to the same one address; the member reads the state; twice changes nothing."""
    family = leaver_of(employer)
    number = finess()
    address = directory(agents, number)
    member, found = commitment_of(family, number, soon)
    leave(family, soon + DAY)
    for _ in range(2):
        employer.portal.run_schedule("follow-departures")
        employer.portal.settle()
    after = member.get(f"/member/hospital-commitments/{found['request']['request_id']}")
    assert after["request"]["state"] == "WITHDRAWN"
    told = [one for one in employer.portal.mails(address) if "Retrait" in one["subject"]]
    assert len(told) == 1
    assert found["number"] in told[0]["text"]


def test_it_is_withdrawn_when_the_person_is_removed(employer: Employer, agents: list[Back]) -> None:
    """M71, A13: a child removed at the end of the month, an admission after it."""
    family = leaver_of(employer)
    number = finess()
    address = directory(agents, number)
    member = family.space()
    child = member.get("/member")["beneficiaries"][1]["beneficiary_id"]
    enters_on = employer.portal.today() + 40 * DAY
    headers = {"Idempotency-Key": f"commitment-{next(_numbers):06d}"}
    asked = member.post("/member/hospital-commitments", form(child, number, enters_on), 201, headers=headers)
    employer.portal.settle()
    path = f"/member/hospital-commitments/{asked['request']['request_id']}"
    assert member.get(path)["request"]["state"] == "AGREED"
    assert member.call("POST", f"/member/beneficiaries/{child}/removal", json={}).is_success
    nightly(employer, times=2)
    assert member.get(path)["request"]["state"] == "WITHDRAWN"
    assert len([one for one in employer.portal.mails(address) if "Retrait" in one["subject"]]) == 1


def test_a_repeated_job_sends_nothing_more(patient: Patient, agents: list[Back], soon: date) -> None:
    """M71: the event may come twice or late; one grant is one mail."""
    number = finess()
    address = directory(agents, number)
    found = read(patient, expect(ask(patient, number, soon), 201))
    for _ in range(2):
        document_jobs.run({"document": "hospital_commitment", "request_id": found["request"]["request_id"]})
    patient.portal.settle()
    assert len(sent_to(address)) == 1


def test_a_commitment_whose_document_was_never_asked_for_is_not_lost(
    patient: Patient, agents: list[Back], stack: Stack, soon: date
) -> None:
    """M68, M69: granted, then the queue fails; asking again or the daily run has the document sent, once."""
    for number, again in ((finess(), True), (finess(), False)):
        address, key = directory(agents, number), f"commitment-lost-{number}"
        stack.faults.fail_call("sqs.SendMessage", error="InternalError", containing="hospital_commitment")
        assert ask(patient, number, soon, key=key).status_code >= 500
        patient.portal.settle()
        assert not sent_to(address)
        if again:
            expect(ask(patient, number, soon, key=key), 201)
        else:
            patient.portal.run_schedule("follow-departures")
        patient.portal.settle()
        patient.portal.run_schedule("follow-departures")
        patient.portal.settle()
        assert len(sent_to(address)) == 1


def test_nothing_leaves_for_an_address_that_is_no_longer_verified(
    patient: Patient, agent: Back, agents: list[Back], soon: date
) -> None:
    """M71: retired or changed between the grant and the mail, it gets nothing; an agent grants to the new one."""
    number = finess()
    former = directory(agents, number)
    asked = expect(ask(patient, number, soon), 201)
    agent.agent.post(f"/backoffice/hospitals/{number}/retirement", {"reason": "Service fermé."}, 200)
    found = read(patient, asked)
    assert (found["request"]["state"], found["request"]["next_actor"], found["number"]) == ("ACKED", "agent", None)
    address = directory(agents, number)
    accept = {"decision": "accept", "reason": "Nouvelle adresse vérifiée."}
    agent.agent.post(f"/backoffice/requests/{asked['request']['request_id']}/decision", accept, 200)
    assert read(patient, asked)["request"]["state"] == "AGREED"
    assert (len(sent_to(former)), len(sent_to(address))) == (0, 1)


def test_the_same_stay_is_promised_once(patient: Patient, agent: Back, soon: date) -> None:
    """M68: another key changes nothing while the first demand stands; refused, it may be made again."""
    number = finess()
    asked = expect(ask(patient, number, soon), 201)
    request_id = asked["request"]["request_id"]
    twice = expect(ask(patient, number, soon), 409)
    assert (twice["code"], twice["request_id"]) == ("already_requested", request_id)
    expect(ask(patient, number, soon + DAY), 201)
    refuse = {"decision": "refuse", "reason": "Le séjour est annulé."}
    agent.agent.post(f"/backoffice/requests/{request_id}/decision", refuse, 200)
    expect(ask(patient, number, soon), 201)


def test_rights_that_last_longer_leave_it_alone(employer: Employer, agents: list[Back], soon: date) -> None:
    """M71: a departure after the last day of the commitment withdraws nothing."""
    family = leaver_of(employer)
    number = finess()
    directory(agents, number)
    member, found = commitment_of(family, number, soon)
    leave(family, soon + 60 * DAY)
    employer.portal.run_schedule("follow-departures")
    after = member.get(f"/member/hospital-commitments/{found['request']['request_id']}")
    assert after["request"]["state"] == "AGREED"


def test_a_mail_that_is_refused_gives_the_commitment_back_to_an_agent(
    patient: Patient, agent: Back, agents: list[Back], stack: Stack, soon: date
) -> None:
    """M71, M114: nobody can send it to another address; the agent verifies one, and grants under a new number."""
    number = finess()
    address = directory(agents, number)
    stack.faults.fail_call("ses.SendRawEmail", error="MessageRejected")
    found = read(patient, expect(ask(patient, number, soon), 201))
    message_id = f"hospital-commitment:{found['number']}"
    elsewhere = {"recipient": samples.email("ailleurs")}
    refused = agent.agent.post(f"/backoffice/rejected-messages/{message_id}/resending", elsewhere, 409)
    assert refused["code"] == "verified_address_only"
    patient.portal.run_schedule("follow-departures")
    returned = read(patient, found)
    assert (returned["request"]["state"], returned["number"]) == ("ACKED", None)
    other = directory(agents, number)
    path = f"/backoffice/requests/{found['request']['request_id']}/decision"
    agent.agent.post(path, {"decision": "accept", "reason": "Nouvelle adresse vérifiée."}, 200)
    again = read(patient, found)
    assert again["request"]["state"] == "AGREED"
    assert again["number"] != found["number"]
    assert (len(sent_to(address)), len(sent_to(other))) == (0, 1)


def test_the_directory_verifies_an_address_and_no_other(agent: Back, agents: list[Back]) -> None:
    """M71: a changed address is not written to; a retired one neither, until it is recorded and verified again."""
    number, first, second = finess(), samples.email("un"), samples.email("deux")
    path = f"/backoffice/hospitals/{number}"
    entry = {"name": "Clinique", "city": "Rezé", "email": first}
    added = expect(agent.agent.call("PUT", path, json=entry), 200)
    assert (added["state"], added["state_label"]) == ("TO_VERIFY", "Adresse à vérifier")
    proof = {"email": second, "proof": "Par téléphone."}
    assert agent.agent.post(f"{path}/verification", proof, 409)["code"] == "another_address"
    assert agents[1].agent.post(f"{path}/verification", proof | {"email": first}, 200)["state"] == "VERIFIED"
    renamed = expect(agent.agent.call("PUT", path, json=entry | {"name": "Clinique Sud"}), 200)
    assert renamed["state"] == "VERIFIED"
    moved = expect(agent.agent.call("PUT", path, json=entry | {"email": second}), 200)
    assert moved["state"] == "TO_VERIFY"
    retired = agent.agent.post(f"{path}/retirement", {"reason": "Service fermé."}, 200)
    assert retired["state"] == "RETIRED"
    assert agent.agent.post(f"{path}/verification", proof, 409)["code"] == "hospital_retired"
    assert [one["event"] for one in retired["history"]] == ["added", "verified", "changed", "changed", "retired"]
    assert faults(agent.agent.call("PUT", "/backoffice/hospitals/123", json=entry)) == {
        ("finess", "invalid_identifier")
    }
    assert (
        agent.agent.call("POST", f"/backoffice/hospitals/{finess()}/retirement", json={"reason": "Rien."}).status_code
        == 404
    )


def test_nobody_verifies_the_address_they_recorded(agents: list[Back]) -> None:
    """M71: it takes two agents, also when another one has renamed the hospital since."""
    first, second = agents
    path, address = f"/backoffice/hospitals/{finess()}", samples.email("hopital")
    entry = {"name": "Clinique", "city": "Rezé", "email": address}
    proof = {"email": address, "proof": "Par téléphone."}
    expect(first.agent.call("PUT", path, json=entry), 200)
    expect(second.agent.call("PUT", path, json=entry | {"name": "Clinique Sud"}), 200)
    assert first.agent.post(f"{path}/verification", proof, 409)["code"] == "own_address"
    assert second.agent.post(f"{path}/verification", proof, 200)["state"] == "VERIFIED"
    second.agent.post(f"{path}/retirement", {"reason": "Service fermé."}, 200)
    expect(second.agent.call("PUT", path, json=entry), 200)
    assert second.agent.post(f"{path}/verification", proof, 409)["code"] == "own_address"


def test_the_directory_is_read_by_state_and_by_pages(agent: Back, monkeypatch: pytest.MonkeyPatch) -> None:
    """M115: by city and name, one page after the other."""
    monkeypatch.setattr(hospitals, "PAGE", 2)
    numbers = {finess() for _ in range(3)}
    for number in numbers:
        entry = {"name": "Polyclinique", "city": "Zuydcoote", "email": samples.email("zuydcoote")}
        expect(agent.agent.call("PUT", f"/backoffice/hospitals/{number}", json=entry), 200)
    found: set[str] = set()
    after: str | None = None
    while True:
        params = {"state": HospitalState.TO_VERIFY.value} | ({"after": after} if after else {})
        page = agent.agent.get("/backoffice/hospitals", params=params)
        assert len(page["hospitals"]) <= 2
        found |= {one["finess"] for one in page["hospitals"]}
        after = page["next"]
        if after is None:
            break
    assert numbers <= found
