"""The carte de tiers payant and the documents of a contract (M24–M34, H32, H52–H56)."""

from datetime import date, timedelta

import pytest

from tests import samples
from tests.portal import Portal, User, expect
from tests.services.conftest import Employer, Json, open_member_space, subscribe, subscription_file, text_of


def sheet_of(employer: Employer, number: str) -> Json:
    """The sheet of the employee with a numéro adhérent."""
    employees = employer.hr.get(f"{employer.base}/employees", params={"limit": 100})["employees"]
    [found] = [one for one in employees if one["numero_adherent"] == number]
    return employer.sheet(found)


def enrolled(employer: Employer, **changes: object) -> Json:
    """The sheet of an employee just taken over, once everything rests."""
    report = employer.enrol(samples.enrolled_member(employer.health_number, **changes))
    assert report["outcome"] == "accepted", report
    employer.portal.settle()
    return sheet_of(employer, report["members"][0]["numero_adherent"])


def card_of(employer: Employer, sheet: Json) -> str:
    """The text of an employee's card."""
    return text_of(employer.hr.get(f"{employer.base}/employees/{sheet['member_id']}/card")["url"])


def test_a_card_names_who_is_covered_until_when(employer: Employer) -> None:
    """M27, M34, H56: names, number, contract, the end of the civil year; never a NIR or an IBAN."""
    today = employer.portal.today()
    child = {"relationship": "enfant", "first_name": "Tom", "last_name": "Martin", "birth_date": "2015-04-01"}
    form = samples.enrolled_member(employer.health_number, dependants=[child])
    number = employer.enrol(form)["members"][0]["numero_adherent"]
    employer.portal.settle()
    sheet = sheet_of(employer, number)
    assert sheet["card_available"]
    text = card_of(employer, sheet)
    for expected in ("Léa Martin", "Tom Martin", number, employer.health_number):
        assert expected in text
    assert f"31 décembre {today.year}" in text or f"31/12/{today.year}" in text
    assert form["nir"][:13] not in text.replace(" ", "")
    assert form["bank"]["iban"] not in text.replace(" ", "")


def test_a_card_begins_with_the_cover(employer: Employer) -> None:
    """M34: for somebody affiliated from a later day on, it names that day and whoever is covered then."""
    starts = employer.portal.today() + timedelta(days=20)
    text = card_of(employer, enrolled(employer, starts_on=f"{starts}"))
    assert "Léa Martin" in text
    assert f"{starts.year}" in text


def test_a_card_never_outlives_the_contract(employer: Employer) -> None:
    """M34, H75: a contract that ends in ten days gives a card of ten days."""
    portal = employer.portal
    ends = portal.today() + timedelta(days=10)
    file = subscription_file()
    file["contracts"][0]["ends_on"] = f"{ends}"
    short = subscribe(portal, file)
    member = short.member()
    assert member.get("/member")["card_valid_to"] == f"{ends}"


def test_a_provident_contract_gives_no_card(employer: Employer) -> None:
    """M34, A3, H5: neither to the employee nor to HR; with a santé contract beside it, it does."""
    sheet = enrolled(employer, contracts=[employer.provident["number"]])
    assert not sheet["card_available"]
    assert employer.hr.call("GET", f"{employer.base}/employees/{sheet['member_id']}/card").status_code == 404
    expect(employer.invite(sheet["email"]), 201)
    employer.portal.settle()
    assert "Léa Martin" in card_of(employer, sheet_of(employer, sheet["numero_adherent"]))


def test_an_invited_employee_has_no_card_yet(employer: Employer, other_employer: Employer) -> None:
    """H56, H121: nor does an employee of another company."""
    employee, _ = employer.invited(samples.email("sans-carte"))
    assert employer.hr.call("GET", f"{employer.base}/employees/{employee['member_id']}/card").status_code == 404
    sheet = enrolled(employer)
    foreign = f"{other_employer.base}/employees/{sheet['member_id']}/card"
    assert other_employer.hr.call("GET", foreign).status_code == 404


def test_a_card_that_is_not_written_yet_is_asked_for_again(employer: Employer) -> None:
    """M27: 409 while it is being written, then there."""
    report = employer.enrol(samples.enrolled_member(employer.health_number))
    sheet = sheet_of(employer, report["members"][0]["numero_adherent"])
    answer = employer.hr.call("GET", f"{employer.base}/employees/{sheet['member_id']}/card")
    assert answer.status_code in {200, 409}
    employer.portal.settle()
    assert "Léa Martin" in card_of(employer, sheet)


def contract_of(member: User, risk: str) -> Json:
    """The contract of a risk in a member's space."""
    [found] = [one for one in member.get("/member")["contracts"] if one["risk"] == risk]
    return dict(found)


