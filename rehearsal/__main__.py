"""``python -m rehearsal``: deploy the package, use it, say what was seen; exits with 1 and the reason if it fails."""

import argparse
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from infra.package import CannotPackage
from infra.package import main as build_package
from rehearsal import adaptation, demo, deployment, logs, permissions
from rehearsal.adaptation import NoSuchPermission, Template
from rehearsal.demo import NotTaken
from rehearsal.deployment import PREFIX, STAGE, SUFFIX, CommandFailed, CommandLine
from rehearsal.emulator import Emulator, EmulatorFailed
from rehearsal.table import table

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv-rehearsal"
PACKAGE = ROOT / "out" / STAGE
WARM_REQUESTS = 20
LOOK_EVERY_SECONDS = 0.5
INTERRUPTED = 130


class Failed(Exception):
    """What was rehearsed is not as it must be; the text says what."""


@dataclass
class Rehearsal:
    """One rehearsal, from the package to the table."""

    packaged: bool
    missing: str
    phases: dict[str, float] = field(default_factory=dict)

    def run(self, afterwards: ExitStack) -> None:
        """Go through everything; what was started ends with ``afterwards``, once its failure has been said.

        Errors: ``Failed`` and those of what it uses.
        """
        if not self.packaged:
            with self._phase("package"):
                build_package(STAGE)
        template = self._template()
        emulator = afterwards.enter_context(Emulator(ENVIRONMENT, resources=deployment.named_by_aws(template)))
        self._rehearse(emulator, CommandLine(ENVIRONMENT, emulator), template)

    def _rehearse(self, emulator: Emulator, aws: CommandLine, template: Template) -> None:
        with self._phase("deploy"):
            url = deployment.deploy(aws, emulator, PACKAGE / "rehearsed.json")
        if self.missing:
            self._go_through(emulator, url)
            print(f"\nNothing needed {self.missing}.")
            return
        with self._phase("seed the demonstration"):
            print(f"{demo.seed(aws, emulator.folder / 'demo')} files of the demonstration were accepted.", flush=True)
        with self._phase("measure requests"):
            requests = _measure(emulator, url)
        decisions = self._go_through(emulator, url)
        with self._phase("check permissions and logs"):
            uses = permissions.used(decisions, PREFIX)
            durations, faults = _read_logs(aws, template)
            faults = self._unexplained(template, uses) + faults
        with self._phase("delete the stack"):
            deployment.delete(aws)
        self._print(template, uses, durations, requests)
        _refuse("\n".join(faults))

    def _template(self) -> Template:
        """The packaged template as the emulator takes it, written beside the package."""
        whole = json.loads((PACKAGE / "sam.json").read_text("utf-8"))
        adapted, dropped = adaptation.supported(adaptation.blind_to_context(adaptation.patient(whole)))
        if self.missing:
            adapted = adaptation.without(adapted, self.missing)
        (PACKAGE / "rehearsed.json").write_text(json.dumps(adapted, indent=2), encoding="utf-8")
        for reason in sorted({reason for _, reason in dropped}):
            names = [name for name, why in dropped if why == reason]
            print(f"Not rehearsed, {reason}: {', '.join(names)}.")
        return adapted

    def _go_through(self, emulator: Emulator, url: str) -> list[str]:
        """Run the journeys; returns what IAM answered meanwhile.

        Errors: ``Failed`` when IAM refused something or a journey failed.
        """
        with self._phase("journeys"):
            passed = self._journeys(emulator, url)
        decisions = emulator.answers()
        found = permissions.refused(decisions, PREFIX)
        _refuse(f"IAM refused something:\n{_listed(found)}" if found else "")
        _refuse("" if passed else "A journey failed: its report is above.")
        return decisions

    def _journeys(self, emulator: Emulator, url: str) -> bool:
        outside = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ESPACE_"))}
        where = {
            "ESPACE_URL": url,
            "ESPACE_REHEARSAL": str(emulator.folder),
            "ESPACE_STAGE": STAGE,
            "ESPACE_BUCKET_SUFFIX": SUFFIX,
        }
        first_failure = ["--exitfirst"] if self.missing else []
        with subprocess.Popen(  # noqa: S603 - the suite's own address
            [sys.executable, "-m", "pytest", "tests/journeys", "-p", "no:cacheprovider", "-rs", *first_failure],
            cwd=ROOT, env=outside | emulator.variables() | where,
        ) as suite:  # fmt: skip
            try:
                # What is missing shows in the first refusal; the journey would wait long for what cannot come.
                while suite.poll() is None and not (self.missing and permissions.refused(emulator.answers(), PREFIX)):
                    time.sleep(LOOK_EVERY_SECONDS)
            finally:
                suite.terminate()
        return suite.returncode == 0

    def _unexplained(self, template: Template, uses: set[permissions.Permission]) -> list[str]:
        """What is granted that nothing used and nobody explained."""
        unexplained, explained = permissions.unexplained(adaptation.granted(template), uses, permissions.reasons())
        by_reason: dict[str, list[str]] = {}
        for (function, statement, action), reason in explained.items():
            by_reason.setdefault(reason, []).append(f"{function}:{statement}:{action}")
        print("\nGranted, never used here, for a reason:")
        print("\n".join(f"  {len(several):3} × {reason} ({several[0]}, …)" for reason, several in by_reason.items()))
        asked = "Granted and never used; take it away or say why in rehearsal/unused.toml:"
        return [f"{asked}\n{_listed(unexplained)}"] if unexplained else []

    def _print(
        self,
        template: Template,
        uses: set[permissions.Permission],
        durations: dict[str, logs.Durations],
        requests: list[tuple[str, str, str]],
    ) -> None:
        sizes = {name: (PACKAGE / name).stat().st_size / 2**20 for name in ("deployment.zip", "documents-layer.zip")}
        granted = adaptation.granted(template)
        rows: list[tuple[str, ...]] = []
        for name, properties in sorted(adaptation.functions(template).items()):
            size = sizes["deployment.zip"] + (sizes["documents-layer.zip"] if properties.get("Layers") else 0)
            mine = [sum(one[0] == name for one in several) for several in (granted, uses)]
            took = durations[name]
            role = properties["Role"]["Fn::GetAtt"][0]
            measures = (f"{size:.1f}", f"{took.calls}", f"{took.longest:.0f}", f"{took.typical:.0f}")
            rows.append((name, role, str(mine[0]), str(mine[1]), *measures))
        heads = ("function", "role", "granted", "used", "MB", "calls", "longest ms", "median ms")
        print(f"\n{table(heads, rows)}")
        print(f"\n{table(('request', 'cold ms', 'warm ms'), requests)}")
        print(f"\n{table(('phase', 's'), [(name, f'{took:.1f}') for name, took in self.phases.items()])}", flush=True)

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        print(f"→ {name}", flush=True)
        try:
            yield
        finally:
            self.phases[name] = time.monotonic() - started


