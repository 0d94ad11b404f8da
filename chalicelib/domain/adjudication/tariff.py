"""The tariff of a line (base de remboursement) and its legal price limit: stated, or the dated row of its act."""

from chalicelib.domain import acts
from chalicelib.domain.acts import Act, AgedKey
from chalicelib.domain.adjudication.care import Care, Regime
from chalicelib.domain.adjudication.explanation import Doubt, Trace, Undecided
from chalicelib.domain.money import Cents


def key_for_age(keys: AgedKey, *, age: int | None, trace: Trace) -> str:
    """The key that bears on a person of that age; an unknown age is an adult's.

    >>> from datetime import date
    >>> key_for_age(AgedKey("a", "c", "audio.child.under_age"), age=12, trace=Trace(date(2026, 1, 1)))
    'c'
    """
    if keys.child is None or keys.under_age is None or age is None:
        return keys.adult
    return keys.child if age < trace.law(keys.under_age).value else keys.adult


def covered(care: Care, act: Act | None) -> bool:
    """Whether the statutory scheme of the beneficiary covers the act, by the catalogue.

    Errors: ``Undecided`` when neither the act nor its family is known.
    """
    if act is not None:
        local = care.beneficiary.regime is Regime.ALSACE_MOSELLE
        return act.covered_by_local_scheme if local else act.covered
    family = acts.families().get(care.family)
    if family is None:
        raise Undecided(Doubt.ACT_UNKNOWN, care.act)
    return family.covered


def tariff_cents(care: Care, act: Act | None, trace: Trace) -> Cents:
    """The tariff of the whole line: the stated base, else the act's dated tariff times the quantity, 0 if not covered.

    Units: cents. Errors: ``Undecided`` when it is neither stated nor known.
    Source: CSS art. L162-14-1 and L165-1 (nomenclatures), dossier 1.3.
    """
    if care.base_cents is not None:
        return care.base_cents
    if not covered(care, act):
        return 0
    if act is None:
        raise Undecided(Doubt.ACT_UNKNOWN, care.act)
    if act.tariff is None:
        raise Undecided(Doubt.STATUTORY_NOT_STATED, act.code)
    age = care.beneficiary.age
    if act.covered_under_age and age is not None and age >= trace.law(act.covered_under_age).value:
        raise Undecided(Doubt.STATUTORY_NOT_STATED, act.code)
    if act.non_optam_tariff and care.optam is False:
        key = act.non_optam_tariff
    else:
        key = key_for_age(act.tariff, age=age, trace=trace)
    return trace.law(key).cents * care.quantity


def price_limit_cents(care: Care, act: Act | None, trace: Trace) -> Cents | None:
    """The legal price limit of the whole line (PLV, HLF), or nothing for a free price.

    Units: cents. Source: CSS art. L165-1 (PLV), L162-9 (HLF).
    """
    if care.price_limit_cents is not None:
        return care.price_limit_cents * care.quantity
    if act is None or act.price_limit is None:
        return None
    return trace.law(key_for_age(act.price_limit, age=care.beneficiary.age, trace=trace)).cents * care.quantity
