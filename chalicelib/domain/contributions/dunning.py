"""What may be done about a late statement, and from which day: reminder, formal notice, suspension, termination."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from chalicelib.domain.contributions.state import Collection, ContributionState, state_on
from chalicelib.domain.contributions.wording import day_name
from chalicelib.domain.errors import Refused
from chalicelib.domain.law import parameter
from chalicelib.domain.periods import day_after


class DunningStep(StrEnum):
    """The steps, in their order."""

    REMINDER = "relance"
    FORMAL_NOTICE = "mise_en_demeure"
    SUSPENSION = "suspension"
    TERMINATION = "resiliation"

    @property
    def automatic(self) -> bool:
        """Whether the step may be taken without a person's decision: nobody loses cover by a clock.

        >>> [one.automatic for one in DunningStep]
        [True, True, False, False]
        """
        return self in (DunningStep.REMINDER, DunningStep.FORMAL_NOTICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """The step that comes next and the first day on which it may be taken."""

    step: DunningStep
    from_day: date


_WAITING = frozenset(
    {
        ContributionState.OVERDUE,
        ContributionState.REMINDED,
        ContributionState.FORMAL_NOTICE,
        ContributionState.GUARANTEE_SUSPENDED,
    }
)


def next_step(collection: Collection, day: date) -> NextStep | None:
    """The next step about a statement on a day; none while it is not late, is contested, being debited or corrected.

    A reminder may go the day after the due day; the formal notice ten days after the due day; the suspension thirty
    days after the formal notice; the termination ten days after the suspension. The delays are those in force on the
    day they start from.

    Errors: ``NoParameterFor``.
    Source: C. assur. L113-3 (CSS L932-9 and C. mut. L221-8 for the other kinds of insurers); dossier 4.5.

    >>> late = Collection(due_on=date(2025, 4, 15), called_cents=5888, owed_cents=5888, reminded_on=date(2025, 4, 16))
    >>> next_step(late, date(2025, 4, 20)).from_day
    datetime.date(2025, 4, 25)
    """
    if state_on(collection, day) not in _WAITING:
        return None
    if collection.suspended_on:
        return _after(DunningStep.TERMINATION, collection.suspended_on, "contribution.termination")
    if collection.formal_notice_on:
        return _after(DunningStep.SUSPENSION, collection.formal_notice_on, "contribution.suspension")
    if collection.reminded_on:
        return _after(DunningStep.FORMAL_NOTICE, collection.due_on, "contribution.formal_notice")
    return NextStep(step=DunningStep.REMINDER, from_day=day_after(collection.due_on))


def step_day(collection: Collection) -> date | None:
    """The first day on which the next step about a statement may be taken; none while there is no such step.

    Errors: ``NoParameterFor``.

    >>> step_day(Collection(due_on=date(2025, 4, 15), called_cents=5888, owed_cents=5888))
    datetime.date(2025, 4, 16)
    """
    following = next_step(collection, date.max)
    return following.from_day if following else None


def taken(collection: Collection, step: DunningStep, *, on: date, decided_by: str = "") -> Collection:
    """The collection once a step is taken. ``decided_by`` is the person who decides what is never automatic.

    Errors: ``Refused`` (``step_not_open``, ``step_too_soon``, ``decision_needed``); ``NoParameterFor``.
    Source: C. assur. L113-3; dossier 10.
    """
    following = next_step(collection, on)
    if following is None or following.step is not step:
        raise Refused("step_not_open", "Cette étape du recouvrement n’est pas ouverte pour cet appel.", step=str(step))
    if on < following.from_day:
        sentence = f"Cette étape n’est possible qu’à partir du {day_name(following.from_day)}."
        raise Refused("step_too_soon", sentence, step=str(step), from_day=following.from_day.isoformat())
    if not step.automatic and not decided_by:
        raise Refused("decision_needed", "Cette étape demande la décision d’un gestionnaire.", step=str(step))
    match step:
        case DunningStep.REMINDER:
            return replace(collection, reminded_on=on)
        case DunningStep.FORMAL_NOTICE:
            return replace(collection, formal_notice_on=on)
        case DunningStep.SUSPENSION:
            return replace(collection, suspended_on=on)
        case DunningStep.TERMINATION:
            return replace(collection, terminated_on=on)


def cover_resumes_on(paid_on: date) -> date:
    """The day a suspended cover resumes, at noon, once all that is owed has been paid.

    Source: C. assur. L113-3: at noon of the day after the payment.

    >>> cover_resumes_on(date(2025, 6, 30))
    datetime.date(2025, 7, 1)
    """
    return day_after(paid_on)


def _after(step: DunningStep, start: date, key: str) -> NextStep:
    days = int(parameter(key, on=start).value)
    return NextStep(step=step, from_day=start + timedelta(days=days))
