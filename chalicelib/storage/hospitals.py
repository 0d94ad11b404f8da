"""The directory of hospitals, by FINESS; agents read it by state, in the order of cities."""

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from chalicelib import settings
from chalicelib.domain.hospital import Hospital, HospitalState
from chalicelib.storage import rows
from chalicelib.storage.transaction import Transaction


class ByState(GlobalSecondaryIndex["HospitalRow"]):
    """The hospitals in a state, by city and name."""

    class Meta:
        index_name = "by-state"
        projection = IncludeProjection(["document"])

    state = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)
    document = UnicodeAttribute()


class HospitalRow(rows.Document):
    """One hospital."""

    class Meta(rows.Meta):
        table_name = settings.table("hospitals")

    finess = UnicodeAttribute(hash_key=True)
    state = UnicodeAttribute()
    listed_as = UnicodeAttribute()
    by_state = ByState()


def get(finess: str) -> Hospital | None:
    """A hospital, or ``None``."""
    row = HospitalRow.find(finess)
    return rows.decode(Hospital, row.document) if row else None


def save(transaction: Transaction, hospital: Hospital) -> None:
    """Write a hospital, unless somebody else has written it meanwhile."""
    rows.write(
        transaction,
        HospitalRow,
        hospital,
        finess=hospital.finess,
        state=hospital.state.value,
        listed_as=hospital.listed_as,
    )


def page_in(state: HospitalState, *, after: str | None, limit: int) -> tuple[list[Hospital], str | None]:
    """One page of the hospitals in a state, by city and name, and ``after`` for the next page."""
    later = HospitalRow.listed_as > after if after else None
    found = HospitalRow.by_state.query(state.value, later, limit=limit, page_size=limit)
    return rows.page(found, lambda row: rows.decode(Hospital, row.document), by="listed_as")
