"""What an agent decides: approve, correct, refuse, ask, resume; once, whoever else tries (M112, M115)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import httpx
import pytest

from chalicelib.storage import requests
from chalicelib.storage.transaction import Transaction
from local.stack import Stack
from tests import samples
from tests.portal import expect
from tests.services.conftest import Back, Employer, Json, Patient, faults, room


@pytest.fixture
def in_review(patient: Patient, yesterday: date) -> Json:
    """A claim that needs an agent: 10 nights at 60 €, 600 €."""
    request = patient.claim(room(yesterday, nights=10, expense_cents=70000))
    assert request["state"] == "IN_REVIEW"
    return request


def test_the_queue_shows_why_a_person_must_look(agent: Back, in_review: Json) -> None:
    """M115: the lines, the engine's proposal, the reason, the documents."""
    listed = [one["request_id"] for one in agent.agent.get("/backoffice/queue")["requests"]]
    assert in_review["request_id"] in listed
    claim = agent.claim(in_review)
    assert claim["review_reasons"] == ["Le montant dépasse le seuil de décision automatique."]
    assert [one["proposed_cents"] for one in claim["lines"]] == [60000]
    [document] = claim["request"]["attachments"]
    path = f"/backoffice/claims/{in_review['request_id']}/documents"
    assert agent.agent.get(f"{path}/{document['document_id']}")["url"]
    assert agent.agent.call("GET", f"{path}/none").status_code == 404
    assert agent.agent.call("GET", "/backoffice/claims/none").status_code == 404


def test_an_approval_pays_what_was_proposed(agent: Back, patient: Patient, in_review: Json) -> None:
    """M115: « gestionnaire » decided; the claim leaves the queue."""
    expect(agent.decide(in_review, "approve"), 200)
    done = patient.read(in_review)
    found = patient.reimbursement(done)
    assert (done["state"], found["complementary_cents"]) == ("PAYMENT_ORDERED", 60000)
    assert found["decided_by"] == "gestionnaire"
    assert in_review["request_id"] not in [
        one["request_id"] for one in agent.agent.get("/backoffice/queue")["requests"]
    ]


def test_the_answer_to_a_decision_says_that_it_was_made(agents: list[Back], patient: Patient, in_review: Json) -> None:
    """M115: what follows takes a moment; nobody is asked to decide again meanwhile, and no other decision counts."""
    first, second = agents
    assert first.claim(in_review)["decision"] is None
    for _ in range(2):
        decided = expect(first.decide(in_review, "approve"), 200)
        said = decided["request"]["state_label"], decided["request"]["next_actor"], decided["decision"]
        assert said == ("Décision enregistrée\u00a0: la demande suit son cours", "system", "approve")
    for agent, other in ((first, "refuse"), (second, "refuse"), (second, "approve")):
        assert expect(agent.decide(in_review, other), 409)["code"] == "not_in_review"
    assert patient.read(in_review)["state"] == "PAYMENT_ORDERED"
    assert first.claim(in_review)["request"]["state_label"] == "Virement ordonné"


def test_an_approval_with_corrections_pays_what_the_documents_say(
    agent: Back, patient: Patient, in_review: Json
) -> None:
    """M115: the corrected line is settled again by the engine, and shown as settled."""
    correction = {"line": 0, "expense_cents": 50000, "other_payers_cents": 8000}
    claim = expect(agent.decide(in_review, "approve", corrections=[correction]), 200)
    assert [one["proposed_cents"] for one in claim["lines"]] == [42000]
    found = patient.reimbursement(patient.read(in_review))
    assert [one["expense_cents"] for one in found["lines"]] == [50000]
    assert [one["other_payers_cents"] for one in found["lines"]] == [8000]
    assert found["complementary_cents"] == 42000


def test_an_approval_uses_up_the_budget_of_the_year(agent: Back, patient: Patient, yesterday: date) -> None:
    """M38: 500 € of implants a year: 400 € approved, 100 € left, then nothing."""
    implant = {"act": "IMP", "care_on": f"{yesterday}"}
    first = patient.claim(implant | {"expense_cents": 40000}, form="dental")
    expect(agent.decide(first, "approve"), 200)
    assert patient.reimbursement(patient.read(first))["complementary_cents"] == 40000
    assert patient.paid(implant | {"expense_cents": 90000}, form="dental")["complementary_cents"] == 10000
    [line] = patient.paid(implant | {"expense_cents": 80000}, form="dental")["lines"]
    assert (line["complementary_cents"], line["refusal"]["code"]) == (0, "amount_exhausted")


