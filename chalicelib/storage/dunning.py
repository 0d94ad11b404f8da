"""The files of unpaid contributions, from the formal notice on; open ones are listed in the order of their notice."""

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib import settings
from chalicelib.domain.contributions.dunning_file import DunningFile
from chalicelib.storage import rows
from chalicelib.storage.transaction import Transaction

OPEN = "open"


class ByQueue(GlobalSecondaryIndex["DunningRow"]):
    """The files that are not closed."""

    class Meta:
        index_name = "by-queue"
        projection = KeysOnlyProjection()

    queue = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)


class DunningRow(rows.Document):
    """One file."""

    class Meta(rows.Meta):
        table_name = settings.table("dunning")

    number = UnicodeAttribute(hash_key=True)
    queue = UnicodeAttribute(null=True)
    listed_as = UnicodeAttribute()
    by_queue = ByQueue()


def get(number: str) -> DunningFile | None:
    """The file of a statement, or ``None``."""
    row = DunningRow.find(number)
    return rows.decode(DunningFile, row.document) if row else None


def several(numbers: list[str]) -> list[DunningFile]:
    """Files by the number of their statement, in the order asked, in one call per hundred."""
    if not numbers:
        return []
    found = {
        row.number: rows.decode(DunningFile, row.document)
        for row in DunningRow.batch_get(numbers, consistent_read=True)
    }
    return [found[number] for number in numbers if number in found]


def page_of_open(*, after: str | None, limit: int) -> tuple[list[DunningFile], str | None]:
    """One page of the open files, oldest first, and what to pass as ``after`` for the next."""
    start = None
    if after is not None:
        if "#" not in after:
            return [], None
        start = {"queue": {"S": OPEN}, "listed_as": {"S": after}, "number": {"S": after.partition("#")[2]}}
    found = DunningRow.by_queue.query(OPEN, last_evaluated_key=start, limit=limit, page_size=limit)
    numbers, following = rows.page(found, lambda row: row.number, by="listed_as")
    return several(numbers), following


def save(transaction: Transaction, file: DunningFile) -> None:
    """Write a file, unless somebody else has written it meanwhile."""
    rows.write(
        transaction,
        DunningRow,
        file,
        number=file.number,
        queue=None if file.closed else OPEN,
        listed_as=f"{file.formal_notice_on.isoformat()}#{file.number}",
    )
