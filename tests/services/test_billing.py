"""Contributions called through the real path: files come in, the daily run calls, statements and ledger follow.

Requirements H39, H41, H42, H45; dossier 4.2 to 4.5.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from itertools import permutations

import pytest
from botocore.exceptions import ClientError
from pynamodb.exceptions import GetError, TransactWriteError

from chalicelib.domain.contributions.declared_pay import PayDeclaration, PaySource
from chalicelib.domain.contributions.ledger import Account, Posting, PostingKind, payment
from chalicelib.domain.contributions.line import LineKind
from chalicelib.domain.contributions.state import ContributionState
from chalicelib.domain.contributions.statement import StatementKind
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.member import AffiliationState, Member
from chalicelib.services import billing, contribution_ledger, contribution_runs
from chalicelib.storage import contracts, identities, members, salaries
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Transaction
from local.stack import Stack
from tests.portal import Portal
from tests.services.billed import ALONE_OR_FAMILY, HEALTH, PROVIDENT, SPOUSE, Billed, Json, on, subscribed

JANUARY, FEBRUARY, MARCH, APRIL, MAY = (date(2025, month, 1) for month in range(1, 6))
REAL_DAYS = HEALTH | {"convention": "jours_reels"}


@pytest.fixture
def health(portal: Portal, stack: Stack) -> Billed:
    return subscribed(portal, stack, terms=HEALTH, starts_on=JANUARY)


def member_of(number: str) -> Member:
    member_id = identities.find(Identity.MEMBER_NUMBER, number)
    member = members.get(member_id) if member_id else None
    assert member is not None
    return member


def leave(number: str, last_day: date) -> None:
    """The affiliation ends, as a departure writes it."""
    member = member_of(number)
    [held] = member.affiliations
    ended = replace(held, ends_on=last_day, state=AffiliationState.TERMINATED)
    with Transaction() as transaction:
        members.save(transaction, replace(member, affiliations=(ended,)))


def end(company: Billed, last_day: date) -> None:
    """The contract ends, as a termination writes it."""
    with Transaction() as transaction:
        contracts.amend(
            transaction, company.company_id, company.contract_id, lambda held: replace(held, ends_on=last_day)
        )


def declare(company: Billed, month: date, pay: Iterable[tuple[str, int]]) -> None:
    amounts = tuple((member_of(number).member_id, cents) for number, cents in pay)
    at = datetime.now(UTC)
    declaration = PayDeclaration(
        declaration_id=f"{month}-{at.timestamp()}",
        company_id=company.company_id,
        contract_id=company.contract_id,
        month=month,
        declared_at=at,
        declared_by="hr",
        by="Anne Le Goff",
        source=PaySource.FORM,
        amounts=amounts,
    )
    with Transaction() as transaction:
        salaries.add(transaction, declaration)


def amounts(company: Billed) -> list[int]:
    """What each statement called."""
    return [one.called_cents for one in company.issued()]


def corrected(company: Billed) -> dict[str, int]:
    """The corrections of the latest statement, by month."""
    found: dict[str, int] = {}
    for group in company.issued()[-1].groups:
        if group.kind is LineKind.REGULARISATION:
            month = f"{group.month:%Y-%m}"
            found[month] = found.get(month, 0) + group.ttc_cents
    return found


# --- What a period costs -------------------------------------------------------------------------------------------


def test_the_dossier_s_prices_are_called_with_their_tax_and_their_shares(health: Billed) -> None:
    """Dossier 4.2 and 4.4: isolé 1.50 %, famille 3.90 % of the PMSS of 2025, by halves, TSA 13.27 %."""
    with on(JANUARY):
        health.enrol(starts_on="2025-01-01")
        health.enrol(starts_on="2025-01-01", dependants=[SPOUSE])
    health.run(FEBRUARY)
    [one] = health.issued()
    assert {(group.label, group.heads, group.ttc_cents) for group in one.groups} == {
        ("Isolé", 1, 5888),
        ("Famille", 1, 15308),
    }
    assert (one.called_cents, one.employer_cents, one.employee_cents) == (21196, 10598, 10598)
    assert (one.ht_cents, one.tax_cents) == (5198 + 13515, 690 + 1793)
    assert (one.due_on, one.issued_on) == (date(2025, 2, 17), FEBRUARY)
    assert health.books.account.balance_cents == 21196


def test_children_are_free_from_a_rank_on(portal: Portal, stack: Stack) -> None:
    """Dossier 4.2: adulte 1.20 %, enfant 0.60 %, two adults and three children, the third free: 141.30."""
    terms = HEALTH | {
        "rates": [
            {"label": "Formule 1", "role": "adulte", "basis": "pmss_percent", "value": "1.20"},
            {"label": "Formule 1, enfant", "role": "enfant", "basis": "pmss_percent", "value": "0.60"},
        ],
        "free_child_from": 3,
    }
    company = subscribed(portal, stack, terms=terms, starts_on=JANUARY)
    child = {"relationship": "enfant", "first_name": "Inès", "last_name": "Martin"}
    children = [child | {"first_name": f"Enfant {rank}", "birth_date": f"201{rank}-02-03"} for rank in range(3)]
    with on(JANUARY):
        company.enrol(starts_on="2025-01-01", dependants=[SPOUSE, *children])
    company.run(FEBRUARY)
    assert amounts(company) == [14130]


@pytest.mark.parametrize(("convention", "cents"), [("mois_entier", 5888), ("jours_reels", 3799), ("trentiemes", 3729)])
def test_an_entry_within_the_month_by_each_convention(
    portal: Portal, stack: Stack, convention: str, cents: int
) -> None:
    """Dossier 4.5: affiliated on 12 March 2025; the convention is stated."""
    company = subscribed(portal, stack, terms=HEALTH | {"convention": convention}, starts_on=MARCH)
    with on(MARCH):
        company.enrol(starts_on="2025-03-12")
    company.run(APRIL)
    assert amounts(company) == [cents]
    [said] = company.issued()[0].conventions
    assert said.startswith("Entrées et sorties en cours de mois")


@pytest.mark.parametrize(
    ("day", "cents"),
    [(date(2024, 1, 31), 187), (date(2024, 2, 29), 200), (date(2025, 1, 31), 190), (date(2025, 2, 28), 210)],
)
def test_the_last_day_of_a_month_leap_years_and_the_31st(portal: Portal, stack: Stack, day: date, cents: int) -> None:
    """One day of 31, 29 or 28; isolé is 57.96 in 2024 and 58.88 in 2025."""
    company = subscribed(portal, stack, terms=REAL_DAYS, starts_on=day.replace(day=1))
    with on(day):
        company.enrol(starts_on=f"{day}")
    company.run(date(day.year, day.month + 1, 1))
    assert amounts(company) == [cents]


def test_tranches_are_called_once_pay_is_declared_and_add_up_over_the_year(portal: Portal, stack: Stack) -> None:
    """Dossier 4.3: 3 000 then 8 000 in 2025 make T1 3 000 then 4 850, T2 3 150; the company is asked for what lacks."""
    company = subscribed(portal, stack, terms=PROVIDENT, starts_on=JANUARY, risk="prevoyance")
    with on(JANUARY):
        number = company.enrol(starts_on="2025-01-01")
    company.run(FEBRUARY)
    trouble = company.books.account.trouble
    assert (trouble.code if trouble else None, amounts(company)) == ("pay_not_declared", [])
    company.run(date(2025, 2, 2))
    asked = [one for one in portal.mails(company.administrator) if "salaires" in one["subject"]]
    assert len(asked) == 1
    declare(company, JANUARY, [(number, 300_000)])
    company.run(date(2025, 2, 3))
    declare(company, FEBRUARY, [(number, 800_000)])
    company.run(MARCH)
    assert [[group.base_cents for group in one.groups] for one in company.issued()] == [
        [300_000],
        [485_000, 315_000],
    ]
    assert company.books.account.trouble is None


def test_a_march_s_pay_in_two_tranches(portal: Portal, stack: Stack) -> None:
    """Dossier 4.3: 5 200 in March 2025 makes 58.88 and 22.95, of which the employer bears 60 %."""
    company = subscribed(portal, stack, terms=PROVIDENT, starts_on=MARCH, risk="prevoyance")
    with on(MARCH):
        number = company.enrol(starts_on="2025-03-01")
    declare(company, MARCH, [(number, 520_000)])
    company.run(APRIL)
    [one] = company.issued()
    assert [group.ttc_cents for group in one.groups] == [5888, 2295]
    assert (one.called_cents, one.tax_cents) == (8183, 0)
    assert one.employer_cents == 3533 + 1377


def test_both_sides_of_a_change_of_ceiling(portal: Portal, stack: Stack) -> None:
    """PMSS 3 864 in 2024, 3 925 in 2025: December is 57.96, January 58.88."""
    company = subscribed(portal, stack, terms=HEALTH, starts_on=date(2024, 12, 1))
    with on(date(2024, 12, 1)):
        company.enrol(starts_on="2024-12-01")
    company.run(FEBRUARY)
    assert amounts(company) == [5796, 5888]


def test_a_month_whose_ceiling_is_not_known_waits_and_is_told_to_the_agents(portal: Portal, stack: Stack) -> None:
    """Dossier 4.1: the PMSS of 2027 is not known; December 2026 is called, January waits."""
    company = subscribed(portal, stack, terms=HEALTH, starts_on=date(2026, 12, 1))
    with on(date(2026, 12, 1)):
        company.enrol(starts_on="2026-12-01")
    company.run(date(2027, 2, 1))
    trouble = company.books.account.trouble
    assert trouble is not None
    assert (trouble.code, "pmss" in trouble.sentence, len(company.issued())) == ("legal_number_unknown", True, 1)
    with on(date(2027, 2, 2)):
        contribution_runs.plan("unknown-ceiling")
        assert company.call() == "trouble"
        told = contribution_runs.report("unknown-ceiling")
    assert (company.company_id, "legal_number_unknown") in {(one.company_id, one.code) for one in told.not_called}


# --- When ----------------------------------------------------------------------------------------------------------


def test_a_call_comes_early_enough_for_the_notice_of_a_debit(portal: Portal, stack: Stack) -> None:
    """Dossier 4.5, 8.4: due on the 5th of the month after, called fourteen days before."""
    company = subscribed(portal, stack, terms=HEALTH | {"due_day": 5}, starts_on=JANUARY)
    with on(JANUARY):
        company.enrol(starts_on="2025-01-01")
    company.run(date(2025, 1, 21))
    assert company.issued() == []
    company.run(date(2025, 1, 22))
    assert [(one.issued_on, one.due_on) for one in company.issued()] == [(date(2025, 1, 22), date(2025, 2, 5))]


def test_a_contract_that_is_late_catches_up_and_leaves_as_much_time_as_any_other(health: Billed) -> None:
    with on(JANUARY):
        health.enrol(starts_on="2025-01-01")
    health.run(date(2025, 4, 2))
    assert [one.period.start for one in health.issued()] == [JANUARY, FEBRUARY, MARCH]
    assert {one.due_on for one in health.issued()} == {date(2025, 4, 16)}
    states = {one.state_on(date(2025, 4, 15)) for one in health.listed()}
    assert states == {ContributionState.ISSUED}


def test_a_contract_known_months_late_is_called_by_the_next_daily_run(portal: Portal, stack: Stack) -> None:
    """H39: its first call was due long before anybody knew of it; nobody is late for that."""
    day = date(2025, 6, 2)
    company = subscribed(portal, stack, terms=HEALTH, starts_on=JANUARY, subscribed_on=day)
    with on(day):
        company.enrol(starts_on="2025-01-01")
        portal.run_schedule("call-contributions")
        portal.settle()
    assert amounts(company) == [5888] * 5
    assert {one.due_on for one in company.issued()} == {date(2025, 6, 16)}


def test_quarters_and_the_first_and_last_days_of_a_contract(portal: Portal, stack: Stack) -> None:
    terms = REAL_DAYS | {"frequency": "quarterly"}
    company = subscribed(portal, stack, terms=terms, starts_on=date(2025, 1, 17), ends_on="2025-04-15")
    with on(date(2025, 1, 17)):
        company.enrol(starts_on="2025-01-17")
    company.run(date(2025, 12, 1))
    assert [(one.period.start, one.period.end) for one in company.issued()] == [
        (date(2025, 1, 17), APRIL),
        (APRIL, date(2025, 4, 16)),
    ]
    # 15 days of 31, two whole months, 15 days of 30
    assert amounts(company) == [2849 + 2 * 5888, 2944]
    assert company.books.account.bill_on is None


def test_a_contract_taken_over_is_called_from_the_day_it_says(portal: Portal, stack: Stack) -> None:
    terms = HEALTH | {"called_from": "2025-03-01"}
    company = subscribed(portal, stack, terms=terms, starts_on=date(2020, 1, 1), subscribed_on=MARCH)
    with on(MARCH):
        company.enrol(starts_on="2020-01-01")
    company.run(APRIL)
    assert [one.period.start for one in company.issued()] == [MARCH]


# --- Regularisations -----------------------------------------------------------------------------------------------


def test_the_same_facts_call_nothing_more(health: Billed) -> None:
    """Nothing is corrected that has not changed, and earlier lines are not even read."""
    with on(JANUARY):
        health.enrol(starts_on="2025-01-01", dependants=[SPOUSE])
    for month in (FEBRUARY, MARCH, APRIL):
        health.run(month)
    assert amounts(health) == [15308] * 3
    assert corrected(health) == {}


def test_an_entry_learnt_late_is_corrected_at_the_prices_of_its_months(portal: Portal, stack: Stack) -> None:
    """Dossier 4.5: a past month is corrected at its own price, here on both sides of a change of ceiling."""
    company = subscribed(portal, stack, terms=HEALTH, starts_on=date(2024, 12, 1))
    with on(date(2024, 12, 1)):
        company.enrol(starts_on="2024-12-01")
    company.run(FEBRUARY)
    with on(FEBRUARY):
        company.enrol(starts_on="2024-12-01")
    company.run(MARCH)
    assert corrected(company) == {"2024-12": 5796, "2025-01": 5888}
    assert amounts(company)[-1] == 2 * 5888 + 5796 + 5888


def test_an_exit_learnt_late_gives_back_and_leaves_a_credit(health: Billed) -> None:
    with on(JANUARY):
        number = health.enrol(starts_on="2025-01-01")
    health.run(date(2025, 3, 2))
    leave(number, date(2025, 1, 31))
    health.run(APRIL)
    assert corrected(health) == {"2025-02": -5888}
    assert [one.collection.owed_cents for one in health.listed()] == [0, 5888, 0]
    assert health.books.account.balance_cents == 5888


def test_facts_learnt_in_any_order_lead_to_the_same_ledger(portal: Portal, stack: Stack) -> None:
    """Two entries and an exit, each learnt in another month: the same balance month by month, whatever the order."""
    found = set()
    for order in permutations(range(3)):
        company = subscribed(portal, stack, terms=REAL_DAYS, starts_on=JANUARY)
        with on(JANUARY):
            there = company.enrol(starts_on="2025-01-01")

        def entry(of: Billed, first_day: str) -> None:
            of.enrol(starts_on=first_day)

        facts = [
            partial(entry, company, "2025-01-31"),
            partial(entry, company, "2025-01-10"),
            partial(leave, there, date(2025, 1, 20)),
        ]
        for position, month in zip(order, (FEBRUARY, MARCH, APRIL), strict=True):
            company.run(month)
            with on(month):
                facts[position]()
        company.run(MAY)
        by_month: dict[str, int] = {}
        for posting in company.books.ledger.postings:
            for one in posting.entries:
                if one.account is Account.COMPANY:
                    by_month[f"{one.month}"] = by_month.get(f"{one.month}", 0) + one.amount_cents
        found.add(tuple(sorted(by_month.items())))
    # January: 20 days, 22 days and one day of 31; two people afterwards
    assert found == {tuple((f"{month}", cents) for month, cents in zip(
        (JANUARY, FEBRUARY, MARCH, APRIL), (3799 + 4179 + 190, 11776, 11776, 11776), strict=True))}  # fmt: skip


def test_a_new_tariff_corrects_the_months_called_before_it_was_known(health: Billed) -> None:
    """A change of prices by a file, in force since February: February is corrected, March is called with it."""
    with on(JANUARY):
        health.enrol(starts_on="2025-01-01")
    health.run(date(2025, 3, 1))
    dearer = [one | {"value": f"{float(one['value']) * 2:.2f}"} for one in ALONE_OR_FAMILY]
    with on(date(2025, 3, 2)):
        tariff = {"valid_from": "2025-02-01", "employer_share_percent": "50", "rates": dearer}
        assert health.change_tariff(tariff)["outcome"] == "accepted"
    health.run(APRIL)
    assert corrected(health) == {"2025-02": 11775 - 5888}
    assert amounts(health) == [5888, 5888, 11775 + 11775 - 5888]


def test_a_contract_s_end_is_followed_by_its_last_corrections_alone(portal: Portal, stack: Stack) -> None:
    company = subscribed(portal, stack, terms=HEALTH, starts_on=JANUARY, ends_on="2025-02-28")
    with on(JANUARY):
        company.enrol(starts_on="2025-01-01")
        number = company.enrol(starts_on="2025-01-01")
    company.run(date(2025, 3, 1))
    leave(number, date(2025, 1, 31))
    company.run(date(2025, 4, 30))
    assert len(company.issued()) == 2
    company.run(MAY)
    last = company.issued()[-1]
    assert (last.kind, last.called_cents) == (StatementKind.REGULARISATION, -5888)
    company.run(date(2025, 6, 1))
    assert len(company.issued()) == 3


def test_a_contract_ended_after_its_last_period_was_called_waits_for_its_last_corrections(
    portal: Portal, stack: Stack
) -> None:
    """Called in advance, then ended: what is learnt in the two months after the end is corrected, not lost."""
    company = subscribed(portal, stack, terms=HEALTH | {"in_advance": True}, starts_on=JANUARY)
    with on(JANUARY):
        company.enrol(starts_on="2025-01-01")
        number = company.enrol(starts_on="2025-01-01")
    company.run(FEBRUARY)
    end(company, date(2025, 2, 28))
    company.run(MARCH)
    leave(number, date(2025, 1, 31))
    company.run(date(2025, 4, 30))
    called = len(company.issued())
    company.run(MAY)
    last = company.issued()[-1]
    assert (called, last.kind, last.called_cents) == (2, StatementKind.REGULARISATION, -5888)
    assert company.books.account.bill_on is None


def test_what_a_company_did_not_insure_anybody_for_is_no_statement_but_stays_correctible(health: Billed) -> None:
    health.run(date(2025, 3, 2))
    assert health.issued() == []
    with on(date(2025, 3, 2)):
        health.enrol(starts_on="2025-01-01")
    health.run(APRIL)
    assert corrected(health) == {"2025-01": 5888, "2025-02": 5888}


def test_colleges_have_their_own_prices_and_apprentices_theirs(portal: Portal, stack: Stack) -> None:
    single = [{"label": "Salarié", "basis": "euros", "value": "40"}]
    executive: Json = {"valid_from": "2025-01-01", "college": "Cadres", "employer_share_percent": "80", "rates": [
        {"label": "Salarié", "basis": "euros", "value": "60"},
        {"label": "Salarié apprenti", "basis": "euros", "value": "20", "role": "unique", "population": "apprenti"},
    ]}  # fmt: skip
    executive["rates"][0] |= {"role": "unique"}
    company = subscribed(portal, stack, terms=HEALTH | {"rates": single, "tariffs": [executive]}, starts_on=JANUARY)
    with on(JANUARY):
        company.enrol(starts_on="2025-01-01")
        company.enrol(starts_on="2025-01-01", college="Cadres")
        company.enrol(starts_on="2025-01-01", college="Cadres", apprentice=True)
    company.run(FEBRUARY)
    [one] = company.issued()
    assert {(group.college, group.label, group.ttc_cents, group.employer_cents) for group in one.groups} == {
        ("", "Cotisation unique", 4000, 2000),
        ("Cadres", "Cotisation unique", 6000, 4800),
        ("Cadres", "Cotisation unique (Apprentis)", 2000, 1600),
    }


# --- Once, whatever happens ----------------------------------------------------------------------------------------


def test_a_period_is_called_once_however_often_the_run_comes(health: Billed) -> None:
    with on(JANUARY):
        health.enrol(starts_on="2025-01-01")
    for _ in range(3):
        health.run(FEBRUARY)
    [one] = health.listed()
    assert one.state_on(FEBRUARY) is ContributionState.ISSUED
    assert len(health.books.ledger.postings) == 1
    told = [mail for mail in health.portal.mails(health.administrator) if "cotisation" in mail["subject"]]
    assert len(told) == 1
    assert "58,88" in told[0]["text"]
    assert one.number in told[0]["text"]


@pytest.mark.parametrize(
    ("operation", "failure"),
    [
        ("s3.PutObject", ClientError),
        ("dynamodb.TransactWriteItems", TransactWriteError),
        ("sqs.SendMessage", ClientError),
        ("dynamodb.BatchGetItem", GetError),
        ("dynamodb.GetItem", GetError),
    ],
)
def test_a_run_that_breaks_off_anywhere_is_made_good_by_the_next(
    health: Billed, operation: str, failure: type[Exception]
) -> None:
    """The lines written, nothing else; or all of it, but nobody woken."""
    with on(JANUARY):
        health.enrol(starts_on="2025-01-01")
    with on(FEBRUARY):
        health.stack.faults.fail_call(operation, error="InternalServerError")
        with pytest.raises(failure):
            health.call()
        assert not health.stack.faults.pending()
    health.run(FEBRUARY)
    [one] = health.issued()
    assert (one.called_cents, len(health.lines(one)), health.books.account.balance_cents) == (5888, 1, 5888)


def test_runs_at_the_same_moment_call_once(health: Billed) -> None:
    with on(JANUARY):
        for _ in range(3):
            health.enrol(starts_on="2025-01-01")
    with on(FEBRUARY), ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _: health.call(), range(4)))
    assert set(outcomes) <= {"called", "nothing_due"}
    assert "called" in outcomes
    [one] = health.issued()
    assert len(health.lines(one)) == 3
    assert health.books.account.balance_cents == 3 * 5888


def test_the_daily_run_calls_every_contract_and_one_that_fails_holds_no_other_back(
    portal: Portal, stack: Stack
) -> None:
    """H39: through the schedule and the state machine; who may not be called is reported to the agents."""
    day = date(2025, 2, 3)
    good = subscribed(portal, stack, terms=HEALTH, starts_on=JANUARY)
    waiting = subscribed(portal, stack, terms=PROVIDENT, starts_on=JANUARY, risk="prevoyance")
    with on(JANUARY):
        good.enrol(starts_on="2025-01-01")
        waiting.enrol(starts_on="2025-01-01")
    with on(day):
        for _ in range(2):
            portal.run_schedule("call-contributions")
            portal.settle()
        told = contribution_runs.read(day)
    assert amounts(good) == [5888]
    assert waiting.company_id in {one.company_id for one in told.not_called}
    assert good.company_id not in {one.company_id for one in told.not_called}
    assert told.called >= 1


def test_a_day_without_a_run_loses_nothing(health: Billed) -> None:
    with on(JANUARY):
        health.enrol(starts_on="2025-01-01")
    with on(date(2025, 2, 20)):
        made = contribution_runs.plan("late")
        assert made.contracts >= 1
        content = contribution_runs.report("late")
    assert health.company_id in {one.company_id for one in content.not_called if one.code == "unfinished"}
    with pytest.raises(NotFound):
        contribution_runs.report("never")
    with pytest.raises(NotFound):
        contribution_runs.read(date(1999, 1, 1))


def test_an_unknown_contract_is_nothing_to_call() -> None:
    assert billing.call("nobody", "nothing") is billing.Outcome.NOTHING_DUE


# --- The ledger ----------------------------------------------------------------------------------------------------


def test_a_payment_settles_what_it_names_and_a_credit_the_next_call(health: Billed) -> None:
    """H45: called, then paid; what was paid too much is brought forward."""
    with on(JANUARY):
        health.enrol(starts_on="2025-01-01")
    health.run(FEBRUARY)
    [first] = health.issued()
    paid = payment("t-1", PostingKind.TRANSFER, amount_cents=8000, day=date(2025, 2, 10), statement=first.number)
    assert contribution_ledger.post(health.company_id, health.contract_id, paid) is True
    assert contribution_ledger.post(health.company_id, health.contract_id, paid) is False
    health.run(MARCH)
    second = health.issued()[-1]
    assert (second.brought_forward_cents, second.to_pay_cents) == (-2112, 3776)
    assert [one.collection.owed_cents for one in health.listed()] == [0, 3776]
    assert [one.state_on(date(2025, 3, 2)) for one in health.listed()] == [
        ContributionState.PAID,
        ContributionState.PARTLY_PAID,
    ]


def test_another_posting_of_the_same_id_is_refused_and_no_account_has_no_books(health: Billed) -> None:
    one = payment("t-2", PostingKind.TRANSFER, amount_cents=100, day=FEBRUARY)
    contribution_ledger.post(health.company_id, health.contract_id, one)
    other = payment("t-2", PostingKind.TRANSFER, amount_cents=200, day=FEBRUARY)
    with pytest.raises(Conflict, match="posting_differs"):
        contribution_ledger.post(health.company_id, health.contract_id, other)
    with pytest.raises(NotFound):
        contribution_ledger.post("nobody", health.contract_id, other)


def test_payments_that_arrive_at_the_same_moment_all_count(health: Billed) -> None:
    with on(JANUARY):
        health.enrol(starts_on="2025-01-01")
    health.run(FEBRUARY)
    given = [payment(f"p-{rank}", PostingKind.TRANSFER, amount_cents=100, day=FEBRUARY) for rank in range(4)]

    def post(one: Posting) -> bool:
        return contribution_ledger.post(health.company_id, health.contract_id, one)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(post, given)) == [True] * 4
    assert health.books.account.balance_cents == 5888 - 400
    assert health.books.account.balance_cents == health.books.ledger.balance_cents()
    assert [one.collection.owed_cents for one in health.listed()] == [5488]
