"""What one person costs for one month: structures, populations, entries and exits, shares."""

from datetime import date
from decimal import Decimal

import pytest

from chalicelib.domain.contributions.charge import lines_of
from chalicelib.domain.contributions.insured import Dependant, DependantKind, Insured, Stay, situations_in, within
from chalicelib.domain.contributions.line import Line
from chalicelib.domain.contributions.proration import Convention, Proration, days_due, days_of_month
from chalicelib.domain.contributions.structure import month_price
from chalicelib.domain.contributions.tariff import Population, Role, Structure, Tariff
from chalicelib.domain.contributions.tranches import MonthOfPay, bases_of_month
from chalicelib.domain.errors import NoParameterFor, Refused
from chalicelib.domain.periods import Period
from chalicelib.domain.record import Record
from chalicelib.domain.working import Working
from tests.domain.contributions.samples import (
    REAL_DAYS,
    THIRTIETHS,
    alone_or_family,
    euros,
    family,
    percent,
    person,
    provident,
    tariff,
)

MARCH = date(2025, 3, 1)
FULL_MONTH = Proration()
LEAVING_FREE = Proration(leaving_month_due=False)
TRIO = tariff(Structure.SIZE, euros(Role.ALONE, "40"), euros(Role.DUO, "70"), euros(Role.FAMILY, "95"))


def cents(insured: Insured, of: Tariff, month: date = MARCH) -> int:
    return sum(line.ttc_cents for line in lines_of(insured, month=month, tariffs=[of]))


@pytest.mark.parametrize(("adults", "children", "expected"), [(0, 0, 4000), (1, 0, 7000), (0, 1, 7000), (1, 1, 9500)])
def test_alone_duo_family(adults: int, children: int, expected: int) -> None:
    assert cents(person(dependants=family(adults, children)), TRIO) == expected


def test_two_people_pay_the_family_price_where_there_is_no_duo() -> None:
    assert cents(person(dependants=family(adults=1)), alone_or_family()) == 15308


def test_one_price_whatever_the_family() -> None:
    single = tariff(Structure.UNIQUE, euros(Role.UNIQUE, "62.50"))
    assert cents(person(dependants=family(1, 4)), single) == cents(person(), single) == 6250


@pytest.mark.parametrize(
    ("children", "free_from", "told"),
    [(0, None, "1 adulte, soit"), (1, None, "1 adulte et 1 enfant, soit"), (2, 1, "1 adulte et 0 enfant (2 de plus")],
)
def test_a_household_without_children_is_told_without_them(children: int, free_from: int | None, told: str) -> None:
    by_head = tariff(Structure.ADULT_CHILD, euros(Role.ADULT, "50"), euros(Role.CHILD, "20"), free_child_from=free_from)
    lines = lines_of(person(dependants=family(children=children)), month=MARCH, tariffs=[by_head])
    sentences = [step.sentence.replace("\u00a0", " ") for line in lines for step in line.steps]
    assert any(one.startswith(told) for one in sentences), sentences


@pytest.mark.parametrize(("children", "expected"), [(0, 5000), (1, 7000), (2, 9000), (3, 9000), (5, 9000)])
def test_children_are_free_from_a_rank_on(children: int, expected: int) -> None:
    by_head = tariff(Structure.ADULT_CHILD, euros(Role.ADULT, "50"), euros(Role.CHILD, "20"), free_child_from=3)
    assert cents(person(dependants=family(children=children)), by_head) == expected


def test_options_of_dependants_are_at_the_employee_charge() -> None:
    """The employer pays half of the compulsory base only, which it may (CSS L911-7 III)."""
    options = tariff(
        Structure.OPTIONS,
        *(euros(Role.EMPLOYEE, "41"), euros(Role.SPOUSE_OPTION, "45"), euros(Role.CHILD_OPTION, "20")),
        dependants_employer_percent=Decimal(0),
        free_child_from=2,
    )
    [line] = lines_of(person(dependants=family(1, 2)), month=MARCH, tariffs=[options])
    assert (line.ttc_cents, line.employer_cents, line.employee_cents) == (10600, 2050, 8550)


def test_the_employer_may_bear_part_of_the_options() -> None:
    shared = alone_or_family(dependants_employer_percent=Decimal(25))
    [line] = lines_of(person(dependants=family(1)), month=MARCH, tariffs=[shared])
    assert line.employer_cents == 2944 + 2355


def test_an_option_that_the_tariff_does_not_price_adds_nothing() -> None:
    assert cents(person(dependants=family(1, 1)), tariff(Structure.OPTIONS, euros(Role.EMPLOYEE, "41"))) == 4100


