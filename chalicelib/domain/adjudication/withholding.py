"""What the statutory scheme keeps back: participation forfaitaire and franchises, with their day and year caps."""

from chalicelib.domain import acts
from chalicelib.domain.acts import Act, Withholding
from chalicelib.domain.adjudication.care import Care, Exemption, Withheld
from chalicelib.domain.adjudication.explanation import Doubt, Trace, Undecided
from chalicelib.domain.money import Cents, in_euros

_AMOUNT_KEYS = {
    Withholding.PARTICIPATION: "pf.amount",
    Withholding.BOX: "fm.box",
    Withholding.PARAMEDICAL: "fm.paramedical",
    Withholding.TRANSPORT: "fm.transport",
}
_DAY_CAP_KEYS = {
    Withholding.PARAMEDICAL: "fm.cap.paramedical.day",
    Withholding.TRANSPORT: "fm.cap.transport.day",
}


def withheld(care: Care, act: Act | None, *, gross_cents: Cents, trace: Trace) -> Withheld:
    """What is kept back on a line, never more than the scheme's own gross amount.

    Units: cents. Stated values win. Source: CSS art. L160-13 II and III; dossier 1.4.
    """
    if care.withheld is not None:
        participation = min(care.withheld.participation_forfaitaire, gross_cents)
        franchise = min(care.withheld.franchise, gross_cents - participation)
        return Withheld(participation_forfaitaire=participation, franchise=franchise)
    if gross_cents == 0:
        return Withheld()
    kind = _kind(care, act)
    if kind is Withholding.NONE or _exempt(care, trace):
        return Withheld()
    if kind is Withholding.PARTICIPATION:
        return Withheld(participation_forfaitaire=_participation(care, gross_cents, trace))
    return Withheld(franchise=_franchise(care, kind, gross_cents, trace))


def _kind(care: Care, act: Act | None) -> Withholding:
    if act is not None:
        return act.withholding
    family = acts.families().get(care.family)
    if family is None:
        raise Undecided(Doubt.ACT_UNKNOWN, care.act)
    return family.withholding


def _exempt(care: Care, trace: Trace) -> bool:
    age = care.beneficiary.age
    minor = age is not None and age < trace.law("pf.exempt.under_age").value
    return minor or care.beneficiary.exemption is Exemption.MATERNITY


def _participation(care: Care, gross_cents: Cents, trace: Trace) -> Cents:
    amount = trace.law("pf.amount").cents
    counted = min(care.quantity, int(trace.law("pf.cap.day_acts").value))
    already = care.already_withheld.participation_forfaitaire
    year_cap = trace.law("pf.cap.year").cents
    due = max(0, min(amount * counted, year_cap - already, gross_cents))
    trace.step(
        "statutory.participation_forfaitaire",
        source="CSS art. L160-13 II",
        amount_cents=due,
        sentence=f"La Sécurité sociale retient {in_euros(due)} de participation forfaitaire.",
        unit_cents=amount,
        counted_acts=counted,
        already_withheld_cents=already,
        year_cap_cents=year_cap,
        gross_cents=gross_cents,
    )
    return due


def _franchise(care: Care, kind: Withholding, gross_cents: Cents, trace: Trace) -> Cents:
    amount = trace.law(_AMOUNT_KEYS[kind]).cents
    already = care.already_withheld.franchise
    year_cap = trace.law("fm.cap.year").cents
    day_cap = trace.law(_DAY_CAP_KEYS[kind]).cents if kind in _DAY_CAP_KEYS else amount * care.quantity
    due = max(0, min(amount * care.quantity, day_cap, year_cap - already, gross_cents))
    trace.step(
        "statutory.franchise",
        source="CSS art. L160-13 III",
        amount_cents=due,
        sentence=f"La Sécurité sociale retient {in_euros(due)} de franchise médicale.",
        unit_cents=amount,
        quantity=care.quantity,
        day_cap_cents=day_cap,
        already_withheld_cents=already,
        year_cap_cents=year_cap,
        gross_cents=gross_cents,
    )
    return due
