"""From the subscription to an explained reimbursement, over HTTP alone: each step is one screen of the guides."""

import io
import json
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import httpx
from pypdf import PdfReader

from tests import samples
from tests.journeys import spaces
from tests.journeys.spaces import OPENING_DELAY, Subscription
from tests.portal import PASSWORD, Portal, User, expect


@dataclass
class Family:
    """An employee, with a spouse and a grown-up child, as they declare themselves."""

    email: str
    form: dict[str, Any]
    member_id: str = ""
    number: str = ""
    reimbursements: dict[str, str] = field(default_factory=dict)
    claims: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, today: date) -> "Family":
        """Karim, Inès and Sami, who is 19."""
        born = date(today.year - 20, 12, 31)
        dependants = [
            {"relationship": "conjoint", "first_name": "Inès", "last_name": "Haddad", "birth_date": "1987-04-09"},
            {"relationship": "enfant", "first_name": "Sami", "last_name": "Haddad", "birth_date": f"{born}"},
        ]
        dependants[0]["nir"] = samples.nir(sex=2, born=date(1987, 4, 9))
        dependants[1]["nir"] = samples.nir(sex=1, born=born)
        return cls(email=samples.email("karim"), form=samples.affiliation_form(dependants=dependants))


def test_the_story_of_the_guides(portal: Portal) -> None:
    """H3, H10, H7–H21, H29–H33, H48–H75, H129–H148, M1–M118: company, employee, family's care, who sees what."""
    subscription = the_company_subscribes(portal)
    employer = the_space_opens_after_72_hours(portal, subscription)
    the_contract_can_be_read(employer)
    starts_on = portal.today() - timedelta(days=60)
    family = Family.of(portal.today())
    the_employee_is_invited(portal, employer, family, starts_on)
    the_family_affiliates(portal, employer, family)
    silent = a_colleague_without_email_is_taken_over(portal, subscription)
    portal.advance(OPENING_DELAY)
    member = the_member_opens_the_space(portal, family)
    agent = spaces.open_agent_space(portal)
    the_optical_claim_is_paid_by_rule(portal, member, family, starts_on)
    the_dental_and_hospital_claims_are_paid_by_rule(portal, member, family, starts_on)
    the_large_claim_is_decided_by_the_agent(portal, member, agent, family, starts_on)
    the_reimbursements_are_listed_and_filtered(portal, member, family)
    the_reimbursement_is_explained_and_printed(portal, member, family)
    employer = portal.sign_in("employer", {"email": subscription.administrator, "password": PASSWORD})
    the_employer_sees_no_care(portal, subscription, employer, member, family)
    the_colleague_gets_an_address(portal, agent, silent)
    everybody_signs_out(employer, member, agent)


def the_company_subscribes(portal: Portal) -> Subscription:
    """H7, H8: a mail confirms the subscription and gives the numéro adhérent."""
    subscription = spaces.subscribe(portal)
    mail = portal.mail(subscription.administrator, "souscription")
    assert re.fullmatch(r"\d{7}", subscription.number)
    assert f"Votre numéro adhérent\u00a0: {subscription.number}" in mail
    assert "72\u00a0heures" in mail
    return subscription


