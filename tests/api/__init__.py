"""Two companies and the people around them, and what every kind of caller gets from every route.

The people are made by the portal itself; only their sessions are opened through storage, since a session must be fresh
at each call whatever the clock did meanwhile.
"""

import base64
import itertools
import json
import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import httpx
from botocore.handlers import BUILTIN_HANDLERS

from chalicelib import clock, passwords, settings
from chalicelib.api.routing import ROUTES, Route
from chalicelib.api.session import Access
from chalicelib.domain.account import Account, AccountState, EmployerRole
from chalicelib.domain.mandate import AccountUse, BankChange, Mandate, SignatureCode
from chalicelib.domain.member import Beneficiary, BeneficiaryState, Relationship, Teletransmission
from chalicelib.domain.payments import BatchState
from chalicelib.domain.request import Actor, Request, RequestKind, RequestState
from chalicelib.domain.required_documents import DocumentKind, RequiredDocument
from chalicelib.domain.work_queue import Agent
from chalicelib.domain.work_stoppage.kinds import StoppageKind
from chalicelib.gateways import documents, secrets
from chalicelib.identifiers import mask_iban
from chalicelib.observability import logger
from chalicelib.services import (
    bank_details,
    bank_holders,
    billing,
    cards,
    contribution_runs,
    contribution_schedules,
    flows,
    hospitals,
    tokens,
    work_queue,
    work_stoppages,
)
from chalicelib.storage import accounts, contracts, contributions, identities, members, requests
from chalicelib.storage import flows as flow_storage
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Transaction
from local.clients import MARK
from local.stack import Stack
from tests import samples
from tests.api import bank, payroll
from tests.portal import PASSWORD, Portal, expect

EXPENSE_CENTS = 47193
FILE_NAME = "canari-facture-chambre.pdf"
GROWN = "Canari-Majeur"
MOBILE = "+33698765432"
REASON = "Canari : la facture est illisible."
HOSPITAL = "Clinique du Canari-Vermeil"
FINESS = "440000289"

_days_ahead = itertools.count(8)

NOBODY = "nobody"
MADE_UP = "a made-up token"
EXPIRED = "an expired session"
SIGNED_OUT = "a signed-out session"
MEMBER = "the member"
COLLEAGUE = "another member of the company"
STRANGER = "a member of another company"
HR = "HR of the company"
READER = "a user of the company who may only read"
OTHER_HR = "HR of another company"
AGENT = "an agent"
INVITEE = "an invitee"
OTHER_INVITEE = "another invitee"

MEMBERS = frozenset({MEMBER, COLLEAGUE, STRANGER})
EMPLOYERS = frozenset({HR, READER, OTHER_HR})
SIGNED_IN = MEMBERS | EMPLOYERS | {AGENT}
INVITED = frozenset({INVITEE, OTHER_INVITEE})
ROLES = (
    NOBODY, MADE_UP, EXPIRED, SIGNED_OUT, COLLEAGUE, STRANGER, OTHER_HR, OTHER_INVITEE, INVITEE, AGENT, READER, HR,
    MEMBER,
)  # fmt: skip
EVERYBODY = frozenset(ROLES)


@dataclass(frozen=True, slots=True)
class Call:
    """One call to AWS, as botocore was about to send it."""

    operation: str
    parameters: dict[str, Any]


_listening: list[tuple[int, list[Call]]] = []


def _hear(model: Any, params: dict[str, Any], **_: Any) -> None:
    """Called by botocore before each call of the process; the local stack's own calls bear its mark."""
    if not _listening or MARK in params["headers"].get("User-Agent", ""):
        return
    body = params["body"]
    text = body.decode() if isinstance(body, bytes) else body if isinstance(body, str) else ""
    parameters = json.loads(text) if text.startswith("{") else {}
    for thread, calls in _listening:
        if thread == threading.get_ident():
            calls.append(Call(f"{model.service_model.service_name}.{model.name}", parameters))


BUILTIN_HANDLERS.append(("before-call", _hear))


@contextmanager
def aws_calls() -> Iterator[list[Call]]:
    """The calls to AWS that this thread makes meanwhile."""
    calls: list[Call] = []
    entry = (threading.get_ident(), calls)
    _listening.append(entry)
    try:
        yield calls
    finally:
        _listening.remove(entry)


class LogBook(logging.Handler):
    """Every line logged by whatever logger, as the project formats it."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextmanager
def log_book() -> Iterator[LogBook]:
    """All that is logged meanwhile, by the project or by the libraries it uses."""
    book = LogBook()
    book.setFormatter(logger.registered_formatter)
    own = logging.getLogger("espace-assure")
    for each in (logging.getLogger(), own):
        each.addHandler(book)
    try:
        yield book
    finally:
        for each in (logging.getLogger(), own):
            each.removeHandler(book)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account: the account's id, and for a member what the insurer knows of them."""

    account_id: str
    email: str
    member_id: str = ""
    numero_adherent: str = ""
    form: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Employer:
    """A company with its contracts by risk, and who administers it."""

    company_id: str
    name: str
    numero_adherent: str
    siren: str
    contracts: dict[str, str]
    numbers: dict[str, str]
    administrator: Person


@dataclass(slots=True, kw_only=True)
class World:
    """What the portal holds in these tests; claims are the member's, by the state they are in."""

    portal: Portal
    stack: Stack
    company: Employer
    other_company: Employer
    people: dict[str, Person]
    invitations: dict[str, tuple[str, str]] = field(default_factory=dict)
    claims: dict[str, dict[str, Any]] = field(default_factory=dict)
    plans: dict[str, str] = field(default_factory=dict)
    employer_request: Request | None = None
    reviewed_document: str = ""
    reimbursement_id: str = ""
    rejected_message: str = ""
    export_id: str = ""
    personal_export_id: str = ""
    statement: str = ""
    contribution_export_id: str = ""
    own_export_id: str = ""
    affiliation_file_id: str = ""
    payroll_file_id: str = ""
    book: LogBook
    calls: list[Call]
    secrets: list[str] = field(default_factory=list)

    def token(self, role: str) -> str | None:
        """A token as somebody in this role holds it: a session just opened, or an invitation's link."""
        match role:
            case "nobody":
                return None
            case "a made-up token":
                return tokens.new_token(self.people[MEMBER].account_id)[0]
            case "an expired session":
                return self.session(self.people[MEMBER], lasting=timedelta(seconds=-1))
            case "a signed-out session":
                token = self.session(self.people[MEMBER])
                self.call("DELETE", "/access/session", token)
                return token
            case "an invitee" | "another invitee":
                return self.invitations[role][1]
        return self.session(self.people[role])

    def session(self, person: Person, *, lasting: timedelta = timedelta(minutes=30)) -> str:
        """The token of a session of a person."""
        account = accounts.get(person.account_id)
        assert account is not None
        token, digest = tokens.new_token(person.account_id)
        accounts.open_session(account, digest, started=clock.now(), expires=clock.now() + lasting)
        self.secrets.append(token)
        return token

    def call(self, method: str, path: str, token: str | None = None, **arguments: Any) -> httpx.Response:
        """A request with a token, if any."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.portal.http.request(method, path, headers=headers | arguments.pop("headers", {}), **arguments)

    def as_(self, role: str, method: str, path: str, **arguments: Any) -> httpx.Response:
        """A request by somebody in a role."""
        return self.call(method, path, self.token(role), **arguments)

    def change_account(self, person: Person, **changes: Any) -> None:
        """Put a person's account into another state."""
        account = accounts.get(person.account_id)
        assert account is not None
        with Transaction() as transaction:
            accounts.save(transaction, replace(account, **changes))

    @property
    def line(self) -> dict[str, Any]:
        """The line of every claim: an act with an amount that appears nowhere else."""
        return {"act": "CP", "care_on": _care_on(), "expense_cents": EXPENSE_CENTS}

    @property
    def claim_form(self) -> dict[str, Any]:
        """The member's claim, for a night in a private room."""
        beneficiary = members.get(self.people[MEMBER].member_id)
        assert beneficiary is not None
        assert beneficiary.holder is not None
        return {"beneficiary_id": beneficiary.holder.beneficiary_id, "form": "other", "lines": [self.line]}

    @property
    def canaries(self) -> dict[str, str]:
        """What betrays the member: to nobody but the member, and none of it ever to a log."""
        form = self.people[MEMBER].form
        return {
            "name": form["last_name"],
            "e-mail": form["email"],
            "street": form["address"]["line1"],
            "numéro adhérent": self.people[MEMBER].numero_adherent,
            "IBAN": form["bank"]["iban"],
            "NIR": form["nir"],
        }

    @property
    def care(self) -> dict[str, str]:
        """What betrays the member's care, whoever reads it."""
        paid = self.reimbursement_id
        claims = {f"claim {state}": one["request_id"] for state, one in self.claims.items()}
        plans = {f"plan {name}": request_id for name, request_id in self.plans.items()}
        return (
            claims
            | plans
            | {
                "hospital": HOSPITAL,
                "expense": str(EXPENSE_CENTS),
                "expense in euros": f"{EXPENSE_CENTS // 100},{EXPENSE_CENTS % 100}",
                "reimbursement": paid,
                "number of the décompte": paid.rpartition("-")[0].upper(),
                "décompte": f"statements/{self.people[MEMBER].member_id}",
                "file": FILE_NAME,
                "document": self.reviewed_document,
                "agent's reason": REASON,
            }
        )


