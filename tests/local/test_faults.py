"""Faults strike the calls they were meant for, as often as asked, with the error code asked for."""

import boto3
import pytest

from chalicelib import clock
from chalicelib.gateways import mail, queues
from chalicelib.storage import throttles
from local.stack import Stack


def write_to(recipient: str) -> None:
    mail.send(message_id="greeting", recipient=recipient, subject="Bonjour", body="Votre espace est ouvert.")


def test_the_next_calls_fail_and_then_work_again(stack: Stack) -> None:
    stack.faults.fail_call("ses.SendEmail", error="MessageRejected", times=2)
    for _ in range(2):
        with pytest.raises(mail.MailRejected) as refused:
            write_to("claire@example.fr")
        assert refused.value.code == "MessageRejected"
    write_to("claire@example.fr")
    assert [letter.recipient for letter in stack.letters()] == ["claire@example.fr"]


def test_only_calls_with_the_text_fail(stack: Stack) -> None:
    stack.faults.fail_call("ses.SendEmail", error="Throttling", containing="paul@example.fr")
    write_to("claire@example.fr")
    with pytest.raises(boto3.client("ses").exceptions.ClientError, match="Throttling"):
        write_to("paul@example.fr")
    write_to("paul@example.fr")
    assert len(stack.letters()) == 2


def test_a_fault_of_the_database_is_what_pynamodb_raises(stack: Stack) -> None:
    from pynamodb.exceptions import PynamoDBException

    stack.faults.fail_call("dynamodb.UpdateItem", error="ProvisionedThroughputExceededException")
    with pytest.raises(PynamoDBException, match="ProvisionedThroughputExceeded"):
        throttles.ThrottleRow("x").update(actions=[throttles.ThrottleRow.attempts.add(1)])


def test_the_stack_itself_is_never_hit(stack: Stack) -> None:
    stack.faults.fail_call("sqs.ReceiveMessage", error="ServiceUnavailable")
    queues.send("uploads", {"text": "one"})
    stack.drain()
    assert len(stack.faults.pending()) == 1


def test_faults_can_be_forgotten(stack: Stack) -> None:
    stack.faults.fail_call("s3.PutObject", error="SlowDown")
    stack.faults.clear()
    assert stack.faults.pending() == []


@pytest.mark.parametrize("operation", ["ses.SendMail", "nothing.At", "SendEmail"])
def test_an_operation_that_does_not_exist_is_refused(stack: Stack, operation: str) -> None:
    with pytest.raises(ValueError, match="AWS has no operation"):
        stack.faults.fail_call(operation, error="Throttling")


def test_letters_are_listed_newest_first(stack: Stack) -> None:
    write_to("first@example.fr")
    boto3.client("sns").publish(PhoneNumber="+33612345678", Message="Votre code : 123456")
    write_to("second@example.fr")
    [*_, oldest] = letters = stack.letters()
    assert [letter.kind for letter in letters].count("sms") == 1
    assert oldest.recipient in {"first@example.fr", "+33612345678"}
    assert all(letter.sent_at <= clock.now() for letter in letters)
