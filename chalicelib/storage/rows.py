"""What every table shares: an item per aggregate, its domain object as JSON, a version that guards writes."""

from collections.abc import Callable
from dataclasses import Field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, TypeVar, cast

from pynamodb.attributes import Attribute, NumberAttribute, UnicodeAttribute
from pynamodb.connection.table import TableConnection
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model
from pynamodb.pagination import ResultIterator

from chalicelib import settings
from chalicelib.storage.connection import connection
from chalicelib.storage.transaction import Transaction

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Domain = TypeVar("Domain")
Stored = TypeVar("Stored", bound=Model)
Listed = TypeVar("Listed")

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

    @classmethod
    def find(cls, hash_key: str, range_key: str | None = None) -> Self | None:
        """The item of a key as it was last written, or ``None``."""
        try:
            return cls.get(hash_key, range_key, consistent_read=True)
        except cls.DoesNotExist:
            return None


class Document(Row):
    """An item that holds an aggregate: the domain object as JSON beside its keys, and a version that guards writes."""

    version = NumberAttribute(default=0)
    document = UnicodeAttribute()


class Versioned(Protocol):
    """A frozen dataclass that knows at which version it was read; 0 before it was ever written."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def version(self) -> int: ...


def write(transaction: Transaction, row: type[Document], value: Versioned, **keys: Any) -> None:
    """Add an aggregate's whole item to a transaction; it fails if the item was written since the object was read."""
    version = value.version + 1
    stored = replace(value, version=version)
    item = row(version=version, document=encode(stored), **keys)
    transaction.put(item, row.version == value.version if value.version else absent(row))


def page(
    found: ResultIterator[Stored], read: Callable[[Stored], Listed], *, by: str
) -> tuple[list[Listed], str | None]:
    """One page of a list: what a query found, and where the next page begins, ``None`` after the last.

    ``by`` is the attribute in whose order the list is; the next page begins after its last value here.
    """
    listed = [read(row) for row in found]
    last = found.last_evaluated_key
    return listed, str(last[by]["S"]) if last else None


def erase(transaction: Transaction, row: Document, value: Versioned) -> None:
    """Remove an aggregate's item within a transaction, which fails if it was written since the object was read."""
    transaction.delete(row, type(row).version == value.version)


@cache
def _adapter(kind: Any) -> "TypeAdapter[Any]":
    from pydantic import TypeAdapter  # noqa: PLC0415 - built for a kind when first needed: importing stays cheap

    return TypeAdapter(kind)


def encode(value: object) -> str:
    """A domain object as the JSON text that is stored."""
    return _adapter(cast(Any, type(value))).dump_json(value).decode()


def decode(kind: type[Domain], document: str) -> Domain:
    """The domain object that a JSON text holds."""
    adapter: TypeAdapter[Domain] = _adapter(cast(Any, kind))
    return adapter.validate_json(document)


def absent(row: type[Row]) -> Condition:
    """The condition that no such item exists yet."""
    key: Attribute[Any] = getattr(row, str(row._hash_keyname))
    return key.does_not_exist()
