"""``.chalice/config.json``, which Chalice reads without ever complaining."""

from typing import Any

import pytest
from chalice.app import Chalice

from tests.infra.documents import CHALICE, CONFIG, FUNCTIONS, STAGES


@pytest.fixture(scope="module")
def functions() -> set[str]:
    """The functions of the app, by the names under which they are deployed."""
    import app

    project: Chalice = app.app
    return {"api_handler", *(one.name for one in (*project.event_sources, *project.pure_lambda_functions))}


def test_every_setting_stands_under_a_stage() -> None:
    """What Chalice reads elsewhere is overridden or dropped without a word."""
    assert CONFIG.keys() == {"version", "app_name", "stages"}
    assert CONFIG["version"] == "2.0"
    assert STAGES.keys() == {"dev", "staging", "prod"}


def test_every_function_is_configured_and_no_other(stage: dict[str, Any], functions: set[str]) -> None:
    assert stage["lambda_functions"].keys() == functions


def test_every_function_has_its_own_policy_and_every_policy_its_function(stage: dict[str, Any]) -> None:
    assert stage["autogen_policy"] is False
    files = {name: one["iam_policy_file"] for name, one in stage["lambda_functions"].items()}
    assert files == {name: f"policy-{name}.json" for name in files}
    assert {path.name for path in CHALICE.glob("policy-*.json")} == set(files.values())


def test_stages_differ_by_their_environment_and_reserved_capacity_only(stage: dict[str, Any]) -> None:
    assert _without_capacity(stage) == _without_capacity(STAGES["prod"])
    assert stage["environment_variables"].keys() == STAGES["prod"]["environment_variables"].keys()


def _without_capacity(stage: dict[str, Any]) -> dict[str, Any]:
    functions = {
        name: {key: value for key, value in one.items() if key != "reserved_concurrency"}
        for name, one in stage["lambda_functions"].items()
    }
    return {**stage, "environment_variables": {}, "lambda_functions": functions}


@pytest.mark.parametrize("name", ["staging", "prod"])
def test_capacity_is_reserved_for_what_runs_behind_a_queue_or_by_schedule(name: str) -> None:
    """So that no flood of messages takes the API's share, which is whatever is not reserved.

    A new account runs ten functions at once and lets none be reserved: ``dev`` reserves nothing.
    """
    import app

    reserved = {one: of["reserved_concurrency"] for one, of in _reserving(name).items()}
    unattended = {one.name for one in app.app.event_sources}
    assert reserved.keys() == unattended
    assert sum(reserved.values()) <= 200
    assert not _reserving("dev")


def _reserving(stage: str) -> dict[str, Any]:
    functions: dict[str, Any] = STAGES[stage]["lambda_functions"]
    return {name: one for name, one in functions.items() if "reserved_concurrency" in one}


@pytest.mark.parametrize("name", STAGES)
def test_environment_values_are_text(name: str) -> None:
    variables = STAGES[name]["environment_variables"]
    assert variables["ESPACE_STAGE"] == name
    assert all(isinstance(value, str) and value for value in variables.values())


def test_events_responses_and_errors_are_never_recorded(stage: dict[str, Any]) -> None:
    """They hold health data (H151, M118)."""
    variables = stage["environment_variables"]
    recorders = {
        "POWERTOOLS_LOGGER_LOG_EVENT",
        "POWERTOOLS_TRACER_CAPTURE_RESPONSE",
        "POWERTOOLS_TRACER_CAPTURE_ERROR",
        "POWERTOOLS_DEV",
        "POWERTOOLS_DEBUG",
    }
    assert {variables[one] for one in recorders} == {"false"}
    assert variables["POWERTOOLS_TRACE_DISABLED"] == "true"
    assert variables["POWERTOOLS_LOG_LEVEL"] == "INFO"
    assert "POWERTOOLS_LOGGER_SAMPLE_RATE" not in variables
    assert stage["xray"] is False


def test_an_answer_is_given_before_the_gateway_gives_up() -> None:
    assert FUNCTIONS["api_handler"]["lambda_timeout"] <= 29


def test_the_function_that_decodes_images_has_the_memory_for_it() -> None:
    assert FUNCTIONS["uploads"]["lambda_memory_size"] >= 1024


def test_the_api_stays_in_its_region(stage: dict[str, Any]) -> None:
    assert stage["api_gateway_endpoint_type"] == "REGIONAL"
