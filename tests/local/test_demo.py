"""The portfolio of ``make run`` as a newcomer meets it: everything is there, and everything shown works.

``python -m local`` lives it in a process of its own, which the tests visit over HTTP.
"""

import html
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import pytest

from chalicelib import clock
from chalicelib.domain.errors import NoParameterFor
from chalicelib.domain.guarantee import GuaranteeTable
from chalicelib.domain.law import parameter
from chalicelib.domain.responsible_contract import breaches
from chalicelib.file_inspection import MAX_BYTES, inspect
from chalicelib.passwords import check_password
from chalicelib.services.intake import parse
from local.demo.papers import paper
from local.demo.past import Past
from local.demo.sign_ins import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "local/demo/subscription.json"
HOMES = {"Espace RH": "/employer/companies", "Espace personnel": "/member", "Gestion": "/backoffice/queue"}
DOORS = {
    "Espace RH": "/access/employer/sessions",
    "Espace personnel": "/access/member/sessions",
    "Gestion": "/access/backoffice/sessions",
}
MINUTE = timedelta(minutes=1)


def portfolio(name: str) -> Any:
    return json.loads(files("local.demo").joinpath("portfolio", f"{name}.json").read_text("utf-8"))


def soon(ask: Callable[[], httpx.Response]) -> Any:
    """The answer to a request, asked again while something is being prepared."""
    for _ in range(100):
        answer = ask()
        if answer.status_code == 200:
            return answer.json()
        assert answer.status_code in {404, 409}, answer.text
        time.sleep(0.1)
    raise AssertionError(answer.text)


