"""The declaration of a work stoppage in the espace RH, from its first step to the closing of the file."""

import itertools
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from chalicelib.domain.member import AffiliationState
from chalicelib.domain.money import in_euros
from chalicelib.services import work_stoppages
from chalicelib.storage import members, requests
from chalicelib.storage.transaction import Transaction
from tests import samples
from tests.portal import PASSWORD, Portal, User, expect
from tests.services.conftest import Back, Employer, Json, faults, later, refused, room, subscribe, subscription_file

_keys = itertools.count(1)

NEVER_IN_A_MAIL = ("Martin", "maladie", "Maladie", "salaire", "€")


@pytest.fixture(scope="module")
def company(portal: Portal) -> Employer:
    """A company of its own, with a prévoyance contract that has a known cover."""
    return subscribe(portal, subscription_file())


def employee(company: Employer, *numbers: str, **changes: Any) -> Json:
    """The sheet of an employee affiliated to some contracts, to the prévoyance one unless said otherwise."""
    contracts = list(numbers or (str(company.provident["number"]),))
    form = samples.enrolled_member(contracts[0], contracts=contracts, email=None, **changes)
    report = company.enrol(form)
    assert report["outcome"] == "accepted", report
    number = report["members"][0]["numero_adherent"]
    page = company.hr.get(f"{company.base}/employees", params={"limit": 100})
    return next(one for one in page["employees"] if one["numero_adherent"] == number)


@pytest.fixture
def somebody(company: Employer) -> Json:
    """An employee under the prévoyance contract, off work for the first time."""
    return employee(company)


def answers(start: date, *, days: int = 20, **changes: Any) -> Json:
    """Every answer for an illness that begins on a day."""
    return {
        "starts_on": f"{start}",
        "last_worked_on": f"{start - timedelta(days=1)}",
        "expected_end_on": f"{start + timedelta(days=days - 1)}",
        "prescriber": "medecin",
        "derogation": True,
        "hospitalised": False,
        "hired_on": "2024-02-05",
        "seasonal": False,
        "by_dsn": True,
        "gross_month_3": 290_000,
        "gross_month_2": 300_000,
        "gross_month_1": 310_000,
        "reference_gross": 3_600_000,
        "reference_net": 2_844_000,
        "subrogation": True,
    } | changes


def begin(company: Employer, person: Json, *, kind: str = "maladie", key: str = "", **changes: Any) -> httpx.Response:
    """The answer to the first step."""
    body = {"kind": kind, "contract_id": company.provident["contract_id"]} | changes
    headers = {"Idempotency-Key": key or f"stoppage-{next(_keys):06d}"}
    path = f"{company.base}/employees/{person['member_id']}/work-stoppages"
    return company.hr.call("POST", path, json=body, headers=headers)


def at(company: Employer, stoppage: Json, rest: str = "") -> str:
    """The path of a declaration."""
    return f"{company.base}/work-stoppages/{stoppage['request']['request_id']}{rest}"


def save(company: Employer, stoppage: Json, given: Json) -> httpx.Response:
    return company.hr.call("PUT", at(company, stoppage), json={"answers": given})


def drafted(company: Employer, person: Json, given: Json, **changes: Any) -> Json:
    """A draft with some answers."""
    begun = expect(begin(company, person, **changes), 201)
    found: Json = expect(save(company, begun, given), 200)
    return found


def declare(company: Employer, stoppage: Json) -> httpx.Response:
    return company.hr.call("POST", at(company, stoppage, "/declaration"))


def declared(company: Employer, person: Json, given: Json, **changes: Any) -> Json:
    """A declaration that waits for its documents."""
    found: Json = expect(declare(company, drafted(company, person, given, **changes)), 200)
    return found


def read(company: Employer, stoppage: Json) -> Json:
    company.portal.settle()
    found: Json = company.hr.get(at(company, stoppage))
    return found


def send_all(company: Employer, stoppage: Json) -> Json:
    """The declaration once a good file was sent for each document it misses."""
    request = stoppage["request"]
    company.portal.upload_all(company.hr, f"{company.base}/requests/{request['request_id']}/uploads", request)
    return read(company, stoppage)


def decide(agent: Back, stoppage: Json, decision: str, **more: Any) -> httpx.Response:
    body = {"decision": decision, "reason": "Vu les pièces."} | more
    return agent.agent.call("POST", f"/backoffice/requests/{stoppage['request']['request_id']}/decision", json=body)


def decided(agent: Back, stoppage: Json, decision: str, **more: Any) -> Json:
    found: Json = expect(decide(agent, stoppage, decision, **more), 200)["stoppage"]
    return found


def accepted(company: Employer, agent: Back, person: Json, given: Json, **changes: Any) -> Json:
    """A file that an agent accepted."""
    return decided(agent, send_all(company, declared(company, person, given, **changes)), "accept")


