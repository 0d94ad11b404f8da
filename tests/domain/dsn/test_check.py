"""The check of a DSN against contracts, affiliations and rates: codes 0 to 3, place, amount at stake (H115–H117)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from chalicelib.domain.company import Risk
from chalicelib.domain.contributions.reconciliation import Discrepancy, Gap
from chalicelib.domain.dsn.people import DeclaredLine, ExpectedMember, check_person, declared_lines
from chalicelib.domain.dsn.reading import DeclaredPerson, Head, Ours, Part, Tail, read
from chalicelib.domain.dsn.report import Anomaly, AnomalyKind, Severity, code_of
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
from chalicelib.domain.dsn_sheet import DsnLine, DsnSheet
from chalicelib.domain.periods import Period
from tests import dsn_files
from tests.dsn_files import Adhesion, Base, Dsn, Person

MARCH = date(2026, 3, 1)
TODAY = date(2026, 4, 3)
T1 = DsnLine(
    label="", option="PRV1", population="ENS", base="31", component="11", component_label="", contribution="059",
    rate_percent="1.50", amount_euros=None,
)  # fmt: skip
T2 = replace(T1, component="12", rate_percent="1.80")
SHEET = DsnSheet(
    contract_number="PREV-1", contract_label="Prévoyance", risk=Risk.PROVIDENT, organism="P0000", delegate="",
    frequency="M", frequency_label="Mensuelle", in_advance=False, due_day=5, valid_from=date(2025, 1, 1),
    lines=(T1, T2),
)  # fmt: skip
CONTRACT = ExpectedContract(contract_id="prev", cover=Period(date(2025, 1, 1)), sheet=SHEET, on_pay=True)
COMPANY = ExpectedCompany(siren="732829320", siret="73282932000074", contracts=(CONTRACT,))
ADHESIONS = [Adhesion(reference="PREV-1")]
LEA = ExpectedMember(member_id="lea", stays={"prev": Period(date(2025, 6, 1))})
GOOD = Person(option="PRV1")


def parts(dsn: Dsn) -> list[Part]:
    ours = Ours(organisms=frozenset({"P0000"}), contract_numbers=frozenset({"PREV-1"}))
    return list(read(dsn_files.pieces(dsn.content()), ours))


def head_of(dsn: Dsn) -> Head:
    [head] = [one for one in parts(dsn) if isinstance(one, Head)]
    return head


def of_head(dsn: Dsn, company: ExpectedCompany = COMPANY) -> list[Anomaly]:
    return list(check_structure(head_of(dsn), company, today=TODAY))


def of_person(
    person: Person, member: ExpectedMember | None = LEA, *, by_name: bool = False, contract: ExpectedContract = CONTRACT
) -> list[Anomaly]:
    [read_person] = [one for one in parts(Dsn(adhesions=ADHESIONS, people=[person])) if isinstance(one, DeclaredPerson)]
    return list(check_person(read_person, member, {"1": contract}, by_name=by_name, month=MARCH))


def kinds(anomalies: Sequence[Anomaly]) -> set[AnomalyKind]:
    return {one.kind for one in anomalies}


def test_a_right_declaration_is_conform() -> None:
    dsn = Dsn(adhesions=ADHESIONS, people=[GOOD], payments=[("45.00", [("45.00", "2026M03")])])
    [tail] = [one for one in parts(dsn) if isinstance(one, Tail)]
    head = head_of(dsn)
    found = [
        *of_head(dsn),
        *check_end(tail),
        *of_person(GOOD),
        *check_payments(head.payments, [CONTRACT], declared_cents=4500),
        *check_absent([CONTRACT], [LEA], {"prev": {"lea"}}, month=MARCH, called={}, names={}),
    ]
    assert found == []
    assert code_of(found) is Severity.CONFORM
    assert (month_of(head), origin_of(head), is_test(head)) == (MARCH, "73282932000074/2026-03/11", False)


@pytest.mark.parametrize(
    ("dsn", "kind", "code"),
    [
        (Dsn(adhesions=ADHESIONS, siren="552100554"), AnomalyKind.WRONG_COMPANY, 3),
        (Dsn(adhesions=ADHESIONS, nic="00082"), AnomalyKind.OTHER_ESTABLISHMENT, 1),
        (Dsn(adhesions=ADHESIONS, nature="04"), AnomalyKind.WRONG_NATURE, 3),
        (Dsn(adhesions=ADHESIONS, kind="04"), AnomalyKind.CANCELLED, 3),
        (Dsn(adhesions=ADHESIONS, month="01052026"), AnomalyKind.NO_MONTH, 3),
        (Dsn(adhesions=ADHESIONS, month="mars"), AnomalyKind.NO_MONTH, 3),
        (Dsn(adhesions=ADHESIONS, norm="P24V01"), AnomalyKind.OTHER_NORM, 1),
        (Dsn(adhesions=ADHESIONS, sending="01"), AnomalyKind.TEST, 1),
        (Dsn(adhesions=[Adhesion(reference="PREV-1", organism="PXXXX")]), AnomalyKind.ORGANISM, 3),
        (Dsn(adhesions=[Adhesion(reference="PREV-1", delegate="DXXXX")]), AnomalyKind.DELEGATE, 2),
        (Dsn(adhesions=[Adhesion(reference="PREV-1", identifier="")]), AnomalyKind.NO_ADHESION_ID, 3),
        (Dsn(adhesions=[*ADHESIONS, Adhesion(reference="AUTRE-9", identifier="2")]), AnomalyKind.UNKNOWN_CONTRACT, 3),
        (Dsn(adhesions=[]), AnomalyKind.NO_ADHESION, 2),
    ],
)
def test_the_head_is_checked(dsn: Dsn, kind: AnomalyKind, code: int) -> None:
    """H116: what the parameter sheet says must be in the declaration, as it stands."""
    found = of_head(dsn)
    assert kinds(found) == {kind}
    assert code_of(found) == code
    assert all(one.kind.sentence and one.kind.fix for one in found)


def test_a_norm_serves_the_declarations_sent_in_its_year() -> None:
    december = Dsn(adhesions=ADHESIONS, month="01122025", norm="P26V01")
    assert AnomalyKind.OTHER_NORM not in kinds(of_head(december))
    assert AnomalyKind.OTHER_NORM not in kinds(of_head(replace(december, norm="P25V01")))
    assert AnomalyKind.OTHER_NORM in kinds(of_head(replace(december, norm="P24V01")))


def test_a_contract_counts_in_the_months_it_covers() -> None:
    """Both sides: its first and its last month, the month before and the month after."""
    cover = replace(CONTRACT, cover=Period(date(2026, 3, 31), date(2026, 4, 2)))
    assert [cover.runs_in(date(2026, month, 1)) for month in (2, 3, 4, 5)] == [False, True, True, False]
    ended = replace(COMPANY, contracts=(replace(CONTRACT, cover=Period(date(2025, 1, 1), date(2026, 3, 1))),))
    assert kinds(of_head(Dsn(adhesions=ADHESIONS), ended)) == {AnomalyKind.UNKNOWN_CONTRACT}


@pytest.mark.parametrize(
    ("total", "kind"), [(None, AnomalyKind.NO_TOTAL), ("7", AnomalyKind.WRONG_TOTAL), ("", AnomalyKind.WRONG_TOTAL)]
)
def test_a_file_that_did_not_come_whole_is_rejected(total: str | None, kind: AnomalyKind) -> None:
    [tail] = [one for one in parts(Dsn(adhesions=ADHESIONS, total=total)) if isinstance(one, Tail)]
    [found] = check_end(tail)
    assert (found.kind, found.kind.severity) == (kind, Severity.REJECTED)


def test_two_declarations_in_one_file_are_rejected() -> None:
    second = [("S20.G00.05.001", "01"), ("S20.G00.05.005", "01042026")]
    dsn = Dsn(adhesions=ADHESIONS, people=[replace(GOOD, extra=second)])
    [tail] = [one for one in parts(dsn) if isinstance(one, Tail)]
    assert kinds(list(check_end(tail))) == {AnomalyKind.SEVERAL_DECLARATIONS}


@pytest.mark.parametrize(
    ("person", "kind", "at_stake"),
    [
        (replace(GOOD, option="AUTRE"), AnomalyKind.OPTION, 0),
        (replace(GOOD, population="CAD"), AnomalyKind.POPULATION, 0),
        (replace(GOOD, starts="01072025"), AnomalyKind.DATES, 0),
        (replace(GOOD, ends="15032026"), AnomalyKind.DATES, 0),
        (replace(GOOD, left_on="31032026"), AnomalyKind.AFTER_DEPARTURE, 0),
        (replace(GOOD, bases=()), AnomalyKind.NO_SUBJECT, 0),
        (replace(GOOD, bases=[Base(contributions=())]), AnomalyKind.NO_CONTRIBUTION, 0),
        (replace(GOOD, bases=[Base(contributions=[("42.00", "1.40")])]), AnomalyKind.RATE, -300),
        (replace(GOOD, bases=[Base(contributions=[("46.00", "1.50")])]), AnomalyKind.AMOUNT, 100),
        (replace(GOOD, bases=[Base(contributions=[("46.00", None)])]), AnomalyKind.AMOUNT, 100),
        (
            replace(GOOD, bases=[Base(components=[("11", "3000.00"), ("17", "9.00")])]),
            AnomalyKind.COMPONENT,
            0,
        ),
        (replace(GOOD, bases=[Base(start="15022026", end="31032026")]), AnomalyKind.PERIOD, 0),
        (replace(GOOD, bases=[Base(start="01042026", end="30042026")]), AnomalyKind.PERIOD, 0),
        (replace(GOOD, bases=[Base(contributions=[("NaN", "1.50")], components=[])]), AnomalyKind.UNREADABLE_AMOUNT, 0),
    ],
)
def test_a_person_is_checked(person: Person, kind: AnomalyKind, at_stake: int) -> None:
    [found] = of_person(person)
    assert (found.kind, found.at_stake_cents, found.contract_number) == (kind, at_stake, "PREV-1")
    assert (found.who, found.member_id) == ("L. M. (matricule A7)", "lea")
    assert found.line
    assert found.rubrique.startswith("S21.G00.")


def test_a_cent_of_rounding_for_each_base_is_no_anomaly() -> None:
    """T1 3 925,00 × 1,50 % = 58,875 and T2 1 275,00 × 1,80 % = 22,95: both roundings are found in payrolls."""
    components = [("11", "3925.00"), ("12", "1275.00")]
    for amount in ("81.83", "81.82", "81.85", "81.81"):
        assert of_person(replace(GOOD, bases=[Base(components=components, contributions=[(amount, None)])])) == []
    [found] = of_person(replace(GOOD, bases=[Base(components=components, contributions=[("81.86", None)])]))
    assert (found.kind, found.at_stake_cents, found.expected) == (AnomalyKind.AMOUNT, 3, "81,83\u00a0€")
    assert found.found == "81,86\u00a0€"


def test_somebody_nobody_knows_is_shown_by_initials_and_matricule_only() -> None:
    [found] = of_person(GOOD, None)
    assert (found.kind, found.at_stake_cents, found.member_id) == (AnomalyKind.UNKNOWN_PERSON, 4500, "")
    shown = " ".join(str(getattr(found, name)) for name in ("who", "found", "expected", "rubrique"))
    assert "MARTIN" not in shown
    assert "1850578006084" not in shown


def test_somebody_known_by_name_has_a_number_to_check() -> None:
    assert kinds(of_person(GOOD, by_name=True)) == {AnomalyKind.OTHER_NIR}


@pytest.mark.parametrize(
    ("stay", "affiliated"),
    [
        (Period(date(2026, 3, 31)), True),
        (Period(date(2026, 4, 1)), False),
        (Period(date(2025, 1, 1), date(2026, 3, 2)), True),
        (Period(date(2025, 1, 1), date(2026, 3, 1)), False),
    ],
)
def test_one_day_of_the_month_is_enough_to_be_declared(stay: Period, affiliated: bool) -> None:
    member = ExpectedMember(member_id="lea", stays={"prev": stay})
    assert (AnomalyKind.NOT_AFFILIATED in kinds(of_person(GOOD, member))) is not affiliated
    absent = check_absent([CONTRACT], [member], {}, month=MARCH, called={("prev", "lea"): 4500}, names={"lea": "L. M."})
    assert [(one.who, one.at_stake_cents) for one in absent] == ([("L. M.", -4500)] if affiliated else [])


def test_a_contract_that_is_not_priced_on_pay_is_compared_by_rate_only() -> None:
    line = replace(T1, component="18", rate_percent="1.50")
    health = replace(CONTRACT, sheet=replace(SHEET, lines=(line,)), on_pay=False)
    base = Base(components=[("18", "4005.00")], contributions=[("12.34", "1.50")])
    assert of_person(replace(GOOD, bases=[base]), contract=health) == []
    wrong = replace(base, contributions=[("12.34", "1.40")])
    assert kinds(of_person(replace(GOOD, bases=[wrong]), contract=health)) == {AnomalyKind.RATE}


def test_what_is_declared_of_a_person() -> None:
    """Tranches make the base; a gross pay is the pay; a base of an earlier month is its own line."""
    bases = [
        Base(components=[("10", "5200.00"), ("11", "4005.00"), ("12", "1195.00")], contributions=[("81.59", None)]),
        Base(start="01022026", end="28022026", components=[("11", "100.00")], contributions=[("1.50", None)]),
        Base(start="01022026", end="31032026", components=[("11", "77.00")]),
    ]
    [person] = [
        one
        for one in parts(Dsn(adhesions=ADHESIONS, people=[replace(GOOD, bases=bases)]))
        if isinstance(one, DeclaredPerson)
    ]
    assert list(declared_lines(person, "lea", {"1": CONTRACT}, month=MARCH)) == [
        DeclaredLine(
            contract_id="prev", member_id="lea", month=MARCH, amount_cents=8159, base_cents=520000, pay_cents=520000
        ),
        DeclaredLine(
            contract_id="prev",
            member_id="lea",
            month=date(2026, 2, 1),
            amount_cents=150,
            base_cents=10000,
            pay_cents=10000,
        ),
    ]


def test_a_gross_pay_told_under_each_option_counts_once() -> None:
    """Two affiliations of one contract, the same pay under each: contributions add up, the pay does not."""
    gross = Base(components=[("10", "3000.00"), ("11", "3000.00")], contributions=[("45.00", None)])
    first = replace(GOOD, bases=[gross])
    second = [
        ("S21.G00.70.005", "ENS"),
        ("S21.G00.70.012", "A2"),
        ("S21.G00.70.013", "1"),
        ("S21.G00.78.001", "31"),
        ("S21.G00.78.002", "01032026"),
        ("S21.G00.78.003", "31032026"),
        ("S21.G00.78.005", "A2"),
        ("S21.G00.79.001", "10"),
        ("S21.G00.79.004", "3000.00"),
        ("S21.G00.81.001", "059"),
        ("S21.G00.81.004", "12.00"),
    ]
    dsn = Dsn(adhesions=ADHESIONS, people=[replace(first, extra=second)])
    [person] = [one for one in parts(dsn) if isinstance(one, DeclaredPerson)]
    lines = list(declared_lines(person, "lea", {"1": CONTRACT}, month=MARCH))
    assert sorted(one.amount_cents for one in lines) == [1200, 4500]
    assert sum(one.pay_cents or 0 for one in lines) == 300000


@pytest.mark.parametrize(
    ("payments", "declared", "kind", "at_stake"),
    [
        ([("45.00", [("45.00", "2026M03")])], 4600, AnomalyKind.PAYMENT_AMOUNT, -100),
        ([("45.00", [("44.00", "2026M03")])], 4500, AnomalyKind.PAYMENT_SHARES, 100),
        ([("45.00", [("45.00", "2026T01")])], 4500, AnomalyKind.PAYMENT_PERIOD, 0),
        ([("45.00", [("45.00", "2026M13")])], 4500, AnomalyKind.PAYMENT_PERIOD, 0),
        ([("quarante", [])], 0, AnomalyKind.UNREADABLE_AMOUNT, 0),
    ],
)
def test_payments_are_checked(
    payments: Sequence[tuple[str, Sequence[tuple[str, str]]]], declared: int, kind: AnomalyKind, at_stake: int
) -> None:
    head = head_of(Dsn(adhesions=ADHESIONS, payments=payments))
    [found] = check_payments(head.payments, [CONTRACT], declared_cents=declared)
    assert (found.kind, found.at_stake_cents) == (kind, at_stake)
    assert found.line


def test_a_quarter_is_not_paid_every_month() -> None:
    quarterly = replace(CONTRACT, sheet=replace(SHEET, frequency="T"))
    head = head_of(Dsn(adhesions=ADHESIONS, payments=[("135.00", [("135.00", "2026T01")])]))
    assert list(check_payments(head.payments, [quarterly], declared_cents=4500)) == []
    assert list(check_payments((), [CONTRACT], declared_cents=4500)) == []


def test_differences_from_what_was_called_become_anomalies() -> None:
    gap = Discrepancy(member_id="lea", month=MARCH, gap=Gap.RATE, called_cents=4500, declared_cents=4200)
    found = anomaly_of(gap, CONTRACT, who="L. M.")
    assert (found.kind, found.at_stake_cents, found.who) == (AnomalyKind.CALLED_AMOUNT, -300, "L. M.")
    assert all(anomaly_of(replace(gap, gap=one), CONTRACT, who="").kind.fix for one in Gap)


def test_every_anomaly_says_what_is_wrong_and_how_to_mend_it() -> None:
    for kind in AnomalyKind:
        assert kind.severity is not Severity.CONFORM
        assert kind.sentence.endswith(".")
        assert kind.fix.endswith(".")
