"""Which counters a line uses: the clause's own, and one for each limit of its guarantee."""

from collections.abc import Sequence
from datetime import date, timedelta

from chalicelib.domain.adjudication.care import Care
from chalicelib.domain.adjudication.history import PastAct, rolling_start
from chalicelib.domain.guarantee import Clause, CounterKey, Limit, Span
from chalicelib.domain.periods import Period, civil_year, insurance_year


def keys_of(
    clause: Clause | None, care: Care, *, contract_start: date, past: Sequence[PastAct] = ()
) -> tuple[CounterKey | None, ...]:
    """The counters of a line: the clause's own first, then one per limit; nothing where a line counts alone.

    ``past`` holds the acts already paid for to the beneficiary, which tell when a rolling span opened.
    Source: clause of the contract; dossier 3.1.
    """
    if clause is None:
        return (None,)
    own = clause.counter_key(care.on, contract_start=contract_start)
    limits = clause.guarantee.limits
    return (own, *(_key(clause, limit, care, contract_start=contract_start, past=past) for limit in limits))


def possible_keys(
    clause: Clause | None, care: Care, *, contract_start: date, past: Sequence[PastAct]
) -> tuple[CounterKey, ...]:
    """Every counter that a line may turn out to use, whichever act of ``past`` opened its rolling spans."""
    openers: list[Sequence[PastAct]] = [(), past, *((one,) for one in past)]
    if clause is None or all(limit.span is not Span.ROLLING for limit in clause.guarantee.limits):
        openers = [()]
    found = (keys_of(clause, care, contract_start=contract_start, past=some) for some in openers)
    return tuple(dict.fromkeys(key for keys in found for key in keys if key))


def _key(
    clause: Clause, limit: Limit, care: Care, *, contract_start: date, past: Sequence[PastAct]
) -> CounterKey | None:
    location = care.location if limit.site else None
    window = _window(clause, limit, care, contract_start=contract_start, past=past)
    if window is None:
        return None
    subject = {Span.STAY: care.stay, Span.PRESCRIPTION: care.prescription}.get(limit.span)
    return CounterKey(clause.id, limit.scope, window, "/".join(filter(None, (limit.mark, subject, location))))


def _window(
    clause: Clause, limit: Limit, care: Care, *, contract_start: date, past: Sequence[PastAct]
) -> Period | None:
    match limit.span:
        case Span.ACT:
            return None
        case Span.DAY:
            return Period(care.on, care.on + timedelta(days=1))
        case Span.PRESCRIPTION:
            return Period(contract_start) if care.prescription else None
        case Span.STAY:
            return Period(contract_start) if care.stay else None
        case Span.CIVIL_YEAR:
            return civil_year(care.on)
        case Span.INSURANCE_YEAR:
            return insurance_year(care.on, anniversary_of=contract_start)
        case Span.ROLLING:
            return Period(_rolling_start(clause, limit, care, past))
        case Span.LIFETIME:
            return Period(contract_start)


def _rolling_start(clause: Clause, limit: Limit, care: Care, past: Sequence[PastAct]) -> date:
    days = [one.on for one in past if one.clause_id == clause.id and (not limit.site or one.location == care.location)]
    return rolling_start(days, on=care.on, months=limit.months or 0)
