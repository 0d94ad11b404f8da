"""Alarms and dashboard, made from what the other fragments declare: what is added later is watched as well.

Alarms on dead letters stand beside their queues; those on one single thing, in ``api.json`` and ``alarms.json``.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

Template = dict[str, Any]
Metric = list[str]

# Messages are handled within seconds; a quarter of an hour is long for a person who waits for a mail or a document.
OLDEST_MESSAGE_SECONDS = 900
# Of a function's runs, in per cent: something is wrong with it, not with one message.
FAILED_RUNS = 5

_ANY_WITHIN_A_MINUTE = {"Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 0}
_COLUMNS, _WIDTH, _HEIGHT = 3, 8, 6


def alarms(declared: Template) -> Template:
    """One alarm on each queue that is worked on, one on each function, two on each state machine.

    One that a fragment declares under the same name, because it can say more, stays as it is.
    """
    resources: Template = {}
    unattended = scheduled(declared)
    for name in functions(declared):
        resources[f"{name}ErrorsAlarm"] = (_failed_run if name in unattended else _failed_runs)(name, declared)
    for name in worked_queues(declared):
        resources[f"{name}AgeAlarm"] = _late_queue(name, declared)
    for name in state_machines(declared):
        resources[f"{name}FailedAlarm"] = _lost_executions(name, declared, "Failed", "failed")
        resources[f"{name}TimedOutAlarm"] = _lost_executions(name, declared, "TimedOut", "took longer than it may")
    return {"Resources": {name: one for name, one in resources.items() if name not in declared["Resources"]}}


def dashboard(declared: Template) -> Template:
    """One page for a stage: alarms, the API, the functions, the queues, the state machines, the mails."""
    waiting = worked_queues(declared)
    dead = [name for name in _of_type("AWS::SQS::Queue", declared) if name not in waiting]
    runs = [_name(name, "FunctionName", declared) for name in functions(declared)]
    machines = [f"${{{name}}}" for name in state_machines(declared)]
    api = ["ApiName", "espace-assure-${Stage}", "Stage", "api"]
    blocked = ["AWS/WAFV2", "BlockedRequests", "WebACL", "espace-assure-${Stage}-api", "Region", "${AWS::Region}"]
    widgets = [
        _alarm_states(_of_type("AWS::CloudWatch::Alarm", declared)),
        _graph("API: requests, refusals, failures", "Sum", [
            *(["AWS/ApiGateway", metric, *api] for metric in ("Count", "4XXError", "5XXError")),
            [*blocked, "Rule", "ALL"],
        ]),
        _graph("API: slowest in a hundred, ms", "p99", [
            ["AWS/ApiGateway", metric, *api] for metric in ("Latency", "IntegrationLatency")
        ]),
        _graph("Functions: failed runs", "Sum", _each("AWS/Lambda", "Errors", "FunctionName", runs)),
        _graph("Functions: slowest run in a hundred, ms", "p99", _each("AWS/Lambda", "Duration", "FunctionName", runs)),
        _graph("Functions: runs held back", "Sum", _each("AWS/Lambda", "Throttles", "FunctionName", runs)),
        _graph("Queues: oldest message, s", "Maximum", _queues("ApproximateAgeOfOldestMessage", waiting, declared)),
        _graph("Dead letters", "Maximum", _queues("ApproximateNumberOfMessagesVisible", dead, declared)),
        _graph("Executions", "Sum", [
            one for metric in ("Started", "Failed", "TimedOut")
            for one in _each("AWS/States", f"Executions{metric}", "StateMachineArn", machines)
        ]),
        _graph("Mails: share bounced, share reported", "Maximum", [
            ["AWS/SES", "Reputation.BounceRate"], ["AWS/SES", "Reputation.ComplaintRate"],
        ]),
    ]  # fmt: skip
    properties = {
        "DashboardName": {"Fn::Sub": "espace-assure-${Stage}"},
        "DashboardBody": {"Fn::Sub": json.dumps({"widgets": _laid_out(widgets)}, ensure_ascii=False)},
    }
    return {"Resources": {"Dashboard": {"Type": "AWS::CloudWatch::Dashboard", "Properties": properties}}}


def functions(declared: Template) -> list[str]:
    """The functions, by their names in the template; Chalice adds their types."""
    return [
        name for name, one in declared["Resources"].items() if "Type" not in one and "FunctionName" in one["Properties"]
    ]


def scheduled(declared: Template) -> set[str]:
    """The functions that nobody waits for: their failures go to a queue."""
    reported = _of_type("AWS::Lambda::EventInvokeConfig", declared)
    return {declared["Resources"][name]["Properties"]["FunctionName"]["Ref"] for name in reported}


def worked_queues(declared: Template) -> list[str]:
    """The queues that a function listens to; the others hold what could not be handled."""
    queues = _of_type("AWS::SQS::Queue", declared)
    return [name for name in queues if "RedrivePolicy" in declared["Resources"][name]["Properties"]]


def state_machines(declared: Template) -> list[str]:
    """The state machines, by their names in the template."""
    return _of_type("AWS::StepFunctions::StateMachine", declared)


def _of_type(kind: str, declared: Template) -> list[str]:
    return [name for name, one in declared["Resources"].items() if one.get("Type") == kind]


def _name(name: str, key: str, declared: Template) -> str:
    """``espace-assure-${Stage}-outbox``"""
    return str(declared["Resources"][name]["Properties"][key]["Fn::Sub"])


def _failed_run(name: str, declared: Template) -> Template:
    return _alarm(
        f"{_name(name, 'FunctionName', declared)}-failed-runs",
        "A scheduled run failed and is repeated twice at most: read the log, mend the cause, run it again",
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": {"Ref": name}}],
        **_ANY_WITHIN_A_MINUTE,
    )


def _failed_runs(name: str, declared: Template) -> Template:
    """Runs that somebody repeats: a share of them, in two of three spans of five minutes."""
    rate = {"Id": "rate", "Label": "Failed runs, %", "Expression": "IF(runs > 0, 100 * errors / runs, 0)"}
    counted = [
        {
            "Id": label,
            "ReturnData": False,
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/Lambda",
                    "MetricName": metric,
                    "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": name}}],
                },
                "Period": 300,
                "Stat": "Sum",
            },
        }
        for label, metric in (("errors", "Errors"), ("runs", "Invocations"))
    ]
    return _alarm(
        f"{_name(name, 'FunctionName', declared)}-failed-runs",
        f"More than {FAILED_RUNS} % of the runs failed: read the log, mend the cause",
        Metrics=[{**rate, "ReturnData": True}, *counted],
        Threshold=FAILED_RUNS,
        EvaluationPeriods=3,
        DatapointsToAlarm=2,
    )


def _late_queue(name: str, declared: Template) -> Template:
    return _alarm(
        f"{_name(name, 'QueueName', declared)}-age",
        "A message waits for more than a quarter of an hour: does the function fail, or is it held back?",
        Namespace="AWS/SQS",
        MetricName="ApproximateAgeOfOldestMessage",
        Dimensions=[{"Name": "QueueName", "Value": {"Fn::GetAtt": [name, "QueueName"]}}],
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=OLDEST_MESSAGE_SECONDS,
    )


def _lost_executions(name: str, declared: Template, outcome: str, words: str) -> Template:
    return _alarm(
        f"{_name(name, 'StateMachineName', declared)}-executions-{outcome.lower()}",
        f"An execution {words}: its history names the step and the cause",
        Namespace="AWS/States",
        MetricName=f"Executions{outcome}",
        Dimensions=[{"Name": "StateMachineArn", "Value": {"Ref": name}}],
        **_ANY_WITHIN_A_MINUTE,
    )


def _alarm(name: str, text: str, **properties: Any) -> Template:
    told = {
        "AlarmName": {"Fn::Sub": name},
        "AlarmDescription": f"{text} (docs/operations.md).",
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [{"Ref": "AlarmTopic"}],
    }
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": told | properties}


def _each(namespace: str, metric: str, dimension: str, values: Iterable[str]) -> list[Metric]:
    return [[namespace, metric, dimension, value] for value in values]


def _queues(metric: str, names: Iterable[str], declared: Template) -> list[Metric]:
    return _each("AWS/SQS", metric, "QueueName", [_name(name, "QueueName", declared) for name in names])


def _graph(title: str, statistic: str, metrics: Sequence[Metric]) -> Template:
    shown = {"title": title, "metrics": metrics, "stat": statistic, "period": 300, "region": "${AWS::Region}"}
    return {"type": "metric", "properties": {**shown, "view": "timeSeries", "liveData": True}}


def _alarm_states(names: Iterable[str]) -> Template:
    return {"type": "alarm", "properties": {"title": "Alarms", "alarms": [f"${{{name}.Arn}}" for name in names]}}


def _laid_out(widgets: Sequence[Template]) -> list[Template]:
    return [
        {
            "x": place % _COLUMNS * _WIDTH,
            "y": place // _COLUMNS * _HEIGHT,
            "width": _WIDTH,
            "height": _HEIGHT,
            **widget,
        }
        for place, widget in enumerate(widgets)
    ]
