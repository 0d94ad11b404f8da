"""The demonstration's portfolio, dropped into the intake bucket as the insurer's production would."""

import json
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

from local.demo.openings import NOTICES
from local.demo.papers import paper
from rehearsal.deployment import PREFIX, STAGE, SUFFIX, CommandLine

BUCKET = f"s3://espace-assure-{STAGE}-intake{SUFFIX}"
PATIENCE_SECONDS = 240
QUEUES = ("intake", "outbox", "documents")
COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")

Json = dict[str, Any]


class NotTaken(Exception):
    """A file of the demonstration was refused or never answered; the text says which."""


def seed(aws: CommandLine, folder: Path) -> int:
    """Drop companies, agents, then employees, until all is done; returns how many files were accepted.

    Errors: ``NotTaken``.
    """
    attachments, incoming = folder / "attachments", folder / "incoming"
    for place in (attachments, incoming):
        place.mkdir(parents=True)
    for name, title in NOTICES.items():
        (attachments / name).write_bytes(paper(title))
    aws.run("s3", "sync", attachments, f"{BUCKET}/attachments", "--quiet")
    first = _drop(aws, incoming, {name: _data(name) for name in ("kerbrat", "castagne", "agents")})
    numbers = {one["siret"]: one["numero_adherent"] for report in first for one in report.get("companies", [])}
    second = _drop(aws, incoming, {one["reference"]: _enrolment(one, numbers) for one in _data("employees")})
    _rest(aws)
    return len(first) + len(second)


def _rest(aws: CommandLine) -> None:
    """Wait for the mails and documents that follow."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    for queue in QUEUES:
        url = aws.run("sqs", "get-queue-url", "--queue-name", f"{PREFIX}{queue}")["QueueUrl"]
        while any(int(count) for count in _counts(aws, url)):
            if time.monotonic() > deadline:
                raise NotTaken(f"the queue {queue} never became empty")
            time.sleep(1)


def _counts(aws: CommandLine, url: str) -> list[str]:
    found = aws.run("sqs", "get-queue-attributes", "--queue-url", url, "--attribute-names", *COUNTS)["Attributes"]
    return [found[count] for count in COUNTS]


def _enrolment(company: Json, numbers: dict[str, str]) -> Json:
    told = {name: value for name, value in company.items() if name != "siret"}
    return told | {"kind": "enrolment", "numero_adherent": numbers[company["siret"]]}


def _drop(aws: CommandLine, folder: Path, documents: dict[str, Json]) -> list[Json]:
    for name, document in documents.items():
        (folder / f"{name}.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    aws.run("s3", "sync", folder, f"{BUCKET}/incoming", "--quiet", "--exclude", "*.report")
    deadline = time.monotonic() + PATIENCE_SECONDS
    awaited = {folder / f"{name}.json.report" for name in documents}
    while missing := [path for path in awaited if not path.exists()]:
        if time.monotonic() > deadline:
            raise NotTaken(f"no report about {', '.join(sorted(path.stem for path in missing))}")
        aws.run("s3", "sync", f"{BUCKET}/incoming", folder, "--quiet", "--exclude", "*", "--include", "*.report")
    reports = [json.loads(path.read_text("utf-8")) for path in sorted(awaited)]
    for path, report in zip(sorted(awaited), reports, strict=True):
        if report["outcome"] != "accepted":
            raise NotTaken(f"{path.stem}: {report['faults']}")
    return reports


def _data(name: str) -> Any:
    return json.loads(files("local.demo").joinpath("portfolio", f"{name}.json").read_text("utf-8"))
