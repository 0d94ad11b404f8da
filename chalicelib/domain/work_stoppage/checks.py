"""Whether the answers of a declaration agree with each other, with the cover and with the file it goes on from."""

from collections.abc import Iterator
from datetime import date, timedelta

from chalicelib.domain.errors import FieldError, FieldErrors
from chalicelib.domain.law import parameter
from chalicelib.domain.periods import Period
from chalicelib.domain.work_stoppage.kinds import Movement, Scheme, StoppageKind
from chalicelib.domain.work_stoppage.situation import FIRST_DAY, Answers, Situation


def check_answers(
    answers: Answers, situation: Situation, *, covered: Period | None = None, current: Period | None = None
) -> None:
    """Refuse answers that contradict each other.

    ``covered`` is the employee's affiliation to the contract, ``current`` the stoppage of the file so far.
    Errors: ``FieldErrors``, each fault at a place such as ``answers.expected_end_on``.

    >>> back = Situation(movement=Movement.RETURN, kind=StoppageKind.ILLNESS, today=date(2026, 3, 2))
    >>> check_answers({"returned_on": date(2026, 3, 2)}, back, current=Period(date(2026, 2, 1), date(2026, 3, 1)))
    """
    faults = [*_amounts(answers)]
    first = situation.first_day(answers)
    if first is not None:
        faults += _days(answers, situation, first)
        faults += _cover(situation, first, covered) if covered else ()
        faults += _sequel(situation, first, current) if current else ()
    if faults:
        raise FieldErrors(*faults)


def _days(answers: Answers, situation: Situation, first: date) -> Iterator[FieldError]:
    name = FIRST_DAY[situation.movement]
    planned = situation.kind.scheme is Scheme.MATERNITY or situation.movement is Movement.PROLONGATION
    if first > situation.today and not planned:
        yield _fault(name, "Cette date est à venir\u00a0: faites la déclaration le jour venu.", "in_future")
    for field in ("expected_end_on", "part_time_until"):
        if _before(answers, field, first):
            yield _fault(field, "La date de fin ne peut pas précéder la date de début.", "before_start")
    not_after = {
        "last_worked_on": "Le dernier jour travaillé ne peut pas suivre le premier jour d’arrêt.",
        "accident_on": "L’accident ne peut pas suivre le premier jour d’arrêt.",
        "hired_on": "L’entrée dans l’entreprise ne peut pas suivre le premier jour d’arrêt.",
    }
    if situation.kind is StoppageKind.PATERNITY:
        not_after["arrived_on"] = "Le congé ne peut pas commencer avant la naissance."
    for field, sentence in not_after.items():
        if _after(answers, field, first):
            yield _fault(field, sentence, "after_start")


def _amounts(answers: Answers) -> Iterator[FieldError]:
    pairs = (
        ("reference_gross", "reference_net"),
        ("kept_gross_month", "kept_net_month"),
        ("part_time_gross_month", "part_time_net_month"),
    )
    for gross, net in pairs:
        if _amount(answers, net) > _amount(answers, gross):
            yield _fault(net, "Le salaire net ne peut pas dépasser le salaire brut.", "net_over_gross")
    if (
        12 * _amount(answers, "kept_gross_month") > _amount(answers, "reference_gross")
        and "kept_gross_month" in answers
    ):
        sentence = "Le salaire à temps partiel ne peut pas dépasser le salaire de référence."
        yield _fault("kept_gross_month", sentence, "over_reference")


def _cover(situation: Situation, first: date, covered: Period) -> Iterator[FieldError]:
    if situation.movement in (Movement.OPENING, Movement.RELAPSE) and not covered.holds(first):
        sentence = "Le salarié n’est pas couvert par le contrat de prévoyance ce jour-là."
        yield _fault(FIRST_DAY[situation.movement], sentence, "not_covered")


def _sequel(situation: Situation, first: date, current: Period) -> Iterator[FieldError]:
    name = FIRST_DAY[situation.movement]
    if first <= current.start:
        yield _fault(
            name, f"Cette date doit suivre le premier jour de l’arrêt, le {current.start:%d/%m/%Y}.", "too_early"
        )
    if current.end is None:
        return
    gap = int(parameter("arret.prolongation.gap", on=first).value)
    if situation.movement is Movement.PROLONGATION and first > current.end + timedelta(days=gap):
        sentence = "La prolongation ne suit pas l’arrêt sans interruption\u00a0: déclarez plutôt une rechute."
        yield _fault(name, sentence, "interrupted")
    if situation.movement is Movement.RELAPSE and first < current.end:
        sentence = "La rechute commence avant la fin de l’arrêt\u00a0: déclarez plutôt une prolongation."
        yield _fault(name, sentence, "not_over")


def _before(answers: Answers, name: str, day: date) -> bool:
    value = answers.get(name)
    return isinstance(value, date) and value < day


def _after(answers: Answers, name: str, day: date) -> bool:
    value = answers.get(name)
    return isinstance(value, date) and value > day


def _amount(answers: Answers, name: str) -> int:
    value = answers.get(name)
    return value if isinstance(value, int) else 0


def _fault(name: str, sentence: str, code: str) -> FieldError:
    return FieldError(f"answers.{name}", sentence, code)
