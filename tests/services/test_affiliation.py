"""The employee completes the affiliation alone, with their dependants (H69–H74, M48–M58, M113)."""

from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.domain.periods import add_months
from tests import samples
from tests.portal import PASSWORD, Portal, User, expect
from tests.services.conftest import Employer, Json, faults, later, open_member_space, text_of

UPLOADS = "/affiliation/uploads"


def years_before(day: date, years: int) -> date:
    """The birthday of somebody who turns that old on a day."""
    return add_months(day, -12 * years)


def dependant(relationship: str, born: date | str, **more: Any) -> Json:
    """A dependant as the form takes one."""
    return {"relationship": relationship, "first_name": "Sami", "last_name": "Haddad", "birth_date": f"{born}"} | more


def submit(invited: User, **changes: Any) -> Json:
    """The request opened by a good form."""
    request: Json = invited.post("/affiliation", samples.affiliation_form(**changes))
    return request


def send(portal: Portal, invited: User, request: Json, *titles: str) -> Json:
    """The request after good files were sent for the named documents, or for all that miss."""
    for one in request["missing"]:
        if not titles or one["title"] in titles:
            portal.upload(invited, UPLOADS, one, samples.pdf(one["title"]))
    portal.settle()
    found: Json = invited.get("/affiliation")["request"]
    return found


def test_every_fault_of_the_form_is_told_at_once(employer: Employer) -> None:
    """H69, H74: identifiers, lengths, unknown fields, each at its place, for the dependants too."""
    _, invited = employer.invited()
    form = samples.affiliation_form(
        first_name=" ",
        birth_date="02/11/1985",
        nir="1 85 11",
        regime="msa",
        address={"line1": "4 quai", "postcode": "99999", "city": ""},
        iban="FR7630006000011234567890188",
        email="nour@",
        teletransmission="peut-être",
        colour="blue",
        dependants=[dependant("cousin", "2015-02-30"), dependant("enfant", "2015-02-03", nir="12")],
    )
    del form["account_holder"]
    assert faults(invited.call("POST", "/affiliation", json=form)) == {
        ("first_name", "string_too_short"),
        ("birth_date", "date_from_datetime_parsing"),
        ("nir", "invalid_identifier"),
        ("regime", "literal_error"),
        ("address.postcode", "invalid_identifier"),
        ("address.city", "string_too_short"),
        ("iban", "invalid_identifier"),
        ("account_holder", "missing"),
        ("email", "invalid_identifier"),
        ("teletransmission", "bool_parsing"),
        ("colour", "extra_forbidden"),
        ("dependants[0].relationship", "enum"),
        ("dependants[0].birth_date", "date_from_datetime_parsing"),
        ("dependants[1].nir", "invalid_identifier"),
    }
    assert invited.get("/affiliation")["request"] is None


def test_every_contradiction_is_told_at_once(employer: Employer) -> None:
    """H69, M49, M50, M51, M52, M53, M54: births, ages, NIR and addresses already in use."""
    today = employer.portal.today()
    taken = samples.enrolled_member(employer.health_number)
    employer.enrol(taken)
    _, invited = employer.invited()
    form = samples.affiliation_form(
        birth_date=f"{today + timedelta(days=1)}",
        nir=taken["nir"],
        email=taken["email"].upper(),
        dependants=[
            dependant("conjoint", years_before(today, 17), nir=samples.nir()),
            dependant("enfant", years_before(today, 28), nir=samples.nir()),
            dependant("enfant", years_before(today, 20)),
            dependant("enfant", "1850-01-01", nir=samples.nir()),
            dependant("enfant", today),
        ],
    )
    assert faults(invited.call("POST", "/affiliation", json=form)) == {
        ("birth_date", "impossible_date"),
        ("nir", "nir_used"),
        ("email", "email_used"),
        ("dependants[0].birth_date", "minor_partner"),
        ("dependants[1].birth_date", "too_old"),
        ("dependants[2].nir", "missing"),
        ("dependants[3].birth_date", "impossible_date"),
        ("dependants[3].birth_date", "too_old"),
    }


