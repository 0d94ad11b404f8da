"""The bank's files read back: each answer applied once, in whatever order they come; a report beside each file."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from chalicelib import clock
from chalicelib.domain.bank_reason import OwnReason
from chalicelib.domain.bank_return import Answer, Told, read
from chalicelib.domain.errors import Conflict, FieldErrors, NotFound, Refused
from chalicelib.domain.payments import Batch, BatchKind, BatchState
from chalicelib.gateways import documents
from chalicelib.observability import log
from chalicelib.services import direct_debits, incoming_transfers, payment_batches, payments

MAX_BYTES = 20 * 1024 * 1024
SUFFIX = ".report"
UNKNOWN_SHOWN = 200


def receive(key: str) -> None:
    """Handle one file of the bank. The same file again, or the same answer in another one, changes nothing.

    Errors: none for what is in the file; a passing trouble raises, so that the event is delivered again.
    """
    if key.endswith(SUFFIX):
        return
    content = documents.read("bank", key, max_bytes=MAX_BYTES)
    if content is None:
        return
    report = _applied(content)
    body = {"outcome": report.pop("outcome"), "at": clock.now().isoformat(), **report}
    documents.write(
        "bank",
        f"{key}{SUFFIX}",
        json.dumps(body, ensure_ascii=False, indent=2).encode(),
        content_type="application/json",
    )
    file = hashlib.sha256(key.encode()).hexdigest()[:12]
    log("bank_file", file=file, outcome=body["outcome"], count=report.get("applied", 0))


def _applied(content: bytes) -> dict[str, Any]:
    try:
        if len(content) > MAX_BYTES:
            raise FieldErrors.on("body", "Le fichier est trop volumineux (20 Mo au plus).", "too_large")
        file = read(content)
    except FieldErrors as error:
        [fault] = error.faults
        return {"outcome": "refused", "code": fault.code, "message": fault.message}
    outcomes: Counter[str] = Counter()
    unknown: list[str] = []
    for answer in file.answers:
        for name, outcome in _outcomes(answer):
            outcomes[outcome] += 1
            if outcome == "unknown":
                unknown.append(name)
    return {
        "outcome": "accepted" if outcomes["applied"] or outcomes["unknown"] else "unchanged",
        "message_id": file.message_id,
        "applied": outcomes["applied"],
        "unchanged": outcomes["unchanged"],
        "unknown": unknown[:UNKNOWN_SHOWN],
    }


def _outcomes(answer: Answer) -> list[tuple[str, str]]:
    """What became of an answer; one that contradicts what was posted waits for an agent, and the file goes on."""
    try:
        return list(_apply(answer))
    except Conflict as conflict:
        if conflict.code != "posting_differs":
            raise
        return [(answer.entry_id, _kept(answer))]


def _kept(answer: Answer) -> str:
    return "unknown" if incoming_transfers.keep(answer) else "unchanged"


def _apply(answer: Answer) -> Iterator[tuple[str, str]]:
    """What became of an answer: the payments it is about, each with its outcome."""
    if answer.end_to_end_id:
        outcome = _note(answer.end_to_end_id, answer)
        if outcome is not None:
            yield answer.end_to_end_id, outcome
            return
    batch = payment_batches.find(answer.batch_id) if answer.batch_id and not answer.end_to_end_id else None
    if batch is not None and answer.credit is None:
        yield from _of_batch(batch, answer)
    elif batch is not None and (moved := _moved(batch, answer)):
        yield from _of_batch(batch, answer, only=moved)
    elif answer.told is Told.RECEIVED:
        yield answer.entry_id, incoming_transfers.receive(answer)
    elif answer.end_to_end_id or answer.batch_id or answer.told is Told.REJECTED:
        yield answer.end_to_end_id or answer.batch_id or answer.entry_id, _kept(answer)


def _moved(batch: Batch, answer: Answer) -> frozenset[str]:
    """The payments of a file that a movement on the account is about, by what it amounts to.

    All of them for the total; for less, all that were not rejected before, if these add up. Else none: an agent looks.
    """
    held = [one for part in payment_batches.parts_of(batch) for one in part.payments]
    if answer.amount_cents != batch.total_cents:
        held = [one for one in held if answer.told is not Told.REJECTED and not _is_rejected(one.end_to_end_id)]
    adds_up = sum(one.amount_cents for one in held) == answer.amount_cents
    return frozenset(one.end_to_end_id for one in held) if adds_up else frozenset()


def _is_rejected(name: str) -> bool:
    return direct_debits.is_rejected(name) if direct_debits.is_debit(name) else payments.is_rejected(name)


def _of_batch(batch: Batch, answer: Answer, *, only: frozenset[str] | None = None) -> Iterator[tuple[str, str]]:
    """An answer about a whole file is one about each of its payments."""
    if answer.told is Told.REJECTED:
        payment_batches.refuse(batch.batch_id, answer.reason)
    for part in payment_batches.parts_of(batch):
        for payment in part.payments:
            if only is None or payment.end_to_end_id in only:
                yield payment.end_to_end_id, _note(payment.end_to_end_id, answer, whole_file=True) or "unknown"


def _note(name: str, answer: Answer, *, whole_file: bool = False) -> str | None:
    """Apply an answer to one payment of ours; ``None`` when there is none of that name."""
    code = OwnReason.FILE_REFUSED if whole_file else answer.reason or "unknown"
    if direct_debits.is_debit(name):
        if answer.told is Told.REJECTED:
            return _as_outcome(direct_debits.note_rejected(name, code=code, on=answer.on))
        return _as_outcome(direct_debits.note_booked(name, on=answer.on))
    if answer.told is Told.REJECTED:
        return _as_outcome(payments.note_rejected(name, code=code, on=answer.on))
    return _as_outcome(payments.note_booked(name, on=answer.on)) if answer.told is Told.BOOKED else None


def _as_outcome(news: bool | None) -> str | None:
    if news is None:
        return None
    return "applied" if news else "unchanged"


def present_again(batch_id: str) -> int:
    """Let the payments of a file that the bank refused whole leave again; returns how many.

    Errors: ``NotFound``; ``Refused`` for a file that was not refused.
    """
    batch = payment_batches.find(batch_id)
    if batch is None:
        raise NotFound
    if batch.state is not BatchState.REFUSED:
        raise Refused("not_refused", "La banque n’a pas refusé ce fichier.")
    if batch.kind is BatchKind.DEBITS:
        return direct_debits.present_again(batch)
    return payments.release_all(batch)
