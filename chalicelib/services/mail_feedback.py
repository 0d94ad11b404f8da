"""What mail servers say of a mail after it left: it came back, it was taken for spam, or it did not pass this time.

A mail that came back, or that its recipient complained of, puts its message among the rejected ones that agents see to,
and stops the automatic mails to that address until somebody vouches for it (``messages.vouch_for``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from chalicelib import clock
from chalicelib.domain.message import Feedback, MessageState, OutgoingMessage
from chalicelib.gateways.mail import TAG, message_of
from chalicelib.observability import log
from chalicelib.storage import outbox
from chalicelib.storage.transaction import Transaction, retry_stale


class NotRecordedYet(Exception):
    """The mail left, but the message does not say so yet: the feedback must come again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Feedback on one mail: ``feedback`` is one of ``Feedback``, ``addresses`` are those concerned.

    ``mail_id`` is the mail service's name for it, ``tags`` are what it bore; ``detail`` is the mail service's own word
    for what happened, without any address.
    """

    feedback: str
    detail: str
    mail_id: str
    tags: Mapping[str, Sequence[str]]
    sent_at: datetime
    addresses: frozenset[str]


def receive(report: Report) -> None:
    """Record what a mail server said; the same report again, or one on an older sending, changes nothing.

    Errors: ``NotRecordedYet`` when the report comes before the record of the sending; ``ValueError`` for feedback that
    is none, or a tag that is not ours.
    """
    feedback = Feedback(report.feedback)
    message_id = next(map(message_of, report.tags.get(TAG, ())), None)
    for email in sorted(report.addresses):
        retry_stale(partial(_tell, email, feedback, report.sent_at))
    outcome = retry_stale(partial(_mark, message_id, feedback, report)) if message_id else "unknown"
    log("mail_feedback", message_id=message_id, code=feedback.value, outcome=outcome)


def _tell(email: str, feedback: Feedback, sent_at: datetime) -> None:
    known = outbox.address(email)
    told = known.told(feedback, sent_at=sent_at)
    if told != known:
        with Transaction() as transaction:
            outbox.save_address(transaction, told, at=clock.now())


def _mark(message_id: str, feedback: Feedback, report: Report) -> str:
    message = outbox.get(message_id)
    if message is None:
        return "unknown"
    if message.state is MessageState.PENDING and message.mail_id is None:
        raise NotRecordedYet
    if message.mail_id != report.mail_id:
        return "superseded"
    changed = _after(message, feedback, report.detail)
    if changed != message:
        with Transaction() as transaction:
            outbox.save(transaction, changed)
    return changed.state.value


def _after(message: OutgoingMessage, feedback: Feedback, detail: str) -> OutgoingMessage:
    if message.state is not MessageState.SENT:
        return message
    if feedback is Feedback.TRANSIENT:
        return replace(message, trouble=detail)
    return replace(message, state=MessageState.REJECTED, rejection=feedback.value)
