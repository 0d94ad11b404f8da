"""What is answered when something is wrong: each fault at its place in French, nothing of the inside, nothing in logs.

Requirements M16, M114, and RFC 9457.
"""

import base64
import json
import re
import typing
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from moto.dynamodb.models import dynamodb_backends
from pydantic import BaseModel

from chalicelib import settings
from chalicelib.api.routing import ROUTES
from chalicelib.domain.errors import FieldErrors
from chalicelib.services.intake_files import FILES
from chalicelib.validation import validated
from local.stack import Stack
from tests.api import AGENT, COLLEAGUE, HR, MEMBER, Answer, World, aws_calls

JSON = {"Content-Type": "application/json"}
FORM = "/access/employer/first-connection"


def _raw(world: World, content: bytes, headers: dict[str, str] | None = None, path: str = FORM) -> httpx.Response:
    return world.portal.http.post(path, content=content, headers=JSON if headers is None else headers)


def _faults(response: httpx.Response) -> dict[str, str]:
    assert response.status_code == 422, response.text
    return {fault["field"]: fault["code"] for fault in response.json()["errors"]}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "unreadable"),
        (b"{", "unreadable"),
        (b"{'siren': 1}", "unreadable"),
        (b'{"siren": "\xff\xfe"', "unreadable"),
        (b"[" * 100_000, "unreadable"),
        (b'{"siren": ' + b"9" * 5000 + b"}", "unreadable"),
        (b"[]", "type"),
        (b'"text"', "type"),
        (b"null", "type"),
        (b"12", "type"),
        (b'{"siren": "' + b"1" * 300_000 + b'"}', "too_large"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_body_that_is_no_object_is_named_as_a_whole(world: World, content: bytes, code: str) -> None:
    assert _faults(_raw(world, content)) == {"body": code}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_only_json_is_read(world: World, kind: str) -> None:
    """A form of another site cannot be posted here: browsers ask first before they send JSON elsewhere."""
    response = _raw(world, b'{"siren": "732829320"}', {"Content-Type": kind} if kind else {})
    assert _faults(response) == {"body": "media"}


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_is_read_however_it_is_announced(world: World, kind: str) -> None:
    faults = _faults(_raw(world, b"{}", {"Content-Type": kind}))
    assert faults == {"numero_adherent": "missing", "siren": "missing", "postcode": "missing"}


def test_every_fault_is_told_at_once_and_at_its_place(world: World) -> None:
    claim = world.claim_form
    line = {"act": "CP", "care_on": "hier", "expense_cents": 12.5, "components": [{"part": "aile"}], "prix": 1}
    body = claim | {"form": "autre", "lines": [claim["lines"][0], line], "lignes": []}
    response = world.as_(MEMBER, "POST", "/member/claims", json=body, headers={"Idempotency-Key": "faults-12"})
    assert _faults(response) == {
        "form": "enum",
        "lignes": "extra_forbidden",
        "lines[1].care_on": "date_from_datetime_parsing",
        "lines[1].components[0].expense_cents": "missing",
        "lines[1].components[0].item_class": "missing",
        "lines[1].components[0].part": "enum",
        "lines[1].expense_cents": "int_type",
        "lines[1].prix": "extra_forbidden",
    }


@pytest.mark.parametrize("key", ["", "court", "x" * 65, "avec espace", "é" * 10, "a/b/c/d/e"])
def test_a_claim_needs_a_key_of_its_own(world: World, key: str) -> None:
    headers = [(b"Idempotency-Key", key.encode("ascii", "replace"))] if key else []
    token = world.token(MEMBER)
    request = world.portal.http.build_request("POST", "/member/claims", json=world.claim_form)
    request.headers = httpx.Headers([*request.headers.raw, *headers, (b"Authorization", f"Bearer {token}".encode())])
    assert _faults(world.portal.http.send(request)) == {"Idempotency-Key": "missing"}


HOSTILE: list[Any] = [
    None, "", " ", "\x00", "\ud800", "x" * 10_000, "é", "abc", "1.5", "2026-13-01", "2026-01-01T10:00:00", "9999-12-31",
    0, 5, -1, 1.5, 10**30, float("nan"), float("inf"), True, [], [None], [1] * 600, {}, {"a": 1},
]  # fmt: skip

Place = tuple[str | int, ...]


def _places(model: type[BaseModel], at: Place = ()) -> Iterator[Place]:
    """Every place of a model where a value may stand, down to the last nested one."""
    for name, field in model.model_fields.items():
        yield (*at, name)
        inside = _nested(field.annotation)
        listed = "list[" in str(field.annotation)
        if listed:
            yield (*at, name, 0)
        if inside is not None:
            yield from _places(inside, (*at, name, 0) if listed else (*at, name))


def _nested(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in typing.get_args(annotation) if (found := _nested(part)) is not None), None)


