"""What an answer shows of members, noted for their journals before it leaves.

The members are those that the path or the answer names (``member_id``), and those that the answer says it is about; on
a member's own routes, the member; whoever signs in opens their own space. Why: the démarche in the path, or the reason
that was given to look somebody up. What an agent writes of a decision is no such reason and does not come here (A12).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.api.schemas import View
from chalicelib.api.session import Caller, Invited
from chalicelib.domain.account import AccountKind
from chalicelib.domain.journal import DataGroup, Viewer, ViewerKind
from chalicelib.services import journal

KINDS = {
    AccountKind.MEMBER: ViewerKind.MEMBER,
    AccountKind.EMPLOYER: ViewerKind.EMPLOYER,
    AccountKind.AGENT: ViewerKind.AGENT,
}
REQUESTS = ("request_id", "claim_id")


def write(
    caller: Caller | Invited | None,
    arguments: Mapping[str, Any],
    answer: object,
    *,
    body: object,
    groups: tuple[DataGroup, ...],
    purpose: str,
) -> None:
    """Note who is shown what of whom; an answer that shows nobody is not noted."""
    viewer = Viewer(kind=ViewerKind.MEMBER) if DataGroup.SPACE in groups else _viewer(caller)
    people = {*_named(body), *(answer.members_shown if isinstance(answer, View) else ())}
    if "member_id" in arguments:
        people.add(arguments["member_id"])
    if viewer.kind is ViewerKind.MEMBER and isinstance(caller, Caller):
        people = {caller.member_id}
    request_id = next((arguments[name] for name in REQUESTS if name in arguments), "")
    if people:
        reason = _reason(arguments)
        journal.note(people, viewer=viewer, groups=groups, purpose=purpose, reason=reason, request_id=request_id)


def _viewer(caller: Caller | Invited | None) -> Viewer:
    if not isinstance(caller, Caller):
        return Viewer(kind=ViewerKind.OUTSIDER if caller is None else ViewerKind.MEMBER)
    account = caller.account
    return Viewer(kind=KINDS[account.kind], account_id=account.account_id, name=account.display_name)


def _reason(arguments: Mapping[str, Any]) -> str:
    """Why somebody is looked up; the reason of a decision, in a body, is for its own readers."""
    given = getattr(arguments.get("query"), "reason", None)
    return given if isinstance(given, str) else ""


def _named(body: object) -> Iterator[str]:
    """The members that an answer names."""
    if isinstance(body, dict):
        member_id = body.get("member_id")
        if isinstance(member_id, str) and member_id:
            yield member_id
        for value in body.values():
            yield from _named(value)
    elif isinstance(body, list):
        for value in body:
            yield from _named(value)
