"""What every state machine with a distributed map holds to: its map, its rights, and that nothing is left unsaid."""

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest

from tests.infra.documents import FUNCTIONS, RESOURCES, declared, several
from tests.infra.state_machines import called, following, reachable


@dataclass(frozen=True, kw_only=True)
class Machine:
    """One machine: the step that lists the work, the one that does a piece, and where the list lies."""

    resource: str
    name: str
    step: str
    piece: str
    functions: str
    listed: str

    @property
    def properties(self) -> dict[str, Any]:
        found: dict[str, Any] = RESOURCES[self.resource]["Properties"]
        return found

    @property
    def states(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self.properties["Definition"]["States"]
        return found

    @property
    def map(self) -> dict[str, Any]:
        return self.states[self.step]

    @property
    def child(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self.map["ItemProcessor"]["States"]
        return found

    @property
    def tasks(self) -> dict[str, dict[str, Any]]:
        return {name: one for name, one in (self.states | self.child).items() if one["Type"] == "Task"}

    @property
    def statements(self) -> dict[str, dict[str, Any]]:
        [policy] = RESOURCES[f"{self.resource}Role"]["Properties"]["Policies"]
        return {one["Sid"]: one for one in policy["PolicyDocument"]["Statement"]}


INTAKE = Machine(
    resource="IntakeBatchWorkflow",
    name="espace-assure-${Stage}-intake-batch",
    step="Apply",
    piece="Part",
    functions="intake-",
    listed="${IntakeBucket.Arn}/batches/*/manifest.json",
)
CONTRIBUTIONS = Machine(
    resource="ContributionsWorkflow",
    name="espace-assure-${Stage}-contributions",
    step="Call",
    piece="Issue",
    functions="contributions-",
    listed="${DocumentsBucket.Arn}/contribution-runs/*/manifest.json",
)
MACHINES = pytest.mark.parametrize("machine", [INTAKE, CONTRIBUTIONS], ids=lambda one: one.resource)


@MACHINES
def test_pieces_are_done_by_aws_s_own_engine_from_a_list_in_s3(machine: Machine) -> None:
    """Executions of their own, so many at a time; the list is an object, for it may be too long for a state."""
    assert machine.map["Type"] == "Map"
    assert machine.map["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    assert machine.map["ItemReader"]["Resource"] == "arn:aws:states:::s3:getObject"
    assert machine.map["ItemReader"]["ReaderConfig"] == {"InputType": "JSON"}
    assert 0 < machine.map["MaxConcurrency"] <= 40
    assert list(machine.child) == [machine.piece]


@MACHINES
def test_a_failed_piece_holds_no_other_back_and_the_report_tells_of_it(machine: Machine) -> None:
    """It has no catch of its own: the map tolerates it, and drops its answers, which would not fit in a state."""
    assert machine.map["ToleratedFailurePercentage"] == 100
    assert machine.map["ResultPath"] is None
    assert (machine.map["Next"], [one["Next"] for one in machine.map["Catch"]]) == ("Report", ["Report"])
    everything = machine.states | machine.child
    uncaught = {name for name, one in everything.items() if one["Type"] in {"Task", "Map"} and "Catch" not in one}
    assert uncaught == {machine.piece}


@MACHINES
def test_every_step_is_tried_again(machine: Machine) -> None:
    for one in (*machine.tasks.values(), machine.map):
        *_, retry = one["Retry"]
        assert retry["ErrorEquals"] == ["States.ALL"]
        assert retry["MaxAttempts"] >= 1
        assert retry["BackoffRate"] > 1


@MACHINES
def test_a_step_that_lambda_has_no_capacity_for_is_tried_for_minutes(machine: Machine) -> None:
    """No capacity is reserved for these steps: a busy hour of the API must not lose a piece."""
    for one in machine.tasks.values():
        held_back, _ = one["Retry"]
        assert held_back["ErrorEquals"] == ["Lambda.TooManyRequestsException"]
        assert (held_back["MaxAttempts"], held_back["MaxDelaySeconds"], held_back["JitterStrategy"]) == (8, 60, "FULL")


@MACHINES
def test_every_branch_ends_and_every_failure_is_caught(machine: Machine) -> None:
    states = machine.states
    ends = {name for name, one in states.items() if one["Type"] in {"Succeed", "Fail"}}
    for name, state in states.items():
        assert following(state) <= states.keys()
        assert (name in ends) != bool(following(state))
        assert reachable(states, name) & ends
        if state["Type"] in {"Task", "Map"}:
            assert {tuple(one["ErrorEquals"]) for one in state["Catch"]} == {("States.ALL",)}
        if state["Type"] == "Choice":
            assert state["Default"] in states
    assert reachable(states, machine.properties["Definition"]["StartAt"]) == states.keys()


@MACHINES
def test_the_steps_are_functions_of_the_app_and_outlast_them(machine: Machine) -> None:
    import app

    functions = {one.name for one in app.app.pure_lambda_functions}
    steps = {one for one in functions if one.startswith(machine.functions)}
    assert {called(one) for one in machine.tasks.values()} == steps
    for task in machine.tasks.values():
        assert task["TimeoutSeconds"] > FUNCTIONS[called(task)]["lambda_timeout"]


@MACHINES
def test_every_placeholder_is_given_a_value(machine: Machine) -> None:
    used = set(re.findall(r"\$\{(\w+)\}", json.dumps(machine.properties["Definition"])))
    assert used == machine.properties["DefinitionSubstitutions"].keys()


@MACHINES
def test_a_machine_may_run_its_steps_read_its_lists_and_start_its_pieces_and_nothing_else(
    machine: Machine, template: dict[str, Any]
) -> None:
    """A distributed map starts, follows and stops executions of its own machine."""
    statements = machine.statements
    run = {
        template["Resources"][one["Fn::GetAtt"][0]]["Properties"]["FunctionName"]["Fn::Sub"]
        for one in statements["RunSteps"]["Resource"]
    }
    assert run == {f"espace-assure-${{Stage}}-{called(one)}" for one in machine.tasks.values()}
    states = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}"
    assert statements["StartParts"]["Resource"] == {"Fn::Sub": f"{states}:stateMachine:{machine.name}"}
    followed = [one["Fn::Sub"] for one in statements["FollowParts"]["Resource"]]
    label = machine.map["Label"]
    assert followed == [f"{states}:execution:{machine.name}:*", f"{states}:execution:{machine.name}/{label}:*"]
    assert statements["ListParts"]["Resource"] == {"Fn::Sub": machine.listed}
    assert {sid: several(one["Action"]) for sid, one in statements.items()} == {
        "RunSteps": ["lambda:InvokeFunction"],
        "StartParts": ["states:StartExecution"],
        "FollowParts": ["states:DescribeExecution", "states:StopExecution"],
        "ListParts": ["s3:GetObject"],
        "OpenObjects": ["kms:Decrypt"],
    }


@MACHINES
def test_a_failed_execution_tells_somebody(machine: Machine) -> None:
    ours = [{"Name": "StateMachineArn", "Value": {"Ref": machine.resource}}]
    alarms = declared("AWS::CloudWatch::Alarm").values()
    [alarm] = [one for one in alarms if one.get("Dimensions") == ours and one["MetricName"] == "ExecutionsFailed"]
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


@MACHINES
def test_a_machine_has_the_name_by_which_it_is_started(machine: Machine) -> None:
    """See ``settings.intake_batch_workflow`` and ``settings.contributions_workflow``."""
    assert machine.properties["StateMachineName"] == {"Fn::Sub": machine.name}
