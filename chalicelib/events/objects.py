"""S3 notifications as they arrive through SQS."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote_plus


def created_keys(body: dict[str, Any]) -> Iterator[str]:
    """The keys of the objects a notification announces, decoded; none for S3's own test message.

    Errors: ``KeyError`` for anything else: it ends among the dead letters.
    """
    if body.get("Event") == "s3:TestEvent":
        return
    for record in body["Records"]:
        yield unquote_plus(record["s3"]["object"]["key"])


def each_object(receive: Callable[[str], None]) -> Callable[[dict[str, Any]], None]:
    """A record handler that passes each announced object on."""

    def handle(body: dict[str, Any]) -> None:
        for key in created_keys(body):
            receive(key)

    return handle
