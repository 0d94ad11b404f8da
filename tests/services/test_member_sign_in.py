"""How a member comes in for the first time and later (H129–H134, M1–M11), and what the space is for (M2, M25)."""

from datetime import date, timedelta

import pytest

from tests import samples
from tests.portal import PASSWORD, Portal, expect
from tests.services.conftest import Employer, Json, later, open_member_space, subscribe, subscription_file

CHILD = {"relationship": "enfant", "first_name": "Tom", "last_name": "Martin", "birth_date": "2015-04-01"}
SUBJECT = "mot de passe"


@pytest.fixture(scope="module", params=[7, 14])
def house(request: pytest.FixtureRequest, portal: Portal) -> tuple[Employer, int]:
    """A company whose members have numbers of 7 digits, and one whose members have 14."""
    return subscribe(portal, subscription_file() | {"member_number_length": request.param}), request.param


def newcomer(employer: Employer) -> tuple[str, Json]:
    """A member just taken over: their numéro adhérent and what is known of them."""
    form = samples.enrolled_member(employer.health_number, dependants=[CHILD])
    report = employer.enrol(form)
    assert report["outcome"] == "accepted", report
    employer.portal.settle()
    return report["members"][0]["numero_adherent"], form


def fields(number: str, form: Json) -> Json:
    """The three fields of the first connection, rightly filled in."""
    return {"numero_adherent": number, "nir_last8": form["nir"][5:13], "birth_date": form["birth_date"]}


def links(employer: Employer, form: Json) -> int:
    """How many links to choose a password a member was mailed."""
    employer.portal.settle()
    return len([mail for mail in employer.portal.mails(form["email"]) if SUBJECT in mail["subject"] + mail["text"]])


def test_a_number_of_7_or_14_digits_opens_the_space(house: tuple[Employer, int]) -> None:
    """H129, H130, H131, H132, H133, M3, M5, M6, M7, M8, M9, M10, A1: the number mailed, 8 digits, the birth date."""
    employer, digits = house
    number, form = newcomer(employer)
    assert (len(number), number.isdigit()) == (digits, True)
    assert number in employer.portal.mail(form["email"], number)
    before = links(employer, form)
    with later(hours=72):
        employer.portal.post("/access/member/first-connection", fields(number, form), 202)
        assert links(employer, form) == before + 1


def test_any_wrong_field_sends_no_link_and_says_nothing(house: tuple[Employer, int]) -> None:
    """H130, H131, H132, M6, M7, M8, M9, M15: each of the three counts, and the answer is that of the right ones."""
    employer, digits = house
    number, form = newcomer(employer)
    before = links(employer, form)
    right = fields(number, form)
    born = date.fromisoformat(form["birth_date"]) + timedelta(days=1)
    wrong = [
        right | {"numero_adherent": f"{(int(number) + 1) % 10**digits:0{digits}d}"},
        right | {"nir_last8": f"{(int(right['nir_last8'], 16) + 1) % 10**8:08d}"},
        right | {"birth_date": f"{born}"},
    ]
    with later(hours=72):
        told = {str(employer.portal.post("/access/member/first-connection", one, 202)) for one in wrong}
        assert links(employer, form) == before
        told.add(str(employer.portal.post("/access/member/first-connection", right, 202)))
        assert len(told) == 1


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("nir_last8", "1234567"),
        ("nir_last8", "123456789"),
        ("nir_last8", "1234567812"),
        ("nir_last8", "189057512345678"),
        ("numero_adherent", "123456"),
        ("numero_adherent", "12345678"),
        ("numero_adherent", "123456789012345"),
        ("numero_adherent", "ABCDEFG"),
        ("birth_date", "31/12/1990"),
        ("birth_date", "1990-02-30"),
    ],
)
def test_a_field_of_another_shape_is_refused_by_name(portal: Portal, field: str, typed: str) -> None:
    """H130, H131, H132, M7, M16: 8 characters without the key, never the whole NIR; 7 or 14 digits; a date."""
    right = {"numero_adherent": "1234567", "nir_last8": "44109123", "birth_date": "1988-06-12"}
    response = portal.http.post("/access/member/first-connection", json=right | {field: typed})
    assert [one["field"] for one in expect(response, 422)["errors"]] == [field]
    assert typed not in response.text


def test_later_the_number_or_the_address_will_do(house: tuple[Employer, int]) -> None:
    """H134, M11, M1, M118: either one with the password; signing out ends the session."""
    employer, _ = house
    number, form = newcomer(employer)
    open_member_space(employer.portal, number, form)
    for identifier in (number, form["email"], form["email"].upper()):
        member = employer.portal.sign_in("member", {"identifier": identifier, "password": PASSWORD})
        assert member.get("/member")["numero_adherent"] == number
        assert member.call("DELETE", "/access/session").status_code == 204
        assert member.call("GET", "/member").status_code == 401


def test_the_space_is_to_be_understood_and_tells_how_costs_are_repaid(house: tuple[Employer, int]) -> None:
    """M1, M2, M25, M95: tutorials, the help on repayment, and everybody who is covered."""
    employer, _ = house
    member = open_member_space(employer.portal, *newcomer(employer))
    kinds = {one["kind"] for one in member.get("/member/contents")["contents"]}
    assert {"tutoriel", "faq"} <= kinds
    covered = member.get("/member")["beneficiaries"]
    assert [(one["rank"], one["first_name"], one["state_label"]) for one in covered] == [
        (1, "Léa", "Couvert"),
        (2, "Tom", "Couvert"),
    ]
