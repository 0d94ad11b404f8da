"""What an employer sees and changes of its employees: identity, contracts, covered people; never any care (H48–H61)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

from chalicelib import clock
from chalicelib.domain.account import Account
from chalicelib.domain.company import Address, Risk
from chalicelib.domain.errors import FieldError, FieldErrors, NotFound
from chalicelib.domain.member import (
    Affiliation,
    AffiliationState,
    Member,
    MemberChange,
    MemberField,
    MemberSummary,
    check_affiliation_date,
)
from chalicelib.domain.request import RequestState
from chalicelib.domain.search_text import searchable
from chalicelib.services import email_proposals, messages, pre_affiliation
from chalicelib.services.pre_affiliation import INVITABLE
from chalicelib.settings import insurer
from chalicelib.storage import companies, contracts, identities, members, requests
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Transaction, retry_stale

READ_AT_ONCE = 500
READINGS = 4
CHANGES_KEPT = 100
NUMBER = re.compile(r"\d{7}|\d{14}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list is narrowed to (H49).

    ``name`` is the beginning of the last name; ``text`` holds words of a name, e-mail or reference, or a numéro
    adhérent.
    """

    name: str = ""
    text: str = ""
    state: AffiliationState | None = None
    contract_id: str | None = None
    risk: Risk | None = None

    def admit(self, one: MemberSummary) -> bool:
        """Whether an employee is among those asked for."""
        return (
            one.listed_as.startswith(searchable(self.name))
            and self.state in {None, one.state}
            and (self.contract_id is None or self.contract_id in one.contract_ids)
            and (self.risk is None or self.risk in one.risks)
            and one.answers_to(self.text)
        )

    @property
    def read_by_key(self) -> bool:
        """Whether the list's own order leads to those asked for, and to nobody else."""
        return not self.text and self.contract_id is None and self.risk is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What HR changes; ``None`` leaves a thing as it is. ``starts_on`` holds affiliation dates by contract."""

    email: str | None = None
    reference: str | None = None
    address: Address | None = None
    starts_on: Mapping[str, date] = field(default_factory=dict)


def page(company_id: str, filters: Filters, *, after: str | None, limit: int) -> tuple[list[MemberSummary], str | None]:
    """One page of the employees of a company, affiliated or being affiliated, by name (H48).

    A search that no key leads to reads 2,000 employees at most: the page may then be short, and its cursor leads on.
    """
    if NUMBER.fullmatch(filters.text):
        return _with_number(company_id, filters), None
    if filters.read_by_key:
        return _read(company_id, filters, after=after, limit=limit)
    kept: list[MemberSummary] = []
    cursor = after
    for _ in range(READINGS):
        some, cursor = _read(company_id, filters, after=cursor, limit=READ_AT_ONCE)
        for position, one in enumerate(some, start=1):
            if filters.admit(one):
                kept.append(one)
            if len(kept) == limit:
                return kept, one.listed_as if cursor or position < len(some) else None
        if cursor is None:
            break
    return kept, cursor


def every(company_id: str, filters: Filters) -> Iterator[MemberSummary]:
    """Every employee asked for, by name, however many there are: read a few hundred at a time."""
    cursor = None
    while True:
        some, cursor = _read(company_id, filters, after=cursor, limit=READ_AT_ONCE)
        yield from (one for one in some if filters.admit(one))
        if cursor is None:
            return


def get(company_id: str, member_id: str) -> Member:
    """One employee of a company (H51).

    Errors: ``NotFound``, also for an employee of another company.
    """
    member = members.get(member_id)
    if member is None or member.company_id != company_id:
        raise NotFound
    return member


def modify(account: Account, company_id: str, member_id: str, changes: Changes, *, source_ip: str) -> Member:
    """Change what HR may change of an employee, and remember who changed what (H57, H138).

    The address and the first day of an invitation that was not answered: a new invitation then replaces the former one.
    The e-mail of somebody affiliated without one: an agent checks it first, since it opens a space that HR must not see
    into (H61, H137). Afterwards these are the employee's and the insurer's.

    Errors: ``NotFound``; ``FieldErrors``; ``TooManyAttempts`` when too many invitations were sent, the change being
    made.
    """
    changed, invites = retry_stale(partial(_modify, account, company_id, member_id, changes))
    return pre_affiliation.resend(company_id, member_id, source_ip=source_ip) if invites else changed


def _modify(account: Account, company_id: str, member_id: str, changes: Changes) -> tuple[Member, bool]:
    member = get(company_id, member_id)
    changed = _checked(member, changes)
    noted = _noted(member, changed, account)
    if not noted:
        return member, False
    changed = replace(changed, changes=(*member.changes, *noted)[-CHANGES_KEPT:])
    invites = member.state in INVITABLE and (changed.email, changed.affiliations) != (member.email, member.affiliations)
    if invites:
        changed = replace(changed, invitation_hash=None)
    proposal = None
    if changed.proposed_email != member.proposed_email:
        proposal = email_proposals.proposal_of(account, changed)
        changed = replace(changed, proposal_id=proposal.request_id)
    message_ids = []
    with Transaction() as transaction:
        members.save(transaction, changed)
        if changed.email != member.email:
            _move_invitation(transaction, member, changed)
        if proposal is not None:
            email_proposals.end(transaction, member, RequestState.CLOSED, actor=account.account_id, event="replaced")
            requests.save(transaction, proposal)
            message_ids.append(_tell_agents(transaction, changed))
    messages.dispatch(*message_ids)
    return replace(changed, version=changed.version + 1), invites


def _checked(member: Member, changes: Changes) -> Member:
    """The employee as changed, nothing being saved."""
    faults: list[FieldError] = []
    changed = member
    if changes.reference is not None:
        changed = replace(changed, reference=changes.reference)
    if changes.address is not None:
        if member.holder is None:
            sentence = "Le salarié indiquera son adresse en complétant son affiliation."
            faults.append(FieldError("address", sentence, "not_yet"))
        changed = replace(changed, address=changes.address)
    if changes.email is not None and changes.email != member.email:
        if member.state in INVITABLE:
            faults += _invited_elsewhere(member, changes.email)
            changed = replace(changed, email=changes.email)
        elif member.account_id is not None and member.email is None:
            changed = replace(changed, proposed_email=changes.email)
        else:
            sentence = "Cette adresse est celle de l’espace du salarié : lui seul peut la changer."
            faults.append(FieldError("email", sentence, "of_the_member"))
    dated, refused = _dated(member, changes.starts_on)
    if faults or refused:
        raise FieldErrors(*faults, *refused)
    return replace(changed, affiliations=dated)


def _invited_elsewhere(member: Member, email: str) -> list[FieldError]:
    owner = identities.find(Identity.INVITATION, f"{member.company_id}#{email}")
    if owner in {None, member.member_id}:
        return []
    return [FieldError("email", "Un autre salarié de la société est invité à cette adresse.", "email_used")]


def _dated(member: Member, starts_on: Mapping[str, date]) -> tuple[tuple[Affiliation, ...], list[FieldError]]:
    """The affiliations with their new first days, and what is wrong with these."""
    faults: list[FieldError] = []
    dated = {one.contract_id: one for one in member.affiliations}
    for position, (contract_id, day) in enumerate(starts_on.items()):
        place = f"affiliations[{position}]"
        affiliation = dated.get(contract_id)
        contract = contracts.get(member.company_id, contract_id)
        if affiliation is None or contract is None:
            faults.append(FieldError(f"{place}.contract_id", "Le salarié n’a pas ce contrat.", "unknown_contract"))
        elif day == affiliation.starts_on:
            continue
        elif affiliation.state not in INVITABLE:
            sentence = "Cette date ne change plus : le salarié a répondu à son invitation."
            faults.append(FieldError(f"{place}.starts_on", sentence, "answered"))
        else:
            try:
                check_affiliation_date(day, contract_period=contract.period, today=clock.today())
            except FieldErrors as refused:
                faults += [FieldError(f"{place}.starts_on", one.message, one.code) for one in refused.faults]
            dated[contract_id] = replace(affiliation, starts_on=day)
    return tuple(dated[one.contract_id] for one in member.affiliations), faults


def _noted(member: Member, changed: Member, account: Account) -> list[MemberChange]:
    """What differs, as the history tells it."""
    pairs = [
        (MemberField.EMAIL, member.email or member.proposed_email or "", changed.proposed_email or changed.email or ""),
        (MemberField.REFERENCE, member.reference, changed.reference),
        (MemberField.ADDRESS, _in_a_line(member.address), _in_a_line(changed.address)),
    ]
    pairs += [
        (MemberField.STARTS_ON, f"{before.starts_on:%d/%m/%Y}", f"{after.starts_on:%d/%m/%Y}")
        for before, after in zip(member.affiliations, changed.affiliations, strict=True)
    ]
    return [
        MemberChange(
            at=clock.now(),
            account_id=account.account_id,
            by=account.display_name,
            field=what,
            before=before,
            after=after,
        )
        for what, before, after in pairs
        if before != after
    ]


def _in_a_line(address: Address | None) -> str:
    return address.in_one_line if address else ""


def _move_invitation(transaction: Transaction, member: Member, changed: Member) -> None:
    """Find the employee under the new address from now on, and no longer under the former one."""
    for email in (member.email, changed.email):
        key = f"{member.company_id}#{email}"
        owner = identities.find(Identity.INVITATION, key)
        if email == changed.email and owner is None:
            identities.claim(transaction, Identity.INVITATION, key, member.member_id)
        if email == member.email and owner == member.member_id:
            identities.release(transaction, Identity.INVITATION, key, member.member_id)


def _tell_agents(transaction: Transaction, member: Member) -> str:
    """The mail that puts an address given by an employer before the agents, in the mailbox they share."""
    company = companies.get(member.company_id)
    return messages.write(
        transaction,
        occasion=f"email-proposed:{member.member_id}:{member.version}",
        template="email_proposed",
        recipient=insurer().production_mailbox,
        context={"company": company.name if company else "", "numero_adherent": member.numero_adherent or ""},
        about=member.member_id,
    )


def _with_number(company_id: str, filters: Filters) -> list[MemberSummary]:
    member_id = identities.find(Identity.MEMBER_NUMBER, filters.text)
    member = members.get(member_id) if member_id else None
    if member is None or member.company_id != company_id or not filters.admit(member.summary):
        return []
    return [member.summary]


def _read(
    company_id: str, filters: Filters, *, after: str | None, limit: int
) -> tuple[list[MemberSummary], str | None]:
    return members.page_of_company(company_id, state=filters.state, beginning=filters.name, after=after, limit=limit)
