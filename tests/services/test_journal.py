"""Who saw what of a member, when and why: told before it is shown, kept in a chain, read by the member (M115)."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import clock, settings
from chalicelib.domain.journal import DataGroup, End, Link, Viewer, ViewerKind, verify
from chalicelib.services import journal
from tests import samples
from tests.portal import User, expect
from tests.services.conftest import Back, Employer, Json, Patient, later, open_member_space, room, sign_in_member

FIRST_DAY = datetime(2026, 3, 1, tzinfo=UTC)
CHAIN: list[Link] = []
END = End()
for _number, _document in enumerate("abcdef", start=1):
    _link = Link.after(END, member_id="m", document=_document)
    CHAIN.append(_link)
    END = End(sequence=_number, seal=_link.seal, goes_at=FIRST_DAY + timedelta(days=_number))


@pytest.fixture(scope="module")
def watched(employer: Employer) -> tuple[str, str, User]:
    """A member, by id and numéro adhérent, signed in."""
    form = samples.enrolled_member(employer.health_number, last_name="Le Dantec")
    number = employer.enrol(form)["members"][0]["numero_adherent"]
    user = open_member_space(employer.portal, number, form)
    return user.get("/member")["member_id"] if "member_id" in user.get("/member") else _id(number), number, user


def _id(number: str) -> str:
    from chalicelib.storage import identities
    from chalicelib.storage.identities import Identity

    return str(identities.find(Identity.MEMBER_NUMBER, number))


def read(employer: Employer, number: str) -> list[Json]:
    """The member's journal, newest first, once everything rests."""
    employer.portal.settle()
    found: list[Json] = sign_in_member(employer.portal, number).get("/member/journal")["consultations"]
    return found


def test_the_member_reads_who_saw_what_when_and_why(
    watched: tuple[str, str, User], agent: Back, employer: Employer
) -> None:
    """M115: an agent who looked them up for a reason, their employer who opened their sheet, their own sign-in."""
    member_id, number, _ = watched
    found = agent.agent.get("/backoffice/members", params={"numero_adherent": number, "reason": "Appel de l’assurée"})
    assert found["member_id"] == member_id
    employer.hr.get(f"{employer.base}/employees/{member_id}")
    newest = read(employer, number)
    told = {(one["viewer"], tuple(one["groups"]), one["reason"]) for one in newest}
    assert ("agent", ("identity", "contract"), "Appel de l’assurée") in told
    assert ("employer", ("identity", "contract"), "") in told
    assert ("member", ("space",), "") in told
    [by_agent] = [one for one in newest if one["viewer"] == "agent"]
    assert by_agent["sentence"].startswith(
        "Un gestionnaire a consulté votre identité et vos coordonnées et votre contrat et vos ayants droit le "
    )
    assert by_agent["purpose"] == "Trouver un assuré"


def test_an_agent_says_why_they_look_somebody_up(agent: Back, watched: tuple[str, str, User]) -> None:
    """M115."""
    _, number, _ = watched
    silent = agent.agent.call("GET", "/backoffice/members", params={"numero_adherent": number})
    assert {one["field"] for one in expect(silent, 422)["errors"]} == {"reason"}


def test_for_a_demarche_the_demarche_is_the_reason(
    watched: tuple[str, str, User], agent: Back, employer: Employer
) -> None:
    """M115, A12: the member reads for which démarche their care was opened, not what was decided on it and why."""
    _, number, _ = watched
    user = sign_in_member(employer.portal, number)
    beneficiary_id = user.get("/member")["beneficiaries"][0]["beneficiary_id"]
    patient = Patient(employer.portal, user, beneficiary_id, number)
    request = patient.claim(room(employer.portal.today() - timedelta(days=1), nights=10, expense_cents=70000))
    claim = agent.claim(request)
    document_id = claim["request"]["attachments"][0]["document_id"]
    agent.agent.get(f"/backoffice/claims/{request['request_id']}/documents/{document_id}")
    expect(agent.decide(request, "refuse"), 200)
    told = [one for one in read(employer, number) if one["request_id"] == request["request_id"]]
    assert sorted(one["groups"] for one in told) == [["care"], ["care"], ["documents"]]
    assert {one["reason"] for one in told} == {""}


def test_an_employer_s_page_looked_at_again_counts_once_an_hour(
    watched: tuple[str, str, User], employer: Employer
) -> None:
    """M115: lists too: each employee on the page has it in their journal."""
    _, number, _ = watched

    def seen() -> int:
        return sum(1 for one in read(employer, number) if one["purpose"] == "Mes salariés")

    before = seen()
    for _ in range(3):
        employer.hr.get(f"{employer.base}/employees", params={"name": "Le Dantec"})
    assert seen() in {before, before + 1}


def test_pages_follow_each_other(watched: tuple[str, str, User], employer: Employer) -> None:
    """M115: newest first, everything once."""
    _, number, _ = watched
    whole = read(employer, number)
    user = sign_in_member(employer.portal, number)
    places, before = [], None
    while True:
        page = user.get("/member/journal", params={"limit": 2} | ({"before": before} if before else {}))
        places += [one["place"] for one in page["consultations"]]
        before = page["next"]
        if before is None:
            break
    assert [one["place"] for one in whole] == [one for one in places if one <= whole[0]["place"]]
    assert user.call("GET", "/member/journal", params={"before": 0}).status_code == 422


