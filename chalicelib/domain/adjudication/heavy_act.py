"""The participation for heavy acts, which replaces the ticket modérateur: when it is due, how much, by which line."""

from chalicelib.domain.acts import Act
from chalicelib.domain.adjudication.care import Care, Regime
from chalicelib.domain.adjudication.circumstances import Circumstances
from chalicelib.domain.adjudication.exemptions import borne_by
from chalicelib.domain.adjudication.explanation import Doubt, Trace
from chalicelib.domain.money import Cents


def bears_on(care: Care, act: Act | None) -> bool:
    """Whether the participation may replace the ticket modérateur of a line, its tariff apart.

    Imaging, biology, transports and the other acts that the catalogue does not mark as heavy never bear it, nor does
    an exempt person or the local scheme of Alsace-Moselle.
    Source: CSS art. R160-16; dossier 1.5.
    """
    if act is None or not (act.heavy or act.stay) or care.rate_percent is not None:
        return False
    return borne_by(care.beneficiary).heavy_act and care.beneficiary.regime is not Regime.ALSACE_MOSELLE


def participation_cents(
    care: Care, act: Act | None, *, tariff_cents: Cents, circumstances: Circumstances, trace: Trace
) -> Cents | None:
    """What the line bears instead of its ticket modérateur, or nothing where the ticket modérateur stays.

    The tariffs of one session, or of one stay, add up against the threshold; the first line bears the participation
    once, the others then bear nothing. A stay bears it through its acts, never by its own price. Where a former claim
    left acts of the session their ticket modérateur, a doubt says that it must be corrected.
    Units: cents. Source: CSS art. R160-16; ameli, « forfait à 24 euros ».
    """
    if care.heavy_act_cents is not None:
        return care.heavy_act_cents
    if act is None or not bears_on(care, act):
        return None
    own_cents = 0 if act.stay else tariff_cents
    if own_cents + circumstances.session_tariff_cents < trace.law("pat.threshold").cents:
        return None
    if circumstances.heavy_act_missed:
        trace.doubt(Doubt.HEAVY_ACT_MISSED)
    return 0 if circumstances.heavy_act_charged else trace.law("pat.amount").cents
