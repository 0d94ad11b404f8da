"""Reading a state machine's definition: where each state leads, and which function a task calls."""

from collections.abc import Mapping
from typing import Any

States = Mapping[str, Mapping[str, Any]]


def following(state: Mapping[str, Any]) -> set[str]:
    """The states that may come right after one."""
    branches = [state, *state.get("Choices", ()), *state.get("Catch", ())]
    return {one["Next"] for one in branches if "Next" in one} | ({state["Default"]} if "Default" in state else set())


def reachable(states: States, start: str) -> set[str]:
    """A state and all that may come after it."""
    seen: set[str] = set()
    ahead = {start}
    while ahead:
        seen |= ahead
        ahead = {one for name in ahead for one in following(states[name])} - seen
    return seen


def called(task: Mapping[str, Any]) -> str:
    """The function that a task calls, without the stage's prefix."""
    return str(task["Parameters"]["FunctionName"]).removeprefix("${Prefix}-")
