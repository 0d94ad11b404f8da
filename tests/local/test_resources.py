"""The local stack has what the infra files declare."""

import json

import boto3
import pytest

from chalicelib import settings
from local.resources import template
from local.stack import Stack

RESOURCES = template()["Resources"]


def declared(kind: str) -> dict[str, dict]:
    return {name: one["Properties"] for name, one in RESOURCES.items() if one["Type"] == kind}


def named(sub: dict[str, str]) -> str:
    return sub["Fn::Sub"].replace("${Stage}", "trial").replace("${BucketSuffix}", "")


@pytest.mark.parametrize(
    "table", declared("AWS::DynamoDB::Table").values(), ids=lambda table: table["TableName"]["Fn::Sub"]
)
def test_every_table_has_its_keys_and_indexes(stack: Stack, table: dict) -> None:
    made = boto3.client("dynamodb").describe_table(TableName=named(table["TableName"]))["Table"]
    assert made["KeySchema"] == table["KeySchema"]
    assert made["AttributeDefinitions"] == table["AttributeDefinitions"]
    indexes = {
        index["IndexName"]: (index["KeySchema"], index["Projection"])
        for index in made.get("GlobalSecondaryIndexes", [])
    }
    assert indexes == {
        index["IndexName"]: (index["KeySchema"], index["Projection"])
        for index in table.get("GlobalSecondaryIndexes", [])
    }


@pytest.mark.parametrize("queue", declared("AWS::SQS::Queue").values(), ids=lambda queue: queue["QueueName"]["Fn::Sub"])
def test_every_queue_has_its_visibility_and_redrive(stack: Stack, queue: dict) -> None:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=named(queue["QueueName"]))["QueueUrl"]
    made = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert int(made["VisibilityTimeout"]) == queue.get("VisibilityTimeout", 30)
    if "RedrivePolicy" in queue:
        redrive = json.loads(made["RedrivePolicy"])
        dead_letters = RESOURCES[queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]]["Properties"]
        assert redrive["deadLetterTargetArn"].endswith(f":{named(dead_letters['QueueName'])}")
        assert redrive["maxReceiveCount"] == queue["RedrivePolicy"]["maxReceiveCount"]


@pytest.mark.parametrize(
    "bucket", declared("AWS::S3::Bucket").values(), ids=lambda bucket: bucket["BucketName"]["Fn::Sub"]
)
def test_every_bucket_notifies_and_keeps_versions_as_declared(stack: Stack, bucket: dict) -> None:
    s3 = boto3.client("s3")
    name = named(bucket["BucketName"])
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == bucket["VersioningConfiguration"]["Status"]
    made = s3.get_bucket_notification_configuration(Bucket=name).get("QueueConfigurations", [])
    wanted = bucket.get("NotificationConfiguration", {}).get("QueueConfigurations", [])
    assert [one["Events"] for one in made] == [[one["Event"]] for one in wanted]
    for one, declaration in zip(made, wanted, strict=True):
        assert one["Filter"]["Key"]["FilterRules"] == declaration["Filter"]["S3Key"]["Rules"]
        queue = RESOURCES[declaration["Queue"]["Fn::GetAtt"][0]]["Properties"]["QueueName"]
        assert one["QueueArn"].endswith(f":{named(queue)}")


@pytest.mark.parametrize("key", declared("AWS::KMS::Alias").values(), ids=lambda key: key["AliasName"]["Fn::Sub"])
def test_every_key_is_of_the_declared_kind(stack: Stack, key: dict) -> None:
    wanted = RESOURCES[key["TargetKeyId"]["Ref"]]["Properties"]
    made = boto3.client("kms").describe_key(KeyId=named(key["AliasName"]))["KeyMetadata"]
    assert made["KeySpec"] == wanted.get("KeySpec", "SYMMETRIC_DEFAULT")
    assert made["KeyUsage"] == wanted.get("KeyUsage", "ENCRYPT_DECRYPT")


def test_the_lookup_key_makes_the_same_hash_twice(stack: Stack) -> None:
    from chalicelib.gateways import secrets

    assert secrets.lookup_hash("1", field="nir") == secrets.lookup_hash("1", field="nir")
    assert secrets.lookup_hash("1", field="nir") != secrets.lookup_hash("1", field="iban")
    assert secrets.unseal(secrets.seal("FR76", field="iban"), field="iban") == "FR76"


def test_the_state_machine_has_no_placeholder_left(stack: Stack) -> None:
    sfn = boto3.client("stepfunctions")
    machines = [one for one in sfn.list_state_machines()["stateMachines"] if one["name"] == settings.claim_workflow()]
    definition = sfn.describe_state_machine(stateMachineArn=machines[0]["stateMachineArn"])["definition"]
    assert "${" not in definition
    assert f'"{settings.prefix()}-claim-check"' in definition