def _care_on() -> str:
    return (clock.today() - timedelta(days=9)).isoformat()


def build(portal: Portal, stack: Stack, book: LogBook, calls: list[Call]) -> World:
    """Two companies, five members, an agent, three invitations, and four claims in four states."""
    company, other = employ(portal), employ(portal)
    people = {
        HR: company.administrator,
        OTHER_HR: other.administrator,
        MEMBER: _member(portal, company, "sante", **_telling()),
        COLLEAGUE: _member(portal, company, "sante", last_name="Morvan"),
        STRANGER: _member(portal, other, "sante", last_name="Zellidja"),
        "without an e-mail": _member(portal, company, "sante", email=None),
        "provident only": _member(portal, company, "prevoyance"),
        AGENT: _agent(portal),
        "another agent": _agent(portal),
        READER: _second_user(company),
        "a user to come": _second_user(company),
    }
    world = World(
        portal=portal, stack=stack, company=company, other_company=other, people=people, book=book, calls=calls
    )
    world.secrets.append(PASSWORD)
    kept = passwords.hash_password(PASSWORD)
    for name, person in people.items():
        if name != "a user to come":
            world.change_account(person, state=AccountState.ACTIVE, password_hash=kept)
    for name in (INVITEE, OTHER_INVITEE, "an invitee to cancel"):
        world.invitations[name] = _invite(world)
    world.secrets += [token for _, token in world.invitations.values()]
    world.rejected_message = _rejected(world)
    world.export_id = _export(world)
    world.personal_export_id = _personal_export(world)
    world.own_export_id = _own_export(world)
    world.statement = _statement(world)
    world.contribution_export_id = _contribution_export(world)
    world.affiliation_file_id = _affiliation_file(world)
    world.payroll_file_id = _payroll_file(world)
    world.employer_request = _employer_request(world)
    _plan(world)
    _claim(world, "paid")
    _claim(world, "reviewed")
    stack.faults.fail_function("claim-settle", times=20)
    _claim(world, "failed")
    stack.faults.clear()
    world.claims["pending"] = _open(world, "pending")
    world.reimbursement_id = _read(world, "paid")["reimbursement_id"]
    world.reviewed_document = _read(world, "reviewed")["attachments"][0]["document_id"]
    states = {name: _read(world, name)["state"] for name in world.claims}
    assert states == {
        "paid": "PAYMENT_ORDERED", "reviewed": "IN_REVIEW", "failed": "FAILED", "pending": "PENDING_DOCUMENTS",
    }  # fmt: skip
    return world


def employ(portal: Portal) -> Employer:
    """A new company; its confirmation has just been mailed."""
    file = samples.subscription()
    file["contracts"].append(payroll.contract_on_pay())
    name = file["companies"][0]["name"] = f"Conserverie {file['reference'].rpartition('-')[2]}"
    report = portal.drop(f"{file['reference']}.json", file)
    assert report["outcome"] == "accepted", report
    portal.settle()
    number = report["companies"][0]["numero_adherent"]
    company_id = identities.find(Identity.COMPANY_NUMBER, number)
    email = file["administrator"]["email"]
    account_id = identities.find(Identity.EMPLOYER_EMAIL, email)
    assert company_id is not None
    assert account_id is not None
    return Employer(
        company_id=company_id,
        name=name,
        numero_adherent=number,
        siren=file["companies"][0]["siren"],
        contracts={
            one["risk"]: tokens.derived_id(
                "contract", tokens.derived_id("subscription", file["reference"]), one["number"]
            )
            for one in file["contracts"]
        },
        numbers={one["risk"]: one["number"] for one in file["contracts"]},
        administrator=Person(account_id=account_id, email=email),
    )


def _telling() -> dict[str, Any]:
    """A name and an address that nobody else has."""
    address = {"line1": "17 impasse du Canari", "postcode": "29200", "city": "Brest"}
    return {"last_name": "Canari-Kerguelen", "address": address}


def _member(portal: Portal, employer: Employer, risk: str, **changes: Any) -> Person:
    form = samples.enrolled_member(employer.numbers[risk], **changes)
    return enrol(portal, employer, form)[0]


def enrol(portal: Portal, employer: Employer, *forms: dict[str, Any]) -> list[Person]:
    """Members of a company, known to the portal; their confirmation has just been mailed."""
    reference = f"ADH-{tokens.new_id()[:12]}"
    file = {
        "kind": "enrolment",
        "reference": reference,
        "numero_adherent": employer.numero_adherent,
        "members": list(forms),
    }
    report = portal.drop(f"{reference}.json", file)
    assert report["outcome"] == "accepted", report
    portal.settle()
    return [_enrolled(form, row["numero_adherent"]) for form, row in zip(forms, report["members"], strict=True)]


def _enrolled(form: dict[str, Any], number: str) -> Person:
    member_id = identities.find(Identity.MEMBER_NUMBER, number)
    member = members.get(member_id) if member_id else None
    assert member is not None
    assert member.account_id is not None
    return Person(
        account_id=member.account_id,
        email=form["email"] or "",
        member_id=member.member_id,
        numero_adherent=number,
        form=form,
    )


def _agent(portal: Portal) -> Person:
    email = samples.email("gestion")
    agent = {"first_name": "Yann", "last_name": "Tanguy", "email": email}
    file = {"kind": "agents", "reference": f"AG-{tokens.new_id()[:12]}", "agents": [agent]}
    assert portal.drop(f"{file['reference']}.json", file)["outcome"] == "accepted"
    account_id = identities.find(Identity.AGENT_EMAIL, email)
    assert account_id is not None
    return Person(account_id=account_id, email=email)


def _second_user(employer: Employer) -> Person:
    """Another user of a company, who may only read and has not signed in yet."""
    account = replace(
        account_of(employer.administrator),
        account_id=tokens.new_id(),
        email=samples.email("lecture"),
        role=EmployerRole.READER,
        version=0,
    )
    with Transaction() as transaction:
        accounts.save(transaction, account)
    return Person(account_id=account.account_id, email=account.email or "")


def _invite(world: World) -> tuple[str, str]:
    """The member id and the token of somebody whom HR of the company has just invited."""
    email = samples.email("invite")
    body = {
        "risk": "sante",
        "contract_id": world.company.contracts["sante"],
        "email": email,
        "affiliation_date": clock.today().isoformat(),
    }
    path = f"/employer/companies/{world.company.company_id}/pre-affiliations"
    employee = expect(world.as_(HR, "POST", path, json=body), 201)
    return employee["member_id"], world.portal.link_in(world.portal.mail(email, "invit"))


def _rejected(world: World) -> str:
    """The id of a mail that was refused for good."""
    email = samples.email("refuse")
    world.stack.faults.fail_call("ses.SendEmail", error="MessageRejected", containing=email)
    form = samples.enrolled_member(world.company.numbers["sante"], email=email)
    person = enrol(world.portal, world.company, form)[0]
    assert not world.stack.faults.pending()
    return f"affiliation-confirmed:{person.member_id}"


def _personal_export(world: World) -> str:
    """The archive of the member's data, written."""
    asked = world.as_(MEMBER, "POST", "/member/personal-data", json={"password": PASSWORD})
    world.portal.settle()
    return str(expect(asked, 202)["export_id"])


