"""Every event of a full story, delivered again and in the wrong order: the state does not move by one byte."""

import base64
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import boto3
import pytest

from chalicelib import clock, settings
from chalicelib.domain.contributions.bank_days import is_bank_day
from chalicelib.events.objects import created_keys
from chalicelib.storage import members
from chalicelib.storage.transaction import Transaction
from local import bank, feedback, scanner
from local.clients import objects
from local.stack import Stack
from tests import samples
from tests.dsn_files import Adhesion, Dsn, Person
from tests.events import entry_points
from tests.journeys import spaces
from tests.portal import Portal, User, expect

TABLES = (
    "identities",
    "companies",
    "contracts",
    "accounts",
    "members",
    "headcounts",
    "requests",
    "reimbursements",
    "people",
    "flows",
    "counters",
    "payment-orders",
    "salaries",
    "dunning",
    "payment-batches",
    "debits",
    "professionals",
    "bank-movements",
    "journal",
    "erasures",
    "statements",
    "contributions",
    "contribution-accounts",
    "ledger",
    "outbox",
)
NIGHTLY = (
    "sweep-outbox",
    "expire-invitations",
    "close-claims",
    "follow-departures",
    "call-contributions",
    "follow-contributions",
)


def stored() -> dict[str, Any]:
    """Everything that is kept: each table item by item, each document's bytes. Throttles and locks are passing.

    A card is the exception: it is written as things stand, and its first day is the day it is written. So is the list
    of contracts that a run begins with, which names those that are left when it begins again.
    """
    dynamodb, s3 = boto3.client("dynamodb"), boto3.client("s3")
    state: dict[str, Any] = {}
    for name in TABLES:
        pages = dynamodb.get_paginator("scan").paginate(TableName=settings.table(name))
        items = [item for page in pages for item in page["Items"]]
        kept = [_without_card(item) for item in items] if name == "members" else items
        state[name] = sorted(json.dumps(item, sort_keys=True) for item in kept)
    for bucket in ("documents", "uploads", "bank"):
        for one in objects(bucket):
            if not one["Key"].startswith(("cards/", "contribution-runs/")) and not one["Key"].endswith(".report"):
                content = s3.get_object(Bucket=settings.bucket(bucket), Key=one["Key"])["Body"].read()
                state[f"{bucket}/{one['Key']}"] = content
    return state


def _without_card(item: dict[str, Any]) -> dict[str, Any]:
    document = json.loads(item["document"]["S"]) | {"card": None, "version": None}
    return {**item, "version": None, "document": document}


def reports() -> dict[str, Any]:
    """The reports beside the files the insurer dropped, without when they were written."""
    s3 = boto3.client("s3")
    bucket = settings.bucket("intake")
    keys = [one["Key"] for one in objects("intake") if one["Key"].endswith(".report")]
    found = {key: json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys}
    return {key: {**report, "at": None, "outcome": None} for key, report in found.items()}


def letters(stack: Stack) -> list[tuple[str, str, str]]:
    """Who was told what, in order."""
    return [(one.recipient, one.subject, one.text) for one in stack.letters()]


def called_each_month(portal: Portal) -> dict[str, Any]:
    """A subscription whose contributions are called from this month on, ahead of it."""
    file = spaces.subscription_file()
    file["contracts"][0]["contributions"] |= {
        "in_advance": True,
        "called_from": f"{portal.today().replace(day=1)}",
        "rates": [{"label": "Cotisation unique", "basis": "euros", "value": "80.00"}],
    }
    return file


def the_family_affiliates(portal: Portal, employer: User) -> None:
    """An employee and a spouse, whose first file is refused."""
    email = samples.email("karim")
    spaces.pre_affiliate(employer, email, portal.today())
    invited = User(portal, portal.link_in(portal.mail(email, "invite")))
    spouse = {"relationship": "conjoint", "first_name": "Inès", "last_name": "Haddad", "birth_date": "1987-04-09"}
    request = invited.post("/affiliation", samples.affiliation_form(dependants=[{**spouse, "nir": samples.nir()}]))
    portal.upload(invited, "/affiliation/uploads", request["missing"][0], samples.eicar())
    portal.upload_all(invited, "/affiliation/uploads", request)
    portal.settle()


def newcomers_are_affiliated_by_a_file(portal: Portal, employer: User, subscription: spaces.Subscription) -> None:
    """Two rows, each an invitation."""
    path = f"{spaces.company_path(employer)}/affiliation-files"
    day = f"{portal.today():%d/%m/%Y}"
    rows = [f"santé;{subscription.contract};{samples.email('fichier')};{day}" for _ in range(2)]
    sheet = "\r\n".join(["Risque;Numéro de contrat;Courriel;Date d’affiliation", *rows]).encode("utf-8-sig")
    file = employer.post(path, {"name": "arrivees.csv", "content": base64.b64encode(sheet).decode()})
    expect(employer.call("POST", f"{path}/{file['file_id']}/application"), 202)
    portal.settle()
    assert [row["state"] for row in employer.get(f"{path}/{file['file_id']}")["rows"]] == ["INVITED"] * 2


