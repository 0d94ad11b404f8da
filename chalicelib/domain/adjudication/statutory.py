"""What the statutory scheme (régime obligatoire) pays on a line: stated by its statement, else computed."""

from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from chalicelib.domain.acts import Act
from chalicelib.domain.adjudication import daily_charge, heavy_act, pathway, tariff, withholding
from chalicelib.domain.adjudication.care import NOTHING_WITHHELD, Care, Component, Withheld
from chalicelib.domain.adjudication.circumstances import ALONE, Circumstances
from chalicelib.domain.adjudication.explanation import Doubt, Trace, Undecided, in_percent
from chalicelib.domain.money import Cents, in_euros, percent_of, round_half_up


class Origin(StrEnum):
    """Where a statutory figure comes from."""

    STATED = "stated"
    COMPUTED = "computed"


class ComponentShare(NamedTuple):
    """The statutory amounts of one part of a pair of glasses. Units: cents."""

    component: Component
    tariff_cents: Cents
    base_cents: Cents
    gross_cents: Cents


class StatutoryShare(NamedTuple):
    """The statutory amounts of a line. Units: cents.

    ``gross_in_pathway_cents`` is what the scheme would have paid in the pathway, before anything is kept back: the
    contract pays on top of that, and so never pays the out-of-pathway part nor what is kept back.
    """

    tariff_cents: Cents
    base_cents: Cents
    gross_cents: Cents
    gross_in_pathway_cents: Cents
    withheld: Withheld
    paid_cents: Cents
    out_of_pathway: bool
    origins: tuple[tuple[str, Origin], ...]
    components: tuple[ComponentShare, ...] = ()
    heavy_act_cents: Cents = 0


class _Gross(NamedTuple):
    tariff_cents: Cents
    base_cents: Cents
    applied_cents: Cents
    in_pathway_cents: Cents
    components: tuple[ComponentShare, ...] = ()
    heavy_act_cents: Cents = 0


def statutory_share(care: Care, act: Act | None, trace: Trace, circumstances: Circumstances = ALONE) -> StatutoryShare:
    """The statutory part of a line: base, gross, what is kept back, paid.

    Units: cents, rounded half up at the gross amount. Errors: ``Undecided``, ``NoParameterFor``.
    Source: CSS art. R160-5, L160-13, R160-16; dossier 1.1 and 3.3.

    Decision: the payment that the scheme states always wins. What it kept back is the computed amount where that
    explains the payment, else nothing (tiers payant); a gap of more than the tolerance with the computed payment is
    settled all the same, and a person looks.
    """
    out = pathway.out_of_pathway(care, act, trace)
    if care.components:
        gross = _gross_of_components(care, act, out, trace)
    else:
        gross = _gross_of_line(care, act, out, circumstances, trace)
    kept = withholding.withheld(care, act, gross_cents=gross.applied_cents, trace=trace, circumstances=circumstances)
    if care.statutory_paid_cents is None:
        paid = _paid(gross.applied_cents, kept, trace)
    else:
        kept, paid = _as_stated(care.statutory_paid_cents, kept, gross.applied_cents, trace)
    if paid > care.expense_cents:
        raise Undecided(Doubt.OVERPAID)
    gross_cents = paid + kept.total_cents
    return StatutoryShare(
        tariff_cents=gross.tariff_cents,
        base_cents=gross.base_cents,
        gross_cents=gross_cents,
        gross_in_pathway_cents=max(gross.in_pathway_cents, gross_cents),
        withheld=kept,
        paid_cents=paid,
        out_of_pathway=out,
        origins=_origins(care),
        components=gross.components,
        heavy_act_cents=gross.heavy_act_cents,
    )


def _origins(care: Care) -> tuple[tuple[str, Origin], ...]:
    base_stated = care.base_cents is not None
    if care.components:
        base_stated = all(component.base_cents is not None for component in care.components)
    return _origins_of(
        base_stated,
        care.rate_percent is not None,
        care.withheld is not None,
        care.statutory_paid_cents is not None,
    )


@cache
def _origins_of(base: bool, rate: bool, withheld: bool, paid: bool) -> tuple[tuple[str, Origin], ...]:
    stated = {"base": base, "rate": rate, "withheld": withheld, "paid": paid}
    return tuple((name, Origin.STATED if known else Origin.COMPUTED) for name, known in stated.items())


def _gross_of_line(care: Care, act: Act | None, out: bool, circumstances: Circumstances, trace: Trace) -> _Gross:
    tariff_cents = tariff.tariff_cents(care, act, trace, circumstances)
    base = min(tariff_cents, care.expense_cents)
    trace.step(
        "statutory.base",
        source="CSS art. R160-5",
        amount_cents=base,
        sentence=f"La base de remboursement de la Sécurité sociale est de {in_euros(base)}.",
        tariff_cents=tariff_cents,
        expense_cents=care.expense_cents,
    )
    if base == 0:
        return _Gross(tariff_cents, 0, 0, 0)
    heavy = heavy_act.participation_cents(
        care, act, tariff_cents=tariff_cents, circumstances=circumstances, trace=trace
    )
    if heavy is not None:
        gross = _gross_of_heavy_act(base, heavy, trace)
        return _Gross(tariff_cents, base, gross, gross, heavy_act_cents=base - gross)
    rates = pathway.rates(care, act, out=out, trace=trace)
    applied = _apply_rate(base, rates.applied, "statutory.gross", trace)
    applied = daily_charge.gross_after_charge(care, act, base_cents=base, gross_cents=applied, trace=trace)
    in_pathway = applied
    if rates.in_pathway != rates.applied:
        in_pathway = _apply_rate(base, rates.in_pathway, "statutory.gross_in_pathway", trace)
    return _Gross(tariff_cents, base, applied, in_pathway)


