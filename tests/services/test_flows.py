"""Télétransmission flows: what the mandatory scheme sends becomes reimbursements without any claim (H139–H151, A10)."""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest

from chalicelib import settings
from local.clients import client
from local.stack import Stack
from tests import samples
from tests.portal import Portal, User, expect
from tests.services.conftest import Back, Employer, Json, open_member_space, osteopathy, text_of

Tables = Callable[[], Json]

SCHEME = "01751"
CHILDREN = 12
PROFESSIONAL = {"kind": "professional", "number": "10000123454", "name": "Dr Paul Roux"}

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Child:
    """A covered child whom no other test has treated, found by the employee's number and its own birth date."""

    member: User
    beneficiary_id: str
    nir: str
    birth_date: str
    numero_adherent: str

    def act(self, decompte: str, line: int = 1, lines: int = 1, **changes: Any) -> Json:
        """A consultation of 30 €: 21 € from the scheme, 9 € from the contract."""
        return {
            "decompte": decompte,
            "line": line,
            "lines": lines,
            "person": {"nir": self.nir, "birth_date": self.birth_date},
            "care_on": "2026-03-02",
            "act": "G",
            "expense_cents": 3000,
            "base_cents": 3000,
            "rate_percent": "70",
            "statutory_cents": 2100,
        } | changes

    def session(self, decompte: str, line: int = 1, lines: int = 1, **changes: Any) -> Json:
        """A session of osteopathy, which the scheme does not pay: 30 € from the contract, three a year."""
        nothing = {"act": "OST", "expense_cents": 6000, "base_cents": 0, "rate_percent": "0", "statutory_cents": 0}
        return self.act(decompte, line, lines, **(nothing | changes))

    def reimbursements(self) -> list[Json]:
        """What was reimbursed to the child, newest first."""
        listed: list[Json] = self.member.get("/member/reimbursements", params={"beneficiary_id": self.beneficiary_id})[
            "reimbursements"
        ]
        return listed

    def total(self) -> int:
        """What the contract paid for the child in all, corrections deducted."""
        return sum(one["complementary_cents"] for one in self.reimbursements())


@dataclass
class Nursery:
    """Families whose children are the patients of the tests."""

    employer: Employer
    children: list[Child] = field(default_factory=list)

    def next(self) -> Child:
        """A child whom nobody has treated."""
        if not self.children:
            self.children = list(self._family())
        return self.children.pop()

    def _family(self) -> Iterator[Child]:
        births = [f"{2014 + rank}-02-03" for rank in range(CHILDREN)]
        kids = [
            {"relationship": "enfant", "last_name": "Martin", "first_name": f"Enfant {rank}", "birth_date": born}
            for rank, born in enumerate(births)
        ]
        form = samples.enrolled_member(
            self.employer.health_number, dependants=kids, starts_on=self.employer.health["starts_on"]
        )
        report = self.employer.enrol(form)
        number = report["members"][0]["numero_adherent"]
        member = open_member_space(self.employer.portal, number, form)
        for one in member.get("/member")["beneficiaries"][1:]:
            yield Child(member, one["beneficiary_id"], form["nir"], one["birth_date"], number)


@pytest.fixture(scope="module")
def nursery(employer: Employer) -> Nursery:
    return Nursery(employer)


@pytest.fixture
def child(nursery: Nursery) -> Child:
    return nursery.next()


def decompte() -> str:
    """A number that no décompte had."""
    return f"D{next(_numbers):06d}"


def file(*lines: Json | bytes, **changes: Any) -> bytes:
    """A flow file under a reference of its own."""
    number = next(_numbers)
    header = {"kind": "flow", "reference": f"FLUX-{number}", "scheme": SCHEME, "issued_on": "2026-03-09"} | changes
    return b"\n".join(one if isinstance(one, bytes) else samples.as_bytes(one) for one in (header, *lines))


def drop(portal: Portal, *lines: Json | bytes, **changes: Any) -> Json:
    """The report on a flow file."""
    return portal.drop(f"flux-{next(_numbers)}.jsonl", file(*lines, **changes))


def counts(report: Json) -> tuple[str, int, int, int]:
    return report["outcome"], report["accepted"], report["unchanged"], report["refused"]


def faults(report: Json) -> list[tuple[int, str, str]]:
    return [(one["line"], one["place"], one["code"]) for one in report["faults"]]


