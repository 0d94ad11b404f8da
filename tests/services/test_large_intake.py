"""Large intake files: JSON Lines cut into parts, applied by the map, answered by one report (H135, H137)."""

import itertools
import json
import re
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from botocore.client import BaseClient

from chalicelib import settings
from chalicelib.services import intake_batches
from chalicelib.services.intake_batches import FAULTS_SHOWN, LINE_BYTES, LINES_PER_PART, MOST_LINES, READ_BYTES
from local.clients import client, objects
from local.executions import executions
from local.stack import Stack
from tests import samples
from tests.portal import Portal
from tests.services.conftest import Employer, Json, later, refused

Tables = Callable[[], Json]

PAGE = Path(__file__).resolve().parents[2] / "docs/intake/README.md"

_files = itertools.count(1)


def header(employer: Employer, **changes: Any) -> Json:
    """The first line of an enrolment."""
    first = {"kind": "enrolment", "reference": f"GROS-{employer.number}-{next(_files)}"}
    return {**first, "numero_adherent": employer.number} | changes


def person(employer: Employer, **changes: Any) -> Json:
    """A line that can be applied; under a prévoyance contract, for which no card is written."""
    return samples.enrolled_member(employer.provident["number"], **({"email": None} | changes))


def jsonl(*lines: Json | str | bytes) -> bytes:
    """A file of these lines; text and bytes stand as they are."""
    return b"\n".join(_line(one) for one in lines)


def _line(one: Json | str | bytes) -> bytes:
    if isinstance(one, dict):
        return samples.as_bytes(one)
    return one if isinstance(one, bytes) else one.encode()


def drop(portal: Portal, content: bytes, name: str | None = None) -> Json:
    """The report on a large file."""
    return portal.drop(name or f"gros-{next(_files)}.jsonl", content)


def counts(report: Json) -> tuple[str, int, int, int]:
    return report["outcome"], report["accepted"], report["unchanged"], report["refused"]


def places(report: Json) -> list[tuple[int, str, str]]:
    """The line, the place and the code of each fault."""
    return [(one["line"], one["place"], one["code"]) for one in report["faults"]]


def numbers(report: Json) -> dict[int, str]:
    """The numéro adhérent that each applied line gave, as the reports of the parts tell it."""
    found = objects("intake", report["parts"])
    told = [read(one["Key"]) for one in found if one["Key"].endswith(".report.json")]
    return {line["line"]: line["numero_adherent"] for part in told for line in part["lines"]}


def read(key: str) -> Json:
    body: Json = json.loads(client("s3").get_object(Bucket=settings.bucket("intake"), Key=key)["Body"].read())
    return body


def runs() -> list[tuple[str, str]]:
    """The executions of large files, newest first."""
    machine = settings.intake_batch_workflow()
    return [(one.name, one.status) for one in executions() if one.machine == machine]


@contextmanager
def calls(operation: str) -> Iterator[list[Json]]:
    """The parameters of each call of an operation meanwhile."""
    seen: list[Json] = []
    emit = BaseClient._emit_api_params

    def note(caller: Any, api_params: Any, operation_model: Any, context: Any) -> Any:
        if operation_model.name == operation:
            seen.append(dict(api_params))
        return emit(caller, api_params, operation_model, context)

    with mock.patch.object(BaseClient, "_emit_api_params", note):
        yield seen


def test_two_thousand_lines_go_through_the_map(portal: Portal, employer: Employer) -> None:
    """H135, H137: every line that can be applied is, at each end of a part; the others are named by their number."""
    good = {2: person(employer), LINES_PER_PART + 1: person(employer), LINES_PER_PART + 2: person(employer)}
    good |= {1_234: person(employer), 2_001: person(employer)}
    report = drop(portal, jsonl(header(employer), *(good.get(line, "{") for line in range(2, 2_002))))
    assert counts(report) == ("accepted", 5, 0, 1_995)
    assert report["unhandled"] == []
    bad = [line for line in range(2, 2_002) if line not in good]
    assert places(report) == [(line, "body", "unreadable") for line in bad[:FAULTS_SHOWN]]
    assert report["faults_left_out"] == len(bad) - FAULTS_SHOWN
    given = numbers(report)
    assert given.keys() == good.keys()
    employees = employer.hr.get(f"{employer.base}/employees", params={"limit": 100})["employees"]
    assert set(given.values()) <= {one["numero_adherent"] for one in employees}
    assert runs()[0][1] == "SUCCEEDED"


