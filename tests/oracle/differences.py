"""The engine and the naive settlement side by side: where they differ, and the smallest case that shows it."""

import json
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from typing import Any

from chalicelib.domain.adjudication.case_file import read_cases
from chalicelib.domain.adjudication.complementary import Terms
from chalicelib.domain.adjudication.settlement import settle
from tests.oracle import naive

Case = dict[str, Any]
Answer = dict[str, int] | None
"""The four amounts, or nothing where the line cannot be decided."""

KEPT = {"date", "family", "act", "expense_cents", "components", "kind", "percent", "amount_cents", "includes_statutory"}


def by_the_engine(cases: Sequence[Case]) -> list[Answer]:
    """The engine's answers, through its own reader of the case format."""
    answers: list[Answer] = []
    for case in read_cases(json.dumps(cases)):
        result = settle(case.care, Terms(guarantee=case.guarantee), used=case.used)
        answers.append({name: getattr(result, name) for name in naive.AMOUNTS} if result.decided else None)
    return answers


def by_hand(case: Case) -> Answer:
    """The naive answer. Errors: ``naive.Unknown`` when it has none."""
    try:
        return naive.settle(case)
    except naive.Undecided:
        return None


def is_known(case: Case) -> bool:
    """Whether the naive settlement has an answer to compare with.

    It has none where its tables are silent: the local scheme's rate for dental care, devices, transport and imaging,
    orthodontics from 16, the tariff of a class A lens.
    """
    try:
        by_hand(case)
    except naive.Unknown:
        return False
    return True


def differences(cases: Iterable[Case]) -> list[Case]:
    """The cases on which the two do not agree exactly."""
    listed = [case for case in cases if is_known(case)]
    return [case for case, answer in zip(listed, by_the_engine(listed), strict=True) if answer != by_hand(case)]


def smallest(cases: Sequence[Case]) -> Case:
    """The smallest case still differing, once every optional field that can be taken away has been."""
    return min((_shrunk(case) for case in cases), key=lambda case: len(json.dumps(case)))


def report(case: Case) -> str:
    """A differing case with both answers, ready to be pasted in a file of cases."""
    written = json.dumps(case, ensure_ascii=False)
    return f"{written}\nengine: {by_the_engine([case])[0]}\nnaive:  {by_hand(case)}"


def _shrunk(case: Case) -> Case:
    for candidate in _smaller(case):
        if differences([candidate]):
            return _shrunk(candidate)
    return case


def _smaller(case: Case) -> Iterator[Case]:
    """The case without one optional field, in turn."""
    for group in ("care", "guarantee", "used"):
        for name in case.get(group, {}):
            if name not in KEPT:
                yield _without(case, group, name)
        for name in ("beneficiary", "already_withheld_cents"):
            for inner in case.get(group, {}).get(name, {}):
                yield _without(case, group, name, inner)
    components = case["care"].get("components", [])
    for index in range(len(components) if len(components) > 1 else 0):
        smaller = _without(case, "care", "components", index)
        smaller["care"]["expense_cents"] -= components[index]["expense_cents"]
        yield smaller


def _without(case: Case, *path: str | int) -> Case:
    smaller = deepcopy(case)
    holder: Any = smaller
    for step in path[:-1]:
        holder = holder[step]
    del holder[path[-1]]
    return smaller