class Newcomer:
    """Somebody who has started the system and reads what it prints."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.shown = ""
        while "Ctrl-C" not in self.shown:
            line = process.stdout.readline()
            assert line, self.shown
            self.shown += line
        self.url = re.findall(r"http://localhost:\d+", self.shown)[0]
        self.sessions: dict[str, httpx.Client] = {}

    @cached_property
    def accounts(self) -> dict[str, tuple[str, str]]:
        """The space and the note of each identifier in the table."""
        rows = re.findall(r"^  (Espace RH|Espace personnel|Gestion) +(\S+) +(.+)$", self.shown, re.MULTILINE)
        return {identifier: (space, note) for space, identifier, note in rows}

    def get(self, path: str) -> Any:
        answer = httpx.get(self.url + path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def report(self, name: str) -> Any:
        """What became of a file dropped in the intake bucket, once it is told."""
        return soon(lambda: httpx.get(f"{self.url}/_local/documents/intake/incoming/{name}.report"))

    def signed_in(self, identifier: str) -> httpx.Client:
        """A session, opened with what the table says."""
        if identifier not in self.sessions:
            space, _ = self.accounts[identifier]
            name = "identifier" if space == "Espace personnel" else "email"
            opened = httpx.post(self.url + DOORS[space], json={name: identifier, "password": PASSWORD})
            assert opened.status_code == 201, opened.text
            headers = {"Authorization": f"Bearer {opened.json()['token']}"}
            self.sessions[identifier] = httpx.Client(base_url=self.url, headers=headers)
        return self.sessions[identifier]


@pytest.fixture(scope="module")
def newcomer() -> Iterator[Newcomer]:
    # A stack of other tests may be running here: what it has set is not for a process of its own.
    own = {name: value for name, value in os.environ.items() if not name.startswith(("ESPACE_", "AWS_", "MOTO_"))}
    environment = own | {"POWERTOOLS_METRICS_DISABLED": "true", "POWERTOOLS_LOG_LEVEL": "WARNING"}
    process = subprocess.Popen(
        [sys.executable, "-m", "local", "--port", "0", "--aws-port", "0"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        newcomer = Newcomer(process)
        yield newcomer
        for session in newcomer.sessions.values():
            session.close()
        process.terminate()
        output, _ = process.communicate(timeout=20)
        assert process.returncode == 0, output
    finally:
        process.kill()
        process.communicate()


def employees(hr: httpx.Client) -> dict[str, list[dict[str, Any]]]:
    """The employees of each company that an administrator sees."""
    companies = hr.get("/employer/companies").json()["companies"]
    paths = {one["name"]: f"/employer/companies/{one['company_id']}/employees" for one in companies}
    return {name: hr.get(path).json()["employees"] for name, path in paths.items()}


def test_what_is_shown_says_where_everything_is(newcomer: Newcomer) -> None:
    for address in ("/", "/docs/", "/_local/mailbox", "/_local/documents"):
        assert newcomer.url + address in newcomer.shown
        assert httpx.get(newcomer.url + address).status_code == 200
    assert re.search(r"AWS simulé.* http://127\.0\.0\.1:\d+", newcomer.shown)
    assert PASSWORD in newcomer.shown
    assert '"_aws"' not in newcomer.shown


def test_every_account_shown_signs_in_to_its_open_space(newcomer: Newcomer) -> None:
    """H19, H134, M11, M115: e-mail, or numéro adhérent for a member."""
    assert Counter(space for space, _ in newcomer.accounts.values()) == {
        "Espace RH": 2,
        "Espace personnel": 6,
        "Gestion": 2,
    }
    for identifier, (space, _) in newcomer.accounts.items():
        assert newcomer.signed_in(identifier).get(HOMES[space]).status_code == 200


def test_a_company_with_two_subsidiaries_shows_employees_in_every_state(newcomer: Newcomer) -> None:
    """H48, H60, H70, H74, H119: one account, three legal units, 14-digit numbers."""
    companies = employees(newcomer.signed_in("anne.legoff@kerbrat.example"))
    assert len(companies) == 3
    everybody = [one for found in companies.values() for one in found]
    assert {one["state_label"] for one in everybody} == {
        "Affilié",
        "En attente de pièces",
        "Pré-affilié",
        "Invitation expirée",
        "Annulé",
        "En portabilité",
    }
    affiliated = [one for one in everybody if one["state"] == "ACTIVE"]
    assert {len(one["numero_adherent"]) for one in affiliated} == {14}
    assert [one["name"] for one in affiliated if one["email"] is None] == ["Mireille Le Bihan"]


def test_the_other_company_gives_numbers_of_seven_digits(newcomer: Newcomer) -> None:
    (found,) = employees(newcomer.signed_in("nadia.belkacem@castagne.example")).values()
    assert {len(one["numero_adherent"]) for one in found} == {7}
    assert len(found) == 4


def test_one_dependant_still_waits_for_a_proof(newcomer: Newcomer) -> None:
    """M52, M53: the employee is affiliated before all dependants are."""
    hr = newcomer.signed_in("anne.legoff@kerbrat.example")
    path = f"/employer/companies/{hr.get('/employer/companies').json()['companies'][0]['company_id']}/employees"
    chloe = next(one for one in hr.get(path).json()["employees"] if one["name"] == "Chloé Nguyen")
    family = hr.get(f"{path}/{chloe['member_id']}").json()["beneficiaries"]
    assert {one["first_name"]: one["state"] for one in family} == {
        "Chloé": "ACTIVE",
        "Antoine": "ACTIVE",
        "Zoé": "PENDING_PROOF",
    }


@pytest.mark.parametrize("identifier", sorted({claim["by"] for claim in portfolio("claims")}))
def test_every_claim_has_come_as_far_as_the_story_says(newcomer: Newcomer, identifier: str) -> None:
    """M112: all the outcomes of a request can be seen."""
    told = Counter(claim["outcome"] for claim in portfolio("claims") if claim["by"] == identifier)
    requests = newcomer.signed_in(identifier).get("/member/requests").json()["requests"]
    assert Counter(one["state"] for one in requests if one["kind"] == "claim") == told


def test_the_family_has_reimbursements_of_all_kinds(newcomer: Newcomer) -> None:
    """M35, M36, M37, M38: by a rule or by an agent, explained, with a décompte; osteopathy has used its sessions up."""
    camille = newcomer.signed_in("camille.riou@courriel.example")
    listed = camille.get("/member/reimbursements").json()["reimbursements"]
    path = "/member/reimbursements/"
    details = [camille.get(path + one["reimbursement_id"]).json() for one in listed]
    assert {one["decided_by"] for one in details} == {"règle", "gestionnaire"}
    assert len({one["beneficiary_name"] for one in details}) == 4
    (osteopathy,) = [line for one in details for line in one["lines"] if line["act"] == "OST"]
    assert [one["code"] for one in osteopathy["reductions"]] == ["count_limit"]
    crown = [line for one in details for line in one["lines"] if line["act"] == "HBLD634"]
    assert [line["left_to_pay_cents"] for line in crown] == [0]
    for one in listed:
        link = soon(partial(camille.get, f"{path}{one['reimbursement_id']}/statement"))["url"]
        assert httpx.get(link).content.startswith(b"%PDF")


def test_one_member_has_provident_cover_only(newcomer: Newcomer) -> None:
    """M34, M39: no reimbursements, no card."""
    herve = newcomer.signed_in("herve.tanguy@courriel.example")
    assert [one["risk"] for one in herve.get("/member").json()["contracts"]] == ["prevoyance"]
    assert herve.get("/member/reimbursements").status_code == 404
    assert herve.get("/member/card").status_code == 404


def test_the_agent_has_work_and_nothing_has_gone_wrong(newcomer: Newcomer) -> None:
    """M114, M115: claims to decide, no mail refused, no message given up; what is read here is being journalled."""
    agent = newcomer.signed_in("solene.marchand@assureur.example")
    waiting = agent.get("/backoffice/queue").json()["requests"]
    assert {(one["group"], one["state"]) for one in waiting} == {
        ("claims", "IN_REVIEW"),
        ("flows", "IN_REVIEW"),
        ("hospital", "ACKED"),
    }
    assert agent.get("/backoffice/rejected-messages").json()["messages"] == []
    queues = newcomer.get("/_local/queues.json")["queues"]
    assert {one["name"] for one in queues if one["ready"] or one["in_flight"]} <= {"journal"}
    assert [one["name"] for one in queues if one["dead"]] == []


def company(hr: httpx.Client, name: str) -> str:
    """The path of a company that an administrator sees."""
    listed = hr.get("/employer/companies").json()["companies"]
    return "/employer/companies/" + next(str(one["company_id"]) for one in listed if one["name"] == name)


def contributions(hr: httpx.Client, name: str) -> dict[str, list[dict[str, Any]]]:
    """The contributions of a company by contract, newest first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in hr.get(f"{company(hr, name)}/contributions").json()["contributions"]:
        found.setdefault(one["contract_number"], []).append(one)
    return found


