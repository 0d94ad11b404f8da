"""Somebody joins a member's health cover: asked by the member or by the employer, under one set of rules.

Requirements H96, H97, M28, M41, M50.

The person joins the member's own only once their documents are complete; until then the request waits and is never lost
(M55, M57).
"""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from chalicelib import clock
from chalicelib.domain import leaving
from chalicelib.domain.company import Risk
from chalicelib.domain.errors import Conflict, FieldErrors, NotFound
from chalicelib.domain.law import parameter
from chalicelib.domain.member import (
    Affiliation,
    AffiliationState,
    Beneficiary,
    BeneficiaryState,
    Member,
    Relationship,
    Teletransmission,
)
from chalicelib.domain.request import Actor, Request, RequestKind, RequestState
from chalicelib.domain.required_documents import for_dependant
from chalicelib.domain.search_text import searchable
from chalicelib.services import affiliation, insured, messages, tokens
from chalicelib.services.affiliation import Dependant
from chalicelib.storage import members, requests
from chalicelib.storage.transaction import Transaction, retry_stale
from chalicelib.texts.dates import day_in_words

PARTNERS = {Relationship.SPOUSE, Relationship.PACS_PARTNER, Relationship.COHABITANT}
OPEN_TO_ADDITIONS = {AffiliationState.ACTIVE, AffiliationState.TERMINATION_SCHEDULED}
ENDED_BEFORE = "La couverture de l’assuré a pris fin avant le jour de l’ajout."
JOINED_MEANWHILE = "Cette personne, ou un autre conjoint ou partenaire, a été ajoutée entre-temps."


def effective_on(event_on: date, *, declared_on: date) -> date:
    """The first day of cover of a person: the event itself if it is declared in time, or the day it is declared.

    ``event_on`` is the birth, the marriage, the start of life together. Source: dossier 5.1
    (``beneficiary.retroactive``, a contract clause).

    >>> effective_on(date(2026, 1, 1), declared_on=date(2026, 3, 2))
    datetime.date(2026, 1, 1)
    >>> effective_on(date(2026, 1, 1), declared_on=date(2026, 3, 3))
    datetime.date(2026, 3, 3)
    """
    back = timedelta(days=int(parameter("beneficiary.retroactive", on=declared_on).value))
    return event_on if event_on >= declared_on - back else declared_on


def ask(
    member: Member,
    person: Dependant,
    *,
    event_on: date,
    teletransmission: bool = False,
    opened_by: Actor,
    account_id: str | None = None,
) -> Request:
    """Ask for the cover of one more person; the request waits for the documents that prove it (M49, M50, M52, M53).

    Whether a child is of age is decided on the first day of its cover (M54).

    Errors: ``NotFound`` without a health contract (M48); ``FieldErrors``; ``Conflict`` for somebody who leaves or has
    left, for a person covered or asked for already, for a second partner.
    """
    health = _health(member)
    today = clock.today()
    starts_on = max(effective_on(event_on, declared_on=today), health.starts_on)
    _check(person, event_on=event_on, starts_on=starts_on, today=today)
    _check_new(member, person, starts_on)
    request = Request(
        request_id=_free_id(member, person),
        kind=RequestKind.BENEFICIARY_ADDITION,
        member_id=member.member_id,
        member_name=member.name,
        company_id=member.company_id,
        opened_by=opened_by,
        account_id=account_id,
        state=RequestState.PENDING_DOCUMENTS,
        title=f"Ajout de {person.first_name} {person.last_name}",
        created_at=clock.now(),
    )
    added = _beneficiary(member, person, request.request_id, starts_on, teletransmission=teletransmission)
    needed = for_dependant(person.relationship, person.birth_date, on=starts_on, about=added.beneficiary_id)
    asked = replace(request, beneficiary=added, required=needed)
    with Transaction() as transaction:
        requests.save(transaction, asked)
    return replace(asked, version=1)


def _health(member: Member) -> Affiliation:
    held = [one for one in member.affiliations if one.risk is Risk.HEALTH]
    if not held:
        raise NotFound("Seul un contrat santé couvre des ayants droit.")
    for one in held:
        if one.state in OPEN_TO_ADDITIONS:
            return one
    sentence = "Un bénéficiaire ne s’ajoute qu’à une affiliation santé en cours."
    raise Conflict("not_affiliated", sentence)


