"""Erasing a person who is no longer covered: at once what nothing asks to keep, the rest once the law lets it go.

An agent asks for it; a worker does it in steps, each safe to repeat; the daily run goes on with what has become free
since, until the person is gone too. What went and what stays, until when and why, is told at any time.
"""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from chalicelib import clock
from chalicelib.domain.decomptes import confidential_key
from chalicelib.domain.erasure import Erasure, ErasureState, Stage
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.member import AffiliationState, Member
from chalicelib.domain.reimbursement import Reimbursement
from chalicelib.domain.request import LABELS, Request, RequestSummary
from chalicelib.domain.retention import Category, kept_until, source
from chalicelib.gateways import documents, queues
from chalicelib.observability import log
from chalicelib.services import departure_letters, flow_items
from chalicelib.services.claims import reference
from chalicelib.storage import accounts, erasures, flows, identities, journal, members, reimbursements, requests
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Stale, Transaction, retry_stale

NEVER_BEGUN = {AffiliationState.INVITATION_EXPIRED, AffiliationState.CANCELLED}
PAGE = 25
FROM_FLOW = "flow"


def ask(member_id: str, *, asked_by: str) -> Erasure:
    """Have a person erased; asked again, what has become free since goes too.

    Errors: ``NotFound``; ``Conflict`` while the person is covered, or a démarche of theirs is open: it says which.
    """
    begun = retry_stale(partial(_begin, member_id, asked_by))
    _go_on(member_id)
    return begun


def _begin(member_id: str, asked_by: str) -> Erasure:
    member = members.get(member_id)
    if member is None:
        raise NotFound
    _check_cover(member, clock.today())
    _check_requests(member_id)
    known = erasures.get(member_id)
    if known is not None and known.state is ErasureState.RUNNING:
        return known
    asked = known or Erasure(member_id=member_id, asked_at=clock.now(), asked_by=asked_by)
    return _kept(asked.begun_again())


def get(member_id: str) -> Erasure:
    """What became of a person's data so far.

    Errors: ``NotFound`` when nobody asked for it.
    """
    found = erasures.get(member_id)
    if found is None:
        raise NotFound
    return found


def continue_due() -> int:
    """Go on with the erasures whose day has come, and with those that were left half-way; returns how many.

    That of somebody who is covered again is stopped; one whose person has a démarche open is tried again another day.
    """
    due = erasures.due(clock.today())
    for member_id in due:
        retry_stale(partial(_resume, member_id))
        _go_on(member_id)
    return len(due)


def _resume(member_id: str) -> None:
    known = erasures.get(member_id)
    if known is not None and known.state is ErasureState.WAITING:
        _kept(known.begun_again())


def _go_on(member_id: str) -> None:
    queues.send("erasures", {"member_id": member_id})


def step(member_id: str) -> None:
    """Take an erasure one step further, and ask for the next; safe to repeat.

    Errors: ``Stale`` when another step is under way: it is tried again.
    """
    erasure = erasures.get(member_id)
    if erasure is None or erasure.state is not ErasureState.RUNNING or not _may_go_on(erasure):
        return
    done = STEPS[erasure.stage](erasure)
    if done.stage is Stage.OVER:
        state = ErasureState.WAITING if done.keeps else ErasureState.DONE
        done = _kept(replace(done, state=state, ran_at=clock.now()))
        log("erasure", count=sum(one.erased for one in done.report), outcome=state.lower())
        return
    _kept(done)
    _go_on(member_id)


def _may_go_on(erasure: Erasure) -> bool:
    """Whether nothing stands in the way since an agent asked; a person covered again stops it for good."""
    member = members.get(erasure.member_id)
    if member is not None and _is_covered(member, clock.today()):
        _kept(replace(erasure, state=ErasureState.STOPPED, ran_at=clock.now()))
        return False
    return _open_request(erasure.member_id) is None


def _kept(erasure: Erasure) -> Erasure:
    with Transaction() as transaction:
        erasures.save(transaction, erasure)
    return replace(erasure, version=erasure.version + 1)


def _is_covered(member: Member, today: date) -> bool:
    return any(one.state not in NEVER_BEGUN and not _ended(one.ends_on, today) for one in member.affiliations)


def _still_ended(member: Member) -> None:
    """Errors: ``Stale`` for somebody who was covered again since the step began: its next try stops the erasure."""
    if _is_covered(member, clock.today()):
        raise Stale


