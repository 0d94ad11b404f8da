"""The list of employees as a file: what it holds, that it opens right, that nothing in it runs, whose it is (H50)."""

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.services import document_jobs, spreadsheets
from chalicelib.services.spreadsheets import Format
from tests import samples
from tests.api import aws_calls
from tests.portal import PASSWORD, Portal, expect
from tests.services.conftest import Employer, Json, downloaded, faults, later, subscribe, subscription_file

EVIL = ('=HYPERLINK("http://x")', "+33612345678", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1+1", "\u00a0=1+1", "\n=1")


def rows_of(content: bytes) -> list[list[str]]:
    """A CSV file as a French spreadsheet reads it."""
    text = content.decode("utf-8-sig")
    assert "\n" not in text.replace("\r\n", "")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))


def cells_of(content: bytes) -> str:
    """The sheet of an XLSX file."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return book.read("xl/worksheets/sheet1.xml").decode()


def test_a_csv_file_opens_right_in_a_french_spreadsheet() -> None:
    """H44, H47, H50: semicolons, a byte order mark, decimal commas, days as one writes them, lines of Windows."""
    rows = [["Zoé; Anne", Decimal("1234.50"), date(2026, 3, 1), 12, None], ["dit «\u00a0Bob\u00a0»", -3, "", None, "x"]]
    content = spreadsheets.write(Format.CSV, title="T", columns=("a", "b", "c", "d", "e"), rows=rows)
    assert content.startswith(b"\xef\xbb\xbfa;b;c;d;e\r\n")
    assert rows_of(content)[1:] == [
        ["Zoé; Anne", "1234,50", "01/03/2026", "12", ""], ["dit «\u00a0Bob\u00a0»", "-3", "", "", "x"],
    ]  # fmt: skip


@pytest.mark.parametrize("text", EVIL)
def test_no_text_runs_as_a_formula(text: str) -> None:
    """H47, H50: in CSV it is shown as text; in XLSX a text is no formula whatever it looks like."""
    content = spreadsheets.write(Format.CSV, title="T", columns=("a",), rows=[[text]])
    cell = content.decode("utf-8-sig").partition("\r\n")[2].removeprefix('"')
    assert cell.startswith("'")
    sheet = cells_of(spreadsheets.write(Format.XLSX, title="T", columns=("a",), rows=[[text]]))
    assert "<f>" not in sheet
    assert "inlineStr" in sheet


def test_an_xlsx_file_has_typed_cells() -> None:
    """H50: numbers and days are numbers and days; a long numéro adhérent stays text, to its last digit."""
    rows = [["12345678901234", Decimal("12.50"), date(2026, 3, 1), 7, None]]
    sheet = cells_of(spreadsheets.write(Format.XLSX, title="T", columns=("a", "b", "c", "d", "e"), rows=rows))
    assert "<t>12345678901234</t>" in sheet
    assert "<v>12.50</v>" in sheet
    assert "<v>46082</v>" in sheet
    assert "<v>7</v>" in sheet


@pytest.fixture(scope="module")
def shop(portal: Portal) -> Employer:
    """A company with four employees: two in santé, one of them with a nasty name, one in prévoyance, one invited."""
    shop = subscribe(portal, subscription_file())
    people = [
        samples.enrolled_member(shop.health_number, last_name="Zorn", first_name="Ève"),
        samples.enrolled_member(shop.health_number, last_name="=cmd|calc", first_name="Ana"),
        samples.enrolled_member(shop.provident["number"], last_name="Bon", first_name="Paul"),
    ]
    assert shop.enrol(*people)["outcome"] == "accepted"
    shop.invited("invitee@exemple.fr")
    portal.settle()
    return shop


def asked(shop: Employer, **filters: Any) -> str:
    """The path of an export."""
    body = {"format": "csv"} | filters
    answer = expect(shop.hr.call("POST", f"{shop.base}/employee-exports", json=body), 202)
    return f"{shop.base}/employee-exports/{answer['export_id']}"


def exported(shop: Employer, **filters: Any) -> bytes:
    """The file of an export."""
    path = asked(shop, **filters)
    shop.portal.settle()
    return downloaded(shop.hr.get(path)["url"])


def test_the_file_holds_the_list_and_says_when_it_is_not_ready(shop: Employer) -> None:
    """H50: by name; a link once the file is written."""
    path = asked(shop)
    assert expect(shop.hr.call("GET", path), 409)["code"] == "document_not_ready"
    shop.portal.settle()
    with aws_calls() as calls:
        answer: Json = shop.hr.get(path)
    assert [one.operation for one in calls] == ["dynamodb.BatchGetItem", "s3.HeadObject"]
    assert "salaries-" in answer["url"]
    header, *rows = rows_of(downloaded(answer["url"]))
    assert header[:4] == ["Nom", "Prénom", "Courriel", "Numéro adhérent"]
    assert [(row[0], row[1], row[5], row[7]) for row in rows] == [
        ("'=cmd|calc", "Ana", "Affilié", "santé"),
        ("Bon", "Paul", "Affilié", "prévoyance"),
        ("", "", "Pré-affilié", "santé"),
        ("Zorn", "Ève", "Affilié", "santé"),
    ]
    assert rows[1][6] == f"{shop.provident['label']} ({shop.provident['number']})"
    assert rows[1][8] == "01/01/2024"


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"text": "eve"}, ["Zorn"]),
        ({"name": "BO"}, ["Bon"]),
        ({"risk": "prevoyance"}, ["Bon"]),
        ({"state": "PRE_AFFILIATED"}, [""]),
        ({"state": "ACTIVE", "risk": "sante"}, ["'=cmd|calc", "Zorn"]),
        ({"text": "personne"}, []),
    ],
    ids=str,
)
def test_the_file_follows_search_and_filters(shop: Employer, filters: Json, names: list[str]) -> None:
    """H49, H50."""
    assert [row[0] for row in rows_of(exported(shop, **filters))[1:]] == names


def test_the_same_as_xlsx(shop: Employer) -> None:
    """H50."""
    sheet = cells_of(exported(shop, format="xlsx"))
    assert sheet.count("<row ") == 5
    assert "<f>" not in sheet
    assert "=cmd|calc" in sheet


def test_a_number_exports_the_one_who_has_it(shop: Employer) -> None:
    """H49, H50."""
    [one] = shop.hr.get(f"{shop.base}/employees", params={"name": "zorn"})["employees"]
    assert [row[0] for row in rows_of(exported(shop, text=one["numero_adherent"]))[1:]] == ["Zorn"]


def test_an_export_is_the_companys_own(shop: Employer, other_employer: Employer) -> None:
    """H121: neither path leads another company to it."""
    path = asked(shop)
    shop.portal.settle()
    assert other_employer.hr.call("GET", path).status_code == 404
    own = path.replace(shop.base, other_employer.base)
    assert other_employer.hr.call("GET", own).status_code == 404
    assert other_employer.hr.call("POST", f"{shop.base}/employee-exports", json={"format": "csv"}).status_code == 404


@pytest.mark.parametrize("export_id", ["x", "..csv", "20260101T000000-00.csv", "99999999T999999-" + "0" * 32 + ".csv"])
def test_what_is_no_export_is_not_found(shop: Employer, export_id: str) -> None:
    assert shop.hr.call("GET", f"{shop.base}/employee-exports/{export_id}").status_code == 404


def test_an_export_is_gone_after_a_day(shop: Employer) -> None:
    """H50, H61: a list of people does not stay lying about."""
    path = asked(shop)
    shop.portal.settle()
    with later(hours=25):
        user = shop.portal.sign_in("employer", {"email": shop.file["administrator"]["email"], "password": PASSWORD})
        assert user.call("GET", path).status_code == 404


def test_only_known_filters_and_formats_are_taken(shop: Employer) -> None:
    body = {"format": "pdf", "state": "GONE", "risk": "vie", "care": "x"}
    answer = shop.hr.call("POST", f"{shop.base}/employee-exports", json=body)
    assert faults(answer) == {
        ("format", "enum"), ("state", "enum"), ("risk", "enum"), ("care", "extra_forbidden"),
    }  # fmt: skip


def test_a_job_for_no_export_is_given_up() -> None:
    with pytest.raises(ValueError, match="unknown document job"):
        document_jobs.run({"document": "employees", "company_id": "c", "export_id": "e"})
