"""What is of santé does not exist for a member who has no santé contract: every route of the member's space (A3, M39).

Requirements M18, M22, M27, M30, M34, M39, M48.
"""

import re

from chalicelib.api.routing import ROUTES
from chalicelib.api.session import Access
from tests.api import MEMBER, REQUESTS, World, name_of

PROVIDENT = "provident only"

# Written by hand, whatever the code declares: what is for every member, santé or prévoyance (A3).
OF_BOTH_RISKS = {
    "GET /member",
    "GET /member/home",
    "GET /member/contracts/{contract_id}/documents/{document_id}",
    "GET /member/contents",
    "GET /member/contents/{content_id}",
    "POST /member/assistant",
    "GET /member/requests",
    "GET /member/requests/{request_id}",
    "POST /member/requests/{request_id}/uploads",
    "GET /member/account",
    "POST /member/account/email",
    "PUT /member/account/mobile",
    "POST /member/account/mobile/confirmation",
    "PUT /member/accountant",
    "GET /member/addresses",
    "POST /member/addresses",
    "GET /member/bank-details",
    "POST /member/bank-details",
    "GET /member/bank-details/{request_id}/mandate",
    "POST /member/bank-details/{request_id}/signature-code",
    "POST /member/bank-details/{request_id}/signature",
    "DELETE /member/bank-details/{request_id}",
    "GET /member/journal",
    "POST /member/personal-data",
    "POST /member/personal-data/{export_id}/download",
}
READ_AT_ONCE = ("GET /member", "GET /member/home", "GET /member/contents", "GET /member/requests")


def ask(world: World, name: str) -> int:
    """The status that a prévoyance-only member gets for a request that is good in santé."""
    method, _, path = name.partition(" ")
    request = REQUESTS[name](world, MEMBER)
    where = re.sub(r"\{(\w+)\}", lambda found: request.path[found.group(1)], path)
    return world.call(method, where, world.session(world.people[PROVIDENT]), **request.arguments).status_code


def test_every_function_of_sante_is_not_found(world: World) -> None:
    """A3, M39: not refused, not empty: it does not exist. A new route of the space is of santé unless it is listed."""
    names = {name_of(route) for route in ROUTES if route.access is Access.MEMBER and name_of(route) in REQUESTS}
    answers = {name: ask(world, name) for name in sorted(names - OF_BOTH_RISKS)}
    assert {name: status for name, status in answers.items() if status != 404} == {}


def test_what_is_for_all_members_is_there(world: World) -> None:
    """A3, M17, M24, M90, M112."""
    assert {name: ask(world, name) for name in READ_AT_ONCE} == dict.fromkeys(READ_AT_ONCE, 200)
