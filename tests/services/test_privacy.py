"""An adult dependant's care lines are theirs: what the policyholder reads, and how consent is given and taken (A12).

Requirements M35, M36, M37, M38.
"""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.domain.errors import Conflict
from chalicelib.domain.privacy import (
    Choice,
    Decided,
    Sharing,
    SharingState,
    changed_since,
    choices,
    keeps_to_themselves,
)
from chalicelib.services import tokens
from tests import samples
from tests.portal import PASSWORD, Portal, User, expect
from tests.services.conftest import (
    Back,
    Employer,
    Json,
    Patient,
    consultation,
    downloaded,
    later,
    osteopathy,
    room,
    sign_in_member,
    text_of,
)
from tests.services.test_claim_forms import told_by_flow

ACT = "ostéopathie"
EXPENSE_CENTS = 61_37
ADULT = {"relationship": "enfant", "first_name": "Zoé", "last_name": "Martin", "birth_date": "2001-02-03"}


@pytest.fixture
def family(employer: Employer, yesterday: date) -> tuple[Patient, Json]:
    """A policyholder's adult child, and the décompte of a session of osteopathy that was claimed for her."""
    member = employer.member(dependants=[ADULT])
    me = member.get("/member")
    patient = Patient(employer.portal, member, me["beneficiaries"][1]["beneficiary_id"], me["numero_adherent"])
    request = patient.claim(osteopathy(yesterday, EXPENSE_CENTS))
    return patient, patient.reimbursement(request)


def invited(patient: Patient, email: str) -> str:
    """The token of the link that the adult child receives."""
    path = f"/member/consents/{patient.beneficiary_id}/invitation"
    expect(patient.member.call("POST", path, json={"email": email}), 202)
    return token_in(patient.portal, email)


def token_in(portal: Portal, email: str, *, count: int = 1) -> str:
    """The token of the latest link mailed to an address."""
    return portal.link_in(portal.mail(email, "/confidentialite#", count=count))


def decide(portal: Portal, token: str, choice: str, status: int = 200) -> Json:
    """What the adult child decides."""
    answer: Json = expect(portal.http.post("/consents/decision", json={"token": token, "choice": choice}), status)
    return answer


def hidden(patient: Patient) -> bool:
    """Whether the policyholder's list hides the only décompte."""
    [one] = patient.member.get("/member/reimbursements")["reimbursements"]
    return bool(one["hidden"])


def test_the_policyholder_reads_days_and_amounts_only(family: tuple[Patient, Json], yesterday: date) -> None:
    """A12, M35, M36, M37, M38: in the list, the detail, the totals, the décompte, the export; no filter betrays it."""
    patient, detail = family
    member = patient.member
    [one] = member.get("/member/reimbursements")["reimbursements"]
    for shown in (one, detail):
        assert (shown["hidden"], shown["care_from"], shown["complementary_cents"]) == (True, f"{yesterday}", 3000)
        assert shown["label"] == "Soins confidentiels"
        assert {shown[name] for name in ("expense_cents", "left_to_pay_cents", "payee", "state")} == {None}
    assert detail["lines"] == []
    assert detail["hidden_lines"] == [{"care_on": f"{yesterday}", "complementary_cents": 3000}]
    everything = f"{one}{detail}"
    for betrayal in (ACT, "Ostéopathie", "OST", "6137", "61,37", "medecine"):
        assert betrayal not in everything
    assert one["paid_on"] is None
    for query in ({"act": "OST"}, {"family": "medecine_douce"}, {"paid_to": "member"}, {"state": "ORDERED"}):
        assert member.get("/member/reimbursements", params=query)["reimbursements"] == []
        assert member.get("/member/reimbursement-totals", params=query)["decomptes"] == 0
    totals = member.get("/member/reimbursement-totals")
    assert (totals["decomptes"], totals["hidden"]) == (1, 1)
    assert (totals["complementary_cents"], totals["hidden_complementary_cents"]) == (0, 3000)
    assert (totals["expense_cents"], totals["left_to_pay_cents"]) == (0, 0)


