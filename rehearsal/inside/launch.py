"""Runs the emulator with its IAM decisions written down, one JSON list per line: who, what, on what, answer, statement.

REHEARSAL_FOLDER=… .venv-rehearsal/bin/python rehearsal/inside/launch.py
"""

import importlib
import json
import os
from pathlib import Path
from typing import Any


def main() -> None:
    """Run until a signal ends it."""
    emulator: Any = importlib.import_module("ministack.app")
    iam: Any = importlib.import_module("ministack.core.iam_evaluator")
    folder = Path(os.environ["REHEARSAL_FOLDER"])
    with (folder / "decisions.jsonl").open("a", encoding="utf-8", buffering=1) as written:
        _write_down(iam, written)
        # Its certificate answers on the asked port alone, not on 443 too.
        emulator._port_is_bindable = lambda *_: False
        emulator.main()


def _write_down(iam: Any, written: Any) -> None:
    evaluate, enforce = iam.evaluate, iam.enforce
    # Actions that AWS checks on a resource and the emulator on « * ».
    named_by_aws: dict[str, str] = json.loads(os.environ["REHEARSAL_RESOURCES"])

    def recorded_evaluate(context: Any, *policies: Any) -> Any:
        result = evaluate(context, *policies)
        line = [context.principal_arn, context.action, context.resource_arn, result.decision, result.matched_sid]
        written.write(json.dumps(line) + "\n")
        return result

    def recorded_enforce(access_key: str, action: str, *rest: Any, **named: Any) -> Any:
        if named.get("resource_arn", "*") == "*" and action in named_by_aws:
            named["resource_arn"] = named_by_aws[action]
        refusal = enforce(access_key, action, *rest, **named)
        if refusal is not None:
            arn = getattr(refusal, "principal_arn", "")
            reason = getattr(refusal, "message", "") or getattr(refusal, "reason", "")
            written.write(json.dumps([arn, action, named.get("resource_arn", "*"), "Refused", reason]) + "\n")
        return refusal

    iam.evaluate, iam.enforce = recorded_evaluate, recorded_enforce


if __name__ == "__main__":
    main()
