"""A company declares the pay of its employees: by form, by sheet; each declaration is kept, the latest one counts."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.gateways import documents
from chalicelib.services import payroll_files
from chalicelib.storage import salaries
from local.stack import Stack
from tests.portal import Portal, expect
from tests.services.conftest import Employer, Json, faults
from tests.services.payrolls import Payroll, months_back, on_pay


@pytest.fixture(scope="module")
def payroll(portal: Portal) -> Payroll:
    return on_pay(portal)


def test_what_is_awaited_is_listed_month_by_month(payroll: Payroll) -> None:
    """H4: each month of each contract on pay, its due day, how many are awaited; Zoé is there since two months."""
    months = payroll.hr.get(f"{payroll.employer.base}/salaries")["months"]
    assert [one["month"] for one in months] == [f"{months_back(back):%Y-%m}" for back in range(13)]
    assert [one["expected"] for one in months] == [2, 2, 2, *[1] * 10]
    assert {(one["state"], one["declared"], one["total_cents"]) for one in months} == {("a_declarer", 0, 0)}
    assert [one["late"] for one in months[:2]] == [False, clock.today() > date.fromisoformat(months[1]["due_on"])]
    assert all(one["due_on"] > f"{one['month']}-28" for one in months)


def test_years_before_the_first_that_is_called_are_not_awaited(portal: Portal) -> None:
    """H4: a contract taken over from elsewhere: of its first year all months count, for the tranches of that year."""
    first = months_back(1)
    taken_over = on_pay(portal, called_from=first)
    months = taken_over.hr.get(f"{taken_over.employer.base}/salaries")["months"]
    awaited = [months_back(back) for back in range(13) if months_back(back).year >= first.year]
    assert [one["month"] for one in months] == [f"{month:%Y-%m}" for month in awaited]


def test_a_month_is_declared_and_corrected_by_form(payroll: Payroll) -> None:
    """H43, H46: a correction is one more declaration; both are kept with who made them and when."""
    month = months_back(1)
    expect(payroll.declare(month, (payroll.lea, 320050), (payroll.zoe, 410000)), 200)
    expect(payroll.declare(month, (payroll.lea, 330000)), 200)
    found = payroll.hr.get(payroll.path(month))
    assert {one["member_id"]: one["pay_cents"] for one in found["people"]} == {
        payroll.lea: 330000,
        payroll.zoe: 410000,
    }
    assert [(one["source"], one["people"], one["recall"]) for one in found["declarations"]] == [
        ("formulaire", 2, False),
        ("formulaire", 1, False),
    ]
    assert all(one["by"] and one["declared_at"] for one in found["declarations"])
    contract_id = payroll.employer.provident["contract_id"]
    declared = salaries.declared(payroll.employer.company_id, contract_id, [month, months_back(12)])
    assert declared == {month: {payroll.lea: 330000, payroll.zoe: 410000}, months_back(12): {}}
    [listed] = [
        one for one in payroll.hr.get(f"{payroll.employer.base}/salaries")["months"] if one["month"] == f"{month:%Y-%m}"
    ]
    assert (listed["state"], listed["missing"], listed["late"], listed["total_cents"]) == ("declaree", 0, False, 740000)


def test_saying_the_same_again_changes_nothing(payroll: Payroll) -> None:
    """H46: a form that is sent twice is one declaration."""
    month = months_back(3)
    for _ in range(2):
        expect(payroll.declare(month, (payroll.lea, 300000)), 200)
    assert len(payroll.hr.get(payroll.path(month))["declarations"]) == 1


def test_each_wrong_amount_is_named(payroll: Payroll) -> None:
    """Somebody not there that month, somebody twice, an amount that is no pay: nothing is recorded."""
    month = months_back(4)
    answer = payroll.declare(
        month, (payroll.lea, -1), (payroll.lea, 300000), (payroll.zoe, 300000), ("nobody", 100_000_001)
    )
    assert faults(answer) == {
        ("amounts[0].pay_cents", "out_of_range"),
        ("amounts[1].member_id", "repeated"),
        ("amounts[2].member_id", "not_concerned"),
        ("amounts[3].member_id", "not_concerned"),
        ("amounts[3].pay_cents", "out_of_range"),
    }
    assert payroll.known(month) == {payroll.lea: None}


def test_only_months_of_the_contract_that_have_begun(payroll: Payroll) -> None:
    """Both sides of today and of the contract's first month."""
    assert faults(payroll.declare(months_back(-1), (payroll.lea, 1))) == {("month", "to_come")}
    assert faults(payroll.declare(date(2023, 12, 1), (payroll.lea, 1))) == {("month", "outside_contract")}
    assert payroll.declare(months_back(0), (payroll.lea, 1)).status_code == 200
    assert payroll.declare(date(2024, 1, 1), (payroll.lea, 1)).status_code == 200
    for wrong in ("2026-13", "26-01", "mars"):
        assert payroll.hr.call("GET", payroll.path(months_back(1))[:-7] + wrong).status_code == 404


