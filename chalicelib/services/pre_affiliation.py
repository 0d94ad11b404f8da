"""HR invites an employee to affiliate: minimal entry, a mail, a status that shows at once (H62–H75)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from chalicelib import clock
from chalicelib.domain.company import Company, Contract, Risk
from chalicelib.domain.errors import Conflict, FieldErrors, NotFound
from chalicelib.domain.member import (
    Affiliation,
    AffiliationState,
    Member,
    MemberSummary,
    check_affiliation_date,
    invitation_ends_on,
)
from chalicelib.services import affiliation, companies, messages, throttling, tokens
from chalicelib.services.deadlines import settle_overdue
from chalicelib.storage import accounts, contracts, identities, members
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Transaction, retry_stale
from chalicelib.texts.dates import day_in_words

ENDED = {AffiliationState.TERMINATED, AffiliationState.EVIN_OFFERED, AffiliationState.DECEASED}
LEAVING = {AffiliationState.TERMINATION_SCHEDULED, AffiliationState.PORTABILITY}
INVITABLE = {AffiliationState.PRE_AFFILIATED, AffiliationState.INVITATION_EXPIRED}
ALREADY = "already_affiliated"
"""The code of the conflict with an affiliation or an invitation that is there (H74)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What HR enters, and nothing else (H67)."""

    company_id: str
    risk: Risk
    contract_id: str
    email: str
    affiliation_date: date


def invite(invitation: Invitation) -> Member:
    """Pre-affiliate an employee and send them the invitation.

    Somebody already known under this e-mail in the company is affiliated to the further contract instead.
    Errors: ``FieldErrors`` on ``contract_id``, ``risk`` or ``affiliation_date``; ``Conflict`` for a duplicate.
    """
    contract = _eligible_contract(invitation)
    return retry_stale(partial(_invite, invitation, contract))


def _eligible_contract(invitation: Invitation) -> Contract:
    return eligible(invitation, contracts.get(invitation.company_id, invitation.contract_id))


def eligible(invitation: Invitation, contract: Contract | None) -> Contract:
    """The contract to which an employee may be invited on the day asked for (H73, H75).

    Errors: ``FieldErrors`` on ``contract_id`` or ``affiliation_date``.
    """
    if contract is None:
        raise FieldErrors.on("contract_id", "Choisissez l’un des contrats de la société.", "unknown_contract")
    if contract.risk is not invitation.risk:
        raise FieldErrors.on("contract_id", "Ce contrat ne couvre pas le risque choisi.", "other_risk")
    check_affiliation_date(invitation.affiliation_date, contract_period=contract.period, today=clock.today())
    return contract


def check_newcomer(known: MemberSummary, contract_id: str) -> None:
    """Refuse a further invitation of somebody known, who leaves, has left or has the contract already (H74).

    Errors: ``Conflict``.
    """
    if known.state is AffiliationState.CANCELLED:
        return
    if known.state in ENDED:
        sentence = "Cette personne a déjà été affiliée\u00a0: écrivez-nous pour que nous reprenions son dossier."
        raise Conflict("former_member", sentence, member_id=known.member_id)
    if contract_id in known.contract_ids:
        raise Conflict(ALREADY, "Ce salarié est déjà affilié ou invité à ce contrat.", member_id=known.member_id)
    if known.state in LEAVING:
        sentence = "Le départ de ce salarié est enregistré\u00a0: il ne peut pas être affilié à un autre contrat."
        raise Conflict("already_leaving", sentence, member_id=known.member_id)


def _invite(invitation: Invitation, contract: Contract) -> Member:
    known = _known(invitation.company_id, invitation.email)
    member = _with_affiliation(known, invitation, contract)
    company = companies.get(invitation.company_id)
    if member.state not in INVITABLE:
        return _extend(member, company, contract, invitation.affiliation_date)
    invited, token = _with_invitation(member)
    covered = _contracts_of(invited, read=(contract,))
    with Transaction() as transaction:
        members.save(transaction, invited)
        if known is None:
            key = f"{invitation.company_id}#{invitation.email}"
            identities.claim(transaction, Identity.INVITATION, key, invited.member_id)
        message_id = _write_mail(transaction, invited, company, covered, token)
    messages.dispatch(message_id)
    return invited


def _known(company_id: str, email: str) -> Member | None:
    """The employee whom the company invited under an address, or who is affiliated with it."""
    member_id = identities.find(Identity.INVITATION, f"{company_id}#{email}")
    if member_id is None:
        account_id = identities.find(Identity.MEMBER_EMAIL, email)
        account = accounts.get(account_id) if account_id else None
        member_id = account.subject_ids[0] if account else None
    member = members.get(member_id) if member_id else None
    return member if member and member.company_id == company_id else None


def _extend(member: Member, company: Company, contract: Contract, starts_on: date) -> Member:
    with Transaction() as transaction:
        members.save(transaction, member)
        message_ids = messages.tell(
            transaction,
            member.email,
            "affiliation_extended",
            occasion=f"affiliation-extended:{member.member_id}:{contract.contract_id}",
            context={
                "company": company.name,
                "contract_label": contract.label,
                "affiliation_date": day_in_words(starts_on),
            },
            about=member.member_id,
        )
    messages.dispatch(*message_ids)
    affiliation.request_card(member)
    return replace(member, version=member.version + 1)


def _with_affiliation(known: Member | None, invitation: Invitation, contract: Contract) -> Member:
    member = known or Member(
        member_id=tokens.new_id(),
        company_id=invitation.company_id,
        email=invitation.email,
        created_at=clock.now(),
    )
    kept = tuple(one for one in member.affiliations if one.state is not AffiliationState.CANCELLED)
    check_newcomer(member.summary, contract.contract_id)
    settled = bool(kept) and member.state not in INVITABLE
    new = Affiliation(
        contract_id=contract.contract_id,
        risk=contract.risk,
        starts_on=invitation.affiliation_date,
        state=member.state if settled else AffiliationState.PRE_AFFILIATED,
    )
    return replace(member, affiliations=(*kept, new))


def _with_invitation(member: Member) -> tuple[Member, str]:
    token, digest = tokens.new_token(member.member_id)
    renewed = member.with_affiliations_moved({AffiliationState.INVITATION_EXPIRED}, AffiliationState.PRE_AFFILIATED)
    return replace(renewed, invitation_hash=digest, invited_until=invitation_ends_on(clock.today())), token


def _contracts_of(member: Member, *, read: Iterable[Contract] = ()) -> list[tuple[Contract, date]]:
    """The contracts that the link of an invitation covers, each with the first day; those ``read`` are not read again.

    Errors: ``NotFound``.
    """
    known = {one.contract_id: one for one in read}
    found = []
    for one in member.affiliations:
        contract = known.get(one.contract_id) or contracts.get(member.company_id, one.contract_id)
        if contract is None:
            raise NotFound
        found.append((contract, one.starts_on))
    return found


def _write_mail(
    transaction: Transaction, member: Member, company: Company, covered: list[tuple[Contract, date]], token: str
) -> str:
    return messages.write(
        transaction,
        occasion=f"invitation:{member.invitation_hash}",
        template="pre_affiliation_invitation",
        recipient=member.email,
        context={
            "company": company.name,
            "contracts": " et ".join(
                f"au contrat «\u00a0{contract.label}\u00a0», à compter du {day_in_words(starts_on)}"
                for contract, starts_on in covered
            ),
            "link": messages.link_to("affiliation", token),
            "valid_until": day_in_words(member.invited_until or clock.today()),
        },
        about=member.member_id,
    )


def resend(company_id: str, member_id: str, *, source_ip: str) -> Member:
    """Send a new invitation, which replaces the former one (H74).

    Errors: ``NotFound``; ``Conflict`` once the employee has answered or HR has cancelled.
    """
    throttling.admit_attempt("resend-invitation", target=member_id, source_ip=source_ip)
    member = _invited(company_id, member_id)
    covered = _contracts_of(member)
    invited, token = _with_invitation(member)
    with Transaction() as transaction:
        members.save(transaction, invited)
        message_id = _write_mail(transaction, invited, companies.get(company_id), covered, token)
    messages.dispatch(message_id)
    return invited


def cancel(company_id: str, member_id: str) -> Member:
    """Cancel an invitation that was not answered; its link stops working at once (H74).

    Errors: ``NotFound``; ``Conflict`` once the employee has answered.
    """
    member = _invited(company_id, member_id)
    contract = contracts.get(company_id, member.affiliations[0].contract_id)
    cancelled = replace(member.with_affiliations_moved(INVITABLE, AffiliationState.CANCELLED), invited_until=None)
    with Transaction() as transaction:
        members.save(transaction, cancelled)
        message_id = messages.write(
            transaction,
            occasion=f"invitation-cancelled:{member.invitation_hash}",
            template="pre_affiliation_cancelled",
            recipient=member.email,
            context={"company": companies.get(company_id).name, "contract_label": contract.label if contract else ""},
            about=member.member_id,
        )
    messages.dispatch(message_id)
    return cancelled


def expire_invitations() -> int:
    """Mark the invitations whose last day has passed; returns how many."""
    return settle_overdue(members.followed_after, _expire)


def _expire(member_id: str, today: date) -> bool:
    member = members.get(member_id)
    if member is None or member.invited_until is None or member.invited_until >= today:
        return False
    if member.state is not AffiliationState.PRE_AFFILIATED:
        return False
    gone = member.with_affiliations_moved({AffiliationState.PRE_AFFILIATED}, AffiliationState.INVITATION_EXPIRED)
    with Transaction() as transaction:
        members.save(transaction, gone)
    return True


def _invited(company_id: str, member_id: str) -> Member:
    member = members.get(member_id)
    if member is None or member.company_id != company_id:
        raise NotFound
    if member.state not in INVITABLE:
        raise Conflict(
            "not_invited", "Cette invitation n’est plus en attente\u00a0: le salarié a répondu ou elle est annulée."
        )
    return member
