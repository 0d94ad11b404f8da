"""A member's reimbursements: lists, filters, pages (M35–M39)."""

import csv
import io
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
from tests.services.conftest import Employer, Json, Patient, downloaded, faults, later, osteopathy, room, sign_in_member

DECOMPTES = 45
CHILD = {"relationship": "enfant", "first_name": "Tom", "last_name": "Martin", "birth_date": "2015-04-01"}


@pytest.fixture(scope="module")
def history(employer: Employer) -> tuple[User, list[Reimbursement]]:
    """A member with 45 décomptes, one a day, oldest first: every third of a child, every fifth for osteopathy."""
    member = employer.member(dependants=[CHILD])
    me = member.get("/member")
    patient = Patient(employer.portal, member, me["beneficiaries"][0]["beneficiary_id"], me["numero_adherent"])
    day = employer.portal.today() - timedelta(days=1)
    made = [patient.claim(osteopathy(day)), patient.claim(room(day))]
    models = [stored(one) for one in made]
    with Transaction() as transaction:
        child = me["beneficiaries"][1]["beneficiary_id"]
        seeded = [copy_of(models, number, child) for number in range(DECOMPTES - 2)]
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


def copy_of(models: list[Reimbursement], number: int, child: str) -> Reimbursement:
    """A décompte of the past, the first one the oldest."""
    model = models[0] if number % 5 == 0 else models[1]
    decided = model.decided_at - timedelta(days=DECOMPTES - number)
    day = f"{decided.date():%Y%m%d}"
    return replace(
        model,
        reimbursement_id=f"{day}-{number:012x}-1",
        decided_at=decided,
        beneficiary_id=child if number % 3 == 0 else model.beneficiary_id,
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
    child = decided[0].beneficiary_id
    relative = [one for one in decided if one.beneficiary_id == child]
    sessions = [one for one in decided if one.lines[0].act == "OST"]
    both = [one for one in relative if one in sessions]
    assert listed(member, beneficiary_id=child) == ids(relative)
    assert listed(member, act="OST") == ids(sessions)
    assert listed(member, act="OST", beneficiary_id=child) == ids(both)
    assert listed(member, act="G") == []
    assert listed(member, beneficiary_id="nobody") == []


def ids(decided: list[Reimbursement]) -> list[str]:
    """Their ids, newest first."""
    return [one.reimbursement_id for one in reversed(decided)]


def test_days_of_decision_are_included(history: tuple[User, list[Reimbursement]]) -> None:
    """M36: from the first to the last."""
    member, decided = history
    days = [one.reimbursement_id[:8] for one in decided]
    low, high = (date.fromisoformat(day) for day in (days[5], days[15]))
    assert listed(member, decided_from=low, decided_to=high) == ids(decided[5:16])
    assert listed(member, decided_from=high) == ids(decided[15:])
    assert listed(member, decided_to=low) == ids(decided[:6])
    assert listed(member, decided_from=low, decided_to=low) == ids(decided[5:6])
    assert listed(member, decided_from=date.max) == []
    assert listed(member, decided_to=date(2000, 1, 1)) == []


@pytest.mark.parametrize("route", ["reimbursements", "reimbursement-totals", "reimbursement-exports"])
@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"decided_from": "2026-03-02", "decided_to": "2026-03-01"}, ("decided_to", "ends_before_start")),
        ({"care_from": "2026-03-02", "care_to": "2026-03-01"}, ("care_to", "ends_before_start")),
        ({"family": "optiqeu"}, ("family", "unknown_family")),
    ],
)
def test_a_filter_that_can_keep_nothing_is_a_fault(
    history: tuple[User, list[Reimbursement]], route: str, wrong: Json, fault: tuple[str, str]
) -> None:
    """M36: days the wrong way round, a family that does not exist; in the list, its totals and its export."""
    member, _ = history
    exported = route.endswith("exports")
    sent: Json = {"json": {"format": "csv"} | wrong} if exported else {"params": wrong}
    assert faults(member.call("POST" if exported else "GET", f"/member/{route}", **sent)) == {fault}


