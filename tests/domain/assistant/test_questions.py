"""How often the assistant understands: measured on questions as people type them, and on questions about anything else.

Requirements H105, H106, M97, M98.
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.assistant.intents import Action, intents
from chalicelib.domain.assistant.matching import match, ranking
from chalicelib.domain.assistant.words import words
from chalicelib.domain.content import Audience
from chalicelib.texts.content import library

QUESTIONS: dict[str, Any] = tomllib.loads((Path(__file__).parent / "questions.toml").read_text(encoding="utf-8"))


def asked(part: str) -> list[tuple[Audience, str, str]]:
    """The questions of a part: who asks, what is meant, the words."""
    return [
        (audience, meant, question)
        for audience in (Audience.EMPLOYER, Audience.MEMBER)
        for meant, questions in QUESTIONS[audience][part].items()
        for question in questions
    ]


def understood(audience: Audience, question: str) -> str | None:
    found = match(question, audience)
    return found.intent.intent_id if found else None


def right(questions: list[tuple[Audience, str, str]]) -> int:
    """How many in a hundred are taken for what they mean."""
    hits = sum(understood(audience, question) == meant for audience, meant, question in questions)
    return 100 * hits // len(questions)


def test_most_questions_are_understood() -> None:
    """H105, M97: at least 95 in a hundred of more than 150 phrasings, typing mistakes included."""
    questions = asked("tuned") + asked("held_out")
    assert len(questions) >= 150
    assert len({question for _, _, question in questions}) > 300
    assert right(questions) >= 95


def test_what_was_never_looked_at_is_mostly_understood_and_never_mistaken() -> None:
    """H105, M97: a new phrasing is understood or handed over; a wrong answer is the exception."""
    questions = asked("held_out")
    assert right(questions) >= 85
    mistaken = [
        question for audience, meant, question in questions if understood(audience, question) not in {meant, None}
    ]
    assert len(mistaken) <= 1


@pytest.mark.parametrize(
    ("audience", "question"),
    [(Audience(audience), question) for audience, found in QUESTIONS["outside"].items() for question in found],
)
def test_a_question_about_anything_else_gets_no_answer(audience: Audience, question: str) -> None:
    """H105, M97: it says that it does not know."""
    assert match(question, audience) is None


def test_there_are_enough_questions_about_anything_else() -> None:
    assert sum(map(len, QUESTIONS["outside"].values())) >= 40


def test_the_two_named_requests_are_understood_in_both_spaces() -> None:
    """H105, M97: the tiers payant card and the échéancier."""
    assert understood(Audience.EMPLOYER, "carte de tiers payant") == "card_of_employee"
    assert understood(Audience.MEMBER, "carte de tiers payant") == "card"
    for audience in (Audience.EMPLOYER, Audience.MEMBER):
        assert understood(audience, "échéancier") == "payment_schedule"


@pytest.mark.parametrize("audience", [Audience.EMPLOYER, Audience.MEMBER])
def test_every_phrase_of_the_list_is_taken_for_its_own(audience: Audience) -> None:
    """A phrase that another one hides would never be of use: nothing is more like it than its own intent."""
    for intent in intents(audience):
        for phrase in intent.phrases:
            best = ranking(phrase, audience)
            assert best, phrase
            alike = {one.intent.intent_id for one in best if one.percent == best[0].percent}
            assert intent.intent_id in alike, (phrase, alike)


def test_every_suggestion_is_understood() -> None:
    """What the assistant offers to ask, it answers."""
    for audience in (Audience.EMPLOYER, Audience.MEMBER):
        for intent in intents(audience):
            assert understood(audience, intent.phrases[0]) == intent.intent_id, intent.phrases[0]


def test_each_space_has_its_own_list() -> None:
    """A11: both have the assistant; an employer may ask nothing that is answered with care."""
    employer = {one.action for one in intents(Audience.EMPLOYER)}
    assert Action.REIMBURSEMENTS not in employer
    assert Action.REIMBURSEMENTS in {one.action for one in intents(Audience.MEMBER)}
    names = [one.intent_id for audience in (Audience.EMPLOYER, Audience.MEMBER) for one in intents(audience)]
    shared = {one.intent_id for one in intents(Audience.MEMBER) if one.audience is Audience.BOTH}
    assert len(names) == len(set(names)) + len(shared)


def test_what_answers_exists_for_whoever_asks() -> None:
    """H108: every intent that is answered by a content finds one of its audience in the library."""
    audiences = {one.content_id: one.audience for one in library()}
    for audience in (Audience.EMPLOYER, Audience.MEMBER):
        for intent in intents(audience):
            assert set(intent.contents) <= audiences.keys(), intent.intent_id
            if intent.action is Action.CONTENT:
                assert any(audiences[one] in {audience, Audience.BOTH} for one in intent.contents), intent.intent_id


@pytest.mark.parametrize(
    "question", ["", "   ", "?!…", "a", "x" * 500, "échéancier " * 45, "🙂🙂", "\u0000\u200b", "ÉCHÉANCIER", "﷽"]
)
def test_any_text_can_be_asked(question: str) -> None:
    """H106: whatever is typed is answered or handed over."""
    for audience in (Audience.EMPLOYER, Audience.MEMBER):
        assert understood(audience, question) in {None, "payment_schedule"}


def test_accents_and_capitals_change_nothing() -> None:
    assert words("ÉCHÉANCIER Télétransmission") == words("echeancier teletransmission")