@pytest.mark.parametrize("place", ["2A004", "2B033", "2a004", "99350", "97411"])
def test_a_nir_of_corsica_overseas_or_abroad_is_accepted(employer: Employer, place: str) -> None:
    """H131, M7: 2A counts as 19 and 2B as 18 in the key."""
    body = f"18511{place.upper()}{int(samples.siren()[3:]) % 1000:03d}"
    number = int(body.replace("2A", "19").replace("2B", "18"))
    nir = f"18511{place}{body[10:]}{97 - number % 97:02d}"
    _, invited = employer.invited()
    wrong = nir[:13] + f"{(int(nir[13:]) % 97) + 1:02d}"
    assert faults(invited.call("POST", "/affiliation", json=samples.affiliation_form(nir=wrong))) == {
        ("nir", "invalid_identifier")
    }
    assert submit(invited, nir=nir)["state"] == "PENDING_DOCUMENTS"


def test_a_nir_and_a_birth_date_tell_the_same_month(employer: Employer) -> None:
    """H69, H131: unless the NIR is one for a time, or one whose month says that the birth was not known."""
    wrong = "Le numéro de sécurité sociale ne correspond pas à la date de naissance."
    for birth_date in ("1990-11-02", "1985-01-13"):
        _, invited = employer.invited()
        refusal = invited.call("POST", "/affiliation", json=samples.affiliation_form(birth_date=birth_date))
        assert faults(refusal) == {("nir", "other_birth_date")}
        assert [one["detail"] for one in refusal.json()["errors"]] == [wrong]
    for start in ("12020", "19933", "17050", "78501"):
        body = f"{start}99{int(samples.siren()[1:]) % 100_000_000:08d}"[:13]
        _, invited = employer.invited()
        form = {"birth_date": "1990-01-13", "nir": f"{body}{97 - int(body) % 97:02d}"}
        assert submit(invited, **form)["state"] == "PENDING_DOCUMENTS"


def kinds(request: Json, about: str) -> list[str]:
    """The documents asked for about somebody."""
    return [one["kind"] for one in request["required"] if one["about"] == about]


def test_what_is_asked_depends_on_the_dependant(employer: Employer) -> None:
    """M49, M50, M51, M52, M53, M54: marriage, PACS, common life, filiation; a certificate from the 18th birthday on."""
    starts = employer.portal.today() + timedelta(days=30)
    employee, invited = employer.invited(affiliation_date=f"{starts}")
    adult, minor = years_before(starts, 18), years_before(starts, 18) + timedelta(days=1)
    people = [
        dependant("conjoint", years_before(starts, 18), nir=samples.nir()),
        dependant("partenaire_pacs", "1990-01-01", nir=samples.nir()),
        dependant("concubin", "1990-01-01", nir=samples.nir()),
        dependant("enfant", adult, nir=samples.nir()),
        dependant("enfant", minor),
        dependant("enfant", years_before(starts, 28) + timedelta(days=1), nir=samples.nir()),
    ]
    request = submit(invited, dependants=people)
    ids = [one["beneficiary_id"] for one in employer.sheet(employee)["beneficiaries"]]
    assert [kinds(request, one) for one in ids] == [
        ["attestation_droits", "rib"],
        ["livret_famille"],
        ["certificat_pacs"],
        ["justificatif_vie_commune"],
        ["livret_famille", "certificat_situation"],
        ["livret_famille"],
        ["livret_famille", "certificat_situation"],
    ]
    assert all(one["reason"] for one in request["required"])


def test_majority_counts_on_the_day_the_health_cover_starts(employer: Employer) -> None:
    """M54: a prévoyance contract that began before covers no dependant; the santé contract's first day decides."""
    today = employer.portal.today()
    email = samples.email("deux-dates")
    expect(
        employer.invite(
            email,
            risk="prevoyance",
            contract_id=employer.provident["contract_id"],
            affiliation_date=f"{today - timedelta(days=60)}",
        ),
        201,
    )
    employee = expect(employer.invite(email, affiliation_date=f"{today + timedelta(days=60)}"), 201)
    invited = User(employer.portal, employer.portal.link_in(employer.portal.mail(email, "/affiliation#", 2)))
    child = dependant("enfant", years_before(today, 18), nir=samples.nir())
    request = submit(invited, dependants=[child])
    people = employer.sheet(employee)["beneficiaries"]
    assert kinds(request, people[1]["beneficiary_id"]) == ["livret_famille", "certificat_situation"]
    assert people[1]["covered_from"] == f"{today + timedelta(days=60)}"


