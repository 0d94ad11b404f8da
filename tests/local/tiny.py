"""A Chalice app of a few lines, wired to the real resources: what the stack is tried with."""

import json
from dataclasses import dataclass, field
from typing import Any

import boto3
from chalice import Chalice, CORSConfig, Rate, Response

from chalicelib import settings


@dataclass
class Seen:
    """What the functions of the app were given, in order."""

    messages: list[str] = field(default_factory=list)
    attempts: list[tuple[str, int]] = field(default_factory=list)
    steps: list[tuple[str, str]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    ticks: list[str] = field(default_factory=list)
    contexts: list[Any] = field(default_factory=list)
    outcomes: dict[str, list[Any]] = field(default_factory=dict)

    def outcome(self, step: str, otherwise: str) -> str:
        """What a step answers next: what the test lined up, or the ordinary outcome."""
        planned = self.outcomes.get(step, [])
        outcome = planned.pop(0) if planned else otherwise
        if isinstance(outcome, Exception):
            raise outcome
        return str(outcome)


SEEN = Seen()
ORDINARY = {
    "claim-check": "eligible",
    "claim-settle": "automatic",
    "claim-record": "approved",
    "claim-statement": "done",
    "claim-notify": "done",
    "claim-fail": "done",
}


def tiny_app() -> Chalice:
    """The app; its queues bear the names of the present stage."""
    app = Chalice("tiny", configure_logs=False)
    app.api.cors = CORSConfig(allow_origin="http://portal.example", max_age=600)
    _add_routes(app)
    _add_queues(app)
    _add_steps(app)
    return app


def _add_routes(app: Chalice) -> None:
    @app.route("/echo/{name}", methods=["GET", "PUT", "DELETE", "PATCH"])
    def echo(name: str) -> Response:
        request = app.current_request
        body = {
            "name": name,
            "method": request.method,
            "query": request.to_original_event()["multiValueQueryStringParameters"],
            "ip": request.context["identity"]["sourceIp"],
            "body": request.raw_body.decode() if request.raw_body else None,
        }
        return Response(body, headers={"Content-Type": "application/json"})

    @app.route("/echo/fixed", methods=["GET"])
    def fixed() -> dict[str, str]:
        return {"name": "the fixed one"}

    @app.route("/slow/{name}", methods=["GET"])
    def slow(name: str) -> dict[str, str]:
        boto3.client("sqs").list_queues()  # gives other threads time to come in
        return {"asked": name, "seen": app.current_request.uri_params["name"]}


def _add_queues(app: Chalice) -> None:
    @app.on_sqs_message(queue=settings.queue("uploads"), batch_size=5, name="uploads")
    def uploads(event: Any) -> dict[str, Any]:
        failures = []
        SEEN.contexts.append(event.context)
        for record in event.to_dict()["Records"]:
            SEEN.attempts.append((record["body"], int(record["attributes"]["ApproximateReceiveCount"])))
            if "poison" in record["body"]:
                failures.append({"itemIdentifier": record["messageId"]})
            else:
                SEEN.messages.append(record["body"])
        return {"batchItemFailures": failures}

    @app.on_sqs_message(queue=settings.queue("outbox"), name="outbox")
    def outbox(event: Any) -> None:
        for record in event:
            body = json.loads(record.body)
            boto3.client("ses").send_email(
                Source=settings.insurer().mail_from,
                Destination={"ToAddresses": [body["to"]]},
                Message={"Subject": {"Data": body["subject"]}, "Body": {"Text": {"Data": body["text"]}}},
            )

    @app.on_sqs_message(queue=settings.queue("claim-reviews"), name="claim-reviews")
    def reviews(event: Any) -> None:
        SEEN.tokens.extend(json.loads(record.body)["task_token"] for record in event)

    @app.schedule(Rate(2, unit=Rate.MINUTES), name="sweep")
    def sweep(event: Any) -> dict[str, str]:
        SEEN.ticks.append(event.to_dict()["time"])
        return {"swept": "yes"}


def _add_steps(app: Chalice) -> None:
    for name, ordinary in ORDINARY.items():

        def step(event: dict[str, Any], context: Any, name: str = name, ordinary: str = ordinary) -> dict[str, str]:
            SEEN.steps.append((name, event["claim_id"]))
            return {"outcome": SEEN.outcome(name, ordinary)}

        app.lambda_function(name=name)(step)
