"""Sign-in accounts, their open sessions, their password and e-mail links; and the users of each company.

Account, session and link of one account share a partition, and a token begins with the account's id, so that a request
is authenticated by one batch read of two keys. The users of a company are summaries in the company's own partition.
"""

from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DeleteError, PutError

from chalicelib import settings
from chalicelib.domain.account import Account, UserSummary
from chalicelib.storage import rows
from chalicelib.storage.transaction import Transaction

ACCOUNT = "ACCOUNT"
UNMET = "ConditionalCheckFailedException"


class AccountRow(rows.Document):
    """An account (``item`` is ``ACCOUNT``), a session, a link, or in a company's partition one of its users."""

    class Meta(rows.Meta):
        table_name = settings.table("accounts")

    account_id = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    expires = NumberAttribute(null=True)
    generation = NumberAttribute(null=True)
    started = NumberAttribute(null=True)


def get(account_id: str) -> Account | None:
    """An account, or ``None``."""
    row = AccountRow.find(account_id, ACCOUNT)
    return rows.decode(Account, row.document) if row else None


def save(transaction: Transaction, account: Account) -> None:
    """Write an account, unless somebody else has written it meanwhile."""
    rows.write(transaction, AccountRow, account, account_id=account.account_id, item=ACCOUNT)
    user = account.as_user
    if user is not None:
        for company_id in account.subject_ids:
            row = AccountRow(
                account_id=_users(company_id), item=f"USER#{account.account_id}", document=rows.encode(user)
            )
            transaction.put(row, None)


def leave(transaction: Transaction, account_id: str, company_id: str) -> None:
    """Take an account off a company's users; the account itself is saved beside."""
    transaction.delete(AccountRow(_users(company_id), f"USER#{account_id}"), None)


def unchanged(transaction: Transaction, account: Account) -> None:
    """Let a transaction fail if an account is written meanwhile."""
    transaction.check(AccountRow, (account.account_id, ACCOUNT), AccountRow.version == account.version)


def users_of(company_id: str, *, limit: int = 500) -> list[UserSummary]:
    """The users of a company, in no particular order."""
    found = AccountRow.query(
        _users(company_id), AccountRow.item.startswith("USER#"), limit=limit, page_size=rows.PAGE_SIZE
    )
    return [rows.decode(UserSummary, row.document) for row in found]


class Session:
    """An open session as it was read: when it began, when it ends unless used, for which generation it was opened."""

    def __init__(self, row: AccountRow) -> None:
        self._row = row
        self.generation = int(row.generation or 0)
        self.started = int(row.started or 0)
        self.expires = int(row.expires or 0)

    def extend(self, until: datetime) -> None:
        """Keep the session open until a later instant; one that was closed meanwhile stays closed."""
        self._row.expires = int(until.timestamp())
        try:
            self._row.save(condition=AccountRow.account_id.exists())
        except PutError as error:
            if error.cause_response_code != UNMET:
                raise


def open_session(account: Account, token_hash: str, *, started: datetime, expires: datetime) -> None:
    """Remember a session by the hash of its token."""
    AccountRow(
        account_id=account.account_id,
        item=f"SESSION#{token_hash}",
        generation=account.generation,
        started=int(started.timestamp()),
        expires=int(expires.timestamp()),
        document="",
    ).save()


def with_session(account_id: str, token_hash: str) -> tuple[Account | None, Session | None]:
    """An account and one of its sessions, in one call."""
    keys = [(account_id, ACCOUNT), (account_id, f"SESSION#{token_hash}")]
    account: Account | None = None
    session: Session | None = None
    for row in AccountRow.batch_get(keys, consistent_read=True):
        if row.item == ACCOUNT:
            account = rows.decode(Account, row.document)
        else:
            session = Session(row)
    return account, session


def close_session(account_id: str, token_hash: str) -> None:
    """Forget a session."""
    AccountRow(account_id, f"SESSION#{token_hash}").delete()


def add_link(transaction: Transaction, account_id: str, token_hash: str, *, generation: int, expires: datetime) -> None:
    """Remember a password link by the hash of its token, for the account's present generation."""
    row = AccountRow(
        account_id=account_id,
        item=f"LINK#{token_hash}",
        generation=generation,
        expires=int(expires.timestamp()),
        document="",
    )
    transaction.put(row, rows.absent(AccountRow))


def use_link(account: Account, token_hash: str, *, now: datetime) -> bool:
    """Consume a password link: true once, while it is valid and the account is of the generation it was sent to."""
    return _consume(AccountRow(account.account_id, f"LINK#{token_hash}"), account, now)


def _consume(link: AccountRow, account: Account, now: datetime) -> bool:
    """Delete a link: true once, while it is valid and the account is of the generation it was sent to."""
    valid = (AccountRow.expires >= int(now.timestamp())) & (AccountRow.generation == account.generation)
    try:
        link.delete(condition=valid)
    except DeleteError as error:
        if error.cause_response_code != UNMET:
            raise
        return False
    return True


def add_email_link(
    transaction: Transaction, account: Account, token_hash: str, *, email: str, expires: datetime
) -> None:
    """Remember the address that an account wants to change to, by the hash of the token sent there."""
    row = AccountRow(
        account_id=account.account_id,
        item=f"EMAIL#{token_hash}",
        generation=account.generation,
        expires=int(expires.timestamp()),
        document=email,
    )
    transaction.put(row, rows.absent(AccountRow))


def use_email_link(account: Account, token_hash: str, *, now: datetime) -> str | None:
    """Consume a link to confirm an address: the address once, while the link is valid; otherwise ``None``."""
    link = AccountRow.find(account.account_id, f"EMAIL#{token_hash}")
    return link.document if link and _consume(link, account, now) else None


def erase(account_id: str) -> int:
    """Forget an account with its sessions and links; returns how many items went. Safe to repeat."""
    found = list(AccountRow.query(account_id, consistent_read=True, limit=1000, page_size=rows.PAGE_SIZE))
    for row in found:
        row.delete()
    return len(found)


def _users(company_id: str) -> str:
    return f"COMPANY#{company_id}"