def follow(company: Employer, stoppage: Json, movement: str, key: str = "") -> httpx.Response:
    headers = {"Idempotency-Key": key or f"follow-{next(_keys):06d}"}
    return company.hr.call("POST", at(company, stoppage, "/follow-ups"), json={"movement": movement}, headers=headers)


def followed(company: Employer, stoppage: Json, movement: str, given: Json) -> Json:
    """A follow-up that was declared."""
    begun = expect(follow(company, stoppage, movement), 201)
    expect(save(company, begun, given), 200)
    found: Json = expect(declare(company, begun), 200)
    return found


def code(response: httpx.Response) -> str:
    """The code of a refusal by the state of things."""
    return str(expect(response, 409)["code"])


def mails(company: Employer, reference: str) -> list[Json]:
    """The mails that HR got about a declaration, oldest first."""
    company.portal.settle()
    email = company.file["administrator"]["email"]
    return [one for one in reversed(company.portal.mails(email)) if reference in one["subject"]]


def reference(stoppage: Json) -> str:
    return str(stoppage["request"]["reference"])


def test_the_form_is_data_and_branches(company: Employer) -> None:
    """H90, H91, H94: questions with their conditions; only what can come up for a movement and a kind."""
    whole = company.hr.get(f"{company.base}/work-stoppages/form")
    assert [one["contract_id"] for one in whole["contracts"]] == [company.provident["contract_id"]]
    assert {"maladie", "accident_travail", "maternite"} <= {one["code"] for one in whole["kinds"]}
    assert {one["code"] for one in whole["movements"]} == {"initial", "prolongation", "reprise", "rechute"}
    params = {"movement": "reprise", "kind": "maladie"}
    part = company.hr.get(f"{company.base}/work-stoppages/form", params=params)
    asked = [one["id"] for one in part["questions"]]
    assert asked[:2] == ["returned_on", "return_mode"]
    assert "starts_on" not in asked
    until = next(one for one in part["questions"] if one["id"] == "part_time_until")
    assert until["when"] == [{"name": "return_mode", "words": ["temps_partiel_therapeutique"]}]
    assert [one["id"] for one in part["steps"]] == ["arret", "salaire"]


def test_only_a_provident_contract_has_stoppages(company: Employer) -> None:
    """H88: a santé contract is refused in a sentence; so is one the employee is not affiliated to."""
    both = employee(company, company.health_number, str(company.provident["number"]))
    refusal = begin(company, both, contract_id=company.health["contract_id"])
    assert code(refusal) == "not_provident"
    assert refusal.json()["detail"] == "Un arrêt de travail se déclare sur un contrat de prévoyance."
    healthy = employee(company, company.health_number)
    assert faults(begin(company, healthy)) == {("contract_id", "not_affiliated")}


def test_a_draft_is_left_and_resumed(company: Employer, somebody: Json, portal: Portal) -> None:
    """H89–H91, H93, H95: questions, documents and the clock come with the answers; the tracker shows the draft."""
    today = portal.today()
    begun = expect(begin(company, somebody, key="the-same-draft"), 201)
    assert expect(begin(company, somebody, key="the-same-draft"), 201)["request"] == begun["request"]
    assert (begun["state_label"], begun["clock"], begun["answers"]) == ("Brouillon", None, {})
    assert "starts_on" in begun["unanswered"]
    start = today - timedelta(days=10)
    half = expect(save(company, begun, {"starts_on": f"{start}", "by_dsn": False}), 200)
    assert half["clock"] == {
        "starts_on": f"{start}",
        "due_on": f"{start + timedelta(days=30)}",
        "days_left": 20,
        "late": False,
        "reminders_on": [f"{start + timedelta(days=days)}" for days in (7, 20, 27)],
    }
    assert "bulletins_paie" in {one["kind"] for one in half["request"]["required"]}
    resumed = read(company, half)
    assert resumed["answers"] == {"starts_on": f"{start}", "by_dsn": False}
    assert {"starts_on", "by_dsn"} & set(resumed["unanswered"]) == set()
    tracked = company.hr.get(f"{company.base}/requests")["requests"]
    shown = next(one for one in tracked if one["request_id"] == begun["request"]["request_id"])
    assert (shown["title"], shown["member_name"]) == ("Arrêt de travail – Nouvel arrêt", "Léa Martin")
    assert shown["due_on"] == f"{start + timedelta(days=30)}"
    missing = {place for place, _ in faults(declare(company, half))}
    assert {"answers.last_worked_on", "answers.reference_gross"} <= missing
    assert read(company, half)["state"] == "DRAFT"


def test_answers_that_cannot_be_read_are_named(company: Employer, somebody: Json) -> None:
    """H91: each fault at its place, all of them together; an unknown question is one."""
    begun = expect(begin(company, somebody), 201)
    given = {"starts_on": "2026-02-30", "prescriber": "voyante", "reference_gross": -1, "diagnostic": "grippe"}
    assert {place for place, _ in faults(save(company, begun, given))} == {
        "answers.starts_on",
        "answers.prescriber",
        "answers.reference_gross",
        "answers.diagnostic",
    }
    assert read(company, begun)["answers"] == {}


