"""Erasing a person who is no longer covered: at once what nothing asks to keep, the rest once the law lets it go.

Asked again later it erases what has become free meanwhile; the last time, the person too.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import partial

from chalicelib import clock
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.member import AffiliationState, Member
from chalicelib.domain.reimbursement import Reimbursement
from chalicelib.domain.request import Actor, Request
from chalicelib.domain.retention import Category, Erased, kept_until, source
from chalicelib.gateways import documents
from chalicelib.observability import log
from chalicelib.services import departure_letters
from chalicelib.storage import accounts, identities, members, reimbursements, requests
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Transaction, retry_stale

NEVER_BEGUN = {AffiliationState.INVITATION_EXPIRED, AffiliationState.CANCELLED}
PAGE = 100


def erase(member_id: str) -> tuple[Erased, ...]:
    """Erase what may be erased of a person; tells of each category what went, what stays, until when and why.

    Errors: ``NotFound``; ``Conflict`` while the person is covered or a démarche of theirs is open.
    """
    member = members.get(member_id)
    if member is None:
        raise NotFound
    today = clock.today()
    _check_cover(member, today)
    about = _requests(member)
    _check_requests(about)
    found = (
        _access(member),
        _card(member),
        _claim_files(about, today),
        _accounting(member_id, today),
    )
    kept = sum(one.kept for one in found)
    report = (*found, *_person(member, kept=bool(kept), until=max(_ends(found), default=None)))
    log("erasure", count=sum(one.erased for one in report), outcome="restricted" if kept else "erased")
    return report


def _check_cover(member: Member, today: date) -> None:
    covered = any(one.state not in NEVER_BEGUN and not _ended(one.ends_on, today) for one in member.affiliations)
    if covered:
        sentence = "Cette personne est encore couverte\u00a0: mettez d’abord fin à son affiliation."
        raise Conflict("still_covered", sentence)


def _check_requests(about: list[Request]) -> None:
    if any(one.next_actor is not Actor.NOBODY for one in about):
        sentence = "Une démarche de cette personne est encore ouverte\u00a0: terminez-la d’abord."
        raise Conflict("request_open", sentence)


def _ended(ends_on: date | None, today: date) -> bool:
    return ends_on is not None and ends_on < today


def _requests(member: Member) -> list[Request]:
    """The requests that the person opened, and those that the employer opened about them."""
    listed = requests.of_member(member.member_id, limit=10_000)
    before: str | None = None
    while True:
        page, before = requests.page_of_company(member.company_id, before=before, limit=PAGE)
        listed += [one for one in page if one.member_id == member.member_id]
        if before is None:
            break
    found = (requests.get(one.request_id) for one in listed)
    return [one for one in found if one is not None]


def _access(member: Member) -> Erased:
    erased = accounts.erase(member.account_id) if member.account_id else 0
    return Erased(category=Category.ACCESS, erased=erased)


def _card(member: Member) -> Erased:
    if member.card_key is None:
        return Erased(category=Category.CARD)
    documents.delete("documents", member.card_key)
    return Erased(category=Category.CARD, erased=1)


def _claim_files(about: list[Request], today: date) -> Erased:
    ends = {one.request_id: kept_until(Category.CLAIM_FILES, _closed_on(one)) for one in about}
    free = [one for one in about if _ended(ends[one.request_id], today)]
    for request in free:
        for attachment in request.attachments:
            if attachment.key:
                documents.delete("documents", attachment.key)
        with Transaction() as transaction:
            requests.erase(transaction, request)
    kept = [end for request_id, end in ends.items() if end and request_id not in {one.request_id for one in free}]
    return _told(Category.CLAIM_FILES, erased=len(free), kept=kept, today=today)


def _closed_on(request: Request) -> date:
    return clock.paris_day(request.history[-1].at if request.history else request.created_at)


def _accounting(member_id: str, today: date) -> Erased:
    erased, kept = 0, []
    for one in _reimbursements(member_id):
        end = kept_until(Category.ACCOUNTING, clock.paris_day(one.decided_at))
        if end is not None and not _ended(end, today):
            kept.append(end)
            continue
        documents.delete("documents", one.statement_key)
        with Transaction() as transaction:
            reimbursements.erase(transaction, one)
        erased += 1
    return _told(Category.ACCOUNTING, erased=erased, kept=kept, today=today)


def _reimbursements(member_id: str) -> Iterable[Reimbursement]:
    before: str | None = None
    while True:
        page, before = reimbursements.page_of_member(
            member_id, decided_from=None, decided_to=None, before=before, limit=PAGE
        )
        yield from page
        if before is None:
            return


def _told(category: Category, *, erased: int, kept: list[date], today: date) -> Erased:
    return Erased(
        category=category,
        erased=erased,
        kept=len(kept),
        kept_until=max(kept, default=None),
        source=source(category, today) if kept else "",
    )


def _ends(found: Iterable[Erased]) -> list[date]:
    return [one.kept_until for one in found if one.kept_until is not None]


def _person(member: Member, *, kept: bool, until: date | None) -> tuple[Erased, ...]:
    retry_stale(partial(_restrict if kept else _remove, member.member_id))
    contact = Erased(category=Category.CONTACT, erased=sum(1 for one in (member.email, member.bank_account) if one))
    if not kept:
        return contact, Erased(category=Category.IDENTITY, erased=len(member.beneficiaries))
    reason = "Ce qui précède doit rester attribuable à la personne."
    people = len(member.beneficiaries)
    return contact, Erased(category=Category.IDENTITY, kept=people, kept_until=until, source=reason)


def _restrict(member_id: str) -> None:
    """Keep of a person what their records need: no way in, no way to write to them, no account to pay."""
    member = members.get(member_id)
    if member is None or (member.email, member.bank_account, member.account_id, member.card_key) == (None,) * 4:
        return
    with Transaction() as transaction:
        _release_access(transaction, member)
        restricted = replace(
            member,
            email=None,
            bank_account=None,
            account_id=None,
            card_key=None,
            invitation_hash=None,
            reference="",
            proposed_email=None,
            changes=(),
        )
        members.save(transaction, restricted)


def _remove(member_id: str) -> None:
    member = members.get(member_id)
    if member is None:
        return
    with Transaction() as transaction:
        _release_access(transaction, member)
        if member.numero_adherent:
            identities.release(transaction, Identity.MEMBER_NUMBER, member.numero_adherent, member_id)
        if member.holder and member.holder.nir:
            key = f"{member.company_id}#{member.holder.nir.lookup}"
            identities.release(transaction, Identity.COMPANY_NIR, key, member_id)
        members.erase(transaction, member)
    departure_letters.erase(member)


def _release_access(transaction: Transaction, member: Member) -> None:
    if member.email and member.account_id:
        identities.release(transaction, Identity.MEMBER_EMAIL, member.email, member.account_id)
    if member.email and identities.find(Identity.INVITATION, f"{member.company_id}#{member.email}") == member.member_id:
        identities.release(transaction, Identity.INVITATION, f"{member.company_id}#{member.email}", member.member_id)
