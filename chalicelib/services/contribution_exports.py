"""The list of contributions as a file: asked for, written in the background, handed out by a short link (H44, H47).

A file follows the search it was asked with, shows amounts as a French spreadsheet reads them, runs no formula, and is
gone after a day.
"""

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from chalicelib import clock
from chalicelib.domain.contributions.contribution import ContributionSummary
from chalicelib.domain.contributions.state import Listed
from chalicelib.domain.contributions.statement import StatementKind
from chalicelib.gateways import documents, queues
from chalicelib.services import employer_contributions, export_files, ready_documents, spreadsheets
from chalicelib.services.employer_contributions import Filters
from chalicelib.services.spreadsheets import CONTENT_TYPES, Format, Value, euros

TITLE = "Mes cotisations"
KINDS = {StatementKind.CALL: "Appel", StatementKind.REGULARISATION: "Régularisation"}
COLUMNS = (
    "Numéro", "Nature", "Contrat", "Premier jour", "Dernier jour", "Appelée le", "Échéance", "Montant appelé TTC",
    "Reste à payer", "Statut", "Situation", "Prélèvement le",
)  # fmt: skip


def ask(company_id: str, filters: Filters, kind: Format) -> str:
    """Have the contributions of a company written to a file; returns the export's id."""
    export_id = export_files.new_name(kind, owner_id=company_id)
    wanted = {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(filters).items()}
    job = {"document": "contributions", "company_id": company_id, "export_id": export_id, "filters": wanted}
    queues.send("documents", job)
    return export_id


def write(company_id: str, export_id: str, wanted: dict[str, Any]) -> None:
    """Write the file that was asked for; safe to repeat."""
    kind = export_files.read_name(export_id, owner_id=company_id).kind
    today = clock.today()
    found = employer_contributions.every(company_id, _filters(wanted))
    content = spreadsheets.write(kind, title=TITLE, columns=COLUMNS, rows=(_row(one, today) for one in found))
    documents.write("documents", _key(company_id, export_id), content, content_type=CONTENT_TYPES[kind])


def link(company_id: str, export_id: str) -> str:
    """A short-lived link to a file that was asked for.

    Errors: ``NotFound`` for another company's, and after a day; ``Conflict`` while it is being written.
    """
    file = export_files.read_name(export_id, owner_id=company_id)
    name = f"cotisations-{file.asked_on}.{file.kind}"
    return ready_documents.link(_key(company_id, export_id), name=name, waiting=export_files.WAITING)


def _filters(wanted: dict[str, Any]) -> Filters:
    return Filters(
        text=wanted["text"],
        state=Listed(wanted["state"]) if wanted["state"] else None,
        contract_id=wanted["contract_id"],
        period_from=_day(wanted["period_from"]),
        period_to=_day(wanted["period_to"]),
        least_cents=wanted["least_cents"],
        most_cents=wanted["most_cents"],
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _key(company_id: str, export_id: str) -> str:
    return f"exports/{company_id}/contributions/{export_id}"


def _row(one: ContributionSummary, today: date) -> tuple[Value, ...]:
    return (
        one.number,
        KINDS[one.kind],
        one.contract_number,
        one.period.start,
        one.period.end - timedelta(days=1) if one.period.end else None,
        one.issued_on,
        one.due_on,
        euros(one.called_cents),
        euros(one.collection.owed_cents),
        one.listed_on(today).label,
        one.state_on(today).label,
        one.debit.debit_on if one.debit else None,
    )
