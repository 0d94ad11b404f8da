"""moto, made fit for a system of several threads."""

import copy
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import RLock
from types import SimpleNamespace
from typing import Any
from unittest import mock

from moto import mock_aws
from moto.dynamodb import models as dynamodb_models
from moto.dynamodb.models import Table, dynamodb_backends
from moto.dynamodb.responses import DynamoHandler
from moto.s3.models import s3_backends
from moto.sqs.models import SQSBackend, sqs_backends
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl

from chalicelib import settings

# DynamoDB checks a condition and writes in two steps, and undoes a transaction by putting back whole tables; SQS
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
        stack.enter_context(mock.patch.object(dynamodb_models, "copy", SimpleNamespace(deepcopy=_snapshot)))
        if hurry:
            stack.enter_context(mock.patch.object(retrier_decl, "time", SimpleNamespace(sleep=_no_sleep)))
        yield


def _one_at_a_time(method: Callable[..., Any], lock: Any) -> Callable[..., Any]:
    def serialised(*arguments: Any, **named: Any) -> Any:
        with lock:
            return method(*arguments, **named)

    return serialised


def _snapshot(thing: Any) -> Any:
    """What a transaction keeps to undo itself: of a table, which items it held, since writing replaces an item whole.

    moto copies every item of each table, so a write would take as long as the tables are large.
    """
    if not isinstance(thing, Table):
        return copy.deepcopy(thing)
    twin = copy.copy(thing)
    twin.items = copy.copy(thing.items)
    if twin.has_range_key:
        for key, items in thing.items.items():
            twin.items[key] = dict(items)
    return twin


def _no_sleep(_: float) -> None:
    time.sleep(0)


def empty_data() -> None:
    """Empty every table, bucket and queue of the present stage."""
    account, region, prefix = settings.account_id(), settings.region(), f"{settings.prefix()}-"
    for name, table in dynamodb_backends[account][region].tables.items():
        if name.startswith(prefix):
            table.items.clear()
    for name, bucket in s3_backends[account]["aws"].buckets.items():
        if name.startswith(prefix):
            bucket.keys.clear()
    for name, queue in sqs_backends[account][region].queues.items():
        if name.startswith(prefix):
            queue._messages.clear()
            queue.pending_messages.clear()
