"""The portal deployed on AWS, or on an emulator of it, reached with AWS's own APIs.

The environment says where: ``AWS_ENDPOINT_URL`` and credentials as for any AWS client, ``ESPACE_STAGE`` and
``ESPACE_BUCKET_SUFFIX`` as in the template.
"""

import json
import os
import signal
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from chalicelib import clock, settings
from rehearsal.inside.orders import Order, Orders

EVENTS = Path(__file__).resolve().parents[2] / "events"
GIVEN_UP = "-dead-letters"
PATIENCE_SECONDS = 120
WAITING = {"TaskSubmitted", "TaskScheduled"}


def _client(service: str) -> Any:
    sdk: Any = boto3
    return sdk.client(service, region_name=settings.region())


class Stage:
    """A real stage: its time cannot be moved, its calls cannot be made to fail, its mails go to their recipients."""

    def __init__(self) -> None:
        self._s3, self._sqs, self._sfn = _client("s3"), _client("sqs"), _client("stepfunctions")
        every = self._sqs.list_queues(QueueNamePrefix=settings.queue(""))["QueueUrls"]
        self._urls = [url for url in every if not url.endswith(GIVEN_UP)]

    def settle(self) -> None:
        """Wait until it has been seen at rest twice: it may have moved while it was looked at."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        seen = 0
        while seen < 2:
            seen = seen + 1 if self._rests() else 0
            assert time.monotonic() < deadline, "the stage never came to rest"
            time.sleep(0.2)

    def upload(self, form: dict[str, Any], content: bytes) -> None:
        """As a browser sends a form with a file."""
        files = {"file": ("piece", content, form["fields"]["Content-Type"])}
        answer = httpx.post(form["url"], data=form["fields"], files=files)
        assert answer.status_code == 204, answer.text

    def letters(self) -> list[dict[str, Any]]:
        """Nobody but their recipients can read them."""
        pytest.skip("the mails of a real stage reach real mailboxes, which no test reads")

    def drop(self, key: str, content: bytes) -> None:
        """Put an object into the intake bucket."""
        self._s3.put_object(Bucket=settings.bucket("intake"), Key=key, Body=content)

    def report(self, key: str) -> dict[str, Any] | None:
        """A report in the intake bucket, once it is there."""
        bucket = settings.bucket("intake")
        if not self._s3.list_objects_v2(Bucket=bucket, Prefix=key).get("KeyCount"):
            return None
        found: dict[str, Any] = json.loads(self._s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        return found

    def bank_files(self) -> dict[str, bytes]:
        """The bank of a real stage moves real money."""
        pytest.skip("no journey orders transfers from a real bank")

    def leave_bank_file(self, name: str, content: bytes) -> None:
        """Only the bank writes there."""
        pytest.skip(f"{name} would come from a real bank")

    def advance(self, by: timedelta) -> None:
        """Real time cannot be moved."""
        pytest.skip(f"nobody waits {by} on a real stage")

    def today(self) -> date:
        """The day in Paris."""
        return clock.today()

    def run_schedule(self, name: str) -> None:
        """Run a scheduled function now."""
        event = (EVENTS / f"schedule-{name}.json").read_bytes()
        answer = _client("lambda").invoke(FunctionName=f"{settings.prefix()}-{name}", Payload=event)
        assert "FunctionError" not in answer, answer["Payload"].read()

    def fail(self, **fault: str | int) -> None:
        """AWS does not fail when asked to."""
        pytest.skip(f"{fault['operation']} does not fail on a real stage when asked to")

    def kill_in(self, function: str, operation: str, containing: str) -> Callable[[], None]:
        """Lambda's processes are out of reach."""
        pytest.skip("no process of Lambda can be killed from outside")

    def _rests(self) -> bool:
        return not any(self._holds(url) for url in self._urls) and all(self._waits(one) for one in self._running())

    def _holds(self, url: str) -> bool:
        counts = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        found = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=counts)["Attributes"]
        return any(int(found[count]) for count in counts)

    def _running(self) -> list[str]:
        machine = f"arn:aws:states:{settings.region()}:{settings.account_id()}:stateMachine:{settings.claim_workflow()}"
        found = self._sfn.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]
        return [one["executionArn"] for one in found]

    def _waits(self, execution: str) -> bool:
        """Whether an execution is parked until an agent answers."""
        history = self._sfn.get_execution_history(executionArn=execution, maxResults=3, reverseOrder=True)["events"]
        last = history[0]
        details = last.get("taskSubmittedEventDetails") or last.get("taskScheduledEventDetails") or {}
        return last["type"] in WAITING and str(details.get("resource", "")).endswith("waitForTaskToken")


