"""The functions' IAM policies, enforced on the local stack as AWS enforces them.

    with Stack(load_app), enforced() as refusals:
        ...

A call that the policy of the running function does not allow is refused with AWS's own error. Presigned forms are not
seen: they are made without a call.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from fnmatch import fnmatchcase
from typing import Any
from unittest import mock

from botocore.client import BaseClient
from botocore.exceptions import ClientError
from werkzeug.wrappers import Request, Response

from chalicelib import settings
from local.clients import MARK, client
from local.functions import Functions
from local.gateway import Gateway
from tests.infra.documents import FUNCTIONS, RESOURCES, policy, several

PREFIXES = {"stepfunctions": "states"}
SAME_PERMISSION = {"s3:HeadObject": "s3:GetObject"}
TRANSACTED = {
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Put": "dynamodb:PutItem",
    "Delete": "dynamodb:DeleteItem",
    "Update": "dynamodb:UpdateItem",
}
NAMED_BY = {
    "AWS::DynamoDB::Table": ("TableName", "arn:aws:dynamodb:{region}:{account}:table/{name}"),
    "AWS::SQS::Queue": ("QueueName", "arn:aws:sqs:{region}:{account}:{name}"),
    "AWS::S3::Bucket": ("BucketName", "arn:aws:s3:::{name}"),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", "arn:aws:states:{region}:{account}:stateMachine:{name}"),
    "AWS::Logs::LogGroup": ("LogGroupName", "arn:aws:logs:{region}:{account}:log-group:{name}:*"),
}

Need = tuple[str, str]

_running: ContextVar[str] = ContextVar("running function", default="")


@contextmanager
def enforced() -> Iterator[list[str]]:
    """While this lasts, each function may do what its policy allows; gives the refusals, as they come."""
    refusals: list[str] = []
    grants = {name: _grants(name) for name in FUNCTIONS}
    run, answer, emit = Functions.run, Gateway.answer, BaseClient._emit_api_params

    def run_as(functions: Functions, name: str, event: dict[str, Any]) -> Any:
        with acting_as(name):
            return run(functions, name, event)

    def answer_as_api(gateway: Gateway, request: Request) -> Response:
        with acting_as("api_handler"):
            return answer(gateway, request)

    def check(caller: Any, api_params: Any, operation_model: Any, context: Any) -> Any:
        name = _running.get()
        presigned_form = operation_model.name == "CreateBucket"  # how botocore finds where a form goes
        if name and not presigned_form and MARK not in (caller.meta.config.user_agent_extra or ""):
            for action, resource in _requests(operation_model, api_params):
                if not any(_matches(grant, action, resource) for grant in grants[name]):
                    refusals.append(f"{name} is not authorized to perform: {action} on resource: {resource}")
                    error = {"Code": "AccessDeniedException", "Message": refusals[-1]}
                    raise ClientError({"Error": error}, operation_model.name)
        return emit(caller, api_params, operation_model, context)

    with (
        mock.patch.object(Functions, "run", run_as),
        mock.patch.object(Gateway, "answer", answer_as_api),
        mock.patch.object(BaseClient, "_emit_api_params", check),
    ):
        yield refusals


@contextmanager
def acting_as(name: str) -> Iterator[None]:
    """What is called meanwhile is called by this function."""
    token = _running.set(name)
    try:
        yield
    finally:
        _running.reset(token)


def _matches(grant: Need, action: str, resource: str) -> bool:
    return grant[0] == action and fnmatchcase(resource, grant[1])


def _grants(name: str) -> list[Need]:
    keys = _key_arns()
    return [
        (action, _resolved(resource, keys))
        for statement in policy(name)
        for action in several(statement["Action"])
        for resource in several(statement["Resource"])
    ]


def _resolved(resource: Mapping[str, Any], keys: Mapping[str, str]) -> str:
    [(function, value)] = resource.items()
    if function in {"Ref", "Fn::GetAtt"}:
        return _arn(value if function == "Ref" else value[0], keys)
    if value == "*":
        return "*"
    if value.startswith("${"):
        name, _, rest = value.removeprefix("${").partition(".Arn}")
        return f"{_arn(name, keys)}{rest}"
    return _identity(settings.insurer().mail_from)


def _arn(logical_id: str, keys: Mapping[str, str]) -> str:
    if logical_id in keys:
        return keys[logical_id]
    resource = RESOURCES[logical_id]
    named_by, pattern = NAMED_BY[resource["Type"]]
    name = str(resource["Properties"][named_by]["Fn::Sub"]).replace("espace-assure-${Stage}", settings.prefix())
    name = name.replace("${BucketSuffix}", settings.bucket("").removeprefix(f"{settings.prefix()}-"))
    return pattern.format(region=settings.region(), account=settings.account_id(), name=name)


def _key_arns() -> dict[str, str]:
    """The keys of the template, by an ARN that stands for them here: that of their alias."""
    aliases = {name: one for name, one in RESOURCES.items() if one.get("Type") == "AWS::KMS::Alias"}
    return {
        one["Properties"]["TargetKeyId"]["Ref"]: one["Properties"]["AliasName"]["Fn::Sub"].replace(
            "espace-assure-${Stage}", settings.prefix()
        )
        for one in aliases.values()
    }


def _requests(operation: Any, params: Mapping[str, Any]) -> Iterator[Need]:
    """The actions that a call needs to be allowed, each on a resource."""
    service = operation.service_model.service_name
    action = f"{PREFIXES.get(service, service)}:{operation.name}"
    if operation.name == "TransactWriteItems":
        for item in params["TransactItems"]:
            [(kind, one)] = item.items()
            yield TRANSACTED[kind], _table(one["TableName"])
    elif operation.name == "BatchGetItem":
        for table in params["RequestItems"]:
            yield action, _table(table)
    else:
        yield SAME_PERMISSION.get(action, action), RESOURCE_OF[service](params)


def _table(name: str, index: str | None = None) -> str:
    arn = f"arn:aws:dynamodb:{settings.region()}:{settings.account_id()}:table/{name}"
    return f"{arn}/index/{index}" if index else arn


def _queue(params: Mapping[str, Any]) -> str:
    name = params.get("QueueName") or str(params["QueueUrl"]).rpartition("/")[2]
    return f"arn:aws:sqs:{settings.region()}:{settings.account_id()}:{name}"


def _key(params: Mapping[str, Any]) -> str:
    given = str(params.get("KeyId", ""))
    if given.startswith("alias/"):
        return given
    aliases = client("kms").list_aliases()["Aliases"]
    return next(one["AliasName"] for one in aliases if one.get("TargetKeyId") == given.rpartition("/")[2])


def _identity(sender: str) -> str:
    return f"arn:aws:ses:{settings.region()}:{settings.account_id()}:identity/{sender.rpartition('@')[2]}"


def _machine(params: Mapping[str, Any]) -> str:
    """A task token tells AWS which machine it belongs to; there is one here."""
    ours = f"arn:aws:states:{settings.region()}:{settings.account_id()}:stateMachine:{settings.claim_workflow()}"
    return str(params.get("stateMachineArn", ours))


RESOURCE_OF: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "dynamodb": lambda params: _table(params["TableName"], params.get("IndexName")),
    "s3": lambda params: f"arn:aws:s3:::{params['Bucket']}/{params['Key']}",
    "sqs": _queue,
    "kms": _key,
    "stepfunctions": _machine,
    "ses": lambda params: _identity(params["Source"]),
    "sns": lambda params: str(params["PhoneNumber"]),
}
