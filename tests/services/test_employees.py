"""« Mes salariés »: the list, its search and its cost; the sheet and its shortcuts; what HR changes."""

import itertools
import json
from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib import clock, settings
from chalicelib.domain.account import EmployerRole
from chalicelib.domain.company import Risk
from chalicelib.domain.member import Affiliation, AffiliationState, Beneficiary, BeneficiaryState, Member
from chalicelib.domain.shortcuts import Shortcut, of_employee
from chalicelib.services import employees, tokens
from chalicelib.services.employees import Filters
from chalicelib.storage import members
from chalicelib.storage.transaction import Transaction
from tests import samples
from tests.api import aws_calls
from tests.portal import Portal, User, expect
from tests.services.conftest import Back, Employer, Json, faults, open_employer_space, room, subscription_file

HEALTH, PROVIDENT = "contract-health", "contract-provident"
_people = itertools.count(1)


def person(company_id: str, first_name: str, last_name: str, **changes: Any) -> Member:
    """An affiliated employee of a company that exists in the table of employees only."""
    member_id = changes.get("member_id") or f"{next(_people):032x}"
    holder = Beneficiary(
        beneficiary_id=tokens.derived_id("holder", member_id),
        rank=1,
        relationship=None,
        first_name=first_name,
        last_name=last_name,
        birth_date=date(1990, 5, 17),
        nir=None,
        covered_from=date(2024, 1, 1),
        state=BeneficiaryState.ACTIVE,
    )
    values: dict[str, Any] = {
        "member_id": member_id,
        "company_id": company_id,
        "email": None,
        "numero_adherent": f"{next(_people):07d}",
        "beneficiaries": (holder,),
        "affiliations": (affiliation(Risk.HEALTH),),
        "created_at": clock.now(),
    }
    return Member(**values | changes)


def affiliation(risk: Risk, state: AffiliationState = AffiliationState.ACTIVE, **changes: Any) -> Affiliation:
    """An affiliation to the contract of a risk."""
    contract_id = HEALTH if risk is Risk.HEALTH else PROVIDENT
    return Affiliation(contract_id=contract_id, risk=risk, starts_on=date(2024, 1, 1), state=state, **changes)


def saved(*people: Member) -> None:
    """Write employees as the portal does."""
    for one in people:
        with Transaction() as transaction:
            members.save(transaction, one)


def found(company_id: str, *, after: str | None = None, limit: int = 50, **filters: Any) -> list[str]:
    """The names on a page of a list."""
    page, _ = employees.page(company_id, Filters(**filters), after=after, limit=limit)
    return [one.name for one in page]


@pytest.fixture(scope="module")
def staff(employer: Employer) -> str:
    """A company of seven: its id."""
    company_id = tokens.new_id()
    both = (affiliation(Risk.HEALTH), affiliation(Risk.PROVIDENT))
    invited = AffiliationState.PRE_AFFILIATED
    saved(
        person(company_id, "Zoé", "Le Goff", email="zoe@exemple.fr", reference="MAT-17"),
        person(company_id, "Éloïse", "Çelik", affiliations=both),
        person(company_id, "Anne", "Martin", affiliations=both),
        person(company_id, "Zoé", "Martin"),
        person(company_id, "Jean", "Martin-Duval", affiliations=(affiliation(Risk.PROVIDENT),)),
        person(company_id, "Bob", "Ådal"),
        person(
            company_id,
            "",
            "",
            beneficiaries=(),
            email="lea@exemple.fr",
            numero_adherent=None,
            affiliations=(affiliation(Risk.HEALTH, invited),),
            invited_until=clock.today() + timedelta(days=30),
        ),
    )
    return company_id


