"""The mails that tell of a change of how somebody is reached: to the address that was theirs when it was asked for."""

from chalicelib import clock
from chalicelib.domain.account import Account
from chalicelib.domain.company import Company
from chalicelib.services import messages
from chalicelib.storage.transaction import Transaction
from chalicelib.texts.dates import moment_in_words


def of_mobile(transaction: Transaction, account: Account) -> str:
    """Tell the address of an account that its mobile number, to which codes that sign are sent, changes (M88)."""
    occasion = f"mobile-changed:{account.account_id}:{account.version}"
    return _tell(transaction, account, "mobile_changed", occasion=occasion, moment="changed_at")


def of_email_asked(transaction: Transaction, account: Account, *, occasion: str) -> str:
    """Tell the present address of an account that another one was asked for; it may still be stopped (M100)."""
    occasion = f"email-change-asked:{occasion}"
    return _tell(transaction, account, "email_change_asked", occasion=occasion, moment="asked_at")


def of_email(transaction: Transaction, account: Account, *, generation: int) -> str:
    """Tell the former address of an account that another one has taken its place (M100, H114)."""
    occasion = f"email-changed:{account.account_id}:{generation}"
    return _tell(transaction, account, "email_changed", occasion=occasion, moment="changed_at")


def _tell(transaction: Transaction, account: Account, template: str, *, occasion: str, moment: str) -> str:
    """Write to the address of an account; ``moment`` is the word of the mail for the present instant."""
    return messages.write(
        transaction,
        occasion=occasion,
        template=template,
        recipient=account.email,
        context={moment: moment_in_words(clock.now())},
        about=account.account_id,
    )


def of_company_email(transaction: Transaction, company: Company) -> list[str]:
    """Tell the former address of a company that it is reached at another one (H114)."""
    return messages.tell(
        transaction,
        company.email,
        "company_email_changed",
        occasion=f"company-email-changed:{company.company_id}:{company.version}",
        context={"company": company.name, "changed_at": moment_in_words(clock.now())},
        about=company.company_id,
    )
