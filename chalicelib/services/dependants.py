"""What happens to covered people by themselves: certificates that run out, removals that take effect (M53, M55, M57).

Cover never waits for the daily run: it is decided by days. A run asks for the next certificate, tells of what has
stopped or ended, and has the card written anew.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial

from chalicelib import clock
from chalicelib.domain import evidence
from chalicelib.domain.evidence import Proof, ProofStage
from chalicelib.domain.member import Beneficiary, Member, Removal
from chalicelib.domain.request import Actor, Request, RequestKind, RequestState
from chalicelib.domain.required_documents import for_certificate
from chalicelib.services import affiliation, messages, tokens
from chalicelib.services.deadlines import every_step, settle_overdue
from chalicelib.storage import members, requests
from chalicelib.storage.transaction import Transaction, retry_stale
from chalicelib.texts.dates import day_in_words


def follow() -> int:
    """Take every step whose day has come; returns for how many members."""
    return settle_overdue(members.followed_after, partial(every_step, _step))


def _step(member_id: str, today: date) -> bool:
    member = members.get(member_id)
    if member is None:
        return False
    due = [one for one in member.beneficiaries if one.next_day and one.next_day < today]
    return any(_step_of(member, one, today) for one in due)


def _step_of(member: Member, person: Beneficiary, today: date) -> bool:
    removal, proof = person.removal, person.held_proof
    if removal is not None and not removal.done and removal.ends_on < today:
        return _remove(member, person, removal)
    return proof is not None and _see_to(member, person, proof, today)


def _remove(member: Member, person: Beneficiary, removal: Removal) -> bool:
    """Record that the last day of somebody who was removed has passed (A13, M57)."""
    request_id = removal.request_id
    request = requests.get(request_id)
    changed = member.with_beneficiary(replace(person, removal=replace(removal, done=True)))
    with Transaction() as transaction:
        members.save(transaction, changed)
        if request is not None and request.state is RequestState.SCHEDULED:
            accepted = request.moved_to(RequestState.ACCEPTED, at=clock.now(), actor=Actor.SYSTEM, event="removed")
            requests.save(transaction, accepted)
        context = {"ended_on": day_in_words(person.ends_on or removal.ends_on)}
        message_ids = tell(transaction, member, "beneficiary_removed", occasion=request_id, context=context)
    return _afterwards(changed, message_ids)


def _see_to(member: Member, person: Beneficiary, proof: Proof, today: date) -> bool:
    """The next step about a proof: ask for the next one, tell that cover has stopped, end it.

    Nothing is asked or told of somebody whose cover ends no later anyway: what had been asked is closed.
    """
    if person.ends_on is not None and person.ends_on <= proof.until:
        begins = proof.stage is ProofStage.HELD
        return _note(member, person, replace(proof, stage=ProofStage.ASKED if begins else ProofStage.ENDED))
    if proof.final:
        return _end_with_age(member, person, proof)
    if proof.stage is ProofStage.LAPSED:
        return _end(member, person, proof)
    if proof.request_id is None:
        return _ask(member, person, proof, today)
    return _lapse(member, person, proof)


def _note(member: Member, person: Beneficiary, proof: Proof) -> bool:
    changed = member.with_beneficiary(replace(person, proof=proof))
    with Transaction() as transaction:
        members.save(transaction, changed)
        if proof.stage is ProofStage.ENDED:
            _close(transaction, proof)
    return True


def _ask(member: Member, person: Beneficiary, proof: Proof, today: date) -> bool:
    """Open the démarche by which the next certificate is sent; late, the delay runs from then on (M53)."""
    late = proof.until < today
    asked = replace(
        proof,
        asks_on=today if late else proof.asks_on,
        stage=ProofStage.LAPSED if late else ProofStage.ASKED,
        request_id=tokens.derived_id("certificate", person.beneficiary_id, proof.until.isoformat()),
    )
    request = _certificate_request(member, person, asked)
    template = "certificate_missing" if late else "certificate_asked"
    changed = member.with_beneficiary(replace(person, proof=asked))
    with Transaction() as transaction:
        members.save(transaction, changed)
        requests.save(transaction, request)
        message_ids = tell(transaction, member, template, occasion=_occasion(person, asked), context=_days(asked))
    return _afterwards(changed, message_ids, card=late)


def _certificate_request(member: Member, person: Beneficiary, proof: Proof) -> Request:
    needed = for_certificate(person.beneficiary_id, respond_by=day_in_words(proof.until))
    return Request(
        request_id=proof.request_id or "",
        kind=RequestKind.SITUATION_CERTIFICATE,
        member_id=member.member_id,
        member_name=member.name,
        company_id=member.company_id,
        opened_by=Actor.MEMBER,
        state=RequestState.PENDING_DOCUMENTS,
        required=needed,
        title=f"Certificat de situation de {person.name}",
        due_on=proof.answer_by,
        created_at=clock.now(),
    )


def _lapse(member: Member, person: Beneficiary, proof: Proof) -> bool:
    """Tell that cover has stopped, and until when a certificate still closes the gap (M55)."""
    lapsed = replace(proof, stage=ProofStage.LAPSED)
    changed = member.with_beneficiary(replace(person, proof=lapsed))
    with Transaction() as transaction:
        members.save(transaction, changed)
        message_ids = tell(
            transaction, member, "certificate_missing", occasion=_occasion(person, lapsed), context=_days(lapsed)
        )
    return _afterwards(changed, message_ids)


def _end(member: Member, person: Beneficiary, proof: Proof) -> bool:
    """End for good the cover that no certificate has prolonged; one whose scan is under way is waited for."""
    request = requests.get(proof.request_id) if proof.request_id else None
    if request is not None and request.scanning:
        return False
    return _tell_ended(member, person, replace(proof, stage=ProofStage.ENDED))


def _end_with_age(member: Member, person: Beneficiary, proof: Proof) -> bool:
    """Tell beforehand that a child reaches the age limit, and once it has."""
    if proof.stage is not ProofStage.HELD:
        return _tell_ended(member, person, replace(proof, stage=ProofStage.ENDED))
    told = replace(proof, stage=ProofStage.ASKED)
    changed = member.with_beneficiary(replace(person, proof=told))
    context = {"ends_on": day_in_words(proof.until)}
    with Transaction() as transaction:
        members.save(transaction, changed)
        message_ids = tell(transaction, member, "age_limit_reached", occasion=_occasion(person, told), context=context)
    return _afterwards(changed, message_ids, card=False)


def _tell_ended(member: Member, person: Beneficiary, ended: Proof) -> bool:
    changed = member.with_beneficiary(replace(person, proof=ended))
    context = {"ended_on": day_in_words(ended.until)}
    with Transaction() as transaction:
        members.save(transaction, changed)
        _close(transaction, ended)
        message_ids = tell(transaction, member, "beneficiary_ended", occasion=_occasion(person, ended), context=context)
    return _afterwards(changed, message_ids)


def _close(transaction: Transaction, proof: Proof) -> None:
    """Close the démarche that a certificate never came for."""
    request = requests.get(proof.request_id) if proof.request_id else None
    if request is not None and request.state is RequestState.PENDING_DOCUMENTS:
        closed = request.moved_to(RequestState.CLOSED, at=clock.now(), actor=Actor.SYSTEM, event="documents_never_came")
        requests.save(transaction, closed)


def progress(request: Request) -> None:
    """Prolong a child's cover once the certificate is there, without a gap; safe to repeat (M53, M55)."""
    changed = retry_stale(partial(_progress, request.request_id))
    if changed is not None:
        affiliation.request_card(changed)


