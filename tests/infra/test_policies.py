"""What each function may do: named actions on named things, and what it needs to do them."""

import json
import re
from typing import Any

import pytest

from tests.infra.documents import FUNCTIONS, RESOURCES, declared, policy, several

ROLES = {
    name: one["Policies"][0]["PolicyDocument"]["Statement"]
    for name, one in declared("AWS::IAM::Role").items()
    if "Policies" in one
}
POLICIES: dict[str, list[dict[str, Any]]] = {name: policy(name) for name in FUNCTIONS} | ROLES
READERS = [name for name in FUNCTIONS if "s3:GetObject" in json.dumps(policy(name))]
WRITERS = [name for name in FUNCTIONS if "s3:PutObject" in json.dumps(policy(name))]


def _named(resource: dict[str, Any]) -> list[str]:
    """The resources of the template that a statement's resource refers to."""
    [(function, value)] = resource.items()
    if function == "Fn::GetAtt":
        return [value[0]]
    if function == "Ref":
        return [value]
    return [name.partition(".Arn")[0] for part in value.split("${")[1:] if "." in (name := part.partition("}")[0])]


def _granted(name: str, action: str) -> list[dict[str, Any]]:
    return [
        one
        for statement in POLICIES[name]
        if action in several(statement["Action"])
        for one in several(statement["Resource"])
    ]


@pytest.mark.parametrize("name", POLICIES)
def test_every_statement_allows_named_actions_on_named_resources(name: str) -> None:
    for statement in POLICIES[name]:
        assert statement["Effect"] == "Allow"
        assert not any("*" in action for action in several(statement["Action"])), statement["Sid"]
        for resource in several(statement["Resource"]):
            assert isinstance(resource, dict), f"{statement['Sid']}: {resource} is not built from a name of ours"
            if statement["Action"] == "sns:Publish":
                continue  # the number that an SMS goes to has no ARN, and is nobody's resource
            text = str(resource.get("Fn::Sub", ""))
            arn, _, key = text.partition("/")
            arn = re.sub(r"(:execution:[^*]+):\*$", r"\1", arn)  # any execution of one state machine of ours
            assert "*" not in arn, statement["Sid"]
            assert "*" not in key or key.split("*")[0], f"{statement['Sid']}: any object of the bucket"


@pytest.mark.parametrize("name", POLICIES)
def test_every_resource_is_one_that_we_declare(name: str) -> None:
    for statement in POLICIES[name]:
        for resource in several(statement["Resource"]):
            for one in _named(resource):
                assert one in RESOURCES or one == "AWS::", f"{statement['Sid']} names {one}"


@pytest.mark.parametrize("name", POLICIES)
def test_every_statement_says_something_of_its_own(name: str) -> None:
    sids = [one["Sid"] for one in POLICIES[name]]
    assert len(sids) == len(set(sids))
    grants = [
        (action, json.dumps(resource, sort_keys=True), json.dumps(one.get("Condition")))
        for one in POLICIES[name]
        for action in several(one["Action"])
        for resource in several(one["Resource"])
    ]
    assert len(grants) == len(set(grants))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_writes_its_own_log_and_no_other(name: str) -> None:
    """With a policy file of ours, Chalice no longer adds this."""
    short = "api" if name == "api_handler" else name
    [log] = _granted(name, "logs:PutLogEvents")
    assert log == _granted(name, "logs:CreateLogStream")[0]
    group = RESOURCES[_named(log)[0]]["Properties"]
    assert group["LogGroupName"] == {"Fn::Sub": f"/aws/lambda/espace-assure-${{Stage}}-{short}"}
    assert not _granted(name, "logs:CreateLogGroup")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_tables_key_is_opened_through_dynamodb_only(name: str) -> None:
    opened = [one["Condition"] for one in POLICIES[name] if one["Sid"] == "OpenTables"]
    through = {"StringEquals": {"kms:ViaService": {"Fn::Sub": "dynamodb.${AWS::Region}.amazonaws.com"}}}
    assert opened == [through]


