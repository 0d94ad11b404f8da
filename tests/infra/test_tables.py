"""The tables are those the storage modules read and write."""

import importlib
import pkgutil
from typing import Any

import pytest
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer
from pynamodb.attributes import NumberAttribute
from pynamodb.models import Model

from chalicelib import settings, storage
from chalicelib.storage import rows
from tests.infra.documents import declared

TABLES = {
    one["TableName"]["Fn::Sub"].partition("${Stage}-")[2]: one for one in declared("AWS::DynamoDB::Table").values()
}
WITHOUT_MODEL = {"idempotency"}


def _models() -> dict[str, type[Model]]:
    for module in pkgutil.iter_modules(storage.__path__):
        importlib.import_module(f"{storage.__name__}.{module.name}")
    found: list[type[Model]] = [rows.Row]
    for one in found:
        found.extend(one.__subclasses__())
    mine = [one for one in found if one.__module__.startswith(f"{storage.__name__}.") and hasattr(one, "Meta")]
    return {one.Meta.table_name.removeprefix(settings.table("")): one for one in mine}


MODELS = _models()


def _in_template_words(schema: Any) -> Any:
    """A PynamoDB schema in CloudFormation's spelling: ``key_schema`` is ``KeySchema``."""
    if isinstance(schema, dict):
        return {_in_template_spelling(key): _in_template_words(one) for key, one in schema.items()}
    return [_in_template_words(one) for one in schema] if isinstance(schema, list) else schema


def _in_template_spelling(key: str) -> str:
    return key if key[0].isupper() else "".join(part.capitalize() for part in key.split("_"))


def _by_name(definitions: list[dict[str, str]], name: str = "AttributeName") -> dict[str, dict[str, str]]:
    return {one[name]: one for one in definitions}


def test_there_is_a_table_for_each_model_and_no_other() -> None:
    assert TABLES.keys() - WITHOUT_MODEL == MODELS.keys()


@pytest.mark.parametrize("name", MODELS)
def test_keys_indexes_and_projections_are_those_of_the_model(name: str) -> None:
    wanted = _in_template_words(MODELS[name]._get_schema())
    table = TABLES[name]
    assert _by_name(table["AttributeDefinitions"]) == _by_name(wanted["AttributeDefinitions"])
    assert _by_name(table["KeySchema"]) == _by_name(wanted["KeySchema"])
    indexes = _by_name(table.get("GlobalSecondaryIndexes", []), "IndexName")
    assert indexes.keys() == {one["IndexName"] for one in wanted["GlobalSecondaryIndexes"]}
    for index in wanted["GlobalSecondaryIndexes"]:
        assert _by_name(indexes[index["IndexName"]]["KeySchema"]) == _by_name(index["KeySchema"])
        assert indexes[index["IndexName"]]["Projection"] == index["Projection"]


@pytest.mark.parametrize("name", MODELS)
def test_what_expires_in_a_model_expires_in_its_table(name: str) -> None:
    expires = MODELS[name].get_attributes().get("expires")
    declaration = TABLES[name].get("TimeToLiveSpecification")
    wanted = {"AttributeName": "expires", "Enabled": True} if isinstance(expires, NumberAttribute) else None
    assert declaration == wanted


def test_the_idempotency_table_is_the_one_that_the_layer_expects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", settings.region())
    layer = DynamoDBPersistenceLayer(table_name=settings.table("idempotency"))
    table = TABLES["idempotency"]
    assert table["KeySchema"] == [{"AttributeName": layer.key_attr, "KeyType": "HASH"}]
    assert table["TimeToLiveSpecification"] == {"AttributeName": layer.expiry_attr, "Enabled": True}


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_encrypted_with_our_key_restorable_and_kept(name: str) -> None:
    table = TABLES[name]
    assert table["SSESpecification"] == {
        "SSEEnabled": True,
        "SSEType": "KMS",
        "KMSMasterKeyId": {"Fn::GetAtt": ["DataKey", "Arn"]},
    }
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["DeletionProtectionEnabled"] == {"Fn::If": ["Durable", True, False]}
    assert table["BillingMode"] == "PAY_PER_REQUEST"
