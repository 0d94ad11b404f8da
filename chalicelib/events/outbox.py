"""Messages to send.

The idempotency layer keeps two deliveries of one message apart while it is being sent; what was sent is recorded in the
outbox itself.
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from chalice.app import Blueprint, SQSEvent

from chalicelib import settings
from chalicelib.events.entrypoint import process
from chalicelib.services import messages

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig
    from aws_lambda_powertools.utilities.typing import LambdaContext

blueprint = Blueprint(__name__)

REMEMBERED_SECONDS = 600


@cache
def _once() -> tuple[Callable[..., Any], "IdempotencyConfig"]:
    from aws_lambda_powertools.utilities.idempotency import (  # noqa: PLC0415 - as in entrypoint.py
        DynamoDBPersistenceLayer,
        IdempotencyConfig,
        idempotent_function,
    )

    config = IdempotencyConfig(expires_after_seconds=REMEMBERED_SECONDS, raise_on_no_idempotency_key=True)
    layer = DynamoDBPersistenceLayer(table_name=settings.table("idempotency"))

    def deliver(*, delivery: dict[str, Any]) -> dict[str, str]:
        return {"state": messages.deliver(delivery["message_id"])}

    guarded = idempotent_function(deliver, data_keyword_argument="delivery", persistence_store=layer, config=config)
    return guarded, config


@blueprint.on_sqs_message(queue=settings.queue("outbox"), batch_size=10, name="outbox")
def outbox(event: SQSEvent) -> dict[str, Any]:
    """Send each message that waits."""
    deliver, config = _once()
    config.register_lambda_context(cast("LambdaContext", event.context))

    def handle(body: dict[str, Any]) -> None:
        deliver(delivery={"message_id": body["message_id"], "attempt": body["attempt"]})

    return process(event.to_dict(), handle, function="outbox")
