"""Claims whose execution waits for an agent."""

from typing import Any

from chalice.app import Blueprint, SQSEvent

from chalicelib import settings
from chalicelib.events.entrypoint import process
from chalicelib.services import claim_workflow

blueprint = Blueprint(__name__)


def _handle(body: dict[str, Any]) -> None:
    claim_workflow.await_decision(body["claim_id"], body["version"], body["task_token"])


@blueprint.on_sqs_message(queue=settings.queue("claim-reviews"), batch_size=5, name="claim-reviews")
def claim_reviews(event: SQSEvent) -> dict[str, Any]:
    """Put each claim before the agents."""
    return process(event.to_dict(), _handle, function="claim-reviews")
