"""The accounts of contracts: the one way to add a posting, and what it changes about each contribution (H43, H45, H46).

A posting, the balance of its contract and what is left of each contribution are written together or not at all, and a
posting twice is one posting. So a statement, a transfer or a debit may be delivered again, late, or in any order.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from chalicelib.domain.contributions.account import ContributionAccount
from chalicelib.domain.contributions.contribution import Contribution
from chalicelib.domain.contributions.ledger import Ledger, Posting
from chalicelib.domain.errors import NotFound
from chalicelib.domain.money import Cents
from chalicelib.storage import contributions
from chalicelib.storage.transaction import Transaction, retry_stale


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What is known of a contract's contributions at one moment: its account and all its postings."""

    account: ContributionAccount
    ledger: Ledger


def read(company_id: str, contract_id: str) -> Books:
    """The books of a contract.

    Errors: ``NotFound`` when no account was opened for it.
    """
    account = contributions.account(company_id, contract_id)
    if account is None:
        raise NotFound
    return Books(account=account, ledger=contributions.ledger(company_id, contract_id))


def post(
    company_id: str,
    contract_id: str,
    posting: Posting,
    *,
    change: Callable[[Contribution], Contribution] | None = None,
    also: Callable[[Transaction], None] | None = None,
) -> bool:
    """Add a posting to the ledger of a contract; false, and nothing is written, when it was added before.

    What is left of each contribution follows. ``change`` is applied to the contribution that the posting names, such as
    a debit that is no longer on its way. ``also`` adds what the caller writes in the same transaction.

    Errors: ``NotFound`` when no account was opened; ``Conflict`` (``posting_differs``) when another posting has its id;
    ``Stale`` when others keep writing.
    """
    return retry_stale(partial(_post, company_id, contract_id, posting, change, also))


def _post(
    company_id: str,
    contract_id: str,
    posting: Posting,
    change: Callable[[Contribution], Contribution] | None,
    also: Callable[[Transaction], None] | None,
) -> bool:
    books = read(company_id, contract_id)
    if books.ledger.with_posting(posting) == books.ledger:
        return False
    left = left_after(books.ledger, posting)
    found = contributions.several({*left, *([posting.statement] if change and posting.statement else [])})
    with Transaction() as transaction:
        add(transaction, books, posting)
        for number, contribution in found.items():
            changed = contribution.owing(left.get(number, contribution.owed_cents), since=posting.day)
            if change is not None and number == posting.statement:
                changed = change(changed)
            contributions.save(transaction, changed)
        if also is not None:
            also(transaction)
    return True


def left_after(ledger: Ledger, posting: Posting) -> dict[str, Cents]:
    """What is left of each statement once a posting is added, for those of which it is another amount than before."""
    before = {one.statement: one.owed_cents for one in ledger.owed() if one.statement}
    after = {one.statement: one.owed_cents for one in ledger.with_posting(posting).owed() if one.statement}
    return {number: cents for number, cents in after.items() if before.get(number) != cents}


def add(
    transaction: Transaction, books: Books, posting: Posting, *, account: ContributionAccount | None = None
) -> None:
    """Put a posting and the balance it makes into a transaction; ``account`` is the account as it becomes otherwise."""
    balance = books.ledger.with_posting(posting).balance_cents()
    moved = replace(account or books.account, balance_cents=balance, postings=len(books.ledger.postings) + 1)
    contributions.add_posting(transaction, moved.company_id, moved.contract_id, posting)
    contributions.save_account(transaction, moved)
