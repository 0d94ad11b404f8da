"""The lines of statements, in the documents bucket: written once, in parts of a few hundred, read a part at a time.

A statement of ten thousand employees would not fit in an item of a table; small ones lie here in the same way. What is
written lies under its own digest: two runs that call the same period do not touch each other's lines, and the
statement that is issued says which are its own.
"""

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from chalicelib.domain.contributions.line import Line
from chalicelib.domain.errors import NotFound
from chalicelib.domain.record import Record
from chalicelib.gateways import documents

LINES_PER_PART = 200
MOST_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a call rested on, for the months before a day: digests of the contract and the law, and of each person."""

    until: date
    contract: str
    people: Mapping[str, str]


def write(company_id: str, number: str, lines: Sequence[Line], facts: Facts) -> tuple[str, int]:
    """Put the lines of a statement, employee by employee; returns where they lie and in how many parts."""
    parts = [_packed([line.to_record() for line in some]) for some in _parts(lines)]
    told = _packed({"until": facts.until.isoformat(), "contract": facts.contract, "people": dict(facts.people)})
    digest = hashlib.sha256(b"".join((*parts, told))).hexdigest()[:32]
    folder = f"contributions/{company_id}/{number}/{digest}"
    for index, content in enumerate(parts):
        documents.write("documents", _key(folder, index), content, content_type="application/gzip")
    documents.write("documents", f"{folder}/facts.json.gz", told, content_type="application/gzip")
    return folder, len(parts)


def part(folder: str, index: int) -> list[Line]:
    """One part of the lines of a statement.

    Errors: ``NotFound`` when it is not there.
    """
    content = documents.read("documents", _key(folder, index), max_bytes=MOST_BYTES)
    if content is None:
        raise NotFound
    record = Record({"lines": json.loads(gzip.decompress(content))}, place="part")
    lines = [Line.from_record(entry) for entry in record.records("lines")]
    record.check()
    return lines


def every(folder: str, parts: int) -> Iterator[Line]:
    """All the lines of a statement, one part in memory at a time."""
    for index in range(parts):
        yield from part(folder, index)


def facts(folder: str) -> Facts | None:
    """What a call rested on, or ``None`` when that is not known."""
    content = documents.read("documents", f"{folder}/facts.json.gz", max_bytes=MOST_BYTES)
    if content is None:
        return None
    told = json.loads(gzip.decompress(content))
    return Facts(until=date.fromisoformat(told["until"]), contract=told["contract"], people=told["people"])


def _parts(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """The lines by employee, those of one employee never apart."""
    ordered = sorted(lines, key=lambda line: (line.name, line.member_id, line.month, line.kind, line.label))
    some: list[Line] = []
    for _, own in groupby(ordered, key=lambda line: (line.name, line.member_id)):
        some += own
        if len(some) >= LINES_PER_PART:
            yield some
            some = []
    if some:
        yield some


def _packed(content: object) -> bytes:
    return gzip.compress(json.dumps(content, ensure_ascii=False).encode(), mtime=0)


def _key(folder: str, index: int) -> str:
    return f"{folder}/{index:04d}.json.gz"
