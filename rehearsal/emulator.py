"""The emulator: AWS's own interfaces on one port of this machine, over TLS, with every permission checked."""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from urllib.error import URLError

from rehearsal.inside.orders import Orders

ACCOUNT = "123456789012"
REGION = "eu-west-3"
HOST = "127.0.0.1"
INSIDE = Path(__file__).resolve().parent / "inside"
PATIENCE_SECONDS = 30
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
ROOM_BYTES = 4 * 2**30


class EmulatorFailed(Exception):
    """The emulator did not start; the text says why."""


class Emulator:
    """Runs while it is entered; nothing of it is left afterwards, neither a process nor a file."""

    def __init__(self, environment: Path, *, resources: Mapping[str, str]) -> None:
        """``resources``: on what AWS checks an action that the emulator checks on nothing in particular."""
        self._environment = environment
        self._resources = resources
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Emulator":
        self.folder = Path(tempfile.mkdtemp(prefix="espace-assure-rehearsal-", dir=_roomy_memory()))
        self.orders = Orders(self.folder)
        self.port = _free_port()
        self.url = f"https://{HOST}:{self.port}"
        try:
            self._start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def answers(self) -> list[str]:
        """Each answer of IAM so far, as ``inside/launch.py`` wrote it down."""
        whole, _, _ = (self.folder / "decisions.jsonl").read_text("utf-8").rpartition("\n")
        return whole.splitlines()

    def variables(self) -> dict[str, str]:
        """What any AWS client needs in order to reach it and nothing else; the credentials are those of the account."""
        certificate = str(self._certificate)
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "rehearsal",
            "AWS_SECRET_ACCESS_KEY": "rehearsal",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            "AWS_CA_BUNDLE": certificate,
            "SSL_CERT_FILE": certificate,
        }

    def log(self, lines: int = 15) -> str:
        """The last lines it wrote."""
        return "\n".join((self.folder / "emulator.log").read_text("utf-8", errors="replace").splitlines()[-lines:])

    @property
    def _certificate(self) -> Path:
        return self.folder / "tmp" / "ministack-tls" / "server.crt"

    def _start(self) -> None:
        for name in ("tmp", "s3", "state"):
            (self.folder / name).mkdir()
        with (self.folder / "emulator.log").open("wb") as log:
            # A session of its own: Ctrl-C ends the rehearsal, which then ends the emulator.
            self._process = subprocess.Popen(  # noqa: S603 - our own arguments
                [self._environment / "bin" / "python", INSIDE / "launch.py"],
                env=self._settings(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise EmulatorFailed(f"The emulator did not start:\n{self.log()}")
            time.sleep(0.1)

    def _settings(self) -> dict[str, str]:
        """Its environment, which the functions' processes inherit: nothing of ours but where things are."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(INSIDE),
            "PYTHONDONTWRITEBYTECODE": "1",
            "REHEARSAL_FOLDER": str(self.folder),
            "REHEARSAL_RESOURCES": json.dumps(self._resources),
            "TMPDIR": str(self.folder / "tmp"),
            "S3_DATA_DIR": str(self.folder / "s3"),
            "STATE_DIR": str(self.folder / "state"),
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(self.port),
            "USE_SSL": "1",
            "AUTH": "true",
            "SFTP_ENABLED": "false",
            "IOT_MTLS_ENABLED": "false",
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "MINISTACK_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "rehearsal",
            "AWS_SECRET_ACCESS_KEY": "rehearsal",
            "AWS_CA_BUNDLE": str(self._certificate),
        }

    def _answers(self) -> bool:
        if not self._certificate.exists():
            return False
        try:
            trust = ssl.create_default_context(cafile=str(self._certificate))
            address = f"{self.url}/_ministack/health"
            with urllib.request.urlopen(address, timeout=2, context=trust) as answer:  # noqa: S310 - our own address
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def _end(self) -> None:
        with _uninterrupted():
            if self._process is not None:
                # Asked to end, it would first save what is removed next.
                _signal(self._process, signal.SIGKILL)
                self._process.wait()
                _wait_for_group(self._process.pid)
            shutil.rmtree(self.folder)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C and ``kill`` wait for nothing here: what they ask for is being done."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """To the emulator and to every function's process it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _wait_for_group(number: int) -> None:
    """Until none of a killed group runs, so that none writes any more."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    with suppress(ProcessLookupError):
        while time.monotonic() < deadline:
            os.killpg(number, 0)
            time.sleep(0.05)


def _roomy_memory() -> Path | None:
    """A folder in memory, where the machine has one with room; else the ordinary one for temporary files."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM_BYTES
    return MEMORY if roomy else None


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind((HOST, 0))
        return int(asked.getsockname()[1])
