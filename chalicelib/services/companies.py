"""The companies an employer's user acts for: what they read, and what they may change."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from chalicelib import clock
from chalicelib.domain.account import Account, EmployerRole
from chalicelib.domain.company import Accountant, Address, Company, Contract
from chalicelib.domain.errors import FieldErrors, NotFound
from chalicelib.services import contact_notices, messages
from chalicelib.storage import companies, contracts
from chalicelib.storage.transaction import Transaction, retry_stale


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


def modify(account: Account, company_id: str, *, address: Address, phone: str | None, email: str | None) -> Company:
    """Change where a company is and how it is reached (H114). Name, SIREN and SIRET are not changed on line.

    Only an administrator changes its address of contact, which is told of changes of account; the former one is told,
    and keeps being told of these for a while (H86).

    Errors: ``NotFound``; ``FieldErrors`` on ``email`` for a user of a lesser role.
    """
    return retry_stale(partial(_modify, account, company_id, address, phone, email))


def _modify(account: Account, company_id: str, address: Address, phone: str | None, email: str | None) -> Company:
    company = get(company_id)
    changed = replace(company, address=address, phone=phone)
    message_ids = []
    with Transaction() as transaction:
        if email != company.email:
            _check_may_change_email(account)
            changed = changed.with_email(email, at=clock.now())
            message_ids = contact_notices.of_company_email(transaction, company)
        companies.save(transaction, changed)
    messages.dispatch(*message_ids)
    return replace(changed, version=changed.version + 1)


def _check_may_change_email(account: Account) -> None:
    if account.role is None or not account.role.includes(EmployerRole.ADMINISTRATOR):
        sentence = "Seul un administrateur peut changer cette adresse\u00a0: les avis bancaires y sont envoyés."
        raise FieldErrors.on("email", sentence, "administrator_only")


def name_accountant(company_id: str, accountant: Accountant | None) -> Company:
    """Record who keeps the company's accounts, or that nobody does any more (H111).

    Errors: ``NotFound``.
    """
    return _save(company_id, lambda company: replace(company, accountant=accountant))


def _save(company_id: str, change: Callable[[Company], Company]) -> Company:
    def attempt() -> Company:
        changed = change(get(company_id))
        with Transaction() as transaction:
            companies.save(transaction, changed)
        return replace(changed, version=changed.version + 1)

    return retry_stale(attempt)


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
