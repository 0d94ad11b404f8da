"""Hospital commitments: asked by a member, granted under a number, sent to the hospital and to nobody else (M65–M71).

The document leaves as the attachment of one mail to the one address that agents have verified for the hospital. The
member follows a state; nobody else learns anything of it.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial

from chalicelib import clock, settings
from chalicelib.domain.acts import Form
from chalicelib.domain.claim import Claim
from chalicelib.domain.company import Risk
from chalicelib.domain.errors import Conflict, FieldError, FieldErrors, NotFound
from chalicelib.domain.hospital import Hospital
from chalicelib.domain.hospital_commitment import (
    SPECIALITIES,
    Commitment,
    Grant,
    HospitalAsGiven,
    PlannedStay,
    admission_window,
    document_key,
    validity,
)
from chalicelib.domain.hospital_guarantees import Terms, lines_of, promises
from chalicelib.domain.member import Beneficiary, Member
from chalicelib.domain.message import MessageState
from chalicelib.domain.periods import day_after
from chalicelib.domain.request import (
    LABELS,
    AgentQueue,
    HistoryEntry,
    Request,
    RequestKind,
    RequestState,
    Ruling,
    Verdict,
)
from chalicelib.gateways import documents, queues
from chalicelib.gateways.rendering import render_pdf
from chalicelib.services import messages, own_space, repeats, settling, tokens
from chalicelib.services.claims import tell
from chalicelib.services.deadlines import settle_unless_busy
from chalicelib.services.letterhead import letterhead
from chalicelib.services.settling import Cover, NotCovered
from chalicelib.storage import hospitals, members, outbox, requests
from chalicelib.storage.transaction import Transaction, retry_stale
from chalicelib.texts.dates import day_in_words
from chalicelib.texts.documents.hospital import CommitmentLetter, PromiseRow

RULE = "rule"
FOLLOWED_AT_ONCE = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the member enters: who is admitted, the stay, the hospital (M65, M66, M67)."""

    beneficiary_id: str
    stay: PlannedStay
    hospital: HospitalAsGiven


def ask(member_id: str, asked: Asked, *, idempotency_key: str) -> Request:
    """Ask for a commitment: granted at once when the hospital's address is verified, else seen to by an agent (M68).

    An agent sees to it too while the contract's cover is suspended on the day of admission.

    Errors: ``NotFound`` without a health contract; ``FieldErrors``; ``Conflict`` when the key opened another request,
    or when the same stay is asked for already.
    """
    member = own_space.with_health(member_id)
    request_id = tokens.derived_id("hospital-commitment", member_id, idempotency_key)
    fingerprint = repeats.fingerprint(asked)
    known = requests.get(request_id)
    if known is not None:
        return _asked_again(known, fingerprint)
    person = _check(member, asked)
    _check_first(member_id, asked)
    commitment = Commitment(
        beneficiary_id=person.beneficiary_id, beneficiary_name=person.name, stay=asked.stay, hospital=asked.hospital
    )
    cover = _cover(commitment, member)
    now = clock.now()
    draft = Request(
        request_id=request_id,
        kind=RequestKind.HOSPITAL_COMMITMENT,
        member_id=member_id,
        member_name=member.name,
        company_id=member.company_id,
        state=RequestState.DRAFT,
        title=f"Prise en charge hospitalière – {person.name}",
        commitment=commitment,
        fingerprint=fingerprint,
        created_at=now,
    )
    sent = draft.moved_to(RequestState.SENT, at=now, actor="member", event="sent")
    received = sent.moved_to(RequestState.ACKED, at=now, actor="system", event="received")
    hospital = hospitals.get(asked.hospital.finess)
    doubtful = settling.suspended(_as_claim(commitment), cover.contract)
    if hospital is not None and hospital.recipient is not None and not doubtful:
        received = _granted(received, hospital, cover, by=RULE)
    kept = repeats.keep_first(received, fingerprint)
    _have_written(kept)
    return kept


def _asked_again(known: Request, fingerprint: str) -> Request:
    """The first answer; what was granted without having been handed to the document's worker is handed to it now."""
    first = repeats.first_answer(known, fingerprint)
    _have_written(first)
    return first


def _check_first(member_id: str, asked: Asked) -> None:
    """Refuse a stay that is asked for already: the same person enters the same hospital on the same day.

    Errors: ``Conflict``.
    """
    standing = {RequestState.ACKED, RequestState.AGREED}
    listed = [one for one in requests.of_member(member_id) if one.kind is RequestKind.HOSPITAL_COMMITMENT]
    for known in requests.several(one.request_id for one in listed if one.state in standing):
        one = commitment_of(known)
        same = (one.beneficiary_id, one.hospital.finess, one.stay.enters_on)
        if known.state in standing and same == (asked.beneficiary_id, asked.hospital.finess, asked.stay.enters_on):
            sentence = "Ce séjour fait déjà l’objet d’une demande\u00a0: suivez-la dans vos démarches."
            raise Conflict("already_requested", sentence, request_id=known.request_id)


