"""The policies as the running system meets them. Any test with a stack may run under them, see ``permissions``."""

from collections.abc import Iterator

import httpx
import pytest
from botocore.exceptions import ClientError

from chalicelib.gateways import documents
from local.stack import Stack
from tests import samples
from tests.conftest import InProcess
from tests.infra.permissions import acting_as, enforced
from tests.portal import Portal


@pytest.fixture
def refusals(stack: Stack) -> Iterator[list[str]]:
    """What was refused while each function is kept to its policy."""
    with enforced() as found:
        yield found


def test_a_subscription_needs_no_more_than_the_policies_allow(stack: Stack, refusals: list[str]) -> None:
    """Through the functions that take files in, send mails and write documents."""
    file = samples.subscription()
    with httpx.Client(transport=httpx.WSGITransport(app=stack.wsgi), base_url=stack.url) as http:
        portal = Portal(http, InProcess(stack))
        assert portal.drop("permissions.json", file)["outcome"] == "accepted"
        assert portal.mail(file["administrator"]["email"], "72")
    assert refusals == []


def test_what_no_policy_allows_is_refused_as_aws_refuses_it(refusals: list[str]) -> None:
    with acting_as("sweep-outbox"), pytest.raises(ClientError, match="AccessDenied"):
        documents.exists("documents", "cards/nobody")
    [refusal] = refusals
    assert refusal.startswith("sweep-outbox is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::")


def test_outside_the_functions_nothing_is_refused(refusals: list[str]) -> None:
    assert not documents.exists("documents", "cards/nobody")
    assert refusals == []
