"""What care to come would be paid: devis and simulations (M43, M59–M62, M64; dossier 10)."""

import itertools
from collections.abc import Callable
from datetime import date, timedelta

import httpx
import pytest

from chalicelib import clock
from chalicelib.services import document_jobs
from tests.portal import expect
from tests.services.conftest import (
    Back,
    Employer,
    Json,
    Patient,
    faults,
    later,
    osteopathy,
    room,
    sign_in_member,
    text_of,
)

DAY = timedelta(days=1)
_keys = itertools.count(1)


@pytest.fixture
def soon(yesterday: date) -> date:
    """A day of care to come."""
    return yesterday + 11 * DAY


def body(patient: Patient, *lines: Json, form: str = "other") -> Json:
    """What a form of care to come says."""
    return {"beneficiary_id": patient.beneficiary_id, "form": form, "lines": list(lines)}


def simulate(patient: Patient, *lines: Json, form: str = "other") -> httpx.Response:
    """The answer to a simulation."""
    return patient.member.call("POST", "/member/simulations", json=body(patient, *lines, form=form))


def ask(patient: Patient, *lines: Json, form: str = "other", key: str | None = None) -> httpx.Response:
    """The answer to a devis."""
    headers = {"Idempotency-Key": key or f"estimate-{next(_keys):06d}"}
    return patient.member.call("POST", "/member/estimates", json=body(patient, *lines, form=form), headers=headers)


def read(patient: Patient, estimate: Json) -> Json:
    """A devis as it stands once everything rests."""
    patient.portal.settle()
    found: Json = patient.member.get(f"/member/estimates/{estimate['request']['request_id']}")
    return found


def estimated(patient: Patient, *lines: Json, form: str = "other") -> Json:
    """A devis that was sent, as far as it goes by itself."""
    asked = expect(ask(patient, *lines, form=form), 201)
    patient.send(asked["request"])
    return read(patient, asked)


def amounts(lines: list[Json]) -> list[tuple[int, int, int]]:
    """What the scheme, the contract and the patient bear of each line."""
    return [(one["statutory_cents"], one["complementary_cents"], one["left_to_pay_cents"]) for one in lines]


def email_of(patient: Patient) -> str:
    """The member's address."""
    return str(patient.member.get("/member")["email"])


def crown(day: date, **changes: object) -> Json:
    """A crown at a free price, beside which another has nothing to pay."""
    return {"act": "HBLD491", "care_on": f"{day}", "expense_cents": 55000, "location": "15", **changes}


def test_a_devis_is_estimated_once_it_is_sent(patient: Patient, soon: date) -> None:
    """M43, M59, M61, M62, M112: from the form to an estimate with its number, its reasons and its last day."""
    asked = expect(ask(patient, crown(soon), form="dental"), 201)
    request = asked["request"]
    assert (request["kind"], request["state"], request["next_actor"]) == ("estimate", "PENDING_DOCUMENTS", "member")
    assert [one["kind"] for one in request["missing"]] == ["devis"]
    assert (asked["number"], asked["lines"], asked["complementary_cents"]) == (None, [], None)
    patient.send(request)
    found = read(patient, asked)
    assert (found["request"]["state"], found["request"]["state_label"]) == ("ESTIMATE_READY", "Estimation disponible")
    assert found["number"].startswith("EST-")
    [line] = found["lines"]
    assert line["expense_cents"] == sum(amounts([line])[0])
    assert line["explanation"]
    assert (found["complementary_cents"], found["left_to_pay_cents"]) == (
        line["complementary_cents"],
        line["left_to_pay_cents"],
    )
    assert date.fromisoformat(found["valid_until"]) == patient.portal.today() + 90 * DAY
    listed = {one["request_id"]: one for one in patient.member.get("/member/requests")["requests"]}
    assert listed[request["request_id"]]["due_on"] == found["valid_until"]
    patient.portal.mail(email_of(patient), f"Votre estimation {request['reference']} est disponible")


