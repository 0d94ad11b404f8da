"""An adult dependant decides whether the policyholder reads their care: asked by mail, answered by link (A12).

The dependant has no account: a single-use link is mailed to their own address, and after each answer another one, by
which they change their mind. Whoever has answered once is asked again at the same address only, so that nobody answers
in their place from another.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from chalicelib import clock
from chalicelib.domain.errors import Conflict, FieldErrors, NotFound, Refused
from chalicelib.domain.member import Beneficiary, Member
from chalicelib.domain.privacy import (
    LABELS,
    Choice,
    Sharing,
    SharingState,
    changed_since,
    choices,
    invitation_ends_at,
    is_adult_on,
    keeps_to_themselves,
)
from chalicelib.domain.request import Actor, Request
from chalicelib.services import messages, own_space, throttling, tokens
from chalicelib.storage import members
from chalicelib.storage.transaction import Transaction, retry_stale
from chalicelib.texts.dates import moment_in_words

GONE = "Ce fichier n’est plus disponible\u00a0: les droits de lecture ont changé. Demandez-en un nouveau."
RESERVED = "Ces soins sont ceux d’une personne majeure\u00a0: le motif de la décision lui est réservé."


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a link shows to the dependant: who asks, where their consent stands, and what they may decide."""

    first_name: str
    asked_by: str
    sharing: Sharing
    choices: tuple[Choice, ...]


def hidden_from(member: Member) -> Callable[[str], bool]:
    """Whether the care lines of a person, by id, are hidden from the policyholder today; those of unknown people are.

    Requirement A12.
    """
    today = clock.today()
    read = {
        one.beneficiary_id
        for one in member.beneficiaries
        if one.rank == 1 or not keeps_to_themselves(one.birth_date, one.sharing, today)
    }
    return lambda beneficiary_id: beneficiary_id not in read


def discreet(request: Request) -> Request:
    """A claim, a devis or a stay as the policyholder who made it may follow it.

    Why it was decided so, and what other care it resembles, are told to whom the care is of. What the policyholder
    typed themselves stays, and so does what they are asked to send.
    """
    decided = request.reason is not None and request.next_actor is Actor.NOBODY
    compared = request.claim is not None and bool(request.claim.resembles)
    if request.patient_id is None or not (decided or compared):
        return request
    if not hidden_from(own_space.member(request.member_id))(request.patient_id):
        return request
    claim = replace(request.claim, resembles=()) if request.claim else None
    return replace(request, claim=claim, reason=RESERVED if decided else request.reason)


def check_unchanged(member: Member, since: datetime) -> None:
    """A file written about a member's family is handed out while nobody in it decided or came of age since.

    Errors: ``NotFound``, which says to ask for another.
    """
    then, now = clock.paris_day(since), clock.today()
    for one in member.beneficiaries:
        if one.rank != 1 and changed_since(one.birth_date, one.sharing, since=since, then=then, now=now):
            raise NotFound(GONE)


def adults(member_id: str) -> list[Beneficiary]:
    """The dependants of age, whose consent decides.

    Errors: ``NotFound`` without a santé contract.
    """
    today = clock.today()
    return [one for one in own_space.with_health(member_id).beneficiaries if _decides(one, today)]


def _decides(one: Beneficiary, today: date) -> bool:
    return one.rank != 1 and is_adult_on(one.birth_date, today)


def invite(member_id: str, beneficiary_id: str, email: str, *, source_ip: str) -> Beneficiary:
    """Ask an adult dependant, by a mail to their own address; a former unanswered link stops working.

    Errors: ``NotFound``; ``FieldErrors`` on ``email`` for the policyholder's own address or another dependant's;
    ``Conflict`` once they agreed, or for another address than the one they answered from; ``TooManyAttempts``.
    """
    throttling.admit_attempt("privacy-invitation", target=f"{member_id}/{beneficiary_id}", source_ip=source_ip)
    return retry_stale(partial(_invite, member_id, beneficiary_id, email))


