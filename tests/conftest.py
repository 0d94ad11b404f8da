"""One running system for each package of tests; every test makes its own companies and people in it."""

from moto import mock_aws  # noqa: F401, I001 - moto comes before any boto3 client is made

import os
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from chalice.app import Chalice

from chalicelib import settings
from local.clients import client
from local.stack import Stack
from tests.portal import Portal

os.environ["POWERTOOLS_METRICS_DISABLED"] = "true"


def load_app() -> Chalice:
    """The project's own application."""
    import app

    return app.app


class InProcess:
    """What a test may do around a stack that runs in its own process: everything comes to rest at once."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    def settle(self) -> None:
        self.stack.drain()

    def upload(self, form: dict[str, Any], content: bytes) -> None:
        fields = form["fields"]
        client("s3").put_object(
            Bucket=settings.bucket("uploads"), Key=fields["key"], Body=content, ContentType=fields["Content-Type"]
        )


@pytest.fixture(scope="package")
def stack() -> Iterator[Stack]:
    with Stack(load_app) as running:
        yield running


@pytest.fixture(scope="package")
def portal(stack: Stack) -> Iterator[Portal]:
    transport = httpx.WSGITransport(app=stack.wsgi)
    with httpx.Client(transport=transport, base_url="http://localhost:8000") as http:
        yield Portal(http, InProcess(stack))
