"""Tariffs: what is refused, what reads back, and how today's contribution terms are read."""

from datetime import date
from decimal import Decimal

import pytest

from chalicelib.domain.company import Contract, ContributionBasis, ContributionRate, ContributionTerms, Risk
from chalicelib.domain.contributions.calendar import Frequency
from chalicelib.domain.contributions.proration import Convention, Proration
from chalicelib.domain.contributions.tariff import Population, Role, Structure, Tariff, faults_of
from chalicelib.domain.contributions.taxes import TaxKind, TaxPart
from chalicelib.domain.contributions.terms import Pricing, calendar_from_terms, tariff_of, tariffs_of
from chalicelib.domain.errors import FieldErrors
from chalicelib.domain.record import Record
from tests.domain.contributions.samples import THIRTIETHS, alone_or_family, euros, percent, provident, tariff

JANUARY = date(2025, 1, 1)
SPLIT = (
    TaxPart(kind=TaxKind.EXEMPT, share_percent=Decimal(40)),
    TaxPart(kind=TaxKind.DAILY_ALLOWANCE, share_percent=Decimal(60)),
)


def terms(*rates: tuple[str, ContributionBasis, str], employer: str = "60") -> ContributionTerms:
    found = tuple(ContributionRate(label=label, basis=basis, value=value) for label, basis, value in rates)
    return ContributionTerms(
        frequency="quarterly", due_day=15, in_advance=True, employer_share_percent=employer, rates=found
    )


def of_contract(said: ContributionTerms, *, risk: Risk, starts_on: date = JANUARY) -> Tariff:
    contract = Contract(
        contract_id="1", company_id="2", number="S-1", label="S", risk=risk, starts_on=starts_on, terms=said
    )
    [found] = tariffs_of(contract)
    return found


@pytest.mark.parametrize(
    "one",
    [
        alone_or_family(),
        provident(taxes=SPLIT, college="Cadres"),
        tariff(
            Structure.OPTIONS,
            *(
                euros(Role.EMPLOYEE, "41.50"),
                euros(Role.CHILD_OPTION, "20"),
                euros(Role.EMPLOYEE, "30", Population.APPRENTICE),
            ),
            dependants_employer_percent=Decimal(0),
            free_child_from=3,
            proration=THIRTIETHS,
        ),
    ],
)
def test_a_tariff_reads_back_as_itself(one: Tariff) -> None:
    record = Record(one.to_record(), place="tariff")
    assert Tariff.from_record(record) == one
    record.check()


@pytest.mark.parametrize(
    ("one", "fields"),
    [
        (alone_or_family(valid_from=date(2025, 1, 2)), ["valid_from"]),
        (tariff(Structure.NONE), ["prices"]),
        (alone_or_family(taxes=(TaxPart(kind=TaxKind.EXEMPT, share_percent=Decimal(99)),)), ["taxes"]),
        (provident((4, "1"), (1, "2")), ["tranches"]),
        (provident((1, "1"), (1, "2")), ["tranches"]),
        (tariff(Structure.SIZE, percent(Role.ALONE, "1.5")), ["prices"]),
        (tariff(Structure.UNIQUE, percent(Role.UNIQUE, "1.5"), percent(Role.CHILD, "1")), ["prices"]),
        (tariff(Structure.UNIQUE, percent(Role.UNIQUE, "1.5"), percent(Role.UNIQUE, "1")), ["prices"]),
        (tariff(Structure.UNIQUE, percent(Role.UNIQUE, "1.5", Population.LOCAL_SCHEME)), ["prices"]),
        (
            tariff(Structure.UNIQUE, percent(Role.UNIQUE, "1"), percent(Role.UNIQUE, "1", Population.PORTABILITY)),
            ["prices"],
        ),
        (alone_or_family(employer="49.99"), ["employer_percent"]),
        (alone_or_family(employer="50"), []),
        (alone_or_family(employer="30", valid_from=date(2015, 12, 1)), []),
        (alone_or_family(employer="30", valid_from=date(2016, 1, 1)), ["employer_percent"]),
        (provident(employer="10"), []),
    ],
)
def test_what_makes_a_tariff_unusable(one: Tariff, fields: list[str]) -> None:
    """The employer pays at least half of a health cover (CSS L911-7 III); nothing so for prévoyance."""
    assert [name for name, _ in faults_of(one)] == fields


def test_a_faulty_tariff_is_refused_when_it_is_read() -> None:
    record = Record({**alone_or_family().to_record(), "employer_percent": "20", "colour": "red"}, place="tariff")
    Tariff.from_record(record)
    with pytest.raises(FieldErrors) as refused:
        record.check()
    assert [fault.field for fault in refused.value.faults] == ["tariff.colour", "tariff.employer_percent"]


P, E = ContributionBasis.PMSS_PERCENT, ContributionBasis.EUROS