def _progress(request_id: str) -> Member | None:
    request = requests.get(request_id)
    if request is None or request.state is not RequestState.PENDING_DOCUMENTS or request.missing:
        return None
    member = members.get(request.member_id)
    person = _proved_by(member, request_id) if member else None
    if member is None or person is None:
        return None
    today = clock.today()
    proof = evidence.of_child(person.birth_date, certified_on=today, since=today)
    changed = member.with_beneficiary(replace(person, proof=proof))
    accepted = request.moved_to(RequestState.ACCEPTED, at=clock.now(), actor=Actor.SYSTEM, event="documents_complete")
    context = {"covered_until": day_in_words(proof.until)}
    with Transaction() as transaction:
        members.save(transaction, changed)
        requests.save(transaction, accepted)
        message_ids = tell(transaction, member, "certificate_recorded", occasion=request_id, context=context)
    messages.dispatch(*message_ids)
    return changed


def _proved_by(member: Member, request_id: str) -> Beneficiary | None:
    """The child whose certificate a démarche awaits."""
    return next((one for one in member.beneficiaries if one.proof and one.proof.request_id == request_id), None)


def tell(
    transaction: Transaction, member: Member, template: str, *, occasion: str, context: Mapping[str, str]
) -> list[str]:
    """Add a mail to the member about the people they cover; it names nobody."""
    return messages.tell(
        transaction, member.email, template, occasion=f"{template}:{occasion}", context=context, about=member.member_id
    )


def _days(proof: Proof) -> dict[str, str]:
    return {"respond_by": day_in_words(proof.until), "answer_by": day_in_words(proof.answer_by)}


def _occasion(person: Beneficiary, proof: Proof) -> str:
    """What tells one step about one person from any other, and is the same when the step is tried again."""
    return f"{person.beneficiary_id}:{proof.until.isoformat()}"


def _afterwards(member: Member, message_ids: list[str], *, card: bool = True) -> bool:
    """What a step leaves to the workers: mails, and the card."""
    messages.dispatch(*message_ids)
    if card:
        affiliation.request_card(member)
    return True
