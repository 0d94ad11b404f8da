"""Payments in files: what a batch is, how a payment is named in it, and what the bank's answers make of an order.

A batch claims its payments before its file is written, and the file follows from the batch alone: written again, it is
the same to the byte. So each payment is in one file, whatever is interrupted or runs twice.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from chalicelib.domain.bank_reason import Remedy, reason
from chalicelib.domain.contributions.bank_days import bank_day_from, is_target_day
from chalicelib.domain.errors import Refused
from chalicelib.domain.law import parameter
from chalicelib.domain.money import Cents
from chalicelib.domain.reimbursement import Attempt, Hold, PaymentOrder, PaymentState

_ID = re.compile(r"[A-Za-z0-9-]{1,32}")
_NAMED = re.compile(r"(?P<order>[A-Za-z0-9-]{1,32}?)(?:-(?P<rank>[2-9]|[1-9][0-9]))?")
_NOT_SEPA = re.compile(r"[^A-Za-z0-9/?:().,'+ -]")
_LIKE = str.maketrans({"’": "'", "‘": "'", "–": "-", "—": "-", "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss"})


class BatchKind(StrEnum):
    """What a file asks of the bank; the value begins the name of its batches."""

    TRANSFERS = "VIR"
    DEBITS = "PRL"

    @property
    def label(self) -> str:
        """The kind as agents read it.

        >>> BatchKind.DEBITS.label
        'Prélèvements'
        """
        return "Virements" if self is BatchKind.TRANSFERS else "Prélèvements"


class BatchState(StrEnum):
    """Where a batch stands: taking payments in, complete, written to its file, or refused whole by the bank."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    WRITTEN = "WRITTEN"
    REFUSED = "REFUSED"

    @property
    def label(self) -> str:
        """The state as agents read it.

        >>> BatchState.WRITTEN.label
        'Fichier prêt'
        """
        return _LABELS[self]


