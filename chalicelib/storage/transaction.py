"""All or nothing: the one way to write items, each under its condition."""

import random
import time
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from pynamodb.attributes import NumberAttribute
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.domain.errors import Conflict
from chalicelib.storage.connection import connection

LIMIT = 100
TRIES = 5

Answer = TypeVar("Answer")


class Stale(Conflict):
    """Somebody else wrote first: read again and decide again."""

    def __init__(self) -> None:
        super().__init__("stale", "Les données ont changé entre-temps\u00a0: rechargez la page et recommencez.")


class Transaction:
    """Collects conditional writes of whole items and commits them together when the block ends without an error.

    Errors: ``Stale`` when a condition fails or another transaction holds an item; nothing is written then.
    """

    def __init__(self) -> None:
        self._puts: list[tuple[Model, Condition | None]] = []
        self._deletes: list[tuple[Model, Condition | None]] = []
        self._updates: list[tuple[Model, list[Action]]] = []
        self._counts: dict[tuple[type[Model], str], tuple[Model, NumberAttribute, int]] = {}
        self._checks: list[tuple[type[Model], tuple[str, str | None], Condition]] = []

    def put(self, row: Model, condition: Condition | None) -> None:
        """Add a whole item, under a condition unless it only repeats what another item of the transaction says."""
        self._puts.append((row, condition))

    def delete(self, row: Model, condition: Condition | None) -> None:
        """Remove an item, under a condition or together with another item that has one."""
        self._deletes.append((row, condition))

    def update(self, row: Model, actions: list[Action]) -> None:
        """Change attributes of an item, together with another item that has a condition."""
        self._updates.append((row, actions))

    def update_count(self, row: Model, attribute: NumberAttribute, change: int, *, key: str) -> None:
        """Move a number kept in an item of a key, together with another item that has a condition.

        Two changes of one number are one: a transaction may name an item only once.
        """
        counted = (type(row), key)
        before = self._counts[counted][2] if counted in self._counts else 0
        self._counts[counted] = (row, attribute, before + change)

    def check(self, row: type[Model], key: tuple[str, str | None], condition: Condition) -> None:
        """Fail unless an item that is not written meets a condition."""
        self._checks.append((row, key, condition))

    def __enter__(self) -> "Transaction":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None and (self._puts or self._deletes):
            self._commit()

    def _commit(self) -> None:
        moved = [(row, attribute.add(change)) for row, attribute, change in self._counts.values() if change]
        size = len(self._puts) + len(self._deletes) + len(self._updates) + len(moved) + len(self._checks)
        if size > LIMIT:
            raise ValueError(f"a transaction holds {LIMIT} writes at most, not {size}")
        try:
            with TransactWrite(connection=connection()) as batch:
                for row, condition in self._puts:
                    batch.save(row, condition=condition)
                for row, condition in self._deletes:
                    batch.delete(row, condition=condition)
                for row, actions in self._updates:
                    batch.update(row, actions=actions)
                for row, action in moved:
                    batch.update(row, actions=[action])
                for kind, (hash_key, range_key), condition in self._checks:
                    batch.condition_check(kind, hash_key, range_key, condition=condition)
        except TransactWriteError as error:
            codes = {reason.code for reason in error.cancellation_reasons if reason}
            if codes & {"ConditionalCheckFailed", "TransactionConflict"}:
                raise Stale from error
            raise


def retry_stale(change: Callable[[], Answer]) -> Answer:
    """Run a read-decide-write again, a few times, when somebody else wrote first.

    Errors: ``Stale`` when that keeps happening.
    """
    for attempt in range(1, TRIES):
        try:
            return change()
        except Stale:
            time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 - jitter, not a secret
    return change()
