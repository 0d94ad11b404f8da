"""The claim's state machine as a graph: nothing is left without an answer, nothing leads nowhere."""

import json
import re
from typing import Any

import pytest

from tests.infra.documents import FUNCTIONS, RESOURCES, declared
from tests.infra.state_machines import called, following, reachable

MACHINE = RESOURCES["ClaimWorkflow"]["Properties"]
STATES: dict[str, dict[str, Any]] = MACHINE["Definition"]["States"]
TASKS = {name: one for name, one in STATES.items() if one["Type"] == "Task"}
CALLS = {name: one for name, one in TASKS.items() if one["Resource"] == "arn:aws:states:::lambda:invoke"}
ENDS = {name for name, one in STATES.items() if one["Type"] in {"Succeed", "Fail"}}


@pytest.mark.parametrize("task", TASKS)
def test_every_task_is_tried_again_and_its_failure_is_caught(task: str) -> None:
    assert all(one["MaxAttempts"] >= 1 and one["BackoffRate"] > 1 for one in TASKS[task]["Retry"])
    assert TASKS[task]["Retry"]
    assert {tuple(one["ErrorEquals"]) for one in TASKS[task]["Catch"]} == {("States.ALL",)}
    assert TASKS[task]["TimeoutSeconds"] > 0


@pytest.mark.parametrize("call", CALLS)
def test_a_step_that_lambda_has_no_capacity_for_is_tried_for_minutes(call: str) -> None:
    held_back, _ = CALLS[call]["Retry"]
    assert held_back["ErrorEquals"] == ["Lambda.TooManyRequestsException"]
    assert (held_back["MaxAttempts"], held_back["MaxDelaySeconds"], held_back["JitterStrategy"]) == (8, 60, "FULL")


@pytest.mark.parametrize("state", STATES)
def test_every_branch_ends(state: str) -> None:
    assert following(STATES[state]) <= STATES.keys()
    assert (state in ENDS) != bool(following(STATES[state]))
    assert reachable(STATES, state) & ENDS


def test_every_state_can_be_reached() -> None:
    assert reachable(STATES, MACHINE["Definition"]["StartAt"]) == STATES.keys()


@pytest.mark.parametrize("choice", [name for name, one in STATES.items() if one["Type"] == "Choice"])
def test_a_choice_has_an_answer_for_an_outcome_it_does_not_know(choice: str) -> None:
    assert STATES[choice]["Default"] in STATES


def test_the_steps_are_functions_of_the_app() -> None:
    import app

    functions = {one.name for one in app.app.pure_lambda_functions}
    assert {called(one) for one in CALLS.values()} == {one for one in functions if one.startswith("claim-")}


@pytest.mark.parametrize("call", CALLS)
def test_a_step_outlasts_its_function(call: str) -> None:
    assert CALLS[call]["TimeoutSeconds"] > FUNCTIONS[called(CALLS[call])]["lambda_timeout"]


def test_every_placeholder_is_given_a_value() -> None:
    used = set(re.findall(r"\$\{(\w+)\}", json.dumps(MACHINE["Definition"])))
    assert used == MACHINE["DefinitionSubstitutions"].keys()


def test_the_machine_may_run_its_steps_and_ask_the_agents_and_nothing_else(template: dict[str, Any]) -> None:
    [policy] = RESOURCES["ClaimWorkflowRole"]["Properties"]["Policies"]
    run, ask = policy["PolicyDocument"]["Statement"]
    named = {
        template["Resources"][one["Fn::GetAtt"][0]]["Properties"]["FunctionName"]["Fn::Sub"] for one in run["Resource"]
    }
    assert (run["Action"], ask["Action"]) == ("lambda:InvokeFunction", "sqs:SendMessage")
    assert named == {f"espace-assure-${{Stage}}-{called(one)}" for one in CALLS.values()}
    assert ask["Resource"] == {"Fn::GetAtt": ["ClaimReviewsQueue", "Arn"]}


def test_a_failed_execution_tells_somebody() -> None:
    of_claims = [{"Name": "StateMachineArn", "Value": {"Ref": "ClaimWorkflow"}}]
    alarms = declared("AWS::CloudWatch::Alarm").values()
    [alarm] = [one for one in alarms if one.get("Dimensions") == of_claims and one["MetricName"] == "ExecutionsFailed"]
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


def test_the_machine_has_the_name_by_which_claims_are_started() -> None:
    """See ``settings.claim_workflow``."""
    assert MACHINE["StateMachineName"] == {"Fn::Sub": "espace-assure-${Stage}-claim"}