def test_a_draft_can_be_given_up(company: Employer, somebody: Json, portal: Portal) -> None:
    """H95: nothing that was answered is kept; twice is once; what was declared stays."""
    draft = drafted(company, somebody, answers(portal.today() - timedelta(days=3)))
    for _ in range(2):
        expect(company.hr.call("DELETE", at(company, draft)), 204)
    gone = read(company, draft)
    assert (gone["state_label"], gone["answers"], gone["request"]["state_label"]) == (
        "Brouillon supprimé",
        {},
        "Classée sans suite",
    )
    assert code(save(company, draft, {})) == "already_declared"
    sent = declared(company, somebody, answers(portal.today() - timedelta(days=3)))
    assert code(company.hr.call("DELETE", at(company, sent))) == "already_declared"


def test_a_declaration_in_time_gets_a_number_and_a_receipt(company: Employer, somebody: Json, portal: Portal) -> None:
    """H92, H95: documents are awaited with their reasons; the receipt says nothing of the stoppage."""
    sent = declared(company, somebody, answers(portal.today() - timedelta(days=3)))
    assert (sent["state_label"], sent["late"], sent["request"]["state_label"]) == (
        "En attente de pièces",
        False,
        "En attente de vos pièces",
    )
    assert sent["number"].startswith("ARR-")
    required = [(one["kind"], one["about"]) for one in sent["request"]["missing"]]
    assert required == [("avis_arret", "salarie"), ("decomptes_ijss", "salarie"), ("rib_entreprise", "employeur")]
    assert all(one["title"] and one["reason"] for one in sent["request"]["missing"])
    [receipt] = mails(company, reference(sent))
    assert sent["number"] in receipt["text"]
    assert not [word for word in NEVER_IN_A_MAIL if word in receipt["subject"] + receipt["text"]]
    assert code(declare(company, sent)) == "already_declared"
    assert len(mails(company, reference(sent))) == 1


@pytest.mark.parametrize(("days", "late"), [(30, False), (31, True)])
def test_the_thirtieth_day_is_in_time(company: Employer, somebody: Json, portal: Portal, days: int, late: bool) -> None:
    """H92, H93, A5: a late declaration is accepted with its reason, and flagged."""
    draft = drafted(company, somebody, answers(portal.today() - timedelta(days=days)))
    assert (draft["clock"]["days_left"], draft["late"]) == (30 - days, late)
    if late:
        assert {place for place, _ in faults(declare(company, draft))} == {"answers.late_reason"}
        assert "late_reason" in draft["unanswered"]
        given = draft["answers"] | {"late_reason": "Avis reçu hors délai."}
        expect(save(company, draft, given), 200)
    sent = expect(declare(company, draft), 200)
    assert sent["late"] is late
    assert sent["events"][0]["event"] == ("declared_late" if late else "declared")
    assert sent["events"][0]["reason"] == ("Avis reçu hors délai." if late else None)


def test_a_stoppage_outside_the_cover_is_refused(company: Employer, portal: Portal) -> None:
    """H88, H89: the employee must be affiliated on the first day."""
    newcomer = employee(company, starts_on=f"{portal.today() - timedelta(days=5)}")
    draft = drafted(company, newcomer, answers(portal.today() - timedelta(days=6)))
    assert ("answers.starts_on", "not_covered") in faults(declare(company, draft))


def test_a_stoppage_is_declared_after_the_employee_has_left(company: Employer, somebody: Json, portal: Portal) -> None:
    """H88, A5: it began while the contract covered; one that begins afterwards is not covered."""
    member = members.get(somebody["member_id"])
    assert member is not None
    last_day = portal.today() - timedelta(days=10)
    [held] = member.affiliations
    gone = replace(held, state=AffiliationState.TERMINATED, ends_on=last_day)
    with Transaction() as transaction:
        members.save(transaction, replace(member, affiliations=(gone,)))
    assert declared(company, somebody, answers(last_day))["number"]
    after = drafted(company, somebody, answers(last_day + timedelta(days=1)))
    assert ("answers.starts_on", "not_covered") in faults(declare(company, after))


def test_the_same_stoppage_is_declared_once(company: Employer, somebody: Json, agent: Back, portal: Portal) -> None:
    """H92: also from two drafts; after a refusal it may be declared again."""
    given = answers(portal.today() - timedelta(days=4))
    sent = declared(company, somebody, given)
    again = drafted(company, somebody, given | {"expected_end_on": f"{portal.today()}"})
    refusal = declare(company, again)
    assert code(refusal) == "already_declared"
    assert sent["number"] in refusal.json()["detail"]
    decided(agent, sent, "refuse", reason="Le volet 3 est celui d’une autre personne.")
    second = expect(declare(company, again), 200)
    assert second["number"] == f"{sent['number']}-2"
    third = drafted(company, somebody, given)
    assert code(declare(company, third)) == "already_declared"


