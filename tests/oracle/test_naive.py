"""The naive settlement knows every worked case of the dossier: what it is compared with is then worth something."""

import json
import re
from pathlib import Path

import pytest

from tests.oracle import naive

FILES = sorted((Path(__file__).parents[1] / "domain" / "cases").glob("*.json"))
CASES = [case for file in FILES for case in json.loads(file.read_text(encoding="utf-8"))]
DOSSIER = [case for case in CASES if re.fullmatch(r"[CL]\d\d", case["id"])]


def test_no_case_of_the_dossier_is_missing() -> None:
    assert len(DOSSIER) == 55


@pytest.mark.parametrize("case", DOSSIER, ids=[case["id"] for case in DOSSIER])
def test_a_worked_case_is_settled_exactly(case: naive.Case) -> None:
    assert naive.settle(case) == case["expected"]
