"""What every test needs before anything else is imported."""

from moto import mock_aws  # noqa: F401, I001 - moto comes before any boto3 client is made

import os

os.environ["POWERTOOLS_METRICS_DISABLED"] = "true"