def _document(at: Place, value: Any) -> Any:
    if not at:
        return value
    first, *rest = at
    inner = _document(tuple(rest), value)
    return [inner] if first == 0 else {first: inner}


ENGLISH = re.compile(
    r"\b(should|must|input|valid|value|required|field|expected|string|integer|number|at least|at most|characters"
    r"|and|the|not|permitted|allowed|extra|missing|than|item|items|unable|got|true or false|decimal|finite)\b",
    re.IGNORECASE,
)


def _models() -> list[type[BaseModel]]:
    taken = {model for route in ROUTES for model in (route.request, route.query) if model is not None}
    return sorted(taken | set(FILES.values()), key=lambda model: model.__qualname__)


def test_every_fault_that_a_model_can_find_has_its_french_sentence(stack: Stack) -> None:
    """Every field of every request and file, at every depth, given everything that does not belong there."""
    sentences: dict[str, set[str]] = {}
    for model in _models():
        for at in [*_places(model), ("inconnu",)]:
            for value in HOSTILE:
                for fault in _found(model, _document(at, value)):
                    sentences.setdefault(fault.code, set()).add(fault.message)
    assert len(sentences) > 20
    for code, found in sentences.items():
        for sentence in found:
            assert sentence != "Cette valeur n’est pas acceptée.", code
            assert not ENGLISH.search(sentence), (code, sentence)
            assert sentence[0].isupper(), (code, sentence)
            assert sentence.endswith("."), (code, sentence)
            assert not re.search(r"(?<![\u00a0\u202f])[:;!?»]|«(?![\u00a0\u202f])|'", sentence), (code, sentence)


def _found(model: type[BaseModel], document: Any) -> tuple[Any, ...]:
    try:
        validated(model, document)
    except FieldErrors as error:
        return error.faults
    return ()


def _cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "params",
    [
        {"after": "%"},
        {"after": _cursor("")},
        {"after": _cursor("#")},
        {"after": _cursor("x#")},
        {"after": _cursor("#x")},
        {"after": _cursor("a\x00b#c")},
        {"after": "AAAA" * 150},
        {"after": "é"},
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "beaucoup"},
        {"limit": "9" * 400},
        {"inconnu": "1"},
    ],
    ids=str,
)
def test_no_query_of_the_list_of_employees_breaks_it(world: World, params: dict[str, str]) -> None:
    path = f"/employer/companies/{world.company.company_id}/employees"
    with aws_calls() as calls:
        response = world.as_(HR, "GET", path, params=params)
    assert response.status_code in {200, 422}, response.text
    starts = [call.parameters.get("ExclusiveStartKey", {}) for call in calls]
    assert all(value["S"] for start in starts for value in start.values()), "DynamoDB refuses an empty key"


@pytest.mark.parametrize(
    "params",
    [
        {"before": "x"},
        {"before": "ffffffffffff"},
        {"before": "00000000-0000"},
        {"before": "20240101-abcdefabcdef-1", "decided_from": "2026-01-01"},
        {"before": "20990101-abcdefabcdef-1", "decided_to": "2026-01-01"},
        {"decided_from": "2026-02-01", "decided_to": "2026-01-31"},
        {"decided_from": "0001-01-01", "decided_to": "0001-01-02"},
        {"decided_from": "9999-12-31"},
        {"decided_to": "0001-01-01"},
        {"decided_from": "hier"},
        {"act": "x" * 21},
        {"beneficiary_id": ""},
        {"inconnu": "1"},
    ],
    ids=str,
)
def test_no_query_of_the_list_of_reimbursements_breaks_it(world: World, params: dict[str, str]) -> None:
    """M36: DynamoDB refuses a range that ends before it begins, and a start outside it; neither is ever asked for."""
    with aws_calls() as calls:
        response = world.as_(MEMBER, "GET", "/member/reimbursements", params=params)
    assert response.status_code in {200, 422}, response.text
    for call in calls:
        if call.operation == "dynamodb.Query":
            values = call.parameters["ExpressionAttributeValues"]
            low, high = values[":1"]["S"], values[":2"]["S"]
            assert low <= high
            start = call.parameters.get("ExclusiveStartKey")
            assert start is None or low <= start["reimbursement_id"]["S"] <= high


