"""A DSN is checked against contracts, affiliations, rates and calls, then recorded; nothing else of it is kept."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import boto3
import pytest

from chalicelib import clock, settings
from chalicelib.domain.contributions.declared_pay import PayDeclaration, PaySource
from chalicelib.domain.periods import last_day_of_month
from chalicelib.gateways import documents
from chalicelib.services import dsn_check, dsn_reconciliation, dsn_recording, payroll_files, tokens
from chalicelib.services import salaries as salaries_service
from chalicelib.storage import accounts, identities, salaries
from chalicelib.storage.identities import Identity
from local.clients import objects
from local.stack import Stack
from tests import samples
from tests.api import aws_calls, log_book
from tests.dsn_files import Adhesion, Base, Dsn, Person
from tests.portal import Portal, expect
from tests.services.billed import PROVIDENT, Billed, on, subscribed
from tests.services.conftest import Employer, Json
from tests.services.payrolls import Payroll, months_back, on_pay

CANARIES = ("CANARI", "12 RUE DES CANARIS", "9876.54")


@pytest.fixture(scope="module")
def payroll(portal: Portal) -> Payroll:
    return on_pay(portal)


def base(month: date, tranche_1: str, amount: str) -> Base:
    """One base on the first tranche, for a whole month."""
    return Base(
        start=f"{month:%d%m%Y}",
        end=f"{last_day_of_month(month):%d%m%Y}",
        components=[("11", tranche_1)],
        contributions=[(amount, "1.50")],
    )


def lea(payroll: Payroll, *bases: Base, **changes: Any) -> Person:
    """Léa as her payroll declares her."""
    person = Person(nir=payroll.nirs[payroll.lea][:13], born="17051990", matricule="A7", bases=bases)
    return replace(person, **changes)


def zoe(payroll: Payroll, *bases: Base, **changes: Any) -> Person:
    """Zoé as her payroll declares her."""
    person = Person(
        nir=payroll.nirs[payroll.zoe][:13],
        last_name="LE GOFF",
        first_name="Zoé",
        born="03011985",
        matricule="A8",
        bases=bases,
    )
    return replace(person, **changes)


def dsn(payroll: Payroll, month: date, *people: Person, **changes: Any) -> Dsn:
    """The declaration of a month of this company, with both its contracts."""
    company = payroll.employer.file["companies"][0]
    adhesions = [
        Adhesion(reference=payroll.employer.provident["number"]),
        Adhesion(reference=payroll.employer.health["number"], identifier="2"),
    ]
    sent_in = month.year + (month.month == 12)
    made = Dsn(
        adhesions=adhesions,
        people=people,
        siren=company["siren"],
        nic=company["siret"][9:],
        month=f"{month:%d%m%Y}",
        norm=f"P{sent_in % 100:02}V01",
    )
    return replace(made, **changes)


def kinds(file: Json) -> list[tuple[str, int]]:
    """What is wrong, and its code."""
    return [(one["kind"], one["code"]) for one in file["report"]["anomalies"]]


def state(payroll: Payroll, month: date) -> Json:
    """Where the DSN of a month stands."""
    contract_id = payroll.employer.provident["contract_id"]
    found: Json = payroll.hr.get(f"{payroll.employer.base}/contracts/{contract_id}/dsn-months/{month:%Y-%m}")
    return found


def test_a_right_declaration_is_conform_and_records_nothing(payroll: Payroll, tables: Callable[[], Json]) -> None:
    """H115, H116, H117: code 0, what is declared by contract; a check writes nothing but its report."""
    month = months_back(1)
    before = tables()
    made = dsn(
        payroll,
        month,
        lea(payroll, base(month, "3000.00", "45.00")),
        zoe(payroll, base(month, "2000.00", "30.00")),
        payments=[("75.00", [("75.00", f"{month:%YM%m}")])],
    )
    file = payroll.send_dsn(made.content())
    report = file["report"]
    assert (file["state"], report["code"], report["label"], report["anomalies"]) == ("CHECKED", 0, "Conforme", [])
    assert (report["month"], report["people"], report["unknown_people"]) == (f"{month:%Y-%m}", 2, 0)
    [provident, health] = report["contracts"]
    assert (provident["people"], provident["contribution_cents"], provident["base_cents"]) == (2, 7500, 500000)
    assert (health["people"], health["base_cents"]) == (0, None)
    after = tables()
    assert {name for name in after if name != "documents" and after[name] != before[name]} == set()
    assert state(payroll, month)["state"] == "DSN_AWAITED"


def test_a_recorded_declaration_is_pay_and_a_dsn_received(payroll: Payroll) -> None:
    """H46: recording twice is recording once; the month's DSN is received, nothing having been called yet."""
    month = months_back(1)
    made = dsn(
        payroll, month, lea(payroll, base(month, "3000.00", "45.00")), zoe(payroll, base(month, "2000.00", "30.00"))
    )
    file = payroll.send_dsn(made.content())
    for _ in range(2):
        assert expect(payroll.apply(file), 200)["state"] == "APPLIED"
    assert payroll.known(month) == {payroll.lea: 300000, payroll.zoe: 200000}
    assert [one["source"] for one in payroll.hr.get(payroll.path(month))["declarations"]] == ["dsn"]
    found = state(payroll, month)
    assert (found["state"], found["label"], found["declared_cents"]) == ("DSN_RECEIVED", "DSN reçue", 7500)
    assert found["called_cents"] is None


