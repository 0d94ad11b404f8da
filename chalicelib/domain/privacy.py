"""Whose care lines the policyholder may read (A12): an adult dependant's own, unless they agreed; consent is dated."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from chalicelib.domain.errors import Conflict
from chalicelib.domain.law import parameter
from chalicelib.domain.periods import age_on


class Choice(StrEnum):
    """What an adult dependant decided."""

    AGREED = "agreed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class SharingState(StrEnum):
    """Where the consent of an adult dependant stands."""

    NOT_ASKED = "not_asked"
    ASKED = "asked"
    AGREED = "agreed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


LABELS = {
    SharingState.NOT_ASKED: "Soins confidentiels\u00a0: accord non demandé",
    SharingState.ASKED: "Accord demandé, sans réponse",
    SharingState.AGREED: "Accord donné",
    SharingState.REFUSED: "Accord refusé",
    SharingState.WITHDRAWN: "Accord retiré",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One decision of an adult dependant, and when."""

    choice: Choice
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """The consent of an adult dependant: where they were asked, by which single-use link, and what they decided.

    ``link_ends_at`` is when an unanswered invitation lapses; the link that was mailed after a decision, by which it is
    changed, has no end: withdrawing stays as easy as agreeing. Source: RGPD art. 7 (3).
    """

    email: str
    asked_at: datetime
    link_hash: str | None
    link_ends_at: datetime | None = None
    decisions: tuple[Decided, ...] = ()

    @property
    def state(self) -> SharingState:
        """Where it stands: the last decision, else the question."""
        return SharingState(self.decisions[-1].choice) if self.decisions else SharingState.ASKED

    def opens(self, link_hash: str, *, now: datetime) -> bool:
        """Whether a link may still be used."""
        return self.link_hash == link_hash and (self.link_ends_at is None or now < self.link_ends_at)

    def decided(self, choice: Choice, *, at: datetime, next_link_hash: str) -> "Sharing":
        """The same consent with one more decision; the link that brought it is used up, another takes its place.

        Errors: ``Conflict`` for withdrawing what was not given, and for what is decided so already.
        """
        if choice not in choices(self.state):
            sentence = f"Votre choix est déjà enregistré\u00a0: «\u00a0{LABELS[self.state]}\u00a0»."
            raise Conflict("already_decided", sentence)
        made = Decided(choice=choice, at=at)
        return replace(self, link_hash=next_link_hash, link_ends_at=None, decisions=(*self.decisions, made))


def choices(state: SharingState) -> tuple[Choice, ...]:
    """What an adult dependant may decide, given where their consent stands.

    >>> choices(SharingState.AGREED)
    (<Choice.WITHDRAWN: 'withdrawn'>,)
    """
    match state:
        case SharingState.AGREED:
            return (Choice.WITHDRAWN,)
        case SharingState.ASKED:
            return (Choice.AGREED, Choice.REFUSED)
        case SharingState.REFUSED | SharingState.WITHDRAWN:
            return (Choice.AGREED,)
        case SharingState.NOT_ASKED:
            return ()


def invitation_ends_at(asked_at: datetime, on: date) -> datetime:
    """When an unanswered invitation lapses.

    Units: days. Source: the insurer's choice (``privacy.invitation``).
    """
    return asked_at + timedelta(days=int(parameter("privacy.invitation", on=on).value))


def is_adult_on(birth_date: date, on: date) -> bool:
    """Whether somebody is of age on a day.

    Source: Code civil art. 414.

    >>> is_adult_on(date(2008, 2, 29), date(2026, 2, 28)), is_adult_on(date(2008, 2, 29), date(2026, 3, 1))
    (False, True)
    """
    return age_on(birth_date, on) >= int(parameter("child.majority", on=on).value)


def keeps_to_themselves(birth_date: date, sharing: Sharing | None, on: date) -> bool:
    """Whether a dependant's care lines are theirs alone on a day of reading: of age, and not agreed (A12).

    Decision: age counts on the day of reading, not of care. Whoever is of age today disposes of all their care lines,
    those of their childhood included; a child's stay with whoever has parental authority.
    Source: Code civil art. 414; CSP art. L1110-4 (medical secrecy); requirement A12.

    >>> keeps_to_themselves(date(2008, 3, 1), None, date(2026, 2, 28))
    False
    >>> keeps_to_themselves(date(2008, 3, 1), None, date(2026, 3, 1))
    True
    """
    if not is_adult_on(birth_date, on):
        return False
    return sharing is None or sharing.state is not SharingState.AGREED


def changed_since(birth_date: date, sharing: Sharing | None, *, since: datetime, then: date, now: date) -> bool:
    """Whether who reads a dependant's care may have changed since a moment, of the day ``then``: on the day ``now``.

    Source: requirement A12; RGPD art. 7 (3) (whoever withdraws is obeyed from then on).

    >>> moment = datetime.fromisoformat("2026-03-01T12:00:00+00:00")
    >>> changed_since(date(2008, 3, 2), None, since=moment, then=date(2026, 3, 1), now=date(2026, 3, 2))
    True
    """
    if sharing is not None and any(one.at >= since for one in sharing.decisions):
        return True
    return is_adult_on(birth_date, now) and not is_adult_on(birth_date, then)