def queued(agent: Back, number: str, queue: str = "held") -> Json | None:
    """A décompte as a queue shows it."""
    after: str | None = None
    while True:
        params = {"queue": queue} | ({"after": after} if after else {})
        page = agent.agent.get("/backoffice/flows", params=params)
        for one in page["flows"]:
            if one["number"] == number:
                return dict(one)
        after = page["next"]
        if after is None:
            return None


def held(agent: Back, number: str) -> Json:
    """A décompte that waits for an agent, as an agent reads it."""
    found = queued(agent, number)
    assert found is not None
    return dict(agent.agent.get(f"/backoffice/flows/{found['flow_id']}"))


def reasons(flow: Json) -> set[str]:
    return {one["reason"] for one in flow["obstacles"]}


def orders(child: Child) -> list[Json]:
    """The payment orders for a child, oldest first."""
    wanted = {one["reimbursement_id"] for one in child.reimbursements()}
    items = client("dynamodb").scan(TableName=settings.table("payment-orders"))["Items"]
    kept = [json.loads(one["document"]["S"]) for one in items]
    return sorted(
        (one for one in kept if one["reimbursement_id"] in wanted), key=lambda one: str(one["reimbursement_id"])
    )


def test_a_line_of_the_scheme_is_reimbursed_without_any_claim(portal: Portal, child: Child) -> None:
    """H139, H140, H150: the scheme's amounts are the truth, the contract adds its part, the member has sent nothing."""
    assert counts(drop(portal, child.act(decompte()))) == ("accepted", 1, 0, 0)
    [paid] = child.reimbursements()
    assert (paid["expense_cents"], paid["complementary_cents"], paid["left_to_pay_cents"]) == (3000, 900, 0)
    assert paid["payee"] == "member"
    [order] = orders(child)
    assert (order["amount_cents"], order["payee"]) == (900, "member")
    assert child.member.get("/member/requests")["requests"] == []
    detail = child.member.get(f"/member/reimbursements/{paid['reimbursement_id']}")
    assert detail["lines"][0]["statutory_cents"] == 2100
    assert detail["lines"][0]["steps"]


def test_the_scheme_s_own_amounts_win(portal: Portal, child: Child) -> None:
    """H150: out of the pathway the scheme paid 30 %, and says so; the contract pays what it pays in the pathway."""
    line = child.act(decompte(), rate_percent="100", statutory_cents=3000, exemption="ald")
    assert drop(portal, line)["accepted"] == 1
    assert [(one["complementary_cents"], one["left_to_pay_cents"]) for one in child.reimbursements()] == [(0, 0)]
    assert orders(child) == []


def test_a_line_is_taken_once_whatever_brings_it_again(portal: Portal, child: Child, tables: Tables) -> None:
    """H150: scheme, décompte and line tell a line: the same file, or another one, pays nothing more."""
    number = decompte()
    content = file(child.act(number))
    assert counts(portal.drop("flux-un.jsonl", content)) == ("accepted", 1, 0, 0)
    before = tables()
    assert counts(portal.drop("flux-deux.jsonl", content)) == ("unchanged", 0, 1, 0)
    assert tables() == before
    other = drop(portal, child.act(number), child.act(number))
    assert counts(other) == ("unchanged", 0, 2, 0)
    assert faults(drop(portal, child.act(number, expense_cents=3100))) == [(2, "line", "line_used")]
    assert len(child.reimbursements()) == 1
    assert drop(portal, child.act(number), scheme="01752")["accepted"] == 1
    assert len(child.reimbursements()) == 2


def test_the_lines_of_a_decompte_are_settled_together(portal: Portal, child: Child, agent: Back) -> None:
    """H150: in whichever files and order they come, a décompte waits for its last line and is then paid at once."""
    number = decompte()
    last = child.act(number, 2, 2, expense_cents=2800, base_cents=2800, statutory_cents=1960)
    assert drop(portal, last)["accepted"] == 1
    assert child.reimbursements() == []
    assert queued(agent, number, "incomplete") is not None
    assert drop(portal, child.act(number, 1, 2))["accepted"] == 1
    [paid] = child.reimbursements()
    assert paid["complementary_cents"] == 900 + 840
    assert queued(agent, number, "incomplete") is None


def negative(line: Json, number: int, lines: int) -> Json:
    """The line that undoes another."""
    amounts = {name: -line[name] for name in ("expense_cents", "base_cents", "statutory_cents")}
    return line | amounts | {"line": number, "lines": lines, "cancels": line["line"]}


def correction(child: Child, number: str, expense_cents: int) -> tuple[Json, Json, Json]:
    """A line, what undoes it, and what replaces it."""
    first = child.session(number, expense_cents=2000)
    return first, negative(first, 2, 3), child.session(number, 3, 3, expense_cents=expense_cents)


