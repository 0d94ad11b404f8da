"""Switching télétransmission on and off: attestation, agent, scheme's answer, days without (M46, M72–M80)."""

import itertools
from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.domain.periods import add_months
from tests import samples
from tests.portal import Portal, User, expect
from tests.services.conftest import Back, Employer, Json, later, open_member_space, sign_in_member

_numbers = itertools.count(1)


class Somebody:
    """An employee whom no other test has, covered for a year."""

    def __init__(self, portal: Portal, employer: Employer, **changes: Any) -> None:
        self.portal = portal
        self.since = portal.today() - timedelta(days=300)
        self.form = samples.enrolled_member(employer.health_number, starts_on=f"{self.since}") | changes
        report = employer.enrol(self.form)
        self.number = report["members"][0]["numero_adherent"]
        self.user = open_member_space(portal, self.number, self.form)

    @property
    def standing(self) -> Json:
        """The employee's own télétransmission."""
        found: Json = self.user.get("/member/teletransmission")["people"][0]
        return found

    def path(self, wish: str) -> str:
        return f"/member/beneficiaries/{self.standing['beneficiary_id']}/teletransmission/{wish}"

    def ask(self, issued_on: date) -> Any:
        return self.user.call("POST", self.path("activation"), json={"attestation_issued_on": f"{issued_on}"})

    def asked(self, issued_on: date | None = None) -> Json:
        request: Json = expect(self.ask(issued_on or self.portal.today()), 201)
        return request

    def sent(self) -> Json:
        """A démarche whose attestation has come."""
        request = self.asked()
        self.send(request)
        return request

    def send(self, request: Json) -> None:
        self.portal.upload_all(self.user, f"/member/requests/{request['request_id']}/uploads", request)
        self.portal.settle()

    def read(self, request: Json) -> Json:
        found: Json = self.user.get(f"/member/requests/{request['request_id']}")
        return found

    def answer(self, event: str, on: date, **person: Any) -> Json:
        """The report on the scheme's answer."""
        number = next(_numbers)
        header = {"kind": "flow", "reference": f"RATT-{number}", "scheme": "01751", "issued_on": f"{on}"}
        line = {"type": "attachment", "event": event, "on": f"{on}", "person": {"nir": self.form["nir"]} | person}
        lines = b"\n".join(samples.as_bytes(one) for one in (header, line))
        return self.portal.drop(f"rattachement-{number}.jsonl", lines)


@pytest.fixture
def somebody(portal: Portal, employer: Employer) -> Somebody:
    return Somebody(portal, employer)


def decide(agent: Back, request: Json, decision: str, **more: Any) -> Any:
    body = {"decision": decision, "reason": "Vu l’attestation."} | more
    return agent.agent.call("POST", f"/backoffice/requests/{request['request_id']}/decision", json=body)


def gaps(somebody: Somebody) -> list[tuple[str, str]]:
    return [(one["first_day"], one["last_day"]) for one in somebody.standing["gaps"]]


def test_the_space_tells_each_person_s_state_and_what_to_know(portal: Portal, somebody: Somebody) -> None:
    """M46, M56, M73, M76, M77, M78, M79, M80: inactive from the start: every covered day needs a paper statement."""
    read = somebody.user.get("/member/teletransmission")
    hints = " ".join(read["hints"])
    for words in ("ameli.fr", "moins de six mois", "plusieurs jours", "rétroactive", "décomptes", "écran d’accueil"):
        assert words in hints
    [person] = read["people"]
    assert (person["state"], person["since"], person["may_ask"]) == ("OFF", None, "activation")
    assert gaps(somebody) == [(f"{somebody.since}", f"{portal.today()}")]


def test_an_agent_accepts_the_attestation(portal: Portal, somebody: Somebody, agent: Back) -> None:
    """M72, M74, M75, M76, M77, M80, M112, M115: requested once the file is there, active from the decision on."""
    request = somebody.asked()
    assert [one["kind"] for one in request["missing"]] == ["attestation_droits"]
    assert somebody.standing["state"] == "OFF"
    somebody.send(request)
    assert (somebody.standing["state"], somebody.standing["may_ask"]) == ("REQUESTED", None)
    assert somebody.read(request)["state"] == "IN_REVIEW"
    expect(decide(agent, request, "accept"), 200)
    assert (somebody.standing["state"], somebody.standing["since"]) == ("ON", f"{portal.today()}")
    assert gaps(somebody) == [(f"{somebody.since}", f"{portal.today() - timedelta(days=1)}")]
    assert somebody.read(request)["state"] == "ACCEPTED"
    portal.settle()
    assert "a reçu une réponse" in portal.mail(somebody.form["email"], "Votre demande sur la télétransmission")
    assert expect(decide(agent, request, "accept"), 409)["code"] == "not_in_review"


def test_an_agent_refuses_or_asks_for_another(somebody: Somebody, agent: Back) -> None:
    """M75, M80, M115: refused, the member may ask again; another attestation asked for is awaited."""
    request = somebody.sent()
    assert decide(agent, request, "ask", documents=["rib"]).status_code == 422
    expect(decide(agent, request, "ask", documents=["attestation_droits"]), 200)
    again = somebody.read(request)
    assert (again["state"], len(again["missing"])) == ("PENDING_DOCUMENTS", 1)
    somebody.send(again)
    expect(decide(agent, request, "refuse"), 200)
    assert (somebody.standing["state"], somebody.standing["may_ask"]) == ("REFUSED", "activation")
    second = somebody.asked()
    assert second["request_id"] != request["request_id"]


