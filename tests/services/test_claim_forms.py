"""A member asks for a reimbursement: what the form takes, what each case needs (H139–H149, M59–M64, M102–M111)."""

from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.domain.periods import add_months
from chalicelib.domain.reimbursement import ReimbursedLine, Reimbursement
from chalicelib.services import tokens
from chalicelib.storage import identities, reimbursements
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Transaction
from tests import samples
from tests.portal import expect
from tests.services.conftest import Back, Employer, Json, Patient, consultation, faults, later, osteopathy, room

INVOICE, STATEMENT, PRESCRIPTION = "facture_acquittee", "decompte_securite_sociale", "prescription"


def needed(request: Json) -> list[str]:
    """The documents a claim asks for."""
    return [one["kind"] for one in request["required"]]


@pytest.mark.parametrize("prescribed", [False, True])
def test_paper_needs_the_statement_and_the_invoice(patient: Patient, yesterday: date, prescribed: bool) -> None:
    """H143, H144, M42, M106, M107: neither tiers payant nor télétransmission; the prescription where there is one."""
    request = patient.opened(consultation(yesterday, prescribed=prescribed))
    assert needed(request) == [INVOICE, STATEMENT] + [PRESCRIPTION] * prescribed
    assert {one["about"] for one in request["required"]} == {patient.beneficiary_id}
    assert all(one["reason"] for one in request["required"])


@pytest.mark.parametrize("prescribed", [False, True])
def test_teletransmission_alone_needs_the_invoice(
    connected_patient: Patient, yesterday: date, prescribed: bool
) -> None:
    """H141, H142, M104, M105: the statement comes by itself, the scheme has seen the prescription."""
    care_on = yesterday - timedelta(days=20)
    assert needed(connected_patient.opened(consultation(care_on, prescribed=prescribed))) == [INVOICE]


def test_the_invoice_is_asked_for_once_the_flow_had_its_time(connected_patient: Patient, yesterday: date) -> None:
    """A10, H142, M105: fifteen days for the scheme's flow, none for what it says too little of; others may go first."""
    today = yesterday + timedelta(days=1)
    late, due = consultation(today - timedelta(days=14)), consultation(today - timedelta(days=15))
    problem = expect(connected_patient.open(late), 409)
    assert problem["code"] == "flow_awaited"
    assert problem["ask_from"] == f"{yesterday + timedelta(days=2)}"
    assert needed(connected_patient.opened(due)) == [INVOICE]
    aid = {"act": "AUD-I", "care_on": f"{yesterday}", "expense_cents": 90000, "location": "left"}
    assert needed(connected_patient.opened(aid)) == [INVOICE]
    mixed = connected_patient.open(osteopathy(yesterday), late)
    assert faults(mixed) == {("lines[1].care_on", "flow_awaited")}


def test_what_a_claim_needs_is_told_before_it_is_filed(
    patient: Patient, connected_patient: Patient, yesterday: date
) -> None:
    """M111, M102–M110, H139–H149: the case is chosen from télétransmission, the guide's advice comes with it."""

    def needs(who: Patient, act: str, **more: Any) -> Json:
        params = {"beneficiary_id": who.beneficiary_id, "act": act, "care_on": f"{yesterday}", **more}
        found: Json = who.member.get("/member/claims/needs", params=params)
        return found

    paper = needs(patient, "G", prescribed="true")
    assert (paper["case"], needed({"required": paper["documents"]})) == ("papier", [INVOICE, STATEMENT, PRESCRIPTION])
    told = needs(connected_patient, "G")
    assert (told["case"], needed({"required": told["documents"]})) == ("teletransmission", [INVOICE])
    assert told["asked_from"] == f"{yesterday + timedelta(days=15)}"
    assert "Envoyez la facture acquittée." in told["help"]
    free = needs(connected_patient, "G", third_party_payment="true")
    assert (free["case"], free["nothing_to_send"], free["documents"]) == ("tiers_payant", True, [])
    assert "Vous n’avez aucun document à envoyer." in free["help"]
    alternative = needs(connected_patient, "OST")
    assert (alternative["case"], alternative["asked_from"]) == ("hors_securite_sociale", f"{yesterday}")
    unknown = {"beneficiary_id": "somebody", "act": "G", "care_on": f"{yesterday}"}
    assert faults(patient.member.call("GET", "/member/claims/needs", params=unknown)) == {("beneficiary_id", "unknown")}
    unknown = {"beneficiary_id": patient.beneficiary_id, "act": "XYZ", "care_on": f"{yesterday}"}
    assert faults(patient.member.call("GET", "/member/claims/needs", params=unknown)) == {("act", "unknown_act")}


