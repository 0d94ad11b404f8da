"""What the statutory scheme keeps back: participation forfaitaire and franchises, with their day and year caps."""

from chalicelib.domain import acts
from chalicelib.domain.acts import Act, Withholding
from chalicelib.domain.adjudication.care import NOTHING_WITHHELD, Care, Withheld
from chalicelib.domain.adjudication.circumstances import ALONE, Circumstances
from chalicelib.domain.adjudication.exemptions import borne_by
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


def withheld(
    care: Care, act: Act | None, *, gross_cents: Cents, trace: Trace, circumstances: Circumstances = ALONE
) -> Withheld:
    """What is kept back on a line, never more than the scheme's own gross amount.

    A stated amount wins. The caps of a day count the former lines that ``circumstances`` holds, those of the year what
    the line says was already kept back.
    Units: cents. Source: CSS art. L160-13 II and III, D160-6, R160-19; dossier 1.4.
    """
    if care.withheld is not None:
        participation = min(care.withheld.participation_forfaitaire, gross_cents)
        franchise = min(care.withheld.franchise, gross_cents - participation)
        return Withheld(participation_forfaitaire=participation, franchise=franchise)
    if gross_cents == 0:
        return NOTHING_WITHHELD
    kind = kind_of(care, act)
    if kind is Withholding.NONE or _exempt(care, kind, trace):
        return NOTHING_WITHHELD
    if kind is Withholding.PARTICIPATION:
        return Withheld(participation_forfaitaire=_participation(care, gross_cents, circumstances, trace))
    return Withheld(franchise=_franchise(care, kind, gross_cents, circumstances, trace))


def kind_of(care: Care, act: Act | None) -> Withholding:
    """What is kept back on an act, by the catalogue. Errors: ``Undecided`` when neither act nor family is known.

    >>> from datetime import date
    >>> kind_of(Care(on=date(2026, 1, 5), act="AMX", family="auxiliaire", expense_cents=1613), None)
    <Withholding.PARAMEDICAL: 'franchise_paramedical'>
    """
    if act is not None:
        return act.withholding
    family = acts.families().get(care.family)
    if family is None:
        raise Undecided(Doubt.ACT_UNKNOWN, care.act)
    return family.withholding


def _exempt(care: Care, kind: Withholding, trace: Trace) -> bool:
    if care.in_hospital or (care.emergency and kind is Withholding.TRANSPORT):
        return True
    age = care.beneficiary.age
    minor = age is not None and age < trace.law("pf.exempt.under_age").value
    return minor or not borne_by(care.beneficiary).withholding


def _participation(care: Care, gross_cents: Cents, circumstances: Circumstances, trace: Trace) -> Cents:
    amount = trace.law("pf.amount").cents
    day_acts = int(trace.law("pf.cap.day_acts").value)
    counted = min(care.quantity, max(0, day_acts - circumstances.participations_today))
    already = care.already_withheld.plus(circumstances.withheld_in_year).participation_forfaitaire
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


def _franchise(care: Care, kind: Withholding, gross_cents: Cents, circumstances: Circumstances, trace: Trace) -> Cents:
    amount = trace.law(_AMOUNT_KEYS[kind]).cents
    already = care.already_withheld.plus(circumstances.withheld_in_year).franchise
    year_cap = trace.law("fm.cap.year").cents
    day_cap = amount * care.quantity
    if kind in _DAY_CAP_KEYS:
        day_cap = max(0, trace.law(_DAY_CAP_KEYS[kind]).cents - circumstances.franchise_today_cents)
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
