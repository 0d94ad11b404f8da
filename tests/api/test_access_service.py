"""First connection, links, passwords, sign-in and throttling, as somebody at the door sees them.

Requirements H9–H20, H127, H130–H137, M4–M15, M118.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from chalicelib import clock
from chalicelib.api.access import canonical
from chalicelib.domain.account import AccountState
from chalicelib.services import throttling
from local.stack import Stack
from tests import samples
from tests.api import AGENT, Employer, Person, World, account_of, aws_calls, employ, enrol, unknown_number
from tests.portal import PASSWORD, Portal

WRONG_PAIR = {
    "field": "password",
    "code": "wrong_credentials",
    "detail": "L’identifiant ou le mot de passe est incorrect.",
}
OTHER_PASSWORD = "Neuf-goélands.gris-42"


@pytest.fixture(scope="module")
def employer(portal: Portal) -> Employer:
    """A company whose subscription has just been confirmed by mail."""
    return employ(portal)


@pytest.fixture(scope="module")
def person(portal: Portal, employer: Employer) -> Person:
    """A member whose affiliation has just been confirmed by mail."""
    return enrol(portal, employer, samples.enrolled_member(employer.numbers["prevoyance"], last_name="Guivarch"))[0]


@pytest.fixture(scope="module")
def opened(stack: Stack, employer: Employer, person: Person) -> None:
    """Both spaces are open."""
    stack.advance(timedelta(hours=73))


@pytest.fixture
def window(stack: Stack) -> None:
    """A quarter of an hour has just begun, so that no attempt is counted yet."""
    now = int(clock.now().timestamp())
    stack.advance(timedelta(seconds=900 - now % 900 + 1))


@pytest.fixture(scope="module")
def newcomers(portal: Portal, employer: Employer, opened: None) -> Iterator[Person]:
    """Members without a password yet, somebody else at each call."""
    contract = employer.numbers["prevoyance"]
    return iter(enrol(portal, employer, *(samples.enrolled_member(contract) for _ in range(24))))


@pytest.fixture
def member(world: World, newcomers: Iterator[Person], window: None) -> Person:
    """Somebody who signs in with ``PASSWORD``."""
    return _with_password(world, next(newcomers))


def _with_password(world: World, person: Person) -> Person:
    kept = account_of(world.people[AGENT]).password_hash
    opened_at = clock.now() - timedelta(hours=72)
    world.change_account(person, state=AccountState.ACTIVE, password_hash=kept, confirmed_at=opened_at)
    return person


def _employer_answers(employer: Employer, **changes: str) -> dict[str, str]:
    right = {"numero_adherent": employer.numero_adherent, "siren": employer.siren, "postcode": "44000"}
    return right | changes


def _member_answers(person: Person, **changes: str) -> dict[str, str]:
    form = person.form
    right = {
        "numero_adherent": person.numero_adherent,
        "nir_last8": form["nir"][5:13],
        "birth_date": form["birth_date"],
    }
    return right | changes


def _post(portal: Portal, path: str, body: dict[str, Any]) -> httpx.Response:
    return portal.http.post(path, json=body)


def _ask(portal: Portal, space: str, what: str, **body: str) -> tuple[int, str, list[str]]:
    """Status, body and calls to AWS of a request at the door."""
    with aws_calls() as calls:
        response = _post(portal, f"/access/{space}/{what}", body)
    return response.status_code, response.text, [call.operation for call in calls]


def _sign_in(portal: Portal, identifier: str, password: str = PASSWORD) -> httpx.Response:
    return _post(portal, "/access/member/sessions", {"identifier": identifier, "password": password})


def _links(portal: Portal, email: str) -> list[str]:
    """The tokens of the password links that somebody got, newest first."""
    portal.settle()
    return [portal.link_in(mail["text"]) for mail in portal.mails(email) if "mot-de-passe#" in mail["text"]]


def _choose(portal: Portal, token: str, password: str = OTHER_PASSWORD) -> httpx.Response:
    return _post(portal, "/access/passwords", {"token": token, "password": password})


def _forgot(portal: Portal, person: Person) -> str:
    """The token of a link that somebody has just asked for."""
    before = len(_links(portal, person.email))
    response = _post(portal, "/access/member/forgotten-password", {"identifier": person.email})
    assert response.status_code == 202, response.text
    links = _links(portal, person.email)
    assert len(links) == before + 1
    return links[0]


def _until(stack: Stack, instant: datetime) -> None:
    stack.advance(max(timedelta(), instant - clock.now()))


def test_a_space_opens_72_hours_after_its_confirmation(
    portal: Portal, stack: Stack, employer: Employer, person: Person
) -> None:
    """H9, M4: refused with a dated reason at 71 h 59, accepted at 72 h 00; no link is mailed before."""
    doors: list[tuple[str, dict[str, str], Person]] = [
        ("/access/employer/first-connection", _employer_answers(employer), employer.administrator),
        ("/access/member/first-connection", _member_answers(person), person),
    ]
    for path, answers, who in sorted(doors, key=lambda door: str(account_of(door[2]).confirmed_at)):
        confirmed_at = account_of(who).confirmed_at
        assert confirmed_at is not None
        _until(stack, confirmed_at + timedelta(hours=71, minutes=59))
        early = _post(portal, path, answers)
        assert early.status_code == 409
        assert early.json()["code"] == "space_not_open"
        assert early.json()["opens_at"] == (confirmed_at + timedelta(hours=72)).isoformat()
        assert "Votre espace ouvrira le " in early.json()["detail"]
        assert not _links(portal, who.email)
    for path, answers, who in doors:
        confirmed_at = account_of(who).confirmed_at
        assert confirmed_at is not None
        _until(stack, confirmed_at + timedelta(hours=72))
        assert _post(portal, path, answers).status_code == 202
        assert len(_links(portal, who.email)) == 1


@pytest.mark.usefixtures("opened", "window")
def test_no_answer_tells_which_of_the_three_is_wrong_to_an_employer(portal: Portal, employer: Employer) -> None:
    """H11, H12, H13, H14, H15: right or wrong, one status and body, the same calls; a mail only when all is right."""
    before = len(_links(portal, employer.administrator.email))
    attempts = [
        _employer_answers(employer),
        _employer_answers(employer, siren=samples.siren()),
        _employer_answers(employer, postcode="29200"),
        _employer_answers(employer, numero_adherent=unknown_number()),
    ]
    _all_alike([_ask(portal, "employer", "first-connection", **answers) for answers in attempts])
    assert len(_links(portal, employer.administrator.email)) == before + 1


@pytest.mark.usefixtures("opened", "window")
def test_no_answer_tells_which_of_the_three_is_wrong_to_a_member(
    portal: Portal, person: Person, employer: Employer
) -> None:
    """H130, H131, H132, H133, M6, M7, M8, M9, M10, M15."""
    before = len(_links(portal, person.email))
    attempts = [
        _member_answers(person),
        _member_answers(person, nir_last8="75099998"),
        _member_answers(person, birth_date="1990-05-18"),
        _member_answers(person, numero_adherent=unknown_number()),
        _member_answers(person, numero_adherent=employer.numero_adherent),
    ]
    _all_alike([_ask(portal, "member", "first-connection", **answers) for answers in attempts])
    assert len(_links(portal, person.email)) == before + 1


def _all_alike(answers: list[tuple[int, str, list[str]]]) -> None:
    first = answers[0]
    assert first[0] in {202, 422}
    assert first[2]
    for answer in answers[1:]:
        assert answer == first


def test_a_wrong_answer_looks_the_same_before_the_space_opens(portal: Portal, employer: Employer) -> None:
    """H15: only who gives all three right answers learns when the space opens."""
    new = employ(portal)
    before = _post(portal, "/access/employer/first-connection", _employer_answers(new, postcode="29200"))
    unknown = _post(
        portal, "/access/employer/first-connection", _employer_answers(new, numero_adherent=unknown_number())
    )
    assert (before.status_code, before.text) == (unknown.status_code, unknown.text) == (202, before.text)


def test_a_forgotten_password_tells_nothing_of_the_account(
    world: World, portal: Portal, member: Person, newcomers: Iterator[Person]
) -> None:
    """H20, M14, M15: known, unknown, suspended, not open yet: one answer, the same calls, a mail to the known only."""
    closed, suspended = next(newcomers), next(newcomers)
    world.change_account(closed, confirmed_at=clock.now() - timedelta(hours=71))
    world.change_account(suspended, state=AccountState.SUSPENDED, confirmed_at=clock.now() - timedelta(hours=72))
    emails = [member.email, samples.email("inconnu"), closed.email, suspended.email]
    _all_alike([_ask(portal, "member", "forgotten-password", identifier=email) for email in emails])
    numbers = [member.numero_adherent, unknown_number(), closed.numero_adherent, suspended.numero_adherent]
    _all_alike([_ask(portal, "member", "forgotten-password", identifier=number) for number in numbers])
    assert [len(_links(portal, email)) for email in emails] == [2, 0, 0, 0]


@pytest.mark.usefixtures("opened", "window")
@pytest.mark.parametrize("space", ["employer", "backoffice"])
def test_a_forgotten_password_tells_nothing_in_the_other_spaces(
    world: World, portal: Portal, employer: Employer, space: str
) -> None:
    known = employer.administrator.email if space == "employer" else world.people[AGENT].email
    before = len(_links(portal, known))
    answers = [_ask(portal, space, "forgotten-password", email=email) for email in (known, samples.email("inconnu"))]
    _all_alike(answers)
    assert len(_links(portal, known)) == before + 1


def test_signing_in_tells_nothing_of_the_account(
    world: World, portal: Portal, member: Person, newcomers: Iterator[Person]
) -> None:
    """H15, M15: wrong password, unknown identifier, no password yet, suspended: one answer and the same calls."""
    new, suspended = next(newcomers), _with_password(world, next(newcomers))
    world.change_account(suspended, state=AccountState.SUSPENDED)
    by_address = [
        _ask(portal, "member", "sessions", identifier=member.email, password=OTHER_PASSWORD),
        _ask(portal, "member", "sessions", identifier=samples.email("inconnu"), password=OTHER_PASSWORD),
        _ask(portal, "member", "sessions", identifier=new.email, password=OTHER_PASSWORD),
        _ask(portal, "member", "sessions", identifier=suspended.email, password=PASSWORD),
    ]
    by_number = [
        _ask(portal, "member", "sessions", identifier=number, password=OTHER_PASSWORD)
        for number in (member.numero_adherent, unknown_number())
    ]
    for answers in (by_address, by_number):
        _all_alike(answers)
        assert json.loads(answers[0][1])["errors"] == [WRONG_PAIR]


def test_known_and_unknown_are_slowed_down_alike(portal: Portal, member: Person) -> None:
    """M15: after five tries both, whatever the capitals, and until the same moment."""
    slowed = []
    for identifier in (member.email, samples.email("inconnu")):
        tries = [_sign_in(portal, _typed(identifier, number), OTHER_PASSWORD) for number in range(6)]
        assert [one.status_code for one in tries] == [422] * 5 + [429]
        slowed.append(tries[-1].json())
    assert slowed[0] == slowed[1]


def _typed(identifier: str, number: int) -> str:
    """The same identifier, in capitals every other time."""
    return identifier.upper() if number % 2 else identifier


def test_five_tries_then_a_lock_that_ends(portal: Portal, stack: Stack, member: Person) -> None:
    """M118: the sixth try is refused, even with the right password, until the quarter of an hour is over."""
    for _ in range(5):
        assert _sign_in(portal, member.email, OTHER_PASSWORD).status_code == 422
    locked = _sign_in(portal, member.email)
    assert locked.status_code == 429
    assert locked.json()["code"] == "too_many_attempts"
    assert 0 < int(locked.headers["Retry-After"]) <= 900
    retry_at = datetime.fromisoformat(locked.json()["retry_at"])
    assert timedelta() < retry_at - clock.now() <= timedelta(minutes=15)
    assert "Trop de tentatives. Réessayez après le " in locked.json()["detail"]
    _until(stack, retry_at)
    assert _sign_in(portal, member.email).status_code == 201


def test_both_identifiers_of_a_member_share_the_tries(portal: Portal, member: Person) -> None:
    """Numéro adhérent and e-mail open the same account: five tries in all."""
    for identifier in [member.email, member.numero_adherent] * 2 + [member.email.upper()]:
        assert _sign_in(portal, identifier, OTHER_PASSWORD).status_code == 422
    assert _sign_in(portal, member.numero_adherent, OTHER_PASSWORD).status_code == 429


def test_trying_on_does_not_make_a_lock_longer(portal: Portal, stack: Stack, member: Person) -> None:
    """Whoever keeps guessing during the lock, or guesses once after it, does not keep the owner out."""
    ends = []
    for _ in range(12):
        response = _sign_in(portal, member.email, OTHER_PASSWORD)
        if response.status_code == 429:
            ends.append(response.json()["retry_at"])
    assert len(ends) == 7
    assert len(set(ends)) == 1
    _until(stack, datetime.fromisoformat(ends[0]))
    assert _sign_in(portal, member.email, OTHER_PASSWORD).status_code == 422
    assert _sign_in(portal, member.email).status_code == 201


def test_signing_in_rightly_is_never_too_often(portal: Portal, member: Person) -> None:
    """A right password starts the count again."""
    for password, status in [(OTHER_PASSWORD, 422)] * 4 + [(PASSWORD, 201)] + [(OTHER_PASSWORD, 422)] * 2:
        assert _sign_in(portal, member.email, password).status_code == status


def test_an_address_that_guesses_is_slowed_down_and_then_harms_nobody(
    portal: Portal, stack: Stack, member: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M15: an address has its own share; once that is used up, its tries do not count against the owner."""
    address = "203.0.113.9"
    monkeypatch.setattr(throttling, "PER_ADDRESS", 8)
    for number in range(8):
        throttling.admit_attempt("sign-in", target=f"somebody {number}", source_ip=address)
    transport = httpx.WSGITransport(app=stack.wsgi, remote_addr=address)
    with httpx.Client(transport=transport, base_url="http://localhost:8000") as attacker:
        for _ in range(6):
            body = {"identifier": member.email, "password": OTHER_PASSWORD}
            refused = attacker.post("/access/member/sessions", json=body)
            assert refused.status_code == 429
            assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert _sign_in(portal, member.email).status_code == 201


