"""The people a member covers: added, proved, removed, and what the night does about them.

Requirements M28, M41, M48, M49, M50, M51, M52, M53, M54, M55, M56, M57, M58, M112, A13.
"""

from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from chalicelib import clock
from chalicelib.domain.evidence import ProofStage
from chalicelib.domain.member import Beneficiary, Member, Relationship
from chalicelib.domain.request import Request
from chalicelib.services import beneficiary_removals, dependants
from chalicelib.storage import members, requests
from chalicelib.storage.transaction import Transaction
from tests import samples
from tests.portal import User, expect
from tests.services.conftest import Employer, Json, faults, open_member_space, sign_in_member
from tests.services.test_bank_details import at_once
from tests.services.test_departures import Leaver, at, claim_on, leaver_of, nightly

DAY = timedelta(days=1)
SUMMER = date(2027, 7, 1)
CHASE, LAST, LATE, GONE = date(2027, 9, 1), date(2027, 10, 31), date(2027, 12, 31), date(2028, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Family:
    """A member with two children, who signs in; the elder is of age and proved until October 2027."""

    leaver: Leaver
    email: str

    @property
    def employer(self) -> Employer:
        return self.leaver.employer

    @property
    def stored(self) -> Member:
        return self.leaver.stored

    def me(self) -> User:
        """The member, in a session of the present moment."""
        return sign_in_member(self.employer.portal, self.leaver.number)

    def people(self) -> list[Json]:
        """Everybody, as the member sees them now."""
        found: list[Json] = self.me().get("/member/beneficiaries")["people"]
        return found

    def elder(self) -> Beneficiary:
        return self.stored.beneficiaries[1]

    def younger(self) -> Beneficiary:
        return self.stored.beneficiaries[2]

    def covered(self, person: Beneficiary, day: date) -> bool:
        """Whether care of a day is paid."""
        return self.leaver.covered(day)[person.rank - 1]

    def night(self, day: date, times: int = 1) -> None:
        """The night's task on a day."""
        with at(day):
            nightly(self.employer, times)

    def mails(self, containing: str) -> int:
        """How many mails to the member say something."""
        return len([one for one in self.employer.portal.mails(self.email) if containing in one["subject"]])

    def certificate(self) -> str:
        """The démarche that awaits the elder's certificate."""
        proof = self.elder().proof
        assert proof is not None
        assert proof.request_id is not None
        return proof.request_id

    def send(self, request_id: str) -> Json:
        """A good file for what a démarche awaits; the démarche as it then stands."""
        me = self.me()
        path = f"/member/requests/{request_id}"
        self.employer.portal.upload_all(me, f"{path}/uploads", me.get(path))
        self.employer.portal.settle()
        found: Json = me.get(path)
        return found


def family_of(employer: Employer) -> Family:
    """A member with an adult and a minor child, signed in once."""
    elder = {"relationship": "enfant", "first_name": "Yanis", "last_name": "Martin", "birth_date": "2005-02-03"}
    younger = {"relationship": "enfant", "first_name": "Inès", "last_name": "Martin", "birth_date": "2015-02-03"}
    leaver = leaver_of(employer, dependants=[elder, younger])
    open_member_space(employer.portal, leaver.number, leaver.form)
    with Transaction() as transaction:
        member = leaver.stored
        yanis = member.beneficiaries[1]
        assert yanis.proof is not None
        proved = replace(yanis, proof=replace(yanis.proof, until=LAST, asks_on=CHASE))
        members.save(transaction, member.with_beneficiary(proved))
    return Family(leaver=leaver, email=leaver.form["email"])


@pytest.fixture
def family(employer: Employer) -> Family:
    return family_of(employer)


# --- Adding --------------------------------------------------------------------------------------------------------


def ask(me: User, **changes: Any) -> httpx.Response:
    """The answer to an addition: a child born today, unless changed."""
    today = f"{clock.today()}"
    child = {"relationship": "enfant", "first_name": "Zoé", "last_name": "Martin", "birth_date": today}
    return me.call("POST", "/member/beneficiaries", json=child | {"event_on": today} | changes)


def test_m28_m41_m50_a_member_adds_a_newborn_who_is_covered_once_proved(family: Family) -> None:
    """M28, M41, M49, M50, M52, M57, M112: the démarche says what to send, and the list changes when it takes effect."""
    me = family.me()
    request = expect(ask(me), 201)
    assert (request["kind"], request["next_actor"]) == ("beneficiary_addition", "member")
    assert [one["kind"] for one in request["missing"]] == ["livret_famille"]
    assert [one["person"]["first_name"] for one in family.people()] == ["Léa", "Yanis", "Inès"]
    assert family.send(request["request_id"])["state"] == "ACCEPTED"
    zoe = family.people()[-1]
    assert (zoe["person"]["first_name"], zoe["person"]["state"]) == ("Zoé", "ACTIVE")
    assert request["request_id"] in {one["request_id"] for one in me.get("/member/requests")["requests"]}


@pytest.mark.parametrize(
    ("form", "documents"),
    [
        ({"relationship": "conjoint", "birth_date": "1990-01-01"}, ["livret_famille"]),
        ({"relationship": "partenaire_pacs", "birth_date": "1990-01-01"}, ["certificat_pacs"]),
        ({"relationship": "concubin", "birth_date": "1990-01-01"}, ["justificatif_vie_commune"]),
        ({"relationship": "enfant", "birth_date": "2004-01-01"}, ["livret_famille", "certificat_situation"]),
    ],
    ids=["spouse", "PACS", "cohabitant", "adult child"],
)
def test_m53_what_proves_a_relationship_is_asked_for(employer: Employer, form: Json, documents: list[str]) -> None:
    """M49, M53: by relationship and age."""
    me = family_of(employer).me()
    request = expect(ask(me, **form, nir=samples.nir(sex=1)), 201)
    assert [one["kind"] for one in request["required"]] == documents


def test_m55_an_adult_child_without_certificate_waits_and_is_not_covered(family: Family) -> None:
    """M54, M55, M56: of age on the first day of cover; with a number of their own, which no answer shows."""
    me = family.me()
    nir = samples.nir(sex=1)
    born = "2004-01-01"
    assert faults(ask(me, birth_date=born)) == {("nir", "missing")}
    answer = ask(me, birth_date=born, nir=nir)
    request = expect(answer, 201)
    assert len(family.stored.beneficiaries) == 3
    accepted = family.send(request["request_id"])
    assert accepted["state"] == "ACCEPTED"
    added = family.people()[-1]
    assert added["attached"] == "own_number"
    assert family.people()[2]["attached"] == "insured_number"
    assert nir not in answer.text
    proof = family.stored.beneficiaries[-1].proof
    assert proof is not None
    assert (proof.until.month, proof.until.day) == (10, 31)


def test_m48_a_prevoyance_member_has_no_beneficiaries(employer: Employer) -> None:
    """M48, A3."""
    leaver = leaver_of(employer, str(employer.provident["number"]))
    me = open_member_space(employer.portal, leaver.number, leaver.form)
    assert me.call("GET", "/member/beneficiaries").status_code == 404
    assert ask(me).status_code == 404
    holder = leaver.stored.holder
    assert holder is not None
    assert me.call("POST", f"/member/beneficiaries/{holder.beneficiary_id}/removal").status_code == 404


# --- Certificates --------------------------------------------------------------------------------------------------


def test_m53_the_next_certificate_is_asked_for_sixty_days_before(family: Family) -> None:
    """M53, dossier 10: not a day sooner, once whatever the number of runs; it waits among the member's démarches."""
    family.night(CHASE - DAY)
    assert family.elder().proof is not None
    assert family.mails("Certificat de situation à envoyer") == 0
    family.night(CHASE, times=2)
    assert family.mails("Certificat de situation à envoyer") == 1
    with at(CHASE):
        yanis = family.people()[1]
        assert yanis["person"]["state"] == "PROOF_EXPIRING"
        assert yanis["proof"]["until"] == f"{LAST}"
        waiting = family.me().get(f"/member/requests/{yanis['proof']['request_id']}")
    assert (waiting["state"], waiting["next_actor"], waiting["due_on"]) == ("PENDING_DOCUMENTS", "member", f"{LATE}")
    assert [one["kind"] for one in waiting["missing"]] == ["certificat_situation"]


def test_m55_a_certificate_in_time_or_late_leaves_no_gap(family: Family) -> None:
    """M55, M57: on the very last day of the delay, the days in between are covered too; the card follows."""
    family.night(CHASE)
    family.night(LAST + DAY, times=2)
    assert family.mails("n’est plus couvert") == 1
    elder = family.elder()
    assert [family.covered(elder, day) for day in (LAST, LAST + DAY)] == [True, False]
    with at(LATE):
        assert family.people()[1]["person"]["state"] == "PROOF_EXPIRED"
        assert family.send(family.certificate())["state"] == "ACCEPTED"
        assert family.people()[1]["person"]["state"] == "ACTIVE"
    elder = family.elder()
    assert [family.covered(elder, day) for day in (LAST + DAY, LATE, date(2028, 10, 31))] == [True, True, True]
    assert family.mails("Certificat de situation enregistré") == 1
    family.night(GONE)
    assert family.mails("terminée") == 0


def test_m55_a_certificate_that_never_comes_ends_the_cover(family: Family) -> None:
    """Dossier 5.2, M58: after 31 December; the démarche is closed, and care of a covered day may still be claimed."""
    family.night(CHASE)
    request_id = family.certificate()
    family.night(LAST + DAY)
    family.night(LATE)
    assert family.mails("terminée") == 0
    family.night(GONE, times=2)
    assert family.mails("terminée") == 1
    closed = requests.get(request_id)
    assert closed is not None
    assert closed.state == "CLOSED"
    with at(GONE):
        assert family.people()[1]["person"]["state"] == "ENDED"
        path = f"/member/requests/{request_id}/uploads"
        body = {"kind": "certificat_situation", "about": family.elder().beneficiary_id, "name": "c.pdf"}
        answer = family.me().call("POST", path, json=body | {"content_type": "application/pdf"})
        assert answer.status_code == 409
    assert family.covered(family.elder(), LAST)


def test_nights_without_a_run_are_caught_up(family: Family) -> None:
    """A week without a run changes no right, and the next run asks, tells and goes on where it stands."""
    family.night(CHASE + 6 * DAY)
    assert family.mails("Certificat de situation à envoyer") == 1
    assert not family.covered(family.elder(), LAST + DAY)
    family.night(LAST + 7 * DAY)
    assert family.mails("n’est plus couvert") == 1


def test_m54_turning_eighteen_is_seen_coming(employer: Employer) -> None:
    """M54: born on 29 February, of age on 1 March; asked sixty days before, covered to the eve."""
    child = {"relationship": "enfant", "first_name": "Zoé", "last_name": "Martin", "birth_date": "2012-02-29"}
    leaver = leaver_of(employer, dependants=[child])
    zoe = leaver.stored.beneficiaries[1]
    assert zoe.proof is not None
    assert zoe.proof.until == date(2030, 2, 28)
    for day, stage in ((date(2029, 12, 29), ProofStage.HELD), (date(2029, 12, 30), ProofStage.ASKED)):
        with at(day):
            nightly(employer)
        proof = leaver.stored.beneficiaries[1].proof
        assert proof is not None
        assert proof.stage is stage
    assert [leaver.covered(day)[1] for day in (date(2030, 2, 28), date(2030, 3, 1))] == [True, False]


def test_the_age_limit_is_told_and_nothing_is_asked(employer: Employer) -> None:
    """Dossier 5.2: on the eve of 28."""
    born = date(1999, 3, 15)
    child = {"relationship": "enfant", "first_name": "Yanis", "last_name": "Martin", "birth_date": f"{born}"}
    leaver = leaver_of(employer, dependants=[child])
    email = leaver.form["email"]
    last = date(2027, 3, 14)
    proof = leaver.stored.beneficiaries[1].proof
    assert proof is not None
    assert (proof.until, proof.final) == (last, True)
    with at(last - 60 * DAY):
        nightly(employer, 2)
    with at(last + DAY):
        nightly(employer, 2)
    portal = employer.portal
    told = [one["subject"] for one in portal.mails(email)]
    assert [len([one for one in told if text in one]) for text in ("prend fin le", "terminée", "à envoyer")] == [
        1,
        1,
        0,
    ]
    assert [leaver.covered(day)[1] for day in (last, last + DAY)] == [True, False]


def test_nothing_is_asked_of_a_child_who_leaves_with_everybody(family: Family) -> None:
    """H80: cover that ends before the certificate does asks for none; what had been asked is closed."""
    family.night(CHASE)
    request_id = family.certificate()
    with at(CHASE):
        expect(family.leaver.declare(date(2027, 9, 28), reason="demission"), 201)
    family.night(date(2027, 10, 1))
    family.night(LAST + DAY)
    assert family.mails("n’est plus couvert") == 0
    closed = requests.get(request_id)
    assert closed is not None
    assert closed.state == "CLOSED"


def test_m55_a_certificate_asked_for_by_nobody_is_not_awaited(employer: Employer) -> None:
    """A member affiliated with an adult child sends the certificate once: it counts until October."""
    leaver = leaver_of(employer, dependants=[{**samples_child(), "birth_date": "2004-01-01"}])
    proof = leaver.stored.beneficiaries[1].proof
    assert proof is not None
    assert (proof.until.month, proof.until.day, proof.stage) == (10, 31, ProofStage.HELD)


def samples_child() -> Json:
    return {"relationship": "enfant", "first_name": "Yanis", "last_name": "Martin"}


# --- Removals ------------------------------------------------------------------------------------------------------


def removal(family: Family, person: Beneficiary, method: str = "POST", me: User | None = None) -> httpx.Response:
    path = f"/member/beneficiaries/{person.beneficiary_id}/removal"
    return (me or family.me()).call(method, path)


@pytest.mark.parametrize(
    ("asked_on", "last"), [(date(2027, 2, 1), date(2027, 2, 28)), (date(2027, 4, 30), date(2027, 4, 30))]
)
def test_m51_a13_a_removal_takes_effect_after_the_month(employer: Employer, asked_on: date, last: date) -> None:
    """M51, M57, M58, A13: no document; list and card change after the last day, and past care stays covered."""
    family = family_of(employer)
    ines = family.younger()
    with at(asked_on):
        request = expect(removal(family, ines), 201)
        assert (request["kind"], request["state"], request["required"]) == ("beneficiary_removal", "SCHEDULED", [])
        shown = family.people()[2]
        assert (shown["person"]["state"], shown["removal"]["ends_on"]) == ("REMOVAL_REQUESTED", f"{last}")
        assert shown["person"]["covered_to"] == f"{last}"
        assert expect(removal(family, ines), 409)["code"] == "already_requested"
    assert [family.covered(ines, day) for day in (last, last + DAY)] == [True, False]
    family.night(last)
    stored = requests.get(request["request_id"])
    assert stored is not None
    assert stored.state == "SCHEDULED"
    family.night(last + DAY, times=2)
    stored = requests.get(request["request_id"])
    assert stored is not None
    assert stored.state == "ACCEPTED"
    assert family.mails("a pris effet") == 1
    with at(last + DAY):
        assert family.people()[2]["person"]["state"] == "ENDED"
        assert expect(removal(family, ines), 409)["code"] == "not_covered"
        assert expect(removal(family, ines, "DELETE"), 409)["code"] == "already_effective"
    assert claim_on(last, ines.beneficiary_id)
    assert family.covered(ines, last)


def test_m57_a_removal_is_withdrawn_until_it_takes_effect(family: Family) -> None:
    ines = family.younger()
    with at(date(2027, 4, 10)):
        me = family.me()
        first = expect(removal(family, ines, me=me), 201)
    with at(date(2027, 4, 30)):
        me = family.me()
        for _ in range(2):
            expect(removal(family, ines, "DELETE", me=me), 204)
        closed = requests.get(first["request_id"])
        assert closed is not None
        assert closed.state == "CLOSED"
        second = expect(removal(family, ines, me=me), 201)
        assert second["request_id"] != first["request_id"]
        expect(removal(family, ines, "DELETE", me=me), 204)
    family.night(date(2027, 5, 1))
    assert family.covered(ines, date(2027, 6, 1))
    assert family.mails("est annulé") == 2


def test_the_member_is_not_removed_nor_anybody_elses_child(family: Family, employer: Employer) -> None:
    """M48, H121."""
    holder = family.stored.holder
    assert holder is not None
    assert expect(removal(family, holder), 409)["code"] == "own_cover"
    other = family_of(employer)
    assert removal(family, other.younger()).status_code == 404


def test_a_removal_outlives_a_departure_that_is_cancelled(family: Family) -> None:
    """A13, H80: whoever was removed stays so when the others' departure is given up."""
    ines = family.younger()
    with at(date(2027, 4, 10)):
        expect(removal(family, ines), 201)
        expect(family.leaver.declare(date(2027, 6, 20), reason="demission"), 201)
    family.night(date(2027, 5, 1))
    with at(date(2027, 5, 2)):
        hr = family.employer.portal.sign_in(
            "employer",
            {"email": family.employer.file["administrator"]["email"], "password": "Une-longue-phrase-7-secrète"},
        )
        expect(hr.call("DELETE", family.leaver.departure), 204)
    assert family.covered(family.elder(), date(2027, 5, 2))
    assert not family.covered(ines, date(2027, 5, 2))


def test_a_spouse_is_replaced_after_the_end_of_the_month(employer: Employer) -> None:
    """M52: one partner at a time."""
    spouse = {"relationship": "conjoint", "first_name": "Paul", "last_name": "Martin", "birth_date": "1990-01-01"}
    leaver = leaver_of(employer, dependants=[{**spouse, "nir": samples.nir(sex=1)}])
    open_member_space(employer.portal, leaver.number, leaver.form)
    family = Family(leaver=leaver, email=leaver.form["email"])
    paul = leaver.stored.beneficiaries[1]
    assert paul.relationship is Relationship.SPOUSE
    other = {"relationship": "concubin", "first_name": "Jean", "birth_date": "1991-01-01"}
    with at(date(2027, 4, 10)):
        expect(removal(family, paul), 201)
        assert expect(ask(family.me(), **other, nir=samples.nir(sex=1)), 409)["code"] == "partner_covered"
    with at(date(2027, 5, 1)):
        expect(ask(family.me(), **other, nir=samples.nir(sex=1)), 201)


@pytest.mark.parametrize(
    ("day", "hour", "last"),
    [
        (date(2027, 4, 30), time(23, 59), date(2027, 4, 30)),
        (date(2027, 5, 1), time(0, 0), date(2027, 5, 31)),
    ],
)
def test_a13_the_month_is_that_of_paris(employer: Employer, day: date, hour: time, last: date) -> None:
    """A13: at 23:59 and a minute later, when it is still April by universal time."""
    family = family_of(employer)
    with at(day, hour):
        request = expect(removal(family, family.younger()), 201)
    stored = family.younger().removal
    assert stored is not None
    assert (stored.request_id, stored.ends_on) == (request["request_id"], last)


def test_a_removal_asked_for_twice_at_once_is_recorded_once(family: Family) -> None:
    ines = family.younger().beneficiary_id
    ask_removal = partial(beneficiary_removals.ask, family.leaver.member_id, ines, account_id="a")
    outcomes = at_once([ask_removal] * 3)
    assert [isinstance(one, Request) for one in outcomes].count(True) == 1
    assert {one.code for one in outcomes if not isinstance(one, Request)} == {"already_requested"}
    family.employer.portal.settle()
    assert family.mails("retrait d’un bénéficiaire est enregistré") == 1


def test_a_certificate_delivered_twice_prolongs_once(family: Family) -> None:
    """An upload's event may come again, also after the next certificate was asked for."""
    family.night(CHASE)
    request_id = family.certificate()
    with at(CHASE + DAY):
        family.send(request_id)
        before = family.stored
        for _ in range(2):
            request = requests.get(request_id)
            assert request is not None
            dependants.progress(request)
        assert family.stored.version == before.version
    assert family.mails("Certificat de situation enregistré") == 1


def test_the_certificate_of_one_child_is_not_another_s(family: Family, employer: Employer) -> None:
    """H121: nor does anybody else reach the démarche."""
    family.night(CHASE)
    other = family_of(employer).me()
    path = f"/member/requests/{family.certificate()}"
    assert other.call("GET", path).status_code == 404
    body = {"kind": "certificat_situation", "about": family.younger().beneficiary_id, "name": "c.pdf"}
    with at(CHASE):
        answer = family.me().call("POST", f"{path}/uploads", json=body | {"content_type": "application/pdf"})
    assert faults(answer) == {("kind", "not_required")}
