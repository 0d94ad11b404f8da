"""The check of a DSN as a whole: who sends it, for which month, whether it came entire, to which contracts."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from chalicelib.domain.dsn.reading import ADHESION, COMPANY, DECLARATION, SENDING, TOTAL, Adhesion, Block, Head, Tail
from chalicelib.domain.dsn.report import Anomaly, AnomalyKind
from chalicelib.domain.dsn_sheet import DsnSheet
from chalicelib.domain.periods import Period, add_months

MONTHLY = "01"
TEST_SENDING = "01"
CANCELLING = "04"
NORM = re.compile(r"P(\d{2})V\d{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedContract:
    """A contract of the company as a DSN should declare it; ``on_pay`` when it is priced by tranches of pay."""

    contract_id: str
    cover: Period
    sheet: DsnSheet
    on_pay: bool

    @property
    def number(self) -> str:
        """Its reference, as the declaration writes it."""
        return self.sheet.contract_number

    def runs_in(self, month: date) -> bool:
        """Whether it covers a day of a month."""
        after = add_months(month, 1)
        return self.cover.start < after and (self.cover.end is None or self.cover.end > month)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedCompany:
    """Who may send the declaration, and the contracts it should declare."""

    siren: str
    siret: str
    contracts: tuple[ExpectedContract, ...]

    def contract(self, number: str) -> ExpectedContract | None:
        """The contract of a number."""
        return next((one for one in self.contracts if one.number == number), None)


def month_of(head: Head) -> date | None:
    """The main month of a declaration, as its first day; it is written 01MMAAAA (S20.G00.05.005)."""
    day = head.declarations[0].day("005") if head.declarations else None
    return day.replace(day=1) if day else None


def is_test(head: Head) -> bool:
    """Whether the sending says of itself that it is a test (S10.G00.00.005)."""
    return head.sending is not None and head.sending.text("005") == TEST_SENDING


def origin_of(head: Head) -> str:
    """What a later declaration must share to take the place of this one: establishment, month and fraction."""
    company = head.company.text("001") if head.company else ""
    establishment = head.establishment.text("001") if head.establishment else ""
    month = month_of(head)
    fraction = head.declarations[0].text("003") if head.declarations else ""
    return f"{company}{establishment}/{month:%Y-%m}/{fraction}" if month else ""


def check_structure(head: Head, company: ExpectedCompany, *, today: date) -> Iterator[Anomaly]:
    """What is wrong with the blocks before the first person.

    Source: NEODeS, blocks S10, S20.G00.05, S21.G00.06, S21.G00.11 and S21.G00.15; dossier 8.3.
    """
    yield from _check_declaration(head, today)
    yield from _check_sender(head, company)
    month = month_of(head)
    if month:
        yield from _check_norm(head.sending, month)
        yield from _check_adhesions(head.adhesions, company, month)


def check_end(tail: Tail) -> Iterator[Anomaly]:
    """What is wrong with the end of the file: it was cut, changed, or holds several declarations (S90.G00.90)."""
    if tail.declarations > 1:
        yield _anomaly(AnomalyKind.SEVERAL_DECLARATIONS, DECLARATION, None, found=str(tail.declarations), expected="1")
    if tail.total is None:
        yield _anomaly(AnomalyKind.NO_TOTAL, TOTAL, None)
    elif tail.total.text("001").lstrip("0") != str(tail.counted):
        yield _anomaly(AnomalyKind.WRONG_TOTAL, TOTAL, tail.total, "001", expected=str(tail.counted))


def _check_declaration(head: Head, today: date) -> Iterator[Anomaly]:
    if not head.declarations:
        yield _anomaly(AnomalyKind.NO_DECLARATION, DECLARATION, None)
        return
    declaration = head.declarations[0]
    if declaration.text("001") != MONTHLY:
        yield _anomaly(AnomalyKind.WRONG_NATURE, DECLARATION, declaration, "001", expected=MONTHLY)
    if declaration.text("002") == CANCELLING:
        yield _anomaly(AnomalyKind.CANCELLED, DECLARATION, declaration, "002")
    month = month_of(head)
    if month is None or month > today:
        yield _anomaly(AnomalyKind.NO_MONTH, DECLARATION, declaration, "005")
    if is_test(head):
        yield _anomaly(AnomalyKind.TEST, SENDING, head.sending, "005")


def _check_sender(head: Head, company: ExpectedCompany) -> Iterator[Anomaly]:
    siren = head.company.text("001") if head.company else ""
    if siren != company.siren:
        yield _anomaly(AnomalyKind.WRONG_COMPANY, COMPANY, head.company, "001", expected=company.siren)
        return
    nic = head.establishment.text("001") if head.establishment else ""
    if nic != company.siret[len(company.siren) :]:
        expected = company.siret[len(company.siren) :]
        yield _anomaly(AnomalyKind.OTHER_ESTABLISHMENT, "S21.G00.11", head.establishment, "001", expected=expected)


def _check_norm(sending: Block | None, month: date) -> Iterator[Anomaly]:
    """A norm serves the declarations sent in its year: those of December to November."""
    named = NORM.fullmatch(sending.text("006")) if sending else None
    sent_in = add_months(month, 1).year
    if named is None or 2000 + int(named[1]) not in {month.year, sent_in}:
        yield _anomaly(AnomalyKind.OTHER_NORM, SENDING, sending, "006", expected=f"P{sent_in % 100:02}V01")


def _check_adhesions(adhesions: Sequence[Adhesion], company: ExpectedCompany, month: date) -> Iterator[Anomaly]:
    used = Counter(one.adhesion_id for one in adhesions)
    for one in adhesions:
        contract = company.contract(one.contract_number)
        if contract is None or not contract.runs_in(month):
            yield _anomaly(AnomalyKind.UNKNOWN_CONTRACT, ADHESION, one.block, "001")
            continue
        number, sheet = contract.number, contract.sheet
        if one.organism != sheet.organism:
            yield _anomaly(AnomalyKind.ORGANISM, ADHESION, one.block, "002", number, expected=sheet.organism)
        if one.delegate != sheet.delegate:
            yield _anomaly(AnomalyKind.DELEGATE, ADHESION, one.block, "003", number, expected=sheet.delegate)
        if not one.adhesion_id or used[one.adhesion_id] > 1:
            yield _anomaly(AnomalyKind.NO_ADHESION_ID, ADHESION, one.block, "005", number)
    named = {one.contract_number for one in adhesions}
    for contract in company.contracts:
        if contract.runs_in(month) and contract.number not in named:
            yield Anomaly(kind=AnomalyKind.NO_ADHESION, rubrique=ADHESION, contract_number=contract.number)


def _anomaly(
    kind: AnomalyKind,
    name: str,
    block: Block | None,
    code: str = "",
    contract_number: str = "",
    *,
    found: str = "",
    expected: str = "",
) -> Anomaly:
    return Anomaly(
        kind=kind,
        rubrique=f"{name}.{code}" if code else name,
        line=block.line_of(code) if block else None,
        contract_number=contract_number,
        found=found or (block.text(code) if block and code else ""),
        expected=expected,
    )
