"""Each entry point, alone and on the stack: what it does with a real event, an unknown id, poison and half a batch."""

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.errors import NotFound
from chalicelib.gateways import documents, queues
from local.functions import Context
from local.stack import Stack
from tests import samples
from tests.events import entry_points
from tests.journeys import spaces
from tests.portal import Portal

ROOT = Path(__file__).resolve().parents[2]
PAYLOADS = ROOT / "events"

HANDLERS = {
    "intake": "chalicelib.events.intake.intake",
    "uploads": "chalicelib.events.uploads.uploads",
    "scans": "chalicelib.events.scans.scans",
    "mail-feedback": "chalicelib.events.mail_feedback.mail_feedback",
    "outbox": "chalicelib.events.outbox.outbox",
    "documents": "chalicelib.events.documents.documents",
    "claim-review": "chalicelib.events.claim_reviews.claim_reviews",
    "group-affiliations-part": "chalicelib.events.group_affiliations.group_affiliations",
    "journal-consultation": "chalicelib.events.journal.journal",
    "erasures-step": "chalicelib.events.erasures.erasures",
    "bank-returns": "chalicelib.events.bank.bank_returns",
    "schedule-payment-batches": "chalicelib.events.bank.payment_batches",
    "schedule-contribution-debits": "chalicelib.events.bank.contribution_debits",
    "payroll-files": "chalicelib.events.payroll_files.payroll_files",
    "schedule-follow-contributions": "chalicelib.events.schedules.follow_contributions",
    "schedule-call-contributions": "chalicelib.events.schedules.call_contributions",
    "schedule-sweep-outbox": "chalicelib.events.schedules.sweep_outbox",
    "schedule-expire-invitations": "chalicelib.events.schedules.expire_invitations",
    "schedule-close-claims": "chalicelib.events.schedules.close_claims",
    "schedule-follow-departures": "chalicelib.events.schedules.follow_departures",
    **{
        f"step-{step}": f"chalicelib.workflow.claim.claim_{step}"
        for step in ("check", "settle", "record", "statement", "notify", "fail")
    },
    **{f"batch-{step}": f"chalicelib.workflow.intake.intake_{step}" for step in ("split", "part", "report")},
    **{
        f"contributions-{step}": f"chalicelib.workflow.contributions.contributions_{step}"
        for step in ("plan", "issue", "report")
    },
}
"""The handler that Lambda imports for the payloads whose name begins so."""

ALONE = """
import importlib, json, sys
module = importlib.import_module(sys.argv[1])
assert "app" not in sys.modules, "a handler must not need the application"
assert "boto3" not in sys.modules, "importing is free"
for name in sys.argv[2:]:
    assert callable(getattr(module, name)), name
if "intake" in sys.argv:
    event = json.load(open("events/intake-test-event.json", encoding="utf-8"))
    assert module.intake(event, None) == {"batchItemFailures": []}
"""


def payload(name: str) -> dict[str, Any]:
    """A stored event."""
    event: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))
    return event


def names(*prefixes: str) -> list[str]:
    """The stored events whose name begins so."""
    return sorted(path.stem for path in PAYLOADS.glob("*.json") if path.stem.startswith(prefixes))


def record(body: Any, message_id: str = "5f0c9e2a-7b1d-4c3e-9a8f-000000000099", like: str = "outbox-message") -> Any:
    """A queue's record with another body; text stands as it is."""
    changed = copy.deepcopy(payload(like)["Records"][0])
    return changed | {"messageId": message_id, "body": body if isinstance(body, str) else json.dumps(body)}


def failed(stack: Stack, function: str, *records: Any) -> list[str]:
    """The ids of the records that a function would have delivered again."""
    answer = stack.functions.run(function, {"Records": list(records)})
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


def test_every_entry_point_has_its_event(stack: Stack) -> None:
    covered = {handler.rpartition(".")[2].replace("_", "-") for handler in HANDLERS.values()}
    assert covered == entry_points(stack.app)
    for prefix in HANDLERS:
        assert names(prefix), prefix
    ids = [one["messageId"] for name in names("") for one in payload(name).get("Records", [])]
    assert len(ids) == len(set(ids))


def test_each_handler_is_imported_alone_in_a_fresh_process() -> None:
    """Lambda imports the module of a handler, never the application (which registers the blueprints)."""
    modules: dict[str, list[str]] = {}
    for handler in HANDLERS.values():
        module, _, name = handler.rpartition(".")
        modules.setdefault(module, []).append(name)
    started = {
        module: subprocess.Popen(  # noqa: S603 - our own modules
            [sys.executable, "-c", ALONE, module, *found], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        for module, found in modules.items()
    }
    errors = {module: process.communicate()[1].decode() for module, process in started.items()}
    assert {module: errors[module] for module, process in started.items() if process.returncode} == {}


def test_an_api_request_is_answered(stack: Stack) -> None:
    """H11, H12, H13, H14, H15: as API Gateway sends it; nobody has these numbers, and the answer does not say so."""
    event = payload("api-first-connection")
    answer = stack.app(event, Context("api"))
    assert answer["statusCode"] == 202
    assert answer["headers"]["Cache-Control"] == "no-store"
    for body, code in (("{", "unreadable"), ("[]", "type"), ("{}", "missing")):
        refused = stack.app({**event, "body": body}, Context("api"))
        assert (refused["statusCode"], json.loads(refused["body"])["errors"][0]["code"]) == (422, code)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("outbox-message", "outbox"),
        ("documents-card", "documents"),
        ("documents-contract", "documents"),
        ("documents-statement", "documents"),
        ("claim-review", "claim-reviews"),
        ("group-affiliations-part", "group-affiliations"),
    ],
)
def test_a_message_about_something_unknown_is_not_lost(stack: Stack, name: str, function: str) -> None:
    """It fails, so that the queue tries it again and lays it aside for a person."""
    [only] = payload(name)["Records"]
    assert failed(stack, function, only) == [only["messageId"]]


