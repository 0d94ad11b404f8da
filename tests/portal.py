"""The portal as its users meet it: over HTTP, with mails read from the mailbox and files sent by presigned forms.

The same steps drive the stack inside the test process (``tests.running``), one that runs elsewhere, one deployed on an
emulator and a real stage (``tests.journeys``): what lies around the API is asked of ``Surroundings`` and ``Controls``.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol
from uuid import uuid4

import httpx
import pytest

from tests import samples

PASSWORD = "Une-longue-phrase-7-secrète"


class Surroundings(Protocol):
    """How the system around the API moves."""

    def settle(self) -> None:
        """Wait until everything that is under way has come to rest."""

    def upload(self, form: dict[str, Any], content: bytes) -> None:
        """Send a file with a presigned form."""


class Controls(Protocol):
    """What a test may look at and touch around the API; where something is impossible, the test is skipped with why."""

    def letters(self) -> list[dict[str, Any]]:
        """Every mail sent: recipient, subject, text; newest first."""

    def drop(self, key: str, content: bytes) -> None:
        """Put an object into the intake bucket."""

    def report(self, key: str) -> dict[str, Any] | None:
        """A report in the intake bucket, once it is there."""

    def bank_files(self) -> dict[str, bytes]:
        """The files that have left for the bank, by name."""

    def leave_bank_file(self, name: str, content: bytes) -> None:
        """Leave a file of the bank's where the portal reads it."""

    def advance(self, by: timedelta) -> None:
        """Move the portal's clock ahead."""

    def today(self) -> date:
        """The portal's day."""

    def run_schedule(self, name: str) -> None:
        """Run a scheduled task now."""

    def fail(self, **fault: str | int) -> None:
        """Let the next calls of an operation fail."""

    def kill_in(self, function: str, operation: str, containing: str) -> Callable[[], None]:
        """Let the next process of a function stand still after a call; the answer waits for that and kills it."""


class Console:
    """The controls of the local stack: the pages beside its API."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def letters(self) -> list[dict[str, Any]]:
        letters: list[dict[str, Any]] = expect(self._http.get("/_local/mailbox.json"), 200)["messages"]
        return letters

    def drop(self, key: str, content: bytes) -> None:
        assert self._http.put(f"/_local/intake/{key}", content=content).is_success

    def report(self, key: str) -> dict[str, Any] | None:
        answer = self._http.get(f"/_local/documents/intake/{key}")
        return answer.json() if answer.status_code == 200 else None

    def bank_files(self) -> dict[str, bytes]:
        found = expect(self._http.get("/_local/bank.json"), 200)["files"]
        return {name: str(text).encode() for name, text in found.items()}

    def leave_bank_file(self, name: str, content: bytes) -> None:
        assert self._http.put(f"/_local/bank/{name}", content=content).is_success

    def advance(self, by: timedelta) -> None:
        expect(self._http.post("/_local/clock", json={"hours": by.total_seconds() / 3600}), 200)

    def today(self) -> date:
        return date.fromisoformat(expect(self._http.get("/_local/clock"), 200)["today"])

    def run_schedule(self, name: str) -> None:
        expect(self._http.post(f"/_local/schedules/{name}", json={}), 200)

    def fail(self, **fault: str | int) -> None:
        expect(self._http.post("/_local/faults", json=fault), 201)

    def kill_in(self, function: str, operation: str, containing: str) -> Callable[[], None]:
        pytest.skip("the local stack runs every function in one process: none can be killed alone")


@dataclass
class User:
    """Somebody signed in."""

    portal: "Portal"
    token: str

    def call(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """A request with this user's session."""
        headers = {"Authorization": f"Bearer {self.token}", **arguments.pop("headers", {})}
        return self.portal.http.request(method, path, headers=headers, **arguments)

    def get(self, path: str, **arguments: Any) -> Any:
        """The JSON answer of a request that must succeed."""
        return expect(self.call("GET", path, **arguments), 200)

    def post(self, path: str, body: dict[str, Any], status: int = 201, **arguments: Any) -> Any:
        """The JSON answer of a request that must end with a status."""
        return expect(self.call("POST", path, json=body, **arguments), status)