@pytest.mark.parametrize(("corrected", "paid"), [(2500, ([2000, 500], 0)), (1200, ([2000], 800))])
def test_a_correction_undoes_what_was_paid_and_pays_anew(
    portal: Portal, child: Child, agent: Back, corrected: int, paid: tuple[list[int], int]
) -> None:
    """H150: a negative line and a new one: the first décompte has its negative twin, and only the difference moves."""
    ordered, overpaid = paid
    number = decompte()
    first, undoing, anew = correction(child, number, corrected)
    drop(portal, first)
    drop(portal, undoing)
    assert child.total() == 2000
    drop(portal, anew)
    assert [one["complementary_cents"] for one in child.reimbursements()] == [corrected, -2000, 2000]
    assert [one["amount_cents"] for one in orders(child)] == ordered
    found = queued(agent, number, "overpaid")
    assert (found["overpaid_cents"] if found else 0) == overpaid
    twin = child.reimbursements()[1]
    detail = child.member.get(f"/member/reimbursements/{twin['reimbursement_id']}")
    assert detail["lines"][0]["label"].startswith("Annulation")
    undone = child.reimbursements()[2]["number"]
    [step] = detail["lines"][0]["steps"]
    assert step["sentence"].replace("\u00a0", " ").startswith(f"Le décompte n° {undone} du ")
    assert (step["amount_cents"], step["source"]) == (-2000, "Correction transmise par la Sécurité sociale")
    assert (detail["lines"][0]["refusal"], detail["lines"][0]["reductions"]) == (None, [])


def test_an_overpayment_comes_back_or_is_given_up(portal: Portal, child: Child, agent: Back) -> None:
    """H150: what was paid in excess waits until an agent notes what came back; no more than that is noted."""
    number = decompte()
    drop(portal, *correction(child, number, 1200)[:1])
    drop(portal, *correction(child, number, 1200)[1:])
    found = queued(agent, number, "overpaid")
    assert found is not None
    path = f"/backoffice/flows/{found['flow_id']}/recovery"
    too_much = {"recovered_cents": 801, "reason": "Chèque reçu."}
    assert agent.agent.call("POST", path, json=too_much).status_code == 422
    agent.agent.post(path, {"recovered_cents": 500, "reason": "Chèque reçu."}, 200)
    text = statement(portal, child, child.reimbursements()[1])
    assert f"annule le décompte n° {child.reimbursements()[2]['number']}" in text
    assert "-20,00" in text.replace("\u2212", "-").replace("−", "-")
    assert "Le décompte n°" in text
    assert "Réduction" not in text
    assert "Le contrat rembourse" not in text
    rest = agent.agent.post(path, {"waived_cents": 300, "reason": "Faible montant."}, 200)
    assert (rest["overpaid_cents"], rest["ordered_cents"]) == (0, 2000)
    assert queued(agent, number, "overpaid") is None


def test_a_correction_gives_ceilings_back(portal: Portal, child: Child) -> None:
    """H150: three sessions a year: one that the scheme takes back leaves its place to another."""
    numbers = [decompte() for _ in range(4)]
    days = ["2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23"]
    sessions = [child.session(number, care_on=day) for number, day in zip(numbers, days, strict=True)]
    drop(portal, *sessions[:3])
    drop(portal, sessions[3])
    assert child.total() == 9000
    taken_back = child.session(numbers[3], 1, 1, care_on=days[3])
    drop(portal, negative(sessions[0], 2, 2))
    assert child.total() == 6000
    other = decompte()
    drop(portal, child.session(other, care_on="2026-03-30"))
    assert child.total() == 9000
    assert drop(portal, taken_back)["unchanged"] == 1


def test_a_correction_before_what_it_corrects_is_paid_once(portal: Portal, child: Child, agent: Back) -> None:
    """H150: the whole décompte is known at once: what never stood is never paid."""
    number = decompte()
    first, undoing, anew = correction(child, number, 1200)
    drop(portal, anew, undoing)
    assert child.reimbursements() == []
    drop(portal, first)
    assert [one["complementary_cents"] for one in child.reimbursements()] == [1200]
    assert queued(agent, number, "overpaid") is None


def test_a_negative_line_that_undoes_nothing_is_looked_at(portal: Portal, child: Child, agent: Back) -> None:
    number = decompte()
    first, undoing, anew = correction(child, number, 1200)
    drop(portal, first)
    drop(portal, undoing | {"expense_cents": -1900}, anew)
    assert reasons(held(agent, number)) == {"wrong_cancellation"}
    assert child.total() == 2000


