"""The list of employees as a file: asked for, written in the background, handed out by a short-lived link (H50, H121).

A file follows the search and filters it was asked with, holds no care, and is gone after a day.
"""

import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib import clock
from chalicelib.domain.company import Risk
from chalicelib.domain.errors import NotFound
from chalicelib.domain.member import LABELS, AffiliationState, MemberSummary
from chalicelib.domain.shortcuts import RISKS
from chalicelib.gateways import documents, queues
from chalicelib.services import employees, ready_documents, spreadsheets, tokens
from chalicelib.services.employees import Filters
from chalicelib.services.spreadsheets import CONTENT_TYPES, Format, Value
from chalicelib.storage import contracts

KEPT = timedelta(days=1)
MOMENT = "%Y%m%dT%H%M%S"
NAME = re.compile(r"(?P<moment>\d{8}T\d{6})-[0-9a-f]{32}\.(?P<kind>csv|xlsx)")
TITLE = "Mes salariés"
WAITING = "L’export est en cours de préparation\u00a0: réessayez dans un instant."
COLUMNS = (
    "Nom", "Prénom", "Courriel", "Numéro adhérent", "Référence interne", "Statut", "Contrats", "Risques",
    "Affilié depuis le", "Jusqu’au", "Invité jusqu’au",
)  # fmt: skip


def ask(company_id: str, filters: Filters, kind: Format) -> str:
    """Have the employees of a company written to a file; returns the export's id."""
    export_id = f"{clock.now():{MOMENT}}-{tokens.new_id()}.{kind}"
    job = {"document": "employees", "company_id": company_id, "export_id": export_id, "filters": asdict(filters)}
    queues.send("documents", job)
    return export_id


def write(company_id: str, export_id: str, wanted: dict[str, Any]) -> None:
    """Write the file that was asked for; safe to repeat."""
    _, kind = _read_name(export_id)
    filters = Filters(
        name=wanted["name"],
        text=wanted["text"],
        state=AffiliationState(wanted["state"]) if wanted["state"] else None,
        contract_id=wanted["contract_id"],
        risk=Risk(wanted["risk"]) if wanted["risk"] else None,
    )
    labels = {one.contract_id: f"{one.label} ({one.number})" for one in contracts.of_company(company_id)}
    rows = (_row(one, labels) for one in employees.every(company_id, filters))
    content = spreadsheets.write(kind, title=TITLE, columns=COLUMNS, rows=rows)
    documents.write("documents", _key(company_id, export_id), content, content_type=CONTENT_TYPES[kind])


def link(company_id: str, export_id: str) -> str:
    """A short-lived link to a file that was asked for.

    Errors: ``NotFound`` for another company's, and after a day; ``Conflict`` while it is being written.
    """
    asked, kind = _read_name(export_id)
    if not asked <= clock.now() < asked + KEPT:
        raise NotFound("Cet export n’est plus disponible\u00a0: demandez-en un nouveau.")
    return ready_documents.link(
        _key(company_id, export_id), name=f"salaries-{clock.paris_day(asked)}.{kind}", waiting=WAITING
    )


def _read_name(export_id: str) -> tuple[datetime, Format]:
    """When an export was asked for, and its kind."""
    named = NAME.fullmatch(export_id)
    if named is None:
        raise NotFound
    try:
        asked = datetime.strptime(named["moment"], MOMENT).replace(tzinfo=UTC)
    except ValueError:
        raise NotFound from None
    return asked, Format(named["kind"])


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
