"""What the tests of the capabilities start from: a company with its users and its insured, made through the real paths.

Signing in costs two slow hashes, so a company, an agent and a few families serve a whole package; each test takes a
patient whom no other test has treated.
"""

import io
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
import pytest
from moto.dynamodb.models import dynamodb_backends
from pypdf import PdfReader

from chalicelib import clock, settings
from chalicelib.domain.privacy import Choice, Decided, Sharing
from chalicelib.storage import identities, members
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Transaction, retry_stale
from local.clients import client, objects
from local.stack import Stack
from tests import samples
from tests.portal import PASSWORD, Portal, User, expect
from tests.running import portal, stack  # noqa: F401 - fixtures of this package

Json = dict[str, Any]

CHILDREN_PER_FAMILY = 15
ROOM_PER_NIGHT_CENTS = 60_00

TABLE: Json = {
    **samples.TABLE,
    "clauses": [
        *(one for one in samples.TABLE["clauses"] if one["id"] != "chambre"),
        {
            "id": "chambre",
            "label": "Chambre particulière",
            "acts": ["CP"],
            "kind": "fixed_amount",
            "amount_cents": ROOM_PER_NIGHT_CENTS,
            "per": "night",
        },
        {"id": "phn", "label": "Médicaments non remboursés", "acts": ["PHN"], "kind": "none"},
    ],
}
"""A guarantee table none of whose amounts changes with the year."""

_numbers = itertools.count(1)


def faults(response: httpx.Response) -> set[tuple[str, str]]:
    """The place and the code of each fault of a refused form."""
    return {(one["field"], one["code"]) for one in expect(response, 422)["errors"]}


def refused(report: Json) -> set[tuple[str, str]]:
    """The place and the code of each fault of a refused file."""
    assert report["outcome"] == "refused", report
    return {(one["place"], one["code"]) for one in report["faults"]}


def downloaded(url: str) -> bytes:
    """What a link to a document gives."""
    key = unquote(urlsplit(url).path).lstrip("/").removeprefix(f"{settings.bucket('documents')}/")
    content: bytes = client("s3").get_object(Bucket=settings.bucket("documents"), Key=key)["Body"].read()
    return content