def test_a_contract_that_is_not_on_pay_has_no_salaries(employer: Employer) -> None:
    """A3: the functions do not exist for a santé contract, nor for a prévoyance at fixed prices."""
    assert employer.hr.call("GET", f"{employer.base}/salaries").status_code == 404
    for contract in (employer.health, employer.provident):
        path = f"{employer.base}/contracts/{contract['contract_id']}/salaries/{months_back(1):%Y-%m}"
        assert employer.hr.call("GET", path).status_code == 404
        assert employer.hr.call("PUT", path, json={"amounts": [{"member_id": "x", "pay_cents": 1}]}).status_code == 404
        body = {
            "kind": "salaries", "name": "s.csv", "contract_id": contract["contract_id"], "month": "2026-01",
        }  # fmt: skip
        assert employer.hr.call("POST", f"{employer.base}/payroll-files", json=body).status_code == 404


def test_another_company_s_contract_does_not_exist(payroll: Payroll, employer: Employer) -> None:
    """H121: neither its months nor its files."""
    path = payroll.path(months_back(1)).replace(payroll.employer.base, employer.base)
    assert employer.hr.call("GET", path).status_code == 404
    file = payroll.send(months_back(5), b"Matricule;Salaire\r\nA7;3000\r\n")
    assert employer.hr.call("GET", f"{employer.base}/payroll-files/{file['file_id']}").status_code == 404


def test_a_sheet_is_checked_row_by_row_then_recorded_once(payroll: Payroll, stack: Stack) -> None:
    """H46: a verdict for each row before anything is recorded; asking again records nothing more."""
    month = months_back(2)
    expect(payroll.declare(month, (payroll.zoe, 250000)), 200)
    rows = [
        "Numéro adhérent;Matricule;Nom;Salaire brut du mois",
        f"{payroll.numbers[payroll.lea]};;Léa Martin;3 200,50 €",
        ";a8;Zoé Le Goff;2500",
        ";A8;Zoé Le Goff;2600,00",
        ";ZZ;Inconnue;1000",
        ";;;1000",
        f"{payroll.numbers[payroll.lea]};;Léa Martin;beaucoup",
        ";A7;;",
    ]
    file = payroll.send(month, "\r\n".join(rows).encode("cp1252"))
    assert file["state"] == "CHECKED"
    assert [(one["line"], one["state"]) for one in file["rows"]] == [
        (2, "ACCEPTED"),
        (3, "ALREADY_DECLARED"),
        (4, "REFUSED"),
        (5, "REFUSED"),
        (6, "REFUSED"),
        (7, "REFUSED"),
    ]
    assert [(fault["column"], fault["code"]) for one in file["rows"] for fault in one["faults"]] == [
        ("reference", "repeated"),
        ("reference", "not_concerned"),
        ("numero_adherent", "missing"),
        ("pay", "unreadable_amount"),
    ]
    assert payroll.known(month) == {payroll.lea: None, payroll.zoe: 250000}
    mend = payroll.hr.get(f"{payroll.employer.base}/payroll-files/{file['file_id']}/corrections")["content"]
    assert "beaucoup" in mend
    assert "3 200,50" not in mend
    for _ in range(2):
        assert expect(payroll.apply(file), 200)["state"] == "APPLIED"
    assert payroll.known(month) == {payroll.lea: 320050, payroll.zoe: 250000}
    declarations = payroll.hr.get(payroll.path(month))["declarations"]
    assert [one["source"] for one in declarations] == ["formulaire", "fichier"]


