"""An employee leaves: why, with which rights, and until when the cover runs (H78, H79)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from chalicelib.domain.errors import FieldError, FieldErrors
from chalicelib.domain.evin import EvinOffer, EvinTitle
from chalicelib.domain.law import parameter
from chalicelib.domain.periods import last_day_of_month
from chalicelib.domain.portability import Employment, Portability


class DepartureReason(StrEnum):
    """Why an employee leaves, as an employer may declare it (dossier 5.4).

    Unpaid contributions and the end of a group contract concern a contract, not an employee: they are not reasons here.
    Nor is a disability: an employer is never asked about somebody's health.
    """

    FIXED_TERM_ENDED = "fin_cdd"
    TRIAL_ENDED = "fin_periode_essai"
    RESIGNATION = "demission"
    LEGITIMATE_RESIGNATION = "demission_legitime"
    REDUNDANCY = "licenciement_economique"
    DISMISSAL = "licenciement_personnel"
    SERIOUS_MISCONDUCT = "faute_grave"
    WILFUL_MISCONDUCT = "faute_lourde"
    MUTUAL_AGREEMENT = "rupture_conventionnelle"
    COMPANY_CLOSED = "cessation_entreprise"
    RETIREMENT = "retraite"
    DEATH = "deces"
    TRANSFER = "mutation"
    EXEMPTION = "dispense"
    UNPAID_LEAVE = "conge_sans_solde"


@dataclass(frozen=True, slots=True)
class Rights:
    """What a reason opens: portability if the person draws unemployment benefit, and by which title loi Évin.

    ``because`` is the sentence that says why.
    """

    label: str
    portability: bool
    because: str
    evin: EvinTitle | None = None


_ENTITLED = (
    "La rupture du contrat de travail peut être indemnisée par l’assurance chômage\u00a0: "
    "elle ouvre droit à la portabilité."
)
_STILL_EMPLOYED = "Le contrat de travail n’est pas rompu\u00a0: il n’y a pas de portabilité."

RIGHTS: Mapping[DepartureReason, Rights] = MappingProxyType(
    {
        DepartureReason.FIXED_TERM_ENDED: Rights("Fin de CDD", True, _ENTITLED),
        DepartureReason.TRIAL_ENDED: Rights("Fin de période d’essai", True, _ENTITLED),
        DepartureReason.RESIGNATION: Rights(
            "Démission",
            False,
            "Une démission n’ouvre pas droit à l’assurance chômage\u00a0: elle n’ouvre pas droit à la portabilité.",
        ),
        DepartureReason.LEGITIMATE_RESIGNATION: Rights(
            "Démission légitime",
            True,
            "Une démission légitime est indemnisée par l’assurance chômage\u00a0: elle ouvre droit à la portabilité.",
        ),
        DepartureReason.REDUNDANCY: Rights("Licenciement économique", True, _ENTITLED),
        DepartureReason.DISMISSAL: Rights("Licenciement pour motif personnel", True, _ENTITLED),
        DepartureReason.SERIOUS_MISCONDUCT: Rights("Licenciement pour faute grave", True, _ENTITLED),
        DepartureReason.WILFUL_MISCONDUCT: Rights(
            "Licenciement pour faute lourde",
            False,
            "La loi exclut la faute lourde de la portabilité.",
            EvinTitle.UNEMPLOYED,
        ),
        DepartureReason.MUTUAL_AGREEMENT: Rights("Rupture conventionnelle", True, _ENTITLED),
        DepartureReason.COMPANY_CLOSED: Rights("Cessation de l’entreprise", True, _ENTITLED),
        DepartureReason.RETIREMENT: Rights(
            "Départ à la retraite",
            False,
            "La retraite n’est pas indemnisée par l’assurance chômage\u00a0: elle n’ouvre pas droit à la portabilité.",
            EvinTitle.RETIRED,
        ),
        DepartureReason.DEATH: Rights(
            "Décès", False, "Le décès n’ouvre pas droit à la portabilité.", EvinTitle.DEPENDANTS
        ),
        DepartureReason.TRANSFER: Rights("Mutation", False, _STILL_EMPLOYED),
        DepartureReason.EXEMPTION: Rights("Dispense d’affiliation accordée", False, _STILL_EMPLOYED),
        DepartureReason.UNPAID_LEAVE: Rights("Congé sans solde", False, _STILL_EMPLOYED),
    }
)
"""The rights of each reason. Source: CSS L911-8; loi 89-1009 art. 4; dossier 5.4, 5.5, 5.6."""

NOT_UNEMPLOYED = (
    "La personne n’est pas indemnisée par l’assurance chômage\u00a0: la portabilité suppose cette indemnisation."
)
NOT_COVERED_YET = "La couverture n’avait pas commencé à la fin du contrat de travail\u00a0: il n’y a rien à maintenir."


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What the employer declares: the employment contract that ends, those before it, and whether benefit is drawn."""

    reason: DepartureReason
    leaving_on: date
    contract_started_on: date
    earlier: tuple[Employment, ...] = ()
    unemployment_benefit: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerEnd:
    """Until when a person or a membership was covered before the departure; ``None`` when no end was set."""

    of: str
    ends_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """The departure of an employee as it is kept with them, and what follows it (H78, H79, H80).

    ``covered_until`` is the last day of cover as an employee. ``revision`` counts corrections.
    """

    request_id: str
    declared: Declared
    covered_until: date
    recorded_on: date
    revision: int = 1
    former_ends: tuple[FormerEnd, ...] = ()
    portability: Portability | None = None
    evin: EvinOffer | None = None

    def former_end(self, of: str) -> FormerEnd | None:
        """What the departure changed for a person or a membership, if anything."""
        return next((one for one in self.former_ends if one.of == of), None)


