"""The users of an espace RH, one's own profile, the company and its accountant."""

import threading
from typing import Any

import httpx
import pytest

from chalicelib.domain.account import AccountState, EmployerRole
from chalicelib.domain.errors import EspaceError
from chalicelib.services import access, employer_users
from chalicelib.storage import accounts
from tests import samples
from tests.portal import PASSWORD, Portal, User, expect
from tests.services.conftest import Employer, Json, faults, later, subscribe, subscription_file

OTHER_PASSWORD = "quatre-Ajoncs_8-au-bord"


@pytest.fixture(scope="module")
def team(portal: Portal) -> Employer:
    """A company of its own, since its users come and go."""
    return subscribe(portal, subscription_file())


def form(team: Employer, **changes: Any) -> Json:
    """A manager of the company."""
    return {"display_name": "Zoé Le Goff", "role": "manager", "company_ids": [team.company_id]} | changes


def created(team: Employer, **changes: Any) -> tuple[Json, str]:
    """A new user and their address."""
    email = samples.email("collegue")
    return team.hr.post(f"{team.base}/users", form(team, **changes) | {"email": email}), email


def signed_in(team: Employer, **changes: Any) -> tuple[Json, User]:
    """A new user who has chosen a password."""
    user, email = created(team, **changes)
    team.portal.choose_password(email)
    return user, team.portal.sign_in("employer", {"email": email, "password": PASSWORD})


def refusal(response: httpx.Response) -> str:
    """The code of a refusal by the state of things."""
    return str(expect(response, 409)["code"])


def test_a_created_user_chooses_a_password_and_acts_at_once(team: Employer) -> None:
    """H124, H127: no delay of 72 hours, since a user vouches for another."""
    user, colleague = signed_in(team)
    assert (user["role_label"], user["state_label"]) == ("Gestion", "Invité")
    assert colleague.get(f"{team.base}/employees")["employees"] == []
    assert colleague.get("/employer/profile")["display_name"] == "Zoé Le Goff"
    listed = team.hr.get(f"{team.base}/users")["users"]
    assert [one["state_label"] for one in listed if one["account_id"] == user["account_id"]] == ["Actif"]


def test_users_are_found_by_name_address_role_and_state(team: Employer) -> None:
    """H122, H123: neither case nor accents matter; the list is by name."""
    user, email = created(team, display_name="Éloïse Ñandu", role="reader")

    def found(**params: str) -> set[str]:
        users = team.hr.get(f"{team.base}/users", params=params)["users"]
        assert [one["display_name"] for one in users] == sorted((one["display_name"] for one in users), key=_plain)
        return {one["account_id"] for one in users}

    me = team.hr.get("/employer/profile")["account_id"]
    assert found(text="eloise nandu") == found(text=email.upper()) == {user["account_id"]}
    assert user["account_id"] in found(role="reader", state="invited")
    assert me not in found(role="reader")
    assert me in found(state="active")
    assert found(text="personne de ce nom") == set()


def _plain(name: str) -> str:
    return name.translate(str.maketrans("ÉéïÑ", "EeiN")).casefold()


def test_a_new_role_counts_from_the_next_request_on(team: Employer) -> None:
    """H125: in an open session too."""
    user, colleague = signed_in(team)
    change = {"address": {"line1": "3 quai de la Fosse", "postcode": "44000", "city": "Nantes"}}
    expect(colleague.call("PUT", team.base, json=change), 200)
    path = f"{team.base}/users/{user['account_id']}"
    modified = expect(team.hr.call("PUT", path, json=form(team, role="reader", display_name="Zoé Riou")), 200)
    assert (modified["display_name"], modified["role_label"]) == ("Zoé Riou", "Consultation")
    assert colleague.call("PUT", team.base, json=change).status_code == 403
    assert colleague.get("/employer/profile")["role"] == "reader"


def test_suspension_cuts_sessions_and_links_at_once_until_reinstated(team: Employer) -> None:
    """H126, H127: the password stays; the same call again changes nothing."""
    user, colleague = signed_in(team)
    path = f"{team.base}/users/{user['account_id']}/suspension"
    for _ in range(2):
        assert expect(team.hr.call("POST", path), 200)["state_label"] == "Suspendu"
    assert colleague.call("GET", "/employer/profile").status_code == 401
    credentials = {"email": user["email"], "password": PASSWORD}
    assert faults(team.portal.http.post("/access/employer/sessions", json=credentials)) == {
        ("password", "wrong_credentials")
    }
    for _ in range(2):
        assert expect(team.hr.call("DELETE", path), 200)["state_label"] == "Actif"
    assert team.portal.sign_in("employer", credentials).get("/employer/profile")["email"] == user["email"]


