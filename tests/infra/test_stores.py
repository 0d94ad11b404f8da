"""Queues, buckets, keys and alarms: nothing is lost unseen, nothing lies open."""

from typing import Any

import pytest

from chalicelib.events.scans import DETAIL_TYPE
from tests.infra.documents import FUNCTIONS, RESOURCES, declared, several

QUEUES = declared("AWS::SQS::Queue")
WORKED = {name: one for name, one in QUEUES.items() if "RedrivePolicy" in one}
BUCKETS = declared("AWS::S3::Bucket")
ALARMS = declared("AWS::CloudWatch::Alarm")
RECEIPTS_BEFORE_GIVING_UP = 5
FOURTEEN_DAYS = 14 * 24 * 3600
RULE = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/"


def _name(properties: dict[str, Any], key: str = "QueueName") -> str:
    return str(properties[key]["Fn::Sub"]).partition("${Stage}-")[2].removesuffix("${BucketSuffix}")


@pytest.mark.parametrize("queue", WORKED)
def test_a_message_that_cannot_be_handled_is_kept_and_tells_somebody(queue: str) -> None:
    redrive = WORKED[queue]["RedrivePolicy"]
    assert redrive["maxReceiveCount"] == RECEIPTS_BEFORE_GIVING_UP
    dead_letters, attribute = redrive["deadLetterTargetArn"]["Fn::GetAtt"]
    assert attribute == "Arn"
    assert _name(QUEUES[dead_letters]) == f"{_name(WORKED[queue])}-dead-letters"
    assert QUEUES[dead_letters]["MessageRetentionPeriod"] == FOURTEEN_DAYS
    watched = [
        alarm
        for alarm in ALARMS.values()
        if alarm.get("MetricName") == "ApproximateNumberOfMessagesVisible"
        and alarm["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": [dead_letters, "QueueName"]}}]
    ]
    assert [(one["Threshold"], one["ComparisonOperator"]) for one in watched] == [(0, "GreaterThanThreshold")]


