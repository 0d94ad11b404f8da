"""H61: what HR downloads tells no more of anybody's care than what HR reads on screen.

Every link in every answer to a user of the company is followed, whatever route gave it, and what it leads to is read.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from botocore.exceptions import ClientError
from pypdf import PdfReader

from chalicelib import settings
from local.clients import client
from tests.api import HR, OTHER_HR, READER, Answer, World
from tests.api.test_access_matrix import holds
from tests.portal import expect

COMPANY_USERS = {HR, READER, OTHER_HR}


@pytest.fixture(scope="module")
def downloads(world: World, answers: list[Answer]) -> dict[str, bytes]:
    """What users of the company may download, by the route that says where."""
    served = [answer for answer in answers if answer.role in COMPANY_USERS and answer.status < 400]
    places = {f"{answer.name} {key}": key for answer in served for key in _keys(_json(answer.text))}
    places |= {f"export in {kind}": _export(world, kind) for kind in ("csv", "xlsx")}
    found = {name: _content(key) for name, key in places.items()}
    return {name: content for name, content in found.items() if content is not None}


def test_nothing_hr_downloads_tells_of_care(world: World, downloads: dict[str, bytes]) -> None:
    """H61: acts, amounts, files, reasons and ids of a claim are in no export, letter, mandate, sheet or card."""
    readable = {_kind(content) for content in downloads.values() if _text(content).strip()}
    assert readable == {"pdf", "xlsx", "csv"}, sorted(downloads)
    for name, content in downloads.items():
        text = _text(content)
        found = [what for what, care in world.care.items() if holds(text, care)]
        assert not found, f"{name}: {found}"


def test_no_download_holds_a_whole_identifier(world: World, downloads: dict[str, bytes]) -> None:
    """H53, H61, M16: an employee's NIR and IBAN are in nothing that HR downloads; a card may bear the name."""
    for name, content in downloads.items():
        close = "".join(_text(content).split())
        for what in ("NIR", "IBAN"):
            assert world.canaries[what] not in close, f"{name}: {what}"


def test_the_exports_do_hold_the_employees(world: World, downloads: dict[str, bytes]) -> None:
    """H50: the walls are not those of an empty room."""
    for kind in ("csv", "xlsx"):
        assert world.canaries["name"] in _text(downloads[f"export in {kind}"])


def _export(world: World, kind: str) -> str:
    """Where an export of the employees lies."""
    path = f"/employer/companies/{world.company.company_id}/employee-exports"
    export_id = expect(world.as_(HR, "POST", path, json={"format": kind}), 202)["export_id"]
    world.portal.settle()
    [key] = _keys(expect(world.as_(HR, "GET", f"{path}/{export_id}"), 200))
    return key


def _json(text: str) -> Any:
    return json.loads(text) if text else None


def _keys(value: Any) -> Iterator[str]:
    """The objects of the documents bucket that an answer links to."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _keys(one)
    bucket = settings.bucket("documents")
    if isinstance(value, str) and value.startswith("http") and bucket in value:
        yield unquote(urlsplit(value).path).lstrip("/").removeprefix(f"{bucket}/")


def _content(key: str) -> bytes | None:
    """The object, unless the walk has removed it since."""
    try:
        content: bytes = client("s3").get_object(Bucket=settings.bucket("documents"), Key=key)["Body"].read()
    except ClientError:
        return None
    return content


def _kind(content: bytes) -> str:
    if content.startswith(b"%PDF"):
        return "pdf"
    return "xlsx" if content.startswith(b"PK") else "csv"


def _text(content: bytes) -> str:
    match _kind(content):
        case "pdf":
            return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
        case "xlsx":
            with zipfile.ZipFile(io.BytesIO(content)) as book:
                return "\n".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
        case _:
            return content.decode("utf-8-sig")
