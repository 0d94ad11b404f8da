"""The tasks of the claim's state machine: each takes the claim and its round, and answers an outcome to choose by."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.observability import log
from chalicelib.services import claim_workflow
from chalicelib.workflow.step import logged

blueprint = Blueprint(__name__)


def _run(step: str, event: dict[str, Any]) -> dict[str, str]:
    claim_id = str(event["claim_id"])
    with logged(step, claim_id=claim_id):
        outcome = claim_workflow.STEPS[step](claim_id, int(event["version"]))
    log("step", step=step, claim_id=claim_id, outcome=outcome)
    return {"outcome": outcome}


@blueprint.lambda_function(name="claim-check")
def claim_check(event: dict[str, Any], context: object) -> dict[str, str]:
    """See ``services.claim_workflow``."""
    return _run("check", event)


@blueprint.lambda_function(name="claim-settle")
def claim_settle(event: dict[str, Any], context: object) -> dict[str, str]:
    """See ``services.claim_workflow``."""
    return _run("settle", event)


@blueprint.lambda_function(name="claim-record")
def claim_record(event: dict[str, Any], context: object) -> dict[str, str]:
    """See ``services.claim_workflow``."""
    return _run("record", event)


@blueprint.lambda_function(name="claim-statement")
def claim_statement(event: dict[str, Any], context: object) -> dict[str, str]:
    """See ``services.claim_workflow``."""
    return _run("statement", event)


@blueprint.lambda_function(name="claim-notify")
def claim_notify(event: dict[str, Any], context: object) -> dict[str, str]:
    """See ``services.claim_workflow``."""
    return _run("notify", event)


@blueprint.lambda_function(name="claim-fail")
def claim_fail(event: dict[str, Any], context: object) -> dict[str, str]:
    """See ``services.claim_workflow``."""
    return _run("fail", event)
