"""What follows a departure by itself, day by day: its effect, portability with its proofs, loi Évin (H79, H80).

Rights never wait for the daily run: cover is decided by days. A run makes the states, the card and the letters follow.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from chalicelib import clock
from chalicelib.domain import leaving
from chalicelib.domain.departure import Departure, DepartureReason
from chalicelib.domain.law import parameter
from chalicelib.domain.member import AffiliationState, Member
from chalicelib.domain.portability import Portability, PortabilityEnd, PortabilityState, asked_again_on
from chalicelib.domain.request import Actor, Request, RequestKind, RequestState
from chalicelib.domain.required_documents import RequiredDocument, for_portability
from chalicelib.services import affiliation, departure_letters, messages, tokens
from chalicelib.services.deadlines import every_step, settle_overdue
from chalicelib.storage import members, requests
from chalicelib.storage.transaction import Transaction, retry_stale
from chalicelib.texts.dates import day_in_words


def follow_departures() -> int:
    """Take every step whose day has come; returns for how many members."""
    return settle_overdue(members.followed_after, partial(every_step, _step))


def _step(member_id: str, today: date) -> bool:
    member = members.get(member_id)
    departure = member.departure if member else None
    due_on = leaving.next_day(member) if member else None
    if member is None or departure is None or due_on is None or due_on >= today:
        return False
    if member.state is AffiliationState.TERMINATION_SCHEDULED:
        return _take_effect(member, departure)
    right = departure.portability
    if right is not None and right.state is not PortabilityState.ENDED:
        return _follow_portability(member, departure, right, today)
    lapsed = member.with_affiliations_moved({AffiliationState.EVIN_OFFERED}, AffiliationState.TERMINATED)
    with Transaction() as transaction:
        members.save(transaction, lapsed)
    return True


def effect(member: Member, request: Request) -> tuple[Member, Request]:
    """A departure whose last day of cover has passed, and its démarche, accepted."""
    if member.departure is None:
        return member, request
    left = leaving.in_effect(member, member.departure, today=clock.today())
    accepted = request.moved_to(RequestState.ACCEPTED, at=clock.now(), actor="system", event="departure_in_effect")
    return left, accepted


def _take_effect(member: Member, departure: Departure) -> bool:
    request = requests.get(departure.request_id)
    if request is None or request.state is not RequestState.SCHEDULED:
        return False
    left, accepted = effect(member, request)
    with Transaction() as transaction:
        members.save(transaction, left)
        requests.save(transaction, accepted)
        message_ids = tell_offer(transaction, left)
    _afterwards(left, message_ids)
    return True


def _follow_portability(member: Member, departure: Departure, right: Portability, today: date) -> bool:
    if right.state is not PortabilityState.PROOF_PENDING and right.ends_on < today:
        return _end(member, PortabilityEnd.TERM, last=right.ends_on, today=today)
    if right.state is PortabilityState.ACTIVE:
        return _ask_again(member, departure, right, today)
    if right.proof_due_on < today:
        awaited = requests.get(right.proof_request_id)
        if awaited is not None and awaited.scanning:
            return False
        return _end(member, PortabilityEnd.NOT_JUSTIFIED, last=right.proof_due_on, today=today)
    return _remind(member, departure, right)


def _end(member: Member, why: PortabilityEnd, *, last: date, today: date) -> bool:
    ended = leaving.kept_no_longer(member, why, last=last, today=today)
    with Transaction() as transaction:
        members.save(transaction, ended)
        close_proof(transaction, member.departure)
        message_ids = tell(
            transaction,
            ended,
            "portability_ended",
            occasion=_occasion(member),
            context={"ended_on": day_in_words(_last_day(member, last))},
        )
        message_ids += tell_offer(transaction, ended)
    _afterwards(ended, message_ids)
    return True


def _last_day(member: Member, last: date) -> date:
    """The last day of a portability, or of the cover as an employee when it never began."""
    kept = any(one.state is AffiliationState.PORTABILITY for one in member.affiliations)
    return last if kept or member.departure is None else member.departure.covered_until


def _ask_again(member: Member, departure: Departure, right: Portability, today: date) -> bool:
    due_on = today + timedelta(days=int(parameter("portability.proof.wait", on=today).value))
    request = proof_request(member, due_on)
    asked = replace(
        right,
        state=PortabilityState.PROOF_DUE,
        proof_request_id=request.request_id,
        proof_due_on=due_on,
        reminded=False,
        round=right.round + 1,
    )
    changed = replace(member, departure=replace(departure, portability=asked))
    with Transaction() as transaction:
        members.save(transaction, changed)
        requests.save(transaction, request)
        message_ids = _ask(transaction, changed, asked, "portability_proof_asked")
    messages.dispatch(*message_ids)
    return True


def _remind(member: Member, departure: Departure, right: Portability) -> bool:
    reminded = replace(right, reminded=True)
    changed = replace(member, departure=replace(departure, portability=reminded))
    with Transaction() as transaction:
        members.save(transaction, changed)
        message_ids = _ask(transaction, changed, reminded, "portability_proof_reminder")
    messages.dispatch(*message_ids)
    return True


def _ask(transaction: Transaction, member: Member, right: Portability, template: str) -> list[str]:
    context = {"respond_by": day_in_words(right.proof_due_on)}
    return tell(transaction, member, template, occasion=_occasion(member), context=context)


def progress(request: Request) -> None:
    """Open or prolong portability once its proof is complete; safe to repeat (H79)."""
    member_id = retry_stale(partial(_progress, request.request_id))
    if member_id is not None:
        every_step(_step, member_id, clock.today())


def _progress(request_id: str) -> str | None:
    """The member whose portability this proof justified, if it did."""
    request = requests.get(request_id)
    if request is None or request.state is not RequestState.PENDING_DOCUMENTS or request.missing:
        return None
    member = members.get(request.member_id)
    departure = member.departure if member else None
    right = departure.portability if departure else None
    if member is None or departure is None or right is None or right.proof_request_id != request_id:
        return None
    counted_from = max(clock.today(), departure.declared.leaving_on)
    proved = replace(right, state=PortabilityState.ACTIVE, proof_due_on=asked_again_on(counted_from), reminded=False)
    changed = replace(member, departure=replace(departure, portability=proved))
    begins = (
        right.state is PortabilityState.PROOF_PENDING and member.state is not AffiliationState.TERMINATION_SCHEDULED
    )
    if begins:
        changed = leaving.kept(changed)
    accepted = request.moved_to(RequestState.ACCEPTED, at=clock.now(), actor="system", event="documents_complete")
    with Transaction() as transaction:
        members.save(transaction, changed)
        requests.save(transaction, accepted)
        message_ids = tell(
            transaction,
            changed,
            "portability_justified",
            occasion=request_id,
            context={"kept_until": day_in_words(right.ends_on)},
        )
    _afterwards(changed, message_ids)
    return member.member_id


def proof_request(member: Member, due_on: date) -> Request:
    """The démarche by which somebody justifies portability; it shows among their own (H79)."""
    return Request(
        request_id=tokens.new_id(),
        kind=RequestKind.PORTABILITY_PROOF,
        member_id=member.member_id,
        member_name=member.name,
        company_id=member.company_id,
        opened_by=Actor.MEMBER,
        state=RequestState.PENDING_DOCUMENTS,
        required=proof_documents(member, due_on),
        title="Portabilité\u00a0: justifier l’indemnisation par France Travail",
        created_at=clock.now(),
    )


def proof_documents(member: Member, due_on: date) -> tuple[RequiredDocument, ...]:
    """What justifies portability, with the day by which it is expected."""
    return for_portability(member.member_id, respond_by=day_in_words(due_on))


def close_proof(transaction: Transaction, departure: Departure | None, *, but: Request | None = None) -> None:
    """Close the démarche that no longer has anything to justify, unless it goes on."""
    right = departure.portability if departure else None
    if right is None or (but is not None and but.request_id == right.proof_request_id):
        return
    request = requests.get(right.proof_request_id)
    if request is not None and request.state is RequestState.PENDING_DOCUMENTS:
        closed = request.moved_to(RequestState.CLOSED, at=clock.now(), actor="system", event="proof_no_longer_awaited")
        requests.save(transaction, closed)


def tell_offer(transaction: Transaction, member: Member) -> list[str]:
    """The mail that announces the offer of loi Évin, when one was made just now."""
    offer = member.departure.evin if member.departure else None
    if offer is None:
        return []
    context = {"ended_on": day_in_words(offer.cover_ended_on), "answer_by": day_in_words(offer.answer_by)}
    return tell(transaction, member, "evin_offered", occasion=_occasion(member), context=context)


def tell(
    transaction: Transaction, member: Member, template: str, *, occasion: str, context: Mapping[str, str]
) -> list[str]:
    """Add a mail to the leaver, if they have an address and are alive."""
    departure = member.departure
    dead = departure is not None and departure.declared.reason is DepartureReason.DEATH
    recipient = None if dead else member.email
    return messages.tell(
        transaction, recipient, template, occasion=f"{template}:{occasion}", context=context, about=member.member_id
    )


def _occasion(member: Member) -> str:
    """What tells one step of a departure from any other, and is the same when the step is tried again."""
    departure = member.departure
    right = departure.portability if departure else None
    return f"{departure.request_id if departure else member.member_id}:{right.round if right else 0}"


def _afterwards(member: Member, message_ids: list[str]) -> None:
    """What a step leaves to the workers: mails, letters, the card."""
    messages.dispatch(*message_ids)
    departure_letters.request(member)
    affiliation.request_card(member)
