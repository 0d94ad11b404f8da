"""What the functions wrote: one JSON object per line, and in none of them who somebody is."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from statistics import median
from typing import Any

# What Lambda writes itself, or the emulator in its place when a process was killed.
PLATFORM = ("START ", "END ", "REPORT ", "Worker process died")
# Lambda's runtime writes the traceback of a run that failed; one that we wrote would not reach up to the runtime.
TRACEBACK = "Traceback (most recent call last):"
RUNTIME = '/_worker.py", line '
PERSONAL = {
    "an e-mail address": re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"),
    "a NIR": re.compile(r"\b[12]\d{2}(0[1-9]|1[0-2])(\d{2}|2[AB])\d{6}(\d{2})?\b"),
    "an IBAN": re.compile(r"\b[A-Z]{2}\d{2}[0-9A-Z]{11,30}\b"),
}


@dataclass(frozen=True)
class Durations:
    """How long a function's invocations took, in milliseconds: the longest, which is a cold one, and the median."""

    calls: int
    longest: float
    typical: float


def faults(messages: Iterable[str]) -> list[str]:
    """What is wrong with what a function wrote.

    >>> faults(['START x', '{"level": "INFO", "message": "batch"}', '{"message": "sent to a@b.fr"}', "Traceback"])
    ['an e-mail address in {"message": "sent to a@b.fr"}', 'not a JSON line: Traceback']
    """
    lines = [line for message in messages for line in message.splitlines() if line.strip()]
    found = []
    for is_text, block in groupby(lines, key=_is_text):
        several = list(block)
        if is_text and not (several[0] == TRACEBACK and any(RUNTIME in line for line in several)):
            found.append(f"not a JSON line: {several[0][:200]}")
        found += [fault for line in several for fault in _personal(line, is_text=is_text)]
    return found


def durations(messages: Iterable[str]) -> Durations:
    """Read from Lambda's own report lines.

    >>> durations(["REPORT RequestId: a Duration: 900 ms", "REPORT RequestId: b Duration: 20 ms"])
    Durations(calls=2, longest=900.0, typical=460.0)
    """
    taken = [float(one[1]) for message in messages if (one := re.search(r"\bDuration: ([\d.]+) ms", message))]
    return Durations(len(taken), max(taken, default=0), median(taken) if taken else 0)


def _is_text(line: str) -> bool:
    """Neither a JSON object nor a line of Lambda's own."""
    if line.startswith(PLATFORM):
        return False
    try:
        return not isinstance(json.loads(line), dict)
    except ValueError:
        return True


def _personal(line: str, *, is_text: bool) -> list[str]:
    if line.startswith(PLATFORM):
        return []
    text = line
    if not is_text:
        said: Any = json.loads(line)
        facts = {name: value for name, value in said.items() if name not in {"_aws", "timestamp"}}
        text = json.dumps(facts, ensure_ascii=False)
    return [f"{what} in {line[:200]}" for what, pattern in PERSONAL.items() if pattern.search(text)]
