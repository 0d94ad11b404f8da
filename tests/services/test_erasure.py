"""Erasing a person: what goes at once, what the law keeps and until when, and that nothing is left at the end."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from chalicelib import clock
from chalicelib.domain.errors import NotFound
from chalicelib.domain.retention import Category, Erased
from chalicelib.services import erasure
from chalicelib.storage import members
from chalicelib.storage.transaction import Transaction
from tests import samples
from tests.portal import expect
from tests.services.conftest import Back, Employer, Json, Patient, later, open_member_space, room


def ended(member_id: str, on: date) -> None:
    """Let the cover of a member have ended on a day."""
    member = members.get(member_id)
    assert member is not None
    over = tuple(replace(one, ends_on=on) for one in member.affiliations)
    with Transaction() as transaction:
        members.save(transaction, replace(member, affiliations=over))


def erase(agent: Back, member_id: str) -> dict[str, Json]:
    """The report of an erasure, by category."""
    report = expect(agent.agent.call("POST", f"/backoffice/members/{member_id}/erasure"), 200)
    return {one["category"]: one for one in report["categories"]}


_letters = iter("ABCDE")


@pytest.fixture
def gone(employer: Employer, agent: Back, yesterday: date) -> tuple[str, Json, str]:
    """Somebody with a paid claim and a card, whose cover ended yesterday: their id, form and numéro adhérent."""
    form = samples.enrolled_member(employer.health_number, last_name=f"Kervella-{next(_letters)}")
    report = employer.enrol(form)
    number = report["members"][0]["numero_adherent"]
    user = open_member_space(employer.portal, number, form)
    beneficiary_id = user.get("/member")["beneficiaries"][0]["beneficiary_id"]
    Patient(employer.portal, user, beneficiary_id, number).paid(room(yesterday))
    member_id = agent.agent.get("/backoffice/members", params={"numero_adherent": number})["member_id"]
    employer.portal.settle()
    return member_id, form, number


def test_somebody_covered_is_not_erased(gone: tuple[str, Json, str], agent: Back) -> None:
    """M115."""
    refused = expect(agent.agent.call("POST", f"/backoffice/members/{gone[0]}/erasure"), 409)
    assert refused["code"] == "still_covered"


def test_what_nothing_asks_to_keep_goes_at_once_and_the_rest_says_until_when(
    gone: tuple[str, Json, str], agent: Back, tables: Callable[[], Json]
) -> None:
    """M115: the way in, the addresses and the card; claims stay two years, accounting records ten."""
    member_id, form, number = gone
    ended(member_id, clock.today() - timedelta(days=1))
    report = erase(agent, member_id)
    assert {name: (one["erased"] > 0, one["kept"]) for name, one in report.items()} == {
        "access": (True, 0),
        "contact": (True, 0),
        "card": (True, 0),
        "claim_files": (False, 1),
        "accounting": (False, 1),
        "identity": (False, 1),
    }
    today = clock.today()
    assert report["claim_files"]["kept_until"] == f"{today.replace(year=today.year + 2)}"
    assert report["identity"]["kept_until"] == report["accounting"]["kept_until"]
    assert "L123-22" in report["accounting"]["source"]
    kept = json.dumps({name: items for name, items in tables().items() if not name.endswith("-outbox")})
    assert form["email"] not in kept
    credentials = {"identifier": number, "password": "peu importe"}
    assert agent.portal.http.post("/access/member/sessions", json=credentials).status_code == 422
    again = erase(agent, member_id)
    assert {one["erased"] for one in again.values()} == {0}


def test_in_the_end_nothing_is_left(gone: tuple[str, Json, str], agent: Back, tables: Callable[[], Json]) -> None:
    """M115: after two years the files, after ten the rest, then the person; and a second call finds nobody."""
    member_id, form, _ = gone
    ended(member_id, clock.today() - timedelta(days=1))
    erase(agent, member_id)
    with later(days=2 * 366):
        assert _of(Category.CLAIM_FILES, member_id) == Erased(category=Category.CLAIM_FILES, erased=1)
    with later(days=10 * 366):
        assert _of(Category.IDENTITY, member_id) == Erased(category=Category.IDENTITY, erased=1)
        with pytest.raises(NotFound):
            erasure.erase(member_id)
    left = [
        f"{name}: {what}"
        for name, items in tables().items()
        for what in (member_id, form["last_name"], form["email"])
        if not name.endswith("-outbox") and what in json.dumps(items)
    ]
    assert left == []


def _of(category: Category, member_id: str) -> Erased:
    return next(one for one in erasure.erase(member_id) if one.category is category)
