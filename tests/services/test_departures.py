"""HR declares that an employee leaves: shown, recorded, in effect, kept in portability, offered loi Évin.

Requirements H76, H77, H78, H79, H80.
"""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from pypdf import PdfReader

from chalicelib import clock
from chalicelib.domain.acts import Form
from chalicelib.domain.claim import Claim, ClaimLine
from chalicelib.domain.member import AffiliationState, Member
from chalicelib.services import portability
from chalicelib.services.settling import Cover, cover_of
from chalicelib.storage import identities, members
from chalicelib.storage.identities import Identity
from tests import samples
from tests.portal import PASSWORD, User, expect
from tests.services.conftest import (
    Employer,
    Json,
    Patient,
    downloaded,
    faults,
    later,
    open_member_space,
    room,
    text_of,
)

DAY = timedelta(days=1)
CHILD = {"relationship": "enfant", "first_name": "Inès", "last_name": "Martin", "birth_date": "2015-02-03"}


@dataclass(frozen=True, kw_only=True)
class Leaver:
    """An employee of a company, with a child, and their own session."""

    employer: Employer
    member_id: str
    number: str
    form: Json

    @property
    def path(self) -> str:
        """The path of the employee's sheet."""
        return f"{self.employer.base}/employees/{self.member_id}"

    @property
    def departure(self) -> str:
        """The path of the departure."""
        return f"{self.path}/departure"

    def declare(self, leaving_on: date, *, method: str = "POST", path: str = "", **changes: Any) -> Any:
        """The answer to a declaration."""
        body = {"reason": "rupture_conventionnelle", "contract_started_on": "2024-01-01"} | changes
        return hr_of(self.employer).call(method, path or self.departure, json=body | {"leaving_on": f"{leaving_on}"})

    @property
    def stored(self) -> Member:
        """What the portal keeps."""
        member = members.get(self.member_id)
        assert member is not None
        return member

    def covered(self, day: date) -> list[bool]:
        """Whether each person is covered for care on a day."""
        member = self.stored
        return [
            isinstance(cover_of(claim_on(day, one.beneficiary_id), member, claimed_on=day), Cover)
            for one in member.beneficiaries
        ]

    def space(self) -> User:
        """The employee's own session."""
        return open_member_space(self.employer.portal, self.number, self.form)


def claim_on(day: date, beneficiary_id: str) -> Claim:
    """A claim for one act of care on a day."""
    line = ClaimLine(act="CP", care_on=day, expense_cents=80_00)
    return Claim(beneficiary_id=beneficiary_id, beneficiary_name="", form=Form.OTHER, lines=(line,))


def hr_of(employer: Employer) -> User:
    """The administrator, in a session that is still open."""
    if employer.hr.call("GET", "/employer/profile").status_code == 200:
        return employer.hr
    email = employer.file["administrator"]["email"]
    return employer.portal.sign_in("employer", {"email": email, "password": PASSWORD})


def leaver_of(employer: Employer, *contracts: str, **changes: Any) -> Leaver:
    """An employee affiliated since 2024, to the santé contract unless told."""
    numbers = list(contracts) or [employer.health_number]
    people = [CHILD] if employer.health_number in numbers else []
    form = samples.enrolled_member(numbers[0], **{"contracts": numbers, "dependants": people} | changes)
    report = employer.enrol(form)
    assert report["outcome"] == "accepted", report
    number = report["members"][0]["numero_adherent"]
    employer.portal.settle()
    member_id = identities.find(Identity.MEMBER_NUMBER, number)
    assert member_id is not None
    return Leaver(employer=employer, member_id=member_id, number=number, form=form)


@pytest.fixture
def leaver(employer: Employer) -> Leaver:
    return leaver_of(employer)


@contextmanager
def at(day: date, hour: time = time(12)) -> Iterator[None]:
    """That moment in Paris."""
    moment = datetime.combine(day, hour, clock.PARIS)
    with later(seconds=(moment - clock.now()).total_seconds()):
        yield


