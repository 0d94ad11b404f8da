"""What an employer's user reads of the companies they act for."""

from chalicelib.domain.account import Account
from chalicelib.domain.company import Company, Contract
from chalicelib.domain.errors import NotFound
from chalicelib.storage import companies, contracts


def of_account(account: Account) -> list[Company]:
    """The companies an employer's account may act for (H119)."""
    return companies.several(account.subject_ids)


def get(company_id: str) -> Company:
    """One company.

    Errors: ``NotFound``.
    """
    company = companies.get(company_id)
    if company is None:
        raise NotFound
    return company


def contracts_of(company_id: str) -> list[Contract]:
    """The contracts of a company (H29)."""
    return contracts.of_company(company_id)


def contract(company_id: str, contract_id: str) -> Contract:
    """One contract of a company.

    Errors: ``NotFound``, also for another company's.
    """
    found = contracts.get(company_id, contract_id)
    if found is None:
        raise NotFound
    return found
