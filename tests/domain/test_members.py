"""The insured employee: states of an affiliation, days of cover, majority, the card's validity (H71–H75, M34, M54)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from chalicelib.domain.company import Risk
from chalicelib.domain.errors import Conflict, FieldErrors
from chalicelib.domain.member import (
    ALLOWED,
    COVERING,
    LABELS,
    Affiliation,
    AffiliationState,
    Beneficiary,
    BeneficiaryState,
    Member,
    card_validity,
    check_affiliation_date,
    invitation_ends_on,
    is_adult,
)
from chalicelib.domain.periods import Period

TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)
PERSON = Beneficiary(
    beneficiary_id="léa",
    rank=1,
    relationship=None,
    first_name="Léa",
    last_name="Martin",
    birth_date=date(1990, 5, 17),
    nir=None,
    covered_from=date(2026, 1, 1),
    state=BeneficiaryState.ACTIVE,
)


def affiliation(state: AffiliationState = AffiliationState.ACTIVE, risk: Risk = Risk.HEALTH) -> Affiliation:
    """A membership from the first day of 2026 on."""
    return Affiliation(contract_id="c", risk=risk, starts_on=date(2026, 1, 1), state=state)


def member(*affiliations: Affiliation, people: tuple[Beneficiary, ...] = ()) -> Member:
    """An employee with memberships."""
    return Member(
        member_id="m",
        company_id="c",
        email="lea@example.org",
        beneficiaries=people,
        affiliations=affiliations,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(("origin", "target"), list(product(AffiliationState, AffiliationState)))
def test_only_the_steps_of_the_state_machine_are_possible(origin: AffiliationState, target: AffiliationState) -> None:
    """H71, H72, H73, H74: a step it lacks is refused with the present state in words."""
    if (origin, target) in ALLOWED:
        assert affiliation(origin).moved_to(target).state is target
    else:
        with pytest.raises(Conflict) as refusal:
            affiliation(origin).moved_to(target)
        assert LABELS[origin] in refusal.value.sentence


def test_a_list_shows_the_most_advanced_state() -> None:
    """H60, H71: affiliated to one contract and invited to another is affiliated; nobody at all is cancelled."""
    ranked = [
        AffiliationState.ACTIVE,
        AffiliationState.PENDING_DOCUMENTS,
        AffiliationState.PRE_AFFILIATED,
        AffiliationState.INVITATION_EXPIRED,
        AffiliationState.CANCELLED,
    ]
    for first, second in product(ranked, ranked):
        expected = min(first, second, key=ranked.index)
        assert member(affiliation(first), affiliation(second)).state is expected
    assert member().state is AffiliationState.CANCELLED


def test_an_employee_is_named_by_the_address_until_they_have_said_their_name() -> None:
    """H67, H70."""
    assert member(affiliation()).name == "lea@example.org"
    assert member(affiliation(), people=(PERSON,)).name == "Léa Martin"
    assert replace(member(), email=None).name == ""


@pytest.mark.parametrize(
    ("day", "covered"),
    [(date(2025, 12, 31), False), (date(2026, 1, 1), True), (date(2026, 6, 30), True), (date(2026, 7, 1), False)],
)
def test_cover_holds_from_its_first_to_its_last_day(day: date, covered: bool) -> None:
    """M57, M63: for a person and for a membership."""
    assert replace(PERSON, covered_to=date(2026, 6, 30)).is_covered_on(day) is covered
    held = replace(affiliation(), ends_on=date(2026, 6, 30))
    assert (member(held).affiliation_to(Risk.HEALTH, day) is held) is covered
    assert member(held).affiliation_to(Risk.PROVIDENT, day) is None


@pytest.mark.parametrize("state", [BeneficiaryState.PENDING_PROOF, BeneficiaryState.ENDED])
def test_nobody_is_covered_before_the_proof_or_after_the_end(state: BeneficiaryState) -> None:
    """M55, M58."""
    assert not replace(PERSON, state=state).is_covered_on(TODAY)


def test_a_membership_that_is_not_active_covers_nothing_without_a_last_day() -> None:
    """H71, H80: one that was active covers its days up to the last, also once it has ended."""
    for state in AffiliationState:
        ended = replace(affiliation(state), ends_on=TODAY)
        assert ended.covers(TODAY) is (state in COVERING)
        assert not ended.covers(TODAY + DAY)
    for state in set(AffiliationState) - {AffiliationState.ACTIVE}:
        assert not affiliation(state).runs
        assert member(affiliation(state)).affiliation_to(Risk.HEALTH, TODAY) is None


@pytest.mark.parametrize(
    ("born", "on", "adult"),
    [
        (date(2008, 3, 2), date(2026, 3, 1), False),
        (date(2008, 3, 2), date(2026, 3, 2), True),
        (date(2008, 2, 29), date(2026, 2, 28), False),
        (date(2008, 2, 29), date(2026, 3, 1), True),
        (date(2008, 2, 29), date(2028, 2, 29), True),
    ],
)
def test_majority_comes_with_the_eighteenth_birthday(born: date, on: date, adult: bool) -> None:
    """M53, M54: the day itself counts; 29 February becomes 1 March in a common year."""
    assert is_adult(born, on) is adult


def test_an_invitation_holds_thirty_days() -> None:
    """H74."""
    assert invitation_ends_on(date(2026, 2, 1)) == date(2026, 3, 3)


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (TODAY - 91 * DAY, "too_early"),
        (TODAY - 90 * DAY, None),
        (TODAY + 180 * DAY, None),
        (TODAY + 181 * DAY, "too_late"),
    ],
)
def test_the_day_of_an_affiliation_is_near(day: date, code: str | None) -> None:
    """H75."""
    check(day, Period(date(2020, 1, 1)), code)


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2026, 2, 28), "outside_contract"),
        (date(2026, 3, 1), None),
        (date(2026, 3, 31), None),
        (date(2026, 4, 1), "outside_contract"),
    ],
)
def test_the_day_of_an_affiliation_lies_in_the_contract(day: date, code: str | None) -> None:
    """H75: the sentence gives the contract's own days."""
    sentence = check(day, Period(date(2026, 3, 1), date(2026, 4, 1)), code)
    assert code is None or ("01/03/2026" in sentence and "31/03/2026" in sentence)
    open_ended = check(date(2026, 2, 28), Period(date(2026, 3, 1)), "outside_contract")
    assert "01/03/2026" in open_ended


