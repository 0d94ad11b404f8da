"""From a complete claim to a décompte: cover, ceilings, renewals, what a person must look at (M38, M55–M58, M63)."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest

from chalicelib import settings
from chalicelib.domain.adjudication.decision import settle_again
from chalicelib.domain.law import parameter
from chalicelib.domain.periods import add_months
from chalicelib.services import settling, uploads
from chalicelib.storage import reimbursements, requests
from chalicelib.storage.connection import connection
from local.clients import client, objects
from tests import samples
from tests.portal import Portal, expect
from tests.services.conftest import (
    TABLE,
    Back,
    Employer,
    Json,
    Patient,
    WaitingRoom,
    consultation,
    faults,
    later,
    open_member_space,
    osteopathy,
    room,
    subscribe,
    subscription_file,
    text_of,
)


def glasses(care_on: date, **changes: Any) -> Json:
    """Glasses of class B, whose part of the mandatory scheme is read on its statement: 320 € in all."""
    line = {"act": "OPT-B", "care_on": f"{care_on}", "expense_cents": 20000, "base_cents": 15}
    return line | {"statutory_paid_cents": 9} | changes


PROFESSIONAL = "10000123454"
RICH_TABLE: Json = {
    **TABLE,
    "clauses": [
        *(one for one in TABLE["clauses"] if one["id"] != "lunettes-b"),
        {"id": "actes", "label": "Actes techniques", "families": ["acte_technique"], "kind": "ticket_moderateur"},
        {"id": "audio-1", "label": "Aides auditives 100 % Santé", "acts": ["AUD-I"], "kind": "full_basket"},
        {
            "id": "audio-2",
            "label": "Aides auditives",
            "acts": ["AUD-II"],
            "kind": "fixed_amount",
            "amount_cents": 15000,
            "limits": [{"span": "rolling", "months": 48, "max_count": 1, "site": "ear"}],
        },
        {
            "id": "lunettes-b",
            "label": "Lunettes",
            "acts": ["OPT-B"],
            "kind": "fixed_amount",
            "amount_cents": 5000,
            "category_amounts_cents": {"a": 8000, "b": 12000},
        },
    ],
}
"""A table whose amounts depend on the stay, the ear and the prescription that a line states."""


@pytest.fixture(scope="module")
def rich_room(portal: Portal) -> WaitingRoom:
    file = subscription_file()
    file["contracts"][0]["guarantee_table"] = RICH_TABLE
    return WaitingRoom(subscribe(portal, file), teletransmission=False)


@pytest.fixture
def rich(rich_room: WaitingRoom) -> Patient:
    return rich_room.next()


def kept_back(reimbursement: Json) -> list[int]:
    """The participation forfaitaire of each line."""
    return [
        sum(step["amount_cents"] for step in line["steps"] if step["rule"] == "statutory.participation_forfaitaire")
        for line in reimbursement["lines"]
    ]


def statutory(reimbursement: Json) -> list[int]:
    """What the mandatory scheme pays on each line."""
    return [line["statutory_cents"] for line in reimbursement["lines"]]


def orders(request: Json) -> list[Json]:
    """The payment orders of a claim."""
    table = client("dynamodb")
    found: list[Json] = table.scan(TableName=settings.table("payment-orders"), ConsistentRead=True)["Items"]
    return [one for one in found if one["order_id"]["S"] == request["request_id"]]


def refusals(reimbursement: Json) -> list[str | None]:
    """Why each line pays nothing, where it does not."""
    return [one["refusal"]["code"] if one["refusal"] else None for one in reimbursement["lines"]]


def amounts(reimbursement: Json) -> list[int]:
    """What the contract pays on each line."""
    return [one["complementary_cents"] for one in reimbursement["lines"]]


def test_a_decompte_explains_every_line(patient: Patient, yesterday: date) -> None:
    """M37, M38, H151: spent, both parts, what is left, whom it is paid to; a refused line says why."""
    phn = {"act": "PHN", "care_on": f"{yesterday}", "expense_cents": 1000}
    transport = {"act": "VSL", "care_on": f"{yesterday}", "expense_cents": 5000, "base_cents": 5000}
    request = patient.claim(room(yesterday, nights=2, expense_cents=15000), consultation(yesterday), phn, transport)
    assert request["state_label"] == "Virement ordonné"
    found = patient.reimbursement(request)
    assert amounts(found) == [12000, 900, 0, 0]
    assert refusals(found) == [None, None, "excluded_by_table", "no_clause"]
    for line in found["lines"]:
        parts = ("statutory_cents", "complementary_cents", "other_payers_cents", "left_to_pay_cents")
        assert sum(line[part] for part in parts) == line["expense_cents"]
        assert line["steps"]
    assert (found["payee"], found["decided_by"], found["complementary_cents"]) == ("member", "règle", 12900)
    assert len(orders(request)) == 1
    link = patient.member.get(f"/member/reimbursements/{request['reimbursement_id']}/statement")
    text = text_of(link["url"])
    assert "Votre contrat ne prévoit aucun remboursement pour cet acte." in text
    assert found["number"] in text


def test_nothing_to_pay_is_a_decision_with_a_decompte_and_no_order(patient: Patient, yesterday: date) -> None:
    """M38: the state, the mail and the document all the same; no transfer of 0 €."""
    request = patient.claim({"act": "PHN", "care_on": f"{yesterday}", "expense_cents": 1000})
    assert request["state"] == "NOTHING_DUE"
    found = patient.reimbursement(request)
    assert (found["complementary_cents"], refusals(found)) == (0, ["excluded_by_table"])
    assert orders(request) == []
    assert patient.member.get(f"/member/reimbursements/{request['reimbursement_id']}/statement")["url"]


def test_a_decision_can_be_settled_again_from_what_was_kept(patient: Patient, yesterday: date) -> None:
    """The décompte, years later: the same inputs on the same table and rows of law give the same bytes."""
    request = patient.claim(osteopathy(yesterday, 6000))
    stored = requests.get(request["request_id"])
    assert stored is not None
    kept = reimbursements.decision(stored.member_id, request["reimbursement_id"])
    assert kept is not None
    assert settle_again(kept).to_bytes() == kept.to_bytes()
    assert kept.complementary_cents == patient.reimbursement(request)["complementary_cents"]
    hidden = f"/member/reimbursements/decision%23{request['reimbursement_id']}"
    assert patient.member.call("GET", hidden).status_code == 404


def test_a_number_of_acts_is_used_up_across_claims(
    patient: Patient, waiting_room: WaitingRoom, yesterday: date
) -> None:
    """Three sessions a year: two, then one of two, then none; another year or a brother is another count."""
    first = patient.paid(osteopathy(yesterday, 6000), osteopathy(yesterday, 6100))
    second = patient.paid(osteopathy(yesterday, 12000, quantity=2), osteopathy(yesterday, 6200))
    assert amounts(first) == [3000, 3000]
    assert amounts(second) == [3000, 0]
    assert refusals(second) == [None, "count_exhausted"]
    assert [one["code"] for one in second["lines"][0]["reductions"]] == ["count_limit"]
    last_year = yesterday.replace(year=yesterday.year - 1, day=1)
    assert amounts(patient.paid(osteopathy(last_year), osteopathy(yesterday, 6300))) == [3000, 0]
    assert amounts(waiting_room.next().paid(osteopathy(yesterday))) == [3000]


def test_an_amount_of_a_year_is_used_up_across_claims(patient: Patient, yesterday: date) -> None:
    """15 000 cents of lenses a year; what is left, then nothing; a line that pays nothing uses nothing."""
    lens = {"act": "LEN", "care_on": f"{yesterday}"}
    first = patient.paid(lens | {"expense_cents": 9000}, form="optical")
    second = patient.paid(lens | {"expense_cents": 8000}, lens | {"expense_cents": 100}, form="optical")
    assert (amounts(first), amounts(second)) == ([9000], [6000, 0])
    assert refusals(second) == [None, "amount_exhausted"]


def test_what_is_kept_back_in_a_day_is_known_across_claims(patient: Patient, yesterday: date) -> None:
    """CSS L160-13 III, D160-6: 4 € a journey and 8 € a day, in three claims as in one, though the contract refuses."""
    rides = [{"act": "VSL", "care_on": f"{yesterday}", "expense_cents": 5000 + n, "base_cents": 5000} for n in range(3)]
    claims = [patient.claim(ride) for ride in rides]
    paid = [patient.reimbursement(request)["lines"][0]["statutory_cents"] for request in claims]
    assert paid == [2750 - 400, 2750 - 400, 2750]


def test_the_acts_of_a_day_at_one_professional_share_its_cap_across_claims(patient: Patient, yesterday: date) -> None:
    """CSS R160-19, D160-6: four participations a day at one professional, in two claims as in one."""
    acts = [consultation(yesterday, expense_cents=3000 + n, professional="10 000 123 454") for n in range(6)]
    kept = kept_back(patient.paid(*acts[:3])) + kept_back(patient.paid(*acts[3:]))
    assert sum(kept) == 4 * kept[0] > 0
    assert kept[4:] == [0, 0]
    elsewhere = consultation(yesterday, expense_cents=3010, professional="10000123462")
    assert kept_back(patient.paid(elsewhere)) == kept[:1]


def test_a_stay_bears_one_participation_for_heavy_acts_across_claims(rich: Patient, yesterday: date) -> None:
    """CSS R160-16: two heavy acts of one stay in two claims; another stay bears its own; nothing else is kept back."""
    stay = {"entered_on": f"{yesterday - timedelta(days=2)}", "left_on": f"{yesterday}"}
    surgery = {"act": "ADC", "care_on": f"{yesterday}", "expense_cents": 20000, "base_cents": 20000, "stay": stay}
    second = surgery | {"care_on": f"{yesterday - timedelta(days=1)}", "expense_cents": 15000, "base_cents": 15000}
    other = second | {"stay": {"entered_on": second["care_on"]}, "expense_cents": 15001}
    found = [rich.paid(line) for line in (surgery, second, other)]
    due = parameter("pat.amount", on=yesterday).cents
    assert [amount for one in found for amount in amounts(one)] == [due, 0, due]
    assert [amount for one in found for amount in statutory(one)] == [20000 - due, 15000, 15000 - due]
    assert [sum(kept_back(one)) for one in found] == [0, 0, 0]


def test_what_a_line_says_of_itself_is_what_the_next_claims_know(rich: Patient, yesterday: date) -> None:
    """The history made of the décomptes is the one that the decisions left."""
    stay = {"entered_on": f"{yesterday}"}
    act = {"act": "ADC", "care_on": f"{yesterday}", "expense_cents": 20000, "base_cents": 20000, "stay": stay}
    days = {"act": "SEJ", "care_on": f"{yesterday}", "expense_cents": 40000, "base_cents": 40000, "stay": stay}
    aid = {"act": "AUD-II", "care_on": f"{yesterday}", "expense_cents": 60000, "location": "left"}
    request = rich.claim(act, aid, consultation(yesterday, professional=PROFESSIONAL), days | {"daily_charge_days": 1})
    rich_line = rich.reimbursement(request)["lines"]
    assert len(rich_line) == 4
    stored = requests.get(request["request_id"])
    assert stored is not None
    first = reimbursements.decision(stored.member_id, request["reimbursement_id"])
    assert first is not None
    second = rich.claim(act | {"expense_cents": 20001})
    kept = reimbursements.decision(stored.member_id, rich.reimbursement(second)["reimbursement_id"])
    assert kept is not None
    assert tuple(kept.history) == tuple(one for one in first.acts if one.on == yesterday)
    assert {one.stay for one in kept.history} == {None, stay["entered_on"]}


def test_glasses_get_the_category_of_their_prescription(rich_room: WaitingRoom, yesterday: date) -> None:
    """CSS R871-2 3° a and b: two simple lenses, then a complex one: the contract pays each category its own amount."""
    frame = {"part": "frame", "item_class": "B", "expense_cents": 10000}

    def pair(left: str, right: str) -> Json:
        lenses = [
            {
                "part": part,
                "item_class": "B",
                "expense_cents": 10000,
                "prescription": {"sphere": sphere, "design": "single"},
            }
            for part, sphere in (("left_lens", left), ("right_lens", right))
        ]
        return {
            "act": "OPT-B",
            "care_on": f"{yesterday}",
            "expense_cents": 30000,
            "components": [frame, *lenses],
            "prescribed_on": f"{yesterday}",
        }

    assert amounts(rich_room.next().paid(pair("-2.25", "1.00"), form="optical")) == [8000]
    assert amounts(rich_room.next().paid(pair("-2.25", "-8.50"), form="optical")) == [12000]
    unread = pair("-2.25", "1.00") | {"components": []}
    unread |= {"base_cents": 15, "statutory_paid_cents": 9}
    assert amounts(rich_room.next().paid(unread, form="optical")) == [5000]


def test_an_early_renewal_of_glasses_is_looked_at_by_a_person(rich: Patient, agent: Back, yesterday: date) -> None:
    """CSS R871-2 3°: a change of sight shortens the delay, once somebody has read the prescription."""
    assert amounts(rich.paid(glasses(add_months(yesterday, -13)), form="optical")) == [5000]
    again = glasses(yesterday, expense_cents=19000)
    assert rich.claim(again, form="optical")["state"] == "NOTHING_DUE"
    early = rich.claim(again | {"expense_cents": 18000, "derogation": "sight_change"}, form="optical")
    assert early["state"] == "IN_REVIEW"
    assert agent.claim(early)["review_reasons"] == [settling.EARLY_RENEWAL]
    expect(agent.decide(early, "approve"), 200)
    assert amounts(rich.reimbursement(rich.read(early))) == [5000]


def test_each_ear_is_counted_apart_and_reunion_has_its_own_tariff(rich: Patient, yesterday: date) -> None:
    """CSS R871-2 4°, LPP: one aid an ear in four years; 60 % of 480 € in Réunion, of 400 € elsewhere."""
    aid = {"act": "AUD-II", "care_on": f"{yesterday}", "expense_cents": 60000, "location": "left"}
    assert statutory(rich.paid(aid)) == [24000]
    right = aid | {"location": "right", "territory": "reunion", "expense_cents": 61000}
    found = rich.paid(right)
    assert (statutory(found), amounts(found)) == ([28800], [15000])
    assert "audio.br.adult.reunion" in str(found["lines"][0]["parameters"])
    again = rich.claim(aid | {"expense_cents": 62000, "care_on": f"{yesterday + timedelta(days=1)}"})
    assert refusals(rich.reimbursement(again)) == ["renewal_too_soon"]


def test_an_agent_reads_and_corrects_who_and_where(rich: Patient, agent: Back, yesterday: date) -> None:
    """M115: the invoice names the establishment and the stay that the member left out."""
    act = {"act": "ADC", "care_on": f"{yesterday}", "expense_cents": 90000, "base_cents": 20000}
    request = rich.claim(act | {"statutory_paid_cents": 17000})
    assert request["state"] == "IN_REVIEW"
    [line] = agent.claim(request)["lines"]
    assert (line["professional"], line["stay"], line["territory"]) == (None, None, "metropole")
    stay = {"entered_on": f"{yesterday}", "left_on": None}
    wrong = {"line": 0, "location": "left", "stay": {"entered_on": f"{yesterday + timedelta(days=1)}"}}
    assert faults(agent.decide(request, "approve", corrections=[wrong])) == {
        ("lines[0].location", "no_such_place"),
        ("lines[0].stay", "out_of_stay"),
    }
    read = {"line": 0, "professional": "2B0000020", "stay": stay, "statutory_paid_cents": 17600, "exemption": "ald"}
    [corrected] = expect(agent.decide(request, "approve", corrections=[read]), 200)["lines"]
    assert (corrected["professional"], corrected["stay"], corrected["exemption"]) == ("2B0000020", stay, "ald")


def test_what_is_read_for_a_claim_does_not_grow_with_former_years(employer: Employer, yesterday: date) -> None:
    """A consultation reads the décomptes of its civil year; glasses read all of them, for purchases count for years."""
    member = employer.member(starts_on=employer.health["starts_on"])
    me = member.get("/member")
    patient = Patient(employer.portal, member, me["beneficiaries"][0]["beneficiary_id"], me["numero_adherent"])
    rooms = [patient.claim(room(yesterday, expense_cents=8000 + number)) for number in range(3)]
    former = {one["reimbursement_id"] for one in rooms}
    with later(days=366):
        present = patient.at_present()
        day = yesterday + timedelta(days=366)
        with decomptes_read() as read:
            present.paid(consultation(day))
        assert read == set()
        with decomptes_read() as read:
            present.paid(glasses(day), form="optical")
        assert former < read


@contextmanager
def decomptes_read() -> Iterator[set[str]]:
    """The décomptes that settlements read."""
    found: set[str] = set()

    def note(parsed: Json, **_: Any) -> None:
        found.update(one["reimbursement_id"]["S"] for one in parsed["Items"] if "payee" in str(one.get("document")))

    events = connection().client.meta.events
    events.register("after-call.dynamodb.Query", note)
    try:
        yield found
    finally:
        events.unregister("after-call.dynamodb.Query", note)


def test_glasses_are_renewed_when_their_delay_has_passed(
    employer: Employer, yesterday: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CSS R871-2 3°: a year for a child, to the day, from the pair that was paid, however far back it is."""
    monkeypatch.setattr(settling, "HISTORY_PAGE", 1)
    born = f"{yesterday.year - 10}-04-01"
    child = {"relationship": "enfant", "first_name": "Tom", "last_name": "Martin", "birth_date": born}
    member = employer.member(dependants=[child], starts_on=employer.health["starts_on"])
    me = member.get("/member")
    patient = Patient(employer.portal, member, me["beneficiaries"][1]["beneficiary_id"], me["numero_adherent"])
    first = patient.paid(glasses(add_months(yesterday, -12)), form="optical")
    with later(minutes=1):
        patient.paid(room(yesterday))
    early = patient.claim(glasses(yesterday - timedelta(days=1), expense_cents=19000), form="optical")
    in_time = patient.paid(glasses(yesterday, expense_cents=18000), form="optical")
    assert (amounts(first), amounts(in_time)) == ([19991], [17991])
    assert early["state"] == "NOTHING_DUE"
    assert refusals(patient.reimbursement(early)) == ["renewal_too_soon"]


