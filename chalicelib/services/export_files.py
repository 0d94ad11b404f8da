"""Lists as files: named by when they were asked for, kept for a day, then gone (H44, H50, M36)."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from chalicelib import clock
from chalicelib.domain.errors import NotFound
from chalicelib.services import tokens
from chalicelib.services.spreadsheets import Format

KEPT = timedelta(days=1)
MOMENT = "%Y%m%dT%H%M%S"
NAME = re.compile(r"(?P<moment>\d{8}T\d{6})-(?P<drawn>[0-9a-f]{20})(?P<mark>[0-9a-f]{12})\.(?P<kind>csv|xlsx)")
WAITING = "L’export est en cours de préparation\u00a0: réessayez dans un instant."
GONE = "Cet export n’est plus disponible\u00a0: demandez-en un nouveau."


MARK = 12


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file that was asked for: when, and of which kind."""

    asked_at: datetime
    kind: Format

    @property
    def asked_on(self) -> date:
        """The day in Paris on which it was asked for."""
        return clock.paris_day(self.asked_at)


def new_name(kind: Format, *, owner_id: str) -> str:
    """The id of a file that somebody asks for now; nobody guesses it, and it is of use to them alone."""
    moment, drawn = f"{clock.now():{MOMENT}}", tokens.new_id()[MARK:]
    return f"{moment}-{drawn}{_mark(owner_id, moment, drawn)}.{kind}"


def _mark(*parts: str) -> str:
    return tokens.derived_id("export", *parts)[:MARK]


def read_name(export_id: str, *, owner_id: str) -> ExportFile:
    """What the id of somebody's file says.

    Errors: ``NotFound`` when it is none or somebody else's, and once the file is a day old.
    """
    named = NAME.fullmatch(export_id)
    if named is None or named["mark"] != _mark(owner_id, named["moment"], named["drawn"]):
        raise NotFound
    try:
        asked = datetime.strptime(named["moment"], MOMENT).replace(tzinfo=UTC)
    except ValueError:
        raise NotFound from None
    if not asked <= clock.now() < asked + KEPT:
        raise NotFound(GONE)
    return ExportFile(asked, Format(named["kind"]))
