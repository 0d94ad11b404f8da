"""The tariff of a line (base de remboursement) and its legal price limit: stated, or the dated row of its act."""

from chalicelib.domain import acts
from chalicelib.domain.acts import Act, AgedKey
from chalicelib.domain.adjudication.care import Care, Component, Exemption, ItemClass, Part, Regime, Territory
from chalicelib.domain.adjudication.circumstances import ALONE, Circumstances
from chalicelib.domain.adjudication.explanation import Doubt, Trace, Undecided
from chalicelib.domain.errors import NoParameterFor
from chalicelib.domain.lens import LensPower, power_of
from chalicelib.domain.money import Cents, in_euros, percent_of, round_half_up


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


def tariff_cents(care: Care, act: Act | None, trace: Trace, circumstances: Circumstances = ALONE) -> Cents:
    """The tariff of the whole line: the stated base, else the act's dated tariff times the quantity, 0 if not covered.

    An act that the scheme covers a number of times a year has no tariff beyond. Tariffs are those of the territory.
    Units: cents. Errors: ``Undecided`` when it is neither stated nor known, ``NoParameterFor`` in a territory.
    Source: CSS art. L162-14-1, L165-1 (nomenclatures) and L162-58 (psychologist); dossier 1.2, 1.3 and 2.5.

    Decision: an act covered by right under or over an age (orthodontics, long consultation) has no tariff for somebody
    whose age is unknown, who is settled as an adult: the scheme's statement must then be given.
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
    unit_cents = trace.law(_in_territory(key, act, care.territory)).cents
    return _of_covered_units(
        unit_cents, care, act, trace, already=care.already_covered_units + circumstances.covered_in_year
    )


def _in_territory(key: str, act: Act, territory: Territory) -> str:
    """Hospital charges are the same everywhere; other figures have a row of their own in a territory."""
    return key if territory is Territory.METROPOLE or act.charge else f"{key}.{territory}"


def _of_covered_units(unit_cents: Cents, care: Care, act: Act, trace: Trace, *, already: int) -> Cents:
    if act.covered_per_year is None:
        return unit_cents * care.quantity
    most = int(trace.law(act.covered_per_year).value)
    units = max(0, min(care.quantity, most - already))
    if units < care.quantity:
        trace.step(
            "statutory.covered_units",
            source="CSS art. L162-58",
            amount_cents=unit_cents * units,
            sentence=f"La Sécurité sociale prend en charge {most} actes par an, dont {units} sur "
            f"{care.quantity} ici, pour une base de {in_euros(unit_cents * units)}.",
            unit_cents=unit_cents,
            most_a_year=most,
            already_covered=already,
            covered_units=units,
        )
    return unit_cents * units


def _of_an_age_covered(age: int | None, act: Act, trace: Trace) -> bool:
    if age is None:
        return act.covered_under_age is None and act.covered_over_age is None
    if act.covered_under_age and age >= trace.law(act.covered_under_age).value:
        return False
    return not (act.covered_over_age and age <= trace.law(act.covered_over_age).value)


def price_limit_cents(care: Care, act: Act | None, trace: Trace) -> Cents | None:
    """The legal price limit of the whole line (PLV, HLF), or nothing for a free price.

    A stated limit is for one unit. A dentist's prices for somebody under C2S, and those of a territory, are their own.
    Units: cents. Errors: ``NoParameterFor`` that names the figure that is missing.
    Source: CSS art. L165-1 (PLV), L162-9 (HLF), L861-3 (C2S); dossier 2.4 and 2.5.

    Decision: a limit that a line states is that of one tooth, ear or pair, and counts as often as the line has units,
    while its other amounts are those of the whole line.
    """
    if care.price_limit_cents is not None:
        return care.price_limit_cents * care.quantity
    if act is None or act.price_limit is None:
        return None
    person = care.beneficiary
    key = _in_territory(
        key_for_age(act.price_limit, age=person.age, blind=person.blind, trace=trace), act, care.territory
    )
    if person.exemption is Exemption.C2S and act.form is acts.Form.DENTAL:
        key = f"{key}.{Exemption.C2S}"
    return trace.law(key).cents * care.quantity


def lens_price_limit_cents(component: Component, trace: Trace, *, territory: Territory = Territory.METROPOLE) -> Cents:
    """The legal price limit of a class A frame or lens: stated, else its dated row.

    Units: cents. Errors: ``Undecided`` for a lens that says neither its limit nor its power, ``NoParameterFor`` for one
    whose power has no row: its limit must then be stated.
    Source: CSS art. L165-1, LPP; dossier 2.3.
    """
    if component.price_limit_cents is not None:
        return component.price_limit_cents
    if component.part is Part.FRAME:
        return _national("optic.plv.frame.a", territory, trace)
    power = _power(component, trace)
    if power is None:
        raise Undecided(Doubt.PRICE_LIMIT_UNKNOWN, component.part)
    return _national(f"optic.plv.lens.{power}", territory, trace)


def _national(key: str, territory: Territory, trace: Trace) -> Cents:
    return trace.law(key if territory is Territory.METROPOLE else f"{key}.{territory}").cents


def _power(component: Component, trace: Trace) -> LensPower | None:
    """The power of a class A lens: stated, else that of its prescription.

    Errors: ``NoParameterFor`` that names the lens whose price limit is missing.
    """
    if component.power is not None or component.prescription is None:
        return component.power
    power = power_of(component.prescription, lambda key: trace.law(key).value)
    if power is None:
        raise NoParameterFor(key=f"optic.plv.lens[{component.prescription.said}]", on=trace.on)
    return power


def component_tariff_cents(component: Component, trace: Trace, *, territory: Territory = Territory.METROPOLE) -> Cents:
    """The tariff of one part of a pair of glasses; that of a class A lens is a share of its price limit.

    Units: cents, rounded half up. Errors: ``Undecided`` for a lens that says neither its tariff nor its power,
    ``NoParameterFor`` for one whose power has no row.
    Source: LPP; dossier 2.3.

    >>> from datetime import date
    >>> frame = Component(part=Part.FRAME, item_class=ItemClass.A, expense_cents=3000)
    >>> component_tariff_cents(frame, Trace(date(2026, 1, 1)))
    900
    """
    if component.base_cents is not None:
        return component.base_cents
    if component.item_class is ItemClass.B:
        return _national("optic.br.class_b", territory, trace)
    if component.part is Part.FRAME:
        return _national("optic.br.frame.a", territory, trace)
    power = _power(component, trace)
    if power is None:
        raise Undecided(Doubt.STATUTORY_NOT_STATED, component.part)
    share = trace.law("optic.br.lens.a.share").value
    return round_half_up(percent_of(_national(f"optic.plv.lens.{power}", territory, trace), share))