def _check(member: Member, asked: Asked) -> Beneficiary:
    person, stay = member.beneficiary(asked.beneficiary_id), asked.stay
    first, last = admission_window(clock.today())
    faults = []
    if person is None:
        sentence = "Choisissez l’un des bénéficiaires de votre contrat."
        faults.append(FieldError("beneficiary_id", sentence, "unknown"))
    if not first <= stay.enters_on <= last:
        sentence = f"L’entrée doit avoir lieu entre le {first:%d/%m/%Y} et le {last:%d/%m/%Y}."
        faults.append(FieldError("stay.enters_on", sentence, "out_of_window"))
    if stay.leaves_on and stay.leaves_on < stay.enters_on:
        faults.append(FieldError("stay.leaves_on", "La sortie précède l’entrée.", "ends_before_start"))
    elif stay.days > 366:
        faults.append(FieldError("stay.leaves_on", "Un séjour se demande pour un an au plus.", "too_long"))
    if person is None or faults:
        raise FieldErrors(*faults)
    return person


def _cover(commitment: Commitment, member: Member) -> Cover:
    """What covers the person on the day of admission (M65).

    Errors: ``FieldErrors`` on ``stay.enters_on``.
    """
    cover = settling.cover_of(_as_claim(commitment), member, claimed_on=clock.today())
    if isinstance(cover, NotCovered):
        raise FieldErrors.on("stay.enters_on", cover.sentence, cover.code)
    return cover


def _as_claim(commitment: Commitment) -> Claim:
    """The stay as the engine settles it."""
    return Claim(
        beneficiary_id=commitment.beneficiary_id,
        beneficiary_name=commitment.beneficiary_name,
        form=Form.OTHER,
        lines=lines_of(commitment.stay),
    )


def _granted(request: Request, hospital: Hospital, cover: Cover, *, by: str) -> Request:
    """The request with what is promised to a verified address, under its number; the document is still to be written.

    Errors: ``Conflict`` when the hospital has no verified address.
    """
    if hospital.recipient is None:
        sentence = "L’adresse de cet hôpital n’est pas vérifiée\u00a0: vérifiez-la d’abord dans l’annuaire."
        raise Conflict("hospital_not_verified", sentence)
    commitment = commitment_of(request)
    number_of_grant = commitment.round + 1
    facts = settling.known(request.request_id, _as_claim(commitment), cover)
    terms = Terms(
        table=cover.table,
        contract_start=facts.contract_start,
        covered_from=facts.covered_from,
        counters=facts.held,
        history=facts.history,
    )
    valid_from, valid_to = validity(commitment.stay, rights_end_on=_rights_end_on(cover.member, commitment))
    grant = Grant(
        number=f"PEC-{commitment.stay.enters_on:%Y%m%d}-{request.request_id[:8].upper()}-{number_of_grant}",
        granted_at=clock.now(),
        granted_by=by,
        valid_from=valid_from,
        valid_to=valid_to,
        contract_id=cover.contract.contract_id,
        contract_number=cover.contract.number,
        guarantee_table=f"{cover.table.code}@{cover.table.version}",
        promises=promises(commitment.stay, facts.lines, terms),
        hospital_name=hospital.name,
        hospital_city=hospital.city,
        recipient=hospital.recipient,
        document_key=document_key(request.request_id, number_of_grant),
    )
    return replace(request, commitment=replace(commitment, grant=grant, round=number_of_grant))


def _rights_end_on(member: Member, commitment: Commitment) -> date | None:
    """The last day of the person's rights as known today; ``None`` while none is known."""
    person = member.beneficiary(commitment.beneficiary_id)
    held = member.affiliation_to(Risk.HEALTH, commitment.stay.enters_on)
    proof = person.held_proof if person else None
    days = (held.ends_on if held else None, person.ends_on if person else None, proof.until if proof else None)
    return min((day for day in days if day is not None), default=None)


def _have_written(request: Request) -> None:
    if commitment_of(request).grant is not None and request.state is RequestState.ACKED:
        queues.send("documents", {"document": "hospital_commitment", "request_id": request.request_id})


def get(member_id: str, request_id: str) -> Request:
    """One commitment of a member: its state, never its document (M70, M71).

    Errors: ``NotFound``, also for somebody else's.
    """
    request = _load(request_id)
    if request.member_id != member_id:
        raise NotFound
    return request


