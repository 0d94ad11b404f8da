"""The engine against a second implementation, on random lines: the same cents or the same refusal to decide."""

import pytest

from tests.oracle.differences import by_hand, differences, is_known, report, smallest
from tests.oracle.generate import cases

LINES = 6_000
SEEDS = (101, 102, 103, 104)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_engine_and_the_naive_settlement_agree(seed: int) -> None:
    differing = differences(cases(LINES, seed))
    assert not differing, f"{len(differing)} of {LINES} lines differ, the smallest being\n{report(smallest(differing))}"


def test_the_lines_are_worth_comparing() -> None:
    known = [case for case in cases(LINES, SEEDS[0]) if is_known(case)]
    decided = [answer for answer in map(by_hand, known) if answer is not None]
    assert len(decided) > LINES * 9 // 10
    assert sum(answer["complementary_cents"] > 0 for answer in decided) > LINES // 2


def test_the_same_seed_gives_the_same_lines() -> None:
    assert list(cases(50, 7)) == list(cases(50, 7)) != list(cases(50, 8))
