"""Runs the emulator with its IAM decisions written down, one JSON list per line: who, what, on what, answer, statement.

REHEARSAL_FOLDER=… .venv-rehearsal/bin/python rehearsal/inside/launch.py
"""

import hashlib
import importlib
import json
import os
import threading
import zipfile
from pathlib import Path
from typing import Any


def main() -> None:
    """Run until a signal ends it."""
    emulator: Any = importlib.import_module("ministack.app")
    iam: Any = importlib.import_module("ministack.core.iam_evaluator")
    folder = Path(os.environ["REHEARSAL_FOLDER"])
    with (folder / "decisions.jsonl").open("a", encoding="utf-8", buffering=1) as written:
        _write_down(iam, written)
        _unpack_once(folder / "unpacked")
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


def _unpack_once(folder: Path) -> None:
    """Every process of a function reads one copy of its archive, as Lambda's read one that nobody writes to."""
    unpack, lock = zipfile.ZipFile.extractall, threading.Lock()

    def shared(archive: zipfile.ZipFile, path: Any = None, *rest: Any, **named: Any) -> None:
        with Path(str(archive.filename)).open("rb") as content:
            copy = folder / hashlib.file_digest(content, "sha256").hexdigest()
        with lock:
            if not copy.exists():
                unpack(archive, copy, *rest, **named)
        # The emulator has just made the folder it asks to fill.
        Path(path).rmdir()
        Path(path).symlink_to(copy, target_is_directory=True)

    archives: Any = zipfile
    archives.ZipFile.extractall = shared


if __name__ == "__main__":
    main()