def for_agent(request_id: str) -> tuple[Request, Hospital | None]:
    """One commitment as an agent reads it, and what the directory holds of its hospital.

    Errors: ``NotFound``.
    """
    request = _load(request_id)
    return request, hospitals.get(commitment_of(request).hospital.finess)


def write(request_id: str) -> None:
    """Write the document of a commitment that was granted, and have it sent to the hospital; once per grant (M69, M71).

    Errors: ``NotFound`` for a démarche that is no commitment.
    """
    request = _load(request_id)
    commitment = commitment_of(request)
    member = members.get(request.member_id)
    if request.state is not RequestState.ACKED or commitment.grant is None or member is None:
        return
    content = pdf_of(commitment, commitment.grant, member)
    documents.write("documents", commitment.grant.document_key, content, content_type="application/pdf")
    messages.dispatch(*retry_stale(partial(_send, request_id, commitment.grant.number)))


def _send(request_id: str, number: str) -> list[str]:
    """The one mail to the hospital and the state that says so, together; and what the member is told.

    Granted to an address that is no longer the verified one, the commitment waits for an agent instead.
    """
    request = _load(request_id)
    grant = commitment_of(request).grant
    if request.state is not RequestState.ACKED or grant is None or grant.number != number:
        return []
    hospital = hospitals.get(commitment_of(request).hospital.finess)
    if hospital is None or hospital.recipient != grant.recipient:
        _take_back(request)
        return []
    agreed = request.moved_to(RequestState.AGREED, at=clock.now(), actor=grant.granted_by, event="agreed")
    agreed = replace(agreed, due_on=grant.valid_to)
    with Transaction() as transaction:
        requests.save(transaction, agreed)
        to_hospital = messages.write(
            transaction,
            occasion=_occasion(grant),
            template="hospital_commitment",
            recipient=grant.recipient,
            context={"number": grant.number, "valid_until": day_in_words(grant.valid_to)},
            about=request_id,
            attachment=grant.document_key,
        )
        return [to_hospital, *_tell(transaction, request, "hospital_commitment_agreed")]


def _take_back(request: Request) -> None:
    entry = HistoryEntry(at=clock.now(), actor="system", event="address_changed", state=request.state)
    returned = replace(request, commitment=replace(commitment_of(request), grant=None))
    with Transaction() as transaction:
        requests.save(transaction, replace(returned, history=(*request.history, entry)))


def _tell(transaction: Transaction, request: Request, template: str) -> list[str]:
    """Tell the member how a commitment stands; once per grant."""
    return tell(transaction, replace(request, round=commitment_of(request).round), template)


def _occasion(grant: Grant) -> str:
    return f"hospital-commitment:{grant.number}"


def pdf_of(commitment: Commitment, grant: Grant, member: Member) -> bytes:
    """A commitment as a tagged PDF; the same grant always gives the same bytes."""
    person = member.beneficiary(commitment.beneficiary_id)
    if person is None:
        raise NotFound
    stay = commitment.stay
    letter = CommitmentLetter(
        insurer=letterhead(),
        amc_number=settings.insurer().amc_number,
        number=grant.number,
        issued_on=clock.paris_day(grant.granted_at),
        valid_from=grant.valid_from,
        valid_to=grant.valid_to,
        contract_number=grant.contract_number,
        numero_adherent=member.numero_adherent or "",
        patient_name=person.name,
        patient_born_on=person.birth_date,
        hospital_name=grant.hospital_name,
        hospital_city=grant.hospital_city,
        finess=commitment.hospital.finess,
        enters_on=stay.enters_on,
        leaves_on=stay.leaves_on,
        speciality=SPECIALITIES[stay.speciality],
        private_room=stay.private_room,
        promises=tuple(PromiseRow(label=one.label, sentence=one.sentence) for one in grant.promises),
    )
    return render_pdf(letter)


