"""The rehearsed template: what is left out of it, and what a permission less looks like."""

from typing import Any

import pytest

from rehearsal.adaptation import (
    DROPPED,
    PATIENCE,
    NoSuchPermission,
    blind_to_context,
    functions,
    granted,
    patient,
    supported,
    without,
)


def template() -> dict[str, Any]:
    """One function, with two statements in its role."""
    statements = [
        {"Sid": "Items", "Action": ["dynamodb:GetItem", "dynamodb:PutItem"], "Resource": "a"},
        {"Sid": "Others", "Action": "dynamodb:GetItem", "Resource": "b"},
    ]
    return {
        "Resources": {
            "Outbox": {
                "Type": "AWS::Serverless::Function",
                "DependsOn": ["Firewall", "Queue"],
                "Properties": {
                    "FunctionName": {"Fn::Sub": "espace-assure-${Stage}-outbox"},
                    "Role": {"Fn::GetAtt": ["OutboxRole", "Arn"]},
                    "Timeout": 20,
                },
            },
            "OutboxRole": {
                "Type": "AWS::IAM::Role",
                "Properties": {"Policies": [{"PolicyDocument": {"Statement": statements}}]},
            },
            "Queue": {"Type": "AWS::SQS::Queue"},
            "Firewall": {"Type": next(iter(DROPPED)), "DependsOn": "Queue"},
        }
    }


def test_what_the_emulator_lacks_is_dropped_and_named_with_its_reason() -> None:
    adapted, dropped = supported(template())
    assert list(adapted["Resources"]) == ["Outbox", "OutboxRole", "Queue"]
    assert adapted["Resources"]["Outbox"]["DependsOn"] == ["Queue"]
    assert dropped == [("Firewall", next(iter(DROPPED.values())))]


def test_a_template_without_such_resources_is_rehearsed_whole() -> None:
    whole = template()
    del whole["Resources"]["Firewall"]
    whole["Resources"]["Outbox"]["DependsOn"] = ["Queue"]
    assert supported(whole) == (whole, [])


def test_every_function_has_more_time_and_the_template_that_is_deployed_is_left_alone() -> None:
    whole = template()
    assert functions(patient(whole))["outbox"]["Timeout"] == 20 * PATIENCE
    assert functions(whole)["outbox"]["Timeout"] == 20


def test_what_may_be_unsealed_is_not_asked_of_the_emulator_and_every_other_condition_is() -> None:
    whole = template()
    [policy] = whole["Resources"]["OutboxRole"]["Properties"]["Policies"]
    sealed = {"StringEquals": {"kms:EncryptionContext:field": "iban"}}
    via = {"StringEquals": {"kms:ViaService": "s3"}}
    policy["PolicyDocument"]["Statement"] = [
        {"Sid": name, "Action": "kms:Decrypt", "Resource": "a", "Condition": condition}
        for name, condition in (("Sealed", sealed), ("Objects", via))
    ]
    role = blind_to_context(whole)["Resources"]["OutboxRole"]
    found = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert [one.get("Condition") for one in found] == [None, via]


def test_every_permission_is_counted_once_per_statement() -> None:
    assert granted(template()) == {
        ("outbox", "Items", "dynamodb:GetItem"),
        ("outbox", "Items", "dynamodb:PutItem"),
        ("outbox", "Others", "dynamodb:GetItem"),
    }
    assert list(functions(template())) == ["outbox"]


def test_an_action_is_taken_from_every_statement_or_from_the_named_one() -> None:
    assert granted(without(template(), "outbox:dynamodb:GetItem")) == {
        ("outbox", "Items", "dynamodb:PutItem"),
        ("outbox", "Others", "none:Granted"),
    }
    assert granted(without(template(), "outbox:Items:dynamodb:GetItem")) == {
        ("outbox", "Items", "dynamodb:PutItem"),
        ("outbox", "Others", "dynamodb:GetItem"),
    }


@pytest.mark.parametrize(
    "asked", ["outbox", "outbox:PutItem", "nobody:dynamodb:GetItem", "outbox:s3:GetObject", "outbox:Items:s3:GetObject"]
)
def test_a_permission_that_is_not_granted_cannot_be_taken(asked: str) -> None:
    with pytest.raises(NoSuchPermission):
        without(template(), asked)