def nightly(employer: Employer, times: int = 1) -> None:
    """The night's task, so many times."""
    for _ in range(times):
        employer.portal.run_schedule("follow-departures")
    employer.portal.settle()


def test_what_follows_is_shown_before_anything_is_recorded(leaver: Leaver) -> None:
    """H77, H78, H79, H80: the reminder, portability with its days, loi Évin, the card's end."""
    today = leaver.employer.portal.today()
    last = today + 10 * DAY
    path = f"{leaver.departure}/preview"
    started = f"{last - 100 * DAY}"
    shown = expect(leaver.declare(last, path=path, contract_started_on=started), 200)
    assert "L911-8" in shown["reminder"]
    assert (shown["portability"], shown["because"], shown["months"]) == (True, None, 4)
    assert (shown["covered_until"], shown["card_valid_to"]) == (f"{last}", f"{last}")
    assert shown["kept_from"] == f"{last + DAY}"
    assert shown["evin"] == "prive_d_emploi"
    assert len(shown["ends_with"]) == 7
    plain = expect(leaver.declare(last, path=path, reason="demission"), 200)
    assert (plain["portability"], plain["kept_until"], plain["months"], plain["evin"]) == (False, None, 0, None)
    assert "démission" in plain["because"]
    assert plain["reminder"] == shown["reminder"]
    assert leaver.stored.departure is None
    assert hr_of(leaver.employer).call("GET", leaver.departure).status_code == 404


def test_a_departure_shows_at_once_and_everywhere(leaver: Leaver) -> None:
    """H76, H78, H80: the sheet, the tracker, the card, the mail to the leaver."""
    portal = leaver.employer.portal
    last = portal.today() + 10 * DAY
    told = expect(leaver.declare(last), 201)
    assert (told["state_label"], told["reason_label"]) == ("Radiation programmée", "Rupture conventionnelle")
    assert (told["portability"]["state"], told["portability"]["months"]) == ("PROOF_PENDING", 12)
    portal.settle()
    hr = hr_of(leaver.employer)
    sheet = hr.get(leaver.path)
    assert sheet["state_label"] == "Radiation programmée"
    assert {one["ends_on"] for one in sheet["affiliations"]} == {f"{last}"}
    assert {one["covered_to"] for one in sheet["beneficiaries"]} == {f"{last}"}
    listed = hr.get(f"{leaver.employer.base}/requests/{told['request_id']}")
    assert (listed["kind"], listed["state"]) == ("departure", "SCHEDULED")
    assert leaver.stored.card_valid_to == min(last, date(portal.today().year, 12, 31))
    assert "portabilité" in portal.mail(leaver.form["email"], "France Travail")
    assert expect(leaver.declare(last), 409)["code"] == "already_leaving"


def test_the_letter_says_the_rights_and_never_the_reason(leaver: Leaver) -> None:
    """H77: a tagged PDF, from the employee's sheet."""
    last = leaver.employer.portal.today() + 10 * DAY
    told = expect(leaver.declare(last, reason="faute_grave"), 201)
    leaver.employer.portal.settle()
    [document] = told["documents"]
    url = hr_of(leaver.employer).get(f"{leaver.departure}/documents/{document['document_id']}")["url"]
    text = text_of(url)
    assert "L911-8" in text
    assert "France Travail" in text
    assert "loi Évin" in text
    assert "faute" not in text
    assert PdfReader(io.BytesIO(downloaded(url))).root_object["/MarkInfo"]["/Marked"]


def test_somebody_without_portability_is_told_why(leaver: Leaver) -> None:
    """H77, H79."""
    expect(leaver.declare(leaver.employer.portal.today() + 5 * DAY, reason="demission"), 201)
    leaver.employer.portal.settle()
    url = hr_of(leaver.employer).get(f"{leaver.departure}/documents/rights")["url"]
    assert "n’ouvre pas droit à la portabilité" in text_of(url)
    assert "portabilité" not in leaver.employer.portal.mail(leaver.form["email"], "restez couverts")


