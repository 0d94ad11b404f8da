"""A mail to a person: what it says, to whom, why it may be sent once only, and what became of it (M114)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MessageState(StrEnum):
    """What became of a message. A decoy is never sent: it makes an unknown account cost as much as a known one."""

    PENDING = "PENDING"
    SENT = "SENT"
    REJECTED = "REJECTED"
    DECOY = "DECOY"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """A message of the outbox. ``message_id`` is a business key: the same occasion never writes twice.

    ``sealed_context`` holds what the template needs, encrypted, and is dropped once the message has been sent.
    ``confirms_account`` names the account whose space opens some time after this message left (H9, A4).
    """

    message_id: str
    template: str
    recipient: str
    sealed_context: str | None
    state: MessageState
    confirms_account: str | None = None
    about: str = ""
    created_at: datetime
    sent_at: datetime | None = None
    attempts: int = 0
    rejection: str | None = None
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSummary:
    """What the agents' list shows of a message; it cannot be saved."""

    message_id: str
    template: str
    recipient: str
    state: MessageState
    about: str
    created_at: datetime
    attempts: int
    rejection: str | None
