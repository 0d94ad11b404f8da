"""The statement (appel de cotisation): the lines of a period, what corrects past ones, and the balance before it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Protocol

from chalicelib.domain.contributions.bank_days import due_day
from chalicelib.domain.contributions.calendar import BillingCalendar
from chalicelib.domain.contributions.charge import lines_of
from chalicelib.domain.contributions.insured import Insured, situations_in, within
from chalicelib.domain.contributions.ledger import Account, Entry, Posting, PostingKind
from chalicelib.domain.contributions.line import Line, LineKind
from chalicelib.domain.contributions.reference import structured_reference
from chalicelib.domain.contributions.regularisation import regularisations
from chalicelib.domain.contributions.tariff import Tariff, faults_of, tariffs_in_force
from chalicelib.domain.errors import Conflict, FieldError, FieldErrors
from chalicelib.domain.money import Cents
from chalicelib.domain.periods import Period, add_months
from chalicelib.domain.record import MOST_CENTS, Record


class StatementKind(StrEnum):
    """Whether a statement calls a period, or only corrects past ones."""

    CALL = "appel"
    REGULARISATION = "regularisation"


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledContract:
    """What a contract says of contributions: its days, its tariffs by month and college, its calendar."""

    contract_id: str
    company_id: str
    number: str
    cover: Period
    tariffs: tuple[Tariff, ...]
    calendar: BillingCalendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The lines of one heading of one college, added up. Units: cents. ``base_cents`` is the pay, where one counts."""

    kind: LineKind
    month: date
    college: str
    label: str
    heads: int
    base_cents: Cents | None
    rate: str
    ht_cents: Cents
    tax_cents: Cents
    employer_cents: Cents
    employee_cents: Cents

    @property
    def ttc_cents(self) -> Cents:
        """With tax."""
        return self.ht_cents + self.tax_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One call as it was issued; it never changes. Units: cents.

    ``brought_forward_cents`` is the balance of the ledger just before; negative when the company had paid too much.
    """

    number: str
    kind: StatementKind
    contract_id: str
    company_id: str
    period: Period
    issued_on: date
    due_on: date
    conventions: tuple[str, ...]
    lines: tuple[Line, ...]
    brought_forward_cents: Cents = 0

    @property
    def reference(self) -> str:
        """What the company writes on a transfer."""
        return structured_reference(self.number)

    @property
    def ht_cents(self) -> Cents:
        """Before tax."""
        return sum(line.ht_cents for line in self.lines)

    @property
    def tax_cents(self) -> Cents:
        """The taxes."""
        return sum(line.tax_cents for line in self.lines)

    @property
    def called_cents(self) -> Cents:
        """What the statement calls with tax, its corrections included; negative when it gives back."""
        return self.ht_cents + self.tax_cents

    @property
    def employer_cents(self) -> Cents:
        """The employer's share."""
        return sum(line.employer_cents for line in self.lines)

    @property
    def employee_cents(self) -> Cents:
        """The employees' share, which the employer withholds from their pay."""
        return sum(line.employee_cents for line in self.lines)

    @property
    def to_pay_cents(self) -> Cents:
        """What the company is asked for: this call and the balance before it, nothing when it has a credit."""
        return max(0, self.called_cents + self.brought_forward_cents)

    @property
    def groups(self) -> tuple[Group, ...]:
        """The lines by kind, month, college and heading, in the order they first appear."""
        found: dict[tuple[LineKind, date, str, str, str], list[Line]] = {}
        for line in self.lines:
            found.setdefault((line.kind, line.month, line.college, line.label, line.rate), []).append(line)
        return tuple(_group(lines) for lines in found.values())

    @property
    def posting(self) -> Posting:
        """The entries of the statement: what the company owes, the premiums before tax and each tax, month by month."""
        kind = PostingKind.STATEMENT if self.kind is StatementKind.CALL else PostingKind.REGULARISATION
        return Posting(
            posting_id=f"statement-{self.number}",
            kind=kind,
            day=self.issued_on,
            statement=self.number,
            entries=tuple(_entries(self.lines)),
        )

    @classmethod
    def from_record(cls, record: Record) -> "Statement":
        """The statement of a JSON object; faults are noted in the record, whose reader calls ``check``."""
        return cls(
            number=record.text("number"),
            kind=record.choice("kind", StatementKind),
            contract_id=record.text("contract_id"),
            company_id=record.text("company_id"),
            period=Period(record.day("starts_on"), record.day("ends_before")),
            issued_on=record.day("issued_on"),
            due_on=record.day("due_on"),
            conventions=record.texts("conventions"),
            lines=tuple(Line.from_record(entry) for entry in record.records("lines")),
            brought_forward_cents=record.whole("brought_forward_cents", least=-MOST_CENTS, most=MOST_CENTS),
        )

    def to_record(self) -> dict[str, object]:
        """The JSON object that ``from_record`` reads back as an equal statement."""
        return {
            "number": self.number,
            "kind": str(self.kind),
            "contract_id": self.contract_id,
            "company_id": self.company_id,
            "starts_on": self.period.start.isoformat(),
            "ends_before": self.period.end.isoformat() if self.period.end else None,
            "issued_on": self.issued_on.isoformat(),
            "due_on": self.due_on.isoformat(),
            "conventions": list(self.conventions),
            "lines": [line.to_record() for line in self.lines],
            "brought_forward_cents": self.brought_forward_cents,
        }


