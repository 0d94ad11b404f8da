"""Messages to send: written in the transaction that causes them, sent after it, kept as a record (M114).

Beside them (``address#…``) what is known of an address; case never tells two addresses apart, as in ``identities``.
"""

from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from chalicelib import settings
from chalicelib.domain.law import parameter
from chalicelib.domain.message import Address, MessageState, MessageSummary, OutgoingMessage
from chalicelib.domain.periods import add_months
from chalicelib.storage import rows
from chalicelib.storage.transaction import Transaction


class ByState(GlobalSecondaryIndex["MessageRow"]):
    """The messages not sent yet, those that could not be, and those that may still come back; oldest first."""

    class Meta:
        index_name = "by-state"
        projection = IncludeProjection(["summary"])

    listed_state = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)
    summary = UnicodeAttribute()


class MessageRow(rows.Document):
    """One message, or what is known of one address."""

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
ADDRESS = "address#"


def get(message_id: str) -> OutgoingMessage | None:
    """A message, or ``None``."""
    if message_id.startswith(ADDRESS):
        return None
    row = MessageRow.find(message_id)
    return rows.decode(OutgoingMessage, row.document) if row else None


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
        listed_state=message.state.value if message.state in LISTED or _may_come_back(message) else None,
        created_at=message.created_at.isoformat(),
        expires=_expiry(message),
        summary=rows.encode(summary),
    )


def _may_come_back(message: OutgoingMessage) -> bool:
    return message.state is MessageState.SENT and message.sealed_context is not None


def _expiry(message: OutgoingMessage) -> int | None:
    """A decoy is of no use once its caller was answered; the record of a mail goes when logs do (dossier 9)."""
    if message.state is MessageState.DECOY:
        return int((message.created_at + DECOY_KEPT).timestamp())
    return _with_the_logs(message.created_at)


def _with_the_logs(since: datetime) -> int:
    written = since.date()
    kept = add_months(written, int(parameter("retention.messages", on=written).value)) - written
    return int((since + kept).timestamp())


def in_state(state: MessageState, *, limit: int = 100) -> list[MessageSummary]:
    """Messages that wait, were rejected, or were sent and may still come back; oldest first."""
    found = MessageRow.by_state.query(state.value, limit=limit, page_size=rows.PAGE_SIZE)
    return [rows.decode(MessageSummary, row.summary) for row in found]


def address(email: str) -> Address:
    """What is known of an address; nothing yet for most."""
    row = MessageRow.find(_address_key(email))
    return rows.decode(Address, row.document) if row else Address(address=email.casefold())


def save_address(transaction: Transaction, known: Address, *, at: datetime) -> None:
    """Write what is known of an address, unless somebody else has written it meanwhile; kept as long as a mail is."""
    rows.write(
        transaction,
        MessageRow,
        known,
        message_id=_address_key(known.address),
        created_at=at.isoformat(),
        expires=_with_the_logs(at),
        summary="",
    )


def _address_key(email: str) -> str:
    return f"{ADDRESS}{email.casefold()}"