def test_a_provident_contract_covers_no_dependant(employer: Employer) -> None:
    """A3, H5, M48."""
    _, invited = employer.invited(risk="prevoyance", contract_id=employer.provident["contract_id"])
    form = samples.affiliation_form(dependants=[dependant("enfant", "2015-02-03")])
    assert faults(invited.call("POST", "/affiliation", json=form)) == {("dependants", "health_only")}
    request = submit(invited)
    assert send(employer.portal, invited, request)["state_label"] == "Acceptée"
    assert invited.get("/affiliation")["state_label"] == "Affilié"


def test_a_form_is_sent_once(employer: Employer) -> None:
    """H71: the status follows; a second form is refused before and after the documents."""
    employee, invited = employer.invited()
    assert invited.call("POST", UPLOADS, json=announced("rib", "x")).status_code == 404
    form = samples.affiliation_form()
    request = invited.post("/affiliation", form)
    assert employer.sheet(employee)["state_label"] == "En attente de pièces"
    again = samples.affiliation_form()
    assert invited.post("/affiliation", again, 409)["code"] == "already_submitted"
    send(employer.portal, invited, request)
    assert employer.sheet(employee)["state_label"] == "Affilié"
    assert invited.post("/affiliation", again, 409)["code"] == "already_submitted"


def announced(kind: str, about: str) -> Json:
    """The announcement of a file."""
    return {"kind": kind, "about": about, "name": "f.pdf", "content_type": "application/pdf"}


def test_documents_may_come_one_by_one(employer: Employer) -> None:
    """H71, M113: only what was asked; what came stays; a bad file leaves its place free and says why."""
    portal, (_, invited) = employer.portal, employer.invited()
    request = submit(invited)
    me = request["required"][0]["about"]
    assert faults(invited.call("POST", UPLOADS, json=announced("prescription", me))) == {("kind", "not_required")}
    assert faults(invited.call("POST", UPLOADS, json=announced("rib", "x"))) == {("kind", "not_required")}
    assert invited.call("POST", UPLOADS, json=announced("passport", me)).status_code == 422
    half = send(portal, invited, request, "RIB")
    assert [one["title"] for one in half["missing"]] == ["Attestation de droits à l’assurance maladie"]
    portal.upload(invited, UPLOADS, half["missing"][0], b"not a pdf")
    portal.settle()
    bad = invited.get("/affiliation")["request"]
    assert [one["state"] for one in bad["attachments"]] == ["ACCEPTED", "REFUSED"]
    assert bad["attachments"][1]["refusal"]
    mail = portal.mail(invited.get("/affiliation")["email"], "un document est à renvoyer")
    assert "avant le" not in mail
    assert send(portal, invited, bad)["state_label"] == "Acceptée"


def test_a_dependant_is_covered_once_proved(employer: Employer) -> None:
    """M55, M57: the employee is affiliated first; the link goes on serving for the dependants' documents."""
    portal = employer.portal
    employee, invited = employer.invited()
    child, adult = dependant("enfant", "2015-02-03"), dependant("enfant", "2004-02-03", nir=samples.nir())
    request = submit(invited, dependants=[child | {"first_name": "Inès"}, adult | {"first_name": "Yanis"}])
    half = send(portal, invited, request, "Attestation de droits à l’assurance maladie", "RIB")
    sheet = employer.sheet(employee)
    assert sheet["state_label"] == "Affilié"
    assert covered(sheet) == ["Couvert", "En attente de pièces", "En attente de pièces"]
    assert names_on_card(employer, employee) == {"Karim"}
    half = send(portal, invited, half, "Livret de famille ou acte de naissance")
    assert covered(employer.sheet(employee)) == ["Couvert", "Couvert", "En attente de pièces"]
    assert (half["state"], half["next_actor"]) == ("PENDING_DOCUMENTS", "member")
    assert [one["title"] for one in half["missing"]] == ["Certificat de situation"]
    assert names_on_card(employer, employee) == {"Karim", "Inès"}
    assert send(portal, invited, half)["state_label"] == "Acceptée"
    assert names_on_card(employer, employee) == {"Karim", "Inès", "Yanis"}
    assert len([one for one in portal.mails(sheet["email"]) if sheet["numero_adherent"] in one["text"]]) == 1


