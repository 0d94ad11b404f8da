"""What AWS's event sources do: take messages from queues, run the function, keep what failed for another attempt."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import Any

from chalice.app import Chalice, SQSEventConfig
from moto.sqs.models import sqs_backends

from chalicelib import settings
from chalicelib.events.objects import created_keys
from local import scanner
from local.clients import client
from local.executions import executions
from local.functions import Functions, Run

POLL_SECONDS = 0.2
RETRY_SECONDS = 1


class NotSettled(Exception):
    """Messages or executions still moved when the time was over; the text says which."""


class RedeliveryFailed(Exception):
    """An event that a function had handled failed when it was delivered again; the text says which."""


@dataclass(frozen=True, slots=True)
class Queue:
    """How many messages a queue holds: ready, being handled or waiting for another attempt, and given up."""

    name: str
    ready: int
    in_flight: int
    dead: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """A queue, the function that its messages are for, and the queue of those that were given up."""

    queue: str
    url: str
    dead_letters_url: str
    function: str
    batch_size: int


class Deliveries:
    """Delivers the messages of every queue the app listens to, in threads of its own or when asked to."""

    def __init__(self, app: Chalice, functions: Functions) -> None:
        self._functions = functions
        self._sqs = client("sqs")
        self._mappings = [self._mapping(source) for source in app.event_sources if isinstance(source, SQSEventConfig)]
        self._turns = {mapping.queue: Lock() for mapping in self._mappings}
        self._stop = Event()
        self._threads: list[Thread] = []

    def start(self) -> None:
        """Deliver in the background, one thread per queue."""
        self._threads = [
            Thread(target=self._poll, args=(mapping,), name=f"deliver-{mapping.queue}", daemon=True)
            for mapping in self._mappings
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the threads, each after what it is delivering."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def drain(self, *, timeout: float) -> None:
        """Deliver until nothing moves: no message in a queue, no execution but those that wait for a task token.

        Errors: ``NotSettled`` when that takes longer than ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        while True:
            moved = sum(self._deliver(mapping) for mapping in self._mappings)
            if not moved and self._settled():
                return
            if time.monotonic() > deadline:
                raise NotSettled(self._still_moving(timeout))
            if not moved:
                time.sleep(0.005)

    def deliver_again(self, *, reverse: bool = False, workflow: bool = False, only: str = "") -> int:
        """Run the functions once more on every event they have handled, as a queue may; returns how many events.

        ``reverse`` starts with the last one; ``workflow`` includes the steps of state machines, which AWS repeats only
        when an answer is lost; ``only`` names the one function to run again.

        Errors: ``RedeliveryFailed`` after all have been delivered, when a function refused one.
        """
        handled = [run for run in list(self._functions.handled) if only in ("", run.function)]
        runs = [run for run in handled if workflow or run.source != "workflow"]
        refused = [problem for run in (reversed(runs) if reverse else runs) if (problem := self._again(run, reverse))]
        if refused:
            raise RedeliveryFailed("\n".join(refused))
        return len(runs)

    def queues(self) -> list[Queue]:
        """The queues the app listens to, with their dead letters."""
        return [self._count(mapping) for mapping in self._mappings]

    def dead_letters(self, queue: str) -> list[str]:
        """The bodies of the messages that were given up on a queue, without taking them from there."""
        url = next(mapping.dead_letters_url for mapping in self._mappings if mapping.queue == settings.queue(queue))
        found = self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [message["Body"] for message in found.get("Messages", [])]

    def _mapping(self, source: SQSEventConfig) -> Mapping:
        queue = source.queue or str(source.queue_arn).rpartition(":")[2]
        redrive = json.loads(self._attributes(self._url(queue))["RedrivePolicy"])
        dead_letters = self._url(redrive["deadLetterTargetArn"].rpartition(":")[2])
        return Mapping(queue, self._url(queue), dead_letters, source.name, source.batch_size)

    def _url(self, queue: str) -> str:
        return str(self._sqs.get_queue_url(QueueName=queue)["QueueUrl"])

    def _poll(self, mapping: Mapping) -> None:
        while not self._stop.is_set():
            if not self._deliver(mapping):
                self._stop.wait(POLL_SECONDS)

    def _deliver(self, mapping: Mapping) -> int:
        with self._turns[mapping.queue]:
            if not _held(mapping.queue):
                return 0
            received = self._sqs.receive_message(
                QueueUrl=mapping.url,
                MaxNumberOfMessages=mapping.batch_size,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
            messages: list[dict[str, Any]] = received.get("Messages", [])
            if messages:
                self._hand_over(mapping, messages)
            return len(messages)

    def _hand_over(self, mapping: Mapping, messages: Sequence[dict[str, Any]]) -> None:
        event = {"Records": [_record(mapping.queue, message) for message in messages]}
        ids = {message["MessageId"] for message in messages}
        try:
            failed = _failures(self._functions.run(mapping.function, event), ids)
        except Exception:  # noqa: BLE001 - already logged; the whole batch comes back, as on AWS
            failed = ids
        done = [record for record in event["Records"] if record["messageId"] not in failed]
        if done:
            self._functions.remember(mapping.function, {"Records": done}, "queue")
        if self._threads and mapping.queue == settings.queue("uploads") and settings.malware_scan_required():
            _scan(done)
        for record in event["Records"]:
            self._conclude(mapping, record, failed=record["messageId"] in failed)

    def _conclude(self, mapping: Mapping, record: dict[str, Any], *, failed: bool) -> None:
        handle = {"QueueUrl": mapping.url, "ReceiptHandle": record["receiptHandle"]}
        if failed:
            # On AWS a failed message comes back when the queue's visibility timeout ends; nobody waits minutes here.
            seconds = RETRY_SECONDS if self._threads else 0
            self._sqs.change_message_visibility(**handle, VisibilityTimeout=seconds)
        else:
            self._sqs.delete_message(**handle)

    def _again(self, run: Run, reverse: bool) -> str | None:
        records = run.event.get("Records")
        event = {"Records": records[::-1]} if reverse and records is not None else run.event
        try:
            answer = self._functions.run(run.function, event)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is reported once all have been delivered
            return f"{run.function}: {error!r}"
        failed = _failures(answer, {record["messageId"] for record in records}) if records else set()
        return f"{run.function}: refused {sorted(failed)}" if failed else None

    def _settled(self) -> bool:
        """Whether nothing can move any more; what a function does while we look is noticed by its count."""
        started = self._functions.started
        return (
            self._functions.running == 0
            and not any(execution.status == "RUNNING" and not execution.waits for execution in executions(running=True))
            and not any(_held(mapping.queue) for mapping in self._mappings)
            and self._functions.started == started
        )

    def _still_moving(self, timeout: float) -> str:
        queues = [f"{queue.name}: {queue.ready} + {queue.in_flight}" for queue in self.queues()]
        running = [f"{e.name} in {e.state}" for e in executions(running=True) if not e.waits]
        return f"still moving after {timeout} s; messages {queues}; executions {running}"

    def _count(self, mapping: Mapping) -> Queue:
        attributes = self._attributes(mapping.url)
        ready, hidden, delayed = (
            int(attributes[f"ApproximateNumberOfMessages{kind}"]) for kind in ("", "NotVisible", "Delayed")
        )
        dead = int(self._attributes(mapping.dead_letters_url)["ApproximateNumberOfMessages"])
        return Queue(mapping.queue.removeprefix(f"{settings.prefix()}-"), ready, hidden + delayed, dead)

    def _attributes(self, url: str) -> dict[str, str]:
        found = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        attributes: dict[str, str] = found["Attributes"]
        return attributes


def _scan(records: Sequence[dict[str, Any]]) -> None:
    """Scan what has arrived, while its messages still count as moving."""
    for record in records:
        for key in created_keys(json.loads(record["body"])):
            scanner.scan(key)


def _held(queue: str) -> int:
    """How many messages a queue holds, whatever their state: asked so often that a call would be most of the work."""
    return len(sqs_backends[settings.account_id()][settings.region()].queues[queue]._messages)


def _record(queue: str, message: dict[str, Any]) -> dict[str, Any]:
    attributes = message.get("MessageAttributes", {})
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {
            name: {
                "dataType": value["DataType"],
                "stringValue": value.get("StringValue"),
                "stringListValues": [],
                "binaryListValues": [],
            }
            for name, value in attributes.items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{settings.region()}:{settings.account_id()}:{queue}",
        "awsRegion": settings.region(),
    }


def _failures(answer: Any, ids: set[str]) -> set[str]:
    """The messages that an answer declares failed; an answer that AWS cannot read fails them all."""
    if answer is None:
        return set()
    if not isinstance(answer, dict):
        return ids
    declared = answer.get("batchItemFailures") or []
    if not isinstance(declared, list):
        return ids
    named = {str(failure.get("itemIdentifier")) if isinstance(failure, dict) else "" for failure in declared}
    return named if named <= ids else ids
