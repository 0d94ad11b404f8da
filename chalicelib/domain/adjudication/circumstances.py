"""What other acts change on a line: the caps of a day, a session's heavy act, a stay's daily charge."""

from datetime import date
from typing import NamedTuple

from chalicelib.domain.adjudication.care import NOTHING_WITHHELD, Withheld
from chalicelib.domain.money import Cents


class Circumstances(NamedTuple):
    """What a line owes to the acts beside it, of its claim or of former ones; alone, it owes them nothing.

    ``participations_today`` and ``franchise_today_cents`` are what former acts of the same day already bore under the
    caps of a day. ``session_tariff_cents`` adds up the tariffs of the other acts of the same session or stay that the
    participation for heavy acts may bear on, ``heavy_act_charged`` is whether one of them already bore it, and
    ``heavy_act_missed`` whether a former claim settled them with their ticket modérateur.
    ``charge_within_stay`` is whether a stay already holds this daily charge in its ticket modérateur.
    ``withheld_in_year`` and ``covered_in_year`` add to what the line says was kept back and covered in its year;
    ``bought_on`` is the last purchase that delays it, the one that the line states among them.
    """

    participations_today: int = 0
    franchise_today_cents: Cents = 0
    session_tariff_cents: Cents = 0
    heavy_act_charged: bool = False
    heavy_act_missed: bool = False
    charge_within_stay: bool = False
    withheld_in_year: Withheld = NOTHING_WITHHELD
    covered_in_year: int = 0
    bought_on: date | None = None


ALONE = Circumstances()
