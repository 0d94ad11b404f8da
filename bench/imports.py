"""What importing takes, each time in a fresh interpreter.

CPU time is taken, not time on the clock: importing waits for nothing, and other programs disturb it less.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
TIMED = "import time\nstarted = time.process_time()\n{}\nprint((time.process_time() - started) * 1000)"


def measure(statements: Mapping[str, str], *, rounds: int, bytecode: bool = True) -> dict[str, float]:
    """The median milliseconds of each statement; the statements take turns.

    ``bytecode`` false is a package that carries none, in a place where none can be written: the source is compiled
    each time.
    """
    taken: dict[str, list[float]] = {name: [] for name in statements}
    with TemporaryDirectory() as empty:
        environment = _environment() | ({} if bytecode else {"PYTHONPYCACHEPREFIX": empty})
        for _ in range(rounds):
            for name, statement in statements.items():
                taken[name].append(_run(statement, environment, write=bytecode))
    return {name: median(times) for name, times in taken.items()}


def _run(statement: str, environment: Mapping[str, str], *, write: bool) -> float:
    command = [sys.executable, *([] if write else ["-B"]), "-c", TIMED.format(statement)]
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return float(answer.stdout)


def _environment() -> dict[str, str]:
    """This environment with credentials, or botocore would look for some over the network."""
    away = {"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "PYTHONDONTWRITEBYTECODE"}
    return {name: value for name, value in os.environ.items() if name not in away} | {
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": "eu-west-3",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