@pytest.mark.parametrize("name", ["x", "%00", "é" * 200, "x" * 900, "x" * 3000, "a%20b"])
def test_no_id_in_a_path_breaks_a_route(world: World, name: str) -> None:
    """DynamoDB refuses keys beyond 2,048 bytes: such an id is simply not found."""
    company = f"/employer/companies/{world.company.company_id}"
    for role, path in [
        (HR, f"/employer/companies/{name}/contracts"),
        (HR, f"{company}/employees/{name}"),
        (HR, f"{company}/contracts/{name}/documents/{name}"),
        (MEMBER, f"/member/requests/{name}"),
        (MEMBER, f"/member/reimbursements/{name}"),
        (AGENT, f"/backoffice/claims/{name}"),
    ]:
        token = world.token(role)
        with aws_calls() as calls:
            response = world.call("GET", path, token)
        assert response.status_code == 404, f"{path[:60]}: {response.text}"
        keys = [call.parameters.get("Key", {}) for call in calls]
        assert all(len(value["S"].encode()) <= 1024 for key in keys for value in key.values())


@pytest.mark.parametrize("care_on", ["0001-01-01", "1900-01-01", "2019-12-31", "9999-12-31"])
def test_no_day_of_care_breaks_a_claim(world: World, care_on: str) -> None:
    """Days for which no law is on record are refused as too old or in the future, not as an error of ours."""
    body = world.claim_form | {"lines": [{"act": "G", "care_on": care_on, "expense_cents": 3000}]}
    response = world.as_(MEMBER, "POST", "/member/claims", json=body, headers={"Idempotency-Key": "day-of-care"})
    assert _faults(response)["lines[0].care_on"] in {"prescribed", "future"}


@pytest.mark.parametrize("day", ["0001-01-01", "1900-01-01", "9999-12-31"])
def test_no_date_breaks_a_pre_affiliation(world: World, day: str) -> None:
    body = {
        "risk": "sante",
        "contract_id": world.company.contracts["sante"],
        "email": "quelqu-un@example.org",
        "affiliation_date": day,
    }
    path = f"/employer/companies/{world.company.company_id}/pre-affiliations"
    assert _faults(world.as_(HR, "POST", path, json=body)).keys() == {"affiliation_date"}


def test_an_unforeseen_failure_tells_nothing_and_is_logged_without_values(world: World) -> None:
    """No text of the error, no name of a table or a module; the log names the kind of error and its place."""
    token = world.token(COLLEAGUE)
    world.stack.faults.fail_call("dynamodb.GetItem", error="ValidationException")
    before = len(world.book.lines)
    response = world.call("GET", "/member", token, headers={"Origin": "http://localhost:8000"})
    world.stack.faults.clear()
    assert response.status_code == 500
    assert response.json() == {
        "type": "urn:espace-assure:problem:unforeseen",
        "title": "Erreur imprévue",
        "status": 500,
        "code": "unforeseen",
        "detail": response.json()["detail"],
    }
    assert response.json()["detail"].startswith("Une erreur imprévue est survenue.")
    assert response.headers["Access-Control-Allow-Origin"] == settings.portal_origin()
    failure = next(json.loads(line) for line in world.book.lines[before:] if "request_failed" in line)
    assert re.fullmatch(r"\w+ at \w+\.py:\d+", failure["error"])
    assert failure["route"] == "/member"
    assert "exception" not in failure


SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
}


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        (MEMBER, "/member", 200),
        ("nobody", "/member", 401),
        (HR, "/member", 403),
        (MEMBER, "/member/requests/unknown", 404),
        (MEMBER, "/member/acts", 422),
    ],
)
def test_every_answer_bears_the_headers_that_protect_it(world: World, role: str, path: str, status: int) -> None:
    """Nothing is cached, framed or guessed; the portal's own origin alone may read it."""
    response = world.as_(role, "GET", path, headers={"Origin": "https://ailleurs.example"})
    assert response.status_code == status
    assert SECURITY_HEADERS.items() <= dict(response.headers).items() | {
        (name, response.headers.get(name)) for name in SECURITY_HEADERS
    }
    assert response.headers["Access-Control-Allow-Origin"] == settings.portal_origin()
    kind = "application/json" if status == 200 else "application/problem+json"
    assert response.headers["Content-Type"] == kind