def test_what_is_told_twice_late_and_out_of_order_is_kept_once(watched: tuple[str, str, User]) -> None:
    """M115: a queue delivers at least once and in any order; every access has its own time."""
    member_id, _, _ = watched
    told = [
        {
            "entry_id": f"{number:032d}",
            "at": (clock.now() - timedelta(hours=number)).isoformat(),
            "viewer": {"kind": "agent", "account_id": "a", "name": "Zoé Prat"},
            "groups": ["care"],
            "purpose": "Une demande",
            "reason": "",
            "request_id": "",
        }
        for number in range(3)
    ]
    before = journal.verified(member_id).entries
    for one in (told[2], told[0], told[1], told[0], told[2]):
        journal.record(one, [member_id, member_id])
    verdict = journal.verified(member_id)
    assert (verdict.entries, verdict.is_intact) == (before + 3, True)


@pytest.mark.parametrize(
    "change",
    [{"groups": ["nothing"]}, {"viewer": {"kind": "ghost", "account_id": "", "name": ""}}, {"at": "2026-03-01"}],
)
def test_what_is_no_access_is_refused(watched: tuple[str, str, User], change: dict[str, Any]) -> None:
    """M115: it ends among the dead letters, and nothing is kept of it."""
    member_id, _, _ = watched
    before = journal.verified(member_id)
    told = {
        "entry_id": "x", "at": clock.now().isoformat(), "viewer": {"kind": "agent", "account_id": "", "name": ""},
        "groups": ["care"], "purpose": "", "reason": "", "request_id": "",
    }  # fmt: skip
    with pytest.raises((KeyError, TypeError, ValueError)):
        journal.record(told | change, [member_id])
    assert journal.verified(member_id) == before


def test_an_agent_has_the_journal_verified(watched: tuple[str, str, User], agent: Back, employer: Employer) -> None:
    """M115: intact; then altered behind the portal's back, and the place is named."""
    member_id, number, _ = watched
    read(employer, number)
    path = f"/backoffice/members/{member_id}/journal"
    intact = agent.agent.get(path)
    assert (intact["intact"], intact["broken_at"]) == (True, None)
    agent.portal.settle()
    table = boto3.client("dynamodb")
    key = {"member_id": {"S": member_id}, "item": {"S": "ENTRY#000000000002"}}
    name = settings.table("journal")
    item = table.get_item(TableName=name, Key=key)["Item"]
    document = json.loads(item["document"]["S"]) | {"purpose": "Rien"}
    table.put_item(TableName=name, Item=item | {"document": {"S": json.dumps(document)}})
    broken = agent.agent.get(path)
    assert (broken["intact"], broken["broken_at"]) == (False, 2)
    table.put_item(TableName=name, Item=item)
    assert agent.agent.get(path)["intact"] is True


def test_an_entry_goes_after_a_year_and_the_chain_stays_whole(
    watched: tuple[str, str, User], employer: Employer
) -> None:
    """M115: the last day it is kept, and the day after."""
    member_id, number, _ = watched
    read(employer, number)
    kept = journal.verified(member_id).entries
    with later(days=364):
        assert journal.verified(member_id).entries == kept
    with later(days=368):
        assert journal.verified(member_id).entries == 0
        assert journal.verified(member_id).is_intact


def test_a_journal_that_was_emptied_or_cut_at_its_beginning_shows(employer: Employer) -> None:
    """M115: neither the oldest entries nor all of them go before their time."""
    form = samples.enrolled_member(employer.health_number, last_name="Kerloc’h")
    member_id = _id(employer.enrol(form)["members"][0]["numero_adherent"])
    for _ in range(3):
        employer.hr.get(f"{employer.base}/employees/{member_id}")
        journal.note([member_id], viewer=Viewer(kind=ViewerKind.AGENT), groups=(DataGroup.CARE,), purpose="Une demande")
    employer.portal.settle()
    entries = journal.verified(member_id).entries
    assert entries >= 3
    assert journal.verified(member_id).is_intact
    table, name = boto3.client("dynamodb"), settings.table("journal")
    for number in range(1, entries + 1):
        key = {"member_id": {"S": member_id}, "item": {"S": f"ENTRY#{number:012d}"}}
        table.delete_item(TableName=name, Key=key)
        assert journal.verified(member_id).broken_at == number


@given(st.data())
def test_whatever_is_done_to_a_chain_shows(data: st.DataObject) -> None:
    """M115: an entry altered, removed, inserted or moved, or the end cut off."""
    chain = list(CHAIN)
    place = data.draw(st.integers(0, len(chain) - 1))
    how = data.draw(st.sampled_from(["alter", "remove", "insert", "swap", "forge"]))
    if how == "alter":
        chain[place] = replace(chain[place], document=chain[place].document + "!")
    elif how == "remove":
        del chain[max(place, 1)]
    elif how == "insert":
        chain.insert(place + 1, chain[place])
    elif how == "swap":
        other = (place + 1) % len(chain)
        chain[place], chain[other] = chain[other], chain[place]
    else:
        chain[place] = replace(chain[place], seal=hashlib.sha256(b"x").hexdigest())
    assert not verify(chain, member_id="m", end=END, now=FIRST_DAY).is_intact
    assert not verify(CHAIN[: place or 1], member_id="m", end=END, now=FIRST_DAY).is_intact


@pytest.mark.parametrize("gone", range(1, len(CHAIN) + 1))
def test_the_oldest_entries_go_in_their_time_and_not_before(gone: int) -> None:
    """M115: what is missing before the first entry, or altogether, was let go by law, or was removed."""
    due = FIRST_DAY + timedelta(days=gone)
    assert verify(CHAIN[gone:], member_id="m", end=END, now=due).is_intact
    early = verify(CHAIN[gone:], member_id="m", end=END, now=due - timedelta(seconds=1))
    assert early.broken_at == gone


def test_every_group_and_viewer_has_its_words() -> None:
    """M115, M117."""
    assert set(journal.SEEN) == set(DataGroup)
    assert set(journal.VIEWERS) == set(ViewerKind)