def test_the_list_is_by_last_name_whatever_case_and_accents(staff: str) -> None:
    """H48: then by first name; who has no name yet stands at their e-mail."""
    assert found(staff) == [
        "Bob Ådal", "Éloïse Çelik", "Zoé Le Goff", "lea@exemple.fr", "Anne Martin", "Zoé Martin", "Jean Martin-Duval",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"name": "MARTIN"}, ["Anne Martin", "Zoé Martin", "Jean Martin-Duval"]),
        ({"name": "martin z"}, ["Zoé Martin"]),
        ({"name": "celik"}, ["Éloïse Çelik"]),
        ({"text": "zoe"}, ["Zoé Le Goff", "Zoé Martin"]),
        ({"text": "goff ZOÉ"}, ["Zoé Le Goff"]),
        ({"text": "@exemple.fr"}, ["Zoé Le Goff", "lea@exemple.fr"]),
        ({"text": "mat-17"}, ["Zoé Le Goff"]),
        ({"text": "personne"}, []),
        ({"state": AffiliationState.PRE_AFFILIATED}, ["lea@exemple.fr"]),
        ({"state": AffiliationState.CANCELLED}, []),
        ({"risk": Risk.PROVIDENT}, ["Éloïse Çelik", "Anne Martin", "Jean Martin-Duval"]),
        ({"contract_id": PROVIDENT, "text": "martin"}, ["Anne Martin", "Jean Martin-Duval"]),
        ({"state": AffiliationState.ACTIVE, "name": "m", "risk": Risk.HEALTH}, ["Anne Martin", "Zoé Martin"]),
    ],
    ids=str,
)
def test_employees_are_found_by_name_words_state_contract_and_risk(
    staff: str, filters: dict[str, Any], names: list[str]
) -> None:
    """H49, H35, H34: filters add up; neither case nor accents matter."""
    assert found(staff, **filters) == names


@pytest.mark.parametrize(
    "filters", [{}, {"name": "m"}, {"text": "e"}, {"state": AffiliationState.ACTIVE}, {"risk": Risk.HEALTH}], ids=str
)
def test_pages_of_a_search_give_everybody_once(staff: str, filters: dict[str, Any]) -> None:
    """H48, H49: one by one, in the same order as at once."""
    names, after, pages = [], None, 0
    while pages == 0 or after:
        page, after = employees.page(staff, Filters(**filters), after=after, limit=1)
        names += [one.name for one in page]
        pages += 1
    assert names == found(staff, **filters)
    assert pages <= len(names) + 1


@pytest.mark.parametrize("after", ["#", "x", "martin#", "#x", "zz zz#1"])
def test_a_cursor_that_leads_nowhere_gives_nothing_and_no_error(staff: str, after: str) -> None:
    for filters in (Filters(), Filters(name="martin"), Filters(state=AffiliationState.ACTIVE), Filters(text="zzz")):
        page, _ = employees.page(staff, filters, after=after, limit=5)
        assert {one.name for one in page} <= set(found(staff))


def test_an_employee_is_found_by_number_within_the_company_only(employer: Employer, other_employer: Employer) -> None:
    """H49, H121: with two reads by key."""
    employer.member(last_name="Numérotée")
    [one] = employer.hr.get(f"{employer.base}/employees", params={"text": "numerotee"})["employees"]
    number = one["numero_adherent"]
    assert employer.hr.get(f"{employer.base}/employees", params={"text": number}) == {"employees": [one], "next": None}
    narrowed = {"text": number, "risk": "prevoyance"}
    assert employer.hr.get(f"{employer.base}/employees", params=narrowed)["employees"] == []
    elsewhere = other_employer.hr.get(f"{other_employer.base}/employees", params={"text": number})
    assert elsewhere == {"employees": [], "next": None}
    with aws_calls() as calls:
        found(employer.company_id, text=number)
    assert [one.operation for one in calls] == ["dynamodb.GetItem", "dynamodb.GetItem"]


def test_nobody_of_another_company_is_ever_found(staff: str, employer: Employer) -> None:
    """H121: with whatever search."""
    for filters in ({}, {"text": "goff"}, {"name": "le goff"}, {"contract_id": HEALTH}):
        assert "Zoé Le Goff" not in found(employer.company_id, **filters)


def test_the_sheet_shows_contracts_people_and_card_of_a_health_contract(employer: Employer) -> None:
    """H51, H52, H53, H56, H5: with what may be started from it."""
    children = [{"relationship": "enfant", "first_name": "Tom", "last_name": "Salaün", "birth_date": "2015-02-03"}]
    employer.member(last_name="Salaün", dependants=children)
    employer.portal.settle()
    sheet = opened(employer, "salaun")
    assert [one["contract_id"] for one in sheet["affiliations"]] == [employer.health["contract_id"]]
    assert [one["first_name"] for one in sheet["beneficiaries"]] == ["Léa", "Tom"]
    assert (sheet["card_available"], sheet["address"]["city"]) == (True, "Nantes")
    actions = {one["action"]: one for one in sheet["actions"]}
    closed = {name for name, one in actions.items() if not one["available"]}
    assert closed == {"declare_work_stoppage", "resend_invitation", "cancel_invitation"}
    assert actions["declare_work_stoppage"]["reason"] == (
        "Réservé aux contrats prévoyance\u00a0: le salarié n’est pas affilié à l’un d’eux."
    )


