"""Threads that write at the same time lose nothing, and a new stack remembers nothing of the one before."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from chalicelib import clock, settings
from chalicelib.gateways import queues
from local.stack import Stack


def test_simultaneous_transactions_lose_no_write(stack: Stack) -> None:
    dynamodb = boto3.client("dynamodb")
    table = settings.table("counters")

    def put(name: str) -> bool:
        """One transaction in three fails, which makes the simulation put the table back."""
        condition = {"ConditionExpression": "attribute_exists(counter)"} if name.endswith("0") else {}
        item = {"Put": {"TableName": table, "Item": {"counter": {"S": name}}, **condition}}
        try:
            dynamodb.transact_write_items(TransactItems=[item])
        except ClientError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        done = sum(pool.map(put, [f"{number}-{number % 3}" for number in range(150)]))
    assert done == 100
    assert dynamodb.scan(TableName=table, Select="COUNT")["Count"] == 100


def test_simultaneous_messages_all_arrive(stack: Stack) -> None:
    with ThreadPoolExecutor(8) as pool:
        sending = [pool.submit(queues.send, "uploads", {"text": str(number)}) for number in range(100)]
        for _ in range(10):
            stack.drain()
    assert all(one.exception() is None for one in sending)
    stack.drain()
    assert len(stack.functions.handled) > 0
    delivered = [record["body"] for run in stack.functions.handled for record in run.event["Records"]]
    assert len(delivered) == len(set(delivered)) == 100


def test_emptying_forgets_everything(stack: Stack) -> None:
    boto3.client("s3").put_object(Bucket=settings.bucket("documents"), Key="a", Body=b"a")
    boto3.client("dynamodb").put_item(TableName=settings.table("counters"), Item={"counter": {"S": "a"}})
    queues.send("uploads", {"text": "a"})
    stack.advance(timedelta(hours=72))
    ahead = clock.now()
    stack.empty()
    assert ahead - clock.now() > timedelta(hours=71)
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket=settings.bucket("documents"))
    assert boto3.client("dynamodb").scan(TableName=settings.table("counters"))["Count"] == 0
    stack.drain()
    assert not stack.functions.handled


def test_a_transaction_that_fails_leaves_every_item_as_it_was(stack: Stack) -> None:
    dynamodb = boto3.client("dynamodb")
    table = settings.table("counters")
    for name in ("updated", "deleted", "replaced"):
        dynamodb.put_item(TableName=table, Item={"counter": {"S": name}, "value": {"N": "1"}})
    before = dynamodb.scan(TableName=table)["Items"]
    set_to_2 = {"UpdateExpression": "SET #v = :v", "ExpressionAttributeNames": {"#v": "value"}}
    writes: list[dict[str, dict[str, Any]]] = [
        {"Update": {"Key": {"counter": {"S": "updated"}}, **set_to_2, "ExpressionAttributeValues": {":v": {"N": "2"}}}},
        {"Delete": {"Key": {"counter": {"S": "deleted"}}}},
        {"Put": {"Item": {"counter": {"S": "replaced"}, "value": {"N": "2"}}}},
        {"Put": {"Item": {"counter": {"S": "new"}}}},
        {"Put": {"Item": {"counter": {"S": "other"}}, "ConditionExpression": "attribute_exists(document)"}},
    ]
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.transact_write_items(
            TransactItems=[{kind: {"TableName": table, **one}} for write in writes for kind, one in write.items()]
        )
    assert dynamodb.scan(TableName=table)["Items"] == before


def test_an_index_follows_every_write(stack: Stack) -> None:
    """An item is found by its present value, and by no other, however it was written."""
    dynamodb = boto3.client("dynamodb")
    dynamodb.create_table(
        TableName="indexed",
        KeySchema=[{"AttributeName": "part", "KeyType": "HASH"}, {"AttributeName": "name", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("part", "name", "colour")],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_colour",
                "KeySchema": [{"AttributeName": "colour", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )

    def of(colour: str) -> list[str]:
        found = dynamodb.query(
            TableName="indexed",
            IndexName="by_colour",
            KeyConditionExpression="colour = :c",
            ExpressionAttributeValues={":c": {"S": colour}},
        )
        return sorted(item["name"]["S"] for item in found["Items"])

    def put(name: str, **attributes: str) -> None:
        item = {"part": "a", "name": name} | attributes
        dynamodb.put_item(TableName="indexed", Item={key: {"S": value} for key, value in item.items()})

    assert of("red") == []
    put("one", colour="red")
    put("two", colour="red")
    put("none")
    assert (of("red"), of("blue")) == (["one", "two"], [])
    put("one", colour="blue")
    assert (of("red"), of("blue")) == (["two"], ["one"])
    dynamodb.update_item(
        TableName="indexed",
        Key={"part": {"S": "a"}, "name": {"S": "none"}},
        UpdateExpression="SET colour = :c",
        ExpressionAttributeValues={":c": {"S": "blue"}},
    )
    assert of("blue") == ["none", "one"]
    dynamodb.delete_item(TableName="indexed", Key={"part": {"S": "a"}, "name": {"S": "one"}})
    put("two")
    assert (of("red"), of("blue")) == ([], ["none"])