def test_glasses_claimed_out_of_order_go_to_a_person(patient: Patient, yesterday: date) -> None:
    """CSS R871-2 3°: the newer pair first, then the older one, or both at once: the delay binds all the same."""
    pairs = [glasses(yesterday), glasses(add_months(yesterday, -6), expense_cents=19000)]
    dearer = [glasses(yesterday, expense_cents=20001), pairs[1]]
    assert patient.claim(*dearer, form="optical")["state"] == "IN_REVIEW"
    assert amounts(patient.paid(pairs[0], form="optical")) == [19991]
    assert patient.claim(pairs[1], form="optical")["state"] == "IN_REVIEW"


def test_an_equal_line_already_paid_goes_to_a_person(patient: Patient, yesterday: date) -> None:
    """Two equal purchases a day may both be right: nobody pays twice unseen, in two claims or in one."""
    assert patient.claim(room(yesterday))["state"] == "PAYMENT_ORDERED"
    assert patient.claim(room(yesterday))["state"] == "IN_REVIEW"
    assert patient.claim(room(yesterday, expense_cents=8001))["state"] == "PAYMENT_ORDERED"
    twice = room(yesterday, expense_cents=8002)
    assert patient.claim(twice, twice)["state"] == "IN_REVIEW"


def test_an_amount_above_the_limit_goes_to_a_person(patient: Patient, yesterday: date) -> None:
    """200 € are decided by the rule, a cent more by an agent."""
    assert patient.claim(room(yesterday, nights=10, expense_cents=20000))["state"] == "PAYMENT_ORDERED"
    above = patient.claim(room(yesterday, nights=10, expense_cents=20001))
    assert (above["state"], above["next_actor"]) == ("IN_REVIEW", "agent")


