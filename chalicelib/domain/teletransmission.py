"""Télétransmission of each covered person: where it stands, since when, and which days were left without (M72–M80)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from chalicelib.domain.company import Risk
from chalicelib.domain.law import parameter
from chalicelib.domain.member import (
    COVERING,
    Beneficiary,
    BeneficiaryState,
    Member,
    Teletransmission,
    TeletransmissionChange,
    Teller,
)
from chalicelib.domain.periods import Period, add_months, day_after

TRANSMITTING = {Teletransmission.ON, Teletransmission.OFF_REQUESTED}
"""The states in which the scheme sends its statements by itself: until it has ended, it goes on."""

HINTS = (
    "Téléchargez une attestation de droits à jour sur ameli.fr, ou sur le site de votre régime obligatoire.",
    "Joignez une attestation de moins de six mois.",
    "L’activation peut prendre plusieurs jours, selon les régimes.",
    "La télétransmission n’est pas rétroactive.",
    "Pour les soins reçus sans télétransmission, envoyez-nous les décomptes de votre régime obligatoire, "
    "à télécharger sur ameli.fr.",
    "Après un changement de complémentaire, ameli peut vous demander une confirmation sur son écran d’accueil.",
)
"""What the space says beside the form (M73, M75–M79)."""

_ORDER = (
    Teletransmission.REQUESTED,
    Teletransmission.REFUSED,
    Teletransmission.ON,
    Teletransmission.OFF_REQUESTED,
    Teletransmission.OFF,
)


class Wish(StrEnum):
    """What a member asks for somebody's télétransmission (M72)."""

    ACTIVATION = "activation"
    DEACTIVATION = "deactivation"


@dataclass(frozen=True, slots=True, kw_only=True)
class TeletransmissionAsk:
    """What is particular to a démarche on télétransmission; ``issued_on`` is the date that the attestation bears."""

    beneficiary_id: str
    wish: Wish
    issued_on: date | None = None


def is_fresh(issued_on: date, sent_on: date) -> bool:
    """Whether an attestation of rights is recent enough on the day it is sent: less than six months old (M75).

    Six months less a day is accepted, six months is not. Source: guide-salarie, « Télétransmission », M75, A7.

    >>> is_fresh(date(2026, 1, 15), date(2026, 7, 14)), is_fresh(date(2026, 1, 15), date(2026, 7, 15))
    (True, False)
    >>> is_fresh(date(2025, 8, 31), date(2026, 2, 27)), is_fresh(date(2025, 8, 31), date(2026, 2, 28))
    (True, False)
    """
    return issued_on <= sent_on < add_months(issued_on, int(parameter("attestation.age", on=sent_on).value))


def health_cover(member: Member, person: Beneficiary) -> tuple[Period, ...]:
    """The days on which a health contract covers or covered a person; none for somebody who was never accepted.

    Source: M56, M80 (a state for each beneficiary), H80.
    """
    if person.state is BeneficiaryState.PENDING_PROOF:
        return ()
    proof = person.held_proof
    last = min((day for day in (person.ends_on, proof.until if proof else None) if day), default=None)
    own = Period(person.covered_from, day_after(last) if last else None)
    held = (one for one in member.affiliations if one.risk is Risk.HEALTH and one.state in COVERING)
    found = [both for one in held if (both := _within(one.period, own))]
    return tuple(sorted(found, key=lambda one: one.start))


def _within(one: Period, other: Period) -> Period | None:
    start = max(one.start, other.start)
    ends = [period.end for period in (one, other) if period.end is not None]
    end = min(ends, default=None)
    return Period(start, end) if end is None or start < end else None


def changes_of(person: Beneficiary) -> tuple[TeletransmissionChange, ...]:
    """The changes of a person's télétransmission in the order in which they count; one taken over began with the cover.

    They count by their day, those of one day in the order in which they were told.
    """
    if not person.teletransmission_changes and person.teletransmission is not Teletransmission.OFF:
        return (TeletransmissionChange(state=person.teletransmission, on=person.covered_from, by=Teller.SCHEME),)
    return tuple(sorted(person.teletransmission_changes, key=_place))


def _place(change: TeletransmissionChange) -> tuple[date, str]:
    return change.on, change.at.isoformat() if change.at else ""