def opened(employer: Employer, text: str) -> Json:
    """The sheet of the one employee whom a search finds."""
    [one] = employer.hr.get(f"{employer.base}/employees", params={"text": text})["employees"]
    return employer.sheet(one)


def test_a_provident_contract_has_no_people_and_no_card(employer: Employer) -> None:
    """H5, H54: on a prévoyance contract one declares a work stoppage, and adds nobody."""
    form = samples.enrolled_member(employer.provident["number"], last_name="Prévoyant")
    assert employer.enrol(form)["outcome"] == "accepted"
    employer.portal.settle()
    actions = {one["action"]: one["available"] for one in opened(employer, "prevoyant")["actions"]}
    assert (actions["declare_work_stoppage"], actions["add_beneficiary"], actions["card"]) == (True, False, False)


DEPARTED = {"ends_on": date(2025, 6, 30)}


@pytest.mark.parametrize(
    ("affiliations", "open_actions"),
    [
        ((affiliation(Risk.HEALTH),), {"add_beneficiary", "radiation", "portability", "card", "edit"}),
        (
            (affiliation(Risk.PROVIDENT),),
            {"declare_work_stoppage", "radiation", "portability", "edit"},
        ),
        (
            (affiliation(Risk.HEALTH, AffiliationState.TERMINATION_SCHEDULED), affiliation(Risk.PROVIDENT)),
            {"add_beneficiary", "declare_work_stoppage", "radiation", "portability", "card", "edit"},
        ),
        ((affiliation(Risk.HEALTH, AffiliationState.TERMINATION_SCHEDULED),), {"add_beneficiary", "card", "edit"}),
        ((affiliation(Risk.HEALTH, AffiliationState.PORTABILITY),), {"add_beneficiary", "card", "edit"}),
        ((affiliation(Risk.HEALTH, AffiliationState.ACTIVE, **DEPARTED),), {"edit"}),
        ((affiliation(Risk.HEALTH, AffiliationState.TERMINATED, **DEPARTED),), {"edit"}),
        ((affiliation(Risk.HEALTH, AffiliationState.PENDING_DOCUMENTS),), {"edit"}),
        (
            (affiliation(Risk.HEALTH, AffiliationState.PRE_AFFILIATED),),
            {"edit", "resend_invitation", "cancel_invitation"},
        ),
        ((affiliation(Risk.HEALTH, AffiliationState.CANCELLED),), set()),
    ],
    ids=lambda value: "+".join(f"{one.risk}-{one.state}" for one in value) if isinstance(value, tuple) else "",
)
def test_what_a_sheet_leads_to_depends_on_risk_and_state(
    affiliations: tuple[Affiliation, ...], open_actions: set[str]
) -> None:
    """H4, H5, H54, H55, H56, H57, H58, H59: each one that is closed says why; a reader may only look."""
    member = person("company", "Léa", "Martin", affiliations=affiliations)
    offers = of_employee(member, EmployerRole.MANAGER, date(2026, 3, 2))
    assert {str(one.shortcut) for one in offers if one.reason is None} == open_actions
    assert all(one.reason is None or one.reason.endswith(".") for one in offers)
    reading = of_employee(member, EmployerRole.READER, date(2026, 3, 2))
    assert {one.shortcut for one in reading if one.reason is None} == open_actions & {Shortcut.CARD}


def edit(employer: Employer, employee: Json, **changes: Any) -> Any:
    """The answer to a change."""
    return employer.hr.call("PATCH", f"{employer.base}/employees/{employee['member_id']}", json=changes)