def test_a_statutory_amount_that_nobody_stated_goes_to_a_person(patient: Patient, yesterday: date) -> None:
    """The engine never guesses a base."""
    line = {"act": "B", "care_on": f"{yesterday}", "expense_cents": 4000}
    assert patient.claim(line | {"expense_cents": 4100})["state"] == "IN_REVIEW"
    stated = line | {"base_cents": 4000, "statutory_paid_cents": 2400}
    assert amounts(patient.paid(stated)) == [1600]
    gap = consultation(yesterday, statutory_paid_cents=1500)
    assert patient.claim(gap)["state"] == "IN_REVIEW"


def test_care_outside_the_cover_is_refused_with_its_day(employer: Employer, yesterday: date) -> None:
    """M55, M63: before the first day; the sentence names the person and the day."""
    starts = yesterday - timedelta(days=5)
    member = employer.member(starts_on=f"{starts}")
    me = member.get("/member")
    patient = Patient(employer.portal, member, me["beneficiaries"][0]["beneficiary_id"], me["numero_adherent"])
    assert patient.claim(room(starts))["state_label"] == "Virement ordonné"
    refused = patient.claim(room(yesterday), room(starts - timedelta(days=1)))
    assert (refused["state_label"], refused["reimbursement_id"]) == ("Refusée", None)
    day = starts - timedelta(days=1)
    assert refused["reason"] == f"Léa Martin n’était pas couvert par votre contrat santé le {day:%d/%m/%Y}."
    assert orders(refused) == []
    employer.portal.mail(me["email"], "Une réponse est disponible")


