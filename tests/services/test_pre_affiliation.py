"""HR pre-affiliates an employee: minimal entry, an invitation, a status that shows at once (H62–H75)."""

from datetime import date, timedelta

import pytest

from tests import samples
from tests.portal import PASSWORD, Portal, User, expect
from tests.services.conftest import Employer, Json, faults, later, subscribe, subscription_file

DAY = timedelta(days=1)


def listed(employer: Employer, employee: Json) -> Json:
    """The employee as the list shows them."""
    found: list[Json] = employer.hr.get(f"{employer.base}/employees", params={"limit": 100})["employees"]
    [one] = [one for one in found if one["member_id"] == employee["member_id"]]
    return one


def link(portal: Portal, email: str, count: int = 1) -> User:
    """Who holds the newest invitation sent to an address."""
    return User(portal, portal.link_in(portal.mail(email, "/affiliation#", count)))


def of_company(employer: Employer, employee: Json) -> str:
    """The path of an employee's invitation."""
    return f"{employer.base}/employees/{employee['member_id']}/invitation"


def test_an_invited_employee_shows_at_once(employer: Employer) -> None:
    """H60, H65, H66, H68, H70, H71: an address and a day are enough; the list and the sheet say « Pré-affilié »."""
    email = samples.email("nour")
    employee, invited = employer.invited(email)
    row = listed(employer, employee)
    assert (row["state_label"], row["name"], row["email"]) == ("Pré-affilié", email, email)
    assert row["starts_on"] == f"{employer.portal.today()}"
    sheet = employer.sheet(employee)
    assert (sheet["beneficiaries"], sheet["numero_adherent"], sheet["card_available"]) == ([], None, False)
    seen = invited.get("/affiliation")
    assert (seen["company"], seen["email"], seen["request"]) == (employer.file["companies"][0]["name"], email, None)


def test_every_fault_of_the_form_is_told_at_once(employer: Employer) -> None:
    """H67: nothing but four fields; a fifth is refused."""
    answer = employer.invite("nour@", risk="vie", affiliation_date="demain", name="Nour")
    assert faults(answer) == {
        ("risk", "enum"),
        ("email", "invalid_identifier"),
        ("affiliation_date", "date_from_datetime_parsing"),
        ("name", "extra_forbidden"),
    }


def test_only_a_contract_of_the_company_and_of_the_risk_can_be_chosen(
    employer: Employer, other_employer: Employer
) -> None:
    """H63, H64, H73, H121."""
    email = samples.email("nour")
    foreign = employer.invite(email, contract_id=other_employer.health["contract_id"])
    assert faults(foreign) == {("contract_id", "unknown_contract")}
    assert faults(employer.invite(email, contract_id="none")) == {("contract_id", "unknown_contract")}
    assert faults(employer.invite(email, risk="prevoyance")) == {("contract_id", "other_risk")}
    assert not [one for one in employer.hr.get(f"{employer.base}/employees")["employees"] if one["email"] == email]


@pytest.fixture(scope="module")
def bounded(portal: Portal) -> Employer:
    """A company whose contracts began 20 days ago and end in 20."""
    file = subscription_file()
    for contract in file["contracts"]:
        contract |= {"starts_on": f"{portal.today() - 20 * DAY}", "ends_on": f"{portal.today() + 20 * DAY}"}
    return subscribe(portal, file)


@pytest.mark.parametrize(
    ("days", "code"), [(-21, "outside_contract"), (-20, None), (20, None), (21, "outside_contract")]
)
def test_the_day_lies_within_the_contract(bounded: Employer, days: int, code: str | None) -> None:
    """H75: its first and its last day included."""
    check_day(bounded, bounded.portal.today() + timedelta(days=days), code)


@pytest.mark.parametrize(("days", "code"), [(-91, "too_early"), (-90, None), (180, None), (181, "too_late")])
def test_the_day_is_neither_long_past_nor_far_ahead(employer: Employer, days: int, code: str | None) -> None:
    """H75: 90 days back and 180 ahead, both included."""
    check_day(employer, employer.portal.today() + timedelta(days=days), code)


def check_day(employer: Employer, day: date, code: str | None) -> None:
    """Invite for a day: a fault of that code, or none."""
    answer = employer.invite(samples.email("jour"), affiliation_date=f"{day}")
    if code is None:
        expect(answer, 201)
    else:
        assert faults(answer) == {("affiliation_date", code)}