def told_by_flow(patient: Patient, line: Json, *, payee: str = "member", reverses: str | None = None) -> Reimbursement:
    """A décompte of the scheme's flow that has paid the care of a line."""
    now = clock.now()
    name = tokens.new_id()
    settled = ReimbursedLine(
        act=line["act"],
        label=line["act"],
        care_on=date.fromisoformat(line["care_on"]),
        expense_cents=line["expense_cents"],
        statutory_cents=1900,
        complementary_cents=900,
        other_payers_cents=0,
        left_to_pay_cents=200,
        clause=None,
        settlement={"clause_id": None, "origins": [], "withheld_cents": {}},
    )
    decompte = Reimbursement(
        reimbursement_id=f"{clock.paris_day(now):%Y%m%d}235959-{name}",
        number=f"NOE-{name[:8]}",
        claim_id=name,
        member_id=identities.find(Identity.MEMBER_NUMBER, patient.identifier) or "",
        contract_id="x",
        contract_label="x",
        beneficiary_id=patient.beneficiary_id,
        beneficiary_name="x",
        lines=(settled,),
        guarantee_table="x@1",
        decided_at=now,
        decided_by="rule",
        payee=payee,
        order_id=None,
        statement_key="x",
        source="flow",
        reverses=reverses,
    )
    with Transaction() as transaction:
        reimbursements.create(transaction, decompte, None)
    return decompte


def test_what_the_flow_has_settled_is_not_claimed_again(employer: Employer, yesterday: date) -> None:
    """H150, H151, M111: refused with the number of the décompte; once taken back it may be claimed."""
    member = employer.member(teletransmission=True)
    me = member.get("/member")
    connected_patient = Patient(
        employer.portal, member, me["beneficiaries"][0]["beneficiary_id"], me["numero_adherent"]
    )
    care = consultation(yesterday - timedelta(days=20))
    decompte = told_by_flow(connected_patient, care, payee="professional")
    answer = connected_patient.open(osteopathy(yesterday), care)
    assert faults(answer) == {("lines[1]", "already_reimbursed")}
    assert decompte.number in answer.json()["errors"][0]["detail"]
    params = {"beneficiary_id": connected_patient.beneficiary_id, "act": "G", "care_on": care["care_on"]}
    found = connected_patient.member.get("/member/claims/needs", params=params)
    assert (found["case"], found["decompte"], found["documents"]) == ("tiers_payant", decompte.number, [])
    told_by_flow(connected_patient, care, reverses=decompte.reimbursement_id)
    assert needed(connected_patient.opened(care)) == [INVOICE]


def test_the_same_care_in_two_claims_is_held_and_names_the_other(
    patient: Patient, agent: Back, yesterday: date
) -> None:
    """H148: not refused, since care may be right twice a day; held for an agent, the other claim named to both."""
    first = patient.opened(room(yesterday))
    assert first["notices"] == []
    second = patient.opened(room(yesterday))
    [notice] = second["notices"]
    assert first["reference"] in notice
    patient.send(second)
    held = patient.read(second)
    assert held["state"] == "IN_REVIEW"
    assert notice in agent.claim(second)["review_reasons"]


def test_care_that_was_paid_is_held_when_it_is_claimed_again(patient: Patient, agent: Back, yesterday: date) -> None:
    """H148: the décompte that paid it is named, to the member and to the agent."""
    paid = patient.paid(room(yesterday))
    again = patient.claim(room(yesterday))
    assert again["state"] == "IN_REVIEW"
    assert any(paid["number"] in one for one in again["notices"])
    assert any(paid["number"] in one for one in agent.claim(again)["review_reasons"])


