"""A guarantee as a contract table words it, in French."""

from decimal import Decimal

from chalicelib.domain.guarantee import (
    ActualCost,
    FixedAmount,
    FullBasket,
    Guarantee,
    Limit,
    NoGuarantee,
    Per,
    PercentOfBase,
    PercentOfPmss,
    Scope,
    Site,
    Span,
    TicketModerateur,
)
from chalicelib.domain.money import in_euros

UNITS = {
    Per.ACT: "par acte",
    Per.SESSION: "par séance",
    Per.DAY: "par jour",
    Per.NIGHT: "par nuit",
    Per.EAR: "par oreille",
    Per.EYE: "par œil",
    Per.TOOTH: "par dent",
    Per.SEMESTER: "par semestre",
    Per.BOX: "par boîte",
    Per.EQUIPMENT: "par équipement",
    Per.STAY: "par séjour",
    Per.YEAR: "par an",
}
SPANS = {
    Span.ACT: "par acte",
    Span.DAY: "par jour",
    Span.PRESCRIPTION: "par ordonnance",
    Span.STAY: "par séjour",
    Span.CIVIL_YEAR: "par année civile",
    Span.INSURANCE_YEAR: "par année d’assurance",
    Span.LIFETIME: "pour toute la durée du contrat",
}
SITES = {Site.EAR: " et par oreille", Site.EYE: " et par œil", Site.TOOTH: " et par dent"}
SCOPES = {Scope.BENEFICIARY: "", Scope.FAMILY: " pour la famille", Scope.CONTRACT: " pour l’ensemble du contrat"}


def wording(guarantee: Guarantee) -> str:
    """What the member reads beside the name of the act (dossier 3.1).

    >>> wording(TicketModerateur())
    'Ticket modérateur'
    """
    text = _promise(guarantee)
    if guarantee.plus is not None:
        text += f" + {_promise(guarantee.plus)}"
    if guarantee.max_count is not None:
        text += f", {guarantee.max_count} fois {UNITS[guarantee.count_per]} au plus"
    return text + "".join(f", {limit_wording(limit)}" for limit in guarantee.limits)


def limit_wording(limit: Limit) -> str:
    """A limit of a guarantee, as the table words it.

    >>> limit_wording(Limit(span=Span.ROLLING, months=48, max_count=1, site=Site.EAR))
    '1 fois par période de 48 mois et par oreille au plus'
    """
    span = f"par période de {limit.months} mois" if limit.span is Span.ROLLING else SPANS[limit.span]
    over = span + (SITES[limit.site] if limit.site else "") + SCOPES[limit.scope]
    bounds = []
    if limit.max_count is not None:
        bounds.append(f"{limit.max_count} fois")
    if limit.amount_cents is not None:
        bounds.append(in_euros(limit.amount_cents))
    if limit.percent_of_pmss is not None:
        bounds.append(f"{_percent(limit.percent_of_pmss)} du PMSS")
    return f"{' et '.join(bounds)} {over} au plus"


def _promise(guarantee: Guarantee) -> str:
    match guarantee:
        case PercentOfBase():
            included = (
                "y compris la Sécurité sociale" if guarantee.includes_statutory else "en plus de la Sécurité sociale"
            )
            text = f"{_percent(guarantee.percent)} de la base de remboursement, {included}"
            if guarantee.non_optam_percent is not None:
                text += f" ({_percent(guarantee.non_optam_percent)} hors OPTAM)"
            return text
        case TicketModerateur():
            return "Ticket modérateur"
        case ActualCost():
            return _actual_cost(guarantee)
        case FixedAmount():
            text = f"{in_euros(guarantee.amount_cents)} {UNITS[guarantee.per]}"
            if guarantee.includes_statutory:
                text += ", y compris la Sécurité sociale"
            if guarantee.frame_amount_cents is not None:
                text += f", dont {in_euros(guarantee.frame_amount_cents)} pour la monture"
            own = (f"catégorie {name}\u00a0: {in_euros(cents)}" for name, cents in guarantee.category_amounts_cents)
            return ", ".join((text, *own))
        case PercentOfPmss():
            return f"{_percent(guarantee.percent)} du PMSS {UNITS[guarantee.per]}"
        case FullBasket():
            return "100\u00a0% Santé\u00a0: prise en charge intégrale"
        case NoGuarantee():
            return "Non pris en charge"


def _actual_cost(guarantee: ActualCost) -> str:
    text = "Frais réels" if guarantee.percent == 100 else f"{_percent(guarantee.percent)} des frais réels"
    if guarantee.includes_statutory:
        text += ", y compris la Sécurité sociale"
    if guarantee.most_cents is not None:
        text += f", dans la limite de {in_euros(guarantee.most_cents)} {UNITS[guarantee.per]}"
    return text


def _percent(value: Decimal) -> str:
    return f"{value.normalize():f}".replace(".", ",") + "\u00a0%"
