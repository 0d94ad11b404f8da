"""An employer declares that an employee leaves: shown first, then recorded, corrected or cancelled.

Requirements H76, H77, H78, H79, H80.
"""

from dataclasses import replace
from functools import partial

from chalicelib import clock
from chalicelib.domain import leaving
from chalicelib.domain.account import Account
from chalicelib.domain.company import Company
from chalicelib.domain.departure import Declared, Departure, DepartureReason, check
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.leaving import Outcome
from chalicelib.domain.member import LABELS, AffiliationState, Member
from chalicelib.domain.portability import first_proof_due_on
from chalicelib.domain.request import Actor, HistoryEntry, Request, RequestKind, RequestState
from chalicelib.services import affiliation, companies, departure_letters, employees, messages, portability, tokens
from chalicelib.storage import members, requests
from chalicelib.storage.transaction import Transaction, retry_stale
from chalicelib.texts.dates import day_in_words


def preview(company_id: str, member_id: str, declared: Declared) -> Outcome:
    """What a departure would lead to; nothing is recorded (H77, H78, H79).

    Errors: ``NotFound``; ``FieldErrors``; ``Conflict`` for somebody who is not affiliated, or has left.
    """
    member = employees.get(company_id, member_id)
    if member.state is not AffiliationState.TERMINATION_SCHEDULED:
        _check_affiliated(member)
    return _checked(member, declared)


def record(account: Account, company_id: str, member_id: str, declared: Declared) -> Member:
    """Record a departure, by anticipation or after the fact; it takes effect after the last day of cover (H76, H78).

    Errors: ``NotFound``; ``FieldErrors``; ``Conflict`` when a departure is recorded already.
    """
    return _letters_and_card(retry_stale(partial(_record, account, company_id, member_id, declared)))


def correct(account: Account, company_id: str, member_id: str, declared: Declared) -> Member:
    """Replace what was declared, while it has not taken effect (H78).

    Errors: ``NotFound``; ``FieldErrors``; ``Conflict`` once it has taken effect.
    """
    return _letters_and_card(retry_stale(partial(_correct, account, company_id, member_id, declared)))


def cancel(account: Account, company_id: str, member_id: str) -> Member:
    """Forget a departure that has not taken effect: everybody is covered as before (H80).

    Errors: ``NotFound``; ``Conflict`` once it has taken effect.
    """
    return _letters_and_card(retry_stale(partial(_cancel, account, company_id, member_id)))


def departure_of(member: Member) -> Departure:
    """The departure recorded for an employee.

    Errors: ``NotFound`` without one.
    """
    if member.departure is None:
        raise NotFound("Aucun départ n’est enregistré pour ce salarié.")
    return member.departure


def _checked(member: Member, declared: Declared) -> Outcome:
    starts_on = min(one.starts_on for one in member.affiliations if one.state is not AffiliationState.CANCELLED)
    check(declared, today=clock.today(), covered_from=starts_on)
    return leaving.outcome(member, declared, today=clock.today())


def _check_affiliated(member: Member) -> None:
    if member.state is AffiliationState.TERMINATION_SCHEDULED:
        sentence = "Un départ est déjà enregistré pour ce salarié\u00a0: corrigez-le ou annulez-le."
        raise Conflict("already_leaving", sentence)
    if member.state is not AffiliationState.ACTIVE:
        label = LABELS[member.state]
        sentence = f"Ce salarié est «\u00a0{label}\u00a0»\u00a0: un départ ne se déclare que pour un salarié affilié."
        raise Conflict("not_affiliated", sentence)


def _record(account: Account, company_id: str, member_id: str, declared: Declared) -> Member:
    member = employees.get(company_id, member_id)
    _check_affiliated(member)
    now = clock.now()
    request = Request(
        request_id=tokens.new_id(),
        kind=RequestKind.DEPARTURE,
        member_id=member_id,
        member_name=member.name,
        company_id=company_id,
        opened_by=Actor.EMPLOYER,
        account_id=account.account_id,
        state=RequestState.DRAFT,
        title=_title(member, declared),
        created_at=now,
    ).moved_to(RequestState.SCHEDULED, at=now, actor=account.account_id, event="departure_recorded")
    return _save(member, request, declared, revision=1)


