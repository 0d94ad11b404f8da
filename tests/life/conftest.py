"""A running system of its own: these tests move its clock by months, and deliver every event again."""

import pytest

from tests import samples
from tests.portal import Portal
from tests.running import portal, stack  # noqa: F401 - fixtures of this package
from tests.services.conftest import employer  # noqa: F401 - who takes part


@pytest.fixture(scope="package")
def agent_email(portal: Portal) -> str:
    """The address of an agent who has a password."""
    email = samples.email("agent")
    agent = {"first_name": "Zoé", "last_name": "Prat", "email": email}
    report = portal.drop("agents.json", {"kind": "agents", "reference": "AGENTS-VIE", "agents": [agent]})
    assert report["outcome"] == "accepted", report
    portal.choose_password(email)
    return email