def test_what_cannot_be_settled_cannot_be_approved(agent: Back, patient: Patient, yesterday: date) -> None:
    """M115: the answer says what misses; once corrected it is paid."""
    request = patient.claim({"act": "B", "care_on": f"{yesterday}", "expense_cents": 4000})
    problem = expect(agent.decide(request, "approve"), 409)
    assert problem["code"] == "not_settled"
    assert problem["reasons"]
    absurd = {"line": 0, "base_cents": 4000, "statutory_paid_cents": 4000, "other_payers_cents": 1}
    assert expect(agent.decide(request, "approve", corrections=[absurd]), 409)["code"] == "not_settled"
    assert patient.read(request)["state"] == "IN_REVIEW"
    read = {"line": 0, "base_cents": 4000, "statutory_paid_cents": 2400}
    expect(agent.decide(request, "approve", corrections=[read]), 200)
    assert patient.reimbursement(patient.read(request))["complementary_cents"] == 1600


def test_a_refusal_carries_its_reason(agent: Back, patient: Patient, in_review: Json) -> None:
    """M112: the member reads the reason; nothing is paid."""
    expect(agent.decide(in_review, "refuse", reason="La facture n’est pas acquittée."), 200)
    refused = patient.read(in_review)
    assert (refused["state_label"], refused["reason"]) == ("Refusée", "La facture n’est pas acquittée.")
    assert (refused["reimbursement_id"], refused["next_actor"]) == (None, "nobody")
    assert refused["history"][-1]["event"] == "agent_refused"


def test_an_agent_may_ask_for_documents(agent: Back, patient: Patient, in_review: Json) -> None:
    """M112: the claim goes back to the member with the reason, then comes back to the agents."""
    ask = {"reason": "La facture est illisible.", "documents": ["facture_acquittee", "prescription"]}
    expect(agent.decide(in_review, "information", **ask), 200)
    asked = patient.read(in_review)
    assert (asked["state"], asked["reason"], asked["next_actor"]) == ("PENDING_DOCUMENTS", ask["reason"], "member")
    assert {one["kind"] for one in asked["missing"]} == {"facture_acquittee", "prescription"}
    assert {one["reason"] for one in asked["missing"]} == {ask["reason"]}
    assert {one["state"] for one in asked["attachments"]} == {"REPLACED"}
    assert expect(agent.decide(in_review, "approve"), 409)["code"] == "not_in_review"
    patient.send(asked)
    assert patient.read(in_review)["state"] == "IN_REVIEW"
    expect(agent.decide(in_review, "approve"), 200)
    assert patient.read(in_review)["state"] == "PAYMENT_ORDERED"


def test_a_claim_that_the_rule_decides_after_a_question_is_the_rules(
    agent: Back, patient: Patient, yesterday: date
) -> None:
    """M38: asked with a correction that lifts the doubt; nobody approved it, so « règle »."""
    request = patient.claim({"act": "B", "care_on": f"{yesterday}", "expense_cents": 4000})
    read = {"line": 0, "base_cents": 4000, "statutory_paid_cents": 2400}
    ask = {"documents": ["prescription"], "corrections": [read]}
    expect(agent.decide(request, "information", **ask), 200)
    patient.send(patient.read(request))
    found = patient.reimbursement(patient.read(request))
    assert (found["complementary_cents"], found["decided_by"]) == (1600, "règle")


def test_every_fault_of_a_decision_is_told(agent: Back, patient: Patient, in_review: Json) -> None:
    """M115."""
    assert faults(agent.decide(in_review, "perhaps", reason="no", corrections=[{"line": 20}], documents=["x"])) == {
        ("decision", "enum"),
        ("reason", "string_too_short"),
        ("corrections[0].line", "less_than_equal"),
        ("documents[0]", "enum"),
    }
    assert faults(agent.decide(in_review, "information")) == {("documents", "missing")}
    beyond = [{"line": 0, "expense_cents": 100}, {"line": 1, "expense_cents": 100}]
    assert faults(agent.decide(in_review, "approve", corrections=beyond)) == {("corrections[1].line", "unknown_line")}
    assert agent.claim(in_review)["lines"][0]["expense_cents"] == 70000
    assert patient.read(in_review)["state"] == "IN_REVIEW"


def test_a_decision_is_made_once(agents: list[Back], patient: Patient, in_review: Json, stack: Stack) -> None:
    """M115: the same answer again is the same answer; nobody overrules it, not even before it has taken effect."""
    first, second = agents
    stack.faults.fail_call("stepfunctions.SendTaskSuccess", error="ThrottlingException")
    assert first.decide(in_review, "approve").status_code == 500
    assert patient.read(in_review)["state"] == "IN_REVIEW"
    for agent, decision in ((second, "refuse"), (second, "approve"), (first, "refuse")):
        assert expect(agent.decide(in_review, decision), 409)["code"] == "not_in_review"
    done = patient.read(in_review)
    assert done["state"] == "PAYMENT_ORDERED"
    assert expect(first.decide(in_review, "refuse"), 409)["code"] == "not_in_review"
    assert patient.read(in_review) == done


