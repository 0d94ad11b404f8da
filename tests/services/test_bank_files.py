"""Files for the bank: valid by the ISO 20022 schemas, the same bytes each time, never one that it would refuse."""

import re
from datetime import date, datetime
from typing import Any

import pytest
from sepaxml.validation import try_valid_xml

from chalicelib import clock, settings
from chalicelib.gateways import bank_files
from chalicelib.gateways.bank_files import Line, NotAllowed

DAY = date(2026, 11, 23)
AT = datetime(2026, 11, 23, 5, 0, tzinfo=clock.PARIS)
IBAN = "FR1420041010050500013M02606"


def line(**changes: Any) -> Line:
    """A payment that a bank takes."""
    facts: dict[str, Any] = {
        "end_to_end_id": "9d2b7c40e1f64c8e8a35b60d7f21c5e9",
        "amount_cents": 4719,
        "name": "Lea Martin",
        "iban": IBAN,
        "bic": None,
        "text": "Remboursement 9D2B7C40",
        "rum": "1234567-20260302-9D2B7C40E1",
        "signed_on": date(2026, 3, 2),
    }
    return Line(**(facts | changes))


@pytest.mark.parametrize("bic", [None, "PSSTFRPP"])
@pytest.mark.parametrize("own_bic", ["AGRIFRPP", ""])
def test_both_files_are_valid_with_or_without_the_banks_codes(
    monkeypatch: pytest.MonkeyPatch, bic: str | None, own_bic: str
) -> None:
    monkeypatch.setenv("ESPACE_BANK_BIC", own_bic)
    lines = [line(bic=bic), line(bic=bic, end_to_end_id="b" * 32, amount_cents=1)]
    for write, schema in ((bank_files.transfers, bank_files.TRANSFERS), (bank_files.debits, bank_files.DEBITS)):
        content = write("X-20261123-001", lines, execute_on=DAY, written_at=AT)
        try_valid_xml(content, schema)
        assert re.findall(rb"<CtrlSum>(.*?)</CtrlSum>", content) == [b"47.20"] * 2
        assert re.findall(rb"<NbOfTxs>(.*?)</NbOfTxs>", content) == [b"2"] * 2
        assert re.findall(rb"<(?:MsgId|PmtInfId)>(.*?)</", content) == [b"X-20261123-001"] * 2
        assert (b"NOTPROVIDED" in content) is (not own_bic or (bic is None and schema == bank_files.DEBITS))
        assert content == write("X-20261123-001", lines, execute_on=DAY, written_at=AT), "nothing drawn or timed"


def test_a_debit_says_its_mandate_its_day_and_its_creditor() -> None:
    content = bank_files.debits("PRL-1", [line()], execute_on=DAY, written_at=AT).decode()
    for part in (
        "<LclInstrm><Cd>CORE</Cd></LclInstrm><SeqTp>RCUR</SeqTp>",
        "<ReqdColltnDt>2026-11-23</ReqdColltnDt>",
        "<MndtId>1234567-20260302-9D2B7C40E1</MndtId><DtOfSgntr>2026-03-02</DtOfSgntr>",
        f"<Id>{settings.creditor_id()}</Id><SchmeNm><Prtry>SEPA</Prtry></SchmeNm>",
    ):
        assert part in content


@pytest.mark.parametrize("changes", [{"rum": ""}, {"signed_on": None}])
def test_a_debit_without_mandate_is_never_written(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="has no mandate"):
        bank_files.debits("PRL-1", [line(**changes)], execute_on=DAY, written_at=AT)


@pytest.mark.parametrize(
    "changes",
    [{"name": ""}, {"iban": "not an account"}, {"end_to_end_id": "x" * 36}, {"text": "x" * 141}, {"bic": "??"}],
)
def test_what_the_schema_does_not_allow_is_never_written(changes: dict[str, Any]) -> None:
    for write in (bank_files.transfers, bank_files.debits):
        with pytest.raises(NotAllowed):
            write("X-1", [line(**changes)], execute_on=DAY, written_at=AT)