def check(day: date, contract: Period, code: str | None) -> str:
    """Check a day; the sentence of its only fault."""
    if code is None:
        check_affiliation_date(day, contract_period=contract, today=TODAY)
        return ""
    with pytest.raises(FieldErrors) as refusal:
        check_affiliation_date(day, contract_period=contract, today=TODAY)
    [fault] = refusal.value.faults
    assert (fault.field, fault.code) == ("affiliation_date", code)
    return fault.message


@pytest.mark.parametrize(
    ("starts", "issued", "expected"),
    [
        (date(2025, 6, 1), date(2026, 3, 4), Period(date(2026, 1, 1), date(2027, 1, 1))),
        (date(2026, 3, 1), date(2026, 3, 4), Period(date(2026, 3, 1), date(2027, 1, 1))),
        (date(2026, 5, 1), date(2026, 3, 4), Period(date(2026, 5, 1), date(2027, 1, 1))),
        (date(2026, 1, 1), date(2026, 12, 31), Period(date(2026, 1, 1), date(2027, 1, 1))),
        (date(2027, 2, 1), date(2026, 12, 1), Period(date(2027, 2, 1), date(2028, 1, 1))),
    ],
)
def test_a_card_is_good_for_the_civil_year(starts: date, issued: date, expected: Period) -> None:
    """M34, dossier 8.2: whatever day it is written on, so that writing it again gives the same card."""
    assert card_validity(starts, issued) == expected
