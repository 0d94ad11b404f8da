"""What an employer's user may start, and the sentence that says why not: by role, risk and state (H4, H5, H23–H28)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from chalicelib.domain.account import EmployerRole
from chalicelib.domain.company import Risk
from chalicelib.domain.member import RUNNING, AffiliationState, Member


class Shortcut(StrEnum):
    """Everything that the home page or an employee's sheet leads to."""

    CONTRIBUTIONS = "contributions"
    EMPLOYEES = "employees"
    ADD_EMPLOYEE = "add_employee"
    RADIATION = "radiation"
    PORTABILITY = "portability"
    NEWS = "news"
    DECLARE_WORK_STOPPAGE = "declare_work_stoppage"
    ADD_BENEFICIARY = "add_beneficiary"
    CARD = "card"
    EDIT = "edit"
    RESEND_INVITATION = "resend_invitation"
    CANCEL_INVITATION = "cancel_invitation"


LABELS: Mapping[Shortcut, str] = {
    Shortcut.CONTRIBUTIONS: "Mes cotisations",
    Shortcut.EMPLOYEES: "Mes salariés",
    Shortcut.ADD_EMPLOYEE: "Affilier un salarié",
    Shortcut.RADIATION: "Radier un salarié",
    Shortcut.PORTABILITY: "Portabilité",
    Shortcut.NEWS: "Actualités et services",
    Shortcut.DECLARE_WORK_STOPPAGE: "Déclarer un arrêt de travail",
    Shortcut.ADD_BENEFICIARY: "Ajouter un bénéficiaire",
    Shortcut.CARD: "Carte de tiers payant",
    Shortcut.EDIT: "Modifier les données",
    Shortcut.RESEND_INVITATION: "Renvoyer l’invitation",
    Shortcut.CANCEL_INVITATION: "Annuler l’invitation",
}

HOME = (
    Shortcut.CONTRIBUTIONS,
    Shortcut.EMPLOYEES,
    Shortcut.ADD_EMPLOYEE,
    Shortcut.RADIATION,
    Shortcut.PORTABILITY,
    Shortcut.NEWS,
    Shortcut.DECLARE_WORK_STOPPAGE,
    Shortcut.ADD_BENEFICIARY,
)
SHEET = (
    Shortcut.ADD_BENEFICIARY,
    Shortcut.DECLARE_WORK_STOPPAGE,
    Shortcut.RADIATION,
    Shortcut.PORTABILITY,
    Shortcut.CARD,
    Shortcut.EDIT,
    Shortcut.RESEND_INVITATION,
    Shortcut.CANCEL_INVITATION,
)
ONLY_READ = {Shortcut.CONTRIBUTIONS, Shortcut.EMPLOYEES, Shortcut.NEWS, Shortcut.CARD}
OF_ONE_RISK: Mapping[Shortcut, Risk] = {
    Shortcut.DECLARE_WORK_STOPPAGE: Risk.PROVIDENT,
    Shortcut.ADD_BENEFICIARY: Risk.HEALTH,
    Shortcut.CARD: Risk.HEALTH,
}
RISKS = {Risk.HEALTH: "santé", Risk.PROVIDENT: "prévoyance"}
DEPARTURES = {Shortcut.RADIATION, Shortcut.PORTABILITY}
OF_EMPLOYEES = DEPARTURES | {Shortcut.DECLARE_WORK_STOPPAGE}
EMPLOYED = {AffiliationState.ACTIVE, AffiliationState.TERMINATION_SCHEDULED}
INVITED = {AffiliationState.PRE_AFFILIATED, AffiliationState.INVITATION_EXPIRED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A shortcut and why it cannot be used now; ``reason`` is ``None`` when it can."""

    shortcut: Shortcut
    reason: str | None = None


def of_company(role: EmployerRole | None, risks: frozenset[Risk]) -> tuple[Offer, ...]:
    """The shortcuts of the home page, for a role and the risks of the company's contracts (H4, H5).

    >>> [str(one.shortcut) for one in of_company(EmployerRole.MANAGER, frozenset({Risk.HEALTH})) if one.reason]
    ['declare_work_stoppage']
    """
    return tuple(Offer(shortcut=one, reason=_role(one, role) or _company_risk(one, risks)) for one in HOME)


def of_employee(member: Member, role: EmployerRole | None, on: date) -> tuple[Offer, ...]:
    """The shortcuts of an employee's sheet on a day: by role, by the risks they are covered for, by where they stand.

    Sources: A3 for what is of one risk; H54, H55, H56, H57, H58, H59 for the shortcuts.
    """
    return tuple(
        Offer(shortcut=one, reason=_role(one, role) or DECIDED_BY.get(one, _covered)(one, member, on)) for one in SHEET
    )


def _role(shortcut: Shortcut, role: EmployerRole | None) -> str | None:
    if shortcut in ONLY_READ or (role is not None and role.includes(EmployerRole.MANAGER)):
        return None
    return "Votre rôle permet de consulter\u00a0: demandez à un administrateur de la société."


def _company_risk(shortcut: Shortcut, risks: frozenset[Risk]) -> str | None:
    risk = OF_ONE_RISK.get(shortcut)
    if risk is None or risk in risks:
        return None
    return f"Réservé aux contrats {RISKS[risk]}\u00a0: la société n’en a pas."


def _covered(shortcut: Shortcut, member: Member, on: date) -> str | None:
    if member.state in INVITED:
        return "Le salarié n’a pas encore répondu à son invitation."
    if member.state is AffiliationState.PENDING_DOCUMENTS:
        return "L’affiliation du salarié attend encore ses pièces."
    running = [
        one for one in member.affiliations if one.state in RUNNING and (one.ends_on is None or one.ends_on >= on)
    ]
    held = [one for one in running if one.state in EMPLOYED] if shortcut in OF_EMPLOYEES else running
    if not held:
        return "Le salarié n’est plus couvert au titre de son contrat de travail."
    risk = OF_ONE_RISK.get(shortcut)
    if risk is not None and risk not in {one.risk for one in held}:
        return f"Réservé aux contrats {RISKS[risk]}\u00a0: le salarié n’est pas affilié à l’un d’eux."
    if shortcut in DEPARTURES and all(one.state is not AffiliationState.ACTIVE for one in held):
        return "Le départ du salarié est déjà déclaré."
    return None


def _editable(shortcut: Shortcut, member: Member, on: date) -> str | None:
    return "L’invitation est annulée." if member.state is AffiliationState.CANCELLED else None


def _invited(shortcut: Shortcut, member: Member, on: date) -> str | None:
    return None if member.state in INVITED else "Aucune invitation n’est en attente de réponse."


DECIDED_BY: Mapping[Shortcut, Callable[[Shortcut, Member, date], str | None]] = {
    Shortcut.EDIT: _editable,
    Shortcut.RESEND_INVITATION: _invited,
    Shortcut.CANCEL_INVITATION: _invited,
}
