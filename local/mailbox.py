"""The mails and text messages that the system has sent: moto keeps them, and this module remembers when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_string
from email.policy import default
from typing import Any

from botocore.handlers import BUILTIN_HANDLERS
from moto.ses.models import Message, RawMessage, ses_backends
from moto.sns.models import sns_backends

from chalicelib import clock, settings

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Letter:
    """One message that left: a mail, or a text message, which has no subject."""

    kind: str
    sent_at: datetime
    recipient: str
    subject: str
    text: str
    attached: tuple[str, ...] = ()


_sent_at: dict[str, datetime] = {}


def letters() -> list[Letter]:
    """Everything that was sent, newest first."""
    mails = [_letter(mail) for mail in list(ses_backends[settings.account_id()][settings.region()].sent_messages)]
    texts = [
        Letter("sms", _sent_at.get(message_id, NEVER), number, "", text)
        for message_id, (number, text) in list(_sms().items())
    ]
    # Sorting is stable, and the clock counts in seconds: the order of sending decides within one second.
    return sorted(mails + texts, key=lambda letter: letter.sent_at)[::-1]


def _letter(mail: Message | RawMessage) -> Letter:
    """A mail as it was sent; of one with a document the text, and the names of what is attached."""
    sent_at = _sent_at.get(mail.id, NEVER)
    if isinstance(mail, Message):
        return Letter("mail", sent_at, ", ".join(mail.destinations["ToAddresses"]), mail.subject, mail.body)
    written = message_from_string(mail.raw_data, policy=default)
    body = written.get_body(("plain",))
    names = tuple(str(part.get_filename()) for part in written.iter_attachments())
    recipients = ", ".join(dict.fromkeys(mail.destinations))
    return Letter("mail", sent_at, recipients, str(written["Subject"]), body.get_content() if body else "", names)


def empty() -> None:
    """Throw everything away."""
    ses_backends[settings.account_id()][settings.region()].sent_messages.clear()
    _sms().clear()
    _sent_at.clear()


def _sms() -> dict[str, tuple[str, str]]:
    return sns_backends[settings.account_id()][settings.region()].sms_messages


def _remember(parsed: Mapping[str, Any], **_: Any) -> None:
    """Called by botocore after each call that sends something."""
    if "MessageId" in parsed:
        _sent_at[parsed["MessageId"]] = clock.now()


BUILTIN_HANDLERS.extend(
    (f"after-call.{operation}", _remember) for operation in ("ses.SendEmail", "ses.SendRawEmail", "sns.Publish")
)
