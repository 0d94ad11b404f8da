"""The addresses that somebody was written to before: each is told of changes of account for a while (dossier 8.4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.domain.law import parameter

_PARIS = ZoneInfo("Europe/Paris")
MOST_FORMER = 10
"""How many are remembered, the oldest first: whoever changes an address over and over pushes none of these out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerEmail:
    """An address, and when another one took its place."""

    email: str
    replaced_at: datetime

    def told_at(self, instant: datetime) -> bool:
        """Whether it is still told at an instant.

        Source: the delay is the insurer's choice (``contact.former.told``).

        >>> from datetime import UTC
        >>> former = FormerEmail(email="lea@exemple.fr", replaced_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
        >>> [former.told_at(former.replaced_at + timedelta(days=days)) for days in (30, 31)]
        [True, False]
        """
        days = int(parameter("contact.former.told", on=self.replaced_at.astimezone(_PARIS).date()).value)
        return instant <= self.replaced_at + timedelta(days=days)


def remembered(formers: tuple[FormerEmail, ...], email: str | None, *, at: datetime) -> tuple[FormerEmail, ...]:
    """The former addresses once one more was replaced: those still told, oldest first."""
    kept = tuple(one for one in formers if one.told_at(at))
    if email is None:
        return kept
    return (*kept, FormerEmail(email=email, replaced_at=at))[:MOST_FORMER]


def still_told(formers: tuple[FormerEmail, ...], at: datetime) -> tuple[str, ...]:
    """The former addresses that are told at an instant, oldest first and each once."""
    return tuple(dict.fromkeys(one.email for one in formers if one.told_at(at)))
