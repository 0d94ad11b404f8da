"""What is left of each ceiling of a guarantee table for somebody on a day, and when each begins anew (M35)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from chalicelib.domain import acts
from chalicelib.domain.acts import Act, Site
from chalicelib.domain.adjudication.care import Beneficiary, Care
from chalicelib.domain.adjudication.counters import keys_of
from chalicelib.domain.adjudication.explanation import Trace
from chalicelib.domain.adjudication.history import Past, equipment_of
from chalicelib.domain.adjudication.limits import NOTHING_USED, Ceiling, Used, ceilings
from chalicelib.domain.adjudication.renewal import next_allowed_on
from chalicelib.domain.guarantee import Clause, CounterKey, GuaranteeTable, Limit, NoGuarantee, Scope, Span, remembers
from chalicelib.domain.guarantee_wording import limit_wording, wording
from chalicelib.domain.money import Cents
from chalicelib.domain.periods import add_months

SIDES = ("left", "right")
PAIRED = {Site.EAR, Site.EYE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A clause as it would bear on care of a day, and the counters that such care would use: its own, one per limit."""

    clause: Clause
    care: Care
    keys: tuple[CounterKey | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """One ceiling: what it allows, what is left, since when it counts and when it begins anew.

    ``renews_on`` is ``None`` for what never does, and for a rolling span that no act has opened. ``location`` is the
    ear or eye it counts for. Units: cents, units of the act.
    """

    clause_id: str
    label: str
    wording: str
    scope: Scope
    location: str | None
    counted_from: date | None
    renews_on: date | None
    most_units: int | None
    units_left: int | None
    budget_cents: Cents | None
    cents_left: Cents | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """An equipment that was bought, and the first day on which the next one is paid for."""

    label: str
    location: str | None
    bought_on: date
    renews_on: date


def probes(
    table: GuaranteeTable, *, on: date, person: Beneficiary, contract_start: date, past: Past
) -> tuple[Probe, ...]:
    """The clauses of a table that remember what they paid, with the counters they would use on a day.

    Source: clause of the contract; dossier 3.1.
    """
    found = []
    for clause in table.clauses:
        act = _first_act(table, clause)
        if act is None or not remembers(clause.guarantee):
            continue
        for location in _locations(clause):
            care = _care(act, on, person, location)
            keys = keys_of(clause, care, contract_start=contract_start, past=past)
            found.append(Probe(clause=clause, care=care, keys=keys))
    return tuple(found)


def _first_act(table: GuaranteeTable, clause: Clause) -> Act | None:
    return next((act for act in acts.catalogue().values() if table.clause_for(act.code) is clause), None)


def _locations(clause: Clause) -> tuple[str | None, ...]:
    return SIDES if any(limit.site in PAIRED for limit in clause.guarantee.limits) else (None,)


def _care(act: Act, on: date, person: Beneficiary, location: str | None) -> Care:
    return Care(on=on, act=act.code, family=act.family, expense_cents=0, beneficiary=person, location=location)


def balances_of(probe: Probe, used: Mapping[CounterKey, Used]) -> tuple[Balance, ...]:
    """What is left of the ceilings of a clause that last longer than a day, an act, a stay or a prescription.

    Source: clause of the contract; dossier 3.3 step 7.
    """
    guarantee = probe.clause.guarantee
    held = [used.get(key, NOTHING_USED) if key else NOTHING_USED for key in probe.keys]
    bounds = ceilings(guarantee, held[0], held[1:], Trace(probe.care.on))
    limits: tuple[Limit | None, ...] = guarantee.limits
    own = len(bounds) > len(limits)
    counted = zip(probe.keys if own else probe.keys[1:], (None, *limits) if own else limits, bounds, strict=True)
    return tuple(_balance(probe, key, limit, bound) for key, limit, bound in counted if key and _lasts(key, limit))


def _lasts(key: CounterKey, limit: Limit | None) -> bool:
    if limit is not None and (limit.site is Site.TOOTH or limit.span in {Span.STAY, Span.PRESCRIPTION}):
        return False
    return key.window.end is None or key.window.end - key.window.start > timedelta(days=1)


def _balance(probe: Probe, key: CounterKey, limit: Limit | None, bound: Ceiling) -> Balance:
    opened = bound.used != NOTHING_USED
    renews_on = key.window.end
    if limit is not None and limit.span is Span.ROLLING:
        renews_on = add_months(key.window.start, limit.months or 1) if opened else None
    rolling = limit is not None and limit.span is Span.ROLLING
    return Balance(
        clause_id=probe.clause.id,
        label=probe.clause.label,
        wording=limit_wording(limit) if limit else wording(probe.clause.guarantee),
        scope=key.scope,
        location=probe.care.location if limit and limit.site else None,
        counted_from=key.window.start if opened or not rolling else None,
        renews_on=renews_on,
        most_units=bound.most_units,
        units_left=bound.units_left,
        budget_cents=bound.budget_cents,
        cents_left=bound.cents_left,
    )


def renewals(table: GuaranteeTable, *, on: date, person: Beneficiary, past: Past) -> tuple[Renewal, ...]:
    """When the glasses and hearing aids that were bought may be renewed, by the ordinary delays, at the present age.

    Source: CSS art. R871-2 3° and 4°; dossier 2.3 and 2.5.
    """
    return tuple(found for act in _equipments(table) for found in _renewals(act, on, person, past))


def _equipments(table: GuaranteeTable) -> Iterator[Act]:
    """One act of each equipment that the table pays for."""
    seen: set[str | None] = set()
    for act in acts.catalogue().values():
        clause = table.clause_for(act.code)
        if act.renewal is None or clause is None or isinstance(clause.guarantee, NoGuarantee):
            continue
        if equipment_of(act.code) not in seen:
            seen.add(equipment_of(act.code))
            yield act


def _renewals(act: Act, on: date, person: Beneficiary, past: Past) -> Iterator[Renewal]:
    for location in SIDES if act.site in PAIRED else (None,):
        care = _care(act, on, person, location)
        bought_on = past.last_purchase_on(care, act)
        renews_on = next_allowed_on(care, act, Trace(on), bought_on=bought_on) if bought_on else None
        if bought_on and renews_on:
            label = acts.families()[act.family].label
            yield Renewal(label=label, location=location, bought_on=bought_on, renews_on=renews_on)
