"""States and dunning: a late statement day by day, and what no clock may do alone (dossier 10, C. assur. L113-3)."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest

from chalicelib.domain.contributions.dunning import DunningStep, cover_resumes_on, next_step, taken
from chalicelib.domain.contributions.state import ALLOWED, Collection, ContributionState, Listed, listed_on, state_on
from chalicelib.domain.errors import Refused

S = ContributionState
DUE = date(2025, 4, 15)
LATE = Collection(due_on=DUE, called_cents=5888, owed_cents=5888)
REMINDED = replace(LATE, reminded_on=date(2025, 4, 18))
NOTICED = replace(REMINDED, formal_notice_on=date(2025, 4, 25))
SUSPENDED = replace(NOTICED, suspended_on=date(2025, 5, 25))


@pytest.mark.parametrize(
    ("known", "day", "state"),
    [
        (LATE, date(2025, 4, 14), S.ISSUED),
        (LATE, DUE, S.DUE),
        (LATE, date(2025, 4, 16), S.OVERDUE),
        (replace(LATE, owed_cents=1), date(2025, 4, 14), S.PARTLY_PAID),
        (replace(LATE, owed_cents=1), DUE, S.PARTLY_PAID),
        (replace(LATE, owed_cents=1), date(2025, 4, 16), S.OVERDUE),
        (replace(LATE, owed_cents=0), date(2025, 4, 16), S.PAID),
        (replace(LATE, called_cents=-100, owed_cents=0), date(2025, 4, 16), S.PAID),
        (REMINDED, date(2025, 4, 18), S.REMINDED),
        (NOTICED, date(2025, 4, 25), S.FORMAL_NOTICE),
        (SUSPENDED, date(2025, 5, 25), S.GUARANTEE_SUSPENDED),
        (replace(SUSPENDED, terminated_on=date(2025, 6, 4)), date(2025, 6, 4), S.TERMINATED),
        (replace(SUSPENDED, terminated_on=date(2025, 6, 4), owed_cents=0), date(2025, 6, 9), S.PAID),
        (replace(NOTICED, disputed=True), date(2025, 4, 26), S.DISPUTED),
        (replace(LATE, debit_sent_on=date(2025, 4, 2)), date(2025, 4, 16), S.DEBIT_SENT),
        (replace(LATE, debit_rejected_on=date(2025, 4, 17)), date(2025, 4, 18), S.DEBIT_REJECTED),
        (replace(LATE, regularising=True, owed_cents=0), DUE, S.REGULARISING),
    ],
)
def test_the_state_of_a_day(known: Collection, day: date, state: ContributionState) -> None:
    assert state_on(known, day) is state


@pytest.mark.parametrize(
    ("known", "step", "first_day"),
    [
        (LATE, DunningStep.REMINDER, date(2025, 4, 16)),
        (REMINDED, DunningStep.FORMAL_NOTICE, date(2025, 4, 25)),
        (NOTICED, DunningStep.SUSPENSION, date(2025, 5, 25)),
        (SUSPENDED, DunningStep.TERMINATION, date(2025, 6, 4)),
    ],
)
def test_each_step_has_its_first_day(known: Collection, step: DunningStep, first_day: date) -> None:
    """Ten days after the due day, thirty after the notice, ten after the suspension."""
    following = next_step(known, first_day)
    assert following is not None
    assert (following.step, following.from_day) == (step, first_day)
    after = taken(known, step, on=first_day, decided_by="gestionnaire")
    assert state_on(known, first_day).leads_to(state_on(after, first_day))
    if step is not DunningStep.REMINDER:
        with pytest.raises(Refused, match="step_too_soon"):
            taken(known, step, on=first_day - timedelta(days=1), decided_by="gestionnaire")


@pytest.mark.parametrize(
    ("known", "step", "day"),
    [(NOTICED, DunningStep.SUSPENSION, date(2025, 6, 1)), (SUSPENDED, DunningStep.TERMINATION, date(2025, 7, 1))],
)
def test_nobody_loses_cover_by_a_clock(known: Collection, step: DunningStep, day: date) -> None:
    with pytest.raises(Refused, match="decision_needed"):
        taken(known, step, on=day)


@pytest.mark.parametrize(
    "known",
    [
        replace(NOTICED, disputed=True),
        replace(NOTICED, debit_sent_on=date(2025, 5, 1)),
        replace(NOTICED, debit_rejected_on=date(2025, 5, 1)),
        replace(NOTICED, regularising=True),
        replace(NOTICED, owed_cents=0),
        replace(SUSPENDED, terminated_on=date(2025, 6, 4)),
    ],
)
def test_nothing_follows_while_something_else_is_under_way(known: Collection) -> None:
    day = date(2025, 8, 1)
    assert next_step(known, day) is None
    with pytest.raises(Refused, match="step_not_open"):
        taken(known, DunningStep.SUSPENSION, on=day, decided_by="gestionnaire")


def test_nothing_follows_before_it_is_late_and_no_step_is_skipped() -> None:
    assert next_step(LATE, DUE) is None
    with pytest.raises(Refused, match="step_not_open"):
        taken(LATE, DunningStep.FORMAL_NOTICE, on=date(2025, 9, 1))


def test_each_day_leads_to_the_next() -> None:
    """Every step a statement takes by the passing of days and of payments is one that the machine has."""
    known, day = LATE, date(2025, 4, 10)
    seen = [state_on(known, day)]
    while day < date(2025, 7, 1):
        day += timedelta(days=1)
        seen.append(state_on(known, day))
        following = next_step(known, day)
        if following and day >= following.from_day:
            known = taken(known, following.step, on=day, decided_by="gestionnaire")
            seen.append(state_on(known, day))
    changes = [(former, latter) for former, latter in pairwise(seen) if former is not latter]
    assert all(former.leads_to(latter) for former, latter in changes)
    assert [latter for _, latter in changes] == [
        *(S.DUE, S.OVERDUE, S.REMINDED, S.FORMAL_NOTICE, S.GUARANTEE_SUSPENDED, S.TERMINATED)
    ]


def test_a_suspended_cover_resumes_the_day_after_the_payment() -> None:
    assert cover_resumes_on(date(2025, 5, 30)) == date(2025, 5, 31)


@pytest.mark.parametrize(
    ("known", "word"),
    [
        (replace(LATE, due_on=date(2025, 9, 15)), Listed.CALLED),
        (replace(LATE, debit_sent_on=date(2025, 4, 2)), Listed.CALLED),
        (LATE, Listed.TO_REGULARISE),
        (SUSPENDED, Listed.TO_REGULARISE),
        (replace(LATE, disputed=True), Listed.TO_REGULARISE),
        (replace(LATE, owed_cents=0), Listed.PAID),
        (replace(LATE, owed_cents=0, regularising=True), Listed.TO_REGULARISE),
        (replace(LATE, owed_cents=0, regularised_on=date(2025, 5, 2)), Listed.REGULARISED),
        (replace(LATE, regularised_on=date(2025, 5, 2)), Listed.TO_REGULARISE),
    ],
)
def test_the_list_has_four_words(known: Collection, word: Listed) -> None:
    """H45: called, paid, unpaid / to regularise, regularised; H40 searches by them."""
    assert listed_on(known, date(2025, 5, 20)) is word
    assert word.label


def test_every_state_has_a_name_and_ways_in_and_out() -> None:
    """H45: called, paid, unpaid / to regularise, regularised."""
    assert all(state.label for state in S)
    assert set(ALLOWED) == set(S)
    reached = {state for states in ALLOWED.values() for state in states}
    assert reached == set(S) - {S.FORECAST}
    assert not S.FORMAL_NOTICE.leads_to(S.TERMINATED)
    assert not S.OVERDUE.leads_to(S.GUARANTEE_SUSPENDED)