def text_of(url: str) -> str:
    """The words of a PDF that a link gives, on one line."""
    pages = PdfReader(io.BytesIO(downloaded(url))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@contextmanager
def later(**by: float) -> Iterator[None]:
    """A moment ahead; the clock goes back at the end, so that no test ages the others' data."""
    shift = timedelta(**by)
    clock.shift(shift)
    try:
        yield
    finally:
        clock.shift(-shift)


@dataclass(frozen=True, kw_only=True)
class Employer:
    """A company that has subscribed, and its administrator, signed in."""

    portal: Portal
    file: Json
    number: str
    hr: User
    company_id: str
    health: Json
    provident: Json

    @property
    def base(self) -> str:
        """The path of the company."""
        return f"/employer/companies/{self.company_id}"

    @property
    def health_number(self) -> str:
        """The number of the santé contract."""
        return str(self.health["number"])

    def invite(self, email: str, **changes: Any) -> httpx.Response:
        """The answer to a pre-affiliation to the santé contract from today on, unless changed."""
        body = {
            "risk": "sante",
            "contract_id": self.health["contract_id"],
            "email": email,
            "affiliation_date": f"{self.portal.today()}",
        }
        return self.hr.call("POST", f"{self.base}/pre-affiliations", json=body | changes)

    def invited(self, email: str | None = None, **changes: Any) -> tuple[Json, User]:
        """An employee just pre-affiliated, and who holds their link."""
        address = email or samples.email("invite")
        employee: Json = expect(self.invite(address, **changes), 201)
        return employee, User(self.portal, self.portal.link_in(self.portal.mail(address, "/affiliation#")))

    def sheet(self, employee: Json) -> Json:
        """The employee's sheet as it stands."""
        sheet: Json = self.hr.get(f"{self.base}/employees/{employee['member_id']}")
        return sheet

    def enrol(self, *members: Json, **changes: Any) -> Json:
        """The report of an enrolment file."""
        reference = f"REPRISE-{self.number}-{next(_numbers)}"
        file = {
            "kind": "enrolment",
            "reference": reference,
            "numero_adherent": self.number,
            "members": list(members),
        } | changes
        return self.portal.drop(f"{reference}.json", file)

    def member(self, **changes: Any) -> User:
        """An employee taken over with everything known, signed in."""
        form = samples.enrolled_member(self.health_number, **changes)
        report = self.enrol(form)
        assert report["outcome"] == "accepted", report
        return open_member_space(self.portal, report["members"][0]["numero_adherent"], form)


@dataclass(frozen=True)
class Patient:
    """A covered person whom no other test has treated, and the member who claims for them."""

    portal: Portal
    member: User
    beneficiary_id: str
    identifier: str

    def at_present(self) -> "Patient":
        """The same patient, their member in a session of the present moment."""
        return replace(self, member=sign_in_member(self.portal, self.identifier))

    def open(self, *lines: Json, form: str = "other", key: str | None = None, **changes: Any) -> httpx.Response:
        """The answer to a new claim."""
        body = {"beneficiary_id": self.beneficiary_id, "form": form, "lines": list(lines)} | changes
        headers = {"Idempotency-Key": key or f"claim-{next(_numbers):06d}"}
        return self.member.call("POST", "/member/claims", json=body, headers=headers)

    def opened(self, *lines: Json, form: str = "other") -> Json:
        """A claim that waits for its documents."""
        opened: Json = expect(self.open(*lines, form=form), 201)
        return opened

    def send(self, request: Json) -> None:
        """Send a good file for every document that a claim still misses."""
        self.portal.upload_all(self.member, f"/member/requests/{request['request_id']}/uploads", request)

    def read(self, request: Json) -> Json:
        """A claim as it stands once everything rests."""
        self.portal.settle()
        found: Json = self.member.get(f"/member/requests/{request['request_id']}")
        return found

    def claim(self, *lines: Json, form: str = "other") -> Json:
        """A claim with its documents, as far as it goes by itself."""
        request = self.opened(*lines, form=form)
        self.send(request)
        return self.read(request)

    def paid(self, *lines: Json, form: str = "other") -> Json:
        """The reimbursement of a claim that goes all the way by itself."""
        return self.reimbursement(self.claim(*lines, form=form))

    def reimbursement(self, request: Json) -> Json:
        """The reimbursement of a claim that was decided."""
        assert request["reimbursement_id"], (request["state"], request["reason"])
        found: Json = self.member.get(f"/member/reimbursements/{request['reimbursement_id']}")
        return found


@dataclass
class WaitingRoom:
    """Families of a company whose adult children are the patients of the tests."""

    employer: Employer
    teletransmission: bool
    patients: list[Patient] = field(default_factory=list)

    def next(self) -> Patient:
        """A patient whom nobody has treated."""
        if not self.patients:
            child = {"relationship": "enfant", "last_name": "Martin", "birth_date": "2001-02-03"}
            children = [child | {"first_name": f"Enfant {rank}"} for rank in range(CHILDREN_PER_FAMILY)]
            member = self.employer.member(
                dependants=children,
                teletransmission=self.teletransmission,
                starts_on=self.employer.health["starts_on"],
            )
            me = member.get("/member")
            self.patients = [
                Patient(self.employer.portal, member, one["beneficiary_id"], me["numero_adherent"])
                for one in me["beneficiaries"][1:]
            ]
            retry_stale(partial(_agreed, me["numero_adherent"]))
        return self.patients.pop()


def _agreed(number: str) -> None:
    """Everybody whom a member covers lets the member read their care (A12)."""
    found = members.get(identities.find(Identity.MEMBER_NUMBER, number) or "")
    assert found
    now = clock.now()
    decisions = (Decided(choice=Choice.AGREED, at=now),)
    agreed = Sharing(email="x@exemple.fr", asked_at=now, link_hash=None, decisions=decisions)
    people = tuple(replace(one, sharing=agreed) for one in found.beneficiaries)
    with Transaction() as transaction:
        members.save(transaction, replace(found, beneficiaries=people))


@dataclass(frozen=True)
class Back:
    """An agent, signed in."""

    portal: Portal
    agent: User

    def claim(self, request: Json) -> Json:
        """A claim as an agent reads it."""
        found: Json = self.agent.get(f"/backoffice/claims/{request['request_id']}")
        return found

    def decide(self, request: Json, decision: str, **more: Any) -> httpx.Response:
        """The answer to a decision."""
        body = {"decision": decision, "reason": "Vu les pièces."} | more
        return self.agent.call("POST", f"/backoffice/claims/{request['request_id']}/decision", json=body)


def subscribe(portal: Portal, file: Json) -> Employer:
    """A company with a santé and a prévoyance contract, its administrator signed in for the first time."""
    report = portal.drop(f"{file['reference']}.json", file)
    assert report["outcome"] == "accepted", report
    hr = open_employer_space(portal, file, report)
    company_id = hr.get("/employer/companies")["companies"][0]["company_id"]
    found = hr.get(f"/employer/companies/{company_id}/contracts")["contracts"]
    by_risk = {one["risk"]: one for one in found}
    return Employer(
        portal=portal,
        file=file,
        number=report["companies"][0]["numero_adherent"],
        hr=hr,
        company_id=company_id,
        health=by_risk["sante"],
        provident=by_risk["prevoyance"],
    )


def open_employer_space(portal: Portal, file: Json, report: Json) -> User:
    """The administrator of a file that was accepted, signed in for the first time."""
    company, email = file["companies"][0], file["administrator"]["email"]
    answers = {
        "numero_adherent": report["companies"][0]["numero_adherent"],
        "siren": company["siren"],
        "postcode": company["address"]["postcode"],
    }
    with later(hours=72):
        portal.post("/access/employer/first-connection", answers, 202)
        portal.choose_password(email)
        return portal.sign_in("employer", {"email": email, "password": PASSWORD})


def open_member_space(portal: Portal, number: str, form: Json) -> User:
    """An enrolled member, signed in for the first time."""
    answers = {"numero_adherent": number, "nir_last8": form["nir"][5:13], "birth_date": form["birth_date"]}
    with later(hours=72):
        portal.post("/access/member/first-connection", answers, 202)
        portal.choose_password(form["email"])
        return sign_in_member(portal, number)


def sign_in_member(portal: Portal, identifier: str) -> User:
    """A member who has a password."""
    return portal.sign_in("member", {"identifier": identifier, "password": PASSWORD})


def subscription_file() -> Json:
    """A subscription with a santé and a prévoyance contract, both long in force."""
    file = samples.subscription()
    file["contracts"][0]["guarantee_table"] = TABLE
    file["contracts"].append(samples.provident_contract())
    return file


@pytest.fixture(scope="module")
def employer(portal: Portal) -> Employer:
    return subscribe(portal, subscription_file())


@pytest.fixture(scope="module")
def other_employer(portal: Portal) -> Employer:
    return subscribe(portal, subscription_file())


@pytest.fixture(scope="module")
def waiting_room(employer: Employer) -> WaitingRoom:
    return WaitingRoom(employer, teletransmission=False)


@pytest.fixture(scope="module")
def connected_waiting_room(employer: Employer) -> WaitingRoom:
    return WaitingRoom(employer, teletransmission=True)


@pytest.fixture
def patient(waiting_room: WaitingRoom) -> Patient:
    """Somebody without télétransmission."""
    return waiting_room.next()


@pytest.fixture
def connected_patient(connected_waiting_room: WaitingRoom) -> Patient:
    """Somebody whose mandatory scheme sends its statements by itself."""
    return connected_waiting_room.next()


@pytest.fixture(scope="module")
def agents(portal: Portal) -> list[Back]:
    """Two agents."""
    emails = [samples.email("agent") for _ in range(2)]
    people = [{"first_name": "Zoé", "last_name": "Prat", "email": email} for email in emails]
    report = portal.drop("agents.json", {"kind": "agents", "reference": f"AGENTS-{emails[0][6:-12]}", "agents": people})
    assert report["outcome"] == "accepted", report
    found = []
    for email in emails:
        portal.choose_password(email)
        found.append(Back(portal, portal.sign_in("backoffice", {"email": email, "password": PASSWORD})))
    return found


@pytest.fixture(scope="module")
def agent(agents: list[Back]) -> Back:
    return agents[0]


@pytest.fixture
def yesterday(portal: Portal) -> date:
    return portal.today() - timedelta(days=1)


@pytest.fixture
def tables(stack: Stack) -> Callable[[], Json]:
    """A reading of everything that the portal keeps, once it rests: each table's items, and the documents written.

    The journal of accesses is beside: whoever looks whether something changed has looked.
    """
    kept_by_moto = dynamodb_backends[settings.account_id()][settings.region()].tables

    def read() -> Json:
        stack.drain()
        kept: Json = {
            name: sorted(json.dumps(item.to_json(), sort_keys=True) for item in table.all_items())
            for name, table in kept_by_moto.items()
            if name != settings.table("journal")
        }
        kept["documents"] = sorted(one["Key"] for one in objects("documents"))
        return kept

    return read


def room(care_on: date, *, nights: int = 1, expense_cents: int = 8000, **changes: Any) -> Json:
    """A private room, outside the mandatory scheme: 60 € a night, decided by the rule."""
    return {"act": "CP", "care_on": f"{care_on}", "quantity": nights, "expense_cents": expense_cents} | changes


def osteopathy(care_on: date, expense_cents: int = 6000, **changes: Any) -> Json:
    """A session of osteopathy: 30 €, three a year."""
    return {"act": "OST", "care_on": f"{care_on}", "expense_cents": expense_cents} | changes


def consultation(care_on: date, **changes: Any) -> Json:
    """A doctor's consultation, covered by the mandatory scheme."""
    return {"act": "G", "care_on": f"{care_on}", "expense_cents": 3000} | changes
