"""Documents that are written in the background, each job safe to repeat."""

from typing import Any

from chalicelib.services import (
    cards,
    contract_documents,
    contribution_documents,
    contribution_exports,
    departure_letters,
    dsn,
    dunning_documents,
    estimates,
    exports,
    hospital_commitments,
    mandate_documents,
    personal_export,
    reimbursement_export,
    statements,
)


def run(job: dict[str, Any]) -> None:
    """Write the document a job asks for.

    Errors: ``ValueError`` for a job that names no document of ours: it ends among the dead letters.
    """
    if not (_of_member(job) or _of_request(job) or _of_contract(job) or _of_contribution(job)):
        raise ValueError("unknown document job")


def _of_member(job: dict[str, Any]) -> bool:
    match job:
        case {"document": "card", "member_id": str(member_id)}:
            cards.write(member_id)
        case {"document": "statement", "member_id": str(member_id), "reimbursement_id": str(reimbursement_id)}:
            statements.write(member_id, reimbursement_id)
        case {
            "document": "reimbursements",
            "member_id": str(member_id),
            "export_id": str(export_id),
            "filters": dict(filters),
        }:
            reimbursement_export.write(member_id, export_id, filters)
        case {"document": "personal_data", "member_id": str(member_id), "export_id": str(export_id)}:
            personal_export.write(member_id, export_id)
        case {"document": "departure_letter", "member_id": str(member_id), "letter": str(letter)}:
            departure_letters.write(member_id, letter)
        case _:
            return False
    return True


def _of_request(job: dict[str, Any]) -> bool:
    match job:
        case {"document": "mandate", "request_id": str(request_id)}:
            mandate_documents.write(request_id)
        case {"document": "estimate", "request_id": str(request_id)}:
            estimates.write(request_id)
        case {"document": "hospital_commitment", "request_id": str(request_id)}:
            hospital_commitments.write(request_id)
        case _:
            return False
    return True


def _of_contract(job: dict[str, Any]) -> bool:
    match job:
        case {"document": "contract", "company_id": str(company_id), "contract_id": str(contract_id)}:
            contract_documents.write_summary(company_id, contract_id)
            dsn.write_sheet(company_id, contract_id)
            dsn.write_guide()
        case {"document": "dsn_sheet", "company_id": str(company_id), "contract_id": str(contract_id)}:
            dsn.write_sheet(company_id, contract_id)
        case {"document": "dsn_guide"}:
            dsn.write_guide()
        case {
            "document": "employees",
            "company_id": str(company_id),
            "export_id": str(export_id),
            "filters": dict(filters),
            "asked_by": dict(asked_by),
        }:
            exports.write(company_id, export_id, filters, asked_by)
        case _:
            return False
    return True


def _of_contribution(job: dict[str, Any]) -> bool:
    match job:
        case {"document": "contribution", "number": str(number)}:
            contribution_documents.write(number)
        case {
            "document": "contributions",
            "company_id": str(company_id),
            "export_id": str(export_id),
            "filters": dict(filters),
        }:
            contribution_exports.write(company_id, export_id, filters)
        case {"document": "payment_schedule", "company_id": str(company_id), "contract_id": str(contract_id)}:
            contribution_documents.write_schedule(company_id, contract_id)
        case {"document": "formal_notice", "number": str(number)}:
            dunning_documents.write(number)
        case _:
            return False
    return True
