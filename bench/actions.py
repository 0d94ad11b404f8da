"""What people do with the portal, counted: the steps of the journeys without their refusals, one bill per action."""

from moto import mock_aws  # noqa: F401, I001 - moto comes before any boto3 client is made

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from chalice.app import Chalice

from bench.meter import Meter, Paper
from chalicelib import settings
from local.clients import client
from local.stack import Stack
from tests import samples
from tests.journeys import spaces
from tests.portal import PASSWORD, Portal, User, expect

Json = dict[str, Any]

COUNTS = Path(__file__).with_name("counts.json")
PAST = timedelta(days=60)
SCHEDULES = (
    "sweep-outbox",
    "expire-invitations",
    "close-claims",
    "follow-departures",
    "call-contributions",
    "follow-contributions",
    "payment-batches",
    "contribution-debits",
)


class Browser(httpx.BaseTransport):
    """Sends requests to the stack, and shows those for the API to the meter."""

    def __init__(self, stack: Stack, meter: Meter) -> None:
        self._to = httpx.WSGITransport(app=stack.wsgi)
        self._meter = meter

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to one request."""
        if request.url.path.startswith("/_local"):
            return self._to.handle_request(request)
        return self._meter.request(request, lambda: self._to.handle_request(request))


class Surroundings:
    """The stack in this process, whose files come from a browser."""

    def __init__(self, stack: Stack, meter: Meter) -> None:
        self._stack = stack
        self._meter = meter

    def settle(self) -> None:
        """Let everything come to rest."""
        self._stack.drain()

    def upload(self, form: Json, content: bytes) -> None:
        """Put a file where a browser's form puts it."""
        fields = form["fields"]
        client("s3").put_object(
            Bucket=settings.bucket("uploads"), Key=fields["key"], Body=content, ContentType=fields["Content-Type"]
        )
        self._meter.uploaded()


