"""A running system for one package of tests: its conftest imports these fixtures, and the system ends with the package.

Every test makes its own companies and people in it. Each function runs under its own IAM policy.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

import httpx
import pytest
from argon2 import PasswordHasher, profiles
from chalice.app import Chalice

from chalicelib import passwords, settings
from local.clients import client
from local.stack import Stack
from tests.infra.permissions import enforced
from tests.portal import Portal


def load_app() -> Chalice:
    """The project's own application."""
    import app

    return app.app


def cheap_hashes() -> AbstractContextManager[Any]:
    """Passwords hashed at the least cost: each sign-in takes a tenth of a second otherwise."""
    return mock.patch.object(passwords, "_hasher", return_value=PasswordHasher.from_parameters(profiles.CHEAPEST))


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
    with cheap_hashes(), Stack(load_app) as running, enforced() as refusals:
        yield running
        assert refusals == [], refusals


@pytest.fixture(scope="package")
def portal(stack: Stack) -> Iterator[Portal]:
    transport = httpx.WSGITransport(app=stack.wsgi)
    with httpx.Client(transport=transport, base_url="http://localhost:8000") as http:
        yield Portal(http, InProcess(stack))
