"""Employees taken over with everything known, e-mail or not (H130, H135–H138, A1)."""

from collections.abc import Callable

from local.stack import Stack
from tests import samples
from tests.portal import Portal
from tests.services.conftest import Employer, Json, refused, subscribe, subscription_file

Tables = Callable[[], Json]


def test_members_are_covered_at_once(portal: Portal, employer: Employer) -> None:
    """H72, H130: number by mail, affiliated, with their dependants, without any document asked."""
    child = {"relationship": "enfant", "first_name": "Tom", "last_name": "Martin", "birth_date": "2015-04-01"}
    form = samples.enrolled_member(employer.health_number, dependants=[child])
    report = employer.enrol(form)
    [member] = report["members"]
    assert (report["outcome"], member["row"]) == ("accepted", 0)
    assert member["numero_adherent"] in portal.mail(form["email"], "72")
    listed = {one["numero_adherent"]: one for one in employer.hr.get(f"{employer.base}/employees")["employees"]}
    sheet = employer.sheet(listed[member["numero_adherent"]])
    assert (sheet["state_label"], sheet["name"]) == ("Affilié", "Léa Martin")
    assert [one["state_label"] for one in sheet["beneficiaries"]] == ["Couvert", "Couvert"]


def test_a_number_has_7_or_14_digits_as_the_company_chose(portal: Portal, employer: Employer) -> None:
    """A1, H130: 14 digits begin with the company's own number."""
    long = employer.enrol(samples.enrolled_member(employer.health_number))["members"][0]["numero_adherent"]
    assert (len(long), long[:7]) == (14, employer.number)
    short = subscribe(portal, subscription_file() | {"member_number_length": 7})
    numbers = short.enrol(*(samples.enrolled_member(short.health_number) for _ in range(2)))["members"]
    assert [len(one["numero_adherent"]) for one in numbers] == [7, 7]
    assert len({one["numero_adherent"] for one in numbers} | {short.number}) == 3


def test_a_member_without_email_is_affiliated_and_gets_no_mail(portal: Portal, employer: Employer) -> None:
    """H135, H137: a legal state; the list names the person all the same."""
    report = employer.enrol(samples.enrolled_member(employer.health_number, email=None, first_name="Aline"))
    assert report["outcome"] == "accepted"
    number = report["members"][0]["numero_adherent"]
    listed = {one["numero_adherent"]: one for one in employer.hr.get(f"{employer.base}/employees")["employees"]}
    assert (listed[number]["email"], listed[number]["name"]) == (None, "Aline Martin")
    assert not [one for one in portal.mails("") if number in one["text"]]


def test_every_fault_is_reported_and_nobody_is_created(
    portal: Portal, employer: Employer, other_employer: Employer, tables: Tables
) -> None:
    """H137: unknown contract, day outside it, impossible birth, repeated and used names: all at once."""
    taken = samples.enrolled_member(employer.health_number)
    employer.enrol(taken)
    good = samples.enrolled_member(employer.health_number)
    child = {"relationship": "enfant", "first_name": "Tom", "last_name": "Martin", "birth_date": "2015-04-01"}
    rows = [
        samples.enrolled_member(other_employer.health_number),
        samples.enrolled_member(employer.health_number, starts_on="1999-12-31"),
        samples.enrolled_member(employer.health_number, birth_date=f"{portal.today().year + 1}-01-01"),
        samples.enrolled_member(employer.health_number, dependants=[child, child | {"birth_date": "1850-01-01"}]),
        samples.enrolled_member(employer.health_number, nir=taken["nir"]),
        samples.enrolled_member(employer.health_number, email=taken["email"].upper()),
        good,
        samples.enrolled_member(employer.health_number, nir=good["nir"]),
        samples.enrolled_member(employer.health_number, email=good["email"].replace("lea", "Lea")),
        samples.enrolled_member(employer.provident["number"], dependants=[child]),
        samples.enrolled_member(employer.health_number) | {"contracts": [employer.health_number] * 2},
    ]
    before = tables()
    assert refused(employer.enrol(*rows)) == {
        ("members[0].contracts[0]", "unknown_contract"),
        ("members[1].starts_on", "outside_contract"),
        ("members[2].birth_date", "impossible_date"),
        ("members[3].dependants[1].birth_date", "impossible_date"),
        ("members[4].nir", "nir_used"),
        ("members[5].email", "email_used"),
        ("members[7].nir", "repeated"),
        ("members[8].email", "repeated"),
        ("members[9].dependants", "health_only"),
        ("members[10].contracts[1]", "repeated"),
    }
    assert tables() == before