_LABELS = {
    BatchState.OPEN: "En préparation",
    BatchState.CLOSED: "Complet",
    BatchState.WRITTEN: "Fichier prêt",
    BatchState.REFUSED: "Refusé par la banque",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One transfer or debit as a batch holds it; the IBAN is sealed. The mandate is that of a debit."""

    payment_id: str
    end_to_end_id: str
    amount_cents: Cents
    name: str
    iban_sealed: str
    bic: str | None
    text: str
    rum: str = ""
    signed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The payments that one transaction put into a batch."""

    batch_id: str
    rank: int
    payments: tuple[Payment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One file for the bank, before and after it is written. Units: cents.

    ``execute_on`` is the day on which the bank is asked to pay or to collect.
    """

    batch_id: str
    kind: BatchKind
    execute_on: date
    opened_at: datetime
    state: BatchState = BatchState.OPEN
    parts: int = 0
    payments: int = 0
    total_cents: Cents = 0
    closed_at: datetime | None = None
    sha256: str = ""
    reason: str = ""
    version: int = 0

    @property
    def unfinished(self) -> bool:
        """Whether its file is still to be written."""
        return self.state in (BatchState.OPEN, BatchState.CLOSED)

    @property
    def file_key(self) -> str:
        """Where its file lies."""
        return f"out/{self.batch_id}.xml"

    def with_part(self, payments: Iterable[Payment]) -> tuple["Batch", Part]:
        """The batch with some payments more, and the part that holds them.

        Errors: ``ValueError`` when it takes no more.
        """
        taken = tuple(payments)
        if self.state is not BatchState.OPEN:
            raise ValueError(f"{self.batch_id} takes no more payments")
        part = Part(batch_id=self.batch_id, rank=self.parts + 1, payments=taken)
        grown = replace(
            self,
            parts=part.rank,
            payments=self.payments + len(taken),
            total_cents=self.total_cents + sum(one.amount_cents for one in taken),
        )
        return grown, part

    def closed(self, *, at: datetime, earliest: date) -> "Batch":
        """The same batch once complete; what was left open too long is asked for the earliest day that is possible."""
        return replace(self, state=BatchState.CLOSED, closed_at=at, execute_on=max(self.execute_on, earliest))


def batch_id(kind: BatchKind, day: date, rank: int) -> str:
    """The name of a day's batch, which is also its message identification at the bank.

    >>> batch_id(BatchKind.TRANSFERS, date(2026, 11, 23), 1)
    'VIR-20261123-001'
    """
    return f"{kind}-{day:%Y%m%d}-{rank:03d}"


def earliest_execution(kind: BatchKind, day: date) -> date:
    """The first day on which the bank can pay, or collect, what it is handed on a day.

    A transfer goes on the same bank day. A debit is presented a number of open days of TARGET before its own.

    Errors: ``NoParameterFor``.
    Source: EPC SCT and SDD Core Rulebooks; dossier 8.4.

    >>> [f"{earliest_execution(kind, date(2026, 5, 8))}" for kind in BatchKind]
    ['2026-05-11', '2026-05-12']
    """
    if kind is BatchKind.TRANSFERS:
        return bank_day_from(day)
    for _ in range(int(parameter("sepa.presentation", on=day).value)):
        day += timedelta(days=1)
        while not is_target_day(day):
            day += timedelta(days=1)
    return day


def end_to_end_id(order_id: str, *, sending: int) -> str:
    """How an order is named at the bank: its own id, followed by the rank of the sending from the second on.

    Errors: ``ValueError`` when the id is longer than 32 characters or has others than letters, digits and hyphens, or
    after 99 sendings.
    Source: ISO 20022, EndToEndIdentification (35 characters at most); EPC character set.

    >>> end_to_end_id("9d2b7c40e1f64c8e8a35b60d7f21c5e9", sending=2)
    '9d2b7c40e1f64c8e8a35b60d7f21c5e9-2'
    """
    if not _ID.fullmatch(order_id) or not 1 <= sending <= 99:
        raise ValueError("this cannot be named in a payment file")
    return order_id if sending == 1 else f"{order_id}-{sending}"


def sending_of(name: str) -> tuple[str, int]:
    """The order that a name at the bank stands for, and which of its sendings.

    >>> sending_of("9d2b7c40e1f64c8e8a35b60d7f21c5e9-2"), sending_of("9d2b7c40e1f64c8e8a35b60d7f21c5e9")
    (('9d2b7c40e1f64c8e8a35b60d7f21c5e9', 2), ('9d2b7c40e1f64c8e8a35b60d7f21c5e9', 1))
    """
    found = _NAMED.fullmatch(name)
    return (found["order"], int(found["rank"] or 1)) if found else (name, 1)


def sepa_text(text: str, *, most: int) -> str:
    """A text in the characters that every bank of the SEPA area takes, cut to a length; what is not one is a space.

    Source: EPC217-08, SEPA requirements for an extended character set (the basic Latin set).

    >>> sepa_text("Cœur & Fils – « L’Été »", most=70)
    "Coeur Fils - L'Ete"
    """
    plain = unicodedata.normalize("NFKD", text.translate(_LIKE))
    kept = _NOT_SEPA.sub(" ", "".join(one for one in plain if not unicodedata.combining(one)))
    return " ".join(kept.split())[:most].strip(" /-")


def sent(order: PaymentOrder, batch: Batch) -> tuple[PaymentOrder, Payment]:
    """The order once a batch has taken it, and the payment that the batch holds: to the account it has (A14).

    Errors: ``ValueError`` unless it waits for its sending and has an account.
    """
    if order.state is not PaymentState.ORDERED or not order.has_account:
        raise ValueError(f"{order.order_id} may not be sent")
    attempts = (*order.attempts, Attempt(batch_id=batch.batch_id, iban_masked=order.iban_masked))
    payment = Payment(
        payment_id=order.order_id,
        end_to_end_id=end_to_end_id(order.order_id, sending=len(attempts)),
        amount_cents=order.amount_cents,
        name=sepa_text(order.holder, most=70),
        iban_sealed=order.iban_sealed,
        bic=order.bic,
        text=sepa_text(f"Remboursement {order.reference}", most=140),
    )
    return replace(order, attempts=attempts), payment


def booked(order: PaymentOrder, *, sending: int, on: date) -> PaymentOrder:
    """The order once the bank has told that a sending was booked; the earliest day told counts."""
    attempt = _attempt(order, sending)
    if attempt is None or (attempt.settled_on is not None and attempt.settled_on <= on):
        return order
    return _with_attempt(order, sending, replace(attempt, settled_on=on))


def rejected(order: PaymentOrder, *, sending: int, code: str, on: date, at: datetime) -> PaymentOrder:
    """The order once the bank has told that a sending was refused or came back: it is held until that is mended.

    The first day told counts, then the first code, so that the order in which the bank tells does not matter. A sending
    that was followed by another does not hold the order again.
    """
    attempt = _attempt(order, sending)
    if attempt is None or (attempt.rejected_on is not None and (attempt.rejected_on, attempt.reason) <= (on, code)):
        return order
    noted = _with_attempt(order, sending, replace(attempt, rejected_on=on, reason=code))
    mended = attempt.rejected_on is not None and order.hold is None
    return noted if mended or sending < len(order.attempts) else held(noted, code, at=at)


def _attempt(order: PaymentOrder, sending: int) -> Attempt | None:
    return order.attempts[sending - 1] if 1 <= sending <= len(order.attempts) else None


def _with_attempt(order: PaymentOrder, sending: int, attempt: Attempt) -> PaymentOrder:
    attempts = (*order.attempts[: sending - 1], attempt, *order.attempts[sending:])
    return replace(order, attempts=attempts)


def held(order: PaymentOrder, code: str, *, at: datetime) -> PaymentOrder:
    """The order once something stops it."""
    return replace(order, hold=Hold(reason=code, since=at))


def waits_for_account(order: PaymentOrder) -> bool:
    """Whether another account would let a stopped order go."""
    return order.hold is not None and reason(order.hold.reason).remedy is Remedy.ACCOUNT


def released(order: PaymentOrder) -> PaymentOrder:
    """A stopped order that may go again, to the same account: an agent has looked.

    Errors: ``Refused`` when nothing stops it, or when only another account would help.
    """
    if order.hold is None:
        raise Refused("not_held", "Ce virement n’est pas bloqué.")
    if waits_for_account(order):
        raise Refused("account_needed", "Ce virement attend de nouvelles coordonnées bancaires.")
    return replace(order, hold=None)


def asks_payee(order: PaymentOrder) -> bool:
    """Whether the member is to be asked for other bank details: a professional's are an agent's business."""
    return order.payee == "member" and waits_for_account(order)