def _export(world: World) -> str:
    """An export of the company's employees, written."""
    path = f"/employer/companies/{world.company.company_id}/employee-exports"
    export_id: str = expect(world.as_(HR, "POST", path, json={"format": "csv"}), 202)["export_id"]
    world.portal.settle()
    return export_id


def _statement(world: World) -> str:
    """The number of a statement of the company's santé contract, called today, with its PDF and its échéancier."""
    company, today = world.company, clock.today()
    first = today.replace(day=1)
    tariff = {
        "valid_from": "2024-01-01",
        "employer_share_percent": "60",
        "rates": [{"label": "Salarié", "role": "unique", "basis": "euros", "value": "40"}],
    }
    report = world.portal.drop(
        "tarif-monde.json",
        {
            "kind": "tariff_change",
            "reference": f"TARIF-{company.numero_adherent}",
            "numero_adherent": company.numero_adherent,
            "contract": company.numbers["sante"],
            "tariffs": [tariff],
        },
    )
    assert report["outcome"] == "accepted", report
    account = contributions.account(company.company_id, company.contracts["sante"])
    assert account is not None
    with Transaction() as transaction:
        last = (first - timedelta(days=1)).replace(day=1)
        contributions.save_account(transaction, replace(account, next_from=last, bill_on=today))
    contribution_runs.plan(f"{today}")
    assert billing.call(company.company_id, company.contracts["sante"]) is billing.Outcome.CALLED
    contribution_runs.report(f"{today}")
    path = f"/employer/companies/{company.company_id}/contracts/{company.contracts['sante']}/payment-schedule"
    expect(world.as_(HR, "GET", path), 200)
    world.portal.settle()
    found, _ = contributions.page_of_company(company.company_id, before=None, limit=10)
    return found[-1].number


def _contribution_export(world: World) -> str:
    """An export of the company's contributions, written."""
    path = f"/employer/companies/{world.company.company_id}/contribution-exports"
    export_id: str = expect(world.as_(HR, "POST", path, json={"format": "csv"}), 202)["export_id"]
    world.portal.settle()
    return export_id


def _own_export(world: World) -> str:
    """An export of the member's reimbursements, written."""
    asked = world.as_(MEMBER, "POST", "/member/reimbursement-exports", json={"format": "csv"})
    world.portal.settle()
    export_id: str = expect(asked, 202)["export_id"]
    return export_id


def _grown_child(world: World) -> str:
    """A child of the member who is of age, and whom nobody has asked."""
    member = members.get(world.people[MEMBER].member_id)
    assert member is not None
    assert member.holder is not None
    known = [one for one in member.beneficiaries if one.last_name == GROWN]
    if known:
        return known[0].beneficiary_id
    child = replace(
        member.holder,
        beneficiary_id=tokens.new_id(),
        rank=9,
        relationship=Relationship.CHILD,
        last_name=GROWN,
        birth_date=date(2000, 1, 1),
        nir=None,
        covered_to=clock.today() - timedelta(days=1),
    )
    with Transaction() as transaction:
        members.save(transaction, replace(member, beneficiaries=(*member.beneficiaries, child)))
    return child.beneficiary_id


def _card_as_it_stands(world: World, request: "Sample") -> "Sample":
    """The same request, once the member's card says what other requests have made of their cover."""
    cards.write(world.people[MEMBER].member_id)
    return request


def affiliations(world: World, email: str) -> dict[str, Any]:
    """A file that affiliates one employee to the santé contract of the company."""
    row = f"santé;{world.company.numbers['sante']};{email};{clock.today():%d/%m/%Y}"
    sheet = f"Risque;Numéro de contrat;Courriel;Date d’affiliation\r\n{row}\r\n"
    return {"name": "affiliations.csv", "content": base64.b64encode(sheet.encode()).decode()}


def _payroll_file(world: World) -> str:
    """A sheet of salaries that was checked."""
    path = f"/employer/companies/{world.company.company_id}/payroll-files"
    form = expect(world.as_(HR, "POST", path, json=_salaries(world)), 201)
    number = world.people["provident only"].numero_adherent
    world.portal.surroundings.upload(form, f"Numéro adhérent;Salaire\r\n{number};3000\r\n".encode())
    world.portal.settle()
    return str(form["file_id"])


def _salaries(world: World) -> dict[str, Any]:
    """The announcement of a sheet for the month under way."""
    contract_id = world.company.contracts["prevoyance"]
    return {"kind": "salaries", "name": "salaires.csv", "contract_id": contract_id, "month": payroll.month()}


def _affiliation_file(world: World) -> str:
    """A file of affiliations that was applied."""
    path = f"/employer/companies/{world.company.company_id}/affiliation-files"
    file_id: str = expect(world.as_(HR, "POST", path, json=affiliations(world, samples.email("file"))), 201)["file_id"]
    expect(world.as_(HR, "POST", f"{path}/{file_id}/application"), 202)
    world.portal.settle()
    return file_id


def _employer_request(world: World) -> Request:
    """A démarche that HR of the company has opened about the member; it waits for a document."""
    member = world.people[MEMBER]
    request = Request(
        request_id=tokens.new_id(),
        kind=RequestKind.BENEFICIARY_ADDITION,
        member_id=member.member_id,
        company_id=world.company.company_id,
        opened_by=Actor.EMPLOYER,
        account_id=world.people[HR].account_id,
        state=RequestState.PENDING_DOCUMENTS,
        required=(RequiredDocument(kind=DocumentKind.FAMILY_RECORD, about=member.member_id, reason="Elle manque."),),
        title="Ajout d’un ayant droit",
        created_at=clock.now(),
    )
    with Transaction() as transaction:
        requests.save(transaction, request)
    return request


def _bank_change(world: World) -> Request:
    """A change of the company's account whose mandate waits for its signature, another one at each call."""
    return _change_of(world, world.company.administrator, bank_holders.company(world.company.company_id))


def _own_bank_change(world: World) -> Request:
    """The same of the member's account, to be debited."""
    person = world.people[MEMBER]
    return _change_of(world, person, bank_holders.member(person.member_id, AccountUse.DEBITS))


def _frozen_change(world: World) -> Request:
    """A change of the company's account that an agent has frozen."""
    change = _bank_change(world)
    holder = bank_holders.company(world.company.company_id)
    with Transaction() as transaction:
        holder.save(transaction, replace(holder.bank, change_id=change.request_id), at=clock.now())
    bank_details.freeze_for_agent(account_of(world.people[AGENT]), change.request_id)
    return change


def _change_of(world: World, person: Person, holder: bank_holders.Holder) -> Request:
    iban, account = samples.iban(), account_of(person)
    world.secrets.append(iban)
    if account.mobile is None:
        world.change_account(person, mobile=MOBILE)
    request_id, now = tokens.new_id(), clock.now()
    mandate = Mandate(
        rum=f"RUM-{request_id[:20]}",
        ics=settings.creditor_id(),
        creditor_name="Assureur",
        creditor_address="1 rue de l’Exemple, 75001 Paris",
        debtor_name=world.company.name,
        debtor_address="1 rue des Tests, 44000 Nantes",
        place="Nantes",
        holder=world.company.name,
        iban_sealed=secrets.seal(iban, field="iban"),
        iban_masked=mask_iban(iban),
        bic=None,
        request_id=request_id,
        written_on=clock.today(),
    )
    document = request_id * 2
    sent = SignatureCode(
        digest="of another code",
        document_sha256=document,
        account_id=account.account_id,
        phone_masked="06 ** ** ** 78",
        issued_at=now - timedelta(minutes=1),
    )
    change = BankChange(mandate=mandate, document_sha256=document, code=sent, codes=1)
    opened = holder.draft(request_id, account.account_id, change, at=now)
    ready = opened.moved_to(RequestState.PENDING_SIGNATURE, at=now, actor="system", event="mandate_written")
    documents.write("documents", change.document_key, samples.pdf("mandat"), content_type="application/pdf")
    with Transaction() as transaction:
        requests.save(transaction, ready)
    return ready


def _open(world: World, name: str) -> dict[str, Any]:
    headers = {"Idempotency-Key": f"claim-{name}"}
    claim: dict[str, Any] = expect(
        world.as_(MEMBER, "POST", "/member/claims", json=world.claim_form, headers=headers), 201
    )
    return claim