def test_each_fault_is_named_by_its_line_and_holds_no_other_line_back(portal: Portal, employer: Employer) -> None:
    """H137: what a line says is checked as in a small file; what stands on two lines is taken from one of them."""
    twice, mail = person(employer), samples.email("double")
    report = drop(
        portal,
        jsonl(
            header(employer),
            twice,
            "",
            '["liste"]',
            '{"first_name": "Zoé"}'.encode("latin-1"),
            '{"first_name": "\\ud800"}',
            '{"a": "' + "x" * LINE_BYTES + '"}',
            person(employer) | {"contracts": ["AUTRE-1"]},
            person(employer, starts_on="1999-12-31", birth_date="2099-01-01"),
            person(employer, nir="190"),
            person(employer, nir=twice["nir"]),
            person(employer, email=mail),
            person(employer, email=mail.upper()),
            "[" * 20_000,
            "",
        ),
    )
    assert counts(report) == ("accepted", 2, 0, 10)
    assert places(report) == [
        (4, "body", "unreadable"),
        (5, "body", "unreadable"),
        (6, "body", "unreadable"),
        (7, "body", "too_large"),
        (8, "contracts[0]", "unknown_contract"),
        (9, "starts_on", "outside_contract"),
        (9, "birth_date", "impossible_date"),
        (10, "nir", "invalid_identifier"),
        (11, "nir", "nir_used"),
        (13, "email", "email_used"),
        (14, "body", "unreadable"),
    ]
    assert numbers(report).keys() == {2, 12}
    assert len(portal.mails(mail)) == 1


def test_a_line_s_faults_are_bounded(portal: Portal, employer: Employer) -> None:
    """Nobody fills our memory or the report with one line: the first faults are told, and a name in part."""
    unknown = {f"{number:03d}" + "x" * 200: 1 for number in range(100)}
    report = drop(portal, jsonl(header(employer), person(employer) | unknown))
    assert counts(report) == ("refused", 0, 0, 1)
    assert len(report["faults"]) == 20
    assert {len(one["place"]) for one in report["faults"]} == {120}


def test_a_file_again_changes_nothing_and_says_so(portal: Portal, employer: Employer, tables: Tables) -> None:
    """The same content under another name finds its parts done; the drop announced twice is one execution."""
    content = jsonl(header(employer), person(employer), "{", person(employer, email=samples.email("deux")))
    first = drop(portal, content, "deux-fois.jsonl")
    assert counts(first) == ("accepted", 2, 0, 1)
    before, started = tables(), runs()
    intake_batches.start("incoming/deux-fois.jsonl")
    portal.settle()
    assert runs() == started
    again = drop(portal, content)
    assert counts(again) == ("unchanged", 0, 2, 1)
    assert (places(again), numbers(again)) == (places(first), numbers(first))
    assert len(runs()) == len(started) + 1
    assert tables() == before


def test_a_step_repeated_reports_the_same(portal: Portal, employer: Employer, stack: Stack, tables: Tables) -> None:
    """Step Functions may run a step again when its answer was lost."""
    report = drop(portal, jsonl(header(employer), person(employer), "{"), "repete.jsonl")
    steps = [one for one in stack.functions.handled if one.function.startswith("intake-")]
    before = tables()
    for step in steps[-3:]:
        stack.functions.run(step.function, step.event)
    assert tables() == before
    assert read("incoming/repete.jsonl.report") | {"at": ""} == report | {"at": ""}