def test_days_of_an_open_file_are_not_declared_again(
    company: Employer, somebody: Json, agent: Back, portal: Portal
) -> None:
    """H92, H95: two franchises never run at once; a refused file, or one whose stoppage is over, is in nobody's way."""
    start = portal.today() - timedelta(days=20)
    sent = declared(company, somebody, answers(start, days=15))
    within = drafted(company, somebody, answers(start + timedelta(days=4), days=40))
    refusal = declare(company, within)
    assert faults(refusal) == {("answers.starts_on", "overlaps")}
    [fault] = refusal.json()["errors"]
    assert sent["number"] in fault["detail"]
    assert f"du {start:%d/%m/%Y} au {start + timedelta(days=14):%d/%m/%Y}" in fault["detail"]
    around = drafted(company, somebody, answers(start - timedelta(days=4), days=40))
    assert faults(declare(company, around)) == {("answers.starts_on", "overlaps")}
    after = declared(company, somebody, answers(start + timedelta(days=15), days=5))
    assert after["number"] != sent["number"]
    decided(agent, after, "refuse")
    decided(agent, sent, "refuse")
    assert expect(declare(company, within), 200)["number"] not in {sent["number"], after["number"]}


def test_documents_come_one_by_one_then_an_agent_decides(
    company: Employer, somebody: Json, agent: Back, portal: Portal
) -> None:
    """H95: receipts, the agents' queue, the decision, its mail; and the file closes once the employee is back."""
    sent = declared(company, somebody, answers(portal.today() - timedelta(days=10)))
    request = sent["request"]
    path = f"{company.base}/requests/{request['request_id']}/uploads"
    for required in request["missing"][:2]:
        portal.upload(company.hr, path, required, samples.pdf())
    waiting = read(company, sent)
    assert [one["kind"] for one in waiting["request"]["missing"]] == ["rib_entreprise"]
    assert code(decide(agent, sent, "accept")) == "not_in_review"
    whole = send_all(company, waiting)
    assert (whole["state"], whole["request"]["state"]) == ("COMPLETE", "IN_REVIEW")
    assert all(one["sha256"] for one in whole["request"]["attachments"])
    queue = agent.agent.get("/backoffice/queue")["requests"]
    assert request["request_id"] in {one["request_id"] for one in queue}
    document_id = whole["request"]["attachments"][0]["document_id"]
    link = agent.agent.get(f"/backoffice/requests/{request['request_id']}/documents/{document_id}")["url"]
    assert f"pieces/{request['request_id']}" in link
    file = decided(agent, sent, "accept")
    assert (file["state_label"], file["request"]["state_label"]) == ("En franchise", "Acceptée")
    assert file["events"][-1]["event"] == "accepted"
    assert code(decide(agent, sent, "accept")) == "not_in_review"
    assert [one["subject"] for one in mails(company, reference(sent))][-1].endswith("a été examinée")
    back = followed(company, file, "reprise", {"returned_on": f"{portal.today()}", "return_mode": "temps_plein"})
    assert (back["number"], back["state"], back["request"]["state"]) == (file["number"], "COMPLETE", "IN_REVIEW")
    assert decided(agent, back, "accept")["state_label"] == "Rattaché à son dossier"
    resumed = read(company, file)
    assert (resumed["state"], [one["movement"] for one in resumed["follow_ups"]]) == ("RESUMED", ["reprise"])
    closed = decided(agent, file, "close", reason="Reprise constatée.")
    assert (closed["state_label"], closed["request"]["state_label"]) == ("Clos", "Acceptée")
    assert code(follow(company, file, "prolongation")) == "invalid_transition"


def test_an_agent_asks_for_documents_or_refuses(company: Employer, somebody: Json, agent: Back, portal: Portal) -> None:
    """H95: what is asked again no longer counts as sent; a reason is always given, and only what exists is asked."""
    whole = send_all(company, declared(company, somebody, answers(portal.today() - timedelta(days=10))))
    assert faults(decide(agent, whole, "ask")) == {("documents", "missing")}
    assert faults(decide(agent, whole, "ask", documents=["facture_acquittee"])) == {
        ("documents[0]", "unknown_document")
    }
    asked = decided(agent, whole, "ask", reason="Illisible.", documents=["avis_arret", "avis_imposition"])
    assert (asked["state"], asked["request"]["state"], asked["request"]["reason"]) == (
        "INCOMPLETE",
        "PENDING_DOCUMENTS",
        "Illisible.",
    )
    assert [one["kind"] for one in asked["request"]["missing"]] == ["avis_arret", "avis_imposition"]
    assert mails(company, reference(whole))[-1]["subject"].endswith("il nous manque un document")
    again = send_all(company, asked)
    assert again["state"] == "COMPLETE"
    gone = decided(agent, again, "refuse", reason="Arrêt d’un autre salarié.")
    assert (gone["state"], gone["request"]["state"], gone["request"]["reason"]) == (
        "REJECTED",
        "REFUSED",
        "Arrêt d’un autre salarié.",
    )
    assert code(decide(agent, whole, "ask", documents=["avis_arret"])) == "invalid_transition"


