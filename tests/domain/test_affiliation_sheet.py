"""The sheet that affiliates several employees: its columns and what people write in them (H62)."""

from datetime import UTC, date, datetime

import pytest

from chalicelib.domain.affiliation_sheet import MOST_ROWS, contract_of, day_of, read_rows, risk_of
from chalicelib.domain.company import Contract, ContributionTerms, Risk
from chalicelib.domain.errors import FieldErrors

TITLES = ["Risque", "Numéro de contrat", "Courriel", "Date d’affiliation"]
SOMEBODY = ["santé", "1", "a@exemple.fr", "01/04/2026"]


def codes(refused: pytest.ExceptionInfo[FieldErrors]) -> list[tuple[str, str]]:
    """The place and the code of each fault."""
    return [(one.field, one.code) for one in refused.value.faults]


def contract(number: str) -> Contract:
    """A santé contract with a number."""
    terms = ContributionTerms(frequency="monthly", due_day=5, in_advance=False, employer_share_percent="50")
    return Contract(
        contract_id=f"id-{number}",
        company_id="company",
        number=number,
        label="Santé",
        risk=Risk.HEALTH,
        starts_on=datetime(2024, 1, 1, tzinfo=UTC).date(),
        terms=terms,
    )


@pytest.mark.parametrize(
    "titles",
    [
        TITLES,
        ["RISQUE", "N° de contrat", "E-mail", "date d'affiliation"],
        ["type de risque", "Nº contrat", "ADRESSE ÉLECTRONIQUE", "Date d’effet"],
        [" risque ", "contrat", "mél", "DATE  D AFFILIATION"],
        ["risk", "contract_number", "email", "affiliation_date"],
    ],
    ids=str,
)
def test_columns_are_known_by_several_names(titles: list[str]) -> None:
    """H63, H64, H65, H66: whatever the case, the accents and the apostrophes."""
    [row] = read_rows([(1, titles), (2, SOMEBODY)])
    assert (row.risk, row.contract_number, row.email, row.affiliation_date) == tuple(SOMEBODY)


def test_columns_stand_in_any_order_and_others_are_left_out() -> None:
    """H67: a name or a salary that stands beside is not kept."""
    [row] = read_rows([(1, ["Nom", *reversed(TITLES), "Salaire"]), (5, ["Martin", *reversed(SOMEBODY), "40000"])])
    assert (row.line, row.email, row.risk) == (5, "a@exemple.fr", "santé")
    assert "Martin" not in repr(row)
    assert "40000" not in repr(row)


def test_every_missing_or_repeated_column_is_told_at_once() -> None:
    with pytest.raises(FieldErrors) as refused:
        read_rows([(1, ["Risque", "Courriel", "e-mail"]), (2, SOMEBODY)])
    assert codes(refused) == [
        ("content", "missing_column"), ("content", "repeated_column"), ("content", "missing_column"),
    ]  # fmt: skip
    assert "«\u00a0Numéro de contrat\u00a0»" in refused.value.faults[0].message


def test_empty_lines_and_short_lines() -> None:
    """Empty lines are passed over, the others keep the spreadsheet's numbers; an empty file is refused."""
    rows = read_rows([(2, ["", " "]), (3, TITLES), (4, []), (7, ["santé", "1"]), (9, ["", "", "", ""])])
    assert [(row.line, row.email) for row in rows] == [(7, "")]
    for lines in ([], [(1, [""])], [(1, TITLES)], [(1, [*TITLES, "Nom"]), (2, ["", "", "", "", "Martin"])]):
        with pytest.raises(FieldErrors) as refused:
            read_rows(lines)
        assert codes(refused) == [("content", "empty")]


def test_two_thousand_employees_and_no_more() -> None:
    """H62."""
    lines = [(1, TITLES), *((line, SOMEBODY) for line in range(2, MOST_ROWS + 2))]
    assert len(read_rows(lines)) == MOST_ROWS
    with pytest.raises(FieldErrors) as refused:
        read_rows([*lines, (MOST_ROWS + 2, SOMEBODY)])
    assert codes(refused) == [("content", "too_many_rows")]


@pytest.mark.parametrize(
    "text",
    [
        "01/04/2026", "1/4/2026", "1-4-2026", "01.04.2026", "2026-04-01", "2026-4-1", "2026-04-01T00:00:00",
        "01/04/2026 00:00", " 01/04/2026 0:00:00", "46113",
    ],
)  # fmt: skip
def test_days_are_read_as_people_and_excel_write_them(text: str) -> None:
    """H66."""
    assert day_of(text) == date(2026, 4, 1)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "missing"), ("31/02/2026", "no_such_day"), ("04/13/2026", "no_such_day"), ("01/04/26", "unreadable_date"),
        ("1er avril 2026", "unreadable_date"), ("4611", "unreadable_date"), ("2026-04-01 12:30", "unreadable_date"),
    ],
)  # fmt: skip
def test_a_day_that_cannot_be_meant_is_refused(text: str, code: str) -> None:
    """H66, H75: a year of two digits is not guessed."""
    with pytest.raises(FieldErrors) as refused:
        day_of(text)
    assert codes(refused) == [("affiliation_date", code)]


def test_risks() -> None:
    """H63."""
    assert [risk_of(text) for text in ("Santé", "SANTE", "Frais de santé", "Prévoyance ")] == [
        Risk.HEALTH, Risk.HEALTH, Risk.HEALTH, Risk.PROVIDENT,
    ]  # fmt: skip
    for text, code in (("", "missing"), ("vie", "unknown_risk")):
        with pytest.raises(FieldErrors) as refused:
            risk_of(text)
        assert codes(refused) == [("risk", code)]


def test_a_contract_is_found_by_its_number() -> None:
    """H64, H73: spaces and case aside, and even when a spreadsheet took its first zeros away."""
    contracts = [contract("SANTE-7"), contract("000123"), contract("0042"), contract("00042")]
    for text, number in (("sante-7", "SANTE-7"), ("000 123", "000123"), ("123", "000123"), ("0042", "0042")):
        assert contract_of(text, contracts).number == number


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "missing"), ("999", "unknown_contract"), ("42", "ambiguous_number"), ("1,23457E+11", "shortened_number")],
)
def test_a_number_that_names_no_contract_or_two_is_refused(text: str, code: str) -> None:
    """H73: lost zeros are put back only when one contract alone can be meant."""
    with pytest.raises(FieldErrors) as refused:
        contract_of(text, [contract("0042"), contract("00042"), contract("123457000000")])
    assert codes(refused) == [("contract_number", code)]