def statement(portal: Portal, child: Child, paid: Json) -> str:
    """The words of a décompte, which is written when it is first asked for."""
    path = f"/member/reimbursements/{paid['reimbursement_id']}/statement"
    assert child.member.call("GET", path).status_code == 409
    portal.settle()
    return text_of(child.member.get(path)["url"])


@pytest.mark.parametrize(("kind", "amounts"), [("professional", [900]), ("operator", [])])
def test_tiers_payant_pays_the_professional(portal: Portal, child: Child, kind: str, amounts: list[int]) -> None:
    """H139, H140, H151: the professional is paid, by us or by the operator; the décompte says so."""
    drop(portal, child.act(decompte(), payee=PROFESSIONAL | {"kind": kind}))
    [paid] = child.reimbursements()
    assert paid["payee"] == kind
    assert [one["amount_cents"] for one in orders(child)] == amounts
    assert {one["professional"] for one in orders(child)} == ({"10000123454"} if amounts else set())
    text = statement(portal, child, paid)
    assert "Dr Paul Roux" in text
    assert "professionnel" in text


def test_somebody_nobody_knows_waits_for_an_agent(portal: Portal, child: Child, agent: Back, tables: Tables) -> None:
    """H150, M115, M16: the line is kept without its number in clear; an agent says whose it is, and it is paid once."""
    number, stranger = decompte(), samples.nir()
    line = child.act(number, person={"nir": stranger})
    assert counts(drop(portal, line)) == ("accepted", 1, 0, 0)
    flow = held(agent, number)
    assert reasons(flow) == {"unknown_person"}
    assert flow["nir_masked"].endswith("** *** *** **")
    assert flow["candidates"] == []
    kept = tables()
    assert stranger not in json.dumps({name: kept[name] for name in kept})
    path = f"/backoffice/flows/{flow['flow_id']}/attachment"
    body = {"numero_adherent": child.numero_adherent, "reason": "Attestation de droits."}
    wrong = agent.agent.call("POST", path, json=body | {"beneficiary_id": "inconnu"})
    assert wrong.status_code == 422
    done = agent.agent.post(path, body | {"beneficiary_id": child.beneficiary_id}, 200)
    assert (done["state"], done["events"][-1]["event"]) == ("SETTLED", "attached")
    assert child.total() == 900
    assert expect(agent.agent.call("POST", path, json=body), 409)["code"] == "not_held"
    assert drop(portal, line)["unchanged"] == 1
    assert queued(agent, number) is None


def test_an_unknown_act_waits_for_an_agent(portal: Portal, child: Child, agent: Back) -> None:
    """H150: the act is corrected, the scheme's amounts stay; the line told again is still the same line."""
    number = decompte()
    line = child.act(number, act="XYZ9")
    drop(portal, line)
    flow = held(agent, number)
    assert reasons(flow) == {"unknown_act"}
    path = f"/backoffice/flows/{flow['flow_id']}/correction"
    for body in ({"line": 2, "act": "G"}, {"line": 1, "act": "ABC"}):
        assert agent.agent.call("POST", path, json=body | {"reason": "Ancien code."}).status_code == 422
    done = agent.agent.post(path, {"line": 1, "act": "G", "reason": "Ancien code."}, 200)
    assert done["state"] == "SETTLED"
    assert child.total() == 900
    assert counts(drop(portal, line)) == ("unchanged", 0, 1, 0)


def test_care_of_a_day_that_was_not_covered_waits(portal: Portal, child: Child, agent: Back) -> None:
    number, born = decompte(), date.fromisoformat(child.birth_date)
    drop(portal, child.act(number, care_on="2023-12-31"), child.act(decompte(), care_on=f"{born}"))
    flow = held(agent, number)
    assert reasons(flow) == {"not_covered"}
    done = agent.agent.post(f"/backoffice/flows/{flow['flow_id']}/dropping", {"reason": "Avant le contrat."}, 200)
    assert done["state"] == "DROPPED"
    assert queued(agent, number) is None
    assert child.reimbursements() == []