def test_a_refused_file_is_mailed_to_whoever_opened_the_declaration(
    company: Employer, somebody: Json, portal: Portal
) -> None:
    """H95: the user of the company is told, never the employee; not even the kind of document is in the mail."""
    sent = declared(company, somebody, answers(portal.today() - timedelta(days=3)))
    request = sent["request"]
    path = f"{company.base}/requests/{request['request_id']}/uploads"
    portal.upload(company.hr, path, request["missing"][0], b"not a pdf")
    waiting = read(company, sent)
    assert [one["state"] for one in waiting["request"]["attachments"]] == ["REFUSED"]
    assert waiting["request"]["attachments"][0]["refusal"]
    mail = mails(company, reference(sent))[-1]
    assert "un document est à renvoyer" in mail["subject"]
    assert "arrêt" not in mail["subject"] + mail["text"]
    assert not [word for word in NEVER_IN_A_MAIL if word in mail["subject"] + mail["text"]]


def test_what_follows_a_stoppage(company: Employer, somebody: Json, agent: Back, portal: Portal) -> None:
    """H91, H95: a prolongation agrees with the stoppage so far and lengthens it; a refused one no longer counts."""
    start = portal.today() - timedelta(days=60)
    late = {"late_reason": "Dossier repris d’un autre établissement."}
    file = accepted(company, agent, somebody, answers(start, days=50) | late)
    assert file["state_label"] == "En cours d’indemnisation"
    until = start + timedelta(days=69)
    more = {"extended_from": f"{start + timedelta(days=50)}", "expected_end_on": f"{until}", "prescriber": "medecin"}
    begun = expect(follow(company, file, "prolongation", key="one-prolongation"), 201)
    assert expect(follow(company, file, "prolongation", key="one-prolongation"), 201)["request"] == begun["request"]
    expect(save(company, begun, more | {"extended_from": f"{start + timedelta(days=53)}"}), 200)
    assert ("answers.extended_from", "interrupted") in faults(declare(company, begun))
    expect(save(company, begun, more), 200)
    sent = expect(declare(company, begun), 200)
    assert read(company, file)["state"] == "EXTENDED"
    days = company.hr.get(at(company, file, "/estimate"))["segments"][-1]["ends_on"]
    assert days == f"{until}"
    twice = expect(follow(company, file, "prolongation"), 201)
    expect(save(company, twice, more), 200)
    assert code(declare(company, twice)) == "already_declared"
    decided(agent, send_all(company, sent), "refuse", reason="Avis illisible.")
    shorter = read(company, file)
    assert (shorter["state"], shorter["follow_ups"]) == ("PAYING", [])
    assert expect(declare(company, twice), 200)["number"] == file["number"]
    assert faults(follow(company, file, "initial")) == {("movement", "opening")}


def test_a_relapse_reopens_a_closed_file(company: Employer, somebody: Json, agent: Back, portal: Portal) -> None:
    """H95: it is a stoppage of its own under the same number."""
    start = portal.today() - timedelta(days=25)
    file = accepted(company, agent, somebody, answers(start, days=5))
    back = {"returned_on": f"{start + timedelta(days=5)}", "return_mode": "temps_plein"}
    decided(agent, followed(company, file, "reprise", back), "accept")
    assert code(follow(company, file, "rechute")) == "invalid_transition"
    decided(agent, file, "close")
    again = answers(start + timedelta(days=10), days=10)
    relapse = followed(company, file, "rechute", again)
    assert (read(company, file)["state"], relapse["number"]) == ("RELAPSE", file["number"])
    decided(agent, send_all(company, relapse), "accept")
    assert read(company, file)["state"] == "IN_FRANCHISE"
    estimate = company.hr.get(at(company, relapse, "/estimate"))
    assert estimate["segments"][0]["starts_on"] == f"{start + timedelta(days=10)}"


def test_a_kind_that_the_contract_does_not_cover_is_not_accepted(
    company: Employer, somebody: Json, agent: Back, portal: Portal
) -> None:
    leave = answers(portal.today() - timedelta(days=2), arrived_on=f"{portal.today() - timedelta(days=2)}")
    leave = {name: value for name, value in leave.items() if name not in {"prescriber", "hospitalised"}}
    sent = declared(company, somebody, leave, kind="paternite")
    assert code(decide(agent, send_all(company, sent), "accept")) == "not_covered"


