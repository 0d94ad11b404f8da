"""What a rehearsal concludes from IAM's answers and from the logs."""

import json
import re

import pytest

from rehearsal import logs, permissions
from rehearsal.table import table
from tests.infra.documents import FUNCTIONS, ROOT, policy, several

ROLE = "arn:aws:sts::123456789012:assumed-role/role/app-"


def answer(function: str, action: str, decision: str, statement: str = "") -> str:
    """One of IAM's answers, as the emulator's launcher writes it."""
    return json.dumps([f"{ROLE}{function}", action, "arn:aws:sqs:::q", decision, statement])


def test_only_what_a_function_was_allowed_counts_as_used() -> None:
    answers = [
        answer("outbox", "sqs:SendMessage", "Allow", "Send"),
        answer("outbox", "sqs:SendMessage", "ImplicitDeny"),
        answer("intake", "s3:GetObject", "Refused"),
        json.dumps(["arn:aws:iam::123456789012:root", "s3:GetObject", "*", "Allow", "Admin"]),
    ]
    assert permissions.used(answers, "app-") == {("outbox", "Send", "sqs:SendMessage")}
    assert permissions.refused(answers, "app-") == ["intake may not s3:GetObject on arn:aws:sqs:::q"]


def test_an_unused_permission_needs_a_reason_for_its_function_or_for_all() -> None:
    granted = {("outbox", "Logs", "logs:Put"), ("intake", "Logs", "logs:Put"), ("intake", "Open", "kms:Decrypt")}
    explained = {"outbox": {"logs:Put": "one"}, permissions.EVERYWHERE: {"Open kms:Decrypt": "two"}}
    without_reason, with_reason = permissions.unexplained(granted, set(), explained)
    assert without_reason == [("intake", "Logs", "logs:Put")]
    assert with_reason == {("outbox", "Logs", "logs:Put"): "one", ("intake", "Open", "kms:Decrypt"): "two"}
    assert permissions.unexplained(granted, granted, {}) == ([], {})


def test_every_reason_is_about_a_permission_that_is_granted() -> None:
    granted = {
        "api" if function == "api_handler" else function: {
            key
            for statement in policy(function)
            for action in several(statement["Action"])
            for key in (action, f"{statement['Sid']} {action}", permissions.ANY)
        }
        for function in FUNCTIONS
    }
    granted[permissions.EVERYWHERE] = set().union(*granted.values())
    for function, explained in permissions.reasons().items():
        assert set(explained) <= granted[function], function


def test_a_reason_of_one_function_names_the_test_that_needs_the_permission() -> None:
    for function, explained in permissions.reasons().items():
        for reason in explained.values():
            named = re.findall(r"\((tests/\S+)\)$", reason)
            assert len(named) == (function != permissions.EVERYWHERE), reason
            assert all((ROOT / one).is_file() for one in named), reason


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('{"level": "INFO", "message": "batch", "records": 1}', []),
        ('{"_aws": {"Timestamp": 1850112345678}, "RecordsFailed": [1.0]}', []),
        ('{"message": "b81b7d899c0f5ed9a9b84b5a53335753"}', []),
        ("START RequestId: 1 Version: $LATEST", []),
        ('{"message": "zoe@assureur.example"}', ["an e-mail address"]),
        ('{"nir": "287041234567890"}', ["a NIR"]),
        ('{"iban": "FR7630006000011234567890189"}', ["an IBAN"]),
        ("Traceback (most recent call last):", ["not a JSON line"]),
    ],
)
def test_a_log_line_is_json_and_names_nobody(line: str, found: list[str]) -> None:
    faults = logs.faults([line])
    assert len(faults) == len(found)
    assert all(fault.startswith(what) for fault, what in zip(faults, found, strict=True))


def test_the_traceback_of_a_failed_run_is_lambda_s_and_still_names_nobody() -> None:
    ours = ["Traceback (most recent call last):", '  File "/var/task/chalicelib/x.py", line 1, in x', "ValueError: 1"]
    lambda_s = [ours[0], '  File "/tmp/w/_worker.py", line 128, in run', *ours[1:]]
    said = '{"message": "batch"}'
    assert logs.faults(["START 1", said, *lambda_s, "Worker process died", "END 1", said]) == []
    assert logs.faults([said, *ours, said]) == [f"not a JSON line: {ours[0]}"]
    assert logs.faults(["a word", *lambda_s]) == ["not a JSON line: a word"]
    assert logs.faults([*lambda_s, "ValueError: zoe@assureur.example"])[0].startswith("an e-mail address")


def test_durations_are_those_that_lambda_reports() -> None:
    lines = [f"REPORT RequestId: a\tDuration: {ms} ms\tBilled Duration: {ms} ms" for ms in (30, 900, 20)]
    assert logs.durations([*lines, '{"Duration": 5}']) == logs.Durations(calls=3, longest=900, typical=30)
    assert logs.durations([]).calls == 0


def test_a_table_puts_numbers_to_the_right() -> None:
    assert table(("a", "ms"), [("b", "–"), ("cc", "900")]).splitlines() == ["a    ms", "b     –", "cc  900"]