def test_the_last_day_counts_to_midnight_in_paris(leaver: Leaver) -> None:
    """H80: at 23:59 nothing has happened; the next night it has, once, however often the task runs."""
    last = leaver.employer.portal.today() + 3 * DAY
    told = expect(leaver.declare(last, reason="demission"), 201)
    leaver.employer.portal.settle()
    with at(last, time(23, 59)):
        nightly(leaver.employer)
        assert leaver.stored.state is AffiliationState.TERMINATION_SCHEDULED
        assert leaver.stored.card_key is not None
    with at(last + DAY, time(0, 1)):
        nightly(leaver.employer, times=2)
        member = leaver.stored
        assert (member.state, member.card_key) == (AffiliationState.TERMINATED, None)
        version = member.version
        nightly(leaver.employer)
        assert leaver.stored.version == version
        assert leaver.covered(last) == [True, True]
        assert leaver.covered(last + DAY) == [False, False]
        hr = hr_of(leaver.employer)
        assert {one["state_label"] for one in hr.get(leaver.path)["beneficiaries"]} == {"Radié"}
        assert hr.get(f"{leaver.employer.base}/requests/{told['request_id']}")["state"] == "ACCEPTED"
        assert hr.call("GET", f"{leaver.path}/card").status_code == 404
        assert expect(leaver.declare(last, method="PUT"), 409)["code"] == "departure_in_effect"
        assert expect(hr.call("DELETE", leaver.departure), 409)["code"] == "departure_in_effect"
        assert expect(leaver.declare(last), 409)["code"] == "not_affiliated"


def test_two_runs_at_once_take_each_step_once(employer: Employer) -> None:
    """H80: and a run that comes five days late still takes them."""
    leavers = [leaver_of(employer) for _ in range(3)]
    last = employer.portal.today() + DAY
    for one in leavers:
        expect(one.declare(last, reason="retraite"), 201)
    with at(last + 5 * DAY):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: portability.follow_departures(), range(2)))
        employer.portal.settle()
        for one in leavers:
            assert one.stored.state is AffiliationState.EVIN_OFFERED
            assert (
                len([mail for mail in employer.portal.mails(one.form["email"]) if "individuel" in mail["subject"]]) == 1
            )


def test_an_outage_of_a_month_is_made_up_for_on_a_monday(leaver: Leaver) -> None:
    """H80: a daily run looks back a week, Monday's two months."""
    last = leaver.employer.portal.today() + DAY
    expect(leaver.declare(last, reason="demission"), 201)
    late = last + 30 * DAY
    tuesday = late + (1 - late.weekday()) % 7 * DAY
    with at(tuesday):
        nightly(leaver.employer)
        assert leaver.stored.state is AffiliationState.TERMINATION_SCHEDULED
    with at(tuesday + 6 * DAY):
        nightly(leaver.employer)
        assert leaver.stored.state is AffiliationState.TERMINATED


def test_care_of_the_last_day_is_paid_and_of_the_next_refused(employer: Employer) -> None:
    """H80: a departure declared after the fact takes effect at once, also for claims under way."""
    leaver = leaver_of(employer)
    me = leaver.space()
    holder = me.get("/member")["beneficiaries"][0]
    patient = Patient(employer.portal, me, holder["beneficiary_id"], leaver.number)
    last = employer.portal.today() - 3 * DAY
    covered, late = patient.opened(room(last)), patient.opened(room(last + DAY))
    told = expect(leaver.declare(last, reason="demission"), 201)
    assert told["state_label"] == "Radié"
    for one in (covered, late):
        patient.send(one)
    assert patient.read(covered)["state"] == "PAYMENT_ORDERED"
    refused = patient.read(late)
    assert refused["state"] == "REFUSED"
    assert refused["reimbursement_id"] is None