def test_the_complement_is_explained_step_by_step(company: Employer, somebody: Json, portal: Portal) -> None:
    """H95: allowance, franchise, limits and complement, in sentences; the days add up to the totals."""
    start = portal.today() - timedelta(days=20)
    draft = drafted(company, somebody, {"starts_on": f"{start}"})
    path = at(company, draft, "/estimate")
    assert code(company.hr.call("GET", path)) == "answers_missing"
    expect(save(company, draft, answers(start, days=45)), 200)
    estimate = company.hr.get(path)
    assert sum(one["days"] for one in estimate["segments"]) == 45
    for name in ("statutory_cents", "employer_cents", "complement_cents"):
        assert estimate[name] == sum(one["days"] * one[name] for one in estimate["segments"])
    assert estimate["complement_cents"] > 0
    first, last = estimate["segments"][0], estimate["segments"][-1]
    assert (first["complement_cents"], "franchise" in first["unpaid"], last["unpaid"]) == (0, True, None)
    assert last["statutory_cents"] + last["employer_cents"] + last["complement_cents"] <= last["most_cents"]
    assert {"franchise", "objectif_annuel", "complement"} <= {one["rule"] for one in estimate["steps"]}
    assert all(one["sentence"] and one["source"] for one in estimate["steps"])
    assert estimate["law"]
    ancient = drafted(company, somebody, answers(date(2016, 5, 2)) | {"late_reason": "x", "hired_on": "2010-01-04"})
    assert code(company.hr.call("GET", at(company, ancient, "/estimate"))) == "law_unknown"


def test_without_a_known_cover_nothing_is_estimated(portal: Portal, agent: Back) -> None:
    """H88: the declaration goes its way all the same."""
    file = subscription_file()
    del file["contracts"][1]["stoppage_cover"]
    company = subscribe(portal, file)
    sent = declared(company, employee(company), answers(portal.today() - timedelta(days=3)))
    assert code(company.hr.call("GET", at(company, sent, "/estimate"))) == "no_cover"
    assert decided(agent, send_all(company, sent), "accept")["state_label"] == "Indemnisable"
    day = f"{portal.today() - timedelta(days=1)}"
    paid = {"kind": "complement", "first_day": day, "last_day": day, "amount_cents": 5_000, "paid_on": day}
    assert expect(recorded(agent, sent, paid), 201)["stoppage"]["state"] == "PAYING"


def test_a_cover_is_checked_with_its_subscription(portal: Portal) -> None:
    """H88: every fault at its place; a santé contract has none."""
    file = subscription_file()
    cover = file["contracts"][1]["stoppage_cover"]
    cover["tranches"] = [{"up_to_pass": 4, "percent": "80"}, {"up_to_pass": 1, "percent": "60"}]
    cover["franchises"].append({"stoppages": ["maladie"], "kind": "continue", "days": 5})
    file["contracts"][0]["stoppage_cover"] = samples.provident_contract()["stoppage_cover"]
    assert refused(portal.drop(f"{file['reference']}.json", file)) == {
        ("contracts[0].stoppage_cover", "not_provident"),
        ("contracts[1].stoppage_cover.tranches", "invalid"),
        ("contracts[1].stoppage_cover.franchises", "invalid"),
    }


def test_drafts_are_recalled_once_at_each_time(company: Employer, somebody: Json, portal: Portal) -> None:
    """H93: after 7, 20 and 27 days, then that it is late; also when the job runs twice, or not for days."""
    draft = drafted(company, somebody, {"starts_on": f"{portal.today()}"})
    counts = {}
    for days in (6, 7, 8, 21, 22, 28, 30, 31, 33):
        with later(days=days):
            for _ in range(2):
                portal.run_schedule("close-claims")
            counts[days] = len(mails(company, reference(draft)))
    assert counts == {6: 0, 7: 1, 8: 1, 21: 2, 22: 2, 28: 3, 30: 3, 31: 4, 33: 4}
    subjects = [one["subject"] for one in mails(company, reference(draft))]
    assert ["est à envoyer au plus tard le" in one for one in subjects] == [True] * 3 + [False]
    assert "Le délai" in subjects[-1]
    for mail in mails(company, reference(draft)):
        assert not [word for word in NEVER_IN_A_MAIL if word in mail["subject"] + mail["text"]]
    flagged = read(company, draft)
    assert (flagged["state"], flagged["late"]) == ("DRAFT", True)
    assert [one["event"] for one in flagged["events"]] == ["recalled"] * 3 + ["overdue"]


def test_no_recall_once_declared_or_given_up(company: Employer, somebody: Json, portal: Portal) -> None:
    """H93."""
    sent = declared(company, somebody, answers(portal.today()))
    gone = drafted(company, somebody, {"starts_on": f"{portal.today()}"})
    expect(company.hr.call("DELETE", at(company, gone)), 204)
    with later(days=90):
        portal.run_schedule("close-claims")
        assert len(mails(company, reference(sent))) == 1
        assert mails(company, reference(gone)) == []
    assert read(company, sent)["request"]["state"] == "PENDING_DOCUMENTS"


