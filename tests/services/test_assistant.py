"""The assistant: it answers at once from the library and the caller's own data, cites its source, or hands over.

Requirements H104, H105, H106, H107, H61, M96, M97, M98.
"""

from datetime import date, timedelta

import pytest

from tests.portal import User, expect
from tests.services.conftest import Employer, Json, Patient, osteopathy, room, text_of


def ask(user: User, base: str, question: str, **more: str) -> Json:
    """What the assistant replies."""
    reply: Json = user.post(f"{base}/assistant", {"question": question} | more, 200)
    return reply


def values(reply: Json) -> str:
    return " | ".join(f"{one['label']}: {one['value']}" for one in reply["facts"]).replace("\u00a0", " ")


def test_the_card_is_handed_to_the_member(employer: Employer) -> None:
    """H105, H106, M97, M98: by a link to their own card, as the card's own route gives."""
    member = employer.member()
    employer.portal.settle()
    reply = ask(member, "/member", "je voudrais ma carte de tier payant svp")
    assert reply["intent"] == "card"
    assert reply["sources"] == [{"title": "Carte de tiers payant", "path": "/member/card"}]
    assert "Léa Martin" in text_of(reply["links"][0]["url"])


def test_a_member_without_health_cover_is_told_why_there_is_no_card(employer: Employer) -> None:
    """A3, H107: the same refusal as the card's own route."""
    member = employer.member(contracts=[employer.provident["number"]])
    reply = ask(member, "/member", "ma carte de tiers payant")
    assert reply["text"] == member.call("GET", "/member/card").json()["detail"]
    assert reply["links"] == []


@pytest.mark.parametrize("question", ["ma carte de tiers payant", "mes derniers remboursements", "solde ostéopathie"])
def test_nobody_is_led_to_what_does_not_exist_for_them(employer: Employer, question: str) -> None:
    """A3: for a prévoyance-only member, and before the cover begins, every path of an answer is there."""
    to_come = f"{employer.portal.today() + timedelta(days=10)}"
    for member in (employer.member(contracts=[employer.provident["number"]]), employer.member(starts_on=to_come)):
        reply = ask(member, "/member", question)
        assert reply["intent"]
        paths = {one["path"] for one in (*reply["links"], *reply["sources"]) if one["path"]}
        assert {path: member.call("GET", path).status_code for path in paths} == dict.fromkeys(paths, 200)


def test_what_is_left_is_told_of_what_is_asked(employer: Employer, yesterday: date) -> None:
    """M35, M97, A12: the ceiling that the question names, of everybody but those who are hidden; else all of them."""
    dependants = [
        {"relationship": "enfant", "first_name": first_name, "last_name": "Martin", "birth_date": born}
        for first_name, born in (("Tom", "2015-04-01"), ("Zoé", "2001-02-03"))
    ]
    member = employer.member(dependants=dependants)
    me = member.get("/member")
    [tom] = [one["beneficiary_id"] for one in me["beneficiaries"] if one["first_name"] == "Tom"]
    Patient(employer.portal, member, tom, me["numero_adherent"]).claim(osteopathy(yesterday))
    reply = ask(member, "/member", "combien il me reste pour l'ostéopathie ?")
    assert reply["intent"] == "balances"
    until = f"31 décembre {yesterday.year}"
    assert values(reply) == (
        f"Ostéopathie (Léa Martin): 3 sur 3, jusqu’au {until} | Ostéopathie (Tom Martin): 2 sur 3, jusqu’au {until}"
    )
    assert reply["links"][0]["path"] == "/member/balances"
    every = ask(member, "/member", "quel est mon reste pour les lunettes")
    assert every["intent"] == "balances"
    assert "Lentilles" in values(every)
    assert "Zoé" not in values(every)