def test_a_justified_portability_pays_and_costs_nothing(employer: Employer) -> None:
    """H79, H80: the attestation opens it from the day after the contract; card and child follow."""
    leaver = leaver_of(employer)
    me = leaver.space()
    holder = me.get("/member")["beneficiaries"][0]
    patient = Patient(employer.portal, me, holder["beneficiary_id"], leaver.number)
    last = employer.portal.today() - 3 * DAY
    claim = patient.opened(room(last + DAY))
    expect(leaver.declare(last), 201)
    employer.portal.settle()
    assert leaver.covered(last + DAY) == [False, False]
    assert leaver.stored.card_key is None
    [proof] = [one for one in me.get("/member/requests")["requests"] if one["kind"] == "portability_proof"]
    request = me.get(f"/member/requests/{proof['request_id']}")
    assert [one["kind"] for one in request["missing"]] == ["attestation_france_travail"]
    patient.send(request)
    assert patient.read(request)["state"] == "ACCEPTED"
    member = leaver.stored
    assert member.state is AffiliationState.PORTABILITY
    assert member.card_key is not None
    kept_until = member.affiliations[0].ends_on
    assert kept_until is not None
    assert leaver.covered(last + DAY) == [True, True]
    assert (leaver.covered(kept_until), leaver.covered(kept_until + DAY)) == ([True, True], [False, False])
    assert not member.affiliations[0].paid_period.holds(last + DAY)
    patient.send(claim)
    assert patient.read(claim)["state"] == "PAYMENT_ORDERED"
    assert hr_of(employer).get(leaver.path)["state_label"] == "En portabilité"


def test_a_portability_that_is_never_justified_ends(leaver: Leaver) -> None:
    """H79: reminded once, then closed; nothing was ever covered, and no offer follows."""
    portal, email = leaver.employer.portal, leaver.form["email"]
    last = portal.today() + DAY
    expect(leaver.declare(last), 201)
    with at(last + DAY):
        nightly(leaver.employer)
    with at(last + 45 * DAY):
        nightly(leaver.employer, times=2)
        assert len([one for one in portal.mails(email) if "Rappel" in one["subject"]]) == 1
    with at(last + 60 * DAY, time(23, 59)):
        nightly(leaver.employer)
        assert portability_of(leaver).state == "PROOF_PENDING"
    with at(last + 61 * DAY):
        nightly(leaver.employer, times=2)
        assert (portability_of(leaver).state, portability_of(leaver).ended) == ("ENDED", "non_justifiee")
        assert leaver.stored.state is AffiliationState.TERMINATED
        assert leaver.covered(last + DAY) == [False, False]
        assert len([one for one in portal.mails(email) if "a pris fin" in one["subject"]]) == 1
        [proof] = [
            one for one in leaver.space().get("/member/requests")["requests"] if one["kind"] == "portability_proof"
        ]
        assert proof["state_label"] == "Classée sans suite"


def portability_of(leaver: Leaver) -> Any:
    """How the right to portability stands."""
    departure = leaver.stored.departure
    assert departure is not None
    return departure.portability


def test_a_portability_is_asked_for_again_then_ends_with_an_offer(employer: Employer) -> None:
    """H79, H80, dossier 5.5, 5.6: quarterly proofs, the term, the offer and its end; a letter for each."""
    leaver = leaver_of(employer)
    portal, email = employer.portal, leaver.form["email"]
    last = portal.today() - DAY
    expect(leaver.declare(last, contract_started_on=f"{last - 150 * DAY}"), 201)
    justify(leaver)
    term = portability_of(leaver).ends_on
    asked = portability_of(leaver).proof_due_on
    assert portability_of(leaver).months == 5
    with at(asked + DAY):
        nightly(employer, times=2)
        assert (portability_of(leaver).state, portability_of(leaver).round) == ("PROOF_DUE", 2)
        assert leaver.covered(asked + DAY) == [True, True]
        assert len([one for one in portal.mails(email) if "nouvelle attestation" in one["subject"]]) == 1
        justify(leaver)
        assert portability_of(leaver).state == "ACTIVE"
    with at(term + 2 * DAY):
        nightly(employer, times=2)
        member = leaver.stored
        assert (member.state, member.card_key) == (AffiliationState.EVIN_OFFERED, None)
        assert (leaver.covered(term), leaver.covered(term + DAY)) == ([True, True], [False, False])
        url = hr_of(employer).get(f"{leaver.departure}/documents/evin")["url"]
        assert "150" in text_of(url)
        answer_by = date.fromisoformat(hr_of(employer).get(leaver.departure)["evin_answer_by"])
    with at(answer_by + DAY):
        nightly(employer, times=2)
        assert leaver.stored.state is AffiliationState.TERMINATED


