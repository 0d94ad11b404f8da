"""A packaged template is short enough for CloudFormation, or nothing is deployed."""

import json
from pathlib import Path

import pytest

from infra import compact


def test_the_same_template_is_written_without_indentation(tmp_path: Path) -> None:
    template = {"Resources": {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "é"}}}}
    path = tmp_path / "packaged.json"
    path.write_text(json.dumps(template, indent=4), "utf-8")
    assert compact.compact(path) == path.stat().st_size < len(json.dumps(template, indent=4))
    assert json.loads(path.read_text("utf-8")) == template


def test_a_template_that_would_be_refused_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "packaged.json"
    path.write_text(json.dumps({"Description": "x" * compact.MOST_BYTES}), "utf-8")
    before = path.read_bytes()
    with pytest.raises(compact.TooLong, match="1,000,0"):
        compact.compact(path)
    assert path.read_bytes() == before
