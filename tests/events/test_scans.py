"""Where a malware scan is required, a sent file counts only once it has been cleared (M61, M112)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import boto3
import pytest

from chalicelib import settings
from chalicelib.gateways import documents
from local import scanner
from local.stack import Stack
from tests import samples
from tests.events.test_payloads import failed, record
from tests.journeys import spaces
from tests.portal import Portal, User


@pytest.fixture(autouse=True)
def required(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in staging and production."""
    monkeypatch.setenv("ESPACE_MALWARE_SCAN", "required")


@pytest.fixture(scope="module")
def employer(portal: Portal) -> User:
    """The users of one company."""
    subscription = spaces.subscribe(portal)
    portal.settle()
    portal.advance(spaces.OPENING_DELAY)
    return spaces.open_employer_space(portal, subscription)


@dataclass(frozen=True)
class Sender:
    """An employee who has sent an affiliation form and now sends the documents it needs."""

    portal: Portal
    user: User
    email: str

    def send(self, content: bytes | None = None) -> str:
        """Send a file for the first document that is missing; returns its key in the upload bucket."""
        request = self.request()
        document = self.portal.upload(
            self.user, "/affiliation/uploads", request["missing"][0], content or samples.pdf()
        )
        return f"uploads/{request['request_id']}/{document}"

    def request(self) -> dict[str, Any]:
        """The affiliation as the employee sees it."""
        request: dict[str, Any] = self.user.get("/affiliation")["request"]
        return request

    def file(self, key: str) -> dict[str, Any]:
        """One file as the employee sees it, once everything has come to rest."""
        self.portal.settle()
        [found] = [one for one in self.request()["attachments"] if key.endswith(one["document_id"])]
        return found


@pytest.fixture
def sender(portal: Portal, employer: User) -> Sender:
    """A new employee for each test."""
    email = samples.email("karim")
    spaces.pre_affiliate(employer, email, portal.today())
    user = User(portal, portal.link_in(portal.mail(email, "invite")))
    user.post("/affiliation", samples.affiliation_form())
    return Sender(portal, user, email)


def tag(key: str) -> str:
    """The entity tag of an object of the upload bucket."""
    return str(boto3.client("s3").head_object(Bucket=settings.bucket("uploads"), Key=key)["ETag"]).strip('"')


def tell(key: str, status: str, etag: str | None = None) -> None:
    """Let GuardDuty give its result."""
    scanner.deliver(scanner.result(key, status, etag=etag or tag(key)))


def for_agents(portal: Portal, key: str) -> list[str]:
    """The mails that tell agents of a request's files."""
    reference = f"D-{key.split('/')[1][:8].upper()}"
    return [one["text"] for one in portal.mails(settings.insurer().production_mailbox) if reference in one["subject"]]


def test_a_file_counts_once_it_is_cleared_whichever_event_comes_first(sender: Sender) -> None:
    after = sender.send()
    assert sender.file(after)["state"] == "SCANNING"
    assert sender.request()["missing"]
    tell(after, "NO_THREATS_FOUND")
    assert sender.file(after)["state"] == "ACCEPTED"
    assert not documents.exists("uploads", after)


def test_a_result_that_comes_before_the_object_s_own_event_is_enough(sender: Sender, stack: Stack) -> None:
    before = sender.send()
    result = scanner.result(before, "NO_THREATS_FOUND", etag=tag(before))
    assert failed(stack, "scans", record(result)) == []
    assert sender.file(before)["state"] == "ACCEPTED"


def test_a_scanner_clears_a_whole_affiliation(sender: Sender, portal: Portal) -> None:
    """The local stack's own, which reads the objects; each result twice."""
    while sender.request()["missing"]:
        key = sender.send()
        portal.settle()
        scanner.scan(key)
        tell(key, "NO_THREATS_FOUND")
        portal.settle()
        scanner.scan(key)
    assert portal.mail(sender.email, "affiliation est confirmée")


