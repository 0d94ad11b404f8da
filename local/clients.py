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