def _check_cover(member: Member, today: date) -> None:
    if _is_covered(member, today):
        sentence = "Cette personne est encore couverte\u00a0: mettez d’abord fin à son affiliation."
        raise Conflict("still_covered", sentence)


def _check_requests(member_id: str) -> None:
    found = _open_request(member_id)
    if found is not None:
        raise _open(found)


def _open_request(member_id: str) -> RequestSummary | None:
    before: str | None = None
    while True:
        page, before = requests.page_about_member(member_id, before=before)
        found = next((one for one in page if one.is_open), None)
        if found is not None or before is None:
            return found


def _open(one: RequestSummary) -> Conflict:
    sentence = (
        f"Une démarche de cette personne est encore ouverte\u00a0: «\u00a0{one.title}\u00a0», "
        f"{reference(one.request_id)} ({LABELS[one.state].lower()}). Terminez-la d’abord."
    )
    return Conflict("request_open", sentence, request_id=one.request_id, kind=one.kind)


def _ended(ends_on: date | None, today: date) -> bool:
    return ends_on is not None and ends_on < today


def _access(erasure: Erasure) -> Erasure:
    member = members.get(erasure.member_id)
    if member is None:
        return replace(erasure, stage=Stage.REQUESTS)
    restricted = _restricted(member)
    if restricted == member:
        return erasure.gone_on(None)
    _still_ended(member)
    if member.account_id:
        accounts.erase(member.account_id)
    if member.card is not None:
        documents.delete("documents", member.card.key)
    done = (
        erasure.noted(Category.ACCESS, erased=int(member.account_id is not None))
        .noted(Category.CONTACT, erased=sum(1 for one in (member.email, member.bank_account) if one))
        .noted(Category.CARD, erased=int(member.card is not None))
    )
    with Transaction() as transaction:
        _release_access(transaction, member)
        members.save(transaction, restricted)
        erasures.save(transaction, done)
    return replace(done, version=done.version + 1).gone_on(None)


def _restricted(member: Member) -> Member:
    """What the records of a person need of them: no way in, no way to write to them, no account to pay."""
    return replace(
        member,
        email=None,
        bank_account=None,
        credited=None,
        debited=None,
        accountant=None,
        account_id=None,
        card=None,
        invitation_hash=None,
        reference="",
        proposed_email=None,
        proposal_id=None,
        changes=(),
        beneficiaries=tuple(replace(one, sharing=None) for one in member.beneficiaries),
    )


def _requests(erasure: Erasure) -> Erasure:
    page, following = requests.page_about_member(erasure.member_id, before=erasure.place, limit=PAGE)
    found = [one for summary in page if (one := requests.get(summary.request_id)) is not None]
    ends = {one.request_id: kept_until(Category.CLAIM_FILES, _closed_on(one)) for one in found}
    for one in found:
        if _is_free(ends[one.request_id]):
            erasure = _request(erasure, one)
    return _noting_kept(erasure, Category.CLAIM_FILES, list(ends.values())).gone_on(following)


def _request(erasure: Erasure, request: Request) -> Erasure:
    for key in request.document_keys:
        documents.delete("documents", key)
    done = erasure.noted(Category.CLAIM_FILES, erased=1)
    with Transaction() as transaction:
        requests.erase(transaction, request)
        erasures.save(transaction, done)
    return replace(done, version=done.version + 1)


def _closed_on(request: Request) -> date:
    return clock.paris_day(request.history[-1].at if request.history else request.created_at)


def _is_free(until: date | None) -> bool:
    return until is None or _ended(until, clock.today())


def _noting_kept(erasure: Erasure, category: Category, ends: list[date | None]) -> Erasure:
    """What stays is told once its page is done, so that a page begun again counts it once."""
    for until in ends:
        if until is not None and not _is_free(until):
            erasure = erasure.noted(category, kept_until=until, source=source(category, clock.today()))
    return erasure


def _flows(erasure: Erasure) -> Erasure:
    """What the scheme told of somebody and was never settled; the next page begins where these were."""
    found = flows.never_settled(erasure.member_id, limit=PAGE)
    done = erasure.noted(Category.FLOWS, erased=len(found)) if found else erasure
    for one in found:
        flow_items.erase(one)
    with Transaction() as transaction:
        for one in found:
            flows.erase(transaction, one)
        erasures.save(transaction, done)
    done = replace(done, version=done.version + 1)
    return done.gone_on("more" if found else None)


