"""Télétransmission by days: how old an attestation may be, states in any order of news, days left without (M72–M80)."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.domain.company import Risk
from chalicelib.domain.member import (
    Affiliation,
    AffiliationState,
    Beneficiary,
    BeneficiaryState,
    Member,
    Teletransmission,
    TeletransmissionChange,
    Teller,
)
from chalicelib.domain.periods import Period
from chalicelib.domain.teletransmission import gaps, health_cover, is_fresh, state_on, told, transmits_on

START = date(2025, 1, 1)
TODAY = date(2026, 3, 10)
ON, OFF, REFUSED = Teletransmission.ON, Teletransmission.OFF, Teletransmission.REFUSED
PERSON = Beneficiary(
    beneficiary_id="1",
    rank=1,
    relationship=None,
    first_name="Ana",
    last_name="Roy",
    birth_date=date(1990, 1, 1),
    nir=None,
    covered_from=START,
    state=BeneficiaryState.ACTIVE,
)
HEALTH = Affiliation(contract_id="s", risk=Risk.HEALTH, starts_on=START, state=AffiliationState.ACTIVE)


def member(person: Beneficiary, *affiliations: Affiliation) -> Member:
    return Member(
        member_id="m",
        company_id="c",
        email=None,
        beneficiaries=(person,),
        affiliations=affiliations or (HEALTH,),
        created_at=datetime(2025, 1, 1, tzinfo=UTC),
    )


def says(state: Teletransmission, on: date, by: Teller = Teller.SCHEME) -> TeletransmissionChange:
    at = None if by is Teller.SCHEME else datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    return TeletransmissionChange(state=state, on=on, by=by, at=at)


def after(*changes: TeletransmissionChange, person: Beneficiary = PERSON) -> Beneficiary:
    for change in changes:
        person = told(person, change, today=TODAY)
    return person


@pytest.mark.parametrize(
    ("issued_on", "last_day"),
    [
        (date(2026, 1, 15), date(2026, 7, 14)),
        (date(2025, 8, 31), date(2026, 2, 27)),
        (date(2023, 8, 30), date(2024, 2, 28)),
        (date(2023, 8, 29), date(2024, 2, 28)),
        (date(2023, 8, 28), date(2024, 2, 27)),
        (date(2024, 2, 29), date(2024, 8, 28)),
        (date(2025, 12, 31), date(2026, 6, 29)),
        (date(2026, 3, 31), date(2026, 9, 29)),
    ],
)
def test_an_attestation_is_less_than_six_months_old(issued_on: date, last_day: date) -> None:
    """M75: six months less a day is accepted, six months is not; at the ends of months, with and without a leap day."""
    assert is_fresh(issued_on, issued_on)
    assert is_fresh(issued_on, last_day)
    assert not is_fresh(issued_on, last_day + timedelta(days=1))
    assert not is_fresh(issued_on, issued_on - timedelta(days=1))


def test_news_in_any_order_tell_the_same() -> None:
    """M80: the scheme's answers may be told late and twice: what counts is their days."""
    news = [
        says(ON, date(2025, 3, 1)),
        says(OFF, date(2025, 6, 1)),
        says(ON, date(2025, 9, 1)),
        says(OFF, date(2025, 9, 1)),
        says(ON, date(2026, 1, 1)),
    ]
    expected = after(*news)
    assert state_on(member(expected), expected, TODAY) is ON
    for order in itertools.permutations(news):
        assert after(*order, *order) == expected


def test_days_without_need_paper_statements() -> None:
    """M77, M78, M80: not retroactive: what lies before the first day, and between two periods, is a gap."""
    person = after(says(ON, date(2025, 3, 1)), says(OFF, date(2025, 6, 1)), says(ON, date(2026, 1, 1)))
    assert gaps(member(person), person, today=TODAY) == (
        Period(date(2025, 1, 1), date(2025, 3, 1)),
        Period(date(2025, 6, 1), date(2026, 1, 1)),
    )
    for day, sent in [
        (date(2025, 2, 28), False),
        (date(2025, 3, 1), True),
        (date(2025, 5, 31), True),
        (date(2025, 6, 1), False),
        (date(2026, 1, 1), True),
    ]:
        assert transmits_on(member(person), person, day) is sent


