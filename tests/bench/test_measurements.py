"""The measurements that start a system still run, at their smallest: what they call moves with the project."""

import sys
from collections.abc import Iterator

import pytest

from bench import contributions, documents, flows, route
from bench.__main__ import load_app
from chalicelib.observability import logger
from local.stack import Stack


@pytest.fixture(autouse=True)
def talkative() -> Iterator[None]:
    """The measurements silence the log; what runs after them does not."""
    level = logger.log_level
    yield
    logger.setLevel(level)


def test_contributions_are_measured(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["contributions", "2", "2"])
    contributions.main()
    told = capsys.readouterr().out
    assert "| the first month | 2 | 4 |" in told
    assert "| 20 | one in ten left in January | 20 |" in told


def test_documents_are_measured(capsys: pytest.CaptureFixture[str]) -> None:
    documents.main(1)
    assert "| appel de cotisation, 4 rows |" in capsys.readouterr().out


def test_a_flow_file_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    flows.main([6])
    assert "| 6 | 3 |" in capsys.readouterr().out


def test_what_is_compared_does_the_same() -> None:
    """The route written with boto3 alone answers as ours, with the same calls; FastAPI's shares all but its frame."""
    with Stack(load_app) as stack:
        from bench import bare  # it makes its clients at import, which the simulated AWS must precede

        assert route.check_agreement({"bare": bare.handler, "ours": stack.app}) == 25
