"""HR adds a beneficiary from an employee's sheet: documents, day of effect, card (H96, H97)."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from chalicelib.domain.member import AffiliationState
from chalicelib.storage import members
from tests import samples
from tests.portal import expect
from tests.services.conftest import Employer, Json, faults
from tests.services.test_departures import Leaver, hr_of, leaver_of

DAY = timedelta(days=1)


@pytest.fixture
def family(employer: Employer) -> Leaver:
    """An employee and a child."""
    return leaver_of(employer)


def ask(family: Leaver, **changes: Any) -> httpx.Response:
    """The answer to an addition: a child born today, unless changed."""
    today = f"{family.employer.portal.today()}"
    child = {"relationship": "enfant", "first_name": "Zoé", "last_name": "Martin"}
    body = child | {"birth_date": today, "event_on": today} | changes
    return hr_of(family.employer).call("POST", f"{family.path}/beneficiaries", json=body)


def send(family: Leaver, request: Json, *kinds: str) -> Json:
    """Send good files for some documents, or for all; the request as it then stands."""
    employer = family.employer
    path = f"{employer.base}/requests/{request['request_id']}"
    for required in request["missing"]:
        if not kinds or required["kind"] in kinds:
            employer.portal.upload(hr_of(employer), f"{path}/uploads", required, samples.pdf(required["title"]))
    employer.portal.settle()
    found: Json = hr_of(employer).get(path)
    return found


def years_ago(day: date, years: int) -> date:
    """A birth date that makes somebody so old on a day."""
    return (day.replace(day=28) if (day.month, day.day) == (2, 29) else day).replace(year=day.year - years)


def test_a_newborn_joins_once_proved_from_the_day_of_birth(family: Leaver) -> None:
    """H96, M49, M50, M57: list and card change when the request takes effect, and the member gets a mail."""
    portal = family.employer.portal
    born = portal.today() - 20 * DAY
    request = expect(ask(family, birth_date=f"{born}", event_on=f"{born}"), 201)
    assert (request["kind"], request["state"]) == ("beneficiary_addition", "PENDING_DOCUMENTS")
    assert [one["kind"] for one in request["missing"]] == ["livret_famille"]
    assert len(family.stored.beneficiaries) == 2
    card = family.stored.card_key
    assert send(family, request)["state"] == "ACCEPTED"
    zoe = family.stored.beneficiaries[-1]
    assert (zoe.name, zoe.rank, zoe.covered_from) == ("Zoé Martin", 3, born)
    assert family.covered(born) == [True, True, True]
    assert family.covered(born - DAY) == [True, True, False]
    assert family.stored.card_key != card
    portal.mail(family.form["email"], "bénéficiaire est ajouté")


@pytest.mark.parametrize(("days", "retroactive"), [(60, True), (61, False)])
def test_cover_reaches_back_sixty_days_and_no_further(employer: Employer, days: int, retroactive: bool) -> None:
    """H97, dossier 5.1: to the event, or from the declaration."""
    family = leaver_of(employer)
    event = employer.portal.today() - days * DAY
    send(family, expect(ask(family, birth_date=f"{event}", event_on=f"{event}"), 201))
    expected = event if retroactive else employer.portal.today()
    assert family.stored.beneficiaries[-1].covered_from == expected


def test_an_adult_child_waits_for_the_certificate_and_is_never_lost(family: Leaver) -> None:
    """M53, M54, M55: of age on the first day of cover; the record alone covers nobody, sixty days later neither."""
    today = family.employer.portal.today()
    form = {"first_name": "Yanis", "birth_date": f"{years_ago(today, 18)}"}
    assert faults(ask(family, **form)) == {("nir", "missing")}
    request = expect(ask(family, **form, nir=samples.nir(sex=1)), 201)
    half = send(family, request, "livret_famille")
    assert [one["kind"] for one in half["missing"]] == ["certificat_situation"]
    assert len(family.stored.beneficiaries) == 2
    assert half["due_on"] is None
    assert send(family, half)["state"] == "ACCEPTED"
    assert family.covered(today) == [True, True, True]
    minor = expect(ask(family, first_name="Nora", birth_date=f"{years_ago(today, 18) + DAY}"), 201)
    assert [one["kind"] for one in minor["missing"]] == ["livret_famille"]


def test_nobody_is_added_twice_and_only_one_partner(family: Leaver) -> None:
    """H97, M52: by name and birth date, however written; asked for or covered already."""
    first = expect(ask(family), 201)
    again = expect(ask(family, first_name="ZOE", last_name="martin"), 409)
    assert (again["code"], again["request_id"]) == ("already_requested", first["request_id"])
    send(family, first)
    assert expect(ask(family), 409)["code"] == "already_covered"
    partner = {"first_name": "Paul", "birth_date": "1990-01-01", "nir": samples.nir(sex=1)}
    married = expect(ask(family, relationship="conjoint", **partner), 201)
    send(family, married)
    other = partner | {"first_name": "Jean", "nir": samples.nir(sex=1)}
    assert expect(ask(family, relationship="partenaire_pacs", **other), 409)["code"] == "partner_covered"


def test_of_two_partners_asked_for_the_first_one_proved_joins(family: Leaver) -> None:
    """H97, M52: the other request is closed with its reason, whatever is sent for it."""
    people = [{"relationship": "conjoint", "first_name": "Paul"}, {"relationship": "concubin", "first_name": "Jean"}]
    adult = {"birth_date": "1990-01-01"}
    first, second = [expect(ask(family, **one, **adult, nir=samples.nir(sex=1)), 201) for one in people]
    assert send(family, second)["state"] == "ACCEPTED"
    assert send(family, first)["state"] == "CLOSED"
    assert [one.first_name for one in family.stored.beneficiaries[2:]] == ["Jean"]


def test_what_cannot_be_is_refused_in_its_field(family: Leaver) -> None:
    """M52, M54."""
    today = family.employer.portal.today()
    tomorrow = f"{today + DAY}"
    assert faults(ask(family, event_on=tomorrow)) == {("event_on", "future")}
    assert faults(ask(family, event_on=f"{today - DAY}")) == {("event_on", "before_birth")}
    old = {"birth_date": "1980-01-01", "nir": samples.nir()}
    assert faults(ask(family, **old)) == {("birth_date", "too_old")}
    assert faults(ask(family, relationship="conjoint")) == {("birth_date", "minor_partner")}
    assert faults(ask(family, relationship="cousin", nir="123")) >= {("relationship", "enum")}


def test_a_prevoyance_contract_has_no_beneficiaries(employer: Employer) -> None:
    """M48, M39."""
    assert ask(leaver_of(employer, str(employer.provident["number"]))).status_code == 404


def test_whoever_has_left_adds_nobody(family: Leaver) -> None:
    """H80, H97: until the last day one may, and the newcomer leaves with the others."""
    portal = family.employer.portal
    last = portal.today() + 5 * DAY
    waiting = expect(ask(family, first_name="Attente"), 201)
    expect(family.declare(last, reason="demission"), 201)
    send(family, waiting)
    send(family, expect(ask(family), 201))
    assert family.covered(last) == [True, True, True, True]
    assert family.covered(last + DAY) == [False, False, False, False]
    gone = leaver_of(family.employer)
    late = expect(ask(gone), 201)
    expect(gone.declare(portal.today() - DAY, reason="demission"), 201)
    assert expect(ask(gone, first_name="Trop tard"), 409)["code"] == "not_affiliated"
    closed = send(gone, late)
    assert (closed["state"], len(gone.stored.beneficiaries)) == ("CLOSED", 2)
    assert gone.stored.state is AffiliationState.TERMINATED


def test_additions_stay_within_a_company(family: Leaver, other_employer: Employer) -> None:
    """H121, M16: no id of another company leads to the employee, and no answer holds the NIR."""
    nir = samples.nir(sex=1)
    answer = ask(family, birth_date="2002-02-03", nir=nir)
    request = expect(answer, 201)
    assert nir not in answer.text
    other = hr_of(other_employer)
    body = {"relationship": "enfant", "first_name": "Zoé", "last_name": "M", "birth_date": "2020-01-01"}
    path = f"{other_employer.base}/employees/{family.member_id}/beneficiaries"
    assert other.call("POST", path, json=body | {"event_on": "2020-01-01"}).status_code == 404
    assert other.call("GET", f"{other_employer.base}/requests/{request['request_id']}").status_code == 404
    stored = members.get(family.member_id)
    assert stored is not None
    assert len(stored.beneficiaries) == 2
