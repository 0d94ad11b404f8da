"""HR affiliates several employees by a file: any usual spreadsheet, a verdict per row, each mail once (H62)."""

import base64
import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import FieldErrors, NotFound
from chalicelib.domain.member import AffiliationState
from chalicelib.services import group_affiliation
from chalicelib.services.spreadsheet_reading import read_lines
from chalicelib.storage import identities, members
from chalicelib.storage.identities import Identity
from chalicelib.storage.transaction import Stale, Transaction
from local.stack import Stack
from tests import samples
from tests.api import aws_calls, log_book
from tests.portal import Portal, User, expect
from tests.services.conftest import Employer, Json, faults, later, subscribe, subscription_file

TITLES = ("Risque", "Numéro de contrat", "Courriel", "Date d’affiliation")
ACCENTED = [["Prénom", "Ville"], ["Zoé", "Saint-Étienne"]]


def as_csv(*rows: tuple[Any, ...], titles: tuple[str, ...] = TITLES) -> bytes:
    """A sheet as a French spreadsheet saves it."""
    return "".join(";".join(str(cell) for cell in row) + "\r\n" for row in (titles, *rows)).encode("utf-8-sig")


def as_xlsx(fill: Callable[[Any, Any], None], **options: Any) -> bytes:
    """A workbook whose sheet is filled by a function of workbook and sheet."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, **options}) as book:
        fill(book, book.add_worksheet())
    return buffer.getvalue()


def send(employer: Employer, content: bytes) -> httpx.Response:
    """The answer to a file."""
    body = {"name": "arrivées.csv", "content": base64.b64encode(content).decode()}
    return employer.hr.call("POST", f"{employer.base}/affiliation-files", json=body)


def checked(employer: Employer, content: bytes) -> Json:
    """A file whose rows were checked."""
    file: Json = expect(send(employer, content), 201)
    return file


def applied(employer: Employer, file: Json) -> Json:
    """The file once its accepted rows have been applied."""
    path = f"{employer.base}/affiliation-files/{file['file_id']}"
    assert expect(employer.hr.call("POST", f"{path}/application"), 202)["state"] == "APPLYING"
    employer.portal.settle()
    done: Json = employer.hr.get(path)
    return done


def states(file: Json) -> list[str]:
    """The state of each row."""
    return [row["state"] for row in file["rows"]]


def row_faults(file: Json) -> list[tuple[int, str, str]]:
    """The line, the column and the code of each fault."""
    return [(row["line"], fault["column"], fault["code"]) for row in file["rows"] for fault in row["faults"]]


@pytest.fixture
def today(portal: Portal) -> str:
    """The day as one writes it."""
    return f"{portal.today():%d/%m/%Y}"


# What the bytes say


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
def test_a_text_is_read_in_any_usual_form(encoding: str, separator: str, line_end: str) -> None:
    text = line_end.join(separator.join(row) for row in ACCENTED)
    assert read_lines(text.encode(encoding), most=10) == [(1, ACCENTED[0]), (2, ACCENTED[1])]


def test_quotes_empty_lines_and_an_announced_separator() -> None:
    """A separator within quotes is none; lines keep the numbers that the spreadsheet shows."""
    assert read_lines(b'"a;b";c\r\n\r\n;\r\n"d\nd";"e ""f"""\r\n', most=10) == [
        (1, ["a;b", "c"]),
        (4, ["d\nd", 'e "f"']),
    ]
    assert read_lines(b"sep=,\r\na;b,c\r\n", most=10) == [(2, ["a;b", "c"])]