def covered(sheet: Json) -> list[str]:
    """The state of each covered person."""
    return [one["state_label"] for one in sheet["beneficiaries"]]


def names_on_card(employer: Employer, employee: Json) -> set[str]:
    """Which of the first names of these tests the card shows."""
    employer.portal.settle()
    url = employer.hr.get(f"{employer.base}/employees/{employee['member_id']}/card")["url"]
    text = text_of(url)
    return {name for name in ("Karim", "Inès", "Yanis") if name in text}


def test_the_member_sends_late_proofs_from_their_own_space(employer: Employer) -> None:
    """M50, M55, M112: after the invitation has ended, the request is in the tracker and still takes the document."""
    portal = employer.portal
    employee, invited = employer.invited()
    form = samples.affiliation_form(dependants=[dependant("enfant", "2015-02-03")])
    request = invited.post("/affiliation", form)
    half = send(portal, invited, request, "Attestation de droits à l’assurance maladie", "RIB")
    sheet = employer.sheet(employee)
    with later(days=40):
        assert expect(invited.call("GET", "/affiliation"), 409)["code"] == "invitation_ended"
        portal.run_schedule("expire-invitations")
        portal.run_schedule("close-claims")
        assert employer_sees(employer, employee) == "Affilié"
        member = open_member_space(portal, sheet["numero_adherent"], form | {"email": sheet["email"]})
        [listed] = member.get("/member/requests")["requests"]
        assert (listed["kind"], listed["missing"]) == ("affiliation", 1)
        portal.upload_all(member, f"/member/requests/{half['request_id']}/uploads", half)
        portal.settle()
        assert member.get(f"/member/requests/{half['request_id']}")["state_label"] == "Acceptée"
        assert covered(member.get("/member")) == ["Couvert", "Couvert"]


def employer_sees(employer: Employer, employee: Json) -> str:
    """The state that a session of the present moment shows."""
    credentials = {"email": employer.file["administrator"]["email"], "password": PASSWORD}
    hr = employer.portal.sign_in("employer", credentials)
    label: str = hr.get(f"{employer.base}/employees/{employee['member_id']}")["state_label"]
    return label


def test_two_employers_may_invite_the_same_address_and_only_one_keeps_it(
    employer: Employer, other_employer: Employer
) -> None:
    """H74, H134: the address opens one space; the second employer's form asks for another one, at once."""
    email = samples.email("deux-emplois")
    _, first = employer.invited(email)
    _, second = other_employer.invited(email)
    mine = submit(first)
    form = samples.affiliation_form()
    assert faults(second.call("POST", "/affiliation", json=form)) == {("email", "email_used")}
    other = submit(second, email=samples.email("autre"))
    assert send(employer.portal, first, mine)["state_label"] == "Acceptée"
    assert send(employer.portal, second, other)["state_label"] == "Acceptée"


def test_a_nir_is_affiliated_once_in_a_company(employer: Employer, other_employer: Employer) -> None:
    """H74: taken from the form on, not from the documents on; elsewhere it is free."""
    form = samples.affiliation_form()
    _, first = employer.invited()
    first.post("/affiliation", form)
    _, second = employer.invited()
    assert faults(second.call("POST", "/affiliation", json=form)) == {("nir", "nir_used")}
    _, elsewhere = other_employer.invited()
    elsewhere.post("/affiliation", form)


def test_the_invited_never_see_secrets(employer: Employer) -> None:
    """M16: neither the NIR nor the IBAN comes back, to anybody."""
    employee, invited = employer.invited()
    form = samples.affiliation_form()
    answers = [invited.call("POST", "/affiliation", json=form).text, invited.call("GET", "/affiliation").text]
    answers.append(employer.hr.call("GET", f"{employer.base}/employees/{employee['member_id']}").text)
    for text in answers:
        assert form["nir"] not in text
        assert form["nir"][5:13] not in text
        assert form["iban"] not in text
