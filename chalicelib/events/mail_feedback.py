"""What SES tells of the mails that left: events of its configuration set, in SNS notifications, in SQS messages."""

import json
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from chalice.app import Blueprint, SQSEvent

from chalicelib import settings
from chalicelib.events.entrypoint import process
from chalicelib.services import mail_feedback as service

blueprint = Blueprint(__name__)

GREETING = "Successfully validated SNS topic"
HARMLESS = {"not-spam"}
RECIPIENTS = {"Bounce": ("bounce", "bouncedRecipients"), "Complaint": ("complaint", "complainedRecipients")}


@blueprint.on_sqs_message(queue=settings.queue("mail-feedback"), batch_size=10, name="mail-feedback")
def mail_feedback(event: SQSEvent) -> dict[str, Any]:
    """Record what each notification says."""
    return process(event.to_dict(), _handle, function="mail-feedback")


def _handle(notification: dict[str, Any]) -> None:
    """Pass a report on; SES also sends one sentence when it is first given the topic.

    Errors: ``KeyError``, ``TypeError`` or ``ValueError`` for anything else: it ends among the dead letters.
    """
    message: str = notification["Message"]
    if not message.startswith(GREETING):
        service.receive(report_of(json.loads(message)))


def report_of(event: dict[str, Any]) -> service.Report:
    """The report that a bounce or a complaint of SES makes.

    Errors: ``KeyError``, ``TypeError`` or ``ValueError`` for what is neither, or incomplete.
    """
    mail = event["mail"]
    part, listed = RECIPIENTS[event["eventType"]]
    content = event[part]
    sent_at = datetime.fromisoformat(mail["timestamp"])
    if sent_at.tzinfo is None:
        raise ValueError("the moment of sending has no time zone")
    return service.Report(
        feedback=_feedback(event["eventType"], content),
        detail=f"{content.get('bounceType', part)}/{content.get('bounceSubType', '')}",
        mail_id=str(mail["messageId"]),
        tags=mail.get("tags", {}),
        sent_at=sent_at,
        addresses=_addresses(mail["destination"], [one["emailAddress"] for one in content[listed]]),
    )


def _feedback(kind: str, content: dict[str, Any]) -> str:
    if kind == "Complaint":
        return "transient" if content.get("complaintFeedbackType") in HARMLESS else "complaint"
    return "bounce" if content["bounceType"] == "Permanent" else "transient"


def _addresses(destination: list[str], named: list[str]) -> frozenset[str]:
    """Those concerned; a mail to one person concerns that person, wherever it was forwarded to and came back from."""
    found = frozenset(parseaddr(one)[1] for one in (destination if len(destination) == 1 else named))
    if not found or not all("@" in one for one in found):
        raise ValueError("a report names no address, or one that is none")
    return found
