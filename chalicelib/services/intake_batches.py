"""Large intake files, one record a line: cut into parts, applied part by part, answered by one report.

The state machine of ``infra/intake_batch.asl.json`` runs ``split``, then ``apply_part`` once for each part, then
``report``. Each of them finds what an earlier attempt has done and does what is left to do.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any

from chalicelib import clock
from chalicelib.domain.errors import FieldError, FieldErrors, NotFound
from chalicelib.gateways import documents, workflows
from chalicelib.services import enrolment, flows, intake_reports, tokens
from chalicelib.services.flow_files import FlowHeader
from chalicelib.services.intake_files import EnrolledMember, EnrolmentHeader
from chalicelib.storage import identities
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Stale, Transaction
from chalicelib.validation import validated

SUFFIX = ".jsonl"
READ_BYTES = 1024 * 1024
LINE_BYTES = 32 * 1024
LINES_PER_PART = 250
PART_BYTES = LINES_PER_PART * (LINE_BYTES + 2)
MOST_LINES = 250_000
FAULTS_SHOWN = 1_000
FAULTS_PER_LINE = 20
PLACE_LENGTH = 120
PART_REPORT_BYTES = 8 * 1024 * 1024
RECORD_BYTES = 1024 * 1024

Document = dict[str, Any]
Header = EnrolmentHeader | FlowHeader
HEADERS: dict[str, type[Header]] = {"enrolment": EnrolmentHeader, "flow": FlowHeader}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """One file as it was dropped once: the same key written again is another drop."""

    key: str
    drop: str
    etag: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """What became of a file: ``cut`` into parts, ``applied`` before as a whole, ``refused``, ``replaced`` meanwhile."""

    outcome: str
    batch: str = ""
    manifest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The content of a large file under its reference, however often it is dropped."""

    batch_id: str
    header: Header
    started_at: datetime
    last_line: int

    @property
    def parts(self) -> int:
        """How many parts the lines after the header make."""
        return -(-(self.last_line - 1) // LINES_PER_PART)

    def lines_of(self, part: int) -> tuple[int, int]:
        """The first and the last line of a part, as an editor counts them: the header is line 1."""
        first = 2 + (part - 1) * LINES_PER_PART
        return first, min(first + LINES_PER_PART - 1, self.last_line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What became of a line: ``accepted``, or ``unchanged`` when what it says was there before; what to tell of it."""

    outcome: str
    details: Document


@dataclass(slots=True)
class Tally:
    """What is told of many lines."""

    accepted: int = 0
    unchanged: int = 0
    refused: int = 0
    lines: list[Document] = field(default_factory=list)
    faults: list[Document] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """How many lines had each outcome."""
        return {"accepted": self.accepted, "unchanged": self.unchanged, "refused": self.refused}


def start(key: str) -> None:
    """Hand a dropped file to the state machine; the same drop announced twice is one execution."""
    found = documents.version("intake", key)
    if found is None:
        return
    drop = Drop(key=key, drop=tokens.derived_id("drop", key, found.version_id), etag=found.etag, size=found.size)
    workflows.start_intake_batch(drop.drop, asdict(drop))


def split(drop: Drop) -> Split:
    """Check a file's header, then cut its other lines into parts, holding a few megabytes whatever its size.

    A header with a fault refuses the file and uses up no reference; a faulty line is left for its part to report.
    """
    try:
        batch = _recognised(drop)
        if documents.exists("intake", _done_key(batch.batch_id)):
            return Split(outcome="applied", batch=batch.batch_id)
        if _read(batch.batch_id) is None:
            _cut(drop, batch)
    except FieldErrors as error:
        _write_report(drop.key, "refused", {}, [_as_read(1, fault) for fault in error.faults])
        return Split(outcome="refused")
    except documents.Replaced:
        return Split(outcome="replaced")
    return Split(outcome="cut", batch=batch.batch_id, manifest=_manifest_key(batch.batch_id))


def cut_lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    r"""The lines of a text that comes in pieces; of one that is too long, just enough to see that it is.

    >>> list(cut_lines([b'{"kind"', b': 1}\n{', b"}\n"]))
    [b'{"kind": 1}', b'{}']
    """
    held = b""
    for piece in pieces:
        *whole, rest = piece.split(b"\n")
        for line in whole:
            yield (held + line)[: LINE_BYTES + 1]
            held = b""
        held = (held + rest)[: LINE_BYTES + 1]
    if held:
        yield held


def _recognised(drop: Drop) -> Batch:
    """The batch that a file makes, from a first reading of the whole; its reference is taken."""
    digest = hashlib.sha256()
    first, last_line = b"", 1
    for number, line in enumerate(cut_lines(_pieces(drop, digest.update)), start=1):
        if number == 1:
            first = line
        elif line.strip():
            last_line = number
    header = _header(first)
    if last_line == 1:
        raise FieldErrors.on("body", "Le fichier ne contient aucune ligne après la première.", "missing")
    if last_line > MOST_LINES:
        most = f"{MOST_LINES:,}".replace(",", "\u00a0")
        sentence = f"Le fichier compte trop de lignes ({most} au plus)\u00a0: partagez-le."
        raise FieldErrors.on("body", sentence, "too_large")
    _take_reference(header, digest.hexdigest())
    batch_id = tokens.derived_id("intake-batch", header.reference, digest.hexdigest())
    return Batch(batch_id=batch_id, header=header, started_at=clock.now(), last_line=last_line)


def _pieces(drop: Drop, see: Callable[[bytes], None]) -> Iterator[bytes]:
    for piece in documents.pieces("intake", drop.key, etag=drop.etag, size=drop.size, piece_bytes=READ_BYTES):
        see(piece)
        yield piece


def _header(line: bytes) -> Header:
    document = _document(line.removeprefix(b"\xef\xbb\xbf"))
    if str(document.get("kind")) not in HEADERS:
        kinds = ", ".join(f"«\u00a0{kind}\u00a0»" for kind in HEADERS)
        sentence = f"Indiquez sur la première ligne la nature du fichier\u00a0: {kinds}."
        raise FieldErrors.on("kind", sentence, "unknown_kind")
    header = validated(HEADERS[document["kind"]], document)
    if isinstance(header, EnrolmentHeader):
        enrolment.portfolio_of(header.numero_adherent)
    return header


def _document(line: bytes) -> Document:
    """One line as the object it holds.

    Errors: ``FieldErrors``.
    """
    if len(line) > LINE_BYTES:
        sentence = f"Cette ligne est trop longue ({LINE_BYTES // 1024}\u00a0Ko au plus)."
        raise FieldErrors.on("body", sentence, "too_large")
    try:
        document = json.loads(line.decode())
        json.dumps(document, ensure_ascii=False).encode()  # half a character is JSON, but no text to keep
    except (ValueError, RecursionError):
        raise FieldErrors.on("body", "Cette ligne n’est pas un objet JSON en UTF-8.", "unreadable") from None
    if not isinstance(document, dict):
        raise FieldErrors.on("body", "Cette ligne n’est pas un objet JSON en UTF-8.", "unreadable")
    return document


def _take_reference(header: Header, digest: str) -> None:
    try:
        if intake_reports.earlier_digest(header.reference, digest) is None:
            with Transaction() as transaction:
                identities.claim(transaction, Identity.INTAKE_FILE, header.reference, digest)
    except Stale:
        if intake_reports.earlier_digest(header.reference, digest) is None:
            raise


def _cut(drop: Drop, batch: Batch) -> None:
    """Write the parts, the list of them for the map, and last of all the batch, which says that they are all there."""
    lines = cut_lines(_pieces(drop, lambda _: None))
    after_header = islice(lines, 1, batch.last_line)
    manifest = []
    for part in range(1, batch.parts + 1):
        chunk = list(islice(after_header, LINES_PER_PART))
        content = b"".join(line + b"\n" for line in chunk)
        documents.write("intake", _part_key(batch.batch_id, part), content, content_type="application/jsonl")
        manifest.append({"part": part})
    _write_json(_manifest_key(batch.batch_id), manifest)
    _write_json(
        _batch_key(batch.batch_id),
        {
            "header": batch.header.model_dump(mode="json"),
            "started_at": batch.started_at.isoformat(),
            "last_line": batch.last_line,
        },
    )


def apply_part(batch_id: str, part: int) -> None:
    """Apply each line of a part, once: one that is refused holds no other back.

    Errors: ``NotFound`` for a part that is not there; a passing trouble raises, so that the part is begun again.
    """
    if documents.exists("intake", _part_report_key(batch_id, part)):
        return
    batch = _batch(batch_id)
    content = documents.read("intake", _part_key(batch_id, part), max_bytes=PART_BYTES)
    if content is None:
        raise NotFound
    first, _ = batch.lines_of(part)
    numbered = enumerate(content.removesuffix(b"\n").split(b"\n"), start=first)
    lines = [(number, _readable(line)) for number, line in numbered if line.strip()]
    tally = Tally()
    for number, applied in _applied(batch, lines):
        _add(tally, number, applied)
    _write_json(_part_report_key(batch_id, part), asdict(tally))


def _readable(line: bytes) -> Document | FieldErrors:
    """One line as the object it holds, or what is wrong with it."""
    try:
        return _document(line)
    except FieldErrors as error:
        return error


def _add(tally: Tally, number: int, applied: Applied | FieldErrors) -> None:
    if isinstance(applied, FieldErrors):
        tally.refused += 1
        tally.faults += [_as_read(number, fault) for fault in applied.faults[:FAULTS_PER_LINE]]
        return
    if applied.outcome == "accepted":
        tally.accepted += 1
    else:
        tally.unchanged += 1
    tally.lines.append({"line": number, **applied.details})


def _applied(
    batch: Batch, lines: Sequence[tuple[int, Document | FieldErrors]]
) -> Iterator[tuple[int, Applied | FieldErrors]]:
    """What became of each line of a part, in their order."""
    match batch.header:
        case EnrolmentHeader() as header:
            yield from _enrolled(header, batch.started_at, lines)
        case FlowHeader() as header:
            receipts = flows.receive(lines, scheme=header.scheme, file=batch.batch_id)
            for number, receipt in sorted(receipts.items()):
                if isinstance(receipt, FieldErrors):
                    yield number, receipt
                else:
                    yield number, Applied(outcome=receipt.outcome, details=receipt.details)


def _enrolled(
    header: EnrolmentHeader, started_at: datetime, lines: Iterable[tuple[int, Document | FieldErrors]]
) -> Iterator[tuple[int, Applied | FieldErrors]]:
    """Whoever was created since the batch began was created by it, in whichever attempt."""
    portfolio = enrolment.portfolio_of(header.numero_adherent)
    for number, document in lines:
        try:
            if isinstance(document, FieldErrors):
                raise document
            form = validated(EnrolledMember, document)
            member = enrolment.enrol_line(portfolio, form, reference=header.reference, line=number)
        except FieldErrors as error:
            yield number, error
            continue
        outcome = "accepted" if member.created_at >= started_at else "unchanged"
        yield number, Applied(outcome=outcome, details={"numero_adherent": member.numero_adherent})


def report(key: str, drop: str, batch_id: str) -> str:
    """Write the report beside a file from those of its parts, and answer its outcome.

    ``accepted``: at least one line was applied. ``unchanged``: all that could be applied was, by an earlier drop.
    ``refused``: not one line was acceptable. ``failed``: some lines were not handled; the file dropped again goes on.
    """
    if not batch_id:
        return _report_failure(key)
    batch = _batch(batch_id)
    total, unhandled, left_out = _merged(batch)
    if not unhandled and _first_to_finish(batch_id, drop) != drop:
        total.accepted, total.unchanged = 0, total.accepted + total.unchanged
    outcome = "failed" if unhandled else _outcome(total)
    details = {
        "reference": batch.header.reference,
        **total.counts(),
        "unhandled": unhandled,
        "parts": f"batches/{batch_id}/parts/",
        "faults_left_out": left_out,
    }
    _write_report(key, outcome, details, total.faults)
    return outcome


def _report_failure(key: str) -> str:
    sentence = "Le fichier n’a pas pu être traité jusqu’au bout\u00a0: déposez-le de nouveau."
    _write_report(key, "failed", {}, [_as_read(1, FieldError("body", sentence, "not_handled"))])
    return "failed"


def _as_read(line: int, fault: FieldError) -> Document:
    """A fault as a report shows it; a field that nobody expected may have any name, of any length."""
    return {"line": line, **intake_reports.fault_as_read(replace(fault, field=fault.field[:PLACE_LENGTH]))}


def _write_report(key: str, outcome: str, details: Document, faults: list[Document]) -> None:
    body = {"outcome": outcome, "at": clock.now().isoformat(), **details, "faults": faults}
    intake_reports.write(key, json.dumps(body, ensure_ascii=False, indent=2).encode())


def _merged(batch: Batch) -> tuple[Tally, list[dict[str, int]], int]:
    """What the parts report; the lines of those that report nothing; how many faults are more than one report shows."""
    total, unhandled, left_out = Tally(), [], 0
    for part in range(1, batch.parts + 1):
        content = documents.read("intake", _part_report_key(batch.batch_id, part), max_bytes=PART_REPORT_BYTES)
        if content is None:
            first, last = batch.lines_of(part)
            unhandled.append({"first_line": first, "last_line": last})
            continue
        told = Tally(**json.loads(content))
        total.accepted += told.accepted
        total.unchanged += told.unchanged
        total.refused += told.refused
        shown = told.faults[: FAULTS_SHOWN - len(total.faults)]
        total.faults += shown
        left_out += len(told.faults) - len(shown)
    return total, unhandled, left_out


def _outcome(total: Tally) -> str:
    if total.accepted:
        return "accepted"
    return "unchanged" if total.unchanged else "refused"


def _first_to_finish(batch_id: str, drop: str) -> str:
    """The drop that completed a batch first; this one, unless another has."""
    content = documents.read("intake", _done_key(batch_id), max_bytes=RECORD_BYTES)
    if content is None:
        _write_json(_done_key(batch_id), {"drop": drop})
        return drop
    return str(json.loads(content)["drop"])


def _batch(batch_id: str) -> Batch:
    batch = _read(batch_id)
    if batch is None:
        raise NotFound
    return batch


def _read(batch_id: str) -> Batch | None:
    content = documents.read("intake", _batch_key(batch_id), max_bytes=RECORD_BYTES)
    if content is None:
        return None
    kept = json.loads(content)
    return Batch(
        batch_id=batch_id,
        header=validated(HEADERS[kept["header"]["kind"]], kept["header"]),
        started_at=datetime.fromisoformat(kept["started_at"]),
        last_line=kept["last_line"],
    )


def _write_json(key: str, content: object) -> None:
    body = json.dumps(content, ensure_ascii=False).encode()
    documents.write("intake", key, body, content_type="application/json")


def _batch_key(batch_id: str) -> str:
    return f"batches/{batch_id}/batch.json"


def _manifest_key(batch_id: str) -> str:
    return f"batches/{batch_id}/manifest.json"


def _done_key(batch_id: str) -> str:
    return f"batches/{batch_id}/done.json"


def _part_key(batch_id: str, part: int) -> str:
    return f"batches/{batch_id}/parts/{part:05d}.jsonl"


def _part_report_key(batch_id: str, part: int) -> str:
    return f"batches/{batch_id}/parts/{part:05d}.report.json"
