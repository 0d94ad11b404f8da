"""A member asks that somebody be covered no longer: from the end of the month on, without a document (M51, A13).

Rights and card change when the last day has passed, not when it is asked for (M57); what was reimbursed stays, and care
of a covered day may still be claimed (M58). Until then the request may be withdrawn.
"""

from dataclasses import replace
from datetime import date
from functools import partial

from chalicelib import clock
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.member import Beneficiary, BeneficiaryState, Member, Removal, removal_ends_on
from chalicelib.domain.request import Actor, Request, RequestKind, RequestState
from chalicelib.services import dependants, messages, own_space, tokens
from chalicelib.storage import members, requests
from chalicelib.storage.transaction import Transaction, retry_stale
from chalicelib.texts.dates import day_in_words


def ask(member_id: str, beneficiary_id: str, *, account_id: str) -> Request:
    """Ask that a person be covered no longer after the last day of this month (M51, A13).

    Errors: ``NotFound`` without a health contract (M48) or for nobody of theirs; ``Conflict`` for the member, for
    somebody who is not covered, or whose end is known already and no later.
    """
    return retry_stale(partial(_ask, member_id, beneficiary_id, account_id))


def _ask(member_id: str, beneficiary_id: str, account_id: str) -> Request:
    member, person = _person(member_id, beneficiary_id)
    now, ends_on = clock.now(), removal_ends_on(clock.today())
    _check(person, clock.today())
    number = 1
    while (request_id := tokens.derived_id("removal", beneficiary_id, str(number))) and requests.get(request_id):
        number += 1
    request = Request(
        request_id=request_id,
        kind=RequestKind.BENEFICIARY_REMOVAL,
        member_id=member.member_id,
        member_name=member.name,
        company_id=member.company_id,
        opened_by=Actor.MEMBER,
        account_id=account_id,
        state=RequestState.DRAFT,
        title=f"Retrait de {person.name} après le {day_in_words(ends_on)}",
        created_at=now,
    ).moved_to(RequestState.SCHEDULED, at=now, actor=account_id, event="removal_recorded")
    removal = Removal(request_id=request.request_id, ends_on=ends_on)
    context = {"ends_on": day_in_words(ends_on)}
    with Transaction() as transaction:
        members.save(transaction, member.with_beneficiary(replace(person, removal=removal)))
        requests.save(transaction, request)
        message_ids = dependants.tell(
            transaction, member, "beneficiary_removal_recorded", occasion=request.request_id, context=context
        )
    messages.dispatch(*message_ids)
    return replace(request, version=1)


def withdraw(member_id: str, beneficiary_id: str, *, account_id: str) -> None:
    """Give a removal up, until its last day has passed: the person stays covered. Safe to repeat.

    Errors: ``NotFound``; ``Conflict`` once it has taken effect.
    """
    retry_stale(partial(_withdraw, member_id, beneficiary_id, account_id))


def _withdraw(member_id: str, beneficiary_id: str, account_id: str) -> None:
    member, person = _person(member_id, beneficiary_id)
    removal = person.removal
    if removal is None:
        return
    if removal.ends_on < clock.today():
        sentence = "Ce retrait a pris effet\u00a0: demandez l’ajout de cette personne pour la couvrir de nouveau."
        raise Conflict("already_effective", sentence)
    request = requests.get(removal.request_id)
    message_ids = []
    with Transaction() as transaction:
        members.save(transaction, member.with_beneficiary(replace(person, removal=None)))
        if request is not None and request.state is RequestState.SCHEDULED:
            closed = request.moved_to(RequestState.CLOSED, at=clock.now(), actor=account_id, event="removal_withdrawn")
            requests.save(transaction, closed)
            message_ids = dependants.tell(
                transaction, member, "beneficiary_removal_withdrawn", occasion=removal.request_id, context={}
            )
    messages.dispatch(*message_ids)


def _person(member_id: str, beneficiary_id: str) -> tuple[Member, Beneficiary]:
    member = own_space.with_health(member_id)
    person = member.beneficiary(beneficiary_id)
    if person is None:
        raise NotFound
    return member, person


def may_be_removed(person: Beneficiary, today: date) -> bool:
    """Whether the removal of a person may be asked for."""
    try:
        _check(person, today)
    except Conflict:
        return False
    return True


def _check(person: Beneficiary, today: date) -> None:
    if person.relationship is None:
        sentence = "L’assuré ne se retire pas lui-même\u00a0: son affiliation prend fin avec son contrat de travail."
        raise Conflict("own_cover", sentence)
    if person.removal is not None and person.removal.ends_on >= today:
        sentence = f"Le retrait est déjà demandé\u00a0: il prend effet après le {day_in_words(person.removal.ends_on)}."
        raise Conflict("already_requested", sentence, request_id=person.removal.request_id)
    if person.state_on(today) in {BeneficiaryState.PENDING_PROOF, BeneficiaryState.ENDED}:
        raise Conflict("not_covered", "Cette personne n’est pas couverte\u00a0: il n’y a rien à retirer.")
    if person.ends_on is not None and person.ends_on <= removal_ends_on(today):
        sentence = f"La couverture de cette personne prend déjà fin le {day_in_words(person.ends_on)}."
        raise Conflict("already_ending", sentence)