def test_an_invited_user_who_is_reinstated_is_still_invited(team: Employer) -> None:
    """H126, H127: and gets a new link, for the former one ended."""
    user, email = created(team)
    path = f"{team.base}/users/{user['account_id']}"
    expect(team.hr.call("POST", f"{path}/suspension"), 200)
    old = team.portal.link_in(team.portal.mail(email, "mot de passe"))
    assert refusal(team.hr.call("POST", f"{path}/link")) == "not_invited"
    assert expect(team.hr.call("DELETE", f"{path}/suspension"), 200)["state_label"] == "Invité"
    assert team.portal.http.post("/access/passwords", json={"token": old, "password": PASSWORD}).status_code == 409
    expect(team.hr.call("POST", f"{path}/link"), 204)
    team.portal.choose_password(email, count=2)
    assert refusal(team.hr.call("POST", f"{path}/link")) == "not_invited"


def test_a_link_is_not_sent_again_and_again(team: Employer) -> None:
    """H127: a user's mailbox is nobody's to fill."""
    user, _ = created(team)
    path = f"{team.base}/users/{user['account_id']}/link"
    answers = [team.hr.call("POST", path).status_code for _ in range(6)]
    assert answers == [204] * 5 + [429]


def test_a_password_that_is_chosen_while_one_is_suspended_opens_nothing(team: Employer) -> None:
    """H126: what was admitted just before the suspension does not undo it."""
    user, _ = signed_in(team)
    path = f"{team.base}/users/{user['account_id']}/suspension"
    before = accounts.get(user["account_id"])
    assert before is not None
    expect(team.hr.call("POST", path), 200)
    with pytest.raises(EspaceError):
        access.change_password(before, current=PASSWORD, new=OTHER_PASSWORD, source_ip="192.0.2.1")
    after = accounts.get(user["account_id"])
    assert after is not None
    assert after.state is AccountState.SUSPENDED


def test_nobody_suspends_or_demotes_themself(team: Employer) -> None:
    """H127."""
    path = f"{team.base}/users/{team.hr.get('/employer/profile')['account_id']}"
    assert refusal(team.hr.call("POST", f"{path}/suspension")) == "own_account"
    assert refusal(team.hr.call("PUT", path, json=form(team, role="reader"))) == "own_account"
    kept = expect(team.hr.call("PUT", path, json=form(team, role="administrator", display_name="Anne Le Goff")), 200)
    assert kept["display_name"] == "Anne Le Goff"


