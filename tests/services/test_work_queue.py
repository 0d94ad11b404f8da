"""One queue for the agents: groups, one holder at a time, a second pair of eyes, a whole history (M112, M115)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import httpx
import pytest

from chalicelib.domain.request import GROUPS, RequestKind
from chalicelib.domain.work_queue import GROUP_LABELS, Group
from chalicelib.storage import requests
from tests import samples
from tests.portal import expect
from tests.services.conftest import Back, Employer, Json, Patient, faults, later, room

QUEUE = "/backoffice/queue"


@pytest.fixture
def in_review(patient: Patient, yesterday: date) -> Json:
    """A claim that needs an agent: 10 nights at 60 €, 600 €."""
    request = patient.claim(room(yesterday, nights=10, expense_cents=70000))
    assert request["state"] == "IN_REVIEW"
    return request


@pytest.fixture
def costly(patient: Patient, yesterday: date) -> Json:
    """A claim that pays 1 200 €, above what one agent decides alone."""
    request = patient.claim(room(yesterday, nights=20, expense_cents=140000))
    assert request["state"] == "IN_REVIEW"
    return request


def listed(agent: Back, **params: object) -> list[Json]:
    """The whole queue, page after page."""
    found: list[Json] = []
    after = None
    while True:
        page = agent.agent.get(QUEUE, params=params | ({"after": after} if after else {}))
        found += page["requests"]
        after = page["next"]
        if after is None:
            return found


def item(agent: Back, request: Json, **params: object) -> Json | None:
    """One item of the queue, if it is there."""
    return next((one for one in listed(agent, **params) if one["request_id"] == request["request_id"]), None)


def take(agent: Back, request: Json) -> httpx.Response:
    return agent.agent.call("PUT", f"{QUEUE}/{request['request_id']}/holder")


def release(agent: Back, request: Json) -> httpx.Response:
    return agent.agent.call("DELETE", f"{QUEUE}/{request['request_id']}/holder")


def confirm(agent: Back, request: Json, *, agrees: bool, reason: str = "Vu de près.") -> httpx.Response:
    body = {"agrees": agrees, "reason": reason}
    return agent.agent.call("POST", f"/backoffice/claims/{request['request_id']}/confirmation", json=body)


def acts(agent: Back, request: Json) -> list[str]:
    """What agents did with an item."""
    history = agent.agent.get(f"{QUEUE}/{request['request_id']}/history")
    return [one["act"] for one in history["handling"]["entries"]]


def test_every_kind_of_request_has_its_group() -> None:
    """M115: none is among the others by oversight."""
    assert set(RequestKind) - GROUPS.keys() == set()
    assert set(GROUP_LABELS) == set(Group)


def test_an_item_says_whose_it_is_until_when_and_in_which_group(
    agent: Back, employer: Employer, in_review: Json
) -> None:
    """M115: the member's and the company's names, the day by which it should be seen to."""
    found = item(agent, in_review, group="claims")
    assert found is not None
    assert (found["group"], found["group_label"]) == ("claims", "Demandes de remboursement")
    assert found["member_name"]
    assert found["company_name"] == employer.file["companies"][0]["name"]
    assert found["handle_by"] > f"{employer.portal.today()}"
    assert (found["holder"], found["to_confirm"]) == (None, False)
    assert item(agent, in_review, group="bank") is None


def test_what_is_due_first_comes_first_and_pages_follow_each_other(agent: Back, in_review: Json, costly: Json) -> None:
    """M115: pages by cursor hold everything once, in the order due."""
    whole = listed(agent)
    assert [one["handle_by"] for one in whole] == sorted(one["handle_by"] for one in whole)
    by_one = listed(agent, limit=1)
    assert [one["request_id"] for one in by_one] == [one["request_id"] for one in whole]
    assert {in_review["request_id"], costly["request_id"]} <= {one["request_id"] for one in whole}
    wrong = agent.agent.call("GET", QUEUE, params={"after": "a"})
    assert faults(wrong) == {("after", "cursor")}


def test_the_counts_are_those_of_the_queue(agent: Back, patient: Patient, in_review: Json) -> None:
    """M115: kept in step by every move, into the queue and out of it."""

    def counted() -> dict[str, int]:
        return {one["group"]: one["waiting"] for one in agent.agent.get(f"{QUEUE}/groups")["groups"]}

    before = counted()
    assert before["claims"] == len(listed(agent, group="claims"))
    assert sum(before.values()) == len(listed(agent)) == agent.agent.get(f"{QUEUE}/groups")["waiting"]
    expect(agent.decide(in_review, "refuse"), 200)
    patient.read(in_review)
    assert counted() == before | {"claims": before["claims"] - 1}


def test_every_group_is_one_that_some_demarche_joins() -> None:
    """M115: no count stands for work that waits elsewhere."""
    assert set(Group) == {*GROUPS.values(), Group.OTHERS}


def test_one_agent_has_an_item_and_the_other_does_not(agents: list[Back], in_review: Json) -> None:
    """M115: two agents never hold the same item; what one has the other cannot take, decide, release or hand over."""
    first, second = agents
    expect(take(first, in_review), 200)
    expect(take(first, in_review), 200)
    for refused in (take(second, in_review), second.decide(in_review, "refuse")):
        assert expect(refused, 409)["code"] == "held_by_another"
    assert expect(release(second, in_review), 409)["code"] == "not_held"
    found = item(second, in_review)
    assert found is not None
    assert found["holder"]["name"] == "Zoé Prat"
    assert item(first, in_review, holding="mine") == found
    assert item(second, in_review, holding="mine") is None
    assert item(second, in_review, holding="free") is None
    expect(release(first, in_review), 204)
    expect(release(first, in_review), 204)
    assert item(second, in_review, holding="free") is not None
    expect(second.decide(in_review, "refuse"), 200)
    assert acts(second, in_review) == ["taken", "released", "taken"]


def test_two_agents_who_take_at_the_same_moment(agents: list[Back], in_review: Json) -> None:
    """M115: one gets it."""
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda agent: take(agent, in_review).status_code, [*agents, *agents]))
    assert answers.count(200) == answers.count(409) == 2


def test_an_item_left_alone_for_hours_may_be_taken_over(
    agents: list[Back], in_review: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M115: not a moment earlier."""
    monkeypatch.setenv("ESPACE_SESSION_IDLE_MINUTES", "600")
    first, second = (_at_present(agent) for agent in agents)
    expect(take(first, in_review), 200)
    with later(hours=3, minutes=58):
        assert take(second, in_review).status_code == 409
    with later(hours=4):
        expect(take(second, in_review), 200)
        assert acts(second, in_review) == ["taken", "taken_over"]
        expect(release(second, in_review), 204)