def test_somebody_is_invited_once_however_the_address_is_written(employer: Employer, other_employer: Employer) -> None:
    """H74: the answer leads to the employee who exists; another company may invite the same person."""
    email = samples.email("Nour.Haddad")
    employee, _ = employer.invited(email)
    for same in (email, email.lower(), email.upper(), f"  {email} "):
        problem = expect(employer.invite(same), 409)
        assert (problem["code"], problem["member_id"]) == ("already_affiliated", employee["member_id"])
    assert len(employer.portal.mails(email)) == 1
    expect(other_employer.invite(email), 201)


def test_a_second_contract_joins_the_same_invitation(employer: Employer) -> None:
    """H64, H74: one employee, two contracts, one link that works: the newest."""
    email = samples.email("deux")
    employee, first = employer.invited(email)
    provident = {"risk": "prevoyance", "contract_id": employer.provident["contract_id"]}
    again = expect(employer.invite(email, **provident), 201)
    assert again["member_id"] == employee["member_id"]
    assert [one["state_label"] for one in again["affiliations"]] == ["Pré-affilié", "Pré-affilié"]
    second = link(employer.portal, email, count=2)
    former = expect(first.call("GET", "/affiliation"), 401)
    assert "une invitation plus récente l’a peut-être remplacé" in former["detail"]
    newest, oldest = (one["text"] for one in employer.portal.mails(email))
    assert (newest.count("au contrat «"), oldest.count("au contrat «")) == (2, 1)
    assert f"«\u00a0{employer.provident['label']}\u00a0»" in newest
    assert {one["risk"] for one in second.get("/affiliation")["affiliations"]} == {"sante", "prevoyance"}
    assert expect(employer.invite(email, **provident), 409)["code"] == "already_affiliated"


def test_a_second_contract_of_an_affiliated_employee_needs_no_invitation(employer: Employer) -> None:
    """H64, H74: somebody taken over with an e-mail is known: the contract is added, a mail says so."""
    form = samples.enrolled_member(employer.health_number)
    number = employer.enrol(form)["members"][0]["numero_adherent"]
    body = {"risk": "prevoyance", "contract_id": employer.provident["contract_id"]}
    employee = expect(employer.invite(form["email"].upper(), **body), 201)
    assert (employee["numero_adherent"], employee["state_label"]) == (number, "Affilié")
    assert [one["state_label"] for one in employee["affiliations"]] == ["Affilié", "Affilié"]
    assert "Prévoyance cadres" in employer.portal.mail(form["email"], "Prévoyance cadres")
    assert expect(employer.invite(form["email"], **body), 409)["code"] == "already_affiliated"
    assert expect(employer.invite(form["email"]), 409)["code"] == "already_affiliated"


def test_a_second_contract_waits_for_the_documents_of_the_first(employer: Employer) -> None:
    """H64, H71: between the form and the documents, a further contract joins what is under way."""
    email = samples.email("attente")
    _, invited = employer.invited(email)
    invited.post("/affiliation", samples.affiliation_form())
    body = {"risk": "prevoyance", "contract_id": employer.provident["contract_id"]}
    employee = expect(employer.invite(email, **body), 201)
    assert [one["state_label"] for one in employee["affiliations"]] == ["En attente de pièces"] * 2
    request = invited.get("/affiliation")["request"]
    employer.portal.upload_all(invited, "/affiliation/uploads", request)
    employer.portal.settle()
    assert [one["state_label"] for one in employer.sheet(employee)["affiliations"]] == ["Affilié"] * 2


def test_a_cancelled_invitation_stops_at_once_and_can_be_made_again(employer: Employer) -> None:
    """H74."""
    email = samples.email("annule")
    employee, invited = employer.invited(email)
    path = of_company(employer, employee)
    assert expect(employer.hr.call("DELETE", path), 200)["state_label"] == "Annulé"
    assert listed(employer, employee)["state_label"] == "Annulé"
    assert invited.call("GET", "/affiliation").status_code in {401, 409}
    assert invited.call("POST", "/affiliation", json=samples.affiliation_form()).status_code in {401, 409}
    for method in ("DELETE", "POST"):
        assert expect(employer.hr.call(method, path), 409)["code"] == "not_invited"
    again = expect(employer.invite(email, affiliation_date=f"{employer.portal.today() + DAY}"), 201)
    assert (again["member_id"], len(again["affiliations"])) == (employee["member_id"], 1)
    renewed = link(employer.portal, email, count=2)
    assert renewed.get("/affiliation")["affiliations"][0]["starts_on"] == f"{employer.portal.today() + DAY}"
    assert expect(employer.hr.call("DELETE", path), 200)["state_label"] == "Annulé"
    employer.portal.mail(email, "a annulé l’invitation", 2)