def _correct(account: Account, company_id: str, member_id: str, declared: Declared) -> Member:
    member, departure, request = _scheduled(company_id, member_id)
    entry = HistoryEntry(
        at=clock.now(), actor=account.account_id, event="departure_corrected", state=RequestState.SCHEDULED
    )
    corrected = replace(request, title=_title(member, declared), history=(*request.history, entry))
    return _save(
        leaving.stay(member, departure), corrected, declared, revision=departure.revision + 1, before=departure
    )


def _save(
    member: Member, request: Request, declared: Declared, *, revision: int, before: Departure | None = None
) -> Member:
    """Write a departure with its démarche, the one by which portability is justified, and the mail to the leaver."""
    today = clock.today()
    found = _checked(member, declared)
    proof = _proof(member, before, declared) if found.months else None
    departure = Departure(
        request_id=request.request_id,
        declared=declared,
        covered_until=found.covered_until,
        recorded_on=today,
        revision=revision,
        portability=leaving.portability_of(
            found,
            proof_request_id=proof.request_id if proof else "",
            proof_due_on=first_proof_due_on(declared.leaving_on, today),
        ),
    )
    left = leaving.leave(member, departure)
    if found.covered_until < today:
        left, request = portability.effect(left, request)
    company = companies.get(member.company_id)
    with Transaction() as transaction:
        members.save(transaction, left)
        requests.save(transaction, request)
        message_ids = _tell_leaver(transaction, left, departure, company)
        if left.departure is not None and left.departure.evin is not None:
            message_ids += portability.tell_offer(transaction, left)
        if proof is not None:
            requests.save(transaction, proof)
        portability.close_proof(transaction, before, but=proof)
    messages.dispatch(*message_ids)
    return replace(left, version=left.version + 1)


def _proof(member: Member, before: Departure | None, declared: Declared) -> Request:
    """The démarche that justifies portability: the one that waits already is kept, with its new last day."""
    due_on = first_proof_due_on(declared.leaving_on, clock.today())
    known = requests.get(before.portability.proof_request_id) if before and before.portability else None
    if known is not None and known.state is RequestState.PENDING_DOCUMENTS:
        return replace(known, required=portability.proof_documents(member, due_on))
    return portability.proof_request(member, due_on)


def _cancel(account: Account, company_id: str, member_id: str) -> Member:
    member, departure, request = _scheduled(company_id, member_id)
    closed = request.moved_to(
        RequestState.CLOSED, at=clock.now(), actor=account.account_id, event="departure_cancelled"
    )
    stayed = leaving.stay(member, departure)
    with Transaction() as transaction:
        members.save(transaction, stayed)
        requests.save(transaction, closed)
        portability.close_proof(transaction, departure)
        message_ids = portability.tell(
            transaction,
            member,
            "departure_cancelled",
            occasion=f"{departure.request_id}:{departure.revision}",
            context={"company": companies.get(company_id).name},
        )
    messages.dispatch(*message_ids)
    return replace(stayed, version=stayed.version + 1)


def _scheduled(company_id: str, member_id: str) -> tuple[Member, Departure, Request]:
    """A departure that has not taken effect, with its démarche.

    Errors: ``NotFound`` without one; ``Conflict`` once its last day has passed.
    """
    member = employees.get(company_id, member_id)
    departure = departure_of(member)
    request = requests.get(departure.request_id)
    if request is None:
        raise NotFound
    if member.state is not AffiliationState.TERMINATION_SCHEDULED or departure.covered_until < clock.today():
        sentence = "Ce départ a pris effet\u00a0: il ne peut plus être modifié ici. Adressez-vous à votre courtier."
        raise Conflict("departure_in_effect", sentence)
    return member, departure, request


def _title(member: Member, declared: Declared) -> str:
    return f"Départ de {member.name} le {day_in_words(declared.leaving_on)}"


def _tell_leaver(transaction: Transaction, member: Member, departure: Departure, company: Company) -> list[str]:
    """The mail that tells the leaver until when they are covered, and of portability (H77)."""
    if departure.declared.reason is DepartureReason.DEATH:
        return []
    context = {"company": company.name, "covered_until": day_in_words(departure.covered_until)}
    template = "departure_recorded"
    right = departure.portability
    if right is not None:
        template = "departure_portability"
        context |= {
            "kept_until": day_in_words(right.ends_on),
            "respond_by": day_in_words(right.proof_due_on),
        }
    occasion = f"{departure.request_id}:{departure.revision}"
    return portability.tell(transaction, member, template, occasion=occasion, context=context)


def _letters_and_card(member: Member) -> Member:
    """Have the letters and the card written anew."""
    departure_letters.request(member)
    affiliation.request_card(member)
    return member