@pytest.mark.parametrize("step", ["check", "settle", "record", "statement", "notify", "fail"])
def test_a_step_for_an_unknown_claim_fails(stack: Stack, step: str) -> None:
    with pytest.raises(NotFound):
        stack.functions.run(f"claim-{step}", payload(f"step-{step}"))


@pytest.mark.parametrize("step", ["part", "report"])
def test_a_step_for_an_unknown_batch_fails(stack: Stack, step: str) -> None:
    with pytest.raises(NotFound):
        stack.functions.run(f"intake-{step}", payload(f"batch-{step}"))


def test_a_run_of_contributions_that_was_never_planned_has_no_report(stack: Stack) -> None:
    with pytest.raises(NotFound):
        stack.functions.run("contributions-report", payload("contributions-report"))


def test_a_contract_that_nobody_has_is_nothing_to_call(stack: Stack) -> None:
    assert stack.functions.run("contributions-issue", payload("contributions-issue"))["outcome"] == "nothing_due"
    assert stack.functions.run("contributions-plan", payload("contributions-plan"))["run"] == "2026-03-03"


def test_a_large_file_removed_meanwhile_is_left(stack: Stack) -> None:
    assert stack.functions.run("intake-split", payload("batch-split"))["outcome"] == "replaced"


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("intake-object-created", "intake"),
        ("intake-test-event", "intake"),
        ("bank-returns-object-created", "bank-returns"),
        ("uploads-object-created", "uploads"),
        ("payroll-files-object-created", "payroll-files"),
        ("scans-cleared", "scans"),
        ("scans-threats-found", "scans"),
        ("mail-feedback-bounce", "mail-feedback"),
        ("mail-feedback-complaint", "mail-feedback"),
        ("mail-feedback-topic-validated", "mail-feedback"),
        ("journal-consultation", "journal"),
        ("erasures-step", "erasures"),
    ],
)
def test_what_needs_nothing_done_succeeds(stack: Stack, name: str, function: str) -> None:
    """An object removed meanwhile, or that no request announced; a mail of nobody's; a service's own test message."""
    assert failed(stack, function, *payload(name)["Records"]) == []


def test_the_keys_of_objects_are_decoded(stack: Stack, portal: Portal) -> None:
    """A file with spaces and accents in its name is read, its report lies beside it; an unknown upload is removed."""
    portal.settle()
    key = "incoming/reprise d'été 2026.json"
    documents.write("intake", key, b"{", content_type="application/json")
    assert failed(stack, "intake", *payload("intake-object-created")["Records"]) == []
    report = documents.read("intake", f"{key}.report", max_bytes=10_000)
    assert report is not None
    assert json.loads(report)["outcome"] == "refused"
    key = "uploads/3f2504e04f8941d39a0c0305e82c3301/facture acquittée (copie).pdf"
    documents.write("uploads", key, samples.pdf(), content_type="application/pdf")
    assert failed(stack, "uploads", *payload("uploads-object-created")["Records"]) == []
    assert not documents.exists("uploads", key)
    portal.settle()


@pytest.mark.parametrize("name", names("schedule-"))
def test_a_schedule_runs_again_without_effect(stack: Stack, portal: Portal, name: str) -> None:
    portal.settle()
    before = len(stack.letters())
    for _ in range(2):
        assert stack.functions.run(name.removeprefix("schedule-"), payload(name)) is None
    portal.settle()
    assert len(stack.letters()) == before


@pytest.mark.parametrize(
    "function",
    [
        "intake", "uploads", "scans", "outbox", "mail-feedback", "documents", "claim-reviews", "group-affiliations",
        "bank-returns", "payroll-files",
    ],
)  # fmt: skip
@pytest.mark.parametrize("body", ["{", "[]", '"text"', "null", "{}", '{"Records": [{}]}', '{"document": "passport"}'])
def test_a_body_that_nobody_understands_is_not_lost(stack: Stack, function: str, body: str) -> None:
    assert failed(stack, function, record(body, "poison")) == ["poison"]


def test_one_bad_record_does_not_hold_the_others_back(stack: Stack, portal: Portal) -> None:
    """Each record stands alone: the good ones are done, the bad one alone comes back."""
    subscription = spaces.subscribe(portal)
    spaces.enrol(portal, subscription, samples.enrolled_member(subscription.contract))
    portal.settle()
    jobs = [json.loads(one["body"]) for run in stack.functions.handled for one in run.event.get("Records", [])]
    card = [one for one in jobs if one.get("document") == "card"][-1]
    key = next(one for one in document_keys(portal) if f"cards/{card['member_id']}/" in one)
    documents.delete("documents", key)
    records = [record("{", "bad"), record(card, "good"), payload("documents-card")["Records"][0]]
    unknown = records[-1]["messageId"]
    assert failed(stack, "documents", *records) == ["bad", unknown]
    assert documents.exists("documents", key)


def document_keys(portal: Portal) -> list[str]:
    """The keys of the documents written so far."""
    import boto3

    from chalicelib import settings

    found = boto3.client("s3").list_objects_v2(Bucket=settings.bucket("documents"))
    return [one["Key"] for one in found.get("Contents", [])]


def test_poison_ends_among_the_dead_letters(stack: Stack) -> None:
    stack.drain()
    job = {"document": "passport", "member_id": "nobody"}
    queues.send("documents", job)
    stack.drain()
    assert job in [json.loads(body) for body in stack.deliveries.dead_letters("documents")]
