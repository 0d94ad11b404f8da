"""Which counters a line uses: the clause's own, and one for each limit of its guarantee."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from chalicelib.domain.adjudication.care import Care
from chalicelib.domain.adjudication.history import Past, possible_starts, rolling_start
from chalicelib.domain.guarantee import Clause, CounterKey, Limit, Span
from chalicelib.domain.periods import Period, civil_year, insurance_year


def keys_of(clause: Clause | None, care: Care, *, contract_start: date, past: Past) -> tuple[CounterKey | None, ...]:
    """The counters of a line: the clause's own first, then one per limit; nothing where a line counts alone.

    ``past`` holds the acts already paid for to the beneficiary, which tell when a rolling span opened.
    Source: clause of the contract; dossier 3.1.
    """
    if clause is None:
        return (None,)
    own = clause.counter_key(care.on, contract_start=contract_start)
    found = []
    for limit in clause.guarantee.limits:
        window = _window(limit, care, contract_start=contract_start)
        if limit.span is Span.ROLLING:
            window = Period(rolling_start(*_days(clause, limit, care, past), on=care.on, months=_months(limit)))
        found.append(_key(clause, limit, care, window))
    return (own, *found)


def possible_keys(
    clause: Clause | None, care: Care, *, contract_start: date, past: Past, beside: Iterable[Care] = ()
) -> tuple[CounterKey, ...]:
    """Every counter that a line may turn out to use, whichever lines ``beside`` it its clause comes to pay for."""
    if clause is None:
        return ()
    found = [clause.counter_key(care.on, contract_start=contract_start)]
    for limit in clause.guarantee.limits:
        windows = [_window(limit, care, contract_start=contract_start)]
        if limit.span is Span.ROLLING:
            perhaps = [other.on for other in beside if not limit.site or other.location == care.location]
            days = _days(clause, limit, care, past)
            starts = possible_starts(*days, on=care.on, months=_months(limit), perhaps=perhaps)
            windows = [Period(start) for start in starts]
        found += [_key(clause, limit, care, window) for window in windows]
    return tuple(dict.fromkeys(key for key in found if key))


def _key(clause: Clause, limit: Limit, care: Care, window: Period | None) -> CounterKey | None:
    if window is None:
        return None
    location = care.location if limit.site else None
    subject = {Span.STAY: care.stay, Span.PRESCRIPTION: care.prescription}.get(limit.span)
    return CounterKey(clause.id, limit.scope, window, "/".join(filter(None, (limit.mark, subject, location))))


def _window(limit: Limit, care: Care, *, contract_start: date) -> Period | None:
    """The period of a limit that the day of care alone tells."""
    match limit.span:
        case Span.ACT | Span.ROLLING:
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
        case Span.LIFETIME:
            return Period(contract_start)


def _days(clause: Clause, limit: Limit, care: Care, past: Past) -> Sequence[Sequence[date]]:
    return past.span_days(clause.id, location=care.location, by_site=limit.site is not None)


def _months(limit: Limit) -> int:
    """The length of a rolling span: a month at least."""
    return limit.months or 1
