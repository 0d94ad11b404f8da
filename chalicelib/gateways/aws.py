"""boto3 clients, made on first use and kept; short time-outs, since an API request may last 29 s."""

from functools import cache
from typing import Any

from chalicelib import settings


@cache
def client(service: str, endpoint: str | None = None) -> Any:
    """The client of an AWS service."""
    import boto3  # noqa: PLC0415 - importing boto3 costs more than most entry points need
    from botocore.config import Config  # noqa: PLC0415 - as above

    config = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
    sdk: Any = boto3  # its stubs know a client by a literal name only
    return sdk.client(service, region_name=settings.region(), endpoint_url=endpoint, config=config)