def the_space_opens_after_72_hours(portal: Portal, subscription: Subscription) -> User:
    """H9–H20, M118: refused with the date at 71 h 59, accepted at 72 h; one link, used once; rules for the password."""
    answers = subscription.answers
    first = "/access/employer/first-connection"
    refusal = portal.post(first, answers, 409)
    assert refusal["code"] == "space_not_open"
    promised = re.search(r"à partir du (.+?)\.", portal.mail(subscription.administrator, "72"))
    assert promised is not None
    assert promised[1] in refusal["detail"]
    portal.advance(OPENING_DELAY - timedelta(minutes=1))
    assert portal.post(first, answers, 409)["opens_at"] == refusal["opens_at"]
    portal.advance(timedelta(minutes=1))
    vague = portal.post(first, {**answers, "postcode": "75001"}, 202)
    portal.settle()
    assert not [one for one in portal.mails(subscription.administrator) if "mot-de-passe#" in one["text"]]
    assert portal.post(first, answers, 202) == vague
    token = portal.link_in(portal.mail(subscription.administrator, "mot-de-passe#"))
    rules = portal.post("/access/passwords", {"token": token, "password": "azerty"}, 422)
    assert {one["field"] for one in rules["errors"]} == {"password"}
    portal.post("/access/passwords", {"token": token, "password": PASSWORD}, 204)
    assert portal.post("/access/passwords", {"token": token, "password": PASSWORD}, 409)["code"] == "link_unusable"
    credentials = {"email": subscription.administrator, "password": PASSWORD}
    wrong = portal.post("/access/employer/sessions", {**credentials, "password": "autre chose"}, 422)
    assert wrong["errors"][0]["code"] == "wrong_credentials"
    return portal.sign_in("employer", credentials)


def the_contract_can_be_read(employer: User) -> None:
    """H29, H30, H31, H32, H33, H36: contracts, guarantees, documents and the broker to ask for any change."""
    base = spaces.company_path(employer)
    found = employer.get(f"{base}/contracts")
    assert found["broker"]["name"] == "Courtage Exemple"
    health, provident = sorted(found["contracts"], key=lambda one: one["risk"] != "sante")
    assert (provident["risk"], provident["documents"]) == ("prevoyance", [])
    assert {"Lunettes", "Chambre particulière"} <= {one["label"] for one in health["guarantees"]}
    [document] = [one for one in health["documents"] if one["title"] == "Tableau de garanties"]
    link = employer.get(f"{base}/contracts/{health['contract_id']}/documents/{document['document_id']}")["url"]
    text = pdf_text(link)
    assert health["number"] in text
    assert "Chambre particulière" in text


def the_employee_is_invited(portal: Portal, employer: User, family: Family, starts_on: date) -> None:
    """H62–H75: four fields, checked; « Pré-affilié » at once; the same employee cannot be invited twice."""
    base = spaces.company_path(employer)
    contracts = {one["risk"]: one["contract_id"] for one in employer.get(f"{base}/contracts")["contracts"]}
    body = {"risk": "sante", "email": family.email, "affiliation_date": f"{starts_on}"}
    other_risk = {**body, "contract_id": contracts["prevoyance"]}
    assert employer.post(f"{base}/pre-affiliations", other_risk, 422)["errors"][0]["code"] == "other_risk"
    long_ago = {**body, "contract_id": contracts["sante"], "affiliation_date": f"{starts_on - timedelta(days=40)}"}
    assert employer.post(f"{base}/pre-affiliations", long_ago, 422)["errors"][0]["code"] == "too_early"
    invited = employer.post(f"{base}/pre-affiliations", {**body, "contract_id": contracts["sante"]})
    family.member_id = invited["member_id"]
    [listed] = employer.get(f"{base}/employees")["employees"]
    assert (listed["member_id"], listed["email"]) == (family.member_id, family.email)
    assert (listed["state_label"], listed["numero_adherent"]) == ("Pré-affilié", None)
    again = {**body, "contract_id": contracts["sante"]}
    assert employer.post(f"{base}/pre-affiliations", again, 409)["code"] == "already_affiliated"