def test_an_unknown_company_is_refused(employer: Employer, tables: Tables) -> None:
    before = tables()
    report = employer.enrol(samples.enrolled_member(employer.health_number), numero_adherent="1000000")
    assert refused(report) == {("numero_adherent", "unknown_company")}
    assert tables() == before


def test_the_form_is_checked_before_the_company(employer: Employer) -> None:
    wrong = samples.enrolled_member(
        employer.health_number, nir="190", regime="msa", bank={"iban": "FR76", "holder": ""}, contracts=[]
    )
    assert refused(employer.enrol(wrong)) == {
        ("members[0].nir", "invalid_identifier"),
        ("members[0].regime", "literal_error"),
        ("members[0].bank.iban", "invalid_identifier"),
        ("members[0].bank.holder", "string_too_short"),
        ("members[0].contracts", "too_short"),
    }


def test_the_same_person_may_be_employed_by_two_companies(employer: Employer, other_employer: Employer) -> None:
    """A NIR is unique in a company, an e-mail in the whole portal."""
    form = samples.enrolled_member(employer.health_number)
    assert employer.enrol(form)["outcome"] == "accepted"
    elsewhere = form | {"contracts": [other_employer.health_number]}
    assert refused(other_employer.enrol(elsewhere)) == {("members[0].email", "email_used")}
    assert other_employer.enrol(elsewhere | {"email": samples.email("autre")})["outcome"] == "accepted"


def test_the_same_file_again_creates_nobody_and_repeats_the_numbers(
    portal: Portal, employer: Employer, tables: Tables
) -> None:
    members = [samples.enrolled_member(employer.health_number) for _ in range(2)]
    first = employer.enrol(*members, reference=f"REPRISE-{members[0]['nir']}")
    portal.settle()
    before = tables()
    again = employer.enrol(*members, reference=f"REPRISE-{members[0]['nir']}")
    assert (first["outcome"], again["outcome"]) == ("accepted", "unchanged")
    assert again["members"] == first["members"]
    portal.settle()
    assert tables() == before
    changed = [members[0] | {"first_name": "Zoé"}, members[1]]
    report = employer.enrol(*changed, reference=f"REPRISE-{members[0]['nir']}")
    assert refused(report) == {("reference", "reference_used")}


def test_a_crash_in_the_middle_is_made_good_at_the_next_delivery(
    portal: Portal, employer: Employer, stack: Stack
) -> None:
    """The second of three could not be written: the event comes again, each is created once and the report is whole."""
    members = [samples.enrolled_member(employer.health_number) for _ in range(3)]
    stack.faults.fail_call(
        "dynamodb.TransactWriteItems", error="InternalServerError", containing=f"member-email#{members[1]['email']}"
    )
    report = employer.enrol(*members)
    assert not stack.faults.pending()
    assert [one["row"] for one in report["members"]] == [0, 1, 2]
    numbers = [one["numero_adherent"] for one in report["members"]]
    for form, number in zip(members, numbers, strict=True):
        assert number in portal.mail(form["email"], "72")
        assert len(portal.mails(form["email"])) == 1
    employees = employer.hr.get(f"{employer.base}/employees", params={"limit": 100})["employees"]
    assert [sum(one["email"] == form["email"] for one in employees) for form in members] == [1, 1, 1]


def test_a_dependant_is_not_covered_before_birth(portal: Portal, employer: Employer) -> None:
    """M63: cover begins with the contract or at birth, whichever is later."""
    born = portal.today().replace(day=1)
    baby = {"relationship": "enfant", "first_name": "Nina", "last_name": "Martin", "birth_date": f"{born}"}
    report = employer.enrol(
        samples.enrolled_member(employer.health_number, dependants=[baby], starts_on=employer.health["starts_on"])
    )
    number = report["members"][0]["numero_adherent"]
    employees = employer.hr.get(f"{employer.base}/employees", params={"limit": 100})["employees"]
    [found] = [one for one in employees if one["numero_adherent"] == number]
    assert [one["covered_from"] for one in employer.sheet(found)["beneficiaries"]] == [
        employer.health["starts_on"],
        f"{born}",
    ]