def a_payroll_file_is_checked(portal: Portal, employer: User, subscription: spaces.Subscription) -> None:
    """A DSN that names the contract under the wrong company: its report says so, and the file is gone."""
    path = f"{spaces.company_path(employer)}/payroll-files"
    form = employer.post(path, {"kind": "dsn", "name": "paie.dsn"})
    made = Dsn(adhesions=[Adhesion(reference=subscription.contract)], people=[Person()])
    portal.surroundings.upload(form, made.content())
    portal.settle()
    assert employer.get(f"{path}/{form['file_id']}")["report"]["label"] == "Rejetée"


def the_members_claim(portal: Portal, stack: Stack, member: User, agent: User) -> None:
    """One claim of each ending: by rule, approved, refused, asked and approved, failed and resumed, still open."""
    today = portal.today()

    def room(days: int, nights: int = 2) -> dict[str, Any]:
        request = spaces.claim(
            member, "other", spaces.room(today - timedelta(days=days), nights=nights, expense_cents=6000 * nights)
        )
        spaces.send_documents(portal, member, request)
        portal.settle()
        return request

    def decide(request: dict[str, Any], **decision: Any) -> None:
        agent.post(f"/backoffice/claims/{request['request_id']}/decision", {"reason": "Vu.", **decision}, 200)
        portal.settle()

    spaces.once_in(portal, member, room(1), "PAYMENT_ORDERED")
    approved, refused, asked = room(2, 10), room(3, 10), room(4, 10)
    decide(approved, decision="approve", corrections=[{"line": 0, "other_payers_cents": 1000}])
    decide(refused, decision="refuse")
    decide(asked, decision="information", documents=["prescription"])
    spaces.send_documents(portal, member, spaces.once_in(portal, member, asked, "PENDING_DOCUMENTS"))
    spaces.once_in(portal, member, asked, "IN_REVIEW")
    decide(asked, decision="approve")
    stack.faults.fail_function("claim-record", times=4)
    failed = room(5)
    spaces.once_in(portal, member, failed, "FAILED")
    expect(agent.call("POST", f"/backoffice/claims/{failed['request_id']}/resumption"), 200)
    spaces.once_in(portal, member, failed, "PAYMENT_ORDERED")
    spaces.claim(member, "other", spaces.room(today))


def a_large_file_takes_over_more(portal: Portal, subscription: spaces.Subscription) -> None:
    """Two more employees, and a line that is refused."""
    first = {"kind": "enrolment", "reference": f"GROS-{subscription.number}", "numero_adherent": subscription.number}
    lines = [first, *(samples.enrolled_member(subscription.contract, email=None) for _ in range(2)), {}]
    report = portal.drop("gros.jsonl", b"\n".join(samples.as_bytes(one) for one in lines))
    assert (report["outcome"], report["accepted"], report["refused"]) == ("accepted", 2, 1)


def the_scheme_sends_its_decomptes(portal: Portal, nir: str, reference: str) -> None:
    """One that is paid, then corrected to more; one of somebody nobody knows; an answer on an attachment."""
    header = {"kind": "flow", "scheme": "01751", "issued_on": f"{portal.today()}"}
    amounts = {"expense_cents": 2000, "base_cents": 0, "rate_percent": "0", "statutory_cents": 0}
    care = {"care_on": f"{portal.today() - timedelta(days=9)}", "act": "OST", "person": {"nir": nir}}
    first = {"decompte": reference, "line": 1, "lines": 1} | care | amounts
    undone = first | {"line": 2, "lines": 3, "cancels": 1, "expense_cents": -2000}
    files = {
        "un": [first, first | {"decompte": f"{reference}-b", "person": {"nir": samples.nir()}}],
        "deux": [undone, first | {"line": 3, "lines": 3, "expense_cents": 2500}],
        "trois": [{"type": "attachment", "event": "accepted", "on": f"{portal.today()}", "person": {"nir": nir}}],
    }
    for name, lines in files.items():
        content = b"\n".join(samples.as_bytes(one) for one in (header | {"reference": f"{reference}-{name}"}, *lines))
        report = portal.drop(f"{name}.jsonl", content)
        assert (report["outcome"], report["accepted"]) == ("accepted", len(lines))


def somebody_is_erased(portal: Portal, subscription: spaces.Subscription, agent: User) -> None:
    """An employee whose cover ended; the daily run then finds nothing to go on with."""
    [number] = spaces.enrol(portal, subscription, samples.enrolled_member(subscription.contract, email=None))
    found = agent.get("/backoffice/members", params={"numero_adherent": number, "reason": "Demande d’effacement"})
    member = members.get(found["member_id"])
    assert member is not None
    yesterday = portal.today() - timedelta(days=1)
    with Transaction() as transaction:
        over = tuple(replace(one, ends_on=yesterday) for one in member.affiliations)
        members.save(transaction, replace(member, affiliations=over))
    expect(agent.call("POST", f"/backoffice/members/{member.member_id}/erasure"), 202)
    portal.settle()


