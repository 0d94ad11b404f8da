"""The measurements that start a system still run, at their smallest: what they call moves with the project."""

import sys

import pytest

from bench import contributions, documents, flows


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
