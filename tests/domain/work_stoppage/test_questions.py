"""H90, H91, H95: the form branches on its first answers, and the documents follow from them, each with a reason."""

from collections import Counter
from datetime import date
from itertools import product
from typing import Any

import pytest

from chalicelib.domain.errors import FieldErrors
from chalicelib.domain.work_stoppage.kinds import Movement, Scheme, StoppageKind
from chalicelib.domain.work_stoppage.questions import (
    AnswerType,
    Question,
    answers_to_data,
    asked,
    documents,
    form,
    read_answers,
)
from chalicelib.domain.work_stoppage.situation import Answers, Situation

TODAY = date(2026, 10, 15)
EVERY_FIRST_STEP = list(product(Movement, StoppageKind))
FACTS = {
    "movement": set(Movement),
    "kind": set(StoppageKind),
    "scheme": set(Scheme),
    "late": {"oui", "non"},
    "over_prescription": {"oui", "non"},
}


def situation(kind: str = "maladie", movement: str = "initial", today: date = TODAY) -> Situation:
    return Situation(movement=Movement(movement), kind=StoppageKind(kind), today=today)


def an_answer(question: Question) -> Any:
    """Some acceptable JSON answer to a question."""
    return {
        AnswerType.DAY: "2026-10-01",
        AnswerType.YES_NO: False,
        AnswerType.CHOICE: question.options[-1].code if question.options else "",
        AnswerType.AMOUNT: 200_000,
        AnswerType.TEXT: "Avis reçu tardivement.",
    }[question.type]


def fill(on: Situation, **chosen: Any) -> dict[str, Any]:
    """Answers to every question that comes up, as a person would meet them."""
    raw: dict[str, Any] = {}
    while True:
        answers = read_answers(raw, on, complete=False)
        left = [question for question in asked(on, answers) if question.id not in raw]
        if not left:
            return raw
        raw[left[0].id] = chosen.get(left[0].id, an_answer(left[0]))


def codes(on: Situation, **chosen: Any) -> list[str]:
    return [one.code for one in documents(on, read_answers(fill(on, **chosen), on, complete=True))]


def test_the_form_is_well_formed() -> None:
    """A condition names a fact or an earlier question, and words that it can have."""
    words: dict[str, set[Any]] = {name: {str(word) for word in known} for name, known in FACTS.items()}
    steps = [step.id for step in form().steps]
    order = [steps.index(question.step) for question in form().questions if question.step in steps]
    assert len(order) == len(form().questions)
    for question in form().questions:
        for condition in question.when:
            assert set(condition.words) <= words[condition.name], question.id
        assert question.id not in words
        assert (question.type is AnswerType.CHOICE) == bool(question.options)
        words[question.id] = {option.code for option in question.options}
        if question.type is AnswerType.YES_NO:
            words[question.id] = {"oui", "non"}
    for document, conditions in form().documents:
        for condition in conditions:
            assert set(condition.words) <= words[condition.name], document.code


def test_every_text_is_french_as_it_is_written() -> None:
    texts = [text for one in form().questions for text in (one.label, one.help, *(o.label for o in one.options))]
    texts += [text for document, _ in form().documents for text in (document.title, document.reason)]
    for text in texts:
        assert text
        assert "'" not in text
        assert not [sign for sign in "?:;!»" if f" {sign}" in text], text


@pytest.mark.parametrize(("movement", "kind"), EVERY_FIRST_STEP)
def test_every_first_step_leads_to_a_form_that_can_be_completed(movement: Movement, kind: StoppageKind) -> None:
    on = situation(kind, movement)
    answers = read_answers(fill(on), on, complete=True)
    assert set(answers) == {question.id for question in asked(on, answers)}
    assert read_answers(answers_to_data(answers), on, complete=True) == answers
    found = documents(on, answers)
    assert not [code for code, count in Counter(one.code for one in found).items() if count > 1]
    assert all(one.reason and one.about in ("salarie", "employeur") for one in found)


@pytest.mark.parametrize(("movement", "kind"), EVERY_FIRST_STEP)
def test_a_complete_form_misses_nothing_it_asks(movement: Movement, kind: StoppageKind) -> None:
    on = situation(kind, movement)
    with pytest.raises(FieldErrors) as caught:
        read_answers({}, on, complete=True)
    missing = {fault.field for fault in caught.value.faults}
    assert missing == {f"answers.{question.id}" for question in asked(on, {})}
    assert {(fault.message, fault.code) for fault in caught.value.faults} == {("Ce champ est obligatoire.", "missing")}


KINDS = {
    "maladie": {"avis_arret", "decomptes_ijss"},
    "ald": {"avis_arret", "decomptes_ijss", "notification_ald"},
    "hospitalisation": {"avis_arret", "decomptes_ijss", "bulletin_situation"},
    "accident_travail": {"avis_arret", "decomptes_ijss", "declaration_accident", "certificat_initial"},
    "accident_trajet": {"avis_arret", "decomptes_ijss", "declaration_accident", "certificat_initial"},
    "maladie_professionnelle": {"avis_arret", "decomptes_ijss"},
    "maternite": {"decomptes_ijss", "acte_naissance"},
    "paternite": {"decomptes_ijss", "acte_naissance"},
    "adoption": {"decomptes_ijss", "attestation_adoption"},
    "deuil_enfant": {"decomptes_ijss", "acte_deces"},
    "temps_partiel_therapeutique": {"decomptes_ijss", "prescription_tpt", "bulletins_paie_reduits"},
    "invalidite": {"notification_invalidite", "avis_imposition"},
}