def the_family_affiliates(portal: Portal, employer: User, family: Family) -> None:
    """H69–H72, M48–M57, M113: alone, with documents; the child waits for the certificate and joins the card after."""
    invited = User(portal, portal.link_in(portal.mail(family.email, "invite")))
    assert invited.get("/affiliation")["state_label"] == "Pré-affilié"
    request = invited.post("/affiliation", family.form)
    kinds = [one["kind"] for one in request["missing"]]
    assert kinds == ["attestation_droits", "rib", "livret_famille", "livret_famille", "certificat_situation"]
    certificate = request["missing"].pop()
    portal.upload_all(invited, "/affiliation/uploads", request)
    sheet = the_sheet_once(portal, employer, family, lambda sheet: sheet["card_available"])
    assert sheet["state_label"] == "Affilié"
    assert [one["state_label"] for one in sheet["beneficiaries"]] == ["Couvert", "Couvert", "En attente de pièces"]
    family.number = sheet["numero_adherent"]
    assert re.fullmatch(r"\d{14}", family.number)
    card_path = f"{spaces.company_path(employer)}/employees/{family.member_id}/card"
    first_card = pdf_text(employer.get(card_path)["url"])
    assert "Inès" in first_card
    assert "Sami" not in first_card
    content = samples.jpeg()
    portal.upload(invited, "/affiliation/uploads", certificate, content, "scolarité.jpg", content_type="image/jpeg")
    the_sheet_once(portal, employer, family, lambda sheet: sheet["beneficiaries"][2]["state"] == "ACTIVE")
    receipt = invited.get("/affiliation")["request"]["attachments"][-1]
    assert (receipt["state"], receipt["size"]) == ("ACCEPTED", len(content))
    portal.settle()
    card = pdf_text(employer.get(card_path)["url"])
    for shown in ("Karim", "Inès", "Sami", family.number):
        assert shown in card


def the_sheet_once(portal: Portal, employer: User, family: Family, ready: Any) -> dict[str, Any]:
    """The employee's sheet as the employer reads it, once it says something (H51, H52, H53)."""
    path = f"{spaces.company_path(employer)}/employees/{family.member_id}"

    def read() -> dict[str, Any] | None:
        sheet: dict[str, Any] = employer.get(path)
        return sheet if ready(sheet) else None

    found: dict[str, Any] = portal.eventually(read)
    return found


def a_colleague_without_email_is_taken_over(portal: Portal, subscription: Subscription) -> dict[str, Any]:
    """H135, H137: affiliated without an e-mail is a legal state."""
    form = samples.enrolled_member(subscription.contract, first_name="Odile", email=None)
    [number] = spaces.enrol(portal, subscription, form)
    return {**form, "number": number}


def the_member_opens_the_space(portal: Portal, family: Family) -> User:
    """H129–H134, M4–M16: three answers, a link, then the numéro adhérent or the e-mail."""
    confirmation = portal.mail(family.email, "affiliation est confirmée")
    assert f"Votre numéro adhérent\u00a0: {family.number}" in confirmation
    answers = spaces.answers_of_member(family.number, family.form)
    vague = portal.post("/access/member/first-connection", {**answers, "nir_last8": "00000000"}, 202)
    assert portal.post("/access/member/first-connection", answers, 202) == vague
    portal.choose_password(family.email)
    assert len([one for one in portal.mails(family.email) if "mot-de-passe#" in one["text"]]) == 1
    portal.sign_in("member", {"identifier": family.email.upper(), "password": PASSWORD})
    spaced = f"{family.number[:7]} {family.number[7:]}"
    member = portal.sign_in("member", {"identifier": spaced, "password": PASSWORD})
    me = member.get("/member")
    assert [one["first_name"] for one in me["beneficiaries"]] == ["Karim", "Inès", "Sami"]
    assert family.form["iban"] not in json.dumps(me)
    assert family.form["nir"] not in json.dumps(me)
    assert "Sami" in pdf_text(member.get("/member/card")["url"])
    return member


def the_grown_ups_let_their_care_be_read(portal: Portal, member: User) -> None:
    """A12: their care is theirs until they agree, each by a link that is mailed to their own address."""
    for person in member.get("/member/consents")["consents"]:
        email = samples.email("majeur")
        member.post(f"/member/consents/{person['beneficiary_id']}/invitation", {"email": email}, 202)
        token = portal.link_in(portal.mail(email, "/confidentialite#"))
        assert portal.post("/consents/question", {"token": token}, 200)["asked_by"] == "Karim Haddad"
        assert portal.post("/consents/decision", {"token": token, "choice": "agreed"}, 200)["state"] == "agreed"
    assert [one["state"] for one in member.get("/member/consents")["consents"]] == ["agreed", "agreed"]