def expect(response: httpx.Response, status: int) -> Any:
    """The body of an answer that must have a status."""
    assert response.status_code == status, f"{response.status_code}: {response.text}"
    return response.json() if response.content else None


class Portal:
    """One running portal."""

    def __init__(self, http: httpx.Client, surroundings: Surroundings, controls: Controls | None = None) -> None:
        self.http = http
        self.surroundings = surroundings
        self.controls = controls or Console(http)

    def settle(self) -> None:
        """Let everything that is under way come to rest."""
        self.surroundings.settle()

    def eventually(self, read: Callable[[], Any], seconds: float = 20, *, settling: bool = True) -> Any:
        """The first true answer of a reading, tried again while the system moves; or without waiting for its rest."""
        deadline = time.monotonic() + seconds
        while True:
            if settling:
                self.settle()
            answer = read()
            if answer:
                return answer
            assert time.monotonic() < deadline, "this never happened"
            time.sleep(0.1)

    def post(self, path: str, body: dict[str, Any], status: int) -> Any:
        """The answer of a public request that must end with a status."""
        return expect(self.http.post(path, json=body), status)

    def mails(self, recipient: str) -> list[dict[str, Any]]:
        """The mails somebody got, newest first."""
        return [one for one in self.controls.letters() if recipient in str(one["recipient"])]

    def mail(self, recipient: str, containing: str, count: int = 1) -> str:
        """The text of the newest mail that says something, once at least ``count`` such mails have come."""

        def read() -> str | None:
            found = [one for one in self.mails(recipient) if containing in one["subject"] + one["text"]]
            return str(found[0]["text"]) if len(found) >= count else None

        return str(self.eventually(read))

    def advance(self, by: timedelta) -> None:
        """Move the portal's clock ahead."""
        self.controls.advance(by)

    def today(self) -> date:
        """The portal's day."""
        return self.controls.today()

    def run_schedule(self, name: str) -> None:
        """Run a scheduled task now."""
        self.controls.run_schedule(name)

    def fail(self, **fault: str | int) -> None:
        """Let the next calls of an operation, or the next runs of a function, fail."""
        self.controls.fail(**fault)

    def drop(self, name: str, document: dict[str, Any] | bytes) -> dict[str, Any]:
        """Drop a file into the intake bucket and wait for the report beside it."""
        content = document if isinstance(document, bytes) else samples.as_bytes(document)
        self.controls.drop(f"incoming/{name}", content)
        report: dict[str, Any] = self.eventually(lambda: self.controls.report(f"incoming/{name}.report"))
        return report

    def link_in(self, text: str) -> str:
        """The token of the link in a mail."""
        found = re.search(r"#(\S+)", text)
        assert found, text
        return found.group(1)

    def sign_in(self, space: str, body: dict[str, Any]) -> User:
        """A user with an open session."""
        return User(self, self.post(f"/access/{space}/sessions", body, 201)["token"])

    def choose_password(self, recipient: str, count: int = 1, password: str = PASSWORD) -> None:
        """Follow the newest password link somebody got."""
        token = self.link_in(self.mail(recipient, "mot de passe", count))
        self.post("/access/passwords", {"token": token, "password": password}, 204)

    def upload(
        self,
        user: User,
        path: str,
        required: dict[str, Any],
        content: bytes,
        name: str = "f.pdf",
        *,
        content_type: str = "application/pdf",
    ) -> str:
        """Send a file for a required document; returns the document's id."""
        body = {"kind": required["kind"], "about": required["about"], "name": name, "content_type": content_type}
        form = user.post(path, body)
        self.surroundings.upload(form, content)
        return str(form["document_id"])

    def upload_all(self, user: User, path: str, request: dict[str, Any]) -> None:
        """Send a good file, another each time, for each document that a request still misses."""
        for required in request["missing"]:
            self.upload(user, path, required, samples.pdf(f"{required['title']} {uuid4()}"))