def test_a_used_reference_takes_no_other_content(portal: Portal, employer: Employer, tables: Tables) -> None:
    first = header(employer)
    assert drop(portal, jsonl(first, person(employer)))["outcome"] == "accepted"
    before = tables()
    assert refused(drop(portal, jsonl(first, person(employer)))) == {("reference", "reference_used")}
    small = first | {"members": [person(employer)]}
    assert refused(portal.drop("petit.json", small)) == {("reference", "reference_used")}
    assert tables() == before


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("nothing", ("body", "unreadable")),
        ("no header", ("kind", "unknown_kind")),
        ("another kind", ("kind", "unknown_kind")),
        ("utf-16", ("body", "unreadable")),
        ("no lines", ("body", "missing")),
        ("blank lines", ("body", "missing")),
        ("too long a header", ("body", "too_large")),
        ("too many lines", ("body", "too_large")),
        ("an unknown field", ("members", "extra_forbidden")),
        ("an unknown company", ("numero_adherent", "unknown_company")),
    ],
)
def test_a_faulty_header_refuses_the_file(
    portal: Portal, employer: Employer, tables: Tables, name: str, fault: tuple[str, str]
) -> None:
    first, line = header(employer), person(employer)
    content = {
        "nothing": b"",
        "no header": jsonl(line, line),
        "another kind": jsonl(first | {"kind": "agents"}, line),
        "utf-16": jsonl(first, line).decode().encode("utf-16"),
        "no lines": jsonl(first),
        "blank lines": jsonl(first, "", " ", ""),
        "too long a header": jsonl(b" " * LINE_BYTES + samples.as_bytes(first), line),
        "too many lines": jsonl(first, "\n" * (MOST_LINES - 2), line),
        "an unknown field": jsonl(first | {"members": []}, line),
        "an unknown company": jsonl(first | {"numero_adherent": "1000000"}, line),
    }
    before = tables()
    report = drop(portal, content[name])
    assert refused(report) == {fault}
    assert {one["line"] for one in report["faults"]} == {1}
    assert tables() == before


def test_a_refused_header_leaves_its_reference_free(portal: Portal, employer: Employer) -> None:
    """A file written on Windows is read too: a byte order mark, and lines that end with two characters."""
    first, line = header(employer), person(employer)
    assert drop(portal, jsonl(first | {"numero_adherent": "1000000"}, line))["outcome"] == "refused"
    windows = b"\xef\xbb\xbf" + jsonl(first, line, "").replace(b"\n", b"\r\n")
    assert counts(drop(portal, windows)) == ("accepted", 1, 0, 0)


def test_a_part_that_fails_for_good_holds_no_other_back(portal: Portal, employer: Employer, stack: Stack) -> None:
    """The report says which lines were not handled and the execution fails; the file dropped again goes on from there.

    The part that failed had applied its lines: they count as if nothing had happened, and nobody is told twice.
    """
    emails = {line: samples.email("part") for line in (2, LINES_PER_PART + 2)}
    lines = [person(employer, email=emails[line]) if line in emails else "{" for line in range(2, LINES_PER_PART + 4)]
    content = jsonl(header(employer), *lines)
    stack.faults.fail_call("s3.PutObject", error="InternalError", times=4, containing="parts/00002.report")
    report = drop(portal, content)
    assert stack.faults.pending() == []
    assert counts(report) == ("failed", 1, 0, LINES_PER_PART - 1)
    assert report["unhandled"] == [{"first_line": LINES_PER_PART + 2, "last_line": LINES_PER_PART + 3}]
    assert runs()[0][1] == "FAILED"
    resumed = drop(portal, content)
    assert counts(resumed) == ("accepted", 2, 0, LINES_PER_PART)
    assert resumed["unhandled"] == []
    assert numbers(resumed).keys() == emails.keys()
    assert [len(portal.mails(one)) for one in emails.values()] == [1, 1]
    assert counts(drop(portal, content)) == ("unchanged", 0, 2, LINES_PER_PART)


def test_a_part_tried_again_counts_each_line_once(portal: Portal, employer: Employer, stack: Stack) -> None:
    """The third of four people cannot be written at first: the part is begun again, and the report is whole."""
    people = [person(employer, email=samples.email("essai")) for _ in range(4)]
    stack.faults.fail_call(
        "dynamodb.TransactWriteItems", error="InternalServerError", containing=f"member-email#{people[2]['email']}"
    )
    report = drop(portal, jsonl(header(employer), *people))
    assert stack.faults.pending() == []
    assert counts(report) == ("accepted", 4, 0, 0)
    assert [len(portal.mails(one["email"])) for one in people] == [1, 1, 1, 1]


def test_a_kill_between_cutting_and_applying_is_made_good(portal: Portal, employer: Employer, stack: Stack) -> None:
    """The list of parts cannot be read: nothing is applied. Dropped again, the file is not cut a second time."""
    content = jsonl(header(employer), person(employer), "{")
    stack.faults.fail_call("s3.GetObject", error="InternalError", times=3, containing="manifest.json")
    report = drop(portal, content)
    assert stack.faults.pending() == []
    assert counts(report) == ("failed", 0, 0, 0)
    assert report["unhandled"] == [{"first_line": 2, "last_line": 3}]
    with calls("PutObject") as written:
        assert counts(drop(portal, content)) == ("accepted", 1, 0, 1)
    assert not [one for one in written if one["Key"].endswith(("00001.jsonl", "manifest.json", "batch.json"))]


