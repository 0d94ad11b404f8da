"""What the policies grant, against what IAM was asked for while the journeys ran."""

import json
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

UNUSED = Path(__file__).with_name("unused.toml")
EVERYWHERE = "every function"
ANY = "any"

Permission = tuple[str, str, str]
"""A function, a statement of its policy, an action."""


def used(decisions: Iterable[str], prefix: str) -> set[Permission]:
    """The permissions that IAM allowed something by.

    >>> line = '["arn:aws:sts::1:assumed-role/role/app-outbox", "ses:SendEmail", "*", "Allow", "SendMail"]'
    >>> used([line], "app-")
    {('outbox', 'SendMail', 'ses:SendEmail')}
    """
    read = [json.loads(line) for line in decisions]
    return {
        (_function(principal, prefix), statement, action)
        for principal, action, _, decision, statement in read
        if decision == "Allow" and _function(principal, prefix)
    }


def refused(decisions: Iterable[str], prefix: str) -> list[str]:
    """What IAM refused to a function, once each, in plain words.

    >>> refused(['["arn:aws:sts::1:assumed-role/role/app-outbox", "ses:SendEmail", "*", "Refused", ""]'], "app-")
    ['outbox may not ses:SendEmail on *']
    """
    read = [json.loads(line) for line in decisions]
    return sorted({
        f"{_function(principal, prefix)} may not {action} on {resource}"
        for principal, action, resource, decision, _ in read
        if decision == "Refused" and _function(principal, prefix)
    })  # fmt: skip


def reasons() -> dict[str, dict[str, str]]:
    """Why a permission that nothing uses is granted: by function, then by action, statement and action, or any."""
    content: dict[str, dict[str, str]] = tomllib.loads(UNUSED.read_text(encoding="utf-8"))
    return content


def unexplained(
    granted: Iterable[Permission], uses: set[Permission], explained: dict[str, dict[str, str]]
) -> tuple[list[Permission], dict[Permission, str]]:
    """The permissions that nothing used: those without a reason, and those with theirs.

    >>> granted = {("outbox", "Logs", "logs:Put"), ("outbox", "Mail", "ses:Send")}
    >>> unexplained(granted, set(), {"outbox": {"logs:Put": "x"}})
    ([('outbox', 'Mail', 'ses:Send')], {('outbox', 'Logs', 'logs:Put'): 'x'})
    """
    unused = sorted(set(granted) - uses)
    found = {permission: _reason(permission, explained) for permission in unused}
    with_reason = {permission: reason for permission, reason in found.items() if reason}
    return [permission for permission in unused if permission not in with_reason], with_reason


def _reason(permission: Permission, explained: dict[str, dict[str, str]]) -> str:
    function, statement, action = permission
    tables = [explained.get(function, {}), explained.get(EVERYWHERE, {})]
    return next((table[key] for table in tables for key in (f"{statement} {action}", action, ANY) if key in table), "")


def _function(principal: Any, prefix: str) -> str:
    """The function behind a role's session, which Lambda names after it; nothing for anybody else."""
    session = str(principal).rpartition("/")[2]
    return session.removeprefix(prefix) if session.startswith(prefix) else ""
