"""Files that people have sent."""

from typing import Any

from chalice.app import Blueprint, SQSEvent

from chalicelib import settings
from chalicelib.events.entrypoint import process
from chalicelib.events.objects import each_object
from chalicelib.services import uploads as service

blueprint = Blueprint(__name__)


@blueprint.on_sqs_message(queue=settings.queue("uploads"), batch_size=5, name="uploads")
def uploads(event: SQSEvent) -> dict[str, Any]:
    """Handle each object that has arrived."""
    return process(event.to_dict(), each_object(service.receive), function="uploads")
