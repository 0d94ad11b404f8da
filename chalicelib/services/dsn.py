"""The DSN page: a guide to download that says what the page says, and each contract's parameter sheet (H115–H118).

A document is kept under a name made from what it says: a contract, a code or a text that changes gives another one,
which is written when it is first asked for.
"""

import hashlib
import json
from datetime import date

from chalicelib import clock, settings
from chalicelib.domain.company import Company, Contract
from chalicelib.domain.content import Audience, ContentKind
from chalicelib.domain.dsn_sheet import DsnCodes, DsnLine, DsnSheet, sheet
from chalicelib.domain.errors import NotFound
from chalicelib.gateways import queues
from chalicelib.services import companies, information, ready_documents
from chalicelib.services.letterhead import letterhead
from chalicelib.texts.documents.models import (
    Document,
    DsnGuide,
    DsnParameterSheet,
    GuideBlock,
    GuideChapter,
    ParameterRow,
    ParameterSection,
)

NOTES = (
    "Recopiez chaque valeur à l’identique dans le logiciel de paie, sans espace ni tiret de plus.",
    "Une ligne dont la valeur est vide ne se déclare pas.",
    "Déclarez le montant ou le taux en vigueur le mois de la cotisation\u00a0; une nouvelle fiche remplace celle-ci.",
)


def sheet_of(contract: Contract, *, on: date | None = None) -> DsnSheet:
    """The parameter sheet of a contract as it stands on a day, today unless it is given."""
    codes = DsnCodes(organism=settings.dsn_organism(), delegate=settings.dsn_delegate())
    return sheet(contract, codes, on=on or clock.today())


def sheet_link(company_id: str, contract: Contract) -> str:
    """A short-lived link to the parameter sheet of a contract.

    Errors: ``Conflict`` while it is being written.
    """
    key = _sheet_key(contract, _printed_sheet(companies.get(company_id), contract))
    job = {"document": "dsn_sheet", "company_id": company_id, "contract_id": contract.contract_id}
    return _link(key, name=f"fiche-dsn-{contract.number}.pdf", job=job)


def guide_link() -> str:
    """A short-lived link to the guide (H118).

    Errors: ``Conflict`` while it is being written.
    """
    return _link(_guide_key(_guide()), name="guide-dsn.pdf", job={"document": "dsn_guide"})


def write_sheet(company_id: str, contract_id: str) -> None:
    """Write the parameter sheet of a contract; safe to repeat.

    Errors: ``NotFound``.
    """
    contract = companies.contract(company_id, contract_id)
    printed = _printed_sheet(companies.get(company_id), contract)
    ready_documents.write(_sheet_key(contract, printed), printed)


def write_guide() -> None:
    """Write the guide; safe to repeat."""
    guide = _guide()
    ready_documents.write(_guide_key(guide), guide)


def _link(key: str, *, name: str, job: dict[str, str]) -> str:
    return ready_documents.link(key, name=name, prepare=lambda: queues.send("documents", job))


def _sheet_key(contract: Contract, document: Document) -> str:
    return f"contracts/{contract.company_id}/{contract.contract_id}/dsn-{_fingerprint(document)}.pdf"


def _guide_key(document: Document) -> str:
    return f"contracts/dsn-guide/{_fingerprint(document)}.pdf"


def _fingerprint(document: Document) -> str:
    return hashlib.sha256(json.dumps(document.to_data(), sort_keys=True).encode()).hexdigest()[:24]


def _guide() -> DsnGuide:
    """The chapters of the DSN page, for any employer."""
    pages = information.published(Audience.EMPLOYER, frozenset(), ContentKind.DSN)
    if not pages:
        raise NotFound
    return DsnGuide(
        insurer=letterhead(),
        issued_on=max(page.published_from or clock.today() for page in pages),
        chapters=tuple(
            GuideChapter(
                title=page.title, blocks=tuple(GuideBlock(kind=block.kind, text=block.text) for block in page.blocks)
            )
            for page in pages
        ),
    )


def _printed_sheet(company: Company, contract: Contract) -> DsnParameterSheet:
    found = sheet_of(contract)
    when = "d’avance" if found.in_advance else "à terme échu"
    return DsnParameterSheet(
        insurer=letterhead(),
        contract_number=found.contract_number,
        contract_label=found.contract_label,
        company=company.name,
        siret=company.siret,
        frequency=f"{found.frequency_label}, {when}, échéance le {found.due_day} du mois",
        valid_from=found.valid_from,
        issued_on=found.valid_from,
        sections=(_membership(found), *(_contribution(line) for line in found.lines)),
        notes=NOTES,
    )


def _membership(found: DsnSheet) -> ParameterSection:
    return ParameterSection(
        title="Adhésion et paiement",
        rows=(
            ParameterRow(place="S21.G00.15.001", label="Référence du contrat", value=found.contract_number),
            ParameterRow(place="S21.G00.15.002", label="Code de l’organisme", value=found.organism),
            ParameterRow(place="S21.G00.15.003", label="Code du délégataire de gestion", value=found.delegate),
            ParameterRow(place="S21.G00.20.001", label="Organisme payé", value=found.organism),
            ParameterRow(place="S21.G00.55.004", label="Période, par sa première lettre", value=found.frequency),
        ),
    )


def _contribution(line: DsnLine) -> ParameterSection:
    in_percent = line.rate_percent is not None
    amount = (line.rate_percent or line.amount_euros or "").replace(".", ",")
    return ParameterSection(
        title=f"Cotisation «\u00a0{line.label}\u00a0»",
        rows=(
            ParameterRow(place="S21.G00.70.004", label="Code option", value=line.option),
            ParameterRow(place="S21.G00.70.005", label="Code population", value=line.population),
            ParameterRow(place="S21.G00.78.001", label="Base assujettie", value=line.base),
            ParameterRow(place="S21.G00.79.001", label=line.component_label, value=line.component),
            ParameterRow(place="S21.G00.81.001", label="Cotisation individuelle", value=line.contribution),
            ParameterRow(
                place="S21.G00.81.007" if in_percent else "S21.G00.79.004",
                label="Taux" if in_percent else "Montant mensuel",
                value=f"{amount}\u00a0{'%' if in_percent else '€'}",
            ),
        ),
    )