@pytest.mark.parametrize(
    ("rates", "structure", "roles"),
    [
        ([("Salarié", P, "1.50")], Structure.UNIQUE, [Role.UNIQUE]),
        ([("ISOLÉ", P, "1.50"), ("Famille", P, "3.90")], Structure.SIZE, [Role.ALONE, Role.FAMILY]),
        (
            [("Solo", E, "40"), ("Duo", E, "70"), ("famille", E, "95")],
            Structure.SIZE,
            [Role.ALONE, Role.DUO, Role.FAMILY],
        ),
        ([("Adulte", P, "1.2"), ("Enfant", P, "0.6")], Structure.ADULT_CHILD, [Role.ADULT, Role.CHILD]),
        (
            [("Salarié", E, "41"), ("Conjoint", E, "45"), ("Enfant", E, "20")],
            Structure.OPTIONS,
            [Role.EMPLOYEE, Role.SPOUSE_OPTION, Role.CHILD_OPTION],
        ),
    ],
)
def test_today_s_terms_are_read_by_their_labels(
    rates: list[tuple[str, ContributionBasis, str]], structure: Structure, roles: list[Role]
) -> None:
    found = of_contract(terms(*rates), risk=Risk.HEALTH, starts_on=date(2025, 1, 20))
    assert (found.structure, [price.role for price in found.prices]) == (structure, roles)
    assert (found.valid_from, found.employer_percent) == (JANUARY, Decimal(60))
    assert found.proration == Proration(convention=Convention.FULL_MONTH, leaving_month_due=True)
    assert [part.kind for part in found.taxes] == [TaxKind.HEALTH_RESPONSIBLE]


def test_the_tranches_of_today_s_terms() -> None:
    both = terms(
        ("T2", ContributionBasis.TRANCHE_2_PERCENT, "1.80"), ("T1", ContributionBasis.TRANCHE_1_PERCENT, "1.50")
    )
    written = Pricing(
        valid_from=JANUARY, employer_percent=Decimal(60), rates=both.rates, taxes=SPLIT, tranche_2_up_to_pmss=8
    )
    found = tariff_of(written, risk=Risk.PROVIDENT)
    assert [(one.up_to_pmss, one.percent) for one in found.tranches] == [(1, Decimal("1.50")), (8, Decimal("1.80"))]
    assert (found.structure, found.taxes) == (Structure.NONE, SPLIT)


@pytest.mark.parametrize(
    ("of", "risk", "field"),
    [
        (terms(("Palier 7", P, "1")), Risk.HEALTH, "contributions.rates[0].label"),
        (terms(("Isolé", P, "1")), Risk.HEALTH, "contributions.prices"),
        (terms(), Risk.HEALTH, "contributions.prices"),
        (terms(("Salarié", P, "1"), employer="40"), Risk.HEALTH, "contributions.employer_percent"),
        (terms(("T1", ContributionBasis.TRANCHE_1_PERCENT, "1")), Risk.PROVIDENT, "contributions.taxes"),
    ],
)
def test_terms_that_do_not_suffice_are_refused(of: ContributionTerms, risk: Risk, field: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        of_contract(of, risk=risk)
    assert [fault.field for fault in refused.value.faults] == [field]


def test_the_calendar_of_today_s_terms() -> None:
    found = calendar_from_terms(terms())
    assert (found.frequency, found.in_advance, found.due_day) == (Frequency.QUARTERLY, True, 15)


def test_a_role_says_what_a_price_is_for_whatever_its_label() -> None:
    """A label is what people read; a role, where there is one, is what counts."""
    rates = (
        ContributionRate(label="Formule A", basis=E, value="41.50", role=Role.EMPLOYEE),
        ContributionRate(label="Formule A, enfant", basis=E, value="20", role=Role.CHILD_OPTION),
        ContributionRate(
            label="Formule A, Alsace-Moselle",
            basis=E,
            value="30",
            role=Role.EMPLOYEE,
            population=Population.LOCAL_SCHEME,
        ),
    )
    written = Pricing(
        valid_from=JANUARY,
        employer_percent=Decimal(50),
        rates=rates,
        college="Cadres",
        dependants_employer_percent=Decimal(0),
        free_child_from=3,
        proration=THIRTIETHS,
    )
    found = tariff_of(written, risk=Risk.HEALTH)
    assert (found.structure, found.college, found.free_child_from) == (Structure.OPTIONS, "Cadres", 3)
    assert (found.dependants_employer_percent, found.proration) == (Decimal(0), THIRTIETHS)
    local = found.price_of(Role.EMPLOYEE, Population.LOCAL_SCHEME)
    assert local is not None
    assert local.value == Decimal(30)


def test_tariffs_that_a_contract_was_given_count_alone() -> None:
    given = (alone_or_family(), provident())
    said = ContributionTerms(
        frequency="monthly", due_day=31, in_advance=False, employer_share_percent="60", tariffs=given
    )
    contract = Contract(
        contract_id="1", company_id="2", number="S-1", label="S", risk=Risk.HEALTH, starts_on=JANUARY, terms=said
    )
    assert tariffs_of(contract) == given
