"""The bank of the local stack: it answers the files that leave for it, as a bank would, in the messages it would send.

status("S-1", file, rejected={"9d2b…": "AC04"})     a pain.002: what became of each payment of a file
notification("N-1", [Movement(…)])                  a camt.054: what moved on the insurer's account
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from chalicelib import settings
from chalicelib.domain.money import Cents
from local.clients import client, objects

STATUS = "pain.002.001.10"
NOTIFICATION = "camt.054.001.08"


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A movement on the account; ``returned`` is the reason for which a payment came back. Units: cents."""

    amount_cents: Cents
    credit: bool
    on: date
    servicer_reference: str
    end_to_end_id: str = ""
    batch_id: str = ""
    returned: str = ""
    reference: str = ""
    text: str = ""
    payer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """A transfer or a debit that a file of ours asks for: its name, the other party, what it is for. Units: cents."""

    end_to_end_id: str
    amount_cents: Cents
    party: str
    text: str


def status(
    message_id: str, file: bytes, *, at: datetime, refused: str = "", rejected: Mapping[str, str] | None = None
) -> bytes:
    """The status of a file of ours: refused whole for a reason, or settled but for the payments that are rejected."""
    sent = ET.fromstring(file)  # noqa: S314 - the portal's own file
    original = _text(sent, "MsgId")
    faults = rejected or {}
    root, report = _message(STATUS, "CstmrPmtStsRpt")
    header = ET.SubElement(report, "GrpHdr")
    _leaf(header, "MsgId", message_id)
    _leaf(header, "CreDtTm", at.isoformat(timespec="seconds"))
    group = ET.SubElement(report, "OrgnlGrpInfAndSts")
    _leaf(group, "OrgnlMsgId", original)
    _leaf(group, "OrgnlMsgNmId", sent.tag.partition("}")[0].rpartition(":")[2])
    _leaf(group, "GrpSts", "RJCT" if refused else "PART" if faults else "ACSC")
    if refused:
        _reason(group, "StsRsnInf", refused)
        return _written(root)
    bunch = ET.SubElement(report, "OrgnlPmtInfAndSts")
    _leaf(bunch, "OrgnlPmtInfId", original)
    for name in _names(file):
        transaction = ET.SubElement(bunch, "TxInfAndSts")
        _leaf(transaction, "OrgnlEndToEndId", name)
        _leaf(transaction, "TxSts", "RJCT" if name in faults else "ACSC")
        if name in faults:
            _reason(transaction, "StsRsnInf", faults[name])
    return _written(root)


def notification(message_id: str, movements: Iterable[Movement], *, at: datetime) -> bytes:
    """What moved on the account."""
    root, message = _message(NOTIFICATION, "BkToCstmrDbtCdtNtfctn")
    header = ET.SubElement(message, "GrpHdr")
    _leaf(header, "MsgId", message_id)
    _leaf(header, "CreDtTm", at.isoformat(timespec="seconds"))
    told = ET.SubElement(message, "Ntfctn")
    _leaf(told, "Id", message_id)
    account = ET.SubElement(ET.SubElement(told, "Acct"), "Id")
    _leaf(account, "IBAN", settings.bank_account().iban)
    for movement in movements:
        _entry(told, movement)
    return _written(root)


