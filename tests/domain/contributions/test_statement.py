"""Statements: periods, corrections at the price of their month, the balance before, the entries (H41, H45)."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from chalicelib.domain.contributions.calendar import Frequency
from chalicelib.domain.contributions.ledger import Account, Ledger, PostingKind, payment
from chalicelib.domain.contributions.line import Line, LineKind
from chalicelib.domain.contributions.regularisation import regularisations
from chalicelib.domain.contributions.statement import (
    Statement,
    StatementKind,
    called_months,
    corrections,
    issue_regularisation,
    months_in,
)
from chalicelib.domain.contributions.taxes import Taxed, TaxKind
from chalicelib.domain.errors import Conflict, FieldErrors, NoParameterFor
from chalicelib.domain.periods import Period
from chalicelib.domain.record import Record
from tests.domain.contributions.samples import (
    REAL_DAYS,
    THIRTIETHS,
    alone_or_family,
    call,
    called_by,
    contract,
    family,
    person,
    provident,
)

DECEMBER, JANUARY, FEBRUARY = date(2024, 12, 1), date(2025, 1, 1), date(2025, 2, 1)
QUARTERLY: dict[str, Any] = {"frequency": Frequency.QUARTERLY}


def test_a_month_for_two_people() -> None:
    one = call(contract(), JANUARY, person("m1"), person("m2", dependants=family(1)))
    assert (one.called_cents, one.employer_cents, one.employee_cents) == (21196, 10598, 10598)
    assert one.ht_cents + one.tax_cents == one.called_cents
    assert (one.due_on, one.kind) == (date(2025, 2, 17), StatementKind.CALL)
    assert [line.name for line in one.lines] == ["Nom m1", "Nom m2"]
    assert one.reference == "RF61A202501"


def test_a_quarter_has_the_lines_of_its_three_months() -> None:
    one = call(contract(**QUARTERLY), date(2025, 5, 10), person())
    assert months_in(one.period) == (date(2025, 4, 1), date(2025, 5, 1), date(2025, 6, 1))
    assert [line.ttc_cents for line in one.lines] == [5888, 5888, 5888]


def test_groups_count_heads_and_add_up() -> None:
    people = [person("m1", college="Cadres"), person("m2", college="Cadres"), person("m3", dependants=family(1))]
    one = call(contract(), JANUARY, *people)
    found = [(group.college, group.label, group.heads, group.ttc_cents) for group in one.groups]
    assert found == [("Cadres", "Isolé", 2, 11776), ("", "Famille", 1, 15308)]
    assert sum(group.ht_cents for group in one.groups) == one.ht_cents
    assert sum(group.employer_cents for group in one.groups) == one.employer_cents
    assert sum(group.employee_cents for group in one.groups) == one.employee_cents


def test_groups_of_tranches_show_the_mass_of_pay() -> None:
    people = [person(name, pay=((JANUARY, pay),)) for name, pay in (("m1", 300_000), ("m2", 520_000))]
    one = call(contract(provident()), JANUARY, *people)
    assert [(group.label, group.heads, group.base_cents) for group in one.groups] == [
        ("Tranche 1", 2, 692_500),
        ("Tranche 2", 1, 127_500),
    ]


def test_the_convention_of_each_month_is_stated_once() -> None:
    changed = contract(alone_or_family(proration=REAL_DAYS), alone_or_family(proration=THIRTIETHS, valid_from=FEBRUARY))
    january = call(changed, JANUARY, person("m1"), person("m2"))
    assert january.conventions == (REAL_DAYS.sentence,)
    assert call(changed, FEBRUARY, person("m1")).conventions == (THIRTIETHS.sentence,)
    both = call(changed, FEBRUARY, person("m1"), former=[january]).conventions
    assert set(both) == {REAL_DAYS.sentence, THIRTIETHS.sentence}
    assert call(contract(provident()), JANUARY, person(pay=((JANUARY, 1),))).conventions == ()


def test_a_retroactive_entry_is_called_at_the_price_of_its_months() -> None:
    """December 2024 costs 57.96 and January 2025 58.88, whenever they are called (dossier 4.5)."""
    of = contract()
    former = [call(of, month, person("m1")) for month in (DECEMBER, JANUARY)]
    one = call(of, FEBRUARY, person("m1"), person("m2", since=DECEMBER), former=former)
    found = [(line.kind, line.month, line.member_id, line.ttc_cents) for line in one.lines]
    assert found == [
        (LineKind.CALL, FEBRUARY, "m1", 5888),
        (LineKind.CALL, FEBRUARY, "m2", 5888),
        (LineKind.REGULARISATION, DECEMBER, "m2", 5796),
        (LineKind.REGULARISATION, JANUARY, "m2", 5888),
    ]
    assert "à ajouter" in one.lines[2].steps[-1].sentence
    assert one.lines[2].law[0] == "pmss@2024-01-01"


def test_a_retroactive_exit_gives_back_what_was_called() -> None:
    of = contract()
    former = [call(of, JANUARY, person("m1"), person("m2"))]
    one = call(of, FEBRUARY, person("m1"), person("m2", until=JANUARY), former=former)
    back = one.lines[-1]
    assert (back.ttc_cents, back.employer_cents, back.employee_cents, back.heads) == (-5888, -2944, -2944, -1)
    assert [-one.ht_cents for one in former[0].lines[:1]] == [back.ht_cents]
    assert "à déduire" in back.steps[-1].sentence


def test_a_family_known_late_replaces_one_heading_by_another() -> None:
    of = contract()
    former = [call(of, JANUARY, person())]
    found = corrections(of, insured=[person(dependants=family(1, since=JANUARY))], former=called_by(former))
    assert [(line.label, line.ttc_cents, line.heads) for line in found] == [("Famille", 15308, 1), ("Isolé", -5888, -1)]


def test_somebody_forgotten_altogether_is_given_back() -> None:
    of = contract()
    former = [call(of, JANUARY, person("m1"))]
    assert [line.ttc_cents for line in corrections(of, insured=[], former=called_by(former))] == [-5888]


def test_corrected_twice_to_the_same_facts_gives_nothing_more() -> None:
    of = contract()
    former = [call(of, JANUARY, person("m1"))]
    facts = [person("m1", since=date(2025, 1, 20)), person("m2")]
    former.append(call(of, FEBRUARY, *facts, former=former))
    assert corrections(of, insured=facts, former=called_by(former)) == ()
    assert corrections(of, insured=[person("m1")], former=called_by(former))[0].ttc_cents == -5888


def test_a_pay_corrected_late_moves_the_tranches_of_every_month_after() -> None:
    march = date(2025, 3, 1)
    of = contract(provident())
    declared = person(pay=((JANUARY, 300_000), (FEBRUARY, 300_000), (march, 600_000)))
    truth = person(pay=((JANUARY, 300_000), (FEBRUARY, 500_000), (march, 600_000)))
    former: list[Statement] = []
    for month in (JANUARY, FEBRUARY, march):
        former.append(call(of, month, declared, former=former))
    found = corrections(of, insured=[truth], former=called_by(former))
    assert [(line.month, line.label, line.base_cents) for line in found] == [
        (FEBRUARY, "Tranche 1", 185_000),
        (FEBRUARY, "Tranche 2", 15_000),
        (march, "Tranche 1", -185_000),
        (march, "Tranche 2", 185_000),
    ]


def test_the_balance_before_is_brought_forward() -> None:
    of = contract()
    first = call(of, JANUARY, person())
    ledger = Ledger().with_posting(first.posting)
    part = payment("p1", PostingKind.TRANSFER, amount_cents=5000, day=date(2025, 2, 17), statement=first.number)
    second = call(of, FEBRUARY, person(), former=[first], ledger=ledger.with_posting(part))
    assert (second.brought_forward_cents, second.called_cents, second.to_pay_cents) == (888, 5888, 6776)
    too_much = ledger.with_posting(
        replace(part, entries=payment("p", PostingKind.DEBIT, amount_cents=20000, day=JANUARY).entries)
    )
    assert call(of, FEBRUARY, person(), former=[first], ledger=too_much).to_pay_cents == 0


def test_every_cent_of_a_statement_is_an_entry() -> None:
    one = call(contract(), JANUARY, person("m1"), person("m2", dependants=family(1)))
    ledger = Ledger().with_posting(one.posting)
    assert one.posting.kind is PostingKind.STATEMENT
    assert ledger.balance_cents() == one.called_cents
    assert ledger.balance_cents(Account.PREMIUM) == -one.ht_cents
    assert ledger.balance_cents(Account.TAX) == -one.tax_cents
    assert {entry.tax for entry in one.posting.entries if entry.account is Account.TAX} == {TaxKind.HEALTH_RESPONSIBLE}


def test_a_period_is_called_once() -> None:
    of = contract(**QUARTERLY)
    former = [call(of, JANUARY, person())]
    with pytest.raises(Conflict, match="already_called"):
        call(of, date(2025, 3, 1), person(), former=former)


def test_a_period_without_a_known_pmss_is_not_called_but_reported() -> None:
    with pytest.raises(NoParameterFor) as unknown:
        call(contract(), date(2027, 1, 1), person())
    assert (unknown.value.key, unknown.value.on) == ("pmss", date(2027, 1, 1))


def test_both_sides_of_the_change_of_the_pmss() -> None:
    of = contract(in_advance=True)
    found = [
        call(of, month, person()).called_cents
        for month in (date(2024, 12, 1), JANUARY, date(2025, 12, 1), date(2026, 1, 1))
    ]
    assert found == [5796, 5888, 5888, 6008]


def test_a_tariff_that_may_not_be_applied_is_not_called() -> None:
    with pytest.raises(FieldErrors) as refused:
        call(contract(alone_or_family(employer="40")), JANUARY, person())
    assert [fault.field for fault in refused.value.faults] == ["tariffs[0].employer_percent"]


def test_cover_ends_with_the_contract() -> None:
    of = contract(alone_or_family(proration=REAL_DAYS), cover=Period(date(2025, 1, 11), date(2025, 1, 21)))
    assert call(of, date(2025, 1, 11), person()).called_cents == 1899


def test_the_last_statement_of_a_contract_only_corrects() -> None:
    of = contract()
    former = [call(of, JANUARY, person("m1"), person("m2"))]
    facts = [person("m1"), person("m2", until=JANUARY)]
    last = issue_regularisation(
        of,
        number="R1",
        issued_on=date(2025, 3, 3),
        due_on=date(2025, 3, 17),
        insured=facts,
        former=called_by(former),
        balance_cents=0,
    )
    assert last is not None
    assert (last.kind, last.called_cents, last.to_pay_cents) == (StatementKind.REGULARISATION, -5888, 0)
    assert (last.period, called_months([*former, last])) == (Period(JANUARY, FEBRUARY), (JANUARY,))
    again = issue_regularisation(
        of,
        number="R2",
        issued_on=date(2025, 3, 4),
        due_on=date(2025, 3, 17),
        insured=facts,
        former=called_by([*former, last]),
        balance_cents=0,
    )
    assert again is None


def test_a_correction_of_several_months_bears_on_all_of_them() -> None:
    of = contract()
    former = [call(of, month, person("m1")) for month in (DECEMBER, JANUARY)]
    last = issue_regularisation(
        of,
        number="R1",
        issued_on=date(2025, 3, 3),
        due_on=date(2025, 3, 17),
        insured=[],
        former=called_by(former),
        balance_cents=0,
    )
    assert last is not None
    assert (last.period, last.called_cents) == (Period(DECEMBER, FEBRUARY), -5796 - 5888)


def test_pay_corrected_by_a_cent_is_said_though_it_costs_nothing() -> None:
    was = call(contract(provident()), JANUARY, person(pay=((JANUARY, 300_000),))).lines[0]
    now = call(contract(provident()), JANUARY, person(pay=((JANUARY, 300_001),))).lines[0]
    [found] = regularisations([was], due=[now])
    assert (found.ttc_cents, found.base_cents, found.heads) == (0, 1, 0)


def test_a_tax_that_changes_kind_is_moved_from_one_to_the_other() -> None:
    was = call(contract(), JANUARY, person()).lines[0]
    other = (Taxed(kind=TaxKind.HEALTH_OTHER, ht_cents=4896, tax_cents=992),)
    [found] = regularisations([was], due=[replace(was, taxes=other)])
    assert found.ttc_cents == 0
    assert [(one.kind, one.ttc_cents) for one in found.taxes] == [
        (TaxKind.HEALTH_OTHER, 5888),
        (TaxKind.HEALTH_RESPONSIBLE, -5888),
    ]


def test_a_line_whose_shares_lose_a_cent_cannot_exist() -> None:
    with pytest.raises(ValueError):
        Line(
            month=JANUARY, member_id="m", name="N", college="", label="Isolé",
            taxes=(Taxed(kind=TaxKind.EXEMPT, ht_cents=100, tax_cents=0),), employer_cents=50, employee_cents=49,
        )  # fmt: skip


def test_a_statement_reads_back_as_itself() -> None:
    one = call(contract(), JANUARY, person("m1"), person("m2", dependants=family(1)))
    record = Record(one.to_record(), place="statement")
    assert Statement.from_record(record) == one
    record.check()


def test_an_open_period_has_no_months() -> None:
    with pytest.raises(ValueError):
        months_in(Period(JANUARY))