@pytest.mark.parametrize("counts_from_1904", [False, True])
def test_a_workbook_is_read_as_it_shows(counts_from_1904: bool) -> None:
    """Days are days in both systems of Excel; whole numbers have no decimals; a formula is its value or nothing."""

    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["texte", "jour", "jour à nous", "entier", "long", "calcul", "sans valeur"])
        sheet.write_string(3, 0, "0042")
        sheet.write_datetime(3, 1, date(2026, 4, 1), book.add_format({"num_format": 14}))
        sheet.write_datetime(3, 2, date(2026, 4, 1), book.add_format({"num_format": 'dddd d mmmm yyyy "à" h:mm'}))
        sheet.write_number(3, 3, 42)
        sheet.write_number(3, 4, 123456789012)
        sheet.write_formula(3, 5, "=1+1", None, 2)
        sheet.write_formula(3, 6, "=1+1", None, "")
        sheet.write_rich_string(3, 7, "du ", book.add_format({"bold": True}), "gras")
        sheet.write_number(3, 8, 1234567890123456789)
        sheet.write_number(3, 9, 12.5, book.add_format({"num_format": "#,##0.00 [$EUR]"}))

    content = as_xlsx(fill, default_date_format="dd/mm/yyyy", date_1904=counts_from_1904)
    [_, (line, cells)] = read_lines(content, most=10)
    assert line == 4
    assert cells[:8] == ["0042", "2026-04-01", "2026-04-01", "42", "123456789012", "2", "", "du gras"]
    assert "E+18" in cells[8]
    assert cells[9] == "12.5"


def test_the_first_sheet_that_is_seen_is_read() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write(0, 0, "cachée")
        shown = book.add_worksheet()
        shown.write(0, 0, "visible")
        shown.activate()
        shown.set_first_sheet()
        sheet.hide()

    assert read_lines(as_xlsx(fill), most=10) == [(1, ["visible"])]
    assert read_lines(as_xlsx(fill, constant_memory=True), most=10) == [(1, ["visible"])]


