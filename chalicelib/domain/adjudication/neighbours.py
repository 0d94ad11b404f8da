"""What a line owes to the acts beside it: the caps of the day and the year, one session's heavy act, a stay.

Acts share a session when they name the same professional and the same day, or the same stay. A line that names
neither stands alone: that two acts of a day were done by one professional is never guessed. Whether an act was settled
by a former claim or by this one changes nothing.
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence

from chalicelib.domain import acts
from chalicelib.domain.acts import Act, Withholding
from chalicelib.domain.adjudication import daily_charge, heavy_act, withholding
from chalicelib.domain.adjudication.care import Care
from chalicelib.domain.adjudication.circumstances import Circumstances
from chalicelib.domain.adjudication.explanation import Law, Trace, Undecided
from chalicelib.domain.adjudication.history import Past, PastAct, session_of
from chalicelib.domain.adjudication.settlement import Settlement
from chalicelib.domain.adjudication.statutory import Origin
from chalicelib.domain.adjudication.tariff import tariff_cents
from chalicelib.domain.errors import NoParameterFor
from chalicelib.domain.money import Cents


class Neighbours:
    """The lines of one claim, those settled so far, and the acts of former claims."""

    def __init__(self, lines: Sequence[Care], past: Past, law: Law) -> None:
        self._lines = lines
        self._past = past
        self._law = law
        self._tariffs = [heavy_tariff_cents(care, law) for care in lines]
        self._sessions: defaultdict[Hashable, list[int]] = defaultdict(list)
        for index, care in enumerate(lines):
            self._sessions[session_of(care)].append(index)

    def settled(self, index: int, result: Settlement) -> PastAct:
        """Note the settlement of a line, and tell what it leaves to the next ones."""
        done = past_act(self._lines[index], result, heavy_tariff_cents=self._tariffs[index])
        self._past.add(done)
        return done

    def circumstances(self, index: int) -> Circumstances:
        """What the acts beside it change on one line: former claims, former lines, and the next lines of its session.

        Source: CSS art. R160-19 and D160-6 (caps of the day and of the year), R160-16 (heavy acts), L174-4 (daily
        charge), L162-58 (acts covered a number of times a year), R871-2 3° and 4° (renewals).
        """
        care, past = self._lines[index], self._past
        alone = Circumstances(
            franchise_today_cents=past.franchise_today_cents(care, _kind(care)),
            withheld_in_year=past.withheld_in_year(care.on),
            covered_in_year=past.covered_in_year(care),
            bought_on=past.last_purchase_on(care, acts.find(care.act)),
        )
        session = session_of(care)
        return alone if session is None else self._in_session(index, session, alone)

    def _in_session(self, index: int, session: Hashable, alone: Circumstances) -> Circumstances:
        care, past = self._lines[index], self._past
        following = [other for other in self._sessions[session] if other > index]
        tariff = past.session_tariff_cents(session) + sum(self._tariffs[other] or 0 for other in following)
        return alone._replace(
            participations_today=past.participations_today(care),
            session_tariff_cents=tariff,
            heavy_act_charged=past.heavy_act_charged(session),
            heavy_act_missed=past.heavy_act_missed(session),
            charge_within_stay=self._charge_within_stay(care, session, following, tariff),
        )

    def _charge_within_stay(
        self, care: Care, session: Hashable, following: Sequence[int], session_tariff_cents: Cents
    ) -> bool:
        """Whether the bill of the stay already holds the daily charge: never beside a heavy act."""
        act = acts.find(care.act)
        if act is None or act.charge is None or act.reduced_charge or care.stay is None:
            return False
        if session_tariff_cents >= self._law("pat.threshold", on=care.on).cents:
            return False
        return self._past.charge_within_stay(session) or any(_daily_charge_days(self._lines[i]) for i in following)


def past_act(care: Care, result: Settlement, *, heavy_tariff_cents: Cents | None) -> PastAct:
    """What a settled line leaves to the lines and the claims that follow."""
    return PastAct(
        act=care.act,
        on=care.on,
        clause_id=result.clause_id,
        location=care.location,
        paid=result.complementary_cents > 0,
        expense_cents=care.expense_cents,
        quantity=care.quantity,
        professional=care.professional,
        stay=care.stay,
        withholding=_kind(care),
        withheld=result.withheld,
        withheld_stated=("withheld", Origin.COMPUTED) not in result.origins,
        heavy_tariff_cents=heavy_tariff_cents,
        heavy_act_cents=result.heavy_act_cents,
        daily_charge_days=_daily_charge_days(care),
    )


def heavy_tariff_cents(care: Care, law: Law) -> Cents | None:
    """What a line counts towards the threshold of its session: its tariff, 0 for a stay; nothing where it never does.

    Units: cents. Source: CSS art. R160-16.
    """
    act = acts.find(care.act)
    if act is None or not heavy_act.bears_on(care, act):
        return None
    if act.stay:
        return 0
    try:
        return tariff_cents(care, act, Trace(care.on, law)) or None
    except (Undecided, NoParameterFor):
        return None


def _kind(care: Care) -> Withholding:
    act: Act | None = acts.find(care.act)
    try:
        return withholding.kind_of(care, act)
    except Undecided:
        return Withholding.NONE


def _daily_charge_days(care: Care) -> int:
    """The daily charges that the bill of a stay holds."""
    return (care.daily_charge_days or 0) if daily_charge.bears_on_stay(care, acts.find(care.act)) else 0
