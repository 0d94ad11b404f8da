"""Accesses to people's data, to keep in their journals."""

from typing import Any

from chalice.app import Blueprint, SQSEvent

from chalicelib import settings
from chalicelib.events.entrypoint import process
from chalicelib.services import journal as service

blueprint = Blueprint(__name__)


@blueprint.on_sqs_message(queue=settings.queue("journal"), batch_size=5, name="journal")
def journal(event: SQSEvent) -> dict[str, Any]:
    """Keep each access."""
    return process(event.to_dict(), _record, function="journal")


def _record(body: dict[str, Any]) -> None:
    """Keep an access.

    Errors: ``KeyError``, ``TypeError`` or ``ValueError`` for anything else: it ends among the dead letters.
    """
    match body:
        case {"consultation": dict(told), "member_ids": [*member_ids]}:
            service.record(told, [str(one) for one in member_ids])
        case _:
            raise ValueError("not an access to people's data")
