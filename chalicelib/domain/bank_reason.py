"""Why a bank refuses or gives back a payment: the codes, what people read, and what is to be done about it."""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files


class OwnReason(StrEnum):
    """Reasons that are ours: no bank was asked, or the bank refused more than one payment."""

    ACCOUNT_MISSING = "account_missing"
    ACCOUNT_INVALID = "account_invalid"
    MANDATE_MISSING = "mandate_missing"
    NOTHING_OWED = "nothing_owed"
    DISPUTED = "disputed"
    FILE_REFUSED = "file_refused"


class Remedy(StrEnum):
    """Who can mend a transfer that failed: its payee with another account, or an agent."""

    ACCOUNT = "account"
    AGENT = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One code: the sentence people read, the remedy, and whether a debit may no longer rest on its mandate."""

    code: str
    sentence: str
    remedy: Remedy
    blocks_mandate: bool


def reason(code: str) -> Reason:
    """What a code means; one that is not listed says that the bank refused, and an agent looks.

    Source: ISO 20022 External Code Sets; dossier 8.4.

    >>> reason("AC04").sentence, reason("AC04").remedy.value, reason("AC04").blocks_mandate
    ('Le compte est clôturé.', 'account', True)
    >>> reason("ZZ99").code, reason("ZZ99").remedy.value
    ('ZZ99', 'agent')
    """
    entry = _entries().get(code, _entries()["unknown"])
    return Reason(
        code=code,
        sentence=str(entry["sentence"]),
        remedy=Remedy(str(entry["remedy"])),
        blocks_mandate=bool(entry.get("blocks_mandate", False)),
    )


@cache
def _entries() -> dict[str, dict[str, str | bool]]:
    text = files("chalicelib.domain").joinpath("bank_reasons.toml").read_text(encoding="utf-8")
    entries: dict[str, dict[str, str | bool]] = tomllib.loads(text)
    return entries
