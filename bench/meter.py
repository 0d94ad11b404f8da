"""What AWS would bill for what happens on the local stack: calls, units of capacity, messages, bytes.

Sizes follow DynamoDB's published rules for items; where the simulation cannot say (the size of an item that an update
leaves), the smallest unit is taken and the page says so.
"""

import io
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
from botocore.client import BaseClient
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from chalicelib import settings
from chalicelib.gateways import secrets
from local.functions import Functions

Json = dict[str, Any]

API = "api_handler"
OVERHEAD_BYTES = 100
PASSING = {"expires", "expiration"}
TABLES = Path(__file__).resolve().parent.parent / "infra" / "tables.json"


def attribute_bytes(value: Mapping[str, Any]) -> int:
    """The size that DynamoDB bills for one typed attribute value.

    >>> attribute_bytes({"S": "été"}), attribute_bytes({"N": "1234"}), attribute_bytes({"L": [{"BOOL": True}]})
    (5, 3, 5)
    """
    [(kind, content)] = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return (len(content.lstrip("-").replace(".", "")) + 1) // 2 + 1
        case "B":
            return len(content)
        case "BOOL" | "NULL":
            return 1
        case "L":
            return 3 + sum(1 + attribute_bytes(one) for one in content)
        case "M":
            return 3 + sum(1 + len(name.encode()) + attribute_bytes(one) for name, one in content.items())
    return sum(attribute_bytes({kind[0]: one}) for one in content)


def item_bytes(item: Mapping[str, Any]) -> int:
    """The size that DynamoDB bills for an item: names and values.

    >>> item_bytes({"id": {"S": "abc"}})
    5
    """
    return sum(len(name.encode()) + attribute_bytes(value) for name, value in item.items())