def the_optical_claim_is_paid_by_rule(portal: Portal, member: User, family: Family, starts_on: date) -> None:
    """M59–M62, M107, H144: glasses of the spouse without télétransmission: invoice, statement and prescription."""
    glasses = {
        "act": "OPT-B",
        "care_on": f"{starts_on + timedelta(days=10)}",
        "expense_cents": 21000,
        "prescribed": True,
        "components": [
            {"part": "frame", "item_class": "B", "expense_cents": 13000},
            {"part": "left_lens", "item_class": "B", "expense_cents": 4000},
            {"part": "right_lens", "item_class": "B", "expense_cents": 4000},
        ],
    }
    the_grown_ups_let_their_care_be_read(portal, member)
    request = spaces.claim(member, "optical", glasses, beneficiary=1)
    kinds = [one["kind"] for one in request["missing"]]
    assert kinds == ["facture_acquittee", "decompte_securite_sociale", "prescription"]
    assert (request["next_actor"], request["state_label"]) == ("member", "En attente de vos pièces")
    # Statutory: 60 % of 0.05 € is 0.03 € for the frame and for each lens, 0.09 € in all. The contract's 320 € include
    # it: the frame within 100 € (99.97 €), the lenses at their price (80.00 - 0.06 = 79.94 €). Left: 30 € of the frame.
    family.reimbursements["OPT-B"] = the_claim_is_paid(
        portal, member, family, request, expense=21000, statutory=9, complementary=17991, left=3000
    )


def the_dental_and_hospital_claims_are_paid_by_rule(
    portal: Portal, member: User, family: Family, starts_on: date
) -> None:
    """M60, H145, H146, H147: the scheme's statement is believed; care it does not cover needs the invoice alone."""
    dentist = {
        "act": "CD",
        "care_on": f"{starts_on + timedelta(days=12)}",
        "expense_cents": 3500,
        "base_cents": 2300,
        "statutory_paid_cents": 1380,
    }
    dental = spaces.claim(member, "dental", dentist, beneficiary=2)
    stay = spaces.room(starts_on + timedelta(days=20), nights=3, expense_cents=27000)
    room = spaces.claim(member, "other", stay)
    assert [one["kind"] for one in dental["missing"]] == ["facture_acquittee", "decompte_securite_sociale"]
    assert [one["kind"] for one in room["missing"]] == ["facture_acquittee"]
    # 100 % of the base of 23.00 €, statutory share of 13.80 € included: 9.20 €. Left: 35.00 - 13.80 - 9.20 = 12.00 €.
    family.reimbursements["CD"] = the_claim_is_paid(
        portal, member, family, dental, expense=3500, statutory=1380, complementary=920, left=1200
    )
    # 3 nights at 60.00 € are 180.00 €, below the 270.00 € of the invoice. Left: 90.00 €.
    family.reimbursements["CP"] = the_claim_is_paid(
        portal, member, family, room, expense=27000, statutory=0, complementary=18000, left=9000
    )


