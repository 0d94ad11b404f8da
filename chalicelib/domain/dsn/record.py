"""What is kept of a DSN that was recorded: by contract, what it says of each member's contributions, and of no more."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.domain.contributions.reconciliation import Declared
from chalicelib.domain.dsn.people import DeclaredLine


@dataclass(frozen=True, slots=True, kw_only=True)
class DsnRecord:
    """What one DSN said under one contract; ``month`` is its main month, as its first day.

    ``origin`` is shared by those of which a later one takes the place of an earlier: the same establishment, month and
    fraction of the declaration.
    """

    record_id: str
    company_id: str
    contract_id: str
    month: date
    origin: str
    recorded_at: datetime
    declared: tuple[Declared, ...]


def declared_by(records: Iterable[DsnRecord]) -> tuple[Declared, ...] | None:
    """What is declared by some records, each standing until one of the same origin took its place.

    ``None`` when there is no record: nothing was declared yet. The order in which they are given plays no part.

    >>> declared_by([]) is None
    True
    """
    last: dict[str, DsnRecord] = {}
    for one in sorted(records, key=lambda record: (record.recorded_at, record.record_id)):
        last[one.origin] = one
    return tuple(entry for one in last.values() for entry in one.declared) if last else None


def declared_of(lines: Iterable[DeclaredLine]) -> Iterator[Declared]:
    """What the lines of a declaration say, one entry for each member and month. Units: cents."""
    by_key: dict[tuple[str, date], list[DeclaredLine]] = defaultdict(list)
    for one in lines:
        by_key[one.member_id, one.month].append(one)
    for (member_id, month), found in sorted(by_key.items()):
        bases = [one.base_cents for one in found if one.base_cents is not None]
        yield Declared(
            member_id=member_id,
            month=month,
            amount_cents=sum(one.amount_cents for one in found),
            base_cents=sum(bases) if bases else None,
        )
