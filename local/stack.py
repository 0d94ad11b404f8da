"""The whole system in one process: simulated AWS, the project's functions, what delivers to them and serves them."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any
from unittest import mock

from chalice.app import Chalice
from werkzeug.wsgi import get_path_info

from chalicelib import clock, settings
from local import faults, mailbox
from local.clients import client
from local.console import console, page
from local.deliveries import Deliveries
from local.demo import SignIn
from local.executions import forget_executions, stop_executions
from local.faults import Faults
from local.functions import Functions
from local.gateway import Gateway, one_request_per_thread
from local.resources import create_resources, key_variables
from local.schedules import Schedules
from local.servers import LOOPBACK, QuietMoto, Server, simulated_services
from local.simulation import empty_data, simulated_aws

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

DRAIN_SECONDS = 30.0
CONSOLE_PATHS = ("/_local", "/docs")


class Stack:
    """A running system; use it in a ``with`` block, one per process at a time and stage.

    ``load_app`` gives the Chalice app; it is called once the environment is set, so it may import the app then.
    With ``serve`` the API and the console answer on ``port``, the simulated AWS on ``aws_port`` (0: any free port), and
    queues and schedules are served in the background. Without it nothing moves until ``drain`` or ``run_schedule``.

    Errors: ``PortTaken`` on entering, when a port cannot be had.
    """

    def __init__(
        self,
        load_app: Callable[[], Chalice],
        *,
        serve: bool = False,
        port: int = 0,
        aws_port: int = 0,
        stage: str = "local",
    ) -> None:
        self._load_app = load_app
        self._serve = serve
        self._ports = (port, aws_port)
        self._stage = stage
        self._closing = ExitStack()
        self._shifted = timedelta()
        self.sign_ins: list[SignIn] = []
        self.faults = Faults()
        self.url = "http://localhost:8000"
        self.aws_url = ""

    def __enter__(self) -> "Stack":
        with ExitStack() as closing:
            self._start(closing)
            self._closing = closing.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._closing.close()

    def drain(self, *, timeout: float = DRAIN_SECONDS) -> None:
        """Deliver every message and wait for every execution until nothing moves.

        Executions that wait for a task token do not count as moving.

        Errors: ``local.deliveries.NotSettled`` when that takes longer than ``timeout`` seconds.
        """
        self.deliveries.drain(timeout=timeout)

    def deliver_again(self, *, reverse: bool = False, workflow: bool = False) -> int:
        """Deliver every event handled so far once more, last first if ``reverse``, then drain; returns how many.

        ``workflow`` repeats the steps of state machines too.

        Errors: ``local.deliveries.RedeliveryFailed`` when a function fails on an event that it had handled.
        """
        delivered = self.deliveries.deliver_again(reverse=reverse, workflow=workflow)
        self.drain()
        return delivered

    def run_schedule(self, name: str) -> Any:
        """Run a scheduled function now; returns its answer.

        Errors: ``KeyError`` when no schedule has this name; whatever the function raises.
        """
        return self.schedules.run(name)

    def advance(self, by: timedelta) -> None:
        """Move the project's clock ahead, until the stack ends or is emptied.

        Errors: ``ValueError`` for a move backwards, ``OverflowError`` for one beyond the calendar.
        """
        if clock.now() + by < clock.now():
            raise ValueError("the clock only moves ahead")
        clock.shift(by)
        self._shifted += by

    def drop_file(self, name: str, content: bytes) -> None:
        """Put a file into the intake bucket, where the insurer's production drops subscriptions."""
        client("s3").put_object(Bucket=settings.bucket("intake"), Key=f"incoming/{name}", Body=content)

    def letters(self) -> list[mailbox.Letter]:
        """The mails and text messages sent so far, newest first."""
        return mailbox.letters()

    def empty(self) -> None:
        """Forget all data, messages, executions, faults and the clock's shift; the resources stay."""
        forget_executions()
        empty_data()
        mailbox.empty()
        self.faults.clear()
        self.functions.handled.clear()
        self._restore_clock()

    def _start(self, closing: ExitStack) -> None:
        api, aws = self._take_ports(closing)
        closing.enter_context(_environment(self._variables()))
        _forget_what_was_cached()
        closing.callback(_forget_what_was_cached)
        closing.callback(client.cache_clear)
        closing.enter_context(simulated_aws(hurry=not self._serve))
        create_resources(self._stage)
        closing.enter_context(mock.patch.dict(os.environ, key_variables()))
        closing.callback(stop_executions)
        closing.callback(mailbox.empty)
        closing.callback(self._restore_clock)
        self.app = self._load_app()
        closing.enter_context(one_request_per_thread(self.app))
        faults.activate(self.faults)
        closing.callback(faults.deactivate, self.faults)
        self.functions = Functions(self.app, self.faults)
        closing.enter_context(self.functions.answer_lambda())
        self.deliveries = Deliveries(self.app, self.functions)
        self.schedules = Schedules(self.app, self.functions)
        self.wsgi = _front(self)
        if api is not None and aws is not None:
            self._start_serving(closing, api, aws)

    def _take_ports(self, closing: ExitStack) -> tuple[Server | None, Server | None]:
        if not self._serve:
            return None, None
        servers = []
        for port in self._ports:
            servers.append(Server(port))
            closing.callback(servers[-1].close)
        api, aws = servers
        self.url = f"http://localhost:{api.port}"
        self.aws_url = f"http://{LOOPBACK}:{aws.port}"
        return api, aws

    def _start_serving(self, closing: ExitStack, api: Server, aws: Server) -> None:
        for background in (self.deliveries, self.schedules):
            background.start()
            closing.callback(background.stop)
        aws.serve(simulated_services(), QuietMoto)
        api.serve(self.wsgi)

    def _variables(self) -> dict[str, str]:
        variables = {
            "AWS_REGION": "eu-west-3",
            "AWS_DEFAULT_REGION": "eu-west-3",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "ESPACE_STAGE": self._stage,
            "ESPACE_BUCKET_SUFFIX": "",
            "ESPACE_AWS_ACCOUNT_ID": "123456789012",
        }
        if self._serve:
            variables["ESPACE_UPLOAD_ENDPOINT"] = self.aws_url
            variables["ESPACE_PORTAL_ORIGIN"] = os.environ.get("ESPACE_PORTAL_ORIGIN", self.url)
        return variables

    def _restore_clock(self) -> None:
        clock.shift(-self._shifted)
        self._shifted = timedelta()


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """These variables, and none that could lead a client to the real AWS or to another emulator."""
    with mock.patch.dict(os.environ, variables):
        for name in list(os.environ):
            if name in {"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"} or name.startswith(
                "AWS_ENDPOINT_URL"
            ):
                del os.environ[name]
        yield


def _forget_what_was_cached() -> None:
    """A new stack stands for new processes: the project's caches hold clients, keys and settings of the last one."""
    for name, module in list(sys.modules.items()):
        if name.startswith("chalicelib."):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def _front(stack: Stack) -> "WSGIApplication":
    """Console and API on one port."""
    gateway = Gateway(stack.app)
    pages = console(stack)

    def front(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = get_path_info(environ)
        if path in {"", "/"} or path.startswith(CONSOLE_PATHS):
            return pages(environ, start_response)
        if (
            environ["REQUEST_METHOD"] == "GET"
            and "text/html" in environ.get("HTTP_ACCEPT", "")
            and not gateway.knows(path)
        ):
            with pages.request_context(environ):
                absent = page("absent.html", 404, path=path)
            return absent(environ, start_response)
        return gateway(environ, start_response)

    return front
