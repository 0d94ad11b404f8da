"""The tariff of a line (base de remboursement) and its legal price limit: stated, or the dated row of its act."""

from chalicelib.domain import acts
from chalicelib.domain.acts import Act, AgedKey
from chalicelib.domain.adjudication.care import Care, Component, ItemClass, Part, Regime
from chalicelib.domain.adjudication.explanation import Doubt, Trace, Undecided
from chalicelib.domain.money import Cents, percent_of, round_half_up


def key_for_age(keys: AgedKey, *, age: int | None, trace: Trace, blind: bool = False) -> str:
    """The key that bears on a person of that age; an unknown age is an adult's.

    >>> from datetime import date
    >>> key_for_age(AgedKey("a", "c", "audio.child.under_age"), age=12, trace=Trace(date(2026, 1, 1)))
    'c'
    """
    if keys.child is not None and keys.blind and blind:
        return keys.child
    if age is None:
        return keys.adult
    if keys.infant and keys.infant_under_age and age < trace.law(keys.infant_under_age).value:
        return keys.infant
    if keys.child and keys.under_age and age < trace.law(keys.under_age).value:
        return keys.child
    return keys.adult


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
    person = care.beneficiary
    if not _of_an_age_covered(person.age, act, trace):
        raise Undecided(Doubt.STATUTORY_NOT_STATED, act.code)
    if act.non_optam_tariff and care.optam is False:
        key = act.non_optam_tariff
    else:
        key = key_for_age(act.tariff, age=person.age, blind=person.blind, trace=trace)
    return trace.law(key).cents * care.quantity


def _of_an_age_covered(age: int | None, act: Act, trace: Trace) -> bool:
    if age is None:
        return True
    if act.covered_under_age and age >= trace.law(act.covered_under_age).value:
        return False
    return not (act.covered_over_age and age <= trace.law(act.covered_over_age).value)


def price_limit_cents(care: Care, act: Act | None, trace: Trace) -> Cents | None:
    """The legal price limit of the whole line (PLV, HLF), or nothing for a free price.

    Units: cents. Source: CSS art. L165-1 (PLV), L162-9 (HLF).
    """
    if care.price_limit_cents is not None:
        return care.price_limit_cents * care.quantity
    if act is None or act.price_limit is None:
        return None
    person = care.beneficiary
    key = key_for_age(act.price_limit, age=person.age, blind=person.blind, trace=trace)
    return trace.law(key).cents * care.quantity


def lens_price_limit_cents(component: Component, trace: Trace) -> Cents:
    """The legal price limit of a class A frame or lens: stated, else its dated row.

    Units: cents. Errors: ``Undecided`` for a lens whose power has no row: its limit must then be stated.
    Source: CSS art. L165-1, LPP; dossier 2.3.
    """
    if component.price_limit_cents is not None:
        return component.price_limit_cents
    if component.part is Part.FRAME:
        return trace.law("optic.plv.frame.a").cents
    if component.power is None:
        raise Undecided(Doubt.PRICE_LIMIT_UNKNOWN, component.part)
    return trace.law(f"optic.plv.lens.{component.power}").cents


def component_tariff_cents(component: Component, trace: Trace) -> Cents:
    """The tariff of one part of a pair of glasses; that of a class A lens is a share of its price limit.

    Units: cents, rounded half up. Errors: ``Undecided`` for a lens whose power has no row.
    Source: LPP; dossier 2.3.

    >>> from datetime import date
    >>> frame = Component(part=Part.FRAME, item_class=ItemClass.A, expense_cents=3000)
    >>> component_tariff_cents(frame, Trace(date(2026, 1, 1)))
    900
    """
    if component.base_cents is not None:
        return component.base_cents
    if component.item_class is ItemClass.B:
        return trace.law("optic.br.class_b").cents
    if component.part is Part.FRAME:
        return trace.law("optic.br.frame.a").cents
    if component.power is None:
        raise Undecided(Doubt.STATUTORY_NOT_STATED, component.part)
    share = trace.law("optic.br.lens.a.share").value
    return round_half_up(percent_of(trace.law(f"optic.plv.lens.{component.power}").cents, share))
