"""Erasures, by the person they concern; those that are not done are listed by the day they go on."""

from datetime import date

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib import settings
from chalicelib.domain.erasure import Erasure
from chalicelib.storage import rows
from chalicelib.storage.transaction import Transaction

OPEN = "open"


class ByDay(GlobalSecondaryIndex["ErasureRow"]):
    """The erasures that are not done, by the day they go on."""

    class Meta:
        index_name = "by-day"
        projection = KeysOnlyProjection()

    listed = UnicodeAttribute(hash_key=True)
    next_day = UnicodeAttribute(range_key=True)


class ErasureRow(rows.Document):
    """One erasure."""

    class Meta(rows.Meta):
        table_name = settings.table("erasures")

    member_id = UnicodeAttribute(hash_key=True)
    listed = UnicodeAttribute(null=True)
    next_day = UnicodeAttribute(null=True)
    by_day = ByDay()


def get(member_id: str) -> Erasure | None:
    """The erasure of a person, or ``None``."""
    row = ErasureRow.find(member_id)
    return rows.decode(Erasure, row.document) if row else None


def save(transaction: Transaction, erasure: Erasure) -> None:
    """Write an erasure, unless somebody else has written it meanwhile."""
    next_day = erasure.next_day
    rows.write(
        transaction,
        ErasureRow,
        erasure,
        member_id=erasure.member_id,
        listed=OPEN if next_day else None,
        next_day=next_day.isoformat() if next_day else None,
    )


def due(day: date, *, limit: int = 500) -> list[str]:
    """The people whose erasure goes on by a day, the longest due first."""
    found = ErasureRow.by_day.query(OPEN, ErasureRow.next_day <= day.isoformat(), limit=limit, page_size=rows.PAGE_SIZE)
    return [row.member_id for row in found]
