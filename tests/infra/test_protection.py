"""What stands around the system: the firewall, the gateway's log, malware scans, failures of scheduled runs, access."""

import json
import re
from typing import Any

from tests.infra.documents import RESOURCES, TEMPLATE, declared, several

# Before a star, a resource names something of this stage, or GuardDuty's own rule.
OURS = re.compile(r"espace-assure-\$\{Stage\}-\w|\$\{\w+\.Arn\}/\w|:rule/DO-NOT-DELETE-")


def _statements(template: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every statement of every role and policy, with the name of its resource."""
    found = []
    for name, one in template["Resources"].items():
        properties = one["Properties"]
        documents = [of["PolicyDocument"] for of in properties.get("Policies", ()) if "PolicyDocument" in of]
        documents += [properties["PolicyDocument"]] if one["Type"] == "AWS::IAM::Policy" else []
        found += [(name, statement) for document in documents for statement in document["Statement"]]
    return found


def test_nobody_may_do_something_to_everything(template: dict[str, Any]) -> None:
    statements = _statements(template)
    assert len(statements) > 100
    for name, statement in statements:
        assert not any("*" in action for action in several(statement["Action"])), (name, statement)
        if statement["Action"] == "sns:Publish":
            continue  # the number that an SMS goes to has no ARN, and is nobody's resource
        for resource in several(statement["Resource"]):
            text = resource if isinstance(resource, str) else str(resource.get("Fn::Sub", ""))
            named, star, _ = text.partition("*")
            assert not star or OURS.search(named), (name, statement)


def test_everything_that_keeps_data_is_encrypted() -> None:
    ours = {"Fn::GetAtt": ["DataKey", "Arn"]}
    for table in declared("AWS::DynamoDB::Table").values():
        assert table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": ours}
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    for topic in declared("AWS::SNS::Topic").values():
        assert topic["KmsMasterKeyId"] == {"Ref": "DataKey"}
    for queue in declared("AWS::SQS::Queue").values():
        assert queue["SqsManagedSseEnabled"] is True


def test_the_firewall_stands_before_the_api() -> None:
    [association] = declared("AWS::WAFv2::WebACLAssociation").values()
    assert association["WebACLArn"] == {"Fn::GetAtt": ["ApiFirewall", "Arn"]}
    assert association["ResourceArn"]["Fn::Sub"].endswith("::/restapis/${RestAPI}/stages/${RestAPI.Stage}")


def test_the_firewall_knows_common_attacks_and_stops_floods() -> None:
    [firewall] = declared("AWS::WAFv2::WebACL").values()
    statements = [rule["Statement"] for rule in firewall["Rules"]]
    managed = {one["ManagedRuleGroupStatement"]["Name"] for one in statements if "ManagedRuleGroupStatement" in one}
    assert managed == {"AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet"}
    [flood] = [one["RateBasedStatement"] for one in statements if "RateBasedStatement" in one]
    assert flood["AggregateKeyType"] == "IP"
    assert [rule["Priority"] for rule in firewall["Rules"]] == list(range(len(statements)))


def test_a_request_as_large_as_the_api_takes_passes_the_firewall() -> None:
    """The common rules refuse bodies over 8 KB; the API reads 256."""
    [firewall] = declared("AWS::WAFv2::WebACL").values()
    [common] = [
        group
        for rule in firewall["Rules"]
        if (group := rule["Statement"].get("ManagedRuleGroupStatement", {})).get("Name", "").endswith("CommonRuleSet")
    ]
    assert common["RuleActionOverrides"] == [{"Name": "SizeRestrictions_BODY", "ActionToUse": {"Count": {}}}]


def test_the_firewall_keeps_no_samples_of_requests() -> None:
    """They hold sessions and addresses (M118)."""
    [firewall] = declared("AWS::WAFv2::WebACL").values()
    seen = [firewall["VisibilityConfig"], *(rule["VisibilityConfig"] for rule in firewall["Rules"])]
    assert {one["SampledRequestsEnabled"] for one in seen} == {False}


def test_the_gateway_s_log_says_nothing_about_a_person() -> None:
    """No address, no path with identifiers, nothing of the session (M118)."""
    log = RESOURCES["RestAPI"]["Properties"]["AccessLogSetting"]
    assert log["DestinationArn"] == {"Fn::GetAtt": ["ApiAccessLogs", "Arn"]}
    noted = set(json.loads(log["Format"]).values())
    assert noted == {
        "$context.requestId",
        "$context.requestTimeEpoch",
        "$context.httpMethod",
        "$context.resourcePath",
        "$context.status",
        "$context.responseLatency",
        "$context.integrationLatency",
        "$context.integrationStatus",
        "$context.responseLength",
        "$context.error.responseType",
        "$context.wafResponseCode",
    }


def test_gateways_may_still_write_logs_when_one_stage_is_deleted() -> None:
    """The role is a setting of the whole account and region."""
    for name in ("GatewayAccount", "GatewayLogsRole"):
        assert RESOURCES[name]["DeletionPolicy"] == RESOURCES[name]["UpdateReplacePolicy"] == "Retain"
    assert RESOURCES["RestAPI"]["DependsOn"] == ["GatewayAccount"]


def test_sent_files_are_scanned_where_people_send_their_own() -> None:
    plan = RESOURCES["UploadsMalwareProtection"]
    assert plan["Properties"]["ProtectedResource"] == {
        "S3Bucket": {"BucketName": {"Ref": "UploadsBucket"}, "ObjectPrefixes": ["uploads/"]}
    }
    stages = [one["Fn::Equals"][1] for one in TEMPLATE["Conditions"][plan["Condition"]]["Fn::Or"]]
    assert stages == ["staging", "prod"]
    assert RESOURCES[plan["Properties"]["Role"]["Fn::GetAtt"][0]]["Condition"] == plan["Condition"]
    told = RESOURCES["UploadsBucket"]["Properties"]["NotificationConfiguration"]
    assert told["EventBridgeConfiguration"] == {"EventBridgeEnabled": True}


def test_what_a_scheduled_run_fails_at_is_kept(template: dict[str, Any]) -> None:
    resources = template["Resources"]
    scheduled = {
        name
        for name, one in resources.items()
        if any(event["Type"] == "Schedule" for event in one["Properties"].get("Events", {}).values())
    }
    reported = {one["FunctionName"]["Ref"]: one for one in declared("AWS::Lambda::EventInvokeConfig").values()}
    assert reported.keys() == scheduled
    kept = {"OnFailure": {"Destination": {"Fn::GetAtt": ["SchedulesDeadLetters", "Arn"]}}}
    assert all(one["DestinationConfig"] == kept for one in reported.values())
    permission = resources["SchedulesMayReportFailures"]["Properties"]
    roles = {resources[name]["Properties"]["Role"]["Fn::GetAtt"][0] for name in scheduled}
    assert {one["Ref"] for one in permission["Roles"]} == roles


def test_what_stops_the_mails_to_an_address_is_ours_alone() -> None:
    """SES's own list would go on refusing an address that an agent has vouched for."""
    [configuration] = declared("AWS::SES::ConfigurationSet").values()
    assert configuration["SuppressionOptions"] == {"SuppressedReasons": []}
    assert configuration["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}
    variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["ESPACE_MAIL_CONFIGURATION"] == {"Ref": "MailConfiguration"}