def justify(leaver: Leaver) -> None:
    """Send the attestation from the member's own space."""
    me = signed_in(leaver)
    found = me.get("/member/requests")["requests"]
    open_ones = [one for one in found if one["kind"] == "portability_proof" and one["state"] == "PENDING_DOCUMENTS"]
    request = me.get(f"/member/requests/{open_ones[0]['request_id']}")
    leaver.employer.portal.upload_all(me, f"/member/requests/{request['request_id']}/uploads", request)
    leaver.employer.portal.settle()


def signed_in(leaver: Leaver) -> User:
    """The member in a session of the present moment, their space opened if need be."""
    answer = leaver.employer.portal.http.post(
        "/access/member/sessions", json={"identifier": leaver.number, "password": PASSWORD}
    )
    return User(leaver.employer.portal, answer.json()["token"]) if answer.status_code == 201 else leaver.space()


def test_a_departure_is_corrected_or_cancelled_before_it_takes_effect(leaver: Leaver) -> None:
    """H78, H80: the démarche keeps its history; the leaver is told, the proof is awaited no longer."""
    portal = leaver.employer.portal
    last = portal.today() + 10 * DAY
    first = expect(leaver.declare(last), 201)
    proof_id = portability_of(leaver).proof_request_id
    second = expect(leaver.declare(last + DAY, method="PUT", reason="licenciement_economique"), 200)
    assert (second["request_id"], second["covered_until"]) == (first["request_id"], f"{last + DAY}")
    assert portability_of(leaver).proof_request_id == proof_id
    assert faults(leaver.declare(last + 400 * DAY, method="PUT")) == {("leaving_on", "too_late")}
    third = expect(leaver.declare(last, method="PUT", reason="demission"), 200)
    assert third["portability"] is None
    assert expect(hr_of(leaver.employer).call("DELETE", leaver.departure), 204) is None
    portal.settle()
    after = leaver.stored
    assert (after.state, after.departure) == (AffiliationState.ACTIVE, None)
    assert [one.ends_on for one in after.affiliations] == [None]
    assert [one.covered_to for one in after.beneficiaries] == [None, None]
    assert after.card_valid_to == date(portal.today().year, 12, 31)
    tracked = hr_of(leaver.employer).get(f"{leaver.employer.base}/requests/{first['request_id']}")
    assert [one["event"] for one in tracked["history"]] == [
        "departure_recorded",
        "departure_corrected",
        "departure_corrected",
        "departure_cancelled",
    ]
    portal.mail(leaver.form["email"], "a annulé le départ")
    assert hr_of(leaver.employer).call("DELETE", leaver.departure).status_code == 404
    expect(leaver.declare(last), 201)


def test_whoever_leaves_is_not_invited_to_another_contract(leaver: Leaver) -> None:
    """H74, H80: it would never begin, nor end."""
    employer = leaver.employer
    expect(leaver.declare(employer.portal.today() + 10 * DAY), 201)
    other = {"risk": "prevoyance", "contract_id": employer.provident["contract_id"]}
    assert expect(employer.invite(leaver.form["email"], **other), 409)["code"] == "already_leaving"
    assert expect(employer.invite(leaver.form["email"]), 409)["code"] == "already_affiliated"
    assert len(leaver.stored.affiliations) == 1


