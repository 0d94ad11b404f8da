"""A covered person moves: at once, with an acknowledgement, and a reminder when another health fund serves (M81–M84).

The employee's address is the household's; whoever has none of their own lives there.
"""

from dataclasses import dataclass, replace
from functools import partial

from chalicelib import clock
from chalicelib.domain.address_change import AddressChange
from chalicelib.domain.company import Address
from chalicelib.domain.errors import FieldErrors, NotFound
from chalicelib.domain.member import Beneficiary, Member
from chalicelib.domain.request import Actor, Request, RequestKind, RequestState
from chalicelib.identifiers import InvalidIdentifier
from chalicelib.identifiers.place import departement_of
from chalicelib.services import dependants, messages, own_space, repeats, tokens
from chalicelib.storage import members, requests
from chalicelib.storage.transaction import Transaction, retry_stale

CPAM = "caisse d’assurance maladie (CPAM)"
FUNDS = dict.fromkeys(("971", "972", "973", "974"), "caisse générale de sécurité sociale (CGSS)") | {
    "976": "caisse de sécurité sociale de Mayotte (CSSM)"
}
"""What serves a département in the place of a CPAM (CSS art. L752-4; ordonnance n° 96-1122 for Mayotte)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Who moves where: a person, or the household when nobody is chosen."""

    beneficiary_id: str | None
    address: Address


def change(member_id: str, move: Move, *, account_id: str, idempotency_key: str) -> Request:
    """Record where a person lives from now on, or where the household does (M82, M83).

    The same key again gives the same change.
    Errors: ``NotFound``; ``FieldErrors`` on ``address``; ``Conflict`` when the key recorded another change.
    """
    request_id = tokens.derived_id("address", member_id, idempotency_key)
    return retry_stale(partial(_change, member_id, move, account_id, request_id))


def reminder(request: Request) -> str | None:
    """The sentence to show beside a change that the health fund must be told of too (M81, M84)."""
    change = request.address_change
    if change is None or not change.to_tell_cpam:
        return None
    return (
        "Le nouveau domicile est dans un autre département\u00a0: signalez aussi ce changement à la "
        f"{fund_of(change.after)}, depuis le compte ameli de la personne."
    )


def fund_of(address: Address) -> str:
    """The health fund that serves an address, by its kind; abroad, that of the former address is called a CPAM.

    >>> fund_of(Address(line1="1", postcode="97400", city="Saint-Denis"))
    'caisse générale de sécurité sociale (CGSS)'
    """
    try:
        return FUNDS.get(departement_of(address.postcode), CPAM)
    except InvalidIdentifier:
        return CPAM


def other_departement(before: Address | None, after: Address) -> bool:
    """Whether somebody moves to another département; nobody knows without a former address in France (M84).

    >>> ajaccio, bastia = Address(line1="1", postcode="20000", city="A"), Address(line1="1", postcode="20200", city="B")
    >>> other_departement(ajaccio, bastia), other_departement(ajaccio, ajaccio), other_departement(None, bastia)
    (True, False, False)
    """
    if before is None:
        return False
    try:
        return departement_of(before.postcode) != departement_of(after.postcode)
    except InvalidIdentifier:
        return True


def _change(member_id: str, move: Move, account_id: str, request_id: str) -> Request:
    asked = repeats.fingerprint(move)
    known = requests.get(request_id)
    if known is not None:
        return repeats.first_answer(known, asked)
    member = own_space.member(member_id)
    person = member.beneficiary(move.beneficiary_id) if move.beneficiary_id else member.holder
    if person is None:
        raise NotFound
    before = member.address_of(person)
    if before == move.address:
        raise FieldErrors.on("address", "C’est déjà l’adresse que nous connaissons.", "unchanged")
    changed = AddressChange(
        beneficiary_id=person.beneficiary_id,
        before=before,
        after=move.address,
        to_tell_cpam=other_departement(before, move.address),
    )
    request = replace(_request(member, person, changed, account_id, request_id), fingerprint=asked)
    template = "address_changed_departement" if changed.to_tell_cpam else "address_changed"
    with Transaction() as transaction:
        members.save(transaction, _moved(member, person, move.address))
        requests.save(transaction, request)
        context = {"fund": fund_of(move.address)} if changed.to_tell_cpam else {}
        message_ids = dependants.tell(transaction, member, template, occasion=request_id, context=context)
    messages.dispatch(*message_ids)
    return replace(request, version=1)


def _request(member: Member, person: Beneficiary, changed: AddressChange, account_id: str, request_id: str) -> Request:
    now = clock.now()
    return Request(
        request_id=request_id,
        kind=RequestKind.ADDRESS,
        member_id=member.member_id,
        member_name=member.name,
        company_id=member.company_id,
        opened_by=Actor.MEMBER,
        account_id=account_id,
        state=RequestState.DRAFT,
        title=f"Changement d’adresse de {person.name}",
        address_change=changed,
        created_at=now,
    ).moved_to(RequestState.ACCEPTED, at=now, actor=account_id, event="address_changed")


def _moved(member: Member, person: Beneficiary, address: Address) -> Member:
    """The member once a person has moved; back with the household, they have no address of their own any more."""
    if person.relationship is None:
        return replace(member, address=address)
    own = None if address == member.address else address
    return member.with_beneficiary(replace(person, address=own))
