"""The running system of these tests."""

from tests.running import portal, stack  # noqa: F401 - fixtures of this package
