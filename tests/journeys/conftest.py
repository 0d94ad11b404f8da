"""The portal as its users meet it: another process, reached over HTTP only.

``ESPACE_URL`` names one that runs already; otherwise the local stack is started on free ports for these tests. What
answers there decides what a journey may do around it: the pages of the local stack, else AWS's own APIs (``deployed``).
On the emulator of ``make rehearse``, ``ESPACE_REHEARSAL`` names the folder of its orders.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from rehearsal.inside.orders import Orders
from tests.journeys.deployed import Rehearsal, Stage
from tests.portal import Portal

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 30


class Served:
    """What a test may do around a stack that runs elsewhere and moves by itself."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def settle(self) -> None:
        """Wait until it has been seen at rest twice: it may have moved while it was looked at."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        seen = 0
        while seen < 2:
            seen = seen + 1 if self._rests() else 0
            assert time.monotonic() < deadline, "the stack never came to rest"
            if not seen:
                time.sleep(0.03)

    def upload(self, form: dict[str, Any], content: bytes) -> None:
        """As a browser sends a form with a file."""
        files = {"file": ("piece", content, form["fields"]["Content-Type"])}
        assert httpx.post(form["url"], data=form["fields"], files=files).status_code == 204

    def _rests(self) -> bool:
        state = self.http.get("/_local/queues.json").json()
        moving = any(queue["ready"] or queue["in_flight"] for queue in state["queues"])
        return not moving and all(one["status"] != "RUNNING" or one["waits"] for one in state["executions"])


@pytest.fixture(scope="package")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the stack answers."""
    if running := os.environ.get("ESPACE_URL"):
        yield running
        return
    output = tmp_path_factory.mktemp("stack") / "output.txt"
    with output.open("w", encoding="utf-8") as written:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "local", "--no-demo", "--port", "0", "--aws-port", "0"],
            cwd=ROOT,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
        try:
            yield _announced(output, process)
        finally:
            process.terminate()
            process.wait()


def _announced(output: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while "Ctrl-C" not in (text := output.read_text(encoding="utf-8")):
        assert process.poll() is None, text
        assert time.monotonic() < deadline, text
        time.sleep(0.05)
    found = re.search(r"http://localhost:\d+", text)
    assert found, text
    return found[0]


@pytest.fixture(scope="package")
def portal(address: str) -> Iterator[Portal]:
    with httpx.Client(base_url=address, timeout=PATIENCE_SECONDS) as http:
        if folder := os.environ.get("ESPACE_REHEARSAL"):
            rehearsal = Rehearsal(Orders(Path(folder)))
            yield Portal(http, rehearsal, rehearsal)
        elif http.get("/_local/clock").status_code == 200:
            yield Portal(http, Served(http))
        else:
            stage = Stage()
            yield Portal(http, stage, stage)
