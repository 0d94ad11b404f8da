"""The carte de tiers payant as a dated object, and its check by a health professional (M34, M57, H80)."""

import threading
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib import clock
from chalicelib.domain.card import CardState
from chalicelib.domain.journal import DataGroup, ViewerKind
from chalicelib.domain.member import Member
from chalicelib.services import cards, journal
from chalicelib.storage import identities, members
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Transaction, retry_stale
from chalicelib.texts.dates import day_in_words
from tests import samples
from tests.api import aws_calls
from tests.services.conftest import Employer, Json, downloaded, later, text_of

CHILD = {"relationship": "enfant", "first_name": "Tom", "last_name": "Martin", "birth_date": "2015-04-01"}
DAY = timedelta(days=1)


def insured(employer: Employer, **changes: Any) -> str:
    """The id of an employee just taken over, with a child, once their card is written."""
    report = employer.enrol(samples.enrolled_member(employer.health_number, dependants=[CHILD], **changes))
    employer.portal.settle()
    member_id = identities.find(Identity.MEMBER_NUMBER, report["members"][0]["numero_adherent"])
    assert member_id
    return member_id


def stored(member_id: str) -> Member:
    """The member as they stand."""
    found = members.get(member_id)
    assert found
    return found


def code(member_id: str) -> str:
    """The code that the member's present card carries."""
    card = stored(member_id).card
    assert card
    return cards.code_of(card)


def check(employer: Employer, text: str) -> Json:
    """What a professional is told."""
    answer: Json = employer.portal.post("/rights-check", {"code": text}, 200)
    return answer


def change(member_id: str, **changes: Any) -> None:
    """Write a member otherwise than they stand."""

    def write() -> None:
        with Transaction() as transaction:
            members.save(transaction, replace(stored(member_id), **changes))

    retry_stale(write)


def without_child(member: Member, last: date) -> tuple[Any, ...]:
    """The people of a member, the child's cover ended."""
    holder, child = member.beneficiaries
    return holder, replace(child, covered_to=last)


def test_a_card_in_force_says_what_it_prints_and_no_more(employer: Employer) -> None:
    """M34: days, domains, first names, birth dates and ranks; never a name, a number or what was ever spent."""
    member_id = insured(employer)
    told = check(employer, f" {code(member_id).lower()}\n")
    assert told["standing"] == "valid"
    assert [(one["rank"], one["first_name"], one["birth_date"]) for one in told["people"]] == [
        (1, "Léa", f"{stored(member_id).beneficiaries[0].birth_date}"),
        (2, "Tom", "2015-04-01"),
    ]
    assert {one["code"]: one["value"] for one in told["domains"]}["MED"] == "100"
    assert {one["code"]: one["value"] for one in told["domains"]}["OPTI"] == "PEC"
    assert told["valid_to"] == f"{clock.today().year}-12-31"
    assert set(told) == {"standing", "sentence", "valid_from", "valid_to", "domains", "people"}
    assert "Martin" not in str(told)
    assert str(stored(member_id).numero_adherent) not in str(told)


def test_who_checks_a_card_in_force_is_in_the_member_s_journal(employer: Employer) -> None:
    """M34, M115: what it shows of the family was shown to somebody; a card that does not hold shows nothing."""
    member_id = insured(employer)
    good = code(member_id)
    check(employer, good)
    change(member_id, card=stored(member_id).without_card().card)
    check(employer, good)
    employer.portal.settle()
    noted = [one for _, one in journal.page(member_id, before=None, limit=50)[0]]
    [seen] = [one for one in noted if one.viewer.kind is ViewerKind.OUTSIDER]
    assert seen.groups == (DataGroup.CONTRACT,)
    assert journal.sentence(seen).startswith("Un professionnel de santé a consulté votre contrat et vos ayants droit")


def test_a_code_of_our_making_alone_is_looked_up(employer: Employer) -> None:
    """M34: forged, altered or foreign, of somebody known or unknown: the same answer, and nothing was read of it."""
    member_id = insured(employer)
    good = code(member_id)
    parts = good.split(".")
    longer = ".".join([*parts[:5], "29991231", parts[6]])
    forged = ".".join([*parts[:6], "0" * 32])
    foreign = ".".join([parts[0], "99999999", *parts[2:]])
    stranger = ".".join([*parts[:2], "7654321", *parts[3:]])
    no_day = ".".join([*parts[:4], "20260231", *parts[5:]])
    with aws_calls() as calls:
        told = [check(employer, text) for text in (longer, forged, foreign, stranger, no_day, "bonjour", good[:-1])]
    assert {str(one) for one in told} == {str(told[0])}
    assert told[0]["standing"] == "not_ours"
    assert "Lisez le code carré de la carte" in told[0]["sentence"]
    assert told[0]["people"] == told[0]["domains"] == []
    assert not [one for one in calls if one.operation == "dynamodb.GetItem"]


