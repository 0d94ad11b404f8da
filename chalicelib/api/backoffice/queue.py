"""The agents' one queue: what waits in which group, who has it, what was done and read for it (M112, M115)."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from chalicelib.api import cursors
from chalicelib.api.cursors import Cursor
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access, Caller
from chalicelib.api.views import RequestSummaryView
from chalicelib.domain.journal import DataGroup
from chalicelib.domain.request import Request
from chalicelib.domain.work_queue import GROUP_LABELS, Agent, Group
from chalicelib.identifiers.fields import EmailStrFr
from chalicelib.services import journal, work_queue
from chalicelib.services.work_queue import Holding, Waiting
from chalicelib.validation import Schema

blueprint = ApiBlueprint(__name__, tag="Gestion")


class QueueQuery(Schema):
    """Which part of the queue: a group, one's own or what is free, which page."""

    group: Group | None = None
    holding: Holding = Holding.ALL
    after: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=50)] = 50


class HandOver(Body):
    """To whom."""

    EXAMPLE = {"email": "zoe.prat@assureur.example"}

    email: EmailStrFr


class HolderView(View):
    """The agent who has a démarche, and since when without a sign from them."""

    name: str
    since: datetime


class QueueItemView(RequestSummaryView):
    """A démarche that waits for the agents; ``to_confirm`` when another agent must confirm what is proposed."""

    group: Group
    group_label: str
    company_name: str
    handle_by: date | None
    holder: HolderView | None
    to_confirm: bool

    @classmethod
    def waiting(cls, one: Waiting) -> "QueueItemView":
        """The view of an item of the queue."""
        summary = one.request
        return cls(
            **RequestSummaryView.of(summary).model_dump(),
            group=summary.group,
            group_label=GROUP_LABELS[summary.group],
            company_name=one.company_name,
            handle_by=summary.handle_by,
            holder=HolderView(name=summary.holder.agent.name, since=summary.holder.since) if summary.holder else None,
            to_confirm=summary.to_confirm,
        )


class QueueView(View):
    """One page, what is due first at the head; pass ``next`` as ``after`` to read on."""

    requests: list[QueueItemView]
    next: str | None


class QueueGroupView(View):
    """How many démarches wait in a group."""

    group: Group
    label: str
    waiting: int


class QueueGroupListView(View):
    """Every group, and how many wait in all."""

    groups: list[QueueGroupView]
    waiting: int


class EntryView(View):
    """Something that an agent did with a démarche; ``note`` is a reason, or to or from whom it went."""

    at: datetime
    agent: str
    act: str
    note: str


class OpinionView(View):
    """What an agent proposes and another must confirm."""

    agent: str
    at: datetime
    reason: str
    amount_cents: int


class HandlingView(View):
    """Who has a démarche, what is proposed, what was done with it."""

    request_id: str
    member_id: str
    group: Group
    holder: HolderView | None
    opinion: OpinionView | None
    entries: list[EntryView]

    @classmethod
    def of(cls, one: Request) -> "HandlingView":
        """The view of how the agents deal with a démarche."""
        held, opinion = one.handling.holder, one.handling.opinion
        return cls(
            request_id=one.request_id,
            member_id=one.member_id,
            group=one.group,
            holder=HolderView(name=held.agent.name, since=held.since) if held else None,
            opinion=opinion
            and OpinionView(
                agent=opinion.agent.name, at=opinion.at, reason=opinion.reason, amount_cents=opinion.amount_cents
            ),
            entries=[
                EntryView(at=entry.at, agent=entry.agent.name, act=entry.act, note=entry.note)
                for entry in one.handling.entries
            ],
        )


class StepView(View):
    """One step of a démarche: when, by whom, what, which state it led to."""

    at: datetime
    actor: str
    event: str
    state: str


class ReadingView(View):
    """Somebody read data of the member for this démarche."""

    at: datetime
    viewer: str
    groups: list[DataGroup]
    purpose: str


