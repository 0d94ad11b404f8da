"""Production's whole template, ours and Chalice's merged."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chalicelib import settings
from tests.infra.documents import FUNCTIONS, STAGES

FUNCTION_TYPE = "AWS::Serverless::Function"


def _short(name: str) -> str:
    """Chalice calls the API's function by a name of its own."""
    return "api" if name == "api_handler" else name


@pytest.fixture(scope="module")
def deployed(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The functions of the template, by their names without the stage's prefix."""
    functions = (one["Properties"] for one in template["Resources"].values() if one["Type"] == FUNCTION_TYPE)
    return {one["FunctionName"]["Fn::Sub"].partition("${Stage}-")[2]: one for one in functions}


def test_cloudformation_s_linter_finds_nothing(template_file: Path) -> None:
    found = subprocess.run(  # noqa: S603 - our own template
        [Path(sys.executable).with_name("cfn-lint"), "--regions", "eu-west-3", "--template", str(template_file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr


def test_cloudformation_takes_it_at_once(template_file: Path, template: dict[str, Any]) -> None:
    """A megabyte and five hundred resources at most, with those into which a function or the API unfolds."""
    assert template_file.stat().st_size < 1_000_000
    assert len(template["Resources"]) < 400


def test_every_resource_has_a_type(template: dict[str, Any]) -> None:
    """One without a type is a part of ours whose name Chalice does not know."""
    untyped = [name for name, one in template["Resources"].items() if "Type" not in one]
    assert untyped == []


def test_every_function_has_the_name_that_the_workflow_and_the_logs_know(deployed: dict[str, Any]) -> None:
    assert deployed.keys() == {_short(name) for name in FUNCTIONS}


def test_memory_timeout_and_role_are_those_of_the_configuration(
    template: dict[str, Any], deployed: dict[str, Any]
) -> None:
    for name, wanted in FUNCTIONS.items():
        function = deployed[_short(name)]
        assert function["MemorySize"] == wanted["lambda_memory_size"]
        assert function["Timeout"] == wanted["lambda_timeout"]
        assert function.get("ReservedConcurrentExecutions") == wanted.get("reserved_concurrency")
        assert function["Runtime"] == "python3.11"
        assert function["Tracing"] == "PassThrough"
    roles = [one["Role"]["Fn::GetAtt"][0] for one in deployed.values()]
    assert len(set(roles)) == len(roles)
    assert all(template["Resources"][role]["Type"] == "AWS::IAM::Role" for role in roles)


def test_every_queue_function_reports_the_messages_that_failed(deployed: dict[str, Any]) -> None:
    """Without it AWS ignores the answer and deletes what failed."""
    sources = {
        name: event
        for name, function in deployed.items()
        for event in function.get("Events", {}).values()
        if event["Type"] == "SQS"
    }
    assert sources.keys() == {
        "intake", "uploads", "scans", "outbox", "mail-feedback", "documents", "claim-reviews", "group-affiliations",
        "bank-returns", "payroll-files", "journal", "erasures",
    }  # fmt: skip
    for name, event in sources.items():
        assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert event["Properties"]["Queue"]["Fn::Sub"].endswith(f":espace-assure-prod-{name}")


def test_no_queue_asks_for_more_runs_at_once_than_are_reserved(deployed: dict[str, Any]) -> None:
    """What Lambda refuses counts as received: refused five times, a message would lie among the dead letters."""
    for function in deployed.values():
        for event in function.get("Events", {}).values():
            if event["Type"] == "SQS":
                wanted = {"MaximumConcurrency": function["ReservedConcurrentExecutions"]}
                assert event["Properties"]["ScalingConfig"] == wanted


def test_every_event_has_a_type(deployed: dict[str, Any]) -> None:
    """One without a type is a part of ours whose name Chalice does not know."""
    for function in deployed.values():
        assert all("Type" in event for event in function.get("Events", {}).values())


def test_every_function_knows_its_account_buckets_and_upload_address(template: dict[str, Any]) -> None:
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["ESPACE_AWS_ACCOUNT_ID"] == {"Ref": "AWS::AccountId"}
    assert variables["ESPACE_BUCKET_SUFFIX"] == {"Ref": "BucketSuffix"}
    assert variables.keys().isdisjoint(STAGES["prod"]["environment_variables"])


def test_only_the_functions_that_write_documents_carry_the_writer(deployed: dict[str, Any]) -> None:
    carrying = {name for name, one in deployed.items() if one.get("Layers") == [{"Ref": "DocumentsLayer"}]}
    assert carrying == {"documents", "claim-statement"}
    requirements = (Path(settings.__file__).parents[1] / "requirements.txt").read_text(encoding="utf-8")
    assert "typst" not in requirements


def test_every_log_is_forgotten_after_six_months(template: dict[str, Any]) -> None:
    """CNIL, délibération 2021-122: six months to a year."""
    groups = [one["Properties"] for one in template["Resources"].values() if one["Type"] == "AWS::Logs::LogGroup"]
    names = {one["LogGroupName"]["Fn::Sub"] for one in groups}
    functions = {f"/aws/lambda/espace-assure-${{Stage}}-{_short(name)}" for name in FUNCTIONS}
    assert names == {*functions, "/aws/apigateway/espace-assure-${Stage}-access"}
    assert {one["RetentionInDays"] for one in groups} == {180}


def test_what_the_gateway_answers_itself_can_be_read_by_the_portal(template: dict[str, Any]) -> None:
    """The gateway's own refusals never reach our code, which would add the CORS headers."""
    answers = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["x-amazon-apigateway-gateway-responses"]
    assert answers.keys() >= {"DEFAULT_4XX", "DEFAULT_5XX"}
    for answer in answers.values():
        headers = answer["responseParameters"]
        assert headers["gatewayresponse.header.Access-Control-Allow-Origin"] == {"Fn::Sub": "'${PortalOrigin}'"}
        assert list(answer["responseTemplates"]) == ["application/problem+json"]


def test_preflight_answers_admit_the_portal_of_the_stage_only(template: dict[str, Any]) -> None:
    origin = f"'{STAGES['prod']['environment_variables']['ESPACE_PORTAL_ORIGIN']}'"
    body = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    admitted = {
        answer["responseParameters"]["method.response.header.Access-Control-Allow-Origin"]
        for methods in body["paths"].values()
        if "options" in methods
        for answer in methods["options"]["x-amazon-apigateway-integration"]["responses"].values()
    }
    assert admitted == {origin}


def test_the_gateway_keeps_no_bodies_and_limits_the_rate(template: dict[str, Any]) -> None:
    [settings_] = template["Resources"]["RestAPI"]["Properties"]["MethodSettings"]
    assert settings_["LoggingLevel"] == "OFF"
    assert settings_["DataTraceEnabled"] is False
    assert settings_["ThrottlingRateLimit"] > 0
