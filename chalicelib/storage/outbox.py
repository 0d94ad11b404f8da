"""Messages to send: written in the transaction that causes them, sent after it, kept as a record (M114)."""

from datetime import timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from chalicelib import settings
from chalicelib.domain.message import MessageState, MessageSummary, OutgoingMessage
from chalicelib.storage import rows
from chalicelib.storage.transaction import Transaction


class ByState(GlobalSecondaryIndex["MessageRow"]):
    """The messages not sent yet, and those that could not be, oldest first."""

    class Meta:
        index_name = "by-state"
        projection = IncludeProjection(["summary"])

    listed_state = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)
    summary = UnicodeAttribute()


class MessageRow(rows.Document):
    """One message."""

    class Meta(rows.Meta):
        table_name = settings.table("outbox")

    message_id = UnicodeAttribute(hash_key=True)
    listed_state = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()
    summary = UnicodeAttribute()
    expires = NumberAttribute(null=True)
    by_state = ByState()


DECOY_KEPT = timedelta(days=1)
LISTED = {MessageState.PENDING, MessageState.REJECTED}


def get(message_id: str) -> OutgoingMessage | None:
    """A message, or ``None``."""
    try:
        return rows.decode(OutgoingMessage, MessageRow.get(message_id, consistent_read=True).document)
    except MessageRow.DoesNotExist:
        return None


def save(transaction: Transaction, message: OutgoingMessage) -> None:
    """Write a message, unless somebody else has written it meanwhile."""
    summary = MessageSummary(
        message_id=message.message_id,
        template=message.template,
        recipient=message.recipient,
        state=message.state,
        about=message.about,
        created_at=message.created_at,
        attempts=message.attempts,
        rejection=message.rejection,
    )
    rows.write(
        transaction,
        MessageRow,
        message,
        message_id=message.message_id,
        listed_state=message.state.value if message.state in LISTED else None,
        created_at=message.created_at.isoformat(),
        expires=_expiry(message),
        summary=rows.encode(summary),
    )


def _expiry(message: OutgoingMessage) -> int | None:
    """A decoy is of no use once its caller was answered."""
    return int((message.created_at + DECOY_KEPT).timestamp()) if message.state is MessageState.DECOY else None


def in_state(state: MessageState, *, limit: int = 100) -> list[MessageSummary]:
    """Messages that wait or were rejected, oldest first."""
    found = MessageRow.by_state.query(state.value, limit=limit, page_size=rows.PAGE_SIZE)
    return [rows.decode(MessageSummary, row.summary) for row in found]
