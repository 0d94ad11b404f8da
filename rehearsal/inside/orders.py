"""What a rehearsal asks of the functions' processes, through files: run ahead of time, fail a call, stand still in one.

The journeys write orders, the workers of the emulator read them (``sitecustomize.py``). Standard library only: a worker
has nothing else before its function is loaded.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path


@dataclass(frozen=True)
class Order:
    """What happens to the next calls of an AWS operation whose parameters contain a text.

    ``error`` is AWS's code of a refusal; without one the process stands still, its call made, until it is killed.
    """

    operation: str
    times: int = 1
    containing: str = ""
    error: str = ""
    function: str = ""


class Orders:
    """The orders of one rehearsal, in its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._clock = folder / "ahead.txt"
        self._calls = folder / "orders.json"

    def advance(self, by: timedelta) -> None:
        """Let the project's clock run further ahead."""
        self._clock.write_text(str((self.ahead() + by).total_seconds()), encoding="utf-8")

    def ahead(self) -> timedelta:
        """How far the project's clock runs ahead of real time."""
        return timedelta(seconds=float(self._clock.read_text("utf-8"))) if self._clock.exists() else timedelta()

    def give(self, order: Order) -> None:
        """One more order."""
        with self._locked() as orders:
            orders.append(order)

    def take(self, function: str, operation: str, parameters: str, *, standing: bool = False) -> Order | None:
        """The order that this call must follow, used up by one; ``standing`` asks for those without an error."""
        with self._locked() as orders:
            for position, order in enumerate(orders):
                wanted = (order.operation, not order.error) == (operation, standing)
                if wanted and order.function in {"", function} and order.containing in parameters:
                    left = replace(order, times=order.times - 1)
                    orders[position : position + 1] = [left] if left.times else []
                    return order
        return None

    def stand_still(self, function: str, process: int) -> None:
        """A process says that it stands still."""
        (self._folder / f"{function}.still").write_text(str(process), encoding="utf-8")

    def still(self, function: str) -> int | None:
        """The process of a function that stands still; asking for it once forgets it."""
        said = self._folder / f"{function}.still"
        if not said.exists() or not (process := said.read_text("utf-8")):
            return None
        said.unlink()
        return int(process)

    @contextmanager
    def _locked(self) -> Iterator[list[Order]]:
        with (self._folder / "orders.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            before = (
                [Order(**one) for one in json.loads(self._calls.read_text("utf-8"))] if self._calls.exists() else []
            )
            orders = list(before)
            yield orders
            if orders != before:
                self._calls.write_text(json.dumps([asdict(one) for one in orders]), encoding="utf-8")