def test_the_same_file_in_two_open_claims_is_put_before_an_agent(
    patient: Patient, agent: Back, yesterday: date
) -> None:
    """M113: known by its content, whatever its name; another file is not."""
    content = samples.pdf(f"Une facture pour deux {patient.beneficiary_id}")
    first, second = patient.opened(room(yesterday)), patient.opened(osteopathy(yesterday))
    patient.portal.upload(
        patient.member, f"/member/requests/{second['request_id']}/uploads", second["missing"][0], content
    )
    assert patient.read(second)["state"] == "PAYMENT_ORDERED"
    third = patient.opened(room(yesterday, expense_cents=8100))
    path = f"/member/requests/{first['request_id']}/uploads"
    patient.portal.upload(patient.member, path, first["missing"][0], samples.pdf("Autre"))
    assert patient.read(first)["state"] == "PAYMENT_ORDERED"
    fourth = patient.opened(consultation(yesterday))
    patient.portal.upload(
        patient.member, f"/member/requests/{fourth['request_id']}/uploads", fourth["missing"][0], content, "copie.pdf"
    )
    patient.portal.settle()
    patient.portal.upload(
        patient.member, f"/member/requests/{third['request_id']}/uploads", third["missing"][0], content
    )
    held = patient.read(third)
    assert held["state"] == "IN_REVIEW"
    reasons = agent.claim(third)["review_reasons"]
    assert any(fourth["reference"] in one and "Facture acquittée" in one for one in reasons)
    [receipt] = held["attachments"]
    assert (receipt["name"], receipt["size"]) == ("f.pdf", len(content))
    assert receipt["received_at"]
    assert len(receipt["sha256"]) == 64


@pytest.mark.parametrize("prescribed", [False, True])
def test_care_that_the_scheme_does_not_cover_needs_the_invoice(
    patient: Patient, connected_patient: Patient, yesterday: date, prescribed: bool
) -> None:
    """H145, H146, H147, M108, M109, M110: private room, medicine, osteopathy, with télétransmission or not."""
    for act, form in (("CP", "other"), ("PHN", "other"), ("OST", "other"), ("IMP", "dental"), ("LEN", "optical")):
        line = {"act": act, "care_on": f"{yesterday}", "expense_cents": 5000, "prescribed": prescribed}
        for who in (patient, connected_patient):
            assert needed(who.opened(line, form=form)) == [INVOICE] + [PRESCRIPTION] * prescribed


def test_nothing_is_to_be_sent_when_nothing_was_advanced(
    patient: Patient, connected_patient: Patient, yesterday: date
) -> None:
    """H139, H140, M102, M103: tiers payant and télétransmission; without the latter the statement is still needed."""
    line = consultation(yesterday, third_party_payment=True)
    before = len(connected_patient.member.get("/member/requests")["requests"])
    problem = expect(connected_patient.open(line, line | {"expense_cents": 3001}), 409)
    assert problem["code"] == "nothing_to_send"
    assert len(connected_patient.member.get("/member/requests")["requests"]) == before
    assert needed(patient.opened(line)) == [INVOICE, STATEMENT]
    not_covered = osteopathy(yesterday, third_party_payment=True)
    assert needed(connected_patient.opened(not_covered)) == [INVOICE]


def test_a_line_that_cost_nothing_is_not_claimed_along_with_others(connected_patient: Patient, yesterday: date) -> None:
    """H140, H151: what the tiers payant paid to the professional is never paid to the member as well."""
    free = consultation(yesterday, third_party_payment=True)
    answer = connected_patient.open(osteopathy(yesterday), free)
    assert faults(answer) == {("lines[1].third_party_payment", "nothing_to_send")}


def test_several_lines_need_what_each_needs_once(patient: Patient, yesterday: date) -> None:
    """H148, M111."""
    lines = [osteopathy(yesterday), consultation(yesterday), room(yesterday, prescribed=True)]
    assert needed(patient.opened(*lines)) == [INVOICE, STATEMENT, PRESCRIPTION]