def _entry(told: ET.Element, movement: Movement) -> None:
    direction = "CRDT" if movement.credit else "DBIT"
    amount = f"{movement.amount_cents // 100}.{movement.amount_cents % 100:02d}"
    entry = ET.SubElement(told, "Ntry")
    _leaf(entry, "Amt", amount).set("Ccy", "EUR")
    _leaf(entry, "CdtDbtInd", direction)
    _leaf(ET.SubElement(entry, "Sts"), "Cd", "BOOK")
    _leaf(ET.SubElement(entry, "BookgDt"), "Dt", movement.on.isoformat())
    _leaf(entry, "AcctSvcrRef", movement.servicer_reference)
    details = ET.SubElement(entry, "NtryDtls")
    if movement.batch_id:
        _leaf(ET.SubElement(details, "Btch"), "PmtInfId", movement.batch_id)
        return
    transaction = ET.SubElement(details, "TxDtls")
    references = ET.SubElement(transaction, "Refs")
    _leaf(references, "EndToEndId", movement.end_to_end_id or "NOTPROVIDED")
    _leaf(transaction, "Amt", amount).set("Ccy", "EUR")
    _leaf(transaction, "CdtDbtInd", direction)
    if movement.payer:
        party = ET.SubElement(ET.SubElement(ET.SubElement(transaction, "RltdPties"), "Dbtr"), "Pty")
        _leaf(party, "Nm", movement.payer)
    if movement.reference or movement.text:
        remittance = ET.SubElement(transaction, "RmtInf")
        if movement.text:
            _leaf(remittance, "Ustrd", movement.text)
        if movement.reference:
            _leaf(ET.SubElement(ET.SubElement(remittance, "Strd"), "CdtrRefInf"), "Ref", movement.reference)
    if movement.returned:
        _reason(transaction, "RtrInf", movement.returned)


def _message(schema: str, name: str) -> tuple[ET.Element, ET.Element]:
    root = ET.Element("Document", {"xmlns": f"urn:iso:std:iso:20022:tech:xsd:{schema}"})
    return root, ET.SubElement(root, name)


def _leaf(parent: ET.Element, name: str, text: str) -> ET.Element:
    leaf = ET.SubElement(parent, name)
    leaf.text = text
    return leaf


def _reason(parent: ET.Element, name: str, code: str) -> None:
    _leaf(ET.SubElement(ET.SubElement(parent, name), "Rsn"), "Cd", code)


def _text(root: ET.Element, name: str) -> str:
    return next(one.text or "" for one in root.iter() if one.tag.endswith(f"}}{name}"))


def _written(root: ET.Element) -> bytes:
    content: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return content


def files() -> dict[str, bytes]:
    """The files that have left for the bank, by the name of their batch."""
    keys = [one["Key"] for one in objects("bank", "out/")]
    return {key.removeprefix("out/").removesuffix(".xml"): _read(key) for key in keys}


def _read(key: str) -> bytes:
    content: bytes = client("s3").get_object(Bucket=settings.bucket("bank"), Key=key)["Body"].read()
    return content


def leave(name: str, content: bytes) -> None:
    """Leave a file for the insurer, where the portal reads it."""
    client("s3").put_object(Bucket=settings.bucket("bank"), Key=f"in/{name}.xml", Body=content)


def answer_all(*, at: datetime, code: str = "") -> list[str]:
    """Settle every file that was not answered yet, or reject each of its payments for a reason; returns their names."""
    known = {one["Key"] for one in objects("bank", "in/")}
    waiting = {name: content for name, content in files().items() if f"in/status-{name}.xml" not in known}
    for name, content in waiting.items():
        rejected = dict.fromkeys(_names(content), code) if code else None
        leave(f"status-{name}", status(f"STATUS-{name}", content, at=at, rejected=rejected))
    return sorted(waiting)


def ordered(file: bytes) -> list[Ordered]:
    """What a file of ours asks the bank to do, in its order."""
    sent = ET.fromstring(file)  # noqa: S314 - the portal's own file
    found = [one for one in sent.iter() if one.tag.endswith(("}CdtTrfTxInf", "}DrctDbtTxInf"))]
    return [
        Ordered(
            end_to_end_id=_text(one, "EndToEndId"),
            amount_cents=int(_text(one, "InstdAmt").replace(".", "")),
            party=_text(one, "Nm"),
            text=_text(one, "Ustrd"),
        )
        for one in found
    ]


def _names(file: bytes) -> list[str]:
    return [one.end_to_end_id for one in ordered(file)]
