"""What every queue worker shares: one record at a time, partial failures, one log line, nothing personal.

A handler declared in a blueprint does not pass through ``app.py`` in Lambda, so each event module stands alone.
"""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chalicelib.observability import count, log, log_failure

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

Body = dict[str, Any]


def process(event: Body, handle: Callable[[Body], None], *, function: str) -> Body:
    """Handle each record of an SQS event; the answer names those to deliver again.

    A record that fails is retried by the queue and ends among the dead letters; the others are done.
    """
    # The API's Lambda imports every module that app.py registers and handles no message: it need not pay for this.
    from aws_lambda_powertools.utilities.batch import (  # noqa: PLC0415 - see above
        BatchProcessor,
        EventType,
        process_partial_response,
    )

    def handle_one(record: "SQSRecord") -> None:
        try:
            handle(json.loads(record.body))
        except Exception as error:  # whatever it is: told once here, then the queue has the record again
            log_failure("record_failed", error, function=function, message_id=record.message_id)
            raise

    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    answer: Body = dict(process_partial_response(event=event, record_handler=handle_one, processor=processor))
    failed = len(answer["batchItemFailures"])
    log("batch", function=function, records=len(event["Records"]), failed=failed)
    if failed:
        count("RecordsFailed", failed)
    return answer
