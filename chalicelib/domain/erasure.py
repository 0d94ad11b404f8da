"""Erasing a person: asked once, done in steps, gone on with by itself as the law lets go of the rest (dossier 9)."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from chalicelib.domain.retention import Category, Erased


class ErasureState(StrEnum):
    """Where an erasure stands; one that waits goes on by itself the day something may go.

    One is stopped when the person is covered again: nothing more goes until an agent asks for it anew.
    """

    RUNNING = "RUNNING"
    WAITING = "WAITING"
    DONE = "DONE"
    STOPPED = "STOPPED"


class Stage(StrEnum):
    """What a run of an erasure is at; the person comes last."""

    ACCESS = "access"
    REQUESTS = "requests"
    FLOWS = "flows"
    REIMBURSEMENTS = "reimbursements"
    JOURNAL = "journal"
    PERSON = "person"
    OVER = "over"

    @property
    def following(self) -> "Stage":
        """The stage after this one.

        >>> Stage.PERSON.following
        <Stage.OVER: 'over'>
        """
        stages = tuple(Stage)
        return stages[min(stages.index(self) + 1, len(stages) - 1)]


STATE_LABELS = {
    ErasureState.RUNNING: "En cours",
    ErasureState.WAITING: "Limitée à ce que la loi impose de garder",
    ErasureState.DONE: "Terminée",
    ErasureState.STOPPED: "Interrompue\u00a0: la personne est de nouveau couverte",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """The erasure of one person: what went so far, what the law keeps, until when.

    ``place`` is where the present stage goes on. What is erased adds up over all runs; what is kept is the last run's.
    """

    member_id: str
    asked_at: datetime
    asked_by: str
    state: ErasureState = ErasureState.RUNNING
    stage: Stage = Stage.ACCESS
    place: str | None = None
    report: tuple[Erased, ...] = ()
    earliest: date | None = None
    ran_at: datetime | None = None
    version: int = 0

    @property
    def next_day(self) -> date | None:
        """The day from which it goes on by itself; ``None`` once it is done or stopped.

        >>> from datetime import UTC
        >>> asked = Erasure(member_id="7", asked_at=datetime(2026, 3, 2, 9, tzinfo=UTC), asked_by="a")
        >>> asked.next_day, replace(asked, state=ErasureState.WAITING, earliest=date(2028, 3, 1)).next_day
        (datetime.date(2026, 3, 2), datetime.date(2028, 3, 2))
        """
        if self.state in {ErasureState.DONE, ErasureState.STOPPED}:
            return None
        if self.state is ErasureState.RUNNING or self.earliest is None:
            return (self.ran_at or self.asked_at).date()
        return self.earliest + timedelta(days=1)

    def begun_again(self) -> "Erasure":
        """The same erasure at its first stage; what is kept is counted anew."""
        kept_anew = tuple(replace(one, kept=0, kept_until=None, source="") for one in self.report)
        return replace(
            self, state=ErasureState.RUNNING, stage=Stage.ACCESS, place=None, report=kept_anew, earliest=None
        )

    def noted(
        self, category: Category, *, erased: int = 0, kept_until: date | None = None, source: str = ""
    ) -> "Erasure":
        """The same erasure after things of a category went, or after one that stays until a day.

        >>> from datetime import UTC
        >>> asked = Erasure(member_id="7", asked_at=datetime(2026, 3, 2, 9, tzinfo=UTC), asked_by="a")
        >>> asked.noted(Category.CARD, erased=1).noted(Category.CARD, erased=1).of(Category.CARD).erased
        2
        """
        known = self.of(category)
        told = replace(
            known,
            erased=known.erased + erased,
            kept=known.kept + (1 if kept_until else 0),
            kept_until=max(filter(None, (known.kept_until, kept_until)), default=None),
            source=source or known.source,
        )
        rest = tuple(one for one in self.report if one.category is not category)
        return replace(
            self,
            report=tuple(sorted((*rest, told), key=lambda one: list(Category).index(one.category))),
            earliest=min(filter(None, (self.earliest, kept_until)), default=None),
        )

    def of(self, category: Category) -> Erased:
        """What became of a category so far."""
        return next((one for one in self.report if one.category is category), Erased(category=category))

    def gone_on(self, place: str | None) -> "Erasure":
        """The same erasure further on: in the same stage while it has a place to go on from, else in the next."""
        return replace(self, stage=self.stage if place else self.stage.following, place=place)

    @property
    def keeps(self) -> bool:
        """Whether the law keeps something that must stay attributable to the person."""
        return any(one.kept for one in self.report if one.category is not Category.IDENTITY)