@pytest.mark.usefixtures("opened", "window")
@pytest.mark.parametrize("space", ["employer", "member"])
def test_first_connections_are_counted_per_number(
    portal: Portal, employer: Employer, person: Person, space: str
) -> None:
    """H15, M15: SIREN and postcode are public, so five tries per number; another number is not concerned."""
    right = _employer_answers(employer) if space == "employer" else _member_answers(person)
    wrong = right | ({"postcode": "29200"} if space == "employer" else {"birth_date": "1991-01-01"})
    path = f"/access/{space}/first-connection"
    for _ in range(5):
        assert _post(portal, path, wrong).status_code == 202
    assert _post(portal, path, right).status_code == 429
    assert _post(portal, path, right | {"numero_adherent": unknown_number()}).status_code == 202


def test_forgotten_passwords_are_counted_per_identifier(portal: Portal, member: Person) -> None:
    """Nobody can fill somebody's mailbox: five mails per quarter of an hour."""
    bodies = [{"identifier": _typed(member.email, number)} for number in range(7)]
    statuses = [_post(portal, "/access/member/forgotten-password", body).status_code for body in bodies]
    assert statuses == [202] * 5 + [429] * 2
    assert len(_links(portal, member.email)) == 5


def test_a_link_works_once(portal: Portal, member: Person) -> None:
    """H18, M15."""
    token = _forgot(portal, member)
    assert _choose(portal, token).status_code == 204
    again = _choose(portal, token, PASSWORD)
    assert (again.status_code, again.json()["code"]) == (409, "link_unusable")
    assert _sign_in(portal, member.email, OTHER_PASSWORD).status_code == 201
    assert _sign_in(portal, member.email, PASSWORD).status_code == 422