def archive(parts: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive of parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return buffer.getvalue()


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """A workbook one part of which is another."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return archive({one: part if one == name else book.read(one) for one in book.namelist()})


def broken() -> Iterator[tuple[str, bytes, str]]:
    """Files that are no sheets, by what is wrong with them."""
    book = as_xlsx(lambda _, sheet: sheet.write(0, 0, "x"))
    bomb = b"<worksheet><sheetData>" + b" " * 13_000_000 + b"</sheetData></worksheet>"
    entity = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet><sheetData/></worksheet>'
    yield "an archive of something else", archive({"word": b"x"}), "unreadable"
    yield "cut short", book[: len(book) // 2], "unreadable"
    yield "a zip bomb", with_part(book, "xl/worksheets/sheet1.xml", bomb), "unreadable"
    yield "entities", with_part(book, "xl/worksheets/sheet1.xml", entity), "unreadable"
    yield (
        "entities in UTF-16",
        with_part(book, "xl/worksheets/sheet1.xml", entity.decode().encode("utf-16")),
        "unreadable",
    )
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        other = archive({name: parts.read(name) for name in parts.namelist()}, zipfile.ZIP_BZIP2)
    yield "another compression", other, "unreadable"
    yield "no XML", with_part(book, "xl/worksheets/sheet1.xml", b"<worksheet"), "unreadable"
    yield (
        "no such text",
        with_part(book, "xl/worksheets/sheet1.xml", b'<w><sheetData><row><c t="s"><v>9</v></c></row></sheetData></w>'),
        "unreadable",
    )
    yield "a PDF", b"%PDF-1.7\n\x00\x81\x8d", "unreadable"
    yield "an old workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old_workbook"


@pytest.mark.parametrize(("content", "code"), [pytest.param(one[1], one[2], id=one[0]) for one in broken()])
def test_what_is_no_sheet_is_refused_with_a_sentence(content: bytes, code: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        read_lines(content, most=10)
    assert [(one.field, one.code) for one in refused.value.faults] == [("content", code)]


def read_or_refused(content: bytes) -> list[str]:
    """The cells of a file, or the codes of why it is refused."""
    try:
        return [cell for _, cells in read_lines(content, most=10) for cell in cells]
    except FieldErrors as refused:
        return [one.code for one in refused.faults]


@given(content=st.one_of(st.binary(max_size=400), st.binary(max_size=400).map(lambda some: b"PK\x03\x04" + some)))
def test_whatever_the_bytes_a_file_is_read_or_refused(content: bytes) -> None:
    assert all(isinstance(cell, str) for cell in read_or_refused(content))


@pytest.mark.parametrize("value", ["1e999999999", "-1E400", "NaN", "Infinity", "x", "1e-999999999"])
@pytest.mark.parametrize("style", ["0", "1", "99"])
def test_a_number_that_is_none_holds_nothing_up(value: str, style: str) -> None:
    book = as_xlsx(lambda book, sheet: sheet.write_number(0, 0, 1, book.add_format({"num_format": 14})))
    sheet = f'<w><sheetData><row><c s="{style}"><v>{value}</v></c></row></sheetData></w>'
    [cell] = read_or_refused(with_part(book, "xl/worksheets/sheet1.xml", sheet.encode()))
    assert len(cell) < 20


# What becomes of the rows


def test_the_template_comes_back_filled_in(portal: Portal, employer: Employer, today: str) -> None:
    """H62, H65, H68, H70, H71: the check invites nobody; then everybody gets one mail and shows as « Pré-affilié »."""
    sheet = employer.hr.get(f"{employer.base}/affiliation-template")["content"]
    header, *lines = csv.reader(io.StringIO(sheet.removeprefix("\ufeff"), newline=""), delimiter=";")
    assert tuple(header) == TITLES
    assert {tuple(line[:2]) for line in lines} == {
        ("santé", employer.health_number), ("prévoyance", str(employer.provident["number"])),
    }  # fmt: skip
    emails = [samples.email("modele") for _ in lines]
    rows = [(*line[:2], email, today) for line, email in zip(lines, emails, strict=True)]
    file = checked(employer, as_csv(*rows))
    assert (file["state"], file["accepted"], states(file)) == ("CHECKED", 2, ["ACCEPTED", "ACCEPTED"])
    portal.settle()
    assert not portal.mails(emails[0])
    done = applied(employer, file)
    assert (done["state"], done["invited"], done["accepted"]) == ("APPLIED", 2, 0)
    for email in emails:
        assert len(portal.mails(email)) == 1
        [listed] = employer.hr.get(f"{employer.base}/employees", params={"text": email})["employees"]
        assert (listed["state_label"], listed["starts_on"]) == ("Pré-affilié", f"{portal.today()}")


def test_who_was_invited_by_a_file_affiliates_alone(portal: Portal, employer: Employer, today: str) -> None:
    """H69, H72: the link of the mail is that of a single invitation."""
    email = samples.email("seul")
    applied(employer, checked(employer, as_csv(("santé", employer.health_number, email, today))))
    invited = User(portal, portal.link_in(portal.mail(email, "/affiliation#")))
    invited.post("/affiliation", samples.affiliation_form())
    [listed] = employer.hr.get(f"{employer.base}/employees", params={"text": email})["employees"]
    assert listed["state"] == "PENDING_DOCUMENTS"


def test_who_has_left_is_not_invited_again(employer: Employer, today: str) -> None:
    """H74: the check says it, and sends to the insurer, as a single invitation does."""
    form = samples.enrolled_member(employer.health_number)
    number = employer.enrol(form)["members"][0]["numero_adherent"]
    member_id = identities.find(Identity.MEMBER_NUMBER, number)
    member = members.get(member_id or "")
    assert member is not None
    gone = tuple(replace(one, state=AffiliationState.TERMINATED) for one in member.affiliations)
    with Transaction() as transaction:
        members.save(transaction, replace(member, affiliations=gone))
    file = checked(employer, as_csv(("prévoyance", employer.provident["number"], form["email"], today)))
    assert row_faults(file) == [(2, "email", "former_member")]


def test_each_row_has_its_verdict_and_refused_ones_come_back_to_be_mended(
    employer: Employer, other_employer: Employer, today: str
) -> None:
    """H63, H64, H73, H74, H75, H121: what a single invitation refuses, the file refuses too, in its column."""
    invited, fresh = samples.email("deja"), samples.email("neuf")
    employer.invited(invited)
    health = employer.health_number
    old = f"{employer.portal.today() - timedelta(days=91):%d/%m/%Y}"
    rows = [
        ("Santé", health, invited.upper(), today),
        ("santé", health, fresh, today),
        ("santé", health, fresh.title(), today),
        ("prévoyance", health, samples.email("x"), today),
        ("santé", other_employer.health_number, samples.email("x"), today),
        ("vie", "", "nour@", "demain"),
        ("santé", health, samples.email("x"), old),
        ("santé", health, '"=1+1"', today),
    ]
    file = checked(employer, as_csv(*rows))
    assert states(file) == ["ALREADY_AFFILIATED", "ACCEPTED", *["REFUSED"] * 6]
    assert row_faults(file) == [
        (4, "email", "repeated"),
        (5, "contract_number", "other_risk"),
        (6, "contract_number", "unknown_contract"),
        (7, "risk", "unknown_risk"),
        (7, "contract_number", "missing"),
        (7, "email", "invalid_identifier"),
        (7, "affiliation_date", "unreadable_date"),
        (8, "affiliation_date", "too_early"),
        (9, "email", "invalid_identifier"),
    ]
    path = f"{employer.base}/affiliation-files/{file['file_id']}/corrections"
    content = employer.hr.get(path)["content"]
    header, *refused = csv.reader(io.StringIO(content.removeprefix("\ufeff"), newline=""), delimiter=";")
    assert header == [*TITLES, "Ligne", "Motifs"]
    assert [row[4] for row in refused] == ["4", "5", "6", "7", "8", "9"]
    assert refused[0][5] == "Courriel\u00a0: Cette ligne répète la ligne 3\u00a0: le même salarié, le même contrat."
    assert refused[5][2] == "'=1+1"
    again = checked(employer, content.encode())
    assert [code for _, _, code in row_faults(again)] == [code for _, _, code in row_faults(file)][1:]


def test_a_workbook_whose_numbers_lost_their_zeros(portal: Portal) -> None:
    """H64, H66, H73: Excel's own days, a contract number stored as a number."""
    subscription = subscription_file()
    number = f"00{samples.siren()}"
    subscription["contracts"][0]["number"] = number
    company = subscribe(portal, subscription)

    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["Courriel", "N° de contrat", "Risque", "Date d’effet"])
        sheet.write_row(1, 0, [samples.email("zero"), int(number), "SANTÉ"])
        sheet.write_datetime(1, 3, portal.today(), book.add_format({"num_format": "dd/mm/yy"}))
        sheet.write_row(2, 0, [samples.email("serie"), number, "santé", (portal.today() - date(1899, 12, 30)).days])

    assert states(checked(company, as_xlsx(fill))) == ["ACCEPTED", "ACCEPTED"]


