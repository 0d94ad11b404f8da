"""Contents and answers as both spaces show them (H98–H108, M90–M98)."""

from datetime import date
from typing import Annotated

from pydantic import Field

from chalicelib.api.forms import Identifier
from chalicelib.api.schemas import Body, View
from chalicelib.api.views import BrokerView
from chalicelib.domain.content import BlockKind, Content, ContentKind
from chalicelib.services.assistant import Reply
from chalicelib.settings import assistant_name
from chalicelib.validation import Schema

QuestionText = Annotated[str, Field(min_length=1, max_length=500)]


class ContentQuery(Schema):
    """Which heading."""

    kind: ContentKind | None = None


class BlockView(View):
    """A piece of a text: a heading, a paragraph or an item of a list."""

    kind: BlockKind
    text: str


class ContactView(View):
    """How to reach a partner (H99, M91)."""

    name: str
    phone: str
    email: str
    website: str


class ContentView(View):
    """One content that is published, and who answers for it."""

    content_id: str
    kind: ContentKind
    title: str
    blocks: list[BlockView]
    contact: ContactView | None
    owner: str
    published_from: date | None

    @classmethod
    def of(cls, one: Content) -> "ContentView":
        """The view of a content."""
        return cls.model_validate(one)


class ContentListView(View):
    """Contents by heading, newest first within each."""

    contents: list[ContentView]


class AskAsMember(Body):
    """A question, in the person's own words."""

    EXAMPLE = {"question": "Où est ma carte de tiers payant ?"}

    question: QuestionText


class AskAsEmployer(Body):
    """A question, in the person's own words; ``employee_id`` is the employee whose sheet is open, if any."""

    EXAMPLE = {"question": "Quand a lieu le prochain prélèvement ?"}

    question: QuestionText
    employee_id: Identifier | None = None


class SourceView(View):
    """What an answer rests on: a content or one's own data, by its path in this API."""

    title: str
    path: str


class TargetView(View):
    """Where to go on: a page by its path in this API, or a document by a link that works for a few minutes."""

    label: str
    path: str | None
    url: str | None


class FactView(View):
    """One line of an answer made of data."""

    label: str
    value: str


class HandoverView(View):
    """Whom to ask instead."""

    broker: BrokerView
    mailbox: str
    contact: str


class AssistantReplyView(View):
    """What the assistant says, on what it rests and where it leads; without an ``intent`` it does not know."""

    assistant: str
    intent: str | None
    text: str
    facts: list[FactView]
    contacts: list[ContactView]
    sources: list[SourceView]
    links: list[TargetView]
    handover: HandoverView | None
    suggestions: list[str]

    @classmethod
    def of(cls, reply: Reply) -> "AssistantReplyView":
        """The view of a reply."""
        return cls(
            assistant=assistant_name(),
            intent=reply.intent,
            text=reply.text,
            facts=[FactView.model_validate(one) for one in reply.facts],
            contacts=[ContactView.model_validate(one) for one in reply.contacts],
            sources=[SourceView.model_validate(one) for one in reply.sources],
            links=[TargetView.model_validate(one) for one in reply.links],
            handover=HandoverView.model_validate(reply.handover) if reply.handover else None,
            suggestions=list(reply.suggestions),
        )