@pytest.fixture
def ceiling() -> None:
    """Prices in percent of the PMSS are called once that of the year is known."""
    try:
        parameter("pmss", on=clock.today())
    except NoParameterFor:
        pytest.skip("the PMSS of this year is not among the parameters yet")


@pytest.mark.usefixtures("ceiling")
@pytest.mark.parametrize("name", ["Menuiserie Kerbrat", "Kerbrat Agencement", "Scierie Kerbrat"])
def test_each_company_of_the_group_has_paid_by_transfer_and_has_more_to_pay(newcomer: Newcomer, name: str) -> None:
    """H39, H43, H45: what was called is paid under its structured reference; what was called since is due later."""
    hr = newcomer.signed_in("anne.legoff@kerbrat.example")
    called = contributions(hr, name)["SANTE-KERBRAT"]
    assert (called[0]["state"], called[0]["owed_cents"] > 0) == ("ISSUED", True)
    assert (called[-1]["state_label"], called[-1]["owed_cents"]) == ("Payée", 0)
    path = f"{company(hr, name)}/contracts/{called[0]['contract_id']}/ledger"
    assert "Virement" in {one["label"] for one in hr.get(path).json()["postings"]}
    detail = hr.get(f"{company(hr, name)}/contributions/{called[0]['number']}").json()
    assert detail["reference"] in detail["means"]
    link = hr.get(f"{company(hr, name)}/contributions/{called[-1]['number']}/document").json()["url"]
    assert httpx.get(link).content.startswith(b"%PDF")


@pytest.mark.usefixtures("ceiling")
def test_provident_contributions_are_unpaid_and_pay_is_missing(newcomer: Newcomer) -> None:
    """H4, H45, H46: formal notice for what was called; the next months wait for the pay of the executives."""
    hr = newcomer.signed_in("anne.legoff@kerbrat.example")
    agent = newcomer.signed_in("solene.marchand@assureur.example")
    (unpaid,) = contributions(hr, "Menuiserie Kerbrat")["PREV-KERBRAT"]
    assert unpaid["state_label"] == "Mise en demeure"
    (debt,) = agent.get("/backoffice/dunning").json()["debts"]
    assert (debt["number"], debt["task"]) == (unpaid["number"], "lettre_recommandee")
    months = hr.get(f"{company(hr, 'Menuiserie Kerbrat')}/salaries").json()["months"]
    assert [one["state"] for one in months] == sorted(one["state"] for one in months)
    assert {one["state"] for one in months} == {"a_declarer", "declaree"}
    (missing,) = agent.get("/backoffice/contribution-run").json()["not_called"]
    assert (missing["contract_id"], missing["code"]) == (unpaid["contract_id"], "pay_not_declared")


