"""The list of employees as a file: asked for, written in the background, handed out by a short-lived link (H50, H121).

A file follows the search and filters it was asked with, holds no care, and is gone after a day.
"""

from dataclasses import asdict
from typing import Any

from chalicelib.domain.account import Account
from chalicelib.domain.company import Risk
from chalicelib.domain.journal import DataGroup, Viewer, ViewerKind
from chalicelib.domain.member import LABELS, AffiliationState, MemberSummary
from chalicelib.domain.shortcuts import RISKS
from chalicelib.gateways import documents, queues
from chalicelib.services import employees, export_files, journal, ready_documents, spreadsheets
from chalicelib.services.employees import Filters
from chalicelib.services.export_files import WAITING
from chalicelib.services.spreadsheets import CONTENT_TYPES, Format, Value
from chalicelib.storage import contracts

TITLE = "Mes salariés"
PURPOSE = "Exporter la liste des salariés"
COLUMNS = (
    "Nom", "Prénom", "Courriel", "Numéro adhérent", "Référence interne", "Statut", "Contrats", "Risques",
    "Affilié depuis le", "Jusqu’au", "Invité jusqu’au",
)  # fmt: skip


def ask(company_id: str, filters: Filters, kind: Format, *, asked_by: Account) -> str:
    """Have the employees of a company written to a file; returns the export's id."""
    export_id = export_files.new_name(kind, owner_id=company_id)
    job = {
        "document": "employees",
        "company_id": company_id,
        "export_id": export_id,
        "filters": asdict(filters),
        "asked_by": {"account_id": asked_by.account_id, "name": asked_by.display_name},
    }
    queues.send("documents", job)
    return export_id


def write(company_id: str, export_id: str, wanted: dict[str, Any], asked_by: dict[str, Any]) -> None:
    """Write the file that was asked for, and note in each employee's journal who has it; safe to repeat."""
    kind = export_files.read_name(export_id, owner_id=company_id).kind
    filters = Filters(
        name=wanted["name"],
        text=wanted["text"],
        state=AffiliationState(wanted["state"]) if wanted["state"] else None,
        contract_id=wanted["contract_id"],
        risk=Risk(wanted["risk"]) if wanted["risk"] else None,
    )
    labels = {one.contract_id: f"{one.label} ({one.number})" for one in contracts.of_company(company_id)}
    listed = list(employees.every(company_id, filters))
    viewer = Viewer(kind=ViewerKind.EMPLOYER, account_id=str(asked_by["account_id"]), name=str(asked_by["name"]))
    people = (one.member_id for one in listed)
    journal.note(people, viewer=viewer, groups=(DataGroup.IDENTITY,), purpose=PURPOSE)
    rows = (_row(one, labels) for one in listed)
    content = spreadsheets.write(kind, title=TITLE, columns=COLUMNS, rows=rows)
    documents.write("documents", _key(company_id, export_id), content, content_type=CONTENT_TYPES[kind])


def link(company_id: str, export_id: str) -> str:
    """A short-lived link to a file that was asked for.

    Errors: ``NotFound`` for another company's, and after a day; ``Conflict`` while it is being written.
    """
    file = export_files.read_name(export_id, owner_id=company_id)
    return ready_documents.link(
        _key(company_id, export_id), name=f"salaries-{file.asked_on}.{file.kind}", waiting=WAITING
    )


def _key(company_id: str, export_id: str) -> str:
    return f"exports/{company_id}/{export_id}"


def _row(one: MemberSummary, labels: dict[str, str]) -> tuple[Value, ...]:
    return (
        one.last_name,
        one.first_name,
        one.email,
        one.numero_adherent,
        one.reference,
        LABELS[one.state],
        ", ".join(labels.get(contract_id, contract_id) for contract_id in one.contract_ids),
        ", ".join(RISKS[risk] for risk in one.risks),
        one.starts_on,
        one.ends_on,
        one.invited_until,
    )