def test_hr_edits_reference_and_address_and_the_sheet_says_who(employer: Employer) -> None:
    """H57: with what was there before; what is left out stays, and a change to the same changes nothing."""
    employer.member(last_name="Modifiée")
    sheet = opened(employer, "modifiee")
    new = {"line1": "8 place Graslin", "postcode": "44000", "city": "Nantes"}
    expect(edit(employer, sheet, reference="MAT-0042", address=new), 200)
    expect(edit(employer, sheet, reference="MAT-0042"), 200)
    changed = expect(edit(employer, sheet, reference=""), 200)
    assert (changed["reference"], changed["address"]["line1"]) == ("", "8 place Graslin")
    who = employer.hr.get("/employer/profile")["display_name"]
    assert [(one["label"], one["before"], one["after"], one["by"]) for one in changed["changes"]] == [
        ("Référence interne", "MAT-0042", "", who),
        ("Adresse postale", "3 rue des Lilas, 44000 Nantes", "8 place Graslin, 44000 Nantes", who),
        ("Référence interne", "", "MAT-0042", who),
    ]
    assert employer.sheet(sheet)["changes"] == changed["changes"]


def test_an_invitation_to_a_wrong_address_is_sent_anew_to_the_right_one(employer: Employer) -> None:
    """H57, H138: the link in the first mail works no more; either address can be invited afresh as it should."""
    employee, first = employer.invited()
    right = samples.email("juste")
    changed = expect(edit(employer, employee, email=right), 200)
    assert (changed["email"], changed["name"], changed["state_label"]) == (right, right, "Pré-affilié")
    assert first.call("GET", "/affiliation").status_code == 401
    second = User(employer.portal, employer.portal.link_in(employer.portal.mail(right, "/affiliation#")))
    assert second.get("/affiliation")["email"] == right
    assert expect(employer.invite(right), 409)["code"] == "already_affiliated"
    assert expect(employer.invite(employee["email"]), 201)["member_id"] != employee["member_id"]
    assert faults(edit(employer, changed, email=employee["email"])) == {("email", "email_used")}


def test_the_first_day_changes_until_the_employee_has_answered(employer: Employer) -> None:
    """H57, H75: within the limits of an invitation, and the mail says the new day."""
    email = samples.email("date")
    employee, _ = employer.invited(email)
    contract, later_day = employer.health["contract_id"], employer.portal.today() + timedelta(days=12)
    changed = expect(
        edit(employer, employee, affiliations=[{"contract_id": contract, "starts_on": f"{later_day}"}]), 200
    )
    assert changed["affiliations"][0]["starts_on"] == f"{later_day}"
    link = employer.portal.link_in(employer.portal.mail(email, "/affiliation#", count=2))
    too_far = [{"contract_id": contract, "starts_on": "2023-01-01"}, {"contract_id": "none", "starts_on": "2026-01-01"}]
    assert faults(edit(employer, employee, affiliations=too_far)) == {
        ("affiliations[0].starts_on", "outside_contract"),
        ("affiliations[1].contract_id", "unknown_contract"),
    }
    User(employer.portal, link).post("/affiliation", samples.affiliation_form())
    moved = [{"contract_id": contract, "starts_on": f"{later_day + timedelta(days=1)}"}]
    assert faults(edit(employer, employee, affiliations=moved)) == {("affiliations[0].starts_on", "answered")}


def test_hr_cannot_take_over_the_address_of_a_members_space(employer: Employer) -> None:
    """H57, H61: who holds the address holds the space, and reads the care."""
    employer.member(last_name="Titulaire")
    sheet = opened(employer, "titulaire")
    assert faults(edit(employer, sheet, email=samples.email("rh"))) == {("email", "of_the_member")}
    invited, _ = employer.invited()
    assert faults(edit(employer, invited, address={"line1": "1 rue X", "postcode": "44000", "city": "Nantes"})) == {
        ("address", "not_yet")
    }


def test_an_address_given_later_counts_once_an_agent_has_checked_it(employer: Employer, agent: Back) -> None:
    """H137, H138, H61: the insurer's mailbox is told, and the employee's space opens to the checked address only."""
    form = samples.enrolled_member(employer.health_number, email=None, last_name="Sansmail")
    assert employer.enrol(form)["outcome"] == "accepted"
    employer.portal.settle()
    sheet = opened(employer, "sansmail")
    email = samples.email("sansmail")
    proposed = expect(edit(employer, sheet, email=email), 200)
    assert (proposed["email"], proposed["proposed_email"]) == (None, email)
    number = sheet["numero_adherent"]
    told = employer.portal.mail(settings.insurer().production_mailbox, number)
    assert employer.file["companies"][0]["name"] in told
    assert email not in told
    employer.portal.settle()
    assert employer.portal.mails(email) == []
    known = agent.agent.get("/backoffice/members", params={"numero_adherent": number, "reason": "Appel de l’assuré"})
    assert known["proposed_email"] == email
    path = f"/backoffice/members/{sheet['member_id']}/email"
    expect(agent.agent.call("PUT", path, json={"email": email}), 200)
    checked = employer.sheet(sheet)
    assert (checked["email"], checked["proposed_email"]) == (email, None)
    assert employer.portal.mail(email, "enregistrée")


