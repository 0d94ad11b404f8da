"""The files a bank takes: SEPA transfers (pain.001.001.09) and direct debits (pain.008.001.08), by the sepaxml library.

The library writes the message and knows the ISO 20022 schemas; what it draws at random or takes from the clock is
replaced by the batch's own identification and instant, so that the same batch always gives the same bytes.
"""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from chalicelib import settings
from chalicelib.domain.money import Cents
from chalicelib.domain.payments import sepa_text

TRANSFERS = "pain.001.001.09"
DEBITS = "pain.008.001.08"
CURRENCY = "EUR"
RECURRENT = "RCUR"
NO_BIC = "NOTPROVIDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One payment of a file, its account in clear. The mandate is that of a debit."""

    end_to_end_id: str
    amount_cents: Cents
    name: str
    iban: str
    bic: str | None
    text: str
    rum: str = ""
    signed_on: date | None = None


class NotAllowed(ValueError):
    """The ISO schema does not allow such a file: no bank would take it."""


def transfers(message_id: str, lines: Sequence[Line], *, execute_on: date, written_at: datetime) -> bytes:
    """The file that asks the bank to pay; booked as one movement.

    Errors: ``NotAllowed`` for what the ISO schema does not allow.
    """
    from sepaxml import SepaTransfer  # noqa: PLC0415 - only who writes a file pays for it

    message = SepaTransfer(_config(), schema=TRANSFERS, clean=False)
    for line in lines:
        message.add_payment(_payment(line) | {"execution_date": execute_on})
    return _finished(message, message_id, TRANSFERS, written_at=written_at)


def debits(message_id: str, lines: Sequence[Line], *, execute_on: date, written_at: datetime) -> bytes:
    """The file that asks the bank to collect from accounts, each under its mandate (SEPA Core, recurrent).

    Errors: ``ValueError`` for a line without mandate; ``NotAllowed`` as ``transfers``.
    """
    from sepaxml import SepaDD  # noqa: PLC0415 - only who writes a file pays for it

    message = SepaDD(_config() | {"creditor_id": settings.creditor_id()}, schema=DEBITS, clean=False)
    for line in lines:
        if not line.rum or line.signed_on is None:
            raise ValueError(f"{line.end_to_end_id} has no mandate")
        mandate = {"mandate_id": line.rum, "mandate_date": line.signed_on, "type": RECURRENT}
        message.add_payment(_payment(line) | mandate | {"collection_date": execute_on})
    return _finished(message, message_id, DEBITS, written_at=written_at)


def _config() -> dict[str, Any]:
    account = settings.bank_account()
    bic = {"BIC": account.bic} if account.bic else {}
    return {
        "name": sepa_text(settings.insurer().name, most=70),
        "IBAN": account.iban,
        "batch": True,
        "currency": CURRENCY,
        **bic,
    }


def _payment(line: Line) -> dict[str, Any]:
    payment: dict[str, Any] = {
        "name": line.name,
        "IBAN": line.iban,
        "amount": line.amount_cents,
        "description": line.text,
        "endtoend_id": line.end_to_end_id,
    }
    return payment | ({"BIC": line.bic} if line.bic else {})


def _finished(message: Any, message_id: str, schema: str, *, written_at: datetime) -> bytes:
    """The message with its own identification and instant, checked against the ISO schema."""
    from sepaxml.validation import ValidationError, try_valid_xml  # noqa: PLC0415 - as above

    root = ET.fromstring(message.export(validate=False))  # noqa: S314 - what the library has just written
    name = f"{{urn:iso:std:iso:20022:tech:xsd:{schema}}}"
    for node in root.iter():
        match node.tag.removeprefix(name):
            case "MsgId" | "PmtInfId":
                node.text = message_id
            case "CreDtTm":
                node.text = written_at.isoformat(timespec="seconds")
            case "DbtrAgt" if not len(node[0]):
                ET.SubElement(ET.SubElement(node[0], f"{name}Othr"), f"{name}Id").text = NO_BIC
    content: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    try:
        try_valid_xml(content, schema)
    except ValidationError as error:
        raise NotAllowed(f"{message_id} is not what {schema} allows") from error
    return content
