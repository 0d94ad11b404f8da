"""Documents to write in the background."""

from typing import Any

from chalice.app import Blueprint, SQSEvent

from chalicelib import settings
from chalicelib.events.entrypoint import process
from chalicelib.services import document_jobs

blueprint = Blueprint(__name__)


@blueprint.on_sqs_message(queue=settings.queue("documents"), batch_size=5, name="documents")
def documents(event: SQSEvent) -> dict[str, Any]:
    """Write each document that is asked for."""
    return process(event.to_dict(), document_jobs.run, function="documents")
