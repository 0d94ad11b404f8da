"""Erasing a person: what goes at once, what the law keeps and until when, and that nothing is left at the end."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from chalicelib import clock
from chalicelib.domain.erasure import ErasureState
from chalicelib.domain.errors import NotFound
from chalicelib.domain.privacy import Sharing
from chalicelib.domain.retention import Category
from chalicelib.gateways import documents
from chalicelib.services import erasure
from chalicelib.storage import flows, identities, journal, members
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Transaction
from local.stack import Stack
from tests import samples
from tests.portal import expect
from tests.services.conftest import (
    Back,
    Employer,
    Json,
    Patient,
    later,
    open_member_space,
    refused,
    room,
    sign_in_member,
)
from tests.services.test_bank_details import stored
from tests.services.test_departures import leaver_of
from tests.services.test_member_bank_details import Own


def ended(member_id: str, on: date) -> None:
    """Let the cover of a member have ended on a day."""
    member = members.get(member_id)
    assert member is not None
    over = tuple(replace(one, ends_on=on) for one in member.affiliations)
    with Transaction() as transaction:
        members.save(transaction, replace(member, affiliations=over))


def erased(agent: Back, member_id: str) -> dict[str, Json]:
    """What an erasure that an agent asks for has done once everything rests, by category."""
    expect(agent.agent.call("POST", f"/backoffice/members/{member_id}/erasure"), 202)
    agent.portal.settle()
    return report(agent, member_id)


def report(agent: Back, member_id: str) -> dict[str, Json]:
    """What became of a person's data so far, by category."""
    told = agent.agent.get(f"/backoffice/members/{member_id}/erasure")
    return {one["category"]: one for one in told["categories"]}


_letters = iter("ABCDEFGH")


@pytest.fixture
def gone(employer: Employer, agent: Back, yesterday: date) -> tuple[str, Json, str]:
    """Somebody with a paid claim and a card, whose cover ended yesterday: their id, form and numéro adhérent."""
    form = samples.enrolled_member(employer.health_number, last_name=f"Kervella-{next(_letters)}")
    report = employer.enrol(form)
    number = report["members"][0]["numero_adherent"]
    user = open_member_space(employer.portal, number, form)
    beneficiary_id = user.get("/member")["beneficiaries"][0]["beneficiary_id"]
    Patient(employer.portal, user, beneficiary_id, number).paid(room(yesterday))
    member_id = agent.agent.get(
        "/backoffice/members", params={"numero_adherent": number, "reason": "Appel de l’assuré"}
    )["member_id"]
    employer.portal.settle()
    return member_id, form, number


def test_somebody_covered_is_not_erased(gone: tuple[str, Json, str], agent: Back) -> None:
    """M115."""
    problem = expect(agent.agent.call("POST", f"/backoffice/members/{gone[0]}/erasure"), 409)
    assert problem["code"] == "still_covered"


def test_what_nothing_asks_to_keep_goes_at_once_and_the_rest_says_until_when(
    gone: tuple[str, Json, str], agent: Back, tables: Callable[[], Json]
) -> None:
    """M115: the way in, the addresses and the card; claims stay two years, accounting records ten."""
    member_id, form, number = gone
    ended(member_id, clock.today() - timedelta(days=1))
    told = erased(agent, member_id)
    assert {name: (one["erased"] > 0, one["kept"]) for name, one in told.items() if name != "journal"} == {
        "access": (True, 0),
        "contact": (True, 0),
        "card": (True, 0),
        "claim_files": (False, 1),
        "accounting": (False, 1),
        "contributions": (False, 1),
        "identity": (False, 1),
    }
    today = clock.today()
    assert told["claim_files"]["kept_until"] == f"{today.replace(year=today.year + 2)}"
    assert told["identity"]["kept_until"] == told["accounting"]["kept_until"]
    assert "L123-22" in told["accounting"]["source"]
    assert told["journal"]["kept"] == 1
    kept = json.dumps({name: items for name, items in tables().items() if not name.endswith("-outbox")})
    assert form["email"] not in kept
    credentials = {"identifier": number, "password": "peu importe"}
    assert agent.portal.http.post("/access/member/sessions", json=credentials).status_code == 422
    again = erased(agent, member_id)
    assert {name: one["erased"] for name, one in again.items()} == {name: one["erased"] for name, one in told.items()}
    assert {name: one["kept"] for name, one in again.items()} == {name: one["kept"] for name, one in told.items()}