def test_care_payee_and_state_narrow_the_list_and_its_totals(history: tuple[User, list[Reimbursement]]) -> None:
    """M36, H151: by days of care, family of acts, who was paid, what became of the money; totals over the same list."""
    member, decided = history
    care_on = decided[-1].lines[0].care_on
    sessions = [one for one in decided if one.lines[0].act == "OST"]
    assert listed(member, family="medecine_douce") == ids(sessions)
    assert listed(member, family="optique") == []
    assert listed(member, paid_to="member") == ids(decided)
    assert listed(member, paid_to="professional") == []
    assert listed(member, state="ORDERED") == ids([one for one in decided if one.order_id])
    assert listed(member, state="PAID") == []
    assert listed(member, care_from=care_on, care_to=care_on, decided_from=date(2000, 1, 1)) == ids(decided[-2:])
    assert listed(member, care_from=care_on + timedelta(days=1)) == []
    assert listed(member, care_to=care_on - timedelta(days=1)) == []
    for query, kept in (({}, decided), ({"family": "medecine_douce"}, sessions), ({"family": "optique"}, [])):
        totals = member.get("/member/reimbursement-totals", params=query)
        assert totals["decomptes"] == len(kept)
        assert totals["complementary_cents"] == sum(one.complementary_cents for one in kept)
        assert totals["expense_cents"] == sum(one.expense_cents for one in kept)
        assert totals["hidden_complementary_cents"] == 0
        assert (totals["complete"], totals["counted_from"], totals["hidden"]) == (True, None, 0)


def test_totals_of_a_list_too_long_say_from_when_they_count(
    history: tuple[User, list[Reimbursement]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """M36: a bounded number of rows is read, and the answer says so."""
    member, decided = history
    monkeypatch.setattr(reimbursement_list, "TOTALLED_AT_ONCE", 5)
    totals = member.get("/member/reimbursement-totals")
    assert (totals["decomptes"], totals["complete"]) == (25, False)
    assert totals["counted_from"] == f"{decided[-25].decided_at.date()}"


def exported(member: User, **body: str) -> list[list[str]]:
    """The rows of an export of the list, its titles first."""
    asked = member.post("/member/reimbursement-exports", {"format": "csv"} | body, 202)
    member.portal.settle()
    content = downloaded(member.get(f"/member/reimbursement-exports/{asked['export_id']}")["url"])
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def test_the_list_is_exported_with_its_filters(history: tuple[User, list[Reimbursement]], patient: Patient) -> None:
    """M36, H47: line by line, in the order of the list, amounts and days the French way; nobody else's."""
    member, decided = history
    rows = exported(member)
    assert rows[0][:5] == ["Décompte", "Décidé le", "Date des soins", "Bénéficiaire", "Acte"]
    assert [row[0] for row in rows[1:]] == [one.number for one in reversed(decided)]
    newest = decided[-1].lines[0]
    assert rows[1][2] == f"{newest.care_on:%d/%m/%Y}"
    assert rows[1][6] == f"{newest.expense_cents // 100},{newest.expense_cents % 100:02d}"
    assert rows[1][11:13] == ["Assuré", "Virement ordonné"]
    assert {row[5] for row in exported(member, family="medecine_douce")[1:]} == {"Médecines douces"}
    asked = member.post("/member/reimbursement-exports", {"format": "xlsx"}, 202)
    member.portal.settle()
    path = f"/member/reimbursement-exports/{asked['export_id']}"
    assert downloaded(member.get(path)["url"]).startswith(b"PK")
    assert patient.member.call("GET", path).status_code == 404
    assert member.call("GET", "/member/reimbursement-exports/none").status_code == 404
    number = member.get("/member")["numero_adherent"]
    with later(days=1, minutes=1):
        assert sign_in_member(member.portal, number).call("GET", path).status_code == 404


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
        {"care_from": "2026-13-01"},
        {"family": "x" * 41},
        {"paid_to": "me"},
        {"state": "LOST"},
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
