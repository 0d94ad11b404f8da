"""The dossier's worked examples, to the cent (dossier 4.2 to 4.5)."""

from datetime import date
from decimal import Decimal

import pytest

from chalicelib.domain.contributions.charge import lines_of
from chalicelib.domain.contributions.insured import Insured
from chalicelib.domain.contributions.line import Line
from chalicelib.domain.contributions.proration import Proration
from chalicelib.domain.contributions.tariff import Role, Structure, Tariff, executive_shortfall
from chalicelib.domain.contributions.taxes import TaxKind, TaxPart, insurer_levies, taxed
from chalicelib.domain.working import Working
from tests.domain.contributions.samples import (
    REAL_DAYS,
    THIRTIETHS,
    alone_or_family,
    family,
    percent,
    person,
    provident,
    tariff,
)

MARCH = date(2025, 3, 1)


def only(tariff_: Tariff, insured: Insured, month: date = MARCH) -> Line:
    [line] = lines_of(insured, month=month, tariffs=[tariff_])
    return line


@pytest.mark.parametrize(
    ("month", "dependants", "total", "share"),
    [
        (MARCH, 0, 5888, 2944),
        (MARCH, 1, 15308, 7654),
        (date(2026, 3, 1), 0, 6008, 3004),
        (date(2026, 3, 1), 1, 15620, 7810),
        (date(2024, 12, 1), 0, 5796, 2898),
        (date(2025, 12, 1), 0, 5888, 2944),
        (date(2026, 1, 1), 0, 6008, 3004),
    ],
)
def test_alone_or_family_in_percent_of_the_pmss_of_the_month(
    month: date, dependants: int, total: int, share: int
) -> None:
    line = only(alone_or_family(), person(dependants=family(adults=dependants)), month)
    assert (line.ttc_cents, line.employer_cents, line.employee_cents) == (total, share, total - share)
    assert line.law[0] == f"pmss@{month.year}-01-01"


def test_adults_and_children_the_third_child_free() -> None:
    prices = (percent(Role.ADULT, "1.20"), percent(Role.CHILD, "0.60"))
    by_head = tariff(Structure.ADULT_CHILD, *prices, free_child_from=3)
    assert only(by_head, person(dependants=family(adults=1, children=3))).ttc_cents == 14130


def test_tranches_of_one_month_on_its_own() -> None:
    hired = person(since=MARCH, pay=((MARCH, 520_000),))
    first, second = lines_of(hired, month=MARCH, tariffs=[provident()])
    assert [(one.base_cents, one.ttc_cents) for one in (first, second)] == [(392_500, 5888), (127_500, 2295)]
    assert first.ttc_cents + second.ttc_cents == 8183
    assert first.employer_cents + second.employer_cents == 4910
    assert first.employee_cents + second.employee_cents == 3273


def test_tranches_are_regularised_as_the_year_goes() -> None:
    january, february = date(2025, 1, 1), date(2025, 2, 1)
    one = person(pay=((january, 300_000), (february, 800_000)))
    bases = [
        [line.base_cents for line in lines_of(one, month=month, tariffs=[provident()])] for month in (january, february)
    ]
    assert bases == [[300_000], [485_000, 315_000]]


@pytest.mark.parametrize(
    ("kind", "ht", "tax"),
    [
        (TaxKind.HEALTH_RESPONSIBLE, 8828, 1172),
        (TaxKind.HEALTH_OTHER, 8315, 1685),
        (TaxKind.FIRST_EURO, 8772, 1228),
        (TaxKind.AGRICULTURAL, 9410, 590),
        (TaxKind.DAILY_ALLOWANCE, 9346, 654),
        (TaxKind.DAILY_ALLOWANCE_OTHER, 8772, 1228),
        (TaxKind.EXEMPT, 10000, 0),
    ],
)
def test_taxes_within_a_hundred_euros(kind: TaxKind, ht: int, tax: int) -> None:
    [one] = taxed(10000, [TaxPart(kind=kind)], on=MARCH, working=Working())
    assert (one.ht_cents, one.tax_cents) == (ht, tax)


def test_taxes_of_a_premium_that_insures_two_things() -> None:
    parts = [
        TaxPart(kind=TaxKind.EXEMPT, share_percent=Decimal(40)),
        TaxPart(kind=TaxKind.DAILY_ALLOWANCE, share_percent=Decimal(60)),
    ]
    found = taxed(8183, parts, on=MARCH, working=Working())
    assert [(one.ht_cents, one.tax_cents) for one in found] == [(3273, 0), (4589, 321)]


@pytest.mark.parametrize(("convention", "cents"), [(Proration(), 5888), (REAL_DAYS, 3799), (THIRTIETHS, 3729)], ids=str)
def test_an_affiliation_on_the_twelfth_of_march(convention: Proration, cents: int) -> None:
    """Each convention is stated, and a step says what it did."""
    line = only(alone_or_family(proration=convention), person(since=date(2025, 3, 12)))
    assert line.ttc_cents == cents
    assert (cents == 5888) or any(convention.sentence in step.sentence for step in line.steps)


@pytest.mark.parametrize(
    ("day", "exceptional"),
    [(date(2025, 12, 31), 0), (date(2026, 1, 1), 205), (date(2026, 12, 31), 205), (date(2027, 1, 1), 0)],
)
def test_the_exceptional_levy_of_2026_falls_on_the_insurer(day: date, exceptional: int) -> None:
    levies = insurer_levies(10000, on=day)
    assert (levies.exceptional_cents, levies.regular_doctor_cents) == (exceptional, 80)


def test_the_exceptional_levy_changes_nothing_of_what_a_company_pays() -> None:
    line = only(alone_or_family(), person(), date(2026, 1, 1))
    assert (line.ht_cents, line.tax_cents) == (5304, 704)


def test_executives_have_a_minimum_on_the_first_tranche() -> None:
    assert executive_shortfall(provident((1, "1.50"), employer="100")) == 0
    assert executive_shortfall(provident((1, "1.50"), employer="60")) == Decimal("0.6")
    assert executive_shortfall(provident((1, "3"))) == 0
    assert executive_shortfall(provident((1, "1"), (4, "3"), employer="100")) == Decimal("0.5")
