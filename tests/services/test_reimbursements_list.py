"""A member's reimbursements: lists, filters, pages (M35–M39)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from chalicelib import settings
from chalicelib.domain.reimbursement import Reimbursement
from chalicelib.services import reimbursement_list
from chalicelib.storage import reimbursements, requests
from chalicelib.storage.transaction import Transaction
from local.clients import client
from tests.portal import User
from tests.services.conftest import Employer, Json, Patient, downloaded, osteopathy, room

DECOMPTES = 45
OTHER = "another-beneficiary"


@pytest.fixture(scope="module")
def history(employer: Employer) -> tuple[User, list[Reimbursement]]:
    """A member with 45 décomptes, one a day, oldest first: every third of a relative, every fifth for osteopathy."""
    member = employer.member()
    me = member.get("/member")
    patient = Patient(employer.portal, member, me["beneficiaries"][0]["beneficiary_id"], me["numero_adherent"])
    day = employer.portal.today() - timedelta(days=1)
    made = [patient.claim(osteopathy(day)), patient.claim(room(day))]
    models = [stored(one) for one in made]
    with Transaction() as transaction:
        seeded = [copy_of(models, number) for number in range(DECOMPTES - 2)]
        for one in seeded:
            reimbursements.create(transaction, one, None)
    return member, [*seeded, *sorted(models, key=lambda one: one.reimbursement_id)]


def stored(request: Json) -> Reimbursement:
    """What was decided on a claim."""
    owner = requests.get(request["request_id"])
    assert owner
    found = reimbursements.get(owner.member_id, request["reimbursement_id"])
    assert found
    return found


def copy_of(models: list[Reimbursement], number: int) -> Reimbursement:
    """A décompte of the past, the first one the oldest."""
    model = models[0] if number % 5 == 0 else models[1]
    decided = model.decided_at - timedelta(days=DECOMPTES - number)
    day = f"{decided.date():%Y%m%d}"
    return replace(
        model,
        reimbursement_id=f"{day}-{number:012x}-1",
        decided_at=decided,
        beneficiary_id=OTHER if number % 3 == 0 else model.beneficiary_id,
        order_id=None,
    )


def listed(member: User, **query: str | date) -> list[str]:
    """Every décompte of a list, page after page, each page full but the last."""
    found: list[str] = []
    before: str | None = None
    while True:
        more = {"before": before} if before else {}
        page = member.get("/member/reimbursements", params={name: f"{value}" for name, value in (query | more).items()})
        found += [one["reimbursement_id"] for one in page["reimbursements"]]
        before = page["next"]
        if before is None:
            return found


def test_pages_follow_each_other_newest_first(history: tuple[User, list[Reimbursement]]) -> None:
    """M35: 45 décomptes, each once."""
    member, decided = history
    assert listed(member) == [one.reimbursement_id for one in reversed(decided)]
    first = member.get("/member/reimbursements")
    assert len(first["reimbursements"]) == 20
    assert first["next"]


@pytest.mark.parametrize("page", [1, 2, 7])
def test_filters_keep_what_they_name_whatever_the_pages(
    history: tuple[User, list[Reimbursement]], monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    """M36: by beneficiary, by act, by both."""
    monkeypatch.setattr(reimbursement_list, "PAGE", page)
    member, decided = history
    relative = [one for one in decided if one.beneficiary_id == OTHER]
    sessions = [one for one in decided if one.lines[0].act == "OST"]
    both = [one for one in relative if one in sessions]
    assert listed(member, beneficiary_id=OTHER) == ids(relative)
    assert listed(member, act="OST") == ids(sessions)
    assert listed(member, act="OST", beneficiary_id=OTHER) == ids(both)
    assert listed(member, act="G") == []
    assert listed(member, beneficiary_id="nobody") == []


def ids(decided: list[Reimbursement]) -> list[str]:
    """Their ids, newest first."""
    return [one.reimbursement_id for one in reversed(decided)]


def test_days_of_decision_are_included(history: tuple[User, list[Reimbursement]]) -> None:
    """M36: from the first to the last; the wrong way round nothing, and no error."""
    member, decided = history
    days = [one.reimbursement_id[:8] for one in decided]
    low, high = (date.fromisoformat(day) for day in (days[5], days[15]))
    assert listed(member, decided_from=low, decided_to=high) == ids(decided[5:16])
    assert listed(member, decided_from=high) == ids(decided[15:])
    assert listed(member, decided_to=low) == ids(decided[:6])
    assert listed(member, decided_from=low, decided_to=low) == ids(decided[5:6])
    assert listed(member, decided_from=high, decided_to=low) == []
    assert listed(member, decided_from=date.max) == []
    assert listed(member, decided_to=date(2000, 1, 1)) == []


def test_a_cursor_of_another_list_is_no_error(history: tuple[User, list[Reimbursement]]) -> None:
    """M36: days changed while the cursor stayed: what lies before the cursor and within the days."""
    member, decided = history
    low, high = (date.fromisoformat(decided[at].reimbursement_id[:8]) for at in (5, 15))
    bounds = {"decided_from": f"{low}", "decided_to": f"{high}"}
    for at, expected in ((40, decided[5:16]), (10, decided[5:10]), (2, [])):
        query = bounds | {"before": decided[at].reimbursement_id}
        page = member.get("/member/reimbursements", params=query)
        assert [one["reimbursement_id"] for one in page["reimbursements"]] == ids(expected)


@pytest.mark.parametrize(
    "query",
    [
        {"before": "%00"},
        {"before": "DROP"},
        {"before": "2026"},
        {"before": "a" * 65},
        {"decided_from": "hier"},
        {"decided_from": "2026-02-30"},
        {"beneficiary_id": "x" * 65},
        {"act": "x" * 21},
        {"sort": "asc"},
    ],
)
def test_what_cannot_be_read_is_refused(history: tuple[User, list[Reimbursement]], query: Json) -> None:
    """M36: with the field's name; never an error of ours."""
    answer = history[0].call("GET", "/member/reimbursements", params=query)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == list(query)