def test_an_attestation_of_six_months_is_refused(portal: Portal, somebody: Somebody) -> None:
    """M75, A7: six months less a day accepted, six months refused; neither is a date to come."""
    today = portal.today()
    limit = add_months(today, -6)
    refused = expect(somebody.ask(limit), 422)["errors"]
    assert [(one["field"], one["code"]) for one in refused] == [("attestation_issued_on", "too_old")]
    future = expect(somebody.ask(today + timedelta(days=1)), 422)["errors"]
    assert [one["code"] for one in future] == ["future"]
    assert somebody.asked(limit + timedelta(days=1))["state"] == "PENDING_DOCUMENTS"


def test_an_attestation_ages_until_it_is_sent(portal: Portal, somebody: Somebody) -> None:
    """M75: it is its age on the day it is sent that counts; a fresh one replaces the date of the same démarche."""
    youngest = add_months(portal.today(), -6) + timedelta(days=1)
    request = somebody.asked(youngest)
    assert somebody.asked(youngest)["request_id"] == request["request_id"]
    with later(days=1):
        somebody.user = sign_in_member(portal, somebody.number)
        somebody.send(request)
        closed = somebody.read(request)
        assert (closed["state"], somebody.standing["state"]) == ("CLOSED", "OFF")
        assert "six mois" in closed["reason"]


def test_a_date_given_again_replaces_the_first(portal: Portal, somebody: Somebody) -> None:
    youngest = add_months(portal.today(), -6) + timedelta(days=1)
    request = somebody.asked(youngest)
    assert somebody.asked(portal.today())["request_id"] == request["request_id"]
    with later(days=1):
        somebody.user = sign_in_member(portal, somebody.number)
        somebody.send(request)
        assert somebody.standing["state"] == "REQUESTED"


@pytest.mark.parametrize(
    ("event", "state", "ended"), [("accepted", "ON", "ACCEPTED"), ("refused", "REFUSED", "REFUSED")]
)
def test_the_scheme_s_answer_ends_the_demand(
    portal: Portal, somebody: Somebody, event: str, state: str, ended: str
) -> None:
    """M76, M77, M80: the answer counts from its day; told again, or by a number nobody has, it changes nothing."""
    request = somebody.sent()
    assert somebody.answer(event, portal.today())["accepted"] == 1
    assert (somebody.standing["state"], somebody.standing["since"]) == (state, f"{portal.today()}")
    assert somebody.read(request)["state"] == ended
    assert somebody.answer(event, portal.today())["unchanged"] == 1
    refused = somebody.answer(event, portal.today(), nir=samples.nir())
    assert [(one["place"], one["code"]) for one in refused["faults"]] == [("person", "unknown_person")]
    future = somebody.answer(event, portal.today() + timedelta(days=1))
    assert [one["code"] for one in future["faults"]] == ["future"]


def test_answers_may_come_late_and_in_any_order(portal: Portal, somebody: Somebody) -> None:
    """M77, M78, M80: the gap is computed from the days that the scheme tells, whenever it tells them."""
    today = portal.today()
    somebody.answer("ended", today - timedelta(days=50))
    somebody.answer("accepted", today - timedelta(days=20))
    somebody.answer("accepted", today - timedelta(days=100))
    assert somebody.standing["state"] == "ON"
    assert gaps(somebody) == [
        (f"{somebody.since}", f"{today - timedelta(days=101)}"),
        (f"{today - timedelta(days=50)}", f"{today - timedelta(days=21)}"),
    ]


def test_somebody_switches_it_off(portal: Portal, employer: Employer, agent: Back) -> None:
    """M46, M72: it goes on until an agent, or the scheme, has ended it; then it may be asked for again."""
    somebody = Somebody(portal, employer, teletransmission=True)
    assert (somebody.standing["state"], gaps(somebody)) == ("ON", [])
    assert somebody.ask(portal.today()).status_code == 409
    request: Json = expect(somebody.user.call("POST", somebody.path("deactivation")), 201)
    assert (request["state"], somebody.standing["state"]) == ("IN_REVIEW", "OFF_REQUESTED")
    assert gaps(somebody) == []
    assert expect(somebody.user.call("POST", somebody.path("deactivation")), 409)["code"] == "not_possible_now"
    expect(decide(agent, request, "accept"), 200)
    assert (somebody.standing["state"], somebody.standing["may_ask"]) == ("OFF", "activation")
    assert gaps(somebody) == [(f"{portal.today()}", f"{portal.today()}")]


def test_an_end_that_is_refused_changes_nothing(portal: Portal, employer: Employer, agent: Back) -> None:
    """M72: the person keeps it."""
    somebody = Somebody(portal, employer, teletransmission=True)
    request: Json = expect(somebody.user.call("POST", somebody.path("deactivation")), 201)
    expect(decide(agent, request, "refuse"), 200)
    assert (somebody.standing["state"], gaps(somebody)) == ("ON", [])


def test_the_scheme_ends_what_was_to_end(portal: Portal, employer: Employer) -> None:
    somebody = Somebody(portal, employer, teletransmission=True)
    request: Json = expect(somebody.user.call("POST", somebody.path("deactivation")), 201)
    somebody.answer("ended", portal.today())
    assert (somebody.standing["state"], somebody.read(request)["state"]) == ("OFF", "ACCEPTED")


def test_it_does_not_exist_without_a_health_contract(portal: Portal, employer: Employer) -> None:
    """A3, M39: a prévoyance contract has no télétransmission; nobody asks for somebody else's family."""
    form = samples.enrolled_member(str(employer.provident["number"]))
    report = employer.enrol(form)
    user: User = open_member_space(portal, report["members"][0]["numero_adherent"], form)
    assert user.call("GET", "/member/teletransmission").status_code == 404
    other = Somebody(portal, employer)
    path = "/member/beneficiaries/inconnu/teletransmission/deactivation"
    assert other.user.call("POST", path).status_code == 404
