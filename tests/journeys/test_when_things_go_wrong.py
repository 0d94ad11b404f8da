"""What people read, and can do next, when a file, a step, a mail or a delay goes wrong; over HTTP alone."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest

from tests import samples
from tests.journeys import spaces
from tests.journeys.spaces import Subscription
from tests.portal import PASSWORD, Portal, User, expect

STEP_ATTEMPTS = 4
"""How often the state machine tries a step: once, and three times more."""


@dataclass
class Town:
    """One company with its administrator, three members who can claim, and an agent."""

    portal: Portal
    subscription: Subscription
    forms: list[dict[str, Any]]
    members: list[User]
    agent: User
    days: Iterator[int]

    def room(self, member: User, **changes: int) -> dict[str, Any]:
        """A claim for a private room, on a day of its own: two like claims would call for an agent."""
        care_on = self.portal.today() - timedelta(days=next(self.days))
        return spaces.claim(member, "other", spaces.room(care_on, **changes))

    def in_review(self, member: User) -> dict[str, Any]:
        """A claim above the limit of automatic decisions, complete and before an agent."""
        request = self.room(member, nights=10, expense_cents=60000)
        spaces.send_documents(self.portal, member, request)
        return spaces.once_in(self.portal, member, request, "IN_REVIEW")

    def decide(self, request: dict[str, Any], **decision: Any) -> None:
        """The agent's answer."""
        self.agent.post(f"/backoffice/claims/{request['request_id']}/decision", decision, 200)

    def mails_about(self, request: dict[str, Any], words: str) -> int:
        """How many mails about a claim say something."""
        reference = request["reference"]
        sent = self.portal.mails("@")
        return sum(reference in one["subject"] and words in one["subject"] + one["text"] for one in sent)


@pytest.fixture(scope="module")
def town(portal: Portal) -> Town:
    subscription = spaces.subscribe(portal)
    forms = [samples.enrolled_member(subscription.contract) for _ in range(3)]
    numbers = spaces.enrol(portal, subscription, *forms)
    portal.settle()
    portal.advance(spaces.OPENING_DELAY)
    members = [
        spaces.open_member_space(portal, number, form, form["email"])
        for number, form in zip(numbers, forms, strict=True)
    ]
    agent = spaces.open_agent_space(portal)
    return Town(portal, subscription, forms, members, agent, itertools.count(5))


