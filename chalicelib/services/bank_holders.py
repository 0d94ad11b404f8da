"""Whose account is debited: today a company; what changes an account only knows a ``Holder``."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from chalicelib import clock
from chalicelib.domain.account import AccountState, EmployerRole
from chalicelib.domain.company import Address, Company
from chalicelib.domain.errors import NotFound
from chalicelib.domain.mandate import Bank, BankChange
from chalicelib.domain.request import Actor, Request, RequestKind, RequestState, documents_due_on
from chalicelib.domain.required_documents import DocumentKind, RequiredDocument
from chalicelib.storage import accounts, companies
from chalicelib.storage.transaction import Transaction

TITLE = "Changement de coordonnées bancaires"
MOST_TOLD = 50


class Holder(Protocol):
    """Whoever has an account debited, as it was read: who they are, their accounts, and whom to tell of a change."""

    @property
    def holder_id(self) -> str: ...
    @property
    def reference(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def address(self) -> Address: ...
    @property
    def bank(self) -> Bank: ...

    def draft(self, request_id: str, account_id: str, change: BankChange, *, at: datetime) -> Request:
        """The démarche that a change opens."""

    def to_tell(self) -> tuple[str, ...]:
        """The addresses of everybody who is told of a change."""

    def save(self, transaction: Transaction, bank: Bank) -> None:
        """Write the accounts, unless the holder was written meanwhile."""


@dataclass(frozen=True, slots=True)
class CompanyHolder:
    """A company: the account its contributions are debited from. Its administrators and its own address are told."""

    company: Company

    @property
    def holder_id(self) -> str:
        """The company."""
        return self.company.company_id

    @property
    def reference(self) -> str:
        """Its numéro adhérent."""
        return self.company.numero_adherent

    @property
    def name(self) -> str:
        """Its name."""
        return self.company.name

    @property
    def address(self) -> Address:
        """Its address."""
        return self.company.address

    @property
    def bank(self) -> Bank:
        """Its accounts."""
        return self.company.bank or Bank()

    def draft(self, request_id: str, account_id: str, change: BankChange, *, at: datetime) -> Request:
        """A démarche of the company, followed by its users."""
        reason = "Il confirme que le compte est bien celui de la société."
        rib = RequiredDocument(kind=DocumentKind.BANK_DETAILS, about=self.holder_id, reason=reason)
        return Request(
            request_id=request_id,
            kind=RequestKind.BANK_DETAILS,
            member_id="",
            company_id=self.holder_id,
            opened_by=Actor.EMPLOYER,
            account_id=account_id,
            state=RequestState.PENDING_DOCUMENTS,
            required=(rib,),
            title=TITLE,
            bank_change=change,
            due_on=documents_due_on(clock.paris_day(at)),
            created_at=at,
        )

    def to_tell(self) -> tuple[str, ...]:
        """Its active administrators, and the address at which the insurer reaches it."""
        users = sorted(accounts.users_of(self.holder_id), key=lambda one: one.account_id)
        found = [
            one.email
            for one in users
            if one.role is EmployerRole.ADMINISTRATOR and one.state is AccountState.ACTIVE and one.email
        ]
        own = [self.company.email] if self.company.email else []
        return tuple(dict.fromkeys([*own, *found]))[:MOST_TOLD]

    def save(self, transaction: Transaction, bank: Bank) -> None:
        """Write the company."""
        companies.save(transaction, replace(self.company, bank=bank))


def company(company_id: str) -> Holder:
    """A company as the holder of an account.

    Errors: ``NotFound``.
    """
    found = companies.get(company_id)
    if found is None:
        raise NotFound
    return CompanyHolder(found)
