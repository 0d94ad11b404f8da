"""A guarantee as a contract table words it, in French."""

from decimal import Decimal

from chalicelib.domain.guarantee import (
    ActualCost,
    FixedAmount,
    FullBasket,
    Guarantee,
    NoGuarantee,
    Per,
    PercentOfBase,
    PercentOfPmss,
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


def wording(guarantee: Guarantee) -> str:
    """What the member reads beside the name of the act (dossier 3.1).

    >>> wording(TicketModerateur())
    'Ticket modérateur'
    """
    text = _promise(guarantee)
    if guarantee.max_count is not None:
        text += f", {guarantee.max_count} fois {UNITS[guarantee.count_per]} au plus"
    return text


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
            return "Frais réels"
        case FixedAmount():
            text = f"{in_euros(guarantee.amount_cents)} {UNITS[guarantee.per]}"
            if guarantee.includes_statutory:
                text += ", y compris la Sécurité sociale"
            if guarantee.frame_amount_cents is not None:
                text += f", dont {in_euros(guarantee.frame_amount_cents)} pour la monture"
            return text
        case PercentOfPmss():
            return f"{_percent(guarantee.percent)} du PMSS {UNITS[guarantee.per]}"
        case FullBasket():
            return "100\u00a0% Santé : prise en charge intégrale"
        case NoGuarantee():
            return "Non pris en charge"


def _percent(value: Decimal) -> str:
    return f"{value.normalize():f}".replace(".", ",") + "\u00a0%"