def test_a_debit_came_back_and_another_is_announced(newcomer: Newcomer) -> None:
    """H43, H46, H86: the mandate was signed on line; the bank gave the debit back; the company sees how to pay it."""
    hr = newcomer.signed_in("nadia.belkacem@castagne.example")
    mandate = hr.get(f"{company(hr, 'Boulangeries Castagné')}/bank-details").json()["current"]
    called = contributions(hr, "Boulangeries Castagné")["SANTE-CASTAGNE"]
    rejected = [one for one in called if one["state"] == "DEBIT_REJECTED"]
    assert len(rejected) == 1
    assert called[0]["state"] == "ISSUED"
    details = [
        hr.get(f"{company(hr, 'Boulangeries Castagné')}/contributions/{one['number']}").json()
        for one in (called[0], *rejected)
    ]
    assert details[0]["debit"]["rum"] == mandate["rum"]
    assert details[1]["means"].startswith("Réglez par virement dès maintenant")
    (waiting,) = [
        one
        for one in hr.get(f"{company(hr, 'Boulangeries Castagné')}/home").json()["waiting"]
        if one["kind"] == "contributions"
    ]
    assert waiting["detail"].startswith("Une cotisation est à régler")
    agent = newcomer.signed_in("solene.marchand@assureur.example")
    (debit,) = agent.get("/backoffice/rejected-debits").json()["debits"]
    assert (debit["statement"], debit["reason"]) == (rejected[0]["number"], "MD06")


def test_money_came_in_without_its_reference(newcomer: Newcomer) -> None:
    """H43: an agent finds out what it pays."""
    agent = newcomer.signed_in("solene.marchand@assureur.example")
    (movement,) = agent.get("/backoffice/bank-movements").json()["movements"]
    assert (movement["payer"], movement["state"]) == ("Kerbrat Agencement", "WAITING")


def test_somebody_has_left_and_keeps_their_cover(newcomer: Newcomer) -> None:
    """H76, H79: declared by HR, proved by the leaver, seen by both."""
    hr = newcomer.signed_in("anne.legoff@kerbrat.example")
    path = f"{company(hr, 'Kerbrat Agencement')}/employees"
    jeanne = next(one for one in hr.get(path).json()["employees"] if one["name"] == "Jeanne Schmitt")
    departure = hr.get(f"{path}/{jeanne['member_id']}/departure").json()
    assert (departure["state_label"], departure["portability"]["state_label"]) == ("En portabilité", "Justifiée")
    people = newcomer.signed_in("jeanne.schmitt@courriel.example").get("/member/beneficiaries").json()["people"]
    assert [one["person"]["covered_to"] for one in people] == [departure["portability"]["ends_on"]] * 2


def test_a_work_stoppage_waits_for_its_documents(newcomer: Newcomer) -> None:
    """H88, H95: in the tracker, on the home page, with the documents to send."""
    hr = newcomer.signed_in("anne.legoff@kerbrat.example")
    base = company(hr, "Menuiserie Kerbrat")
    (stoppage,) = [one for one in hr.get(f"{base}/requests").json()["requests"] if one["kind"] == "work_stoppage"]
    assert (stoppage["state"], stoppage["member_name"]) == ("PENDING_DOCUMENTS", "Hervé Tanguy")
    assert "avis_arret" in {
        one["kind"] for one in hr.get(f"{base}/work-stoppages/{stoppage['request_id']}").json()["request"]["missing"]
    }
    assert "declaration" in {one["kind"] for one in hr.get(f"{base}/home").json()["waiting"]}


def test_flows_are_reimbursed_without_any_claim_and_corrected(newcomer: Newcomer) -> None:
    """H139, H150, M35: the member has sent nothing; a correction undoes what it replaces; an answer of the scheme."""
    camille = newcomer.signed_in("camille.riou@courriel.example")
    listed = camille.get("/member/reimbursements").json()["reimbursements"]
    (undone,) = [one for one in listed if one["label"].startswith("Annulation")]
    assert (undone["beneficiary_name"], undone["complementary_cents"]) == ("Maël Riou", -900)
    sofiane = newcomer.signed_in("sofiane.haddad@courriel.example")
    (own,) = sofiane.get("/member/reimbursements").json()["reimbursements"]
    assert (own["complementary_cents"], own["state_label"]) == (900, "Versé")
    (person,) = sofiane.get("/member/teletransmission").json()["people"]
    assert person["state"] == "ON"


