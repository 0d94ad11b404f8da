"""Addresses, phone, e-mail, password and accountant of a member (M44, M47, M81–M84, M99, M100, M101, M112, A8)."""

from collections import Counter

import pytest

from chalicelib.domain.company import Address
from chalicelib.services.addresses import other_departement
from chalicelib.storage import requests
from local.stack import Stack
from tests import samples
from tests.portal import PASSWORD, User, expect
from tests.services.conftest import Employer, Json, faults, later, open_member_space
from tests.services.test_bank_details import digits, refusal, wrong
from tests.services.test_departures import Leaver, hr_of, leaver_of

MOBILE = "+33611223344"


@pytest.fixture
def leaver(employer: Employer) -> Leaver:
    return leaver_of(employer)


@pytest.fixture
def me(leaver: Leaver) -> User:
    return open_member_space(leaver.employer.portal, leaver.number, leaver.form)


def moves(me: User, postcode: str = "44100", *, key: str = "", **more: object) -> Json:
    """The acknowledgement of a change of address."""
    address = {"line1": "8 quai des Brumes", "postcode": postcode, "city": "Ailleurs"}
    headers = {"Idempotency-Key": key or samples.email("cle").replace("@", "-").replace(".", "-")}
    answer: Json = expect(me.call("POST", "/member/addresses", json={"address": address, **more}, headers=headers), 201)
    return answer


# --- Address -------------------------------------------------------------------------------------------------------


def test_m44_m82_the_household_moves_at_once(leaver: Leaver, me: User) -> None:
    """M44, M82, M112: with an acknowledgement, a state to look up and a mail; HR sees the new address as before."""
    moved = moves(me)
    assert (moved["request"]["kind"], moved["request"]["state"]) == ("address", "ACCEPTED")
    assert moved["reminder"] is None
    assert [one["address"]["postcode"] for one in me.get("/member/addresses")["people"]] == ["44100", "44100"]
    assert me.get(f"/member/requests/{moved['request']['request_id']}")["history"][-1]["event"] == "address_changed"
    kept = requests.get(moved["request"]["request_id"])
    assert kept is not None
    assert kept.address_change is not None
    assert kept.address_change.before is not None
    assert (kept.address_change.before.postcode, kept.address_change.after.postcode) == ("44000", "44100")
    assert hr_of(leaver.employer).get(leaver.path)["address"]["postcode"] == "44100"
    assert "ameli" not in leaver.employer.portal.mail(leaver.form["email"], "changement d’adresse")


def test_m83_one_person_moves_alone_and_may_come_back(leaver: Leaver, me: User) -> None:
    """M83: the chosen person, neither the others nor what HR sees."""
    child = leaver.stored.beneficiaries[1].beneficiary_id
    moves(me, "69001", beneficiary_id=child)
    people = me.get("/member/addresses")["people"]
    assert [(one["address"]["postcode"], one["own"]) for one in people] == [("44000", False), ("69001", True)]
    assert hr_of(leaver.employer).get(leaver.path)["address"]["postcode"] == "44000"
    moves(me, "13001")
    assert [one["address"]["postcode"] for one in me.get("/member/addresses")["people"]] == ["13001", "69001"]
    moves(me, "13001", beneficiary_id=child)
    assert [one["own"] for one in me.get("/member/addresses")["people"]] == [False, False]


@pytest.mark.parametrize(
    ("before", "after", "other"),
    [
        ("44000", "44800", False),
        ("44000", "49000", True),
        ("20000", "20200", True),
        ("20100", "20137", False),
        ("97400", "97490", False),
        ("97400", "97100", True),
        ("75001", "97500", True),
        ("75001", "75020", False),
    ],
)
def test_m84_another_departement_is_seen_from_the_postcodes(before: str, after: str, other: bool) -> None:
    """M84: 2A and 2B, overseas départements and territories."""
    here, there = (Address(line1="1", postcode=one, city="X") for one in (before, after))
    assert other_departement(here, there) is other