def _group(lines: Sequence[Line]) -> Group:
    first = lines[0]
    bases = [line.base_cents for line in lines if line.base_cents is not None]
    return Group(
        kind=first.kind,
        month=first.month,
        college=first.college,
        label=first.label,
        heads=sum(line.heads for line in lines),
        base_cents=sum(bases) if bases else None,
        rate=first.rate,
        ht_cents=sum(line.ht_cents for line in lines),
        tax_cents=sum(line.tax_cents for line in lines),
        employer_cents=sum(line.employer_cents for line in lines),
        employee_cents=sum(line.employee_cents for line in lines),
    )


def _entries(lines: Iterable[Line]) -> Iterator[Entry]:
    by_month: dict[date, list[Line]] = {}
    for line in lines:
        by_month.setdefault(line.month, []).append(line)
    for month, found in sorted(by_month.items()):
        ht = sum(line.ht_cents for line in found)
        taxes = [one for line in found for one in line.taxes]
        by_kind = {
            kind: sum(one.tax_cents for one in taxes if one.kind is kind) for kind in {one.kind for one in taxes}
        }
        entries = [
            Entry(account=Account.COMPANY, amount_cents=ht + sum(by_kind.values()), month=month),
            Entry(account=Account.PREMIUM, amount_cents=-ht, month=month),
            *(
                Entry(account=Account.TAX, amount_cents=-cents, month=month, tax=kind)
                for kind, cents in sorted(by_kind.items())
            ),
        ]
        yield from (entry for entry in entries if entry.amount_cents)


def months_in(period: Period) -> tuple[date, ...]:
    """The months that a closed period touches, each as its first day.

    Errors: ``ValueError`` when the period is open.

    >>> months_in(Period(date(2025, 1, 20), date(2025, 3, 1)))
    (datetime.date(2025, 1, 1), datetime.date(2025, 2, 1))
    """
    if period.end is None:
        raise ValueError("an open period has no number of months")
    first, months = period.start.replace(day=1), []
    while first < period.end:
        months.append(first)
        first = add_months(first, 1)
    return tuple(months)


def due_lines(contract: BilledContract, *, insured: Iterable[Insured], months: Iterable[date]) -> tuple[Line, ...]:
    """What is due for some months of a contract by the facts as they are known now, person by person.

    Errors: ``NoParameterFor`` when a month's PMSS or tax is not known; ``Refused`` (``no_tariff``, ``no_price``,
    ``pay_not_declared``).
    Source: contract clauses; dossier 4.2 to 4.5.
    """
    people = [_under(contract.cover, one) for one in sorted(insured, key=lambda one: (one.name, one.member_id))]
    return tuple(
        line for month in months for one in people for line in lines_of(one, month=month, tariffs=contract.tariffs)
    )


def due_cents(contract: BilledContract, *, insured: Iterable[Insured], months: Iterable[date]) -> Cents:
    """What is due for some months of a contract in all: the sum of ``due_lines``, without telling people apart.

    People in the same situation cost the same where nothing is priced by pay: each situation is computed once.

    Units: cents, with taxes. Errors: as ``due_lines``.
    Source: dossier 4.5 (échéancier).
    """
    by_pay = any(tariff.tranches for tariff in contract.tariffs)
    people = [_under(contract.cover, one) for one in insured]
    known: dict[object, Cents] = {}
    total = 0
    for month in months:
        for one in people:
            alike = (month, one.member_id if by_pay else situations_in(one, month))
            if alike not in known:
                known[alike] = sum(line.ttc_cents for line in lines_of(one, month=month, tariffs=contract.tariffs))
            total += known[alike]
    return total


class Numbered(Protocol):
    """What is asked of an earlier statement: its kind and the period it is of."""

    @property
    def kind(self) -> StatementKind: ...
    @property
    def period(self) -> Period: ...