class HistoryOfRequestView(View):
    """Everything that was done with a démarche, and who lately read what for it."""

    handling: HandlingView
    steps: list[StepView]
    readings: list[ReadingView]


def agent_of(caller: Caller) -> Agent:
    """The agent who calls."""
    return Agent(caller.account.account_id, caller.account.display_name)


@blueprint.endpoint(
    "GET",
    "/backoffice/queue",
    access=Access.AGENT,
    summary="Démarches à traiter",
    query=QueueQuery,
    response=QueueView,
    items=("M112", "M115"),
    journal=(DataGroup.REQUESTS,),
)
def read_queue(caller: Caller, query: QueueQuery) -> QueueView:
    """What is due first comes first. A page of one's own, or of what is free, may be short and still have a next."""
    after = cursors.decode(query.after, field="after")
    found, following = work_queue.page(
        agent_of(caller), group=query.group, holding=query.holding, after=after, limit=query.limit
    )
    return QueueView(requests=[QueueItemView.waiting(one) for one in found], next=cursors.encode(following))


@blueprint.endpoint(
    "GET",
    "/backoffice/queue/groups",
    access=Access.AGENT,
    summary="Nombre de démarches à traiter",
    response=QueueGroupListView,
    items=("M115",),
)
def count_queue(caller: Caller) -> QueueGroupListView:
    """By group, those that are in somebody's hands too."""
    counted = work_queue.waiting_by_group()
    groups = [QueueGroupView(group=one, label=GROUP_LABELS[one], waiting=count) for one, count in counted.items()]
    return QueueGroupListView(groups=groups, waiting=sum(counted.values()))


@blueprint.endpoint(
    "PUT",
    "/backoffice/queue/{request_id}/holder",
    access=Access.AGENT,
    summary="Prendre une démarche en main",
    response=HandlingView,
    refusals=("held_by_another", "not_in_review", "own_opinion"),
    items=("M115",),
    journal=(DataGroup.REQUESTS,),
)
def take(caller: Caller, request_id: str) -> HandlingView:
    """Nobody else can decide then; what its holder left alone for hours may be taken over. Safe to repeat."""
    return HandlingView.of(work_queue.take(request_id, agent_of(caller)))


@blueprint.endpoint(
    "DELETE",
    "/backoffice/queue/{request_id}/holder",
    access=Access.AGENT,
    summary="Rendre une démarche",
    status=204,
    refusals=("not_held", "not_in_review"),
    items=("M115",),
)
def release(caller: Caller, request_id: str) -> None:
    """It is free for anybody. Safe to repeat."""
    work_queue.release(request_id, agent_of(caller))


@blueprint.endpoint(
    "POST",
    "/backoffice/queue/{request_id}/handover",
    access=Access.AGENT,
    summary="Passer une démarche à un collègue",
    request=HandOver,
    response=HandlingView,
    refusals=("not_held", "not_in_review"),
    items=("M115",),
    journal=(DataGroup.REQUESTS,),
)
def hand_over(caller: Caller, request_id: str, body: HandOver) -> HandlingView:
    """Only what one has in hand."""
    return HandlingView.of(work_queue.hand_over(request_id, agent_of(caller), email=body.email))


@blueprint.endpoint(
    "GET",
    "/backoffice/queue/{request_id}/history",
    access=Access.AGENT,
    summary="Historique d’une démarche",
    response=HistoryOfRequestView,
    items=("M112", "M115"),
    journal=(DataGroup.REQUESTS,),
)
def read_history(caller: Caller, request_id: str) -> HistoryOfRequestView:
    """Who did what, and who read what for it."""
    request = work_queue.get(request_id)
    read = journal.about_request(request.member_id, request_id) if request.member_id else []
    return HistoryOfRequestView(
        handling=HandlingView.of(request),
        steps=[StepView.model_validate(one) for one in request.history],
        readings=[
            ReadingView(at=one.at, viewer=one.viewer.name, groups=list(one.groups), purpose=one.purpose) for one in read
        ],
    )
