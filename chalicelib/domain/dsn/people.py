"""The check of one person of a DSN against contract, affiliation and rates; and what is declared of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from chalicelib.domain.company import ContributionBasis
from chalicelib.domain.contributions.insured import month_of, within
from chalicelib.domain.dsn.reading import (
    AFFILIATION,
    CONTRIBUTED,
    END_OF_EMPLOYMENT,
    PERSON,
    SUBJECT,
    Block,
    DeclaredPerson,
    Subject,
)
from chalicelib.domain.dsn.report import Anomaly, AnomalyKind
from chalicelib.domain.dsn.structure import ExpectedContract
from chalicelib.domain.dsn_sheet import COMPONENTS, DsnLine
from chalicelib.domain.money import Cents, in_euros, percent_of, round_half_up
from chalicelib.domain.periods import Period

GROSS = "10"
TRANCHES = frozenset({COMPONENTS[ContributionBasis.TRANCHE_1_PERCENT], COMPONENTS[ContributionBasis.TRANCHE_2_PERCENT]})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedMember:
    """One of the insured as the insurer knows them: the days of cover by contract, paid for by contributions."""

    member_id: str
    stays: Mapping[str, Period]

    def stay_in(self, contract_id: str, month: date) -> Period | None:
        """The days of a month under a contract, or nothing."""
        stay = self.stays.get(contract_id)
        return within(stay, month_of(month)) if stay else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredLine:
    """What a declaration says of one member, one contract and one month. Units: cents.

    Where a contract is priced by tranches, ``base_cents`` is what its tranches add up to, and ``pay_cents`` the gross
    pay, or the same where only tranches are declared; nothing for another contract. A gross pay that is told again
    for the same days under another affiliation is not repeated.
    """

    contract_id: str
    member_id: str
    month: date
    amount_cents: Cents
    base_cents: Cents | None = None
    pay_cents: Cents | None = None


Contracts = Mapping[str, ExpectedContract]
"""The contracts of a declaration by the technical id of their adhesion (S21.G00.15.005)."""


def who_is(person: DeclaredPerson) -> str:
    """How an anomaly names somebody to the employer: initials, and the employer's own number for them."""
    return f"{person.initials} (matricule {person.matricule})" if person.matricule else person.initials


def declared_lines(
    person: DeclaredPerson, member_id: str, contracts: Contracts, *, month: date
) -> Iterator[DeclaredLine]:
    """What is declared of a member, a line for each base; a base of no single month up to the declared one is left.

    Units: cents.
    """
    told: dict[tuple[str, str, str], str] = {}
    for subject in person.subjects:
        contract = contracts.get(subject.adhesion_id)
        of = _month(subject, up_to=month)
        if contract is None or of is None:
            continue
        days = (contract.contract_id, subject.block.text("002"), subject.block.text("003"))
        affiliation = subject.block.text("005")
        gross = _gross(subject)
        repeated = gross is not None and told.setdefault(days, affiliation) != affiliation
        pay = _base(subject) if gross is None else gross
        yield DeclaredLine(
            contract_id=contract.contract_id,
            member_id=member_id,
            month=of,
            amount_cents=declared_cents(subject),
            base_cents=_base(subject) if contract.on_pay else None,
            pay_cents=pay if contract.on_pay and not repeated else None,
        )


def declared_cents(subject: Subject) -> Cents:
    """The contributions of a base, added up; what is no number counts for nothing."""
    return sum(one.cents("004") or 0 for one in subject.contributions)


def check_person(
    person: DeclaredPerson, member: ExpectedMember | None, contracts: Contracts, *, by_name: bool, month: date
) -> Iterator[Anomaly]:
    """What is wrong with what is declared of somebody; ``by_name`` when the number was not what led to them.

    Units: cents.
    Source: NEODeS, blocks S21.G00.30, .62, .70, .78, .79 and .81; dossier 8.3.
    """
    about = _About(who=who_is(person), member_id=member.member_id if member else "", month=month)
    if member is None:
        at_stake = sum(declared_cents(one) for one in person.subjects)
        yield about.anomaly(AnomalyKind.UNKNOWN_PERSON, PERSON, person.line, at_stake_cents=at_stake)
    elif by_name:
        yield about.anomaly(AnomalyKind.OTHER_NIR, f"{PERSON}.001", person.line)
    for block in person.affiliations:
        contract = contracts.get(block.text("013"))
        if contract:
            yield from _check_codes(about, block, contract)
            if member:
                yield from _check_stay(about, person, block, contract, member)
            if not any(one.block.text("005") == block.text("012") for one in person.subjects):
                yield about.anomaly(AnomalyKind.NO_SUBJECT, SUBJECT, block.line, contract)
    for subject in person.subjects:
        contract = contracts.get(subject.adhesion_id)
        if contract:
            yield from _check_subject(about, subject, contract)


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """Whom anomalies are about, in the declaration of which month."""

    who: str
    member_id: str
    month: date

    def anomaly(
        self,
        kind: AnomalyKind,
        rubrique: str,
        line: int,
        contract: ExpectedContract | None = None,
        *,
        found: str = "",
        expected: str = "",
        at_stake_cents: Cents = 0,
    ) -> Anomaly:
        return Anomaly(
            kind=kind,
            rubrique=rubrique,
            line=line,
            contract_number=contract.number if contract else "",
            who=self.who,
            member_id=self.member_id,
            found=found,
            expected=expected,
            at_stake_cents=at_stake_cents,
        )

    def of_value(
        self, kind: AnomalyKind, block: Block, code: str, contract: ExpectedContract, *, expected: str
    ) -> Anomaly:
        return self.anomaly(
            kind, f"{block.name}.{code}", block.line_of(code), contract, found=block.text(code), expected=expected
        )


