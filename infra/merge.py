"""Merges the fragments of this folder into the one template that ``chalice package --merge-template`` takes.

    python -m infra.merge prod > out/prod.merge.json

What a stage decides is written once, in ``.chalice/config.json``; here it becomes the template's parameters.
"""

import json
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

from infra import watch

Template = dict[str, Any]

INFRA = Path(__file__).resolve().parent
CONFIG = INFRA.parent / ".chalice" / "config.json"
FRAGMENTS = (
    "keys",
    "tables",
    "queues",
    "buckets",
    "functions",
    "workflow",
    "intake_batch",
    "contributions",
    "api",
    "mail",
    "scans",
    "schedules",
    "access-logs",
    "waf",
    "sending",
    "malware",
    "alarms",
)
STATE_MACHINES = {
    "claim": "ClaimWorkflow",
    "intake_batch": "IntakeBatchWorkflow",
    "contributions": "ContributionsWorkflow",
}


class DeclaredTwice(ValueError):
    """Two fragments say something about the same place; the text names the place."""


def merge(*fragments: Template) -> Template:
    """One template that says what all the fragments say.

    Fragments may each say a part of the same resource, never the same part.

    Errors: ``DeclaredTwice``.

    >>> merge({"Resources": {"A": {"Type": "T"}}}, {"Resources": {"A": {"Properties": {}}}})
    {'Resources': {'A': {'Type': 'T', 'Properties': {}}}}
    """
    whole: Template = {}
    for fragment in fragments:
        _add(whole, fragment, "")
    return whole


def _add(whole: Template, part: Template, place: str) -> None:
    for key, value in part.items():
        here = f"{place}.{key}".removeprefix(".")
        if key not in whole:
            whole[key] = deepcopy(value)
        elif _is_open(whole[key]) and _is_open(value):
            _add(whole[key], value, here)
        else:
            raise DeclaredTwice(here)


def _is_open(value: object) -> bool:
    """Whether a value may be said in parts; a call of a CloudFormation function is one value."""
    return isinstance(value, dict) and not any(key == "Ref" or key.startswith("Fn::") for key in value)


def fragments() -> list[Template]:
    """The fragments of this folder, the definitions of the state machines, and what watches all of them."""
    found = [_read(INFRA / f"{name}.json") for name in FRAGMENTS]
    machines = {
        resource: {"Properties": {"Definition": _read(INFRA / f"{name}.asl.json")}}
        for name, resource in STATE_MACHINES.items()
    }
    found.append({"Resources": machines})
    found.append(watch.alarms(merge(*found)))
    found.append(watch.dashboard(merge(*found)))
    return found


def for_stage(template: Template, environment: dict[str, str]) -> Template:
    """The template with a stage's values as the defaults of its parameters; it cannot be deployed as another stage."""
    adapted = deepcopy(template)
    stage = environment["ESPACE_STAGE"]
    adapted["Parameters"]["Stage"] |= {"Default": stage, "AllowedValues": [stage]}
    adapted["Parameters"]["PortalOrigin"]["Default"] = environment["ESPACE_PORTAL_ORIGIN"]
    adapted["Parameters"]["MailIdentity"]["Default"] = environment["ESPACE_MAIL_FROM"].rpartition("@")[2]
    return adapted


def stages() -> tuple[str, ...]:
    """The stages that ``.chalice/config.json`` has."""
    return tuple(_read(CONFIG)["stages"])


def template(stage: str) -> Template:
    """What is merged into the template that Chalice generates for a stage.

    Errors: ``KeyError`` for a stage that ``.chalice/config.json`` does not have.
    """
    configured = _read(CONFIG)["stages"][stage]
    whole = for_stage(merge(*fragments()), configured["environment_variables"])
    return held_back(whole, configured["lambda_functions"])


def held_back(template: Template, configured: dict[str, Template]) -> Template:
    """The template in which no queue calls its function more often at a time than capacity is reserved for it.

    Calls beyond that would be refused, and a message refused five times would lie among the dead letters.
    """
    adapted = deepcopy(template)
    for name in watch.functions(adapted):
        properties = adapted["Resources"][name]["Properties"]
        function = properties["FunctionName"]["Fn::Sub"].partition("${Stage}-")[2]
        reserved = configured.get(function, {}).get("reserved_concurrency")
        for event in properties.get("Events", {}).values() if reserved else ():
            event["Properties"]["ScalingConfig"] = {"MaximumConcurrency": reserved}
    return adapted


def _read(path: Path) -> Template:
    content: Template = json.loads(path.read_text(encoding="utf-8"))
    return content


if __name__ == "__main__":
    json.dump(template(sys.argv[1]), sys.stdout, indent=2)
