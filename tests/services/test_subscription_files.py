"""A company's subscription file: everything at once or nothing, every fault at its place (H7, H29–H33, H119)."""

import copy
import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib import settings
from chalicelib.domain.errors import FieldErrors
from chalicelib.services import intake
from local.stack import Stack
from tests import samples
from tests.portal import Portal
from tests.services.conftest import (
    Employer,
    Json,
    downloaded,
    faults,
    open_employer_space,
    refused,
    subscribe,
    subscription_file,
    text_of,
)

Tables = Callable[[], Json]

_names = itertools.count(1)


def with_changes(file: Json, **values: Any) -> Json:
    """A copy of a file with some places changed: ``contracts__0__risk="prevoyance"``."""
    changed = copy.deepcopy(file)
    for path, value in values.items():
        *parents, last = (int(part) if part.isdigit() else part for part in path.split("__"))
        place: Any = changed
        for part in parents:
            place = place[part]
        place[last] = value
    return changed


def drop(portal: Portal, document: Json | bytes) -> Json:
    """The report of a file, under a name of its own: a report of before would hide one that is not written."""
    return portal.drop(f"subscription-{next(_names)}.json", document)


def test_a_subscription_creates_company_contract_and_user_and_tells_them(portal: Portal) -> None:
    """H1, H7, H8: the report and the mail give the same numéro adhérent, 7 digits."""
    file = samples.subscription()
    report = drop(portal, file)
    [company] = report["companies"]
    assert (report["outcome"], company["siret"]) == ("accepted", file["companies"][0]["siret"])
    assert len(company["numero_adherent"]) == 7
    assert company["numero_adherent"] in portal.mail(file["administrator"]["email"], "72")


WRONG_FIELDS: Json = {
    "companies__0__siren": "732829321",
    "companies__0__siret": "73282932000075",
    "companies__0__address__postcode": "4400",
    "companies__0__name": "  ",
    "broker__orias": "7001234",
    "broker__email": "contact@",
    "broker__phone": "12",
    "administrator__email": "anne.le goff@example.org",
    "administrator__first_name": None,
    "member_number_length": 10,
    "contracts__0__number": "?",
    "contracts__0__risk": "vie",
    "contracts__0__starts_on": "01/01/2024",
    "contracts__0__contributions__frequency": "yearly",
    "contracts__0__contributions__due_day": 32,
    "contracts__0__contributions__employer_share_percent": "101",
    "contracts__0__contributions__rates": [{"label": "Salarié", "basis": "pmss_percent", "value": "0"}],
    "contracts__0__covers": ["12345678901234"],
    "contracts__0__documents": [{"title": "Notice", "file": "../notice.pdf"}],
    "contracts__0__colour": "blue",
}


def test_every_fault_of_the_form_is_reported_at_its_place(portal: Portal, tables: Tables) -> None:
    """H7, H16: one report tells everything there is to mend, in French, and nothing is created."""
    before = tables()
    report = drop(portal, with_changes(samples.subscription(), **WRONG_FIELDS))
    assert refused(report) == {
        ("companies[0].siren", "invalid_identifier"),
        ("companies[0].siret", "invalid_identifier"),
        ("companies[0].address.postcode", "invalid_identifier"),
        ("companies[0].name", "string_too_short"),
        ("broker.orias", "string_pattern_mismatch"),
        ("broker.email", "invalid_identifier"),
        ("broker.phone", "invalid_identifier"),
        ("administrator.email", "invalid_identifier"),
        ("administrator.first_name", "string_type"),
        ("member_number_length", "literal_error"),
        ("contracts[0].number", "string_pattern_mismatch"),
        ("contracts[0].risk", "enum"),
        ("contracts[0].starts_on", "date_from_datetime_parsing"),
        ("contracts[0].contributions.frequency", "literal_error"),
        ("contracts[0].contributions.due_day", "less_than_equal"),
        ("contracts[0].contributions.employer_share_percent", "less_than_equal"),
        ("contracts[0].contributions.rates[0].value", "greater_than"),
        ("contracts[0].covers[0]", "invalid_identifier"),
        ("contracts[0].documents[0].file", "string_pattern_mismatch"),
        ("contracts[0].colour", "extra_forbidden"),
    }
    assert all(one["detail"].endswith((".", "»", "?")) for one in report["faults"])
    assert tables() == before