def test_the_same_file_twice_invites_nobody_twice(portal: Portal, employer: Employer, today: str) -> None:
    """H74: neither the file applied again, nor the same content sent again."""
    email = samples.email("deux-fois")
    content = as_csv(("santé", employer.health_number, email, today))
    first, second = checked(employer, content), checked(employer, content)
    applied(employer, first)
    path = f"{employer.base}/affiliation-files/{first['file_id']}/application"
    assert expect(employer.hr.call("POST", path), 202)["state"] == "APPLIED"
    assert applied(employer, second)["invited"] == 1
    third = checked(employer, content)
    assert states(third) == ["ALREADY_AFFILIATED"]
    nothing = employer.hr.call("POST", f"{employer.base}/affiliation-files/{third['file_id']}/application")
    assert expect(nothing, 409)["code"] == "nothing_to_apply"
    portal.settle()
    assert len(portal.mails(email)) == 1


@pytest.mark.parametrize(("operation", "at"), [("dynamodb.GetItem", "coupure-2"), ("s3.PutObject", "/parts/0")])
def test_a_file_that_was_cut_short_goes_on_and_mails_each_employee_once(
    stack: Stack, employer: Employer, today: str, operation: str, at: str
) -> None:
    """H68, H74: the worker ends between two rows, or before its last word; the next attempt invites nobody again."""
    emails = [samples.email(f"coupure-{number}") for number in range(4)]
    file = checked(employer, as_csv(*(("santé", employer.health_number, email, today) for email in emails)))
    stack.faults.fail_call(operation, error="AccessDeniedException", containing=at)
    with log_book() as book:
        done = applied(employer, file)
    assert not stack.faults.pending()
    assert [line for line in book.lines if "record_failed" in line]
    assert not [line for line in book.lines if "coupure" in line]
    assert (done["state"], done["invited"], done["refused"]) == ("APPLIED", 4, 0)
    assert [len(employer.portal.mails(email)) for email in emails] == [1, 1, 1, 1]