def test_an_employer_gets_the_card_of_an_employee_of_theirs_only(employer: Employer, other_employer: Employer) -> None:
    """H105, H107, H121: of the employee whose sheet is open; of nobody else's employee."""
    employee = _employee(employer)
    reply = ask(employer.hr, employer.base, "Donnez-moi sa carte de tiers payant", employee_id=employee)
    assert reply["intent"] == "card_of_employee"
    assert "Léa Martin" in text_of(reply["links"][0]["url"])
    assert reply["sources"][0]["path"] == f"{employer.base}/employees/{employee}/card"
    foreign = other_employer.hr.call(
        "POST", f"{other_employer.base}/assistant", json={"question": "sa carte tiers payant", "employee_id": employee}
    )
    assert foreign.status_code == 404
    without = ask(employer.hr, employer.base, "Où est la carte tiers payant d'un salarié ?")
    assert without["links"] == [{"label": "Mes salariés", "path": f"{employer.base}/employees", "url": None}]
    assert without["sources"][0]["path"] == f"{employer.base}/contents/faq-carte-salarie"


def test_the_payment_schedule_follows_the_terms_of_the_contracts(employer: Employer) -> None:
    """H105, H107: the next due dates of each contract, monthly and quarterly."""
    reply = ask(employer.hr, employer.base, "Quel est mon échéancier ?")
    assert reply["intent"] == "payment_schedule"
    text = values(reply)
    assert text.count(f"{employer.health_number} (mensuelle, à terme échu)") == 4
    assert text.count(f"{employer.provident['number']} (trimestrielle, à terme échu)") == 4
    assert reply["sources"] == [{"title": "Mes contrats", "path": f"{employer.base}/contracts"}]


def test_a_member_s_payment_schedule_is_that_of_their_own_contract(employer: Employer) -> None:
    """M97, H107: not that of the company's other contract."""
    reply = ask(employer.member(), "/member", "échéancier svp")
    text = values(reply)
    assert employer.health_number in text
    assert employer.provident["number"] not in text


def test_contracts_and_broker_are_read_from_the_caller_s_own_data(employer: Employer) -> None:
    """H33, H107, M32."""
    reply = ask(employer.hr, employer.base, "Quels sont mes contrats ?")
    assert employer.health_number in values(reply)
    assert employer.provident["number"] in values(reply)
    member = employer.member()
    assert employer.provident["number"] not in values(ask(member, "/member", "mes contrats"))
    for user, base in ((employer.hr, employer.base), (member, "/member")):
        broker = ask(user, base, "Qui est mon courtier ?")
        assert employer.file["broker"]["name"] in values(broker)
        assert employer.file["broker"]["email"] in values(broker)


def test_requests_are_told_with_their_state(employer: Employer, patient: Patient) -> None:
    """M97, M112: one's own and nobody else's; HR is told of none of them (H61)."""
    assert ask(employer.member(), "/member", "Où en est ma demande ?")["text"] == "Vous n’avez aucune demande."
    patient.opened(room(patient.portal.today()))
    reply = ask(patient.member, "/member", "Où en est ma demande ?")
    assert reply["intent"] == "requests_of_member"
    assert "En attente de vos pièces" in values(reply)
    assert reply["links"][0]["path"] == "/member/requests"
    told = ask(employer.hr, employer.base, "Où en sont mes demandes ?")
    assert "emboursement" not in values(told)


def test_reimbursements_are_told_by_day_and_amount_to_the_member_alone(employer: Employer, patient: Patient) -> None:
    """A12, H61, M97: no act, no person; an employer is told that nobody shows them."""
    paid = patient.paid(room(patient.portal.today()))
    amount = f"{paid['lines'][0]['complementary_cents'] // 100},00 €"
    reply = ask(patient.member, "/member", "Quels sont mes derniers remboursements ?")
    assert reply["intent"] == "reimbursements"
    assert amount in values(reply)
    assert "Enfant" not in values(reply)
    assert "hambre" not in values(reply)
    for question in ("Puis-je voir les remboursements de ce salarié ?", "voir les soins de mon salarié"):
        told = ask(employer.hr, employer.base, question, employee_id=_employee(employer))
        assert told["intent"] == "privacy", question
        assert told["facts"] == []
        assert amount not in told["text"]


def test_a_provident_only_member_has_no_reimbursement_to_be_told(employer: Employer) -> None:
    """M39, A3: data and help are about one's own risks."""
    member = employer.member(contracts=[employer.provident["number"]])
    assert ask(member, "/member", "mes derniers remboursements")["facts"] == []
    reply = ask(member, "/member", "Comment activer la télétransmission ?")
    assert reply["text"] == "Cette démarche ne concerne pas vos contrats."


