"""The renewal of glasses and hearing aids: how long after a purchase the next one is paid for."""

from datetime import date

from chalicelib.domain.acts import Act
from chalicelib.domain.adjudication.care import Care, Derogation
from chalicelib.domain.adjudication.explanation import Trace
from chalicelib.domain.adjudication.tariff import key_for_age
from chalicelib.domain.periods import add_months


def next_allowed_on(care: Care, act: Act | None, trace: Trace, *, bought_on: date | None = None) -> date | None:
    """The first day on which the contract pays again for such an equipment, or nothing where no delay bears on it.

    ``bought_on`` is the last purchase, that of the line where absent.
    The delay follows the age on the day of the new purchase and the derogation that the line states.
    Units: calendar months. Source: CSS art. R871-2 3° and 4°; LPP; dossier 2.3 and 2.5.

    >>> from chalicelib.domain.acts import find
    >>> line = Care(
    ...     on=date(2026, 3, 1),
    ...     act="OPT-B",
    ...     family="optique",
    ...     expense_cents=20000,
    ...     last_purchase_on=date(2024, 6, 1),
    ... )
    >>> next_allowed_on(line, find("OPT-B"), Trace(line.on))
    datetime.date(2026, 6, 1)
    """
    last = bought_on or care.last_purchase_on
    if act is None or act.renewal is None or last is None or not delays(care, act):
        return None
    return add_months(
        last,
        _months(care, act, key_for_age(act.renewal, age=care.beneficiary.age, trace=trace), trace),
    )


def delays(care: Care, act: Act) -> bool:
    """Whether a delay between two purchases bears on the line at all.

    Source: CSS art. R871-2 3° and 4°; LPP (medical reasons, second pair).

    >>> from chalicelib.domain.acts import catalogue
    >>> line = Care(on=date(2026, 3, 1), act="OPT-B", family="optique", expense_cents=20000, renewal_waived=True)
    >>> delays(line, catalogue()["OPT-B"])
    False
    """
    if act.renewal is None or care.renewal_waived:
        return False
    return not (act.early_renewal and care.derogation in (Derogation.MEDICAL, Derogation.SECOND_PAIR))


def _months(care: Care, act: Act, ordinary: str, trace: Trace) -> int:
    months = int(trace.law(ordinary).value)
    early = act.early_renewal
    if early is None:
        return months
    age = care.beneficiary.age
    if care.derogation is Derogation.SIGHT_CHANGE:
        return min(months, int(trace.law(early.sight_change).value))
    outgrown = care.derogation is Derogation.FRAME_OUTGROWN
    if outgrown and age is not None and age < trace.law(early.frame_outgrown_under_age).value:
        return min(months, int(trace.law(early.frame_outgrown).value))
    return months


def too_soon(care: Care, act: Act | None, trace: Trace, *, bought_on: date | None = None) -> bool:
    """Whether the delay since the last purchase has not elapsed.

    Source: CSS art. R871-2 3° and 4°.
    """
    allowed_on = next_allowed_on(care, act, trace, bought_on=bought_on)
    return allowed_on is not None and care.on < allowed_on
