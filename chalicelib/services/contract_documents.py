"""Documents of a contract: those the insurer delivered, and two PDFs of ours: guarantees and examples (H32, M26)."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType

from chalicelib.domain import acts
from chalicelib.domain.company import Company, Contract
from chalicelib.domain.errors import NotFound
from chalicelib.domain.examples import Example, table_of
from chalicelib.domain.guarantee import Clause, GuaranteeTable
from chalicelib.domain.guarantee_wording import wording
from chalicelib.services import ready_documents
from chalicelib.services.letterhead import letterhead
from chalicelib.storage import companies, contracts
from chalicelib.texts.documents.models import (
    ContractSummary,
    ExampleRow,
    ExampleSection,
    GuaranteeRow,
    GuaranteeSection,
    ReimbursementExamples,
)

SUMMARY_ID = "guarantees"
EXAMPLES_ID = "examples"
TITLES: Mapping[str, str] = MappingProxyType(
    {SUMMARY_ID: "Tableau de garanties", EXAMPLES_ID: "Exemples de remboursement"}
)
FILE_NAMES: Mapping[str, str] = MappingProxyType({SUMMARY_ID: "garanties", EXAMPLES_ID: "exemples"})
FORM_TITLES = {
    acts.Form.OPTICAL: "Optique",
    acts.Form.DENTAL: "Dentaire",
    acts.Form.OTHER: "Soins courants et hospitalisation",
}
EXAMPLE_NOTES = (
    "Les prix sont donnés à titre d’exemple\u00a0: ceux de vos soins peuvent être différents. Un tiret remplace le "
    "prix qui dépend du professionnel ou de l’établissement\u00a0: la garantie est alors rappelée.",
    "Sauf mention contraire, chaque exemple vaut pour un adulte qui respecte le parcours de soins coordonnés, sans "
    "remboursement antérieur ni délai d’attente en cours.",
    "Le jour des soins est celui où les garanties entrent en vigueur. Un exemple dont un montant légal ne nous est pas "
    "connu ce jour-là le dit à la place des montants.",
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A document of a contract as a list shows it."""

    document_id: str
    title: str


def write_summary(company_id: str, contract_id: str) -> None:
    """Write the guarantee tables of a contract as PDF, and the examples of reimbursement beside each."""
    contract = contracts.get(company_id, contract_id)
    company = companies.get(company_id)
    if contract is None or company is None:
        raise NotFound
    for table in contract.tables:
        ready_documents.write(_key(contract, table, SUMMARY_ID), _summary(company, contract, table))
        ready_documents.write(_key(contract, table, EXAMPLES_ID), _examples(company, contract, table))


def listed(contract: Contract) -> tuple[Listed, ...]:
    """The documents of a contract."""
    ours = tuple(Listed(document_id, title) for document_id, title in TITLES.items()) if contract.tables else ()
    return (*ours, *(Listed(one.document_id, one.title) for one in contract.documents))


def link(contract: Contract, document_id: str) -> str:
    """A short-lived link to one document of a contract.

    Errors: ``NotFound``; ``Conflict`` while it is being written.
    """
    if document_id in TITLES and contract.tables:
        table = max(contract.tables, key=lambda one: one.valid_from)
        key, name = _key(contract, table, document_id), f"{FILE_NAMES[document_id]}-{contract.number}.pdf"
    else:
        found = next((one for one in contract.documents if one.document_id == document_id), None)
        if found is None:
            raise NotFound
        key, name = found.key, found.key.rsplit("/", 1)[-1]
    return ready_documents.link(key, name=name)


def _key(contract: Contract, table: GuaranteeTable, document_id: str) -> str:
    folder = f"contracts/{contract.company_id}/{contract.contract_id}"
    return f"{folder}/{FILE_NAMES[document_id]}-{table.code}-{table.version}.pdf"


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


def _examples(company: Company, contract: Contract, table: GuaranteeTable) -> ReimbursementExamples:
    care_on = table.valid_from
    sections = groupby(table_of(table, on=care_on), key=lambda one: one.section)
    return ReimbursementExamples(
        insurer=letterhead(),
        contract_number=contract.number,
        contract_label=contract.label,
        company=company.name,
        effective_on=table.valid_from,
        care_on=care_on,
        issued_on=care_on,
        sections=tuple(ExampleSection(title=title, rows=tuple(map(_row, found))) for title, found in sections),
        notes=EXAMPLE_NOTES,
    )


def _row(example: Example) -> ExampleRow:
    return ExampleRow(
        label=example.label,
        price_cents=example.price_cents,
        statutory_cents=example.statutory_cents,
        complementary_cents=example.complementary_cents,
        left_to_pay_cents=example.left_cents,
        note=example.note if example.left_cents is None else None,
    )