def test_by_itself_it_ends_with_nothing_left(
    gone: tuple[str, Json, str], agent: Back, tables: Callable[[], Json]
) -> None:
    """M115: the daily run goes on after two years with the files, after ten with the rest, then with the person.

    The agent who looks afterwards finds what was done, and nobody is looked for any more.
    """
    member_id, form, number = gone
    ended(member_id, clock.today() - timedelta(days=1))
    erased(agent, member_id)
    runs = [({"days": 2 * 366}, ErasureState.WAITING), ({"days": 10 * 366}, ErasureState.DONE)]
    for ahead, state in runs:
        with later(**ahead):
            for _ in range(2):
                agent.portal.run_schedule("close-claims")
                agent.portal.settle()
            found = erasure.get(member_id)
            assert found.state is state
            assert found.of(Category.CLAIM_FILES).erased == 1
    with pytest.raises(NotFound):
        erasure.ask(member_id, asked_by="agent")
    assert (found.of(Category.IDENTITY).erased, found.next_day) == (1, None)
    assert journal.page(member_id, before=None, now=clock.now(), limit=5)[0] == []
    left = [
        f"{name}: {what}"
        for name, items in tables().items()
        for what in (member_id, form["last_name"], form["email"])
        if not name.endswith(("-outbox", "-erasures")) and what in json.dumps(items)
    ]
    assert left == []
    assert identities.find(Identity.MEMBER_NUMBER, number) == identities.RETIRED


def test_a_file_from_before_the_erasure_brings_nobody_back(
    gone: tuple[str, Json, str], agent: Back, employer: Employer
) -> None:
    """M115: its line is refused with the reason; somebody who is affiliated anew since is a newcomer."""
    member_id, form, _ = gone
    ended(member_id, clock.today() - timedelta(days=1))
    with later(days=11 * 366):
        erased_now(member_id, agent)
        old = employer.enrol(form)
        assert refused(old) == {("members[0].nir", "erased")}
        assert "a été effacée le" in str(old["faults"])
        anew = employer.enrol(form | {"starts_on": f"{clock.today() + timedelta(days=1)}"})
        assert anew["outcome"] == "accepted", anew


def erased_now(member_id: str, agent: Back) -> None:
    """Have somebody erased whom nothing is kept of any more."""
    erasure.ask(member_id, asked_by="agent")
    agent.portal.settle()
    assert erasure.get(member_id).state is ErasureState.DONE


def test_the_demarche_that_stands_in_the_way_is_named(
    gone: tuple[str, Json, str], agent: Back, employer: Employer, yesterday: date
) -> None:
    """M115: which one, its reference and where it stands."""
    member_id, _, number = gone
    user = sign_in_member(employer.portal, number)
    beneficiary_id = user.get("/member")["beneficiaries"][0]["beneficiary_id"]
    opened = Patient(employer.portal, user, beneficiary_id, number).opened(room(yesterday))
    ended(member_id, clock.today() - timedelta(days=1))
    problem = expect(agent.agent.call("POST", f"/backoffice/members/{member_id}/erasure"), 409)
    assert (problem["code"], problem["request_id"]) == ("request_open", opened["request_id"])
    assert opened["reference"] in problem["detail"]
    assert "en attente de vos pièces" in problem["detail"]


def test_every_step_again_and_out_of_order_erases_and_counts_once(gone: tuple[str, Json, str], agent: Back) -> None:
    """M115: a queue delivers at least once; a step that comes after the end does nothing."""
    member_id, _, _ = gone
    ended(member_id, clock.today() - timedelta(days=1))
    with later(days=11 * 366):
        expect_done = erasure.ask(member_id, asked_by="agent")
        assert expect_done.state is ErasureState.RUNNING
        assert erasure.ask(member_id, asked_by="agent").version == expect_done.version
        for _ in range(12):
            erasure.step(member_id)
        done = erasure.get(member_id)
        agent.portal.settle()
        assert erasure.get(member_id) == done
        counted = {one.category: one.erased for one in done.report}
        assert done.state is ErasureState.DONE
        assert (counted[Category.CLAIM_FILES], counted[Category.ACCOUNTING], counted[Category.CARD]) == (1, 1, 1)


def test_somebody_covered_again_is_left_alone_by_the_daily_run(gone: tuple[str, Json, str], agent: Back) -> None:
    """M115: an erasure that waits is stopped; an agent may ask anew once the person has left again."""
    member_id, _, _ = gone
    ended(member_id, clock.today() - timedelta(days=1))
    erased(agent, member_id)
    back = members.get(member_id)
    assert back is not None
    anew = replace(
        back, email="retour@exemple.fr", affiliations=tuple(replace(one, ends_on=None) for one in back.affiliations)
    )
    with Transaction() as transaction:
        members.save(transaction, anew)
    for days in (2 * 366, 11 * 366):
        with later(days=days):
            agent.portal.run_schedule("close-claims")
            agent.portal.settle()
            erasure.step(member_id)
            assert erasure.get(member_id).state is ErasureState.STOPPED
    told = erasure.get(member_id)
    assert (told.next_day, told.of(Category.CLAIM_FILES).erased, told.of(Category.IDENTITY).erased) == (None, 0, 0)
    kept = members.get(member_id)
    assert kept is not None
    assert kept.email == "retour@exemple.fr"
    problem = expect(agent.agent.call("POST", f"/backoffice/members/{member_id}/erasure"), 409)
    assert problem["code"] == "still_covered"
    with later(days=11 * 366):
        ended(member_id, clock.today() - timedelta(days=1))
        assert erasure.ask(member_id, asked_by="agent").state is ErasureState.RUNNING


