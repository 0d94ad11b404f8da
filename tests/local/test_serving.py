"""The stack on real ports: browsers upload to it, and queues are served without being asked."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from chalicelib.gateways import documents, secrets
from local.servers import PortTaken
from local.stack import Stack
from tests.local import tiny

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 20


@pytest.fixture(scope="module")
def served() -> Iterator[Stack]:
    with Stack(tiny.tiny_app, serve=True, stage="served") as stack:
        yield stack


def eventually(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def test_a_browser_uploads_to_s3_and_the_function_learns_of_it(served: Stack) -> None:
    form = documents.upload_form("uploads/claim/é 1.pdf", content_type="application/pdf")
    assert form.url.startswith(served.aws_url)
    sent = httpx.post(form.url, data=form.fields, files={"file": ("é.pdf", b"%PDF-1.7", "application/pdf")})
    assert sent.status_code == 204
    eventually(lambda: any("claim" in message for message in tiny.SEEN.messages))
    assert documents.read("uploads", "uploads/claim/é 1.pdf", max_bytes=100) == b"%PDF-1.7"
    link = documents.download_link("uploads", "uploads/claim/é 1.pdf", name="facture.pdf")
    fetched = httpx.get(link)
    assert fetched.content == b"%PDF-1.7"
    assert fetched.headers["Content-Disposition"] == 'attachment; filename="facture.pdf"'


def test_the_browser_is_told_that_it_may_upload(served: Stack) -> None:
    form = documents.upload_form("uploads/a.pdf", content_type="application/pdf")
    origin = {"Origin": served.url, "Access-Control-Request-Method": "POST"}
    answer = httpx.options(form.url, headers=origin)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] in {"*", served.url}


def test_api_and_console_share_one_port_and_paths_arrive_as_sent(served: Stack) -> None:
    assert httpx.get(f"{served.url}/echo/Jean%20Dupont").json()["name"] == "Jean%20Dupont"
    documents.write("documents", "é & 1.txt", b"1", content_type="text/plain")
    assert httpx.get(f"{served.url}/_local/documents/documents/%C3%A9%20%26%201.txt").content == b"1"
    assert "espace-assure" in httpx.get(served.url).text


def test_a_failed_message_comes_back_by_itself(served: Stack) -> None:
    served.faults.fail_function("uploads")
    form = documents.upload_form("uploads/again.pdf", content_type="a/b")
    httpx.post(form.url, data=form.fields, files={"file": b"x"})
    eventually(lambda: any("again" in message for message in tiny.SEEN.messages))


def test_draining_while_serving_waits_for_the_threads(served: Stack) -> None:
    before = len(tiny.SEEN.messages)
    form = documents.upload_form("uploads/quiet.pdf", content_type="a/b")
    httpx.post(form.url, data=form.fields, files={"file": b"x"})
    served.drain()
    assert len(tiny.SEEN.messages) == before + 1


def test_a_taken_port_is_known_before_anything_starts(served: Stack) -> None:
    port = int(served.url.rpartition(":")[2])
    with pytest.raises(PortTaken) as taken, Stack(tiny.tiny_app, serve=True, port=port):
        pass
    assert taken.value.port == port


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen]]:
    """``python -m local`` with the tiny app where the project's own is not there to be found first."""
    (tmp_path / "app.py").write_text("from tests.local.tiny import tiny_app\napp = tiny_app()\n", encoding="utf-8")
    started: list[subprocess.Popen] = []

    def start(*arguments: str) -> subprocess.Popen:
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "local", "--no-demo", *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_the_command_says_in_one_sentence_that_a_port_is_taken(command: Callable[..., subprocess.Popen]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = command("--port", "0", "--aws-port", str(port))
        output, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    assert output == ""
    assert errors.count("\n") == 1
    assert f"Le port {port} est déjà pris" in errors
    assert "--aws-port" in errors


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_command_serves_until_told_to_stop(command: Callable[..., subprocess.Popen], how: signal.Signals) -> None:
    process = command("--port", "0", "--aws-port", "0")
    shown = ""
    while "Ctrl-C" not in shown:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        shown += line
    url = re.search(r"http://localhost:\d+", shown).group()
    assert httpx.get(f"{url}/_local/clock").status_code == 200
    process.send_signal(how)
    _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert errors == ""


def test_a_second_stack_in_a_process_uses_keys_of_its_own(stack: Stack, served: Stack) -> None:
    assert secrets.unseal(secrets.seal("FR76", field="iban"), field="iban") == "FR76"
