"""What of the template the emulator does not take; longer time-outs; and a template with one permission less."""

from copy import deepcopy
from typing import Any

Template = dict[str, Any]

# Types the emulator has no resource for, with what stays untried because of it.
DROPPED = {
    "AWS::GuardDuty::MalwareProtectionPlan": "the emulator has none; the journeys announce each scan in its place",
    "AWS::WAFv2::WebACLAssociation": "the emulator filters no request",
}
PATIENCE = 4
CONTEXT = "kms:EncryptionContext:"
METRIC_MATH = "the emulator takes no alarm on several metrics"


class NoSuchPermission(ValueError):
    """No function is granted this; the text says what was asked for."""


def supported(template: Template) -> tuple[Template, list[tuple[str, str]]]:
    """The template without the types above, and what was dropped: name and reason.

    What only they are referred from stays; a resource that depended on one no longer does.

    >>> whole = {"Resources": {"A": {"Type": "AWS::WAFv2::WebACLAssociation"}, "B": {"Type": "T", "DependsOn": ["A"]}}}
    >>> supported(whole)[0]
    {'Resources': {'B': {'Type': 'T'}}}
    """
    adapted = deepcopy(template)
    resources: Template = adapted["Resources"]
    dropped = {name: reason for name, one in resources.items() if (reason := _untried(one))}
    for name in dropped:
        del resources[name]
    for resource in resources.values():
        needed = [one for one in _several(resource.pop("DependsOn", [])) if one not in dropped]
        if needed:
            resource["DependsOn"] = needed
    return adapted, list(dropped.items())


def _untried(resource: Template) -> str:
    """Why a resource cannot be rehearsed; nothing when it can."""
    if resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource.get("Properties", {}):
        return METRIC_MATH
    return DROPPED.get(resource["Type"], "")


def patient(template: Template) -> Template:
    """The template with longer time-outs, all functions sharing one machine; a queue waits longer still.

    >>> one = {"Type": "AWS::Serverless::Function", "Properties": {"FunctionName": {"Fn::Sub": "f"}, "Timeout": 20}}
    >>> patient({"Resources": {"F": one}})["Resources"]["F"]["Properties"]["Timeout"]
    80
    """
    adapted = deepcopy(template)
    for properties in functions(adapted).values():
        properties["Timeout"] *= PATIENCE
    return adapted


def blind_to_context(template: Template) -> Template:
    """The template without conditions on what is sealed: the emulator tells IAM nothing of an encryption context."""
    adapted = deepcopy(template)
    for function in functions(adapted):
        for statement in _statements(adapted, function):
            if CONTEXT in str(statement.get("Condition", "")):
                del statement["Condition"]
    return adapted


def without(template: Template, permission: str) -> Template:
    """The template with one action less, named ``function:action`` or ``function:statement:action``.

    Errors: ``NoSuchPermission``.
    """
    parts = permission.split(":", 1)
    function, _, asked = permission.partition(":")
    if len(parts) != 2 or asked.count(":") not in {1, 2}:
        raise NoSuchPermission(f"{permission}: name it as outbox:ses:SendEmail or outbox:SendMail:ses:SendEmail.")
    statement, action = asked.split(":", 1) if asked.count(":") == 2 else ("", asked)
    adapted = deepcopy(template)
    taken = [_take(one, action) for one in _statements(adapted, function) if statement in {"", one["Sid"]}]
    if not any(taken):
        raise NoSuchPermission(f"{permission}: no statement grants this.")
    return adapted


def granted(template: Template) -> set[tuple[str, str, str]]:
    """Every permission of every function: its name, the statement, the action."""
    return {
        (function, one["Sid"], action)
        for function in functions(template)
        for one in _statements(template, function)
        for action in _several(one["Action"])
    }


def functions(template: Template) -> dict[str, Template]:
    """The functions, by the name that follows the stage in theirs."""
    found = {}
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            name = resource["Properties"]["FunctionName"]["Fn::Sub"]
            found[name.removeprefix("espace-assure-${Stage}-")] = resource["Properties"]
    return found


def _statements(template: Template, function: str) -> list[Template]:
    """The statements of a function's role.

    Errors: ``NoSuchPermission`` for a function that does not exist.
    """
    known = functions(template)
    if function not in known:
        raise NoSuchPermission(f"{function}: there is no such function; there are {', '.join(sorted(known))}.")
    role = template["Resources"][known[function]["Role"]["Fn::GetAtt"][0]]
    return [one for policy in role["Properties"]["Policies"] for one in policy["PolicyDocument"]["Statement"]]


def _take(statement: Template, action: str) -> bool:
    """Take an action away; the last one of a statement, which needs one, gives way to one that grants nothing."""
    actions = _several(statement["Action"])
    if action not in actions:
        return False
    statement["Action"] = [one for one in actions if one != action] or "none:Granted"
    return True


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