@pytest.mark.parametrize("kind", StoppageKind)
def test_documents_by_kind(kind: StoppageKind) -> None:
    assert set(codes(situation(kind), by_dsn=True)) == KINDS[kind] | {"rib_salarie"}


@pytest.mark.parametrize(
    ("kind", "movement", "chosen", "code"),
    [
        ("maladie", "initial", {"by_dsn": False}, "bulletins_paie"),
        ("maladie", "initial", {"subrogation": True}, "rib_entreprise"),
        ("maladie", "initial", {"hospitalised": True}, "bulletin_situation"),
        ("accident_trajet", "initial", {"third_party": True}, "coordonnees_tiers"),
        ("maladie_professionnelle", "initial", {"recognised": True}, "reconnaissance_mp"),
        ("accident_travail", "reprise", {"return_mode": "temps_plein"}, "certificat_final"),
        ("maladie", "reprise", {"return_mode": "temps_partiel_therapeutique"}, "prescription_tpt"),
        ("maladie", "prolongation", {}, "avis_prolongation"),
    ],
)
def test_a_document_comes_with_the_answer_that_calls_for_it(
    kind: str, movement: str, chosen: dict[str, Any], code: str
) -> None:
    on = situation(kind, movement)
    opposite = {"by_dsn": True, "subrogation": False, "hospitalised": False, "third_party": False, "recognised": False}
    assert code in codes(on, **(opposite | chosen))
    if chosen and movement == "initial":
        assert code not in codes(on, **opposite)


def test_nobody_is_asked_what_they_suffer_from() -> None:
    """No question and no document bears on a diagnosis; the only free text warns against one."""
    free = [question for question in form().questions if question.type is AnswerType.TEXT]
    assert [question.id for question in free] == ["late_reason"]
    assert "médical" in free[0].help


@pytest.mark.parametrize(("today", "is_asked"), [(date(2026, 10, 31), False), (date(2026, 11, 1), True)])
def test_the_reason_for_lateness_is_asked_from_the_thirty_first_day(today: date, is_asked: bool) -> None:
    """H92, A5."""
    on = situation(today=today)
    ids = [question.id for question in asked(on, {"starts_on": date(2026, 10, 1)})]
    assert ("late_reason" in ids) is is_asked


@pytest.mark.parametrize(
    ("movement", "first", "last", "is_asked"),
    [
        ("initial", date(2026, 8, 31), date(2026, 12, 31), False),
        ("initial", date(2026, 9, 1), date(2026, 9, 30), False),
        ("initial", date(2026, 9, 1), date(2026, 10, 1), True),
        ("prolongation", date(2026, 9, 1), date(2026, 10, 31), False),
        ("prolongation", date(2026, 9, 1), date(2026, 11, 1), True),
    ],
)
def test_a_long_prescription_must_be_motivated_from_september_2026(
    movement: str, first: date, last: date, is_asked: bool
) -> None:
    answers: Answers = {"starts_on" if movement == "initial" else "extended_from": first, "expected_end_on": last}
    asks = [question.id for question in asked(situation(movement=movement), answers)]
    assert ("derogation" in asks) is is_asked
    maternity = asked(situation("maternite", movement), answers)
    assert "derogation" not in [question.id for question in maternity]


def test_an_answer_that_is_no_longer_called_for_is_let_go() -> None:
    raw = {"return_mode": "temps_partiel_therapeutique", "part_time_gross_month": 100_000}
    back = situation(movement="reprise")
    assert "part_time_gross_month" in read_answers(raw, back, complete=False)
    changed = read_answers(raw | {"return_mode": "temps_plein"}, back, complete=False)
    assert changed == {"return_mode": "temps_plein"}
    stale: Answers = {"seasonal": True, "by_dsn": False, "return_mode": "temps_partiel_therapeutique"}
    assert "prescription_tpt" not in [one.code for one in documents(situation(), stale)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("starts_on", "2026-02-30"),
        ("starts_on", 20260201),
        ("hospitalised", "oui"),
        ("reference_gross", -1),
        ("reference_gross", 12.5),
        ("prescriber", "voisin"),
        ("diagnostic", "grippe"),
    ],
)
def test_a_wrong_answer_is_refused_at_its_place(name: str, value: Any) -> None:
    with pytest.raises(FieldErrors) as caught:
        read_answers({name: value}, situation(), complete=False)
    assert [fault.field for fault in caught.value.faults] == [f"answers.{name}"]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("starts_on", "1/2/2026", "Indiquez une date qui existe, au format AAAA-MM-JJ."),
        ("hospitalised", "oui", "Répondez par oui (true) ou non (false)."),
        ("reference_gross", "3 200,00", "Indiquez un montant positif, en centimes."),
        ("prescriber", "", "Indiquez un texte de 1 à 400 caractères."),
        ("prescriber", "voisin", "Choisissez une de ces réponses\u00a0: «\u00a0Un médecin\u00a0», "),
    ],
)
def test_a_wrong_answer_says_how_to_mend_it(name: str, value: Any, sentence: str) -> None:
    """H91: the clerk reads the sentence under the question."""
    with pytest.raises(FieldErrors) as caught:
        read_answers({name: value}, situation(), complete=False)
    [fault] = caught.value.faults
    assert fault.message.startswith(sentence)
