"""A member switches somebody's télétransmission on or off; an agent or the mandatory scheme answers (M46, M72–M80)."""

from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from chalicelib import clock
from chalicelib.domain.errors import Conflict, FieldErrors, NotFound, Refused
from chalicelib.domain.member import (
    TELETRANSMISSION_LABELS,
    Beneficiary,
    BeneficiaryState,
    Member,
    Teletransmission,
    TeletransmissionChange,
    Teller,
)
from chalicelib.domain.periods import Period
from chalicelib.domain.request import FileState, Request, RequestKind, RequestState, Ruling, Verdict
from chalicelib.domain.required_documents import DocumentKind, RequiredDocument
from chalicelib.domain.teletransmission import (
    TRANSMITTING,
    TeletransmissionAsk,
    Wish,
    asked_by,
    gaps,
    health_cover,
    is_fresh,
    since,
    state_on,
    told,
)
from chalicelib.services import messages, own_space, tokens
from chalicelib.services.claims import reference
from chalicelib.storage import members, requests
from chalicelib.storage.transaction import Transaction, retry_stale

TITLES = {
    Wish.ACTIVATION: "Activation de la télétransmission",
    Wish.DEACTIVATION: "Arrêt de la télétransmission",
}
TOO_OLD = (
    "L’attestation de droits doit dater de moins de six mois le jour où vous l’envoyez\u00a0: "
    "téléchargez-en une nouvelle et refaites votre demande."
)
WHY_ATTESTATION = "Elle permet de demander le rattachement à votre régime obligatoire\u00a0; moins de six mois."
ANSWERED = "Votre régime obligatoire a répondu."


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One person's télétransmission on a day: its state, since when, what may be asked, and the days without (M80)."""

    person: Beneficiary
    state: Teletransmission
    since: date | None
    covered: bool
    gaps: tuple[Period, ...]

    @property
    def label(self) -> str:
        """The state in words."""
        return TELETRANSMISSION_LABELS[self.state]

    @property
    def may_ask(self) -> Wish | None:
        """What the member may ask now."""
        if not self.covered or self.state in {Teletransmission.REQUESTED, Teletransmission.OFF_REQUESTED}:
            return None
        return Wish.DEACTIVATION if self.state is Teletransmission.ON else Wish.ACTIVATION


def of_member(member_id: str) -> list[Standing]:
    """Where the télétransmission of each covered person of a member stands (H149, M80).

    Errors: ``NotFound`` without a health contract (A3).
    """
    member, today = own_space.with_health(member_id), clock.today()
    return [
        standing(member, person, today)
        for person in member.beneficiaries
        if person.state is not BeneficiaryState.PENDING_PROOF
    ]


def standing(member: Member, person: Beneficiary, today: date) -> Standing:
    """Where one person's télétransmission stands."""
    return Standing(
        person=person,
        state=state_on(member, person, today),
        since=since(person, today),
        covered=any(period.holds(today) for period in health_cover(member, person)),
        gaps=gaps(member, person, today=today),
    )


def ask_activation(member_id: str, beneficiary_id: str, *, issued_on: date) -> Request:
    """Ask for the activation; the démarche waits for the attestation of rights, whose date is given (M72–M75).

    Asked again while it waits for the attestation, the date is replaced. Nothing changes before the file has come.

    Errors: ``NotFound``; ``FieldErrors`` on ``attestation_issued_on``; ``Refused``; ``Conflict``.
    """
    return retry_stale(partial(_ask_activation, member_id, beneficiary_id, issued_on))


def _ask_activation(member_id: str, beneficiary_id: str, issued_on: date) -> Request:
    member, person = _person(member_id, beneficiary_id)
    today = clock.today()
    _check(standing(member, person, today), Wish.ACTIVATION)
    if issued_on > today:
        raise FieldErrors.on("attestation_issued_on", "Cette date est dans le futur.", "future")
    if not is_fresh(issued_on, today):
        raise FieldErrors.on("attestation_issued_on", TOO_OLD, "too_old")
    ask = TeletransmissionAsk(beneficiary_id=beneficiary_id, wish=Wish.ACTIVATION, issued_on=issued_on)
    request = _waiting(member, person, ask)
    if request.version and request.teletransmission == ask:
        return request
    with Transaction() as transaction:
        requests.save(transaction, replace(request, teletransmission=ask))
    return replace(request, teletransmission=ask, version=request.version + 1)


