"""Mail through SES: accepted, refused for good, or a passing trouble that raises and is tried again."""

from chalicelib import settings
from chalicelib.gateways.aws import client

FINAL = {"MessageRejected", "InvalidParameterValue", "BadRequestException", "MailFromDomainNotVerifiedException"}


class MailRejected(Exception):
    """SES will not send this message, now or later; ``code`` is SES's own."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def send(*, recipient: str, subject: str, body: str) -> None:
    """Send one plain-text mail to exactly one person.

    Errors: ``MailRejected`` when SES refuses it for good.
    """
    insurer = settings.insurer()
    ses = client("ses")
    try:
        ses.send_email(
            Source=insurer.mail_from,
            Destination={"ToAddresses": [recipient]},
            Message={
                "Subject": {"Data": subject, "Charset": "UTF-8"},
                "Body": {"Text": {"Data": body, "Charset": "UTF-8"}},
            },
        )
    except ses.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        if code in FINAL:
            raise MailRejected(code) from error
        raise
