"""A policy grants what the function's code can reach: nothing is missing, nothing is left over."""

import pytest

from tests.infra.documents import FUNCTIONS, RESOURCES, policy, several
from tests.infra.reach import Permission, needed

# Asked for by Powertools' idempotency layer, which keeps one delivery of a message apart from another.
OF_LIBRARIES = {
    "outbox": {(f"dynamodb:{action}Item", "idempotency") for action in ("Get", "Put", "Update", "Delete")},
}
# What the event source and the log need, and what comes with reading an object; ``test_policies`` looks at these.
BESIDE = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "s3:ListBucket"}


def _short(logical_id: str) -> str:
    """``MembersTable`` is ``members``, ``PaymentOrdersTable`` is ``payment-orders``."""
    resource = RESOURCES[logical_id]
    names = [value["Fn::Sub"] for key, value in resource["Properties"].items() if key.endswith("Name")]
    if resource["Type"] == "AWS::KMS::Key":
        aliases = [one["Properties"] for one in RESOURCES.values() if one.get("Type") == "AWS::KMS::Alias"]
        names = [one["AliasName"]["Fn::Sub"] for one in aliases if one["TargetKeyId"] == {"Ref": logical_id}]
    return str(names[0]).partition("${Stage}-")[2].removesuffix("${BucketSuffix}")


def _target(resource: dict) -> str:
    [(function, value)] = resource.items()
    if function == "Fn::Sub":
        if value == "*":
            return "sms"
        if ":ses:" in value:
            return "mail"
        if ":bedrock:" in value:
            return "model"
        name, _, rest = value.removeprefix("${").partition(".Arn}")
        index = rest.removeprefix("/index/") if rest.startswith("/index/") else ""
        return f"{_short(name)}/{index}" if index else _short(name)
    return _short(value if function == "Ref" else value[0])


def _granted(function: str) -> set[Permission]:
    return {
        (action, _target(resource))
        for statement in policy(function)
        if statement["Sid"] not in {"WriteLogs", "OpenTables", "OpenObjects"}
        for action in several(statement["Action"])
        if action not in BESIDE
        for resource in several(statement["Resource"])
    }


@pytest.fixture(scope="module")
def wanted() -> dict[str, set[Permission]]:
    """What each function's code can reach."""
    import app

    return needed(app.app)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_policy_grants_what_the_code_can_reach_and_no_more(function: str, wanted: dict[str, set[Permission]]) -> None:
    expected = wanted[function] | OF_LIBRARIES.get(function, set())
    granted = _granted(function)
    assert sorted(expected - granted) == [], "missing"
    assert sorted(granted - expected) == [], "left over"