def test_a_file_is_deleted_once_it_was_read_and_read_once(payroll: Payroll, stack: Stack) -> None:
    """Retention: what remains is the report; the same arrival again, or late, changes nothing."""
    file = payroll.send(months_back(6), b"Matricule;Salaire\r\nA7;3000\r\n")
    key = f"payroll/{payroll.employer.company_id}/{file['file_id']}"
    assert not documents.exists("uploads", key)
    documents.write("uploads", key, b"Matricule;Salaire\r\nA7;9999\r\n", content_type="text/csv")
    payroll_files.receive(key)
    assert not documents.exists("uploads", key)
    again = payroll.hr.get(f"{payroll.employer.base}/payroll-files/{file['file_id']}")
    assert [one["pay"] for one in again["rows"]] == ["3000"]
    documents.write("uploads", "payroll/nobody/nothing", b"x", content_type="text/csv")
    payroll_files.receive("payroll/nobody/nothing")
    assert not documents.exists("uploads", "payroll/nobody/nothing")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"Nom;Ville\r\nZoe;Brest\r\n", "missing_column"),
        (b"Matricule;Salaire;Brut\r\nA7;1;1\r\n", "repeated_column"),
        (b"Matricule;Salaire\r\nA7;\r\n", "empty"),
        (b"PK\x03\x04broken", "unreadable"),
        (b"x" * (4 * 1024 * 1024 + 1), "too_large"),
    ],
)
def test_a_file_that_is_no_sheet_of_salaries_is_refused(payroll: Payroll, content: bytes, code: str) -> None:
    file = payroll.send(months_back(7), content or b"\n")
    assert file["state"] == "REFUSED"
    assert code in {one["code"] for one in file["faults"]}
    assert payroll.apply(file).json()["code"] == "not_checked"


def test_a_file_without_anything_to_record_is_not_recorded(payroll: Payroll) -> None:
    file = payroll.send(months_back(7), b"Matricule;Salaire\r\nZZ;3000\r\n")
    assert payroll.apply(file).json()["code"] == "nothing_to_apply"


def test_an_announced_sheet_has_a_month_of_the_contract(payroll: Payroll) -> None:
    contract_id = payroll.employer.provident["contract_id"]
    path = f"{payroll.employer.base}/payroll-files"
    body: dict[str, Any] = {"kind": "salaries", "name": "s.csv", "contract_id": contract_id}
    assert faults(payroll.hr.call("POST", path, json=body)) == {("month", "missing")}
    assert faults(payroll.hr.call("POST", path, json=body | {"month": "2023-12"})) == {("month", "outside_contract")}


def test_the_template_comes_back_as_it_went(payroll: Payroll) -> None:
    """The sheet to fill in holds everybody and what is known; sent back unchanged it asks for nothing."""
    month = months_back(8)
    expect(payroll.declare(month, (payroll.lea, 123456)), 200)
    sheet = payroll.hr.get(f"{payroll.path(month)}/template")
    assert "1234,56" in sheet["content"]
    file = payroll.send(month, sheet["content"].encode())
    assert [one["state"] for one in file["rows"]] == ["ALREADY_DECLARED"]


def test_what_was_declared_survives_twice_and_out_of_order(
    payroll: Payroll, stack: Stack, tables: Callable[[], Json]
) -> None:
    """Every event of this company's files again, forwards and backwards: nothing kept moves."""
    before = tables()[salaries.SalaryRow.Meta.table_name]
    stack.deliveries.deliver_again(only="payroll-files")
    stack.deliveries.deliver_again(reverse=True, only="payroll-files")
    assert tables()[salaries.SalaryRow.Meta.table_name] == before
