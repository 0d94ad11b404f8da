"""Whose account changes, a company's or a member's, and for which use; what changes one only knows a ``Holder``."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from chalicelib import clock
from chalicelib.domain.account import AccountState, EmployerRole
from chalicelib.domain.company import Address, Company
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.former_email import still_told
from chalicelib.domain.mandate import AccountUse, Bank, BankChange
from chalicelib.domain.member import Member
from chalicelib.domain.request import Actor, Request, RequestKind, RequestState, documents_due_on
from chalicelib.domain.required_documents import DocumentKind, RequiredDocument
from chalicelib.storage import accounts, companies, members
from chalicelib.storage.transaction import Transaction

TITLE = "Changement de coordonnées bancaires"
TITLES = {
    AccountUse.DEBITS: "Changement du compte prélevé pour les cotisations",
    AccountUse.REIMBURSEMENTS: "Changement du compte où les remboursements sont versés",
}
MOST_TOLD = 40
"""How many mails one notice makes: two notices are written in one transaction."""


class Holder(Protocol):
    """Whoever has an account, as it was read: who they are, their accounts for a use, and whom to tell of a change."""

    @property
    def use(self) -> AccountUse: ...
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

    def save(self, transaction: Transaction, bank: Bank, *, at: datetime) -> None:
        """Write the accounts as they stand at an instant, unless the holder was written meanwhile."""


@dataclass(frozen=True, slots=True)
class CompanyHolder:
    """A company: the account its contributions are debited from. Its administrators and its own address are told."""

    company: Company

    @property
    def use(self) -> AccountUse:
        """A company's account is debited."""
        return AccountUse.DEBITS

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
        """The address at which the insurer reaches it, former ones for a while, and its active administrators."""
        users = sorted(accounts.users_of(self.holder_id), key=lambda one: one.account_id)
        found = [
            one.email
            for one in users
            if one.role is EmployerRole.ADMINISTRATOR and one.state is AccountState.ACTIVE and one.email
        ]
        own = [self.company.email] if self.company.email else []
        formers = still_told(self.company.former_emails, clock.now())
        return tuple(dict.fromkeys([*own, *formers, *found]))[:MOST_TOLD]

    def save(self, transaction: Transaction, bank: Bank, *, at: datetime) -> None:
        """Write the company."""
        companies.save(transaction, replace(self.company, bank=bank))


@dataclass(frozen=True, slots=True)
class MemberHolder:
    """A member: the account their reimbursements are paid to, or the one their own contributions are debited from.

    They are told at their address, and for a while at former ones (M89).
    """

    member: Member
    use: AccountUse

    @property
    def holder_id(self) -> str:
        """The member."""
        return self.member.member_id

    @property
    def reference(self) -> str:
        """Their numéro adhérent."""
        return self.member.numero_adherent or ""

    @property
    def name(self) -> str:
        """Their name."""
        return self.member.name

    @property
    def address(self) -> Address:
        """The household's address.

        Errors: ``Conflict`` when none is known, since a mandate bears it.
        """
        if self.member.address is None:
            sentence = "Indiquez d’abord votre adresse postale dans «\u00a0Mes démarches en ligne\u00a0»."
            raise Conflict("address_missing", sentence)
        return self.member.address

    @property
    def bank(self) -> Bank:
        """Their accounts for the use."""
        return self.member.bank_for(self.use)

    def draft(self, request_id: str, account_id: str, change: BankChange, *, at: datetime) -> Request:
        """A démarche of the member; its title says which of the two accounts changes (A14)."""
        reason = "Il confirme que le compte est bien celui de son titulaire."
        rib = RequiredDocument(kind=DocumentKind.BANK_DETAILS, about=self.holder_id, reason=reason)
        return Request(
            request_id=request_id,
            kind=RequestKind.BANK_DETAILS,
            member_id=self.holder_id,
            member_name=self.member.name,
            company_id=self.member.company_id,
            opened_by=Actor.MEMBER,
            account_id=account_id,
            state=RequestState.PENDING_DOCUMENTS,
            required=(rib,),
            title=TITLES[self.use],
            bank_change=change,
            due_on=documents_due_on(clock.paris_day(at)),
            created_at=at,
        )

    def to_tell(self) -> tuple[str, ...]:
        """The member's address, and for a while former ones."""
        account = accounts.get(self.member.account_id) if self.member.account_id else None
        formers = still_told(account.former_emails, clock.now()) if account else ()
        return tuple(dict.fromkeys(one for one in (self.member.email, *formers) if one))

    def save(self, transaction: Transaction, bank: Bank, *, at: datetime) -> None:
        """Write the member, whose account for reimbursements is recorded once its change is in effect (A14)."""
        changed = self.member.with_bank(self.use, bank)
        members.save(transaction, replace(changed, bank_account=changed.account_on(at)))


def member(member_id: str, use: AccountUse) -> Holder:
    """A member as the holder of an account for a use.

    Errors: ``NotFound``.
    """
    found = members.get(member_id)
    if found is None:
        raise NotFound
    return MemberHolder(found, use)


def of_request(request: Request) -> Holder:
    """The holder whose account a démarche changes.

    Errors: ``NotFound``.
    """
    if request.opened_by is Actor.EMPLOYER or request.bank_change is None:
        return company(request.company_id)
    return member(request.member_id, request.bank_change.mandate.use)


def company(company_id: str) -> Holder:
    """A company as the holder of an account.

    Errors: ``NotFound``.
    """
    found = companies.get(company_id)
    if found is None:
        raise NotFound
    return CompanyHolder(found)
