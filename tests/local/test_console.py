"""The console shows what happened and moves the clock; it is in French, accessible, and answers this machine only."""

from datetime import datetime, timedelta
from html.parser import HTMLParser

import boto3
import httpx
import pytest
from moto.s3.models import s3_backends

from chalicelib import clock, settings
from chalicelib.gateways import mail, queues, workflows
from local.stack import Stack
from tests.local.tiny import SEEN

PAGES = ("/", "/_local/mailbox", "/_local/documents", "/_local/queues")


class Outline(HTMLParser):
    """What assistive tools look for in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.language = ""
        self.headings: list[int] = []
        self.unlabelled: set[str] = set()
        self.labels: set[str] = set()
        self.outside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "html":
            self.language = given["lang"] or ""
        if tag in {"h1", "h2", "h3"}:
            self.headings.append(int(tag[1]))
        if tag == "label":
            self.labels.add(given["for"] or "")
        if tag == "input" and given.get("type") != "hidden":
            self.unlabelled.add(given["id"] or "")
        self.outside += [value or "" for name, value in attributes if name == "src"]


@pytest.fixture
def busy(stack: Stack) -> Stack:
    """A stack in which something of everything has happened."""
    mail.send(
        message_id="greeting",
        recipient="zoé@example.fr",
        subject="<b>Été</b>",
        body="Suivez http://localhost:8000/ouverture#jeton & <i>merci</i>",
    )
    s3 = boto3.client("s3")
    s3.put_object(Bucket=settings.bucket("documents"), Key="statements/n & 1", Body=b"%PDF-1.7")
    SEEN.outcomes["claim-settle"] = ["manual"]
    workflows.start_claim("c1", version=1)
    queues.send("uploads", {"text": "poison"})
    stack.drain()
    return stack


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_french_headed_labelled_and_self_contained(busy: Stack, http: httpx.Client, path: str) -> None:
    answer = http.get(path)
    assert answer.status_code == 200
    outline = Outline(answer.text)
    assert outline.language == "fr"
    assert outline.headings[0] == 1
    assert outline.headings.count(1) == 1
    assert outline.unlabelled <= outline.labels
    assert outline.outside == []
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_mailbox_escapes_and_links(busy: Stack, http: httpx.Client) -> None:
    text = http.get("/_local/mailbox").text
    assert "&lt;b&gt;Été&lt;/b&gt;" in text
    assert "<i>merci" not in text
    assert 'href="http://localhost:8000/ouverture#jeton"' in text


def test_the_mailbox_is_also_json(busy: Stack, http: httpx.Client) -> None:
    [message] = http.get("/_local/mailbox.json").json()["messages"]
    assert message["recipient"] == "zoé@example.fr"
    assert message["subject"] == "<b>Été</b>"
    assert datetime.fromisoformat(message["sent_at"]) <= clock.now()


def test_a_stored_file_can_be_downloaded_but_never_displayed(busy: Stack, http: httpx.Client) -> None:
    assert 'href="/_local/documents/documents/statements/n%20%26%201"' in http.get("/_local/documents").text
    answer = http.get("/_local/documents/documents/statements/n%20%26%201")
    assert answer.content == b"%PDF-1.7"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert http.get("/_local/documents/documents/absent").status_code == 404
    assert http.get("/_local/documents/secrets/a").status_code == 404


def test_a_file_is_found_among_more_than_one_listing_of_s3_holds(busy: Stack, http: httpx.Client) -> None:
    kept, bucket = s3_backends[settings.account_id()]["aws"], settings.bucket("documents")
    for number in range(1001):
        kept.put_object(bucket, f"statements/p-{number:04d}", b"1")
    assert http.get("/_local/documents/documents/statements/p-1000").content == b"1"
    assert "statements/p-1000" in http.get("/_local/documents").text


def test_queues_and_executions_are_shown_and_are_json_too(busy: Stack, http: httpx.Client) -> None:
    assert "attend une réponse" in http.get("/_local/queues").text
    facts = http.get("/_local/queues.json").json()
    assert {queue["name"]: queue["dead"] for queue in facts["queues"]}["uploads"] == 1
    assert [(one["name"], one["waits"]) for one in facts["executions"]] == [("c1-1", True)]


def test_the_clock_moves_ahead_and_schedules_with_it(stack: Stack, http: httpx.Client) -> None:
    before = clock.now()
    stack.schedules.run_due(last := {"sweep": before}, clock.now())
    assert SEEN.ticks == []
    answer = http.post("/_local/clock", json={"hours": 72})
    assert datetime.fromisoformat(answer.json()["now"]) >= before + timedelta(hours=72)
    assert http.get("/_local/clock").json()["today"] == clock.today().isoformat()
    stack.schedules.run_due(last, clock.now())
    assert len(SEEN.ticks) == 1


@pytest.mark.parametrize("hours", ["-1", "x", "", "inf", "nan", "1e9"])
def test_the_clock_refuses_what_is_not_a_positive_number(http: httpx.Client, hours: str) -> None:
    before = clock.now()
    assert http.post("/_local/clock", json={"hours": hours}).status_code == 400
    assert clock.now() - before < timedelta(hours=1)


def test_a_form_leads_back_to_the_start_page(http: httpx.Client) -> None:
    answer = http.post("/_local/schedules/sweep", data={"from": "page"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert len(SEEN.ticks) == 1
    assert http.post("/_local/schedules/none").status_code == 404


def test_faults_are_set_listed_and_cleared(http: httpx.Client) -> None:
    made = http.post(
        "/_local/faults", json={"operation": "ses.SendEmail", "error": "Throttling", "times": 2, "containing": "x"}
    )
    assert made.status_code == 201
    assert http.post("/_local/faults", json={"function": "claim-check"}).status_code == 201
    assert http.get("/_local/faults").json()["faults"] == [
        {"target": "ses.SendEmail", "error": "Throttling", "times": 2, "containing": "x"},
        {"target": "claim-check", "error": "InjectedFault", "times": 1, "containing": ""},
    ]
    assert http.delete("/_local/faults").status_code == 204
    assert http.get("/_local/faults").json()["faults"] == []


@pytest.mark.parametrize(
    "fault", [{"operation": "ses.Nothing"}, {"function": "nothing"}, {}, {"function": "sweep", "times": 0}, ["x"]]
)
def test_a_fault_that_could_never_strike_is_refused(http: httpx.Client, fault: object) -> None:
    assert http.post("/_local/faults", json=fault).status_code == 400


def test_a_subscription_file_is_dropped_with_one_request(stack: Stack, http: httpx.Client) -> None:
    answer = http.put("/_local/intake/souscriptions.csv", content="é;1\n".encode())
    assert answer.status_code == 201
    stored = boto3.client("s3").get_object(Bucket=settings.bucket("intake"), Key="incoming/souscriptions.csv")
    assert stored["Body"].read() == "é;1\n".encode()


def test_the_documentation_needs_nothing_from_elsewhere(http: httpx.Client) -> None:
    page = http.get("/docs/").text
    assert "/openapi.json" in page
    assert "https://" not in page
    assert http.get("/docs/swagger-ui-bundle.js").status_code == 200


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
def test_pages_from_elsewhere_are_refused(http: httpx.Client, headers: dict[str, str]) -> None:
    assert http.get("/_local/mailbox.json", headers=headers).status_code == 403
    assert http.post("/_local/clock", json={"hours": 1}, headers=headers).status_code == 403
