"""Faults on demand: the next calls of an AWS operation, or the next runs of a function, fail as they would on AWS."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import unquote_plus

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import UnknownServiceError
from botocore.handlers import BUILTIN_HANDLERS

from local.clients import MARK


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault to come: what it hits, how it fails, how often still, and a text that the parameters must contain."""

    target: str
    error: str
    times: int
    containing: str = ""


class InjectedFault(Exception):
    """What a function raises when a fault hits it; the class made for each fault bears the name asked for."""


class Faults:
    """The faults to come. A call refused by one is not tried again by boto3, so « one call » means one call."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pending: list[Fault] = []

    def fail_call(self, operation: str, *, error: str, times: int = 1, containing: str = "") -> None:
        """Refuse the next calls of an operation such as ``ses.SendEmail`` with an AWS error code.

        Errors: ``ValueError`` when AWS has no such operation.
        """
        service, _, name = operation.partition(".")
        if name not in _operations(service):
            raise ValueError(f"AWS has no operation {operation!r}")
        self._add(Fault(target=operation, error=error, times=times, containing=containing))

    def fail_function(self, function: str, *, error: str = "InjectedFault", times: int = 1) -> None:
        """Let the next runs of a function raise an error of that name."""
        self._add(Fault(target=function, error=error, times=times))

    def pending(self) -> list[Fault]:
        """The faults that have not struck yet."""
        with self._lock:
            return list(self._pending)

    def clear(self) -> None:
        """Forget them all."""
        with self._lock:
            self._pending.clear()

    def strike_function(self, function: str) -> None:
        """Raise if a fault awaits this function."""
        fault = self._take(function, "")
        if fault is not None:
            raise type(fault.error, (InjectedFault,), {})("injected by the local stack")

    def strike_call(self, operation: str, parameters: str) -> str | None:
        """The error code with which this call must fail, if a fault awaits it."""
        fault = self._take(operation, parameters)
        return fault.error if fault is not None else None

    def _add(self, fault: Fault) -> None:
        if fault.times < 1:
            raise ValueError("a fault strikes once at least")
        with self._lock:
            self._pending.append(fault)

    def _take(self, target: str, parameters: str) -> Fault | None:
        with self._lock:
            for position, fault in enumerate(self._pending):
                if fault.target == target and fault.containing in parameters:
                    left = Fault(fault.target, fault.error, fault.times - 1, fault.containing)
                    self._pending[position : position + 1] = [left] if left.times else []
                    return fault
        return None


_active: list[Faults] = []


def activate(faults: Faults) -> None:
    """Let these faults strike the calls of this process."""
    _active.append(faults)


def deactivate(faults: Faults) -> None:
    """Let them strike no more."""
    _active.remove(faults)


def _refuse(model: Any, params: Mapping[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
    """Called by botocore before each call; an answer given here takes the place of the service's."""
    if not _active or MARK in params["headers"].get("User-Agent", ""):
        return None
    code = _active[-1].strike_call(f"{model.service_model.service_name}.{model.name}", _readable(params))
    if code is None:
        return None
    answer = {
        "Error": {"Code": code, "Message": "injected by the local stack"},
        "ResponseMetadata": {"HTTPStatusCode": 400, "RequestId": "injected", "HTTPHeaders": {}, "RetryAttempts": 0},
    }
    return AWSResponse(params["url"], 400, HTTPHeaders(), None), answer


def _readable(params: Mapping[str, Any]) -> str:
    """The parameters of a call as text, whatever form the service's protocol gave them."""
    body = params["body"]
    if isinstance(body, Mapping):
        body = " ".join(str(value) for value in body.values())
    elif isinstance(body, bytes | bytearray):
        body = bytes(body).decode("utf-8", errors="replace")
    elif not isinstance(body, str):
        body = ""  # an object streamed to S3, known by its key
    if body.startswith("{"):
        body = json.dumps(json.loads(body), ensure_ascii=False)
    return f"{unquote_plus(params['url_path'])} {body}"


def _operations(service: str) -> list[str]:
    try:
        names: list[str] = botocore.session.get_session().get_service_model(service).operation_names
    except UnknownServiceError:
        return []
    return names


# As moto does for its own handler: every client made after this module was imported has it.
BUILTIN_HANDLERS.append(("before-call", _refuse))
