"""The claim's state machine runs against the functions, failing and waiting as on AWS."""

import json

import boto3
import pytest

from chalicelib.gateways import workflows
from local.executions import executions
from local.stack import Stack
from tests.local.tiny import SEEN


def steps() -> list[str]:
    return [name for name, _ in SEEN.steps]


def status() -> str:
    [execution] = executions()
    return execution.status


def test_an_execution_goes_through_its_steps(stack: Stack) -> None:
    workflows.start_claim("c1", version=1)
    stack.drain()
    assert steps() == ["claim-check", "claim-settle", "claim-record", "claim-statement", "claim-notify"]
    assert status() == "SUCCEEDED"


def test_a_step_that_fails_is_tried_again(stack: Stack) -> None:
    stack.faults.fail_function("claim-settle", times=2)
    workflows.start_claim("c1", version=1)
    stack.drain()
    assert steps().count("claim-settle") == 1
    assert stack.faults.pending() == []
    assert status() == "SUCCEEDED"


def test_a_step_that_keeps_failing_is_caught_under_its_errors_name(stack: Stack) -> None:
    SEEN.outcomes["claim-record"] = [ZeroDivisionError("by zero")] * 4
    workflows.start_claim("c1", version=1)
    stack.drain()
    assert steps().count("claim-record") == 4
    assert steps()[-1] == "claim-fail"
    assert status() == "FAILED"
    sfn = boto3.client("stepfunctions")
    machine = next(one for one in sfn.list_state_machines()["stateMachines"] if "trial" in one["name"])
    [execution] = sfn.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
    history = sfn.get_execution_history(executionArn=execution["executionArn"], maxResults=1000)["events"]
    failed = [event["taskFailedEventDetails"] for event in history if event["type"] == "TaskFailed"]
    assert {one["error"] for one in failed} == {"ZeroDivisionError"}
    assert json.loads(failed[0]["cause"])["errorMessage"] == "by zero"


def test_an_execution_waits_for_an_answer_and_goes_on_with_it(stack: Stack) -> None:
    SEEN.outcomes["claim-settle"] = ["manual"]
    workflows.start_claim("c1", version=1)
    stack.drain()
    [execution] = executions()
    assert (execution.waits, execution.state) == (True, "Review")
    [token] = SEEN.tokens
    assert workflows.answer(token, "information") is True
    stack.drain()
    assert steps()[-1] == "claim-notify"
    assert status() == "SUCCEEDED"
    assert workflows.answer(token, "information") is False


def test_the_same_round_is_started_once(stack: Stack) -> None:
    workflows.start_claim("c1", version=1)
    workflows.start_claim("c1", version=1)
    stack.drain()
    assert steps().count("claim-check") == 1


def test_the_steps_can_be_repeated_too(stack: Stack) -> None:
    workflows.start_claim("c1", version=1)
    stack.drain()
    assert stack.deliver_again() == 0
    assert stack.deliver_again(workflow=True, reverse=True) == 5
    assert steps()[5:] == steps()[4::-1]


def test_a_function_that_is_not_there_is_an_error_of_the_service(stack: Stack) -> None:
    client = boto3.client("lambda")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.invoke(FunctionName="espace-assure-trial-nothing")