def test_the_documents_keep_the_secret_too(family: tuple[Patient, Json]) -> None:
    """A12, M37: the policyholder's copy of the décompte, and the export."""
    patient, detail = family
    path = f"/member/reimbursements/{detail['reimbursement_id']}/statement"
    text = text_of(patient.member.get(path)["url"])
    assert "30,00" in text
    assert "Zoé Martin" in text
    for betrayal in (ACT, "Ostéopathie", "61,37"):
        assert betrayal not in text
    asked = patient.member.post("/member/reimbursement-exports", {"format": "csv"}, 202)
    patient.portal.settle()
    content = downloaded(patient.member.get(f"/member/reimbursement-exports/{asked['export_id']}")["url"])
    [_, row] = csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
    assert row[4:] == ["Soins confidentiels", "", "", "", "30,00", "", "", "", "", ""]


def test_the_assistant_says_no_more(family: tuple[Patient, Json]) -> None:
    """A12, M97: days and amounts."""
    patient, _ = family
    reply = patient.member.post("/member/assistant", {"question": "Quels sont mes derniers remboursements ?"}, 200)
    assert "30,00" in f"{reply['facts']}"
    assert "Ostéopathie" not in f"{reply}"


def test_why_her_claim_was_refused_is_hers_to_know(family: tuple[Patient, Json], agent: Back, yesterday: date) -> None:
    """A12, M112: the policyholder who filed it reads that it is decided, and what to send; the reason with consent."""
    patient, _ = family
    request = patient.claim(room(yesterday, nights=10, expense_cents=70000))
    assert request["state"] == "IN_REVIEW"
    expect(agent.decide(request, "refuse"), 200)
    told = patient.read(request)
    assert told["state"] == "REFUSED"
    assert "majeure" in told["reason"]
    decide(patient.portal, invited(patient, samples.email("zoe")), "agreed")
    assert patient.read(request)["reason"] == "Vu les pièces."


def planned(patient: Patient, *lines: Json, form: str = "other") -> Json:
    """A form of care to come."""
    return {"beneficiary_id": patient.beneficiary_id, "form": form, "lines": list(lines)}


def devis(patient: Patient, *lines: Json, form: str = "other") -> Json:
    """A devis that was sent, as far as it goes by itself."""
    headers = {"Idempotency-Key": tokens.new_id()}
    asked = patient.member.call("POST", "/member/estimates", json=planned(patient, *lines, form=form), headers=headers)
    request = expect(asked, 201)["request"]
    patient.send(request)
    patient.portal.settle()
    found: Json = patient.member.get(f"/member/estimates/{request['request_id']}")
    return found


def test_care_to_come_does_not_tell_what_she_had(family: tuple[Patient, Json], yesterday: date) -> None:
    """A12, M43, M64: neither her ceilings nor her purchases count, in a simulation or a devis, and it says so."""
    patient, _ = family
    for back in range(1, 3):
        patient.claim(osteopathy(yesterday - timedelta(days=back)))
    session = osteopathy(min(yesterday.replace(month=12, day=31), yesterday + timedelta(days=11)))
    simulated = patient.member.post("/member/simulations", planned(patient, session), 200)
    estimated = devis(patient, session)
    for found in (simulated, estimated):
        assert [one["complementary_cents"] for one in found["lines"]] == [3000]
        assert any("confidentiels" in one for one in found["assumptions"])
    decide(patient.portal, invited(patient, samples.email("zoe")), "agreed")
    again = patient.member.post("/member/simulations", planned(patient, session), 200)
    assert [one["complementary_cents"] for one in again["lines"]] == [0]
    assert not any("confidentiels" in one for one in again["assumptions"])