def test_a_prevoyance_contract_ends_too_without_card_or_loi_evin(employer: Employer) -> None:
    """H80, A3: portability is for both risks; loi Évin is for health."""
    leaver = leaver_of(employer, str(employer.provident["number"]))
    last = employer.portal.today() - DAY
    shown = expect(leaver.declare(last, path=f"{leaver.departure}/preview"), 200)
    assert (shown["portability"], shown["card_valid_to"], shown["evin"]) == (True, None, None)
    both = leaver_of(employer, employer.health_number, str(employer.provident["number"]))
    told = expect(both.declare(last), 201)
    assert [one["state_label"] for one in told["affiliations"]] == ["Radié", "Radié"]
    justify(both)
    assert {one.state for one in both.stored.affiliations} == {AffiliationState.PORTABILITY}


def test_a_death_is_written_to_nobody_but_the_family_is_offered_the_cover(employer: Employer) -> None:
    """H79, H80: no mail to the deceased; HR finds the letter for the family."""
    leaver = leaver_of(employer)
    employer.portal.settle()
    count = len(employer.portal.mails(leaver.form["email"]))
    told = expect(leaver.declare(employer.portal.today() - DAY, reason="deces"), 201)
    employer.portal.settle()
    assert told["state_label"] == "Décédé"
    assert [one["document_id"] for one in told["documents"]] == ["evin"]
    assert len(employer.portal.mails(leaver.form["email"])) == count
    assert "décédé" in text_of(hr_of(employer).get(f"{leaver.departure}/documents/evin")["url"])


def test_a_death_is_not_declared_ahead(employer: Employer) -> None:
    """H76, H78: today at the latest, whatever other departures may be declared in advance."""
    leaver = leaver_of(employer)
    today = employer.portal.today()
    for path in (leaver.departure, f"{leaver.departure}/preview"):
        assert faults(leaver.declare(today + DAY, path=path, reason="deces")) == {("leaving_on", "in_future")}
    expect(leaver.declare(today, reason="deces"), 201)


def test_an_invited_employee_has_nothing_to_leave(employer: Employer) -> None:
    """H78: an invitation is cancelled instead."""
    employee, _ = employer.invited()
    body = {"reason": "demission", "leaving_on": f"{employer.portal.today()}", "contract_started_on": "2024-01-01"}
    path = f"{employer.base}/employees/{employee['member_id']}/departure"
    assert expect(hr_of(employer).call("POST", path, json=body), 409)["code"] == "not_affiliated"


def test_departures_stay_within_a_company(leaver: Leaver, other_employer: Employer) -> None:
    """H121: by any route, for any id."""
    last = leaver.employer.portal.today() + DAY
    expect(leaver.declare(last), 201)
    other = hr_of(other_employer)
    path = f"{other_employer.base}/employees/{leaver.member_id}/departure"
    body = {"reason": "demission", "leaving_on": f"{last}", "contract_started_on": "2024-01-01"}
    for method, suffix in [("GET", ""), ("DELETE", ""), ("GET", "/documents/rights")]:
        assert other.call(method, path + suffix).status_code == 404
    for method, suffix in [("POST", ""), ("PUT", ""), ("POST", "/preview")]:
        assert other.call(method, path + suffix, json=body).status_code == 404
    assert leaver.stored.departure is not None


def test_no_answer_tells_anything_of_care(employer: Employer) -> None:
    """H61: what HR reads of a departure bears no trace of a claim."""
    leaver = leaver_of(employer)
    me = leaver.space()
    holder = me.get("/member")["beneficiaries"][0]
    patient = Patient(employer.portal, me, holder["beneficiary_id"], leaver.number)
    claim = patient.claim(room(employer.portal.today() - DAY, expense_cents=471_93))
    expect(leaver.declare(employer.portal.today() + DAY), 201)
    employer.portal.settle()
    hr = hr_of(employer)
    url = hr.get(f"{leaver.departure}/documents/rights")["url"]
    for text in (hr.call("GET", leaver.departure).text, hr.call("GET", leaver.path).text, text_of(url)):
        for canary in ("47193", "471,93", claim["request_id"], str(claim["reimbursement_id"]), leaver.form["nir"]):
            assert canary not in text
