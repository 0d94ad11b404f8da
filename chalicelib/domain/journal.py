"""Who saw what of a person, and why: entries in a chain that cannot be altered unnoticed (art. 5 and 32 RGPD).

Each entry is sealed with the hash of the one before it, and with the moment from which that one may go. Whoever
changes, removes or inserts one breaks the chain there; whoever cuts off its end is found out by its head, which knows
the last hash; whoever takes the oldest away before their time is found out by what is left.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DataGroup(StrEnum):
    """What part of a person's data was seen."""

    IDENTITY = "identity"
    CONTRACT = "contract"
    CARE = "care"
    WORK_STOPPAGES = "work_stoppages"
    PAY = "pay"
    BANK = "bank"
    REQUESTS = "requests"
    DOCUMENTS = "documents"
    JOURNAL = "journal"
    EVERYTHING = "everything"
    SPACE = "space"


class ViewerKind(StrEnum):
    """Who saw it."""

    MEMBER = "member"
    EMPLOYER = "employer"
    AGENT = "agent"
    OUTSIDER = "outsider"


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """The account that saw it; empty for somebody without one, such as a professional who checks rights."""

    kind: ViewerKind
    account_id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consultation:
    """One access to what is known of one or more people: when, by whom, to what, and why.

    ``purpose`` is what the viewer was doing; ``reason`` what they said of it; ``request_id`` the démarche it was for.
    """

    entry_id: str
    at: datetime
    viewer: Viewer
    groups: tuple[DataGroup, ...]
    purpose: str
    reason: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Where a person's chain ends: its last entry, and from when that one may go; nothing for an empty one."""

    sequence: int = 0
    seal: str = ""
    goes_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One entry of a person's chain as it is kept: what was written, what came before it, the hash that seals it."""

    sequence: int
    document: str
    previous: str
    previous_goes_at: datetime | None
    seal: str

    @classmethod
    def after(cls, end: End, *, member_id: str, document: str) -> "Link":
        """The entry that comes next in a chain.

        >>> Link.after(End(), member_id="7", document="{}").sequence
        1
        """
        sealed = seal(end, member_id=member_id, document=document)
        return cls(
            sequence=end.sequence + 1,
            document=document,
            previous=end.seal,
            previous_goes_at=end.goes_at,
            seal=sealed,
        )

    @property
    def before(self) -> End:
        """Where the chain ended when it was added."""
        return End(sequence=self.sequence - 1, seal=self.previous, goes_at=self.previous_goes_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a person's chain is whole; ``broken_at`` is the first entry that is not as it was written."""

    entries: int
    broken_at: int | None = None

    @property
    def is_intact(self) -> bool:
        """Whether nothing was altered, inserted or removed."""
        return self.broken_at is None


def seal(before: End, *, member_id: str, document: str) -> str:
    """The hash of the entry that comes after the end of a chain: it depends on every entry before it.

    >>> first = seal(End(), member_id="7", document="{}")
    >>> len(first), first == seal(End(sequence=1), member_id="7", document="{}")
    (64, False)
    """
    goes_at = before.goes_at.isoformat() if before.goes_at else ""
    parts = (before.seal, goes_at, member_id, str(before.sequence + 1), document)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def verify(links: Iterable[Link], *, member_id: str, end: End, now: datetime) -> Verdict:
    """Whether a chain, oldest entry first, is as it was written, up to the entry that its head names.

    The oldest entries go by law, each from a moment of its own: what is missing before the first entry there is, or
    altogether, is right from that moment only.

    >>> kept = datetime.fromisoformat("2027-03-01T00:00:00+00:00")
    >>> one = Link.after(End(), member_id="7", document="a")
    >>> last = End(sequence=1, seal=one.seal, goes_at=kept)
    >>> verify([one], member_id="7", end=last, now=kept).is_intact
    True
    >>> verify([], member_id="7", end=last, now=datetime.fromisoformat("2027-02-28T23:59:59+00:00")).broken_at
    1
    """
    at: End | None = None
    entries = 0
    for one in links:
        if at is None:
            at = one.before
            if _is_missed(at, now):
                return Verdict(entries=0, broken_at=at.sequence)
        right = seal(one.before, member_id=member_id, document=one.document)
        if (one.sequence, one.previous, one.seal) != (at.sequence + 1, at.seal, right):
            return Verdict(entries=entries, broken_at=at.sequence + 1)
        at, entries = End(sequence=one.sequence, seal=one.seal), entries + 1
    if at is None:
        return Verdict(entries=0, broken_at=end.sequence if _is_missed(end, now) else None)
    if (at.sequence, at.seal) == (end.sequence, end.seal):
        return Verdict(entries=entries)
    return Verdict(entries=entries, broken_at=at.sequence + 1)


def _is_missed(last: End, now: datetime) -> bool:
    """Whether the last entry of those that are not there should still be."""
    return last.sequence > 0 and (last.goes_at is None or last.goes_at > now)