def test_a_user_who_left_is_not_recalled(company: Employer, somebody: Json, portal: Portal) -> None:
    """H93, H127: the recall counts as made; nothing goes to somebody who may no longer see it."""
    email = samples.email("partante")
    user = company.hr.post(
        f"{company.base}/users",
        {"display_name": "Zoé Riou", "role": "manager", "company_ids": [company.company_id], "email": email},
    )
    portal.choose_password(email)
    colleague = portal.sign_in("employer", {"email": email, "password": PASSWORD})
    path = f"{company.base}/employees/{somebody['member_id']}/work-stoppages"
    body = {"kind": "maladie", "contract_id": company.provident["contract_id"]}
    draft = colleague.post(path, body, headers={"Idempotency-Key": "a-draft-left-behind"})
    expect(company.hr.call("POST", f"{company.base}/users/{user['account_id']}/suspension"), 200)
    with later(days=8):
        portal.run_schedule("close-claims")
        assert not [one for one in portal.mails(email) if "brouillon" in one["subject"]]
    assert [one["event"] for one in read(company, draft)["events"]] == ["recalled"]


def test_a_file_that_arrives_twice_counts_once(company: Employer, somebody: Json, portal: Portal) -> None:
    """H95: an event delivered again changes nothing."""
    whole = send_all(company, declared(company, somebody, answers(portal.today() - timedelta(days=3))))
    stored = requests.get(whole["request"]["request_id"])
    assert stored is not None
    work_stoppages.progress(stored)
    work_stoppages.progress(stored)
    assert requests.get(whole["request"]["request_id"]) == stored


def test_other_companies_and_roles_get_nowhere(
    company: Employer, other_employer: Employer, somebody: Json, agent: Back, portal: Portal
) -> None:
    """H121, H122: an id of another company looks as if it did not exist; a reader reads only."""
    sent = declared(company, somebody, answers(portal.today() - timedelta(days=3)))
    elsewhere = at(other_employer, sent)
    for method, path, body in (
        ("GET", elsewhere, None),
        ("PUT", elsewhere, {"answers": {}}),
        ("DELETE", elsewhere, None),
        ("POST", f"{elsewhere}/declaration", None),
        ("GET", f"{elsewhere}/estimate", None),
        ("POST", f"{elsewhere}/follow-ups", {"movement": "prolongation"}),
    ):
        headers = {"Idempotency-Key": "somebody-elses"}
        assert other_employer.hr.call(method, path, json=body, headers=headers).status_code == 404, path
    assert begin(other_employer, somebody).status_code == 404
    stranger = employee(other_employer)
    assert begin(company, stranger).status_code == 404
    reader = reader_of(company)
    assert reader.get(at(company, sent))["number"] == sent["number"]
    assert reader.call("PUT", at(company, sent), json={"answers": {}}).status_code == 403
    assert reader.call("POST", at(company, sent, "/declaration")).status_code == 403
    draft = drafted(company, somebody, {})
    request_id = draft["request"]["request_id"]
    assert agent.agent.call("GET", f"/backoffice/requests/{request_id}").status_code == 404


def reader_of(company: Employer) -> User:
    """A user who may only read."""
    email = samples.email("lecture")
    form = {"display_name": "Yann Morvan", "role": "reader", "company_ids": [company.company_id], "email": email}
    company.hr.post(f"{company.base}/users", form)
    company.portal.choose_password(email)
    return company.portal.sign_in("employer", {"email": email, "password": PASSWORD})


def test_a_claim_is_no_demarche_for_this_queue(company: Employer, patient: Any, agent: Back, yesterday: date) -> None:
    """M115: claims keep their own queue and decisions."""
    claim = patient.opened(room(yesterday))
    assert agent.agent.call("GET", f"/backoffice/requests/{claim['request_id']}").status_code == 404
    assert company.hr.call("GET", f"{company.base}/work-stoppages/{claim['request_id']}").status_code == 404


def recorded(agent: Back, stoppage: Json, payment: Json, key: str = "") -> httpx.Response:
    """The answer to an agent who records a payment."""
    path = f"/backoffice/requests/{stoppage['request']['request_id']}/payments"
    headers = {"Idempotency-Key": key or f"payment-{next(_keys):06d}"}
    return agent.agent.call("POST", path, json=payment, headers=headers)


