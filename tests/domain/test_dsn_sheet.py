"""The DSN parameter sheet of a contract (H116, H118)."""

from dataclasses import replace
from datetime import date

import pytest

from chalicelib.domain.company import Contract, ContributionBasis, ContributionRate, ContributionTerms, Risk
from chalicelib.domain.dsn_sheet import DsnCodes, sheet
from chalicelib.domain.guarantee import GuaranteeTable
from tests import samples

CODES = DsnCodes(organism="P1234", delegate="D56789")
TERMS = ContributionTerms(
    frequency="quarterly",
    due_day=15,
    in_advance=False,
    employer_share_percent="60",
    rates=(
        ContributionRate(label="Tranche 1", basis=ContributionBasis.TRANCHE_1_PERCENT, value="1.50"),
        ContributionRate(label="Tranche 2", basis=ContributionBasis.TRANCHE_2_PERCENT, value="1.80"),
        ContributionRate(label="Isolé", basis=ContributionBasis.PMSS_PERCENT, value="1.2"),
        ContributionRate(label="Enfant", basis=ContributionBasis.EUROS, value="12.50"),
    ),
)
CONTRACT = Contract(
    contract_id="1",
    company_id="2",
    number="SANTE-42",
    label="Santé Confort",
    risk=Risk.HEALTH,
    starts_on=date(2024, 1, 1),
    terms=TERMS,
    tables=(
        GuaranteeTable.from_data(samples.TABLE),
        GuaranteeTable.from_data(samples.TABLE | {"code": "CONFORT2", "valid_from": "2026-01-01"}),
    ),
)


def test_a_sheet_names_the_contract_and_the_insurer() -> None:
    """H116: reference, organism, délégataire, frequency, terms."""
    found = sheet(CONTRACT, CODES, on=date(2026, 3, 1))
    assert (found.contract_number, found.organism, found.delegate) == ("SANTE-42", "P1234", "D56789")
    assert (found.frequency, found.frequency_label, found.in_advance, found.due_day) == (
        "T",
        "Trimestrielle",
        False,
        15,
    )


def test_each_basis_has_its_component() -> None:
    """H116: a share of salary or of the PMSS is a rate, a price in euros is an amount; never both."""
    lines = {one.label: one for one in sheet(CONTRACT, CODES, on=date(2026, 3, 1)).lines}
    assert {label: one.component for label, one in lines.items()} == {
        "Tranche 1": "11", "Tranche 2": "12", "Isolé": "18", "Enfant": "20",
    }  # fmt: skip
    assert {(one.rate_percent, one.amount_euros) for one in lines.values()} == {
        ("1.50", None), ("1.80", None), ("1.2", None), (None, "12.50"),
    }  # fmt: skip
    assert {(one.base, one.contribution, one.population) for one in lines.values()} == {("31", "059", "ENS")}


@pytest.mark.parametrize(
    ("day", "option", "valid_from"),
    [
        (date(2023, 6, 1), "CONFORT", date(2024, 1, 1)),
        (date(2025, 12, 31), "CONFORT", date(2024, 1, 1)),
        (date(2026, 1, 1), "CONFORT2", date(2026, 1, 1)),
    ],
)
def test_the_option_is_the_guarantee_table_in_force(day: date, option: str, valid_from: date) -> None:
    """H116: a new table gives a new sheet from its first day on, never one before the contract."""
    found = sheet(CONTRACT, CODES, on=day)
    assert {one.option for one in found.lines} == {option}
    assert found.valid_from == valid_from


def test_a_contract_without_a_table_has_no_option() -> None:
    provident = replace(CONTRACT, risk=Risk.PROVIDENT, tables=())
    found = sheet(provident, CODES, on=date(2026, 3, 1))
    assert {one.option for one in found.lines} == {""}
    assert found.valid_from == date(2024, 1, 1)