def _claim(world: World, name: str) -> None:
    """A claim with its documents, taken as far as it goes without an agent; a second one like it waits for an agent."""
    world.claims[name] = claim = _open(world, name)
    for required in claim["missing"]:
        body = {
            "kind": required["kind"],
            "about": required["about"],
            "name": FILE_NAME,
            "content_type": "application/pdf",
        }
        form = expect(world.as_(MEMBER, "POST", f"/member/requests/{claim['request_id']}/uploads", json=body), 201)
        world.portal.surroundings.upload(form, samples.pdf(name))
    world.portal.settle()


def _plan(world: World) -> None:
    """An estimate that is ready, a devis that waits for an agent, and a commitment to a verified hospital."""
    for name, form, line in (
        ("estimate", "other", planned_line()),
        ("doubtful", "optical", planned_line() | {"act": "OPT-B"}),
    ):
        body = world.claim_form | {"form": form, "lines": [line]}
        headers = {"Idempotency-Key": f"estimate-{name}"}
        request = expect(world.as_(MEMBER, "POST", "/member/estimates", json=body, headers=headers), 201)["request"]
        world.plans[name] = request["request_id"]
        path = f"/member/requests/{request['request_id']}/uploads"
        upload = expect(world.as_(MEMBER, "POST", path, json=_upload(request)), 201)
        world.portal.surroundings.upload(upload, samples.pdf(name))
    proof = {"email": _record_hospital(), "proof": "Par téléphone."}
    expect(world.as_(AGENT, "POST", f"/backoffice/hospitals/{FINESS}/verification", json=proof), 200)
    headers = {"Idempotency-Key": "commitment"}
    body = planned_stay(world, MEMBER, HOSPITAL, in_days=7)
    asked = expect(world.as_(MEMBER, "POST", "/member/hospital-commitments", json=body, headers=headers), 201)
    world.plans["commitment"] = asked["request"]["request_id"]
    world.portal.settle()


def planned_line() -> dict[str, Any]:
    """A line of a devis, for today."""
    return {"act": "OST", "care_on": clock.today().isoformat(), "expense_cents": 43000}


def planned_stay(world: World, role: str, hospital: str, *, in_days: int) -> dict[str, Any]:
    """A stay that begins in some days."""
    enters_on = clock.today() + timedelta(days=in_days)
    stay = {"enters_on": f"{enters_on}", "leaves_on": f"{enters_on + timedelta(days=3)}", "speciality": "chirurgie"}
    named = {"finess": FINESS, "name": hospital, "city": "Brest"}
    return {"beneficiary_id": _own_beneficiary(world, role), "stay": stay, "hospital": named}


def _own_beneficiary(world: World, role: str) -> str:
    """The member in a role as a covered person; somebody else asks for the member."""
    person = world.people.get(role, world.people[MEMBER])
    member = members.get(person.member_id or world.people[MEMBER].member_id)
    assert member is not None
    assert member.holder is not None
    return member.holder.beneficiary_id


def _read(world: World, name: str) -> dict[str, Any]:
    request: dict[str, Any] = expect(
        world.as_(MEMBER, "GET", f"/member/requests/{world.claims[name]['request_id']}"), 200
    )
    return request


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A good request to a route: what stands in its path, and what goes with it."""

    path: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, Any] = field(default_factory=dict)


def sample(*, json: Any = None, params: dict[str, str] | None = None, key: str = "", **path: str) -> Sample:
    """A sample, by its parts."""
    arguments: dict[str, Any] = {}
    if json is not None:
        arguments["json"] = json
    if params:
        arguments["params"] = params
    if key:
        arguments["headers"] = {"Idempotency-Key": key}
    return Sample(path=path, arguments=arguments)


def _of_statement(world: World, role: str) -> Sample:
    return sample(company_id=world.company.company_id, number=world.statement)


def _of_billed_contract(world: World, role: str) -> Sample:
    return sample(company_id=world.company.company_id, contract_id=world.company.contracts["sante"])


def _run_of_today(world: World, role: str) -> Sample:
    """A run that was planned and reported on today."""
    today = f"{clock.today()}"
    contribution_runs.plan(today)
    contribution_runs.report(today)
    return sample()


def _foreseen_schedule(world: World, role: str) -> Sample:
    """A contract whose échéancier was foreseen today."""
    found = _of_billed_contract(world, role)
    contract = contracts.get(found.path["company_id"], found.path["contract_id"])
    assert contract is not None
    contribution_schedules.foresee(contract)
    return found


def unknown_number() -> str:
    """A numéro adhérent that nobody has, another at each call."""
    return f"9{next(_unknown):013d}"


_unknown = itertools.count(1)


def _sign_in(field_name: str) -> Callable[[World, str], Sample]:
    """A wrong pair; only nobody's gets as far as the password, which takes a while by design."""
    return lambda world, role: sample(
        json={field_name: samples.email("inconnu"), "password": PASSWORD if role == NOBODY else ""}
    )


def _forgotten(field_name: str) -> Callable[[World, str], Sample]:
    return lambda world, role: sample(json={field_name: samples.email("inconnu")})


def _upload(request: dict[str, Any]) -> dict[str, Any]:
    required = request["missing"][0]
    return {"kind": required["kind"], "about": required["about"], "name": "f.pdf", "content_type": "application/pdf"}


def _invited_upload(world: World, role: str) -> Sample:
    request = world.as_(role, "GET", "/affiliation").json().get("request") if role in INVITED else None
    known = request or {"missing": [{"kind": "rib", "about": "x"}]}
    return sample(json=_upload(known))


def _planned(world: World, role: str) -> Sample:
    """Care to come of whoever asks."""
    body = {"beneficiary_id": _own_beneficiary(world, role), "form": "other", "lines": [planned_line()]}
    return sample(json=body, key=f"plan-{tokens.new_id()}")


def _admitted(world: World, role: str) -> Sample:
    """An admission of whoever asks, to a verified hospital whose name says nothing, each on another day."""
    hospitals.verify(FINESS, email=_record_hospital(), proof="Par téléphone.", agent_id="a third agent")
    body = planned_stay(world, role, "Hôpital général", in_days=next(_days_ahead))
    return sample(json=body, key=f"stay-{tokens.new_id()}")


def _plan_of(name: str, **more: Any) -> Callable[[World, str], Sample]:
    return lambda world, role: sample(request_id=world.plans[name], **more)


def _needs(world: World, role: str) -> Sample:
    return sample(params={"beneficiary_id": _own_beneficiary(world, role), "act": "G", "care_on": _care_on()})


def _hospital(**more: Any) -> Callable[[World, str], Sample]:
    return lambda world, role: sample(finess=FINESS, **more)


def _hospital_recorded(world: World, role: str) -> Sample:
    """A new address, which another agent has recorded."""
    return sample(finess=FINESS, json={"email": _record_hospital(), "proof": "Par téléphone."})


def _record_hospital() -> str:
    address = samples.email("hopital")
    hospitals.record(FINESS, name=HOSPITAL, city="Brest", email=address, agent_id="another agent")
    return address


def _own_claim(world: World, role: str) -> Sample:
    form = world.claim_form | {"beneficiary_id": _own_beneficiary(world, role)}
    return sample(json=form, key=f"walk-{tokens.new_id()}")


def _company(world: World, role: str) -> Sample:
    return sample(company_id=world.company.company_id)


def _affiliations_applied(world: World, role: str) -> Sample:
    return sample(company_id=world.company.company_id, file_id=world.affiliation_file_id)


def _payroll_checked(world: World, role: str) -> Sample:
    return sample(company_id=world.company.company_id, file_id=world.payroll_file_id)


def _month_of_pay(world: World, role: str) -> Sample:
    contract_id = world.company.contracts["prevoyance"]
    return sample(company_id=world.company.company_id, contract_id=contract_id, month=payroll.month())


def _month_to_declare(world: World, role: str) -> Sample:
    pay = {"member_id": world.people["provident only"].member_id, "pay_cents": 320050}
    return replace(_month_of_pay(world, role), arguments={"json": {"amounts": [pay]}})


def _debt(step: str, body: dict[str, Any] | None = None) -> Callable[[World, str], Sample]:
    """A debt of the other company at a step, another at each call; nothing else is asked of its prévoyance."""

    def request(world: World, role: str) -> Sample:
        other = world.other_company
        number = payroll.debt(other.company_id, other.contracts["prevoyance"], step=step)
        return sample(number=number, json=body)

    return request


