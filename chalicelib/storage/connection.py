"""The process's one DynamoDB client, shared by every table and every transaction."""

from functools import cache

from pynamodb.connection import Connection

from chalicelib import settings


@cache
def connection() -> Connection:
    """The one DynamoDB client of the process. An API request may last 29 s, so DynamoDB gets a fraction of that."""
    return Connection(region=settings.region(), connect_timeout_seconds=1, read_timeout_seconds=3, max_retry_attempts=2)
