"""The member's home page: where things lead, what waits for the member, what happened this year (M17–M23).

The member, their requests and the ids of this year's décomptes are read, once each: no document is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from chalicelib import clock
from chalicelib.domain.company import Risk
from chalicelib.domain.content import Audience, Content, ContentKind
from chalicelib.domain.member import COVERING, BeneficiaryState, Member
from chalicelib.domain.member_shortcuts import Offer, offers
from chalicelib.domain.request import WAITS_FOR_OPENER, RequestKind, RequestState, RequestSummary
from chalicelib.services import information, own_space, payments
from chalicelib.storage import reimbursements, requests
from chalicelib.texts.dates import day_in_words

LATEST_REQUESTS = 100
LATEST_NEWS = 3
COUNTED = 100
CARD_ENDS_SOON = timedelta(days=30)
CERTIFICATES = {BeneficiaryState.PROOF_EXPIRING, BeneficiaryState.PROOF_EXPIRED}


class MemberWaitingKind(StrEnum):
    """What waits for the member."""

    REQUEST = "request"
    PORTABILITY_PROOF = "portability_proof"
    CERTIFICATE = "certificate"
    CARD = "card"
    BANK_DETAILS = "bank_details"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One thing that waits for the member, until a day if there is one, and where it is seen to."""

    kind: MemberWaitingKind
    title: str
    detail: str
    due_on: date | None = None
    request_id: str | None = None
    beneficiary_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What the home page shows; the count of reimbursements stops at a hundred, then ``more`` is true."""

    member: Member
    held: frozenset[Risk]
    open_requests: int
    reimbursements: int | None
    more: bool
    waiting: tuple[Waiting, ...]
    offers: tuple[Offer, ...]
    news: tuple[Content, ...]


def read(member_id: str) -> Home:
    """The home page of a member; what is due first comes first.

    Errors: ``NotFound``.
    """
    member = own_space.member(member_id)
    today = clock.today()
    held = frozenset(one.risk for one in member.affiliations if one.state in COVERING)
    running = frozenset(one.risk for one in member.affiliations if one.runs)
    asked = requests.of_member(member_id, limit=LATEST_REQUESTS)
    counted = _counted(member_id, today) if Risk.HEALTH in held else None
    waiting = [_of_request(one) for one in asked if one.state in WAITS_FOR_OPENER]
    waiting += [*_of_certificates(member), *_of_card(member, today), *_of_bank(member, running)]
    waiting += _of_payments(member_id, asked) if Risk.HEALTH in held else []
    return Home(
        member=member,
        held=held,
        open_requests=sum(one.is_open for one in asked),
        reimbursements=counted,
        more=counted == COUNTED,
        waiting=tuple(sorted(waiting, key=lambda one: (one.due_on or date.max, one.title))),
        offers=offers(held, running),
        news=information.published(Audience.MEMBER, information.risks_held(member), ContentKind.NEWS)[:LATEST_NEWS],
    )


def _counted(member_id: str, today: date) -> int:
    return reimbursements.count_since(member_id, date(today.year, 1, 1), most=COUNTED)


def _of_request(one: RequestSummary) -> Waiting:
    match one.state:
        case RequestState.PENDING_DOCUMENTS:
            detail = f"{one.missing} pièces à envoyer." if one.missing > 1 else "Une pièce à envoyer."
        case RequestState.PENDING_SIGNATURE:
            detail = "À signer."
        case _:
            detail = "À terminer et à envoyer."
    proof = one.kind is RequestKind.PORTABILITY_PROOF
    return Waiting(
        kind=MemberWaitingKind.PORTABILITY_PROOF if proof else MemberWaitingKind.REQUEST,
        title=one.title,
        detail=detail,
        due_on=one.due_on,
        request_id=one.request_id,
    )


def _of_certificates(member: Member) -> Iterator[Waiting]:
    for person in member.beneficiaries:
        if person.state in CERTIFICATES:
            yield Waiting(
                kind=MemberWaitingKind.CERTIFICATE,
                title=f"Certificat de situation de {person.name}",
                detail="À renouveler pour que cette personne reste couverte.",
                beneficiary_id=person.beneficiary_id,
            )


def _of_card(member: Member, today: date) -> Iterator[Waiting]:
    last = member.card_valid_to
    if last is None or last > today + CARD_ENDS_SOON or member.running_affiliation(Risk.HEALTH) is None:
        return
    ends = f"Elle est valable jusqu’au {day_in_words(last)}." if last >= today else "Elle n’est plus valable."
    yield Waiting(
        kind=MemberWaitingKind.CARD,
        title="Carte de tiers payant",
        detail=f"{ends} Téléchargez la suivante à partir du {day_in_words(last + timedelta(days=1))}.",
        due_on=last,
    )


def _of_bank(member: Member, running: frozenset[Risk]) -> Iterator[Waiting]:
    if Risk.HEALTH in running and member.account_on(clock.now()) is None:
        yield Waiting(
            kind=MemberWaitingKind.BANK_DETAILS,
            title="Votre RIB",
            detail="Indiquez le compte sur lequel verser vos remboursements.",
        )


def _of_payments(member_id: str, asked: list[RequestSummary]) -> list[Waiting]:
    """The transfers that came back, as one thing: another account lets them go, be it asked for already (M85)."""
    stopped = payments.stopped_for(member_id)
    if not stopped:
        return []
    title = "Des virements n’ont pas abouti" if len(stopped) > 1 else "Un virement n’a pas abouti"
    changing = (one for one in asked if one.kind is RequestKind.BANK_DETAILS and one.state is RequestState.SCHEDULED)
    day = next((one.due_on for one in changing), None)
    remedy = "Indiquez un autre compte" if day is None else f"Votre nouveau compte servira le {day_in_words(day)}"
    leaves = "ils repartiront d’eux-mêmes" if len(stopped) > 1 else "le virement repartira de lui-même"
    return [
        Waiting(
            kind=MemberWaitingKind.BANK_DETAILS,
            title=title,
            detail=f"{stopped[0].sentence} {remedy}\u00a0: {leaves}.",
            due_on=day,
        )
    ]