def cover_ends_on(leaving_on: date, *, to_month_end: bool) -> date:
    """The last day of cover as an employee, by the clause of the contract.

    Source: dossier 5.4: the last day of the employment contract, or of its month.

    >>> cover_ends_on(date(2026, 2, 10), to_month_end=False), cover_ends_on(date(2026, 2, 10), to_month_end=True)
    (datetime.date(2026, 2, 10), datetime.date(2026, 2, 28))
    """
    return last_day_of_month(leaving_on) if to_month_end else leaving_on


def portability_refused(declared: Declared, *, covered_from: date) -> str | None:
    """The sentence that says why a departure does not open portability; ``None`` when it does (H79).

    Source: CSS L911-8: a termination that unemployment insurance pays, no wilful misconduct, rights opened before.

    >>> leaver = Declared(reason=DepartureReason.RESIGNATION, leaving_on=date(2026, 3, 31),
    ...                   contract_started_on=date(2024, 1, 1))
    >>> portability_refused(leaver, covered_from=date(2024, 1, 1)) is None
    False
    """
    rights = RIGHTS[declared.reason]
    if not rights.portability:
        return rights.because
    if not declared.unemployment_benefit:
        return NOT_UNEMPLOYED
    return NOT_COVERED_YET if covered_from > declared.leaving_on else None


def evin_title(declared: Declared) -> EvinTitle | None:
    """By which title a departure gives a right to loi Évin when the cover ends with it, if it does.

    Whoever has portability is offered it at its term instead. Source: loi 89-1009 art. 4.

    >>> leaver = Declared(reason=DepartureReason.RETIREMENT, leaving_on=date(2026, 3, 31),
    ...                   contract_started_on=date(1990, 1, 1))
    >>> evin_title(leaver).value
    'retraite'
    """
    title = RIGHTS[declared.reason].evin
    return None if title is EvinTitle.UNEMPLOYED and not declared.unemployment_benefit else title


def check(declared: Declared, *, today: date, covered_from: date) -> None:
    """Refuse a departure too long past, too far ahead, before the cover, or with contracts out of order (H78).

    A death is never declared ahead.

    Errors: ``FieldErrors`` with every fault.
    """
    faults = []
    back = today - timedelta(days=int(parameter("departure.retroactive", on=today).value))
    ahead = today + timedelta(days=int(parameter("departure.ahead", on=today).value))
    leaving_on = declared.leaving_on
    if declared.reason is DepartureReason.DEATH and leaving_on > today:
        faults.append(FieldError("leaving_on", "La date d’un décès ne peut pas être à venir.", "in_future"))
    elif leaving_on < back:
        sentence = (
            f"Cette date est trop ancienne (au plus tôt le {back:%d/%m/%Y})\u00a0: adressez-vous à votre courtier."
        )
        faults.append(FieldError("leaving_on", sentence, "too_early"))
    elif leaving_on > ahead:
        sentence = f"Cette date est trop lointaine (au plus tard le {ahead:%d/%m/%Y})."
        faults.append(FieldError("leaving_on", sentence, "too_late"))
    elif leaving_on < covered_from:
        sentence = f"L’affiliation n’a commencé que le {covered_from:%d/%m/%Y}\u00a0: indiquez une date ultérieure."
        faults.append(FieldError("leaving_on", sentence, "before_cover"))
    if declared.contract_started_on > leaving_on:
        sentence = "Le contrat de travail ne peut pas commencer après la date de départ."
        faults.append(FieldError("contract_started_on", sentence, "after_departure"))
    following = declared.contract_started_on
    for index, one in reversed(list(enumerate(declared.earlier))):
        if not one.started_on <= one.ended_on < following:
            sentence = "Indiquez les contrats précédents du plus ancien au plus récent, sans chevauchement."
            faults.append(FieldError(f"earlier_contracts[{index}]", sentence, "out_of_order"))
        following = one.started_on
    if faults:
        raise FieldErrors(*faults)