def test_a_link_works_for_24_hours(portal: Portal, stack: Stack, member: Person) -> None:
    """H18."""
    first = _forgot(portal, member)
    asked_at = clock.now()
    _until(stack, asked_at + timedelta(hours=23, minutes=59))
    assert _choose(portal, first).status_code == 204
    second = _forgot(portal, member)
    stack.advance(timedelta(hours=24, seconds=1))
    assert _choose(portal, second, PASSWORD).json()["code"] == "link_unusable"


def test_every_other_link_ends_with_the_first_one_used(portal: Portal, member: Person) -> None:
    """H18: until then each works, so that a person may follow the mail at hand; then an old mail opens nothing."""
    older, newest = _forgot(portal, member), _forgot(portal, member)
    assert older != newest
    assert _choose(portal, newest).status_code == 204
    assert _choose(portal, older, PASSWORD).json()["code"] == "link_unusable"
    assert _sign_in(portal, member.email, OTHER_PASSWORD).status_code == 201


def test_a_link_to_a_former_address_ends_when_the_address_changes(world: World, portal: Portal, member: Person) -> None:
    """H136, M13: what was mailed to the former address opens nothing any more."""
    token = _forgot(portal, member)
    path = f"/backoffice/members/{member.member_id}/email"
    recorded = world.as_(AGENT, "PUT", path, json={"email": samples.email("nouvelle")})
    assert recorded.status_code == 200, recorded.text
    assert _choose(portal, token).json()["code"] == "link_unusable"


