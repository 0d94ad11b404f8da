"""moto, made fit for a system of several threads."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import RLock
from types import SimpleNamespace
from typing import Any
from unittest import mock

from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.responses import DynamoHandler
from moto.s3.models import s3_backends
from moto.sqs.models import SQSBackend, sqs_backends
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl

from chalicelib import settings
from local import dynamodb

# DynamoDB checks a condition and writes in two steps, and undoes a transaction item by item; SQS
# replaces a queue's list of messages to delete one. Two threads at once would lose writes, so they take turns.
ATOMIC = (
    (DynamoHandler, ("call_action",)),
    (SQSBackend, ("send_message", "receive_message", "delete_message", "change_message_visibility")),
)


@contextmanager
def simulated_aws(*, hurry: bool) -> Iterator[None]:
    """AWS simulated in this process. ``hurry`` skips the waiting between the attempts of a state machine's step."""
    config: Any = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}
    with ExitStack() as stack:
        stack.enter_context(mock_aws(config=config))
        for owner, methods in ATOMIC:
            lock = RLock()
            for method in methods:
                one_at_a_time = _one_at_a_time(getattr(owner, method), lock)
                stack.enter_context(mock.patch.object(owner, method, one_at_a_time))
        stack.enter_context(dynamodb.quick())
        if hurry:
            stack.enter_context(mock.patch.object(retrier_decl, "time", SimpleNamespace(sleep=_no_sleep)))
        yield


def _one_at_a_time(method: Callable[..., Any], lock: Any) -> Callable[..., Any]:
    def serialised(*arguments: Any, **named: Any) -> Any:
        with lock:
            return method(*arguments, **named)

    return serialised


def _no_sleep(_: float) -> None:
    time.sleep(0)


def empty_data() -> None:
    """Empty every table, bucket and queue of the present stage."""
    account, region, prefix = settings.account_id(), settings.region(), f"{settings.prefix()}-"
    for name, table in dynamodb_backends[account][region].tables.items():
        if name.startswith(prefix):
            dynamodb.empty(table)
    for name, bucket in s3_backends[account]["aws"].buckets.items():
        if name.startswith(prefix):
            bucket.keys.clear()
    for name, queue in sqs_backends[account][region].queues.items():
        if name.startswith(prefix):
            queue._messages.clear()
            queue.pending_messages.clear()
