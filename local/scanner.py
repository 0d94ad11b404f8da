"""A malware scanner in GuardDuty's place: it finds the EICAR test file, and says so as GuardDuty does."""

import json
from typing import Any
from uuid import uuid4

from chalicelib import clock, settings
from local.clients import client

# In two parts, so that no scanner takes this source for the file it looks for.
TEST_VIRUS = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def scan(key: str) -> None:
    """Scan an object of the upload bucket and send the result to its queue; nothing for one that is gone."""
    s3 = client("s3")
    try:
        found = s3.get_object(Bucket=settings.bucket("uploads"), Key=key)
    except s3.exceptions.NoSuchKey:
        return
    infected = TEST_VIRUS in found["Body"].read()
    deliver(result(key, "THREATS_FOUND" if infected else "NO_THREATS_FOUND", etag=found["ETag"].strip('"')))


def result(key: str, status: str, *, etag: str) -> dict[str, Any]:
    """The event that tells the result of a scan."""
    threats = [{"name": "EICAR-Test-File (not a virus)"}] if status == "THREATS_FOUND" else None
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "GuardDuty Malware Protection Object Scan Result",
        "source": "aws.guardduty",
        "account": settings.account_id(),
        "time": clock.now().isoformat().replace("+00:00", "Z"),
        "region": settings.region(),
        "resources": [f"arn:aws:guardduty:{settings.region()}:{settings.account_id()}:malware-protection-plan/local"],
        "detail": {
            "schemaVersion": "1.0",
            "scanStatus": "SKIPPED" if status == "UNSUPPORTED" else "COMPLETED",
            "resourceType": "S3_OBJECT",
            "s3ObjectDetails": {
                "bucketName": settings.bucket("uploads"),
                "objectKey": key,
                "eTag": etag,
                "versionId": "local",
                "s3Throttled": False,
            },
            "scanResultDetails": {"scanResultStatus": status, "threats": threats},
        },
    }


def deliver(event: dict[str, Any]) -> None:
    """Put a result on the queue, as EventBridge does."""
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=settings.queue("scans"))["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(event))
