"""One stack for all these tests, emptied before each."""

from collections.abc import Iterator

import httpx
import pytest

from local.stack import Stack
from tests.local import tiny


@pytest.fixture(scope="package")
def running() -> Iterator[Stack]:
    with Stack(tiny.tiny_app, stage="trial") as stack:
        yield stack


@pytest.fixture
def stack(running: Stack) -> Stack:
    running.empty()
    tiny.SEEN.__init__()
    return running


@pytest.fixture
def http(stack: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(transport=httpx.WSGITransport(app=stack.wsgi), base_url=stack.url) as client:
        yield client