def _debts(world: World, role: str) -> Sample:
    """The list, in which there is a debt."""
    _debt("notice")(world, role)
    return sample()


def _formal_notice(world: World, role: str) -> Sample:
    number = payroll.debt(world.company.company_id, world.company.contracts["prevoyance"])
    return sample(company_id=world.company.company_id, number=number)


def _contract(world: World, role: str) -> Sample:
    return sample(company_id=world.company.company_id, contract_id=world.company.contracts["sante"])


def _employee(who: str) -> Callable[[World, str], Sample]:
    def take(world: World, role: str) -> Sample:
        member_id = world.people[who].member_id if who in world.people else world.invitations[who][0]
        return sample(company_id=world.company.company_id, member_id=member_id)

    return take


def _leaving(world: World, role: str) -> Sample:
    """The member's departure, a month ahead."""
    body = {
        "reason": "rupture_conventionnelle",
        "leaving_on": f"{clock.today() + timedelta(days=30)}",
        "contract_started_on": "2020-01-06",
    }
    found = _employee(MEMBER)(world, role)
    return sample(json=body, **found.path)


def _letter(world: World, role: str) -> Sample:
    """The letter of the member's departure, once it is written."""
    world.portal.settle()
    return sample(document_id="rights", **_employee(MEMBER)(world, role).path)


def _addition(world: World, role: str) -> Sample:
    """A child whom nobody has added to the member's cover."""
    child = {"relationship": "enfant", "first_name": f"Zoé {tokens.new_id()}", "last_name": "Martin"}
    born = f"{clock.today() - timedelta(days=3)}"
    found = _employee(MEMBER)(world, role)
    return sample(json=child | {"birth_date": born, "event_on": born}, **found.path)


def _request(world: World, role: str) -> Sample:
    return sample(request_id=world.claims["pending"]["request_id"])


def _followed(world: World, **body: str) -> Sample:
    assert world.employer_request is not None
    ids = {"company_id": world.company.company_id, "request_id": world.employer_request.request_id}
    return sample(**ids, json=body or None)


def _bank(**more: Any) -> Callable[[World, str], Sample]:
    return lambda world, role: sample(
        company_id=world.company.company_id, request_id=_bank_change(world).request_id, **more
    )


def _own_bank(**more: Any) -> Callable[[World, str], Sample]:
    return lambda world, role: sample(request_id=_own_bank_change(world).request_id, **more)


def _newborn(world: World, role: str) -> Sample:
    """A child whom nobody has asked for."""
    today = clock.today().isoformat()
    child = {"relationship": "enfant", "first_name": f"Zoé {tokens.new_id()[:8]}", "last_name": "Canari"}
    return sample(json=child | {"birth_date": today, "event_on": today})


def _child(world: World, role: str) -> Sample:
    """A child of the member, covered already, another one at each call."""
    member = members.get(world.people[MEMBER].member_id)
    assert member is not None
    child = Beneficiary(
        beneficiary_id=tokens.new_id(),
        rank=len(member.beneficiaries) + 1,
        relationship=Relationship.CHILD,
        first_name="Inès",
        last_name="Canari",
        birth_date=clock.today(),
        nir=None,
        covered_from=clock.today(),
        state=BeneficiaryState.ACTIVE,
    )
    with Transaction() as transaction:
        members.save(transaction, replace(member, beneficiaries=(*member.beneficiaries, child)))
    return sample(beneficiary_id=child.beneficiary_id)


def _child_with_teletransmission(world: World, role: str) -> Sample:
    """The same, whose statements the mandatory scheme sends by itself."""
    child = _child(world, role)
    member = members.get(world.people[MEMBER].member_id)
    assert member is not None
    person = member.beneficiary(str(child.path["beneficiary_id"]))
    assert person is not None
    with Transaction() as transaction:
        members.save(transaction, member.with_beneficiary(replace(person, teletransmission=Teletransmission.ON)))
    return child


def _flow(*, act: str = "G", overpaid_cents: int = 0, **more: Any) -> Callable[[World, str], Sample]:
    """A décompte of the mandatory scheme about somebody nobody knows, another one at each call."""

    def make(world: World, role: str) -> Sample:
        number = tokens.new_id()
        line = {"decompte": number, "line": 1, "lines": 1, "person": {"nir": samples.nir()}, "care_on": "2010-03-02"}
        paid = {"expense_cents": 3000, "base_cents": 3000, "rate_percent": "70", "statutory_cents": 2100}
        flows.receive([(2, line | paid | {"act": act})], scheme="01751", file="world")
        flow_id = tokens.derived_id("flow", "01751", number)
        if overpaid_cents:
            held = flow_storage.get(flow_id)
            assert held is not None
            with Transaction() as transaction:
                flow_storage.save(transaction, replace(held, ordered_cents=overpaid_cents))
        return sample(flow_id=flow_id, **more)

    return make


def _attached_flow(world: World, role: str) -> Sample:
    body = {"numero_adherent": world.people[COLLEAGUE].numero_adherent, "reason": "Vu l’attestation."}
    return _flow(json=body)(world, role)


def _user(world: World) -> dict[str, Any]:
    return {"display_name": "Yann Morvan", "role": "reader", "company_ids": [world.company.company_id]}


def _user_to_come(world: World, role: str) -> Sample:
    return sample(company_id=world.company.company_id, account_id=world.people["a user to come"].account_id)


def stoppage_answers(start: date) -> dict[str, Any]:
    """Every answer of a stoppage that begins on a day."""
    return {
        "starts_on": f"{start}", "last_worked_on": f"{start}", "expected_end_on": f"{start + timedelta(days=14)}",
        "prescriber": "medecin", "hospitalised": False, "hired_on": "2024-02-05", "seasonal": False, "by_dsn": True,
        "gross_month_3": 290_000, "gross_month_2": 300_000, "gross_month_1": 310_000, "reference_gross": 3_600_000,
        "reference_net": 2_844_000, "subrogation": True,
    }  # fmt: skip


def _stoppage(*, sent: bool = False, **more: Any) -> Callable[[World, str], Sample]:
    """A declaration of its own at each call, of one day, complete: a draft, or sent and with a file."""

    def take(world: World, role: str) -> Sample:
        company_id, account = world.company.company_id, account_of(world.people[HR])
        draft = work_stoppages.start(
            company_id,
            account,
            member_id=world.people["provident only"].member_id,
            contract_id=world.company.contracts["prevoyance"],
            kind=StoppageKind.ILLNESS,
            key=tokens.new_id(),
        )
        start = clock.today() - timedelta(days=next(_unknown) % 600)
        answers = stoppage_answers(start) | {"late_reason": "Reprise du passé.", "expected_end_on": f"{start}"}
        work_stoppages.save(company_id, draft.request_id, answers)
        arguments = {"company_id": company_id, "request_id": draft.request_id} | more
        if sent:
            declared = work_stoppages.declare(company_id, draft.request_id, account)
            arguments |= {"document_id": _with_file(world, declared)}
        return sample(**arguments)

    return take


def _with_file(world: World, request: Request) -> str:
    """The id of a file of a request: the very one that stands with the reviewed claim."""
    claim = requests.get(world.claims["reviewed"]["request_id"])
    assert claim is not None
    with Transaction() as transaction:
        requests.save(transaction, request.with_attachment(claim.attachments[0]))
    return claim.attachments[0].document_id


def _reimbursement(world: World, role: str) -> Sample:
    return sample(reimbursement_id=world.reimbursement_id)


def _reviewed_id(world: World) -> str:
    """The claim that waits for an agent."""
    return str(world.claims["reviewed"]["request_id"])


def _reviewed(**more: Any) -> Callable[[World, str], Sample]:
    return lambda world, role: sample(claim_id=world.claims["reviewed"]["request_id"], **more)


def _in_hand(world: World, role: str) -> Sample:
    """An item that an agent has and a colleague gets, another one at each call."""
    item = _flow()(world, role).path["flow_id"]
    work_queue.take(item, Agent(world.people[AGENT].account_id, "Yann Tanguy"))
    return sample(request_id=item, json={"email": world.people["another agent"].email})


def _nothing(world: World, role: str) -> Sample:
    return sample()


def _stopped_payments(world: World, role: str) -> Sample:
    bank.stopped_order(world.people[MEMBER].member_id)
    return sample()


