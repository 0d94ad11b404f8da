"""The API's description: complete, valid OpenAPI 3.1, and the same as the file kept under docs/."""

import json
import re
import runpy
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chalice.test import Client
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

import app
from chalicelib.api.openapi import TAGS, document
from chalicelib.api.routing import ROUTES, Route
from chalicelib.api.session import Access
from chalicelib.validation import validated

ROOT = Path(__file__).resolve().parents[2]

REQUESTS = {route.request.__name__: route.request for route in ROUTES if route.request}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document()


def operations(described: dict[str, Any]) -> Iterator[tuple[Route, dict[str, Any]]]:
    for route in ROUTES:
        yield route, described["paths"][route.path][route.method.lower()]


def test_it_is_valid_openapi_3_1(described: dict[str, Any]) -> None:
    assert list(OpenAPIV31SpecValidator(described).iter_errors()) == []
    assert described["openapi"] == "3.1.0"


def test_every_route_of_the_application_is_described_and_nothing_else(described: dict[str, Any]) -> None:
    served = {(path, method) for path, methods in app.app.routes.items() for method in methods}
    written = {(path, method.upper()) for path, item in described["paths"].items() for method in item}
    assert written == served


def test_the_kept_file_is_up_to_date(described: dict[str, Any]) -> None:
    kept = json.loads((ROOT / "docs/openapi.json").read_text("utf-8"))
    assert kept == described, "run bin/describe"


def test_it_is_served_to_anybody(described: dict[str, Any]) -> None:
    with Client(app.app) as client:
        for _ in range(2):
            response = client.http.get("/openapi.json")
            assert response.status_code == 200
            assert response.headers["Content-Type"] == "application/json"
            assert response.json_body == described


def test_operation_ids_are_words_and_never_shared(described: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(described)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)


def test_each_operation_says_who_may_call_it(described: dict[str, Any]) -> None:
    expected: dict[Access, list[dict[str, list[str]]]] = {Access.PUBLIC: [], Access.INVITED: [{"invitation": []}]}
    for route, operation in operations(described):
        assert operation["x-access"] == route.access
        assert operation["security"] == expected.get(route.access, [{"session": []}])
        statuses = set(operation["responses"])
        assert ("401" in statuses) == (route.access is not Access.PUBLIC)
        assert ("403" in statuses) == (route.access not in {Access.PUBLIC, Access.SIGNED_IN, Access.INVITED})


def test_each_operation_names_the_requirements_it_serves(described: dict[str, Any]) -> None:
    for route, operation in operations(described):
        assert operation["x-requirements"] == list(route.items)
        assert all(re.fullmatch(r"[HM]\d{1,3}", item) for item in route.items)
        assert all(item in operation["description"] for item in route.items)


def test_each_operation_lists_its_refusals(described: dict[str, Any]) -> None:
    """A portal knows beforehand every code that it may have to explain."""
    for route, operation in operations(described):
        responses = operation["responses"]
        expected = sorted(set(route.refusals) - {"too_many_attempts"})
        refused = responses.get("409")
        codes = refused["content"]["application/problem+json"]["schema"]["allOf"][1] if refused else None
        assert (codes["properties"]["code"]["enum"] if codes else []) == expected
        assert ("429" in responses) == ("too_many_attempts" in route.refusals)


def test_each_operation_has_its_success_and_the_unforeseen(described: dict[str, Any]) -> None:
    for route, operation in operations(described):
        success = operation["responses"][str(route.status)]
        assert ("content" in success) == (route.response is not None)
        assert operation["responses"]["500"] == {"$ref": "#/components/responses/Unforeseen"}


def test_what_can_be_filled_in_wrongly_may_answer_422(described: dict[str, Any]) -> None:
    for route, operation in operations(described):
        takes_fields = bool(route.request or route.query or route.idempotent)
        assert ("422" in operation["responses"]) == takes_fields


def test_every_problem_is_a_problem_document(described: dict[str, Any]) -> None:
    validator = _validator(described, "Problem")
    for response in described["components"]["responses"].values():
        (media,) = response["content"].items()
        assert media[0] == "application/problem+json"
        assert list(validator.iter_errors(media[1]["example"])) == []


def test_query_parameters_have_no_null(described: dict[str, Any]) -> None:
    """M36: a filter that is not wanted is left out."""
    parameters = described["paths"]["/member/reimbursements"]["get"]["parameters"]
    days = {"decided_from", "decided_to", "care_from", "care_to"}
    others = {"beneficiary_id", "act", "family", "paid_to", "state", "before"}
    assert {one["name"] for one in parameters} == days | others
    assert all(one["in"] == "query" and not one["required"] for one in parameters)
    assert "null" not in json.dumps([one.get("parameters", []) for _, one in operations(described)])
    (form,) = described["paths"]["/member/acts"]["get"]["parameters"]
    assert form["required"]
    assert form["schema"] == {"$ref": "#/components/schemas/Form"}


def test_a_request_that_may_be_repeated_asks_for_its_key(described: dict[str, Any]) -> None:
    key = {"$ref": "#/components/parameters/IdempotencyKey"}
    for route, operation in operations(described):
        assert (key in operation.get("parameters", [])) == route.idempotent
    parameter = described["components"]["parameters"]["IdempotencyKey"]
    assert re.fullmatch(parameter["schema"]["pattern"], parameter["example"])
    assert not re.search(parameter["schema"]["pattern"], "trop court")


@pytest.mark.parametrize("name", sorted(REQUESTS))
def test_each_example_is_accepted(name: str, described: dict[str, Any]) -> None:
    example = REQUESTS[name].EXAMPLE
    validated(REQUESTS[name], example)
    assert list(_validator(described, name).iter_errors(example)) == []


def test_schemas_have_stable_names_and_are_all_used(described: dict[str, Any]) -> None:
    names = set(described["components"]["schemas"])
    assert all(re.fullmatch(r"[A-Z][A-Za-z]+", name) for name in names)
    used = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(described)))
    assert used == names
    assert "$defs" not in json.dumps(described)


def test_tags_follow_the_order_of_the_spaces(described: dict[str, Any]) -> None:
    assert [one["name"] for one in described["tags"]] == list(TAGS)
    assert {route.tag for route in ROUTES} == set(TAGS)
    met = [operation["tags"][0] for item in described["paths"].values() for operation in item.values()]
    assert list(dict.fromkeys(met)) == list(TAGS)


def test_the_version_is_the_one_of_the_project(described: dict[str, Any]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert described["info"]["version"] == project["version"]


@pytest.fixture(scope="module")
def describe() -> Callable[..., int]:
    command: Callable[..., int] = runpy.run_path(str(ROOT / "bin/describe"))["main"]
    return command


def test_the_command_tells_what_is_out_of_date_and_mends_it(
    describe: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    docs = tmp_path / "docs"
    assert describe(["--check"], docs) == 1
    assert not docs.exists()
    assert describe([], docs) == 0
    capsys.readouterr()
    assert describe(["--check"], docs) == 0
    assert capsys.readouterr().out == ""
    (docs / "openapi.json").write_text("{}")
    assert describe(["--check"], docs) == 1
    assert capsys.readouterr().out == "docs/openapi.json: out of date, run bin/describe\n"
    assert describe([], docs) == 0
    assert json.loads((docs / "openapi.json").read_text("utf-8")) == document()


def test_what_is_generated_is_up_to_date(describe: Callable[..., int]) -> None:
    assert describe(["--check"]) == 0


def _validator(described: dict[str, Any], name: str) -> Any:
    return Draft202012Validator(described | {"$ref": f"#/components/schemas/{name}"})
