"""Documents of a contract: those the insurer delivered, and the guarantee table as a PDF of ours (H32, M26)."""

from dataclasses import dataclass

from chalicelib.domain import acts
from chalicelib.domain.company import Company, Contract
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.guarantee import Clause, GuaranteeTable
from chalicelib.domain.guarantee_wording import wording
from chalicelib.gateways import documents
from chalicelib.gateways.rendering import render_pdf
from chalicelib.services.letterhead import letterhead
from chalicelib.storage import companies, contracts
from chalicelib.texts.documents.models import ContractSummary, GuaranteeRow, GuaranteeSection

SUMMARY_ID = "guarantees"
SUMMARY_TITLE = "Tableau de garanties"
FORM_TITLES = {
    acts.Form.OPTICAL: "Optique",
    acts.Form.DENTAL: "Dentaire",
    acts.Form.OTHER: "Soins courants et hospitalisation",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A document of a contract as a list shows it."""

    document_id: str
    title: str


def write_summary(company_id: str, contract_id: str) -> None:
    """Write the guarantee table of a contract as a PDF."""
    contract = contracts.get(company_id, contract_id)
    company = companies.get(company_id)
    if contract is None or company is None:
        raise NotFound
    for table in contract.tables:
        summary = _summary(company, contract, table)
        content = render_pdf(summary.template, summary.to_data())
        documents.write("documents", _key(contract, table), content, content_type="application/pdf")


def listed(contract: Contract) -> tuple[Listed, ...]:
    """The documents of a contract."""
    summary = (Listed(SUMMARY_ID, SUMMARY_TITLE),) if contract.tables else ()
    return (*summary, *(Listed(one.document_id, one.title) for one in contract.documents))


def link(contract: Contract, document_id: str) -> str:
    """A short-lived link to one document of a contract.

    Errors: ``NotFound``; ``Conflict`` while it is being written.
    """
    if document_id == SUMMARY_ID and contract.tables:
        table = max(contract.tables, key=lambda one: one.valid_from)
        key, name = _key(contract, table), f"garanties-{contract.number}.pdf"
    else:
        found = next((one for one in contract.documents if one.document_id == document_id), None)
        if found is None:
            raise NotFound
        key, name = found.key, found.key.rsplit("/", 1)[-1]
    if not documents.exists("documents", key):
        raise Conflict(
            "document_not_ready", "Ce document est en cours de préparation\u00a0: revenez dans quelques minutes."
        )
    return documents.download_link("documents", key, name=name)


def _key(contract: Contract, table: GuaranteeTable) -> str:
    return f"contracts/{contract.company_id}/{contract.contract_id}/garanties-{table.code}-{table.version}.pdf"


def _summary(company: Company, contract: Contract, table: GuaranteeTable) -> ContractSummary:
    sections = []
    for form, title in FORM_TITLES.items():
        rows = [
            GuaranteeRow(label=one.label, wording=wording(one.guarantee))
            for one in table.clauses
            if _form_of(one) is form
        ]
        if rows:
            sections.append(GuaranteeSection(title=title, rows=tuple(rows)))
    return ContractSummary(
        insurer=letterhead(),
        contract_number=contract.number,
        contract_label=contract.label,
        company=company.name,
        effective_on=table.valid_from,
        issued_on=table.valid_from,
        sections=tuple(sections),
        notes=("Les remboursements, tous organismes confondus, ne dépassent jamais la dépense.",),
    )


def _form_of(clause: Clause) -> acts.Form:
    for code in clause.acts:
        act = acts.find(code)
        if act is not None:
            return act.form
    return acts.families()[clause.families[0]].form