def test_parts_that_are_missing_are_named(portal: Portal) -> None:
    """H7."""
    bare = {"kind": "subscription", "reference": None}
    assert refused(drop(portal, bare)) == {
        ("companies", "missing"),
        ("broker", "missing"),
        ("administrator", "missing"),
        ("contracts", "missing"),
        ("reference", "string_type"),
    }


def test_a_file_has_companies_and_contracts_but_not_too_many(portal: Portal) -> None:
    file = samples.subscription()
    assert refused(drop(portal, file | {"companies": [], "contracts": []})) == {
        ("companies", "too_short"),
        ("contracts", "too_short"),
    }
    many = {"companies": file["companies"] * 11, "contracts": file["contracts"] * 7}
    assert refused(drop(portal, file | many)) == {("companies", "too_long"), ("contracts", "too_long")}


def test_every_contradiction_is_reported_at_its_place(portal: Portal, tables: Tables, employer: Employer) -> None:
    """H7: what no schema sees is told at once too: keys that disagree, names already in use, a table that cannot be."""
    portal.http.put("/_local/intake/attachments/photo.pdf", content=samples.jpeg())
    file = samples.subscription()
    other = samples.siret_of(samples.siren())
    contract = file["contracts"][0]
    table = copy.deepcopy(samples.TABLE)
    table["clauses"][0]["percent"] = "-3"
    table["clauses"][1]["acts"] = ["XYZ"]
    table["clauses"][2]["colour"] = "blue"
    table["clauses"][3]["id"] = table["clauses"][4]["id"]
    file["contracts"] = [
        contract | {"ends_on": "2023-12-31", "covers": [file["companies"][0]["siret"], other]},
        contract | {"guarantee_table": None, "documents": [{"title": "Notice", "file": "attachments/none.pdf"}]},
        contract | {"guarantee_table": table, "documents": [{"title": "Photo", "file": "attachments/photo.pdf"}]},
    ]
    file["companies"] = [
        file["companies"][0] | {"siren": samples.siren()},
        employer.file["companies"][0],
        employer.file["companies"][0],
    ]
    file["contracts"][0]["covers"] = [file["companies"][0]["siret"], other]
    file["administrator"]["email"] = employer.file["administrator"]["email"].upper()
    before = tables()
    assert refused(drop(portal, file)) == {
        ("companies[0].siret", "siret_of_other_siren"),
        ("companies[1].siret", "siret_used"),
        ("companies[2].siret", "siret_used"),
        ("companies", "siret_repeated"),
        ("contracts", "number_repeated"),
        ("contracts[0].ends_on", "ends_before_start"),
        ("contracts[0].covers[1]", "unknown_siret"),
        ("contracts[1].guarantee_table", "missing"),
        ("contracts[1].documents[0].file", "not_found"),
        ("contracts[2].guarantee_table.clauses[0].percent", "invalid"),
        ("contracts[2].guarantee_table.clauses[1].acts", "invalid"),
        ("contracts[2].guarantee_table.clauses[2].colour", "invalid"),
        ("contracts[2].guarantee_table.clauses[4].id", "invalid"),
        ("contracts[2].documents[0].file", "not_a_pdf"),
        ("administrator.email", "email_used"),
    }
    assert tables() == before