def decide(request: Request, ruling: Ruling) -> Request:
    """Record an agent's decision: granted to the hospital's verified address, or refused with a reason (M115).

    Errors: ``Conflict`` unless it waits for an agent, or while the address is not verified.
    """
    if request.state is not RequestState.ACKED or commitment_of(request).grant is not None:
        raise _no_such_step(request)
    if ruling.verdict is Verdict.REFUSE:
        refused = request.moved_to(
            RequestState.REFUSED, at=clock.now(), actor=ruling.actor, event="agent_refused", reason=ruling.reason
        )
        return _keep(refused, "claim_refused")
    if ruling.verdict is not Verdict.ACCEPT:
        raise _no_such_step(request)
    commitment = commitment_of(request)
    cover = settling.cover_of(
        _as_claim(commitment), own_space.member(request.member_id), claimed_on=clock.paris_day(request.created_at)
    )
    if isinstance(cover, NotCovered):
        raise Conflict("not_covered", cover.sentence)
    hospital = hospitals.get(commitment.hospital.finess)
    if hospital is None:
        raise Conflict(
            "hospital_not_verified", "Cet hôpital n’est pas dans l’annuaire\u00a0: ajoutez-le et vérifiez-le."
        )
    granted = _granted(request, hospital, cover, by=ruling.actor)
    with Transaction() as transaction:
        requests.save(transaction, granted)
    kept = replace(granted, version=granted.version + 1)
    _have_written(kept)
    return kept


def _no_such_step(request: Request) -> Conflict:
    sentence = (
        f"Cette prise en charge est «\u00a0{LABELS[request.state]}\u00a0»\u00a0: cette action n’est plus possible."
    )
    return Conflict("not_in_review", sentence)


def _keep(request: Request, template: str) -> Request:
    with Transaction() as transaction:
        requests.save(transaction, request)
        message_ids = _tell(transaction, request, template)
    messages.dispatch(*message_ids)
    return replace(request, version=request.version + 1)


def follow() -> int:
    """See to every commitment granted: not sent, not delivered, expired, or whose rights end; returns how many.

    A day without a run is made up for by the next one, and two runs in a day do the same as one.
    """
    waiting = requests.waiting_in(AgentQueue.COMMITMENTS, limit=FOLLOWED_AT_ONCE)
    return sum(settle_unless_busy(one.request_id, partial(_follow, one.request_id)) for one in waiting)


def _follow(request_id: str) -> bool:
    request = _load(request_id)
    grant = commitment_of(request).grant
    if request.state is RequestState.ACKED and grant is not None:
        _have_written(request)
        return True
    if request.state is not RequestState.AGREED or grant is None:
        return False
    today = clock.today()
    if grant.valid_to < today:
        expired = request.moved_to(RequestState.EXPIRED, at=clock.now(), actor="system", event="expired")
        with Transaction() as transaction:
            requests.save(transaction, expired)
        return True
    message = outbox.get(_occasion(grant))
    if message is not None and message.state is MessageState.REJECTED:
        return _give_back(request)
    lasts_to = _last_covered_day(request, grant)
    return lasts_to < grant.valid_to and _withdraw(request, grant, lasts_to)


def _give_back(request: Request) -> bool:
    """Put a commitment whose mail was refused before an agent: the hospital's address must be verified again."""
    returned = request.moved_to(RequestState.ACKED, at=clock.now(), actor="system", event="mail_rejected")
    with Transaction() as transaction:
        requests.save(transaction, replace(returned, commitment=replace(commitment_of(request), grant=None)))
    return True


def _last_covered_day(request: Request, grant: Grant) -> date:
    """The last day of the commitment on which the person has rights, as known today; the day before it if none."""
    member = members.get(request.member_id)
    person = member.beneficiary(commitment_of(request).beneficiary_id) if member else None
    last = grant.valid_from - timedelta(days=1)
    if member is None or person is None:
        return last
    while last < grant.valid_to and _covered_on(day_after(last), member, person):
        last = day_after(last)
    return last


def _covered_on(day: date, member: Member, person: Beneficiary) -> bool:
    return member.affiliation_to(Risk.HEALTH, day) is not None and person.is_covered_on(day)


def _withdraw(request: Request, grant: Grant, lasts_to: date) -> bool:
    """Tell the hospital and the member that a commitment ends with the rights, by one mail each."""
    withdrawn = request.moved_to(RequestState.WITHDRAWN, at=clock.now(), actor="system", event="rights_ended")
    with Transaction() as transaction:
        requests.save(transaction, withdrawn)
        message_ids = [
            messages.write(
                transaction,
                occasion=f"hospital-commitment-withdrawn:{grant.number}",
                template="hospital_commitment_withdrawn",
                recipient=grant.recipient,
                context={"number": grant.number, "withdrawn_from": day_in_words(day_after(lasts_to))},
                about=request.request_id,
            ),
            *_tell(transaction, request, "hospital_commitment_ended"),
        ]
    messages.dispatch(*message_ids)
    return True


def commitment_of(request: Request) -> Commitment:
    """What a request for a commitment holds.

    Errors: ``NotFound`` for any other démarche.
    """
    if request.commitment is None:
        raise NotFound
    return request.commitment


def _load(request_id: str) -> Request:
    request = requests.get(request_id)
    if request is None or request.commitment is None:
        raise NotFound
    return request
