"""Files of payroll that companies have sent: sheets of salaries and DSN."""

from typing import Any

from chalice.app import Blueprint, SQSEvent

from chalicelib import settings
from chalicelib.events.entrypoint import process
from chalicelib.events.objects import each_object
from chalicelib.services import payroll_files as service

blueprint = Blueprint(__name__)


@blueprint.on_sqs_message(queue=settings.queue("payroll-files"), batch_size=1, name="payroll-files")
def payroll_files(event: SQSEvent) -> dict[str, Any]:
    """Check each file that has arrived."""
    return process(event.to_dict(), each_object(service.receive), function="payroll-files")
