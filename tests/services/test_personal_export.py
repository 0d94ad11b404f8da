"""All that is known of a member in one archive: asked for and downloaded with the password, for a week (M115)."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import date

import pytest

from chalicelib import clock
from chalicelib.domain.contributions.declared_pay import PayDeclaration, PaySource
from chalicelib.domain.journal import DataGroup, Viewer, ViewerKind
from chalicelib.services import document_jobs, journal
from chalicelib.storage import members, salaries
from chalicelib.storage.transaction import Transaction
from chalicelib.texts import personal_data
from chalicelib.texts.personal_data import Index
from tests import samples
from tests.portal import PASSWORD, User, expect
from tests.services.conftest import (
    Employer,
    Json,
    Patient,
    downloaded,
    faults,
    later,
    open_member_space,
    room,
    sign_in_member,
)

PATH = "/member/personal-data"
CONFIRMED = {"password": PASSWORD}
ADULT = {"relationship": "enfant", "first_name": "Nolwenn", "last_name": "Tanguy", "birth_date": "2001-02-03"}


@pytest.fixture(scope="module")
def known(employer: Employer, yesterday_of_module: date) -> tuple[str, str, Json]:
    """A member with a paid claim of their own and one of an adult child: id, numéro adhérent, form."""
    form = samples.enrolled_member(employer.health_number, last_name="Tanguy", dependants=[ADULT])
    number = employer.enrol(form)["members"][0]["numero_adherent"]
    user = open_member_space(employer.portal, number, form)
    own, child = (one["beneficiary_id"] for one in user.get("/member")["beneficiaries"])
    Patient(employer.portal, user, own, number).paid(room(yesterday_of_module))
    Patient(employer.portal, user, child, number).claim(room(yesterday_of_module, expense_cents=5151))
    employer.portal.settle()
    from chalicelib.storage import identities
    from chalicelib.storage.identities import Identity

    return str(identities.find(Identity.MEMBER_NUMBER, number)), number, form


@pytest.fixture(scope="module")
def yesterday_of_module(employer: Employer) -> date:
    return date.fromordinal(employer.portal.today().toordinal() - 1)


def archive(user: User) -> tuple[str, zipfile.ZipFile]:
    """An archive that was asked for and downloaded."""
    export_id = expect(user.call("POST", PATH, json=CONFIRMED), 202)["export_id"]
    user.portal.settle()
    link = expect(user.call("POST", f"{PATH}/{export_id}/download", json=CONFIRMED), 200)
    return export_id, zipfile.ZipFile(io.BytesIO(downloaded(link["url"])))


def test_the_archive_holds_the_data_the_files_and_a_page_to_read(
    known: tuple[str, str, Json], employer: Employer
) -> None:
    """M115: JSON and files; no seal, no hash, no password; the downloading is in the journal."""
    member_id, number, form = known
    user = sign_in_member(employer.portal, number)
    _, found = archive(user)
    names = found.namelist()
    assert {"lisez-moi.html", "carte-de-tiers-payant.pdf"} <= set(names)
    data = {
        name: json.loads(found.read(f"donnees/{name}.json")) for name in ("identite", "demarches", "remboursements")
    }
    assert data["identite"]["email"] == form["email"]
    assert data["identite"]["beneficiaries"][0]["nir"]["masked"]
    assert len(data["demarches"]) == 2
    pieces = [one for one in names if one.startswith("pieces/")]
    assert pieces
    assert found.read(pieces[0])
    assert [one for one in names if one.startswith("decomptes/")]
    whole = json.dumps(data) + found.read("donnees/compte.json").decode()
    for hidden in (form["nir"], form["bank"]["iban"], "sealed", "lookup", "argon2", "password_hash", "task_token"):
        assert hidden not in whole
    page = found.read("lisez-moi.html").decode()
    assert '<html lang="fr">' in page
    assert "Tanguy" in page
    employer.portal.settle()
    groups = [one.groups for _, one in journal.page(member_id, before=None, limit=5)[0]]
    assert ("everything",) in groups


def test_the_archive_holds_orders_flows_and_declared_pay(known: tuple[str, str, Json], employer: Employer) -> None:
    """M115: one's own pay and not a colleague's; orders with their amount; what the scheme told and still waits."""
    member_id, number, form = known
    user = sign_in_member(employer.portal, number)
    member = members.get(member_id)
    assert member is not None
    contract_id = member.affiliations[0].contract_id
    declaration = PayDeclaration(
        declaration_id="export-1",
        company_id=member.company_id,
        contract_id=contract_id,
        month=clock.today().replace(day=1),
        declared_at=clock.now(),
        declared_by="a",
        by="Anne Rétif",
        source=PaySource.FORM,
        amounts=(("somebody-else", 777_777), (member_id, 250_050)),
    )
    with Transaction() as transaction:
        salaries.add(transaction, declaration)
    act = {"decompte": f"EXP-{number}", "line": 1, "lines": 1, "care_on": "2026-03-02", "act": "ZZZ"}
    amounts = {"expense_cents": 3131, "base_cents": 3131, "rate_percent": "70", "statutory_cents": 2100}
    line = act | amounts | {"person": {"nir": form["nir"], "birth_date": form["birth_date"]}}
    header = {"kind": "flow", "reference": f"FLUX-EXP-{number}", "scheme": "01751", "issued_on": "2026-03-09"}
    content = b"\n".join(samples.as_bytes(one) for one in (header, line))
    assert employer.portal.drop(f"flux-exp-{number}.jsonl", content)["accepted"] == 1
    _, found = archive(user)
    told = {
        name: json.loads(found.read(f"donnees/{name}.json")) for name in ("salaires", "virements", "teletransmission")
    }
    assert [one["amount_cents"] for one in told["salaires"]] == [250_050]
    assert sum(one["amount_cents"] for one in told["virements"]) > 0
    assert [one["lines"][0]["care"]["expense_cents"] for one in told["teletransmission"]] == [3131]
    whole = json.dumps(told)
    for hidden in ("lookup", "iban_sealed", form["bank"]["iban"], "777777", "Anne"):
        assert hidden not in whole


def test_an_adult_child_who_keeps_their_care_to_themselves_is_told_by_amounts_and_dates(
    known: tuple[str, str, Json], employer: Employer
) -> None:
    """M115, A12: neither what was claimed for them nor the files that say it."""
    _, number, _ = known
    _, found = archive(sign_in_member(employer.portal, number))
    whole = "".join(found.read(name).decode("utf-8", "replace") for name in found.namelist() if "donnees/d" in name)
    paid = json.loads(found.read("donnees/remboursements.json"))
    assert "5151" not in whole
    shapes = {tuple(sorted(one)) for one in paid if "lines" not in one}
    assert shapes <= {("complementary_cents", "decided_on")}
    page = found.read("lisez-moi.html").decode()
    assert "Démarche d’un ayant droit majeur" in page


def test_who_read_the_data_is_told_as_on_the_screen(known: tuple[str, str, Json], employer: Employer) -> None:
    """M115: by whom in general, to what and why; no agent nor colleague is named."""
    member_id, number, _ = known
    seen_by = Viewer(kind=ViewerKind.AGENT, account_id="agent-7", name="Zoé Prat")
    journal.note([member_id], viewer=seen_by, groups=(DataGroup.CARE,), purpose="Une demande", reason="Appel")
    employer.portal.settle()
    _, found = archive(sign_in_member(employer.portal, number))
    told = json.loads(found.read("donnees/acces.json"))
    [one] = [one for one in told if one["purpose"] == "Une demande"]
    assert (one["viewer"], one["groups"], one["reason"]) == ("agent", ["care"], "Appel")
    assert one["sentence"].startswith("Un gestionnaire a consulté vos soins")
    assert "Prat" not in str(told)
    assert "agent-7" not in str(told)


def test_a_mail_says_that_it_is_there_until_when(known: tuple[str, str, Json], employer: Employer) -> None:
    """M114, M115: once, however often the job runs; it holds no link."""
    member_id, number, form = known
    export_id, _ = archive(sign_in_member(employer.portal, number))
    document_jobs.run({"document": "personal_data", "member_id": member_id, "export_id": export_id})
    employer.portal.settle()
    told = [one for one in employer.portal.mails(form["email"]) if "archive" in one["subject"]]
    asked = [one for one in told if export_id in json.dumps(one)]
    assert asked == []
    text = told[0]["text"]
    assert "avec votre mot de passe" in text


def test_who_holds_a_session_only_gets_nothing(known: tuple[str, str, Json], employer: Employer) -> None:
    """M115: the password is asked for again, to ask and to download."""
    _, number, _ = known
    user = sign_in_member(employer.portal, number)
    export_id, _ = archive(user)
    wrong = {"password": "deviné"}
    assert faults(user.call("POST", PATH, json=wrong)) == {("password", "wrong_password")}
    assert faults(user.call("POST", f"{PATH}/{export_id}/download", json=wrong)) == {("password", "wrong_password")}


def test_the_archive_is_its_member_s_for_a_week(known: tuple[str, str, Json], employer: Employer) -> None:
    """M115: the seventh day, and the eighth; another member's, and one that is being written."""
    _, number, _ = known
    user = sign_in_member(employer.portal, number)
    export_id, _ = archive(user)
    path = f"{PATH}/{export_id}/download"
    stranger = employer.member(last_name="Morel")
    assert stranger.call("POST", path, json=CONFIRMED).status_code == 404
    asked = expect(stranger.call("POST", PATH, json=CONFIRMED), 202)["export_id"]
    soon = stranger.call("POST", f"{PATH}/{asked}/download", json=CONFIRMED)
    assert expect(soon, 409)["code"] == "document_not_ready"
    for name in ("none", "20260101T250000-" + "0" * 32):
        assert user.call("POST", f"{PATH}/{name}/download", json=CONFIRMED).status_code == 404
    with later(days=6, hours=23):
        again = sign_in_member(employer.portal, number)
        expect(again.call("POST", path, json=CONFIRMED), 200)
    with later(days=7):
        again = sign_in_member(employer.portal, number)
        assert again.call("POST", path, json=CONFIRMED).status_code == 404


