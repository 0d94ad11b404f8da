"""What a company is told of its contributions: a call, which announces its debit; pay that is missing to make one."""

from collections.abc import Mapping, Sequence
from datetime import date

from chalicelib.domain.account import AccountState, EmployerRole, UserSummary
from chalicelib.domain.company import Company, Contract
from chalicelib.domain.contributions.contribution import ContributionSummary
from chalicelib.domain.contributions.issued import Issued
from chalicelib.domain.money import in_euros
from chalicelib.services import messages
from chalicelib.services.contribution_wording import means_of, period_in_words
from chalicelib.storage import accounts
from chalicelib.storage.transaction import Transaction
from chalicelib.texts.dates import day_in_words

MOST_TOLD = 20
"""How many users of a company a mail goes to: they are written with the statement, in one transaction."""


def announce(
    transaction: Transaction, company: Company, issued: Issued, earlier: Sequence[ContributionSummary]
) -> list[str]:
    """Tell those who manage a company's contracts of a statement, and so of its debit; returns the messages' ids.

    ``earlier`` are the statements of which something was owed before it.

    Source: EPC SDD Core Rulebook, pre-notification (amount and day, before the debit).
    """
    context = {
        "company": company.name,
        "contract_number": issued.contract_number,
        "period": period_in_words(issued.period),
        "number": issued.number,
        "amount": in_euros(issued.to_pay_cents),
        "due_on": day_in_words(issued.due_on),
        "means": means_of(issued, earlier),
    }
    return _tell(transaction, company, "contribution_called", f"contribution-called:{issued.number}", context)


def ask_for_pay(transaction: Transaction, company: Company, contract: Contract, *, since: date) -> list[str]:
    """Ask those who manage a company's contracts to declare pay; returns the messages' ids."""
    occasion = f"contribution-pay:{company.company_id}:{contract.contract_id}:{since.isoformat()}"
    context = {"company": company.name, "contract_number": contract.number}
    return _tell(transaction, company, "contribution_pay_missing", occasion, context)


def _tell(
    transaction: Transaction, company: Company, template: str, occasion: str, context: Mapping[str, str]
) -> list[str]:
    return [
        messages.write(
            transaction,
            occasion=f"{occasion}:{user.account_id}",
            template=template,
            recipient=user.email,
            context=context,
            about=company.company_id,
        )
        for user in managers_of(company.company_id)
    ]


def managers_of(company_id: str) -> list[UserSummary]:
    """The users of a company who see to its contributions, administrators first; nobody who was suspended."""
    found = [
        one
        for one in accounts.users_of(company_id)
        if one.state is not AccountState.SUSPENDED and one.role.includes(EmployerRole.MANAGER)
    ]
    administrators_first = sorted(found, key=lambda one: (one.role is not EmployerRole.ADMINISTRATOR, one.account_id))
    return administrators_first[:MOST_TOLD]
