"""What each function's process on the emulator starts with; the deployed package itself is untouched.

Python runs this file by itself, its folder being on PYTHONPATH. In a function's process it sees to three things: only
what was packaged can be imported, as in Lambda; the project's clock runs as far ahead as the journeys asked, while the
signatures for AWS keep the real time; a call to AWS fails, or stands still, when a journey has ordered it.
"""

import importlib
import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote_plus

FUNCTION = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
UNTIL_KILLED = 600


def _run_ahead(orders: Any, clock: ModuleType) -> None:
    """Before the project's clock answers, it is moved to where the journeys want it."""
    true_now: Callable[[], datetime] = clock.now
    ahead = timedelta()

    def now() -> datetime:
        nonlocal ahead
        wanted: timedelta = orders.ahead()
        if wanted != ahead:
            clock.shift(wanted - ahead)
            ahead = wanted
        return true_now()

    vars(clock)["now"] = now


def _obey(orders: Any, handlers: ModuleType) -> None:
    """Every client of AWS made from now on follows the orders."""

    def refuse(model: Any, params: Mapping[str, Any], **_: object) -> tuple[Any, dict[str, Any]] | None:
        order = orders.take(FUNCTION, _operation(model), _readable(params))
        if order is None:
            return None
        from botocore.awsrequest import AWSResponse  # noqa: PLC0415 - the packaged one
        from botocore.compat import HTTPHeaders  # noqa: PLC0415 - as above

        error = {"Code": order.error, "Message": "ordered by the rehearsal"}
        metadata = {"HTTPStatusCode": 400, "RequestId": "ordered", "HTTPHeaders": {}, "RetryAttempts": 0}
        return AWSResponse(params["url"], 400, HTTPHeaders(), None), {"Error": error, "ResponseMetadata": metadata}

    def remember(model: Any, params: Mapping[str, Any], context: dict[str, Any], **_: object) -> None:
        context["rehearsed"] = _readable(params)

    def stand_still(model: Any, context: Mapping[str, Any], **_: object) -> None:
        if orders.take(FUNCTION, _operation(model), context.get("rehearsed", ""), standing=True):
            orders.stand_still(FUNCTION, os.getpid())
            time.sleep(UNTIL_KILLED)

    vars(handlers)["BUILTIN_HANDLERS"] += [
        ("before-call", remember),
        ("before-call", refuse),
        ("after-call", stand_still),
    ]


def _operation(model: Any) -> str:
    return f"{model.service_model.service_name}.{model.name}"


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


class AfterImport(MetaPathFinder):
    """Calls a function with a module as soon as it has been imported."""

    def __init__(self, awaited: dict[str, Callable[[ModuleType], None]]) -> None:
        self._awaited = awaited

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Nothing for any other module."""
        then = self._awaited.pop(fullname, None)
        spec = importlib.util.find_spec(fullname) if then else None
        if spec is None or spec.loader is None or then is None:
            return None
        run = spec.loader.exec_module

        def run_then(module: ModuleType) -> None:
            run(module)
            then(module)

        vars(spec.loader)["exec_module"] = run_then
        return spec


def _prepare(folder: Path) -> None:
    orders = importlib.import_module("orders").Orders(folder)
    sys.path[:] = [entry for entry in sys.path if not entry.endswith(("site-packages", "dist-packages"))]
    awaited = {
        "chalicelib.clock": lambda clock: _run_ahead(orders, clock),
        "botocore.handlers": lambda handlers: _obey(orders, handlers),
    }
    sys.meta_path.insert(0, AfterImport(awaited))


if FUNCTION:
    _prepare(Path(os.environ["REHEARSAL_FOLDER"]))