def called_months(former: Iterable[Numbered]) -> tuple[date, ...]:
    """The months that were called already, oldest first."""
    return tuple(sorted({month for one in former if one.kind is StatementKind.CALL for month in months_in(one.period)}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What was called before under a contract: the months that may still be corrected, and their lines.

    ``settled`` names people about whom nothing has changed since they were last called: they are not computed again,
    and need no lines here.
    """

    months: tuple[date, ...] = ()
    lines: Sequence[Line] = ()
    settled: frozenset[str] = frozenset()


def corrections(contract: BilledContract, *, insured: Iterable[Insured], former: Called) -> tuple[Line, ...]:
    """What brings the months called so far to the facts as they are known now, at the prices of those months.

    Somebody who was called and is not insured any more gets everything back. Errors: as ``due_lines``.
    Source: dossier 4.5.
    """
    called: dict[str, list[Line]] = {}
    for line in former.lines:
        called.setdefault(line.member_id, []).append(line)
    found: list[Line] = []
    for one in insured:
        lines = called.pop(one.member_id, [])
        if one.member_id not in former.settled:
            found += regularisations(lines, due=due_lines(contract, insured=[one], months=former.months))
    for lines in called.values():
        found += regularisations(lines, due=())
    return tuple(sorted(found, key=lambda line: (line.month, line.name, line.member_id, line.college, line.label)))


def issue(
    contract: BilledContract,
    *,
    number: str,
    period_of: date,
    issued_on: date,
    insured: Sequence[Insured],
    former: Called,
    balance_cents: Cents,
) -> Statement:
    """The statement of the month or quarter that holds a day, with the corrections of the months called before.

    ``balance_cents`` is what the company owes already, negative when it has paid too much. Nothing is called for a
    period of which a legal number is not known: the error says which, and for which month.

    Units: cents. Errors: ``NoParameterFor``; ``Refused`` (``no_tariff``, ``no_price``, ``pay_not_declared``);
    ``Conflict`` (``already_called``); ``FieldErrors`` when a tariff of the contract may not be applied.
    Source: contract clauses; dossier 4.5.
    """
    _check(contract)
    period = contract.calendar.period_of(period_of, cover=contract.cover)
    months = months_in(period)
    if set(months) & set(former.months):
        raise Conflict("already_called", "Cette période a déjà été appelée.")
    current = due_lines(contract, insured=insured, months=months)
    corrected = corrections(contract, insured=insured, former=former)
    return Statement(
        number=number,
        kind=StatementKind.CALL,
        contract_id=contract.contract_id,
        company_id=contract.company_id,
        period=period,
        issued_on=issued_on,
        due_on=due_day(contract.calendar.due_on(period), told_on=issued_on),
        conventions=conventions_of(contract, lines=(*current, *corrected)),
        lines=(*current, *corrected),
        brought_forward_cents=balance_cents,
    )


def issue_regularisation(
    contract: BilledContract,
    *,
    number: str,
    issued_on: date,
    due_on: date,
    insured: Sequence[Insured],
    former: Called,
    balance_cents: Cents,
) -> Statement | None:
    """A statement that only corrects past months, such as the last one of a contract; nothing when they are right.

    ``due_on`` is the agreed day; the notice of ``due_day`` is left in any case.

    Units: cents. Errors: as ``issue``, without ``Conflict``.
    Source: dossier 4.5.
    """
    _check(contract)
    lines = corrections(contract, insured=insured, former=former)
    if not lines:
        return None
    months = [line.month for line in lines]
    return Statement(
        number=number,
        kind=StatementKind.REGULARISATION,
        contract_id=contract.contract_id,
        company_id=contract.company_id,
        period=Period(min(months), add_months(max(months), 1)),
        issued_on=issued_on,
        due_on=due_day(due_on, told_on=issued_on),
        conventions=conventions_of(contract, lines=lines),
        lines=lines,
        brought_forward_cents=balance_cents,
    )


def conventions_of(contract: BilledContract, *, lines: Iterable[Line]) -> tuple[str, ...]:
    """The sentences on entries and exits that hold for the months of some lines, each once."""
    months = sorted({line.month for line in lines})
    tariffs = [one for month in months for one in tariffs_in_force(contract.tariffs, month).values() if one.prices]
    return tuple(dict.fromkeys(one.proration.sentence for one in tariffs))


def _check(contract: BilledContract) -> None:
    faults = [
        FieldError(f"tariffs[{index}].{name}", sentence)
        for index, tariff in enumerate(contract.tariffs)
        for name, sentence in faults_of(tariff)
    ]
    if faults:
        raise FieldErrors(*faults)


def _under(cover: Period, insured: Insured) -> Insured:
    """The same person, within the days of the contract."""
    span = Period(cover.start, cover.end or date.max)
    kept = ((stay, within(stay.cover, span)) for stay in insured.stays)
    return replace(insured, stays=tuple(replace(stay, cover=days) for stay, days in kept if days is not None))
