"""``python -m bench``: measure, and print the tables of ``docs/performance.md``."""

from moto import mock_aws  # noqa: F401, I001 - moto comes before any boto3 client is made

import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout
from typing import Any

from chalice.app import Chalice

from bench import engine, imports, route
from local.stack import Stack

LIBRARIES = "import boto3, pynamodb, chalice"
FIRST_CLIENT = "from chalicelib.storage.connection import connection; connection().client"
ENTRY_POINTS = {
    "our API: `import app`": "import app",
    f"`{LIBRARIES}`": LIBRARIES,
    "our API and its DynamoDB client": f"import app; {FIRST_CLIENT}",
    "bare Lambda and its DynamoDB client": "import bench.bare",
    "FastAPI + Mangum + boto3 and its DynamoDB client": "import bench.fastapi_app",
}


def load_app() -> Chalice:
    """The project's own application."""
    import app

    return app.app


def main() -> None:
    """Print every table."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), Stack(load_app) as stack:
        from bench import bare, fastapi_app

        handlers: dict[str, route.Handler] = {
            "bare Lambda + boto3": bare.handler,
            "FastAPI + Mangum + boto3": fastapi_app.handler,
            "ours": stack.app,
        }
        agreed = route.check_agreement(handlers)
        figures = route.measure(handlers)
        workers = _workers(stack.app)
    print(f"## A warm request: GET {route.RESOURCE}?limit={route.PAGE}\n")
    print(f"Same answers and same AWS calls in {agreed} requests, good and bad; then {route.ROUNDS} rounds in turns.\n")
    print_table(
        ("", "ms", "of which AWS calls (moto)", "own ms", "ms / bare", "own / bare", "AWS calls"),
        [
            (
                one.name, f"{one.total_ms:.2f}", f"{one.aws_ms:.2f}", f"{one.own_ms:.2f}",
                f"{one.total_ratio:.2f}", f"{one.own_ratio:.1f}", f"{len(one.calls)}: {', '.join(one.calls)}",
            )
            for one in figures
        ],
    )  # fmt: skip
    print("\n## Importing an entry point, in a fresh interpreter\n")
    compiled = imports.measure(ENTRY_POINTS, rounds=5)
    uncompiled = imports.measure(ENTRY_POINTS, rounds=2, bytecode=False)
    rows = [(name, f"{compiled[name]:.0f}", f"{uncompiled[name]:.0f}") for name in ENTRY_POINTS]
    print_table(("", "CPU ms", "CPU ms without bytecode"), rows)
    print("\n## Importing a worker, in a fresh interpreter\n")
    taken = imports.measure({f"`{name}`": f"import {name}" for name in workers}, rounds=3)
    print_table(("", "CPU ms"), [(name, f"{elapsed:.0f}") for name, elapsed in taken.items()])
    _print_engine()
    print(f"\nPython {sys.version.split()[0]}, {os.cpu_count()} cores.")


def _print_engine() -> None:
    """The tables of the reimbursement engine."""
    print("\n## Settling lines on one core\n")
    speed = engine.speed()
    speeds = [
        ("naive, without explanation", f"{speed.naive:,.0f}", "1.0"),
        ("engine, with explanation", f"{speed.engine:,.0f}", f"{speed.ratio:.1f}"),
    ]
    print_table(("", "lines a second", "time / naive"), speeds)
    print("\n## A claim of one line, as its inputs grow\n")
    by_size = engine.by_size_of_table()
    print_table(("clauses in the table", *map(str, by_size)), [("µs", *(f"{cost:.0f}" for cost in by_size.values()))])
    print()
    rows = [
        (name, *(f"{cost:.0f}" for cost in costs.values())) for name, costs in engine.by_length_of_history().items()
    ]
    rows.append(("indexing the history, once a claim", *(f"{cost:,.0f}" for cost in engine.indexing().values())))
    print_table(("µs, by acts in the history", *map(str, engine.PAST_ACTS)), rows)


def _workers(app: Chalice) -> list[str]:
    """The modules that Lambda imports to run a queue's, a schedule's or the workflow's function."""
    functions: list[Any] = [*app.event_sources, *app.pure_lambda_functions]
    return sorted({one.handler_string.rpartition(".")[0] for one in functions})


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table as Markdown."""
    for cells in (head, ["---"] * len(head), *rows):
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
