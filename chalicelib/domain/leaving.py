"""What a departure does to a member: their memberships, everybody covered through them, and what comes next (H80).

Nothing here waits for a schedule to be right: cover is decided by days, the states only say what was already done.
"""

from dataclasses import dataclass, replace
from datetime import date

from chalicelib.domain.company import Risk
from chalicelib.domain.departure import (
    Declared,
    Departure,
    DepartureReason,
    FormerEnd,
    cover_ends_on,
    evin_title,
    portability_refused,
)
from chalicelib.domain.evin import EvinOffer, EvinTitle
from chalicelib.domain.law import parameter
from chalicelib.domain.member import AffiliationState, Beneficiary, BeneficiaryState, Member
from chalicelib.domain.periods import day_after
from chalicelib.domain.portability import Portability, PortabilityEnd, PortabilityState, kept_until, months_kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a departure leads to, before it is recorded: the two outcomes are with and without portability (H79).

    Days are included. ``because`` is the sentence that refuses portability; ``months`` is 0 then. ``evin`` is the title
    of the offer that will follow, at the end of the cover or of portability.
    """

    covered_until: date
    has_card: bool
    because: str | None
    months: int
    kept_from: date | None
    kept_until: date | None
    evin: EvinTitle | None


def outcome(member: Member, declared: Declared, *, today: date) -> Outcome:
    """What a departure would lead to for a member (H77, H78, H79, H80)."""
    to_month_end = bool(parameter("departure.cover.to_month_end", on=today).value)
    covered_until = cover_ends_on(declared.leaving_on, to_month_end=to_month_end)
    starts = [one.starts_on for one in member.affiliations if one.state is not AffiliationState.CANCELLED]
    because = portability_refused(declared, covered_from=min(starts))
    months = 0
    if because is None:
        months = months_kept(declared.contract_started_on, declared.leaving_on, declared.earlier)
    return Outcome(
        covered_until=covered_until,
        has_card=member.running_affiliation(Risk.HEALTH) is not None,
        because=because,
        months=months,
        kept_from=day_after(covered_until) if months else None,
        kept_until=kept_until(declared.leaving_on, months) if months else None,
        evin=_title(member, declared, covered_until, portability=bool(months)),
    )


def _title(member: Member, declared: Declared, last: date, *, portability: bool) -> EvinTitle | None:
    if not any(one.risk is Risk.HEALTH for one in member.affiliations):
        return None
    title = EvinTitle.UNEMPLOYED if portability else evin_title(declared)
    if title is EvinTitle.DEPENDANTS and not any(_covered_dependant(one, last) for one in member.beneficiaries):
        return None
    return title


def _covered_dependant(person: Beneficiary, last: date) -> bool:
    return person.relationship is not None and person.is_covered_on(last)


def leave(member: Member, departure: Departure) -> Member:
    """The member whose active memberships and covered people will end on the last day of cover (H80)."""
    last = departure.covered_until
    ending = [one for one in member.affiliations if one.state is AffiliationState.ACTIVE]
    followed = [person for person in member.beneficiaries if person.state is not BeneficiaryState.ENDED]
    affiliations = [
        replace(one.moved_to(AffiliationState.TERMINATION_SCHEDULED), ends_on=_earlier(one.ends_on, last))
        if one in ending
        else one
        for one in member.affiliations
    ]
    people = [
        replace(person, covered_to=_earlier(person.covered_to, last)) if person in followed else person
        for person in member.beneficiaries
    ]
    former = [FormerEnd(of=one.contract_id, ends_on=one.ends_on) for one in ending]
    former += [FormerEnd(of=person.beneficiary_id, ends_on=person.covered_to) for person in followed]
    return replace(
        member,
        affiliations=tuple(affiliations),
        beneficiaries=tuple(people),
        departure=replace(departure, former_ends=tuple(former)),
    )


def stay(member: Member, departure: Departure) -> Member:
    """The member as they were before a departure that has not taken effect (H80)."""
    affiliations = [
        replace(one.moved_to(AffiliationState.ACTIVE), ends_on=found.ends_on)
        if one.state is AffiliationState.TERMINATION_SCHEDULED and (found := departure.former_end(one.contract_id))
        else one
        for one in member.affiliations
    ]
    people = [
        replace(person, covered_to=found.ends_on) if (found := departure.former_end(person.beneficiary_id)) else person
        for person in member.beneficiaries
    ]
    return replace(member, affiliations=tuple(affiliations), beneficiaries=tuple(people), departure=None)


def joined(member: Member, person: Beneficiary) -> Member:
    """The member with one more covered person, whose cover ends with everybody's when a departure is known (H80)."""
    departure = member.departure
    if departure is not None and member.state is not AffiliationState.ACTIVE:
        health = next((one for one in member.affiliations if departure.former_end(one.contract_id)), None)
        former = FormerEnd(of=person.beneficiary_id, ends_on=person.covered_to)
        person = replace(person, covered_to=_earlier(person.covered_to, health.ends_on if health else None))
        departure = replace(departure, former_ends=(*departure.former_ends, former))
    return replace(member, beneficiaries=(*member.beneficiaries, person), departure=departure)


