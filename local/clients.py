"""The local stack's own boto3 clients, told apart from the project's: injected faults never hit the stack itself."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from chalicelib import settings

MARK = "espace-assure-local-stack"


@cache
def client(service: str) -> Any:
    """A client of a simulated service, for the stack's own use; made once, and again in the next stack."""
    sdk: Any = boto3  # its stubs know a client by a literal name only
    return sdk.client(service, region_name=settings.region(), config=Config(user_agent_extra=MARK))


def objects(bucket: str, prefix: str = "") -> list[dict[str, Any]]:
    """Every object that a bucket of the project holds: one listing of S3 ends after a thousand."""
    pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=settings.bucket(bucket), Prefix=prefix)
    return [one for page in pages for one in page.get("Contents", [])]
