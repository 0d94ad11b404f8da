"""What is particular to the state machine of large intake files; the rest is that of every distributed map."""

import json

from chalicelib.services.intake_batches import LINES_PER_PART, MOST_LINES
from tests.infra.test_distributed_maps import INTAKE


def test_what_the_parts_answer_fits_in_a_state() -> None:
    """256 KiB; each part answers its number, before the map's answer is dropped."""
    parts = MOST_LINES // LINES_PER_PART
    assert INTAKE.child["Part"]["ResultSelector"] == {"part.$": "$.Payload.part"}
    assert parts * (len(json.dumps({"part": parts})) + 1) < 256 * 1024


def test_a_file_that_failed_ends_as_failed() -> None:
    failed = {"Variable": "$.report.outcome", "StringEquals": "failed", "Next": "Failed"}
    assert INTAKE.states["IsComplete"]["Choices"] == [failed]