def test_every_queue_is_worked_on_or_holds_dead_letters() -> None:
    targets = {one["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0] for one in WORKED.values()}
    assert QUEUES.keys() - WORKED.keys() == {*targets, "SchedulesDeadLetters"}
    assert all(one["SqsManagedSseEnabled"] is True for one in QUEUES.values())


@pytest.mark.parametrize("queue", WORKED)
def test_a_message_comes_back_only_when_its_function_has_surely_ended(queue: str) -> None:
    """AWS asks for six times the function's timeout: throttled batches wait inside it."""
    timeout = FUNCTIONS[_name(WORKED[queue])]["lambda_timeout"]
    assert WORKED[queue]["VisibilityTimeout"] >= 6 * timeout


@pytest.mark.parametrize("alarm", ALARMS)
def test_every_alarm_reaches_the_topic_and_says_what_to_do(alarm: str) -> None:
    assert ALARMS[alarm]["AlarmActions"] == [{"Ref": "AlarmTopic"}]
    assert "docs/operations.md" in ALARMS[alarm]["AlarmDescription"]
    assert ALARMS[alarm]["TreatMissingData"] == "notBreaching"


@pytest.mark.parametrize(("topic", "publisher"), [("AlarmTopic", "cloudwatch"), ("MailFeedbackTopic", "ses")])
def test_alarms_and_feedback_may_be_published_through_the_topic_s_key(topic: str, publisher: str) -> None:
    """The key AWS manages for SNS does not admit other services: what they publish would never arrive."""
    topics = declared("AWS::SNS::Topic")
    assert topics.keys() == {"AlarmTopic", "MailFeedbackTopic"}
    statements = RESOURCES[topics[topic]["KmsMasterKeyId"]["Ref"]]["Properties"]["KeyPolicy"]["Statement"]
    [admitted] = [one for one in statements if one["Principal"] == {"Service": f"{publisher}.amazonaws.com"}]
    assert set(admitted["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey*"}


@pytest.mark.parametrize(
    ("queue", "publisher", "source"),
    [
        ("MailFeedbackQueue", "sns", {"Ref": "MailFeedbackTopic"}),
        ("ScansQueue", "events", {"Fn::Sub": RULE + RESOURCES["ScanResultsRule"]["Properties"]["Name"]["Fn::Sub"]}),
    ],
)
def test_only_its_own_topic_or_rule_may_send_to_a_queue(queue: str, publisher: str, source: dict[str, str]) -> None:
    [policy] = [one for one in declared("AWS::SQS::QueuePolicy").values() if one["Queues"] == [{"Ref": queue}]]
    [statement] = policy["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": f"{publisher}.amazonaws.com"}
    assert several(statement["Action"]) == ["sqs:SendMessage"]
    assert statement["Resource"] == {"Fn::GetAtt": [queue, "Arn"]}
    assert statement["Condition"]["ArnEquals"] == {"aws:SourceArn": source}


def test_bounces_and_complaints_reach_the_queue_in_their_notification() -> None:
    """Not raw: the sentence by which SES tries a new topic is no JSON, and would end among the dead letters."""
    [destination] = declared("AWS::SES::ConfigurationSetEventDestination").values()
    assert set(destination["EventDestination"]["MatchingEventTypes"]) == {"bounce", "complaint"}
    assert destination["EventDestination"]["SnsDestination"] == {"TopicARN": {"Ref": "MailFeedbackTopic"}}
    [subscription] = [one for one in declared("AWS::SNS::Subscription").values() if one["Protocol"] == "sqs"]
    assert subscription["TopicArn"] == {"Ref": "MailFeedbackTopic"}
    assert subscription["Endpoint"] == {"Fn::GetAtt": ["MailFeedbackQueue", "Arn"]}
    assert subscription["RawMessageDelivery"] is False


def test_results_of_scans_of_sent_files_reach_the_queue() -> None:
    [rule] = declared("AWS::Events::Rule").values()
    pattern = rule["EventPattern"]
    assert (pattern["source"], pattern["detail-type"]) == (["aws.guardduty"], [DETAIL_TYPE])
    assert pattern["detail"]["s3ObjectDetails"]["bucketName"] == [{"Ref": "UploadsBucket"}]
    assert [one["Arn"] for one in rule["Targets"]] == [{"Fn::GetAtt": ["ScansQueue", "Arn"]}]


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_is_encrypted_closed_to_the_public_versioned_and_tidied(bucket: str) -> None:
    properties = BUCKETS[bucket]
    [rule] = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": {"Fn::GetAtt": ["DataKey", "Arn"]},
    }
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(properties["PublicAccessBlockConfiguration"]) == 4
    assert properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    rules = properties["LifecycleConfiguration"]["Rules"]
    assert any(one["Status"] == "Enabled" and one["NoncurrentVersionExpirationInDays"] > 0 for one in rules)


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_refuses_plain_http(bucket: str) -> None:
    [policy] = [one for one in declared("AWS::S3::BucketPolicy").values() if one["Bucket"] == {"Ref": bucket}]
    [refusal] = policy["PolicyDocument"]["Statement"]
    assert (refusal["Effect"], refusal["Principal"], refusal["Action"]) == ("Deny", "*", "s3:*")
    assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert refusal["Resource"] == [{"Fn::GetAtt": [bucket, "Arn"]}, {"Fn::Sub": f"${{{bucket}.Arn}}/*"}]


NOTIFIED = [
    (name, one["Queue"]["Fn::GetAtt"][0])
    for name, bucket in BUCKETS.items()
    for one in bucket.get("NotificationConfiguration", {}).get("QueueConfigurations", [])
]


@pytest.mark.parametrize(("bucket", "queue"), NOTIFIED)
def test_only_its_own_bucket_may_notify_a_queue(bucket: str, queue: str) -> None:
    policies = declared("AWS::SQS::QueuePolicy")
    [policy] = [name for name, one in policies.items() if one["Queues"] == [{"Ref": queue}]]
    assert policy in RESOURCES[bucket]["DependsOn"]
    [statement] = policies[policy]["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"}
    assert several(statement["Action"]) == ["sqs:SendMessage"]
    assert statement["Resource"] == {"Fn::GetAtt": [queue, "Arn"]}
    source = statement["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Sub"]
    assert source == "arn:${AWS::Partition}:s3:::" + BUCKETS[bucket]["BucketName"]["Fn::Sub"]
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


def test_no_two_queues_hear_of_the_same_object() -> None:
    for bucket in BUCKETS.values():
        heard = bucket.get("NotificationConfiguration", {}).get("QueueConfigurations", [])
        prefixes = [rule["Value"] for one in heard for rule in one["Filter"]["S3Key"]["Rules"]]
        assert len(prefixes) == len(set(prefixes)) == len(heard)
        assert not any(one != other and one.startswith(other) for one in prefixes for other in prefixes)


@pytest.mark.parametrize(
    "name", [*declared("AWS::S3::Bucket"), *declared("AWS::DynamoDB::Table"), *declared("AWS::KMS::Key")]
)
def test_data_and_keys_outlive_the_stack(name: str) -> None:
    assert RESOURCES[name]["DeletionPolicy"] == RESOURCES[name]["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("key", [name for name, one in declared("AWS::KMS::Key").items() if "KeySpec" not in one])
def test_encryption_keys_are_renewed_every_year(key: str) -> None:
    assert RESOURCES[key]["Properties"]["EnableKeyRotation"] is True
