"""The bank: its files as they arrive, and the days on which files leave for it."""

from typing import Any

from chalice.app import Blueprint, CloudWatchEvent, Cron, SQSEvent

from chalicelib import settings
from chalicelib.events.entrypoint import process
from chalicelib.events.objects import each_object
from chalicelib.observability import log
from chalicelib.services import bank_returns as service
from chalicelib.services import direct_debits, payments

blueprint = Blueprint(__name__)


@blueprint.on_sqs_message(queue=settings.queue("bank-returns"), batch_size=1, name="bank-returns")
def bank_returns(event: SQSEvent) -> dict[str, Any]:
    """Read each file that the bank has left."""
    return process(event.to_dict(), each_object(service.receive), function="bank-returns")


@blueprint.schedule(Cron(0, 4, "*", "*", "?", "*"), name="payment-batches")
def payment_batches(event: CloudWatchEvent) -> None:
    """Write the day's files of transfers (M38)."""
    log("schedule", function="payment-batches", count=payments.run())


@blueprint.schedule(Cron(30, 4, "*", "*", "?", "*"), name="contribution-debits")
def contribution_debits(event: CloudWatchEvent) -> None:
    """Write the files of debits whose day comes near (H43)."""
    log("schedule", function="contribution-debits", count=direct_debits.run())