def test_somebody_of_two_memberships_is_paid_by_the_one_that_covers(
    portal: Portal, employer: Employer, other_employer: Employer, agent: Back
) -> None:
    """H150: an employee of two companies: the day of care tells which, unless both cover it."""
    form = samples.enrolled_member(employer.health_number, starts_on="2026-02-01", email=None)
    twice = samples.enrolled_member(other_employer.health_number, starts_on="2026-03-01", email=None, nir=form["nir"])
    employer.enrol(form)
    other_employer.enrol(twice)
    nobody = Child(employer.hr, "", form["nir"], form["birth_date"], "")
    alone, both = decompte(), decompte()
    drop(portal, nobody.act(alone, care_on="2026-02-02"), nobody.act(both, care_on="2026-03-02"))
    assert queued(agent, alone) is None
    flow = held(agent, both)
    assert reasons(flow) == {"several_people"}
    assert len(flow["candidates"]) == 2
    chosen = flow["candidates"][0]
    body = {"numero_adherent": chosen["numero_adherent"], "reason": "Contrat de l’employeur principal."}
    path = f"/backoffice/flows/{flow['flow_id']}/attachment"
    assert agent.agent.post(path, body, 200)["state"] == "SETTLED"


def claim(child: Child, *lines: Json) -> Json:
    """A paper claim for the child that waits for its documents."""
    body = {"beneficiary_id": child.beneficiary_id, "form": "other", "lines": list(lines)}
    key = {"Idempotency-Key": f"flow-claim-{next(_numbers):06d}"}
    opened: Json = child.member.post("/member/claims", body, headers=key)
    return opened


def test_care_that_was_claimed_on_paper_is_not_paid_twice(portal: Portal, child: Child, agent: Back) -> None:
    """H142, H150: the member was repaid on an invoice; the same care in a flow waits, and is set aside."""
    request = claim(child, osteopathy(date(2026, 3, 2)))
    portal.upload_all(child.member, f"/member/requests/{request['request_id']}/uploads", request)
    portal.settle()
    assert child.total() == 3000
    number = decompte()
    drop(portal, child.session(number))
    flow = held(agent, number)
    assert reasons(flow) == {"already_claimed"}
    agent.agent.post(f"/backoffice/flows/{flow['flow_id']}/dropping", {"reason": "Déjà remboursé."}, 200)
    assert child.total() == 3000
    assert drop(portal, child.session(number))["unchanged"] == 1
    late = negative(child.session(number), 2, 2)
    drop(portal, late)
    assert child.total() == 3000


def test_care_that_looks_claimed_is_paid_once_an_agent_has_looked(portal: Portal, child: Child, agent: Back) -> None:
    """H150: two sessions of one day and price may both be right."""
    request = claim(child, osteopathy(date(2026, 3, 2)))
    portal.upload_all(child.member, f"/member/requests/{request['request_id']}/uploads", request)
    portal.settle()
    number = decompte()
    drop(portal, child.session(number))
    path = f"/backoffice/flows/{held(agent, number)['flow_id']}/resumption"
    assert agent.agent.post(path, {"reason": "Deux séances ce jour-là."}, 200)["state"] == "SETTLED"
    assert child.total() == 6000


def test_the_flow_answers_a_claim_that_waits(portal: Portal, child: Child) -> None:
    """A10, H142: the flow came while the claim waited: it is paid, and the claim is closed with the reason."""
    request = claim(child, osteopathy(date(2026, 3, 2)))
    other = claim(child, osteopathy(date(2026, 3, 3)))
    drop(portal, child.session(decompte()))
    closed = child.member.get(f"/member/requests/{request['request_id']}")
    assert closed["state"] == "CLOSED"
    assert "Sécurité sociale" in closed["reason"]
    assert child.member.get(f"/member/requests/{other['request_id']}")["state"] == "PENDING_DOCUMENTS"
    assert child.total() == 3000


def test_a_claim_that_is_examined_holds_the_flow(portal: Portal, child: Child, agent: Back) -> None:
    """H150: nobody pays behind the back of the agent who reads the invoice."""
    early = child.session(decompte(), derogation=None)
    room = {"act": "CP", "care_on": "2026-03-02", "quantity": 10, "expense_cents": 80000}
    request = claim(child, room)
    portal.upload_all(child.member, f"/member/requests/{request['request_id']}/uploads", request)
    portal.settle()
    assert child.member.get(f"/member/requests/{request['request_id']}")["state"] == "IN_REVIEW"
    number = decompte()
    same = child.session(number, act="CP", quantity=10, expense_cents=80000)
    drop(portal, same, early)
    assert "already_claimed" in reasons(held(agent, number))
    assert child.total() == 3000


