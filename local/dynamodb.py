"""moto's DynamoDB made quick: it looks through a whole table for each query, copies whole tables for each transaction
and looks for each value of an answer under eight names, so that everything takes as long as the tables are large.

Here a query looks up its partition, a transaction remembers the items it touches, a value has one name.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any, cast
from unittest import mock
from weakref import WeakKeyDictionary

from moto.core.serialize import AttributePicker, AttributePickerContext
from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

INDEX_NAME = 6
"""Where ``Table.query`` is told the index, behind the hash key."""

Items = dict[Any, Any]
Partitions = dict[str, dict[Any, Items]]

_partitions: WeakKeyDictionary[Table, Partitions] = WeakKeyDictionary()


@contextmanager
def quick() -> Iterator[None]:
    """While this lasts, a query costs what its partition holds, and a transaction what it writes."""
    wrapped: tuple[tuple[Any, str, Callable[..., Any]], ...] = (
        (Table, "query", _query),
        (Table, "put_item", _put),
        (Table, "delete_item", _delete),
        (DynamoDBBackend, "update_item", _update),
        (DynamoDBBackend, "transact_write_items", _transact),
        (AttributePicker, "__call__", _pick),
    )
    with ExitStack() as stack:
        for owner, name, wrapper in wrapped:
            stack.enter_context(mock.patch.object(owner, name, wrapper(getattr(owner, name))))
        stack.enter_context(mock.patch.object(models, "copy", SimpleNamespace(deepcopy=_deepcopy)))
        yield


def empty(table: Table) -> None:
    """Take every item out of a table."""
    table.items.clear()
    _partitions.pop(table, None)


def _query(original: Callable[..., Any]) -> Callable[..., Any]:
    def query(table: Table, hash_key: Any, *arguments: Any, **named: Any) -> Any:
        part = copy.copy(table)
        if arguments[INDEX_NAME] is None:
            found = table.items.get(hash_key)
            part.items = cast(Any, {} if found is None else {hash_key: found})
        else:
            [(attribute, value)] = named["hash_key_conditions"]
            found = _by(table, attribute).get(value.value, {})
            part.items = cast(Any, {value: found} if table.has_range_key else found)
        return original(part, hash_key, *arguments, **named)

    return query


def _put(original: Callable[..., Any]) -> Callable[..., Any]:
    def put_item(table: Table, *arguments: Any, **named: Any) -> Any:
        attributes = arguments[0]
        before = _find(table, attributes)
        written = original(table, *arguments, **named)
        _move(table, before, written)
        return written

    return put_item


def _delete(original: Callable[..., Any]) -> Callable[..., Any]:
    def delete_item(table: Table, hash_key: Any, range_key: Any) -> Any:
        deleted = original(table, hash_key, range_key)
        _move(table, deleted, None)
        return deleted

    return delete_item


def _update(original: Callable[..., Any]) -> Callable[..., Any]:
    def update_item(backend: DynamoDBBackend, table_name: str, key: Mapping[str, Any], *rest: Any, **named: Any) -> Any:
        table = backend.get_table(table_name)
        before = copy.deepcopy(_find(table, key))
        updated = original(backend, table_name, key, *rest, **named)
        _move(table, before, updated)
        return updated

    return update_item


def _transact(original: Callable[..., Any]) -> Callable[..., Any]:
    def transact_write_items(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        before = [_state(backend, write) for one in transact_items for write in one.values()]
        try:
            original(backend, transact_items)
        except Exception:
            for table, key, item in before:
                _put_back(table, key, item)
            raise

    return transact_write_items


def _state(backend: DynamoDBBackend, write: Mapping[str, Any]) -> tuple[Table, Mapping[str, Any], Any]:
    """The item that a write of a transaction is about, as it stands."""
    table = backend.get_table(write["TableName"])
    key = write.get("Key") or write["Item"]
    return table, key, copy.deepcopy(_find(table, key))


def _put_back(table: Table, key: Mapping[str, Any], before: Any) -> None:
    now = _find(table, key)
    if now is not None:
        table.delete_item(now.hash_key, now.range_key)
    if before is not None:
        held = table.items[before.hash_key] if table.has_range_key else table.items
        held[before.range_key if table.has_range_key else before.hash_key] = before
        _move(table, None, before)


def _pick(original: Callable[..., Any]) -> Callable[..., Any]:
    def pick(picker: AttributePicker, context: AttributePickerContext) -> Any:
        service = context.service_model
        if isinstance(context.obj, dict) and service is not None and service.service_name == "dynamodb":
            return context.obj.get(context.key)
        return original(picker, context)

    return pick


def _find(table: Table, attributes: Mapping[str, Any]) -> Any:
    """The item of a key, or ``None``; reading one that is absent leaves no trace."""
    names = [name for name in (table.hash_key_attr, table.range_key_attr) if name]
    if not all(name in attributes for name in names):
        return None
    keys = [DynamoType(attributes[name]) for name in names]
    found = table.items.get(keys[0])
    return found.get(keys[1]) if len(keys) > 1 and found is not None else found


def _by(table: Table, attribute: str) -> dict[Any, Items]:
    """The items of a table by the value of an attribute: gathered at the first query, then kept up."""
    kept = _partitions.setdefault(table, {})
    if attribute not in kept:
        kept[attribute] = {}
        held = table.items.values()
        for item in (one for row in held for one in row.values()) if table.has_range_key else held:
            _add(kept[attribute], attribute, item)
    return kept[attribute]


def _move(table: Table, before: Any, after: Any) -> None:
    for attribute, partitions in _partitions.get(table, {}).items():
        if before is not None and attribute in before.attrs:
            partitions.get(before.attrs[attribute].value, {}).pop(_key(before), None)
        if after is not None:
            _add(partitions, attribute, after)


def _add(partitions: dict[Any, Items], attribute: str, item: Any) -> None:
    if attribute in item.attrs:
        partitions.setdefault(item.attrs[attribute].value, {})[_key(item)] = item


def _key(item: Any) -> tuple[Any, Any]:
    return item.hash_key.value, item.range_key.value if item.range_key else None


def _deepcopy(thing: Any) -> Any:
    """A copy, but of a table, which a transaction would copy to undo itself."""
    return thing if isinstance(thing, Table) else copy.deepcopy(thing)
