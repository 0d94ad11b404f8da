"""The world of these tests, and one walk through every route as every role."""

from collections.abc import Iterator

import pytest

from local.stack import Stack
from tests.api import Answer, World, aws_calls, build, log_book, walk
from tests.portal import Portal
from tests.running import portal, stack  # noqa: F401 - fixtures of this package


@pytest.fixture(scope="package")
def world(portal: Portal, stack: Stack) -> Iterator[World]:
    with log_book() as book:
        with aws_calls() as calls:
            built = build(portal, stack, book, calls)
        yield built


@pytest.fixture(scope="package")
def answers(world: World) -> list[Answer]:
    return walk(world)
