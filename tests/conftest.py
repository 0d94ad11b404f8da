"""What every test needs before anything else is imported."""

from moto import mock_aws  # noqa: F401, I001 - moto comes before any boto3 client is made

import gc
import os

os.environ["POWERTOOLS_METRICS_DISABLED"] = "true"


def pytest_collection_finish() -> None:
    """What was imported is never garbage: looking for some in it took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