def the_large_claim_is_decided_by_the_agent(
    portal: Portal, member: User, agent: User, family: Family, starts_on: date
) -> None:
    """M115: above 200 € a person decides, on the documents, and may correct what was typed."""
    crown = {"act": "HBLD491", "care_on": f"{starts_on + timedelta(days=15)}", "expense_cents": 58000}
    request = spaces.claim(member, "dental", crown)
    spaces.send_documents(portal, member, request)
    spaces.once_in(portal, member, request, "IN_REVIEW")
    portal.mail(family.email, "examinée par un gestionnaire")
    path = f"/backoffice/claims/{request['request_id']}"
    assert request["request_id"] in [one["request_id"] for one in agent.get("/backoffice/queue")["requests"]]
    seen = agent.get(path)
    # 300 % of the base of 120 €, statutory share of 60 % (72 €) included: 360 - 72 = 288 €.
    assert (seen["lines"][0]["proposed_cents"], seen["beneficiary_name"]) == (28800, "Karim Haddad")
    assert any("seuil" in reason for reason in seen["review_reasons"])
    document = seen["request"]["attachments"][0]["document_id"]
    assert httpx.get(agent.get(f"{path}/documents/{document}")["url"]).content.startswith(b"%PDF")
    decision = {
        "decision": "approve",
        "reason": "La facture porte 550,00 €.",
        "corrections": [{"line": 0, "expense_cents": 55000}],
    }
    agent.post(f"{path}/decision", decision, 200)
    # The correction moves what is left only: 550 - 72 - 288 = 190 €.
    family.reimbursements["HBLD491"] = the_claim_is_paid(
        portal, member, family, request, expense=55000, statutory=7200, complementary=28800, left=19000, sent=True
    )
    assert agent.post(f"{path}/decision", decision, 409)["code"] == "not_in_review"
    paid = member.get(f"/member/reimbursements/{family.reimbursements['HBLD491']}")
    assert paid["decided_by"] == "gestionnaire"


def the_claim_is_paid(
    portal: Portal, member: User, family: Family, request: dict[str, Any], *, sent: bool = False, **cents: int
) -> str:
    """M112, M38: documents, a state to follow, a mail at the end; the amounts of its only line to the cent."""
    if not sent:
        spaces.send_documents(portal, member, request)
    done = spaces.once_in(portal, member, request, "PAYMENT_ORDERED")
    assert (done["state_label"], done["next_actor"], done["missing"]) == ("Virement ordonné", "nobody", [])
    family.claims.append(request["request_id"])
    reference = request["reference"]
    portal.mail(family.email, f"Un décompte est disponible pour votre demande {reference}")
    [line] = member.get(f"/member/reimbursements/{done['reimbursement_id']}")["lines"]
    names = ("expense_cents", "statutory_cents", "complementary_cents", "left_to_pay_cents")
    assert [line[name] for name in names] == list(cents.values())
    return str(done["reimbursement_id"])


def the_reimbursements_are_listed_and_filtered(portal: Portal, member: User, family: Family) -> None:
    """M35, M36: newest first; by day of decision, by person, by act."""

    def listed(**filters: str) -> list[str]:
        found = member.get("/member/reimbursements", params=filters)["reimbursements"]
        return [one["reimbursement_id"] for one in found]

    ids = family.reimbursements
    assert sorted(listed()) == sorted(ids.values())
    spouse = member.get("/member")["beneficiaries"][1]["beneficiary_id"]
    assert listed(beneficiary_id=spouse) == [ids["OPT-B"]]
    assert listed(act="CP") == [ids["CP"]]
    today = portal.today()
    assert len(listed(decided_from=f"{today - timedelta(days=1)}", decided_to=f"{today}")) == len(ids)
    assert listed(decided_from=f"{today + timedelta(days=1)}") == []
    assert listed(decided_to=f"{today - timedelta(days=2)}") == []


def the_reimbursement_is_explained_and_printed(portal: Portal, member: User, family: Family) -> None:
    """M37, M38, M117: each line says its guarantee, its rules and their law; the décompte says the same in French."""
    path = f"/member/reimbursements/{family.reimbursements['OPT-B']}"
    glasses = member.get(path)
    [line] = glasses["lines"]
    assert (line["clause"], glasses["decided_by"], glasses["beneficiary_name"]) == ("Lunettes", "règle", "Inès Haddad")
    assert [one["code"] for one in line["reductions"]] == ["frame_cap"]
    assert all(step["sentence"] and step["source"] for step in line["steps"])
    steps = {step["rule"]: step["amount_cents"] for step in line["steps"]}
    assert (steps["statutory.paid"], steps["complementary.frame"], steps["complementary.lenses"]) == (9, 9997, 7994)
    assert (steps["complementary.paid"], steps["settlement.left_to_pay"]) == (17991, 3000)
    assert "optic.frame.max@2020-01-01" in line["parameters"]
    shares = ("statutory_cents", "complementary_cents", "other_payers_cents", "left_to_pay_cents")
    assert sum(line[name] for name in shares) == line["expense_cents"]
    text = pdf_text(member.get(f"{path}/statement")["url"])
    for shown in (glasses["number"], "Inès Haddad", "210,00 €", "0,09 €", "179,91 €", "30,00 €", family.number):
        assert shown in text, shown
    for hidden in (family.form["iban"], family.form["nir"]):
        assert hidden not in text
    assert family.form["iban"][-4:] in text