def test_every_fault_of_the_form_is_told_at_once(patient: Patient, yesterday: date) -> None:
    """M59, M60, M63: types, bounds and unknown fields, in cents."""
    lines: list[Json] = [
        room(yesterday, expense_cents=0),
        room(yesterday, expense_cents=-1),
        room(yesterday, expense_cents=100_000_01),
        room(yesterday) | {"expense_cents": 12.5},
        room(yesterday) | {"expense_cents": "6000"},
        room(yesterday, nights=0),
        room(yesterday, nights=367),
        room(yesterday) | {"care_on": "hier"},
        room(yesterday) | {"act": ""},
        room(yesterday, colour="blue"),
        room(yesterday, components=[{"part": "temple", "item_class": "C", "expense_cents": -1}]),
        room(yesterday, components=[{"part": "frame", "item_class": "A", "expense_cents": 1}] * 4),
        room(yesterday, statutory_paid_cents=True),
        room(yesterday, third_party_payment="peut-être"),
        consultation(yesterday, professional="10000123455"),
        consultation(yesterday, professional="123", territory="corse", exemption="riche", derogation="oui"),
        consultation(yesterday, stay={"left_on": "demain"}, location="", emergency="peut-être", prescribed_on="hier"),
        room(
            yesterday,
            daily_charge_days=-1,
            components=[
                {
                    "part": "left_lens",
                    "item_class": "B",
                    "expense_cents": 1,
                    "prescription": {"sphere": "1.125", "design": "double"},
                }
            ],
        ),
    ]
    assert faults(patient.open(*lines, form="hearing", beneficiary_id="")) == {
        ("beneficiary_id", "string_too_short"),
        ("form", "enum"),
        ("lines[0].expense_cents", "greater_than"),
        ("lines[1].expense_cents", "greater_than_equal"),
        ("lines[2].expense_cents", "less_than_equal"),
        ("lines[3].expense_cents", "int_type"),
        ("lines[4].expense_cents", "int_type"),
        ("lines[5].quantity", "greater_than_equal"),
        ("lines[6].quantity", "less_than_equal"),
        ("lines[7].care_on", "date_from_datetime_parsing"),
        ("lines[8].act", "string_too_short"),
        ("lines[9].colour", "extra_forbidden"),
        ("lines[10].components[0].part", "enum"),
        ("lines[10].components[0].item_class", "enum"),
        ("lines[10].components[0].expense_cents", "greater_than_equal"),
        ("lines[11].components", "too_long"),
        ("lines[12].statutory_paid_cents", "int_type"),
        ("lines[13].third_party_payment", "bool_parsing"),
        ("lines[14].professional", "invalid_identifier"),
        ("lines[15].professional", "invalid_identifier"),
        ("lines[15].territory", "enum"),
        ("lines[15].exemption", "enum"),
        ("lines[15].derogation", "enum"),
        ("lines[16].stay.entered_on", "missing"),
        ("lines[16].stay.left_on", "date_from_datetime_parsing"),
        ("lines[16].location", "string_too_short"),
        ("lines[16].emergency", "bool_parsing"),
        ("lines[16].prescribed_on", "date_from_datetime_parsing"),
        ("lines[17].daily_charge_days", "greater_than_equal"),
        ("lines[17].components[0].prescription.sphere", "decimal_max_places"),
        ("lines[17].components[0].prescription.design", "enum"),
    }


def test_every_contradiction_is_told_at_once(patient: Patient, yesterday: date) -> None:
    """M59, M60, M63: the beneficiary and each line."""
    today = yesterday + timedelta(days=1)
    glasses = {"act": "OPT-B", "care_on": f"{yesterday}", "expense_cents": 30000}
    frame = {"part": "frame", "item_class": "B", "expense_cents": 10000}
    lines: list[Json] = [
        room(today + timedelta(days=1)),
        room(add_months(today, -24) - timedelta(days=1)),
        {"act": "XYZ", "care_on": f"{yesterday}", "expense_cents": 100},
        {"act": "IMP", "care_on": f"{yesterday}", "expense_cents": 100},
        osteopathy(yesterday, quantity=31),
        consultation(yesterday, statutory_paid_cents=2000, other_payers_cents=1001),
        room(yesterday, components=[frame | {"expense_cents": 8000}]),
    ]
    assert faults(patient.open(*lines, beneficiary_id="somebody")) == {
        ("beneficiary_id", "unknown"),
        ("lines[0].care_on", "future"),
        ("lines[1].care_on", "prescribed"),
        ("lines[2].act", "unknown_act"),
        ("lines[3].act", "unknown_act"),
        ("lines[4].quantity", "too_many"),
        ("lines[5].expense_cents", "paid_exceeds_expense"),
        ("lines[6].components", "not_glasses"),
    }
    assert faults(patient.open(glasses | {"components": [frame]}, form="optical")) == {
        ("lines[0].components", "components_mismatch")
    }
    assert faults(patient.open(glasses)) == {("lines[0].act", "unknown_act")}