def the_bank_pays(portal: Portal) -> None:
    """What was ordered leaves on the next bank day, and the bank says that it paid."""
    while not is_bank_day(portal.today()):
        portal.advance(timedelta(days=1))
    for name in ("payment-batches", "contribution-debits"):
        portal.run_schedule(name)
    assert bank.answer_all(at=clock.now())
    portal.settle()


def others_tell_of_mails_and_files(portal: Portal, stack: Stack, recipient: str) -> None:
    """A full mailbox, and the late result of a scan that nobody waited for."""
    feedback.report(recipient, "transient")
    bodies = [json.loads(record["body"]) for run in stack.functions.handled for record in run.event.get("Records", [])]
    sent = [key for body in bodies if "Records" in body for key in created_keys(body) if key.startswith("uploads/")]
    scanner.deliver(scanner.result(sent[0], "NO_THREATS_FOUND", etag="late"))
    portal.settle()


@dataclass(frozen=True)
class Lived:
    """A stack on which a full story has been lived, and how things stood before it."""

    stack: Stack
    before: dict[str, Any]
    told_before: int


@pytest.fixture(scope="module")
def lived(stack: Stack, portal: Portal) -> Lived:
    stack.drain()
    stack.functions.handled.clear()
    before, told_before = stored(), len(letters(stack))
    subscription = spaces.subscribe(portal, called_each_month(portal))
    mistyped = samples.email("faute")
    stack.faults.fail_call("ses.SendEmail", error="MessageRejected", containing=mistyped)
    forms = [samples.enrolled_member(subscription.contract, email=one) for one in (samples.email("lea"), mistyped)]
    number, _ = spaces.enrol(portal, subscription, *forms)
    a_large_file_takes_over_more(portal, subscription)
    portal.settle()
    portal.advance(spaces.OPENING_DELAY)
    employer = spaces.open_employer_space(portal, subscription)
    the_family_affiliates(portal, employer)
    newcomers_are_affiliated_by_a_file(portal, employer, subscription)
    a_payroll_file_is_checked(portal, employer, subscription)
    agent = spaces.open_agent_space(portal)
    messages = agent.get("/backoffice/rejected-messages")["messages"]
    [rejected] = [one["message_id"] for one in messages if one["recipient"] == mistyped]
    resending = f"/backoffice/rejected-messages/{rejected}/resending"
    agent.post(resending, {"recipient": samples.email("juste")}, 202)
    member = spaces.open_member_space(portal, number, forms[0], str(forms[0]["email"]))
    the_members_claim(portal, stack, member, agent)
    the_scheme_sends_its_decomptes(portal, str(forms[0]["nir"]), f"FLUX-{subscription.number}")
    somebody_is_erased(portal, subscription, agent)
    others_tell_of_mails_and_files(portal, stack, str(forms[0]["email"]))
    the_bank_pays(portal)
    for name in NIGHTLY:
        portal.run_schedule(name)
    portal.settle()
    return Lived(stack, before, told_before)


def test_the_story_paid_and_told_each_thing_once(lived: Lived) -> None:
    """M112, M114, H150: four claims paid: four orders, four décomptes beside their decisions; a mail for each occasion.

    The scheme's décompte that was corrected makes two orders and three décomptes, one of them its twin.
    """
    state = stored()
    for table, items in {"payment-orders": 4 + 2, "reimbursements": 8 + 5}.items():
        assert len(state[table]) - len(lived.before[table]) == items
    added = state.keys() - lived.before.keys()
    assert len([key for key in added if key.startswith("documents/statements/")]) == 4
    assert not [key for key in added if key.startswith("uploads/")]
    written = _messages(state) - _messages(lived.before)
    assert [state for _, state in written] == ["SENT"] * (len(letters(lived.stack)) - lived.told_before)


def _messages(state: dict[str, Any]) -> set[tuple[str, str]]:
    """Each message with what became of it; not what is known of an address, nor whether the content was dropped."""
    items = [json.loads(item) for item in state["outbox"]]
    kept = [json.loads(one["document"]["S"]) for one in items if not one["message_id"]["S"].startswith("address#")]
    return {(one["message_id"], one["state"]) for one in kept}


@pytest.mark.parametrize("reverse", [True, False])
def test_every_event_again_changes_nothing(lived: Lived, reverse: bool) -> None:
    """Queues deliver at least once and in any order, and Step Functions may repeat a step whose answer was lost."""
    stack = lived.stack
    assert {run.function for run in stack.functions.handled} == entry_points(stack.app)
    before, told, reported = stored(), letters(stack), reports()
    stack.deliver_again(reverse=reverse, workflow=True)
    after = stored()
    assert {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} == set()
    assert letters(stack) == told
    assert reports() == reported