def test_a_contract_that_has_ended_pays_nothing_any_more(portal: Portal, yesterday: date) -> None:
    """H75, M63: the last day of the contract is covered, the next is not; the affiliation says no end of its own."""
    ended = yesterday - timedelta(days=3)
    file = subscription_file()
    file["contracts"][0]["ends_on"] = f"{ended}"
    employer = subscribe(portal, file)
    member = employer.member(starts_on=employer.health["starts_on"])
    me = member.get("/member")
    patient = Patient(portal, member, me["beneficiaries"][0]["beneficiary_id"], me["numero_adherent"])
    assert patient.claim(room(ended))["state_label"] == "Virement ordonné"
    assert patient.claim(room(ended + timedelta(days=1)))["state_label"] == "Refusée"
    assert expect(member.call("GET", "/member/card"), 404)["code"] == "not_found"


def test_a_dependant_is_covered_from_the_proof_on_only(employer: Employer, yesterday: date) -> None:
    """M55: a claim for a child whose filiation is not proved is refused, and paid once it is."""
    portal = employer.portal
    today = yesterday + timedelta(days=1)
    child = {"relationship": "enfant", "first_name": "Ana", "last_name": "Haddad", "birth_date": "2015-02-03"}
    form = samples.affiliation_form(dependants=[child])
    employee, invited = employer.invited()
    request = invited.post("/affiliation", form)
    me = request["required"][0]["about"]
    for one in request["missing"]:
        if one["about"] == me:
            portal.upload(invited, "/affiliation/uploads", one, samples.pdf())
    portal.settle()
    sheet = employer.sheet(employee)
    member = open_member_space(portal, sheet["numero_adherent"], form | {"email": sheet["email"]})
    patient = Patient(portal, member, sheet["beneficiaries"][1]["beneficiary_id"], sheet["numero_adherent"])
    assert patient.claim(room(today))["state_label"] == "Refusée"
    portal.upload_all(invited, "/affiliation/uploads", invited.get("/affiliation")["request"])
    portal.settle()
    assert patient.claim(room(today))["state_label"] == "Virement ordonné"


