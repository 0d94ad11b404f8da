"""Whatever is deployed is watched, and whatever watches tells somebody."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra import watch
from tests.infra.documents import FUNCTIONS, RESOURCES, TEMPLATE, declared

ALARMS = declared("AWS::CloudWatch::Alarm")
QUEUES = declared("AWS::SQS::Queue")
WORKED = [name for name, one in QUEUES.items() if "RedrivePolicy" in one]
MACHINES = declared("AWS::StepFunctions::StateMachine")
SCHEDULED = watch.scheduled(TEMPLATE)


def _watching(metric: str, value: object) -> list[dict[str, Any]]:
    """The alarms on a metric of one thing."""
    return [
        one
        for one in ALARMS.values()
        for measured in _measured(one)
        if measured["MetricName"] == metric and any(of["Value"] == value for of in measured.get("Dimensions", ()))
    ]


def _measured(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    if "MetricName" in alarm:
        return [alarm]
    return [one["MetricStat"]["Metric"] for one in alarm["Metrics"] if "MetricStat" in one]


@pytest.mark.parametrize("queue", WORKED)
def test_a_message_that_waits_for_long_tells_somebody(queue: str) -> None:
    [alarm] = _watching("ApproximateAgeOfOldestMessage", {"Fn::GetAtt": [queue, "QueueName"]})
    assert (alarm["Threshold"], alarm["Statistic"]) == (900, "Maximum")


@pytest.mark.parametrize("queue", sorted(QUEUES.keys() - set(WORKED)))
def test_a_dead_letter_tells_somebody(queue: str) -> None:
    [alarm] = _watching("ApproximateNumberOfMessagesVisible", {"Fn::GetAtt": [queue, "QueueName"]})
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


def test_every_function_is_watched() -> None:
    names = {RESOURCES[name]["Properties"]["FunctionName"]["Fn::Sub"] for name in watch.functions(TEMPLATE)}
    assert names == {
        f"espace-assure-${{Stage}}-{'api' if name == 'api_handler' else name}" for name in FUNCTIONS
    }  # fmt: skip
    for name in watch.functions(TEMPLATE):
        assert len(_watching("Errors", {"Ref": name})) == 1


@pytest.mark.parametrize("name", sorted(SCHEDULED))
def test_one_scheduled_run_that_fails_is_enough(name: str) -> None:
    [alarm] = _watching("Errors", {"Ref": name})
    assert (alarm["Statistic"], alarm["Threshold"], alarm["EvaluationPeriods"]) == ("Sum", 0, 1)


def test_of_other_functions_a_share_of_the_runs_must_fail() -> None:
    """What a message or a step fails at once is tried again."""
    [alarm] = _watching("Errors", {"Ref": "Outbox"})
    [rate] = [one for one in alarm["Metrics"] if one["ReturnData"]]
    assert rate["Expression"] == "IF(runs > 0, 100 * errors / runs, 0)"
    assert (alarm["Threshold"], alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]) == (5, 2, 3)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("outcome", ["ExecutionsFailed", "ExecutionsTimedOut"])
def test_an_execution_that_is_lost_tells_somebody(machine: str, outcome: str) -> None:
    [alarm] = _watching(outcome, {"Ref": machine})
    assert (alarm["Threshold"], alarm["Statistic"]) == (0, "Sum")


def test_bounces_and_complaints_tell_somebody_before_ses_suspends_the_sender() -> None:
    limits = {one["MetricName"]: one["Threshold"] for one in ALARMS.values() if one.get("Namespace") == "AWS/SES"}
    assert limits == {"Reputation.BounceRate": 0.05, "Reputation.ComplaintRate": 0.001}


def test_alarms_are_told_by_mail_when_an_address_is_given() -> None:
    assert TEMPLATE["Parameters"]["AlarmEmail"]["Default"] == ""
    subscription = RESOURCES["AlarmSubscription"]
    assert subscription["Condition"] == "AlarmsByMail"
    assert subscription["Properties"]["TopicArn"] == {"Ref": "AlarmTopic"}
    assert subscription["Properties"]["Endpoint"] == {"Ref": "AlarmEmail"}


def test_the_page_of_operations_says_what_each_alarm_asks_for() -> None:
    """Those on a queue, a function or a lost execution are told by their endings."""
    page = (Path(watch.__file__).parents[1] / "docs/operations.md").read_text("utf-8")
    names = {one["AlarmName"]["Fn::Sub"].partition("${Stage}-")[2] for one in ALARMS.values()}
    endings = ("-age", "-failed-runs", "-executions-timedout")
    told = {name for name in names if f"`{name}`" in page}
    told |= {name for name in names for ending in endings if name.endswith(ending) and f"{ending}`" in page}
    told |= {name for name in names if f"| `{name.removesuffix('-dead-letters')}` |" in page}
    assert names == told


def test_no_two_alarms_bear_one_name() -> None:
    names = [one["AlarmName"]["Fn::Sub"] for one in ALARMS.values()]
    assert len(names) == len(set(names))


def test_an_alarm_that_a_fragment_declares_itself_stays_as_it_is() -> None:
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"StateMachineName": {"Fn::Sub": "m"}}}
    whole = {"Resources": {"M": machine, "MFailedAlarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {}}}}
    assert watch.alarms(whole)["Resources"].keys() == {"MTimedOutAlarm"}


def test_the_dashboard_shows_every_alarm_function_and_queue() -> None:
    text = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    assert set(re.findall(r"\$\{(\w+)\.Arn\}", text)) == ALARMS.keys()
    shown = {one for widget in json.loads(text)["widgets"] for one in _values(widget)}
    wanted = [one["QueueName"]["Fn::Sub"] for one in QUEUES.values()]
    wanted += [RESOURCES[name]["Properties"]["FunctionName"]["Fn::Sub"] for name in watch.functions(TEMPLATE)]
    assert shown >= set(wanted)
    assert shown >= {f"${{{name}}}" for name in MACHINES}


def _values(widget: dict[str, Any]) -> list[str]:
    return [metric[3] for metric in widget["properties"].get("metrics", []) if len(metric) > 3]


def test_nothing_on_the_dashboard_covers_something_else() -> None:
    body = json.loads(RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"])
    places = [(one["x"], one["y"]) for one in body["widgets"]]
    assert len(places) == len(set(places))
    assert all(one["x"] + one["width"] <= 24 for one in body["widgets"])