def test_what_the_scheme_paid_beside_our_reckoning_is_looked_at(portal: Portal, child: Child, agent: Back) -> None:
    """H150 (dossier 3.2): a gap of more than two cents is settled on the scheme's amount, once somebody has looked."""
    number = decompte()
    drop(portal, child.act(number, statutory_cents=1900))
    flow = held(agent, number)
    assert reasons(flow) == {"doubt"}
    done = agent.agent.post(f"/backoffice/flows/{flow['flow_id']}/resumption", {"reason": "Caisse appelée."}, 200)
    assert done["state"] == "SETTLED"
    assert [one["lines"][0]["statutory_cents"] for one in details(child)] == [1900]


def details(child: Child) -> list[Json]:
    listed = child.reimbursements()
    return [child.member.get(f"/member/reimbursements/{one['reimbursement_id']}") for one in listed]


def test_a_large_amount_is_looked_at(portal: Portal, child: Child, agent: Back) -> None:
    number = decompte()
    drop(portal, child.session(number, act="CP", quantity=9, expense_cents=90000))
    assert reasons(held(agent, number)) == {"limit"}


def resumed(agent: Back, flow: Json) -> Json:
    path = f"/backoffice/flows/{flow['flow_id']}/resumption"
    found: Json = agent.agent.post(path, {"reason": "Facture vue."}, 200)
    return found


def test_what_pays_much_needs_a_second_pair_of_eyes(
    portal: Portal, child: Child, agents: list[Back], monkeypatch: pytest.MonkeyPatch
) -> None:
    """M115: the first agent's résumption is an opinion that counts once; a correction meanwhile begins anew."""
    monkeypatch.setenv("ESPACE_FOUR_EYES_CENTS", "50000")
    first, second = agents
    number = decompte()
    drop(portal, child.session(number, act="CP", quantity=9, expense_cents=90000))
    flow = held(first, number)
    proposed = resumed(first, flow)
    path = f"/backoffice/flows/{flow['flow_id']}/resumption"
    again = first.agent.call("POST", path, json={"reason": "Facture vue."})
    assert expect(again, 409)["code"] == "own_opinion"
    waiting = item(second, flow)
    assert waiting is not None
    assert (waiting["to_confirm"], waiting["holder"]) == (True, None)
    assert (proposed["state"], proposed["opinion"]["amount_cents"], len(proposed["events"])) == ("HELD", 54000, 1)
    assert orders(child) == []
    body = {"line": 1, "act": "CP", "reason": "Code vérifié."}
    assert second.agent.post(f"/backoffice/flows/{flow['flow_id']}/correction", body, 200)["opinion"] is None
    assert resumed(second, flow)["state"] == "HELD"
    assert child.reimbursements() == []
    done = resumed(first, flow)
    assert (done["state"], done["opinion"]) == ("SETTLED", None)
    assert [one["amount_cents"] for one in orders(child)] == [54000]


def item(agent: Back, flow: Json) -> Json | None:
    """A décompte as the agents' one queue shows it."""
    after: str | None = None
    while True:
        params = {"group": "flows"} | ({"after": after} if after else {})
        page = agent.agent.get("/backoffice/queue", params=params)
        for one in page["requests"]:
            if one["request_id"] == flow["flow_id"]:
                return dict(one)
        after = page["next"]
        if after is None:
            return None


def waiting_flows(agent: Back) -> int:
    groups = agent.agent.get("/backoffice/queue/groups")["groups"]
    return int(next(one["waiting"] for one in groups if one["group"] == "flows"))


def test_two_agents_never_work_on_the_same_decompte(portal: Portal, child: Child, agents: list[Back]) -> None:
    """M115: it is an item of the one queue, in the hands of one agent; done with, it is there no more."""
    first, second = agents
    number, before = decompte(), waiting_flows(first)
    drop(portal, child.act(number, act="XYZ9"))
    flow = held(first, number)
    found = item(first, flow)
    assert found is not None
    assert (found["title"], found["group_label"]) == (f"Décompte {number} du régime {SCHEME}", "Flux à rapprocher")
    assert (found["member_id"], found["handle_by"] > f"{portal.today()}") == ("", True)
    assert waiting_flows(first) == before + 1
    expect(first.agent.call("PUT", f"/backoffice/queue/{flow['flow_id']}/holder"), 200)
    body = {"line": 1, "act": "G", "reason": "Ancien code."}
    path = f"/backoffice/flows/{flow['flow_id']}"
    refused = expect(second.agent.call("POST", f"{path}/correction", json=body), 409)
    assert refused["code"] == "held_by_another"
    assert first.agent.post(f"{path}/correction", body, 200)["state"] == "SETTLED"
    assert item(first, flow) is None
    assert waiting_flows(first) == before
    history = first.agent.get(f"/backoffice/queue/{flow['flow_id']}/history")
    assert [one["event"] for one in history["steps"]] == ["held", "settled"]
    assert [one["act"] for one in history["handling"]["entries"]] == ["taken"]