def _invite(member_id: str, beneficiary_id: str, email: str) -> Beneficiary:
    member = own_space.with_health(member_id)
    person = member.beneficiary(beneficiary_id)
    if person is None or not _decides(person, clock.today()):
        raise NotFound
    _check_address(member, person, email)
    now = clock.now()
    token, digest = tokens.new_token(member_id)
    ends_at = invitation_ends_at(now, clock.today())
    decisions = person.sharing.decisions if person.sharing else ()
    sharing = Sharing(email=email, asked_at=now, link_hash=digest, link_ends_at=ends_at, decisions=decisions)
    asked = replace(person, sharing=sharing)
    with Transaction() as transaction:
        members.save(transaction, member.with_beneficiary(asked))
        message_id = messages.write(
            transaction,
            occasion=f"privacy-invitation:{digest}",
            template="privacy_invitation",
            recipient=email,
            context={
                "asked_by": member.name,
                "link": _link(token),
                "valid_until": moment_in_words(ends_at),
            },
            about=member_id,
        )
    messages.dispatch(message_id)
    return asked


def _check_address(member: Member, person: Beneficiary, email: str) -> None:
    theirs = {one.casefold() for one in (member.email, member.proposed_email) if one}
    if email.casefold() in theirs:
        sentence = "Indiquez l’adresse personnelle de cette personne, et non la vôtre\u00a0: elle seule décide."
        raise FieldErrors.on("email", sentence, "own_address")
    others = {
        one.sharing.email.casefold()
        for one in member.beneficiaries
        if one.sharing and one.beneficiary_id != person.beneficiary_id
    }
    if email.casefold() in others:
        sentence = "Cette adresse est déjà celle d’un autre bénéficiaire\u00a0: indiquez une adresse personnelle."
        raise FieldErrors.on("email", sentence, "address_of_another")
    if person.sharing is None or not person.sharing.decisions:
        return
    if person.sharing.state is SharingState.AGREED:
        raise Conflict("already_agreed", "Cette personne a déjà donné son accord.")
    if person.sharing.email.casefold() != email.casefold():
        sentence = (
            "Cette personne a répondu depuis une autre adresse\u00a0: elle seule peut nous demander d’en changer."
        )
        raise Conflict("address_decided", sentence)


def read(token: str) -> Question:
    """What a link asks; reading it does not use it up.

    Errors: ``Refused`` when the link no longer works.
    """
    member, person, sharing = _opened(token)
    return Question(first_name=person.first_name, asked_by=member.name, sharing=sharing, choices=choices(sharing.state))


def decide(token: str, choice: Choice) -> SharingState:
    """Record what the dependant decides, and mail them the link by which they change it.

    Errors: ``Refused`` when the link no longer works; ``Conflict`` when nothing would change.
    """
    return retry_stale(partial(_decide, token, choice))


def _decide(token: str, choice: Choice) -> SharingState:
    member, person, sharing = _opened(token)
    next_token, digest = tokens.new_token(member.member_id)
    decided = sharing.decided(choice, at=clock.now(), next_link_hash=digest)
    with Transaction() as transaction:
        members.save(transaction, member.with_beneficiary(replace(person, sharing=decided)))
        message_id = messages.write(
            transaction,
            occasion=f"privacy-decided:{digest}",
            template="privacy_decided",
            recipient=sharing.email,
            context={
                "asked_by": member.name,
                "decision": LABELS[decided.state],
                "link": _link(next_token),
            },
            about=member.member_id,
        )
    messages.dispatch(message_id)
    return decided.state


def _opened(token: str) -> tuple[Member, Beneficiary, Sharing]:
    member_id = tokens.owner_of(token)
    member = members.get(member_id) if member_id else None
    digest, now = tokens.token_hash(token), clock.now()
    for person in member.beneficiaries if member else ():
        if member and person.sharing and person.sharing.opens(digest, now=now):
            return member, person, person.sharing
    sentence = "Ce lien n’est plus valable\u00a0: il ne sert qu’une fois et expire. Utilisez le dernier lien reçu."
    raise Refused("link_unusable", sentence)


def _link(token: str) -> str:
    return messages.link_to("confidentialite", token)