def test_the_family_part_may_be_left_to_the_employee() -> None:
    optional = alone_or_family(dependants_employer_percent=Decimal(0))
    [line] = lines_of(person(dependants=family(1)), month=MARCH, tariffs=[optional])
    assert (line.employer_cents, line.employee_cents) == (2944, 15308 - 2944)


@pytest.mark.parametrize(
    ("population", "expected", "label"),
    [
        (Population.ACTIVE, 4000, "Cotisation unique"),
        (Population.LOCAL_SCHEME, 2800, "Cotisation unique (Alsace-Moselle)"),
        (Population.APPRENTICE, 4000, "Cotisation unique (Apprentis)"),
        (Population.PORTABILITY, 0, "Portabilité"),
    ],
)
def test_populations_have_their_own_price_or_the_general_one(population: Population, expected: int, label: str) -> None:
    both = tariff(Structure.UNIQUE, euros(Role.UNIQUE, "40"), euros(Role.UNIQUE, "28", Population.LOCAL_SCHEME))
    [line] = lines_of(person(population=population), month=MARCH, tariffs=[both])
    assert (line.ttc_cents, line.label) == (expected, label)


def test_nobody_in_portability_is_billed_and_the_line_says_so() -> None:
    left = Insured(
        member_id="m1",
        name="Nom",
        stays=(
            Stay(cover=Period(date(2024, 1, 1), date(2025, 3, 11))),
            Stay(cover=Period(date(2025, 3, 11), date(2026, 3, 11)), population=Population.PORTABILITY),
        ),
    )
    march = lines_of(left, month=MARCH, tariffs=[alone_or_family(proration=REAL_DAYS)])
    assert [line.ttc_cents for line in march] == [1899, 0]
    [april] = lines_of(left, month=date(2025, 4, 1), tariffs=[alone_or_family()])
    assert april.ttc_cents == 0
    assert "portabilité" in april.steps[0].sentence


@pytest.mark.parametrize(
    ("since", "until", "clause", "expected"),
    [
        (date(2025, 3, 31), None, FULL_MONTH, 3100),
        (date(2025, 3, 31), None, REAL_DAYS, 100),
        (date(2025, 3, 31), None, THIRTIETHS, 0),
        (date(2025, 3, 30), None, THIRTIETHS, 103),
        (date(2024, 1, 1), date(2025, 3, 31), THIRTIETHS, 3100),
        (date(2024, 1, 1), date(2025, 3, 2), FULL_MONTH, 3100),
        (date(2024, 1, 1), date(2025, 3, 2), LEAVING_FREE, 0),
        (date(2024, 1, 1), date(2025, 3, 31), LEAVING_FREE, 0),
        (date(2024, 1, 1), date(2025, 4, 1), LEAVING_FREE, 3100),
        (date(2025, 3, 3), date(2025, 3, 21), FULL_MONTH, 3100),
        (date(2025, 3, 3), date(2025, 3, 21), LEAVING_FREE, 0),
        (date(2025, 3, 3), date(2025, 3, 21), REAL_DAYS, 1800),
        (date(2025, 3, 3), date(2025, 3, 21), THIRTIETHS, 1860),
    ],
)
def test_entries_and_exits_within_march(since: date, until: date | None, clause: Proration, expected: int) -> None:
    of = tariff(Structure.UNIQUE, euros(Role.UNIQUE, "31"), proration=clause)
    assert cents(person(since=since, until=until), of) == expected


@pytest.mark.parametrize(
    ("month", "since", "until", "real", "thirtieths"),
    [
        (date(2025, 2, 1), date(2025, 2, 28), None, (1, 28), 3),
        (date(2024, 2, 1), date(2024, 2, 29), None, (1, 29), 2),
        (date(2024, 2, 1), date(2024, 2, 28), None, (2, 29), 3),
        (date(2025, 2, 1), date(2025, 2, 1), None, (28, 28), 30),
        (date(2025, 2, 1), date(2025, 1, 1), date(2025, 2, 28), (27, 28), 27),
        (date(2024, 2, 1), date(2024, 1, 1), date(2024, 2, 29), (28, 29), 28),
    ],
)
def test_february_in_common_and_leap_years(
    month: date, since: date, until: date | None, real: tuple[int, int], thirtieths: int
) -> None:
    start, end = max(since, month), until or date(month.year, 3, 1)
    covered = Period(start, end)
    assert (days_due(Convention.REAL_DAYS, covered), days_of_month(Convention.REAL_DAYS, month)) == real
    assert days_due(Convention.THIRTIETHS, covered) == thirtieths


def test_an_open_period_has_no_number_of_days() -> None:
    with pytest.raises(ValueError):
        days_due(Convention.REAL_DAYS, Period(MARCH))


def test_a_birth_within_the_month_counts_from_the_next_where_whole_months_are_due() -> None:
    born = person(dependants=(Dependant(kind=DependantKind.CHILD, cover=Period(date(2025, 3, 12))),))
    assert [cents(born, alone_or_family(), month) for month in (MARCH, date(2025, 4, 1))] == [5888, 15308]