def test_what_a_line_says_of_its_place_and_its_stay_must_hold_together(patient: Patient, yesterday: date) -> None:
    """LPP, CSS L174-4, R871-2 3°: an ear for a hearing aid, a tooth for a filling, care within its stay."""
    today = yesterday + timedelta(days=1)
    aid = {"act": "AUD-I", "care_on": f"{yesterday}", "expense_cents": 90000}
    day_before = f"{yesterday - timedelta(days=1)}"
    lines: list[Json] = [
        consultation(yesterday, location="left"),
        aid | {"location": "36"},
        aid | {"location": "left", "quantity": 2},
        consultation(yesterday, stay={"entered_on": f"{today}"}),
        consultation(yesterday, stay={"entered_on": f"{yesterday}", "left_on": day_before}),
        consultation(yesterday, stay={"entered_on": f"{yesterday}", "left_on": f"{today + timedelta(days=1)}"}),
        consultation(yesterday, daily_charge_days=2, derogation="medical", prescribed_on=f"{today}"),
    ]
    assert faults(patient.open(*lines)) == {
        ("lines[0].location", "no_such_place"),
        ("lines[1].location", "no_such_place"),
        ("lines[2].quantity", "one_place"),
        ("lines[3].stay", "out_of_stay"),
        ("lines[4].stay.left_on", "ends_before_start"),
        ("lines[5].stay.left_on", "future"),
        ("lines[6].daily_charge_days", "not_a_stay"),
        ("lines[6].derogation", "not_glasses"),
        ("lines[6].prescribed_on", "after_care"),
    }
    filling = {"act": "DEN-OBT", "care_on": f"{yesterday}", "expense_cents": 3000}
    assert faults(patient.open(filling | {"location": "left"}, form="dental")) == {
        ("lines[0].location", "no_such_place")
    }
    patient.opened(filling | {"location": "36"}, form="dental")


def test_a_prescription_is_that_of_a_lens_by_quarters_of_a_dioptre(patient: Patient, yesterday: date) -> None:
    """CSS R871-2 3°: a frame is not prescribed, a power is in quarters."""

    def pair(part: str, sphere: str) -> Json:
        lens = {"sphere": sphere, "design": "single"}
        parts = [{"part": part, "item_class": "B", "expense_cents": 20000, "prescription": lens}]
        return {"act": "OPT-B", "care_on": f"{yesterday}", "expense_cents": 20000, "components": parts}

    place = "lines[0].components[0].prescription"
    assert faults(patient.open(pair("left_lens", "1.10"), form="optical")) == {(f"{place}.sphere", "invalid")}
    assert faults(patient.open(pair("frame", "1.00"), form="optical")) == {(place, "invalid")}
    patient.opened(pair("left_lens", "-2.25"), form="optical")


def test_care_of_today_and_of_two_years_ago_may_be_claimed(patient: Patient, yesterday: date) -> None:
    """C. assur. L114-1: the last day of the two years is in time."""
    today = yesterday + timedelta(days=1)
    patient.opened(room(today), room(add_months(today, -24)))


def test_a_claim_made_in_time_stays_in_time(patient: Patient, yesterday: date) -> None:
    """C. assur. L114-2: the claim stops the two years; the invoice may follow, the décompte is paid."""
    request = patient.opened(room(add_months(yesterday + timedelta(days=1), -24)))
    with later(days=3):
        present = patient.at_present()
        present.send(request)
        assert present.read(request)["state_label"] == "Virement ordonné"


def test_a_claim_has_1_to_20_lines(patient: Patient, yesterday: date) -> None:
    lines = [room(yesterday, expense_cents=6000 + number) for number in range(21)]
    assert faults(patient.open(*lines)) == {("lines", "too_long")}
    assert faults(patient.open()) == {("lines", "too_short")}
    assert needed(patient.opened(*lines[:20])) == [INVOICE]


