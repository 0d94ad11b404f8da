"""How many lines a second: ``python -m tests.oracle.speed`` compares the engine, which explains, with the naive one."""

import json
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from chalicelib.domain.adjudication.case_file import Case, read_cases
from chalicelib.domain.adjudication.complementary import Terms
from chalicelib.domain.adjudication.settlement import Settlement, settle
from tests.oracle.differences import by_hand, is_known
from tests.oracle.generate import cases

Line = TypeVar("Line")
ROUNDS = 5


def lines_per_second(settle_line: Callable[[Line], object], lines: Sequence[Line]) -> int:
    """The best of a few rounds over the lines, already read."""
    best = 0
    for _ in range(ROUNDS):
        start = time.process_time_ns()
        for line in lines:
            settle_line(line)
        best = max(best, len(lines) * 1_000_000_000 // (time.process_time_ns() - start))
    return best


def settle_case(case: Case) -> Settlement:
    """One case settled and explained by the engine."""
    return settle(case.care, Terms(guarantee=case.guarantee), used=case.used)


def main() -> None:
    """Print both speeds and their ratio."""
    lines = [case for case in cases(5_000, 1) if is_known(case)]
    naive = lines_per_second(by_hand, lines)
    engine = lines_per_second(settle_case, read_cases(json.dumps(lines)))
    print(f"naive {naive} lines/s, engine with explanation {engine} lines/s, {naive * 10 // engine / 10} times")


if __name__ == "__main__":
    main()