@pytest.mark.parametrize("token", ["x", "." * 50, "a" * 32 + "." + "b" * 43, "é" * 60, "0" * 32 + "." + "0" * 64])
def test_a_made_up_link_is_unusable(portal: Portal, token: str) -> None:
    response = _choose(portal, token)
    assert (response.status_code, response.json()["code"]) == (409, "link_unusable")


def test_a_link_of_a_suspended_account_is_unusable(world: World, portal: Portal, member: Person) -> None:
    """H127: suspension is not undone by a mail sent before."""
    token = _forgot(portal, member)
    world.change_account(member, state=AccountState.SUSPENDED)
    assert _choose(portal, token).json()["code"] == "link_unusable"
    assert account_of(member).state is AccountState.SUSPENDED


REFUSED_PASSWORDS = [
    ("Court-7é", "too_weak"),
    ("toutenminuscules", "too_weak"),
    ("Motdepasse-2024!", "predictable"),
    ("Azertyuiop-12345", "predictable"),
    ("Grand-{name}-71x", "personal"),
    ("Boîte.{address}.Z-", "personal"),
    ("Vive-{number}-été", "personal"),
    ("Chez.{company}.Xz9", "personal"),
    ("Tabul\taire-longue-7", "invisible_character"),
    ("Ab1-" * 40, "too_long"),
]