def test_a_file_that_cannot_be_cut_is_reported_as_failed(portal: Portal, employer: Employer, stack: Stack) -> None:
    content = jsonl(header(employer), person(employer))
    stack.faults.fail_function("intake-split", times=4)
    report = drop(portal, content)
    assert (report["outcome"], places(report)) == ("failed", [(1, "body", "not_handled")])
    assert runs()[0][1] == "FAILED"
    assert counts(drop(portal, content)) == ("accepted", 1, 0, 0)


def test_what_a_forgotten_batch_had_created_is_found(
    portal: Portal, employer: Employer, stack: Stack, tables: Tables
) -> None:
    """Parts and their reports may be removed after a while: the lines themselves say that they were applied."""
    content = jsonl(header(employer), person(employer), person(employer))
    first = drop(portal, content)
    given = numbers(first)
    for one in objects("intake", "batches/"):
        client("s3").delete_object(Bucket=settings.bucket("intake"), Key=one["Key"])
    before = tables()
    with later(hours=1):
        again = drop(portal, content)
    assert counts(again) == ("unchanged", 0, 2, 0)
    assert numbers(again) == given
    assert tables() == before


def test_a_file_replaced_while_it_is_read_is_left_to_its_own_announcement(
    portal: Portal, employer: Employer, stack: Stack
) -> None:
    """Pieces of two contents never make one file; one that was removed is nobody's."""
    first, place = header(employer), {"Bucket": settings.bucket("intake"), "Key": "incoming/remplace.jsonl"}
    content = jsonl(first, person(employer))
    put = client("s3").put_object(**place, Body=content)
    given = {"key": place["Key"], "drop": "before", "etag": put["ETag"], "size": len(content)}
    report = drop(portal, jsonl(first, "{"), "remplace.jsonl")
    assert counts(report) == ("refused", 0, 0, 1)
    assert stack.functions.run("intake-split", given)["outcome"] == "replaced"
    client("s3").delete_object(**place)
    assert stack.functions.run("intake-split", given)["outcome"] == "replaced"
    intake_batches.start(place["Key"])


def test_a_large_file_is_read_and_cut_piece_by_piece(portal: Portal, employer: Employer) -> None:
    """No read holds more than one piece, no part more than its lines, whatever the length of the file."""
    padding = " " * (LINE_BYTES - 100)
    content = jsonl(header(employer), *(f'{{"n": {number}{padding}}}' for number in range(LINES_PER_PART + 10)))
    assert len(content) > 7 * READ_BYTES
    with calls("GetObject") as reads, calls("PutObject") as writes:
        report = drop(portal, content, "long.jsonl")
    assert counts(report) == ("refused", 0, 0, LINES_PER_PART + 10)
    ranges = [one["Range"] for one in reads if one["Key"] == "incoming/long.jsonl"]
    starts = [*range(0, len(content), READ_BYTES)] * 2
    assert ranges == [f"bytes={at}-{min(at + READ_BYTES, len(content)) - 1}" for at in starts]
    parts = [len(one["Body"]) for one in writes if one["Key"].endswith("jsonl") and one["Key"] != "incoming/long.jsonl"]
    assert len(parts) == 2
    assert max(parts) <= intake_batches.PART_BYTES


def test_the_example_of_the_page_is_applied(portal: Portal, employer: Employer) -> None:
    """docs/intake: dropped as it stands, with this company's number and contract."""
    examples = re.findall(r"```jsonl\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    [example] = [one for one in examples if '"kind": "enrolment"' in one]
    ours = {"1234567": employer.number, "SANTE-2026-0042": employer.health_number}
    for theirs, number in ours.items():
        example = example.replace(f'"{theirs}"', f'"{number}"')
    report = drop(portal, example.replace("lea.martin@exemple.fr", samples.email("page")).encode())
    assert counts(report) == ("accepted", 2, 0, 0), report
    assert [field for field in report if field != "at" and f"`{field}`" not in PAGE.read_text("utf-8")] == []


def test_a_line_without_end_is_not_held() -> None:
    """Of a line of 32 MB no more than a piece and what shows that it is too long is in memory."""
    piece = b"x" * (64 * 1024)
    pieces = (one for _ in range(512) for one in (piece,))
    tracemalloc.start()
    [line] = intake_batches.cut_lines(pieces)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(line) == LINE_BYTES + 1
    assert peak < 512 * 1024