def test_a_row_that_others_keep_writing_is_begun_again(employer: Employer, today: str) -> None:
    """H68: that says nothing of the row, which is not refused for it."""
    email = samples.email("disputee")
    file = checked(employer, as_csv(("santé", employer.health_number, email, today)))
    part = (employer.company_id, file["file_id"], 0)
    key = f"{employer.company_id}#{email}"
    with Transaction() as transaction:
        identities.claim(transaction, Identity.INVITATION, key, "somebody who is not there yet")
    with pytest.raises(Stale):
        group_affiliation.apply_part(*part)
    with Transaction() as transaction:
        identities.release(transaction, Identity.INVITATION, key, "somebody who is not there yet")
    assert states(applied(employer, file)) == ["INVITED"]


def test_a_row_that_is_refused_by_now_holds_no_other_back(portal: Portal, employer: Employer) -> None:
    """H75: what was checked one day is decided anew on the day it is applied."""
    late, well = samples.email("tard"), samples.email("bien")
    last_day = portal.today() - timedelta(days=90)
    rows = [(late, f"{last_day:%d/%m/%Y}"), (well, f"{portal.today():%d/%m/%Y}")]
    file = checked(employer, as_csv(*(("santé", employer.health_number, *row) for row in rows)))
    assert states(file) == ["ACCEPTED", "ACCEPTED"]
    expect(employer.hr.call("POST", f"{employer.base}/affiliation-files/{file['file_id']}/application"), 202)
    with later(days=1):
        portal.settle()
    done = employer.hr.get(f"{employer.base}/affiliation-files/{file['file_id']}")
    assert states(done) == ["REFUSED", "INVITED"]
    assert row_faults(done) == [(2, "affiliation_date", "too_early")]


def test_a_file_is_the_companys_own(employer: Employer, other_employer: Employer, today: str) -> None:
    """H121: neither path leads another company to it."""
    file = checked(employer, as_csv(("santé", employer.health_number, samples.email("soi"), today)))
    for rest in ("", "/corrections"):
        path = f"/affiliation-files/{file['file_id']}{rest}"
        assert other_employer.hr.call("GET", f"{employer.base}{path}").status_code == 404
        assert other_employer.hr.call("GET", f"{other_employer.base}{path}").status_code == 404
    path = f"/affiliation-files/{file['file_id']}/application"
    assert other_employer.hr.call("POST", f"{other_employer.base}{path}").status_code == 404
    with pytest.raises(NotFound):
        group_affiliation.apply_part(employer.company_id, file["file_id"], 1)


def test_the_check_of_a_full_file_costs_as_much_as_that_of_one_row(portal: Portal, today: str) -> None:
    """H62: contracts and employees are read once for 2,000 rows, and nothing of them reaches the logs."""
    company = subscribe(portal, subscription_file())
    emails = [f"masse-{number}@exemple.fr" for number in range(2_000)]
    content = as_csv(*(("santé", company.health_number, email, today) for email in emails))
    with aws_calls() as calls, log_book() as book:
        file = group_affiliation.check(company.company_id, name="masse.csv", content=content)
    assert [one.operation for one in calls] == ["dynamodb.Query", "dynamodb.Query", "s3.PutObject"]
    assert file.count(group_affiliation.RowState.ACCEPTED) == 2_000
    assert not [line for line in book.lines if "masse" in line]
    too_many = as_csv(*(("santé", company.health_number, email, today) for email in [*emails, "z@exemple.fr"]))
    assert faults(send(company, too_many)) == {("content", "too_many_rows")}


def test_what_is_no_file_is_refused_as_a_whole(employer: Employer) -> None:
    body = {"name": "x.csv", "content": "pas du base64 !"}
    assert faults(employer.hr.call("POST", f"{employer.base}/affiliation-files", json=body)) == {("content", "base64")}
    assert faults(send(employer, b"x" * (180 * 1024 + 1))) == {("content", "too_large")}
    assert faults(send(employer, b"Risque;Courriel\r\n1;2\r\n")) == {("content", "missing_column")}
    assert faults(send(employer, as_csv())) == {("content", "empty")}