def test_a_declaration_that_replaces_another_does_so_wholly(payroll: Payroll) -> None:
    """Same establishment, month and fraction: who is named no longer has no pay left, and a form after it counts."""
    month = months_back(2)
    first = dsn(
        payroll, month, lea(payroll, base(month, "3000.00", "45.00")), zoe(payroll, base(month, "2000.00", "30.00"))
    )
    expect(payroll.apply(payroll.send_dsn(first.content())), 200)
    again = dsn(payroll, month, lea(payroll, base(month, "3100.00", "46.50")), kind="03")
    expect(payroll.apply(payroll.send_dsn(again.content())), 200)
    assert payroll.known(month) == {payroll.lea: 310000, payroll.zoe: None}
    expect(payroll.declare(month, (payroll.zoe, 210000)), 200)
    assert payroll.known(month) == {payroll.lea: 310000, payroll.zoe: 210000}
    assert state(payroll, month)["declared_cents"] == 4650


def test_a_recall_of_an_earlier_month_adds_to_it(payroll: Payroll) -> None:
    """Dossier 4.5: the next statement makes good what a recall changes; its replacement takes the recall's place."""
    earlier, month = months_back(5), months_back(4)
    expect(payroll.declare(earlier, (payroll.lea, 300000)), 200)
    made = dsn(payroll, month, lea(payroll, base(month, "3000.00", "45.00"), base(earlier, "-100.00", "-1.50")))
    expect(payroll.apply(payroll.send_dsn(made.content())), 200)
    assert payroll.known(earlier) == {payroll.lea: 290000}
    without = dsn(payroll, month, lea(payroll, base(month, "3000.00", "45.00")))
    expect(payroll.apply(payroll.send_dsn(without.content())), 200)
    assert payroll.known(earlier) == {payroll.lea: 300000}
    assert payroll.known(month) == {payroll.lea: 300000}