def _measure(emulator: Emulator, url: str) -> list[tuple[str, str, str]]:
    """How long the first request to the API takes, which starts its process, and one to a running process."""
    trust = ssl.create_default_context(cafile=emulator.variables()["SSL_CERT_FILE"])
    rows: list[tuple[str, str, str]] = []
    with httpx.Client(base_url=url, verify=trust, timeout=60) as http:
        for path, status in (("/openapi.json", 200), ("/employer/companies", 401)):
            taken = []
            for _ in range(WARM_REQUESTS + 1):
                started = time.monotonic()
                answer = http.get(path)
                taken.append((time.monotonic() - started) * 1000)
                _refuse("" if answer.status_code == status else f"GET {path}: {answer.status_code}, not {status}")
            first = f"{taken[0]:.0f}" if not rows else "–"
            rows.append((f"GET {path} → {status}", first, f"{median(taken[1:]):.0f}"))
    return rows


def _read_logs(aws: CommandLine, template: Template) -> tuple[dict[str, logs.Durations], list[str]]:
    """How long the functions took, and what they wrote that a log may not hold."""
    found: list[str] = []
    durations = {}
    for name in adaptation.functions(template):
        group = f"/aws/lambda/{PREFIX}{name}"
        events: Any = aws.run("logs", "filter-log-events", "--log-group-name", group)["events"]
        # Two processes may have written at one time; each has a stream of its own.
        messages = [str(one["message"]) for one in sorted(events, key=lambda one: str(one["logStreamName"]))]
        found += [f"{name}: {fault}" for fault in logs.faults(messages)]
        durations[name] = logs.durations(messages)
    return durations, [f"The logs are not as they must be:\n{_listed(found)}"] if found else []


def _refuse(reason: str) -> None:
    if reason:
        raise Failed(reason)


def _listed(several: list[Any]) -> str:
    return "\n".join("  " + (":".join(one) if isinstance(one, tuple) else str(one)) for one in several)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m rehearsal", description=__doc__)
    parser.add_argument("--packaged", action="store_true", help=f"take out/{STAGE}/ as it is instead of building it")
    parser.add_argument("--without", metavar="FUNCTION:ACTION", default="", help="deploy with one permission less")
    return parser.parse_args()


def main() -> int:
    """Rehearse; the exit code is 0 when everything was as it must be."""
    options = _options()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    started = time.monotonic()
    try:
        with ExitStack() as afterwards:
            ended = _rehearse(Rehearsal(options.packaged, options.without), afterwards)
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        ended = INTERRUPTED
    print(f"\n{time.monotonic() - started:.0f} s; nothing is left.", flush=True)
    return ended


def _rehearse(rehearsal: Rehearsal, afterwards: ExitStack) -> int:
    try:
        rehearsal.run(afterwards)
    except (
        Failed,
        CannotPackage,
        CommandFailed,
        EmulatorFailed,
        NoSuchPermission,
        NotTaken,
        httpx.HTTPError,
    ) as reason:
        print(f"\nThe rehearsal failed.\n{reason}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
