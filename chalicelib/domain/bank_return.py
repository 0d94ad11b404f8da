"""What the bank answers: pain.002, the status of a file of ours, and camt.054, the movements on the account.

Only what a payment needs is read, whatever the version of the message. A file with a document type declaration is not
read at all: that is where XML hides entities that would unfold or fetch something else.
"""

import hashlib
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from xml.parsers import expat
from zoneinfo import ZoneInfo

from chalicelib.domain.errors import FieldErrors
from chalicelib.domain.money import Cents

_PARIS = ZoneInfo("Europe/Paris")
_PREFIX = "urn:iso:std:iso:20022:tech:xsd:"
_REFUSED = "RJCT"
_SETTLED = frozenset({"ACSC", "ACCC"})
_LONGEST_TEXT = 140


class Told(StrEnum):
    """What the bank tells of a payment: booked, refused or given back, or money that came in by itself."""

    BOOKED = "booked"
    REJECTED = "rejected"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One thing the bank tells, on a day. Units: cents; 0 where the bank does not say.

    ``end_to_end_id`` names a payment of ours; without it ``batch_id`` names a whole file of ours. ``credit`` says, of a
    movement on the account, that money came in. ``entry_id`` is the same each time the bank tells the same movement.
    """

    told: Told
    on: date
    entry_id: str
    end_to_end_id: str = ""
    batch_id: str = ""
    reason: str = ""
    amount_cents: Cents = 0
    credit: bool | None = None
    references: tuple[str, ...] = ()
    payer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFile:
    """One file of the bank: its own identification, and what it tells."""

    message_id: str
    answers: tuple[Answer, ...]


def read(content: bytes) -> BankFile:
    """What a file of the bank tells.

    Errors: ``FieldErrors`` (``unreadable``, ``unknown_kind``) for what is no pain.002 or camt.054.
    Source: ISO 20022 pain.002.001, camt.054.001; dossier 8.4.

    >>> read(b"<Document/>")
    Traceback (most recent call last):
    chalicelib.domain.errors.FieldErrors: body
    """
    root = _parsed(content)
    namespace = root.tag.partition("}")[0].removeprefix("{")
    kind = namespace.removeprefix(_PREFIX)[: len("camt.054")].rstrip(".")
    try:
        if kind == "pain.002":
            return _status_report(root)
        if kind == "camt.054":
            return _notification(root)
    except (ValueError, InvalidOperation) as error:
        raise _unreadable() from error
    sentence = "Seuls les fichiers pain.002 et camt.054 de la banque sont lus ici."
    raise FieldErrors.on("body", sentence, "unknown_kind")


def _parsed(content: bytes) -> ET.Element:
    guard = expat.ParserCreate()
    guard.StartDoctypeDeclHandler = _refuse_doctype
    try:
        guard.Parse(content, True)
        return ET.fromstring(content)  # noqa: S314 - no document type, so no entity to unfold
    except (expat.ExpatError, ET.ParseError, ValueError, LookupError) as error:
        raise _unreadable() from error


def _refuse_doctype(*_: object) -> None:
    raise ValueError("a bank's file declares no document type")


def _unreadable() -> FieldErrors:
    return FieldErrors.on("body", "Ce fichier n’est pas un message bancaire lisible.", "unreadable")


def _all(node: ET.Element | None, path: str) -> list[ET.Element]:
    """The elements along a path of names, whatever their namespace."""
    return [] if node is None else node.findall("/".join(f"{{*}}{name}" for name in path.split("/")))


def _one(node: ET.Element | None, path: str) -> ET.Element | None:
    return next(iter(_all(node, path)), None)


def _text(node: ET.Element | None, *paths: str) -> str:
    """The first text found along some paths; empty when there is none."""
    for path in paths:
        found = _one(node, path)
        if found is not None and found.text and found.text.strip():
            return found.text.strip()
    return ""


def _day(text: str) -> date:
    """The day of a date or of an instant, in Paris; an instant without an offset is taken as Paris time."""
    if len(text) == len("2026-11-22"):
        return date.fromisoformat(text)
    instant = datetime.fromisoformat(text)
    return instant.astimezone(_PARIS).date() if instant.tzinfo else instant.date()


def _cents(text: str) -> Cents:
    amount = Decimal(text) * 100
    if not amount.is_finite() or amount != amount.to_integral_value() or amount < 0:
        raise ValueError("an amount of the bank has at most two decimals")
    return int(amount)


def _entry_id(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _status_report(root: ET.Element) -> BankFile:
    report = _one(root, "CstmrPmtStsRpt")
    message_id = _text(report, "GrpHdr/MsgId")
    told_on = _day(_text(report, "GrpHdr/CreDtTm"))
    group = _one(report, "OrgnlGrpInfAndSts")
    batch_id = _text(group, "OrgnlMsgId")
    if not message_id or not batch_id:
        raise ValueError("a status report names itself and the file it is about")
    answers = [*_of_status(group, "GrpSts", batch_id=batch_id, on=told_on)]
    for bunch in _all(report, "OrgnlPmtInfAndSts"):
        answers += _of_status(bunch, "PmtInfSts", batch_id=batch_id, on=told_on)
        for transaction in _all(bunch, "TxInfAndSts"):
            name = _text(transaction, "OrgnlEndToEndId")
            if name:
                answers += _of_status(transaction, "TxSts", batch_id=batch_id, on=told_on, end_to_end_id=name)
    return BankFile(message_id=message_id, answers=tuple(dict.fromkeys(answers)))


def _of_status(
    node: ET.Element | None, status: str, *, batch_id: str, on: date, end_to_end_id: str = ""
) -> Iterator[Answer]:
    """What one status says: it counts once it is final."""
    code = _text(node, status)
    if code not in _SETTLED | {_REFUSED}:
        return
    yield Answer(
        told=Told.REJECTED if code == _REFUSED else Told.BOOKED,
        on=on,
        entry_id=_entry_id("status", batch_id, end_to_end_id, code),
        end_to_end_id=end_to_end_id,
        batch_id=batch_id,
        reason=_text(node, "StsRsnInf/Rsn/Cd", "StsRsnInf/Rsn/Prtry") if code == _REFUSED else "",
    )


def _notification(root: ET.Element) -> BankFile:
    message = _one(root, "BkToCstmrDbtCdtNtfctn")
    message_id = _text(message, "GrpHdr/MsgId")
    if not message_id:
        raise ValueError("a notification names itself")
    answers: list[Answer] = []
    for notification in _all(message, "Ntfctn"):
        for rank, entry in enumerate(_all(notification, "Ntry")):
            if _text(entry, "Sts/Cd", "Sts") in {"", "BOOK"}:
                place = _text(entry, "AcctSvcrRef") or f"{message_id}/{_text(notification, 'Id')}/{rank}"
                answers += _of_entry(entry, place)
    return BankFile(message_id=message_id, answers=tuple(answers))


def _of_entry(entry: ET.Element, place: str) -> Iterator[Answer]:
    """The movements of an entry: one for each of its transactions, unless it says only the total of what came in."""
    on = _day(_text(entry, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"))
    total = _euros(entry, "Amt")
    if total is None:
        raise FieldErrors.on("body", "Un mouvement de ce fichier n’est pas en euros.", "other_currency")
    bunches = _all(entry, "NtryDtls")
    whole = (bunches[0] if bunches else entry, entry)
    transactions = [(bunch, one) for bunch in bunches for one in _all(bunch, "TxDtls")] or [whole]
    several = len(transactions) > 1
    if several and any(_is_received(entry, one) and _own_amount(one) is None for _, one in transactions):
        transactions, several = [whole], False
    names = [_text(one, "Refs/AcctSvcrRef") for _, one in transactions]
    for rank, ((bunch, transaction), name) in enumerate(zip(transactions, names, strict=True)):
        own = name if name and name != _text(entry, "AcctSvcrRef") and names.count(name) == 1 else f"{place}/{rank}"
        amount = _own_amount(transaction)
        fallback = 0 if several else total
        movement = _movement(
            entry, bunch, transaction, on=on, own=own, amount_cents=fallback if amount is None else amount
        )
        if movement.amount_cents or movement.told is not Told.RECEIVED:
            yield movement


def _euros(node: ET.Element, *paths: str) -> Cents | None:
    """The first amount in euros along some paths; ``None`` when there is none."""
    found = [one for path in paths for one in _all(node, path) if one.get("Ccy", "EUR") == "EUR"]
    return _cents(found[0].text or "") if found else None


def _own_amount(transaction: ET.Element) -> Cents | None:
    return _euros(transaction, "Amt", "AmtDtls/TxAmt/Amt")


def _is_credit(entry: ET.Element, transaction: ET.Element) -> bool:
    direction = _text(transaction, "CdtDbtInd") or _text(entry, "CdtDbtInd")
    if direction not in {"CRDT", "DBIT"}:
        raise ValueError("a movement comes in or goes out")
    return direction == "CRDT"


def _is_returned(entry: ET.Element, transaction: ET.Element) -> bool:
    return _one(transaction, "RtrInf") is not None or _text(entry, "RvslInd") == "true"


def _is_received(entry: ET.Element, transaction: ET.Element) -> bool:
    return _is_credit(entry, transaction) and not _is_returned(entry, transaction)


def _movement(
    entry: ET.Element, bunch: ET.Element, transaction: ET.Element, *, on: date, own: str, amount_cents: Cents
) -> Answer:
    credit = _is_credit(entry, transaction)
    received = _is_received(entry, transaction)
    named = _text(transaction, "Refs/EndToEndId")
    batch_id = _text(transaction, "Refs/MsgId", "Refs/PmtInfId") or _text(bunch, "Btch/MsgId", "Btch/PmtInfId")
    returned = _is_returned(entry, transaction)
    return Answer(
        told=Told.REJECTED if returned else Told.RECEIVED if received else Told.BOOKED,
        on=on,
        entry_id=_entry_id("movement", own, on.isoformat(), str(amount_cents), str(credit), named),
        end_to_end_id="" if named == "NOTPROVIDED" else named,
        batch_id=batch_id,
        reason=_text(transaction, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry"),
        amount_cents=amount_cents,
        credit=credit,
        references=_references(transaction),
        payer=_text(transaction, "RltdPties/Dbtr/Pty/Nm", "RltdPties/Dbtr/Nm")[:70],
    )


def _references(transaction: ET.Element) -> tuple[str, ...]:
    """What the payer wrote: structured references first."""
    structured = [one.text for one in _all(transaction, "RmtInf/Strd/CdtrRefInf/Ref")]
    free = [one.text for one in _all(transaction, "RmtInf/Ustrd")]
    return tuple(text.strip()[:_LONGEST_TEXT] for text in (*structured, *free) if text and text.strip())