def the_employer_sees_no_care(
    portal: Portal, subscription: Subscription, employer: User, member: User, family: Family
) -> None:
    """H61, H121: the sheet and the card, and in no answer an act, an amount or a request of the family."""
    base = spaces.company_path(employer)
    sheet = f"{base}/employees/{family.member_id}"
    answers = [employer.call("GET", path).text for path in ("/employer/companies", base + "/employees", sheet)]
    contracts = employer.call("GET", f"{base}/contracts").text
    card = pdf_text(employer.get(f"{sheet}/card")["url"])
    mails = json.dumps(portal.mails(subscription.administrator), ensure_ascii=False)
    secret = [*family.claims, *family.reimbursements.values(), *(f"D-{one[:8].upper()}" for one in family.claims)]
    secret += ["17991", "179,91", "28800", "288,00", "21000", "HBLD491", "OPT-B"]
    for text in (*answers, contracts, card, mails):
        assert not [word for word in secret if re.search(rf"\b{word}\b", text)]
    care = re.compile(
        r"rembours|décompte|demande|soins|lunettes|dentaire|couronne|chambre|claim|reimburs", re.IGNORECASE
    )
    for text in answers:
        assert not care.search(text)
    reads = [f"/member/reimbursements/{one}" for one in family.reimbursements.values()]
    reads += [f"/member/requests/{one}" for one in family.claims]
    reads += [f"/backoffice/claims/{one}" for one in family.claims]
    for path in ("/member", "/member/reimbursements", "/member/requests", "/backoffice/queue", *reads):
        assert employer.call("GET", path).status_code == 403
    for one in portal.mails(family.email):
        assert not [word for word in ("179,91", family.form["nir"], family.form["iban"]) if word in one["text"]]


def the_colleague_gets_an_address(portal: Portal, agent: User, silent: dict[str, Any]) -> None:
    """H135–H137, M12–M14: no mail can leave; an agent records the address; then the link may be asked for."""
    portal.post("/access/member/first-connection", spaces.answers_of_member(silent["number"], silent), 202)
    found = agent.get(
        "/backoffice/members", params={"numero_adherent": silent["number"], "reason": "Appel de l’assuré"}
    )
    assert (found["name"], found["email"]) == ("Odile Martin", None)
    email = samples.email("odile")
    expect(agent.call("PUT", f"/backoffice/members/{found['member_id']}/email", json={"email": email}), 200)
    portal.mail(email, "enregistrée")
    portal.post("/access/member/forgotten-password", {"identifier": silent["number"]}, 202)
    portal.choose_password(email)
    odile = portal.sign_in("member", {"identifier": email, "password": PASSWORD})
    assert odile.get("/member")["numero_adherent"] == silent["number"]


def everybody_signs_out(*users: User) -> None:
    """H21, H128, M118: the session ends at once."""
    for user in users:
        expect(user.call("DELETE", "/access/session"), 204)
        assert user.call("DELETE", "/access/session").status_code == 401


def pdf_text(link: str) -> str:
    """What a downloaded PDF says, its spaces all alike."""
    answer = httpx.get(link)
    assert answer.status_code == 200
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    return re.sub(r"\s+", " ", text)