def test_an_estimate_of_the_time_she_agreed_closes_with_her_consent(
    family: tuple[Patient, Json], yesterday: date
) -> None:
    """A12, M43: its lines and its document, until she agrees again; one made without her care stays."""
    patient, _ = family
    email, day = samples.email("zoe"), yesterday + timedelta(days=11)
    before = devis(patient, osteopathy(day))
    decide(patient.portal, invited(patient, email), "agreed")
    found = devis(patient, osteopathy(day))
    path = f"/member/estimates/{found['request']['request_id']}"
    assert found["lines"]
    patient.member.get(f"{path}/document")
    decide(patient.portal, token_in(patient.portal, email, count=2), "withdrawn")
    closed = patient.member.get(path)
    assert (closed["lines"], closed["advice"], closed["complementary_cents"]) == ([], [], None)
    assert patient.member.call("GET", f"{path}/document").status_code == 404
    kept = f"/member/estimates/{before['request']['request_id']}"
    assert patient.member.get(kept)["lines"]
    patient.member.get(f"{kept}/document")


def test_why_her_devis_was_refused_is_hers_to_know(family: tuple[Patient, Json], agent: Back, yesterday: date) -> None:
    """A12, M112."""
    patient, _ = family
    glasses = {"act": "OPT-B", "care_on": f"{yesterday + timedelta(days=11)}", "expense_cents": 43000}
    request_id = devis(patient, glasses, form="optical")["request"]["request_id"]
    refusal = {"decision": "refuse", "reason": "Myopie forte."}
    agent.agent.post(f"/backoffice/requests/{request_id}/decision", refusal, 200)
    told = patient.member.get(f"/member/estimates/{request_id}")["request"]
    assert told["state"] == "REFUSED"
    assert "majeure" in told["reason"]


def test_the_form_of_a_claim_does_not_tell_what_she_had(
    family: tuple[Patient, Json], agent: Back, yesterday: date
) -> None:
    """A12, H150: what the scheme's flow or another claim paid for her is put before an agent, and not before others."""
    patient, _ = family
    care = consultation(yesterday - timedelta(days=20))
    decompte = told_by_flow(patient, care, payee="professional")
    params = {"beneficiary_id": patient.beneficiary_id, "act": "G", "care_on": care["care_on"]}
    needs = patient.member.get("/member/claims/needs", params=params)
    assert (needs["decompte"], needs["nothing_to_send"]) == (None, False)
    opened = patient.opened(care)
    assert opened["notices"] == []
    patient.send(opened)
    held = patient.read(opened)
    assert (held["state"], held["notices"]) == ("IN_REVIEW", [])
    assert any(decompte.number in one for one in agent.claim(opened)["review_reasons"])


def test_an_export_of_the_time_she_agreed_is_not_handed_out_any_more(family: tuple[Patient, Json]) -> None:
    """A12, M36, M115: the list and the archive alike; asked for anew they hold what may be read."""
    patient, _ = family
    portal, member, email = patient.portal, patient.member, samples.email("zoe")
    decide(portal, invited(patient, email), "agreed")
    with later(minutes=1):
        listed = member.post("/member/reimbursement-exports", {"format": "csv"}, 202)["export_id"]
        archive = member.post("/member/personal-data", {"password": PASSWORD}, 202)["export_id"]
        portal.settle()
        member.get(f"/member/reimbursement-exports/{listed}")
        member.post(f"/member/personal-data/{archive}/download", {"password": PASSWORD}, 200)
    with later(minutes=2):
        decide(portal, token_in(portal, email, count=2), "withdrawn")
        assert member.call("GET", f"/member/reimbursement-exports/{listed}").status_code == 404
        download = f"/member/personal-data/{archive}/download"
        assert member.call("POST", download, json={"password": PASSWORD}).status_code == 404
    with later(minutes=3):
        again = member.post("/member/reimbursement-exports", {"format": "csv"}, 202)["export_id"]
        portal.settle()
        member.get(f"/member/reimbursement-exports/{again}")