def test_the_latest_change_comes_first(employer: Employer) -> None:
    """H57: and none is forgotten."""
    employer.member(last_name="Concurrente")
    sheet = opened(employer, "concurrente")
    for number in range(3):
        expect(edit(employer, sheet, reference=f"MAT-{number}"), 200)
    assert [one["after"] for one in employer.sheet(sheet)["changes"]] == ["MAT-2", "MAT-1", "MAT-0"]


def test_list_and_sheet_say_nothing_of_any_care(employer: Employer, yesterday: date) -> None:
    """H61: a claim of an employee leaves no trace in what HR reads."""
    member = employer.member(last_name="Soignée")
    beneficiary_id = member.get("/member")["beneficiaries"][0]["beneficiary_id"]
    line = room(yesterday, expense_cents=91357)
    body = {"beneficiary_id": beneficiary_id, "form": "other", "lines": [line]}
    claim = expect(member.call("POST", "/member/claims", json=body, headers={"Idempotency-Key": "claim-canary"}), 201)
    employer.portal.upload_all(member, f"/member/requests/{claim['request_id']}/uploads", claim)
    employer.portal.settle()
    paid = member.get(f"/member/requests/{claim['request_id']}")["reimbursement_id"]
    listed = employer.hr.get(f"{employer.base}/employees", params={"text": "soignee"})
    read = json.dumps([listed, employer.sheet(listed["employees"][0]), employer.hr.get(f"{employer.base}/home")])
    for canary in ("91357", "913,57", claim["request_id"], paid, "Chambre"):
        assert canary
        assert canary not in read


def test_contracts_are_read_one_by_one_and_their_level_is_not_changed(
    employer: Employer, other_employer: Employer
) -> None:
    """H29, H30, H31, H33, H36, H37, H121: the broker is offered instead of any change."""
    contract_id = employer.health["contract_id"]
    detail = employer.hr.get(f"{employer.base}/contracts/{contract_id}")
    assert detail["contract"] == employer.health
    assert detail["level_change"]["available"] is False
    assert detail["level_change"]["broker"]["email"] == employer.file["broker"]["email"]
    foreign = f"{employer.base}/contracts/{other_employer.health['contract_id']}"
    assert employer.hr.call("GET", foreign).status_code == 404
    for method in ("PUT", "PATCH", "POST"):
        answer = employer.hr.call(method, f"{employer.base}/contracts/{contract_id}", json={"level": 3})
        assert answer.status_code in {403, 405}


def test_the_employees_of_a_contract_are_those_affiliated_or_invited_to_it(employer: Employer) -> None:
    """H34, H35: by the same list, narrowed to the contract."""
    form = samples.enrolled_member(employer.provident["number"], last_name="Du Contrat")
    assert employer.enrol(form)["outcome"] == "accepted"
    for contract, shown in ((employer.provident, True), (employer.health, False)):
        params = {"contract_id": contract["contract_id"], "limit": "100"}
        listed = employer.hr.get(f"{employer.base}/employees", params=params)["employees"]
        assert all(contract["contract_id"] in one["contract_ids"] for one in listed)
        assert ("Léa Du Contrat" in {one["name"] for one in listed}) is shown


def test_one_contract_opens_at_once(portal: Portal, employer: Employer) -> None:
    """H38: with several, one chooses."""
    assert employer.hr.get(f"{employer.base}/contracts")["opens"] is None
    listed = _contracts_of_one(portal)
    assert listed["opens"] == listed["contracts"][0]["contract_id"]


def _contracts_of_one(portal: Portal) -> Json:
    file = subscription_file()
    del file["contracts"][1]
    report = portal.drop(f"{file['reference']}.json", file)
    assert report["outcome"] == "accepted", report
    hr = open_employer_space(portal, file, report)
    company_id = hr.get("/employer/companies")["companies"][0]["company_id"]
    listed: Json = hr.get(f"/employer/companies/{company_id}/contracts")
    return listed