@contextmanager
def meeting(count: int) -> Iterator[None]:
    """The first payments meet just before they are written: all of them were settled on the same state."""
    barrier, calls = Barrier(count), itertools.count(1)

    def wait(params: Json, **_: Any) -> None:
        if "payment-orders" in str(params["body"]) and next(calls) <= count:
            barrier.wait(timeout=10)

    events = connection().client.meta.events
    events.register("before-call.dynamodb.TransactWriteItems", wait)
    try:
        yield
        assert next(calls) > count
    finally:
        events.unregister("before-call.dynamodb.TransactWriteItems", wait)


def waiting_files(opened: list[Json]) -> list[str]:
    """The last file of each claim, sent but not yet announced by its event: handling it starts the execution."""
    keys = {one["Key"].split("/")[1]: one["Key"] for one in objects("uploads")}
    return [keys[request["request_id"]] for request in opened]


@pytest.mark.parametrize(
    ("lines", "form", "ceiling"),
    [
        pytest.param([("OST", 6000 + n) for n in range(3)], "other", 9000, id="count"),
        pytest.param([("LEN", 9000 + n) for n in range(3)], "optical", 15000, id="amount"),
        pytest.param([("OPT-B", 20000 + n) for n in range(3)], "optical", 20002, id="renewal"),
        pytest.param([("CP", 8000)] * 3, "other", 6000, id="same line"),
    ],
)
def test_claims_decided_at_the_same_time_share_one_ceiling(
    patient: Patient, yesterday: date, lines: list[tuple[str, int]], form: str, ceiling: int
) -> None:
    """Three executions at once pay what three in turn would: counters and history are read and written as one."""
    stated = {"OPT-B": {"base_cents": 15, "statutory_paid_cents": 9}, "OST": {"quantity": 2}}
    opened = [
        patient.opened({"act": act, "care_on": f"{yesterday}", "expense_cents": cents} | stated.get(act, {}), form=form)
        for act, cents in lines
    ]
    for request in opened:
        patient.send(request)
    with meeting(len(opened)), ThreadPoolExecutor(len(opened)) as pool:
        list(pool.map(uploads.receive, waiting_files(opened)))
        patient.portal.settle()
    found = [patient.read(request) for request in opened]
    paid = [patient.reimbursement(one)["complementary_cents"] for one in found if one["reimbursement_id"]]
    assert 0 < sum(paid) <= ceiling, [one["state"] for one in found]
    assert {one["state"] for one in found} <= {"PAYMENT_ORDERED", "NOTHING_DUE", "IN_REVIEW"}