@pytest.mark.parametrize("name", sorted({*READERS, *WRITERS}))
def test_whoever_handles_objects_may_use_their_key_through_s3_only(name: str) -> None:
    [statement] = [one for one in POLICIES[name] if one["Sid"] == "OpenObjects"]
    wanted = {"kms:Decrypt" if name in READERS else "", "kms:GenerateDataKey" if name in WRITERS else ""} - {""}
    assert set(several(statement["Action"])) == wanted
    assert statement["Resource"] == {"Fn::GetAtt": ["DataKey", "Arn"]}
    assert statement["Condition"] == {
        "StringEquals": {"kms:ViaService": {"Fn::Sub": "s3.${AWS::Region}.amazonaws.com"}}
    }


@pytest.mark.parametrize("name", READERS)
def test_whoever_reads_an_object_may_learn_that_there_is_none(name: str) -> None:
    """Without ``s3:ListBucket`` S3 answers « access denied » for an object that does not exist."""
    read = {_named(one)[0] for one in _granted(name, "s3:GetObject")}
    assert {_named(one)[0] for one in _granted(name, "s3:ListBucket")} == read


@pytest.mark.parametrize("name", [one for one in FUNCTIONS if _granted(one, "sqs:ReceiveMessage")])
def test_a_worker_takes_messages_from_its_own_queue(name: str) -> None:
    for action in ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"):
        [queue] = _granted(name, action)
        assert RESOURCES[_named(queue)[0]]["Properties"]["QueueName"] == {"Fn::Sub": f"espace-assure-${{Stage}}-{name}"}


def test_only_the_api_and_the_erasures_remove_people_s_identities_and_sessions() -> None:
    deleting = {name: {_named(one)[0] for one in _granted(name, "dynamodb:DeleteItem")} for name in FUNCTIONS}
    assert {name for name, tables in deleting.items() if tables & {"IdentitiesTable", "AccountsTable"}} == {
        "api_handler",
        "erasures",
    }


def test_browsers_may_send_files_to_the_upload_bucket_and_read_written_documents() -> None:
    """Presigned forms and links carry the API's own permissions."""
    sent = _granted("api_handler", "s3:PutObject")
    kept = [f"${{DocumentsBucket.Arn}}/{kind}/*" for kind in ("affiliation-files", "payroll-files")]  # what files said
    assert [one["Fn::Sub"] for one in sent] == [
        *kept, "${UploadsBucket.Arn}/payroll/*", "${UploadsBucket.Arn}/uploads/*",
    ]  # fmt: skip
    read = {one["Fn::Sub"] for one in _granted("api_handler", "s3:GetObject")}
    kinds = ["affiliation-files", "cards", "contracts", "contribution-runs", "contributions", "departures", "estimates"]
    kinds += ["exports", "mandates", "payroll-files", "personal-data", "pieces", "statements"]
    assert read == {f"${{DocumentsBucket.Arn}}/{kind}/*" for kind in kinds} | {"${BankBucket.Arn}/out/*"}


def test_no_scan_and_no_secret_text_in_the_wrong_hands() -> None:
    """Only who sends mails reads sealed fields; an IBAN, who prints the mandate or writes a file for the bank."""
    assert not any(_granted(name, "dynamodb:Scan") for name in FUNCTIONS)
    field = {"Fn::GetAtt": ["FieldsKey", "Arn"]}
    ibans = {"documents", "payment-batches", "contribution-debits"}
    assert {name for name in FUNCTIONS if field in _granted(name, "kms:Decrypt")} == {"outbox", *ibans}
    for name in ibans:
        [unseal] = [one for one in POLICIES[name] if (one["Action"], one["Resource"]) == ("kms:Decrypt", field)]
        assert unseal["Condition"] == {"StringEquals": {"kms:EncryptionContext:field": "iban"}}
