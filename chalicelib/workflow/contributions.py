"""The tasks of the state machine that calls contributions: list the contracts, call one of them, report on all."""

from dataclasses import asdict
from typing import Any

from chalice.app import Blueprint

from chalicelib.observability import log
from chalicelib.services import billing, contribution_runs
from chalicelib.workflow.step import logged

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="contributions-plan")
def contributions_plan(event: dict[str, Any], context: object) -> dict[str, str | int]:
    """See ``services.contribution_runs.plan``."""
    with logged("contributions-plan"):
        made = contribution_runs.plan(str(event["run"]))
    log("step", step="contributions-plan", count=made.contracts)
    return asdict(made)


@blueprint.lambda_function(name="contributions-issue")
def contributions_issue(event: dict[str, Any], context: object) -> dict[str, str]:
    """See ``services.billing.call``."""
    company_id, contract_id = str(event["company_id"]), str(event["contract_id"])
    with logged("contributions-issue", company_id=company_id):
        outcome = billing.call(company_id, contract_id)
    log("step", step="contributions-issue", company_id=company_id, outcome=outcome.value)
    return {"outcome": outcome.value}


@blueprint.lambda_function(name="contributions-report")
def contributions_report(event: dict[str, Any], context: object) -> dict[str, int]:
    """See ``services.contribution_runs.report``."""
    with logged("contributions-report"):
        made = contribution_runs.report(str(event["run"]))
    return {"called": made.called, "not_called": made.contracts - made.called}