def test_an_overpayment_is_an_item_of_the_queue_until_it_is_made_good(
    portal: Portal, child: Child, agent: Back
) -> None:
    """M115, H150: and one that was set aside comes back when lines of it come later."""
    number = decompte()
    for line in correction(child, number, 1200):
        drop(portal, line)
    found = queued(agent, number, "overpaid")
    assert found is not None
    assert item(agent, found) is not None
    body = {"recovered_cents": 800, "reason": "Chèque reçu."}
    agent.agent.post(f"/backoffice/flows/{found['flow_id']}/recovery", body, 200)
    assert item(agent, found) is None


def test_what_was_set_aside_comes_back_to_the_queue_with_its_next_lines(
    portal: Portal, child: Child, agent: Back
) -> None:
    number = decompte()
    drop(portal, child.act(number, act="XYZ9"))
    flow = held(agent, number)
    agent.agent.post(f"/backoffice/flows/{flow['flow_id']}/dropping", {"reason": "Inconnu."}, 200)
    assert item(agent, flow) is None
    drop(portal, child.act(number, line=2, lines=2))
    assert item(agent, flow) is not None


def test_what_agents_have_not_seen_is_not_let_pass(
    portal: Portal, child: Child, agents: list[Back], monkeypatch: pytest.MonkeyPatch
) -> None:
    """M115, H150: a claim of the same care that came since is shown first, and opinions given before count no more."""
    monkeypatch.setenv("ESPACE_FOUR_EYES_CENTS", "50000")
    first, second = agents
    number = decompte()
    drop(portal, child.session(number, act="CP", quantity=10, expense_cents=80000))
    flow = held(first, number)
    assert reasons(flow) == {"limit"}
    assert resumed(first, flow)["opinion"]
    room = {"act": "CP", "care_on": "2026-03-02", "quantity": 10, "expense_cents": 80000}
    request = claim(child, room)
    portal.upload_all(child.member, f"/member/requests/{request['request_id']}/uploads", request)
    portal.settle()
    shown = resumed(second, flow)
    assert (shown["state"], reasons(shown), shown["opinion"]) == ("HELD", {"already_claimed", "limit"}, None)
    assert orders(child) == []
    assert resumed(second, flow)["state"] == "HELD"
    assert resumed(first, flow)["state"] == "SETTLED"


