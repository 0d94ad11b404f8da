"""A mail or an SMS to a person: what it says, to whom, why it may be sent once only, and what became of it (M114)."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class MessageState(StrEnum):
    """What became of a message. A decoy is never sent: it makes an unknown account cost as much as a known one.

    A message is rejected when the mail service will not send it, when it came back, and when its address is known to
    receive nothing; ``rejection`` says which.
    """

    PENDING = "PENDING"
    SENT = "SENT"
    REJECTED = "REJECTED"
    DECOY = "DECOY"


class Channel(StrEnum):
    """How a message is sent."""

    MAIL = "mail"
    SMS = "sms"


class Feedback(StrEnum):
    """What a mail server said of a mail after it left: given back for good, taken for spam, or not received this time.

    The first two stop the mails to that address; the last is only recorded.
    """

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    TRANSIENT = "transient"


UNDELIVERABLE = "undeliverable"
"""The rejection of a message that was not sent, its address being known to receive nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """A message of the outbox. ``message_id`` is a business key: the same occasion never writes twice.

    ``sealed_context`` holds what the template needs, encrypted; it is dropped once the message can no longer come back,
    at once when it holds a personal link or code. ``mail_id`` is the carrier's own name for the latest sending, and
    ``trouble`` the latest passing failure that a mail server reported.
    ``confirms_account`` names the account whose space opens some time after this message left (H9, A4).
    ``attachment`` is where the document that goes with it lies.
    """

    message_id: str
    channel: Channel = Channel.MAIL
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
    mail_id: str | None = None
    trouble: str | None = None
    attachment: str | None = None
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What is known of an address: why mails to it stop, unless somebody has vouched for it since."""

    address: str
    stopped_by: Feedback | None = None
    vouched_at: datetime | None = None
    version: int = 0

    def told(self, feedback: Feedback, *, sent_at: datetime) -> "Address":
        """The same address after feedback on a mail that left at ``sent_at``.

        Feedback on a mail older than the last vouching changes nothing, nor does a complaint after a bounce: the order
        in which feedback arrives decides nothing.

        >>> from datetime import UTC
        >>> sent = datetime(2026, 3, 2, tzinfo=UTC)
        >>> Address(address="lea@exemple.fr").told(Feedback.BOUNCE, sent_at=sent).stopped_by
        <Feedback.BOUNCE: 'bounce'>
        >>> vouched = Address(address="lea@exemple.fr", vouched_at=datetime(2026, 3, 3, tzinfo=UTC))
        >>> vouched.told(Feedback.BOUNCE, sent_at=sent).stopped_by is None
        True
        """
        old = self.vouched_at is not None and sent_at < self.vouched_at
        if old or feedback is Feedback.TRANSIENT or self.stopped_by is Feedback.BOUNCE:
            return self
        return replace(self, stopped_by=feedback)

    def vouched(self, *, at: datetime) -> "Address":
        """The same address once somebody says that it works."""
        return replace(self, stopped_by=None, vouched_at=at) if self.stopped_by else self

    def receives(self, *, despite_complaint: bool) -> bool:
        """Whether a mail may be sent there; whoever complained still gets what they ask for, and what warns them."""
        return self.stopped_by is None or (despite_complaint and self.stopped_by is Feedback.COMPLAINT)


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