def test_what_may_be_read_changes_by_a_decision_or_by_coming_of_age() -> None:
    """A12: since a moment, not before it."""
    since, born = datetime(2026, 3, 1, 12, tzinfo=UTC), date(2008, 3, 2)
    asked = Sharing(email="z@exemple.fr", asked_at=since, link_hash="h")
    told: list[bool] = []
    for seconds in (-1, 0, 1):
        decided = asked.decided(Choice.AGREED, at=since + timedelta(seconds=seconds), next_link_hash="n")
        told.append(changed_since(date(2000, 1, 1), decided, since=since, then=date(2026, 3, 1), now=date(2026, 3, 1)))
    assert told == [False, True, True]
    for now, expected in ((date(2026, 3, 1), False), (date(2026, 3, 2), True)):
        assert changed_since(born, None, since=since, then=date(2026, 3, 1), now=now) is expected


def test_she_agrees_by_her_own_link_and_takes_it_back_by_the_next(family: tuple[Patient, Json]) -> None:
    """A12: each link serves once, each answer brings the next link, every decision keeps its date."""
    patient, detail = family
    portal, email = patient.portal, samples.email("zoe")
    token = invited(patient, email)
    question = expect(portal.http.post("/consents/question", json={"token": token}), 200)
    assert (question["first_name"], question["asked_by"]) == ("Zoé", "Léa Martin")
    assert question["choices"] == ["agreed", "refused"]
    assert "moment" in question["explanation"]
    assert hidden(patient)
    assert decide(portal, token, "agreed")["state"] == "agreed"
    assert not hidden(patient)
    shown = patient.member.get(f"/member/reimbursements/{detail['reimbursement_id']}")
    assert (shown["expense_cents"], shown["lines"][0]["act"]) == (EXPENSE_CENTS, "OST")
    path = f"/member/reimbursements/{detail['reimbursement_id']}/statement"
    assert "stéopathie" in text_of(patient.member.get(path)["url"])
    assert decide(portal, token, "withdrawn", 409)["code"] == "link_unusable"
    following = token_in(portal, email, count=2)
    assert decide(portal, following, "agreed", 409)["code"] == "already_decided"
    with later(days=400):
        assert decide(portal, following, "withdrawn")["state"] == "withdrawn"
    assert hidden(patient)
    assert "stéopathie" not in text_of(patient.member.get(path)["url"])
    [consent] = patient.member.get("/member/consents")["consents"]
    assert (consent["state"], [one["choice"] for one in consent["history"]]) == ("withdrawn", ["agreed", "withdrawn"])
    assert decide(portal, token_in(portal, email, count=3), "agreed")["state"] == "agreed"


def test_nobody_else_answers_for_her(family: tuple[Patient, Json], employer: Employer) -> None:
    """A12: not the policyholder's address, nor another dependant's, nor another address once she has answered."""
    patient, _ = family
    portal, member, email = patient.portal, patient.member, samples.email("zoe")
    path = f"/member/consents/{patient.beneficiary_id}/invitation"
    own = member.get("/member")["email"]
    [fault] = expect(member.call("POST", path, json={"email": own.upper()}), 422)["errors"]
    assert (fault["field"], fault["code"]) == ("email", "own_address")
    token = invited(patient, email)
    assert decide(portal, token, "refused")["state"] == "refused"
    assert hidden(patient)
    another = expect(member.call("POST", path, json={"email": samples.email("complice")}), 409)
    assert another["code"] == "address_decided"
    expect(member.call("POST", path, json={"email": email}), 202)
    assert decide(portal, token_in(portal, email, count=3), "agreed")["state"] == "agreed"
    assert expect(member.call("POST", path, json={"email": email}), 409)["code"] == "already_agreed"
    holder = member.get("/member")["beneficiaries"][0]["beneficiary_id"]
    stranger = employer.member()
    for who, whom in ((member, holder), (member, "none"), (stranger, patient.beneficiary_id)):
        answer = who.call("POST", f"/member/consents/{whom}/invitation", json={"email": samples.email("x")})
        assert answer.status_code == 404