def test_a_demarche_opened_since_holds_the_erasure_until_it_ends(
    gone: tuple[str, Json, str], agent: Back, employer: Employer, yesterday: date
) -> None:
    """M115: a step that comes while a démarche is open erases nothing."""
    member_id, _, number = gone
    ended(member_id, clock.today() - timedelta(days=1))
    user = sign_in_member(employer.portal, number)
    beneficiary_id = user.get("/member")["beneficiaries"][0]["beneficiary_id"]
    asked = erasure.ask(member_id, asked_by="agent")
    Patient(employer.portal, user, beneficiary_id, number).opened(room(yesterday))
    agent.portal.settle()
    assert erasure.get(member_id) == asked
    member = members.get(member_id)
    assert member is not None
    assert member.email is not None


def test_what_the_scheme_told_and_was_never_settled_goes_with_the_address_of_a_dependant(
    employer: Employer, agent: Back
) -> None:
    """M115, A12: a décompte that waits for an agent, and where an adult dependant was asked for their consent."""
    adult = {"relationship": "enfant", "first_name": "Zoé", "last_name": "Martin", "birth_date": "2001-02-03"}
    form = samples.enrolled_member(employer.health_number, dependants=[adult])
    number = employer.enrol(form)["members"][0]["numero_adherent"]
    member_id = str(identities.find(Identity.MEMBER_NUMBER, number))
    line = {
        "decompte": f"EFF-{number}",
        "line": 1,
        "lines": 1,
        "person": {"nir": form["nir"], "birth_date": form["birth_date"]},
        "care_on": "2026-03-02",
        "act": "ZZZ",
        "expense_cents": 3000,
        "base_cents": 3000,
        "rate_percent": "70",
        "statutory_cents": 2100,
    }
    header = {"kind": "flow", "reference": f"FLUX-EFF-{number}", "scheme": "01751", "issued_on": "2026-03-09"}
    content = b"\n".join(samples.as_bytes(one) for one in (header, line))
    assert employer.portal.drop(f"flux-eff-{number}.jsonl", content)["accepted"] == 1
    [waiting] = flows.never_settled(member_id, limit=5)
    member = members.get(member_id)
    assert member is not None
    child = replace(
        member.beneficiaries[1], sharing=Sharing(email="zoe@exemple.fr", asked_at=clock.now(), link_hash="h")
    )
    with Transaction() as transaction:
        members.save(transaction, member.with_beneficiary(child))
    ended(member_id, clock.today() - timedelta(days=1))
    told = erased(agent, member_id)
    assert (told["flows"]["erased"], told["flows"]["kept"]) == (1, 0)
    assert flows.get(waiting.flow_id) is None
    assert "L123-22" in told["contributions"]["source"]
    restricted = members.get(member_id)
    assert restricted is not None
    assert restricted.beneficiaries[1].sharing is None


def test_the_signed_documents_of_a_change_of_account_go_with_it(employer: Employer, agent: Back, stack: Stack) -> None:
    """M115: the designation, what was signed and its evidence, two years after the change."""
    leaver = leaver_of(employer)
    open_member_space(employer.portal, leaver.number, leaver.form)
    own = Own(leaver, stack, "")
    own.register(f"+3362{int(leaver.number[-7:]) * 7919 % 10**7:07d}")
    request = own.signed()
    with later(hours=96):
        employer.portal.run_schedule("close-claims")
        employer.portal.settle()
    found = stored(request)
    keys = found.document_keys
    assert len(keys) == len(found.attachments) + 4
    assert any(documents.exists("documents", key) for key in keys)
    ended(found.member_id, clock.today() - timedelta(days=1))
    with later(days=3 * 366):
        erasure.ask(found.member_id, asked_by="agent")
        employer.portal.settle()
        assert erasure.get(found.member_id).of(Category.CLAIM_FILES).erased == 1
    assert [key for key in keys if documents.exists("documents", key)] == []


def test_nobody_is_erased_whom_nobody_asked_to_erase(agent: Back) -> None:
    """M115."""
    assert agent.agent.call("GET", "/backoffice/members/none/erasure").status_code == 404
    assert agent.agent.call("POST", "/backoffice/members/none/erasure").status_code == 404
    erasure.step("none")