def test_a_member_reads_their_own_contracts_only(employer: Employer) -> None:
    """M24, M25, M26, M32: guarantees in words, documents, the broker; another contract does not exist."""
    member = employer.member()
    me = member.get("/member")
    assert [one["number"] for one in me["contracts"]] == [employer.health_number]
    assert me["broker"]["name"] == employer.file["broker"]["name"]
    contract = contract_of(member, "sante")
    wordings = {one["label"]: one["wording"] for one in contract["guarantees"]}
    assert "30" in wordings["Ostéopathie"]
    text = text_of(member.get(f"/member/contracts/{contract['contract_id']}/documents/guarantees")["url"])
    for expected in ("Ostéopathie", "Lunettes", employer.health_number):
        assert expected in text
    for contract_id in (employer.provident["contract_id"], "none"):
        path = f"/member/contracts/{contract_id}/documents/guarantees"
        assert member.call("GET", path).status_code == 404
    assert member.call("GET", f"/member/contracts/{contract['contract_id']}/documents/none").status_code == 404


# A row of the PDF with its four amounts: what the act costs, the statutory part, the complementary part, what is left.
UNKNOWN = "Consultation du médecin traitant généraliste – Un montant légal n’est pas connu à la date des soins."
OSTEOPATHY = "Séance d’ostéopathie 60,00 € 0,00 € 30,00 € 30,00 €"


def test_examples_of_reimbursement_are_listed_and_read_by_both_spaces(employer: Employer) -> None:
    """H32, M26: settled by the engine for the first day of the guarantees; a line that the law leaves open says so."""
    member = employer.member()
    contract = contract_of(member, "sante")
    path = f"contracts/{contract['contract_id']}/documents/examples"
    for documents in (employer.health["documents"], contract["documents"]):
        assert {"document_id": "examples", "title": "Exemples de remboursement"} in documents
    link = employer.hr.get(f"{employer.base}/{path}")["url"]
    text = text_of(link)
    for expected in (
        employer.health_number,
        "Garanties en vigueur au : 1er janvier 2023",
        "Exemples pour des soins du : 1er janvier 2023",
        UNKNOWN,
        OSTEOPATHY,
        "Lentilles non remboursées par la Sécurité sociale – 150,00 € par an",
        "Chirurgie réfractive, par œil – Cet acte ne figure pas dans le tableau de garanties.",
    ):
        assert expected in text, expected
    assert text_of(member.get(f"/member/{path}")["url"]) == text
    for foreign in (employer.provident["contract_id"], "none"):
        assert member.call("GET", f"/member/contracts/{foreign}/documents/examples").status_code == 404
    of_provident = f"{employer.base}/contracts/{employer.provident['contract_id']}/documents/examples"
    assert employer.hr.call("GET", of_provident).status_code == 404


@pytest.mark.parametrize(
    ("valid_from", "day", "generalist"),
    [("1990-01-01", "1er janvier 1990", "– Un montant légal"), ("2026-01-05", "5 janvier 2026", "30,00 € 19,00 €")],
)
def test_an_example_whose_law_is_not_known_on_the_first_day_says_so_alone(
    portal: Portal, valid_from: str, day: str, generalist: str
) -> None:
    """H32: each line is settled for the first day of the guarantees, or says why it has no amounts."""
    file = subscription_file()
    file["contracts"][0] |= {"guarantee_table": file["contracts"][0]["guarantee_table"] | {"valid_from": valid_from}}
    opened = subscribe(portal, file)
    path = f"{opened.base}/contracts/{opened.health['contract_id']}/documents/examples"
    text = text_of(opened.hr.get(path)["url"])
    assert f"Exemples pour des soins du : {day}" in text
    assert f"Consultation du médecin traitant généraliste {generalist}" in text


def test_the_iban_is_masked_and_the_nir_absent(employer: Employer) -> None:
    """M16, M99."""
    form = samples.enrolled_member(employer.health_number)
    number = employer.enrol(form)["members"][0]["numero_adherent"]
    member = open_member_space(employer.portal, number, form)
    text = member.call("GET", "/member").text
    assert form["bank"]["iban"][4:-4] not in text
    assert form["nir"][:13] not in text
    assert date.fromisoformat(form["birth_date"]).isoformat() in text


@pytest.mark.parametrize(
    ("agreed", "state", "label"),
    [(True, "ON", "Télétransmission en service"), (False, "OFF", "Sans télétransmission")],
)
def test_the_space_tells_the_teletransmission_that_the_card_sends_to(
    employer: Employer, agreed: bool, state: str, label: str
) -> None:
    """H149, M56: each beneficiary has its own state."""
    form = samples.enrolled_member(employer.health_number) | {"teletransmission": agreed}
    number = employer.enrol(form)["members"][0]["numero_adherent"]
    space = open_member_space(employer.portal, number, form).get("/member")
    found = {(one["teletransmission"], one["teletransmission_label"]) for one in space["beneficiaries"]}
    assert found == {(state, label)}
