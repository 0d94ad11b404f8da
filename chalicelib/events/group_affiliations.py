"""Employees to affiliate by file, a part of a file to a message."""

from typing import Any

from chalice.app import Blueprint, SQSEvent

from chalicelib import settings
from chalicelib.events.entrypoint import process
from chalicelib.services import group_affiliation

blueprint = Blueprint(__name__)


@blueprint.on_sqs_message(queue=settings.queue("group-affiliations"), batch_size=1, name="group-affiliations")
def group_affiliations(event: SQSEvent) -> dict[str, Any]:
    """Apply each part."""
    return process(event.to_dict(), _apply, function="group-affiliations")


def _apply(body: dict[str, Any]) -> None:
    """Apply a part.

    Errors: ``ValueError`` for a message that names none: it ends among the dead letters.
    """
    match body:
        case {"company_id": str(company_id), "file_id": str(file_id), "part": int(part)}:
            group_affiliation.apply_part(company_id, file_id, part)
        case _:
            raise ValueError("not a part of a file")