def _at_present(agent: Back) -> Back:
    """The same agent, in a session that lasts."""
    agent.agent.get(f"{QUEUE}/groups")
    return agent


def test_an_item_is_handed_over_to_a_colleague(agents: list[Back], in_review: Json) -> None:
    """M115: only by who has it, only to an agent."""
    first, second = agents
    mine = second.agent.get("/backoffice/queue", params={"holding": "mine"})["requests"]
    path = f"{QUEUE}/{in_review['request_id']}/handover"
    address = {"email": _address(second)}
    assert expect(first.agent.call("POST", path, json=address), 409)["code"] == "not_held"
    expect(take(first, in_review), 200)
    unknown = first.agent.call("POST", path, json={"email": samples.email("personne")})
    assert faults(unknown) == {("email", "unknown_agent")}
    oneself = first.agent.call("POST", path, json={"email": _address(first)})
    assert faults(oneself) == {("email", "already_held")}
    expect(first.agent.call("POST", path, json=address), 200)
    assert first.decide(in_review, "refuse").status_code == 409
    now = second.agent.get("/backoffice/queue", params={"holding": "mine"})["requests"]
    assert len(now) == len(mine) + 1
    expect(second.decide(in_review, "refuse"), 200)
    assert acts(first, in_review) == ["taken", "handed_over"]


def _address(agent: Back) -> str:
    from chalicelib.services import access

    return str(access.authenticate(agent.agent.token).email)


def test_what_pays_much_needs_a_second_pair_of_eyes(agents: list[Back], patient: Patient, costly: Json) -> None:
    """M115: the first decision stays visible in review; another agent confirms it, and only then is it paid."""
    first, second = agents
    expect(first.decide(costly, "approve", reason="Facture conforme."), 200)
    expect(first.decide(costly, "approve", reason="Facture conforme."), 200)
    assert patient.read(costly)["state"] == "IN_REVIEW"
    seen = second.claim(costly)["handling"]["opinion"]
    assert (seen["agent"], seen["reason"], seen["amount_cents"]) == ("Zoé Prat", "Facture conforme.", 120000)
    found = item(second, costly)
    assert found is not None
    assert found["to_confirm"] is True
    others = [{"line": 0, "expense_cents": 139000}]
    corrected = first.decide(costly, "approve", reason="Facture conforme.", corrections=others)
    for refused in (first.decide(costly, "refuse"), second.decide(costly, "approve"), corrected):
        assert expect(refused, 409)["code"] == "awaits_confirmation"
    assert expect(confirm(first, costly, agrees=True), 409)["code"] == "own_opinion"
    assert expect(take(first, costly), 409)["code"] == "own_opinion"
    expect(confirm(second, costly, agrees=True), 200)
    done = patient.read(costly)
    assert (done["state"], patient.reimbursement(done)["complementary_cents"]) == ("PAYMENT_ORDERED", 120000)
    assert acts(first, costly) == ["taken", "proposed", "taken", "confirmed"]


