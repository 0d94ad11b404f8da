"""The agents' one queue over all démarches: what waits, who has it, what was done with it (M112, M115).

Whoever decides has the item in hand: ``in_hand`` takes it for them when it is free, and refuses while another agent has
it. Two agents who take the same item at the same moment meet at the request's version; one of them gets it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from chalicelib import clock, settings
from chalicelib.domain.account import AccountKind, AccountState
from chalicelib.domain.errors import Conflict, FieldErrors, NotFound
from chalicelib.domain.request import LABELS, AgentQueue, Request, RequestSummary
from chalicelib.domain.work_queue import Agent, Group, Handling
from chalicelib.storage import accounts, companies, identities, requests
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Transaction, retry_stale


class Holding(StrEnum):
    """Whose items to list."""

    ALL = "all"
    MINE = "mine"
    FREE = "free"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One item of the queue and the name of the company that it concerns."""

    request: RequestSummary
    company_name: str


def page(
    agent: Agent, *, group: Group | None, holding: Holding, after: str | None, limit: int
) -> tuple[list[Waiting], str | None]:
    """One page of what waits for the agents, what is due first at the head, and ``after`` for the next page.

    One's own items of a group, and free items, may fill a page only in part.
    """
    mine = agent.agent_id if holding is Holding.MINE else None
    found, following = requests.page_of_agents(
        group=group, holder_id=mine, free_only=holding is Holding.FREE, after=after, limit=limit
    )
    listed = [one for one in found if group in {None, one.group}]
    names = _company_names(listed)
    return [Waiting(request=one, company_name=names.get(one.company_id, "")) for one in listed], following


def _company_names(listed: list[RequestSummary]) -> dict[str, str]:
    ids = tuple(sorted({one.company_id for one in listed if one.company_id}))
    return {one.company_id: one.name for one in companies.several(ids)} if ids else {}


def waiting_by_group() -> dict[Group, int]:
    """How many items wait in each group."""
    return requests.waiting_by_group()


def get(request_id: str) -> Request:
    """One item that waits for an agent, or a démarche that did.

    Errors: ``NotFound``.
    """
    request = requests.get(request_id)
    if request is None or (request.queue is None and not request.handling.entries and not request.history):
        raise NotFound
    return request


def take(request_id: str, agent: Agent) -> Request:
    """Put an item into an agent's hands; safe to repeat.

    Errors: ``NotFound``; ``Conflict`` while another agent has it, or when it waits for no agent.
    """
    return _changed(request_id, lambda request: in_hand(request, agent))


def release(request_id: str, agent: Agent) -> Request:
    """Leave an item to whoever comes next; safe to repeat.

    Errors: ``NotFound``; ``Conflict`` while another agent has it.
    """
    return _changed(request_id, lambda one: with_handling(one, one.handling.released_by(agent, now=clock.now())))


def hand_over(request_id: str, agent: Agent, *, email: str) -> Request:
    """Pass an item on to the agent who has an address.

    Errors: ``NotFound``; ``Conflict`` for an item that one does not have; ``FieldErrors`` on ``email``, also for
    one's own.
    """
    to = _agent_at(email)

    def change(request: Request) -> Request:
        handed = request.handling.handed_over(agent, to, now=clock.now())
        if to.agent_id == agent.agent_id:
            raise FieldErrors.on("email", "Vous avez déjà cette démarche en main.", "already_held")
        return with_handling(request, handed)

    return _changed(request_id, change)


def _agent_at(email: str) -> Agent:
    account_id = identities.find(Identity.AGENT_EMAIL, email)
    account = accounts.get(account_id) if account_id else None
    if account is None or account.kind is not AccountKind.AGENT or account.state is not AccountState.ACTIVE:
        sentence = "Cette adresse n’est celle d’aucun gestionnaire en activité."
        raise FieldErrors.on("email", sentence, "unknown_agent")
    return Agent(account.account_id, account.display_name)


def _changed(request_id: str, change: Callable[[Request], Request]) -> Request:
    def attempt() -> Request:
        request = get(request_id)
        if request.queue is not AgentQueue.AGENTS:
            sentence = (
                f"La démarche est «\u00a0{LABELS[request.state]}\u00a0»\u00a0: elle n’attend pas de gestionnaire."
            )
            raise Conflict("not_in_review", sentence)
        changed = change(request)
        if changed == request:
            return request
        with Transaction() as transaction:
            requests.save(transaction, changed)
        return replace(changed, version=changed.version + 1)

    return retry_stale(attempt)


def in_hand(request: Request, agent: Agent) -> Request:
    """The request in the hands of the agent who is about to decide; nothing is saved.

    What waits for no agent stays as it is: the decision itself says so.

    Errors: ``Conflict`` while another agent has it.
    """
    if request.queue is not AgentQueue.AGENTS:
        return request
    idle_after = settings.assignment_idle()
    return with_handling(request, request.handling.taken_by(agent, now=clock.now(), idle_after=idle_after))


def with_handling(request: Request, handling: Handling) -> Request:
    """The request as the agents now deal with it."""
    return replace(request, handling=handling)
