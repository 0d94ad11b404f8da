"""The command that actuaries use: ``python -m chalicelib.domain.adjudication CASES.json``."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.adjudication.__main__ import main

CARE: dict[str, Any] = {"date": "2025-01-15", "family": "consultation", "act": "G", "expense_cents": 3000}
CASE: dict[str, Any] = {"id": "one", "care": CARE, "guarantee": {"kind": "ticket_moderateur"}}


def _run(tmp_path: Path, document: object) -> int:
    file = tmp_path / "cases.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return main([str(file)])


def test_it_runs_as_a_module_and_ignores_what_is_expected(tmp_path: Path) -> None:
    file = tmp_path / "cases.json"
    file.write_text(json.dumps([CASE | {"expected": {"complementary_cents": 1}}]), encoding="utf-8")
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "chalicelib.domain.adjudication", str(file)],
        capture_output=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert done.returncode == 0
    [entry] = json.loads(done.stdout)
    assert (entry["id"], entry["complementary_cents"], entry["refusal"]) == ("one", 900, None)
    assert entry["steps"]


def test_the_order_of_the_cases_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(tmp_path, [CASE | {"id": name} for name in ("b", "a", "c")]) == 0
    assert [entry["id"] for entry in json.loads(capsys.readouterr().out)] == ["b", "a", "c"]


def test_one_case_that_cannot_be_settled_exits_1_and_the_others_are_settled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = {"id": "two", "care": CARE | {"act": "XYZ", "family": "inconnue"}, "guarantee": {"kind": "actual_cost"}}
    assert _run(tmp_path, [CASE, unknown]) == 1
    first, second = json.loads(capsys.readouterr().out)
    assert first["complementary_cents"] == 900
    assert (second["id"], second["error_code"]) == ("two", "act_unknown")
    assert "catalogue" in second["error"]
    assert second["missing"] == "XYZ"


def test_a_day_without_a_legal_value_names_the_number_that_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(tmp_path, [CASE | {"care": CARE | {"date": "2010-01-04"}}]) == 1
    [entry] = json.loads(capsys.readouterr().out)
    assert (entry["error_code"], entry["missing"]) == ("no_legal_value", "ro.br.G")
    assert "2010-01-04" in entry["error"]


def test_two_classes_for_one_part_of_glasses_cannot_be_settled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = [{"part": "frame", "class": name, "expense_cents": 1500} for name in ("A", "B")]
    care = CARE | {"act": "OPT-B", "family": "optique", "components": parts}
    assert _run(tmp_path, [CASE | {"care": care}]) == 1
    [entry] = json.loads(capsys.readouterr().out)
    assert (entry["error_code"], entry["missing"]) == ("part_twice", "frame")


@pytest.mark.parametrize(
    ("case", "place"),
    [
        (CASE | {"care": CARE | {"expense_cents": 30.5}}, "cases[0].care.expense_cents"),
        (CASE | {"care": CARE | {"expense_cents": -1}}, "cases[0].care.expense_cents"),
        (CASE | {"care": CARE | {"expense_cents": True}}, "cases[0].care.expense_cents"),
        (CASE | {"care": CARE | {"expense_cents": "3000"}}, "cases[0].care.expense_cents"),
        (CASE | {"care": CARE | {"date": "2025-02-30"}}, "cases[0].care.date"),
        (CASE | {"care": CARE | {"date": "20250215"}}, "cases[0].care.date"),
        (CASE | {"care": CARE | {"quantity": 0}}, "cases[0].care.quantity"),
        (CASE | {"care": CARE | {"statutory_rate_percent": "101"}}, "cases[0].care.statutory_rate_percent"),
        (CASE | {"care": CARE | {"statutory_rate_percent": "NaN"}}, "cases[0].care.statutory_rate_percent"),
        (CASE | {"care": CARE | {"beneficiary": {"regime": "mars"}}}, "cases[0].care.beneficiary.regime"),
        (CASE | {"care": CARE | {"components": [{"part": "nose"}]}}, "cases[0].care.components[0].part"),
        (CASE | {"care": CARE | {"location": "nez"}}, "cases[0].care.location"),
        (CASE | {"care": CARE | {"location": "11", "quantity": 2}}, "cases[0].care.quantity"),
        (CASE | {"care": CARE | {"derogation": "because"}}, "cases[0].care.derogation"),
        (CASE | {"care": CARE | {"stay_day": 0}}, "cases[0].care.stay_day"),
        (CASE | {"used_by_limit": [{"count": -1}]}, "cases[0].used_by_limit[0].count"),
        (CASE | {"guarantee": {"kind": "actual_cost", "limits": [{}]}}, "cases[0].guarantee.limits[0]"),
        (CASE | {"care": "G"}, "cases[0].care"),
        (CASE | {"guarantee": {"kind": "magic"}}, "cases[0].guarantee.kind"),
        (CASE | {"guarantee": {"kind": "percent_of_base"}}, "cases[0].guarantee.percent"),
        (CASE | {"used": {"count": -1}}, "cases[0].used.count"),
        ({"care": CARE, "guarantee": {"kind": "none"}}, "cases[0].id"),
        ({"id": "x", "guarantee": {"kind": "none"}}, "cases[0].care"),
        (7, "cases[0]"),
    ],
)
def test_a_malformed_field_exits_2_and_names_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], case: object, place: str
) -> None:
    assert _run(tmp_path, [case]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert place in printed.err


@pytest.mark.parametrize("text", ["", "{", '{"id": 1}', "[" * 100_000, "[1e999999999]", "[NaN]"])
def test_what_is_not_a_list_of_cases_exits_2(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    assert _run(tmp_path, text) == 2
    assert capsys.readouterr().out == ""


def test_a_file_that_is_missing_or_not_text_exits_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "absent.json")]) == 2
    binary = tmp_path / "binary.json"
    binary.write_bytes(b"\xff\xfe\x00\x80")
    assert main([str(binary)]) == 2
    assert "illisible" in capsys.readouterr().err


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = CASE | {"care": CARE | {"expense_cents": -1, "date": "demain"}}
    assert _run(tmp_path, [wrong, wrong]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 4


def test_an_empty_list_is_settled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(tmp_path, []) == 0
    assert json.loads(capsys.readouterr().out) == []
