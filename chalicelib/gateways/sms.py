"""SMS through SNS: accepted, refused for good, or a passing trouble that raises and is tried again."""

from chalicelib import settings
from chalicelib.gateways.aws import client

FINAL = {"InvalidParameter", "InvalidParameterValue", "OptedOut"}


class SmsRejected(Exception):
    """SNS will not send this message, now or later; ``code`` is SNS's own."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def send(*, recipient: str, text: str) -> str:
    """Send one SMS to exactly one number (E.164), ahead of what is not urgent; returns SNS's own id of the message.

    Errors: ``SmsRejected`` when SNS refuses it for good.
    """
    attributes = {"AWS.SNS.SMS.SMSType": "Transactional"}
    if settings.sms_sender():
        attributes["AWS.SNS.SMS.SenderID"] = settings.sms_sender()
    sns = client("sns")
    try:
        answer = sns.publish(
            PhoneNumber=recipient,
            Message=text,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        )
    except sns.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        if code in FINAL:
            raise SmsRejected(code) from error
        raise
    return str(answer["MessageId"])
