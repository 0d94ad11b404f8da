"""The home page of the espace RH: headcount, what waits, shortcuts; exact whoever writes at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.domain.account import EmployerRole
from chalicelib.domain.company import Risk
from chalicelib.domain.content import ContentKind
from chalicelib.domain.member import AffiliationState
from chalicelib.domain.request import Actor, Request, RequestKind, RequestState
from chalicelib.domain.required_documents import DocumentKind, RequiredDocument
from chalicelib.domain.shortcuts import of_company
from chalicelib.services import information, tokens
from chalicelib.storage import headcounts, members, requests
from chalicelib.storage.transaction import Transaction, retry_stale
from tests import samples
from tests.api import aws_calls
from tests.portal import Portal, User, expect
from tests.services.conftest import Employer, Json, subscribe, subscription_file
from tests.services.test_employees import affiliation, person, saved


@pytest.fixture(scope="module")
def house(portal: Portal) -> Employer:
    """A company of its own, since its employees are counted."""
    return subscribe(portal, subscription_file())


def home(house: Employer) -> Json:
    """The home page."""
    page: Json = house.hr.get(f"{house.base}/home")
    return page


def counts(house: Employer) -> dict[str, int]:
    """How many employees are in each state that holds any."""
    return {one["state_label"]: one["employees"] for one in home(house)["headcount"] if one["employees"]}


def waiting(house: Employer, kind: str) -> list[Json]:
    """What waits for HR of a kind."""
    return [one for one in home(house)["waiting"] if one["kind"] == kind]


def test_the_menu_has_seven_entries_and_the_home_six_shortcuts_more_by_risk(house: Employer) -> None:
    """H22, H23, H24, H25, H26, H27, H28, H4, H5."""
    page = home(house)
    assert [one["label"] for one in page["menu"]] == [
        "Accueil", "Mes contrats", "Mes cotisations", "Mes salariés", "Mes démarches en ligne",
        "Services & informations", "Mon entreprise",
    ]  # fmt: skip
    assert [one["action"] for one in page["shortcuts"]] == [
        "contributions", "employees", "add_employee", "radiation", "portability", "news", "declare_work_stoppage",
        "add_beneficiary",
    ]  # fmt: skip
    assert all(one["available"] for one in page["shortcuts"])
    assert page["risks"] == ["prevoyance", "sante"]


def test_the_latest_news_are_those_of_the_services_page(house: Employer) -> None:
    """H28, H101: a title and where it is read."""
    library = information.for_company(house.company_id, ContentKind.NEWS)
    assert library
    assert home(house)["news"] == [{"content_id": one.content_id, "title": one.title} for one in library[:3]]


@pytest.mark.parametrize(
    ("role", "risks", "closed"),
    [
        (EmployerRole.ADMINISTRATOR, {Risk.HEALTH, Risk.PROVIDENT}, set()),
        (EmployerRole.MANAGER, {Risk.HEALTH}, {"declare_work_stoppage"}),
        (EmployerRole.MANAGER, {Risk.PROVIDENT}, {"add_beneficiary"}),
        (
            EmployerRole.READER,
            {Risk.HEALTH, Risk.PROVIDENT},
            {"add_employee", "radiation", "portability", "declare_work_stoppage", "add_beneficiary"},
        ),
    ],
    ids=["everything", "health only", "provident only", "reader"],
)
def test_a_shortcut_says_whether_role_and_contracts_open_it(
    role: EmployerRole, risks: set[Risk], closed: set[str]
) -> None:
    """H4, H5, H25, H26, H27."""
    offers = of_company(role, frozenset(risks))
    assert {str(one.shortcut) for one in offers if one.reason} == closed


def test_employees_are_counted_as_they_move(house: Employer) -> None:
    """H48, H60, H70, H71, H72: invited, answered, affiliated, cancelled; the same employee only once."""
    before = counts(house)
    assert before == {}
    employee, invited = house.invited()
    other, _ = house.invited()
    assert counts(house) == {"Pré-affilié": 2}
    expect(house.invite(employee["email"], risk="prevoyance", contract_id=house.provident["contract_id"]), 201)
    link = house.portal.link_in(house.portal.mail(employee["email"], "/affiliation#", count=2))
    assert counts(house) == {"Pré-affilié": 2}
    invited = User(house.portal, link)
    request = invited.post("/affiliation", samples.affiliation_form())
    assert counts(house) == {"Pré-affilié": 1, "En attente de pièces": 1}
    house.portal.upload_all(invited, "/affiliation/uploads", request)
    house.portal.settle()
    assert counts(house) == {"Pré-affilié": 1, "Affilié": 1}
    expect(house.hr.call("DELETE", f"{house.base}/employees/{other['member_id']}/invitation"), 200)
    assert counts(house) == {"Affilié": 1, "Annulé": 1}
    assert house.enrol(samples.enrolled_member(house.health_number))["outcome"] == "accepted"
    assert counts(house) == {"Affilié": 2, "Annulé": 1}


def test_no_count_is_lost_when_many_write_at_the_same_moment(house: Employer) -> None:
    """H48: writers of one company, and writers of one employee who try again."""
    company_id = tokens.new_id()
    people = [person(company_id, "Ana", f"Nom {number}") for number in range(24)]
    pending = [
        replace(one, affiliations=(affiliation(Risk.HEALTH, AffiliationState.PENDING_DOCUMENTS),)) for one in people
    ]
    _together([lambda one=one: retry_stale(lambda: saved(one)) for one in pending])
    assert headcounts.of_company(company_id)[AffiliationState.PENDING_DOCUMENTS] == 24

    def accept(member_id: str) -> None:
        member = members.get(member_id)
        assert member is not None
        moved = replace(member, affiliations=(affiliation(Risk.HEALTH),))
        with Transaction() as transaction:
            members.save(transaction, moved)

    _together([lambda one=one: retry_stale(lambda: accept(one.member_id)) for one in [*people, *people]])
    counted = {state: count for state, count in headcounts.of_company(company_id).items() if count}
    assert counted == {AffiliationState.ACTIVE: 24}


def _together(tasks: list[Any]) -> None:
    def run(start: int) -> None:
        for task in tasks[start::4]:
            task()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))


def test_what_waits_is_in_the_order_of_its_days(house: Employer) -> None:
    """H22, H95, H112: requests to complete, invitations that end soon, those that ended, the accountant to name."""
    today = clock.today()
    _invite_until(house, today + timedelta(days=2), "bientot")
    _invite_until(house, today + timedelta(days=20), "plus-tard")
    _invite_until(house, today - timedelta(days=3), "hier", AffiliationState.INVITATION_EXPIRED)
    _request(house, RequestKind.BENEFICIARY_ADDITION, RequestState.PENDING_DOCUMENTS, today + timedelta(days=40))
    _request(house, RequestKind.WORK_STOPPAGE, RequestState.DRAFT, today + timedelta(days=1))
    _request(house, RequestKind.DEPARTURE, RequestState.ACCEPTED, None)
    shown = home(house)["waiting"]
    assert [one["kind"] for one in shown] == [
        "declaration", "invitation", "request", "expired_invitations", "accountant",
    ]  # fmt: skip
    assert [one["due_on"] for one in shown[:3]] == [f"{today + timedelta(days=days)}" for days in (1, 2, 40)]
    assert shown[0]["detail"] == "À terminer et à envoyer."
    assert shown[1]["title"] == "Invitation de bientot@exemple.fr"
    assert shown[2]["detail"] == "Une pièce à envoyer."
    assert shown[3]["detail"] == "Une invitation a expiré sans réponse\u00a0: renvoyez-les ou annulez-les."
    accountant = {"name": "Hélène Cadiou", "email": "h@cadiou.example", "phone": "+33240987654"}
    expect(house.hr.call("PUT", f"{house.base}/accountant", json={"accountant": accountant}), 200)
    assert waiting(house, "accountant") == []


def _invite_until(
    house: Employer, day: date, name: str, state: AffiliationState = AffiliationState.PRE_AFFILIATED
) -> None:
    saved(
        person(
            house.company_id,
            "",
            "",
            beneficiaries=(),
            email=f"{name}@exemple.fr",
            numero_adherent=None,
            affiliations=(affiliation(Risk.HEALTH, state),),
            invited_until=day,
        )
    )


def _request(house: Employer, kind: RequestKind, state: RequestState, due_on: date | None) -> None:
    about = tokens.new_id()
    request = Request(
        request_id=tokens.new_id(),
        kind=kind,
        member_id=about,
        member_name="Léa Martin",
        company_id=house.company_id,
        opened_by=Actor.EMPLOYER,
        state=state,
        required=(RequiredDocument(kind=DocumentKind.FAMILY_RECORD, about=about, reason="Elle manque."),),
        title="Une démarche",
        due_on=due_on,
        created_at=clock.now(),
    )
    with Transaction() as transaction:
        requests.save(transaction, request)


def test_a_home_page_reads_no_employee_to_count_them(house: Employer) -> None:
    """H22, H61, H121: the same seven calls however many employees there are, and the journal of those shown."""
    with aws_calls() as calls:
        home(house)
    assert [one.operation for one in calls] == [
        "dynamodb.BatchGetItem", "dynamodb.GetItem", "dynamodb.Query", "dynamodb.Query", "dynamodb.Query",
        "dynamodb.Query", "dynamodb.Query", "sqs.SendMessage",
    ]  # fmt: skip
    queries = [one.parameters for one in calls if one.operation == "dynamodb.Query"]
    assert [(one["TableName"].rpartition("-")[2], one["Limit"]) for one in queries] == [
        ("contracts", 100), ("headcounts", 100), ("requests", 100), ("members", 20), ("contributions", 50),
    ]  # fmt: skip


def test_a_home_page_is_the_companys_own(house: Employer, other_employer: Employer) -> None:
    """H121: another company's counts and waiting things are not there."""
    assert other_employer.hr.call("GET", f"{house.base}/home").status_code == 404
    theirs = home(other_employer)
    assert theirs["company_id"] == other_employer.company_id
    assert not [one for one in theirs["waiting"] if "bientot" in one["title"]]
