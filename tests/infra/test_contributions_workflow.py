"""The state machine that calls contributions: its map, what it may do, and that nothing is left without an answer."""

import json
import re
from typing import Any

import pytest

from chalicelib.services.contribution_runs import NOT_CALLED
from tests.infra.documents import FUNCTIONS, RESOURCES, declared, several
from tests.infra.state_machines import called, following, reachable

MACHINE = RESOURCES["ContributionsWorkflow"]["Properties"]
STATES: dict[str, dict[str, Any]] = MACHINE["Definition"]["States"]
MAP = STATES["Call"]
CHILD: dict[str, dict[str, Any]] = MAP["ItemProcessor"]["States"]
TASKS = {name: one for name, one in (STATES | CHILD).items() if one["Type"] == "Task"}
ENDS = {name for name, one in STATES.items() if one["Type"] in {"Succeed", "Fail"}}
[POLICY] = RESOURCES["ContributionsWorkflowRole"]["Properties"]["Policies"]
STATEMENTS = {one["Sid"]: one for one in POLICY["PolicyDocument"]["Statement"]}
NAME = "espace-assure-${Stage}-contributions"


def test_contracts_are_called_by_aws_s_own_engine_from_a_list_in_s3() -> None:
    """Executions of their own, so many at a time; the list is an object, for it may be too long for a state."""
    assert MAP["Type"] == "Map"
    assert MAP["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    assert MAP["ItemReader"]["Resource"] == "arn:aws:states:::s3:getObject"
    assert MAP["ItemReader"]["ReaderConfig"] == {"InputType": "JSON"}
    assert 0 < MAP["MaxConcurrency"] <= 40
    assert [called(one) for one in CHILD.values()] == ["contributions-issue"]


def test_the_map_s_own_answer_fits_in_a_state() -> None:
    """256 KiB: a contract answers nothing, and the map's answer is dropped; the report reads what became of each."""
    assert CHILD["Issue"]["ResultSelector"] == {}
    assert MAP["ResultPath"] is None


def test_a_failed_contract_holds_no_other_back_and_the_report_tells_of_it() -> None:
    assert MAP["ToleratedFailurePercentage"] == 100
    assert (MAP["Next"], [one["Next"] for one in MAP["Catch"]]) == ("Report", ["Report"])
    alarms = declared("AWS::CloudWatch::Alarm").values()
    [alarm] = [one for one in alarms if one.get("MetricName") == NOT_CALLED]
    assert (alarm["Namespace"], alarm["Threshold"]) == ("EspaceAssure", 0)


def test_a_day_without_a_contract_to_call_has_its_report_too() -> None:
    choice = STATES["HasContracts"]
    assert (choice["Choices"][0]["Next"], choice["Default"]) == ("Call", "Report")


@pytest.mark.parametrize("task", [*TASKS, "Call"])
def test_every_step_is_tried_again(task: str) -> None:
    *_, retry = (STATES | CHILD)[task]["Retry"]
    assert retry["ErrorEquals"] == ["States.ALL"]
    assert retry["MaxAttempts"] >= 1
    assert retry["BackoffRate"] > 1


@pytest.mark.parametrize("task", TASKS)
def test_a_step_that_lambda_has_no_capacity_for_is_tried_for_minutes(task: str) -> None:
    """No capacity is reserved for these steps: a busy hour of the API must not lose a contract."""
    held_back, _ = TASKS[task]["Retry"]
    assert held_back["ErrorEquals"] == ["Lambda.TooManyRequestsException"]
    assert (held_back["MaxAttempts"], held_back["MaxDelaySeconds"], held_back["JitterStrategy"]) == (8, 60, "FULL")


def test_no_contract_is_lost_without_a_word() -> None:
    """A contract that fails for good has no catch: the map tolerates it, and the report reads its account."""
    assert {
        name for name, one in (STATES | CHILD).items() if one["Type"] in {"Task", "Map"} and "Catch" not in one
    } == {"Issue"}


@pytest.mark.parametrize("state", STATES)
def test_every_branch_ends_and_every_failure_is_caught(state: str) -> None:
    assert following(STATES[state]) <= STATES.keys()
    assert (state in ENDS) != bool(following(STATES[state]))
    assert reachable(STATES, state) & ENDS
    if STATES[state]["Type"] in {"Task", "Map"}:
        assert {tuple(one["ErrorEquals"]) for one in STATES[state]["Catch"]} == {("States.ALL",)}
    if STATES[state]["Type"] == "Choice":
        assert STATES[state]["Default"] in STATES


def test_every_state_can_be_reached() -> None:
    assert reachable(STATES, MACHINE["Definition"]["StartAt"]) == STATES.keys()


def test_the_steps_are_functions_of_the_app_and_outlast_them() -> None:
    import app

    functions = {one.name for one in app.app.pure_lambda_functions}
    assert {called(one) for one in TASKS.values()} == {one for one in functions if one.startswith("contributions-")}
    for task in TASKS.values():
        assert task["TimeoutSeconds"] > FUNCTIONS[called(task)]["lambda_timeout"]


def test_every_placeholder_is_given_a_value() -> None:
    used = set(re.findall(r"\$\{(\w+)\}", json.dumps(MACHINE["Definition"])))
    assert used == MACHINE["DefinitionSubstitutions"].keys()


def test_the_machine_may_run_its_steps_read_its_lists_and_start_its_contracts_and_nothing_else(
    template: dict[str, Any],
) -> None:
    """A distributed map starts, follows and stops executions of its own machine."""
    run = {
        template["Resources"][one["Fn::GetAtt"][0]]["Properties"]["FunctionName"]["Fn::Sub"]
        for one in STATEMENTS["RunSteps"]["Resource"]
    }
    assert run == {f"espace-assure-${{Stage}}-{called(one)}" for one in TASKS.values()}
    states = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}"
    assert STATEMENTS["StartParts"]["Resource"] == {"Fn::Sub": f"{states}:stateMachine:{NAME}"}
    followed = [one["Fn::Sub"] for one in STATEMENTS["FollowParts"]["Resource"]]
    assert followed == [f"{states}:execution:{NAME}:*", f"{states}:execution:{NAME}/{MAP['Label']}:*"]
    assert STATEMENTS["ListParts"]["Resource"] == {
        "Fn::Sub": "${DocumentsBucket.Arn}/contribution-runs/*/manifest.json"
    }
    assert {sid: several(one["Action"]) for sid, one in STATEMENTS.items()} == {
        "RunSteps": ["lambda:InvokeFunction"],
        "StartParts": ["states:StartExecution"],
        "FollowParts": ["states:DescribeExecution", "states:StopExecution"],
        "ListParts": ["s3:GetObject"],
        "OpenObjects": ["kms:Decrypt"],
    }


def test_a_failed_execution_tells_somebody() -> None:
    ours = [{"Name": "StateMachineArn", "Value": {"Ref": "ContributionsWorkflow"}}]
    alarms = declared("AWS::CloudWatch::Alarm").values()
    [alarm] = [one for one in alarms if one.get("Dimensions") == ours and one["MetricName"] == "ExecutionsFailed"]
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


def test_the_machine_has_the_name_by_which_runs_are_started() -> None:
    """See ``settings.contributions_workflow``."""
    assert MACHINE["StateMachineName"] == {"Fn::Sub": NAME}
