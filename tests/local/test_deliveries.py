"""Messages reach functions as on AWS: in batches, again when they failed, aside when they fail for good."""

import json
from urllib.parse import unquote_plus

import boto3
import pytest
import requests

from chalicelib import settings
from chalicelib.gateways import documents, queues
from local.deliveries import NotSettled, RedeliveryFailed
from local.stack import Stack
from tests.local.tiny import SEEN


def send(text: str, *, queue: str = "uploads") -> None:
    queues.send(queue, {"text": text})


def texts() -> list[str]:
    return [json.loads(body)["text"] for body in SEEN.messages]


def test_an_object_put_into_a_bucket_reaches_the_function(stack: Stack) -> None:
    boto3.client("s3").put_object(Bucket=settings.bucket("uploads"), Key="uploads/été + 1.pdf", Body=b"%PDF")
    stack.drain()
    [body] = SEEN.messages
    record = json.loads(body)["Records"][0]["s3"]
    assert unquote_plus(record["object"]["key"]) == "uploads/été + 1.pdf"
    assert "été" not in record["object"]["key"]
    assert record["bucket"]["name"] == settings.bucket("uploads")


def test_only_the_declared_prefix_notifies(stack: Stack) -> None:
    boto3.client("s3").put_object(Bucket=settings.bucket("uploads"), Key="elsewhere/a.pdf", Body=b"%PDF")
    stack.drain()
    assert SEEN.messages == []


def test_only_the_failed_message_of_a_batch_comes_back_and_ends_among_the_dead_letters(stack: Stack) -> None:
    for text in ("one", "poison", "two"):
        send(text)
    stack.drain()
    assert sorted(texts()) == ["one", "two"]
    poisoned = [count for body, count in SEEN.attempts if "poison" in body]
    assert poisoned == [1, 2, 3, 4, 5]
    assert [json.loads(body)["text"] for body in stack.deliveries.dead_letters("uploads")] == ["poison"]
    counts = {queue.name: (queue.ready, queue.in_flight, queue.dead) for queue in stack.deliveries.queues()}
    assert counts["uploads"] == (0, 0, 1)


def test_a_function_that_raises_sees_its_whole_batch_again(stack: Stack) -> None:
    send("one")
    send("two")
    stack.faults.fail_function("uploads", times=2)
    stack.drain()
    assert sorted(texts()) == ["one", "two"]
    assert [count for _, count in SEEN.attempts] == [3, 3]


@pytest.mark.parametrize(
    "answer", [{"batchItemFailures": [{"itemIdentifier": "unknown"}]}, "text", {"batchItemFailures": [{}]}]
)
def test_an_answer_that_aws_cannot_read_fails_the_batch(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, answer: object
) -> None:
    monkeypatch.setitem(stack.app.handler_map, "uploads", lambda event, context: answer)
    send("one")
    stack.drain()
    assert [json.loads(body)["text"] for body in stack.deliveries.dead_letters("uploads")] == ["one"]


def test_the_function_learns_about_its_run(stack: Stack) -> None:
    send("one")
    stack.drain()
    [context] = SEEN.contexts
    assert context.function_name == f"{settings.prefix()}-uploads"
    assert context.invoked_function_arn.endswith(f":function:{settings.prefix()}-uploads")
    assert 0 < context.get_remaining_time_in_millis() <= 60_000


def test_every_event_is_delivered_twice_and_in_reverse_order(stack: Stack) -> None:
    send("one")
    stack.drain()
    send("two")
    send("three")
    stack.drain()
    stack.run_schedule("sweep")
    assert stack.deliver_again() == 3
    assert texts() == ["one", "two", "three"] * 2
    assert stack.deliver_again(reverse=True) == 3
    assert texts()[6:] == ["three", "two", "one"]
    assert len(SEEN.ticks) == 3


def test_a_message_that_never_succeeded_is_not_delivered_again(stack: Stack) -> None:
    send("poison")
    send("fine")
    stack.drain()
    stack.deliver_again()
    assert texts() == ["fine", "fine"]


def test_a_function_that_cannot_bear_an_event_twice_is_told(stack: Stack) -> None:
    send("one")
    stack.drain()
    stack.faults.fail_function("uploads", error="AlreadyDone")
    with pytest.raises(RedeliveryFailed, match="AlreadyDone"):
        stack.deliver_again()


def test_draining_for_ever_ends_with_what_still_moves(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(stack.app.handler_map, "uploads", lambda event, context: send("again"))
    send("again")
    with pytest.raises(NotSettled, match=r"uploads: 1"):
        stack.drain(timeout=0.2)


def test_a_schedule_runs_when_asked(stack: Stack) -> None:
    assert stack.run_schedule("sweep") == {"swept": "yes"}
    assert len(SEEN.ticks) == 1
    with pytest.raises(KeyError):
        stack.run_schedule("uploads")


def test_a_presigned_form_works_without_ports_too(stack: Stack) -> None:
    form = documents.upload_form("uploads/claim/1.pdf", content_type="application/pdf")
    sent = requests.post(form.url, data=form.fields, files={"file": b"%PDF-1.7"}, timeout=5)
    assert sent.status_code == 204
    stack.drain()
    assert len(SEEN.messages) == 1
    assert documents.read("uploads", "uploads/claim/1.pdf", max_bytes=100) == b"%PDF-1.7"
