"""The home page of a company's espace RH: headcount, what waits for HR, shortcuts, news (H22–H28).

No employee is read to be counted; what waits is looked for among the latest requests and the invitations that end soon.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from chalicelib import clock
from chalicelib.domain.account import EmployerRole
from chalicelib.domain.company import Company, Contract, Risk
from chalicelib.domain.content import Audience, Content, ContentKind
from chalicelib.domain.contributions.contribution import ContributionSummary
from chalicelib.domain.contributions.state import ContributionState
from chalicelib.domain.member import AffiliationState, MemberSummary
from chalicelib.domain.money import in_euros
from chalicelib.domain.request import WAITS_FOR_OPENER, RequestKind, RequestState, RequestSummary
from chalicelib.domain.shortcuts import Offer, of_company
from chalicelib.services import companies, dunning, information
from chalicelib.storage import contracts, contributions, headcounts, members, requests
from chalicelib.texts.dates import day_in_words

LATEST_REQUESTS = 100
ENDING_INVITATIONS = 20
LATEST_NEWS = 3
LATEST_CONTRIBUTIONS = 50
SEEN_TO = {ContributionState.DEBIT_SENT, ContributionState.DISPUTED, ContributionState.REGULARISING}
ON_TIME = {ContributionState.ISSUED, ContributionState.DUE, ContributionState.PARTLY_PAID}
SOON = timedelta(days=7)


class WaitingKind(StrEnum):
    """What waits for HR."""

    REQUEST = "request"
    DECLARATION = "declaration"
    INVITATION = "invitation"
    EXPIRED_INVITATIONS = "expired_invitations"
    ACCOUNTANT = "accountant"
    CONTRIBUTIONS = "contributions"
    DUNNING = "dunning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One thing that waits for HR, until a day if there is one, and where it is seen to."""

    kind: WaitingKind
    title: str
    detail: str
    due_on: date | None = None
    request_id: str | None = None
    member_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What the home page shows."""

    company: Company
    risks: frozenset[Risk]
    headcount: Mapping[AffiliationState, int]
    waiting: tuple[Waiting, ...]
    offers: tuple[Offer, ...]
    news: tuple[Content, ...]


def read(company_id: str, role: EmployerRole | None) -> Home:
    """The home page of a company for a user of a role; what is due first comes first.

    Errors: ``NotFound``.
    """
    company = companies.get(company_id)
    today = clock.today()
    held = [one for one in contracts.of_company(company_id) if _held(one, today)]
    risks = frozenset(one.risk for one in held)
    headcount = headcounts.of_company(company_id)
    latest, _ = requests.page_of_company(company_id, before=None, limit=LATEST_REQUESTS)
    ending = members.invited_until(company_id, today + SOON, limit=ENDING_INVITATIONS)
    waiting = [_of_request(one) for one in latest if one.state in WAITS_FOR_OPENER]
    waiting += [_of_invitation(one) for one in ending]
    called, _ = contributions.page_of_company(company_id, before=None, limit=LATEST_CONTRIBUTIONS)
    waiting += _of_contributions(called, today) + _of_debts(held, called, today)
    waiting += _of_expired(headcount[AffiliationState.INVITATION_EXPIRED]) + _of_company(company)
    return Home(
        company=company,
        risks=risks,
        headcount=headcount,
        waiting=tuple(sorted(waiting, key=lambda one: (one.due_on or date.max, one.title))),
        offers=of_company(role, risks),
        news=information.published(Audience.EMPLOYER, risks, ContentKind.NEWS)[:LATEST_NEWS],
    )


def _held(contract: Contract, today: date) -> bool:
    """Whether a contract is in force or about to be: one may affiliate to it before its first day."""
    return contract.ends_on is None or contract.ends_on >= today


def _of_request(one: RequestSummary) -> Waiting:
    match one.state:
        case RequestState.PENDING_DOCUMENTS:
            detail = f"{one.missing} pièces à envoyer." if one.missing > 1 else "Une pièce à envoyer."
        case RequestState.PENDING_SIGNATURE:
            detail = "À signer."
        case _:
            detail = "À terminer et à envoyer."
    return Waiting(
        kind=WaitingKind.DECLARATION if one.kind is RequestKind.WORK_STOPPAGE else WaitingKind.REQUEST,
        title=f"{one.title} – {one.member_name}" if one.member_name else one.title,
        detail=detail,
        due_on=one.due_on,
        request_id=one.request_id,
        member_id=one.member_id or None,
    )


def _of_invitation(one: MemberSummary) -> Waiting:
    ends = f"elle expire le {day_in_words(one.invited_until)}." if one.invited_until else "elle expire bientôt."
    return Waiting(
        kind=WaitingKind.INVITATION,
        title=f"Invitation de {one.name}",
        detail=f"Sans réponse\u00a0: {ends}",
        due_on=one.invited_until,
        member_id=one.member_id,
    )


def _of_expired(count: int) -> list[Waiting]:
    if not count:
        return []
    expired = f"{count} invitations ont expiré" if count > 1 else "Une invitation a expiré"
    return [
        Waiting(
            kind=WaitingKind.EXPIRED_INVITATIONS,
            title="Invitations expirées",
            detail=f"{expired} sans réponse\u00a0: renvoyez-les ou annulez-les.",
        )
    ]


def _of_contributions(called: Sequence[ContributionSummary], today: date) -> list[Waiting]:
    """The latest contributions of which something is left to pay, as one thing; none that is or will be debited."""
    due = [one for one in called if _is_to_pay(one, today)]
    if not due:
        return []
    owed = in_euros(sum(one.collection.owed_cents for one in due))
    many = f"{len(due)}\u00a0cotisations sont à régler" if len(due) > 1 else "Une cotisation est à régler"
    return [
        Waiting(
            kind=WaitingKind.CONTRIBUTIONS,
            title="Mes cotisations",
            detail=f"{many}\u00a0: {owed}.",
            due_on=min(one.due_on for one in due),
        )
    ]


def _is_to_pay(one: ContributionSummary, today: date) -> bool:
    """Whether the company must do something for a contribution to be paid: an announced debit comes by itself."""
    state = one.state_on(today)
    by_itself = state in SEEN_TO or (one.debit is not None and state in ON_TIME)
    return one.collection.owed_cents > 0 and not by_itself


def _of_debts(held: Sequence[Contract], called: Sequence[ContributionSummary], today: date) -> list[Waiting]:
    """The contracts whose cover is suspended for unpaid contributions, or may be after a formal notice: one each."""
    found = []
    for contract in held:
        own = [one for one in called if one.contract_id == contract.contract_id]
        detail = _debt_in_words(contract, own, today)
        if detail:
            title = f"Contrat {contract.label}, n°\u00a0{contract.number}"
            due_on = min((one.due_on for one in own if one.collection.owed_cents > 0), default=today)
            found.append(Waiting(kind=WaitingKind.DUNNING, title=title, detail=detail, due_on=due_on))
    return found


def _debt_in_words(contract: Contract, own: Sequence[ContributionSummary], today: date) -> str:
    suspended = dunning.suspended_from(contract, today)
    if suspended is not None:
        return (
            f"Garanties suspendues depuis le {day_in_words(suspended)}, faute de paiement\u00a0: elles reprennent le "
            "lendemain du jour où tout ce qui est dû est payé."
        )
    noticed = [one for one in own if one.state_on(today) is ContributionState.FORMAL_NOTICE]
    days = [one.collection.formal_notice_on for one in noticed if one.collection.formal_notice_on]
    if not days:
        return ""
    return (
        f"Mise en demeure depuis le {day_in_words(min(days))}\u00a0: faute de paiement, les garanties peuvent être "
        "suspendues."
    )


def _of_company(company: Company) -> list[Waiting]:
    if company.accountant is not None:
        return []
    detail = "Indiquez ses coordonnées\u00a0: elles facilitent nos échanges."
    return [Waiting(kind=WaitingKind.ACCOUNTANT, title="Votre expert-comptable", detail=detail)]
