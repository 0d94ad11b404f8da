"""What every test needs before anything else is imported."""

from moto import mock_aws  # noqa: F401, I001 - moto comes before any boto3 client is made

import os
from pathlib import Path

import pytest

os.environ["POWERTOOLS_METRICS_DISABLED"] = "true"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep each package of tests on one worker: its running system is then started once."""
    for item in items:
        package = Path(item.path).relative_to(Path(__file__).parent).parts[0]
        item.add_marker(pytest.mark.xdist_group(package))