def units(size: int, unit: int) -> int:
    """How many units a size takes, one at least.

    >>> units(0, 1024), units(1024, 1024), units(1025, 1024)
    (1, 1, 2)
    """
    return max(1, -(-size // unit))


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index: its key attributes and all that it copies."""

    keys: frozenset[str]
    copied: frozenset[str]

    def entry(self, item: Mapping[str, Any] | None) -> Json | None:
        """What the index holds of an item, if anything."""
        if item is None or not self.keys <= item.keys():
            return None
        return {name: value for name, value in item.items() if name in self.copied}

    def write_units(self, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> int:
        """What a write of the table costs in the index: nothing when it copies nothing that changed."""
        old, new = self.entry(before), self.entry(after)
        if old == new:
            return 0
        if old and new and all(old[key] == new[key] for key in self.keys):
            return max(units(item_bytes(old), 1024), units(item_bytes(new), 1024))
        return sum(units(item_bytes(one), 1024) for one in (old, new) if one)


@dataclass(frozen=True, slots=True)
class Table:
    """A table's key and its indexes."""

    keys: tuple[str, ...]
    indexes: tuple[Index, ...]

    def stored_bytes(self, item: Mapping[str, Any] | None) -> int:
        """What an item takes, its index entries included; nothing for one that expires by itself."""
        if item is None or PASSING & item.keys():
            return 0
        entries = [entry for index in self.indexes if (entry := index.entry(item))]
        return sum(item_bytes(one) + OVERHEAD_BYTES for one in (item, *entries))


def tables() -> dict[str, Table]:
    """The tables of the template, by their names without the stage's prefix."""
    found = {}
    for resource in json.loads(TABLES.read_text(encoding="utf-8"))["Resources"].values():
        properties = resource["Properties"]
        keys = tuple(one["AttributeName"] for one in properties["KeySchema"])
        indexes = tuple(_index(one, keys) for one in properties.get("GlobalSecondaryIndexes", []))
        found[str(properties["TableName"]["Fn::Sub"]).removeprefix("espace-assure-${Stage}-")] = Table(keys, indexes)
    return found


def _index(description: Json, table_keys: tuple[str, ...]) -> Index:
    keys = frozenset(one["AttributeName"] for one in description["KeySchema"])
    return Index(keys, keys.union(table_keys, description["Projection"].get("NonKeyAttributes", [])))


@dataclass(slots=True)
class Bill:
    """What one action consumed; ``half_reads`` are halves of a read unit, ``calls`` are named like ``s3.PutObject``."""

    totals: Counter[str] = field(default_factory=Counter)
    routes: Counter[str] = field(default_factory=Counter)
    invocations: Counter[str] = field(default_factory=Counter)
    cpu: dict[str, float] = field(default_factory=dict)
    calls: dict[str, Counter[str]] = field(default_factory=dict)
    tables: dict[str, Counter[str]] = field(default_factory=dict)
    preflights: set[str] = field(default_factory=set)

    def to_json(self) -> Json:
        """As it is kept in ``counts.json``."""
        return {
            "totals": dict(sorted({**self.totals, "preflights": len(self.preflights)}.items())),
            "routes": dict(sorted(self.routes.items())),
            "invocations": dict(sorted(self.invocations.items())),
            "cpu_ms": {name: round(seconds * 1000) for name, seconds in sorted(self.cpu.items())},
            "calls": {name: dict(sorted(calls.items())) for name, calls in sorted(self.calls.items())},
            "tables": {name: dict(sorted(used.items())) for name, used in sorted(self.tables.items())},
        }


class Paper(io.TextIOBase):
    """What functions print: their log. Only its size matters."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, text: str) -> int:
        self.size += len(text.encode())
        return len(text)


class Meter:
    """Watches one stack; ``bill`` is the present action's.

    While ``forgets_keys``, every run of a function begins without a data key, as in a process that was not used lately.
    """

    def __init__(self, paper: Paper) -> None:
        self.bill = Bill()
        self._paper = paper
        self._tables = tables()
        self._items: dict[tuple[str, ...], Json] = {}
        self._own = threading.local()
        self.forgets_keys = True
        self._writing = threading.Lock()

    @contextmanager
    def action(self) -> Iterator[Bill]:
        """Everything that happens meanwhile goes on one bill."""
        self.bill, printed, states = Bill(), self._paper.size, transitions()
        yield self.bill
        self.bill.totals["log_bytes"] += self._paper.size - printed
        self.bill.totals["transitions"] += transitions() - states

    @contextmanager
    def watching(self) -> Iterator[None]:
        """While this lasts, calls to AWS and runs of functions are seen."""
        call: Callable[..., Json] = vars(BaseClient)["_make_api_call"]
        run = Functions.run

        def called(client: BaseClient, name: str, arguments: Json) -> Json:
            function = getattr(self._own, "function", None)
            if function is None:
                return call(client, name, arguments)
            size = len(arguments["Body"]) if name == "PutObject" else 0
            started = _cpu()
            try:
                answer = call(client, name, arguments)
            finally:
                self._own.elsewhere += _cpu() - started
                with self._writing:
                    service = client.meta.service_model.service_name
                    self.bill.calls.setdefault(function, Counter())[f"{service}.{name}"] += 1
            with self._writing:
                self._add(function, f"{service}.{name}", arguments, answer, size)
            return answer

        def ran(functions: Functions, name: str, event: Json) -> Any:
            records = event.get("Records", []) if isinstance(event, dict) else []
            self.bill.totals["messages"] += len([one for one in records if one.get("eventSource") == "aws:sqs"])
            with self._within(name):
                return run(functions, name, event)

        with mock.patch.object(BaseClient, "_make_api_call", called), mock.patch.object(Functions, "run", ran):
            yield

    def request(self, request: httpx.Request, answer: Callable[[], httpx.Response]) -> httpx.Response:
        """One request to the API, and its answer."""
        with self._within(API):
            response = answer()
        response.read()
        self.bill.totals["requests"] += 1
        self.bill.totals["response_bytes"] += len(response.content) + len(str(response.headers))
        self.bill.routes[f"{request.method} {_shape(request.url.path)}"] += 1
        self.bill.preflights.add(request.url.path)
        return response

    def uploaded(self) -> None:
        """A browser has sent a file straight to S3, which puts a message on a queue."""
        self.bill.totals["s3_puts"] += 1
        self.bill.totals["uploads"] += 1

    def downloaded(self, size: int) -> None:
        """A browser has fetched a file straight from S3."""
        self.bill.totals["s3_gets"] += 1
        self.bill.totals["download_bytes"] += size

    @contextmanager
    def _within(self, function: str) -> Iterator[None]:
        if self.forgets_keys:
            for one in vars(secrets).values():
                if hasattr(one, "cache_clear"):
                    one.cache_clear()
        self._own.function, self._own.elsewhere = function, 0.0
        started = _cpu()
        try:
            yield
        finally:
            own = _cpu() - started - self._own.elsewhere
            self._own.function = None
            with self._writing:
                self.bill.invocations[function] += 1
                self.bill.cpu[function] = self.bill.cpu.get(function, 0.0) + own

    def _add(self, function: str, operation: str, arguments: Json, answer: Json, size: int) -> None:
        service, _, name = operation.partition(".")
        match service:
            case "dynamodb":
                self._dynamodb(function, name, arguments, answer)
            case "s3":
                self._s3(name, arguments, size)
            case "kms":
                self.bill.totals["kms"] += 1
            case "ses" | "sesv2":
                self.bill.totals["mails"] += name.startswith("Send")
            case "sns":
                self.bill.totals["texts"] += "PhoneNumber" in arguments

    def _s3(self, name: str, arguments: Json, size: int) -> None:
        if name == "PutObject":
            self.bill.totals["s3_puts"] += 1
            if arguments["Bucket"] == settings.bucket("documents"):
                people_sent = arguments["Key"].startswith("pieces/")
                self.bill.totals["kept_uploads" if people_sent else "kept_bytes"] += 1 if people_sent else size
        elif name != "DeleteObject":
            self.bill.totals["s3_gets"] += 1

    def _dynamodb(self, function: str, name: str, arguments: Json, answer: Json) -> None:
        match name:
            case "TransactWriteItems":
                for entry in arguments["TransactItems"]:
                    [(kind, one)] = entry.items()
                    self._write(function, kind, one, factor=2)
            case "PutItem" | "DeleteItem" | "UpdateItem":
                self._write(function, name.removesuffix("Item"), arguments, factor=1)
            case "GetItem":
                self._weigh(function, arguments, item_bytes(answer.get("Item", {})))
            case "Query":
                self._weigh(function, arguments, sum(item_bytes(one) for one in answer["Items"]))
            case "BatchGetItem":
                for table, asked in arguments["RequestItems"].items():
                    found = answer["Responses"].get(table, [])
                    sizes = [item_bytes(one) for one in found] + [0] * (len(asked["Keys"]) - len(found))
                    for size in sizes:
                        self._weigh(function, {**asked, "TableName": table}, size)
            case _:
                raise ValueError(f"how is {name} billed?")

    def _weigh(self, function: str, arguments: Json, size: int) -> None:
        self._used(function, arguments["TableName"])
        self.bill.totals["half_reads"] += units(size, 4096) * (2 if arguments.get("ConsistentRead") else 1)

    def _write(self, function: str, kind: str, one: Json, *, factor: int) -> None:
        name = self._used(function, one["TableName"])
        table = self._tables[name]
        if kind in {"Update", "ConditionCheck"}:
            self.bill.totals["write_units"] += factor
            return
        after = one["Item"] if kind == "Put" else None
        key = (name, *(json.dumps((after or one["Key"])[part]) for part in table.keys))
        before = self._items.pop(key, None)
        if after is not None:
            self._items[key] = after
        size = max(item_bytes(item) for item in (before or {}, after or {}))
        self.bill.totals["write_units"] += factor * units(size, 1024)
        self.bill.totals["write_units"] += sum(index.write_units(before, after) for index in table.indexes)
        self.bill.totals["item_bytes"] += table.stored_bytes(after) - table.stored_bytes(before)

    def _used(self, function: str, table: str) -> str:
        name = table.removeprefix(settings.table(""))
        self.bill.tables.setdefault(function, Counter())[name] += 1
        return name


def transitions() -> int:
    """State transitions so far: states entered, and the start and the end of each execution, which AWS counts too."""
    machines: list[Any] = stepfunctions_parser_backends[settings.account_id()][settings.region()].state_machines
    histories = [one.to_history_output()["events"] for machine in machines for one in machine.executions]
    return sum(2 + len([event for event in events if "stateEnteredEventDetails" in event]) for events in histories)


def _cpu() -> float:
    """CPU seconds: of the whole process for what runs in its main thread, as hashing and typesetting use more threads.

    A step of the workflow runs beside the main thread, so only its own thread counts there.
    """
    return time.process_time() if threading.current_thread() is threading.main_thread() else time.thread_time()


def _shape(path: str) -> str:
    """A path without its ids."""
    parts = ["{}" if any(character.isdigit() for character in part) else part for part in path.split("/")]
    return "/".join(parts)