def test_a_reference_serves_once(portal: Portal, tables: Tables) -> None:
    """H7: the same file again changes nothing and still tells the number; another content is refused."""
    file = samples.subscription()
    accepted = drop(portal, file)
    before = tables()
    again = drop(portal, file)
    assert again["outcome"] == "unchanged"
    assert again["companies"] == accepted["companies"]
    reordered = json.dumps(dict(reversed(file.items())), indent=4).encode()
    assert drop(portal, reordered)["outcome"] == "unchanged"
    other = samples.subscription(reference=file["reference"].lower())
    assert refused(drop(portal, other)) == {("reference", "reference_used")}
    assert tables() == before
    assert len(portal.mails(file["administrator"]["email"])) == 1


def test_a_lost_report_is_written_at_the_next_delivery(portal: Portal, stack: Stack) -> None:
    """H7: the company exists, its report could not be written; the event comes again and the number is not lost."""
    file = samples.subscription()
    stack.faults.fail_call("s3.PutObject", error="SlowDown", containing="lost.json.report")
    report = portal.drop("lost.json", file)
    assert not stack.faults.pending()
    [company] = report["companies"]
    assert company["numero_adherent"] in portal.mail(file["administrator"]["email"], "72")


def test_the_largest_group_is_created_whole_and_a_larger_one_refused(portal: Portal, tables: Tables) -> None:
    """H7, H119: ten companies with five contracts each, or six."""
    file = samples.subscription()
    [company], [contract] = file["companies"], file["contracts"]
    sirens = [samples.siren() for _ in range(10)]
    file["companies"] = [company | {"siren": siren, "siret": samples.siret_of(siren)} for siren in sirens]
    numbered = [contract | {"number": f"{contract['number']}-{rank}"} for rank in range(6)]
    assert refused(drop(portal, file | {"contracts": numbered})) == {("contracts", "too_many")}
    opened = settings.table("contribution-accounts")
    before = len(tables()[opened])
    assert drop(portal, file | {"contracts": numbered[:5]})["outcome"] == "accepted"
    assert len(tables()[opened]) == before + 50


def test_subsidiaries_share_what_covers_them(portal: Portal) -> None:
    """H119, H120, H121: one user acts for both; a contract that covers one SIRET only does not show in the other."""
    file = subscription_file()
    second = samples.siren()
    file["companies"].append(file["companies"][0] | {"siren": second, "siret": samples.siret_of(second), "name": "B"})
    health, provident = file["contracts"]
    provident["covers"] = [samples.siret_of(second)]
    report = drop(portal, file)
    assert [one["siret"] for one in report["companies"]] == [one["siret"] for one in file["companies"]]
    assert len({one["numero_adherent"] for one in report["companies"]}) == 2
    hr = open_employer_space(portal, file, report)
    companies = hr.get("/employer/companies")["companies"]
    assert [one["name"] for one in companies] == [one["name"] for one in file["companies"]]
    held = []
    for one in companies:
        answer = hr.get(f"/employer/companies/{one['company_id']}/contracts")
        held.append({contract["number"] for contract in answer["contracts"]})
        assert answer["broker"]["orias"] == file["broker"]["orias"]
    assert held == [{health["number"]}, {health["number"], provident["number"]}]


def test_a_contract_shows_as_it_was_subscribed(employer: Employer) -> None:
    """H6, H31, H32, H33, H36, H37: terms, guarantees and the broker; nothing lets HR change the level of cover."""
    answer = employer.hr.get(f"{employer.base}/contracts")
    by_risk = {one["risk"]: one for one in answer["contracts"]}
    health, provident = employer.file["contracts"]
    assert {one["number"] for one in by_risk.values()} == {health["number"], provident["number"]}
    assert by_risk["sante"]["terms"]["employer_share_percent"] == "60"
    assert "Ostéopathie" in {one["label"] for one in by_risk["sante"]["guarantees"]}
    assert [one["title"] for one in by_risk["sante"]["documents"]] == [
        "Tableau de garanties",
        "Exemples de remboursement",
    ]
    assert (by_risk["prevoyance"]["guarantees"], by_risk["prevoyance"]["documents"]) == ([], [])
    assert answer["broker"]["name"] == employer.file["broker"]["name"]
    path = f"{employer.base}/contracts/{employer.health['contract_id']}"
    assert {employer.hr.call(method, path).status_code for method in ("PUT", "PATCH", "DELETE")} == {403}