def test_gaps_go_no_further_back_than_claims() -> None:
    """M78: statements of care that can no longer be repaid are of no use."""
    long_covered = replace(PERSON, covered_from=date(2020, 1, 1))
    old = replace(HEALTH, starts_on=date(2020, 1, 1))
    [gap] = gaps(member(long_covered, old), long_covered, today=TODAY)
    assert gap == Period(date(2024, 3, 10), date(2026, 3, 11))


def test_somebody_taken_over_with_it_has_no_gap() -> None:
    """H149: a télétransmission that was there from the start covers every day."""
    person = replace(PERSON, teletransmission=ON)
    assert state_on(member(person), person, TODAY) is ON
    assert gaps(member(person), person, today=TODAY) == ()
    ended = after(says(OFF, date(2026, 1, 1)), person=person)
    assert gaps(member(ended), ended, today=TODAY) == (Period(date(2026, 1, 1), date(2026, 3, 11)),)


def test_the_end_of_rights_ends_it() -> None:
    """M80: once nobody covers the person, the scheme sends us nothing."""
    person = replace(after(says(ON, START)), covered_to=date(2026, 2, 28))
    assert state_on(member(person), person, date(2026, 2, 28)) is ON
    assert state_on(member(person), person, date(2026, 3, 1)) is OFF
    left = replace(HEALTH, ends_on=date(2026, 1, 31), state=AffiliationState.TERMINATED)
    assert state_on(member(person, left), person, date(2026, 2, 1)) is OFF
    assert gaps(member(person, left), person, today=TODAY) == ()


def test_only_health_covers_count() -> None:
    """A3: a prévoyance contract has no télétransmission."""
    provident = replace(HEALTH, risk=Risk.PROVIDENT)
    assert health_cover(member(PERSON, provident), PERSON) == ()
    waiting = replace(PERSON, state=BeneficiaryState.PENDING_PROOF, teletransmission=Teletransmission.REQUESTED)
    assert state_on(member(waiting), waiting, TODAY) is Teletransmission.REQUESTED
    assert gaps(member(waiting), waiting, today=TODAY) == ()


def test_the_scheme_s_word_replaces_an_agent_s() -> None:
    """M76, M77: an agent accepted the attestation on the 1st, the scheme began on the 9th: the 9th counts."""
    asked = says(Teletransmission.REQUESTED, date(2026, 2, 27), Teller.MEMBER)
    accepted = says(ON, date(2026, 3, 1), Teller.AGENT)
    person = after(asked, accepted)
    assert transmits_on(member(person), person, date(2026, 3, 1))
    answered = after(says(ON, date(2026, 3, 9)), person=person)
    assert not transmits_on(member(answered), answered, date(2026, 3, 8))
    refused = after(says(REFUSED, date(2026, 3, 9)), person=person)
    assert state_on(member(refused), refused, TODAY) is REFUSED
    assert state_on(member(refused), refused, date(2026, 3, 2)) is Teletransmission.REQUESTED
    later = after(says(OFF, date(2026, 3, 5)), says(ON, date(2026, 3, 9)), person=person)
    assert transmits_on(member(later), later, date(2026, 3, 2))


def test_until_it_has_ended_it_goes_on() -> None:
    """M72: an end that was only asked for leaves no gap."""
    person = after(says(ON, START), says(Teletransmission.OFF_REQUESTED, date(2026, 3, 1), Teller.MEMBER))
    assert state_on(member(person), person, TODAY) is Teletransmission.OFF_REQUESTED
    assert gaps(member(person), person, today=TODAY) == ()