def test_a_birth_within_the_month_is_counted_by_days_elsewhere() -> None:
    """11 days alone, 20 as a family: 20.8929 and 98.7613, 119.65 in all."""
    born = person(dependants=(Dependant(kind=DependantKind.CHILD, cover=Period(date(2025, 3, 12))),))
    lines = lines_of(born, month=MARCH, tariffs=[alone_or_family(proration=REAL_DAYS)])
    assert [(line.label, line.ttc_cents, line.heads) for line in lines] == [("Isolé", 2089, 1), ("Famille", 9876, 1)]


def test_whoever_enters_or_leaves_with_the_month_cuts_nothing() -> None:
    from_first, to_last = Period(MARCH), Period(date(2024, 1, 1), date(2025, 4, 1))
    dependants = tuple(Dependant(kind=DependantKind.CHILD, cover=cover) for cover in (from_first, to_last))
    [one] = situations_in(person(dependants=dependants), MARCH)
    assert (one.days, one.adults, one.children) == (Period(MARCH, date(2025, 4, 1)), 1, 2)


def test_a_second_price_under_one_heading_adds_no_head() -> None:
    by_head = tariff(Structure.ADULT_CHILD, euros(Role.ADULT, "50"), euros(Role.CHILD, "20"), proration=THIRTIETHS)
    born = person(dependants=(Dependant(kind=DependantKind.CHILD, cover=Period(date(2025, 3, 16))),))
    lines = lines_of(born, month=MARCH, tariffs=[by_head])
    assert [(line.ttc_cents, line.heads) for line in lines] == [(2500, 1), (3500, 0)]


def test_colleges_have_their_own_tariffs() -> None:
    tariffs = [
        tariff(Structure.UNIQUE, euros(Role.UNIQUE, "40")),
        tariff(Structure.UNIQUE, euros(Role.UNIQUE, "60"), college="Cadres"),
        tariff(Structure.UNIQUE, euros(Role.UNIQUE, "66"), college="Cadres", valid_from=date(2025, 7, 1)),
    ]
    for college, month, expected in [
        ("Cadres", date(2025, 6, 1), 6000),
        ("Cadres", date(2025, 7, 1), 6600),
        ("Ouvriers", date(2025, 7, 1), 4000),
    ]:
        [line] = lines_of(person(college=college), month=month, tariffs=tariffs)
        assert (line.ttc_cents, line.college) == (expected, college)


def test_a_month_before_any_tariff_is_refused() -> None:
    with pytest.raises(Refused, match="no_tariff"):
        lines_of(person(since=date(2023, 1, 1)), month=date(2023, 6, 1), tariffs=[alone_or_family()])


def test_a_price_for_others_only_is_refused() -> None:
    local_only = tariff(Structure.UNIQUE, euros(Role.UNIQUE, "28", Population.LOCAL_SCHEME))
    with pytest.raises(Refused, match="no_price"):
        lines_of(person(), month=MARCH, tariffs=[local_only])


def test_a_month_without_a_known_pmss_is_an_error_in_percent_and_none_in_euros() -> None:
    january = date(2027, 1, 1)
    with pytest.raises(NoParameterFor) as unknown:
        lines_of(person(), month=january, tariffs=[alone_or_family()])
    assert (unknown.value.key, unknown.value.on) == ("pmss", january)
    assert cents(person(), TRIO, january) == 4000


def test_a_pay_that_was_not_declared_is_an_error() -> None:
    with pytest.raises(Refused, match="pay_not_declared") as refused:
        lines_of(person(pay=((date(2025, 1, 1), 300_000),)), month=date(2025, 2, 1), tariffs=[provident()])
    assert "février 2025" in refused.value.sentence


def test_a_low_month_gives_the_second_tranche_back() -> None:
    january, february = date(2025, 1, 1), date(2025, 2, 1)
    one = person(pay=((january, 800_000), (february, 100_000)))
    first, second = lines_of(one, month=february, tariffs=[provident()])
    assert [(line.base_cents, line.ttc_cents) for line in (first, second)] == [(392_500, 5888), (-292_500, -5265)]
    assert second.employer_cents + second.employee_cents == second.ttc_cents


def test_the_ceiling_follows_the_days_present() -> None:
    """Hired on 12 March 2025: 20/31 of 3 925.00 is 2 532.26."""
    hired = person(since=date(2025, 3, 12), pay=((MARCH, 400_000),))
    first, second = lines_of(hired, month=MARCH, tariffs=[provident()])
    assert (first.base_cents, second.base_cents) == (253_226, 146_774)