def test_what_is_wrong_has_its_place_its_stake_and_its_fix(payroll: Payroll) -> None:
    """Wrong rate, somebody unknown, somebody missing: code 2, and the declaration can still be recorded."""
    month = months_back(1)
    wrong = replace(base(month, "3000.00", "42.00"), contributions=[("42.00", "1.40")])
    stranger = Person(nir="2690549588157", last_name="INCONNU", first_name="Tom", matricule="Z9", bases=[
        base(month, "1000.00", "15.00")
    ])  # fmt: skip
    file = payroll.send_dsn(dsn(payroll, month, lea(payroll, wrong), stranger).content())
    assert kinds(file) == [("taux", 2), ("personne_inconnue", 2), ("non_declare", 2)]
    rate, unknown, missing = file["report"]["anomalies"]
    assert (rate["rubrique"], rate["found"], rate["expected"]) == (
        "S21.G00.81.007",
        "1,40\u00a0%",
        "1,50\u00a0% + 1,80\u00a0%",
    )
    assert (rate["at_stake_cents"], rate["who"], rate["member_id"]) == (-300, "L. M. (matricule A7)", payroll.lea)
    assert (unknown["at_stake_cents"], unknown["who"], unknown["member_id"]) == (1500, "T. I. (matricule Z9)", "")
    assert (missing["who"], missing["line"]) == ("Z. L. G. (matricule A8)", None)
    assert rate["line"]
    assert all(one["detail"] and one["fix"] for one in file["report"]["anomalies"])
    assert file["report"]["applicable"]
    csv = payroll.hr.get(f"{payroll.employer.base}/payroll-files/{file['file_id']}/corrections")["content"]
    assert "S21.G00.81.007" in csv
    assert "-3,00" in csv


def test_somebody_is_recognised_by_name_and_birth_when_the_number_is_another(payroll: Payroll) -> None:
    """The anomaly says so, and the pay is hers."""
    month = months_back(1)
    made = dsn(
        payroll,
        month,
        lea(payroll, base(month, "3000.00", "45.00"), nir="2690549588157"),
        zoe(payroll, base(month, "2000.00", "30.00"), nir="2990199"),
    )
    file = payroll.send_dsn(made.content())
    assert kinds(file) == [("nir", 2), ("nir", 2)]
    assert [one["member_id"] for one in file["report"]["anomalies"]] == [payroll.lea, payroll.zoe]


def test_a_twin_is_not_taken_for_the_other(payroll: Payroll) -> None:
    """One name and one day of birth are not enough where the first name and the number are somebody else's."""
    month = months_back(1)
    base_of = base(month, "3000.00", "45.00")
    twin = lea(payroll, base_of, nir="2690549588157", first_name="Louise")
    assert payroll.send_dsn(dsn(payroll, month, twin).content())["report"]["unknown_people"] == 1
    whole = lea(payroll, base_of, nir="2690549588157", first_name="LEA MARIE")
    assert payroll.send_dsn(dsn(payroll, month, whole).content())["report"]["unknown_people"] == 0


def test_the_pay_of_two_establishments_adds_up(payroll: Payroll) -> None:
    """H46: one DSN for each establishment; who works in both earns both, and each replaces its own only."""
    month = months_back(6)
    nic = payroll.employer.file["companies"][0]["siret"][9:]
    for establishment, pay, amount in (
        (nic, "2000.00", "30.00"),
        ("00082", "500.00", "7.50"),
        (nic, "2100.00", "31.50"),
    ):
        made = dsn(payroll, month, lea(payroll, base(month, pay, amount)), nic=establishment)
        expect(payroll.apply(payroll.send_dsn(made.content())), 200)
    assert payroll.known(month)[payroll.lea] == 260000


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"siren": "552100554"}, "siren"),
        ({"total": "7"}, "total"),
        ({"total": None}, "total_absent"),
        ({"nature": "04"}, "nature"),
    ],
)
def test_a_rejected_declaration_is_not_recorded(payroll: Payroll, changes: Json, kind: str) -> None:
    month = months_back(1)
    made = dsn(
        payroll,
        month,
        lea(payroll, base(month, "1.00", "0.02")),
        zoe(payroll, base(month, "1.00", "0.02")),
        **changes,
    )
    file = payroll.send_dsn(made.content())
    assert (kind, 3) in kinds(file)
    assert (file["report"]["code"], file["report"]["label"], file["report"]["applicable"]) == (3, "Rejetée", False)
    assert payroll.apply(file).json()["code"] == "dsn_rejected"


