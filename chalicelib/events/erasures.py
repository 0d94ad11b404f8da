"""People to erase, a step to a message."""

from typing import Any

from chalice.app import Blueprint, SQSEvent

from chalicelib import settings
from chalicelib.events.entrypoint import process
from chalicelib.services import erasure

blueprint = Blueprint(__name__)


@blueprint.on_sqs_message(queue=settings.queue("erasures"), batch_size=1, name="erasures")
def erasures(event: SQSEvent) -> dict[str, Any]:
    """Take each erasure a step further."""
    return process(event.to_dict(), _step, function="erasures")


def _step(body: dict[str, Any]) -> None:
    """Take an erasure a step further.

    Errors: ``ValueError`` for a message that names nobody: it ends among the dead letters.
    """
    match body:
        case {"member_id": str(member_id)}:
            erasure.step(member_id)
        case _:
            raise ValueError("not a person to erase")
