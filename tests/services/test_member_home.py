"""The member's home page: entries, shortcuts, what waits, counts (M17, M18, M19, M20, M21, M22, M23, M116)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from chalicelib import clock
from chalicelib.domain.company import Risk
from chalicelib.domain.member_shortcuts import offers
from chalicelib.storage import identities, members, reimbursements
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Transaction, retry_stale
from tests.portal import User
from tests.services.conftest import Employer, Json, Patient, later, osteopathy, room, sign_in_member

HEALTH_MENU = [
    "Accueil", "Contrat", "Mes remboursements santé", "Mes démarches en ligne", "Services & informations",
    "Mon compte",
]  # fmt: skip


def home(member: User) -> Json:
    """The home page."""
    page: Json = member.get("/member/home")
    return page


def waiting(member: User, kind: str) -> list[Json]:
    """What waits for the member of a kind."""
    return [one for one in home(member)["waiting"] if one["kind"] == kind]


def open_shortcuts(page: Json) -> set[str]:
    """The shortcuts that may be used."""
    return {one["action"] for one in page["shortcuts"] if one["available"]}


def change(numero_adherent: str, **changes: Any) -> None:
    """Write a member otherwise than they stand."""

    def write() -> None:
        found = members.get(identities.find(Identity.MEMBER_NUMBER, numero_adherent) or "")
        assert found
        with Transaction() as transaction:
            members.save(transaction, replace(found, **changes))

    retry_stale(write)


def test_a_member_in_sante_has_six_entries_and_every_shortcut(employer: Employer) -> None:
    """M17, M18, M19, M20, M21, M22, M23."""
    page = home(employer.member())
    assert [one["label"] for one in page["menu"]] == HEALTH_MENU
    assert all(one["available"] for one in page["menu"])
    assert [one["action"] for one in page["shortcuts"]][:5] == ["reimbursements", "claim", "card", "hospital", "news"]
    assert all(one["available"] for one in page["shortcuts"])
    assert (page["risks"], page["reimbursements_this_year"], page["open_requests"]) == (["sante"], 0, 0)
    assert page["news"]


def test_a_prevoyance_only_member_is_told_in_words_what_is_not_theirs(employer: Employer) -> None:
    """M18, M39, M116, A3: news, address, bank details and accountant; no colour tells the others apart."""
    page = home(employer.member(contracts=[employer.provident["number"]]))
    assert open_shortcuts(page) == {"news", "address", "bank_details", "accountant"}
    assert all("santé" in one["reason"] for one in page["shortcuts"] if not one["available"])
    closed = [one for one in page["menu"] if not one["available"]]
    assert [one["label"] for one in closed] == ["Mes remboursements santé"]
    assert page["reimbursements_this_year"] is None
    assert page["risks"] == ["prevoyance"]


def test_what_waits_comes_in_the_order_of_its_days_and_goes_when_it_is_done(employer: Employer) -> None:
    """M112, M35: documents to send; counts of this year."""
    member = employer.member()
    me = member.get("/member")
    patient = Patient(employer.portal, member, me["beneficiaries"][0]["beneficiary_id"], me["numero_adherent"])
    request = patient.opened(room(employer.portal.today()))
    [one] = waiting(member, "request")
    assert (one["request_id"], one["due_on"]) == (request["request_id"], request["due_on"])
    assert "pièce" in one["detail"]
    assert home(member)["open_requests"] == 1
    patient.send(request)
    patient.read(request)
    page = home(member)
    assert (page["open_requests"], page["reimbursements_this_year"], page["more_reimbursements"]) == (0, 1, False)
    assert [one["kind"] for one in page["waiting"] if one["kind"] == "request"] == []
    days = [one["due_on"] for one in page["waiting"] if one["due_on"]]
    assert days == sorted(days)


def test_the_count_of_the_year_is_bounded_and_begins_in_january(employer: Employer, yesterday: date) -> None:
    """M35: last year's décomptes are not counted; past a hundred the page says that there are more."""
    member = employer.member()
    me = member.get("/member")
    patient = Patient(employer.portal, member, me["beneficiaries"][0]["beneficiary_id"], me["numero_adherent"])
    made = patient.claim(osteopathy(yesterday))
    member_id = identities.find(Identity.MEMBER_NUMBER, me["numero_adherent"]) or ""
    one = reimbursements.get(member_id, made["reimbursement_id"])
    assert one
    year = clock.today().year
    ids = [f"{year - 1}1231235959-{0:012x}-1", *(f"{year}0101000000-{rank:012x}-1" for rank in range(99))]
    for start in range(0, len(ids), 50):
        with Transaction() as transaction:
            for name in ids[start : start + 50]:
                reimbursements.create(transaction, replace(one, reimbursement_id=name, order_id=None), None)
    page = home(member)
    assert (page["reimbursements_this_year"], page["more_reimbursements"]) == (100, True)


def test_a_card_that_ends_soon_and_an_account_that_is_missing_are_told(employer: Employer) -> None:
    """M21, M34, M45: thirty days ahead, with the day from which the next card may be fetched."""
    member = employer.member()
    me = member.get("/member")
    employer.portal.settle()
    change(me["numero_adherent"], bank_account=None)
    assert [one["title"] for one in waiting(member, "bank_details")] == ["Votre RIB"]
    ends = date(clock.today().year, 12, 31)
    for days_before, expected in ((31, 0), (30, 1)):
        ahead = (ends - timedelta(days=days_before) - clock.today()).days
        if ahead >= 0:
            with later(days=ahead):
                again = sign_in_member(employer.portal, me["numero_adherent"])
                assert len(waiting(again, "card")) == expected


def test_once_the_cover_is_over_the_past_stays_open_and_the_rest_closes() -> None:
    """M58, A3: what was given before the end may still be claimed."""
    both, nothing = frozenset(Risk), frozenset[Risk]()
    reasons = {str(one.shortcut): one.reason for one in offers(both, nothing)}
    usable = {name for name, reason in reasons.items() if reason is None}
    assert usable == {"reimbursements", "claim", "news", "address", "bank_details", "accountant"}
    assert reasons["card"] == "Votre couverture santé n’est plus en cours."