def test_allowances_and_complements_are_recorded_until_the_file_is_closed(
    company: Employer, somebody: Json, agent: Back, portal: Portal
) -> None:
    """H95, M115: what the statements say is taken instead of what was computed; no day is recorded twice."""
    start = portal.today() - timedelta(days=60)
    late = {"late_reason": "Dossier repris d’un autre établissement."}
    file = accepted(company, agent, somebody, answers(start, days=50) | late)
    days = {"first_day": f"{start + timedelta(days=40)}", "last_day": f"{start + timedelta(days=49)}"}
    ijss = days | {"kind": "ijss", "amount_cents": 12_340, "paid_on": f"{portal.today()}"}
    first = expect(recorded(agent, file, ijss, key="one-statement"), 201)["stoppage"]
    again = expect(recorded(agent, file, ijss, key="one-statement"), 201)["stoppage"]
    assert again["events"] == first["events"]
    assert [one["event"] for one in first["events"]][-1] == "allowances_received"
    assert code(recorded(agent, file, ijss)) == "already_recorded"
    segments = company.hr.get(at(company, file, "/estimate"))["segments"]
    assert segments[-1]["statutory_cents"] == 1234
    paid = expect(recorded(agent, file, ijss | {"kind": "complement"}), 201)["stoppage"]
    assert (paid["state"], paid["events"][-1]["event"]) == ("PAYING", "complement_paid")
    beyond = ijss | {"last_day": f"{start + timedelta(days=50)}"}
    assert faults(recorded(agent, file, beyond)) == {("last_day", "outside_stoppage")}
    back = {"returned_on": f"{start + timedelta(days=50)}", "return_mode": "temps_plein"}
    decided(agent, followed(company, file, "reprise", back), "accept")
    assert decided(agent, file, "close")["state"] == "CLOSED"
    first_day = ijss | {"first_day": f"{start}", "last_day": f"{start}"}
    assert code(recorded(agent, file, first_day)) == "not_indemnified"


def test_a_complement_stays_within_the_estimate(company: Employer, somebody: Json, agent: Back, portal: Portal) -> None:
    """H95, M115: not for the days of the franchise, and never more than the estimate gives for these days."""
    start = portal.today() - timedelta(days=60)
    late = {"late_reason": "Dossier repris d’un autre établissement."}
    file = accepted(company, agent, somebody, answers(start, days=50) | late)
    segments = company.hr.get(at(company, file, "/estimate"))["segments"]
    most = sum(one["days"] * one["complement_cents"] for one in segments)
    paid_from = next(one["starts_on"] for one in segments if "franchise" not in (one["unpaid"] or ""))
    first = date.fromisoformat(paid_from)

    def complement(begins: date, amount_cents: int) -> httpx.Response:
        days = {"first_day": f"{begins}", "last_day": f"{start + timedelta(days=49)}"}
        paid = {"kind": "complement", "amount_cents": amount_cents, "paid_on": f"{portal.today()}"}
        return recorded(agent, file, days | paid)

    early = complement(first - timedelta(days=1), 5_000_000)
    assert faults(early) == {("first_day", "in_franchise"), ("amount_cents", "over_estimate")}
    assert f"à partir du {first:%d/%m/%Y}" in early.json()["errors"][0]["detail"]
    over = complement(first, most + 1)
    assert faults(over) == {("amount_cents", "over_estimate")}
    assert in_euros(most) in over.json()["errors"][0]["detail"]
    paid = expect(complement(first, most), 201)["stoppage"]
    assert paid["state"] == "PAYING"


def test_nothing_is_recorded_on_what_is_no_accepted_file(
    company: Employer, somebody: Json, agent: Back, portal: Portal
) -> None:
    """H95: a declaration in its franchise or waiting for documents; a draft and an unknown one are not there."""
    start = portal.today() - timedelta(days=4)
    sent = declared(company, somebody, answers(start))
    payment = {
        "kind": "ijss",
        "first_day": f"{start}",
        "last_day": f"{start}",
        "amount_cents": 100,
        "paid_on": f"{start}",
    }
    assert code(recorded(agent, sent, payment)) == "not_indemnified"
    draft = drafted(company, somebody, answers(start))
    assert recorded(agent, draft, payment).status_code == 404
    assert recorded(agent, {"request": {"request_id": "none"}}, payment).status_code == 404
    backwards = payment | {"last_day": f"{start - timedelta(days=1)}"}
    assert recorded(agent, sent, backwards).status_code == 422


def test_the_tracker_is_narrowed_to_a_kind(company: Employer, somebody: Json, portal: Portal) -> None:
    """H95: its pages hold everything of that kind, once, whatever else is in between."""
    drafted(company, somebody, answers(portal.today() - timedelta(days=2)))
    whole = company.hr.get(f"{company.base}/requests", params={"limit": 100})["requests"]
    found: list[str] = []
    before = None
    while True:
        params = {"kind": "work_stoppage", "limit": 2} | ({"before": before} if before else {})
        page = company.hr.get(f"{company.base}/requests", params=params)
        found += [one["request_id"] for one in page["requests"]]
        before = page["next"]
        if before is None:
            break
    assert found == [one["request_id"] for one in whole if one["kind"] == "work_stoppage"]
    none = company.hr.get(f"{company.base}/requests", params={"kind": "departure", "limit": 2})
    assert none["requests"] == []
    assert company.hr.call("GET", f"{company.base}/requests", params={"kind": "x"}).status_code == 422
