"""What the functions wrote: one JSON object per line, and in none of them who somebody is."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

PLATFORM = ("START ", "END ", "REPORT ")
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
    found = []
    for message in messages:
        for line in message.splitlines():
            if line.strip() and not line.startswith(PLATFORM):
                found += _faults(line)
    return found


def durations(messages: Iterable[str]) -> Durations:
    """Read from Lambda's own report lines.

    >>> durations(["REPORT RequestId: a Duration: 900 ms", "REPORT RequestId: b Duration: 20 ms"])
    Durations(calls=2, longest=900.0, typical=460.0)
    """
    taken = [float(one[1]) for message in messages if (one := re.search(r"\bDuration: ([\d.]+) ms", message))]
    return Durations(len(taken), max(taken, default=0), median(taken) if taken else 0)


def _faults(line: str) -> list[str]:
    try:
        said: Any = json.loads(line)
    except ValueError:
        return [f"not a JSON line: {line[:200]}"]
    facts = {name: value for name, value in said.items() if name not in {"_aws", "timestamp"}}
    text = json.dumps(facts, ensure_ascii=False)
    return [f"{what} in {line[:200]}" for what, pattern in PERSONAL.items() if pattern.search(text)]