def test_two_administrators_who_suspend_each_other_leave_one(portal: Portal) -> None:
    """H127: at the same moment, over and over; an administrator who never signed in does not count."""
    team = subscribe(portal, subscription_file())
    created(team, role="administrator")
    second, _ = signed_in(team, role="administrator")
    mine = team.hr.get("/employer/profile")["account_id"]
    pair = [accounts.get(one) for one in (mine, second["account_id"])]

    def suspend(acting: Any, other: Any) -> None:
        try:
            employer_users.suspend(acting, team.company_id, other.account_id)
        except EspaceError as error:
            refusals.append(error.code)

    refusals: list[str] = []
    threads = [threading.Thread(target=suspend, args=order) for order in (pair, pair[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    active = [
        one
        for one in accounts.users_of(team.company_id)
        if one.role is EmployerRole.ADMINISTRATOR and one.state is AccountState.ACTIVE
    ]
    assert len(active) == 1
    assert refusals == ["last_administrator"]


def test_a_user_acts_for_companies_of_the_administrator_only(team: Employer, other_employer: Employer) -> None:
    """H121, H125: neither another's company nor another's user."""
    body = form(team, company_ids=[team.company_id, other_employer.company_id])
    response = team.hr.call("POST", f"{team.base}/users", json=body | {"email": samples.email("collegue")})
    assert faults(response) == {("company_ids", "other_company")}
    theirs = other_employer.hr.get("/employer/profile")["account_id"]
    assert team.hr.call("PUT", f"{team.base}/users/{theirs}", json=form(team)).status_code == 404


@pytest.fixture(scope="module")
def group(portal: Portal) -> Employer:
    """A company with a subsidiary, both with the same administrator."""
    file = subscription_file()
    [company] = file["companies"]
    file["companies"].append(
        company | {"name": "Filiale", "siren": (siren := samples.siren()), "siret": samples.siret_of(siren)}
    )
    return subscribe(portal, file)


def test_who_administers_one_company_decides_for_that_one_only(group: Employer) -> None:
    """H121, H125, H127: of a user whom two companies share, name and role stay; that company is taken off, or given."""
    first, second = (one["company_id"] for one in group.hr.get("/employer/companies")["companies"])
    _, local = signed_in(group, role="administrator", company_ids=[first])
    shared, colleague = signed_in(group, role="reader", company_ids=[first, second])
    path = f"/employer/companies/{first}/users/{shared['account_id']}"
    [seen] = [
        one for one in local.get(f"/employer/companies/{first}/users")["users"] if one["email"] == shared["email"]
    ]
    assert seen["company_ids"] == [first]
    for change in ({"role": "administrator"}, {"role": "reader", "display_name": "Zoé Riou"}):
        body = form(group, company_ids=[first]) | change
        assert refusal(local.call("PUT", path, json=body)) == "other_company"
    assert colleague.call("GET", f"/employer/companies/{second}/users").status_code == 403
    off = form(group, role="reader", company_ids=[])
    assert expect(local.call("PUT", path, json=off), 200)["company_ids"] == []
    assert local.call("PUT", path, json=off).status_code == 404
    assert [one["company_id"] for one in colleague.get("/employer/companies")["companies"]] == [second]
    theirs = f"/employer/companies/{second}/users/{shared['account_id']}"
    assert faults(group.hr.call("PUT", theirs, json=off)) == {("company_ids", "missing")}


def test_an_address_with_a_space_elsewhere_is_answered_as_any_other(team: Employer, other_employer: Employer) -> None:
    """H20, H124: an administrator learns nothing; the address's owner alone is told, and their space stays as it is."""
    known = other_employer.file["administrator"]["email"]
    fresh = expect(
        team.hr.call("POST", f"{team.base}/users", json=form(team) | {"email": samples.email("nouveau")}), 201
    )
    theirs = expect(team.hr.call("POST", f"{team.base}/users", json=form(team) | {"email": known}), 201)
    assert theirs.keys() == fresh.keys()
    assert (theirs["state"], theirs["email"]) == (fresh["state"], known)
    listed = team.hr.get(f"{team.base}/users")["users"]
    assert known in {one["email"] for one in listed}
    team.portal.settle()
    [told] = [one for one in team.portal.mails(known) if "propose un accès" in one["subject"]]
    assert "#" not in told["text"]
    again = team.hr.call("POST", f"{team.base}/users/{theirs['account_id']}/link")
    assert again.status_code < 300
    team.portal.settle()
    assert len([one for one in team.portal.mails(known) if "propose un accès" in one["subject"]]) == 2
    signed = {"email": known, "password": PASSWORD}
    assert [
        one["company_id"] for one in team.portal.sign_in("employer", signed).get("/employer/companies")["companies"]
    ] == [other_employer.company_id]


def test_a_user_of_one_s_own_is_not_created_twice(team: Employer) -> None:
    """H124: that, an administrator knows anyway."""
    body = form(team) | {"email": samples.email("deux-fois")}
    expect(team.hr.call("POST", f"{team.base}/users", json=body), 201)
    assert faults(team.hr.call("POST", f"{team.base}/users", json=body)) == {("email", "email_used")}


def test_the_accountant_is_asked_for_until_named(team: Employer) -> None:
    """H111, H112, H114."""
    company = team.hr.get("/employer/companies")["companies"][0]
    assert company["accountant"] is None
    assert "expert-comptable" in company["prompts"][0]
    accountant = {"name": "Hélène Cadiou", "firm": "Cadiou", "email": "h@cadiou.example", "phone": "02 40 98 76 54"}
    named = expect(team.hr.call("PUT", f"{team.base}/accountant", json={"accountant": accountant}), 200)
    assert named["accountant"] == accountant | {"phone": "+33240987654"}
    assert named["prompts"] == []
    wrong = {"accountant": accountant | {"phone": "12", "email": "h"}}
    assert {place for place, _ in faults(team.hr.call("PUT", f"{team.base}/accountant", json=wrong))} == {
        "accountant.phone",
        "accountant.email",
    }


def test_the_company_says_where_it_is_and_keeps_its_name(team: Employer) -> None:
    """H110, H114: what the law knows a company by is changed by an amendment."""
    before = team.hr.get("/employer/companies")["companies"][0]
    body = {"address": {"line1": "1 rue Neuve", "postcode": "29000", "city": "Quimper"}, "phone": "0298000000"}
    after = expect(team.hr.call("PUT", team.base, json=body), 200)
    assert after["address"]["city"] == "Quimper"
    assert after["phone"] == "+33298000000"
    for kept in ("name", "siren", "siret", "numero_adherent", "broker"):
        assert after[kept] == before[kept]
    assert faults(team.hr.call("PUT", team.base, json=body | {"siren": samples.siren()})) == {
        ("siren", "extra_forbidden")
    }


def test_a_new_mobile_number_takes_the_password(team: Employer) -> None:
    """H86, H109, H114: codes to sign are sent there; it is shown masked."""
    profile = {"display_name": "Anne Le Goff", "mobile": "06 12 34 56 78"}
    assert faults(team.hr.call("PUT", "/employer/profile", json=profile)) == {("password", "wrong_password")}
    changed = expect(team.hr.call("PUT", "/employer/profile", json=profile | {"password": PASSWORD}), 200)
    assert changed["mobile_masked"] == "06 ** ** ** 78"
    renamed = expect(team.hr.call("PUT", "/employer/profile", json=profile | {"display_name": "Anne Riou"}), 200)
    assert renamed["display_name"] == "Anne Riou"
    landline = profile | {"mobile": "02 40 12 34 56", "password": PASSWORD}
    assert {place for place, _ in faults(team.hr.call("PUT", "/employer/profile", json=landline))} == {"mobile"}


def test_choosing_a_new_password_ends_every_session(team: Employer) -> None:
    """H113: the present one is asked for, the new one is judged like any other."""
    user, colleague = signed_in(team)
    wrong = {"current": "pas celui-là", "new": OTHER_PASSWORD}
    assert faults(colleague.call("PUT", "/access/password", json=wrong)) == {("current", "wrong_password")}
    weak = {"current": PASSWORD, "new": "goff"}
    assert {place for place, _ in faults(colleague.call("PUT", "/access/password", json=weak))} == {"new"}
    expect(colleague.call("PUT", "/access/password", json={"current": PASSWORD, "new": OTHER_PASSWORD}), 204)
    assert colleague.call("GET", "/employer/profile").status_code == 401
    team.portal.sign_in("employer", {"email": user["email"], "password": OTHER_PASSWORD})
    assert "modifié" in team.portal.mail(user["email"], "mot de passe a été modifié")


def test_signing_out_is_open_to_an_employer(team: Employer) -> None:
    """H21, H128."""
    _, colleague = signed_in(team)
    expect(colleague.call("DELETE", "/access/session"), 204)
    assert colleague.call("GET", "/employer/profile").status_code == 401


def test_an_address_changes_once_the_new_one_has_answered(team: Employer) -> None:
    """H19, H114: the former address is told; the link works once."""
    user, colleague = signed_in(team)
    new = samples.email("nouvelle")
    expect(colleague.call("POST", "/employer/profile/email", json={"email": new, "password": PASSWORD}), 202)
    assert colleague.get("/employer/profile")["email"] == user["email"]
    token = team.portal.link_in(team.portal.mail(new, "Confirmez"))
    team.portal.post("/access/email-confirmations", {"token": token}, 204)
    assert colleague.call("GET", "/employer/profile").status_code == 401
    assert team.portal.mail(user["email"], "a changé")
    again = team.portal.sign_in("employer", {"email": new, "password": PASSWORD})
    assert again.get("/employer/profile")["email"] == new
    former = {"email": user["email"], "password": PASSWORD}
    assert team.portal.http.post("/access/employer/sessions", json=former).status_code == 422
    team.portal.post("/access/email-confirmations", {"token": token}, 409)


def test_an_address_that_somebody_uses_is_asked_for_in_vain(team: Employer, other_employer: Employer) -> None:
    """H15, H114: the answer is the same, and nothing is sent."""
    _, colleague = signed_in(team)
    used = other_employer.file["administrator"]["email"]
    before = len(team.portal.mails(used))
    path, body = "/employer/profile/email", {"email": samples.email("libre"), "password": PASSWORD}
    free = expect(colleague.call("POST", path, json=body), 202)
    assert expect(colleague.call("POST", path, json=body | {"email": used}), 202) == free
    team.portal.settle()
    assert len(team.portal.mails(used)) == before


def test_a_new_address_takes_the_password(team: Employer) -> None:
    """H114: whoever found an open session does not make the account their own with it."""
    _, colleague = signed_in(team)
    body = {"email": samples.email("autre"), "password": "pas celui-là"}
    assert faults(colleague.call("POST", "/employer/profile/email", json=body)) == {("password", "wrong_password")}
    team.portal.settle()
    assert team.portal.mails(body["email"]) == []


def test_a_link_to_an_address_ends_after_24_hours(team: Employer) -> None:
    """H18, H114."""
    _, colleague = signed_in(team)
    new = samples.email("tardive")
    expect(colleague.call("POST", "/employer/profile/email", json={"email": new, "password": PASSWORD}), 202)
    token = team.portal.link_in(team.portal.mail(new, "Confirmez"))
    with later(hours=24, seconds=1):
        team.portal.post("/access/email-confirmations", {"token": token}, 409)
    team.portal.post("/access/email-confirmations", {"token": token}, 204)
