"""The tasks of the state machine of large intake files: cut one, apply one of its parts, report on the whole."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

from chalice.app import Blueprint

from chalicelib.observability import log
from chalicelib.services import intake_batches
from chalicelib.workflow.step import logged

blueprint = Blueprint(__name__)

Answer = TypeVar("Answer")


def _run(step: str, batch: str, run: Callable[[], Answer]) -> Answer:
    with logged(step, file=batch):
        answer = run()
    log("step", step=step, file=batch)
    return answer


@blueprint.lambda_function(name="intake-split")
def intake_split(event: dict[str, Any], context: object) -> dict[str, str]:
    """See ``services.intake_batches.split``."""
    drop = intake_batches.Drop(**event)
    return asdict(_run("intake-split", drop.drop, lambda: intake_batches.split(drop)))


@blueprint.lambda_function(name="intake-part")
def intake_part(event: dict[str, Any], context: object) -> dict[str, int]:
    """See ``services.intake_batches.apply_part``."""
    batch, part = str(event["batch"]), int(event["part"])
    _run("intake-part", batch, lambda: intake_batches.apply_part(batch, part))
    return {"part": part}


@blueprint.lambda_function(name="intake-report")
def intake_report(event: dict[str, Any], context: object) -> dict[str, str]:
    """See ``services.intake_batches.report``."""
    key, drop, batch = str(event["key"]), str(event["drop"]), str(event["batch"])
    return {"outcome": _run("intake-report", drop, lambda: intake_batches.report(key, drop, batch))}