def test_a_test_sending_is_checked_and_never_recorded(payroll: Payroll) -> None:
    month = months_back(1)
    made = dsn(
        payroll,
        month,
        lea(payroll, base(month, "3000.00", "45.00")),
        zoe(payroll, base(month, "2000.00", "30.00")),
        sending="01",
    )
    file = payroll.send_dsn(made.content())
    assert kinds(file) == [("envoi_de_test", 1)]
    assert payroll.apply(file).json()["code"] == "dsn_rejected"


@pytest.mark.parametrize("content", [b"%PDF-1.7\nnothing of a DSN", b"S10.G00.00.001;'x'\n", b"\x00\x01\x02"])
def test_what_is_no_dsn_is_refused_in_words(payroll: Payroll, content: bytes) -> None:
    file = payroll.send_dsn(content)
    assert file["state"] == "REFUSED"
    assert [(one["column"], one["code"]) for one in file["faults"]] == [("content", "not_a_dsn")]
    assert "DSN" in file["faults"][0]["detail"]


def test_nothing_but_our_blocks_is_kept_anywhere(payroll: Payroll, stack: Stack) -> None:
    """Dossier 8.3, M16: values of other blocks, names and numbers are in no table, no object and no log."""
    month = months_back(1)
    extra = [("S21.G00.60.001", "CANARI"), ("S21.G00.44.001", "CANARI"), ("S21.G00.30.010", "CANARI")]
    stranger = Person(nir="2690549588157", last_name="INCONNUE", first_name="Tomasine", matricule="Z9")
    made = dsn(payroll, month, lea(payroll, base(month, "3000.00", "45.00"), extra=extra), stranger, extra=extra[:1])
    assert all(canary in made.text() for canary in CANARIES)
    with log_book() as book:
        file = payroll.send_dsn(made.content())
        expect(payroll.apply(file), 200)
    logged = "\n".join(book.lines)
    hidden = (*CANARIES, "INCONNUE", "Tomasine", "2690549588157", payroll.nirs[payroll.lea][:13])
    kept = _kept()
    for secret in hidden:
        assert secret not in logged
        assert secret not in kept, secret


def test_the_file_is_deleted_once_it_was_read(payroll: Payroll) -> None:
    """Retention: the raw file goes as soon as its report is there; the same event again changes nothing."""
    month = months_back(1)
    file = payroll.send_dsn(dsn(payroll, month, lea(payroll, base(month, "3000.00", "45.00"))).content())
    key = f"payroll/{payroll.employer.company_id}/{file['file_id']}"
    assert not documents.exists("uploads", key)
    with aws_calls() as calls:
        payroll_files.receive(key)
    assert [one.operation for one in calls] == ["s3.GetObject", "s3.GetObject", "s3.DeleteObject"]
    assert payroll.hr.get(f"{payroll.employer.base}/payroll-files/{file['file_id']}") == file


def test_a_large_file_is_read_a_piece_at_a_time(payroll: Payroll) -> None:
    """Eight megabytes of other people's lines: read in ranges, and nothing of them kept."""
    month = months_back(1)
    padding = [("S21.G00.51.010", "x" * 60)] * 100_000
    made = dsn(
        payroll,
        month,
        lea(payroll, base(month, "3000.00", "45.00")),
        zoe(payroll, base(month, "2000.00", "30.00"), extra=padding),
    )
    content = made.content()
    assert len(content) > 7 * 1024 * 1024
    file = payroll.send_dsn(content)
    assert (file["report"]["code"], file["report"]["people"]) == (0, 2)


