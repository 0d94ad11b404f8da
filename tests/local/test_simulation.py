"""Threads that write at the same time lose nothing, and a new stack remembers nothing of the one before."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import boto3
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