def test_m81_the_cpam_is_called_to_mind(leaver: Leaver, me: User) -> None:
    """M81: in the answer and in the mail."""
    assert "CPAM" in moves(me, "20200")["reminder"]
    subject = "prévenez aussi votre caisse d’assurance maladie"
    assert "(CPAM)" in leaver.employer.portal.mail(leaver.form["email"], subject)


@pytest.mark.parametrize(
    ("postcode", "fund"),
    [("97110", "CGSS"), ("97200", "CGSS"), ("97300", "CGSS"), ("97400", "CGSS"), ("97600", "CSSM")],
)
def test_overseas_another_fund_is_called_to_mind(leaver: Leaver, me: User, postcode: str, fund: str) -> None:
    """M81, M84: what serves the new home, in the answer and in the mail."""
    assert f"({fund})" in moves(me, postcode)["reminder"]
    assert "ameli" in leaver.employer.portal.mail(leaver.form["email"], f"({fund})")


def test_the_same_key_moves_once_and_the_same_address_not_at_all(leaver: Leaver, me: User) -> None:
    first, again = moves(me, key="cle-unique-1"), moves(me, key="cle-unique-1")
    assert first["request"]["request_id"] == again["request"]["request_id"]
    address = {"line1": "8 quai des Brumes", "postcode": "44100", "city": "Ailleurs"}
    headers = {"Idempotency-Key": "cle-unique-2"}
    answer = me.call("POST", "/member/addresses", json={"address": address}, headers=headers)
    assert faults(answer) == {("address", "unchanged")}
    other = {"address": address | {"line1": "9 quai des Brumes"}}
    used = {"Idempotency-Key": "cle-unique-1"}
    assert refusal(me.call("POST", "/member/addresses", json=other, headers=used)) == "key_reused"


def test_nobody_elses_person_moves(me: User, employer: Employer) -> None:
    """H121."""
    other = leaver_of(employer).stored.beneficiaries[1].beneficiary_id
    address = {"line1": "8 quai des Brumes", "postcode": "44100", "city": "Ailleurs"}
    body = {"beneficiary_id": other, "address": address}
    answer = me.call("POST", "/member/addresses", json=body, headers={"Idempotency-Key": "cle-unique-3"})
    assert answer.status_code == 404


# --- Account -------------------------------------------------------------------------------------------------------


def test_m99_what_is_known_is_shown(leaver: Leaver, me: User) -> None:
    """M99, M16: never the NIR."""
    shown = me.get("/member/account")
    assert (shown["last_name"], shown["email"], shown["mobile_masked"]) == ("Martin", leaver.form["email"], None)
    assert leaver.form["nir"] not in str(shown)


def code_sent(stack: Stack, mobile: str) -> Counter[str]:
    return Counter(one.text for one in stack.letters() if one.kind == "sms" and one.recipient == mobile)


def test_m88_m100_a_mobile_counts_once_its_code_is_typed(leaver: Leaver, me: User, stack: Stack) -> None:
    """M100: with the password; the code confirms that number alone, and a mail tells of it."""
    portal = leaver.employer.portal
    path = "/member/account/mobile"
    assert faults(me.call("PUT", path, json={"mobile": MOBILE, "password": "autre"})) == {
        ("password", "wrong_password")
    }
    assert refusal(me.call("POST", f"{path}/confirmation", json={"code": "123456"})) == "no_code_sent"
    before = code_sent(stack, MOBILE)
    sent = expect(me.call("PUT", path, json={"mobile": "06 11 22 33 44", "password": PASSWORD}), 200)
    portal.settle()
    [text] = code_sent(stack, MOBILE) - before
    code = digits(text)
    assert MOBILE[3:] not in str(sent)
    assert me.get("/member/account")["mobile_masked"] is None
    assert faults(me.call("POST", f"{path}/confirmation", json={"code": wrong(code)})) == {("code", "wrong_code")}
    shown = expect(me.call("POST", f"{path}/confirmation", json={"code": code}), 200)
    assert (shown["mobile_masked"], shown["mobile_signs_from"]) == ("06 ** ** ** 44", None)
    assert portal.mail(leaver.form["email"], "numéro de mobile")
    assert refusal(me.call("POST", f"{path}/confirmation", json={"code": code})) == "no_code_sent"


