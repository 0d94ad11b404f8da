"""Mails and SMS: written to the outbox with what causes them, sent afterwards by a worker, exactly once per occasion.

``write`` adds a message to a transaction; ``dispatch`` wakes the worker once it is committed; ``deliver`` sends it,
unless the address is known to receive nothing (``mail_feedback``); ``sweep`` finds what was committed but never
dispatched, and drops what a message held once it can no longer come back.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from chalicelib import clock
from chalicelib.domain.account import opens_at
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.message import UNDELIVERABLE, Channel, MessageState, OutgoingMessage
from chalicelib.gateways import documents, mail, queues, secrets, sms
from chalicelib.observability import log
from chalicelib.settings import insurer, portal_origin
from chalicelib.storage import accounts, outbox
from chalicelib.storage.transaction import Transaction, retry_stale
from chalicelib.texts.dates import moment_in_words
from chalicelib.texts.messages import render_message, render_sms

FORGOTTEN_AFTER = timedelta(minutes=2)
PERSONAL_LINKS = {
    "first_connection_link",
    "forgotten_password_link",
    "agent_account_opened",
    "employer_account_opened",
    "email_change_link",
    "pre_affiliation_invitation",
    "privacy_decided",
    "privacy_invitation",
    "bank_change_signed",
    "refund_account_signed",
    "signature_code",
    "refund_account_code",
    "mobile_code",
}
FOR_ONE_ADDRESS = {"hospital_commitment", "hospital_commitment_withdrawn"}
"""What goes to a verified address only: an agent verifies another one and grants the commitment again (M70, M71)."""
LARGEST_ATTACHMENT = 5 * 1024 * 1024
ASKED_FOR = {"first_connection_link", "forgotten_password_link"}
WARNINGS = {
    "bank_change_signed",
    "refund_account_signed",
    "email_changed",
    "email_change_asked",
    "mobile_changed",
    "company_email_changed",
    "password_changed",
}
"""What somebody else may have done in one's name: who once took a mail of ours for spam is warned all the same."""
MAY_COME_BACK = timedelta(days=3)
SWEPT_AT_ONCE = 500


def write(
    transaction: Transaction,
    *,
    occasion: str,
    template: str,
    recipient: str | None,
    context: Mapping[str, str],
    about: str = "",
    confirms_account: str | None = None,
    channel: Channel = Channel.MAIL,
    attachment: str | None = None,
) -> str:
    """Add a message to a transaction, which fails if the same occasion has written it before; returns its id.

    ``attachment`` is the key of a PDF among our documents that goes with it.

    Without a recipient a decoy is written: it is never sent, and costs the caller as much as a real one. A message that
    confirms an account says when its space opens; that is known, and added to the context, when it is sent.
    """
    sealed = secrets.seal(json.dumps({**_signature(channel), **context}, sort_keys=True), field="message")
    message = OutgoingMessage(
        message_id=occasion,
        channel=channel,
        template=template,
        recipient=recipient or "",
        sealed_context=sealed if recipient else None,
        state=MessageState.PENDING if recipient else MessageState.DECOY,
        confirms_account=confirms_account,
        about=about,
        attachment=attachment,
        created_at=clock.now(),
    )
    outbox.save(transaction, message)
    return occasion


def tell(
    transaction: Transaction,
    recipient: str | None,
    template: str,
    *,
    occasion: str,
    context: Mapping[str, str],
    about: str,
) -> list[str]:
    """Add a mail to somebody who may have no address, as ``write``; the ids of what was added: one, or none."""
    if not recipient:
        return []
    return [write(transaction, occasion=occasion, template=template, recipient=recipient, context=context, about=about)]


def _signature(channel: Channel) -> dict[str, str]:
    """What every message of a channel says of the insurer."""
    if channel is Channel.SMS:
        return {"insurer_name": insurer().name}
    return {
        "insurer_name": insurer().name,
        "portal_name": insurer().portal_name,
        "portal_url": portal_origin(),
        "contact_email": insurer().production_mailbox,
    }


def dispatch(*message_ids: str) -> None:
    """Wake the worker for messages that have been committed."""
    for message_id in message_ids:
        queues.send("outbox", {"message_id": message_id, "attempt": 0})


def deliver(message_id: str) -> str:
    """Send one message, unless that has been done; a refusal by the mail service is final and recorded.

    Returns the state it is left in.
    Errors: ``NotFound`` for a message never written; a passing trouble raises too, so that it is tried again.
    """
    message = outbox.get(message_id)
    if message is None:
        raise NotFound
    if message.state is MessageState.PENDING and message.sealed_context is not None:
        message = _send(message, message.sealed_context)
    if message.state is MessageState.SENT and message.confirms_account and message.sent_at:
        retry_stale(partial(_confirm, message.confirms_account, message.sent_at))
    log("message", message_id=message_id, template=message.template, outcome=message.state.value)
    return message.state


def _send(message: OutgoingMessage, sealed_context: str) -> OutgoingMessage:
    tried = replace(message, attempts=message.attempts + 1)
    if outbox.address(message.recipient).receives(despite_complaint=message.template in ASKED_FOR | WARNINGS):
        outcome = _hand_over(tried, sealed_context)
    else:
        outcome = replace(tried, state=MessageState.REJECTED, rejection=UNDELIVERABLE)
    with Transaction() as transaction:
        outbox.save(transaction, outcome)
    return replace(outcome, version=outcome.version + 1)


