"""The page an insurer reads before dropping files: its examples are accepted, its schemas are the code’s (H7)."""

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from chalicelib import settings
from chalicelib.domain.errors import FieldErrors
from chalicelib.domain.guarantee import GuaranteeTable, Kind, Per, Scope, Site, Span, Window
from chalicelib.domain.guarantee_kinds import LIMIT_FIELDS, fields_of
from chalicelib.domain.guarantee_wording import wording
from chalicelib.services import flow_files, intake
from chalicelib.services.flow_files import ActLine, AttachmentLine, FlowHeader
from chalicelib.services.intake import Report
from chalicelib.services.intake_batches import HEADERS
from chalicelib.services.intake_files import FILES
from chalicelib.validation import validated
from local.clients import client
from tests import samples
from tests.portal import Portal

PAGES = Path(__file__).resolve().parents[2] / "docs/intake"
PAGE = (PAGES / "README.md").read_text("utf-8")

BLOCKS = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
EXAMPLES: dict[str, dict[str, Any]] = {block["kind"]: block for block in BLOCKS if "kind" in block}
REPORTS = [block for block in BLOCKS if "outcome" in block]
CLAUSES = [clause for block in BLOCKS for clause in block.get("clauses", ())]


def schema_of(kind: str) -> Any:
    return json.loads((PAGES / f"{kind}.schema.json").read_text("utf-8"))


def test_every_kind_has_a_schema_an_example_and_a_place_on_the_page() -> None:
    assert set(EXAMPLES) == set(FILES)
    kinds = {*FILES, *HEADERS}
    assert {path.name for path in PAGES.glob("*.schema.json")} == {f"{kind}.schema.json" for kind in kinds}
    assert all(f"({kind}.schema.json)" in PAGE for kind in kinds)


@pytest.mark.parametrize("kind", FILES)
def test_the_example_fits_the_schema_and_the_code(kind: str) -> None:
    schema = schema_of(kind)
    Draft202012Validator.check_schema(schema)
    assert list(Draft202012Validator(schema).iter_errors(EXAMPLES[kind])) == []
    assert type(intake.parse(json.dumps(EXAMPLES[kind]).encode())) is FILES[kind]


@pytest.mark.parametrize("kind", FILES)
def test_schema_and_code_refuse_what_is_unknown_or_missing(kind: str) -> None:
    validator = Draft202012Validator(schema_of(kind))
    without = {name: value for name, value in EXAMPLES[kind].items() if name != "reference"}
    for wrong in (EXAMPLES[kind] | {"colour": "bleu"}, without):
        assert not validator.is_valid(wrong)
        with pytest.raises(FieldErrors):
            intake.parse(json.dumps(wrong).encode())


def test_the_flow_of_the_page_fits_its_schema_and_the_code() -> None:
    """H150: a header, acts and an answer; a line with a field that nobody knows fits neither."""
    [block] = [one for one in re.findall(r"```jsonl\n(.*?)```", PAGE, re.DOTALL) if '"flow"' in one]
    header, *lines = [json.loads(line) for line in block.splitlines()]
    schema = schema_of("flow")
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    assert all(validator.is_valid(one) for one in (header, *lines))
    assert type(validated(HEADERS["flow"], header)) is FlowHeader
    today = date(2026, 3, 9)
    kinds = {type(flow_files.entry_of(line, today=today)) for line in lines}
    assert kinds == {ActLine, AttachmentLine}
    for line in lines:
        assert not validator.is_valid(line | {"colour": "bleu"})
        with pytest.raises(FieldErrors):
            flow_files.entry_of(line | {"colour": "bleu"}, today=today)


def test_the_guarantee_table_of_the_page_is_read_as_it_is_written() -> None:
    """H31: a contract's guarantees come from its file."""
    (contract,) = EXAMPLES["subscription"]["contracts"]
    table = GuaranteeTable.from_data(contract["guarantee_table"])
    assert [clause.id for clause in table.clauses] == ["consultations", "analyses", "osteopathie"]


def test_the_page_names_every_word_of_a_guarantee_table() -> None:
    words = (*Kind, *Per, *Window, *Scope, *Span, *Site, *LIMIT_FIELDS)
    fields = (
        "percent_of_pmss",
        "months",
        "scope",
        "site",
        "span",
        *(name for kind in Kind for name in fields_of(kind)),
    )
    for word in (*words, *fields):
        assert f"`{word}`" in PAGE, word


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("aides-auditives", "600,00 € par oreille, 1 fois par période de 48 mois et par oreille au plus"),
        (
            "implants",
            "500,00 € par dent, 2 fois par année civile au plus, 40 % du PMSS par année civile pour la famille au "
            "plus, 3 000,00 € pour toute la durée du contrat au plus",
        ),
        ("transport", "Ticket modérateur + 2 % du PMSS par acte"),
        ("osteopathie", "80 %"),
        ("lunettes", "300,00 €"),
    ],
)
def test_the_clauses_of_the_page_read_as_it_says(clause: str, expected: str) -> None:
    """H31: each example is a clause that a contract may hold, worded as the member reads it, and kept as it is."""
    table = GuaranteeTable.from_data({"code": "T", "version": 1, "valid_from": "2026-01-01", "clauses": CLAUSES})
    read = {one.id: wording(one.guarantee) for one in table.clauses}
    assert expected in re.sub("[\u00a0\u202f]", " ", read[clause])
    assert GuaranteeTable.from_data(table.to_data()) == table


def test_the_report_of_the_page_is_one_the_system_writes() -> None:
    (shown,) = REPORTS
    faulty = EXAMPLES["agents"] | {
        "agents": [{"first_name": "Karim", "nom": "Haddad", "email": "karim.haddad@assureur.example"}]
    }
    with pytest.raises(FieldErrors) as caught:
        intake.parse(json.dumps(faulty).encode())
    at = datetime(2026, 3, 3, 8, 5, tzinfo=UTC)
    report = Report(outcome=shown["outcome"], at=at, faults=caught.value.faults)
    assert json.loads(report.to_json()) == shown


def test_the_files_of_the_page_are_accepted(portal: Portal) -> None:
    """H7, H135, M115: dropped as they stand, in the order of the page, with the numéro adhérent that was given."""
    client("s3").put_object(Bucket=settings.bucket("intake"), Key="attachments/notice.pdf", Body=samples.pdf())
    opened = portal.drop("souscription.json", EXAMPLES["subscription"])
    assert opened["outcome"] == "accepted", opened
    (company,) = opened["companies"]
    assert company["siret"] == "90312345300016"
    enrolment = EXAMPLES["enrolment"] | {"numero_adherent": company["numero_adherent"]}
    enrolled = portal.drop("reprise.json", enrolment)
    assert enrolled["outcome"] == "accepted", enrolled
    assert [member["row"] for member in enrolled["members"]] == [0]
    assert portal.drop("gestion.json", EXAMPLES["agents"])["outcome"] == "accepted"
    assert portal.drop("gestion-bis.json", EXAMPLES["agents"])["outcome"] == "unchanged"