def test_a_table_that_breaks_the_contrat_responsable_is_accepted_with_warnings(portal: Portal) -> None:
    """H7, dossier 2: the insurer reads which line breaks which rule; what exceeds a cap is clipped at settling."""
    table = copy.deepcopy(samples.TABLE)
    table["clauses"][0]["non_optam_percent"] = "150"
    table["clauses"][8]["frame_amount_cents"] = 20000
    report = drop(portal, with_changes(samples.subscription(), contracts__0__guarantee_table=table))
    assert report["outcome"] == "accepted"
    found = {(one["place"], one["clause"]) for one in report["warnings"]}
    assert {("contracts[0].guarantee_table", "consultations"), ("contracts[0].guarantee_table", "lunettes-b")} <= found


def test_a_table_below_the_minimum_of_the_employer_is_accepted_with_warnings(portal: Portal) -> None:
    """H7, dossier 2.6: what every employer owes its employees, whatever the contract is called."""
    report = drop(portal, samples.subscription())
    assert report["outcome"] == "accepted"
    said = [one["detail"] for one in report["warnings"] if "Orthodontie" in one["detail"] and one["clause"] is None]
    assert any("125" in one and "l’employeur" in one for one in said)


def test_a_table_older_than_the_known_law_is_accepted_and_its_check_said_not_done(portal: Portal) -> None:
    """H7: no legal value is known for that day: the insurer is told so, and the company exists all the same."""
    table = samples.TABLE | {"valid_from": "2012-01-01"}
    file = with_changes(
        samples.subscription(), contracts__0__guarantee_table=table, contracts__0__starts_on="2012-01-01"
    )
    report = drop(portal, file)
    assert report["outcome"] == "accepted", report
    assert report["companies"][0]["numero_adherent"]
    [warning] = report["warnings"]
    assert (warning["place"], warning["clause"]) == ("contracts[0].guarantee_table", None)
    assert "1er\u00a0janvier\u00a02012" in warning["detail"]
    assert drop(portal, file)["warnings"] == report["warnings"]


