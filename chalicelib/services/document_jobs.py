"""Documents that are written in the background, each job safe to repeat."""

from typing import Any

from chalicelib.services import (
    cards,
    contract_documents,
    departure_letters,
    dsn,
    exports,
    mandate_documents,
    statements,
)


def run(job: dict[str, Any]) -> None:
    """Write the document a job asks for.

    Errors: ``ValueError`` for a job that names no document of ours: it ends among the dead letters.
    """
    match job:
        case {"document": "card", "member_id": str(member_id)}:
            cards.write(member_id)
        case {"document": "contract", "company_id": str(company_id), "contract_id": str(contract_id)}:
            contract_documents.write_summary(company_id, contract_id)
            dsn.write_sheet(company_id, contract_id)
            dsn.write_guide()
        case {"document": "dsn_sheet", "company_id": str(company_id), "contract_id": str(contract_id)}:
            dsn.write_sheet(company_id, contract_id)
        case {"document": "dsn_guide"}:
            dsn.write_guide()
        case {"document": "statement", "member_id": str(member_id), "reimbursement_id": str(reimbursement_id)}:
            statements.write(member_id, reimbursement_id)
        case {
            "document": "employees",
            "company_id": str(company_id),
            "export_id": str(export_id),
            "filters": dict(filters),
        }:
            exports.write(company_id, export_id, filters)
        case {"document": "mandate", "request_id": str(request_id)}:
            mandate_documents.write(request_id)
        case {"document": "departure_letter", "member_id": str(member_id), "letter": str(letter)}:
            departure_letters.write(member_id, letter)
        case _:
            raise ValueError("unknown document job")
