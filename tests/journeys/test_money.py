"""Money in and out over the bank's own files: what a company owes, what a member is paid (H39–H47, H139–H151, M115)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from local import bank
from local.bank import Movement
from tests import samples
from tests.journeys import spaces
from tests.portal import PASSWORD, Portal, User

RATES = [{"label": "Isolé", "basis": "euros", "value": "60.00"}, {"label": "Famille", "basis": "euros", "value": "150"}]
LONGEST_WEEKEND = 6
SCHEME = "01751"


def at_present() -> datetime:
    return datetime.now(UTC)


def company_that_pays(portal: Portal) -> spaces.Subscription:
    """A company whose santé is called from this month on, in advance."""
    file = spaces.subscription_file()
    terms = {"frequency": "monthly", "due_day": 15, "in_advance": True, "employer_share_percent": "50", "rates": RATES}
    file["contracts"][0]["contributions"] = terms | {"called_from": f"{portal.today().replace(day=1)}"}
    return spaces.subscribe(portal, file)


def statements(hr: User, base: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = hr.get(f"{base}/contributions")["contributions"]
    return found


def test_a_company_is_called_pays_by_transfer_and_owes_nothing(portal: Portal) -> None:
    """H39–H43: called once though the run comes twice; the transfer finds its statement by the reference alone."""
    subscription = company_that_pays(portal)
    form = samples.enrolled_member(subscription.contract, starts_on=f"{portal.today().replace(day=1)}")
    spaces.enrol(portal, subscription, form)
    portal.advance(spaces.OPENING_DELAY)
    hr = spaces.open_employer_space(portal, subscription)
    base = spaces.company_path(hr)
    for _ in range(2):
        portal.run_schedule("call-contributions")
        portal.eventually(lambda: statements(hr, base))
    periods = [one["period"]["first_day"] for one in statements(hr, base)]
    assert len(periods) == len(set(periods))
    called = statements(hr, base)[-1]
    statement = hr.get(f"{base}/contributions/{called['number']}")
    assert statement["to_pay_cents"] > 0
    assert hr.get(f"{base}/home")["waiting"]
    paid = Movement(
        amount_cents=statement["to_pay_cents"],
        credit=True,
        on=portal.today(),
        servicer_reference=f"V-{called['number']}",
        payer=subscription.company["name"],
        reference=statement["reference"],
    )
    told = bank.notification(f"N-{called['number']}", [paid], at=at_present())
    for name in ("virement", "virement-encore"):
        portal.controls.leave_bank_file(f"{name}-{called['number']}", told)
    portal.eventually(lambda: statements(hr, base)[-1]["state"] == "PAID")
    portal.run_schedule("follow-contributions")
    portal.run_schedule("contribution-debits")
    portal.settle()
    after = hr.get(f"{base}/contributions/{called['number']}")
    assert (after["summary"]["state"], after["means"]) == ("PAID", "Vous n’avez rien à payer.")


def test_care_that_the_scheme_tells_is_paid_through_the_bank(portal: Portal) -> None:
    """H149–H151, M35, M115: a flow's décompte is paid once; what nobody knows waits in the agents' queue."""
    subscription = spaces.subscribe(portal)
    form = samples.enrolled_member(subscription.contract)
    [number] = spaces.enrol(portal, subscription, form)
    portal.advance(spaces.OPENING_DELAY)
    agent = spaces.open_agent_space(portal)
    member = spaces.open_member_space(portal, number, form, form["email"])
    care = {"act": "G", "care_on": f"{portal.today() - timedelta(days=20)}", "expense_cents": 3000, "base_cents": 3000}
    line = care | {"line": 1, "lines": 1, "rate_percent": "70", "statutory_cents": 2100}
    header = {"kind": "flow", "reference": f"FLUX-{number}", "scheme": SCHEME, "issued_on": f"{portal.today()}"}
    lines = [
        header,
        line | {"decompte": f"D-{number}", "person": {"nir": form["nir"]}},
        line | {"decompte": f"I-{number}", "person": {"nir": samples.nir()}},
    ]
    report = portal.drop(f"flux-{number}.jsonl", b"\n".join(samples.as_bytes(one) for one in lines))
    assert (report["outcome"], report["accepted"], report["refused"]) == ("accepted", 2, 0), report
    [reimbursed] = member.get("/member/reimbursements")["reimbursements"]
    assert reimbursed["complementary_cents"] == 900
    held = [one for one in waiting_flows(agent) if f"I-{number}" in one["title"]]
    [flow] = held
    body = {"reason": "Assuré d’un autre organisme."}
    assert agent.post(f"/backoffice/flows/{flow['request_id']}/dropping", body, 200)["state"] == "DROPPED"
    assert not [one for one in waiting_flows(agent) if f"I-{number}" in one["title"]]
    name, sent = sent_to_bank(portal, f"T-{flow_of(reimbursed)}")
    portal.controls.leave_bank_file(f"status-{name}", bank.status(f"STATUS-{name}", sent, at=at_present()))
    member = portal.sign_in("member", {"identifier": number, "password": PASSWORD})
    portal.eventually(lambda: member.get("/member/reimbursements")["reimbursements"][0]["paid_on"])


def waiting_flows(agent: User) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = agent.get("/backoffice/queue", params={"group": "flows"})["requests"]
    return found


def flow_of(reimbursed: dict[str, Any]) -> str:
    """The beginning of a décompte's own name, which its transfer bears."""
    return str(reimbursed["reimbursement_id"].split("-")[1][:8].upper())


def sent_to_bank(portal: Portal, text: str) -> tuple[str, bytes]:
    """The file of transfers that holds one, as soon as the bank works."""
    for _ in range(LONGEST_WEEKEND):
        portal.run_schedule("payment-batches")
        portal.settle()
        for name, content in portal.controls.bank_files().items():
            if text.encode() in content:
                return name, content
        portal.advance(timedelta(days=1))
    raise AssertionError(f"{text} never left")
