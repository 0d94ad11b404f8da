"""What mail servers would say of a mail that left: a bounce or a complaint, as SES tells it through SNS and SQS."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from chalicelib import settings
from chalicelib.gateways.mail import TAG, tag_of
from local.clients import client

EVENTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "bounce": ("Bounce", "bouncedRecipients", {"bounceType": "Permanent", "bounceSubType": "General"}),
    "transient": ("Bounce", "bouncedRecipients", {"bounceType": "Transient", "bounceSubType": "MailboxFull"}),
    "complaint": ("Complaint", "complainedRecipients", {"complaintFeedbackType": "abuse", "complaintSubType": None}),
}


@dataclass(frozen=True, slots=True)
class SentMail:
    """A mail that left: the message it carried, SES's id of it, to whom and when."""

    message_id: str
    mail_id: str
    recipient: str
    sent_at: datetime


def last_mail(recipient: str) -> SentMail:
    """The latest mail that left for an address.

    Errors: ``LookupError`` when none did.
    """
    found = client("dynamodb").scan(TableName=settings.table("outbox"))["Items"]
    documents = [json.loads(item["document"]["S"]) for item in found]
    sent = [
        SentMail(one["message_id"], one["mail_id"], one["recipient"], datetime.fromisoformat(one["sent_at"]))
        for one in documents
        if one.get("recipient") == recipient and one.get("mail_id") and one.get("sent_at")
    ]
    if not sent:
        raise LookupError(recipient)
    return max(sent, key=lambda one: one.sent_at)


def notification(sent: SentMail, kind: str, **changes: Any) -> dict[str, Any]:
    """The SNS notification that tells of a bounce, a passing failure or a complaint (``EVENTS``).

    Errors: ``KeyError`` for another kind.
    """
    name, listed, content = EVENTS[kind]
    told_at = sent.sent_at + timedelta(seconds=2)
    event = {
        "eventType": name,
        name.lower(): {
            "feedbackId": str(uuid4()),
            "timestamp": _moment(told_at),
            listed: [{"emailAddress": sent.recipient}],
            **content,
        },
        "mail": {
            "timestamp": _moment(sent.sent_at),
            "source": settings.insurer().mail_from,
            "sendingAccountId": settings.account_id(),
            "messageId": sent.mail_id,
            "destination": [sent.recipient],
            "headersTruncated": False,
            "tags": {TAG: [tag_of(sent.message_id)]},
        },
        **changes,
    }
    return {
        "Type": "Notification",
        "MessageId": str(uuid4()),
        "TopicArn": f"arn:aws:sns:{settings.region()}:{settings.account_id()}:{settings.queue('mail-feedback')}",
        "Subject": "Amazon SES Email Event Notification",
        "Message": json.dumps(event),
        "Timestamp": _moment(told_at),
    }


def report(recipient: str, kind: str) -> None:
    """Let the latest mail to an address come back, or be complained of.

    Errors: ``LookupError`` when no mail left for it, or for another kind.
    """
    deliver(notification(last_mail(recipient), kind))


def deliver(content: dict[str, Any]) -> None:
    """Put a notification on the queue, as SNS does."""
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=settings.queue("mail-feedback"))["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(content))


def _moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
