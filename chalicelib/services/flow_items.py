"""The scheme's décomptes that agents must see to, as items of their one queue (H150, M115).

An item appears with the first obstacle, or with an overpayment, and is done with it; it comes back when something more
must be looked at. Who has it, and who must confirm, is the queue's affair, as for every démarche.
"""

from dataclasses import replace

from chalicelib import clock
from chalicelib.domain.flow import FlowDecompte, FlowQueue, FlowState
from chalicelib.domain.request import Actor, HistoryEntry, Request, RequestKind, RequestState
from chalicelib.domain.work_queue import Agent, Handling, Opinion
from chalicelib.services import work_queue
from chalicelib.storage import requests
from chalicelib.storage.transaction import Transaction

FOR_AGENTS = frozenset({FlowQueue.HELD, FlowQueue.OVERPAID})
"""A décompte whose lines have not all come waits for the scheme, not for an agent."""

SYSTEM = "system"


def in_hand(flow: FlowDecompte, agent: Agent) -> Request | None:
    """The item of a décompte in the hands of the agent who is about to act on it; nothing is saved.

    Errors: ``Conflict`` while another agent has it, or while another must confirm what this one proposed.
    """
    item = requests.get(flow.flow_id) if flow.queued else None
    return work_queue.in_hand(item, agent) if item else None


def follow(transaction: Transaction, flow: FlowDecompte, *, held: Request | None = None) -> FlowDecompte:
    """Have the agents' queue tell what a décompte that is about to be written waits for; answers it as it is written.

    ``held`` is its item in the hands of whoever acts on it.

    Errors: ``Stale`` when somebody else changes the item meanwhile.
    """
    waits = flow.queue in FOR_AGENTS
    if not waits and not flow.queued:
        return flow
    item = held or (requests.get(flow.flow_id) if flow.queued else None)
    after = _told(item, flow, waits=waits) if item else _opened(flow)
    if held or after != item:
        requests.save(transaction, after)
    return replace(flow, queued=True)


def erase(flow: FlowDecompte) -> None:
    """Remove the item of a décompte that is about to be removed; safe to repeat."""
    item = requests.get(flow.flow_id) if flow.queued else None
    if item is not None:
        with Transaction() as transaction:
            requests.erase(transaction, item)


def _opened(flow: FlowDecompte) -> Request:
    now = clock.now()
    state = RequestState.IN_REVIEW
    return Request(
        request_id=flow.flow_id,
        kind=RequestKind.FLOW,
        member_id="",
        company_id="",
        opened_by=Actor.SYSTEM,
        state=state,
        title=f"Décompte {flow.number} du régime {flow.scheme}",
        history=(HistoryEntry(at=now, actor=SYSTEM, event="held", state=state),),
        created_at=now,
    )


def _told(item: Request, flow: FlowDecompte, *, waits: bool) -> Request:
    done = RequestState.CLOSED if flow.state is FlowState.DROPPED else RequestState.ACCEPTED
    state = RequestState.IN_REVIEW if waits else done
    if state is not item.state:
        actor = flow.events[-1].actor if flow.events and not waits else SYSTEM
        event = "held" if waits else "settled" if done is RequestState.ACCEPTED else "dropped"
        item = item.moved_to(state, at=clock.now(), actor=actor, event=event)
    return replace(item, handling=_opinion(item.handling, flow))


def _opinion(handling: Handling, flow: FlowDecompte) -> Handling:
    """Free for another agent once its holder has said what should be paid; that no longer counts when facts change."""
    if flow.opinion is None:
        return replace(handling, opinion=None)
    if handling.opinion is not None or handling.holder is None:
        return handling
    reason, amount = flow.events[-1].reason, flow.opinion.amount_cents
    proposer = handling.holder.agent
    return handling.proposed(Opinion(agent=proposer, at=clock.now(), reason=reason, amount_cents=amount))