def test_pay_above_the_last_tranche_is_not_insured() -> None:
    rich = person(since=MARCH, pay=((MARCH, 4_000_000),))
    assert [line.base_cents for line in lines_of(rich, month=MARCH, tariffs=[provident((1, "1.5"))])] == [392_500]
    to_eight = lines_of(rich, month=MARCH, tariffs=[provident((1, "1.5"), (8, "1.8"))])
    assert [line.base_cents for line in to_eight] == [392_500, 2_747_500]


@pytest.mark.parametrize(("year", "pmss"), [(2023, 366_600), (2024, 386_400), (2025, 392_500), (2026, 400_500)])
def test_the_first_tranche_ends_at_the_ceiling_of_its_year(year: int, pmss: int) -> None:
    month = date(year, 1, 1)
    one = person(since=month, pay=((month, 600_000),))
    first, second = lines_of(one, month=month, tariffs=[provident(valid_from=date(2023, 1, 1))])
    assert (first.base_cents, second.base_cents) == (pmss, 600_000 - pmss)


def test_a_new_year_starts_from_nothing() -> None:
    one = person(pay=((date(2024, 12, 1), 900_000), (date(2025, 1, 1), 300_000)), since=date(2024, 12, 1))
    [line] = lines_of(one, month=date(2025, 1, 1), tariffs=[provident()])
    assert line.base_cents == 300_000


def test_months_of_other_years_and_months_to_come_do_not_count() -> None:
    months = [
        MonthOfPay(month=month, pay_cents=pay, ceiling_cents=392_500)
        for month, pay in ((date(2024, 12, 1), 100_000), (date(2025, 1, 1), 500_000), (date(2025, 2, 1), 100_000))
    ]
    assert bases_of_month(months, date(2025, 1, 1), up_to_pmss=(1, 4)) == (392_500, 107_500)


def test_the_mutualised_months_of_portability_do_not_count_for_the_ceiling() -> None:
    stays = (
        Stay(cover=Period(date(2025, 1, 1), date(2025, 2, 1)), population=Population.PORTABILITY),
        Stay(cover=Period(date(2025, 2, 1))),
    )
    back = Insured(member_id="m", name="N", stays=stays, pay=((date(2025, 2, 1), 500_000),))
    first, second = lines_of(back, month=date(2025, 2, 1), tariffs=[provident()])
    assert (first.base_cents, second.base_cents) == (392_500, 107_500)


def test_a_tariff_of_tranches_has_no_price_for_a_family() -> None:
    [alone] = situations_in(person(), MARCH)
    assert month_price(provident(), alone, month=MARCH, working=Working()).total_cents == 0


def test_an_open_span_has_no_days_to_share() -> None:
    with pytest.raises(ValueError):
        within(Period(MARCH), Period(MARCH))


def test_nobody_is_counted_twice() -> None:
    with pytest.raises(ValueError):
        Insured(member_id="m", name="N", stays=(Stay(cover=Period(MARCH)), Stay(cover=Period(date(2025, 5, 1)))))


def test_each_line_explains_itself() -> None:
    """Every step names its rule, its source, its inputs and says it in French."""
    [line] = lines_of(person(since=date(2025, 3, 12)), month=MARCH, tariffs=[alone_or_family(proration=REAL_DAYS)])
    assert [step.rule for step in line.steps] == [
        *("contribution.price", "contribution.proration", "contribution.share", "contribution.tax")
    ]
    assert [step.amount_cents for step in line.steps] == [5888, 3799, 1900, line.tax_cents]
    assert line.steps[0].sentence.replace("\u00a0", " ").replace("\u202f", " ") == (
        "Isolé : 1,5 % du plafond mensuel de mars 2025 (3 925,00 €), soit 58,88 €."
    )
    assert all(step.source and step.inputs for step in line.steps)
    assert line.law == ("pmss@2025-01-01", "tsa.health.responsible@2016-01-01")
    assert line.rate.replace("\u00a0", " ") == "1,5 % du PMSS"


def test_a_line_reads_back_as_itself() -> None:
    one = person(since=date(2025, 3, 12), pay=((MARCH, 400_000),))
    lines = [
        *lines_of(one, month=MARCH, tariffs=[alone_or_family(proration=REAL_DAYS)]),
        *lines_of(one, month=MARCH, tariffs=[provident()]),
        *lines_of(person(population=Population.PORTABILITY), month=MARCH, tariffs=[]),
    ]
    for line in lines:
        record = Record(line.to_record(), place="line")
        assert Line.from_record(record) == line
        record.check()


def test_prices_are_shown_as_they_are_written() -> None:
    assert percent(Role.ALONE, "3.90").shown.replace("\u00a0", " ") == "3,9 % du PMSS"
    assert euros(Role.ALONE, "41.5").shown.replace("\u00a0", " ") == "41,50 €"