_GROSS_SAID = {
    "statutory.gross": "La Sécurité sociale rembourse",
    "statutory.gross_in_pathway": "Dans le parcours de soins, la Sécurité sociale aurait remboursé",
    "statutory.component": "Sur cet élément des lunettes, la Sécurité sociale rembourse",
}


def _apply_rate(base: Cents, rate: Decimal, rule: str, trace: Trace, **inputs: object) -> Cents:
    gross = round_half_up(percent_of(base, rate))
    trace.step(
        rule,
        source="CSS art. R160-5" if rule != "statutory.gross_in_pathway" else "CSS art. L162-5-3",
        amount_cents=gross,
        sentence=f"{_GROSS_SAID[rule]} {in_percent(rate)} de {in_euros(base)}, soit {in_euros(gross)}.",
        **inputs,
        base_cents=base,
        rate_percent=rate,
    )
    return gross


def _gross_of_heavy_act(base: Cents, heavy: Cents, trace: Trace) -> Cents:
    gross = max(0, base - heavy)
    sentence = (
        f"Pour cet acte lourd, la Sécurité sociale rembourse {in_euros(base)} moins une participation "
        f"forfaitaire de {in_euros(heavy)}, soit {in_euros(gross)}."
    )
    if heavy == 0:
        sentence = (
            "La participation forfaitaire pour acte lourd est déjà comptée pour cette séance ou ce séjour\u00a0: "
            f"la Sécurité sociale rembourse {in_euros(gross)}."
        )
    trace.step(
        "statutory.gross_heavy_act",
        source="CSS art. R160-16",
        amount_cents=gross,
        sentence=sentence,
        base_cents=base,
        heavy_act_cents=heavy,
    )
    return gross


def _gross_of_components(care: Care, act: Act | None, out: bool, trace: Trace) -> _Gross:
    parts = [component.part for component in care.components]
    twice = next((part for part in parts if parts.count(part) > 1), None)
    if twice:
        raise Undecided(Doubt.PART_TWICE, twice)
    if sum(component.expense_cents for component in care.components) != care.expense_cents:
        raise Undecided(Doubt.COMPONENTS_MISMATCH)
    rates = pathway.rates(care, act, out=out, trace=trace)
    shares = []
    for component in care.components:
        rated = tariff.component_tariff_cents(component, trace, territory=care.territory)
        base = min(rated, component.expense_cents)
        gross = _apply_rate(base, rates.applied, "statutory.component", trace, part=component.part)
        shares.append(ComponentShare(component, rated, base, gross))
    base = sum(share.base_cents for share in shares)
    gross = sum(share.gross_cents for share in shares)
    trace.step(
        "statutory.gross_of_components",
        source="CSS art. R160-5",
        amount_cents=gross,
        sentence=f"La Sécurité sociale rembourse en tout {in_euros(gross)} sur les lunettes.",
        **{share.component.part.value + "_cents": share.gross_cents for share in shares},
    )
    return _Gross(base, base, gross, gross, tuple(shares))


def _paid(gross: Cents, kept: Withheld, trace: Trace) -> Cents:
    kept_cents = kept.total_cents
    paid = gross - kept_cents
    if kept_cents:
        sentence = (
            f"Après {in_euros(kept_cents)} retenus, qu’aucun contrat responsable ne rembourse, "
            f"la Sécurité sociale verse {in_euros(paid)}."
        )
    else:
        sentence = f"La Sécurité sociale verse {in_euros(paid)}."
    trace.step(
        "statutory.paid",
        source="CSS art. L160-13 II et III",
        amount_cents=paid,
        sentence=sentence,
        gross_cents=gross,
        participation_forfaitaire_cents=kept.participation_forfaitaire,
        franchise_cents=kept.franchise,
    )
    return paid


def _as_stated(paid: Cents, expected: Withheld, gross: Cents, trace: Trace) -> tuple[Withheld, Cents]:
    """The stated payment wins; what it says was kept back is either nothing (tiers payant) or the computed amount."""
    tolerance = trace.law("ro.gap.tolerance").cents
    kept = expected if abs(gross - expected.total_cents - paid) <= tolerance else NOTHING_WITHHELD
    if abs(gross - kept.total_cents - paid) > tolerance:
        trace.doubt(Doubt.STATUTORY_GAP)
    trace.step(
        "statutory.paid_as_stated",
        source="Décompte de la Sécurité sociale",
        amount_cents=paid,
        sentence=f"D’après son décompte, la Sécurité sociale a versé {in_euros(paid)}.",
        computed_gross_cents=gross,
        participation_forfaitaire_cents=kept.participation_forfaitaire,
        franchise_cents=kept.franchise,
        stated_paid_cents=paid,
    )
    return kept, paid
