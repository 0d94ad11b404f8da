"""What the lines of a claim owe to one another: the caps of the day and the year, one session's heavy act, a stay.

Lines share a session when they name the same professional and the same day, or the same stay. A line that names
neither stands alone: that two acts of a day were done by one professional is never guessed.
"""

from collections.abc import Hashable, Sequence

from chalicelib.domain import acts
from chalicelib.domain.acts import Act, Withholding
from chalicelib.domain.adjudication import daily_charge, heavy_act, withholding
from chalicelib.domain.adjudication.care import NOTHING_WITHHELD, Care, Withheld
from chalicelib.domain.adjudication.circumstances import Circumstances
from chalicelib.domain.adjudication.explanation import Law, Trace, Undecided
from chalicelib.domain.adjudication.settlement import Settlement
from chalicelib.domain.adjudication.statutory import Origin
from chalicelib.domain.adjudication.tariff import tariff_cents
from chalicelib.domain.errors import NoParameterFor
from chalicelib.domain.money import Cents


class Neighbours:
    """The lines of one claim, and what was settled of them so far."""

    def __init__(self, lines: Sequence[Care], law: Law) -> None:
        self._lines = lines
        self._law = law
        self._tariffs = [_heavy_tariff_cents(care, law) for care in lines]
        self._done: list[Settlement] = []

    def settled(self, result: Settlement) -> None:
        """Note the settlement of the next line."""
        self._done.append(result)

    def withheld_in_year(self, care: Care) -> Withheld:
        """What the lines settled so far computed as kept back in the civil year of a line.

        Units: cents. Source: CSS art. D160-6 and L160-13 III (caps of the civil year).
        """
        total = NOTHING_WITHHELD
        for other, result in zip(self._lines, self._done, strict=False):
            if other.on.year == care.on.year and ("withheld", Origin.COMPUTED) in result.origins:
                total = total.plus(result.withheld)
        return total

    def circumstances(self, index: int) -> Circumstances:
        """What the other lines change on one line.

        Source: CSS art. R160-19 and D160-6 (day caps), R160-16 (heavy acts), L174-4 (daily charge).
        """
        care = self._lines[index]
        session = _session(care)
        same = [i for i, other in enumerate(self._lines) if session and i != index and _session(other) == session]
        session_tariff_cents = sum(self._tariffs[i] for i in same)
        return Circumstances(
            participations_today=self._participations_today(care),
            franchise_today_cents=self._franchise_today_cents(care),
            session_tariff_cents=session_tariff_cents,
            heavy_act_charged=any(self._done[i].heavy_act_cents for i in same if i < len(self._done)),
            charge_within_stay=self._charge_within_stay(care, [self._lines[i] for i in same], session_tariff_cents),
        )

    def _participations_today(self, care: Care) -> int:
        """Acts of the day at the same professional that already bore the participation forfaitaire."""
        if care.professional is None:
            return 0
        return sum(
            other.quantity
            for other, result in zip(self._lines, self._done, strict=False)
            if (other.professional, other.on) == (care.professional, care.on)
            and result.withheld.participation_forfaitaire
        )

    def _franchise_today_cents(self, care: Care) -> Cents:
        """Franchises of the day: on transports whoever drives, on other acts those of the same professional."""
        kind = _kind(care)
        if kind not in (Withholding.PARAMEDICAL, Withholding.TRANSPORT):
            return 0
        return sum(
            result.withheld.franchise
            for other, result in zip(self._lines, self._done, strict=False)
            if other.on == care.on
            and _kind(other) is kind
            and (kind is Withholding.TRANSPORT or other.professional == care.professional is not None)
        )

    def _charge_within_stay(self, care: Care, same: Sequence[Care], session_tariff_cents: Cents) -> bool:
        """Whether the bill of the stay already holds the daily charge: never beside a heavy act."""
        act = acts.find(care.act)
        if act is None or act.charge is None or act.reduced_charge or care.stay is None:
            return False
        if session_tariff_cents >= self._law("pat.threshold", on=care.on).cents:
            return False
        return any(daily_charge.bears_on_stay(other, acts.find(other.act)) for other in same)


def _session(care: Care) -> Hashable:
    if care.stay:
        return ("stay", care.stay)
    return ("professional", care.professional, care.on) if care.professional else None


def _kind(care: Care) -> Withholding | None:
    act: Act | None = acts.find(care.act)
    try:
        return withholding.kind_of(care, act)
    except Undecided:
        return None


def _heavy_tariff_cents(care: Care, law: Law) -> Cents:
    """The tariff of a line that counts towards the threshold of its session."""
    act = acts.find(care.act)
    if act is None or act.stay or not heavy_act.bears_on(care, act):
        return 0
    try:
        return tariff_cents(care, act, Trace(care.on, law))
    except (Undecided, NoParameterFor):
        return 0