def test_a_company_does_not_see_another_s_report(payroll: Payroll, employer: Employer) -> None:
    """H121."""
    file = payroll.send_dsn(dsn(payroll, months_back(1)).content())
    path = f"{employer.base}/payroll-files/{file['file_id']}"
    for method, tail in (("GET", ""), ("POST", "/application"), ("GET", "/corrections")):
        assert employer.hr.call(method, path + tail).status_code == 404
    contract_id = payroll.employer.provident["contract_id"]
    assert employer.hr.call("GET", f"{employer.base}/contracts/{contract_id}/dsn-months/2026-01").status_code == 404


def test_every_event_twice_and_backwards_moves_nothing(
    payroll: Payroll, stack: Stack, tables: Callable[[], Json]
) -> None:
    before = tables()[salaries.SalaryRow.Meta.table_name]
    assert before
    stack.deliveries.deliver_again(reverse=True, only="payroll-files")
    assert tables()[salaries.SalaryRow.Meta.table_name] == before


def _kept() -> str:
    """Everything that tables and buckets hold, as text."""
    database, storage = boto3.client("dynamodb"), boto3.client("s3")
    found = [
        json.dumps(item)
        for name in database.list_tables()["TableNames"]
        for page in database.get_paginator("scan").paginate(TableName=name)
        for item in page["Items"]
    ]
    for bucket in ("documents", "uploads"):
        for one in objects(bucket, "payroll"):
            body = storage.get_object(Bucket=settings.bucket(bucket), Key=one["Key"])["Body"].read()
            found.append(body.decode("utf-8", "replace"))
    return "\n".join(found)


def test_a_dsn_is_compared_with_what_was_called(portal: Portal, stack: Stack) -> None:
    """Dossier 10: RECONCILED when they agree; a difference names the person, the place and the amount at stake."""
    march = date(2025, 3, 1)
    company = subscribed(portal, stack, terms=PROVIDENT, starts_on=march, risk="prevoyance")
    with on(march):
        number = company.enrol(starts_on=f"{march}", birth_date="1990-05-17", nir=(nir := samples.nir()))
    member_id = identities.find(Identity.MEMBER_NUMBER, number)
    assert member_id is not None
    pay = PayDeclaration(
        declaration_id="form",
        company_id=company.company_id,
        contract_id=company.contract_id,
        month=march,
        declared_at=clock.now(),
        declared_by="hr",
        by="Anne Le Goff",
        source=PaySource.FORM,
        amounts=((member_id, 300000),),
    )
    salaries_service.record([pay])
    company.run(date(2025, 4, 3))
    [issued] = company.issued()
    assert issued.called_cents == 4500
    right, wrong = base(march, "3000.00", "45.00"), base(march, "2900.00", "43.50")
    assert reconciled(company, nir, right) == ("RECONCILED", [])
    assert reconciled(company, nir, wrong) == ("DISCREPANCY", [("assiette_appelee", -150)])


def reconciled(company: Billed, nir: str, declared: Base) -> tuple[str, list[tuple[str, int]]]:
    """Where the DSN stands once one with a base is recorded, and what its check says."""
    month = date(2025, 3, 1)
    made = Dsn(
        adhesions=[Adhesion(reference=company.contract_number)],
        people=[Person(nir=nir[:13], bases=[declared])],
        siren=company.file["companies"][0]["siren"],
        nic=company.file["companies"][0]["siret"][9:],
        month="01032025",
        norm="P25V01",
    )
    with on(date(2025, 4, 5)):
        checked = dsn_check.check(company.company_id, [made.content()])
        account = accounts.users_of(company.company_id)[0]
        hr = accounts.get(account.account_id)
        assert hr is not None
        dsn_recording.apply(hr, company.company_id, tokens.new_id(), checked, at=clock.now())
    found = dsn_reconciliation.read(company.company_id, company.contract_id, month)
    assert found.called_cents == 4500
    assert len(found.differences) == (found.state.value == "DISCREPANCY")
    return found.state.value, [(one.kind.value, one.at_stake_cents) for one in checked.report.anomalies]
