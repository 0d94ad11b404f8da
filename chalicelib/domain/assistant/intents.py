"""The closed list of what the assistant can answer: read from ``intents.toml``, once."""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from chalicelib.domain.assistant.words import words
from chalicelib.domain.content import Audience


class Action(StrEnum):
    """What answering takes: a published text, or the caller's own data read with the caller's own rights."""

    CONTENT = "content"
    CARD = "card"
    PAYMENT_SCHEDULE = "payment_schedule"
    CONTRACTS = "contracts"
    BROKER = "broker"
    REQUESTS = "requests"
    REIMBURSEMENTS = "reimbursements"
    BALANCES = "balances"
    DSN = "dsn"
    PARTNERS = "partners"
    NEWS = "news"
    PREVENTION = "prevention"
    TUTORIALS = "tutorials"
    CONTACT = "contact"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One thing that can be asked.

    ``keywords`` are stems: a question that has none of them is about something else. ``phrases`` are ways of asking,
    the first one being what the assistant suggests. ``contents`` are the texts that answer it, ``page`` the place of
    the space where it is done, under the path of the space. ``of_somebody`` is about a person, who may be
    named.
    """

    intent_id: str
    audience: Audience
    action: Action
    keywords: frozenset[str]
    phrases: tuple[str, ...]
    contents: tuple[str, ...] = ()
    page: str = ""
    of_somebody: bool = False


@cache
def intents(audience: Audience) -> tuple[Intent, ...]:
    """What somebody of one space may ask.

    >>> "payment_schedule" in {one.intent_id for one in intents(Audience.MEMBER)}
    True
    """
    return tuple(one for one in _all() if one.audience in {audience, Audience.BOTH})


@cache
def synonyms() -> dict[str, str]:
    """What stands for a stem: its canonical one."""
    return {
        one: words(canonical)[0]
        for canonical, others in _document()["synonyms"].items()
        for other in others
        for one in words(other)
    }


def stems(sentence: str) -> tuple[str, ...]:
    """The stems of a sentence, each in its canonical form.

    >>> stems("Mon collaborateur démissionne") == stems("radier un salarié")[::-1]
    True
    """
    return tuple(synonyms().get(one, one) for one in words(sentence))


@cache
def _all() -> tuple[Intent, ...]:
    return tuple(
        Intent(
            intent_id=entry["id"],
            audience=Audience(entry["audience"]),
            action=Action(entry.get("action", "content")),
            keywords=frozenset(stem for keyword in entry["keywords"] for stem in stems(keyword)),
            phrases=tuple(entry["phrases"]),
            contents=tuple(entry.get("contents", ())),
            page=entry.get("page", ""),
            of_somebody=entry.get("of_somebody", False),
        )
        for entry in _document()["intent"]
    )


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads(files("chalicelib.domain.assistant").joinpath("intents.toml").read_text(encoding="utf-8"))