def _hand_over(message: OutgoingMessage, sealed_context: str) -> OutgoingMessage:
    """The message once its carrier has answered; it keeps what it says until it can no longer come back, but for links.

    An SMS never comes back: it keeps nothing.
    """
    now = clock.now()
    context = json.loads(secrets.unseal(sealed_context, field="message"))
    if message.confirms_account:
        context |= _opening_context(message.confirms_account, now)
    try:
        mail_id = _carry(message, context)
    except (mail.MailRejected, sms.SmsRejected) as refusal:
        return replace(message, state=MessageState.REJECTED, rejection=refusal.code)
    comes_back = message.channel is Channel.MAIL and message.template not in PERSONAL_LINKS
    kept = sealed_context if comes_back else None
    return replace(message, state=MessageState.SENT, sent_at=now, mail_id=mail_id, sealed_context=kept)


def _carry(message: OutgoingMessage, context: Mapping[str, str]) -> str:
    if message.channel is Channel.SMS:
        return sms.send(recipient=message.recipient, text=render_sms(message.template, context))
    rendered = render_message(message.template, context)
    if message.attachment is not None:
        return mail.send_document(
            message_id=message.message_id,
            recipient=message.recipient,
            subject=rendered.subject,
            body=rendered.body,
            attached=_attached(message.attachment),
        )
    return mail.send(
        message_id=message.message_id, recipient=message.recipient, subject=rendered.subject, body=rendered.body
    )


def _attached(key: str) -> mail.Attached:
    """The document that goes with a message.

    Errors: ``NotFound`` while it is not there.
    """
    content = documents.read("documents", key, max_bytes=LARGEST_ATTACHMENT)
    if content is None:
        raise NotFound
    return mail.Attached(name=key.rpartition("/")[2], content=content)


def resend(message_id: str, *, recipient: str) -> None:
    """Send a rejected message to another address, or to the same one which somebody vouches for by asking this.

    Errors: ``NotFound``; ``Conflict`` unless the message stands rejected, or when it holds a link that opens an account
    or an affiliation: whoever it is meant for asks for a new one; or when it came back after what it said was dropped.
    """
    message = outbox.get(message_id)
    if message is None:
        raise NotFound
    if message.state is not MessageState.REJECTED:
        raise Conflict("not_rejected", "Ce message n’a pas été refusé, ou il est déjà reparti.")
    if message.template in PERSONAL_LINKS:
        sentence = "Ce message contient un lien personnel\u00a0: la personne doit en demander un nouveau."
        raise Conflict("personal_link", sentence)
    if message.template in FOR_ONE_ADDRESS:
        sentence = "Ce message ne part qu’à l’adresse vérifiée de l’hôpital\u00a0: vérifiez-la et accordez à nouveau."
        raise Conflict("verified_address_only", sentence)
    if message.sealed_context is None:
        sentence = "Le contenu de ce message n’est plus gardé : prévenez la personne autrement."
        raise Conflict("content_dropped", sentence)
    again = replace(message, state=MessageState.PENDING, recipient=recipient, rejection=None, mail_id=None)
    with Transaction() as transaction:
        outbox.save(transaction, again)
        vouch_for(transaction, recipient)
    queues.send("outbox", {"message_id": message_id, "attempt": message.attempts})


def vouch_for(transaction: Transaction, email: str) -> None:
    """Let mails be sent again to an address that somebody says works; feedback on older mails no longer counts."""
    now = clock.now()
    known = outbox.address(email)
    vouched = known.vouched(at=now)
    if vouched != known:
        outbox.save_address(transaction, vouched, at=now)


def sweep() -> int:
    """Dispatch again what has waited too long to have been dispatched at all; returns how many.

    What a message held is dropped three days after it left: a mail that comes back does so before.
    """
    _drop_settled()
    limit = clock.now() - FORGOTTEN_AFTER
    forgotten = [one for one in outbox.in_state(MessageState.PENDING) if one.created_at < limit]
    for one in forgotten:
        queues.send("outbox", {"message_id": one.message_id, "attempt": one.attempts})
    return len(forgotten)


def _drop_settled() -> None:
    limit = clock.now() - MAY_COME_BACK
    for one in outbox.in_state(MessageState.SENT, limit=SWEPT_AT_ONCE):
        if one.created_at < limit:
            retry_stale(partial(_drop, one.message_id, limit))


def _drop(message_id: str, limit: datetime) -> None:
    message = outbox.get(message_id)
    if message is None or message.sent_at is None or message.sent_at >= limit:
        return
    if message.state is MessageState.SENT:
        with Transaction() as transaction:
            outbox.save(transaction, replace(message, sealed_context=None))


def _confirm(account_id: str, sent_at: datetime) -> None:
    """Start the delay after which the space of an account opens, at the first mail that confirmed it (H9, A4)."""
    account = accounts.get(account_id)
    if account is None or account.confirmed_at is not None:
        return
    with Transaction() as transaction:
        accounts.save(transaction, replace(account, confirmed_at=sent_at))


def link_to(path: str, token: str) -> str:
    """The address of a page of the web client that takes a token; the token stays behind the ``#``, out of logs."""
    return f"{portal_origin()}/{path}#{token}"


def _opening_context(account_id: str, now: datetime) -> dict[str, str]:
    """When a space will open: the confirmation mail says the very moment that will count (H9, M4).

    That is counted from the first confirmation, also when the mail came back and is sent again.
    """
    account = accounts.get(account_id)
    confirmed = (account.confirmed_at if account else None) or now
    opening = opens_at(confirmed)
    hours = int((opening - confirmed).total_seconds()) // 3600
    return {"opening_delay": f"{hours}\u00a0heures", "opens_on": moment_in_words(opening)}