class Life:
    """One company, its administrator, an employee with a family, and an agent, through everything that is counted."""

    def __init__(self, portal: Portal, stack: Stack, meter: Meter) -> None:
        self._portal = portal
        self._stack = stack
        self._meter = meter
        self.bills: dict[str, Json] = {}

    def live(self) -> None:
        """Go through every action once, in the journeys' order."""
        portal = self._portal
        subscription = self._counted("company_subscribes", lambda: spaces.subscribe(portal))
        portal.advance(spaces.OPENING_DELAY)
        self._counted("employer_opens_space", lambda: spaces.open_employer_space(portal, subscription))
        credentials = {"email": subscription.administrator, "password": PASSWORD}
        employer = portal.sign_in("employer", credentials)
        email = samples.email("karim")
        form = samples.affiliation_form(dependants=[_spouse()])
        number = self._counted("employee_affiliates", lambda: self._affiliate(employer, email, form))
        portal.advance(spaces.OPENING_DELAY)
        member = self._counted("member_opens_space", lambda: spaces.open_member_space(portal, number, form, email))
        agent = spaces.open_agent_space(portal)
        identifier = {"identifier": email, "password": PASSWORD}
        self._counted("claim_by_rule", lambda: self._claim(member, nights=2, expense_cents=15000))
        self._counted("claim_by_agent", lambda: self._review(member, agent))
        self._counted("member_visits", lambda: self._member_visits(identifier))
        self._counted("member_reads_statement", lambda: self._read_statement(member))
        self._counted("member_reads_card", lambda: self._download(member, "/member/card"))
        self._counted("employer_visits", lambda: self._employer_visits(credentials))
        self._counted("agent_visits", lambda: self._agent_visits(agent))
        self._counted("password_forgotten", lambda: self._forget_password(email))
        self._counted("scheme_sends_decomptes", lambda: self._flow(number, str(form["nir"])))
        for name in SCHEDULES:
            self._counted(name, partial(self._stack.run_schedule, name))

    def _counted(self, name: str, act: Callable[[], Any]) -> Any:
        self._portal.settle()
        with self._meter.action() as bill:
            answer = act()
            self._portal.settle()
        given_up = [queue for queue in self._stack.deliveries.queues() if queue.dead]
        assert not given_up, f"{name}: {given_up}"
        self.bills[name] = bill.to_json()
        return answer

    def _affiliate(self, employer: User, email: str, form: Json) -> str:
        """Invited by the employer, affiliated by themselves with a spouse; returns the numéro adhérent."""
        invited = spaces.pre_affiliate(employer, email, self._portal.today() - PAST)
        link = User(self._portal, self._portal.link_in(self._portal.mail(email, "invite")))
        link.get("/affiliation")
        request = link.post("/affiliation", form)
        self._send(link, "/affiliation/uploads", request)
        sheet = employer.get(f"{spaces.company_path(employer)}/employees/{invited['member_id']}")
        assert sheet["card_available"], sheet
        return str(sheet["numero_adherent"])

    def _claim(self, member: User, **room: int) -> Json:
        request = spaces.claim(member, "other", spaces.room(self._portal.today() - timedelta(days=9), **room))
        self._send(member, f"{spaces.path_of(request)}/uploads", request)
        return spaces.once_in(self._portal, member, request, "PAYMENT_ORDERED")

    def _flow(self, number: str, nir: str) -> None:
        """A flow file of twenty décomptes of one person, a consultation each."""
        today = self._portal.today()
        header = {"kind": "flow", "reference": f"FLUX-{number}", "scheme": "01751", "issued_on": f"{today}"}
        care_on = f"{today - timedelta(days=1)}"
        paid = {"expense_cents": 3000, "base_cents": 3000, "rate_percent": "70", "statutory_cents": 2100}
        line = {"line": 1, "lines": 1, "person": {"nir": nir}, "care_on": care_on, "act": "G"} | paid
        lines = [header, *(line | {"decompte": f"{number}-{rank}"} for rank in range(20))]
        report = self._portal.drop(f"flux-{number}.jsonl", b"\n".join(samples.as_bytes(one) for one in lines))
        assert report["accepted"] == 20, report

    def _review(self, member: User, agent: User) -> None:
        """A claim above the limit of the rule: an agent reads the file and approves it."""
        stay = spaces.room(self._portal.today() - timedelta(days=20), nights=5, expense_cents=45000)
        request = spaces.claim(member, "other", stay)
        self._send(member, f"{spaces.path_of(request)}/uploads", request)
        path = f"/backoffice/claims/{request['request_id']}"
        agent.get("/backoffice/queue")
        seen = agent.get(path)
        self._download(agent, f"{path}/documents/{seen['request']['attachments'][0]['document_id']}")
        agent.post(f"{path}/decision", {"decision": "approve", "reason": "La facture est lisible."}, 200)
        spaces.once_in(self._portal, member, request, "PAYMENT_ORDERED")

    def _member_visits(self, identifier: Json) -> None:
        member = self._portal.sign_in("member", identifier)
        member.get("/member")
        member.get("/member/requests")
        listed = member.get("/member/reimbursements")["reimbursements"]
        member.get(f"/member/reimbursements/{listed[0]['reimbursement_id']}")
        expect(member.call("DELETE", "/access/session"), 204)

    def _read_statement(self, member: User) -> None:
        listed = member.get("/member/reimbursements")["reimbursements"]
        self._download(member, f"/member/reimbursements/{listed[0]['reimbursement_id']}/statement")

    def _employer_visits(self, credentials: Json) -> None:
        employer = self._portal.sign_in("employer", credentials)
        base = spaces.company_path(employer)
        employer.get(f"{base}/contracts")
        [employee] = employer.get(f"{base}/employees")["employees"]
        employer.get(f"{base}/employees/{employee['member_id']}")
        expect(employer.call("DELETE", "/access/session"), 204)

    def _agent_visits(self, agent: User) -> None:
        agent.get("/backoffice/queue")
        agent.get("/backoffice/rejected-messages")

    def _forget_password(self, email: str) -> None:
        self._portal.post("/access/member/forgotten-password", {"identifier": email}, 202)
        self._portal.choose_password(email, count=2)

    def _send(self, user: User, path: str, request: Json) -> None:
        """A photograph for every document that a request misses."""
        for required in request["missing"]:
            self._portal.upload(user, path, required, photograph(), "piece.jpg", content_type="image/jpeg")
        self._portal.settle()

    def _download(self, user: User, path: str) -> None:
        url = httpx.URL(user.get(path)["url"])
        bucket = settings.bucket("documents")
        key = url.path.lstrip("/").removeprefix(f"{bucket}/")
        self._meter.downloaded(int(client("s3").head_object(Bucket=bucket, Key=key)["ContentLength"]))


def photograph() -> bytes:
    """A picture of a page as a telephone sends it: two megapixels, more than a megabyte."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.effect_noise((1600, 1200), 60).save(buffer, format="JPEG")
    return buffer.getvalue()


def _spouse() -> Json:
    return {
        "relationship": "conjoint",
        "first_name": "Inès",
        "last_name": "Haddad",
        "birth_date": "1987-04-09",
        "nir": samples.nir(),
    }


def load_app() -> Chalice:
    """The project's own application."""
    import app

    return app.app


@contextmanager
def _running() -> Iterator[tuple[Portal, Stack, Meter]]:
    paper = Paper()
    with redirect_stdout(paper), Stack(load_app) as stack:
        meter = Meter(paper)
        with meter.watching(), httpx.Client(transport=Browser(stack, meter), base_url=stack.url) as http:
            yield Portal(http, Surroundings(stack, meter)), stack, meter


def count() -> dict[str, Json]:
    """The bill of every action on a fresh local stack.

    Each is lived through twice: calls are counted without data keys at hand, CPU time once everything is imported.
    """
    with _running() as (portal, stack, meter):
        first, second = Life(portal, stack, meter), Life(portal, stack, meter)
        first.live()
        meter.forgets_keys = False
        second.live()
    return {name: bill | {"cpu_ms": second.bills[name]["cpu_ms"]} for name, bill in first.bills.items()}


def save(bills: dict[str, Json]) -> None:
    """Keep the bills beside this module."""
    COUNTS.write_text(json.dumps(bills, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
