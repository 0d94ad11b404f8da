"""A DSN read before or after it is sent: the check of it, in the manner of a compte rendu métier.

- H115–H117: the page of the DSN says how to set it up; this checks that it was.
- Dossier 8.3: only the blocks of our contracts are read, everything else is dropped at once (``domain.dsn.reading``).

Who a person of the file is serves to find them among the insured, by the keyed hash of their number, else by name and
day of birth; nothing of it is kept. What is kept is what the report shows and, for whom we know, contributions and pay.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from chalicelib import clock
from chalicelib.domain.contributions.reconciliation import Gap, discrepancies
from chalicelib.domain.contributions.statement import Statement
from chalicelib.domain.dsn.people import (
    DeclaredLine,
    ExpectedMember,
    check_person,
    declared_cents,
    declared_lines,
)
from chalicelib.domain.dsn.reading import DeclaredPerson, Head, Ours, Tail, read
from chalicelib.domain.dsn.record import declared_of
from chalicelib.domain.dsn.report import Anomaly, Severity
from chalicelib.domain.dsn.structure import (
    ExpectedCompany,
    ExpectedContract,
    check_end,
    check_structure,
    is_test,
    month_of,
    origin_of,
)
from chalicelib.domain.dsn.sums import anomaly_of, check_absent, check_payments
from chalicelib.domain.money import Cents
from chalicelib.domain.search_text import folded
from chalicelib.gateways import secrets
from chalicelib.identifiers import InvalidIdentifier, parse_nir
from chalicelib.observability import log
from chalicelib.services import companies, dsn, dsn_reconciliation, payroll_roster, salaries
from chalicelib.services.payroll_roster import Rostered
from chalicelib.settings import dsn_organism
from chalicelib.storage import contracts

MOST_LISTED = 500
"""How many anomalies a report lists; the others are counted. A file whose settings are wrong repeats one for each."""
NIR_LENGTH = 13
CORSICA = {"2A": "19", "2B": "18"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractTotal:
    """What a DSN declares under one contract. Units: cents; ``base_cents`` where the contract is priced on pay."""

    contract_id: str
    number: str
    people: int
    contribution_cents: Cents
    base_cents: Cents | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DsnReport:
    """What the check of a DSN answers; ``counts`` says how many anomalies have each code, the first ones are listed.

    ``month`` is the main month declared, as its first day. Units: cents.
    """

    code: Severity
    month: date | None
    origin: str
    test: bool
    contracts: tuple[ContractTotal, ...]
    paid_cents: Cents
    people: int
    unknown: int
    anomalies: tuple[Anomaly, ...]
    counts: Mapping[Severity, int]

    @property
    def can_be_applied(self) -> bool:
        """Whether it may be recorded."""
        return self.code < Severity.REJECTED and not self.test and self.month is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class DsnChecked:
    """A report, and what would be recorded."""

    report: DsnReport
    lines: tuple[DeclaredLine, ...]


def check(company_id: str, pieces: Iterable[bytes]) -> DsnChecked:
    """Read a DSN that comes in pieces and compare it with contracts, affiliations and rates; nothing is recorded.

    Errors: ``NotFound``; ``FieldErrors`` on ``content`` for a file that is no DSN.
    """
    checking = _Checking(company_id)
    for part in read(pieces, checking.ours):
        match part:
            case Head():
                checking.head(part)
            case DeclaredPerson():
                checking.person(part)
            case Tail():
                checking.tail(part)
    report = checking.report()
    log("dsn", company_id=company_id, outcome="checked", code=str(report.code.value), count=report.people)
    return DsnChecked(report=report, lines=tuple(checking.lines))


class _Checking:
    """The check of one file, person after person."""

    def __init__(self, company_id: str) -> None:
        self._who = companies.get(company_id)
        self._held = contracts.of_company(company_id)
        self._roster = payroll_roster.of_company(company_id)
        self._by_nir = {one.nir_lookup: one for one in self._roster if one.nir_lookup}
        self._by_name: dict[tuple[str, date | None], list[Rostered]] = defaultdict(list)
        for one in self._roster:
            self._by_name[folded(one.last_name), one.birth_date].append(one)
        self._head: Head | None = None
        self._month: date | None = None
        self._adhesions: Mapping[str, ExpectedContract] = {}
        self._seen: dict[str, set[str]] = defaultdict(set)
        self._counts: Counter[Severity] = Counter()
        self._anomalies: list[Anomaly] = []
        self._declared_cents = self._people = self._unknown = 0
        self.lines: list[DeclaredLine] = []

    @property
    def ours(self) -> Ours:
        """By what blocks are known to be ours."""
        numbers = frozenset(one.number for one in self._held)
        return Ours(organisms=frozenset({dsn_organism()}), contract_numbers=numbers)

    def head(self, head: Head) -> None:
        self._head, self._month = head, month_of(head)
        company = self._expected(self._month or clock.today())
        self._note(check_structure(head, company, today=clock.today()))
        self._adhesions = {
            one.adhesion_id: contract
            for one in head.adhesions
            if one.adhesion_id and (contract := company.contract(one.contract_number))
        }

    def person(self, person: DeclaredPerson) -> None:
        if self._month is None:
            return
        known, by_name = self._find(person)
        self._people += 1
        self._declared_cents += sum(declared_cents(one) for one in person.subjects)
        member = ExpectedMember(member_id=known.member_id, stays=known.stays) if known else None
        self._note(check_person(person, member, self._adhesions, by_name=by_name, month=self._month))
        if known is None:
            self._unknown += 1
            return
        for block in person.affiliations:
            contract = self._adhesions.get(block.text("013"))
            if contract:
                self._seen[contract.contract_id].add(known.member_id)
        self.lines.extend(declared_lines(person, known.member_id, self._adhesions, month=self._month))

    def tail(self, tail: Tail) -> None:
        self._note(check_end(tail))
        if self._head is None or self._month is None:
            return
        declared = list({one.contract_id: one for one in self._adhesions.values()}.values())
        self._note(check_payments(self._head.payments, declared, declared_cents=self._declared_cents))
        members = [ExpectedMember(member_id=one.member_id, stays=one.stays) for one in self._roster]
        names = {one.member_id: one.known_as for one in self._roster}
        called: Counter[tuple[str, str]] = Counter()
        for contract in declared:
            statement = dsn_reconciliation.called(self._who.company_id, contract.contract_id, self._month)
            if statement is not None:
                for line in statement.lines:
                    called[contract.contract_id, line.member_id] += line.ttc_cents
                self._note(self._differences(contract, statement, names))
        self._note(check_absent(declared, members, self._seen, month=self._month, called=called, names=names))

    def _differences(
        self, contract: ExpectedContract, statement: Statement, names: Mapping[str, str]
    ) -> Iterator[Anomaly]:
        """Where what is declared of the month is not what was called; who is missing is told elsewhere."""
        lines = [one for one in self.lines if (one.contract_id, one.month) == (contract.contract_id, self._month)]
        for gap in discrepancies(statement, declared_of(lines)):
            if gap.gap is not Gap.NOT_DECLARED:
                yield anomaly_of(gap, contract, who=names.get(gap.member_id, ""))

    def report(self) -> DsnReport:
        payments = self._head.payments if self._head else ()
        return DsnReport(
            code=max(self._counts, default=Severity.CONFORM),
            month=self._month,
            origin=origin_of(self._head) if self._head else "",
            test=self._head is not None and is_test(self._head),
            contracts=tuple(self._totals()),
            paid_cents=sum(one.block.cents("005") or 0 for one in payments),
            people=self._people,
            unknown=self._unknown,
            anomalies=tuple(self._anomalies),
            counts=dict(self._counts),
        )

    def _expected(self, month: date) -> ExpectedCompany:
        return ExpectedCompany(
            siren=self._who.siren,
            siret=self._who.siret,
            contracts=tuple(
                ExpectedContract(
                    contract_id=one.contract_id,
                    cover=one.period,
                    sheet=dsn.sheet_of(one, on=month),
                    on_pay=salaries.priced_on_pay(one),
                )
                for one in self._held
            ),
        )

    def _find(self, person: DeclaredPerson) -> tuple[Rostered | None, bool]:
        """Who a person is, and whether the name told it rather than the number."""
        number = _with_key(person.nir)
        if number:
            known = self._by_nir.get(secrets.lookup_hash(number, field="nir"))
            if known:
                return known, False
        alike = self._by_name.get((folded(person.last_name), person.birth_date), []) if person.birth_date else []
        alike = [one for one in alike if _same_first_name(one.first_name, person.first_name)]
        return (alike[0], True) if len(alike) == 1 else (None, False)

    def _note(self, anomalies: Iterable[Anomaly]) -> None:
        for one in anomalies:
            self._counts[one.kind.severity] += 1
            if len(self._anomalies) < MOST_LISTED:
                self._anomalies.append(one)

    def _totals(self) -> Iterator[ContractTotal]:
        for contract in {one.contract_id: one for one in self._adhesions.values()}.values():
            lines = [one for one in self.lines if one.contract_id == contract.contract_id]
            yield ContractTotal(
                contract_id=contract.contract_id,
                number=contract.number,
                people=len({one.member_id for one in lines}),
                contribution_cents=sum(one.amount_cents for one in lines),
                base_cents=sum(one.base_cents or 0 for one in lines) if contract.on_pay else None,
            )


def _same_first_name(one: str, other: str) -> bool:
    """Whether first names may be one person's: a DSN tells all of them, an employer often the first.

    >>> _same_first_name("Léa", "LEA MARIE"), _same_first_name("Léa", "Louise")
    (True, False)
    """
    shorter, longer = sorted((folded(name).replace("-", " ").split() for name in (one, other)), key=len)
    return bool(shorter) and longer[: len(shorter)] == shorter


def _with_key(nir: str) -> str | None:
    """The whole number of the thirteen characters that a DSN has; ``None`` for a temporary or a wrong one.

    >>> _with_key("1850578006084"), _with_key("185")
    ('185057800608491', None)
    """
    if len(nir) != NIR_LENGTH:
        return None
    digits = nir[:5] + CORSICA.get(nir[5:7], nir[5:7]) + nir[7:]
    if not (digits.isascii() and digits.isdecimal()):
        return None
    try:
        return parse_nir(f"{nir}{97 - int(digits) % 97:02}")
    except InvalidIdentifier:
        return None