def _waiting(member: Member, person: Beneficiary, ask: TeletransmissionAsk) -> Request:
    """The démarche that waits for an attestation about a person, or a new one."""
    attempt = 1
    while True:
        request_id = tokens.derived_id(
            "teletransmission", member.member_id, person.beneficiary_id, ask.wish, str(attempt)
        )
        known = requests.get(request_id)
        if known is None:
            break
        if known.state is RequestState.PENDING_DOCUMENTS:
            return known
        attempt += 1
    request = _request(request_id, member, person, ask, RequestState.PENDING_DOCUMENTS)
    attestation = RequiredDocument(
        kind=DocumentKind.RIGHTS_ATTESTATION, about=person.beneficiary_id, reason=WHY_ATTESTATION
    )
    return replace(request, required=(attestation,))


def _request(
    request_id: str, member: Member, person: Beneficiary, ask: TeletransmissionAsk, state: RequestState
) -> Request:
    return Request(
        request_id=request_id,
        kind=RequestKind.TELETRANSMISSION,
        member_id=member.member_id,
        member_name=member.name,
        company_id=member.company_id,
        state=state,
        title=f"{TITLES[ask.wish]} – {person.name}",
        teletransmission=ask,
        created_at=clock.now(),
    )


def ask_deactivation(member_id: str, beneficiary_id: str) -> Request:
    """Ask for the end of somebody's télétransmission; until it has ended, the scheme goes on sending (M46, M72).

    Errors: ``NotFound``; ``Refused``; ``Conflict``.
    """
    return retry_stale(partial(_ask_deactivation, member_id, beneficiary_id))


def _ask_deactivation(member_id: str, beneficiary_id: str) -> Request:
    member, person = _person(member_id, beneficiary_id)
    now, today = clock.now(), clock.today()
    _check(standing(member, person, today), Wish.DEACTIVATION)
    ask = TeletransmissionAsk(beneficiary_id=beneficiary_id, wish=Wish.DEACTIVATION)
    request = _request(tokens.new_id(), member, person, ask, RequestState.IN_REVIEW)
    change = TeletransmissionChange(
        state=Teletransmission.OFF_REQUESTED, on=today, by=Teller.MEMBER, at=now, request_id=request.request_id
    )
    with Transaction() as transaction:
        members.save(transaction, member.with_beneficiary(told(person, change, today=today)))
        requests.save(transaction, request)
    return replace(request, version=1)


def _person(member_id: str, beneficiary_id: str) -> tuple[Member, Beneficiary]:
    member = own_space.with_health(member_id)
    person = member.beneficiary(beneficiary_id)
    if person is None:
        raise NotFound
    return member, person


def _check(now: Standing, wish: Wish) -> None:
    if not now.covered:
        raise Refused("not_covered", "Cette personne n’est pas couverte aujourd’hui par votre contrat santé.")
    if now.may_ask is not wish:
        raise Conflict("not_possible_now", f"«\u00a0{now.label}\u00a0»\u00a0: cette demande n’a pas lieu d’être.")


def progress(request: Request) -> None:
    """Put a démarche whose attestation has come before the agents, or close it when it came too old; safe to repeat."""
    retry_stale(partial(_progress, request.request_id))


def _progress(request_id: str) -> None:
    request = requests.get(request_id)
    if request is None or request.state is not RequestState.PENDING_DOCUMENTS or request.missing:
        return
    member = members.get(request.member_id)
    ask = request.teletransmission
    person = member.beneficiary(ask.beneficiary_id) if member and ask else None
    if member is None or ask is None or ask.issued_on is None or person is None:
        return
    now, sent_on = clock.now(), _sent_on(request)
    with Transaction() as transaction:
        if not is_fresh(ask.issued_on, sent_on):
            closed = request.moved_to(
                RequestState.CLOSED, at=now, actor="system", event="attestation_too_old", reason=TOO_OLD
            )
            requests.save(transaction, closed)
            return
        change = TeletransmissionChange(
            state=Teletransmission.REQUESTED, on=sent_on, by=Teller.MEMBER, at=now, request_id=request_id
        )
        members.save(transaction, member.with_beneficiary(told(person, change, today=clock.today())))
        requests.save(
            transaction, request.moved_to(RequestState.IN_REVIEW, at=now, actor="system", event="attestation_received")
        )


def _sent_on(request: Request) -> date:
    """The day on which the attestation was received."""
    received = [one.received_at for one in request.attachments if one.state is FileState.ACCEPTED and one.received_at]
    return clock.paris_day(max(received, default=clock.now()))


OUTCOMES = {
    (Wish.ACTIVATION, Verdict.ACCEPT): Teletransmission.ON,
    (Wish.ACTIVATION, Verdict.REFUSE): Teletransmission.REFUSED,
    (Wish.ACTIVATION, Verdict.CLOSE): Teletransmission.OFF,
    (Wish.DEACTIVATION, Verdict.ACCEPT): Teletransmission.OFF,
    (Wish.DEACTIVATION, Verdict.REFUSE): Teletransmission.ON,
    (Wish.DEACTIVATION, Verdict.CLOSE): Teletransmission.ON,
}
ENDS = {
    Verdict.ACCEPT: RequestState.ACCEPTED,
    Verdict.REFUSE: RequestState.REFUSED,
    Verdict.CLOSE: RequestState.CLOSED,
}


