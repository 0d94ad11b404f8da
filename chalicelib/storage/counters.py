"""What the ceilings of a contract have already paid out: one counter per guarantee, person or family, and window."""

from dataclasses import dataclass

from pynamodb.attributes import UnicodeAttribute

from chalicelib import settings
from chalicelib.storage import rows
from chalicelib.storage.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """How much and how often a guarantee has paid within its window."""

    counter: str
    amount_cents: int = 0
    count: int = 0
    version: int = 0


class CounterRow(rows.Document):
    """One counter."""

    class Meta(rows.Meta):
        table_name = settings.table("counters")

    counter = UnicodeAttribute(hash_key=True)


def several(names: set[str]) -> dict[str, Counter]:
    """The counters of some names, in one call per hundred; a counter never used is at zero."""
    found = {
        row.counter: rows.decode(Counter, row.document)
        for row in CounterRow.batch_get(sorted(names), consistent_read=True)
    }
    return {name: found.get(name, Counter(counter=name)) for name in names}


def save(transaction: Transaction, counter: Counter) -> None:
    """Write a counter, unless another settlement has written it meanwhile."""
    rows.write(transaction, CounterRow, counter, counter=counter.counter)
