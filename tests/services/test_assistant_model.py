"""A language model may help to tell which question is asked; it answers nothing, and is not called unless it is set.

Requirements H105, H107.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from chalicelib.gateways import bedrock
from chalicelib.services.assistant import Reply, ask_for_company
from tests.services.conftest import Employer, later

MODEL = "example.small-v1:0"
UNCLEAR = "Mon truc de remplacement pour l’ancien qui n’est plus là"


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """The model, which answers what a test says and nothing else."""
    monkeypatch.setenv("ESPACE_ASSISTANT_MODEL", MODEL)
    bedrock.client.cache_clear()
    with Stubber(bedrock.client()) as stub:
        yield stub
    bedrock.client.cache_clear()


def said(text: str) -> dict[str, Any]:
    """An answer of the model."""
    return {
        "output": {"message": {"role": "assistant", "content": [{"text": text}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
        "metrics": {"latencyMs": 1},
    }


def asked(question: str) -> dict[str, Any]:
    """What the model may be sent: the question and the list, nothing of the person."""
    return {
        "modelId": MODEL,
        "system": ANY,
        "messages": [{"role": "user", "content": [{"text": question}]}],
        "inferenceConfig": {"maxTokens": 20, "temperature": 0},
    }


def reply(employer: Employer, question: str) -> Reply:
    return ask_for_company(employer.company_id, question)


def test_the_model_chooses_among_the_same_list(employer: Employer, model: Stubber) -> None:
    """H105: it names a question of the list, which is then answered as if it had been asked."""
    model.add_response("converse", said(" remove_employee\n"), asked(UNCLEAR))
    answer = reply(employer, UNCLEAR)
    assert answer.intent == "remove_employee"
    assert answer.text == reply(employer, "Comment radier un salarié ?").text
    model.assert_no_pending_responses()


@pytest.mark.parametrize("words", ["aucun", "", "reimbursements", "Vous avez droit à 500 €.", "remove_employee card"])
def test_whatever_else_it_says_is_not_heard(employer: Employer, model: Stubber, words: str) -> None:
    """H107, H61: not even a question of the other space."""
    model.add_response("converse", said(words), asked(UNCLEAR))
    answer = reply(employer, UNCLEAR)
    assert answer.intent is None
    assert answer.text.startswith("Je ne sais pas répondre")


def test_a_question_that_is_understood_is_not_sent(employer: Employer, model: Stubber) -> None:
    """No answer is prepared: a call would fail."""
    assert reply(employer, "échéancier").intent == "payment_schedule"


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException", "ModelTimeoutException"])
def test_without_the_model_it_does_not_know(employer: Employer, model: Stubber, code: str) -> None:
    model.add_client_error("converse", code)
    assert reply(employer, UNCLEAR).intent is None


def test_no_model_no_call(employer: Employer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Off unless it is set."""
    monkeypatch.delenv("ESPACE_ASSISTANT_MODEL", raising=False)
    bedrock.client.cache_clear()
    assert reply(employer, UNCLEAR).intent is None
    assert bedrock.client.cache_info().currsize == 0


def test_neither_question_nor_choice_is_logged(
    employer: Employer, model: Stubber, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """M16: a question may say anything about a person."""
    model.add_response("converse", said("remove_employee"), asked(UNCLEAR))
    reply(employer, UNCLEAR)
    written = capsys.readouterr()
    for text in (written.out, written.err, caplog.text):
        assert "remplacement" not in text
        assert "remove_employee" not in text


def test_a_space_that_asked_it_too_often_is_answered_by_the_words_alone(
    employer: Employer, model: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H107: the model costs; the last question of its share, and the next."""
    monkeypatch.setattr("chalicelib.services.assistant.QUESTIONS_TO_THE_MODEL", 1)
    with later(hours=5):
        model.add_response("converse", said("remove_employee"), asked(UNCLEAR))
        assert reply(employer, UNCLEAR).intent == "remove_employee"
        assert reply(employer, UNCLEAR).intent is None
        model.assert_no_pending_responses()
