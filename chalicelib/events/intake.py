"""Files that the insurer drops into the intake bucket."""

from typing import Any

from chalice.app import Blueprint, SQSEvent

from chalicelib import settings
from chalicelib.events.entrypoint import process
from chalicelib.events.objects import each_object
from chalicelib.services import intake as service

blueprint = Blueprint(__name__)


@blueprint.on_sqs_message(queue=settings.queue("intake"), batch_size=1, name="intake")
def intake(event: SQSEvent) -> dict[str, Any]:
    """Handle each object that has arrived."""
    return process(event.to_dict(), each_object(service.receive), function="intake")