def test_a_decompte_of_another_member_does_not_exist(
    history: tuple[User, list[Reimbursement]], patient: Patient
) -> None:
    """M37, M63: nor its lines, nor its document; an unknown id neither."""
    member, decided = history
    for path in ("", "/statement"):
        foreign = f"/member/reimbursements/{decided[-1].reimbursement_id}{path}"
        assert patient.member.call("GET", foreign).status_code == 404
        assert member.call("GET", f"/member/reimbursements/none{path}").status_code == 404


def test_a_document_that_was_lost_is_written_again(history: tuple[User, list[Reimbursement]]) -> None:
    """M37: not ready yet, then there: the same place, the same bytes."""
    member, decided = history
    path = f"/member/reimbursements/{decided[-1].reimbursement_id}/statement"
    first = downloaded(member.get(path)["url"])
    key = decided[-1].statement_key
    client("s3").delete_object(Bucket=settings.bucket("documents"), Key=key)
    answer = member.call("GET", path)
    assert (answer.status_code, answer.json()["code"]) == (409, "document_not_ready")
    member.portal.settle()
    assert downloaded(member.get(path)["url"]) == first


def test_the_sums_of_a_list_are_those_of_its_lines(history: tuple[User, list[Reimbursement]]) -> None:
    """M38: spent, paid, left."""
    member, decided = history
    one = decided[-1]
    shown = member.get("/member/reimbursements")["reimbursements"][0]
    assert shown["expense_cents"] == sum(line.expense_cents for line in one.lines)
    assert shown["left_to_pay_cents"] == sum(line.left_to_pay_cents for line in one.lines)
    assert shown["complementary_cents"] == sum(line.complementary_cents for line in one.lines)
