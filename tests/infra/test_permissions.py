"""The policies as the running system meets them: every stack of the tests runs under them."""

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from chalicelib.gateways import documents
from local.stack import Stack
from tests.infra.permissions import acting_as, enforced
from tests.running import load_app


@pytest.fixture
def refusals() -> Iterator[list[str]]:
    """What was refused while each function is kept to its policy."""
    with Stack(load_app), enforced() as found:
        yield found


def test_what_no_policy_allows_is_refused_as_aws_refuses_it(refusals: list[str]) -> None:
    with acting_as("sweep-outbox"), pytest.raises(ClientError, match="AccessDenied"):
        documents.exists("documents", "cards/nobody")
    [refusal] = refusals
    assert refusal.startswith("sweep-outbox is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::")


def test_outside_the_functions_nothing_is_refused(refusals: list[str]) -> None:
    assert not documents.exists("documents", "cards/nobody")
    assert refusals == []
