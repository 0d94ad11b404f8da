"""The coordinated care pathway and the statutory rate: what a line is reimbursed at, in and out of the pathway."""

from decimal import Decimal
from typing import NamedTuple

from chalicelib.domain import acts
from chalicelib.domain.acts import Act
from chalicelib.domain.adjudication.care import Care, Regime
from chalicelib.domain.adjudication.exemptions import borne_by
from chalicelib.domain.adjudication.explanation import Doubt, Trace, Undecided


class Rates(NamedTuple):
    """The rate applied, and the one had the pathway been followed. Units: percent."""

    applied: Decimal
    in_pathway: Decimal


def out_of_pathway(care: Care, act: Act | None, trace: Trace) -> bool:
    """Whether the lower rate bears on the line: a doctor's act, out of the pathway, for somebody bound by it.

    Source: CSS art. L162-5-3: from 16, neither in maternity care nor where direct access is open.
    """
    if care.in_pathway:
        return False
    family = acts.families().get(care.family)
    doctor = act.doctor if act else family is None or family.doctor
    if not doctor or not borne_by(care.beneficiary).pathway or (act and act.direct_access):
        return False
    age = care.beneficiary.age
    if age is None:
        return True
    if age < trace.law("ro.pathway.from_age").value:
        return False
    return not (act and act.direct_access_until_age and age <= trace.law(act.direct_access_until_age).value)


def rates(care: Care, act: Act | None, *, out: bool, trace: Trace) -> Rates:
    """The two rates of a line; each stated value wins over the dated rows.

    Units: percent. Errors: ``Undecided`` when a rate is neither stated nor known.
    Source: CSS art. R160-5, L162-5-3, L160-14 (exemptions, stays over 30 days), L325-1.

    Decision: out of the pathway the rate of the person falls by the points that the general rate loses (70 to 30, 40
    points): 50 in Alsace-Moselle, 60 under an exemption; a stated rate wins.

    Decision: a rate stated below the full one for somebody whom the pathway does not bind (under 16, direct access) is
    applied as stated, the contract covers the ticket modérateur that it leaves, and a person looks.

    Decision: the local scheme brings dental care, devices and imaging to 90 and transports to 100: dental care by the
    press, the others from memory, as their rows say.
    """
    if care.rate_percent is not None and not out and _too_low(care, care.rate_percent, act, trace):
        trace.doubt(Doubt.STATUTORY_GAP)
    in_pathway = care.rate_in_pathway_percent
    if in_pathway is None:
        in_pathway = care.rate_percent if care.rate_percent is not None and not out else _full_rate(care, act, trace)
    if care.rate_percent is not None:
        return Rates(care.rate_percent, max(in_pathway, care.rate_percent))
    return Rates(max(in_pathway - _lost_points(care, act, trace), Decimal(0)) if out else in_pathway, in_pathway)


def _too_low(care: Care, stated: Decimal, act: Act | None, trace: Trace) -> bool:
    doctor = act is not None and act.doctor and act.rate is not None
    return doctor and not care.in_pathway and stated < _full_rate(care, act, trace)


def _full_rate(care: Care, act: Act | None, trace: Trace) -> Decimal:
    if not borne_by(care.beneficiary).ticket_moderateur:
        return trace.law("ro.rate.exempt").value
    if act and act.stay and care.stay_day and care.stay_day >= trace.law("ro.stay.full_from_day").value:
        return trace.law("ro.rate.stay.full").value
    key = _rate_key(care, act)
    if care.beneficiary.regime is Regime.ALSACE_MOSELLE:
        key = key.replace("ro.rate.", "ro.rate.local_scheme.", 1)
    return trace.law(key).value


def _lost_points(care: Care, act: Act | None, trace: Trace) -> Decimal:
    key = _rate_key(care, act)
    return trace.law(key).value - trace.law(f"{key}.out_of_pathway").value


def _rate_key(care: Care, act: Act | None) -> str:
    family = None if act else acts.families().get(care.family)
    key = act.rate if act else family.rate if family else None
    if key is None:
        raise Undecided(Doubt.STATUTORY_NOT_STATED if act or family else Doubt.ACT_UNKNOWN, care.act)
    return key