def test_a_threat_is_refused_deleted_and_told_to_the_sender_and_to_agents(sender: Sender, portal: Portal) -> None:
    for result_first in (False, True):
        key = sender.send()
        if not result_first:
            assert sender.file(key)["state"] == "SCANNING"
        for _ in range(2):
            tell(key, "THREATS_FOUND", "whatever was scanned")
        refused = sender.file(key)
        assert refused["state"] == "REFUSED"
        assert "trouvé une menace" in refused["refusal"]
        assert not documents.exists("uploads", key)
        tell(key, "NO_THREATS_FOUND", "the same file, cleared too late")
        assert sender.file(key)["state"] == "REFUSED"
    assert len([one for one in portal.mails(sender.email) if "trouvé une menace" in one["text"]]) == 2
    assert ["refusé et supprimé" in one for one in for_agents(portal, key)] == [True, True]


@pytest.mark.parametrize(
    ("status", "sentence", "told"),
    [
        ("UNSUPPORTED", "sans mot de passe", False),
        ("ACCESS_DENIED", "de notre fait", True),
        ("FAILED", "de notre fait", True),
    ],
)
def test_a_file_that_could_not_be_scanned_is_refused_and_another_may_be_sent(
    sender: Sender, portal: Portal, status: str, sentence: str, told: bool
) -> None:
    key = sender.send()
    tell(key, status)
    assert sentence in sender.file(key)["refusal"]
    assert bool(for_agents(portal, key)) is told
    again = sender.send()
    tell(again, "NO_THREATS_FOUND")
    assert sender.file(again)["state"] == "ACCEPTED"


def test_what_took_the_place_of_the_scanned_content_waits_for_its_own_result(sender: Sender) -> None:
    """A form may be used twice within its minutes: a clean file first, then another at the same key."""
    key = sender.send()
    first = tag(key)
    documents.write("uploads", key, samples.pdf("Autre chose"), content_type="application/pdf")
    assert tag(key) != first
    tell(key, "NO_THREATS_FOUND", first)
    assert sender.file(key)["state"] == "SCANNING"
    tell(key, "NO_THREATS_FOUND")
    assert sender.file(key)["state"] == "ACCEPTED"


def test_content_that_is_no_good_is_refused_without_waiting(sender: Sender) -> None:
    key = sender.send(samples.eicar())
    assert sender.file(key)["state"] == "REFUSED"
    tell(key, "THREATS_FOUND", "gone")
    assert "menace" not in sender.file(key)["refusal"]


def test_without_a_required_scan_a_file_counts_at_once(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ESPACE_MALWARE_SCAN")
    key = sender.send()
    assert sender.file(key)["state"] == "ACCEPTED"
    tell(key, "NO_THREATS_FOUND", "late")
    assert sender.file(key)["state"] == "ACCEPTED"


def test_agents_are_told_once_of_a_scan_that_never_answers_and_a_late_answer_counts(
    sender: Sender, portal: Portal
) -> None:
    key = sender.send()
    assert sender.file(key)["state"] == "SCANNING"
    portal.run_schedule("close-claims")
    portal.settle()
    assert for_agents(portal, key) == []
    portal.advance(timedelta(hours=1, minutes=1))
    for _ in range(2):
        portal.run_schedule("close-claims")
        portal.settle()
    [told] = for_agents(portal, key)
    assert "rien répondu" in told
    tell(key, "NO_THREATS_FOUND")
    assert sender.file(key)["state"] == "ACCEPTED"


def results() -> Iterator[Any]:
    """Events that are no result of a scan of ours."""
    good = scanner.result("uploads/nobody/nothing", "NO_THREATS_FOUND", etag="x")
    detail = good["detail"]
    yield {**good, "detail-type": "GuardDuty Finding"}
    yield {**good, "detail": {**detail, "scanResultDetails": {"scanResultStatus": "CLEAN"}}}
    yield {**good, "detail": {**detail, "scanResultDetails": None}}
    yield {**good, "detail": {**detail, "s3ObjectDetails": {**detail["s3ObjectDetails"], "bucketName": "another"}}}
    yield {**good, "detail": {}}
    yield json.dumps(good)[:-1]


@pytest.mark.parametrize("body", list(results()))
def test_what_nobody_understands_is_not_lost(stack: Stack, body: Any) -> None:
    assert failed(stack, "scans", record(body, "poison")) == ["poison"]


def test_poison_ends_among_the_dead_letters(portal: Portal, stack: Stack) -> None:
    poison = {"detail-type": "GuardDuty Finding"}
    scanner.deliver(poison)
    portal.settle()
    assert poison in [json.loads(body) for body in stack.deliveries.dead_letters("scans")]