def in_effect(member: Member, departure: Departure, *, today: date) -> Member:
    """The member once the last day of cover has passed: the card is withdrawn, a proved portability begins (H79, H80).

    Without portability, whoever has a right to loi Évin is offered it.
    """
    dead = departure.declared.reason is DepartureReason.DEATH
    ended = AffiliationState.DECEASED if dead else AffiliationState.TERMINATED
    left = member.with_affiliations_moved({AffiliationState.TERMINATION_SCHEDULED}, ended)
    left = left.without_card()
    portability = departure.portability
    if portability is not None:
        return kept(left) if portability.state is PortabilityState.ACTIVE else left
    title = _title(left, departure.declared, departure.covered_until, portability=False)
    return _offered(left, title, ended_on=departure.covered_until, today=today) if title else left


def kept(member: Member) -> Member:
    """The member whose proved portability begins where the cover as an employee ended; it ends for all alike (H80).

    Who was covered on the last day stays covered, nobody else; what was to end sooner still does.
    """
    departure = member.departure
    portability = departure.portability if departure else None
    if departure is None or portability is None:
        return member
    affiliations = [
        replace(
            one.moved_to(AffiliationState.PORTABILITY),
            portability_from=day_after(departure.covered_until),
            ends_on=_earlier(found.ends_on, portability.ends_on),
        )
        if one.state is AffiliationState.TERMINATED and (found := _kept_on(departure, one.contract_id))
        else one
        for one in member.affiliations
    ]
    people = [
        replace(person, covered_to=_earlier(found.ends_on, portability.ends_on))
        if person.covered_from <= departure.covered_until and (found := _kept_on(departure, person.beneficiary_id))
        else person
        for person in member.beneficiaries
    ]
    return replace(member, affiliations=tuple(affiliations), beneficiaries=tuple(people))


def _kept_on(departure: Departure, of: str) -> FormerEnd | None:
    found = departure.former_end(of)
    if found is None or (found.ends_on is not None and found.ends_on <= departure.covered_until):
        return None
    return found


def kept_no_longer(member: Member, why: PortabilityEnd, *, last: date, today: date) -> Member:
    """The member whose portability ended on a day: nothing is covered after it (H80).

    Whoever was still without work at its term is offered loi Évin; who did not justify it is not.
    """
    departure = member.departure
    portability = departure.portability if departure else None
    if departure is None or portability is None:
        return member
    ended = replace(portability, state=PortabilityState.ENDED, ended=why)
    affiliations = [
        replace(one.moved_to(AffiliationState.TERMINATED), ends_on=_earlier(one.ends_on, last))
        if one.state is AffiliationState.PORTABILITY
        else one
        for one in member.affiliations
    ]
    people = [
        replace(person, covered_to=_earlier(person.covered_to, last))
        if departure.former_end(person.beneficiary_id)
        else person
        for person in member.beneficiaries
    ]
    left = replace(
        member,
        affiliations=tuple(affiliations),
        beneficiaries=tuple(people),
        departure=replace(departure, portability=ended),
    ).without_card()
    if why is not PortabilityEnd.TERM or _title(left, departure.declared, last, portability=True) is None:
        return left
    return _offered(left, EvinTitle.UNEMPLOYED, ended_on=last, today=today)


def _offered(member: Member, title: EvinTitle, *, ended_on: date, today: date) -> Member:
    offer = EvinOffer(title=title, cover_ended_on=ended_on, offered_on=today)
    affiliations = [
        one.moved_to(AffiliationState.EVIN_OFFERED)
        if one.risk is Risk.HEALTH and one.state is AffiliationState.TERMINATED
        else one
        for one in member.affiliations
    ]
    departure = replace(member.departure, evin=offer) if member.departure else None
    return replace(member, affiliations=tuple(affiliations), departure=departure)


def next_day(member: Member) -> date | None:
    """The last day before something happens to a member by itself, if anything is to.

    An invitation expires (H74), a departure takes effect, a proof of portability is asked for or awaited no longer, a
    portability ends, an offer of loi Évin lapses (H79, H80).
    """
    departure = member.departure
    if member.state is AffiliationState.PRE_AFFILIATED:
        return member.invited_until
    if departure is None or member.state is AffiliationState.ACTIVE:
        return None
    if member.state is AffiliationState.TERMINATION_SCHEDULED:
        return departure.covered_until
    if departure.portability is not None and departure.portability.next_day is not None:
        return departure.portability.next_day
    if departure.evin is not None and member.state is AffiliationState.EVIN_OFFERED:
        return departure.evin.answer_by
    return None


def _earlier(one: date | None, other: date | None) -> date | None:
    return min((day for day in (one, other) if day is not None), default=None)


def portability_of(found: Outcome, *, proof_request_id: str, proof_due_on: date) -> Portability | None:
    """The right to portability that an outcome opens, to be justified; ``None`` without one (H79)."""
    if found.kept_from is None or found.kept_until is None:
        return None
    return Portability(
        starts_on=found.kept_from,
        ends_on=found.kept_until,
        months=found.months,
        state=PortabilityState.PROOF_PENDING,
        proof_request_id=proof_request_id,
        proof_due_on=proof_due_on,
    )