def test_a_card_fails_from_the_day_somebody_it_names_is_covered_no_more(employer: Employer) -> None:
    """M57, M58: until their last day it holds; the next day it does not, and the next card names the others."""
    member_id = insured(employer)
    old, last = code(member_id), clock.today() + 2 * DAY
    change(member_id, beneficiaries=without_child(stored(member_id), last))
    with later(days=2):
        assert check(employer, old)["standing"] == "valid"
    with later(days=3):
        assert check(employer, old)["standing"] == "revoked"
        cards.write(member_id)
        assert check(employer, old)["standing"] == "revoked"
        assert [one["first_name"] for one in check(employer, code(member_id))["people"]] == ["Léa"]


def test_a_card_ends_with_the_rights_and_with_its_own_days(employer: Employer) -> None:
    """H80, M34: revoked once the cover is; expired after its last day; not yet valid before its first."""
    member_id = insured(employer)
    first, kept = code(member_id), stored(member_id).affiliations
    ended = tuple(replace(one, ends_on=clock.today() - DAY) for one in kept)
    change(member_id, affiliations=ended)
    assert check(employer, first)["standing"] == "revoked"
    change(member_id, affiliations=kept)
    assert check(employer, first)["standing"] == "valid"
    with later(days=(date(clock.today().year + 1, 1, 1) - clock.today()).days):
        told = check(employer, first)
        assert (told["standing"], told["people"]) == ("expired", [])
        assert day_in_words(date(clock.today().year - 1, 12, 31)) in told["sentence"]
    change(member_id, card=stored(member_id).without_card().card)
    assert check(employer, first)["standing"] == "revoked"
    starts = clock.today() + 20 * DAY
    told = check(employer, code(insured(employer, starts_on=f"{starts}")))
    assert (told["standing"], told["people"]) == ("not_yet_valid", [])


def test_somebody_erased_has_no_card_that_holds(employer: Employer) -> None:
    """M34: a numéro adhérent that names nobody any more."""
    member_id = insured(employer)
    old = code(member_id)
    with Transaction() as transaction:
        identities.release(transaction, Identity.MEMBER_NUMBER, stored(member_id).numero_adherent or "", member_id)
    assert check(employer, old)["standing"] == "revoked"


def test_whoever_tries_the_same_code_again_and_again_is_slowed_down(employer: Employer) -> None:
    """M15, M34."""
    answers = [employer.portal.http.post("/rights-check", json={"code": "TP1.encore"}) for _ in range(12)]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429


def test_the_job_that_read_older_facts_never_wins(employer: Employer, monkeypatch: pytest.MonkeyPatch) -> None:
    """M57: a job stands still after it read the member; whoever is added meanwhile stays on the card."""
    member_id = insured(employer)
    everybody = stored(member_id).beneficiaries
    read, go_on = threading.Event(), threading.Event()
    facts = cards._facts

    def slow(member: Member) -> Any:
        found = facts(member)
        if not read.is_set():
            read.set()
            go_on.wait(10)
        return found

    change(member_id, beneficiaries=everybody[:1], card=None)
    monkeypatch.setattr(cards, "_facts", slow)
    late = threading.Thread(target=cards.write, args=(member_id,))
    late.start()
    assert read.wait(10)
    change(member_id, beneficiaries=everybody)
    cards.write(member_id)
    go_on.set()
    late.join(20)
    card = stored(member_id).card
    assert card
    assert [one.first_name for one in card.facts.people] == ["Léa", "Tom"]


def test_the_same_job_again_makes_no_other_card(employer: Employer) -> None:
    """M57: however often it is delivered; the document is written again if it was lost."""
    member_id = insured(employer)
    card = stored(member_id).card
    assert card
    before = code(member_id)
    cards.write(member_id)
    cards.write(member_id)
    assert stored(member_id).card == card
    assert code(member_id) == before


def test_the_document_of_a_card_that_was_replaced_is_gone(employer: Employer) -> None:
    """M57: the names on it are kept no longer than the card."""
    member = employer.member(dependants=[CHILD])
    me = member.get("/member")
    member_id = identities.find(Identity.MEMBER_NUMBER, me["numero_adherent"])
    assert member_id
    employer.portal.settle()
    first = stored(member_id).card
    assert first
    old = member.get("/member/card")["url"]
    assert "Tom Martin" in text_of(old)
    change(member_id, beneficiaries=without_child(stored(member_id), clock.today() - DAY))
    answer = member.call("GET", "/member/card")
    assert (answer.status_code, answer.json()["code"]) == (409, "document_not_ready")
    employer.portal.settle()
    assert "Tom Martin" not in text_of(member.get("/member/card")["url"])
    with pytest.raises(ClientError, match="NoSuchKey"):
        downloaded(old)


def test_the_space_shows_how_the_card_stands(employer: Employer) -> None:
    """M27, M34: its number, its days, whom it names, its state in words."""
    member = employer.member(dependants=[CHILD])
    employer.portal.settle()
    card = member.get("/member")["card"]
    assert (card["state"], card["state_label"]) == (CardState.ACTIVE, "En cours de validité")
    assert [(one["rank"], one["name"]) for one in card["people"]] == [(1, "Léa Martin"), (2, "Tom Martin")]
    assert card["valid_to"] == member.get("/member")["card_valid_to"] == f"{clock.today().year}-12-31"
    assert card["number"].startswith(member.get("/member")["numero_adherent"])
