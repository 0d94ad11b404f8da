"""The files of ``infra/`` and ``.chalice/`` as tests read them."""

import json
from pathlib import Path
from typing import Any

from infra.merge import fragments, merge

ROOT = Path(__file__).resolve().parents[2]
CHALICE = ROOT / ".chalice"
TEMPLATE: dict[str, Any] = merge(*fragments())
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE["Resources"]
CONFIG: dict[str, Any] = json.loads((CHALICE / "config.json").read_text(encoding="utf-8"))
STAGES: dict[str, dict[str, Any]] = CONFIG["stages"]
FUNCTIONS: dict[str, dict[str, Any]] = STAGES["prod"]["lambda_functions"]


def declared(kind: str) -> dict[str, dict[str, Any]]:
    """The properties of every resource of a type, by its name in the template."""
    return {name: one["Properties"] for name, one in RESOURCES.items() if one.get("Type") == kind}


def policy(function: str) -> list[dict[str, Any]]:
    """The statements of a function's policy."""
    content = json.loads((CHALICE / FUNCTIONS[function]["iam_policy_file"]).read_text(encoding="utf-8"))
    statements: list[dict[str, Any]] = content["Statement"]
    return statements


def several(value: Any) -> list[Any]:
    """A value that may stand alone or in a list, as a list."""
    return value if isinstance(value, list) else [value]