def test_a_proposal_that_is_not_shared_goes_back_to_who_made_it(
    agents: list[Back], patient: Patient, costly: Json
) -> None:
    """M115: with the reason, and in their hands."""
    first, second = agents
    expect(first.decide(costly, "approve"), 200)
    expect(confirm(second, costly, agrees=False, reason="La facture porte un autre nom."), 200)
    handling = first.claim(costly)["handling"]
    assert (handling["opinion"], handling["holder"]["name"]) == (None, "Zoé Prat")
    assert handling["entries"][-1] | {"at": None} == {
        "at": None,
        "agent": "Zoé Prat",
        "act": "returned",
        "note": "La facture porte un autre nom.",
    }
    assert second.decide(costly, "refuse").status_code == 409
    assert expect(confirm(second, costly, agrees=True), 409)["code"] in {"nothing_to_confirm", "held_by_another"}
    expect(first.decide(costly, "refuse", reason="Facture d’une autre personne."), 200)
    assert patient.read(costly)["state"] == "REFUSED"


@pytest.mark.parametrize(("nights", "alone"), [(16, True), (17, False)])
def test_the_amount_from_which_two_agents_decide(
    agent: Back, patient: Patient, *, nights: int, alone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M115: both sides of the limit, here 17 nights at 60 €."""
    monkeypatch.setenv("ESPACE_FOUR_EYES_CENTS", "102000")
    yesterday = agent.portal.today() - timedelta(days=1)
    request = patient.claim(room(yesterday, nights=nights, expense_cents=nights * 7000))
    claim = expect(agent.decide(request, "approve"), 200)
    assert (claim["handling"]["opinion"] is None) is alone
    if not alone:
        assert patient.read(request)["state"] == "IN_REVIEW"


def test_what_waits_for_nobody_is_in_nobody_s_hands(agents: list[Back], patient: Patient, in_review: Json) -> None:
    """M115: once asked for documents it is the member's turn; whoever comes next may take it."""
    first, second = agents
    expect(first.decide(in_review, "information", documents=["prescription"]), 200)
    asked = patient.read(in_review)
    assert asked["next_actor"] == "member"
    assert expect(take(second, in_review), 409)["code"] == "not_in_review"
    stored = requests.get(in_review["request_id"])
    assert stored is not None
    assert stored.handling.holder is None
    patient.send(asked)
    patient.read(in_review)
    expect(second.decide(in_review, "refuse"), 200)


def test_a_file_asked_for_again_is_kept_with_its_request(agent: Back, patient: Patient, in_review: Json) -> None:
    """M113, M115: it no longer counts, and the agent may still read it."""
    [sent] = agent.claim(in_review)["request"]["attachments"]
    expect(agent.decide(in_review, "information", documents=["facture_acquittee"]), 200)
    asked = patient.read(in_review)
    assert [(one["document_id"], one["state"]) for one in asked["attachments"]] == [(sent["document_id"], "REPLACED")]
    assert [one["kind"] for one in asked["missing"]] == ["facture_acquittee"]
    path = f"/backoffice/claims/{in_review['request_id']}/documents/{sent['document_id']}"
    assert agent.agent.get(path)["url"]
    patient.send(asked)
    states = [one["state"] for one in patient.read(in_review)["attachments"]]
    assert states == ["REPLACED", "ACCEPTED"]
    expect(agent.decide(in_review, "refuse"), 200)


def test_the_history_tells_who_did_and_who_read(
    agents: list[Back], in_review: Json, tables: Callable[[], Json]
) -> None:
    """M112, M115: the steps of the démarche, what agents did with it, and who read what for it."""
    first, second = agents
    second.claim(in_review)
    expect(first.decide(in_review, "refuse"), 200)
    first.portal.settle()
    history = first.agent.get(f"{QUEUE}/{in_review['request_id']}/history")
    assert [one["event"] for one in history["steps"]][-1] == "agent_refused"
    assert [one["act"] for one in history["handling"]["entries"]] == ["taken"]
    assert {tuple(one["groups"]) for one in history["readings"]} == {("care",)}
    assert {one["viewer"] for one in history["readings"]} == {"Zoé Prat"}
    assert first.agent.call("GET", f"{QUEUE}/none/history").status_code == 404
    assert first.agent.call("GET", f"{QUEUE}/queue%23claims%230/history").status_code == 404


def test_files_announced_and_never_sent_do_not_use_up_a_request(patient: Patient, yesterday: date) -> None:
    """M113: forty at a time; once their forms have lapsed they no longer count."""
    request = patient.opened(room(yesterday))
    [missing] = request["missing"]
    body = {"kind": missing["kind"], "about": missing["about"], "name": "f.pdf", "content_type": "application/pdf"}
    path = f"/member/requests/{request['request_id']}/uploads"
    for _ in range(40):
        expect(patient.member.call("POST", path, json=body), 201)
    assert expect(patient.member.call("POST", path, json=body), 409)["code"] == "too_many_files"
    with later(minutes=16):
        expect(patient.member.call("POST", path, json=body), 201)