def test_the_key_makes_a_repeated_claim_one(patient: Patient, connected_patient: Patient, yesterday: date) -> None:
    """M112: the same key gives the same claim, of the same member only; without one nothing is opened."""
    first = expect(patient.open(room(yesterday), key="key-0000001"), 201)
    again = expect(patient.open(room(yesterday), key="key-0000001"), 201)
    assert again == first
    reused = expect(patient.open(room(yesterday, expense_cents=7000), key="key-0000001"), 409)
    assert (reused["code"], reused["request_id"]) == ("key_reused", first["request_id"])
    other = expect(connected_patient.open(room(yesterday), key="key-0000001"), 201)
    assert other["request_id"] != first["request_id"]
    body = {"beneficiary_id": patient.beneficiary_id, "form": "other", "lines": [room(yesterday)]}
    for headers in ({}, {"Idempotency-Key": "short"}, {"Idempotency-Key": "k" * 65}, {"Idempotency-Key": "with space"}):
        answer = patient.member.call("POST", "/member/claims", json=body, headers=headers)
        assert faults(answer) == {("Idempotency-Key", "missing")}


def test_the_tracker_follows_a_claim(patient: Patient, yesterday: date) -> None:
    """M112, M113: what is missing, until when, who acts; a receipt for each file."""
    request = patient.opened(consultation(yesterday))
    assert (request["next_actor"], request["state_label"]) == ("member", "En attente de vos pièces")
    assert request["due_on"] == f"{yesterday + timedelta(days=61)}"
    listed = {one["request_id"]: one for one in patient.member.get("/member/requests")["requests"]}
    assert listed[request["request_id"]]["missing"] == 2
    path = f"/member/requests/{request['request_id']}/uploads"
    content = samples.pdf("Facture")
    patient.portal.upload(patient.member, path, request["missing"][0], content)
    half = patient.read(request)
    [file] = half["attachments"]
    assert (file["state"], file["size"]) == ("ACCEPTED", len(content))
    assert len(file["sha256"]) == 64
    assert needed(half) == [INVOICE, STATEMENT]
    assert [one["kind"] for one in half["missing"]] == [STATEMENT]
    assert half["state"] == "PENDING_DOCUMENTS"


def test_a_claim_of_another_member_does_not_exist(
    patient: Patient, connected_patient: Patient, yesterday: date
) -> None:
    """M63, M112."""
    request = patient.opened(room(yesterday))
    path = f"/member/requests/{request['request_id']}"
    assert connected_patient.member.call("GET", path).status_code == 404
    body = {"kind": INVOICE, "about": patient.beneficiary_id, "name": "f.pdf", "content_type": "application/pdf"}
    assert connected_patient.member.call("POST", f"{path}/uploads", json=body).status_code == 404
    foreign = connected_patient.open(room(yesterday), beneficiary_id=patient.beneficiary_id)
    assert faults(foreign) == {("beneficiary_id", "unknown")}


def test_health_functions_do_not_exist_for_a_provident_member(employer: Employer, yesterday: date) -> None:
    """A3, M39, M48: nor claims, nor reimbursements, nor a card."""
    member = employer.member(contracts=[employer.provident["number"]])
    me = member.get("/member")
    body = {
        "beneficiary_id": me["beneficiaries"][0]["beneficiary_id"],
        "form": "other",
        "lines": [room(yesterday)],
    }
    assert member.call("POST", "/member/claims", json=body, headers={"Idempotency-Key": "k1234567"}).status_code == 404
    for path in ("/member/reimbursements", "/member/card"):
        assert member.call("GET", path).status_code == 404
    assert me["card_valid_to"] is None
    assert member.get("/member/requests") == {"requests": []}


def test_each_form_offers_its_own_acts(patient: Patient) -> None:
    """M60: optical, dental, other."""
    offered = {
        form: {one["code"] for one in patient.member.get("/member/acts", params={"form": form})["acts"]}
        for form in ("optical", "dental", "other")
    }
    assert offered["optical"] == {"OPT-A", "OPT-B", "LEN"}
    assert "IMP" in offered["dental"]
    assert {"CP", "OST", "G"} <= offered["other"]
    assert not offered["optical"] & offered["dental"] | offered["dental"] & offered["other"]
    assert patient.member.call("GET", "/member/acts", params={"form": "hearing"}).status_code == 422