class Rehearsal(Stage):
    """A stage on the emulator: its mails are kept, and its functions' processes follow the orders of the rehearsal."""

    def __init__(self, orders: Orders) -> None:
        super().__init__()
        self._orders = orders
        self._scans = self._sqs.get_queue_url(QueueName=settings.queue("scans"))["QueueUrl"]

    def upload(self, form: dict[str, Any], content: bytes) -> None:
        """As a browser sends a form with a file, and as GuardDuty, which the emulator lacks, finds no threat in it."""
        super().upload(form, content)
        bucket, key = settings.bucket("uploads"), form["fields"]["key"]
        etag = self._s3.head_object(Bucket=bucket, Key=key)["ETag"].strip('"')
        detail = {
            "s3ObjectDetails": {"bucketName": bucket, "objectKey": key, "eTag": etag},
            "scanResultDetails": {"scanResultStatus": "NO_THREATS_FOUND"},
        }
        kind = "GuardDuty Malware Protection Object Scan Result"
        event = {"source": "aws.guardduty", "detail-type": kind, "detail": detail}
        self._sqs.send_message(QueueUrl=self._scans, MessageBody=json.dumps(event))

    def letters(self) -> list[dict[str, Any]]:
        """Every mail that SES took, newest first."""
        kept = httpx.get(f"{os.environ['AWS_ENDPOINT_URL']}/_ministack/ses/messages").json()["messages"]
        sent = [one for account in kept.values() for one in account]
        return [
            {"recipient": ", ".join(one["To"]), "subject": one["Subject"], "text": one["BodyText"]}
            for one in reversed(sent)
        ]

    def bank_files(self) -> dict[str, bytes]:
        """The files that lie where the bank fetches them."""
        bucket = settings.bucket("bank")
        found = self._s3.list_objects_v2(Bucket=bucket, Prefix="out/").get("Contents", [])
        keys = [str(one["Key"]) for one in found]
        return {
            key.removeprefix("out/").removesuffix(".xml"): self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            for key in keys
        }

    def leave_bank_file(self, name: str, content: bytes) -> None:
        """Put an object where the bank leaves its own."""
        self._s3.put_object(Bucket=settings.bucket("bank"), Key=f"in/{name}.xml", Body=content)

    def advance(self, by: timedelta) -> None:
        """Let the clock of every function run further ahead."""
        self._orders.advance(by)

    def today(self) -> date:
        """The functions' day."""
        return clock.paris_day(clock.now() + self._orders.ahead())

    def fail(self, **fault: str | int) -> None:
        """Let the next calls of an operation fail."""
        self._orders.give(
            Order(
                operation=str(fault["operation"]),
                error=str(fault["error"]),
                times=int(fault.get("times", 1)),
                containing=str(fault.get("containing", "")),
            )
        )

    def kill_in(self, function: str, operation: str, containing: str) -> Callable[[], None]:
        """Let the next process of a function stand still after a call; the answer waits for that and kills it."""
        name = f"{settings.prefix()}-{function}"
        self._orders.give(Order(operation=operation, containing=containing, function=name))

        def kill() -> None:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while (process := self._orders.still(name)) is None:
                assert time.monotonic() < deadline, f"{function} never came to {operation}"
                time.sleep(0.05)
            os.kill(process, signal.SIGKILL)

        return kill