def _reimbursements(erasure: Erasure) -> Erasure:
    page, following = reimbursements.page_of_member(
        erasure.member_id, decided_from=None, decided_to=None, before=erasure.place, limit=PAGE
    )
    ends = {one.reimbursement_id: kept_until(Category.ACCOUNTING, clock.paris_day(one.decided_at)) for one in page}
    for one in page:
        if _is_free(ends[one.reimbursement_id]):
            erasure = _reimbursement(erasure, one)
    return _noting_kept(erasure, Category.ACCOUNTING, list(ends.values())).gone_on(following)


def _reimbursement(erasure: Erasure, one: Reimbursement) -> Erasure:
    documents.delete("documents", one.statement_key)
    documents.delete("documents", confidential_key(one))
    flow = flows.get(one.claim_id) if one.source == FROM_FLOW else None
    done = erasure.noted(Category.ACCOUNTING, erased=1)
    if flow is not None:
        flow_items.erase(flow)
    with Transaction() as transaction:
        reimbursements.erase(transaction, one)
        if flow is not None:
            flows.erase(transaction, flow)
        erasures.save(transaction, done)
    return replace(done, version=done.version + 1)


def _journal(erasure: Erasure) -> Erasure:
    gone, last = journal.erase(erasure.member_id, now=clock.now(), limit=PAGE)
    done = erasure.noted(Category.JOURNAL, erased=gone)
    if last is not None and gone < PAGE:
        until = clock.paris_day(last) - timedelta(days=1)
        done = done.noted(Category.JOURNAL, kept_until=until, source=source(Category.JOURNAL, clock.today()))
    return done.gone_on("more" if gone == PAGE else None)


def _person(erasure: Erasure) -> Erasure:
    member = members.get(erasure.member_id)
    if member is None:
        return erasure.gone_on(None)
    _still_ended(member)
    people = len(member.beneficiaries)
    ends = [kept_until(Category.CONTRIBUTIONS, day) for day in _ends(member)]
    erasure = _noting_kept(erasure, Category.CONTRIBUTIONS, ends)
    if erasure.keeps:
        until = max((one.kept_until for one in erasure.report if one.kept_until), default=None)
        reason = "Ce qui précède doit rester attribuable à la personne."
        return erasure.noted(Category.IDENTITY, kept_until=until, source=reason).gone_on(None)
    departure_letters.erase(member)
    done = erasure.noted(Category.IDENTITY, erased=people)
    with Transaction() as transaction:
        _remove(transaction, member)
        erasures.save(transaction, done)
    return replace(done, version=done.version + 1).gone_on(None)


def _ends(member: Member) -> list[date]:
    """The last days of the affiliations for which pay and contributions were declared."""
    return [one.ends_on for one in member.affiliations if one.state not in NEVER_BEGUN and one.ends_on]


def _remove(transaction: Transaction, member: Member) -> None:
    """Remove a person; their numéro is nobody's any more, and a file from before their erasure brings nobody back."""
    _release_access(transaction, member)
    if member.numero_adherent:
        identities.retire(transaction, Identity.MEMBER_NUMBER, member.numero_adherent, member.member_id)
    if member.holder and member.holder.nir:
        key = f"{member.company_id}#{member.holder.nir.lookup}"
        identities.release(transaction, Identity.COMPANY_NIR, key, member.member_id)
        if identities.find(Identity.ERASED_NIR, key) is None:
            identities.claim(transaction, Identity.ERASED_NIR, key, clock.today().isoformat())
    members.erase(transaction, member)


def _release_access(transaction: Transaction, member: Member) -> None:
    if member.email and member.account_id:
        identities.release(transaction, Identity.MEMBER_EMAIL, member.email, member.account_id)
    if member.email and identities.find(Identity.INVITATION, f"{member.company_id}#{member.email}") == member.member_id:
        identities.release(transaction, Identity.INVITATION, f"{member.company_id}#{member.email}", member.member_id)


STEPS = {
    Stage.ACCESS: _access,
    Stage.REQUESTS: _requests,
    Stage.FLOWS: _flows,
    Stage.REIMBURSEMENTS: _reimbursements,
    Stage.JOURNAL: _journal,
    Stage.PERSON: _person,
}
