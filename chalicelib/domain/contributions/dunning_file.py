"""The file of a debt from its formal notice on: what agents did about it, and what waits for them now."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from chalicelib.domain.contributions.dunning import DunningStep, next_step
from chalicelib.domain.contributions.state import Collection
from chalicelib.domain.errors import FieldErrors, Refused
from chalicelib.domain.law import parameter
from chalicelib.domain.money import Cents


class DunningTask(StrEnum):
    """What waits for an agent."""

    LETTER = "lettre_recommandee"
    SUSPENSION = "suspension"
    TERMINATION = "resiliation"

    @property
    def label(self) -> str:
        """The task as the agents' list names it.

        >>> DunningTask.LETTER.label
        'Lettre recommandée à envoyer'
        """
        return _LABELS[self]


_LABELS = {
    DunningTask.LETTER: "Lettre recommandée à envoyer",
    DunningTask.SUSPENSION: "Suspension des garanties à décider",
    DunningTask.TERMINATION: "Résiliation du contrat à décider",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredLetter:
    """The registered letter by which the formal notice was sent: from its day the delay of the law runs."""

    sent_on: date
    reference: str
    recorded_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DunningFile:
    """What was done about one statement since its formal notice, which was for ``noticed_cents``. Units: cents.

    Written under a version; ``closed`` once nothing more is to be watched: all is paid and cover has resumed, or the
    contract has ended.
    """

    number: str
    company_id: str
    company_name: str
    contract_id: str
    contract_number: str
    due_on: date
    formal_notice_on: date
    noticed_cents: Cents
    letter: RegisteredLetter | None = None
    suspended_on: date | None = None
    resumed_on: date | None = None
    terminated_on: date | None = None
    terminated_by: str = ""
    termination_reason: str = ""
    closed: bool = False
    version: int = 0

    @property
    def is_suspended(self) -> bool:
        """Whether cover is suspended for this debt, and has not resumed."""
        return self.suspended_on is not None and self.resumed_on is None

    def task_on(self, collection: Collection, day: date) -> DunningTask | None:
        """What waits for an agent on a day; nothing while a delay runs or the clocks are stopped.

        Errors: ``NoParameterFor``.
        Source: C. assur. L113-3; dossier 4.5, 10.
        """
        following = next_step(collection, day)
        if self.closed or following is None:
            return None
        if self.letter is None:
            return DunningTask.LETTER
        if following.step is DunningStep.SUSPENSION:
            return DunningTask.SUSPENSION if day >= self.suspension_from(following.from_day, self.letter) else None
        if following.step is DunningStep.TERMINATION and day >= following.from_day:
            return DunningTask.TERMINATION
        return None

    def suspension_from(self, noticed: date, letter: RegisteredLetter) -> date:
        """The first day of a suspension: the delay runs from the letter, never from before it was sent."""
        delay = timedelta(days=int(parameter("contribution.suspension", on=letter.sent_on).value))
        return max(noticed, letter.sent_on + delay)

    def with_letter(self, letter: RegisteredLetter, *, today: date) -> "DunningFile":
        """The file once the registered letter was sent.

        Errors: ``FieldErrors`` on ``sent_on``: before the formal notice, or still to come; ``Refused`` when another
        letter was recorded (``letter_recorded``).
        """
        if self.letter == letter:
            return self
        if self.letter is not None:
            raise Refused("letter_recorded", "L’envoi de la lettre recommandée est déjà enregistré.")
        if not self.formal_notice_on <= letter.sent_on <= today:
            sentence = "Indiquez le jour de l’envoi, entre celui de la mise en demeure et aujourd’hui."
            raise FieldErrors.on("sent_on", sentence, "out_of_range")
        return replace(self, letter=letter)

    def check(self, task: DunningTask, collection: Collection, day: date) -> None:
        """Refuse a decision that does not wait for an agent.

        Errors: ``Refused`` (``letter_not_sent``, ``step_not_open``).
        """
        waiting = self.task_on(collection, day)
        if waiting is DunningTask.LETTER:
            sentence = "Enregistrez d’abord l’envoi de la lettre recommandée\u00a0: le délai court de ce jour."
            raise Refused("letter_not_sent", sentence)
        if waiting is not task:
            raise Refused("step_not_open", "Cette étape du recouvrement n’est pas ouverte pour cet appel.")
