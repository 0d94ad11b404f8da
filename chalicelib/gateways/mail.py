"""Mail through SES: accepted, refused for good, or a passing trouble that raises and is tried again.

Each mail bears the occasion it was written for, as a tag: SES repeats it in what it later tells of that mail.
"""

import base64
from dataclasses import dataclass
from email.message import EmailMessage

from chalicelib import settings
from chalicelib.gateways.aws import client

FINAL = {"MessageRejected", "InvalidParameterValue", "BadRequestException", "MailFromDomainNotVerifiedException"}


class MailRejected(Exception):
    """SES will not send this message, now or later; ``code`` is SES's own."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


TAG = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A PDF that goes with a mail, under the name that it is saved as."""

    name: str
    content: bytes


def send(*, message_id: str, recipient: str, subject: str, body: str) -> str:
    """Send one plain-text mail to exactly one person; returns SES's own id of the mail.

    Errors: ``MailRejected`` when SES refuses it for good.
    """
    insurer = settings.insurer()
    ses = client("ses")
    try:
        answer = ses.send_email(
            Source=insurer.mail_from,
            Destination={"ToAddresses": [recipient]},
            Message={
                "Subject": {"Data": subject, "Charset": "UTF-8"},
                "Body": {"Text": {"Data": body, "Charset": "UTF-8"}},
            },
            Tags=[{"Name": TAG, "Value": tag_of(message_id)}],
            **_configuration(),
        )
    except ses.exceptions.ClientError as error:
        raise _rejected(error.response["Error"]["Code"]) or error from error
    return str(answer["MessageId"])


def send_document(*, message_id: str, recipient: str, subject: str, body: str, attached: Attached) -> str:
    """Send one mail with a PDF to exactly one address, with no copy to anybody; returns SES's own id of the mail.

    Errors: ``MailRejected`` when SES refuses it for good.
    """
    insurer = settings.insurer()
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = insurer.mail_from, recipient, subject
    letter.set_content(body)
    letter.add_attachment(attached.content, maintype="application", subtype="pdf", filename=attached.name)
    ses = client("ses")
    try:
        answer = ses.send_raw_email(
            Source=insurer.mail_from,
            Destinations=[recipient],
            RawMessage={"Data": letter.as_bytes()},
            Tags=[{"Name": TAG, "Value": tag_of(message_id)}],
            **_configuration(),
        )
    except ses.exceptions.ClientError as error:
        raise _rejected(error.response["Error"]["Code"]) or error from error
    return str(answer["MessageId"])


def _configuration() -> dict[str, str]:
    name = settings.mail_configuration()
    return {"ConfigurationSetName": name} if name else {}


def _rejected(code: str) -> MailRejected | None:
    """The rejection that a code of SES means, unless it is a passing trouble."""
    return MailRejected(code) if code in FINAL else None


def tag_of(message_id: str) -> str:
    """A message's id in the letters that SES admits in the value of a tag.

    >>> message_of(tag_of("claim_paid:3f2504e0:1"))
    'claim_paid:3f2504e0:1'
    """
    return base64.urlsafe_b64encode(message_id.encode()).decode().rstrip("=")


def message_of(tag: str) -> str:
    """The id of the message that a tag names.

    Errors: ``ValueError`` for a tag that is not ours.
    """
    return base64.b64decode(tag + "=" * (-len(tag) % 4), altchars=b"-_", validate=True).decode()