def _check_codes(about: _About, block: Block, contract: ExpectedContract) -> Iterator[Anomaly]:
    for kind, code, expected in (
        (AnomalyKind.OPTION, "004", {line.option for line in contract.sheet.lines}),
        (AnomalyKind.POPULATION, "005", {line.population for line in contract.sheet.lines}),
    ):
        if expected and block.text(code) not in expected:
            yield about.of_value(kind, block, code, contract, expected=", ".join(sorted(expected)))


def _check_stay(
    about: _About,
    person: DeclaredPerson,
    block: Block,
    contract: ExpectedContract,
    member: ExpectedMember,
) -> Iterator[Anomaly]:
    stay = member.stays.get(contract.contract_id)
    if stay is None or member.stay_in(contract.contract_id, about.month) is None:
        at_stake = sum(declared_cents(one) for one in person.subjects if one.adhesion_id == block.text("013"))
        yield about.anomaly(AnomalyKind.NOT_AFFILIATED, AFFILIATION, block.line, contract, at_stake_cents=at_stake)
        return
    last_day = stay.end - timedelta(days=1) if stay.end else None
    for code, known in (("014", stay.start), ("015", last_day)):
        if block.text(code) and block.day(code) != known:
            yield about.of_value(AnomalyKind.DATES, block, code, contract, expected=f"{known:%d%m%Y}" if known else "")
    if person.left_on and last_day is None:
        found = f"{person.left_on:%d%m%Y}"
        yield about.anomaly(AnomalyKind.AFTER_DEPARTURE, f"{END_OF_EMPLOYMENT}.001", person.line, contract, found=found)


def _check_subject(about: _About, subject: Subject, contract: ExpectedContract) -> Iterator[Anomaly]:
    if _month(subject, up_to=about.month) is None:
        yield about.of_value(AnomalyKind.PERIOD, subject.block, "002", contract, expected=f"{about.month:%d%m%Y}")
    for block in (*subject.components, *subject.contributions):
        if block.cents("004") is None:
            yield about.of_value(AnomalyKind.UNREADABLE_AMOUNT, block, "004", contract, expected="")
    if not subject.contributions:
        yield about.anomaly(AnomalyKind.NO_CONTRIBUTION, CONTRIBUTED, subject.block.line, contract)
        return
    lines = contract.sheet.lines
    known = {line.component for line in lines}
    for component in subject.components:
        if lines and component.text("001") not in {*known, GROSS}:
            yield about.of_value(AnomalyKind.COMPONENT, component, "001", contract, expected=", ".join(sorted(known)))
    yield from _check_amounts(about, subject, contract)


def _check_amounts(about: _About, subject: Subject, contract: ExpectedContract) -> Iterator[Anomaly]:
    """Rates wherever one is written; amounts where pay is what they bear on, a cent apart for each base at most."""
    rates = {Decimal(line.rate_percent) for line in contract.sheet.lines if line.rate_percent is not None}
    declared, expected = declared_cents(subject), _expected_cents(subject, contract.sheet.lines)
    difference = declared - expected if contract.on_pay else 0
    wrong = [one for one in subject.contributions if one.number("007") is not None and one.number("007") not in rates]
    for block in wrong[:1] if rates else ():
        yield about.anomaly(
            AnomalyKind.RATE,
            f"{CONTRIBUTED}.007",
            block.line_of("007"),
            contract,
            found=_percent(block.number("007")),
            expected=" + ".join(_percent(rate) for rate in sorted(rates)),
            at_stake_cents=difference,
        )
    if not wrong and contract.on_pay and rates and abs(difference) > len(subject.components):
        yield about.anomaly(
            AnomalyKind.AMOUNT,
            f"{CONTRIBUTED}.004",
            subject.contributions[0].line_of("004"),
            contract,
            found=in_euros(declared),
            expected=in_euros(expected),
            at_stake_cents=difference,
        )


def _expected_cents(subject: Subject, lines: Sequence[DsnLine]) -> Cents:
    percents = {line.component: Decimal(line.rate_percent) for line in lines if line.rate_percent is not None}
    return sum(
        round_half_up(percent_of(one.cents("004") or 0, percents[one.text("001")]))
        for one in subject.components
        if one.text("001") in percents
    )


def _gross(subject: Subject) -> Cents | None:
    """The gross pay, where it is declared (S21.G00.79)."""
    gross = [one.cents("004") or 0 for one in subject.components if one.text("001") == GROSS]
    return sum(gross) if gross else None


def _base(subject: Subject) -> Cents | None:
    """The tranches of pay, added up; nothing where none is declared."""
    tranches = [one.cents("004") or 0 for one in subject.components if one.text("001") in TRANCHES]
    return sum(tranches) if tranches else None


def _month(subject: Subject, *, up_to: date) -> date | None:
    """The one month of a base, as its first day (S21.G00.78.002 and .003)."""
    first, last = subject.block.day("002"), subject.block.day("003")
    if first is None or last is None or last < first or (first.year, first.month) != (last.year, last.month):
        return None
    month = first.replace(day=1)
    return month if month <= up_to else None


def _percent(rate: Decimal | None) -> str:
    """A rate as a reader expects it, with the decimals that it is written with.

    >>> _percent(Decimal("1.50"))
    '1,50\\xa0%'
    """
    return f"{rate:f}\u00a0%".replace(".", ",") if rate is not None else ""
