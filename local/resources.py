"""Creates the stage's AWS resources in moto, from the infra files that production is created from.

moto's CloudFormation leaves some properties out; what the system relies on is then set through the services' own calls.
"""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest import mock

from moto.kms.models import Key, kms_backends

from chalicelib import settings
from local.clients import client

INFRA = Path(__file__).resolve().parent.parent / "infra"
FRAGMENTS = ("keys", "tables", "queues", "buckets")

# moto's CloudFormation knows no such resources and says so at length; nothing that runs here asks for them.
UNSUPPORTED = {"AWS::CloudWatch::Alarm", "AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy"}

Template = dict[str, Any]


def template() -> Template:
    """The infra fragments as one CloudFormation template."""
    merged: Template = {}
    for name in FRAGMENTS:
        fragment = json.loads((INFRA / f"{name}.json").read_text(encoding="utf-8"))
        for section, content in fragment.items():
            merged.setdefault(section, {}).update(content)
    return merged


def create_resources(stage: str) -> None:
    """Create keys, tables, queues, buckets, the claim's state machine and the sender's identity."""
    whole = template()
    parameters = {
        "Stage": stage,
        "BucketSuffix": settings.bucket("").removeprefix(f"{settings.prefix()}-"),
        "PortalOrigin": settings.portal_origin(),
    }
    # moto ignores KeySpec and KeyUsage of a key, and keeps its policy as an object that DescribeKey then cannot read.
    with mock.patch.object(Key, "create_from_cloudformation_json", _create_key):
        client("cloudformation").create_stack(
            StackName=f"espace-assure-{stage}",
            TemplateBody=json.dumps(_supported(whole)),
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        )
    _complete_buckets(whole, parameters)
    # A state machine made through moto's CloudFormation is unknown to the interpreter that would execute it.
    _create_claim_workflow()
    _create_intake_batch_workflow()
    _create_contributions_workflow()
    client("ses").verify_email_identity(EmailAddress=settings.insurer().mail_from)


def key_variables() -> dict[str, str]:
    """The keys as the template names them to the functions."""
    arns = {
        one["AliasName"]: one["AliasArn"].rpartition(":")[0] + f":key/{one['TargetKeyId']}"
        for one in client("kms").list_aliases()["Aliases"]
        if "TargetKeyId" in one
    }
    alias = f"alias/{settings.prefix()}-"
    return {"ESPACE_FIELDS_KEY": arns[f"{alias}fields"], "ESPACE_LOOKUP_KEY": arns[f"{alias}lookup"]}


def _supported(whole: Template) -> Template:
    resources = {
        name: {key: value for key, value in resource.items() if key != "DependsOn"}
        for name, resource in whole["Resources"].items()
        if resource["Type"] not in UNSUPPORTED
    }
    return {**whole, "Resources": resources}


def _create_key(resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any) -> Key:
    properties = cloudformation_json["Properties"]
    key = kms_backends[account_id][region_name].create_key(
        policy=json.dumps(properties["KeyPolicy"]),
        key_usage=properties.get("KeyUsage", "ENCRYPT_DECRYPT"),
        key_spec=properties.get("KeySpec", "SYMMETRIC_DEFAULT"),
        description=properties.get("Description", ""),
        tags=properties.get("Tags", []),
    )
    key.key_rotation_status = properties.get("EnableKeyRotation", False)
    return key


def _complete_buckets(whole: Template, parameters: Mapping[str, str]) -> None:
    """Of a bucket's properties, moto's CloudFormation sets its encryption only."""
    s3 = client("s3")
    for resource in whole["Resources"].values():
        if resource["Type"] != "AWS::S3::Bucket":
            continue
        properties = resource["Properties"]
        bucket = _substitute(properties["BucketName"]["Fn::Sub"], parameters)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=properties["VersioningConfiguration"])
        if "CorsConfiguration" in properties:
            s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": _cors(properties, parameters)})
        if "NotificationConfiguration" in properties:
            s3.put_bucket_notification_configuration(
                Bucket=bucket, NotificationConfiguration=_notifications(whole, properties, parameters)
            )


def _cors(properties: Template, parameters: Mapping[str, str]) -> list[Template]:
    return [
        {
            "AllowedOrigins": [parameters[origin["Ref"]] for origin in rule["AllowedOrigins"]],
            "AllowedMethods": rule["AllowedMethods"],
            "AllowedHeaders": rule["AllowedHeaders"],
            "MaxAgeSeconds": rule["MaxAge"],
        }
        for rule in properties["CorsConfiguration"]["CorsRules"]
    ]


def _notifications(whole: Template, properties: Template, parameters: Mapping[str, str]) -> Template:
    """The same notifications in the words of the S3 API, which are not CloudFormation's."""
    return {
        "QueueConfigurations": [
            {
                "QueueArn": _queue_arn(whole, declared["Queue"]["Fn::GetAtt"][0], parameters),
                "Events": [declared["Event"]],
                "Filter": {"Key": {"FilterRules": declared["Filter"]["S3Key"]["Rules"]}},
            }
            for declared in properties["NotificationConfiguration"]["QueueConfigurations"]
        ]
    }


def _queue_arn(whole: Template, logical_id: str, parameters: Mapping[str, str]) -> str:
    name = _substitute(whole["Resources"][logical_id]["Properties"]["QueueName"]["Fn::Sub"], parameters)
    return f"arn:aws:sqs:{settings.region()}:{settings.account_id()}:{name}"


def _create_claim_workflow() -> None:
    review_queue = client("sqs").get_queue_url(QueueName=settings.queue("claim-reviews"))["QueueUrl"]
    definition = (INFRA / "claim.asl.json").read_text(encoding="utf-8")
    client("stepfunctions").create_state_machine(
        name=settings.claim_workflow(),
        definition=_substitute(definition, {"Prefix": settings.prefix(), "ReviewQueueUrl": review_queue}),
        roleArn=f"arn:aws:iam::{settings.account_id()}:role/{settings.claim_workflow()}",
    )


def _create_intake_batch_workflow() -> None:
    # moto warns at each execution that it counts no tolerated failures; the report counts the parts itself.
    logging.getLogger("moto.stepfunctions.parser.asl.parse.preprocessor").setLevel(logging.ERROR)
    definition = (INFRA / "intake_batch.asl.json").read_text(encoding="utf-8")
    values = {"Prefix": settings.prefix(), "IntakeBucketName": settings.bucket("intake")}
    client("stepfunctions").create_state_machine(
        name=settings.intake_batch_workflow(),
        definition=_substitute(definition, values),
        roleArn=f"arn:aws:iam::{settings.account_id()}:role/{settings.intake_batch_workflow()}",
    )


def _create_contributions_workflow() -> None:
    definition = (INFRA / "contributions.asl.json").read_text(encoding="utf-8")
    values = {"Prefix": settings.prefix(), "DocumentsBucketName": settings.bucket("documents")}
    client("stepfunctions").create_state_machine(
        name=settings.contributions_workflow(),
        definition=_substitute(definition, values),
        roleArn=f"arn:aws:iam::{settings.account_id()}:role/{settings.contributions_workflow()}",
    )


def _substitute(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    return text