@pytest.mark.parametrize(
    ("question", "content"),
    [
        ("Comment radier un salarié ?", "faq-radier-un-salarie"),
        ("C'est quoi la portabilité ?", "faq-portabilite-employeur"),
        ("déclarer un arret de travail", "faq-arret-de-travail-employeur"),
        ("changer de formule", "faq-changer-de-formule-employeur"),
        ("Qu'est-ce que la DSN ?", "dsn-definition"),
        ("Faut-il avancer les frais avec le tiers payant ?", "faq-remboursement-decomptes"),
    ],
)
def test_help_is_cited(employer: Employer, question: str, content: str) -> None:
    """H100, H104, H105: what the library says, with where it says it."""
    reply = ask(employer.hr, employer.base, question)
    paths = [one["path"] for one in reply["sources"]]
    assert f"{employer.base}/contents/{content}" in paths
    assert employer.hr.get(paths[0])["blocks"][0]["text"].split(".")[0] in reply["text"].replace("\n", " ")


def test_the_dsn_is_answered_with_the_guide_and_each_contract_s_sheet(employer: Employer) -> None:
    """H116, H118, H105."""
    reply = ask(employer.hr, employer.base, "Où est ma fiche de paramétrage DSN ?")
    paths = [one["path"] for one in reply["links"]]
    assert f"{employer.base}/dsn/guide" in paths
    for contract in (employer.health, employer.provident):
        assert f"{employer.base}/contracts/{contract['contract_id']}/dsn" in paths


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("Quels partenaires ?", "partners"), ("actualités", "news"), ("articles de prévention", "prevention"),
        ("tutoriels", "tutorials"),
    ],
)  # fmt: skip
def test_the_headings_are_listed_in_both_spaces(employer: Employer, question: str, intent: str) -> None:
    """H98, H99, H101, H102, H103, M91, M93, M94, M95."""
    for user, base in ((employer.hr, employer.base), (employer.member(), "/member")):
        reply = ask(user, base, question)
        assert reply["intent"] == intent
        assert reply["sources"]
        assert bool(reply["contacts"]) == (intent == "partners")
        for one in reply["sources"]:
            assert user.get(one["path"])["title"] == one["title"]


def test_what_it_does_not_know_it_says_and_hands_over(employer: Employer) -> None:
    """H104, M96: broker, mailbox, and questions that it can answer."""
    for user, base in ((employer.hr, employer.base), (employer.member(), "/member")):
        reply = ask(user, base, "Quel temps fera-t-il demain ?")
        assert reply["intent"] is None
        assert reply["text"].startswith("Je ne sais pas répondre")
        assert reply["sources"] == reply["links"] == []
        assert reply["handover"]["broker"]["phone"]
        assert "@" in reply["handover"]["mailbox"]
        for suggestion in reply["suggestions"]:
            assert ask(user, base, suggestion)["intent"]


def test_it_leads_to_people_when_asked_to(employer: Employer) -> None:
    reply = ask(employer.hr, employer.base, "Je veux parler à un humain")
    assert reply["intent"] == "contact"
    assert reply["handover"]["broker"]["name"] == employer.file["broker"]["name"]
    assert "reclamations@" in ask(employer.hr, employer.base, "faire une réclamation")["text"]


def test_its_name_comes_from_a_setting(employer: Employer) -> None:
    """M96: the same in both spaces (A11)."""
    names = {
        ask(user, base, "bonjour")["assistant"]
        for user, base in ((employer.hr, employer.base), (employer.member(), "/member"))
    }
    assert len(names) == 1
    assert names != {""}


@pytest.mark.parametrize("question", ["", " ", "x" * 501])
def test_an_empty_or_endless_question_is_refused(employer: Employer, question: str) -> None:
    answer = employer.hr.call("POST", f"{employer.base}/assistant", json={"question": question})
    assert {one["field"] for one in expect(answer, 422)["errors"]} == {"question"}


def _employee(employer: Employer) -> str:
    """The id of an affiliated employee who has a card."""
    me = employer.member().get("/member")
    employer.portal.settle()
    employees = employer.hr.get(f"{employer.base}/employees", params={"limit": 100})["employees"]
    [found] = [one["member_id"] for one in employees if one["numero_adherent"] == me["numero_adherent"]]
    return str(found)
