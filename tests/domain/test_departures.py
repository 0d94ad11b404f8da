"""Departures, portability, loi Évin: who has which right, from when until when (H78, H79, H80; dossier 5.4–5.6)."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain import leaving
from chalicelib.domain.card import Card, CardFacts
from chalicelib.domain.company import Risk
from chalicelib.domain.departure import (
    RIGHTS,
    Declared,
    Departure,
    DepartureReason,
    check,
    cover_ends_on,
    evin_title,
    portability_refused,
)
from chalicelib.domain.errors import FieldErrors
from chalicelib.domain.evin import EvinTitle, answer_by, offer_by, price_cap_percent
from chalicelib.domain.member import (
    Affiliation,
    AffiliationState,
    Beneficiary,
    BeneficiaryState,
    Member,
    Relationship,
)
from chalicelib.domain.periods import add_months, day_after
from chalicelib.domain.portability import (
    Employment,
    PortabilityEnd,
    PortabilityState,
    asked_again_on,
    employed_since,
    first_proof_due_on,
    kept_until,
    months_kept,
    whole_months,
)

DAY = timedelta(days=1)
TODAY = date(2026, 3, 2)
LAST = date(2026, 3, 31)


def declared(reason: DepartureReason = DepartureReason.MUTUAL_AGREEMENT, **changes: Any) -> Declared:
    """A departure on the last day of March 2026, after two years."""
    known = Declared(reason=reason, leaving_on=LAST, contract_started_on=date(2024, 4, 1))
    return replace(known, **changes)


@pytest.mark.parametrize(
    ("started", "ended", "months"),
    [
        (date(2025, 3, 1), date(2025, 3, 31), 1),
        (date(2025, 1, 6), date(2025, 4, 5), 3),
        (date(2025, 1, 6), date(2025, 4, 6), 4),
        (date(2025, 1, 6), date(2025, 4, 10), 4),
        (date(2023, 10, 1), date(2025, 9, 30), 12),
        (date(2025, 9, 21), date(2025, 9, 30), 1),
        (date(2025, 9, 30), date(2025, 9, 30), 1),
        (date(2023, 3, 1), date(2024, 2, 29), 12),
        (date(2024, 2, 29), date(2024, 3, 28), 1),
        (date(2024, 2, 29), date(2024, 3, 29), 2),
        (date(2025, 1, 31), date(2025, 2, 27), 1),
        (date(2025, 1, 31), date(2025, 2, 28), 2),
    ],
)
def test_the_months_of_the_last_contract_are_kept_rounded_up(started: date, ended: date, months: int) -> None:
    """H79, dossier 5.5: every row of its table, and both sides of a month."""
    assert months_kept(started, ended) == months


def test_contracts_in_a_row_count_together() -> None:
    """H79, dossier 5.5: two fixed-term contracts of 2 and 3 months give 5; one day between them, and only the last."""
    first = Employment(started_on=date(2025, 1, 1), ended_on=date(2025, 2, 28))
    assert months_kept(date(2025, 3, 1), date(2025, 5, 31), [first]) == 5
    assert months_kept(date(2025, 3, 2), date(2025, 6, 1), [first]) == 3
    far = Employment(started_on=date(2020, 1, 1), ended_on=date(2024, 12, 30))
    assert employed_since(date(2025, 3, 1), [far, first]) == date(2025, 1, 1)


def test_portability_never_outlasts_the_contract_nor_a_year() -> None:
    """H79: over many contracts: between 1 and 12 months, one more day never gives less, and a split gives as much."""
    chance = random.Random(911)
    for _ in range(400):
        started = date(2020, 1, 1) + chance.randrange(1500) * DAY
        length = chance.randrange(1, 700)
        ended = started + length * DAY
        months = months_kept(started, ended)
        assert 1 <= months <= 12
        assert months <= months_kept(started, ended + DAY) <= months + 1
        whole = whole_months(started, ended)
        assert add_months(started, whole - 1) <= ended < add_months(started, whole)
        split = started + chance.randrange(length) * DAY
        assert months_kept(day_after(split), ended, [Employment(started_on=started, ended_on=split)]) == months


@pytest.mark.parametrize(
    ("leaving_on", "months", "last"),
    [
        (date(2025, 9, 30), 12, date(2026, 9, 30)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2023, 11, 30), 3, date(2024, 2, 29)),
    ],
)
def test_portability_counts_from_the_end_of_the_contract(leaving_on: date, months: int, last: date) -> None:
    """H79, dossier 5.5: 30 September 2025 and 24 months lead to 30 September 2026."""
    assert kept_until(leaving_on, months) == last


OPENS = {
    DepartureReason.FIXED_TERM_ENDED,
    DepartureReason.TRIAL_ENDED,
    DepartureReason.LEGITIMATE_RESIGNATION,
    DepartureReason.REDUNDANCY,
    DepartureReason.DISMISSAL,
    DepartureReason.SERIOUS_MISCONDUCT,
    DepartureReason.MUTUAL_AGREEMENT,
    DepartureReason.COMPANY_CLOSED,
}


@pytest.mark.parametrize("reason", DepartureReason)
def test_a_reason_opens_portability_or_says_why_not(reason: DepartureReason) -> None:
    """H78, H79: a termination that unemployment insurance pays, no wilful misconduct; gross misconduct does not bar."""
    refused = portability_refused(declared(reason), covered_from=date(2024, 4, 1))
    assert (refused is None) is (reason in OPENS)
    assert RIGHTS[reason].label
    unpaid = portability_refused(declared(reason, unemployment_benefit=False), covered_from=date(2024, 4, 1))
    assert unpaid is not None


def test_cover_must_have_begun_before_the_end_of_the_contract() -> None:
    """H79, dossier 5.5: the last day itself is enough."""
    assert portability_refused(declared(), covered_from=LAST) is None
    assert portability_refused(declared(), covered_from=LAST + DAY) is not None


@pytest.mark.parametrize(
    ("reason", "paid", "title"),
    [
        (DepartureReason.RETIREMENT, False, EvinTitle.RETIRED),
        (DepartureReason.DEATH, False, EvinTitle.DEPENDANTS),
        (DepartureReason.WILFUL_MISCONDUCT, True, EvinTitle.UNEMPLOYED),
        (DepartureReason.WILFUL_MISCONDUCT, False, None),
        (DepartureReason.RESIGNATION, True, None),
        (DepartureReason.TRANSFER, True, None),
    ],
)
def test_who_is_offered_loi_evin_at_once(reason: DepartureReason, paid: bool, title: EvinTitle | None) -> None:
    """H79, dossier 5.6."""
    assert evin_title(declared(reason, unemployment_benefit=paid)) is title


def test_loi_evin_is_offered_in_two_months_answered_in_six_and_capped_three_years() -> None:
    """Dossier 5.6: 100 € become 100, 125, 150 €, then free; ends of months and a leap year."""
    assert (offer_by(date(2025, 12, 31)), answer_by(date(2025, 8, 31))) == (date(2026, 2, 28), date(2026, 2, 28))
    assert (offer_by(date(2023, 12, 31)), answer_by(date(2026, 3, 31))) == (date(2024, 2, 29), date(2026, 9, 30))
    assert [price_cap_percent(year, subscribed_on=TODAY) for year in (1, 2, 3, 4, 9)] == [100, 125, 150, None, None]
    with pytest.raises(ValueError, match="first year"):
        price_cap_percent(0, subscribed_on=TODAY)


def test_cover_ends_with_the_contract_or_with_its_month() -> None:
    """Dossier 5.4: a clause of the contract."""
    leap = date(2024, 2, 3)
    assert cover_ends_on(leap, to_month_end=False) == leap
    assert cover_ends_on(leap, to_month_end=True) == cover_ends_on(date(2024, 2, 29), to_month_end=True)


def test_a_proof_is_awaited_sixty_days_and_asked_again_each_quarter() -> None:
    """H79: from the end of the contract, or from the declaration when it comes later."""
    assert first_proof_due_on(LAST, TODAY) == LAST + 60 * DAY
    assert first_proof_due_on(LAST, LAST + 10 * DAY) == LAST + 70 * DAY
    assert asked_again_on(date(2025, 11, 30)) == date(2026, 2, 28)


@pytest.mark.parametrize(("days", "code"), [(-91, "too_early"), (-90, None), (0, None), (365, None), (366, "too_late")])
def test_the_day_of_a_departure_is_near(days: int, code: str | None) -> None:
    """H78: 90 days back and 365 ahead, both included."""
    assert faults(declared(leaving_on=TODAY + days * DAY)) == ({("leaving_on", code)} if code else set())


@pytest.mark.parametrize(("days", "code"), [(-91, "too_early"), (0, None), (1, "in_future"), (366, "in_future")])
def test_a_death_has_happened(days: int, code: str | None) -> None:
    """H76, H78."""
    found = faults(declared(DepartureReason.DEATH, leaving_on=TODAY + days * DAY))
    assert found == ({("leaving_on", code)} if code else set())


def test_a_departure_comes_after_the_cover_and_the_contracts_in_order() -> None:
    """H78: every fault is told at once."""
    first, second = (
        Employment(started_on=date(2023, 1, 1), ended_on=date(2023, 6, 30)),
        Employment(started_on=date(2023, 7, 1), ended_on=date(2024, 4, 1)),
    )
    found = faults(declared(contract_started_on=LAST + DAY, earlier=(second, first)), covered_from=LAST + DAY)
    assert found == {
        ("leaving_on", "before_cover"),
        ("contract_started_on", "after_departure"),
        ("earlier_contracts[0]", "out_of_order"),
    }
    assert faults(declared(earlier=(first, second))) == {("earlier_contracts[1]", "out_of_order")}


def faults(what: Declared, covered_from: date = date(2020, 1, 1)) -> set[tuple[str, str]]:
    """The place and the code of each fault of a departure."""
    try:
        check(what, today=TODAY, covered_from=covered_from)
    except FieldErrors as refused:
        return {(one.field, one.code) for one in refused.faults}
    return set()


def person(rank: int, **changes: Any) -> Beneficiary:
    """Somebody covered since 2024."""
    known = Beneficiary(
        beneficiary_id=f"p{rank}",
        rank=rank,
        relationship=None if rank == 1 else Relationship.CHILD,
        first_name="Léa",
        last_name="Martin",
        birth_date=date(2010, 5, 17),
        nir=None,
        covered_from=date(2024, 1, 1),
        state=BeneficiaryState.ACTIVE,
    )
    return replace(known, **changes)


CARD = Card(
    card_id="1",
    facts=CardFacts(
        contract_number="S",
        numero_adherent="1234567",
        member_name="Léa Martin",
        people=(),
        domains=(),
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 12, 31),
    ),
    issued_on=date(2026, 1, 1),
    key="cards/m/1.pdf",
)


def member(*people: Beneficiary, risks: tuple[Risk, ...] = (Risk.HEALTH, Risk.PROVIDENT)) -> Member:
    """An affiliated employee and their people."""
    return Member(
        member_id="m",
        company_id="c",
        email="lea@example.org",
        beneficiaries=people or (person(1), person(2)),
        affiliations=tuple(
            Affiliation(contract_id=risk, risk=risk, starts_on=date(2024, 1, 1), state=AffiliationState.ACTIVE)
            for risk in risks
        ),
        card=CARD,
        created_at=datetime(2024, 1, 1, tzinfo=UTC),
    )


def left(who: Member, what: Declared | None = None) -> Member:
    """The member once their departure is recorded."""
    what = what or declared()
    found = leaving.outcome(who, what, today=TODAY)
    right = leaving.portability_of(found, proof_request_id="proof", proof_due_on=first_proof_due_on(LAST, TODAY))
    departure = Departure(
        request_id="d", declared=what, covered_until=found.covered_until, recorded_on=TODAY, portability=right
    )
    return leaving.leave(who, departure)


def proved(who: Member) -> Member:
    """The member whose right to portability is justified."""
    assert who.departure is not None
    assert who.departure.portability is not None
    right = replace(who.departure.portability, state=PortabilityState.ACTIVE, proof_due_on=asked_again_on(LAST))
    return replace(who, departure=replace(who.departure, portability=right))


def effective(who: Member) -> Member:
    """The member once the last day has passed."""
    assert who.departure is not None
    return leaving.in_effect(who, who.departure, today=LAST + DAY)


def covers(who: Member, day: date, risk: Risk = Risk.HEALTH) -> list[bool]:
    """Whether each person is covered on a day."""
    return [who.affiliation_to(risk, day) is not None and one.is_covered_on(day) for one in who.beneficiaries]


def test_everybody_is_covered_to_the_last_day_and_not_beyond() -> None:
    """H80: whatever the schedule did: recorded, or in effect; for santé and prévoyance."""
    recorded = left(member(), declared(DepartureReason.RESIGNATION))
    for who in (recorded, effective(recorded)):
        for risk in Risk:
            assert covers(who, LAST, risk) == [True, True]
            assert covers(who, LAST + DAY, risk) == [False, False]
    assert recorded.state is AffiliationState.TERMINATION_SCHEDULED
    assert effective(recorded).state is AffiliationState.TERMINATED
    assert effective(recorded).card_key is None
    assert effective(recorded).running_affiliation(Risk.HEALTH) is None


def test_a_proved_portability_goes_on_without_a_gap() -> None:
    """H79, H80: to its last day, free of contributions; unproved it covers nothing yet."""
    recorded = left(member())
    assert covers(effective(recorded), LAST + DAY) == [False, False]
    kept = effective(proved(recorded))
    assert kept.state is AffiliationState.PORTABILITY
    last = date(2027, 3, 31)
    for day, covered in [(LAST, True), (LAST + DAY, True), (last, True), (last + DAY, False)]:
        assert covers(kept, day) == [covered, covered]
    for one in kept.affiliations:
        assert one.paid_period.holds(LAST)
        assert not one.paid_period.holds(LAST + DAY)


def test_who_was_to_leave_sooner_still_does() -> None:
    """H80, M58: a child taken off on the same day, later, or long before, and one born after the last day."""
    people = (
        person(1),
        person(2, covered_to=LAST),
        person(3, covered_to=date(2026, 6, 30)),
        person(4, covered_to=date(2025, 6, 30)),
        person(5, state=BeneficiaryState.ENDED),
    )
    kept = effective(proved(left(member(*people))))
    assert covers(kept, LAST) == [True, True, True, False, False]
    assert covers(kept, LAST + DAY) == [True, False, True, False, False]
    assert covers(kept, date(2026, 7, 1)) == [True, False, False, False, False]
    newborn = person(6, covered_from=LAST + DAY)
    assert covers(leaving.kept(effective(left(member(person(1), newborn)))), LAST + 2 * DAY)[1] is False


def test_a_cancelled_departure_leaves_no_trace() -> None:
    """H80."""
    before = member(person(1), person(2, covered_to=date(2026, 6, 30)))
    recorded = left(before)
    assert recorded.departure is not None
    assert leaving.stay(recorded, recorded.departure) == before


def test_whoever_joins_meanwhile_leaves_with_the_others() -> None:
    """H80, H97: a child accepted once the departure is known."""
    recorded = left(member(person(1)))
    joined = leaving.joined(recorded, person(2))
    assert covers(joined, LAST) == [True, True]
    assert covers(effective(joined), LAST + DAY) == [False, False]
    assert covers(effective(proved(joined)), LAST + DAY) == [True, True]


def test_at_its_term_portability_gives_way_to_loi_evin() -> None:
    """H79, H80, dossier 5.6: only for the health contract; who did not justify it is offered nothing."""
    kept = effective(proved(left(member())))
    last = date(2027, 3, 31)
    ended = leaving.kept_no_longer(kept, PortabilityEnd.TERM, last=last, today=last + DAY)
    assert ended.state is AffiliationState.EVIN_OFFERED
    assert ended.departure is not None
    assert ended.departure.evin is not None
    assert ended.departure.evin.answer_by == date(2027, 9, 30)
    assert {one.state for one in ended.affiliations if one.risk is Risk.PROVIDENT} == {AffiliationState.TERMINATED}
    assert covers(ended, last) == [True, True]
    assert covers(ended, last + DAY) == [False, False]
    early = date(2026, 8, 1)
    cut = leaving.kept_no_longer(kept, PortabilityEnd.NOT_JUSTIFIED, last=early, today=early + DAY)
    assert (covers(cut, early), covers(cut, early + DAY)) == ([True, True], [False, False])
    assert cut.departure is not None
    assert cut.departure.evin is None


def test_a_death_offers_loi_evin_to_those_left_behind() -> None:
    """H79, dossier 5.6: to dependants, and only where there are any; a prévoyance contract has none."""
    gone = effective(left(member(), declared(DepartureReason.DEATH)))
    assert gone.state is AffiliationState.DECEASED
    assert gone.departure is not None
    assert gone.departure.evin is not None
    assert gone.departure.evin.title is EvinTitle.DEPENDANTS
    for who in (member(person(1)), member(risks=(Risk.PROVIDENT,))):
        alone = effective(left(who, declared(DepartureReason.DEATH)))
        assert alone.departure is not None
        assert alone.departure.evin is None


def test_each_step_has_its_day() -> None:
    """H79, H80: the day after which something happens to a member by itself."""
    assert leaving.next_day(member()) is None
    recorded = left(member())
    assert leaving.next_day(recorded) == LAST
    waiting = effective(recorded)
    due_on = LAST + 60 * DAY
    assert leaving.next_day(waiting) == due_on - 16 * DAY
    assert waiting.departure is not None
    assert waiting.departure.portability is not None
    reminded = replace(waiting.departure.portability, reminded=True)
    assert leaving.next_day(replace(waiting, departure=replace(waiting.departure, portability=reminded))) == due_on
    kept = effective(proved(recorded))
    assert leaving.next_day(kept) == asked_again_on(LAST)
    last = date(2027, 3, 31)
    ended = leaving.kept_no_longer(kept, PortabilityEnd.TERM, last=last, today=last + DAY)
    assert leaving.next_day(ended) == date(2027, 9, 30)
    resigned = effective(left(member(), declared(DepartureReason.RESIGNATION)))
    assert leaving.next_day(resigned) is None


def test_the_first_proof_may_come_after_a_short_portability() -> None:
    """H79: a month of portability, two to justify it."""
    short = left(member(), declared(contract_started_on=date(2026, 3, 10)))
    assert short.departure is not None
    assert short.departure.portability is not None
    assert short.departure.portability.months == 1
    assert leaving.next_day(effective(short)) == LAST + 44 * DAY
