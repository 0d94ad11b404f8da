"""Sending to SQS queues, by name."""

import json
from functools import cache
from typing import Any

from chalicelib import settings
from chalicelib.gateways.aws import client


@cache
def url(name: str) -> str:
    """The URL of one of our queues."""
    return str(client("sqs").get_queue_url(QueueName=settings.queue(name))["QueueUrl"])


def send(name: str, body: dict[str, Any]) -> None:
    """Put one message on a queue."""
    client("sqs").send_message(QueueUrl=url(name), MessageBody=json.dumps(body))
