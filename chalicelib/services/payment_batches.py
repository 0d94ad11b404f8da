"""Batches of payments: opened, filled, closed, written to a file, each step once however often it is tried.

What fills a batch adds its part in the transaction that takes the payments, so a payment is in one batch. The file is
written from the batch alone, under the batch's name: a run that was interrupted is finished by the next one.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import partial

from chalicelib import clock
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.payments import Batch, BatchKind, BatchState, Part, Payment, batch_id, earliest_execution
from chalicelib.gateways import bank_files, documents
from chalicelib.gateways.bank_files import Line
from chalicelib.observability import log, log_failure
from chalicelib.services import payees
from chalicelib.storage import payments
from chalicelib.storage.transaction import Transaction, retry_stale

MOST_IN_FILE = 2_000
MOST_IN_PART = 90
MOST_A_DAY = 999
PAGE = 20


def to_fill(kind: BatchKind, execute_on: date) -> Batch:
    """The batch that takes the next payments of a day: the one that is open, or a new one, not written yet."""
    for rank in range(1, MOST_A_DAY + 1):
        name = batch_id(kind, execute_on, rank)
        known = payments.batch(name)
        if known is None:
            return Batch(batch_id=name, kind=kind, execute_on=execute_on, opened_at=clock.now())
        if known.state is BatchState.OPEN and known.payments + MOST_IN_PART <= MOST_IN_FILE:
            return known
    raise ValueError(f"more than {MOST_A_DAY} batches for one day")


def write_files(kind: BatchKind, *, also: Iterable[str] = ()) -> int:
    """Close the batches that are open and write every file that is still to be written; returns how many.

    ``also`` names batches that were filled just now: the index may not list them yet.

    Errors: ``ValueError`` for a batch whose file no bank would take, once all others are written.
    """
    names = sorted({*payments.unfinished_batches(kind), *also})
    broken: list[ValueError] = []
    for name in names:
        retry_stale(partial(_close, name))
        try:
            _write(name)
        except ValueError as error:
            log_failure("payment_file", error, file=name)
            broken.append(error)
    if broken:
        raise broken[0]
    return len(names)


def _close(name: str) -> None:
    batch = _found(name)
    if batch.state is not BatchState.OPEN:
        return
    now = clock.now()
    earliest = earliest_execution(batch.kind, clock.paris_day(now))
    with Transaction() as transaction:
        payments.save_batch(transaction, batch.closed(at=now, earliest=earliest))


def _write(name: str) -> None:
    batch = retry_stale(partial(_in_time, name))
    if batch.state is not BatchState.CLOSED:
        return
    content = _content(batch)
    if not documents.exists("bank", batch.file_key):
        documents.write("bank", batch.file_key, content, content_type="application/xml")
    digest = hashlib.sha256(content).hexdigest()
    retry_stale(partial(_mark_written, name, digest))
    log("payment_file", file=name, count=batch.payments)


def _in_time(name: str) -> Batch:
    """A batch, asked for a day that is still possible unless its file is there already."""
    batch = _found(name)
    earliest = earliest_execution(batch.kind, clock.today())
    if batch.state is not BatchState.CLOSED or batch.execute_on >= earliest or documents.exists("bank", batch.file_key):
        return batch
    with Transaction() as transaction:
        payments.save_batch(transaction, replace(batch, execute_on=earliest))
    return _found(name)


def _mark_written(name: str, digest: str) -> None:
    batch = _found(name)
    if batch.state is BatchState.CLOSED:
        with Transaction() as transaction:
            payments.save_batch(transaction, replace(batch, state=BatchState.WRITTEN, sha256=digest))


def _content(batch: Batch) -> bytes:
    """The file of a closed batch; always the same bytes.

    Errors: ``ValueError`` when its parts do not add up to it, hold an account that no bank would take, or make a file
    that the ISO schema does not allow.
    """
    held = [one for part in parts_of(batch) for one in part.payments]
    if (len(held), sum(one.amount_cents for one in held)) != (batch.payments, batch.total_cents):
        raise ValueError(f"{batch.batch_id} does not add up")
    lines = [_line(one) for one in held]
    written_at = (batch.closed_at or batch.opened_at).astimezone(clock.PARIS)
    write = bank_files.transfers if batch.kind is BatchKind.TRANSFERS else bank_files.debits
    return write(batch.batch_id, lines, execute_on=batch.execute_on, written_at=written_at)


def _line(payment: Payment) -> Line:
    iban = payees.iban_of(payment.iban_sealed)
    if iban is None:
        raise ValueError(f"{payment.end_to_end_id} has no account that a bank would take")
    return Line(
        end_to_end_id=payment.end_to_end_id,
        amount_cents=payment.amount_cents,
        name=payment.name,
        iban=iban,
        bic=payment.bic,
        text=payment.text,
        rum=payment.rum,
        signed_on=payment.signed_on,
    )


def parts_of(batch: Batch) -> list[Part]:
    """The parts of a batch, in their order.

    Errors: ``NotFound`` when one is missing.
    """
    return [part_of(batch, rank) for rank in range(1, batch.parts + 1)]


def part_of(batch: Batch, rank: int) -> Part:
    """One part of a batch.

    Errors: ``NotFound``.
    """
    found = payments.part(batch.batch_id, rank)
    if found is None:
        raise NotFound
    return found


def refuse(name: str, code: str) -> None:
    """Note that the bank refused a whole file."""
    retry_stale(partial(_refuse, name, code))


def _refuse(name: str, code: str) -> None:
    batch = _found(name)
    if batch.state is BatchState.WRITTEN:
        with Transaction() as transaction:
            payments.save_batch(transaction, replace(batch, state=BatchState.REFUSED, reason=code))


def find(name: str) -> Batch | None:
    """A batch by its name, if it is one of ours."""
    return payments.batch(name)


def _found(name: str) -> Batch:
    batch = payments.batch(name)
    if batch is None:
        raise NotFound
    return batch


def page(kind: BatchKind, *, before: str | None) -> tuple[list[Batch], str | None]:
    """One page of the batches of a kind, newest first, and ``before`` for the next page."""
    return payments.page_of_batches(kind, before=before, limit=PAGE)


def file_link(name: str) -> str:
    """A short-lived link to the file of a batch.

    Errors: ``NotFound``; ``Conflict`` while it is not written.
    """
    batch = _found(name)
    if batch.unfinished:
        raise Conflict("document_not_ready", "Le fichier n’est pas encore prêt.")
    return documents.download_link("bank", batch.file_key, name=f"{batch.batch_id}.xml")