def test_an_estimate_says_what_it_assumes_and_what_would_change_it(patient: Patient, soon: date) -> None:
    """M64: assumptions in French; the 100 % Santé crown has nothing to pay."""
    found = estimated(patient, crown(soon), form="dental")
    assert "Les soins ont lieu à la date indiquée, aux prix indiqués." in found["assumptions"]
    assert "Aucun autre soin n’est remboursé d’ici là sur les mêmes plafonds." in found["assumptions"]
    [advice] = found["advice"]
    assert (advice["act"], advice["left_to_pay_cents"]) == ("HBLD038", 0)


def test_its_document_says_the_same(patient: Patient, soon: date) -> None:
    """M43, M64: a PDF with the lines, the assumptions, the last day, and that nothing is paid."""
    found = estimated(patient, crown(soon), form="dental")
    path = f"/member/estimates/{found['request']['request_id']}/document"
    text = text_of(patient.member.get(path)["url"])
    assert f"Estimation de remboursement n° {found['number']}" in text
    assert "ne donne lieu à aucun versement" in text
    assert "Les soins ont lieu à la date indiquée" in text
    assert "Ligne 1" in text


def test_an_estimate_pays_and_consumes_nothing(patient: Patient, soon: date, tables: Callable[[], Json]) -> None:
    """M64: no payment order, no décompte, no ceiling moves; estimated again it is the same."""
    before = tables()
    first = estimated(patient, osteopathy(soon))
    after = tables()
    for name in ("reimbursements", "counters", "payment-orders"):
        table = f"espace-assure-local-{name}"
        assert after[table] == before[table], name
    assert amounts(estimated(patient, osteopathy(soon))["lines"]) == amounts(first["lines"]) == [(0, 3000, 3000)]


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ("other", {"act": "CP", "expense_cents": 25_500, "quantity": 3}),
        ("other", {"act": "OST", "expense_cents": 6_010}),
        ("other", {"act": "CS", "expense_cents": 6_050, "optam": True}),
        ("other", {"act": "CS", "expense_cents": 9_000, "optam": False, "in_pathway": False}),
        ("other", {"act": "AMY", "expense_cents": 1_001, "base_cents": 1_001}),
        ("dental", {"act": "HBLD491", "expense_cents": 55_000, "location": "15"}),
        ("dental", {"act": "IMP", "expense_cents": 120_000}),
        ("optical", {"act": "LEN", "expense_cents": 18_000}),
    ],
)
def test_the_later_claim_is_paid_as_estimated(
    patient: Patient, agent: Back, yesterday: date, form: str, line: Json
) -> None:
    """M64: to the cent, when the care happens as assumed; the price and the day are those of the devis."""
    quoted = line | {"care_on": f"{yesterday + DAY}"}
    promised = estimated(patient, quoted, form=form)
    assert promised["request"]["state"] == "ESTIMATE_READY", promised["request"]
    request = patient.claim(quoted, form=form)
    if request["state"] == "IN_REVIEW":
        expect(agent.decide(request, "approve"), 200)
        request = patient.read(request)
    assert amounts(patient.reimbursement(request)["lines"]) == amounts(promised["lines"])


def test_an_estimate_sees_what_was_already_used(patient: Patient, yesterday: date) -> None:
    """M64: three sessions a year; after three of them a fourth is not paid."""
    for back in range(3):
        patient.paid(osteopathy(yesterday - back * DAY))
    first_of_year = yesterday.replace(month=12, day=31)
    same_year = min(first_of_year, yesterday + 11 * DAY)
    answer = expect(simulate(patient, osteopathy(same_year)), 200)
    assert amounts(answer["lines"]) == [(0, 0, 6000)]


def test_a_simulation_answers_at_once_and_keeps_nothing(
    patient: Patient, soon: date, tables: Callable[[], Json]
) -> None:
    """M43, M59, M64: the same amounts as the estimate, without a document; nothing is written but how often."""
    promised = estimated(patient, crown(soon), form="dental")
    before = tables()
    answer = expect(simulate(patient, crown(soon), form="dental"), 200)
    assert amounts(answer["lines"]) == amounts(promised["lines"])
    assert (answer["assumptions"], answer["advice"]) == (promised["assumptions"], promised["advice"])
    after = tables()
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"espace-assure-local-throttles", "espace-assure-local-accounts"}


