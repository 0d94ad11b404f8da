"""What GuardDuty found in the files that people have sent: events of EventBridge, in SQS messages."""

from typing import Any

from chalice.app import Blueprint, SQSEvent

from chalicelib import settings
from chalicelib.events.entrypoint import process
from chalicelib.services import uploads as service

blueprint = Blueprint(__name__)

DETAIL_TYPE = "GuardDuty Malware Protection Object Scan Result"


@blueprint.on_sqs_message(queue=settings.queue("scans"), batch_size=5, name="scans")
def scans(event: SQSEvent) -> dict[str, Any]:
    """Handle each result."""
    return process(event.to_dict(), _handle, function="scans")


def _handle(body: dict[str, Any]) -> None:
    """Pass a result on.

    Errors: ``KeyError``, ``TypeError`` or ``ValueError`` for anything else: it ends among the dead letters.
    """
    if body["detail-type"] != DETAIL_TYPE:
        raise ValueError("not the result of a scan")
    scanned = body["detail"]["s3ObjectDetails"]
    if scanned["bucketName"] != settings.bucket("uploads"):
        raise ValueError("the result of a scan of another bucket")
    result = body["detail"]["scanResultDetails"]["scanResultStatus"]
    service.scanned(scanned["objectKey"], result, etag=scanned["eTag"])