def test_a_code_of_a_mobile_ends_after_ten_minutes(leaver: Leaver, me: User, stack: Stack) -> None:
    portal = leaver.employer.portal
    mobile = "+33655443322"
    expect(me.call("PUT", "/member/account/mobile", json={"mobile": mobile, "password": PASSWORD}), 200)
    portal.settle()
    [text] = code_sent(stack, mobile)
    with later(minutes=10, seconds=1):
        answer = me.call("POST", "/member/account/mobile/confirmation", json={"code": digits(text)})
        assert refusal(answer) == "code_expired"


def test_m100_a_new_address_is_confirmed_and_both_are_told(leaver: Leaver, me: User) -> None:
    """M100: the former address at once and once it is done; the link goes to the new one, and both uses follow."""
    portal, former, new = leaver.employer.portal, leaver.form["email"], samples.email("nouvelle")
    body = {"email": new, "password": PASSWORD}
    assert faults(me.call("POST", "/member/account/email", json=body | {"password": "autre"})) == {
        ("password", "wrong_password")
    }
    me.post("/member/account/email", body, 202)
    assert portal.mail(former, "est demandée pour votre espace")
    assert me.get("/member/account")["email"] == former
    token = portal.link_in(portal.mail(new, "/adresse#"))
    portal.post("/access/email-confirmations", {"token": token}, 204)
    assert portal.mail(former, "a changé")
    assert me.call("GET", "/member/account").status_code == 401
    again = portal.sign_in("member", {"identifier": new, "password": PASSWORD})
    assert again.get("/member/account")["email"] == new
    assert leaver.stored.email == new
    old = portal.http.post("/access/member/sessions", json={"identifier": former, "password": PASSWORD})
    assert old.status_code == 422
    assert portal.http.post("/access/email-confirmations", json={"token": token}).status_code == 409


def test_an_address_that_somebody_uses_gets_nothing(leaver: Leaver, me: User, employer: Employer) -> None:
    """H15: the answer is the same."""
    taken = leaver_of(employer).form["email"]
    before = len(leaver.employer.portal.mails(taken))
    me.post("/member/account/email", {"email": taken, "password": PASSWORD}, 202)
    leaver.employer.portal.settle()
    assert len(leaver.employer.portal.mails(taken)) == before


def test_m101_a_new_password_is_another_one(me: User) -> None:
    """M101: today's is refused, however it is composed."""
    for new in (PASSWORD, PASSWORD.replace("è", "e\u0300")):
        answer = me.call("PUT", "/access/password", json={"current": PASSWORD, "new": new})
        assert faults(answer) == {("new", "same_password")}
    me.call("GET", "/member/account").raise_for_status()


def test_m47_the_accountant_is_named_and_taken_back(me: User) -> None:
    """M47, A8."""
    accountant = {"name": "Hélène Cadiou", "firm": "", "email": "h@cadiou.example", "phone": "02 40 98 76 54"}
    named = expect(me.call("PUT", "/member/accountant", json={"accountant": accountant}), 200)
    assert named["accountant"] == accountant | {"phone": "+33240987654"}
    assert me.get("/member/account")["accountant"]["name"] == "Hélène Cadiou"
    expect(me.call("PUT", "/member/accountant", json={"accountant": None}), 200)
    assert me.get("/member/account")["accountant"] is None


def test_m47_a_prevoyance_member_has_an_account_too(employer: Employer) -> None:
    """M18, A3, A8: address, RIB, account and accountant are for every contract."""
    leaver = leaver_of(employer, str(employer.provident["number"]))
    me = open_member_space(employer.portal, leaver.number, leaver.form)
    for path in ("/member/account", "/member/addresses", "/member/bank-details"):
        me.get(path)
    expect(me.call("PUT", "/member/accountant", json={"accountant": None}), 200)
    moves(me)