@pytest.mark.usefixtures("opened", "window")
def test_a_refused_password_is_explained_and_leaves_the_link_usable(
    world: World, portal: Portal, employer: Employer
) -> None:
    """H17, M10, M15: each rule has its sentence, in French; nothing that others know of the person is accepted."""
    form = samples.enrolled_member(
        employer.numbers["prevoyance"], last_name="Guivarch", email=samples.email("ptitlouis")
    )
    who = _with_password(world, enrol(portal, employer, form)[0])
    token = _forgot(portal, who)
    known = {"name": "guivarch", "address": "ptitlouis", "number": who.numero_adherent, "company": employer.name}
    for pattern, code in REFUSED_PASSWORDS:
        password = pattern.format(**known)
        refused = _choose(portal, token, password)
        assert refused.status_code == 422, pattern
        faults = refused.json()["errors"]
        assert code in {fault["code"] for fault in faults}, (pattern, faults)
        assert {fault["field"] for fault in faults} == {"password"}
        assert all("mot de passe" in fault["detail"] or "Choisissez" in fault["detail"] for fault in faults)
        assert password not in refused.text
    assert _choose(portal, token).status_code == 204


@pytest.mark.usefixtures("opened", "window")
def test_an_employers_password_holds_neither_the_company_nor_its_number(
    world: World, portal: Portal, employer: Employer
) -> None:
    """H17: the rule is the same in the three spaces."""
    answers = _employer_answers(employer)
    assert _post(portal, "/access/employer/first-connection", answers).status_code == 202
    token = _links(portal, employer.administrator.email)[0]
    for password in (f"Chez.{employer.name}.Xz9", f"Vive-{employer.numero_adherent}-été"):
        assert {fault["code"] for fault in _choose(portal, token, password).json()["errors"]} == {"personal"}
    assert _choose(portal, token).status_code == 204


def test_an_agent_chooses_a_first_password_with_the_link_mailed(world: World, portal: Portal) -> None:
    """M115: the agent's own mail holds the link; nothing opens after 72 hours here."""
    email = samples.email("agente")
    file = {
        "kind": "agents",
        "reference": f"AG-{email.partition('@')[0]}",
        "agents": [{"first_name": "Rozenn", "last_name": "Le Bihan", "email": email}],
    }
    assert portal.drop("agents.json", file)["outcome"] == "accepted"
    assert _choose(portal, _links(portal, email)[0]).status_code == 204
    signed_in = _post(portal, "/access/backoffice/sessions", {"email": email, "password": OTHER_PASSWORD}).json()
    assert signed_in["kind"] == "agent"
    assert world.call("GET", "/backoffice/queue", signed_in["token"]).status_code == 200
    assert world.call("GET", "/member", signed_in["token"]).status_code == 403