UNREADABLE = {
    "latin-1": '{"kind": "subscription", "name": "Société"}'.encode("latin-1"),
    "utf-16": '{"kind": "subscription"}'.encode("utf-16"),
    "empty": b"",
    "cut": b'{"kind": "subscription", ',
    "deep": b"[" * 100_000,
    "number": b"1" * 10_000,
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_file_that_is_no_json_is_refused(content: bytes) -> None:
    """It never ends among the dead letters: the insurer reads what is wrong with it."""
    assert parsing_faults(content) == {("body", "unreadable")}


@pytest.mark.parametrize("content", [b"[]", b"null", b'"subscription"', b"{}", b'{"kind": "other"}', b'{"kind": []}'])
def test_a_file_of_no_known_kind_is_refused(content: bytes) -> None:
    """The three kinds are named."""
    assert parsing_faults(content) == {("kind", "unknown_kind")}


def parsing_faults(content: bytes) -> set[tuple[str, str]]:
    """The place and the code of each fault of a content."""
    with pytest.raises(FieldErrors) as refusal:
        intake.parse(content)
    return {(one.field, one.code) for one in refusal.value.faults}


def test_a_file_beyond_5_mb_is_refused_and_one_just_below_is_read(portal: Portal) -> None:
    content = samples.as_bytes(samples.subscription())
    assert drop(portal, content + b" " * (5 * 1024 * 1024 - len(content)))["outcome"] == "accepted"
    content = samples.as_bytes(samples.subscription())
    assert refused(drop(portal, content + b" " * (5 * 1024 * 1024 - len(content) + 1))) == {("body", "too_large")}


def test_a_file_may_begin_with_a_byte_order_mark(portal: Portal) -> None:
    """Files written by office tools on Windows begin with one."""
    assert drop(portal, b"\xef\xbb\xbf" + samples.as_bytes(samples.subscription()))["outcome"] == "accepted"


def test_half_a_character_is_refused_wherever_it_stands(portal: Portal) -> None:
    """A lone surrogate is valid JSON but no text: nothing could store it."""
    file = samples.subscription()
    name = json.dumps(file).replace("Soci\\u00e9t\\u00e9", "\\ud800")
    key = json.dumps(file).replace('"broker"', '"\\ud800"')
    table = json.dumps(file).replace('"Ost\\u00e9opathie"', '"\\udfff"')
    for content in (name, key, table):
        assert content != json.dumps(file)
        assert parsing_faults(content.encode()) == {("body", "unreadable")}
    assert refused(drop(portal, key.encode())) == {("body", "unreadable")}


def test_attached_documents_reach_the_employer_untouched(portal: Portal) -> None:
    """H32: two subscriptions may use the same contract number and the same file name without meeting."""
    files, pdfs = [], [samples.pdf("Notice A"), samples.pdf("Notice B")]
    for content in pdfs:
        file = subscription_file()
        file["contracts"][0] |= {
            "number": "SANTE-COMMUN",
            "documents": [{"title": "Notice d’information", "file": "attachments/notice.pdf"}],
        }
        portal.http.put("/_local/intake/attachments/notice.pdf", content=content)
        files.append(subscribe(portal, file))
    for employer, content in zip(files, pdfs, strict=True):
        listed = employer.health["documents"]
        assert [one["title"] for one in listed[2:]] == ["Notice d’information"]
        path = f"{employer.base}/contracts/{employer.health['contract_id']}/documents/{listed[2]['document_id']}"
        assert downloaded(employer.hr.get(path)["url"]) == content


def test_the_guarantee_table_is_written_as_a_pdf(employer: Employer) -> None:
    """H32: the label and the wording of each guarantee."""
    path = f"{employer.base}/contracts/{employer.health['contract_id']}/documents/guarantees"
    text = text_of(employer.hr.get(path)["url"])
    assert "Ostéopathie" in text
    assert employer.health_number in text
    missing = employer.hr.call("GET", path.replace("guarantees", "other"))
    assert missing.status_code == 404
    of_provident = path.replace(employer.health["contract_id"], employer.provident["contract_id"])
    assert employer.hr.call("GET", of_provident).status_code == 404


def test_agents_are_created_once(portal: Portal, tables: Tables) -> None:
    """M115: an address in use or written twice is refused with its place."""
    email = samples.email("agent")
    person = {"first_name": "Zoé", "last_name": "Prat", "email": email}
    file = {"kind": "agents", "reference": f"AGENTS-{email[6:-12]}-A", "agents": [person]}
    assert drop(portal, file)["outcome"] == "accepted"
    before = tables()
    again = file | {"reference": f"AGENTS-{email[6:-12]}-B", "agents": [person, person | {"email": email.upper()}]}
    assert ("agents[0].email", "email_used") in refused(drop(portal, again))
    new = samples.email("agent")
    twice = [person | {"email": new}, person | {"email": new.replace("agent", "Agent")}]
    file = file | {"reference": f"AGENTS-{email[6:-12]}-C", "agents": twice}
    assert refused(drop(portal, file)) == {("agents", "email_repeated")}
    assert tables() == before


def test_the_api_never_takes_a_subscription(employer: Employer) -> None:
    """H37: a subscription comes from the insurer's production only."""
    assert employer.hr.call("POST", "/employer/companies", json=samples.subscription()).status_code == 403
    assert faults(employer.invite("nobody@")) == {("email", "invalid_identifier")}