def decide(request: Request, ruling: Ruling) -> Request:
    """What an agent decides on an attestation, or on an end that was asked: it counts from today, never before (M77).

    Errors: ``Conflict`` when the démarche does not wait for it; ``FieldErrors`` on ``documents``.
    """
    ask = request.teletransmission
    if request.state is not RequestState.IN_REVIEW or ask is None:
        raise Conflict("not_in_review", "Cette démarche n’attend pas de décision.")
    now, today = clock.now(), clock.today()
    if ruling.verdict is Verdict.ASK:
        return _ask_again(request, ask, ruling)
    ended = request.moved_to(
        ENDS[ruling.verdict], at=now, actor=ruling.actor, event=f"agent_{ruling.verdict}", reason=ruling.reason
    )
    member = own_space.member(request.member_id)
    person = member.beneficiary(ask.beneficiary_id)
    change = TeletransmissionChange(
        state=OUTCOMES[ask.wish, ruling.verdict], on=today, by=Teller.AGENT, at=now, request_id=request.request_id
    )
    with Transaction() as transaction:
        requests.save(transaction, ended)
        if person is not None:
            members.save(transaction, member.with_beneficiary(told(person, change, today=today)))
        message_ids = _tell(transaction, request, member)
    messages.dispatch(*message_ids)
    return replace(ended, version=request.version + 1)


def _ask_again(request: Request, ask: TeletransmissionAsk, ruling: Ruling) -> Request:
    """Another attestation is asked for: the one that was sent no longer counts."""
    if ask.wish is Wish.DEACTIVATION or set(ruling.documents) != {DocumentKind.RIGHTS_ATTESTATION}:
        sentence = "Seule une attestation de droits peut être demandée pour une activation."
        raise FieldErrors.on("documents", sentence, "not_required")
    member = own_space.member(request.member_id)
    asking = request.with_replaced(ruling.documents).moved_to(
        RequestState.PENDING_DOCUMENTS, at=clock.now(), actor=ruling.actor, event="agent_ask", reason=ruling.reason
    )
    asking = replace(asking, round=request.round + 1)
    with Transaction() as transaction:
        requests.save(transaction, asking)
        message_ids = _tell(transaction, request, member)
    messages.dispatch(*message_ids)
    return replace(asking, version=request.version + 1)


def record_answer(member_id: str, beneficiary_id: str, *, state: Teletransmission, on: date) -> bool:
    """Take note of the mandatory scheme's answer, from its day on; a démarche that waited for it ends with it (M80).

    Answers whether anything changed: the same answer again does nothing.
    """
    return retry_stale(partial(_record_answer, member_id, beneficiary_id, state, on))


def _record_answer(member_id: str, beneficiary_id: str, state: Teletransmission, on: date) -> bool:
    member = own_space.member(member_id)
    person = member.beneficiary(beneficiary_id)
    if person is None:
        raise NotFound
    change = TeletransmissionChange(state=state, on=on, by=Teller.SCHEME, at=clock.now())
    changed = told(person, change, today=clock.today())
    if changed is person:
        return False
    answered = _answered(person, change)
    message_ids = []
    with Transaction() as transaction:
        members.save(transaction, member.with_beneficiary(changed))
        if answered is not None:
            requests.save(transaction, answered)
            message_ids = _tell(transaction, answered, member)
    messages.dispatch(*message_ids)
    return True


def _answered(person: Beneficiary, change: TeletransmissionChange) -> Request | None:
    """The démarche that the scheme's answer ends, if one waits for it; an earlier day answers no later demand."""
    asked = asked_by(person)
    if asked is None or asked.request_id is None or change.on < asked.on:
        return None
    request = requests.get(asked.request_id)
    if request is None or request.state is not RequestState.IN_REVIEW or request.teletransmission is None:
        return None
    wish = request.teletransmission.wish
    granted = (change.state in TRANSMITTING) == (wish is Wish.ACTIVATION)
    if wish is Wish.DEACTIVATION and not granted:
        return None
    return request.moved_to(
        RequestState.ACCEPTED if granted else RequestState.REFUSED,
        at=clock.now(),
        actor="system",
        event=f"scheme_{change.state.lower()}",
        reason=ANSWERED,
    )


def _tell(transaction: Transaction, request: Request, member: Member) -> list[str]:
    return messages.tell(
        transaction,
        member.email,
        "teletransmission_decided",
        occasion=f"teletransmission-decided:{request.request_id}:{request.round}",
        context={"reference": reference(request.request_id)},
        about=request.request_id,
    )