def test_simulations_are_limited_by_the_hour(employer: Employer) -> None:
    """M15: sixty an hour for one member; the next hour they may go on."""
    me = employer.member().get("/member")
    asked = {
        "beneficiary_id": me["beneficiaries"][0]["beneficiary_id"],
        "form": "other",
        "lines": [osteopathy(employer.portal.today() + DAY)],
    }
    with later(seconds=3600 - clock.now().timestamp() % 3600):
        member = sign_in_member(employer.portal, me["numero_adherent"])
        answers = [member.call("POST", "/member/simulations", json=asked) for _ in range(61)]
        assert {one.status_code for one in answers[:60]} == {200}
        assert answers[60].status_code == 429
        assert answers[60].json()["retry_at"]
        with later(hours=1):
            again = sign_in_member(employer.portal, me["numero_adherent"])
            assert again.call("POST", "/member/simulations", json=asked).status_code == 200


def test_every_fault_of_a_devis_is_told_at_once(patient: Patient, yesterday: date) -> None:
    """M59, M60, M61: care of the past is claimed, not estimated; nor can anybody say what is paid in two years."""
    today = yesterday + DAY
    lines = [
        room(yesterday),
        room(today + 366 * DAY),
        {"act": "IMP", "care_on": f"{today}", "expense_cents": 100},
        osteopathy(today, quantity=31),
    ]
    expected = {
        ("lines[0].care_on", "past"),
        ("lines[1].care_on", "too_late"),
        ("lines[2].act", "unknown_act"),
        ("lines[3].quantity", "too_many"),
    }
    assert faults(ask(patient, *lines)) == expected
    assert faults(simulate(patient, *lines)) == expected
    assert faults(ask(patient)) == {("lines", "too_short")}


def test_the_key_makes_a_repeated_devis_one_and_refuses_another(patient: Patient, soon: date) -> None:
    """M112: the same key with another body is refused."""
    first = expect(ask(patient, room(soon), key="devis-00000001"), 201)
    assert expect(ask(patient, room(soon), key="devis-00000001"), 201) == first
    problem = expect(ask(patient, room(soon, expense_cents=9000), key="devis-00000001"), 409)
    assert problem["code"] == "key_reused"


def test_a_devis_of_another_member_does_not_exist(patient: Patient, connected_patient: Patient, soon: date) -> None:
    """M63: neither read nor downloaded by anybody else; a claim is no devis."""
    found = estimated(patient, room(soon))
    path = f"/member/estimates/{found['request']['request_id']}"
    for one in (path, f"{path}/document"):
        assert connected_patient.member.call("GET", one).status_code == 404
    claim = patient.opened(room(soon - 12 * DAY))
    assert patient.member.call("GET", f"/member/estimates/{claim['request_id']}").status_code == 404


def test_a_member_without_health_cover_has_no_estimate(employer: Employer) -> None:
    """A3, M39: santé functions do not exist for a prévoyance member."""
    member = employer.member(contracts=[employer.provident["number"]], dependants=[])
    asked = {"beneficiary_id": "x", "form": "other", "lines": [osteopathy(employer.portal.today())]}
    assert member.call("POST", "/member/simulations", json=asked).status_code == 404
    headers = {"Idempotency-Key": "devis-prev-0001"}
    assert member.call("POST", "/member/estimates", json=asked, headers=headers).status_code == 404


def test_an_estimate_expires_after_ninety_days(patient: Patient, soon: date) -> None:
    """Dossier 10: ESTIMATE_READY → EXPIRED; the ninetieth day still counts, a missed run is made up for."""
    found = estimated(patient, room(soon))
    with later(days=90):
        patient.portal.run_schedule("close-claims")
        assert read(patient.at_present(), found)["request"]["state"] == "ESTIMATE_READY"
    with later(days=93):
        present = patient.at_present()
        assert read(present, found)["expired"] is True
        for _ in range(2):
            patient.portal.run_schedule("close-claims")
        request = read(present, found)["request"]
        assert (request["state"], request["state_label"]) == ("EXPIRED", "Expirée")


def test_a_devis_that_never_comes_is_closed(patient: Patient, soon: date) -> None:
    """Dossier 10: sixty days, as any claim that waits for documents."""
    asked = expect(ask(patient, room(soon)), 201)
    with later(days=61):
        patient.portal.run_schedule("close-claims")
        assert read(patient.at_present(), asked)["request"]["state"] == "CLOSED"