def test_a_file_of_the_wrong_kind_is_refused_with_a_reason_and_can_be_sent_again(town: Town) -> None:
    """M62, M113: content decides, not the name; the claim waits, and a good file then takes it to its end."""
    portal, member = town.portal, town.members[0]
    request = town.room(member)
    path = spaces.path_of(request)
    [invoice] = request["missing"]
    photo = samples.jpeg()
    sent = [
        (b"<!doctype html><title>facture</title>", "application/pdf", "ni un PDF ni une photo"),
        (samples.eicar(), "application/pdf", "contient un virus"),
        (photo[: len(photo) // 2], "image/jpeg", "abîmé ou incomplet"),
    ]
    for content, content_type, _ in sent:
        portal.upload(member, f"{path}/uploads", invoice, content, "facture.pdf", content_type=content_type)
    portal.eventually(lambda: town.mails_about(request, "pièce est à renvoyer") == 3)
    waiting = member.get(path)
    assert (waiting["state_label"], waiting["next_actor"]) == ("En attente de vos pièces", "member")
    assert waiting["missing"] == [invoice]
    for attachment, (_, _, words) in zip(waiting["attachments"], sent, strict=True):
        assert (attachment["state"], attachment["name"]) == ("REFUSED", "facture.pdf")
        assert words in attachment["refusal"]
    spaces.send_documents(portal, member, waiting)
    paid = spaces.once_in(portal, member, request, "PAYMENT_ORDERED")
    assert [one["state"] for one in paid["attachments"]] == ["REFUSED", "REFUSED", "REFUSED", "ACCEPTED"]


def test_a_file_sent_twice_counts_once(town: Town) -> None:
    """M113: a double click sends one form twice, and S3 announces one object twice; one receipt, one décompte."""
    portal, member = town.portal, town.members[0]
    before = len(member.get("/member/reimbursements")["reimbursements"])
    request = town.room(member)
    path = spaces.path_of(request)
    [invoice] = request["missing"]
    body = {"kind": invoice["kind"], "about": invoice["about"], "name": "a.pdf", "content_type": "application/pdf"}
    form = member.post(f"{path}/uploads", body)
    for _ in range(2):
        portal.surroundings.upload(form, samples.pdf())
    done = spaces.once_in(portal, member, request, "PAYMENT_ORDERED")
    assert [one["state"] for one in done["attachments"]] == ["ACCEPTED"]
    assert [town.mails_about(request, words) for words in ("bien reçu", "décompte est disponible")] == [1, 1]
    assert len(member.get("/member/reimbursements")["reimbursements"]) == before + 1


def test_steps_that_fail_are_tried_again_and_given_to_an_agent_when_they_fail_for_good(town: Town) -> None:
    """M112, M115: a passing failure goes unseen; a lasting one before the decision waits for an agent, after it not."""
    portal, (passing, lasting, late) = town.portal, town.members
    slow, stopped, paid_at_once = claims = [town.room(member) for member in town.members]
    before = len(lasting.get("/member/reimbursements")["reimbursements"])
    decide, write = "dynamodb.TransactWriteItems", "s3.PutObject"
    for request, operation, times in zip(
        claims, (decide, decide, write), (2, STEP_ATTEMPTS, STEP_ATTEMPTS), strict=True
    ):
        statement = f"{request['request_id'][:12]}-1.pdf"
        portal.fail(operation=operation, error="InternalServerError", times=times, containing=statement)
    for member, request in zip(town.members, claims, strict=True):
        spaces.send_documents(portal, member, request)
    portal.settle()

    settled = spaces.once_in(portal, passing, slow, "PAYMENT_ORDERED")
    assert [one["event"] for one in settled["history"]] == ["file_complete", "decided"]
    issued = late.get(spaces.path_of(paid_at_once))
    assert issued["state"] == "PAYMENT_ORDERED"
    assert late.get(f"/member/reimbursements/{issued['reimbursement_id']}/statement")["url"]
    assert town.mails_about(paid_at_once, "décompte est disponible") == 1

    failed = spaces.once_in(portal, lasting, stopped, "FAILED")
    assert (failed["next_actor"], failed["missing"]) == ("agent", [])
    assert "vous n’avez rien à faire" in failed["reason"]
    assert town.mails_about(stopped, "retardé") == 1
    assert stopped["request_id"] in [one["request_id"] for one in town.agent.get("/backoffice/queue")["requests"]]
    resumption = f"/backoffice/claims/{stopped['request_id']}/resumption"
    expect(town.agent.call("POST", resumption), 200)
    spaces.once_in(portal, lasting, stopped, "PAYMENT_ORDERED")
    assert expect(town.agent.call("POST", resumption), 409)["code"] == "invalid_transition"
    portal.settle()
    assert len(lasting.get("/member/reimbursements")["reimbursements"]) == before + 1
    assert town.mails_about(stopped, "décompte est disponible") == 1


def test_a_worker_killed_in_the_middle_of_a_step_changes_nothing(town: Town) -> None:
    """M112: a process dies with its call made, before it could answer; the step runs again and settles nothing twice.

    A mail that was written down and not sent is found by the sweep.
    """
    portal = town.portal
    steps = (
        ("claim-record", "dynamodb.TransactWriteItems"),
        ("claim-statement", "s3.PutObject"),
        ("claim-notify", "dynamodb.TransactWriteItems"),
    )
    before = [len(member.get("/member/reimbursements")["reimbursements"]) for member in town.members]
    for (function, operation), member in zip(steps, town.members, strict=True):
        request = town.room(member)
        kill = portal.controls.kill_in(function, operation, request["request_id"][:12])
        spaces.send_documents(portal, member, request)
        kill()
        paid = spaces.once_in(portal, member, request, "PAYMENT_ORDERED")
        assert [one["event"] for one in paid["history"]] == ["file_complete", "decided"]
        portal.settle()
        assert member.get(f"/member/reimbursements/{paid['reimbursement_id']}/statement")["url"]
        if function == "claim-notify":
            portal.advance(timedelta(minutes=15))
            portal.run_schedule("sweep-outbox")
        portal.eventually(partial(town.mails_about, request, "décompte est disponible"))
        assert town.mails_about(request, "décompte est disponible") == 1
    after = [len(member.get("/member/reimbursements")["reimbursements"]) for member in town.members]
    assert after == [count + 1 for count in before]


def test_an_agent_refuses_with_a_reason(town: Town) -> None:
    """M112, M115: the member reads the reason in the space; the mail does not carry it; nothing is paid."""
    portal, member = town.portal, town.members[1]
    before = len(member.get("/member/reimbursements")["reimbursements"])
    request = town.in_review(member)
    reason = "La facture ne porte pas la mention « acquittée »."
    town.decide(request, decision="refuse", reason=reason)
    refused = spaces.once_in(portal, member, request, "REFUSED")
    assert (refused["reason"], refused["next_actor"], refused["reimbursement_id"]) == (reason, "nobody", None)
    portal.eventually(lambda: town.mails_about(request, "Une réponse est disponible") == 1)
    assert town.mails_about(request, "acquittée") == 0
    assert len(member.get("/member/reimbursements")["reimbursements"]) == before


def test_an_agent_asks_for_another_document_and_decides_in_a_second_round(town: Town) -> None:
    """M112, M115, H148: the reason and the missing document are shown; sending it brings the claim back once."""
    portal, member = town.portal, town.members[2]
    before = len(member.get("/member/reimbursements")["reimbursements"])
    request = town.in_review(member)
    reason = "Il nous faut la prescription de votre médecin."
    path = f"/backoffice/claims/{request['request_id']}/decision"
    nothing_asked = {"decision": "information", "reason": reason}
    assert town.agent.post(path, nothing_asked, 422)["errors"][0]["field"] == "documents"
    town.decide(request, decision="information", reason=reason, documents=["prescription"])
    asked = spaces.once_in(portal, member, request, "PENDING_DOCUMENTS")
    assert (asked["reason"], asked["next_actor"]) == (reason, "member")
    assert [(one["kind"], one["reason"]) for one in asked["missing"]] == [("prescription", reason)]
    portal.eventually(lambda: town.mails_about(request, "il nous manque un document") == 1)
    spaces.send_documents(portal, member, asked)
    again = spaces.once_in(portal, member, request, "IN_REVIEW")
    assert [one["kind"] for one in again["attachments"]] == ["facture_acquittee", "prescription"]
    town.decide(request, decision="approve", reason="Tout est là.")
    paid = spaces.once_in(portal, member, request, "PAYMENT_ORDERED")
    events = ["file_complete", "needs_review", "documents_asked", "file_complete", "needs_review", "decided"]
    assert [one["event"] for one in paid["history"]] == events
    # 10 nights at 60 € are the 600 € of the invoice.
    found = member.get(f"/member/reimbursements/{paid['reimbursement_id']}")
    assert (found["complementary_cents"], found["left_to_pay_cents"]) == (60000, 0)
    portal.settle()
    assert len(member.get("/member/reimbursements")["reimbursements"]) == before + 1
    assert town.mails_about(request, "bien reçu") == 1


def test_a_mail_that_was_rejected_is_resent_to_another_address(town: Town) -> None:
    """M114, M4, A4: the refusal is recorded; the 72 hours run from the mail that was accepted."""
    portal, agent = town.portal, town.agent
    wrong, right = samples.email("faute"), samples.email("juste")
    portal.fail(operation="ses.SendEmail", error="MessageRejected", containing=wrong)
    form = samples.enrolled_member(town.subscription.contract, email=wrong)
    [number] = spaces.enrol(portal, town.subscription, form)
    portal.settle()
    answers = spaces.answers_of_member(number, form)
    assert "opens_at" not in portal.post("/access/member/first-connection", answers, 409)
    [rejected] = [one for one in agent.get("/backoffice/rejected-messages")["messages"] if one["recipient"] == wrong]
    assert (rejected["template"], rejected["rejection"]) == ("affiliation_confirmed", "MessageRejected")
    resending = "/backoffice/rejected-messages/{}/resending"
    message_id = rejected["message_id"]
    agent.post(resending.format("affiliation-confirmed:unknown"), {"recipient": right}, 404)
    expect(agent.call("POST", resending.format(quote(message_id, safe="")), json={"recipient": right}), 202)
    assert number in portal.mail(right, "affiliation est confirmée")
    assert agent.post(resending.format(message_id), {"recipient": right}, 409)["code"] == "not_rejected"
    assert not [
        one for one in agent.get("/backoffice/rejected-messages")["messages"] if one["about"] == rejected["about"]
    ]
    assert "opens_at" in portal.post("/access/member/first-connection", answers, 409)
    assert portal.mails(wrong) == []


def test_a_faulty_subscription_names_each_fault_and_creates_nothing(portal: Portal) -> None:
    """H7: faults by their place; the mended file is accepted once; the same again, under any name, changes nothing."""
    file = spaces.subscription_file()
    reference, company, contract = file["reference"], file["companies"][0], file["contracts"][0]

    def faults(name: str, document: dict[str, Any] | bytes) -> dict[str, str]:
        report = portal.drop(f"{reference}-{name}.json", document)
        assert report["outcome"] == "refused"
        return {one["place"]: one["code"] for one in report["faults"]}

    assert faults("unreadable", b"{") == {"body": "unreadable"}
    misspelt = {**file, "broker": {**file["broker"], "orias": "12"}, "companies": [{**company, "siren": "123456789"}]}
    assert {"broker.orias", "companies[0].siren"} == faults("misspelt", misspelt).keys()
    wrong = {
        **file,
        "companies": [{**company, "siret": samples.siret_of(samples.siren())}],
        "contracts": [{**contract, "ends_on": "2020-01-01", "guarantee_table": None}, contract],
    }
    assert faults("wrong", wrong) == {
        "companies[0].siret": "siret_of_other_siren",
        "contracts[0].ends_on": "ends_before_start",
        "contracts[0].guarantee_table": "missing",
        "contracts": "number_repeated",
    }
    portal.settle()
    assert portal.mails(file["administrator"]["email"]) == []

    subscription = spaces.subscribe(portal, file)
    again = portal.drop(f"{reference}-again.json", file)
    assert (again["outcome"], again["faults"]) == ("unchanged", [])
    assert again["companies"] == [{"siret": company["siret"], "numero_adherent": subscription.number}]
    changed = {**file, "contracts": file["contracts"][:1]}
    assert faults("changed", changed) == {"reference": "reference_used"}
    portal.settle()
    assert len(portal.mails(file["administrator"]["email"])) == 1


def test_what_nobody_answers_ends_by_itself(town: Town) -> None:
    """M112, H74: a claim without its documents is closed; an invitation expires, is sent again, is cancelled."""
    portal, member = town.portal, town.members[0]
    request = town.room(member)
    employer = spaces.open_employer_space(portal, town.subscription)
    base = spaces.company_path(employer)
    emails = [samples.email("invite") for _ in range(3)]
    invited = [spaces.pre_affiliate(employer, email, portal.today()) for email in emails]
    links = [User(portal, portal.link_in(portal.mail(email, "invite"))) for email in emails]
    assert links[0].get("/affiliation")["state_label"] == "Pré-affilié"

    portal.advance(timedelta(days=31))
    portal.run_schedule("expire-invitations")
    portal.advance(timedelta(days=30))
    portal.run_schedule("close-claims")
    credentials = {"email": town.subscription.administrator, "password": PASSWORD}
    employer = portal.sign_in("employer", credentials)
    member = portal.sign_in("member", {"identifier": town.forms[0]["email"], "password": PASSWORD})

    closed = member.get(spaces.path_of(request))
    assert (closed["state_label"], closed["next_actor"], closed["due_on"]) == ("Classée sans suite", "nobody", None)
    portal.eventually(lambda: town.mails_about(request, "clôturée sans suite") == 1)
    [invoice] = closed["missing"]
    late = {"kind": invoice["kind"], "about": invoice["about"], "name": "a.pdf", "content_type": "application/pdf"}
    assert member.post(f"{spaces.path_of(request)}/uploads", late, 409)["code"] == "no_document_awaited"

    listed = {one["email"]: one["state_label"] for one in employer.get(f"{base}/employees")["employees"]}
    assert [listed[email] for email in emails] == ["Invitation expirée"] * 3
    assert expect(links[0].call("GET", "/affiliation"), 409)["code"] == "invitation_ended"
    paths = [f"{base}/employees/{one['member_id']}/invitation" for one in invited]
    assert employer.post(paths[0], {}, 200)["state_label"] == "Pré-affilié"
    renewed = User(portal, portal.link_in(portal.mail(emails[0], "invite", count=2)))
    assert renewed.get("/affiliation")["state_label"] == "Pré-affilié"
    assert links[0].call("GET", "/affiliation").status_code == 401
    for path, email in zip(paths, emails, strict=True):
        assert expect(employer.call("DELETE", path), 200)["state_label"] == "Annulé"
        portal.mail(email, "a annulé l’invitation")
        assert expect(employer.call("DELETE", path), 409)["code"] == "not_invited"
    assert expect(renewed.call("GET", "/affiliation"), 409)["code"] == "invitation_ended"
    assert spaces.pre_affiliate(employer, emails[1], portal.today())["state_label"] == "Pré-affilié"
