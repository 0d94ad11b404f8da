"""What people do from outside: call the API, follow the links of their mails, send files."""

import json
import re
from typing import TYPE_CHECKING, Any

from werkzeug.test import Client

from chalicelib import settings
from local.clients import client
from local.demo.papers import paper

if TYPE_CHECKING:
    from local.demo.sign_ins import SignIn
    from local.stack import Stack


class Refused(Exception):
    """The system refused what the story wanted; the text says what and why."""


class Visitor:
    """Anybody in front of a stack; ``token`` is the session or the invitation they hold."""

    def __init__(self, stack: "Stack", token: str = "") -> None:
        self._stack = stack
        self._token = token

    def call(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """The JSON answer to a request.

        Errors: ``Refused``.
        """
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        answer = Client(self._stack.wsgi).open(
            path, method=method, json=body, headers=headers, environ_base={"REMOTE_ADDR": "127.0.0.1"}
        )
        if answer.status_code >= 400:
            raise Refused(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.get_json(silent=True)

    def signed_in(self, who: "SignIn") -> "Visitor":
        """The same visitor in their own space."""
        return Visitor(self._stack, self.call("POST", who.path, who.body)["token"])

    def token_mailed_to(self, recipient: str) -> str:
        """The token of the newest link that somebody was sent."""
        for letter in self._stack.letters():
            found = re.search(r"#(\S+)", letter.text) if letter.recipient == recipient else None
            if found:
                return found[1]
        raise Refused(f"no link for {recipient}")

    def code_sent_to(self, mobile: str) -> str:
        """The code of the newest text message that a mobile number was sent, as people write it: 06 39 98 …"""
        number = "".join(mobile.split()).removeprefix("0")
        for letter in self._stack.letters():
            found = re.search(r"\b[0-9]{6}\b", letter.text) if letter.recipient.endswith(number) else None
            if letter.kind == "sms" and found:
                return found[0]
        raise Refused(f"no code for {mobile}")

    def invited(self, recipient: str) -> "Visitor":
        """Somebody who has opened their invitation."""
        return Visitor(self._stack, self.token_mailed_to(recipient))

    def choose_password(self, recipient: str, password: str) -> None:
        """Follow the password link somebody was sent."""
        self.call("POST", "/access/passwords", {"token": self.token_mailed_to(recipient), "password": password})

    def drop(self, name: str, document: object) -> None:
        """Drop a file into the insurer's bucket."""
        self._stack.drop_file(name, json.dumps(document, ensure_ascii=False).encode())

    def report(self, name: str) -> dict[str, Any]:
        """What became of a dropped file.

        Errors: ``Refused``.
        """
        key = f"incoming/{name}.report"
        content = client("s3").get_object(Bucket=settings.bucket("intake"), Key=key)["Body"].read()
        report: dict[str, Any] = json.loads(content)
        if report["outcome"] != "accepted":
            raise Refused(f"{name}: {report['faults']}")
        return report

    def attach(self, name: str, title: str) -> None:
        """Drop a document that a subscription file names."""
        client("s3").put_object(Bucket=settings.bucket("intake"), Key=f"attachments/{name}", Body=paper(title))

    def send_papers(self, path: str, missing: list[dict[str, str]], *, damaged: bool = False) -> None:
        """Send a file for each required document, whole or cut short on its way."""
        for required in missing:
            content = paper(required["title"], required["reason"], f"Exemple envoyé à {path}")
            self._send(path, required, content[:200] if damaged else content)

    def _send(self, path: str, required: dict[str, str], content: bytes) -> None:
        announced = {name: required[name] for name in ("kind", "about")}
        announced |= {"name": f"{required['kind']}.pdf", "content_type": "application/pdf"}
        form = self.call("POST", path, announced)["fields"]
        client("s3").put_object(
            Bucket=settings.bucket("uploads"), Key=form["key"], Body=content, ContentType=form["Content-Type"]
        )
