"""Hospital charges fixed by law: the daily charge, in a bill of its own or within a stay, and the emergency charge."""

from chalicelib.domain.acts import Act
from chalicelib.domain.adjudication.care import Care, Regime
from chalicelib.domain.adjudication.circumstances import Circumstances
from chalicelib.domain.adjudication.exemptions import Emergency, borne_by
from chalicelib.domain.adjudication.explanation import Doubt, Trace
from chalicelib.domain.money import Cents, in_euros


def legal_amount_cents(care: Care, act: Act, trace: Trace) -> Cents:
    """What the law lets a hospital ask for a line of daily or emergency charges; 0 for somebody spared.

    Units: cents. Source: CSS art. L174-4 (daily charge), L160-13 (emergency charge).

    >>> from datetime import date
    >>> from chalicelib.domain.acts import catalogue
    >>> care = Care(on=date(2026, 3, 1), act="FJ", family="hospitalisation", expense_cents=4600, quantity=2)
    >>> legal_amount_cents(care, catalogue()["FJ"], Trace(care.on))
    4600
    """
    facts = borne_by(care.beneficiary)
    due = facts.emergency is not Emergency.NONE if act.reduced_charge else facts.daily_charge
    if not due or act.charge is None:
        return 0
    reduced = act.reduced_charge if facts.emergency is Emergency.REDUCED else None
    return trace.law(reduced or act.charge).cents * care.quantity


def check(care: Care, act: Act | None, circumstances: Circumstances, trace: Trace) -> None:
    """Note a charge that exceeds the legal amount, or that the ticket modérateur of its stay already holds.

    Source: CSS art. L174-4, L160-13; dossier 1.5.
    """
    if act is None or act.charge is None:
        return
    if care.expense_cents > legal_amount_cents(care, act, trace):
        trace.doubt(Doubt.LEGAL_CHARGE_GAP)
    if circumstances.charge_within_stay:
        trace.doubt(Doubt.CHARGE_WITHIN_STAY)


def bears_on_stay(care: Care, act: Act | None) -> bool:
    """Whether the bill of a stay holds daily charges that its ticket modérateur absorbs.

    Source: CSS art. L174-4: the charge is imputed on the ticket modérateur.
    """
    if act is None or act.daily_charge is None or not care.daily_charge_days:
        return False
    local = care.beneficiary.regime is Regime.ALSACE_MOSELLE
    return borne_by(care.beneficiary).daily_charge and not local


def gross_after_charge(care: Care, act: Act | None, *, base_cents: Cents, gross_cents: Cents, trace: Trace) -> Cents:
    """The statutory amount of a stay, where the patient bears the greater of the ticket modérateur and the charge.

    Units: cents. Source: CSS art. L174-4; dossier 1.5.
    """
    if act is None or act.daily_charge is None or not bears_on_stay(care, act) or gross_cents == base_cents:
        return gross_cents
    unit, days = trace.law(act.daily_charge).cents, care.daily_charge_days or 0
    gross = max(0, min(gross_cents, base_cents - unit * days))
    if gross < gross_cents:
        trace.step(
            "statutory.daily_charge",
            source="CSS art. L174-4",
            amount_cents=gross,
            sentence=f"Le forfait journalier de {in_euros(unit * days)} dépasse le ticket modérateur du séjour\u00a0: "
            f"la Sécurité sociale rembourse {in_euros(gross)}.",
            base_cents=base_cents,
            unit_cents=unit,
            days=days,
        )
    return gross