def test_an_unanswered_link_lapses_and_a_newer_one_takes_its_place(family: tuple[Patient, Json]) -> None:
    """A12: thirty days; the former stops working at once."""
    patient, _ = family
    portal, email = patient.portal, samples.email("zoe")
    first = invited(patient, email)
    path = f"/member/consents/{patient.beneficiary_id}/invitation"
    expect(patient.member.call("POST", path, json={"email": email}), 202)
    second = token_in(portal, email, count=2)
    assert decide(portal, first, "agreed", 409)["code"] == "link_unusable"
    with later(days=31):
        assert decide(portal, second, "agreed", 409)["code"] == "link_unusable"
    assert decide(portal, "nonsense", "agreed", 409)["code"] == "link_unusable"
    assert decide(portal, second, "agreed")["state"] == "agreed"


def test_a_child_s_care_is_read_until_the_day_they_are_of_age(employer: Employer, yesterday: date) -> None:
    """A12: age counts on the day of reading; the care of childhood becomes theirs as well."""
    today = clock.today()
    born = today.replace(year=today.year - 18) + timedelta(days=10)
    child = ADULT | {"first_name": "Nils", "birth_date": f"{born}"}
    member = employer.member(dependants=[child])
    me = member.get("/member")
    patient = Patient(employer.portal, member, me["beneficiaries"][1]["beneficiary_id"], me["numero_adherent"])
    patient.paid(osteopathy(yesterday))
    assert not hidden(patient)
    assert member.get("/member/consents")["consents"] == []
    for days, expected in ((9, False), (10, True)):
        with later(days=days):
            again = sign_in_member(employer.portal, patient.identifier)
            [one] = again.get("/member/reimbursements")["reimbursements"]
            assert one["hidden"] is expected


def test_consents_do_not_exist_for_a_prevoyance_only_member(employer: Employer) -> None:
    """A3, M39."""
    member: User = employer.member(contracts=[employer.provident["number"]])
    assert member.call("GET", "/member/consents").status_code == 404
    answer = member.call("POST", "/member/consents/x/invitation", json={"email": samples.email("x")})
    assert answer.status_code == 404


@pytest.mark.parametrize("state", list(SharingState))
def test_only_what_changes_something_may_be_decided(state: SharingState) -> None:
    """A12: whoever agreed may withdraw; whoever has not may agree, or refuse while the question stands."""
    now = clock.now()
    past: tuple[Any, ...] = ()
    if state in {SharingState.AGREED, SharingState.REFUSED, SharingState.WITHDRAWN}:
        past = (Decided(choice=Choice(state), at=now),)
    sharing = Sharing(email="z@exemple.fr", asked_at=now, link_hash="h", decisions=past)
    if state is SharingState.NOT_ASKED:
        assert choices(state) == ()
        return
    assert sharing.state is state
    for choice in Choice:
        if choice in choices(state):
            assert sharing.decided(choice, at=now, next_link_hash="n").state == choice
        else:
            with pytest.raises(Conflict):
                sharing.decided(choice, at=now, next_link_hash="n")


def test_agreement_alone_opens_an_adult_s_care() -> None:
    """A12: asked, refused or withdrawn do not."""
    now, born = clock.now(), date(2000, 1, 1)
    asked = Sharing(email="z@exemple.fr", asked_at=now, link_hash="h")
    agreed = asked.decided(Choice.AGREED, at=now, next_link_hash="n")
    withdrawn = agreed.decided(Choice.WITHDRAWN, at=now, next_link_hash="m")
    refused = asked.decided(Choice.REFUSED, at=now, next_link_hash="n")
    found = [keeps_to_themselves(born, one, date(2026, 3, 1)) for one in (None, asked, refused, agreed, withdrawn)]
    assert found == [True, True, True, False, True]
