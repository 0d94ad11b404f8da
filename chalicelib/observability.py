"""Logs and metrics. One wide line per unit of work; identifiers that mean nothing outside, never a person's data."""

import os

os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "espace-assure")
os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "EspaceAssure")

from aws_lambda_powertools import Logger

ALLOWED = frozenset(
    {
        "function", "route", "method", "status", "code", "role", "duration_ms", "records", "failed",
        "message_id", "request_id", "claim_id", "member_id", "company_id", "account_id", "file", "outcome",
        "step", "template", "attempt", "error", "correlation_id", "count",
    }
)  # fmt: skip

logger = Logger()


def log(event: str, **fields: str | int | None) -> None:
    """Write one line; a field outside the closed list of harmless names is an error, so nothing personal slips in."""
    unknown = fields.keys() - ALLOWED
    if unknown:
        raise ValueError(f"fields that may not be logged: {sorted(unknown)}")
    logger.info(event, extra={name: value for name, value in fields.items() if value is not None})


def log_failure(event: str, error: BaseException, **fields: str | int | None) -> None:
    """Write one line for something unexpected: the kind of the error and where it rose, never its text or values."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    place = f"{at.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{at.tb_lineno}" if at else "?"
    unknown = fields.keys() - ALLOWED
    if unknown:
        raise ValueError(f"fields that may not be logged: {sorted(unknown)}")
    logger.error(event, extra={**fields, "error": f"{type(error).__name__} at {place}"})


def count(name: str, value: int = 1) -> None:
    """Add to a metric of the stage, unless metrics are turned off: ``single_metric`` alone would not heed that."""
    if os.environ.get("POWERTOOLS_METRICS_DISABLED", "").lower() == "true":
        return
    from aws_lambda_powertools import single_metric  # noqa: PLC0415 - most invocations count nothing
    from aws_lambda_powertools.metrics import MetricUnit  # noqa: PLC0415 - as above

    with single_metric(name=name, unit=MetricUnit.Count, value=value) as metric:
        metric.add_dimension(name="stage", value=os.environ.get("ESPACE_STAGE", "local"))