def _check(person: Dependant, *, event_on: date, starts_on: date, today: date) -> None:
    if event_on > today:
        sentence = "La date de l’événement est dans le futur\u00a0: faites la demande à partir de ce jour."
        raise FieldErrors.on("event_on", sentence, "future")
    if event_on < person.birth_date:
        raise FieldErrors.on("event_on", "L’événement ne peut pas précéder la naissance.", "before_birth")
    faults = affiliation.dependant_faults(person, "", starts_on=starts_on, today=today)
    if faults:
        raise FieldErrors(*faults)


def _check_new(member: Member, person: Dependant | Beneficiary, starts_on: date) -> None:
    present = [one for one in member.beneficiaries if _still_there(one, starts_on)]
    if any(_who_is(one) == _who_is(person) for one in present):
        raise Conflict("already_covered", "Cette personne fait déjà partie des bénéficiaires.")
    if person.relationship in PARTNERS and any(one.relationship in PARTNERS for one in present):
        sentence = "Un conjoint ou partenaire est déjà couvert\u00a0: demandez d’abord la fin de sa couverture."
        raise Conflict("partner_covered", sentence)


def _still_there(person: Beneficiary, day: date) -> bool:
    return person.state_on(day) is not BeneficiaryState.ENDED


def _who_is(person: Dependant | Beneficiary) -> str:
    return f"{searchable(person.first_name)}#{searchable(person.last_name)}#{person.birth_date}"


def _free_id(member: Member, person: Dependant) -> str:
    """An id that two people asking for the same person at the same time both come to; one of them is then refused."""
    attempt = 1
    while True:
        request_id = tokens.derived_id("addition", member.member_id, _who_is(person), str(attempt))
        known = requests.get(request_id)
        if known is None:
            return request_id
        if known.state is RequestState.PENDING_DOCUMENTS:
            sentence = "L’ajout de cette personne est déjà demandé\u00a0: il attend ses pièces."
            raise Conflict("already_requested", sentence, request_id=request_id)
        attempt += 1


def _beneficiary(
    member: Member, person: Dependant, request_id: str, starts_on: date, *, teletransmission: bool
) -> Beneficiary:
    return Beneficiary(
        beneficiary_id=tokens.derived_id("beneficiary", request_id),
        rank=0,
        relationship=person.relationship,
        first_name=person.first_name,
        last_name=person.last_name,
        birth_date=person.birth_date,
        nir=insured.seal_nir(person.nir) if person.nir else None,
        regime=member.holder.regime if member.holder else "general",
        covered_from=starts_on,
        state=BeneficiaryState.PENDING_PROOF,
        teletransmission=Teletransmission.REQUESTED if teletransmission else Teletransmission.OFF,
    )


def progress(request: Request) -> None:
    """Cover the person once the documents are complete: list and card change then; safe to repeat (M57)."""
    changed = retry_stale(partial(_progress, request.request_id))
    if changed is not None:
        affiliation.request_card(changed)


def _hindrance(member: Member, person: Beneficiary) -> tuple[str, str] | None:
    """What happened since somebody was asked for that keeps them from joining: the event and the reason to tell."""
    if member.affiliation_to(Risk.HEALTH, person.covered_from) is None:
        return "cover_ended_before", ENDED_BEFORE
    try:
        _check_new(member, person, person.covered_from)
    except Conflict:
        return "joined_meanwhile", JOINED_MEANWHILE
    return None


def _progress(request_id: str) -> Member | None:
    request = requests.get(request_id)
    if request is None or request.state is not RequestState.PENDING_DOCUMENTS or request.missing:
        return None
    member = members.get(request.member_id)
    if member is None or request.beneficiary is None:
        return None
    rank = max(one.rank for one in member.beneficiaries) + 1
    person = replace(request.beneficiary, rank=rank).accepted(clock.today())
    now = clock.now()
    hindrance = _hindrance(member, person)
    if hindrance is not None:
        event, reason = hindrance
        closed = request.moved_to(RequestState.CLOSED, at=now, actor="system", event=event, reason=reason)
        with Transaction() as transaction:
            requests.save(transaction, closed)
        return None
    joined = leaving.joined(member, person)
    accepted = request.moved_to(RequestState.ACCEPTED, at=now, actor="system", event="documents_complete")
    with Transaction() as transaction:
        members.save(transaction, joined)
        requests.save(transaction, accepted)
        message_ids = messages.tell(
            transaction,
            member.email,
            "beneficiary_added",
            occasion=f"beneficiary-added:{request_id}",
            context={"covered_from": day_in_words(person.covered_from)},
            about=member.member_id,
        )
    messages.dispatch(*message_ids)
    return joined
