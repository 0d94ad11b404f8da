"""What every table shares: an item per aggregate, its domain object as JSON, a version that guards writes."""

from dataclasses import Field, replace
from typing import Any, ClassVar, Protocol, TypeVar

from pydantic import TypeAdapter
from pynamodb.attributes import Attribute, NumberAttribute, UnicodeAttribute
from pynamodb.connection.table import TableConnection
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from chalicelib import settings
from chalicelib.storage.connection import connection
from chalicelib.storage.transaction import Transaction

PAGE_SIZE = 100


class Meta:
    """Settings of every table; the name of each says which aggregate it holds."""

    region = settings.region()


class Row(Model):
    """One item of a table: its keys and index attributes."""

    @classmethod
    def _get_connection(cls) -> TableConnection:
        table = super()._get_connection()
        if table.connection is not connection():
            connection().add_meta_table(table.get_meta_table())
            table.connection = connection()
        return table


class Document(Row):
    """An item that holds an aggregate: the domain object as JSON beside its keys, and a version that guards writes."""

    version = NumberAttribute(default=0)
    document = UnicodeAttribute()


class Versioned(Protocol):
    """A frozen dataclass that knows at which version it was read; 0 before it was ever written."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def version(self) -> int: ...


Aggregate = TypeVar("Aggregate", bound=Versioned)


def write(
    transaction: Transaction, row: type[Document], kind: TypeAdapter[Aggregate], value: Aggregate, **keys: Any
) -> None:
    """Add an aggregate's whole item to a transaction; it fails if the item was written since the object was read."""
    version = value.version + 1
    stored = replace(value, version=version)
    item = row(version=version, document=kind.dump_json(stored).decode(), **keys)
    transaction.put(item, row.version == value.version if value.version else absent(row))


def decode(kind: TypeAdapter[Aggregate], row: Document) -> Aggregate:
    """The domain object of a row that was read by its key."""
    return kind.validate_json(row.document)


def absent(row: type[Row]) -> Condition:
    """The condition that no such item exists yet."""
    key: Attribute[Any] = getattr(row, str(row._hash_keyname))
    return key.does_not_exist()