def test_a_new_password_ends_every_session_and_is_announced(world: World, portal: Portal, member: Person) -> None:
    """M118: the owner is told by mail, and whoever was signed in is not any more."""
    sessions = [world.session(member), world.session(member)]
    assert _choose(portal, _forgot(portal, member)).status_code == 204
    assert [world.call("GET", "/member", token).status_code for token in sessions] == [401, 401]
    portal.settle()
    assert "Votre mot de passe a été modifié" in portal.mails(member.email)[0]["subject"]


def test_a_member_signs_in_with_number_or_address(portal: Portal, member: Person) -> None:
    """H134, M11: spaces and capitals as people type them."""
    number = member.numero_adherent
    typed = [number, f" {number[:3]} {number[3:7]} {number[7:]} ", member.email, f"  {member.email.upper()} "]
    for identifier in typed:
        response = _sign_in(portal, identifier)
        assert response.status_code == 201, identifier
        assert response.json()["kind"] == "member"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" 1 2345 67 ", "1234567"),
        ("lea@bücher.example", "lea@xn--bcher-kva.example"),
        ("  ni l’un ni l’autre ", "ni l’un ni l’autre"),
    ],
)
def test_an_identifier_is_read_as_it_was_recorded(typed: str, kept: str) -> None:
    """H134: an address with accents in its domain is kept in its ASCII form, and found by it."""
    assert canonical(typed) == kept


@pytest.mark.usefixtures("opened", "window")
def test_an_employer_signs_in_with_an_address_in_any_case(world: World, portal: Portal, employer: Employer) -> None:
    """H19, H20."""
    _with_password(world, employer.administrator)
    body = {"email": employer.administrator.email.upper(), "password": PASSWORD}
    assert _post(portal, "/access/employer/sessions", body).json()["kind"] == "employer"
    for space in ("member", "backoffice"):
        name = "identifier" if space == "member" else "email"
        other = {name: employer.administrator.email, "password": PASSWORD}
        assert _post(portal, f"/access/{space}/sessions", other).status_code == 422


@pytest.mark.usefixtures("opened", "window")
def test_one_address_may_hold_an_employers_and_a_members_space(
    world: World, portal: Portal, employer: Employer
) -> None:
    """H20: whoever runs the company is often insured by it too; each space has its own account."""
    administrator = _with_password(world, employer.administrator)
    form = samples.enrolled_member(employer.numbers["prevoyance"], email=administrator.email)
    insured = _with_password(world, enrol(portal, employer, form)[0])
    as_employer = _post(
        portal, "/access/employer/sessions", {"email": administrator.email, "password": PASSWORD}
    ).json()
    as_member = _sign_in(portal, administrator.email).json()
    assert (as_employer["kind"], as_member["kind"]) == ("employer", "member")
    assert insured.account_id != administrator.account_id
    assert world.call("GET", "/member", as_employer["token"]).status_code == 403
    assert world.call("GET", "/employer/companies", as_member["token"]).status_code == 403


@pytest.mark.usefixtures("opened")
def test_a_member_without_an_address_gets_in_once_an_agent_has_recorded_it(
    world: World, portal: Portal, stack: Stack, employer: Employer
) -> None:
    """H135, H136, H137, M12, M13, M14: no mail is possible at first; the recorded address then gets the link."""
    form = samples.enrolled_member(employer.numbers["prevoyance"], email=None)
    who = enrol(portal, employer, form)[0]
    stack.advance(timedelta(hours=72))
    answer = _post(portal, "/access/member/first-connection", _member_answers(who))
    assert answer.status_code == 202
    assert "production@" in answer.json()["detail"]
    email = samples.email("arrivee")
    path = f"/backoffice/members/{who.member_id}/email"
    assert world.as_(AGENT, "PUT", path, json={"email": email}).status_code == 200
    portal.settle()
    assert "enregistrée" in portal.mails(email)[0]["subject"]
    body = {"identifier": who.numero_adherent}
    assert _post(portal, "/access/member/forgotten-password", body).status_code == 202
    assert _choose(portal, _links(portal, email)[0]).status_code == 204
    assert _sign_in(portal, email, OTHER_PASSWORD).status_code == 201


def test_the_token_of_a_link_stays_behind_the_hash(portal: Portal, member: Person) -> None:
    """H18: browsers send nothing behind the # to any server, so no access log holds it."""
    _forgot(portal, member)
    text = portal.mails(member.email)[0]["text"]
    assert "/mot-de-passe#" in text
    assert "?" not in next(line for line in text.splitlines() if "/mot-de-passe#" in line)