@pytest.mark.parametrize(
    ("queue", "told"),
    [("held", {"unknown_person", "unknown_act"}), ("incomplete", set()), ("overpaid", set())],
)
def test_some_flows_wait_for_an_agent(newcomer: Newcomer, queue: str, told: set[str]) -> None:
    """H150, H151: an unknown person, an unknown act, a missing line, an overpayment after a correction."""
    agent = newcomer.signed_in("solene.marchand@assureur.example")
    flows = agent.get("/backoffice/flows", params={"queue": queue}).json()["flows"]
    assert len(flows) == max(1, len(told))
    assert {obstacle["reason"] for one in flows for obstacle in one["obstacles"]} == told


def test_transfers_were_executed_and_others_wait(newcomer: Newcomer) -> None:
    """M38, H151: two files at the bank, décomptes paid or to be paid, one transfer back, one without an account."""
    agent = newcomer.signed_in("solene.marchand@assureur.example")
    batches = agent.get("/backoffice/payment-batches").json()["batches"]
    assert [one["state"] for one in batches] == ["WRITTEN", "WRITTEN"]
    link = agent.get(f"/backoffice/payment-batches/{batches[0]['batch_id']}/file").json()["url"]
    assert b"pain.001.001.09" in httpx.get(link).content
    stopped = agent.get("/backoffice/stopped-payments").json()["payments"]
    assert {(one["payee"], one["reason"]) for one in stopped} == {
        ("member", "AC04"),
        ("professional", "account_missing"),
    }
    camille = newcomer.signed_in("camille.riou@courriel.example")
    states = {one["state"] for one in camille.get("/member/reimbursements").json()["reimbursements"]}
    assert {"PAID", "ORDERED"} <= states


def test_who_was_not_paid_has_named_another_account(newcomer: Newcomer) -> None:
    """M85, M86, A14: asked by mail, seen on the home page; the new account waits for the end of its delay."""
    patrick = newcomer.signed_in("patrick.salles@courriel.example")
    change = patrick.get("/member/bank-details").json()["reimbursements"]["change"]
    assert change["state"] == "SCHEDULED"
    assert datetime.fromisoformat(change["effective_at"]) > datetime.now(UTC)
    (waiting,) = [one for one in patrick.get("/member/home").json()["waiting"] if one["kind"] == "bank_details"]
    assert "Votre nouveau compte servira le" in waiting["detail"]
    letters = newcomer.get("/_local/mailbox.json")["messages"]
    assert "Un remboursement n’a pas pu vous être versé" in {
        one["subject"] for one in letters if one["recipient"] == "patrick.salles@courriel.example"
    }


def test_care_to_come_is_estimated_and_promised(newcomer: Newcomer) -> None:
    """M43, M59, M65, M69, M71: an estimate, a commitment that went to the listed hospital, another one for an agent."""
    camille = newcomer.signed_in("camille.riou@courriel.example")
    requests = {one["kind"]: one for one in camille.get("/member/requests").json()["requests"]}
    estimate = camille.get(f"/member/estimates/{requests['estimate']['request_id']}").json()
    assert estimate["request"]["state"] == "ESTIMATE_READY"
    assert estimate["complementary_cents"] > 0
    commitment = requests["hospital_commitment"]
    assert commitment["state_label"] == "Accordée et envoyée à l’hôpital"
    listed = portfolio("care_to_come")["directory"]
    number = camille.get(f"/member/hospital-commitments/{commitment['request_id']}").json()["number"]
    letters = newcomer.get("/_local/mailbox.json")["messages"]
    assert [one["recipient"] for one in letters if number in one["subject"]] == [listed["email"]]
    agent = newcomer.signed_in("solene.marchand@assureur.example")
    (hospital,) = agent.get("/backoffice/hospitals").json()["hospitals"]
    assert (hospital["finess"], hospital["state"]) == (listed["finess"], "VERIFIED")