def test_somebody_without_an_address_or_erased_meanwhile(known: tuple[str, str, Json], employer: Employer) -> None:
    """M115: the archive is written all the same; for nobody it is not."""
    member_id, _, _ = known
    export_id = f"{clock.now():%Y%m%dT%H%M%S}-{'a' * 32}"
    document_jobs.run({"document": "personal_data", "member_id": "none", "export_id": export_id})
    member = members.get(member_id)
    assert member is not None
    with Transaction() as transaction:
        members.save(transaction, replace(member, email=None))
    document_jobs.run({"document": "personal_data", "member_id": member_id, "export_id": export_id})
    kept = members.get(member_id)
    assert kept is not None
    with Transaction() as transaction:
        members.save(transaction, replace(kept, email=member.email))


def test_the_page_shows_what_people_typed_as_text() -> None:
    """M116, M117: no name becomes markup; an empty part says so; a file that is missing too."""
    page = personal_data.index(
        Index(
            name="<script>alert(1)</script>",
            written_on=date(2026, 3, 3),
            identity=(("Courriel", "a&b@exemple.fr"),),
            people=(),
            requests=(),
            reimbursements=((date(2026, 3, 1), 1234),),
            accesses=(),
            files=(personal_data.ListedFile(title="Facture", name=None),),
        )
    )
    assert "<script>" not in page
    assert "a&amp;b@exemple.fr" in page
    assert "12,34" in page
    assert "demandez-le-nous" in page