# For each route, a good request that concerns the member, the company or the claims of the world. A route that is not
# here fails the walk.
REQUESTS: dict[str, Callable[[World, str], Sample]] = {
    "POST /access/employer/first-connection": lambda world, role: sample(
        json={"numero_adherent": unknown_number(), "siren": samples.siren(), "postcode": "44000"}
    ),
    "POST /access/member/first-connection": lambda world, role: sample(
        json={"numero_adherent": unknown_number(), "nir_last8": "75001001", "birth_date": "1990-05-17"}
    ),
    "POST /access/passwords": lambda world, role: sample(
        json={"token": tokens.new_token(tokens.new_id())[0], "password": PASSWORD}
    ),
    "PUT /access/password": lambda world, role: sample(json={"current": PASSWORD, "new": "court"}),
    "POST /access/email-confirmations": lambda world, role: sample(
        json={"token": tokens.new_token(tokens.new_id())[0]}
    ),
    "POST /access/bank-freezes": lambda world, role: sample(json={"token": tokens.new_token(tokens.new_id())[0]}),
    "POST /access/employer/forgotten-password": _forgotten("email"),
    "POST /access/member/forgotten-password": _forgotten("identifier"),
    "POST /access/backoffice/forgotten-password": _forgotten("email"),
    "POST /access/employer/sessions": _sign_in("email"),
    "POST /access/member/sessions": _sign_in("identifier"),
    "POST /access/backoffice/sessions": _sign_in("email"),
    "DELETE /access/session": _nothing,
    "GET /affiliation": _nothing,
    "POST /affiliation": lambda world, role: sample(json=samples.affiliation_form()),
    "POST /affiliation/uploads": _invited_upload,
    "GET /openapi.json": _nothing,
    "GET /member": _nothing,
    "GET /member/card": lambda world, role: _card_as_it_stands(world, sample()),
    "GET /member/contracts/{contract_id}/documents/{document_id}": lambda world, role: sample(
        contract_id=world.company.contracts["sante"], document_id="guarantees"
    ),
    "GET /member/acts": lambda world, role: sample(params={"form": "optical"}),
    "GET /member/claims/needs": _needs,
    "POST /member/claims": _own_claim,
    "POST /member/simulations": _planned,
    "POST /member/estimates": _planned,
    "GET /member/estimates/{request_id}": _plan_of("estimate"),
    "GET /member/estimates/{request_id}/document": _plan_of("estimate"),
    "POST /member/hospital-commitments": _admitted,
    "GET /member/hospital-commitments/{request_id}": _plan_of("commitment"),
    "GET /member/journal": _nothing,
    "POST /member/personal-data": lambda world, role: sample(json={"password": PASSWORD}),
    "POST /member/personal-data/{export_id}/download": lambda world, role: sample(
        export_id=world.personal_export_id, json={"password": PASSWORD}
    ),
    "GET /member/requests": _nothing,
    "GET /member/requests/{request_id}": _request,
    "POST /member/requests/{request_id}/uploads": lambda world, role: sample(
        request_id=world.claims["pending"]["request_id"], json=_upload(world.claims["pending"])
    ),
    "GET /member/beneficiaries": _nothing,
    "POST /member/beneficiaries": _newborn,
    "POST /member/beneficiaries/{beneficiary_id}/removal": _child,
    "DELETE /member/beneficiaries/{beneficiary_id}/removal": _child,
    "GET /member/addresses": _nothing,
    "POST /member/addresses": lambda world, role: sample(
        json={"address": {"line1": f"{tokens.new_id()[:6]} rue du Bac", "postcode": "20200", "city": "Bastia"}},
        key=tokens.new_id(),
    ),
    "GET /member/bank-details": _nothing,
    "POST /member/bank-details": lambda world, role: sample(
        json={"use": "remboursements", "iban": samples.iban(), "holder": "Léa Martin"}, key=tokens.new_id()
    ),
    "GET /member/bank-details/{request_id}/mandate": _own_bank(),
    "POST /member/bank-details/{request_id}/signature-code": _own_bank(),
    "POST /member/bank-details/{request_id}/signature": _own_bank(json={"code": "123456"}),
    "DELETE /member/bank-details/{request_id}": _own_bank(),
    "GET /member/account": _nothing,
    "POST /member/account/email": lambda world, role: sample(
        json={"email": samples.email("nouvelle"), "password": PASSWORD}
    ),
    "PUT /member/account/mobile": lambda world, role: sample(json={"mobile": "+33611223344", "password": PASSWORD}),
    "POST /member/account/mobile/confirmation": lambda world, role: sample(json={"code": "123456"}),
    "PUT /member/accountant": lambda world, role: sample(
        json={"accountant": {"name": "Hélène Cadiou", "email": samples.email("comptable"), "phone": "+33240987654"}}
    ),
    "GET /member/teletransmission": _nothing,
    "POST /member/beneficiaries/{beneficiary_id}/teletransmission/activation": lambda world, role: sample(
        json={"attestation_issued_on": clock.today().isoformat()}, **_child(world, role).path
    ),
    "POST /member/beneficiaries/{beneficiary_id}/teletransmission/deactivation": _child_with_teletransmission,
    "GET /backoffice/contribution-run": _run_of_today,
    "GET /backoffice/flows": _nothing,
    "GET /backoffice/flows/{flow_id}": _flow(),
    "POST /backoffice/flows/{flow_id}/attachment": _attached_flow,
    "POST /backoffice/flows/{flow_id}/correction": _flow(
        act="XYZ9", json={"line": 1, "act": "G", "reason": "Ancien code."}
    ),
    "POST /backoffice/flows/{flow_id}/resumption": _flow(json={"reason": "Vu."}),
    "POST /backoffice/flows/{flow_id}/dropping": _flow(json={"reason": "Inconnu de nos services."}),
    "POST /backoffice/flows/{flow_id}/recovery": _flow(
        overpaid_cents=900, json={"recovered_cents": 900, "reason": "Chèque reçu."}
    ),
    "GET /member/reimbursements": _nothing,
    "GET /member/reimbursements/{reimbursement_id}": _reimbursement,
    "GET /member/reimbursements/{reimbursement_id}/statement": _reimbursement,
    "GET /member/reimbursement-totals": _nothing,
    "POST /member/reimbursement-exports": lambda world, role: sample(json={"format": "csv"}),
    "GET /member/reimbursement-exports/{export_id}": lambda world, role: sample(export_id=world.own_export_id),
    "GET /member/home": _nothing,
    "GET /member/level-change": _nothing,
    "GET /member/balances": _nothing,
    "GET /member/consents": _nothing,
    "POST /member/consents/{beneficiary_id}/invitation": lambda world, role: sample(
        beneficiary_id=_grown_child(world), json={"email": samples.email("majeur")}
    ),
    "POST /consents/question": lambda world, role: sample(json={"token": tokens.new_token(tokens.new_id())[0]}),
    "POST /consents/decision": lambda world, role: sample(
        json={"token": tokens.new_token(tokens.new_id())[0], "choice": "agreed"}
    ),
    "POST /rights-check": lambda world, role: sample(json={"code": f"TP1.{tokens.new_id()}"}),
    "GET /employer/companies": _nothing,
    "GET /employer/companies/{company_id}/home": _company,
    "GET /employer/companies/{company_id}/contracts": _company,
    "GET /employer/companies/{company_id}/contracts/{contract_id}": lambda world, role: sample(
        company_id=world.company.company_id, contract_id=world.company.contracts["sante"]
    ),
    "GET /employer/companies/{company_id}/contracts/{contract_id}/documents/{document_id}": lambda world, role: sample(
        company_id=world.company.company_id, contract_id=world.company.contracts["sante"], document_id="guarantees"
    ),
    "GET /employer/companies/{company_id}/employees": _company,
    "GET /employer/companies/{company_id}/employees/{member_id}": _employee(MEMBER),
    "PATCH /employer/companies/{company_id}/employees/{member_id}": lambda world, role: sample(
        company_id=world.company.company_id, member_id=world.people[MEMBER].member_id, json={"reference": "MAT-0042"}
    ),
    "GET /employer/companies/{company_id}/employees/{member_id}/card": lambda world, role: _card_as_it_stands(
        world, _employee(MEMBER)(world, role)
    ),
    "POST /employer/companies/{company_id}/employee-exports": lambda world, role: sample(
        company_id=world.company.company_id, json={"format": "csv"}
    ),
    "GET /employer/companies/{company_id}/employee-exports/{export_id}": lambda world, role: sample(
        company_id=world.company.company_id, export_id=world.export_id
    ),
    "GET /employer/companies/{company_id}/salaries": _company,
    "GET /employer/companies/{company_id}/contracts/{contract_id}/salaries/{month}": _month_of_pay,
    "PUT /employer/companies/{company_id}/contracts/{contract_id}/salaries/{month}": _month_to_declare,
    "GET /employer/companies/{company_id}/contracts/{contract_id}/salaries/{month}/template": _month_of_pay,
    "GET /employer/companies/{company_id}/contracts/{contract_id}/dsn-months/{month}": _month_of_pay,
    "POST /employer/companies/{company_id}/payroll-files": lambda world, role: sample(
        company_id=world.company.company_id, json=_salaries(world)
    ),
    "GET /employer/companies/{company_id}/payroll-files/{file_id}": _payroll_checked,
    "POST /employer/companies/{company_id}/payroll-files/{file_id}/application": _payroll_checked,
    "GET /employer/companies/{company_id}/payroll-files/{file_id}/corrections": _payroll_checked,
    "GET /employer/companies/{company_id}/contributions/{number}/formal-notice": _formal_notice,
    "GET /backoffice/dunning": _debts,
    "GET /backoffice/dunning/{number}/formal-notice": _debt("notice"),
    "POST /backoffice/dunning/{number}/letter": _debt("notice", payroll.LETTER),
    "POST /backoffice/dunning/{number}/suspension": _debt("sent", {"reason": REASON}),
    "POST /backoffice/dunning/{number}/termination": _debt("suspended", {"reason": REASON}),
    "POST /backoffice/dunning/{number}/resumption": _debt("paid"),
    "GET /employer/companies/{company_id}/contributions": _company,
    "GET /employer/companies/{company_id}/contributions/{number}": _of_statement,
    "GET /employer/companies/{company_id}/contributions/{number}/lines": _of_statement,
    "GET /employer/companies/{company_id}/contributions/{number}/document": _of_statement,
    "POST /employer/companies/{company_id}/contributions/{number}/actions": lambda world, role: sample(
        company_id=world.company.company_id, number=world.statement, json={"kind": "virement"}, key="walk-transfer"
    ),
    "POST /employer/companies/{company_id}/contribution-exports": lambda world, role: sample(
        company_id=world.company.company_id, json={"format": "csv"}
    ),
    "GET /employer/companies/{company_id}/contribution-exports/{export_id}": lambda world, role: sample(
        company_id=world.company.company_id, export_id=world.contribution_export_id
    ),
    "GET /employer/companies/{company_id}/contracts/{contract_id}/ledger": _of_billed_contract,
    "GET /employer/companies/{company_id}/contracts/{contract_id}/payment-schedule": _foreseen_schedule,
    "GET /employer/companies/{company_id}/contracts/{contract_id}/payment-schedule/document": _of_billed_contract,
    "GET /employer/companies/{company_id}/affiliation-template": _company,
    "POST /employer/companies/{company_id}/affiliation-files": lambda world, role: sample(
        company_id=world.company.company_id, json=affiliations(world, "walk@exemple.fr")
    ),
    "GET /employer/companies/{company_id}/affiliation-files/{file_id}": _affiliations_applied,
    "POST /employer/companies/{company_id}/affiliation-files/{file_id}/application": _affiliations_applied,
    "GET /employer/companies/{company_id}/affiliation-files/{file_id}/corrections": _affiliations_applied,
    "POST /employer/companies/{company_id}/pre-affiliations": lambda world, role: sample(
        company_id=world.company.company_id,
        json={
            "risk": "sante",
            "contract_id": world.company.contracts["sante"],
            "email": samples.email("walk"),
            "affiliation_date": clock.today().isoformat(),
        },
    ),
    "POST /employer/companies/{company_id}/employees/{member_id}/invitation": _employee("an invitee to cancel"),
    "DELETE /employer/companies/{company_id}/employees/{member_id}/invitation": _employee("an invitee to cancel"),
    "POST /employer/companies/{company_id}/employees/{member_id}/departure/preview": _leaving,
    "POST /employer/companies/{company_id}/employees/{member_id}/departure": _leaving,
    "PUT /employer/companies/{company_id}/employees/{member_id}/departure": _leaving,
    "GET /employer/companies/{company_id}/employees/{member_id}/departure": _employee(MEMBER),
    "GET /employer/companies/{company_id}/employees/{member_id}/departure/documents/{document_id}": _letter,
    "DELETE /employer/companies/{company_id}/employees/{member_id}/departure": _employee(MEMBER),
    "POST /employer/companies/{company_id}/employees/{member_id}/beneficiaries": _addition,
    "GET /employer/profile": _nothing,
    "PUT /employer/profile": lambda world, role: sample(json={"display_name": "Anne Le Goff"}),
    "POST /employer/profile/email": lambda world, role: sample(
        json={"email": samples.email("nouvelle"), "password": PASSWORD}
    ),
    "PUT /employer/companies/{company_id}": lambda world, role: sample(
        company_id=world.company.company_id,
        json={"address": {"line1": "3 quai de la Fosse", "postcode": "44000", "city": "Nantes"}},
    ),
    "PUT /employer/companies/{company_id}/accountant": lambda world, role: sample(
        company_id=world.company.company_id, json={"accountant": None}
    ),
    "GET /employer/companies/{company_id}/users": _company,
    "POST /employer/companies/{company_id}/users": lambda world, role: sample(
        company_id=world.company.company_id, json=_user(world) | {"email": samples.email("nouveau")}
    ),
    "PUT /employer/companies/{company_id}/users/{account_id}": lambda world, role: sample(
        company_id=world.company.company_id, account_id=world.people[READER].account_id, json=_user(world)
    ),
    "POST /employer/companies/{company_id}/users/{account_id}/suspension": _user_to_come,
    "DELETE /employer/companies/{company_id}/users/{account_id}/suspension": _user_to_come,
    "POST /employer/companies/{company_id}/users/{account_id}/link": _user_to_come,
    "GET /employer/companies/{company_id}/contents": _company,
    "GET /employer/companies/{company_id}/contents/{content_id}": lambda world, role: sample(
        company_id=world.company.company_id, content_id="faq-affilier-un-salarie"
    ),
    "GET /employer/companies/{company_id}/dsn": _company,
    "GET /employer/companies/{company_id}/dsn/guide": _company,
    "GET /employer/companies/{company_id}/contracts/{contract_id}/dsn": _contract,
    "GET /employer/companies/{company_id}/contracts/{contract_id}/dsn/document": _contract,
    "POST /employer/companies/{company_id}/assistant": lambda world, role: sample(
        company_id=world.company.company_id, json={"question": "Où en sont mes demandes ?"}
    ),
    "GET /member/contents": _nothing,
    "GET /member/contents/{content_id}": lambda world, role: sample(content_id="faq-carte-assure"),
    "POST /member/assistant": lambda world, role: sample(json={"question": "Quels sont mes derniers remboursements ?"}),
    "GET /employer/companies/{company_id}/requests": _company,
    "GET /employer/companies/{company_id}/requests/{request_id}": lambda world, role: _followed(world),
    "POST /employer/companies/{company_id}/requests/{request_id}/uploads": lambda world, role: _followed(
        world, kind="livret_famille", about=world.people[MEMBER].member_id, name="f.pdf", content_type="application/pdf"
    ),
    "GET /employer/companies/{company_id}/bank-details": _company,
    "POST /employer/companies/{company_id}/bank-details": lambda world, role: sample(
        company_id=world.company.company_id,
        json={"iban": samples.iban(), "holder": world.company.name},
        key=f"walk-{tokens.new_id()}",
    ),
    "GET /employer/companies/{company_id}/bank-details/{request_id}/mandate": _bank(),
    "POST /employer/companies/{company_id}/bank-details/{request_id}/signature-code": _bank(),
    "POST /employer/companies/{company_id}/bank-details/{request_id}/signature": _bank(json={"code": "123456"}),
    "DELETE /employer/companies/{company_id}/bank-details/{request_id}": _bank(),
    "DELETE /backoffice/bank-details/{request_id}": lambda world, role: sample(
        request_id=_bank_change(world).request_id
    ),
    "DELETE /backoffice/bank-details/{request_id}/freeze": lambda world, role: sample(
        request_id=_frozen_change(world).request_id
    ),
    "GET /employer/companies/{company_id}/work-stoppages/form": _company,
    "POST /employer/companies/{company_id}/employees/{member_id}/work-stoppages": lambda world, role: sample(
        company_id=world.company.company_id,
        member_id=world.people["provident only"].member_id,
        json={"kind": "maladie", "contract_id": world.company.contracts["prevoyance"]},
        key=tokens.new_id(),
    ),
    "GET /employer/companies/{company_id}/work-stoppages/{request_id}": _stoppage(),
    "PUT /employer/companies/{company_id}/work-stoppages/{request_id}": _stoppage(json={"answers": {"by_dsn": True}}),
    "GET /employer/companies/{company_id}/work-stoppages/{request_id}/estimate": _stoppage(),
    "POST /employer/companies/{company_id}/work-stoppages/{request_id}/declaration": _stoppage(),
    "POST /employer/companies/{company_id}/work-stoppages/{request_id}/follow-ups": _stoppage(
        sent=True, json={"movement": "reprise"}, key="a-return-to-work"
    ),
    "DELETE /employer/companies/{company_id}/work-stoppages/{request_id}": _stoppage(),
    "GET /backoffice/queue": _nothing,
    "GET /backoffice/queue/groups": _nothing,
    "PUT /backoffice/queue/{request_id}/holder": lambda world, role: sample(request_id=_reviewed_id(world)),
    "POST /backoffice/queue/{request_id}/handover": _in_hand,
    "GET /backoffice/queue/{request_id}/history": lambda world, role: sample(request_id=_reviewed_id(world)),
    "DELETE /backoffice/queue/{request_id}/holder": lambda world, role: sample(request_id=_reviewed_id(world)),
    "GET /backoffice/requests/{request_id}": _stoppage(sent=True),
    "GET /backoffice/requests/{request_id}/documents/{document_id}": _stoppage(sent=True),
    "POST /backoffice/requests/{request_id}/payments": _stoppage(
        sent=True,
        json={
            "kind": "ijss",
            "first_day": "2026-03-04",
            "last_day": "2026-03-05",
            "amount_cents": 1,
            "paid_on": "2026-03-20",
        },
        key="a-statement",
    ),
    "POST /backoffice/requests/{request_id}/decision": _stoppage(
        sent=True, json={"decision": "refuse", "reason": "Pièce d’un autre salarié."}
    ),
    "GET /backoffice/estimates/{request_id}": _plan_of("doubtful"),
    "POST /backoffice/estimates/{request_id}/corrections": _plan_of(
        "doubtful", json={"corrections": [{"line": 0, "expense_cents": 42000}]}
    ),
    "GET /backoffice/hospitals": _nothing,
    "PUT /backoffice/hospitals/{finess}": _hospital(
        json={"name": HOSPITAL, "city": "Brest", "email": "prises-en-charge@hopital.example.org"}
    ),
    "POST /backoffice/hospitals/{finess}/verification": _hospital_recorded,
    "POST /backoffice/hospitals/{finess}/retirement": _hospital(json={"reason": "Service fermé."}),
    "GET /backoffice/hospital-commitments/{request_id}": _plan_of("commitment"),
    "GET /backoffice/claims/{claim_id}": _reviewed(),
    "GET /backoffice/claims/{claim_id}/documents/{document_id}": lambda world, role: sample(
        claim_id=world.claims["reviewed"]["request_id"], document_id=world.reviewed_document
    ),
    "POST /backoffice/claims/{claim_id}/confirmation": _reviewed(json={"agrees": True, "reason": REASON}),
    "POST /backoffice/claims/{claim_id}/decision": _reviewed(json={"decision": "refuse", "reason": REASON}),
    "POST /backoffice/claims/{claim_id}/resumption": lambda world, role: sample(
        claim_id=world.claims["failed"]["request_id"]
    ),
    "GET /backoffice/members": lambda world, role: sample(
        params={"numero_adherent": world.people[MEMBER].numero_adherent, "reason": "Appel de l’assuré"}
    ),
    "GET /backoffice/members/{member_id}/journal": lambda world, role: sample(member_id=world.people[MEMBER].member_id),
    "PUT /backoffice/members/{member_id}/email": lambda world, role: sample(
        member_id=world.people["without an e-mail"].member_id, json={"email": samples.email("arrivee")}
    ),
    "GET /backoffice/members/{member_id}/erasure": lambda world, role: sample(
        member_id=world.people["without an e-mail"].member_id
    ),
    "POST /backoffice/members/{member_id}/erasure": lambda world, role: sample(
        member_id=world.people[MEMBER].member_id
    ),
    "GET /backoffice/rejected-messages": _nothing,
    "GET /backoffice/payment-batches": lambda world, role: sample(params={"kind": "VIR"}),
    "GET /backoffice/payment-batches/{batch_id}/file": lambda world, role: sample(
        batch_id=bank.batch(BatchState.WRITTEN)
    ),
    "POST /backoffice/payment-batches/{batch_id}/resumption": lambda world, role: sample(
        batch_id=bank.batch(BatchState.REFUSED)
    ),
    "GET /backoffice/stopped-payments": _stopped_payments,
    "POST /backoffice/stopped-payments/{order_id}/release": lambda world, role: sample(
        order_id=bank.stopped_order(world.people[MEMBER].member_id)
    ),
    "PUT /backoffice/professionals/{professional}/account": lambda world, role: sample(
        professional="10000123454", json={"iban": samples.iban(), "holder": "Cabinet Duret"}
    ),
    "GET /backoffice/professionals/{professional}/account": lambda world, role: sample(professional="10000123454"),
    "GET /backoffice/rejected-debits": _nothing,
    "GET /backoffice/bank-movements": _nothing,
    "POST /backoffice/bank-movements/{entry_id}/matching": lambda world, role: sample(
        entry_id=bank.movement(), json={"statement": bank.statement(world.company.company_id)}
    ),
    "POST /backoffice/bank-movements/{entry_id}/setting-aside": lambda world, role: sample(
        entry_id=bank.movement(), json={"note": "Frais de tenue de compte."}
    ),
    "POST /backoffice/rejected-messages/{message_id}/resending": lambda world, role: sample(
        message_id=world.rejected_message, json={"recipient": samples.email("autre")}
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What somebody in a role got from a route, and the calls to AWS that it took."""

    route: Route
    role: str
    status: int
    text: str
    calls: tuple[Call, ...]

    @property
    def name(self) -> str:
        """The route's method and path."""
        return name_of(self.route)

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.text)


def name_of(route: Route) -> str:
    """A route's method and path."""
    return f"{route.method} {route.path}"


def walk(world: World) -> list[Answer]:
    """Every route as every role; those whom a declaration keeps out come first, so that whoever is let in finds the
    thing as it was."""
    answers = []
    for route in sorted(ROUTES, key=lambda one: [*REQUESTS].index(name_of(one)) if name_of(one) in REQUESTS else 0):
        for role in sorted(ROLES, key=lambda one: one in DECLARED[route.access]):
            if name_of(route) in REQUESTS:
                answers.append(_ask(world, route, role))
    world.portal.settle()
    return answers


DECLARED = {
    Access.PUBLIC: EVERYBODY,
    Access.SIGNED_IN: SIGNED_IN,
    Access.INVITED: INVITED,
    Access.MEMBER: MEMBERS,
    Access.EMPLOYER: EMPLOYERS,
    Access.COMPANY_READER: frozenset({HR, READER}),
    Access.COMPANY_MANAGER: frozenset({HR}),
    Access.COMPANY_ADMINISTRATOR: frozenset({HR}),
    Access.AGENT: frozenset({AGENT}),
}


def _ask(world: World, route: Route, role: str) -> Answer:
    request = REQUESTS[name_of(route)](world, role)
    path = re.sub(r"\{(\w+)\}", lambda found: request.path[found.group(1)], route.path)
    token = world.token(role)
    with aws_calls() as calls:
        response = world.call(route.method, path, token, **request.arguments)
    return Answer(route=route, role=role, status=response.status_code, text=response.text, calls=tuple(calls))


def account_of(person: Person) -> Account:
    """A person's account as it stands."""
    account = accounts.get(person.account_id)
    assert account is not None
    return account
