"""Somebody affiliated without an e-mail: HR proposes one, agents decide (H135, H136, H137, H138, M12, M13, M14)."""

from typing import Any

import pytest

from chalicelib.storage import requests
from tests import samples
from tests.portal import expect
from tests.services.conftest import Back, Employer, Json
from tests.services.test_bank_details import refusal
from tests.services.test_departures import Leaver, hr_of, leaver_of


@pytest.fixture
def without(employer: Employer) -> Leaver:
    """An employee affiliated without an address, which is a legal state (H137)."""
    found = leaver_of(employer, email=None)
    assert found.stored.email is None
    assert found.stored.state == "ACTIVE"
    return found


def propose(leaver: Leaver, email: str) -> Json:
    """The démarche that a proposal opens, as HR follows it."""
    hr = hr_of(leaver.employer)
    expect(hr.call("PATCH", leaver.path, json={"email": email}), 200)
    proposal = leaver.stored.proposal_id
    assert proposal is not None
    found: Json = hr.get(f"{leaver.employer.base}/requests/{proposal}")
    return found


def decide(back: Back, request: Json, decision: str, **more: Any) -> Any:
    body = {"decision": decision, "reason": "Le salarié l’a confirmée par téléphone."} | more
    return back.agent.call("POST", f"/backoffice/requests/{request['request_id']}/decision", json=body)


def test_h138_a_proposed_address_waits_in_the_agents_queue(without: Leaver, agent: Back) -> None:
    """H137, H138: nothing opens before an agent has decided."""
    email = samples.email("propose")
    request = propose(without, email)
    assert (request["kind"], request["state"], request["next_actor"]) == ("email_proposal", "IN_REVIEW", "agent")
    assert without.stored.email is None
    read = agent.agent.get(f"/backoffice/requests/{request['request_id']}")
    assert read["request"]["member_id"] == without.member_id
    query = {"numero_adherent": without.number, "reason": "Adresse à vérifier"}
    assert agent.agent.get("/backoffice/members", params=query)["proposed_email"] == email
    queue = agent.agent.get("/backoffice/queue", params={"group": "emails"})
    assert request["request_id"] in str(queue)


def test_h136_h137_an_accepted_address_is_recorded_and_told(without: Leaver, agent: Back) -> None:
    """H135, H136, M13, M14: the mail says so, and the link may be asked for."""
    email = samples.email("propose")
    request = propose(without, email)
    decided = expect(decide(agent, request, "accept"), 200)
    assert decided["request"]["state"] == "ACCEPTED"
    assert (without.stored.email, without.stored.proposed_email, without.stored.proposal_id) == (email, None, None)
    assert without.employer.portal.mail(email, "est enregistrée")
    assert refusal(decide(agent, request, "accept")) == "not_in_review"


def test_h138_a_refused_address_is_forgotten_and_hr_is_told_why(without: Leaver, agent: Back) -> None:
    request = propose(without, samples.email("propose"))
    decided = expect(decide(agent, request, "refuse", reason="Le salarié ne la reconnaît pas."), 200)
    assert (decided["request"]["state"], decided["request"]["reason"]) == ("REFUSED", "Le salarié ne la reconnaît pas.")
    assert (without.stored.email, without.stored.proposed_email) == (None, None)
    administrator = without.employer.file["administrator"]["email"]
    assert "ne la reconnaît pas" not in without.employer.portal.mail(administrator, "n’est pas enregistrée")
    propose(without, samples.email("autre"))


def test_a_newer_proposal_takes_the_place_of_the_older_one(without: Leaver, agent: Back) -> None:
    """An agent never records an address that HR has since corrected; both may be counted in one place."""
    for _ in range(8):
        older = propose(without, samples.email("faute"))
    newer = propose(without, samples.email("bonne"))
    assert older["request_id"] != newer["request_id"]
    kept = requests.get(older["request_id"])
    assert kept is not None
    assert kept.state == "CLOSED"
    assert refusal(decide(agent, older, "accept")) == "not_in_review"
    expect(decide(agent, newer, "accept"), 200)


def test_the_address_that_the_member_wrote_from_ends_the_proposal(without: Leaver, agent: Back) -> None:
    """H135: the member wrote to the mailbox meanwhile."""
    request = propose(without, samples.email("propose"))
    path = f"/backoffice/members/{without.member_id}/email"
    own = samples.email("membre")
    expect(agent.agent.call("PUT", path, json={"email": own}), 200)
    kept = requests.get(request["request_id"])
    assert kept is not None
    assert (kept.state, kept.history[-1].event) == ("CLOSED", "other_email_recorded")
    assert without.stored.email == own


def test_documents_are_not_asked_for_about_an_address(without: Leaver, agent: Back) -> None:
    request = propose(without, samples.email("propose"))
    assert refusal(decide(agent, request, "close")) == "invalid_transition"


def test_an_agent_who_changes_a_known_address_tells_the_former_one(employer: Employer, agent: Back) -> None:
    """M114: whoever talked an agent into it is found out."""
    leaver = leaver_of(employer)
    path = f"/backoffice/members/{leaver.member_id}/email"
    expect(agent.agent.call("PUT", path, json={"email": samples.email("autre")}), 200)
    assert employer.portal.mail(leaver.form["email"], "a changé")
