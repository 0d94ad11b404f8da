"""The portfolio of ``make run`` as a newcomer meets it: everything is there, and everything shown works.

``python -m local`` lives it in a process of its own, which the tests visit over HTTP.
"""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import pytest

from chalicelib import clock
from chalicelib.domain.guarantee import GuaranteeTable
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


def test_every_account_shown_signs_in_to_its_open_space(newcomer: Newcomer) -> None:
    """H19, H134, M11, M115: e-mail, or numéro adhérent for a member."""
    assert Counter(space for space, _ in newcomer.accounts.values()) == {
        "Espace RH": 2,
        "Espace personnel": 5,
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
def test_every_request_has_come_as_far_as_the_story_says(newcomer: Newcomer, identifier: str) -> None:
    """M112: all the outcomes of a request can be seen."""
    told = Counter(claim["outcome"] for claim in portfolio("claims") if claim["by"] == identifier)
    requests = newcomer.signed_in(identifier).get("/member/requests").json()["requests"]
    assert Counter(one["state"] for one in requests) == told


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
        link = camille.get(f"{path}{one['reimbursement_id']}/statement").json()["url"]
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
    assert [one["state"] for one in waiting] == ["IN_REVIEW", "IN_REVIEW"]
    assert agent.get("/backoffice/rejected-messages").json()["messages"] == []
    queues = newcomer.get("/_local/queues.json")["queues"]
    assert {one["name"] for one in queues if one["ready"] or one["in_flight"]} <= {"journal"}
    assert [one["name"] for one in queues if one["dead"]] == []


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
    dropped, advanced, session = (
        json.loads(subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, check=True).stdout)  # noqa: S603, S607
        for command in commands
    )
    assert dropped["key"] == "incoming/ma-souscription.json"
    assert datetime.fromisoformat(advanced["now"]) - datetime.now(UTC) > timedelta(hours=71)
    assert session["kind"] == "member"
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