def doubtful(patient: Patient, soon: date) -> Json:
    """A devis that the engine cannot settle: glasses without their parts."""
    found = estimated(patient, {"act": "OPT-B", "care_on": f"{soon}", "expense_cents": 43000}, form="optical")
    assert found["request"]["state"] == "IN_REVIEW", found
    return found


PARTS = [
    {"part": "frame", "item_class": "B", "expense_cents": 15000},
    {
        "part": "left_lens",
        "item_class": "B",
        "expense_cents": 14000,
        "prescription": {"sphere": "-2.00", "design": "single"},
    },
    {
        "part": "right_lens",
        "item_class": "B",
        "expense_cents": 14000,
        "prescription": {"sphere": "-2.00", "design": "single"},
    },
]


def test_what_the_engine_cannot_settle_goes_to_an_agent(patient: Patient, agent: Back, soon: date) -> None:
    """M115, M43: the agent completes the lines from the devis and answers; the member reads the estimate."""
    found = doubtful(patient, soon)
    request_id = found["request"]["request_id"]
    seen = agent.agent.get(f"/backoffice/estimates/{request_id}")
    assert seen["review_reasons"]
    path = f"/backoffice/requests/{request_id}/decision"
    accept = {"decision": "accept", "reason": "Vu le devis."}
    assert agent.agent.post(path, accept, 409)["code"] == "not_settled"
    wrong = {"corrections": [{"line": 3, "expense_cents": 1}]}
    assert faults(agent.agent.call("POST", f"/backoffice/estimates/{request_id}/corrections", json=wrong)) == {
        ("corrections[0].line", "unknown_line")
    }
    body = {"corrections": [{"line": 0, "components": PARTS}]}
    corrected = agent.agent.post(f"/backoffice/estimates/{request_id}/corrections", body, 200)
    assert corrected["lines"][0]["proposed_cents"] > 0
    agent.agent.post(path, accept, 200)
    ready = read(patient, found)
    assert ready["request"]["state"] == "ESTIMATE_READY"
    assert ready["complementary_cents"] == corrected["lines"][0]["proposed_cents"]
    assert agent.agent.post(path, accept, 409)["code"] in {"not_in_review", "not_waiting"}


def test_an_agent_refuses_a_devis_or_asks_for_another(patient: Patient, agent: Back, soon: date) -> None:
    """M115, M112: the reason is the member's to read; a new devis sets the estimate going again."""
    found = doubtful(patient, soon)
    path = f"/backoffice/requests/{found['request']['request_id']}/decision"
    asked = {"decision": "ask", "reason": "Le devis est illisible."}
    assert faults(agent.agent.call("POST", path, json=asked)) == {("documents", "missing")}
    agent.agent.post(path, asked | {"documents": ["devis"]}, 200)
    waiting = read(patient, found)["request"]
    assert (waiting["state"], waiting["reason"]) == ("PENDING_DOCUMENTS", "Le devis est illisible.")
    assert [one["kind"] for one in waiting["missing"]] == ["devis"]
    patient.send(waiting)
    assert read(patient, found)["request"]["state"] == "IN_REVIEW"
    agent.agent.post(path, {"decision": "refuse", "reason": "Ce n’est pas un devis."}, 200)
    ended = read(patient, found)["request"]
    assert (ended["state"], ended["reason"]) == ("REFUSED", "Ce n’est pas un devis.")


def test_an_estimate_is_no_claim_to_the_agents(patient: Patient, agent: Back, soon: date) -> None:
    """M115: nothing can be paid on a devis."""
    found = doubtful(patient, soon)
    request_id = found["request"]["request_id"]
    assert agent.agent.call("GET", f"/backoffice/claims/{request_id}").status_code == 404
    assert agent.decide(found["request"], "approve").status_code == 404


def test_a_repeated_job_changes_nothing(patient: Patient, soon: date, tables: Callable[[], Json]) -> None:
    """An event may come twice or late: the estimate and its document stay what they are."""
    found = estimated(patient, room(soon))
    before = tables()
    job = {"document": "estimate", "request_id": found["request"]["request_id"]}
    for _ in range(2):
        document_jobs.run(job)
    assert tables() == before