def test_a_slowed_down_caller_can_read_when_to_come_back(world: World) -> None:
    """CORS exposes Retry-After, or a browser would hide it from the portal."""
    body = {"email": "personne@example.org"}
    for _ in range(6):
        response = world.portal.http.post("/access/employer/forgotten-password", json=body)
    assert response.status_code == 429
    assert "Retry-After" in response.headers["Access-Control-Expose-Headers"]


def test_every_route_answers_a_preflight_for_the_portal_only(world: World) -> None:
    for route in ROUTES:
        path = re.sub(r"\{\w+\}", "x", route.path)
        asked = {"Origin": "https://ailleurs.example", "Access-Control-Request-Method": route.method}
        response = world.portal.http.options(path, headers=asked)
        assert response.status_code == 200, path
        assert response.headers["Access-Control-Allow-Origin"] == settings.portal_origin()
        assert route.method in response.headers["Access-Control-Allow-Methods"].split(",")
        allowed = {name.strip() for name in response.headers["Access-Control-Allow-Headers"].split(",")}
        assert {"Authorization", "Content-Type", "Idempotency-Key"} <= allowed
        assert "Access-Control-Allow-Credentials" not in response.headers


def test_chalice_never_shows_a_traceback(stack: Stack) -> None:
    assert stack.app.debug is False


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
def test_a_method_that_is_not_declared_does_not_exist(world: World, method: str) -> None:
    assert world.as_(MEMBER, method, "/member").status_code in {403, 404, 405}


def test_nothing_personal_is_ever_logged(world: World, answers: list[Answer]) -> None:
    """M16, M114: after intake, sign-ins, claims, mails, failures and every route, no log line holds a person's data,
    a token, a password or an amount; nor is any line longer than it needs."""
    assert len(world.book.lines) > 500
    telling = dict(world.canaries)
    telling |= {f"e-mail of {role}": person.email for role, person in world.people.items() if person.email}
    telling |= {f"number of {role}": one.numero_adherent for role, one in world.people.items() if one.numero_adherent}
    telling |= {name: world.care[name] for name in ("expense", "expense in euros", "file", "agent's reason")}
    telling |= {"NIR, last 8": world.canaries["NIR"][5:13], "IBAN, end": world.canaries["IBAN"][-11:]}
    log = "\n".join(world.book.lines)
    for what, text in telling.items():
        assert not re.search(rf"(?<![0-9A-Za-z]){re.escape(text)}(?![0-9A-Za-z])", log), what
    assert not [secret for secret in world.secrets if secret in log]
    assert "@" not in log
    assert not re.search(r"Bearer|eyJ|FR\d{2}2004101005", log)


def test_the_log_says_what_happened_to_each_request(world: World, answers: list[Answer]) -> None:
    """One line per request: the route as declared, never the path with its ids, the status and the code."""
    requests = [json.loads(line) for line in world.book.lines if '"message":"request"' in line]
    assert {line["route"] for line in requests} <= {route.path for route in ROUTES}
    assert {200, 201, 204, 401, 403, 404, 422} <= {line["status"] for line in requests}
    assert all(isinstance(line["duration_ms"], int) for line in requests)


def test_nothing_secret_is_kept_in_the_clear(world: World, answers: list[Answer]) -> None:
    """M16: no table holds a NIR, an IBAN, a password or a token; they are sealed or hashed."""
    tables = dynamodb_backends[settings.account_id()][settings.region()].tables
    kept = "\n".join(
        json.dumps(item.to_json())
        for name, table in tables.items()
        if name.startswith(settings.prefix())
        for item in table.all_items()
    )
    assert world.people[MEMBER].member_id in kept
    for what in ("NIR", "IBAN"):
        assert world.canaries[what] not in kept, what
    assert world.canaries["NIR"][5:13] not in kept
    for secret in world.secrets:
        assert secret not in kept
        assert secret.partition(".")[2] == "" or secret.partition(".")[2] not in kept