def test_everything_that_the_page_names_is_there(newcomer: Newcomer) -> None:
    """Each account's requests answer, and have something to show."""
    page = httpx.get(newcomer.url + "/").text
    rows = {row: re.findall(r"GET (/[^<]+)<", row) for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL)}
    shown = {
        html.unescape(path): identifier
        for row, paths in rows.items()
        for identifier in newcomer.accounts
        if f"<code>{identifier}</code>" in row
        for path in paths
    }
    assert len(shown) > 20
    for path, identifier in shown.items():
        answer = newcomer.signed_in(identifier).get(path)
        assert answer.status_code == 200, path
        assert any(answer.json().values()), path
    assert "Fichiers échangés avec la banque" in httpx.get(newcomer.url + "/_local/documents").text


def test_the_member_without_address_is_named_to_the_agent(newcomer: Newcomer) -> None:
    """H135, H136, H137: their number is in the agent's note."""
    _, note = newcomer.accounts["solene.marchand@assureur.example"]
    number = re.search(r"\d{14}", note)
    assert number is not None
    found = newcomer.signed_in("solene.marchand@assureur.example").get(
        "/backoffice/members", params={"numero_adherent": number.group(), "reason": "Appel de l’assuré"}
    )
    assert (found.json()["name"], found.json()["email"]) == ("Mireille Le Bihan", None)


def test_the_past_is_over(newcomer: Newcomer) -> None:
    """The story happened over the last weeks; the clock is back at today."""
    letters = newcomer.get("/_local/mailbox.json")["messages"]
    now = datetime.now(UTC)
    assert abs(datetime.fromisoformat(newcomer.get("/_local/clock")["now"]) - now) < MINUTE
    assert max(datetime.fromisoformat(one["sent_at"]) for one in letters) < now - timedelta(days=1)


def test_the_first_steps_do_what_they_say(newcomer: Newcomer) -> None:
    """H7, H9: the commands as they are printed; the clock moves, so this comes last."""
    commands = re.findall(r"^ +(curl .+)$", newcomer.shown, re.MULTILINE)
    *looks, dropped, received, advanced, sent, executed = (
        json.loads(subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, check=True).stdout)  # noqa: S603, S607
        for command in commands
    )
    employer, member, queue = looks
    assert (employer["company_name"], member["name"]) == ("Menuiserie Kerbrat", "Camille Riou")
    assert queue["requests"]
    assert dropped["key"] == "incoming/ma-souscription.json"
    assert received["key"] == "incoming/mon-flux.jsonl"
    assert newcomer.report("mon-flux.jsonl")["outcome"] == "accepted"
    assert datetime.fromisoformat(advanced["now"]) - datetime.now(UTC) > timedelta(hours=71)
    assert sent == {"ran": "payment-batches"}
    assert list(executed) == ["answered"]
    assert newcomer.get("/_local/clock")["now"] >= advanced["now"]


def test_the_example_file_is_valid_and_none_of_the_seeded_ones() -> None:
    example = json.loads(EXAMPLE.read_text("utf-8"))
    parse(EXAMPLE.read_bytes())
    for seeded in (portfolio("kerbrat"), portfolio("castagne")):
        assert seeded["reference"] != example["reference"]
        assert seeded["administrator"]["email"] != example["administrator"]["email"]
        assert not {one["siret"] for one in seeded["companies"]} & {one["siret"] for one in example["companies"]}


@pytest.mark.parametrize("file", [portfolio("kerbrat"), portfolio("castagne"), json.loads(EXAMPLE.read_text("utf-8"))])
def test_the_guarantee_tables_are_those_of_a_contrat_responsable(file: dict[str, Any]) -> None:
    """CSS L871-1, R871-2."""
    tables = [one["guarantee_table"] for one in file["contracts"] if one["risk"] == "sante"]
    assert [breaches(GuaranteeTable.from_data(table)) for table in tables] == [()]


def test_the_password_would_be_accepted_from_anybody() -> None:
    """H18, M10: CNIL, délibération 2022-100."""
    check_password(PASSWORD, personal=[])


def test_the_papers_sent_can_be_read() -> None:
    assert inspect(paper("Facture acquittée", "Été (1 \\ 2)"), declared_name="", max_bytes=MAX_BYTES).kind == "pdf"


def test_the_past_ends_even_when_something_goes_wrong() -> None:
    def go_wrong() -> None:
        with Past() as past:
            past.go_to(30, datetime.min.time())
            assert clock.now() < datetime.now(UTC) - timedelta(days=29)
            raise KeyError

    with pytest.raises(KeyError):
        go_wrong()
    assert datetime.now(UTC) - clock.now() < MINUTE