def state_on(member: Member, person: Beneficiary, day: date) -> Teletransmission:
    """Where a person's télétransmission stands on a day; the end of their rights ends it (M80).

    >>> from datetime import UTC, datetime
    >>> someone = Beneficiary(beneficiary_id="1", rank=1, relationship=None, first_name="Ana", last_name="Roy",
    ...     birth_date=date(1990, 1, 1), nir=None, covered_from=date(2026, 1, 1), state=BeneficiaryState.ACTIVE)
    >>> nobody = Member(member_id="1", company_id="1", email=None, created_at=datetime(2026, 1, 1, tzinfo=UTC))
    >>> state_on(nobody, someone, date(2026, 3, 1)).value
    'OFF'
    """
    cover = health_cover(member, person)
    if person.state is not BeneficiaryState.PENDING_PROOF and not any(_not_over(one, day) for one in cover):
        return Teletransmission.OFF
    state = Teletransmission.OFF
    for change in changes_of(person):
        if change.on <= day:
            state = change.state
    return state


def _not_over(period: Period, day: date) -> bool:
    return period.end is None or day < period.end


def transmits_on(member: Member, person: Beneficiary, day: date) -> bool:
    """Whether the scheme sends its statement of care given on a day by itself (H149, M111)."""
    return any(period.holds(day) for period in health_cover(member, person)) and (
        state_on(member, person, day) in TRANSMITTING
    )


def gaps(member: Member, person: Beneficiary, *, today: date) -> tuple[Period, ...]:
    """The covered days, up to today, whose statements the scheme does not send: paper ones are needed (M77, M78, M80).

    Days whose care can no longer be claimed are left out. Source: guide-salarie, M77 (not retroactive), M78; Code des
    assurances L114-1 (two years).
    """
    first = add_months(today, -int(parameter("claim.prescription", on=today).value))
    found: list[Period] = []
    for cover in health_cover(member, person):
        window = _within(cover, Period(first, day_after(today)))
        if window is not None:
            found += _without(window, _transmitted(person))
    return tuple(found)


def _transmitted(person: Beneficiary) -> Iterator[Period]:
    """The periods, in order, in which the scheme sends its statements."""
    start: date | None = None
    for change in changes_of(person):
        if change.state in TRANSMITTING and start is None:
            start = change.on
        elif change.state in {Teletransmission.OFF, Teletransmission.REFUSED} and start is not None:
            if start < change.on:
                yield Period(start, change.on)
            start = None
    if start is not None:
        yield Period(start)


def _without(window: Period, taken: Iterable[Period]) -> Iterator[Period]:
    start = window.start
    for period in taken:
        both = _within(window, period)
        if both is None:
            continue
        if start < both.start:
            yield Period(start, both.start)
        if both.end is None:
            return
        start = max(start, both.end)
    if window.end is None or start < window.end:
        yield Period(start, window.end)


def told(person: Beneficiary, change: TeletransmissionChange, *, today: date) -> Beneficiary:
    """The person with one change more, in the place where it counts; one that is there already changes nothing.

    The scheme's word that it sends, or does not, replaces what an agent said of the same request. What it says twice
    of one day is taken in the order in which things happen, whichever was told first.
    """
    known = changes_of(person)
    if change in known:
        return person
    others, of_that_day = list(known), [change]
    if change.by is Teller.SCHEME:
        together = [one for one in known if one.by is Teller.SCHEME and one.on == change.on]
        if any(one.state is change.state for one in together):
            return person
        others = [one for one in known if one not in together and not _replaced(one, change, known)]
        of_that_day = sorted((*together, change), key=lambda one: _ORDER.index(one.state))
    changed = tuple(sorted((*others, *(replace(one, at=change.at) for one in of_that_day)), key=_place))
    state = Teletransmission.OFF
    for one in changed:
        if one.on <= today:
            state = one.state
    return replace(person, teletransmission=state, teletransmission_changes=changed)


def _replaced(
    one: TeletransmissionChange, change: TeletransmissionChange, known: tuple[TeletransmissionChange, ...]
) -> bool:
    """Whether an agent said of the same request what the scheme now says of it: nothing ended between the two."""
    answers = {Teletransmission.ON, Teletransmission.REFUSED}
    if one.by is not Teller.AGENT or not {one.state, change.state} <= answers:
        return False
    first, last = sorted((one.on, change.on))
    ends = {Teletransmission.OFF, Teletransmission.OFF_REQUESTED, Teletransmission.REQUESTED}
    return not any(other.state in ends and first < other.on <= last for other in known)


def asked_by(person: Beneficiary) -> TeletransmissionChange | None:
    """The last thing that a member asked of a person's télétransmission, with its démarche."""
    asked = [one for one in changes_of(person) if one.by is Teller.MEMBER]
    return asked[-1] if asked else None


def since(person: Beneficiary, day: date) -> date | None:
    """The day since which a person's télétransmission stands as it does on a day; nothing when it never moved."""
    found: TeletransmissionChange | None = None
    for change in changes_of(person):
        if change.on <= day:
            found = change
    return found.on if found else None
