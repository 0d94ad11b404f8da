"""What DynamoDB bills for an item, a read and a write, by its published rules."""

import doctest
from typing import Any

import pytest

from bench import meter
from bench.meter import Index, Table

INDEX = Index(frozenset({"company", "name"}), frozenset({"company", "name", "id"}))
ITEM = {"id": {"S": "1"}, "company": {"S": "a"}, "name": {"S": "b"}, "text": {"S": "x" * 3000}}


def test_the_examples_of_the_docstrings_hold() -> None:
    assert doctest.testmod(meter).failed == 0


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "é"}, 2),
        ({"N": "7"}, 2),
        ({"N": "-12.50"}, 3),
        ({"B": b"abc"}, 3),
        ({"BOOL": False}, 1),
        ({"NULL": True}, 1),
        ({"SS": ["ab", "c"]}, 3),
        ({"L": []}, 3),
        ({"M": {"ab": {"S": "c"}}}, 7),
    ],
)
def test_the_size_of_a_value(value: dict[str, Any], size: int) -> None:
    assert meter.attribute_bytes(value) == size


@pytest.mark.parametrize(
    ("before", "after", "cost"),
    [
        (None, ITEM, 1),
        (ITEM, None, 1),
        (ITEM, {**ITEM, "text": {"S": "another"}}, 0),
        (ITEM, {**ITEM, "id": {"S": "2" * 2000}}, 2),
        (ITEM, {**ITEM, "name": {"S": "c"}}, 2),
        (None, {"id": {"S": "1"}, "company": {"S": "a"}}, 0),
    ],
    ids=["new", "gone", "not copied", "larger", "moved", "not listed"],
)
def test_an_index_costs_a_write_only_when_its_copy_changes(before: Any, after: Any, cost: int) -> None:
    assert INDEX.write_units(before, after) == cost


def test_an_item_is_stored_once_in_its_table_and_once_in_each_index_that_lists_it() -> None:
    table = Table(("id",), (INDEX,))
    whole, listed = meter.item_bytes(ITEM), meter.item_bytes({key: ITEM[key] for key in ("id", "company", "name")})
    assert table.stored_bytes(ITEM) == whole + 100 + listed + 100
    assert table.stored_bytes({**ITEM, "expires": {"N": "1"}}) == 0
    assert table.stored_bytes(None) == 0


def test_the_tables_are_those_of_the_template() -> None:
    tables = meter.tables()
    assert tables["accounts"].keys == ("account_id", "item")
    assert len(tables["requests"].indexes) == 6
