"""The branching form of a work stoppage, as data: which questions come up, how they are read, which documents follow.

The questions and documents are in ``questions.toml``; a condition only names facts and earlier questions (H91).
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from chalicelib.domain.record import Record
from chalicelib.domain.work_stoppage.kinds import Movement, Scheme, StoppageKind
from chalicelib.domain.work_stoppage.situation import Answer, Answers, Situation

FACTS: Mapping[str, tuple[str, ...]] = {
    "movement": tuple(Movement),
    "kind": tuple(StoppageKind),
    "scheme": tuple(Scheme),
    "late": ("oui", "non"),
    "over_prescription": ("oui", "non"),
}
"""What a condition may name besides earlier questions, and the words each may be."""

EARLIEST, LATEST = date(1950, 1, 1), date(2099, 12, 31)
"""No answer lies further away than a working life: what does is a typing mistake."""


class AnswerType(StrEnum):
    """How a question is answered; in JSON a day is AAAA-MM-JJ, an amount a whole number of cents."""

    DAY = "day"
    YES_NO = "yes_no"
    CHOICE = "choice"
    AMOUNT = "amount"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Option:
    """One of the answers of a choice."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that must be so: a fact or an earlier answer is one of these words."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question of the form: on which step, how it is answered, what it says, and when it comes up."""

    id: str
    step: str
    type: AnswerType
    label: str
    help: str
    options: tuple[Option, ...] = ()
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppageDocument:
    """One document to send: its code and title, whether the employee or the employer holds it, and why it is asked."""

    code: str
    title: str
    about: str
    reason: str


@dataclass(frozen=True, slots=True)
class Step:
    """One screen of the form."""

    id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The whole form, in the order in which it is asked."""

    steps: tuple[Step, ...]
    questions: tuple[Question, ...]
    documents: tuple[tuple[StoppageDocument, tuple[Condition, ...]], ...]


@cache
def form() -> Form:
    """The form of the portal, read once.

    >>> [step.id for step in form().steps]
    ['arret', 'situation', 'emploi', 'salaire', 'versement']
    """
    text = files("chalicelib.domain.work_stoppage").joinpath("questions.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    return Form(
        steps=tuple(Step(entry["id"], entry["title"]) for entry in data["step"]),
        questions=tuple(_question(entry) for entry in data["question"]),
        documents=tuple((_document(entry), _conditions(entry)) for entry in data["document"]),
    )


def asked(situation: Situation, answers: Answers) -> tuple[Question, ...]:
    """The questions that come up, given what was answered so far: they grow as answers come in (H90, H91).

    >>> from chalicelib.domain.work_stoppage.kinds import Movement, StoppageKind
    >>> back = Situation(movement=Movement.RETURN, kind=StoppageKind.ILLNESS, today=date(2026, 3, 2))
    >>> [question.id for question in asked(back, {})]
    ['returned_on', 'return_mode']
    >>> [question.id for question in asked(back, {"return_mode": "temps_partiel_therapeutique"})][2:]
    ['part_time_until', 'part_time_gross_month', 'part_time_net_month']
    """
    return tuple(question for question, _ in _in_turn(situation, answers))


def documents(situation: Situation, answers: Answers) -> tuple[StoppageDocument, ...]:
    """The documents that the answers call for, each with its reason (H95).

    >>> from chalicelib.domain.work_stoppage.kinds import Movement, StoppageKind
    >>> more = Situation(movement=Movement.PROLONGATION, kind=StoppageKind.MATERNITY, today=date(2026, 3, 2))
    >>> [document.code for document in documents(more, {})]
    ['avis_prolongation', 'decomptes_ijss']
    """
    kept = _kept(situation, answers)
    facts = situation.facts(kept)
    return tuple(document for document, conditions in form().documents if _hold(conditions, facts, kept))


def read_answers(raw: Mapping[str, object], situation: Situation, *, complete: bool) -> Answers:
    """The typed answers of a JSON object, in the order of the form.

    An answer that the earlier ones no longer call for is let go. A draft may lack answers; ``complete`` asks for all.
    Errors: ``FieldErrors`` with every fault, each at a place such as ``answers.starts_on``.

    >>> from chalicelib.domain.work_stoppage.kinds import Movement, StoppageKind
    >>> back = Situation(movement=Movement.RETURN, kind=StoppageKind.ILLNESS, today=date(2026, 3, 2))
    >>> read_answers({"returned_on": "2026-03-02", "subrogation": True}, back, complete=False)
    {'returned_on': datetime.date(2026, 3, 2)}
    """
    record = Record(raw, place="answers")
    record.only(question.id for question in form().questions)
    answers: dict[str, Answer] = {}
    for question in form().questions:
        if not _hold(question.when, situation.facts(answers), answers):
            continue
        if record.has(question.id) or complete:
            faults = len(record.faults)
            answer = _read(record, question)
            if len(record.faults) == faults:
                answers[question.id] = answer
    record.check()
    return answers


def answers_to_data(answers: Answers) -> dict[str, object]:
    """The JSON object that ``read_answers`` reads back as equal answers.

    >>> answers_to_data({"returned_on": date(2026, 3, 2)})
    {'returned_on': '2026-03-02'}
    """
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in answers.items()}


