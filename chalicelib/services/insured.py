"""Building an insured person from what was typed: sealed NIR and IBAN, keyed hashes, covered people by rank."""

import secrets as random
from datetime import date, datetime
from typing import Protocol

from chalicelib.domain.account import Account, AccountKind, AccountState
from chalicelib.domain.company import Address, Company
from chalicelib.domain.member import BankAccount, Member, Nir
from chalicelib.gateways import secrets
from chalicelib.identifiers import bic_of, mask_iban, mask_nir, nir_last8
from chalicelib.services import tokens
from chalicelib.storage import identities
from chalicelib.storage.identities import Identity


class AddressLike(Protocol):
    """An address as it was typed."""

    @property
    def line1(self) -> str: ...
    @property
    def line2(self) -> str: ...
    @property
    def postcode(self) -> str: ...
    @property
    def city(self) -> str: ...


def address_of(form: AddressLike) -> Address:
    """An address in France."""
    return Address(line1=form.line1, line2=form.line2, postcode=form.postcode, city=form.city)


def seal_nir(nir: str) -> Nir:
    """A NIR as it is kept (M16)."""
    return Nir(
        sealed=secrets.seal(nir, field="nir"),
        masked=mask_nir(nir),
        lookup=secrets.lookup_hash(nir, field="nir"),
        last8_lookup=secrets.lookup_hash(nir_last8(nir), field="nir_last8"),
    )


def seal_bank_account(iban: str, holder: str) -> BankAccount:
    """A bank account as it is kept."""
    return BankAccount(
        iban_sealed=secrets.seal(iban, field="iban"), iban_masked=mask_iban(iban), bic=bic_of(iban), holder=holder
    )


def new_member_number(company: Company) -> str:
    """A numéro adhérent nobody has: 7 digits, or 14 that begin with the company's (A1)."""
    while True:
        digits = f"{random.randbelow(9_000_000) + 1_000_000}"
        number = digits if company.member_number_length == 7 else company.numero_adherent + digits
        taken = identities.find(Identity.MEMBER_NUMBER, number) or identities.find(Identity.COMPANY_NUMBER, number)
        if taken is None:
            return number


def new_company_number() -> str:
    """A company's numéro adhérent nobody has: 7 digits."""
    while True:
        number = f"{random.randbelow(9_000_000) + 1_000_000}"
        taken = identities.find(Identity.COMPANY_NUMBER, number) or identities.find(Identity.MEMBER_NUMBER, number)
        if taken is None:
            return number


def account_id(member_id: str) -> str:
    """The id of a member's account, known before the account exists."""
    return tokens.derived_id("account", member_id)


def member_account(member: Member, *, at: datetime) -> Account:
    """The account that will open the member's space once they have chosen a password.

    Without an e-mail no confirmation can be sent: the opening delay then runs from the affiliation (H137).
    """
    return Account(
        account_id=account_id(member.member_id),
        kind=AccountKind.MEMBER,
        state=AccountState.INVITED,
        email=member.email,
        display_name=member.name,
        subject_ids=(member.member_id,),
        confirmed_at=None if member.email else at,
        created_at=at,
    )


def not_born_after(birth_date: date, today: date) -> bool:
    """Whether a birth date is possible: in the past, and at most 120 years ago."""
    return birth_date <= today and birth_date.year >= today.year - 120
