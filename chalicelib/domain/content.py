"""Editorial content: whom it is for, who answers for it, and whether a day finds it published (H98–H103, M90–M95).

A content is written in Markdown cut down to headings (``##``), lists (``-``) and paragraphs, so that a page and a PDF
can show the same.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from chalicelib.domain.company import Risk


class ContentKind(StrEnum):
    """What a content is: the headings of « Services & informations », and the DSN page."""

    FAQ = "faq"
    NEWS = "actualite"
    PREVENTION = "prevention"
    TUTORIAL = "tutoriel"
    PARTNER = "partenaire"
    DSN = "dsn"


class Audience(StrEnum):
    """Which space shows a content."""

    EMPLOYER = "employeur"
    MEMBER = "assure"
    BOTH = "tous"


class ContentState(StrEnum):
    """Where a content is in its life."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class BlockKind(StrEnum):
    """What a piece of a text is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a text."""

    kind: BlockKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How to reach a partner (H99, M91)."""

    name: str
    phone: str
    email: str
    website: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """One content of the library.

    ``risk`` is the cover it is about; ``None`` when it is about either. Without ``published_from`` it is a draft;
    ``archived_from`` is the first day on which it is no longer shown.

    Errors: ``ValueError`` when it has no owner or no text, or is archived before it is published.
    """

    content_id: str
    kind: ContentKind
    audience: Audience
    title: str
    body: str
    owner: str
    risk: Risk | None = None
    published_from: date | None = None
    archived_from: date | None = None
    contact: Contact | None = None

    def __post_init__(self) -> None:
        if not self.owner.strip() or not self.title.strip() or not self.body.strip():
            raise ValueError(f"{self.content_id} has a title, a text and an owner")
        if self.archived_from and (self.published_from is None or self.archived_from <= self.published_from):
            raise ValueError(f"{self.content_id} is published before it is archived")

    def state_on(self, day: date) -> ContentState:
        """Draft until its first day, archived from its last day on (H108).

        >>> one = Content(content_id="a", kind=ContentKind.NEWS, audience=Audience.BOTH, title="T", body="B", owner="O",
        ...               published_from=date(2026, 3, 1), archived_from=date(2026, 6, 1))
        >>> [str(one.state_on(day)) for day in (date(2026, 2, 28), date(2026, 3, 1), date(2026, 6, 1))]
        ['draft', 'published', 'archived']
        """
        if self.published_from is None or day < self.published_from:
            return ContentState.DRAFT
        if self.archived_from is not None and day >= self.archived_from:
            return ContentState.ARCHIVED
        return ContentState.PUBLISHED

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The text, piece by piece: lines that follow each other are one paragraph."""
        found: list[Block] = []
        for group in self.body.strip().split("\n\n"):
            lines = [line.strip() for line in group.splitlines()]
            while lines:
                if lines[0].startswith("## "):
                    found.append(Block(BlockKind.HEADING, lines.pop(0).removeprefix("## ")))
                elif lines[0].startswith("- "):
                    found.append(Block(BlockKind.ITEM, lines.pop(0).removeprefix("- ")))
                else:
                    end = next((i for i, line in enumerate(lines) if line.startswith(("## ", "- "))), len(lines))
                    found.append(Block(BlockKind.PARAGRAPH, " ".join(lines[:end])))
                    lines = lines[end:]
        return tuple(found)


def shown(
    library: Iterable[Content],
    *,
    audience: Audience,
    risks: frozenset[Risk],
    on: date,
    kind: ContentKind | None = None,
) -> tuple[Content, ...]:
    """What a space shows on a day: published, for its audience, about a risk that is held; newest first within a kind.

    A draft or an archived content never is (H108). What is about one risk is for those who hold it (A3).
    """
    kept = [
        one
        for one in library
        if one.state_on(on) is ContentState.PUBLISHED
        and one.audience in {audience, Audience.BOTH}
        and (one.risk is None or one.risk in risks)
        and (kind is None or one.kind is kind)
    ]
    order = list(ContentKind)
    newest_first = sorted(kept, key=lambda one: one.published_from or on, reverse=True)
    return tuple(sorted(newest_first, key=lambda one: order.index(one.kind)))


def read(text: str) -> tuple[Content, ...]:
    """The contents of one file of the library, in its order.

    Errors: ``ValueError`` for a file that is no library; ``KeyError`` for a content that lacks something.

    >>> [one.content_id for one in read('''
    ... [[content]]
    ... id = "faq-essai"
    ... kind = "faq"
    ... audience = "tous"
    ... title = "Un essai ?"
    ... owner = "Rédaction"
    ... body = "Oui."
    ... ''')]
    ['faq-essai']
    """
    return tuple(_content(entry) for entry in tomllib.loads(text)["content"])


def _content(entry: dict[str, Any]) -> Content:
    contact = entry.get("contact")
    return Content(
        content_id=entry["id"],
        kind=ContentKind(entry["kind"]),
        audience=Audience(entry["audience"]),
        title=entry["title"],
        body=entry["body"].strip(),
        owner=entry["owner"],
        risk=Risk(entry["risk"]) if "risk" in entry else None,
        published_from=entry.get("published_from"),
        archived_from=entry.get("archived_from"),
        contact=Contact(**contact) if contact else None,
    )