def test_a_new_link_replaces_the_former_one(employer: Employer) -> None:
    """H74."""
    email = samples.email("renvoi")
    employee, first = employer.invited(email)
    assert expect(employer.hr.call("POST", of_company(employer, employee)), 200)["state_label"] == "Pré-affilié"
    second = link(employer.portal, email, count=2)
    assert first.call("GET", "/affiliation").status_code == 401
    assert second.get("/affiliation")["email"] == email


def test_an_invitation_cannot_be_sent_without_end(employer: Employer) -> None:
    """H74: five times in a quarter of an hour, then one waits."""
    employee, _ = employer.invited(samples.email("trop"))
    answers = [employer.hr.call("POST", of_company(employer, employee)).status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]


def test_an_invitation_of_another_company_does_not_exist(employer: Employer, other_employer: Employer) -> None:
    """H121."""
    employee, invited = employer.invited(samples.email("ailleurs"))
    for method in ("POST", "DELETE"):
        assert other_employer.hr.call(method, of_company(other_employer, employee)).status_code == 404
    assert invited.get("/affiliation")["state_label"] == "Pré-affilié"


def sign_in(employer: Employer) -> User:
    """The administrator, in a session of the present moment."""
    credentials = {"email": employer.file["administrator"]["email"], "password": PASSWORD}
    return employer.portal.sign_in("employer", credentials)


def test_an_invitation_works_through_its_last_day_and_no_longer(employer: Employer) -> None:
    """H74: 30 days, the last included; then the night's task marks it, HR sends it again, and cancels it."""
    portal = employer.portal
    emails = [samples.email("tard"), samples.email("plus-tard")]
    invitations = [employer.invited(email) for email in emails]
    (employee, invited), (other, _) = invitations
    until = date.fromisoformat(employer.sheet(employee)["invited_until"])
    assert until == portal.today() + 30 * DAY
    with later(days=30):
        portal.run_schedule("expire-invitations")
        assert invited.get("/affiliation")["state_label"] == "Pré-affilié"
    with later(days=31):
        assert expect(invited.call("GET", "/affiliation"), 409)["code"] == "invitation_ended"
        refusal = invited.call("POST", "/affiliation", json=samples.affiliation_form())
        assert expect(refusal, 409)["code"] == "invitation_ended"
        portal.run_schedule("expire-invitations")
        portal.run_schedule("expire-invitations")
        assert expect(invited.call("GET", "/affiliation"), 409)["code"] == "invitation_ended"
        hr = sign_in(employer)
        path = f"{employer.base}/employees/{employee['member_id']}"
        assert hr.get(path)["state_label"] == "Invitation expirée"
        assert expect(hr.call("POST", of_company(employer, employee)), 200)["state_label"] == "Pré-affilié"
        assert hr.get(path)["invited_until"] == f"{portal.today() + 30 * DAY}"
        assert link(portal, emails[0], count=2).get("/affiliation")["state_label"] == "Pré-affilié"
        for one in (employee, other):
            assert expect(hr.call("DELETE", of_company(employer, one)), 200)["state_label"] == "Annulé"
        for email in emails:
            portal.mail(email, "a annulé l’invitation")


def test_an_expired_invitation_is_made_anew_for_another_contract(employer: Employer) -> None:
    """H74: both contracts stand in the new invitation."""
    email = samples.email("reprise")
    employer.invited(email)
    with later(days=31):
        employer.portal.run_schedule("expire-invitations")
        body = {
            "risk": "prevoyance",
            "contract_id": employer.provident["contract_id"],
            "email": email,
            "affiliation_date": f"{employer.portal.today()}",
        }
        employee = sign_in(employer).post(f"{employer.base}/pre-affiliations", body)
    assert [one["state_label"] for one in employee["affiliations"]] == ["Pré-affilié", "Pré-affilié"]


def test_the_list_is_paged_by_name(portal: Portal) -> None:
    """H48: each employee once, whatever the size of a page; a cursor that is none is refused."""
    employer = subscribe(portal, subscription_file())
    emails = [samples.email(name) for name in ("zoe", "albert", "Bea", "chloe", "denis")]
    for email in emails:
        expect(employer.invite(email), 201)
    seen, after = [], None
    while True:
        query = {"limit": 2} | ({"after": after} if after else {})
        page = employer.hr.get(f"{employer.base}/employees", params=query)
        seen += [one["email"] for one in page["employees"]]
        after = page["next"]
        if not after:
            break
    assert seen == sorted(emails, key=str.casefold)
    for cursor in ("***", "YQ==", "é"):
        answer = employer.hr.call("GET", f"{employer.base}/employees", params={"after": cursor})
        assert answer.status_code in {200, 422}, answer.text
    for limit in (0, 101, "x"):
        assert employer.hr.call("GET", f"{employer.base}/employees", params={"limit": limit}).status_code == 422