def test_below_that_amount_one_agent_is_enough(
    portal: Portal, child: Child, agent: Back, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M115: the other side of the limit."""
    monkeypatch.setenv("ESPACE_FOUR_EYES_CENTS", "54001")
    number = decompte()
    drop(portal, child.session(number, act="CP", quantity=9, expense_cents=90000))
    assert resumed(agent, held(agent, number))["state"] == "SETTLED"


def test_a_faulty_line_is_named_and_holds_no_other_back(portal: Portal, child: Child) -> None:
    number = decompte()
    report = drop(
        portal,
        child.act(number),
        b"{",
        child.act(number, 2, 1),
        child.act(decompte(), expense_cents=-3000),
        child.act(decompte(), cancels=1, line=2, lines=2),
        child.act(decompte(), care_on="2099-01-01"),
        child.act(decompte(), person={"nir": "190"}),
        child.act(decompte(), payee={"kind": "professional"}),
        child.act(number, 2, 2, payee=PROFESSIONAL),
        child.act(number, 2, 2, person={"nir": child.nir}),
        {"type": "autre"},
        child.act(decompte(), location="left"),
        child.act(decompte(), statutory_cents=3001),
    )
    assert counts(report) == ("accepted", 1, 0, 12)
    assert [(line, code) for line, _, code in faults(report)] == [
        (3, "unreadable"),
        (4, "out_of_range"),
        (5, "sign"),
        (6, "sign"),
        (6, "sign"),
        (6, "sign"),
        (7, "future"),
        (8, "invalid_identifier"),
        (9, "missing"),
        (10, "other_payee"),
        (11, "other_person"),
        (12, "unknown_type"),
        (13, "no_such_place"),
        (14, "paid_exceeds_expense"),
    ]
    assert child.total() == 900


def test_twins_are_told_apart(portal: Portal, employer: Employer, agent: Back) -> None:
    """M56: two children of one birth date under the holder's number: the rank of birth tells which."""
    twins = [
        {"relationship": "enfant", "last_name": "Martin", "first_name": name, "birth_date": "2015-06-07"}
        for name in ("Ana", "Zoé")
    ]
    form = samples.enrolled_member(employer.health_number, dependants=twins, email=None)
    employer.enrol(form)
    number = decompte()
    nobody = Child(employer.hr, "", form["nir"], "2015-06-07", "")
    person = {"nir": form["nir"], "birth_date": "2015-06-07"}
    drop(portal, nobody.act(number, act="XYZ9", person=person | {"twin": 2}))
    assert [one["name"] for one in held(agent, number)["candidates"]] == ["Zoé Martin"]
    other = decompte()
    drop(portal, nobody.act(other, person=person | {"twin": 3}))
    assert reasons(held(agent, other)) == {"unknown_person"}


def test_a_part_tried_again_pays_each_line_once(portal: Portal, child: Child, stack: Stack) -> None:
    """H150: the third décompte cannot be written at first: the part is begun again, and the report is whole."""
    numbers = [decompte() for _ in range(4)]
    lines = [child.act(number, care_on=f"2026-03-0{day}") for day, number in enumerate(numbers, start=2)]
    stack.faults.fail_call("dynamodb.TransactWriteItems", error="InternalServerError", containing=numbers[2])
    assert counts(drop(portal, *lines)) == ("accepted", 4, 0, 0)
    assert stack.faults.pending() == []
    assert child.total() == 3600


def test_many_lines_over_several_parts(portal: Portal, nursery: Nursery) -> None:
    """H150: décomptes whose lines lie in two parts are whole; every line is told of."""
    child = nursery.next()
    number = decompte()
    lines: list[Json | bytes] = [b"{" for _ in range(600)]
    lines[0], lines[599] = child.act(number, 1, 2), child.act(number, 2, 2)
    report = drop(portal, *lines)
    assert counts(report) == ("accepted", 2, 0, 598)
    assert child.total() == 1800


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[tuple[int, int]], list[bool], int]:
    """Which lines come in which order, some twice; which décomptes are corrected; where the first file ends."""
    corrected = draw(st.lists(st.booleans(), min_size=2, max_size=3))
    keys = [(rank, line) for rank, one in enumerate(corrected) for line in (range(3) if one else range(1))]
    again = draw(st.lists(st.sampled_from(keys), max_size=3))
    order = draw(st.permutations([*keys, *again]))
    return list(order), corrected, draw(st.integers(1, len(order) - 1))


@hypothesis.settings(max_examples=5, deadline=None, derandomize=True)
@hypothesis.given(arrivals())
def test_lines_in_any_order_and_twice_come_to_the_same(
    portal: Portal, nursery: Nursery, agent: Back, arrival: tuple[list[tuple[int, int]], list[bool], int]
) -> None:
    """H150: each line counts once; what was ordered, less what is to come back, is what is due."""
    order, corrected, cut = arrival
    child = nursery.next()
    numbers = [decompte() for _ in corrected]
    told: dict[tuple[int, int], Json] = {}
    for rank, number in enumerate(numbers):
        first = child.act(number, care_on=f"2026-04-{10 + rank}")
        cheaper = {"expense_cents": 2800, "base_cents": 2800, "statutory_cents": 1960}
        told[rank, 0], told[rank, 1] = first, negative(first, 2, 3)
        told[rank, 2] = first | cheaper | {"line": 3, "lines": 3}
    lines = [told[key] for key in order]
    reports = [drop(portal, *lines[:cut]), drop(portal, *lines[cut:])]
    assert sum(one["refused"] for one in reports) == 0
    due = sum(840 if one else 900 for one in corrected)
    assert child.total() == due
    found = [queued(agent, number, "overpaid") for number in numbers]
    excess = sum(one["overpaid_cents"] for one in found if one)
    assert sum(one["amount_cents"] for one in orders(child)) - excess == due


def test_a_number_without_a_birth_date_means_its_owner(portal: Portal, child: Child) -> None:
    """H150: the employee themself, and none of their children."""
    kept_back = {"participation_cents": 200}
    drop(portal, child.act(decompte(), person={"nir": child.nir}, statutory_cents=1900, withheld=kept_back))
    employee = child.member.get("/member")["beneficiaries"][0]["beneficiary_id"]
    assert replace(child, beneficiary_id=employee).total() == 900
    assert child.reimbursements() == []
