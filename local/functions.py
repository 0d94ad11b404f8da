"""Runs the project's Lambda functions where AWS would: by name, with a context, failing as Lambda reports failures."""

import json
import logging
import time
import traceback
import uuid
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Literal
from unittest import mock

from chalice.app import Chalice
from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda_simple.models import LambdaSimpleBackend

from chalicelib import settings
from local.faults import Faults

TIMEOUT_SECONDS = 60
MEMORY_MB = 512
REMEMBERED = 10_000

Source = Literal["queue", "schedule", "workflow"]

log = logging.getLogger("local")


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda tells a function about its run."""

    function_name: str
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = MEMORY_MB
    deadline: float = field(default_factory=lambda: time.monotonic() + TIMEOUT_SECONDS)
    identity: None = None
    client_context: None = None

    @property
    def invoked_function_arn(self) -> str:
        """The function's ARN."""
        return f"arn:aws:lambda:{settings.region()}:{settings.account_id()}:function:{self.function_name}"

    @property
    def log_group_name(self) -> str:
        """Where Lambda would write the logs."""
        return f"/aws/lambda/{self.function_name}"

    @property
    def log_stream_name(self) -> str:
        """The part of the logs that this process would write."""
        return "local"

    def get_remaining_time_in_millis(self) -> int:
        """How long the function may still run."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))


@dataclass(frozen=True, slots=True)
class Run:
    """One event that a function has handled."""

    function: str
    event: dict[str, Any]
    source: Source


class Functions:
    """The functions of a Chalice app, by the names under which they are deployed, without the stage's prefix."""

    def __init__(self, app: Chalice, faults: Faults) -> None:
        self._app = app
        self._faults = faults
        self._lock = Lock()
        self.handled: deque[Run] = deque(maxlen=REMEMBERED)
        self.started = 0
        self.running = 0

    def __contains__(self, name: str) -> bool:
        return name in self._app.handler_map

    def run(self, name: str, event: dict[str, Any]) -> Any:
        """Run a function on an event; both the event and the answer pass through JSON, as on AWS."""
        with self._lock:
            self.started += 1
            self.running += 1
        try:
            self._faults.strike_function(name)
            context = Context(f"{settings.prefix()}-{name}")
            answer = self._app.handler_map[name](json.loads(json.dumps(event)), context)
            return json.loads(json.dumps(answer))
        except Exception:
            log.exception("La fonction %s a échoué.", name)
            raise
        finally:
            with self._lock:
                self.running -= 1

    def remember(self, name: str, event: dict[str, Any], source: Source) -> None:
        """Keep an event that was handled, for ``deliver_again``."""
        self.handled.append(Run(name, event, source))

    @contextmanager
    def answer_lambda(self) -> Iterator[None]:
        """While this lasts, moto's Lambda runs these functions."""

        def invoke(_: LambdaSimpleBackend, function_name: str, *request: Any) -> bytes:
            _qualifier, body, _headers, response_headers = request
            name = function_name.rpartition(":")[2].removeprefix(f"{settings.prefix()}-")
            if name not in self:
                raise UnknownFunctionException(function_name)
            event = json.loads(body or "{}")
            try:
                answer = self.run(name, event)
            except Exception as error:  # noqa: BLE001 - whatever a function raises, Lambda reports it in its answer
                response_headers["x-amz-function-error"] = "Unhandled"
                return json.dumps(_failure(error)).encode()
            self.remember(name, event, "workflow")
            return json.dumps(answer).encode()

        with mock.patch.object(LambdaSimpleBackend, "invoke", invoke):
            yield


def _failure(error: Exception) -> dict[str, Any]:
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": str(uuid.uuid4()),
        "stackTrace": traceback.format_tb(error.__traceback__),
    }
