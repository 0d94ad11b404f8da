"""The naive settlement knows every worked case: what it is compared with is then worth something."""

import json
from pathlib import Path

import pytest

from tests.oracle import naive

FILES = sorted((Path(__file__).parents[1] / "domain" / "cases").glob("*.json"))


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_every_worked_case_is_settled_exactly(file: Path) -> None:
    cases = json.loads(file.read_text(encoding="utf-8"))
    assert {case["id"]: naive.settle(case) for case in cases} == {case["id"]: case["expected"] for case in cases}
