"""The whole story inside one process; the journeys live it over HTTP."""

from datetime import timedelta

from tests import samples
from tests.portal import PASSWORD, Portal


def test_from_subscription_to_explained_claim(portal: Portal) -> None:
    file = samples.subscription()
    admin = file["administrator"]["email"]
    company = file["companies"][0]
    report = portal.drop("a.json", file)
    assert report["outcome"] == "accepted", report
    number = report["companies"][0]["numero_adherent"]
    assert number in portal.mail(admin, "72")
    first = {"numero_adherent": number, "siren": company["siren"], "postcode": "44000"}
    assert portal.post("/access/employer/first-connection", first, 409)["code"] == "space_not_open"
    portal.advance(timedelta(hours=72))
    portal.post("/access/employer/first-connection", first, 202)
    portal.choose_password(admin)
    hr = portal.sign_in("employer", {"email": admin, "password": PASSWORD})
    company_id = hr.get("/employer/companies")["companies"][0]["company_id"]
    base = f"/employer/companies/{company_id}"
    contract = hr.get(f"{base}/contracts")["contracts"][0]
    email = samples.email("karim")
    body = {"risk": "sante", "contract_id": contract["contract_id"], "email": email, "affiliation_date": "2026-11-01"}
    employee = hr.post(f"{base}/pre-affiliations", body)
    assert employee["state_label"] == "Pré-affilié"
    from tests.portal import User

    invited = User(portal, portal.link_in(portal.mail(email, "invit")))
    invited.get("/affiliation")
    form = samples.affiliation_form()
    request = invited.post("/affiliation", form)
    portal.upload_all(invited, "/affiliation/uploads", request)
    sheet = portal.eventually(
        lambda: (lambda e: e if e["state"] == "ACTIVE" else None)(hr.get(f"{base}/employees/{employee['member_id']}"))
    )
    assert sheet["state_label"] == "Affilié"
    portal.settle()
    hr.get(f"{base}/employees/{employee['member_id']}/card")
    portal.advance(timedelta(hours=72))
    first = {
        "numero_adherent": sheet["numero_adherent"],
        "nir_last8": form["nir"][5:13],
        "birth_date": form["birth_date"],
    }
    portal.post("/access/member/first-connection", first, 202)
    portal.choose_password(email)
    member = portal.sign_in("member", {"identifier": sheet["numero_adherent"], "password": PASSWORD})
    me = member.get("/member")
    claim = member.post(
        "/member/claims",
        {
            "beneficiary_id": me["beneficiaries"][0]["beneficiary_id"],
            "form": "other",
            "lines": [{"act": "CP", "care_on": "2026-11-10", "expense_cents": 12000, "quantity": 2}],
        },
        headers={"Idempotency-Key": "k1234567890"},
    )
    path = f"/member/requests/{claim['request_id']}"
    portal.upload_all(member, f"{path}/uploads", claim)
    done = portal.eventually(lambda: (lambda e: e if e["reimbursement_id"] else None)(member.get(path)))
    print(done)
    paid = member.get(f"/member/reimbursements/{done['reimbursement_id']}")
    assert paid["complementary_cents"] == 12000
    member.get(f"/member/reimbursements/{done['reimbursement_id']}/statement")
    portal.mail(email, "décompte")