def test_the_same_decision_with_other_corrections_is_another_one(
    agent: Back, patient: Patient, in_review: Json, stack: Stack
) -> None:
    """M115: it is refused, and the first one stands."""
    corrections = [{"line": 0, "expense_cents": 50000}]
    stack.faults.fail_call("stepfunctions.SendTaskSuccess", error="ThrottlingException")
    assert agent.decide(in_review, "approve", corrections=corrections).status_code == 500
    stack.faults.fail_call("stepfunctions.SendTaskSuccess", error="ThrottlingException")
    assert agent.decide(in_review, "approve", corrections=corrections).status_code == 500
    other = [{"line": 0, "expense_cents": 60000}]
    assert expect(agent.decide(in_review, "approve", corrections=other), 409)["code"] == "not_in_review"
    assert patient.reimbursement(patient.read(in_review))["expense_cents"] == 50000


def test_what_has_grown_since_it_was_approved_is_put_before_the_agents_again(
    agents: list[Back], patient: Patient, in_review: Json, stack: Stack
) -> None:
    """M115: 600 € approved by one agent are 1 200 € once they are paid: two agents must see that sum."""
    first, second = agents
    stack.faults.fail_call("stepfunctions.SendTaskSuccess", error="ThrottlingException")
    assert first.decide(in_review, "approve").status_code == 500
    request = requests.get(in_review["request_id"])
    assert request is not None
    assert request.claim is not None
    [line] = request.claim.lines
    longer = replace(request.claim, lines=(replace(line, quantity=20, expense_cents=140000),))
    with Transaction() as transaction:
        requests.save(transaction, replace(request, claim=longer))
    expect(first.decide(in_review, "approve"), 200)
    assert patient.read(in_review)["state"] == "IN_REVIEW"
    assert [one["proposed_cents"] for one in first.claim(in_review)["lines"]] == [120000]
    assert expect(first.decide(in_review, "approve"), 200)["handling"]["opinion"]["amount_cents"] == 120000
    path = f"/backoffice/claims/{in_review['request_id']}/confirmation"
    expect(second.agent.call("POST", path, json={"agrees": True, "reason": "Vu de près."}), 200)
    assert patient.reimbursement(patient.read(in_review))["complementary_cents"] == 120000


def test_two_agents_at_once_make_one_decision(agents: list[Back], patient: Patient, in_review: Json) -> None:
    """M115: one is taken, the other is told; the claim ends as the one that was taken says."""
    answers = ("approve", "refuse")

    def decide(one: tuple[Back, str]) -> int:
        return one[0].decide(in_review, one[1]).status_code

    with ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(decide, zip(agents, answers, strict=True)))
    assert sorted(statuses) == [200, 409]
    done = patient.read(in_review)
    assert done["state"] == ("PAYMENT_ORDERED" if statuses[0] == 200 else "REFUSED")


def test_a_failed_claim_is_resumed(agent: Back, patient: Patient, yesterday: date, stack: Stack) -> None:
    """M115: the member reads that it is taken care of; an agent starts it again; it is paid once."""
    request = patient.opened(room(yesterday))
    assert expect(resume(agent, request), 409)["code"] == "invalid_transition"
    stack.faults.fail_function("claim-record", times=4)
    patient.send(request)
    failed = patient.read(request)
    assert not stack.faults.pending()
    assert (failed["state"], failed["next_actor"]) == ("FAILED", "agent")
    assert failed["reason"]
    assert request["request_id"] in [one["request_id"] for one in agent.agent.get("/backoffice/queue")["requests"]]
    expect(resume(agent, request), 200)
    assert patient.read(request)["state"] == "PAYMENT_ORDERED"
    assert expect(resume(agent, request), 409)["code"] == "invalid_transition"


def resume(agent: Back, request: Json) -> httpx.Response:
    """The answer to a resumption."""
    return agent.agent.call("POST", f"/backoffice/claims/{request['request_id']}/resumption")


def test_an_agent_records_the_address_a_member_wrote_from(
    agent: Back, employer: Employer, tables: Callable[[], Json]
) -> None:
    """H135, H136, H137, H138, M12, M13, M14."""
    form = samples.enrolled_member(employer.health_number, email=None)
    other = samples.enrolled_member(employer.health_number)
    number = employer.enrol(form, other)["members"][0]["numero_adherent"]
    member = agent.agent.get("/backoffice/members", params={"numero_adherent": number, "reason": "Appel de l’assuré"})
    path, email = f"/backoffice/members/{member['member_id']}/email", samples.email("lea")
    taken = agent.agent.call("PUT", path, json={"email": other["email"].upper()})
    assert faults(taken) == {("email", "email_used")}
    assert expect(agent.agent.call("PUT", path, json={"email": email}), 200)["email"] == email
    assert employer.portal.mail(email, "adresse")
    before = tables()
    expect(agent.agent.call("PUT", path, json={"email": email}), 200)
    assert tables() == before
    unknown = agent.agent.call(
        "GET", "/backoffice/members", params={"numero_adherent": "1000000", "reason": "Appel de l’assuré"}
    )
    assert unknown.status_code == 404