def typed_answers(answers: Mapping[str, object]) -> Answers:
    """The answers with the type that each question has, whether a day is given as one or as its text.

    An answer to a question that the form no longer has stays as it is: it was given to an older one.

    >>> typed_answers({"returned_on": "2026-03-02"})
    {'returned_on': datetime.date(2026, 3, 2)}
    """
    types = {question.id: question.type for question in form().questions}
    return {name: _typed(types.get(name), value) for name, value in answers.items() if isinstance(value, Answer)}


def _typed(kind: AnswerType | None, value: Answer) -> Answer:
    if kind is AnswerType.DAY and isinstance(value, str):
        return date.fromisoformat(value)
    return value.isoformat() if kind is not AnswerType.DAY and isinstance(value, date) else value


def possible(situation: Mapping[str, str]) -> Form:
    """The part of the form that can come up when some facts are known: ``movement``, ``kind``, ``scheme`` (H90, H91).

    >>> [question.id for question in possible({"movement": "reprise", "kind": "maladie"}).questions][:3]
    ['returned_on', 'return_mode', 'part_time_until']
    """
    whole = form()
    open_words = {**FACTS, **{name: (word,) for name, word in situation.items()}}
    if situation.get("movement") == Movement.RETURN:  # it has neither a clock nor a prescription
        open_words |= {"late": ("non",), "over_prescription": ("non",)}
    questions = []
    for question in whole.questions:
        if _may_hold(question.when, open_words):
            questions.append(question)
            open_words[question.id] = tuple(option.code for option in question.options) or ("oui", "non")
    shown = tuple(entry for entry in whole.documents if _may_hold(entry[1], open_words))
    steps = tuple(step for step in whole.steps if any(question.step == step.id for question in questions))
    return Form(steps=steps, questions=tuple(questions), documents=shown)


def _may_hold(conditions: Sequence[Condition], open_words: Mapping[str, tuple[str, ...]]) -> bool:
    return all(set(open_words.get(one.name, ())) & set(one.words) for one in conditions)


def document_of(code: str) -> StoppageDocument | None:
    """The document of the form that has a code, or nothing.

    >>> document_of("avis_prolongation").about
    'salarie'
    """
    return next((document for document, _ in form().documents if document.code == code), None)


def _in_turn(situation: Situation, answers: Answers) -> Iterator[tuple[Question, Answer | None]]:
    """Each question that comes up with its answer, the earlier ones deciding of the later ones."""
    known: dict[str, Answer] = {}
    for question in form().questions:
        if _hold(question.when, situation.facts(known), known):
            if question.id in answers:
                known[question.id] = answers[question.id]
            yield question, answers.get(question.id)


def _kept(situation: Situation, answers: Answers) -> Answers:
    return {question.id: answer for question, answer in _in_turn(situation, answers) if answer is not None}


def _hold(conditions: Sequence[Condition], facts: Mapping[str, str], answers: Answers) -> bool:
    return all((facts.get(one.name) or _word(answers.get(one.name))) in one.words for one in conditions)


def _word(answer: Answer | None) -> str:
    if isinstance(answer, bool):
        return "oui" if answer else "non"
    return answer if isinstance(answer, str) else ""


def _read(record: Record, question: Question) -> Answer:
    match question.type:
        case AnswerType.DAY:
            return _read_day(record, question)
        case AnswerType.YES_NO:
            return _read_flag(record, question)
        case AnswerType.CHOICE:
            return _read_choice(record, question)
        case AnswerType.TEXT:
            return record.text(question.id)
        case AnswerType.AMOUNT:
            return record.cents(question.id)


def _read_day(record: Record, question: Question) -> date:
    day = record.day(question.id)
    if record.has(question.id) and day != date.min and not EARLIEST <= day <= LATEST:
        record.fault(question.id, f"Indiquez une date entre {EARLIEST.year} et {LATEST.year}.")
    return day


def _read_flag(record: Record, question: Question) -> bool:
    if not record.has(question.id):
        record.missing(question.id)
    return record.flag(question.id, default=False)


def _read_choice(record: Record, question: Question) -> str:
    chosen = record.text(question.id)
    if chosen and chosen not in [option.code for option in question.options]:
        labels = ", ".join(f"«\u00a0{option.label}\u00a0»" for option in question.options)
        record.fault(question.id, f"Choisissez une de ces réponses\u00a0: {labels}.")
    return chosen


def _question(entry: Mapping[str, Any]) -> Question:
    return Question(
        id=entry["id"],
        step=entry["step"],
        type=AnswerType(entry["type"]),
        label=entry["label"],
        help=entry["help"],
        options=tuple(Option(option["code"], option["label"]) for option in entry.get("options", ())),
        when=_conditions(entry),
    )


def _document(entry: Mapping[str, Any]) -> StoppageDocument:
    return StoppageDocument(code=entry["code"], title=entry["title"], about=entry["about"], reason=entry["reason"])


def _conditions(entry: Mapping[str, Any]) -> tuple[Condition, ...]:
    return tuple(Condition(name, tuple(words)) for name, words in entry.get("when", {}).items())
