"""What the form needs to know besides the answers: which movement, which kind, what day it is; and what follows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from chalicelib.domain.errors import NoParameterFor
from chalicelib.domain.law import parameter
from chalicelib.domain.periods import add_months
from chalicelib.domain.work_stoppage.deadline import Deadline, deadline_of
from chalicelib.domain.work_stoppage.kinds import Movement, Scheme, StoppageKind

Answer = date | bool | int | str
Answers = Mapping[str, Answer]

FIRST_DAY = {
    Movement.OPENING: "starts_on",
    Movement.RELAPSE: "starts_on",
    Movement.PROLONGATION: "extended_from",
    Movement.RETURN: "returned_on",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is declared, and the day on which it is, in Paris."""

    movement: Movement
    kind: StoppageKind
    today: date

    def facts(self, answers: Answers) -> Mapping[str, str]:
        """What the conditions of the form may name besides earlier answers.

        >>> opening = Situation(movement=Movement.OPENING, kind=StoppageKind.ILLNESS, today=date(2026, 3, 2))
        >>> opening.facts({"starts_on": date(2026, 1, 30)})["late"]
        'oui'
        """
        clock = self.deadline(answers)
        return {
            "movement": str(self.movement),
            "kind": str(self.kind),
            "scheme": str(self.kind.scheme),
            "late": "oui" if clock is not None and clock.is_late(self.today) else "non",
            "over_prescription": "oui" if self._over_prescription(answers) else "non",
        }

    def first_day(self, answers: Answers) -> date | None:
        """The day on which what is declared begins, once it is known."""
        day = answers.get(FIRST_DAY[self.movement])
        return day if isinstance(day, date) else None

    def deadline(self, answers: Answers) -> Deadline | None:
        """The clock of the declaration, once its first day is known; a return to work has none (H92, H93)."""
        first = self.first_day(answers)
        return None if first is None or self.movement is Movement.RETURN else deadline_of(first)

    def _over_prescription(self, answers: Answers) -> bool:
        """Whether the prescription is longer than one may be without a reason.

        Source: loi n° 2025-1403 art. 81.
        """
        first, last = self.first_day(answers), answers.get("expected_end_on")
        if first is None or not isinstance(last, date) or self.kind.scheme not in (Scheme.ILLNESS, Scheme.ACCIDENT):
            return False
        key = "arret.prescription." + ("extension" if self.movement is Movement.PROLONGATION else "initial")
        try:
            months = int(parameter(key, on=first).value)
        except NoParameterFor:  # stoppages that begin before the first row: any length could be prescribed
            return False
        return last > add_months(first, months) - timedelta(days=1)
